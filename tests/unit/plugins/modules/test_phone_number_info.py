# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of phone_number_info: filters, agents, pages and invalid responses."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._phone_number.numbers import look_up
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    FIRST_NUMBER,
    GET_NUMBER_AGENTS,
    LIST_NUMBERS,
    MISSING_ID,
    NIGHT_SHIFT,
    NUMBERS_PATH,
    PROVIDER_ID,
    RECEPTIONIST,
    SECOND_NUMBER,
    SERVER_ERROR,
)
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_requests
from ansible_collections.dasha.blackbox.tests.support.state import changed_state
from ansible_collections.dasha.blackbox.tests.support.tasks import NO_PROVIDER, Result, TaskRunner, look_up_runner

OTHER_ID = "9e000000-0000-4000-8000-000000000009"
#: The first number of the seed in another notation.
FORMATTED_NUMBER = "+1 (500) 555-0001"
# Requests that faults apply to.
ON_LIST = {"path": NUMBERS_PATH, "times": None}
ON_AGENTS = {"path": ".*/affected-agents"}
#: A fault that makes the service ignore all filters.
NO_FILTERS = {**ON_LIST, "query": {"phoneNumber": "", "linkedAgentId": None, "unlinkedOnly": False, "providerId": None}}


@pytest.fixture
def run(sandbox: SandboxProcess) -> TaskRunner:
    """Return a runner for the task. Add a second record of the first number, with another provider."""
    with changed_state(sandbox) as state:
        credential = state["sip_credentials"][0]["id"]
        record = {"id": OTHER_ID, "phoneNumber": FORMATTED_NUMBER, "credentialsId": credential, "providerId": OTHER_ID}
        state["sip_phone_numbers"].append(record)
    return look_up_runner(
        sandbox,
        look_up,
        phone_number=None,
        linked_agent_id=None,
        linked_agent_name=None,
        unlinked_only=False,
        agents=False,
        **NO_PROVIDER,
    )


def found(result: Result) -> list[str]:
    """Return the phone numbers of a result."""
    return [number["phone_number"] for number in result["phone_numbers"]]


@pytest.mark.parametrize("faults", [[], [NO_FILTERS]], ids=["filters", "no filters"])
@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({}, [FORMATTED_NUMBER, FIRST_NUMBER, SECOND_NUMBER]),
        ({"phone_number": SECOND_NUMBER}, [SECOND_NUMBER]),
        ({"phone_number": "+1 500 555 0002"}, [SECOND_NUMBER]),
        ({"phone_number": FORMATTED_NUMBER}, [FORMATTED_NUMBER, FIRST_NUMBER]),
        ({"phone_number": "+1500555000"}, []),
        ({"phone_number": "555"}, []),
        ({"provider_id": PROVIDER_ID.upper()}, [FIRST_NUMBER, SECOND_NUMBER]),
        ({"provider_id": MISSING_ID}, []),
        ({"provider_id": PROVIDER_ID, "phone_number": FORMATTED_NUMBER}, [FIRST_NUMBER]),
        ({"linked_agent_id": RECEPTIONIST}, [FIRST_NUMBER]),
        ({"linked_agent_id": RECEPTIONIST.upper()}, [FIRST_NUMBER]),
        ({"linked_agent_id": NIGHT_SHIFT}, []),
        ({"unlinked_only": True}, [FORMATTED_NUMBER, SECOND_NUMBER]),
        ({"unlinked_only": True, "provider_id": PROVIDER_ID}, [SECOND_NUMBER]),
        ({"unlinked_only": True, "phone_number": SECOND_NUMBER}, [SECOND_NUMBER]),
    ],
)
def test_filters_return_matching_numbers(
    run: TaskRunner,
    sandbox: SandboxProcess,
    faults: list[dict[str, t.Any]],
    options: dict[str, t.Any],
    numbers: list[str],
) -> None:
    sandbox.inject_faults(*faults)
    result = run(**options)
    assert (result["changed"], found(result)) == (False, numbers)
    assert take_requests(sandbox) == [LIST_NUMBERS]


