# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of selecting providers by ID, account or name, and of changing or incomplete lists."""

from __future__ import annotations

import json
import typing as t
import uuid

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._api import providers
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    CREDENTIALS_PATH,
    GENERIC_PATH,
    OTHER_ACCOUNT_SID,
    OTHER_AUTH_TOKEN,
    PROVIDER_ID,
    PROVIDER_PATH,
    SERVER_ERROR,
)
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner, diff_states
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_methods
from ansible_collections.dasha.blackbox.tests.support.state import changed_state
from ansible_collections.dasha.blackbox.tests.support.tasks import connect

LIST = ("GET", CREDENTIALS_PATH, None)
GET = ("GET", PROVIDER_PATH, None)
SECOND_ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d12"
THIRD_ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d13"
BY_ACCOUNT = {"account_sid": ACCOUNT_SID}
BY_NAME = {"name": "Support line"}

# Requests that faults apply to.
ON_LIST = {"path": CREDENTIALS_PATH}
ON_PROVIDER = {"path": PROVIDER_PATH}
SMALL_PAGE = {**ON_LIST, "query": {"take": 2}}
SMALL_PAGES = {**SMALL_PAGE, "times": None}

INVALID_CREDENTIAL = {"id": "x", "source": "provider", "providerId": "../agents"}
HTML_404 = {"status": 404, "text": "<html>"}
INCOMPLETE = "200, but the list is incomplete:"
NO_ACCOUNT_SID = "The option account_sid is refused: it is not an Account SID"
SELECTORS = pytest.mark.parametrize("selector", [BY_ACCOUNT, BY_NAME])


def add_providers(
    sandbox: SandboxProcess, *providers: dict[str, t.Any], credentials: t.Sequence[dict[str, t.Any]] = ()
) -> None:
    """Add providers, and SIP credentials without a provider."""
    with changed_state(sandbox) as state:
        state["providers"] += providers
        state["sip_credentials"] += credentials


def second_provider(**fields: t.Any) -> dict[str, t.Any]:
    """Return a provider of the other account."""
    return {"id": SECOND_ID, "name": "Sales line", "accountSid": OTHER_ACCOUNT_SID, **fields}


def deletion(provider_id: str) -> dict[str, t.Any]:
    """Return the deletion of a provider by another client."""
    return {"operation": "deleteProvider", "path": {"id": provider_id}}


def ids(result: dict[str, t.Any]) -> list[str]:
    """Return the IDs of the returned providers."""
    return [provider["id"] for provider in result["providers"]]


@pytest.mark.parametrize("selector", [BY_ACCOUNT, {"account_sid": ACCOUNT_SID.lower()}, BY_NAME])
def test_info_by_selector_returns_provider(
    run_module: ModuleRunner, sandbox: SandboxProcess, selector: dict[str, str]
) -> None:
    add_providers(sandbox, second_provider())
    assert ids(run_module("twilio_provider_info", **selector)) == [PROVIDER_ID]
    assert sorted(take_methods(sandbox)) == ["GET", "GET", "LIST"]


@pytest.mark.parametrize(
    "selector", [{"account_sid": OTHER_ACCOUNT_SID}, {"name": "support line"}, {"name": "Support"}]
)
def test_info_without_match_returns_empty_list(
    run_module: ModuleRunner, sandbox: SandboxProcess, selector: dict[str, str]
) -> None:
    result = run_module("twilio_provider_info", **selector)
    assert (result["changed"], result["providers"]) == (False, [])
    assert sent(sandbox) == [LIST, GET]


