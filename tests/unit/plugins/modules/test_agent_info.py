# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of agent_info: look-up by ID and name, without the configuration of agents."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._http import transport
from ansible_collections.dasha.blackbox.plugins.module_utils._phone_number.agents import look_up
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    AGENTS_PATH,
    GET_AGENT,
    LIST_AGENTS,
    NIGHT_SHIFT,
    RECEPTIONIST,
    SERVER_ERROR,
)
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_requests
from ansible_collections.dasha.blackbox.tests.support.state import changed_state
from ansible_collections.dasha.blackbox.tests.support.tasks import TaskRunner, look_up_runner

DAY = {"id": RECEPTIONIST, "name": "Receptionist", "enabled": True}
NIGHT = {"id": NIGHT_SHIFT, "name": "Night shift", "enabled": False}
# Requests that faults apply to.
ON_LIST = {"path": AGENTS_PATH, "times": None}
ON_AGENT = {"path": f"{AGENTS_PATH}/.*", "times": None}
PASSWORD = "fake-sip-password"


@pytest.fixture
def run(sandbox: SandboxProcess) -> TaskRunner:
    """Return a runner for the task."""
    return look_up_runner(sandbox, look_up, id=None, name=None)


def set_agents(sandbox: SandboxProcess, *agents: dict[str, t.Any]) -> None:
    """Replace the agents of the organization."""
    with changed_state(sandbox) as state:
        state.update(agents=list(agents), agent_links=[], providers=[], sip_phone_numbers=[])


@pytest.mark.parametrize(
    ("options", "agents", "expected"),
    [
        ({}, [NIGHT, DAY], [LIST_AGENTS] * 2),
        ({"name": "Receptionist"}, [DAY], [LIST_AGENTS] * 2),
        ({"name": "receptionist"}, [], [LIST_AGENTS] * 2),
        ({"name": "Recept"}, [], [LIST_AGENTS] * 2),
        ({"id": NIGHT_SHIFT}, [NIGHT], [GET_AGENT]),
        ({"id": "no-such-agent"}, [], ["GET /agents/no-such-agent"]),
    ],
    ids=["all", "name", "other case", "part of name", "ID", "missing ID"],
)
def test_agents_selected_are_returned(
    run: TaskRunner,
    sandbox: SandboxProcess,
    options: dict[str, str],
    agents: list[dict[str, t.Any]],
    expected: list[str],
) -> None:
    assert run(**options) == {"changed": False, "agents": agents}
    assert take_requests(sandbox) == expected


def test_module_check_mode_matches_run(run_module: ModuleRunner) -> None:
    predicted, real = (
        run_module("agent_info", agent_id=RECEPTIONIST, check_mode=check_mode) for check_mode in (True, False)
    )
    assert predicted == real
    assert real["agents"] == [DAY]
    assert "mutually exclusive" in run_module("agent_info", id=RECEPTIONIST, name="Receptionist")["msg"]


def test_agent_id_case_matters_unless_uuid(run: TaskRunner, sandbox: SandboxProcess) -> None:
    assert run(id=RECEPTIONIST.upper())["agents"] == [DAY]
    set_agents(sandbox, {"agentId": "Sales-Agent", "name": "Sales"})
    assert [run(id=name)["agents"] != [] for name in ("Sales-Agent", "sales-agent")] == [True, False]


def test_agents_with_same_name_are_sorted(run: TaskRunner, sandbox: SandboxProcess) -> None:
    set_agents(
        sandbox,
        *[
            {"agentId": identifier, "name": name}
            for identifier, name in (("c", "Sales"), ("b", "Support"), ("a", "Sales"))
        ],
    )
    assert [agent["id"] for agent in run(name="Sales")["agents"]] == ["a", "c"]
    assert [agent["id"] for agent in run()["agents"]] == ["a", "c", "b"]


@pytest.mark.parametrize("options", [{}, {"id": RECEPTIONIST}, {"name": "Receptionist"}])
def test_agent_configuration_is_not_returned(
    run_module: ModuleRunner, sandbox: SandboxProcess, options: dict[str, str]
) -> None:
    config = {"version": "v1", "outboundSipConfig": {"server": "sip.example.com", "password": PASSWORD}}
    set_agents(
        sandbox,
        {"agentId": RECEPTIONIST, "name": "Receptionist", "config": config, "additionalData": {"token": PASSWORD}},
    )
    result = run_module("agent_info", **options)
    assert result["agents"] == [DAY]
    assert PASSWORD not in json.dumps(result)