def test_filters_are_sent_to_the_service(run: TaskRunner, sandbox: SandboxProcess) -> None:
    run(phone_number=FIRST_NUMBER, provider_id=PROVIDER_ID, linked_agent_id=RECEPTIONIST)
    run(unlinked_only=True)
    # The phone number is not sent, because the service may store another form of it and compare literally.
    page = {"skip": "0", "take": "1000"}
    assert [request["query"] for request in sandbox.requests()] == [
        {**page, "providerId": PROVIDER_ID, "linkedAgentId": RECEPTIONIST},
        {**page, "unlinkedOnly": "true"},
    ]


def test_number_without_plus_is_refused(run: TaskRunner, sandbox: SandboxProcess) -> None:
    assert_message(run(phone_number="15005550001")["msg"], "plus_sign_missing", "phone_number", "'15005550001'")
    assert take_requests(sandbox) == []


def test_number_stored_without_plus_matches(run: TaskRunner, sandbox: SandboxProcess) -> None:
    with changed_state(sandbox) as state:
        state["sip_phone_numbers"][1]["phoneNumber"] = SECOND_NUMBER.lstrip("+")
    assert found(run(phone_number=SECOND_NUMBER)) == [SECOND_NUMBER.lstrip("+")]


def test_module_returns_number_in_both_modes(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    predicted, real = (
        run_module("phone_number_info", phone_number=FIRST_NUMBER, check_mode=check_mode)
        for check_mode in (True, False)
    )
    assert predicted == real
    [number] = real["phone_numbers"]
    [stored] = [number for number in sandbox.state()["sip_phone_numbers"] if number["phoneNumber"] == FIRST_NUMBER]
    assert number == {
        "id": stored["id"],
        "phone_number": FIRST_NUMBER,
        "provider_id": PROVIDER_ID,
        "incoming_calls_agent_id": RECEPTIONIST,
        "display_name": None,
        "description": None,
        "credentials_id": stored["credentialsId"],
        "registration": False,
        "registration_status": {
            "state": "Disabled",
            "error_description": None,
            "sip_response_message": None,
            "last_updated": stored["registrationStatus"]["lastUpdated"],
            "expires_at": None,
        },
        "org_id": "org-sandbox",
        "created_time": stored["createdTime"],
        "last_update_time": stored["lastUpdateTime"],
    }


def test_number_missing_or_new_fields_are_returned(run: TaskRunner, sandbox: SandboxProcess) -> None:
    item = {"id": OTHER_ID.upper(), "phoneNumber": "100", "someNewField": {"innerKey": 1}}
    sandbox.inject_faults({**ON_LIST, "response": {"status": 200, "json": {"items": [item], "totalCount": 1}}})
    [number] = run()["phone_numbers"]
    assert (number["id"], number["provider_id"], number["registration_status"]) == (OTHER_ID, None, None)
    assert number["some_new_field"] == {"innerKey": 1}


def test_provider_filter_keeps_number_without_provider(run: TaskRunner, sandbox: SandboxProcess) -> None:
    items = [{"id": OTHER_ID, "phoneNumber": "100"}, {"id": MISSING_ID, "phoneNumber": "200", "providerId": MISSING_ID}]
    sandbox.inject_faults({**ON_LIST, "response": {"status": 200, "json": {"items": items, "totalCount": 2}}})
    assert found(run(provider_id=PROVIDER_ID)) == ["100"]


def test_agents_are_returned_for_each_number(run: TaskRunner, sandbox: SandboxProcess) -> None:
    result = run(agents=True, provider_id=PROVIDER_ID)
    assert {number["phone_number"]: number["agents"] for number in result["phone_numbers"]} == {
        FIRST_NUMBER: [{"id": RECEPTIONIST, "name": "Receptionist", "directions": ["inbound", "outbound"]}],
        SECOND_NUMBER: [],
    }
    assert take_requests(sandbox) == [LIST_NUMBERS, GET_NUMBER_AGENTS, GET_NUMBER_AGENTS]


@pytest.mark.parametrize(
    ("user", "agent"),
    [
        ({"agentId": "a", "agentName": "A", "uses": ["inbound"]}, {"id": "a", "name": "A", "directions": ["inbound"]}),
        # The API does not document its values for outbound use.
        (
            {"agentId": "a", "uses": ["callerId", "replaceOutbound", {}]},
            {"id": "a", "name": None, "directions": ["outbound"]},
        ),
        ({"agentId": "a", "uses": None}, {"id": "a", "name": None, "directions": ["outbound"]}),
        ({"agentId": RECEPTIONIST.upper(), "uses": []}, {"id": RECEPTIONIST, "name": None, "directions": ["outbound"]}),
    ],
)
def test_agent_uses_are_returned_as_directions(
    run: TaskRunner, sandbox: SandboxProcess, user: dict[str, t.Any], agent: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**ON_AGENTS, "response": {"status": 200, "json": {"affectedAgents": [user]}}})
    assert run(agents=True, phone_number=SECOND_NUMBER)["phone_numbers"][0]["agents"] == [agent]


