# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of twilio_provider_verify: the verification, `fail_on`, check mode and invalid responses."""

from __future__ import annotations

import typing as t

import pytest
from ansible.module_utils import basic

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    GENERIC_PATH,
    MISSING_ID,
    PROVIDER_ID,
    PROVIDER_PATH,
)
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message, fill
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_methods
from ansible_collections.dasha.blackbox.tests.support.state import changed_state

VERIFY_PATH = f"{GENERIC_PATH}/verify"
ON_POST = {"method": "POST"}
MISSING_SID = "AC" + "9" * 32
CHECKS = ["credentials", "trunk", "credential_list", "phone_numbers"]


def set_status(sandbox: SandboxProcess, status: str) -> None:
    """Change the Twilio account so that the next verification ends with a status."""
    with changed_state(sandbox) as state:
        if status == "warning":
            state["twilio_accounts"][0]["phone_numbers"][1]["trunk_sid"] = None
        if status == "failed":
            state["twilio_accounts"][0]["auth_token"] = "f" * 32


def test_verification_first_run_is_change(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    first = run_module("twilio_provider_verify", id=PROVIDER_ID)
    assert sent(sandbox) == [("GET", PROVIDER_PATH, None), ("POST", VERIFY_PATH, None)]
    verification = first["verification"]
    assert (first["changed"], verification["status"]) == (True, "verified")
    checks = [(check["check_name"], check["status"]) for check in verification["checks"]]
    assert checks == [(name, "passed") for name in CHECKS]
    assert verification["last_verified_at"].endswith("Z")
    assert set(verification) == {"status", "checks", "last_verified_at"}
    second = run_module("twilio_provider_verify", id=PROVIDER_ID)
    assert (second["changed"], second["verification"]["status"]) == (False, "verified")


@pytest.mark.parametrize("selector", [{"account_sid": ACCOUNT_SID}, {"name": "Support line"}])
def test_provider_is_selected_by_account_or_name(
    run_module: ModuleRunner, sandbox: SandboxProcess, selector: dict[str, str]
) -> None:
    assert run_module("twilio_provider_verify", **selector)["verification"]["status"] == "verified"
    assert take_methods(sandbox) == ["LIST", "GET", "POST"]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"id": MISSING_ID}, ("not_found", MISSING_ID)),
        ({"account_sid": MISSING_SID}, ("provider_missing", f"account_sid '{MISSING_SID}'")),
        ({"name": "Sales line"}, ("provider_missing", "name 'Sales line'")),
    ],
)
def test_provider_missing_fails(
    run_module: ModuleRunner, sandbox: SandboxProcess, selector: dict[str, str], expected: tuple[str, ...]
) -> None:
    result = run_module("twilio_provider_verify", **selector)
    assert_message(result["msg"], *expected)
    assert_message(result["msg"], "hint_check_organization", "api_url")
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
def test_fail_on_selects_failing_statuses(
    run_module: ModuleRunner, sandbox: SandboxProcess, status: str, fail_on: str | None, fails: bool
) -> None:
    set_status(sandbox, status)
    options = {"id": PROVIDER_ID, **({} if fail_on is None else {"fail_on": fail_on})}
    real = run_module("twilio_provider_verify", **options)
    sandbox.clear_requests()
    predicted = run_module("twilio_provider_verify", check_mode=True, **options)
    # Check mode returns the last verification.
    assert take_methods(sandbox) == ["GET"]
    assert predicted["changed"] is False
    for result in (real, predicted):
        assert result["verification"]["status"] == status
        assert result.get("failed", False) is fails
        assert "error" not in result
    assert predicted["verification"] == real["verification"]
    assert predicted.get("msg") == real.get("msg")
    assert real["changed"] is True


