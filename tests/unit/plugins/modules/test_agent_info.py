# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Agents are found by id and by name, and nothing of their configuration is shown."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._phone_number.agents import look_up
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import AGENTS_PATH, NIGHT_SHIFT, RECEPTIONIST
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_requests
from ansible_collections.dasha.blackbox.tests.support.tasks import read, run_task

DAY = {"id": RECEPTIONIST, "name": "Receptionist", "enabled": True}
NIGHT = {"id": NIGHT_SHIFT, "name": "Night shift", "enabled": False}
LIST = {"path": AGENTS_PATH, "times": None}
ONE = {"path": f"{AGENTS_PATH}/.*", "times": None}
PASSWORD = "fake-sip-password"


class Runner(t.Protocol):
    def __call__(self, **options: t.Any) -> dict[str, t.Any]:
        """Run the module's task."""


@pytest.fixture
def run(sandbox: SandboxProcess) -> Runner:
    return lambda **options: run_task(sandbox, lambda client: read(look_up, client, {"id": None, "name": None, **options}))


def have(sandbox: SandboxProcess, *agents: dict[str, t.Any]) -> None:
    sandbox.restore({**sandbox.state(), "agents": list(agents), "agent_links": [], "providers": [], "sip_phone_numbers": []})
    sandbox.clear_requests()


@pytest.mark.parametrize(
    ("options", "agents", "read"),
    [
        ({}, [NIGHT, DAY], ["GET /agents"] * 2),
        ({"name": "Receptionist"}, [DAY], ["GET /agents"] * 2),
        ({"name": "receptionist"}, [], ["GET /agents"] * 2),
        ({"name": "Recept"}, [], ["GET /agents"] * 2),
        ({"id": NIGHT_SHIFT}, [NIGHT], ["GET /agents/{id}"]),
        ({"id": "no-such-agent"}, [], ["GET /agents/no-such-agent"]),
    ],
)
def test_agents_are_found(run: Runner, sandbox: SandboxProcess, options: dict[str, str], agents: list[dict[str, t.Any]], read: list[str]) -> None:
    assert run(**options) == {"changed": False, "agents": agents}
    assert take_requests(sandbox) == read


def test_the_module_runs_as_ansible_runs_it(run_module: ModuleRunner) -> None:
    results = [run_module("agent_info", agent_id=RECEPTIONIST, check_mode=check_mode) for check_mode in (True, False)]
    assert results[0] == results[1]
    assert results[0]["agents"] == [DAY]
    assert "mutually exclusive" in run_module("agent_info", id=RECEPTIONIST, name="Receptionist")["msg"]


def test_an_id_that_is_a_uuid_may_be_in_any_case(run: Runner, sandbox: SandboxProcess) -> None:
    assert run(id=RECEPTIONIST.upper())["agents"] == [DAY]
    have(sandbox, {"agentId": "Sales-Agent", "name": "Sales"})
    assert [run(id=name)["agents"] != [] for name in ("Sales-Agent", "sales-agent")] == [True, False]


def test_all_that_have_a_name_are_returned_in_a_steady_order(run: Runner, sandbox: SandboxProcess) -> None:
    have(sandbox, *[{"agentId": identifier, "name": name} for identifier, name in (("c", "Sales"), ("b", "Support"), ("a", "Sales"))])
    assert [agent["id"] for agent in run(name="Sales")["agents"]] == ["a", "c"]
    assert [agent["id"] for agent in run()["agents"]] == ["a", "c", "b"]


@pytest.mark.parametrize("options", [{}, {"id": RECEPTIONIST}, {"name": "Receptionist"}])
def test_nothing_of_the_configuration_is_returned(run_module: ModuleRunner, sandbox: SandboxProcess, options: dict[str, str]) -> None:
    config = {"version": "v1", "outboundSipConfig": {"server": "sip.example.com", "password": PASSWORD}}
    have(sandbox, {"agentId": RECEPTIONIST, "name": "Receptionist", "config": config, "additionalData": {"token": PASSWORD}})
    result = run_module("agent_info", **options)
    assert result["agents"] == [DAY]
    assert PASSWORD not in json.dumps(result)


