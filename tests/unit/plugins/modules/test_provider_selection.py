# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Selection of providers by ID, Account SID or name, also while the list of providers changes."""

from __future__ import annotations

import json
import typing as t
import uuid

import pytest
import yaml

from ansible_collections.dasha.blackbox.plugins.module_utils._api import providers
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    CREDENTIALS_PATH,
    OTHER_ACCOUNT_SID,
    PROVIDER_ID,
    PROVIDER_PATH,
    SEED,
)
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import list_requests, sent, take_methods
from ansible_collections.dasha.blackbox.tests.support.tasks import connect

LIST = ("GET", CREDENTIALS_PATH, None)
READ = ("GET", PROVIDER_PATH, None)
SECOND_ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d12"
THIRD_ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d13"
BY_ACCOUNT = {"account_sid": ACCOUNT_SID}
BY_NAME = {"name": "Support line"}

SMALL_PAGES = {"path": CREDENTIALS_PATH, "times": None, "query": {"take": 2}}


def add_providers(
    sandbox: SandboxProcess, *providers: dict[str, t.Any], credentials: t.Sequence[dict[str, t.Any]] = ()
) -> None:
    """Add providers, and SIP credentials that no provider made, to those of the seed."""
    state = sandbox.state()
    state["providers"] += providers
    state["sip_credentials"] += credentials
    sandbox.restore(state)
    sandbox.clear_requests()


def second_provider(**fields: t.Any) -> dict[str, t.Any]:
    return {"id": SECOND_ID, "name": "Sales line", "accountSid": OTHER_ACCOUNT_SID, **fields}


def ids(result: dict[str, t.Any]) -> list[str]:
    return [provider["id"] for provider in result["providers"]]


@pytest.mark.parametrize("selector", [BY_ACCOUNT, {"account_sid": ACCOUNT_SID.lower()}, BY_NAME])
def test_info_finds_a_provider_among_all(
    run_module: ModuleRunner, sandbox: SandboxProcess, selector: dict[str, str]
) -> None:
    add_providers(sandbox, second_provider())
    assert ids(run_module("twilio_provider_info", **selector)) == [PROVIDER_ID]
    assert sorted(take_methods(sandbox)) == ["GET", "GET", "LIST"]


@pytest.mark.parametrize(
    "selector", [{"account_sid": OTHER_ACCOUNT_SID}, {"name": "support line"}, {"name": "Support"}]
)
def test_info_finds_nothing_where_nothing_matches(
    run_module: ModuleRunner, sandbox: SandboxProcess, selector: dict[str, str]
) -> None:
    result = run_module("twilio_provider_info", **selector)
    assert (result["changed"], result["providers"]) == (False, [])
    assert sent(sandbox) == [LIST, READ]