def test_message_names_failed_checks(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    set_status(sandbox, "warning")
    message = run_module("twilio_provider_verify", id=PROVIDER_ID, fail_on="warning")["msg"]
    described, check = f"{PROVIDER_ID} ('Support line')", "phone_numbers: Detached from the trunk: +15005550002."
    assert_message(message, "verification_failed", described, "warning", check)
    assert [name for name in CHECKS if name in message.replace(check, "")] == []


# Waiting


WAIT = {"wait": True, "wait_interval": 0.05}


@pytest.mark.parametrize(
    ("status", "fail_on"), [("pending", "failed"), ("failed", "failed"), ("warning", "warning"), ("pending", "never")]
)
def test_wait_verifies_until_status_is_good(
    run_module: ModuleRunner, sandbox: SandboxProcess, status: str, fail_on: str
) -> None:
    sandbox.inject_faults({**ON_POST, "times": 2, "patch": {"status": status}})
    result = run_module("twilio_provider_verify", id=PROVIDER_ID, fail_on=fail_on, **WAIT)
    assert (result["verification"]["status"], result["changed"]) == ("verified", True)
    assert take_methods(sandbox) == ["GET", "POST", "POST", "POST"]


@pytest.mark.parametrize(
    ("status", "fail_on", "fails"),
    [
        ("pending", "failed", True),
        ("pending", "warning", True),
        ("pending", "never", False),
        ("warning", "warning", True),
        ("failed", "failed", True),
    ],
)
def test_wait_timeout_names_failed_checks(
    run_module: ModuleRunner, sandbox: SandboxProcess, status: str, fail_on: str, fails: bool
) -> None:
    checks = [{"checkName": "trunk", "status": "failed", "message": "Not seen yet."}]
    sandbox.inject_faults({**ON_POST, "times": None, "patch": {"status": status, "checks": checks}})
    result = run_module("twilio_provider_verify", id=PROVIDER_ID, fail_on=fail_on, wait_timeout=0.3, **WAIT)
    assert result.get("failed", False) is fails
    assert result["verification"]["status"] == status
    assert take_methods(sandbox)[:3] == ["GET", "POST", "POST"]
    if fails:
        described = f"{PROVIDER_ID} ('Support line')"
        assert_message(result["msg"], "verification_failed", described, status, "trunk: Not seen yet.")
        assert_message(result["msg"], "verification_timed_out", "0.3 s")


def test_wait_is_shown(run_module: ModuleRunner, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "log", lambda module, line, log_args=None: lines.append(line))
    sandbox.inject_faults({"method": "POST", "patch": {"status": "pending", "checks": []}})
    run_module("twilio_provider_verify", id=PROVIDER_ID, **WAIT)
    assert_message(lines[-1], "verification_repeated", f"{PROVIDER_ID} ('Support line')", "pending", "0.1 s")


def test_wait_accepts_other_status(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    """Test that a status that does not fail the task ends the wait."""
    set_status(sandbox, "warning")
    result = run_module("twilio_provider_verify", id=PROVIDER_ID, **WAIT)
    assert (result["verification"]["status"], take_methods(sandbox)) == ("warning", ["GET", "POST"])


def test_wait_ends_with_refused_request(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_POST, "response": {"status": 403, "json": {}}})
    assert run_module("twilio_provider_verify", id=PROVIDER_ID, **WAIT)["error"]["status"] == 403
    assert take_methods(sandbox) == ["GET", "POST"]


def test_wait_in_check_mode_sends_one_read(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    assert "failed" not in run_module("twilio_provider_verify", id=PROVIDER_ID, check_mode=True, **WAIT)
    assert take_methods(sandbox) == ["GET"]


@pytest.mark.parametrize("option", ["wait_timeout", "wait_interval"])
@pytest.mark.parametrize("value", [0, -1, "nan", "inf"])
def test_wait_option_invalid_is_refused(
    run_module: ModuleRunner, sandbox: SandboxProcess, option: str, value: float | str
) -> None:
    message = run_module("twilio_provider_verify", id=PROVIDER_ID, **{option: value})["msg"]
    assert_message(message, "option_invalid", option)
    assert take_methods(sandbox) == []


def test_message_of_checks_is_sanitized_and_truncated(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    unnamed = {"checkName": None, "message": "a\nb\x1b[31m" + "x" * 3000}
    checks = [unnamed, {}, {"checkName": "trunk", "status": "passed"}]
    sandbox.inject_faults({**ON_POST, "patch": {"status": "failed", "checks": checks}})
    message = run_module("twilio_provider_verify", id=PROVIDER_ID)["msg"]
    assert_message(message, "verification_failed", PROVIDER_ID, "failed")
    assert "; a b [31mxxx" in message
    assert message.endswith("x [...].")
    assert len(message) < 700


def test_check_mode_unverified_provider_is_pending(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("twilio_provider_verify", id=PROVIDER_ID, check_mode=True)
    assert result["verification"] == {"status": "pending", "checks": [], "last_verified_at": None}
    assert (result["changed"], take_methods(sandbox)) == (False, ["GET"])


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (
            {"patch": {"status": "perfect"}},
            ("verification_status_undocumented", "'perfect'", "pending, verified, warning, failed"),
        ),
        ({"remove_fields": ["status"]}, ("field_missing", "status")),
        ({"patch": {"checks": ["x"]}}, ("item_not_an_object", "checks")),
        (
            {"patch": {"checks": {}}},
            ("field_of_other_type", fill("field_of_other_type", "checks", "an object", "an array")),
        ),
        ({"effect": True, "response": {"status": 200, "text": ""}}, ("not_an_object", 200)),
        ({"reset": True}, ("connection_reset",)),
    ],
)
def test_verification_invalid_counts_as_change(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any], expected: tuple[t.Any, ...]
) -> None:
    sandbox.inject_faults({**ON_POST, **fault})
    result = run_module("twilio_provider_verify", id=PROVIDER_ID, fail_on="never")
    assert_message(result["msg"], *expected, VERIFY_PATH)
    assert (result["failed"], result["changed"]) == (True, True)


def test_verification_refused_is_no_change(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_POST, "response": {"status": 403, "json": {}}})
    result = run_module("twilio_provider_verify", id=PROVIDER_ID)
    assert (result["failed"], result["changed"], result["error"]["status"]) == (True, False, 403)


def test_verification_null_checks_are_empty(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_POST, "patch": {"checks": None}})
    assert run_module("twilio_provider_verify", id=PROVIDER_ID)["verification"]["checks"] == []


def test_verification_without_response_is_repeated(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_POST, "reset": True})
    result = run_module("twilio_provider_verify", id=PROVIDER_ID, api_retries=1)
    assert (result["changed"], len(result["retried"]), take_methods(sandbox)) == (True, 1, ["GET", "POST", "POST"])