@pytest.mark.parametrize(
    "fault", [{"patch": {"agentId": 7}}, {"patch": {"agentId": "another"}}, {"remove_fields": ["agentId"]}, {"patch": {"isEnabled": "yes"}}]
)
def test_nor_when_the_answer_cannot_be_right(run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]) -> None:
    have(sandbox, {"agentId": RECEPTIONIST, "name": "Receptionist", "config": {"outboundSipConfig": {"password": PASSWORD}}})
    sandbox.inject_faults({**ONE, **fault})
    result = run_module("agent_info", id=RECEPTIONIST)
    assert result["failed"]
    assert PASSWORD not in json.dumps(result)


def test_pages_are_read_until_one_brings_nothing_new(run: Runner, sandbox: SandboxProcess) -> None:
    have(sandbox, *[{"agentId": f"agent-{number}", "name": f"{number}"} for number in range(5)])
    sandbox.inject_faults({**LIST, "query": {"take": 2}})
    assert len(run()["agents"]) == 5
    assert [request["query"] for request in sandbox.requests()] == [{"skip": str(skip), "take": "1000"} for skip in (0, 2, 4, 5)]


def test_a_service_without_pages_answers_all_each_time(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**LIST, "query": {"skip": 0, "take": 1000}})
    assert run()["agents"] == [NIGHT, DAY]
    assert take_requests(sandbox) == ["GET /agents"] * 2


def test_an_organization_without_agents(run: Runner, sandbox: SandboxProcess) -> None:
    have(sandbox)
    assert run()["agents"] == []
    assert take_requests(sandbox) == ["GET /agents"]


@pytest.mark.parametrize("identifier", ["..", ".", "../providers", "a/b", "a?b", "a#b", "a%2e", "a b", "", " ", "é", "a\nb", "a\\b", "a;b"])
def test_an_id_that_would_lead_elsewhere_is_refused_before_any_request(run: Runner, sandbox: SandboxProcess, identifier: str) -> None:
    assert "The option id is refused" in run(id=identifier)["msg"]
    assert sent(sandbox) == []


@pytest.mark.parametrize("name", ["", " ", "Receptionist "])
def test_a_name_that_no_template_meant_is_refused(run: Runner, sandbox: SandboxProcess, name: str) -> None:
    assert "The option name is refused" in run(name=name)["msg"]
    assert sent(sandbox) == []


@pytest.mark.parametrize(
    ("options", "fault", "words"),
    [
        ({}, {**LIST, "response": {"status": 200, "json": {"items": [], "totalCount": 0}}}, "the answer is no list of agents"),
        ({}, {**LIST, "response": {"status": 204}}, "the answer is no list of agents"),
        ({}, {**LIST, "response": {"status": 200, "json": ["x"]}}, "a JSON object was expected, not a string"),
        ({}, {**LIST, "response": {"status": 200, "json": [{"name": "x"}]}}, "the answer has no agentId"),
        ({}, {**LIST, "response": {"status": 404, "json": {"detail": "gone"}}}, "404 Not Found: gone"),
        ({"id": RECEPTIONIST}, {**ONE, "response": {"status": 500, "json": {"detail": "oops"}}}, "500 Internal Server Error: oops"),
        ({"id": RECEPTIONIST}, {**ONE, "patch": {"agentId": NIGHT_SHIFT}}, f"the answer is another agent: '{NIGHT_SHIFT}'"),
        ({"id": RECEPTIONIST}, {"times": None, "response": {"status": 404, "text": "<html>"}}, "404 Not Found: the body is not the API's JSON"),
    ],
)
def test_an_answer_that_cannot_be_right_is_an_error(run: Runner, sandbox: SandboxProcess, options: dict[str, str], fault: dict[str, t.Any], words: str) -> None:
    sandbox.inject_faults(fault)
    assert words in run(**options)["msg"]
