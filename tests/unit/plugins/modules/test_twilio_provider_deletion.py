# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A provider is deleted when nothing hangs on it, or when the user insists, and the result says who deleted it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    OTHER_ACCOUNT_SID,
    PROVIDER_ID,
    PROVIDER_PATH,
)
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_methods

NUMBERS_PATH = "/api/v1/sip-phone-numbers"
MISSING_ID = "00000000-0000-4000-8000-000000000000"
BY_SOMEBODY_ELSE = {"operation": "deleteProvider", "path": {"id": PROVIDER_ID}}
DELETE = {"method": "DELETE", "path": PROVIDER_PATH}


@pytest.fixture
def empty(sandbox: SandboxProcess) -> SandboxProcess:
    """The sandbox with a provider through which no number is imported."""
    state = sandbox.state()
    state["sip_phone_numbers"] = state["agent_links"] = []
    sandbox.restore(state)
    sandbox.clear_requests()
    return sandbox


def is_there(sandbox: SandboxProcess) -> bool:
    return any(provider["id"] == PROVIDER_ID for provider in sandbox.state()["providers"])


@pytest.mark.parametrize("selector", [{"id": PROVIDER_ID}, {"account_sid": ACCOUNT_SID}, {"name": "Support line"}])
def test_check_mode_then_the_deletion_then_nothing(
    run_module: ModuleRunner, empty: SandboxProcess, selector: dict[str, str]
) -> None:
    look = ["GET"] if "id" in selector else ["LIST", "GET"]
    predicted = run_module("twilio_provider", state="absent", check_mode=True, **selector)
    assert is_there(empty)
    assert take_methods(empty) == [*look, "GET"]

    real = run_module("twilio_provider", state="absent", **selector)
    assert not is_there(empty)
    assert sent(empty)[-2:] == [("GET", NUMBERS_PATH, None), ("DELETE", PROVIDER_PATH, None)]
    assert take_methods(empty) == [*look, "GET", "DELETE"]

    again = run_module("twilio_provider", state="absent", **selector)
    predicted_again = run_module("twilio_provider", state="absent", check_mode=True, **selector)
    assert take_methods(empty) == look[:1] * 2

    assert predicted == real
    assert (real["changed"], real["provider"], real["changed_fields"]) == (True, {}, [])
    assert real["diff"]["before"] == {
        "id": PROVIDER_ID,
        "account_sid": ACCOUNT_SID,
        "name": "Support line",
        "region": "us1",
        "supports_call_transfer": False,
    }
    assert real["diff"]["after"] == {}
    assert again == predicted_again
    assert (again["changed"], again["provider"], again["diff"]) == (False, {}, {"before": {}, "after": {}})


@pytest.mark.parametrize("options", [{"region": " "}, {"auth_token": "x"}])
def test_what_makes_no_difference_has_to_be_right_all_the_same(
    run_module: ModuleRunner, empty: SandboxProcess, options: dict[str, str]
) -> None:
    assert "is refused" in run_module("twilio_provider", id=PROVIDER_ID, state="absent", **options)["msg"]
    assert sent(empty) == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_numbers_protect_their_provider(run_module: ModuleRunner, sandbox: SandboxProcess, check_mode: bool) -> None:
    result = run_module("twilio_provider", id=PROVIDER_ID, state="absent", check_mode=check_mode)
    assert result["msg"] == (
        f"The provider {PROVIDER_ID} ('Support line') is not deleted, because numbers are imported through it:"
        " '+15005550001', used by 'Receptionist' (inbound, outbound); '+15005550002', used by no agent."
        " Deleting it would delete them too, and cut off the agents that use them."
        " Remove the numbers first, or set force: true to delete the provider with its numbers."
    )
    assert (result["changed"], is_there(sandbox)) == (False, True)
    assert take_methods(sandbox) == ["GET"] * 4