def test_info_without_selector_is_sorted(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    add_providers(sandbox, second_provider(), second_provider(id=THIRD_ID, name=None))
    assert ids(run_module("twilio_provider_info")) == [THIRD_ID, SECOND_ID, PROVIDER_ID]


def test_info_with_several_matches_returns_all(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    add_providers(sandbox, second_provider(name="Support line", accountSid=ACCOUNT_SID))
    for selector in (BY_ACCOUNT, BY_NAME):
        assert ids(run_module("twilio_provider_info", **selector)) == [PROVIDER_ID, SECOND_ID]


def test_info_empty_organization_returns_empty_list(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.restore({})
    sandbox.clear_requests()
    assert run_module("twilio_provider_info")["providers"] == []
    assert sent(sandbox) == [LIST]


@pytest.mark.parametrize("module", ["twilio_provider", "twilio_provider_verify"])
@SELECTORS
def test_selector_with_several_matches_fails(
    run_module: ModuleRunner, sandbox: SandboxProcess, module: str, selector: dict[str, str]
) -> None:
    add_providers(sandbox, second_provider(name="Support line", accountSid=ACCOUNT_SID))
    result = run_module(module, **selector)
    ((option, value),) = selector.items()
    matches = f"{PROVIDER_ID} ('Support line'), {SECOND_ID} ('Support line')"
    assert result["msg"] == f"2 providers have the {option} '{value}': {matches}. Select one of them by its id."
    assert set(take_methods(sandbox)) == {"LIST", "GET"}


@SELECTORS
def test_update_by_selector_check_mode_matches_run(
    run_module: ModuleRunner, sandbox: SandboxProcess, selector: dict[str, str]
) -> None:
    predicted = run_module("twilio_provider", region="ie1", check_mode=True, **selector)
    assert take_methods(sandbox) == ["LIST", "GET"]
    real = run_module("twilio_provider", region="ie1", **selector)
    assert take_methods(sandbox) == ["LIST", "GET", "PUT"]
    again = run_module("twilio_provider", region="ie1", **selector)
    assert take_methods(sandbox) == ["LIST", "GET"]
    assert predicted == real
    assert (real["changed"], real["changed_fields"], again["changed"]) == (True, ["region"], False)
    assert list(diff_states(real)[1]) == ["region"]


def test_update_name_with_account_sid_renames(run_module: ModuleRunner) -> None:
    result = run_module("twilio_provider", account_sid=ACCOUNT_SID, name="Sales")
    assert (result["changed_fields"], result["provider"]["name"]) == (["name"], "Sales")


@pytest.mark.parametrize("check_mode", [True, False])
def test_update_account_sid_is_refused(run_module: ModuleRunner, sandbox: SandboxProcess, check_mode: bool) -> None:
    result = run_module(
        "twilio_provider", id=PROVIDER_ID, account_sid=OTHER_ACCOUNT_SID, name="Sales", check_mode=check_mode
    )
    assert f"belongs to the account {ACCOUNT_SID}, not to {OTHER_ACCOUNT_SID}" in result["msg"]
    assert "dasha.blackbox.twilio_account_migration" in result["msg"]
    assert sent(sandbox) == [GET]


def test_account_sid_with_id_ignores_case(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    assert run_module("twilio_provider", id=PROVIDER_ID, account_sid=ACCOUNT_SID.lower())["changed"] is False
    assert sent(sandbox) == [GET]


@pytest.mark.parametrize("module", ["twilio_provider", "twilio_provider_verify"])
def test_selector_missing_is_refused(run_module: ModuleRunner, sandbox: SandboxProcess, module: str) -> None:
    assert "one of the following is required: id, account_sid, name" in run_module(module)["msg"]
    assert sent(sandbox) == []


@pytest.mark.parametrize("module", ["twilio_provider_info", "twilio_provider_verify"])
def test_selectors_for_reads_are_exclusive(run_module: ModuleRunner, module: str) -> None:
    assert "mutually exclusive" in run_module(module, id=PROVIDER_ID, name="Support line")["msg"]


@pytest.mark.parametrize("module", ["twilio_provider", "twilio_provider_info", "twilio_provider_verify"])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"id": ""}, "The option id is refused: it is empty"),
        ({"name": " "}, "The option name is refused: it is blank"),
        ({"name": "x" * 101}, "The option name is refused: it has 101 characters"),
        ({"name": "Support line "}, "The option name is refused: 'Support line ' begins or ends with a blank"),
        ({"account_sid": ""}, "The option account_sid is refused: it is empty"),
        ({"account_sid": "AC0"}, f"{NO_ACCOUNT_SID}. An Account SID consists of AC and 32 hexadecimal digits"),
        ({"account_sid": "SK00000000000000000000000000000001"}, NO_ACCOUNT_SID),
    ],
)
def test_selector_invalid_is_refused_before_requests(
    run_module: ModuleRunner, sandbox: SandboxProcess, module: str, options: dict[str, str], message: str
) -> None:
    assert message in run_module(module, **options)["msg"]
    assert sent(sandbox) == []