def test_info_returns_all_in_a_steady_order(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    add_providers(sandbox, second_provider(), second_provider(id=THIRD_ID, name=None))
    assert ids(run_module("twilio_provider_info")) == [THIRD_ID, SECOND_ID, PROVIDER_ID]


def test_info_returns_all_that_match(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    add_providers(sandbox, second_provider(name="Support line", accountSid=ACCOUNT_SID))
    for selector in (BY_ACCOUNT, BY_NAME):
        assert ids(run_module("twilio_provider_info", **selector)) == [PROVIDER_ID, SECOND_ID]


def test_an_empty_organization_has_no_providers(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.restore({})
    sandbox.clear_requests()
    assert run_module("twilio_provider_info")["providers"] == []
    assert sent(sandbox) == [LIST]


@pytest.mark.parametrize("module", ["twilio_provider", "twilio_provider_verify"])
@pytest.mark.parametrize("selector", [BY_ACCOUNT, BY_NAME])
def test_several_are_an_error_that_lists_them(
    run_module: ModuleRunner, sandbox: SandboxProcess, module: str, selector: dict[str, str]
) -> None:
    add_providers(sandbox, second_provider(name="Support line", accountSid=ACCOUNT_SID))
    result = run_module(module, **selector)
    ((option, value),) = selector.items()
    both = f"{PROVIDER_ID} ('Support line'), {SECOND_ID} ('Support line')"
    assert result["msg"] == f"2 providers have the {option} '{value}': {both}. Select one of them by its id."
    assert set(take_methods(sandbox)) == {"LIST", "GET"}


@pytest.mark.parametrize("selector", [BY_ACCOUNT, BY_NAME])
def test_a_provider_is_updated_however_it_is_selected(
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
    assert list(real["diff"]["after"]) == ["region"]


def test_a_name_beside_an_account_is_what_the_provider_shall_have(run_module: ModuleRunner) -> None:
    result = run_module("twilio_provider", account_sid=ACCOUNT_SID, name="Sales")
    assert (result["changed_fields"], result["provider"]["name"]) == (["name"], "Sales")


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_account_of_a_provider_cannot_be_changed(
    run_module: ModuleRunner, sandbox: SandboxProcess, check_mode: bool
) -> None:
    result = run_module(
        "twilio_provider", id=PROVIDER_ID, account_sid=OTHER_ACCOUNT_SID, name="Sales", check_mode=check_mode
    )
    assert f"is of the account {ACCOUNT_SID}, not of {OTHER_ACCOUNT_SID}" in result["msg"]
    assert "dasha.blackbox.twilio_account_migration" in result["msg"]
    assert sent(sandbox) == [READ]


def test_the_account_beside_an_id_may_be_in_any_case(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    assert run_module("twilio_provider", id=PROVIDER_ID, account_sid=ACCOUNT_SID.lower())["changed"] is False
    assert sent(sandbox) == [READ]


@pytest.mark.parametrize("module", ["twilio_provider", "twilio_provider_verify"])
def test_one_option_that_selects_is_required(run_module: ModuleRunner, sandbox: SandboxProcess, module: str) -> None:
    assert "one of the following is required: id, account_sid, name" in run_module(module)["msg"]
    assert sent(sandbox) == []


@pytest.mark.parametrize("module", ["twilio_provider_info", "twilio_provider_verify"])
def test_only_one_option_may_select_where_nothing_is_to_be_changed(run_module: ModuleRunner, module: str) -> None:
    assert "mutually exclusive" in run_module(module, id=PROVIDER_ID, name="Support line")["msg"]


@pytest.mark.parametrize("module", ["twilio_provider", "twilio_provider_info", "twilio_provider_verify"])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"id": ""}, "The option id is refused: it is empty"),
        ({"name": " "}, "The option name is refused: it is blank"),
        ({"name": "x" * 101}, "The option name is refused: it has 101 characters"),
        ({"name": "Support line "}, "The option name is refused: 'Support line ' begins or ends with a blank"),
        ({"account_sid": ""}, "The option account_sid is refused: it is empty"),
        (
            {"account_sid": "AC0"},
            (
                "The option account_sid is refused: it is not an Account SID, which is made of AC and 32 hexadecimal"
                " digits"
            ),
        ),
        (
            {"account_sid": "SK00000000000000000000000000000001"},
            "The option account_sid is refused: it is not an Account SID",
        ),
    ],
)
def test_what_no_provider_can_have_is_refused_before_any_request(
    run_module: ModuleRunner, sandbox: SandboxProcess, module: str, options: dict[str, str], words: str
) -> None:
    assert words in run_module(module, **options)["msg"]
    assert sent(sandbox) == []


def test_providers_of_other_types_are_passed_over(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    add_providers(sandbox, second_provider())
    other = {"id": SECOND_ID, "providerType": "vonage", "apiKey": "x"}
    sandbox.inject_faults(
        {"path": f"/api/v1/providers/{SECOND_ID}", "times": None, "response": {"status": 200, "json": other}}
    )
    assert ids(run_module("twilio_provider_info")) == [PROVIDER_ID]
    assert run_module("twilio_provider_info", name="Sales line")["providers"] == []


@pytest.mark.parametrize("malformed", [7, ["twilio"], {}, "", " ", "Twilio"])
def test_a_type_that_is_none_is_an_error_and_no_other_type(
    run_module: ModuleRunner, sandbox: SandboxProcess, malformed: t.Any
) -> None:
    """Passed over, the provider would be created a second time."""
    sandbox.inject_faults({"path": PROVIDER_PATH, "patch": {"providerType": malformed}})
    assert run_module("twilio_provider", account_sid=ACCOUNT_SID, auth_token="0000000000000000000000000000000a")[
        "failed"
    ]
    assert take_methods(sandbox) == ["LIST", "GET"]


def test_an_answer_that_is_no_provider_is_no_other_type(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(
        {"path": PROVIDER_PATH, "response": {"status": 200, "json": {"id": "zzz", "providerType": "error"}}}
    )
    assert run_module("twilio_provider_info", **BY_ACCOUNT)["failed"]


def test_manual_credentials_lead_to_no_provider_and_their_passwords_nowhere(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    manual = [
        {"server": "sip.example.com", "authUser": "admin", "authPassword": "line"},
        {"server": "sip.example.com", "authPassword": "fake-sip-password", "providerId": SECOND_ID},
    ]
    add_providers(sandbox, credentials=manual)
    result = run_module("twilio_provider_info")
    # Not masked either: a short password that was known for a secret would spoil the name.
    assert result["providers"][0]["name"] == "Support line"
    assert "fake-sip-password" not in json.dumps(result)
    assert "generated-" not in json.dumps(result)
    assert sent(sandbox) == [LIST, READ]


@pytest.mark.parametrize("selector", [{}, BY_ACCOUNT, {"account_sid": OTHER_ACCOUNT_SID}])
def test_a_credential_that_does_not_name_its_provider_leaves_a_gap(
    run_module: ModuleRunner, sandbox: SandboxProcess, selector: dict[str, str]
) -> None:
    """Nothing can be concluded, not even from one that is found: the one that is missing may be another."""
    add_providers(sandbox, credentials=[{"id": SECOND_ID, "server": "sip.example.com", "source": "provider"}])
    result = run_module("twilio_provider_info", **selector)
    gap = f"the SIP credential '{SECOND_ID}' was made by a provider that it does not name"
    assert (
        result["msg"]
        == f"GET {CREDENTIALS_PATH}: 200, but the list is incomplete, so nothing can be concluded from it: {gap}."
    )
    assert sent(sandbox) == [LIST, LIST]


def test_pages_are_read_to_their_end(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    add_providers(
        sandbox, second_provider(), credentials=[{"server": f"sip{number}.example.com"} for number in range(5)]
    )
    sandbox.inject_faults(SMALL_PAGES)
    assert ids(run_module("twilio_provider_info")) == [SECOND_ID, PROVIDER_ID]
    # Each page begins with the last item of the one before.
    assert [request["query"] for request in sandbox.requests()[:6]] == [
        {"skip": str(skip), "take": "1000"} for skip in range(6)
    ]


def deletion(provider_id: str) -> dict[str, t.Any]:
    return {"operation": "deleteProvider", "path": {"id": provider_id}}


def test_a_list_that_shifts_while_it_is_read_is_read_once_more(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    add_providers(sandbox, second_provider(), second_provider(id=THIRD_ID))
    sandbox.inject_faults(
        {"path": CREDENTIALS_PATH, "query": {"take": 2}, "concurrent_calls": [deletion(PROVIDER_ID)]}, SMALL_PAGES
    )
    assert ids(run_module("twilio_provider_info")) == [SECOND_ID, THIRD_ID]
    assert take_methods(sandbox) == ["LIST", "LIST", "LIST", "GET", "GET"]


@pytest.mark.parametrize("order", [(PROVIDER_ID, SECOND_ID, THIRD_ID), (SECOND_ID, PROVIDER_ID, THIRD_ID)])
def test_a_list_that_shifts_and_keeps_its_length_is_read_once_more(
    run_module: ModuleRunner, sandbox: SandboxProcess, order: tuple[str, ...]
) -> None:
    """One that goes and one that comes: the numbers add up, and one of the others would be passed over."""
    add_providers(sandbox, second_provider(), second_provider(id=THIRD_ID))
    state = sandbox.state()
    state["sip_credentials"].sort(key=lambda credential: order.index(credential["providerId"]))
    sandbox.restore(state)
    sandbox.clear_requests()
    body = {"accountSid": OTHER_ACCOUNT_SID, "authToken": "0000000000000000000000000000000b", "name": "New"}
    shifting = [deletion(order[0]), {"operation": "createTwilioProvider", "body": body}]
    sandbox.inject_faults({"path": CREDENTIALS_PATH, "query": {"take": 2}, "concurrent_calls": shifting}, SMALL_PAGES)
    found = run_module("twilio_provider_info")["providers"]
    assert {provider["id"] for provider in found} == {provider["id"] for provider in sandbox.state()["providers"]}
    assert take_methods(sandbox) == ["LIST"] * 4 + ["GET"] * 3


def test_look_up_reads_a_list_and_each_provider(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    seed["providers"] += [{"accountSid": OTHER_ACCOUNT_SID}] * 39
    for others, lists in ((960, 1), (961, 2)):
        sandbox.restore({**seed, "sip_credentials": [{"server": "sip.example.com"}] * others})
        sandbox.clear_requests()
        assert len(run_module("twilio_provider_info")["providers"]) == 40
        assert [request.partition("{")[0] for request in list_requests(sandbox)] == ["GET /sip-credentials"] * lists + [
            "GET /providers/"
        ] * 40


def test_thousands_of_credentials_are_read(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    add_providers(
        sandbox,
        second_provider(),
        credentials=[{"server": "sip.example.com", "authPassword": "line"} for _number in range(2500)],
    )
    assert ids(run_module("twilio_provider_info")) == [SECOND_ID, PROVIDER_ID]
    assert take_methods(sandbox) == ["LIST"] * 3 + ["GET"] * 2


@pytest.mark.parametrize(
    ("patches", "words"),
    [
        ([{"totalCount": 3}], "2 different items came, where it counts 3"),
        ([{"totalCount": 1}], "2 different items came, where it counts 1"),
        ([{"totalCount": 0}], "2 different items came, where it counts 0"),
        ([{"items": [], "totalCount": 1}], "0 different items came, where it counts 1"),
    ],
)
def test_a_list_that_never_adds_up_is_an_error(
    run_module: ModuleRunner, sandbox: SandboxProcess, patches: list[dict[str, t.Any]], words: str
) -> None:
    add_providers(sandbox, second_provider())
    for state in ({}, {"state": "absent"}):
        sandbox.inject_faults(*[{"path": CREDENTIALS_PATH, "times": None, "patch": patch} for patch in patches])
        result = run_module("twilio_provider", account_sid="AC" + "9" * 32, auth_token="9" * 32, **state)
        assert result["msg"].endswith(f"the list is incomplete, so nothing can be concluded from it: {words}.")
        assert set(take_methods(sandbox)) == {"LIST"}


def test_a_list_that_goes_on_changing_is_an_error(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    add_providers(sandbox, *[second_provider(id=str(uuid.UUID(int=number))) for number in range(4)])
    shrinking = [
        {"path": CREDENTIALS_PATH, "query": {"take": 2}, "concurrent_calls": [deletion(str(uuid.UUID(int=number)))]}
        for number in (0, 1)
    ]
    still = {"path": CREDENTIALS_PATH, "query": {"take": 2}}
    sandbox.inject_faults(shrinking[0], still, shrinking[1], still)
    result = run_module("twilio_provider_info")
    assert result["msg"].endswith("it grew or shrank from 4 to 3 items while it was read.")
    assert take_methods(sandbox) == ["LIST"] * 4


@pytest.mark.parametrize("selector", [{}, BY_ACCOUNT])
def test_a_provider_that_vanishes_after_it_was_listed_is_not_there(
    run_module: ModuleRunner, sandbox: SandboxProcess, selector: dict[str, str]
) -> None:
    add_providers(sandbox, second_provider())
    sandbox.inject_faults({"path": CREDENTIALS_PATH, "concurrent_calls": [deletion(PROVIDER_ID)]})
    assert ids(run_module("twilio_provider_info", **selector)) == ([] if selector else [SECOND_ID])


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"response": {"status": 500, "json": {"detail": "oops"}}}, "500 Internal Server Error: oops"),
        ({"remove_fields": ["providerType"]}, "the answer has no providerType"),
        ({"patch": {"id": SECOND_ID}}, "the answer is another provider"),
        ({"patch": {"name": 7}}, "name is a number"),
    ],
)
def test_one_provider_that_cannot_be_read_fails_the_look_up(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any], words: str
) -> None:
    add_providers(sandbox, second_provider())
    sandbox.inject_faults({"path": PROVIDER_PATH, **fault})
    result = run_module("twilio_provider", name="Sales line", region="ie1")
    assert words in result["msg"]
    assert "PUT" not in take_methods(sandbox)


@pytest.mark.parametrize("options", [{"auth_token": "0000000000000000000000000000000a"}, {"state": "absent"}])
def test_a_provider_that_is_listed_and_denied_leaves_nothing_to_conclude(
    run_module: ModuleRunner, sandbox: SandboxProcess, options: dict[str, str]
) -> None:
    """A gateway may say it in JSON, too."""
    sandbox.inject_faults({"path": PROVIDER_PATH, "response": {"status": 404, "json": {"message": "no route matched"}}})
    result = run_module("twilio_provider", account_sid=ACCOUNT_SID, **options)
    assert result["msg"].startswith(
        f"The provider {PROVIDER_ID} has a SIP credential, but the API says that there is no such provider."
    )
    assert take_methods(sandbox) == ["LIST", "GET", "LIST"]


def test_a_page_in_place_of_a_listed_provider_does_not_say_that_it_is_gone(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    page = {"response": {"status": 404, "text": "<html>"}}
    sandbox.inject_faults(
        {"path": PROVIDER_PATH, **page}, {"path": CREDENTIALS_PATH}, {"path": CREDENTIALS_PATH, **page}
    )
    result = run_module("twilio_provider", account_sid=ACCOUNT_SID, auth_token="0" * 32)
    assert "404 Not Found: the body is not the API's JSON" in result["msg"]
    assert take_methods(sandbox) == ["LIST", "GET", "LIST"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"response": {"status": 200, "json": []}}, "a JSON object was expected, the answer is an array"),
        ({"response": {"status": 200, "json": {"items": {}, "totalCount": 0}}}, "the answer is no page of a list"),
        ({"response": {"status": 200, "json": {"items": [], "totalCount": "0"}}}, "the answer is no page of a list"),
        (
            {"response": {"status": 200, "json": {"items": ["x"], "totalCount": 1}}},
            "a JSON object was expected, not a string",
        ),
        ({"response": {"status": 200, "json": {"items": [{"id": "x"}], "totalCount": 1}}}, "the answer has no source"),
        (
            {
                "response": {
                    "status": 200,
                    "json": {"items": [{"id": "x", "source": "provider", "providerId": "../agents"}], "totalCount": 1},
                }
            },
            "the providerId of a SIP credential is not a UUID",
        ),
        ({"response": {"status": 404, "json": {"detail": "gone"}}}, "404 Not Found: gone"),
        ({"response": {"status": 503}}, "503 Service Unavailable"),
        ({"reset": True}, "Connection reset by peer"),
    ],
)
def test_a_list_that_cannot_be_read_creates_nothing(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any], words: str
) -> None:
    sandbox.inject_faults({"path": CREDENTIALS_PATH, "times": None, **fault})
    result = run_module("twilio_provider", account_sid=OTHER_ACCOUNT_SID, auth_token="0" * 32)
    assert words in result["msg"]
    assert result["changed"] is False
    assert set(take_methods(sandbox)) == {"LIST"}


def test_many_providers_are_read_over_a_few_connections(sandbox: SandboxProcess) -> None:
    add_providers(
        sandbox, *[second_provider(id=str(uuid.UUID(int=number)), name=f"{number:02}") for number in range(40)]
    )
    sandbox.inject_faults({"path": ".*/providers/.*", "response": {"status": 429}, "times": 3})
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=3) as client:
        assert len(providers.list_providers(client)) == 41
        assert len(client.retried) == 3
    assert len(sandbox.requests()) == 1 + 41 + 3
