# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the Auth Token in twilio_provider: its update, unclear responses and redaction."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    PROVIDER_ID,
    PROVIDER_PATH,
)
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, assert_message, contains
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner, diff_states
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_methods
from ansible_collections.dasha.blackbox.tests.support.state import changed_state

NEW_TOKEN = "0123456789abcdef0123456789abcdef"
TOKEN_PATH = f"{PROVIDER_PATH}/auth-token"
UPDATE_TOKEN = {"id": PROVIDER_ID, "auth_token": NEW_TOKEN, "update_auth_token": "always"}
ON_PATCH = {"method": "PATCH"}


@pytest.fixture(autouse=True)
def new_token_at_twilio(sandbox: SandboxProcess) -> None:
    """Replace the token at Twilio. The API still has the old one."""
    with changed_state(sandbox) as state:
        state["twilio_accounts"][0]["auth_token"] = NEW_TOKEN


def stored_token(sandbox: SandboxProcess) -> str:
    """Return the token that the API has stored."""
    return t.cast("str", sandbox.state()["providers"][0]["authToken"])


def test_token_always_is_sent_by_each_run(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    predicted = run_module("twilio_provider", check_mode=True, **UPDATE_TOKEN)
    assert (take_methods(sandbox), stored_token(sandbox)) == (["GET"], AUTH_TOKEN)
    for _run in range(2):
        real = run_module("twilio_provider", **UPDATE_TOKEN)
        assert (take_methods(sandbox), stored_token(sandbox)) == (["GET", "PATCH"], NEW_TOKEN)
        assert predicted == real
        assert (real["changed"], real["changed_fields"]) == (True, ["auth_token"])
        assert diff_states(real) == ({"auth_token": "********"}, {"auth_token": "******** (sent)"})
        assert NEW_TOKEN not in json.dumps(real)


def test_token_with_other_changes_is_sent_first(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    changes = {"region": "ie1", "name": "Sales"}
    predicted = run_module("twilio_provider", check_mode=True, **UPDATE_TOKEN, **changes)
    sandbox.clear_requests()
    real = run_module("twilio_provider", **UPDATE_TOKEN, **changes)
    assert predicted == real
    assert real["changed_fields"] == ["name", "auth_token", "region"]
    assert diff_states(real)[1] == {**changes, "auth_token": "******** (sent)"}
    writes = [(method, path) for method, path, _body in sent(sandbox)[1:]]
    assert writes == [("PATCH", TOKEN_PATH), ("PUT", PROVIDER_PATH)]


def test_token_is_sent_for_selected_account(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    options = {"account_sid": ACCOUNT_SID, "auth_token": NEW_TOKEN, "update_auth_token": "always"}
    assert run_module("twilio_provider", **options)["changed_fields"] == ["auth_token"]
    assert take_methods(sandbox) == ["LIST", "GET", "PATCH"]


def test_token_missing_with_always_is_refused(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("twilio_provider", id=PROVIDER_ID, update_auth_token="always")
    assert_message(result["msg"], "options_missing", "auth_token", "update_auth_token is always")
    # Ansible counts an explicit null as set.
    result = run_module("twilio_provider", id=PROVIDER_ID, update_auth_token="always", auth_token=None)
    assert result["failed"]
    assert_message(result["msg"], "auth_token_required", "update_auth_token", "always")
    assert sent(sandbox) == []


@pytest.mark.parametrize("changes", [{}, {"region": "ie1"}])
def test_token_refused_by_twilio_is_no_change(
    run_module: ModuleRunner, sandbox: SandboxProcess, changes: dict[str, str]
) -> None:
    result = run_module("twilio_provider", **{**UPDATE_TOKEN, "auth_token": "f" * 32}, **changes)
    detail = f"Twilio refuses the credentials of the account {ACCOUNT_SID}."
    assert_message(result["msg"], "auth_token_kept", f"PATCH {TOKEN_PATH}", 422, detail)
    assert_message(result["msg"], "nothing_changed")
    assert (result["changed"], take_methods(sandbox), stored_token(sandbox)) == (False, ["GET", "PATCH"], AUTH_TOKEN)


@pytest.mark.parametrize(
    "fault",
    [
        {"reset": True, "effect": True},
        {"reset": True, "effect": False},
        {"response": {"status": 503}},
        {"response": {"status": 429}},
    ],
)
def test_token_without_response_is_sent_again(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**ON_PATCH, **fault})
    result = run_module("twilio_provider", api_retries=2, **UPDATE_TOKEN)
    assert (result["changed"], len(result["retried"]), stored_token(sandbox)) == (True, 1, NEW_TOKEN)


def test_token_refused_after_lost_response_is_unknown(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    refusal = {"status": 422, "json": {"detail": "no"}}
    sandbox.inject_faults({**ON_PATCH, "reset": True, "effect": True}, {**ON_PATCH, "response": refusal})
    result = run_module("twilio_provider", api_retries=2, **UPDATE_TOKEN, region="ie1")
    assert_message(result["msg"], "effect_unprovable", "Auth Token")
    assert_message(result["msg"], "sent_repeatedly", 2)
    assert (result["changed"], "PUT" in take_methods(sandbox)) == (True, False)


@pytest.mark.parametrize("fault", [{"reset": True, "effect": True}, {"response": {"status": 500}, "effect": True}])
def test_token_without_response_is_unknown(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**ON_PATCH, **fault})
    result = run_module("twilio_provider", **UPDATE_TOKEN, region="ie1")
    assert_message(result["msg"], "effect_unprovable", "Auth Token")
    assert (result["changed"], take_methods(sandbox)) == (True, ["GET", "PATCH"])


@pytest.mark.parametrize("response", [{"status": 204}, {"status": 200, "json": {}}, {"status": 200, "text": "ok"}])
def test_token_without_usable_response_reads_back(
    run_module: ModuleRunner, sandbox: SandboxProcess, response: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**ON_PATCH, "effect": True, "response": response})
    result = run_module("twilio_provider", **UPDATE_TOKEN)
    assert (result["changed"], result["provider"]["id"]) == (True, PROVIDER_ID)
    assert take_methods(sandbox) == ["GET", "PATCH", "GET"]


def test_token_without_read_back_counts_as_change(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    accepted = {**ON_PATCH, "effect": True, "response": {"status": 204}}
    sandbox.inject_faults({"method": "GET"}, accepted, {"method": "GET", "response": {"status": 500}})
    result = run_module("twilio_provider", **UPDATE_TOKEN)
    assert_message(result["msg"], "write_accepted_unread", f"PATCH {TOKEN_PATH}", f"GET {PROVIDER_PATH}", 500)
    assert (result["failed"], result["changed"]) == (True, True)


def test_token_of_deleted_provider_is_no_change(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    deletion = {"operation": "deleteProvider", "path": {"id": PROVIDER_ID}}
    sandbox.inject_faults({"method": "GET", "concurrent_calls": [deletion]})
    message = run_module("twilio_provider", **UPDATE_TOKEN)["msg"]
    assert_message(message, "nothing_changed", f"PATCH {TOKEN_PATH}", 404)
    assert not contains(message, KINDS["auth_token_kept"])


def test_token_before_refused_update_is_reported(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    detail = "Region 'mars1' is not one of us1, us2"
    sandbox.inject_faults({"method": "PUT", "response": {"status": 422, "json": {"detail": detail}}})
    result = run_module("twilio_provider", **UPDATE_TOKEN, region="mars1")
    assert_message(result["msg"], "auth_token_replaced", f"PUT {PROVIDER_PATH}", 422, detail)
    assert (result["failed"], result["changed"], stored_token(sandbox)) == (True, True, NEW_TOKEN)