@pytest.mark.parametrize(
    "fault",
    [
        {"patch": {"agentId": 7}},
        {"patch": {"agentId": "another"}},
        {"remove_fields": ["agentId"]},
        {"patch": {"isEnabled": "yes"}},
    ],
)
def test_agent_invalid_error_hides_configuration(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    set_agents(
        sandbox,
        {"agentId": RECEPTIONIST, "name": "Receptionist", "config": {"outboundSipConfig": {"password": PASSWORD}}},
    )
    sandbox.inject_faults({**ON_AGENT, **fault})
    result = run_module("agent_info", id=RECEPTIONIST)
    assert result["failed"]
    assert PASSWORD not in json.dumps(result)


def test_pages_are_read_until_no_new_agents(run: TaskRunner, sandbox: SandboxProcess) -> None:
    set_agents(sandbox, *[{"agentId": f"agent-{number}", "name": f"{number}"} for number in range(5)])
    sandbox.inject_faults({**ON_LIST, "query": {"take": 2}})
    assert len(run()["agents"]) == 5
    assert [request["query"] for request in sandbox.requests()] == [
        {"skip": str(skip), "take": "1000"} for skip in (0, 2, 4, 5)
    ]


def test_pages_ignored_by_service_are_merged(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_LIST, "query": {"skip": 0, "take": 1000}})
    assert run()["agents"] == [NIGHT, DAY]
    assert take_requests(sandbox) == [LIST_AGENTS] * 2


def test_organization_without_agents_is_empty(run: TaskRunner, sandbox: SandboxProcess) -> None:
    set_agents(sandbox)
    assert run()["agents"] == []
    assert take_requests(sandbox) == [LIST_AGENTS]


@pytest.mark.parametrize(
    "identifier", ["..", ".", "../providers", "a/b", "a?b", "a#b", "a%2e", "a b", "", " ", "é", "a\nb", "a\\b", "a;b"]
)
def test_agent_id_unsafe_in_url_is_refused(run: TaskRunner, sandbox: SandboxProcess, identifier: str) -> None:
    assert_message(run(id=identifier)["msg"], "option_invalid", "id")
    assert sent(sandbox) == []


@pytest.mark.parametrize("name", ["", " ", "Receptionist "])
def test_agent_name_blank_is_refused(run: TaskRunner, sandbox: SandboxProcess, name: str) -> None:
    assert_message(run(name=name)["msg"], "option_invalid", "name")
    assert sent(sandbox) == []


@pytest.mark.parametrize(
    ("options", "fault", "kind", "fact"),
    [
        ({}, {**ON_LIST, "response": {"status": 200, "json": {"items": []}}}, "agents_not_listed", " 200"),
        ({}, {**ON_LIST, "response": {"status": 204}}, "agents_not_listed", " 204"),
        ({}, {**ON_LIST, "response": {"status": 200, "json": ["x"]}}, "entry_not_object", "string"),
        ({}, {**ON_LIST, "response": {"status": 200, "json": [{"name": "x"}]}}, "field_missing", "agentId"),
        ({}, {**ON_LIST, "response": {"status": 404, "json": {"detail": "gone"}}}, "hint_check_id", ": gone."),
        ({"id": RECEPTIONIST}, {**ON_AGENT, "patch": {"agentId": NIGHT_SHIFT}}, "other_agent", repr(NIGHT_SHIFT)),
        (
            {"id": RECEPTIONIST},
            {"times": None, "response": {"status": 404, "text": "<html>"}},
            "body_not_of_api",
            "404 Not Found",
        ),
    ],
)
def test_response_invalid_fails(
    run: TaskRunner, sandbox: SandboxProcess, options: dict[str, str], fault: dict[str, t.Any], kind: str, fact: str
) -> None:
    sandbox.inject_faults(fault)
    assert_message(run(**options)["msg"], kind, fact)


def test_error_of_service_fails(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_AGENT, "response": SERVER_ERROR})
    result = run(id=RECEPTIONIST)
    assert result["error"]["status"] == 500
    assert result["error"]["path"] == f"{AGENTS_PATH}/{RECEPTIONIST}"
    assert "500 Internal Server Error: oops" in result["msg"]


@pytest.mark.parametrize(("limit", "take"), [(40_000, 31), (9_000, 7), (1_500, 1)])
def test_pages_that_are_too_large_are_read_in_parts(
    run: TaskRunner, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch, limit: int, take: int
) -> None:
    ids = [f"agent-{number:02}" for number in range(50)]
    config = {"prompt": "x" * 1_000}
    set_agents(sandbox, *({"agentId": agent_id, "name": "A", "isEnabled": True, "config": config} for agent_id in ids))
    monkeypatch.setattr(transport, "MAX_RESPONSE", limit)
    assert sorted(agent["id"] for agent in run()["agents"]) == ids
    pages = [int(request["query"]["take"]) for request in sandbox.requests()]
    # The smaller size is kept.
    assert pages == sorted(pages, reverse=True)
    assert pages[-1] == take


def test_agent_that_is_too_large_fails(
    run: TaskRunner, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_RESPONSE", 10)
    assert_message(run()["msg"], "response_too_large")
