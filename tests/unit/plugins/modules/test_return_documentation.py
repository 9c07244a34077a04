# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the results of modules. The fixture `run_module` compares it with each result."""

from __future__ import annotations

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._api import phone_numbers, providers
from ansible_collections.dasha.blackbox.plugins.module_utils._provider import verify
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_ID
from ansible_collections.dasha.blackbox.tests.support.documents import MODULES, documentation
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner


def test_return_of_provider_has_types_of_fields() -> None:
    provider = documentation("twilio_provider", "RETURN")["provider"]["contains"]
    listed = documentation("twilio_provider_info", "RETURN")["providers"]["contains"]
    assert {name: field["type"] for name, field in provider.items()} == {
        field.option: field.kind for field in providers.FIELDS if not field.secret
    }
    assert listed == provider


def test_return_of_verification_has_types_of_fields() -> None:
    verification = documentation("twilio_provider_verify", "RETURN")["verification"]["contains"]
    assert {name: field["type"] for name, field in verification.items()} == {
        field.option: field.kind for field in verify.FIELDS
    }
    assert (
        verification["checks"]["contains"]
        == documentation("twilio_provider", "RETURN")["provider"]["contains"]["verification_details"]["contains"]
    )


def test_return_of_phone_number_has_types_of_fields() -> None:
    numbers = documentation("phone_number_info", "RETURN")["phone_numbers"]["contains"]
    agents = numbers.pop("agents")
    assert {name: field["type"] for name, field in numbers.items()} == {
        field.option: field.kind for field in phone_numbers.FIELDS
    }
    assert documentation("twilio_phone_numbers", "RETURN")["phone_numbers"]["contains"] == numbers
    assert documentation("phone_number_agent_link", "RETURN")["phone_number"]["contains"] == numbers
    assert agents["returned"] == "when O(agents) is true"


@pytest.mark.parametrize("module", MODULES)
def test_return_of_error_is_the_same_in_all_modules(module: str) -> None:
    error = documentation("twilio_provider", "RETURN")["error"]
    assert documentation(module, "RETURN").get("error", error) == error


def test_failed_verification_is_returned(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"method": "POST", "patch": {"status": "failed"}})
    failure = run_module("twilio_provider_verify", id=PROVIDER_ID)
    assert failure["failed"]
    assert set(failure["verification"]) == set(
        documentation("twilio_provider_verify", "RETURN")["verification"]["contains"]
    )


def test_failed_removal_returns_outcome_of_each_number(run_module: ModuleRunner) -> None:
    returned = documentation("twilio_phone_numbers", "RETURN")
    failure = run_module(
        "twilio_phone_numbers", provider_id=PROVIDER_ID, phone_numbers=["+15005550001", "+15005550002"], state="absent"
    )
    assert (failure["failed"], failure["changed"]) == (True, True)
    assert {"imported", "removed", "failures", "phone_numbers", "diff"} <= set(failure)
    for name in ("removed", "failures"):
        [entry] = failure[name]
        assert set(entry) == set(returned[name]["contains"]) == {"phone_number", "phone_number_sid", "id", "error"}