def test_info_skips_providers_of_other_types(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    add_providers(sandbox, second_provider())
    other = {"id": SECOND_ID, "providerType": "vonage", "apiKey": "x"}
    sandbox.inject_faults(
        {"path": f"/api/v1/providers/twilio/{SECOND_ID}", "times": None, "response": {"status": 200, "json": other}}
    )
    assert ids(run_module("twilio_provider_info")) == [PROVIDER_ID]
    assert run_module("twilio_provider_info", name="Sales line")["providers"] == []


@pytest.mark.parametrize("malformed", [7, ["twilio"], {}, "", " ", "Twilio"])
def test_provider_type_invalid_fails(run_module: ModuleRunner, sandbox: SandboxProcess, malformed: t.Any) -> None:
    # If the task skipped the provider, it would create another one.
    sandbox.inject_faults({**ON_PROVIDER, "patch": {"providerType": malformed}})
    assert run_module("twilio_provider", account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN)["failed"]
    assert take_methods(sandbox) == ["LIST", "GET"]


def test_provider_without_valid_id_fails(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_PROVIDER, "response": {"status": 200, "json": {"id": "zzz", "providerType": "error"}}})
    assert run_module("twilio_provider_info", **BY_ACCOUNT)["failed"]


def test_info_ignores_manual_credentials(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    manual = [
        {"server": "sip.example.com", "authUser": "admin", "authPassword": "line"},
        {"server": "sip.example.com", "authPassword": "fake-sip-password"},
    ]
    add_providers(sandbox, credentials=manual)
    result = run_module("twilio_provider_info")
    # The passwords are not registered as secrets, because a short one would mask parts of other values.
    assert result["providers"][0]["name"] == "Support line"
    assert "fake-sip-password" not in json.dumps(result)
    assert "generated-" not in json.dumps(result)
    assert sent(sandbox) == [LIST, GET]


@pytest.mark.parametrize("selector", [{}, BY_ACCOUNT, {"account_sid": OTHER_ACCOUNT_SID}])
def test_list_credential_without_provider_fails(
    run_module: ModuleRunner, sandbox: SandboxProcess, selector: dict[str, str]
) -> None:
    # Even a match is no proof, because the unnamed provider may match too.
    add_providers(sandbox, credentials=[{"id": SECOND_ID, "server": "sip.example.com", "source": "provider"}])
    result = run_module("twilio_provider_info", **selector)
    gap = f"the SIP credential '{SECOND_ID}' belongs to a provider, but has no providerId"
    assert result["msg"] == f"GET {CREDENTIALS_PATH}: {INCOMPLETE} {gap}."
    assert sent(sandbox) == [LIST, LIST]


def test_list_pages_are_read_with_overlap(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    add_providers(
        sandbox, second_provider(), credentials=[{"server": f"sip{number}.example.com"} for number in range(5)]
    )
    sandbox.inject_faults(SMALL_PAGES)
    assert ids(run_module("twilio_provider_info")) == [SECOND_ID, PROVIDER_ID]
    # Each page starts with the last item of the previous page.
    assert [request["query"] for request in sandbox.requests()[:6]] == [
        {"skip": str(skip), "take": "1000"} for skip in range(6)
    ]


def test_list_shrunk_while_read_is_read_again(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    add_providers(sandbox, second_provider(), second_provider(id=THIRD_ID))
    sandbox.inject_faults({**SMALL_PAGE, "concurrent_calls": [deletion(PROVIDER_ID)]}, SMALL_PAGES)
    assert ids(run_module("twilio_provider_info")) == [SECOND_ID, THIRD_ID]
    assert take_methods(sandbox) == ["LIST", "LIST", "LIST", "GET", "GET"]


@pytest.mark.parametrize("order", [(PROVIDER_ID, SECOND_ID, THIRD_ID), (SECOND_ID, PROVIDER_ID, THIRD_ID)])
def test_list_shifted_while_read_is_read_again(
    run_module: ModuleRunner, sandbox: SandboxProcess, order: tuple[str, ...]
) -> None:
    # A deletion and a creation keep the count, but shift another provider to a page that was read.
    add_providers(sandbox, second_provider(), second_provider(id=THIRD_ID))
    with changed_state(sandbox) as state:
        state["sip_credentials"].sort(key=lambda credential: order.index(credential["providerId"]))
    body = {"accountSid": OTHER_ACCOUNT_SID, "authToken": OTHER_AUTH_TOKEN, "name": "New"}
    shifting = [deletion(order[0]), {"operation": "createTwilioProvider", "body": body}]
    sandbox.inject_faults({**SMALL_PAGE, "concurrent_calls": shifting}, SMALL_PAGES)
    found = run_module("twilio_provider_info")["providers"]
    assert {provider["id"] for provider in found} == {provider["id"] for provider in sandbox.state()["providers"]}
    assert take_methods(sandbox) == ["LIST"] * 4 + ["GET"] * 3


def test_list_with_thousands_of_credentials_is_read(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    add_providers(
        sandbox,
        second_provider(),
        credentials=[{"server": "sip.example.com", "authPassword": "line"} for _number in range(2500)],
    )
    assert ids(run_module("twilio_provider_info")) == [SECOND_ID, PROVIDER_ID]
    assert take_methods(sandbox) == ["LIST"] * 3 + ["GET"] * 2


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ({"totalCount": 3}, "it contains 2 items, but totalCount is 3"),
        ({"totalCount": 1}, "it contains 2 items, but totalCount is 1"),
        ({"totalCount": 0}, "it contains 2 items, but totalCount is 0"),
        ({"items": [], "totalCount": 1}, "it contains 0 items, but totalCount is 1"),
    ],
)
def test_list_with_wrong_count_fails(
    run_module: ModuleRunner, sandbox: SandboxProcess, patch: dict[str, t.Any], message: str
) -> None:
    add_providers(sandbox, second_provider())
    for state in ({}, {"state": "absent"}):
        sandbox.inject_faults({**ON_LIST, "times": None, "patch": patch})
        result = run_module("twilio_provider", account_sid="AC" + "9" * 32, auth_token="9" * 32, **state)
        assert result["msg"].endswith(f"{INCOMPLETE} {message}.")
        assert set(take_methods(sandbox)) == {"LIST"}


def test_list_changed_by_each_read_fails(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    add_providers(sandbox, *[second_provider(id=str(uuid.UUID(int=number))) for number in range(4)])
    shrinking = [{**SMALL_PAGE, "concurrent_calls": [deletion(str(uuid.UUID(int=number)))]} for number in (0, 1)]
    sandbox.inject_faults(shrinking[0], SMALL_PAGE, shrinking[1], SMALL_PAGE)
    result = run_module("twilio_provider_info")
    assert result["msg"].endswith("its number of items changed from 4 to 3 while it was read.")
    assert take_methods(sandbox) == ["LIST"] * 4


@pytest.mark.parametrize("selector", [{}, BY_ACCOUNT])
def test_provider_deleted_after_list_is_not_returned(
    run_module: ModuleRunner, sandbox: SandboxProcess, selector: dict[str, str]
) -> None:
    add_providers(sandbox, second_provider())
    sandbox.inject_faults({**ON_LIST, "concurrent_calls": [deletion(PROVIDER_ID)]})
    assert ids(run_module("twilio_provider_info", **selector)) == ([] if selector else [SECOND_ID])


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"response": SERVER_ERROR}, "500 Internal Server Error: oops"),
        ({"remove_fields": ["providerType"]}, "the response has no providerType"),
        ({"patch": {"id": SECOND_ID}}, "the response is another provider"),
        ({"patch": {"name": 7}}, "name is a number"),
    ],
)
def test_provider_unreadable_fails_look_up(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any], message: str
) -> None:
    add_providers(sandbox, second_provider())
    sandbox.inject_faults({**ON_PROVIDER, **fault})
    result = run_module("twilio_provider", name="Sales line", region="ie1")
    assert message in result["msg"]
    assert "PUT" not in take_methods(sandbox)


