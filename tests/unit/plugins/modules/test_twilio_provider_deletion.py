# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of deleting providers: numbers, selectors, concurrent deletions and unclear responses."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    GENERIC_PATH,
    MISSING_ID,
    NUMBERS_PATH,
    OTHER_ACCOUNT_SID,
    PROVIDER_ID,
    PROVIDER_PATH,
    SERVER_ERROR,
)
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message, fill
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner, diff_states
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_methods
from ansible_collections.dasha.blackbox.tests.support.state import changed_state

CONCURRENT_DELETION = {"operation": "deleteProvider", "path": {"id": PROVIDER_ID}}
SELECTORS = {"id", "account_sid", "name"}
# Requests that faults apply to.
ON_DELETE = {"method": "DELETE", "path": GENERIC_PATH}
ON_PROVIDER = {"path": PROVIDER_PATH}
#: Reads of a provider that does not exist: by the endpoint for Twilio providers and by the generic one.
NOT_FOUND = ["GET", "GET"]
ON_NUMBERS = {"path": NUMBERS_PATH}

Delete = t.Callable[..., dict[str, t.Any]]


@pytest.fixture
def empty(sandbox: SandboxProcess) -> SandboxProcess:
    """Return the sandbox without phone numbers."""
    with changed_state(sandbox) as state:
        state["sip_phone_numbers"] = state["agent_links"] = []
    return sandbox


@pytest.fixture
def delete(run_module: ModuleRunner) -> Delete:
    """Return a runner for the module with `state: absent`, by default for the provider of the seed."""

    def delete(check_mode: bool = False, **options: t.Any) -> dict[str, t.Any]:
        selector = {} if SELECTORS & options.keys() else {"id": PROVIDER_ID}
        return run_module("twilio_provider", state="absent", check_mode=check_mode, **selector, **options)

    return delete


def exists(sandbox: SandboxProcess) -> bool:
    """Return whether the provider of the seed exists."""
    return any(provider["id"] == PROVIDER_ID for provider in sandbox.state()["providers"])


@pytest.mark.parametrize("selector", [{"id": PROVIDER_ID}, {"account_sid": ACCOUNT_SID}, {"name": "Support line"}])
def test_deletion_check_mode_then_run_then_rerun(
    delete: Delete, empty: SandboxProcess, selector: dict[str, str]
) -> None:
    look_up = ["GET"] if "id" in selector else ["LIST", "GET"]
    predicted = delete(check_mode=True, **selector)
    assert exists(empty)
    assert take_methods(empty) == [*look_up, "GET"]

    real = delete(**selector)
    assert not exists(empty)
    assert sent(empty)[-4:-2] == [("GET", NUMBERS_PATH, None), ("DELETE", GENERIC_PATH, None)]
    assert take_methods(empty) == [*look_up, "GET", "DELETE", *NOT_FOUND]

    again = delete(**selector)
    predicted_again = delete(check_mode=True, **selector)
    assert take_methods(empty) == (NOT_FOUND if "id" in selector else ["LIST"]) * 2

    assert predicted == real
    assert (real["changed"], real["provider"], real["changed_fields"]) == (True, {}, [])
    before = {
        "id": PROVIDER_ID,
        "account_sid": ACCOUNT_SID,
        "name": "Support line",
        "region": "us1",
        "supports_call_transfer": False,
    }
    assert diff_states(real) == (before, {})
    assert again == predicted_again
    assert (again["changed"], again["provider"], diff_states(again)) == (False, {}, ({}, {}))