def test_with_force_a_provider_is_deleted_with_its_numbers(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    predicted = run_module("twilio_provider", id=PROVIDER_ID, state="absent", force=True, check_mode=True)
    assert take_methods(sandbox) == ["GET"]
    real = run_module("twilio_provider", id=PROVIDER_ID, state="absent", force=True)
    assert take_methods(sandbox) == ["GET", "DELETE"]
    assert predicted == real
    assert real["changed"]
    assert sandbox.state()["sip_phone_numbers"] == []


def test_of_many_numbers_some_are_named_and_the_rest_are_counted(
    run_module: ModuleRunner, empty: SandboxProcess
) -> None:
    state = empty.state()
    credential = state["sip_credentials"][0]["id"]
    state["sip_phone_numbers"] = [
        {"phoneNumber": f"+1500555{number:04}", "credentialsId": credential, "providerId": PROVIDER_ID}
        for number in range(25)
    ]
    empty.restore(state)
    result = run_module("twilio_provider", id=PROVIDER_ID, state="absent")
    assert "'+15005550019', used by no agent; and 5 more." in result["msg"]


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ([{"path": PROVIDER_PATH, "patch": {"phoneNumberCount": 2}}], "none is listed, but the service counts 2"),
        (
            [{"path": PROVIDER_PATH, "remove_fields": ["phoneNumberCount"]}],
            "none is listed, but the service does not say how many it counts",
        ),
    ],
)
def test_a_count_without_numbers_protects_too(
    run_module: ModuleRunner, empty: SandboxProcess, faults: list[dict[str, t.Any]], words: str
) -> None:
    empty.inject_faults(*faults)
    assert words in run_module("twilio_provider", id=PROVIDER_ID, state="absent")["msg"]
    assert is_there(empty)


def test_numbers_protect_although_the_count_is_zero(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"path": PROVIDER_PATH, "patch": {"phoneNumberCount": 0}})
    assert "'+15005550001'" in run_module("twilio_provider", id=PROVIDER_ID, state="absent")["msg"]
    assert is_there(sandbox)


def listed(*items: dict[str, t.Any]) -> dict[str, t.Any]:
    """A fault that lists these numbers, whatever is asked for."""
    page = {
        "items": [{"phoneNumber": "+15005550009", **item} for item in items],
        "totalCount": len(items),
        "skip": 0,
        "take": 1000,
    }
    return {"path": NUMBERS_PATH, "response": {"status": 200, "json": page}}


def test_numbers_of_others_do_not_protect(run_module: ModuleRunner, empty: SandboxProcess) -> None:
    """A service that does not know the filter lists all numbers."""
    empty.inject_faults(listed({"id": MISSING_ID, "providerId": MISSING_ID}))
    assert run_module("twilio_provider", id=PROVIDER_ID, state="absent")["changed"]


@pytest.mark.parametrize("provider_id", ["", " ", "null", PROVIDER_ID.replace("-", "")])
def test_a_number_whose_provider_cannot_be_read_protects(
    run_module: ModuleRunner, empty: SandboxProcess, provider_id: str
) -> None:
    empty.inject_faults(listed({"id": MISSING_ID, "providerId": provider_id}))
    assert (
        "the providerId of a phone number is not a UUID"
        in run_module("twilio_provider", id=PROVIDER_ID, state="absent")["msg"]
    )
    assert is_there(empty)


