# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module ``twilio_provider_verify``: what the service finds, and when that fails the task."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import ACCOUNT_SID, PROVIDER_ID, PROVIDER_PATH
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_methods

VERIFY_PATH = f"{PROVIDER_PATH}/verify"
CHECKS = ["credentials", "trunk", "credential_list", "phone_numbers"]


def spoil(sandbox: SandboxProcess, status: str) -> None:
    """Let the next verification come to this status."""
    state = sandbox.state()
    if status == "warning":
        state["twilio_accounts"][0]["phone_numbers"][1]["trunk_sid"] = None
    if status == "failed":
        state["twilio_accounts"][0]["auth_token"] = "f" * 32
    sandbox.restore(state)
    sandbox.clear_requests()


def test_the_outcome_is_returned_and_is_a_change_the_first_time(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    first = run_module("twilio_provider_verify", id=PROVIDER_ID)
    assert sent(sandbox) == [("GET", PROVIDER_PATH, None), ("POST", VERIFY_PATH, None)]
    verification = first["verification"]
    assert (first["changed"], verification["status"]) == (True, "verified")
    assert [(check["check_name"], check["status"]) for check in verification["checks"]] == [
        (name, "passed") for name in CHECKS
    ]
    assert verification["last_verified_at"].endswith("Z")
    assert set(verification) == {"status", "checks", "last_verified_at"}
    second = run_module("twilio_provider_verify", id=PROVIDER_ID)
    assert (second["changed"], second["verification"]["status"]) == (False, "verified")


@pytest.mark.parametrize("selector", [{"account_sid": ACCOUNT_SID}, {"name": "Support line"}])
def test_a_provider_is_selected_as_everywhere(
    run_module: ModuleRunner, sandbox: SandboxProcess, selector: dict[str, str]
) -> None:
    assert run_module("twilio_provider_verify", **selector)["verification"]["status"] == "verified"
    assert take_methods(sandbox) == ["LIST", "GET", "POST"]


@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ({"id": "00000000-0000-4000-8000-000000000000"}, "404 Not Found"),
        (
            {"account_sid": "AC" + "9" * 32},
            (
                f"No provider has the account_sid 'AC{'9' * 32}'. Check the value, api_url, and whether the key is of"
                " the organization"
            ),
        ),
        ({"name": "Sales line"}, "No provider has the name 'Sales line'."),
    ],
)
def test_a_provider_that_is_not_there_is_an_error(
    run_module: ModuleRunner, sandbox: SandboxProcess, selector: dict[str, str], words: str
) -> None:
    result = run_module("twilio_provider_verify", **selector)
    assert words in result["msg"]
    assert "POST" not in take_methods(sandbox)


@pytest.mark.parametrize(
    ("status", "fail_on", "fails"),
    [
        ("verified", "warning", False),
        ("warning", "failed", False),
        ("warning", "warning", True),
        ("warning", "never", False),
        ("failed", None, True),
        ("failed", "warning", True),
        ("failed", "never", False),
    ],
)
def test_what_fails_the_task_is_the_users_choice(
    run_module: ModuleRunner, sandbox: SandboxProcess, status: str, fail_on: str | None, fails: bool
) -> None:
    spoil(sandbox, status)
    options = {"id": PROVIDER_ID, **({} if fail_on is None else {"fail_on": fail_on})}
    real = run_module("twilio_provider_verify", **options)
    take_methods(sandbox)
    predicted = run_module("twilio_provider_verify", check_mode=True, **options)
    # Check mode tells of the verification that was made last.
    assert take_methods(sandbox) == ["GET"]
    assert predicted["changed"] is False
    for result in (real, predicted):
        assert result["verification"]["status"] == status
        assert result.get("failed", False) is fails
        assert "error" not in result
    assert predicted["verification"] == real["verification"]
    assert predicted.get("msg") == real.get("msg")
    assert real["changed"] is True


def test_the_message_names_the_checks_that_did_not_pass(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    spoil(sandbox, "warning")
    assert run_module("twilio_provider_verify", id=PROVIDER_ID, fail_on="warning")["msg"] == (
        f"The verification of the provider {PROVIDER_ID} ('Support line') ended with warning; phone_numbers:"
        " Detached from the trunk: +15005550002."
    )


def test_what_the_checks_say_is_shown_in_one_line_and_not_without_end(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    checks = [
        {"checkName": None, "message": "a\nb\x1b[31m" + "x" * 3000},
        {},
        {"checkName": "trunk", "status": "passed"},
    ]
    sandbox.inject_faults({"method": "POST", "patch": {"status": "failed", "checks": checks}})
    message = run_module("twilio_provider_verify", id=PROVIDER_ID)["msg"]
    assert "ended with failed; a b [31mxxx" in message
    assert message.endswith("x [...].")
    assert len(message) < 700


def test_in_check_mode_a_provider_that_was_never_verified_is_pending(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    result = run_module("twilio_provider_verify", id=PROVIDER_ID, check_mode=True)
    assert result["verification"] == {"status": "pending", "checks": [], "last_verified_at": None}
    assert (result["changed"], take_methods(sandbox)) == (False, ["GET"])


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            {"patch": {"status": "perfect"}},
            "the status is 'perfect', where the API documents pending, verified, warning, failed",
        ),
        ({"remove_fields": ["status"]}, "the answer has no status"),
        ({"patch": {"checks": ["x"]}}, "checks holds something else than objects"),
        ({"patch": {"checks": {}}}, "checks is an object, where the API documents an array"),
        ({"effect": True, "response": {"status": 200, "text": ""}}, "a JSON object was expected"),
        ({"reset": True}, "Connection reset by peer"),
    ],
)
def test_an_outcome_that_is_none_is_an_error_and_may_be_a_change(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any], words: str
) -> None:
    sandbox.inject_faults({"method": "POST", **fault})
    result = run_module("twilio_provider_verify", id=PROVIDER_ID, fail_on="never")
    assert words in result["msg"]
    assert (result["failed"], result["changed"]) == (True, True)


def test_a_refused_verification_is_no_change(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"method": "POST", "response": {"status": 403, "json": {}}})
    result = run_module("twilio_provider_verify", id=PROVIDER_ID)
    assert (result["failed"], result["changed"], result["error"]["status"]) == (True, False, 403)


def test_checks_may_be_null(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"method": "POST", "patch": {"checks": None}})
    assert run_module("twilio_provider_verify", id=PROVIDER_ID)["verification"]["checks"] == []


def test_a_lost_answer_is_asked_for_again(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"method": "POST", "reset": True})
    result = run_module("twilio_provider_verify", id=PROVIDER_ID, environment={"DASHA_BLACKBOX_API_RETRIES": "1"})
    assert (result["changed"], len(result["retried"]), take_methods(sandbox)) == (True, 1, ["GET", "POST", "POST"])