@pytest.mark.parametrize("options", [{"region": " "}, {"auth_token": "x"}])
def test_deletion_with_invalid_setting_is_refused(
    delete: Delete, empty: SandboxProcess, options: dict[str, str]
) -> None:
    assert_message(delete(**options)["msg"], "option_invalid", *options)
    assert sent(empty) == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_deletion_with_numbers_is_refused(delete: Delete, sandbox: SandboxProcess, check_mode: bool) -> None:
    result = delete(check_mode=check_mode)
    numbers = [
        fill("number_used", "'+15005550001'", "'Receptionist' (inbound, outbound)"),
        fill("number_unused", "'+15005550002'"),
    ]
    assert_message(result["msg"], "provider_in_use", f"{PROVIDER_ID} ('Support line')", *numbers, "force: true")
    assert_message(result["msg"], "numbers_deleted_too")
    assert (result["changed"], exists(sandbox)) == (False, True)
    assert take_methods(sandbox) == ["GET"] * 4


def test_deletion_with_force_deletes_numbers(delete: Delete, sandbox: SandboxProcess) -> None:
    predicted = delete(force=True, check_mode=True)
    assert take_methods(sandbox) == ["GET"]
    real = delete(force=True)
    assert take_methods(sandbox) == ["GET", "DELETE", *NOT_FOUND]
    assert predicted == real
    assert real["changed"]
    assert sandbox.state()["sip_phone_numbers"] == []


def test_deletion_with_many_numbers_lists_twenty(delete: Delete, empty: SandboxProcess) -> None:
    with changed_state(empty) as state:
        credential = state["sip_credentials"][0]["id"]
        state["sip_phone_numbers"] = [
            {"phoneNumber": f"+1500555{number:04}", "credentialsId": credential, "providerId": PROVIDER_ID}
            for number in range(25)
        ]
    result = delete()
    assert_message(result["msg"], "provider_in_use", fill("number_unused", "'+15005550019'"), fill("more_left_out", 5))
    assert "+15005550020" not in result["msg"]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"patch": {"phoneNumberCount": 2}}, ("number_count_differs", 2)),
        ({"remove_fields": ["phoneNumberCount"]}, ("number_count_missing",)),
    ],
)
def test_deletion_with_unlisted_numbers_is_refused(
    delete: Delete, empty: SandboxProcess, fault: dict[str, t.Any], expected: tuple[t.Any, ...]
) -> None:
    empty.inject_faults({**ON_PROVIDER, **fault})
    assert_message(delete()["msg"], *expected)
    assert exists(empty)


def test_deletion_with_numbers_not_counted_is_refused(delete: Delete, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_PROVIDER, "patch": {"phoneNumberCount": 0}})
    assert_message(delete()["msg"], "provider_in_use", "'+15005550001'")
    assert exists(sandbox)