def test_a_provider_whose_users_are_not_known_is_not_deleted_and_the_message_says_why(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    sandbox.inject_faults({"path": ".*/affected-agents", "response": {"status": 403, "json": {}}})
    message = run_module("twilio_provider", id=PROVIDER_ID, state="absent")["msg"]
    assert "is not deleted, because numbers are imported through it: '+1500555000" in message
    assert "used by unknown agents (GET /api/v1/sip-phone-numbers/" in message


@pytest.mark.parametrize("number", [{}, {"providerId": None}, {"providerId": PROVIDER_ID.upper()}])
def test_a_number_that_may_be_the_providers_protects(
    run_module: ModuleRunner, empty: SandboxProcess, number: dict[str, t.Any]
) -> None:
    users = {
        "id": MISSING_ID,
        "phoneNumber": "+15005550009",
        "affectedAgents": [{"agentId": "some-agent", "agentName": None, "uses": ["inbound"]}],
    }
    empty.inject_faults(
        listed({"id": MISSING_ID, **number}), {"path": ".*/affected-agents", "response": {"status": 200, "json": users}}
    )
    assert (
        "'+15005550009', used by 'some-agent' (inbound)"
        in run_module("twilio_provider", id=PROVIDER_ID, state="absent")["msg"]
    )
    assert is_there(empty)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"response": {"status": 500, "json": {"detail": "oops"}}}, "500 Internal Server Error: oops"),
        ({"response": {"status": 404, "json": {}}}, "404 Not Found"),
        ({"patch": {"totalCount": 5}, "times": None}, "the list is incomplete"),
        (
            {"response": {"status": 200, "json": {"items": [{"id": "../x", "phoneNumber": "1"}], "totalCount": 1}}},
            "the id of a phone number is not a UUID",
        ),
        ({"response": {"status": 200, "text": "<html>"}}, "the body is not JSON"),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_provider_whose_numbers_are_not_known_is_not_deleted(
    run_module: ModuleRunner, empty: SandboxProcess, fault: dict[str, t.Any], words: str, check_mode: bool
) -> None:
    empty.inject_faults({"path": NUMBERS_PATH, **fault})
    result = run_module("twilio_provider", id=PROVIDER_ID, state="absent", check_mode=check_mode)
    assert words in result["msg"]
    assert (result["changed"], is_there(empty)) == (False, True)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"id": PROVIDER_ID, "account_sid": OTHER_ACCOUNT_SID}, "account_sid"),
        ({"id": PROVIDER_ID, "name": "support line"}, "name"),
        ({"account_sid": ACCOUNT_SID, "name": "Sales line"}, "name"),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_what_else_is_said_of_the_provider_has_to_be_so(
    run_module: ModuleRunner, empty: SandboxProcess, options: dict[str, str], word: str, check_mode: bool
) -> None:
    result = run_module("twilio_provider", state="absent", force=True, check_mode=check_mode, **options)
    assert (
        result["msg"] == f"The provider {PROVIDER_ID} ('Support line') is not deleted, because it does not have the"
        f" {word} '{options[word]}'."
    )
    assert "DELETE" not in take_methods(empty)


def test_a_provider_that_is_what_is_said_of_it_is_deleted(run_module: ModuleRunner, empty: SandboxProcess) -> None:
    assert run_module(
        "twilio_provider", state="absent", id=PROVIDER_ID, account_sid=ACCOUNT_SID.lower(), name="Support line"
    )["changed"]


def test_several_are_not_deleted(run_module: ModuleRunner, empty: SandboxProcess) -> None:
    state = empty.state()
    state["providers"].append({"accountSid": ACCOUNT_SID, "name": "Support line"})
    empty.restore(state)
    for selector in ({"account_sid": ACCOUNT_SID}, {"name": "Support line"}):
        assert "2 providers have the" in run_module("twilio_provider", state="absent", **selector)["msg"]
    assert len(empty.state()["providers"]) == 2


def test_a_page_in_place_of_the_provider_does_not_mean_that_it_is_gone(
    run_module: ModuleRunner, empty: SandboxProcess
) -> None:
    empty.inject_faults({"response": {"status": 404, "text": "<html>"}, "times": None})
    result = run_module("twilio_provider", id=PROVIDER_ID, state="absent")
    assert "404 Not Found: the body is not the API's JSON" in result["msg"]


# What is between the read and the deletion, and between the deletion and its answer.


def test_one_that_somebody_else_deleted_first_is_no_change(run_module: ModuleRunner, empty: SandboxProcess) -> None:
    empty.inject_faults({"path": NUMBERS_PATH, "concurrent_calls": [BY_SOMEBODY_ELSE]})
    result = run_module("twilio_provider", id=PROVIDER_ID, state="absent")
    assert (result.get("failed"), result["changed"], result["provider"]) == (None, False, {})
    assert take_methods(empty) == ["GET", "GET", "DELETE"]


