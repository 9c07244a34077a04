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
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message, fill
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
    assert_message(result["msg"], "several_providers", 2, f"{option} '{value}'", matches)
    assert_message(result["msg"], "hint_select_by_id")
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
    accounts = fill("account_differs", ACCOUNT_SID, OTHER_ACCOUNT_SID)
    assert_message(result["msg"], "account_differs", accounts, PROVIDER_ID, "dasha.blackbox.twilio_account_migration")
    assert sent(sandbox) == [GET]


def test_account_sid_with_id_ignores_case(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    assert run_module("twilio_provider", id=PROVIDER_ID, account_sid=ACCOUNT_SID.lower())["changed"] is False
    assert sent(sandbox) == [GET]


@pytest.mark.parametrize("module", ["twilio_provider", "twilio_provider_verify"])
def test_selector_missing_is_refused(run_module: ModuleRunner, sandbox: SandboxProcess, module: str) -> None:
    assert_message(run_module(module)["msg"], "option_missing", "id, account_sid, name")
    assert sent(sandbox) == []


@pytest.mark.parametrize("module", ["twilio_provider_info", "twilio_provider_verify"])
def test_selectors_for_reads_are_exclusive(run_module: ModuleRunner, module: str) -> None:
    assert_message(run_module(module, id=PROVIDER_ID, name="Support line")["msg"], "options_exclusive")


@pytest.mark.parametrize("module", ["twilio_provider", "twilio_provider_info", "twilio_provider_verify"])
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"id": ""}, ("option_empty", "id")),
        ({"name": " "}, ("option_blank", "name")),
        ({"name": "x" * 101}, ("option_too_long", "name", 101)),
        ({"name": "Support line "}, ("option_untrimmed", "name", "'Support line '")),
        ({"account_sid": ""}, ("option_empty", "account_sid")),
        ({"account_sid": "AC0"}, ("account_sid_malformed", "AC", 32)),
        ({"account_sid": "SK00000000000000000000000000000001"}, ("account_sid_malformed",)),
    ],
)
def test_selector_invalid_is_refused_before_requests(
    run_module: ModuleRunner, sandbox: SandboxProcess, module: str, options: dict[str, str], expected: tuple[t.Any, ...]
) -> None:
    assert_message(run_module(module, **options)["msg"], *expected)
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
    gap = fill("credential_without_provider", f"'{SECOND_ID}'")
    assert_message(result["msg"], "list_incomplete", f"GET {CREDENTIALS_PATH}", gap)
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
    ("patch", "counts"),
    [
        ({"totalCount": 3}, (3, 2)),
        ({"totalCount": 1}, (1, 2)),
        ({"totalCount": 0}, (0, 2)),
        ({"items": [], "totalCount": 1}, (1, 0)),
    ],
)
def test_list_with_wrong_count_fails(
    run_module: ModuleRunner, sandbox: SandboxProcess, patch: dict[str, t.Any], counts: tuple[int, int]
) -> None:
    add_providers(sandbox, second_provider())
    for state in ({}, {"state": "absent"}):
        sandbox.inject_faults({**ON_LIST, "times": None, "patch": patch})
        result = run_module("twilio_provider", account_sid="AC" + "9" * 32, auth_token="9" * 32, **state)
        assert_message(result["msg"], "list_incomplete", fill("list_count_differs", *counts))
        assert set(take_methods(sandbox)) == {"LIST"}