@pytest.mark.parametrize("options", [{"auth_token": AUTH_TOKEN}, {"state": "absent"}])
def test_provider_listed_but_missing_fails(
    run_module: ModuleRunner, sandbox: SandboxProcess, options: dict[str, str]
) -> None:
    # A gateway may send a 404 with a JSON body.
    missing = {"response": {"status": 404, "json": {"message": "no route matched"}}}
    sandbox.inject_faults({**ON_PROVIDER, **missing}, {"path": GENERIC_PATH, **missing})
    result = run_module("twilio_provider", account_sid=ACCOUNT_SID, **options)
    assert result["msg"].startswith(
        f"The provider {PROVIDER_ID} has a SIP credential, but the API reports that the provider does not exist."
    )
    assert take_methods(sandbox) == ["LIST", "GET", "GET", "LIST"]


def test_provider_listed_with_html_404_fails(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    page = {"response": HTML_404}
    sandbox.inject_faults({**ON_PROVIDER, **page}, {"path": GENERIC_PATH, **page}, ON_LIST, {**ON_LIST, **page})
    result = run_module("twilio_provider", account_sid=ACCOUNT_SID, auth_token="0" * 32)
    assert "404 Not Found: the body is not JSON of the API" in result["msg"]
    assert take_methods(sandbox) == ["LIST", "GET", "GET", "LIST"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"response": {"status": 200, "json": []}}, "the response must be a JSON object, but it is an array"),
        ({"response": {"status": 200, "json": {"items": {}, "totalCount": 0}}}, "the response is not a page"),
        ({"response": {"status": 200, "json": {"items": [], "totalCount": "0"}}}, "the response is not a page"),
        (
            {"response": {"status": 200, "json": {"items": ["x"], "totalCount": 1}}},
            "a JSON object is required, not a string",
        ),
        (
            {"response": {"status": 200, "json": {"items": [{"id": "x"}], "totalCount": 1}}},
            "the response has no source",
        ),
        (
            {"response": {"status": 200, "json": {"items": [INVALID_CREDENTIAL], "totalCount": 1}}},
            "the providerId of a SIP credential is not a UUID",
        ),
        ({"response": {"status": 404, "json": {"detail": "gone"}}}, "404 Not Found: gone"),
        ({"response": {"status": 503}}, "503 Service Unavailable"),
        ({"reset": True}, "Connection reset by peer"),
    ],
)
def test_list_unreadable_creates_nothing(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any], message: str
) -> None:
    sandbox.inject_faults({**ON_LIST, "times": None, **fault})
    result = run_module("twilio_provider", account_sid=OTHER_ACCOUNT_SID, auth_token="0" * 32)
    assert message in result["msg"]
    assert result["changed"] is False
    assert set(take_methods(sandbox)) == {"LIST"}


def test_list_of_many_providers_retries_after_429(sandbox: SandboxProcess) -> None:
    add_providers(
        sandbox, *[second_provider(id=str(uuid.UUID(int=number)), name=f"{number:02}") for number in range(40)]
    )
    sandbox.inject_faults({"path": ".*/providers/.*", "response": {"status": 429}, "times": 3})
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=3) as client:
        assert len(providers.list_providers(client)) == 41
        assert len(client.retried) == 3
    assert len(sandbox.requests()) == 1 + 41 + 3