@pytest.mark.parametrize(
    ("fault", "kind", "facts"),
    [
        ({**ON_AGENTS, "response": {"status": 200, "json": {}}}, "field_missing", ["affectedAgents"]),
        ({**ON_AGENTS, "response": {"status": 200, "json": {"affectedAgents": [{}]}}}, "field_missing", ["agentId"]),
        ({**ON_AGENTS, "response": {"status": 200, "json": {"affectedAgents": [7]}}}, "not_an_object", ["number"]),
        ({**ON_LIST, "response": {"status": 200, "json": []}}, "not_an_object", ["array"]),
        ({**ON_LIST, "patch": {"totalCount": 9}}, "list_incomplete", [3, "totalCount", 9]),
        (
            {
                **ON_LIST,
                "response": {
                    "status": 200,
                    "json": {"items": [{"id": "../agents", "phoneNumber": "1"}], "totalCount": 1},
                },
            },
            "uuid_malformed",
            ["id"],
        ),
        (
            {**ON_LIST, "response": {"status": 200, "json": {"items": [{"id": OTHER_ID}], "totalCount": 1}}},
            "field_missing",
            ["phoneNumber"],
        ),
    ],
)
def test_response_invalid_fails(
    run: TaskRunner, sandbox: SandboxProcess, fault: dict[str, t.Any], kind: str, facts: list[t.Any]
) -> None:
    sandbox.inject_faults({"times": None, **fault})
    result = run(agents=True)
    assert_message(result["msg"], kind, *facts)
    assert re.fullmatch(fault["path"], result["error"]["path"])
    assert (result["failed"], result["changed"], result["error"]["status"]) == (True, False, 200)


@pytest.mark.parametrize(
    ("request_to", "response"),
    [
        (ON_AGENTS, SERVER_ERROR),
        (ON_LIST, SERVER_ERROR),
        (ON_LIST, {"status": 404, "json": {"detail": "no"}}),
    ],
)
def test_read_refused_fails(
    run: TaskRunner, sandbox: SandboxProcess, request_to: dict[str, t.Any], response: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**request_to, "response": response, "times": None})
    result = run(agents=True)
    assert re.fullmatch(request_to["path"], result["error"]["path"])
    assert (result["failed"], result["changed"], result["error"]["status"]) == (True, False, response["status"])
    assert response["json"]["detail"] in result["msg"]


def test_pages_are_read_until_the_end(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_LIST, "query": {"take": 2}})
    assert found(run()) == [FORMATTED_NUMBER, FIRST_NUMBER, SECOND_NUMBER]
    assert take_requests(sandbox) == [LIST_NUMBERS] * 2


@pytest.mark.parametrize(
    ("options", "kind", "facts"),
    [
        ({"phone_number": ""}, "option_empty", ["phone_number"]),
        ({"phone_number": f"{FIRST_NUMBER} "}, "option_untrimmed", ["phone_number", f"'{FIRST_NUMBER} '"]),
        ({"provider_id": "x"}, "uuid_malformed", ["provider_id", "'x'"]),
        ({"provider_id": ""}, "option_empty", ["provider_id"]),
        ({"linked_agent_id": ""}, "option_empty", ["linked_agent_id"]),
        ({"linked_agent_id": "a/b"}, "agent_id_malformed", ["linked_agent_id", "'a/b'"]),
    ],
)
def test_invalid_option_is_refused_before_requests(
    run: TaskRunner, sandbox: SandboxProcess, options: dict[str, t.Any], kind: str, facts: list[str]
) -> None:
    assert_message(run(**options)["msg"], kind, *facts)
    assert sent(sandbox) == []


def test_linked_and_unlinked_filters_are_exclusive(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    assert (
        "mutually exclusive" in run_module("phone_number_info", linked_agent_id=RECEPTIONIST, unlinked_only=True)["msg"]
    )
    assert sent(sandbox) == []