def test_list_changed_by_each_read_fails(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    add_providers(sandbox, *[second_provider(id=str(uuid.UUID(int=number))) for number in range(4)])
    shrinking = [{**SMALL_PAGE, "concurrent_calls": [deletion(str(uuid.UUID(int=number)))]} for number in (0, 1)]
    sandbox.inject_faults(shrinking[0], SMALL_PAGE, shrinking[1], SMALL_PAGE)
    result = run_module("twilio_provider_info")
    assert_message(result["msg"], "list_incomplete", fill("list_changed", 4, 3))
    assert take_methods(sandbox) == ["LIST"] * 4


@pytest.mark.parametrize("selector", [{}, BY_ACCOUNT])
def test_provider_deleted_after_list_is_not_returned(
    run_module: ModuleRunner, sandbox: SandboxProcess, selector: dict[str, str]
) -> None:
    add_providers(sandbox, second_provider())
    sandbox.inject_faults({**ON_LIST, "concurrent_calls": [deletion(PROVIDER_ID)]})
    assert ids(run_module("twilio_provider_info", **selector)) == ([] if selector else [SECOND_ID])


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"response": SERVER_ERROR}, ("server_error", "oops")),
        ({"remove_fields": ["providerType"]}, ("field_missing", "providerType")),
        ({"patch": {"id": SECOND_ID}}, ("response_of_other_provider", f"'{SECOND_ID}'")),
        ({"patch": {"name": 7}}, ("field_of_other_type", "name", "number")),
    ],
)
def test_provider_unreadable_fails_look_up(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any], expected: tuple[str, ...]
) -> None:
    add_providers(sandbox, second_provider())
    sandbox.inject_faults({**ON_PROVIDER, **fault})
    result = run_module("twilio_provider", name="Sales line", region="ie1")
    assert_message(result["msg"], *expected, PROVIDER_PATH)
    assert "PUT" not in take_methods(sandbox)


@pytest.mark.parametrize("options", [{"auth_token": AUTH_TOKEN}, {"state": "absent"}])
def test_provider_listed_but_missing_fails(
    run_module: ModuleRunner, sandbox: SandboxProcess, options: dict[str, str]
) -> None:
    # A gateway may send a 404 with a JSON body.
    missing = {"response": {"status": 404, "json": {"message": "no route matched"}}}
    sandbox.inject_faults({**ON_PROVIDER, **missing}, {"path": GENERIC_PATH, **missing})
    result = run_module("twilio_provider", account_sid=ACCOUNT_SID, **options)
    assert_message(result["msg"], "provider_listed_but_missing", PROVIDER_ID)
    assert take_methods(sandbox) == ["LIST", "GET", "GET", "LIST"]


def test_provider_listed_with_html_404_fails(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    page = {"response": HTML_404}
    sandbox.inject_faults({**ON_PROVIDER, **page}, {"path": GENERIC_PATH, **page}, ON_LIST, {**ON_LIST, **page})
    result = run_module("twilio_provider", account_sid=ACCOUNT_SID, auth_token="0" * 32)
    assert_message(result["msg"], "body_not_of_api", 404)
    assert take_methods(sandbox) == ["LIST", "GET", "GET", "LIST"]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"response": {"status": 200, "json": []}}, ("not_an_object", "array")),
        ({"response": {"status": 200, "json": {"items": {}, "totalCount": 0}}}, ("not_a_page",)),
        ({"response": {"status": 200, "json": {"items": [], "totalCount": "0"}}}, ("not_a_page",)),
        ({"response": {"status": 200, "json": {"items": ["x"], "totalCount": 1}}}, ("not_an_object", "string")),
        ({"response": {"status": 200, "json": {"items": [{"id": "x"}], "totalCount": 1}}}, ("field_missing", "source")),
        (
            {"response": {"status": 200, "json": {"items": [INVALID_CREDENTIAL], "totalCount": 1}}},
            ("id_not_uuid", "providerId"),
        ),
        ({"response": {"status": 404, "json": {"detail": "gone"}}}, ("not_found", "gone")),
        ({"response": {"status": 503}}, ("service_unavailable",)),
        ({"reset": True}, ("connection_reset",)),
    ],
)
def test_list_unreadable_creates_nothing(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any], expected: tuple[str, ...]
) -> None:
    sandbox.inject_faults({**ON_LIST, "times": None, **fault})
    result = run_module("twilio_provider", account_sid=OTHER_ACCOUNT_SID, auth_token="0" * 32)
    assert_message(result["msg"], *expected, CREDENTIALS_PATH)
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
