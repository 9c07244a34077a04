# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of modules that select a provider or an agent, by ID or by name, to do something else."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    FIRST_NUMBER,
    NIGHT_SHIFT,
    OTHER_ACCOUNT_SID,
    PROVIDER_ID,
    RECEPTIONIST,
    SECOND_NUMBER,
    SECOND_NUMBER_ID,
)
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_methods
from ansible_collections.dasha.blackbox.tests.support.state import changed_state

OTHER_ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d12"

#: Options of each module apart from those that select a provider.
TASKS: dict[str, dict[str, t.Any]] = {
    "phone_number_agent_link": {"phone_number": SECOND_NUMBER, "agent_id": NIGHT_SHIFT},
    "phone_number_info": {},
    "twilio_available_number_info": {},
    "twilio_phone_numbers": {"phone_numbers": [FIRST_NUMBER, "+15005550003"]},
}
MODULES = pytest.mark.parametrize("module", TASKS)
SELECTORS = pytest.mark.parametrize("selector", [{"account_sid": ACCOUNT_SID}, {"provider_name": "Support line"}])
CHECK_MODES = pytest.mark.parametrize("check_mode", [True, False])


def writes(sandbox: SandboxProcess) -> list[t.Any]:
    """Return the requests that were received, except reads."""
    return [request for request in sent(sandbox) if request[0] != "GET"]


@MODULES
@SELECTORS
def test_other_selector_predicts_same_as_id(
    run_module: ModuleRunner, sandbox: SandboxProcess, module: str, selector: dict[str, str]
) -> None:
    by_id = run_module(module, check_mode=True, provider_id=PROVIDER_ID.upper(), **TASKS[module])
    sandbox.clear_requests()
    selected = run_module(module, check_mode=True, **selector, **TASKS[module])
    # Since 2.20, Ansible adds the invocation only on demand.
    for result in (selected, by_id):
        result.pop("invocation", None)
    assert selected == by_id
    assert take_methods(sandbox)[:2] == ["LIST", "GET"]


@SELECTORS
@pytest.mark.parametrize("module", ["phone_number_agent_link", "twilio_phone_numbers"])
def test_other_selector_writes_same_as_id(
    run_module: ModuleRunner, sandbox: SandboxProcess, module: str, selector: dict[str, str]
) -> None:
    seed = sandbox.state()
    sent_by = []
    for selecting in ({"provider_id": PROVIDER_ID}, selector):
        sandbox.restore(seed)
        sandbox.clear_requests()
        assert run_module(module, **selecting, **TASKS[module])["changed"] is True
        sent_by.append(writes(sandbox))
    assert sent_by[0] == sent_by[1] != []


@MODULES
@pytest.mark.parametrize(
    "selector", [{"account_sid": OTHER_ACCOUNT_SID}, {"provider_name": "support line"}, {"provider_name": "Sales"}]
)
def test_provider_missing_fails(
    run_module: ModuleRunner, sandbox: SandboxProcess, module: str, selector: dict[str, str]
) -> None:
    result = run_module(module, **selector, **TASKS[module])
    ((option, value),) = selector.items()
    assert_message(result["msg"], "provider_missing", f"{option.replace('provider_', '')} {value!r}")
    assert writes(sandbox) == []


@MODULES
@SELECTORS
def test_several_providers_are_listed(
    run_module: ModuleRunner, sandbox: SandboxProcess, module: str, selector: dict[str, str]
) -> None:
    with changed_state(sandbox) as state:
        state["providers"].append({"id": OTHER_ID, "accountSid": ACCOUNT_SID, "name": "Support line"})
    message = run_module(module, **selector, **TASKS[module])["msg"]
    assert_message(message, "several_providers", 2, PROVIDER_ID, OTHER_ID)
    assert writes(sandbox) == []


