# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Auth Token: sent when it is asked for, before anything else, and shown nowhere."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import ACCOUNT_SID, AUTH_TOKEN, PROVIDER_ID, UPDATE_PATH
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_methods

NEW_TOKEN = "0123456789abcdef0123456789abcdef"  # no token of anybody
TOKEN_PATH = f"{UPDATE_PATH}/auth-token"
ROTATE = {"id": PROVIDER_ID, "auth_token": NEW_TOKEN, "update_auth_token": "always"}
PATCH = {"method": "PATCH"}


@pytest.fixture(autouse=True)
def rotated_at_twilio(sandbox: SandboxProcess) -> None:
    """Twilio takes the new token only; BlackBox still has the old one."""
    state = sandbox.state()
    state["twilio_accounts"][0]["auth_token"] = NEW_TOKEN
    sandbox.restore(state)
    sandbox.clear_requests()


def stored_token(sandbox: SandboxProcess) -> str:
    return t.cast("str", sandbox.state()["providers"][0]["authToken"])


def test_each_run_sends_it_and_reports_a_change(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    predicted = run_module("twilio_provider", check_mode=True, **ROTATE)
    assert (take_methods(sandbox), stored_token(sandbox)) == (["GET"], AUTH_TOKEN)
    for _run in range(2):
        real = run_module("twilio_provider", **ROTATE)
        assert (take_methods(sandbox), stored_token(sandbox)) == (["GET", "PATCH"], NEW_TOKEN)
        assert predicted == real
        assert (real["changed"], real["changed_fields"]) == (True, ["auth_token"])
        assert real["diff"]["before"] == real["diff"]["after"] == {}
        assert NEW_TOKEN not in json.dumps(real)


def test_with_other_changes_it_goes_first(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    wishes = {"region": "ie1", "name": "Sales"}
    predicted = run_module("twilio_provider", check_mode=True, **ROTATE, **wishes)
    sandbox.clear_requests()
    real = run_module("twilio_provider", **ROTATE, **wishes)
    assert predicted == real
    assert real["changed_fields"] == ["name", "auth_token", "region"]
    assert real["diff"]["after"] == wishes
    assert [(method, path) for method, path, _body in sent(sandbox)[1:]] == [
        ("PATCH", TOKEN_PATH),
        ("PUT", UPDATE_PATH),
    ]


def test_the_provider_may_be_selected_by_its_account(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    assert run_module("twilio_provider", account_sid=ACCOUNT_SID, auth_token=NEW_TOKEN, update_auth_token="always")[
        "changed_fields"
    ] == ["auth_token"]
    assert take_methods(sandbox) == ["LIST", "GET", "PATCH"]


def test_it_is_needed_to_be_sent_always(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("twilio_provider", id=PROVIDER_ID, update_auth_token="always")
    assert "update_auth_token is always but all of the following are missing: auth_token" in result["msg"]
    # To Ansible null is given.
    result = run_module("twilio_provider", id=PROVIDER_ID, update_auth_token="always", auth_token=None)
    assert (result["failed"], result["msg"]) == (
        True,
        "With update_auth_token: always the option auth_token is needed; null counts as not given.",
    )
    assert sent(sandbox) == []


@pytest.mark.parametrize("wishes", [{}, {"region": "ie1"}])
def test_one_that_twilio_refuses_changes_nothing(
    run_module: ModuleRunner, sandbox: SandboxProcess, wishes: dict[str, str]
) -> None:
    result = run_module("twilio_provider", **{**ROTATE, "auth_token": "f" * 32}, **wishes)
    assert result["msg"] == (
        f"PATCH {TOKEN_PATH}: 422 Unprocessable Entity: Twilio refuses the credentials of the account {ACCOUNT_SID}."
        " Nothing was changed; the stored Auth Token is still in use."
    )
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
def test_a_lost_answer_is_asked_for_again(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**PATCH, **fault})
    result = run_module("twilio_provider", environment={"DASHA_BLACKBOX_API_RETRIES": "2"}, **ROTATE)
    assert (result["changed"], len(result["retried"]), stored_token(sandbox)) == (True, 1, NEW_TOKEN)


def test_a_refusal_after_a_lost_answer_says_that_the_first_may_have_been_accepted(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    sandbox.inject_faults(
        {**PATCH, "reset": True, "effect": True}, {**PATCH, "response": {"status": 422, "json": {"detail": "no"}}}
    )
    result = run_module("twilio_provider", environment={"DASHA_BLACKBOX_API_RETRIES": "2"}, **ROTATE, region="ie1")
    assert result["msg"].endswith(
        "Sent 2 times. Whether it took effect is unknown, because the Auth Token cannot be read back."
    )
    assert (result["changed"], "PUT" in take_methods(sandbox)) == (True, False)


@pytest.mark.parametrize("fault", [{"reset": True, "effect": True}, {"response": {"status": 500}, "effect": True}])
def test_without_an_answer_it_is_not_known_whether_it_is_stored(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**PATCH, **fault})
    result = run_module("twilio_provider", **ROTATE, region="ie1")
    assert result["msg"].endswith("Whether it took effect is unknown, because the Auth Token cannot be read back.")
    assert (result["changed"], take_methods(sandbox)) == (True, ["GET", "PATCH"])


@pytest.mark.parametrize("answer", [{"status": 204}, {"status": 200, "json": {}}, {"status": 200, "text": "ok"}])
def test_an_acceptance_that_shows_no_provider_is_read_back(
    run_module: ModuleRunner, sandbox: SandboxProcess, answer: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**PATCH, "effect": True, "response": answer})
    result = run_module("twilio_provider", **ROTATE)
    assert (result["changed"], result["provider"]["id"], take_methods(sandbox)) == (
        True,
        PROVIDER_ID,
        ["GET", "PATCH", "GET"],
    )


def test_an_acceptance_that_cannot_be_read_back_is_a_change(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(
        {"method": "GET"},
        {**PATCH, "effect": True, "response": {"status": 204}},
        {"method": "GET", "response": {"status": 500}},
    )
    result = run_module("twilio_provider", **ROTATE)
    assert result["msg"].startswith(f"PATCH {TOKEN_PATH} was accepted, but its effect is unknown.")
    assert (result["failed"], result["changed"]) == (True, True)


def test_a_provider_that_is_gone_has_no_token_in_use(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(
        {"method": "GET", "concurrent_calls": [{"operation": "deleteProvider", "path": {"id": PROVIDER_ID}}]}
    )
    assert run_module("twilio_provider", **ROTATE)["msg"].endswith("and api_url. Nothing was changed.")


def test_when_what_follows_it_fails_the_message_says_that_it_was_replaced(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    sandbox.inject_faults(
        {"method": "PUT", "response": {"status": 422, "json": {"detail": "Region 'mars1' is not one of us1, us2"}}}
    )
    result = run_module("twilio_provider", **ROTATE, region="mars1")
    assert result["msg"].endswith("Region 'mars1' is not one of us1, us2. The Auth Token was replaced before that.")
    assert (result["failed"], result["changed"], stored_token(sandbox)) == (True, True, NEW_TOKEN)