@pytest.mark.parametrize("fault", [{"reset": True, "effect": True}, {"response": {"status": 504}, "effect": True}])
def test_one_whose_deletion_is_found_at_the_second_attempt_is_a_change(
    run_module: ModuleRunner, empty: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    empty.inject_faults({**DELETE, **fault})
    result = run_module(
        "twilio_provider", id=PROVIDER_ID, state="absent", environment={"DASHA_BLACKBOX_API_RETRIES": "2"}
    )
    assert (result.get("failed"), result["changed"], len(result["retried"])) == (None, True, 1)
    assert take_methods(empty) == ["GET", "GET", "DELETE", "DELETE"]


def test_an_attempt_without_effect_is_made_again(run_module: ModuleRunner, empty: SandboxProcess) -> None:
    empty.inject_faults({**DELETE, "reset": True, "effect": False})
    result = run_module(
        "twilio_provider", id=PROVIDER_ID, state="absent", environment={"DASHA_BLACKBOX_API_RETRIES": "2"}
    )
    assert result["changed"]
    assert not is_there(empty)


def test_a_404_that_is_a_page_after_a_lost_attempt_says_nothing(
    run_module: ModuleRunner, empty: SandboxProcess
) -> None:
    page = {"status": 404, "text": "<html>"}
    empty.inject_faults(
        {"method": "GET", "path": PROVIDER_PATH},
        {**DELETE, "reset": True, "effect": False},
        {"path": ".*(providers|credentials).*", "response": page, "times": None},
    )
    result = run_module(
        "twilio_provider", id=PROVIDER_ID, state="absent", environment={"DASHA_BLACKBOX_API_RETRIES": "2"}
    )
    assert "404 Not Found: the body is not the API's JSON" in result["msg"]
    assert (result["failed"], result["changed"]) == (True, True)


@pytest.mark.parametrize(
    "fault", [{"reset": True, "effect": True}, {"response": {"status": 500, "text": "oops"}, "effect": True}]
)
def test_a_deletion_that_no_answer_tells_of_is_found(
    run_module: ModuleRunner, empty: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    empty.inject_faults({**DELETE, **fault})
    result = run_module("twilio_provider", id=PROVIDER_ID, state="absent")
    assert (result.get("failed"), result["changed"]) == (None, True)
    assert take_methods(empty) == ["GET", "GET", "DELETE", "GET"]


def test_a_deletion_without_answer_or_effect_says_that_it_may_still_come(
    run_module: ModuleRunner, empty: SandboxProcess
) -> None:
    empty.inject_faults({**DELETE, "reset": True, "effect": False})
    result = run_module("twilio_provider", id=PROVIDER_ID, state="absent")
    assert result["msg"].endswith("Read afterwards: the provider still exists. The request may still take effect.")
    assert (result["changed"], result["error"]["method"]) == (False, "DELETE")


def test_a_deletion_that_nothing_is_known_of_counts_as_a_change(
    run_module: ModuleRunner, empty: SandboxProcess
) -> None:
    empty.inject_faults({"method": "GET"}, {"path": NUMBERS_PATH}, {"reset": True, "effect": False, "times": None})
    result = run_module("twilio_provider", id=PROVIDER_ID, state="absent")
    assert (
        "Whether it took effect is unknown, because the provider could not be read afterwards. GET http"
        in result["msg"]
    )
    assert (result["changed"], result["error"]["method"]) == (True, "DELETE")


def test_a_refused_deletion_changes_nothing_and_says_why(run_module: ModuleRunner, empty: SandboxProcess) -> None:
    empty.inject_faults({**DELETE, "response": {"status": 409, "json": {"detail": "The provider is busy."}}})
    result = run_module("twilio_provider", id=PROVIDER_ID, state="absent")
    assert result["msg"] == f"DELETE {PROVIDER_PATH}: 409 Conflict: The provider is busy."
    assert (result["changed"], is_there(empty)) == (False, True)


def test_the_body_of_an_accepted_deletion_does_not_matter(run_module: ModuleRunner, empty: SandboxProcess) -> None:
    empty.inject_faults({**DELETE, "effect": True, "response": {"status": 200, "text": "gone"}})
    assert run_module("twilio_provider", id=PROVIDER_ID, state="absent")["changed"]