@MODULES
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"provider_id": "x"}, ("uuid_malformed", "provider_id", "'x'")),
        ({"account_sid": "x"}, ("account_sid_malformed",)),
        ({"provider_name": " "}, ("option_blank", "provider_name")),
        ({"provider_name": "x" * 101}, ("option_too_long", "provider_name", 101)),
        ({"provider_id": PROVIDER_ID, "account_sid": ACCOUNT_SID}, ("options_exclusive",)),
        ({"account_sid": ACCOUNT_SID, "provider_name": "Support line"}, ("options_exclusive",)),
    ],
)
def test_invalid_selector_is_refused(
    run_module: ModuleRunner, sandbox: SandboxProcess, module: str, options: dict[str, str], expected: tuple[t.Any, ...]
) -> None:
    assert_message(run_module(module, **options, **TASKS[module])["msg"], *expected)
    assert take_methods(sandbox) == []


@pytest.mark.parametrize("module", ["twilio_available_number_info", "twilio_phone_numbers"])
@pytest.mark.parametrize(("options", "kind"), [({}, "option_missing"), ({"provider_id": None}, "option_required")])
def test_provider_not_given_is_refused(
    run_module: ModuleRunner, sandbox: SandboxProcess, module: str, options: dict[str, None], kind: str
) -> None:
    message = run_module(module, **options, **TASKS[module])["msg"]
    assert_message(message, kind, "provider_id", "account_sid", "provider_name")
    assert take_methods(sandbox) == []


# Agents


def link(**options: str) -> dict[str, t.Any]:
    return {"phone_number_id": SECOND_NUMBER_ID, **options}


@CHECK_MODES
def test_agent_name_selects_agent(run_module: ModuleRunner, sandbox: SandboxProcess, check_mode: bool) -> None:
    result = run_module("phone_number_agent_link", check_mode=check_mode, **link(agent_name="Night shift"))
    assert (result["changed"], result["phone_number"]["incoming_calls_agent_id"]) == (True, NIGHT_SHIFT)
    assert "PUT" not in take_methods(sandbox) or not check_mode


def test_agent_name_selects_linked_agent(run_module: ModuleRunner) -> None:
    found = run_module("phone_number_info", linked_agent_name="Receptionist")["phone_numbers"]
    assert found == run_module("phone_number_info", linked_agent_id=RECEPTIONIST)["phone_numbers"]
    assert found


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("phone_number_agent_link", link(agent_name="Nobody")),
        ("phone_number_agent_link", link(agent_name="Nobody", state="absent")),
        ("phone_number_info", {"linked_agent_name": "Nobody"}),
    ],
)
def test_agent_missing_fails(
    run_module: ModuleRunner, sandbox: SandboxProcess, module: str, options: dict[str, t.Any]
) -> None:
    message = run_module(module, **options)["msg"]
    assert_message(message, "agent_missing", "name 'Nobody'", "dasha.blackbox.agent_info")
    assert writes(sandbox) == []


def test_several_agents_are_listed(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    with changed_state(sandbox) as state:
        for agent in state["agents"]:
            agent["name"] = "Receptionist"
    message = run_module("phone_number_agent_link", **link(agent_name="Receptionist"))["msg"]
    ids = [agent["agentId"] for agent in state["agents"]]
    assert_message(message, "several_agents", len(ids), "name 'Receptionist'", *ids)
    assert "PUT" not in take_methods(sandbox)


def test_agent_name_as_id_is_explained(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    message = run_module("phone_number_agent_link", **link(agent_id="Receptionist"))["msg"]
    assert_message(message, "agent_missing", "'Receptionist'", "agent_name")
    assert_message(message, "agent_name_given_as_id", "agent_name", RECEPTIONIST)
    assert "PUT" not in take_methods(sandbox)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ("option_missing", "agent_id", "agent_name")),
        ({"agent_id": None}, ("option_required", "agent_id", "agent_name")),
        ({"agent_name": ""}, ("option_empty", "agent_name")),
        ({"agent_id": NIGHT_SHIFT, "agent_name": "Night shift"}, ("options_exclusive",)),
    ],
)
def test_invalid_agent_is_refused(
    run_module: ModuleRunner, sandbox: SandboxProcess, options: dict[str, t.Any], expected: tuple[str, ...]
) -> None:
    message = run_module("phone_number_agent_link", phone_number_id=SECOND_NUMBER_ID, **options)["msg"]
    assert_message(message, *expected)
    assert take_methods(sandbox) == []