def list_numbers(*items: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return a fault that lists these numbers for any query."""
    numbers = [{"phoneNumber": "+15005550009", **item} for item in items]
    page = {"items": numbers, "totalCount": len(numbers), "skip": 0, "take": 1000}
    return {**ON_NUMBERS, "response": {"status": 200, "json": page}}


def test_deletion_ignores_numbers_of_other_providers(delete: Delete, empty: SandboxProcess) -> None:
    # The service may ignore the filter.
    empty.inject_faults(list_numbers({"id": MISSING_ID, "providerId": MISSING_ID}))
    assert delete()["changed"]


@pytest.mark.parametrize("provider_id", ["", " ", "null", PROVIDER_ID.replace("-", "")])
def test_deletion_with_invalid_provider_id_fails(delete: Delete, empty: SandboxProcess, provider_id: str) -> None:
    empty.inject_faults(list_numbers({"id": MISSING_ID, "providerId": provider_id}))
    assert_message(delete()["msg"], "id_not_uuid", "providerId", NUMBERS_PATH)
    assert exists(empty)


def test_deletion_with_unknown_agents_is_refused(delete: Delete, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"path": ".*/affected-agents", "response": {"status": 403, "json": {}}})
    message = delete()["msg"]
    assert_message(message, "provider_in_use", "'+15005550001'", "'+15005550002'")
    assert_message(message, "number_users_unknown", f"GET {NUMBERS_PATH}/", 403)


@pytest.mark.parametrize("number", [{}, {"providerId": None}, {"providerId": PROVIDER_ID.upper()}])
def test_deletion_with_number_without_provider_fails(
    delete: Delete, empty: SandboxProcess, number: dict[str, t.Any]
) -> None:
    agent = {"agentId": "some-agent", "agentName": None, "uses": ["inbound"]}
    body = {"id": MISSING_ID, "phoneNumber": "+15005550009", "affectedAgents": [agent]}
    agents = {"path": ".*/affected-agents", "response": {"status": 200, "json": body}}
    empty.inject_faults(list_numbers({"id": MISSING_ID, **number}), agents)
    used = fill("number_used", "'+15005550009'", "'some-agent' (inbound)")
    assert_message(delete()["msg"], "provider_in_use", used)
    assert exists(empty)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"response": SERVER_ERROR}, ("server_error", "oops")),
        ({"response": {"status": 404, "json": {}}}, ("not_found",)),
        ({"patch": {"totalCount": 5}, "times": None}, ("list_incomplete", 5)),
        (
            {"response": {"status": 200, "json": {"items": [{"id": "../x", "phoneNumber": "1"}], "totalCount": 1}}},
            ("id_not_uuid", "id"),
        ),
        ({"response": {"status": 200, "text": "<html>"}}, ("body_not_json", 200)),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_deletion_without_usable_numbers_fails(
    delete: Delete, empty: SandboxProcess, fault: dict[str, t.Any], expected: tuple[t.Any, ...], check_mode: bool
) -> None:
    empty.inject_faults({**ON_NUMBERS, **fault})
    result = delete(check_mode=check_mode)
    assert_message(result["msg"], *expected, f"GET {NUMBERS_PATH}")
    assert (result["changed"], exists(empty)) == (False, True)


@pytest.mark.parametrize(
    ("options", "mismatch"),
    [
        ({"id": PROVIDER_ID, "account_sid": OTHER_ACCOUNT_SID}, "account_sid"),
        ({"id": PROVIDER_ID, "name": "support line"}, "name"),
        ({"account_sid": ACCOUNT_SID, "name": "Sales line"}, "name"),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_deletion_with_wrong_selector_is_refused(
    delete: Delete, empty: SandboxProcess, options: dict[str, str], mismatch: str, check_mode: bool
) -> None:
    result = delete(force=True, check_mode=check_mode, **options)
    described, selector = f"{PROVIDER_ID} ('Support line')", f"{mismatch} '{options[mismatch]}'"
    assert_message(result["msg"], "provider_not_selected", described, selector)
    assert "DELETE" not in take_methods(empty)


def test_deletion_with_all_selectors_succeeds(delete: Delete, empty: SandboxProcess) -> None:
    assert delete(id=PROVIDER_ID, account_sid=ACCOUNT_SID.lower(), name="Support line")["changed"]


def test_deletion_of_several_providers_fails(delete: Delete, empty: SandboxProcess) -> None:
    with changed_state(empty) as state:
        state["providers"].append({"accountSid": ACCOUNT_SID, "name": "Support line"})
    for option, value in (("account_sid", ACCOUNT_SID), ("name", "Support line")):
        assert_message(delete(**{option: value})["msg"], "several_providers", 2, f"{option} '{value}'", PROVIDER_ID)
    assert len(empty.state()["providers"]) == 2


def test_deletion_with_html_404_fails(delete: Delete, empty: SandboxProcess) -> None:
    empty.inject_faults({"response": {"status": 404, "text": "<html>"}, "times": None})
    result = delete()
    assert_message(result["msg"], "body_not_of_api", 404)


# Concurrent deletions and unclear responses


def test_deletion_by_another_client_is_no_change(delete: Delete, empty: SandboxProcess) -> None:
    empty.inject_faults({**ON_NUMBERS, "concurrent_calls": [CONCURRENT_DELETION]})
    result = delete()
    assert (result.get("failed"), result["changed"], result["provider"]) == (None, False, {})
    assert take_methods(empty) == ["GET", "GET", "DELETE"]


@pytest.mark.parametrize("fault", [{"reset": True, "effect": True}, {"response": {"status": 504}, "effect": True}])
def test_deletion_404_after_lost_response_is_change(
    delete: Delete, empty: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    empty.inject_faults({**ON_DELETE, **fault})
    result = delete(api_retries=2)
    assert (result.get("failed"), result["changed"], len(result["retried"])) == (None, True, 1)
    assert take_methods(empty) == ["GET", "GET", "DELETE", "DELETE"]


def test_deletion_without_effect_is_repeated(delete: Delete, empty: SandboxProcess) -> None:
    empty.inject_faults({**ON_DELETE, "reset": True, "effect": False})
    result = delete(api_retries=2)
    assert result["changed"]
    assert not exists(empty)


def test_deletion_html_404_after_lost_response_fails(delete: Delete, empty: SandboxProcess) -> None:
    page = {"status": 404, "text": "<html>"}
    empty.inject_faults(
        {"method": "GET", "path": PROVIDER_PATH},
        {**ON_DELETE, "reset": True, "effect": False},
        {"path": ".*(providers|credentials).*", "response": page, "times": None},
    )
    result = delete(api_retries=2)
    assert_message(result["msg"], "body_not_of_api", 404)
    assert (result["failed"], result["changed"]) == (True, True)


@pytest.mark.parametrize(
    "fault", [{"reset": True, "effect": True}, {"response": {"status": 500, "text": "oops"}, "effect": True}]
)
def test_deletion_without_response_is_verified(delete: Delete, empty: SandboxProcess, fault: dict[str, t.Any]) -> None:
    empty.inject_faults({**ON_DELETE, **fault})
    result = delete()
    assert (result.get("failed"), result["changed"]) == (None, True)
    assert take_methods(empty) == ["GET", "GET", "DELETE", *NOT_FOUND]


def test_deletion_accepted_without_effect_fails(delete: Delete, empty: SandboxProcess) -> None:
    empty.inject_faults({**ON_DELETE, "response": {"status": 204}})
    result = delete()
    assert_message(result["msg"], "write_accepted", f"DELETE {GENERIC_PATH}", fill("still_exists", "provider"))
    assert (result["failed"], result["changed"]) == (True, True)


def test_deletion_visible_after_some_reads_succeeds(delete: Delete, empty: SandboxProcess) -> None:
    provider = empty.state()["providers"][0]
    stale = {"path": PROVIDER_PATH, "response": {"status": 200, "json": provider}}
    empty.inject_faults(ON_PROVIDER, stale, stale)
    assert (delete()["changed"], exists(empty)) == (True, False)


def test_deletion_without_effect_may_take_effect(delete: Delete, empty: SandboxProcess) -> None:
    empty.inject_faults({**ON_DELETE, "reset": True, "effect": False})
    result = delete()
    assert_message(result["msg"], "read_afterwards", fill("still_exists", "provider"))
    assert_message(result["msg"], "may_take_effect")
    assert (result["changed"], result["error"]["method"]) == (True, "DELETE")


def test_deletion_without_read_back_counts_as_change(delete: Delete, empty: SandboxProcess) -> None:
    empty.inject_faults({"method": "GET"}, ON_NUMBERS, {"reset": True, "effect": False, "times": None})
    result = delete()
    assert_message(result["msg"], "effect_unknown", "provider", "GET http")
    assert (result["changed"], result["error"]["method"]) == (True, "DELETE")


def test_deletion_refused_is_no_change(delete: Delete, empty: SandboxProcess) -> None:
    empty.inject_faults({**ON_DELETE, "response": {"status": 409, "json": {"detail": "The provider is busy."}}})
    result = delete()
    assert_message(result["msg"], "conflict", f"DELETE {GENERIC_PATH}", "The provider is busy.")
    assert (result["changed"], exists(empty)) == (False, True)


def test_deletion_accepted_ignores_body(delete: Delete, empty: SandboxProcess) -> None:
    empty.inject_faults({**ON_DELETE, "effect": True, "response": {"status": 200, "text": "gone"}})
    assert delete()["changed"]
