# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers are looked up by what is asked for, whatever the service makes of its filters."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._phone_number.numbers import look_up
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    MISSING_ID,
    NIGHT_SHIFT,
    NUMBERS_PATH,
    PROVIDER_ID,
    RECEPTIONIST,
)
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_requests
from ansible_collections.dasha.blackbox.tests.support.tasks import read, run_task

FIRST, SECOND = "+15005550001", "+15005550002"
OTHER_ID = "9e000000-0000-4000-8000-000000000009"
LIST = {"path": NUMBERS_PATH, "times": None}
#: A service that does not know the filters.
UNFILTERED = {**LIST, "query": {"phoneNumber": "", "linkedAgentId": None, "unlinkedOnly": False, "providerId": None}}


class Runner(t.Protocol):
    def __call__(self, *, api_retries: int = 0, **options: t.Any) -> dict[str, t.Any]:
        """Run the module's task."""


@pytest.fixture
def run(sandbox: SandboxProcess) -> Runner:
    """The first number of the seed is there once more, of another provider and as people write it."""
    state = sandbox.state()
    credential = state["sip_credentials"][0]["id"]
    state["sip_phone_numbers"].append({"id": OTHER_ID, "phoneNumber": "+1 (500) 555-0001", "credentialsId": credential, "providerId": OTHER_ID})
    sandbox.restore(state)
    sandbox.clear_requests()

    def run(*, api_retries: int = 0, **options: t.Any) -> dict[str, t.Any]:
        defaults = {"phone_number": None, "provider_id": None, "linked_agent_id": None, "unlinked_only": False, "agents": False}
        return run_task(sandbox, lambda client: read(look_up, client, {**defaults, **options}), api_retries)

    return run


def found(result: dict[str, t.Any]) -> list[str]:
    return [number["phone_number"] for number in result["phone_numbers"]]


@pytest.mark.parametrize("service", [[], [UNFILTERED]])
@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({}, ["+1 (500) 555-0001", FIRST, SECOND]),
        ({"phone_number": SECOND}, [SECOND]),
        ({"phone_number": "+1 500 555 0002"}, [SECOND]),
        ({"phone_number": "+1 (500) 555-0001"}, ["+1 (500) 555-0001", FIRST]),
        ({"phone_number": "+1500555000"}, []),
        ({"phone_number": "15005550001"}, []),
        ({"phone_number": "555"}, []),
        ({"provider_id": PROVIDER_ID.upper()}, [FIRST, SECOND]),
        ({"provider_id": MISSING_ID}, []),
        ({"provider_id": PROVIDER_ID, "phone_number": "+1 (500) 555-0001"}, [FIRST]),
        ({"linked_agent_id": RECEPTIONIST}, [FIRST]),
        ({"linked_agent_id": RECEPTIONIST.upper()}, [FIRST]),
        ({"linked_agent_id": NIGHT_SHIFT}, []),
        ({"unlinked_only": True}, ["+1 (500) 555-0001", SECOND]),
        ({"unlinked_only": True, "provider_id": PROVIDER_ID}, [SECOND]),
        ({"unlinked_only": True, "phone_number": SECOND}, [SECOND]),
    ],
)
def test_only_what_matches_is_returned(
    run: Runner, sandbox: SandboxProcess, service: list[dict[str, t.Any]], options: dict[str, t.Any], numbers: list[str]
) -> None:
    sandbox.inject_faults(*service)
    result = run(**options)
    assert (result["changed"], found(result)) == (False, numbers)
    assert take_requests(sandbox) == ["GET /sip-phone-numbers"]


def test_the_service_is_asked_for_what_is_asked(run: Runner, sandbox: SandboxProcess) -> None:
    run(phone_number=FIRST, provider_id=PROVIDER_ID, linked_agent_id=RECEPTIONIST)
    run(unlinked_only=True)
    # It may be stored as it is given, and then the service would not find it by its digits.
    run(phone_number="+1 (500) 555-0001")
    page = {"skip": "0", "take": "1000"}
    assert [request["query"] for request in sandbox.requests()] == [
        {**page, "phoneNumber": FIRST, "providerId": PROVIDER_ID, "linkedAgentId": RECEPTIONIST},
        {**page, "unlinkedOnly": "true"},
        page,
    ]


def test_what_a_number_is_returned_as(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    results = [run_module("phone_number_info", phone_number=FIRST, check_mode=check_mode) for check_mode in (True, False)]
    assert results[0] == results[1]
    [number] = results[0]["phone_numbers"]
    [stored] = [number for number in sandbox.state()["sip_phone_numbers"] if number["phoneNumber"] == FIRST]
    assert number == {
        "id": stored["id"],
        "phone_number": FIRST,
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


def test_what_the_service_leaves_out_is_null_and_what_it_adds_is_passed_on(run: Runner, sandbox: SandboxProcess) -> None:
    item = {"id": OTHER_ID.upper(), "phoneNumber": "100", "someNewField": {"innerKey": 1}}
    sandbox.inject_faults({**LIST, "response": {"status": 200, "json": {"items": [item], "totalCount": 1}}})
    [number] = run()["phone_numbers"]
    assert (number["id"], number["provider_id"], number["registration_status"]) == (OTHER_ID, None, None)
    assert number["some_new_field"] == {"innerKey": 1}


def test_a_number_that_does_not_say_whose_it_is_counts_as_the_providers(run: Runner, sandbox: SandboxProcess) -> None:
    items = [{"id": OTHER_ID, "phoneNumber": "100"}, {"id": MISSING_ID, "phoneNumber": "200", "providerId": MISSING_ID}]
    sandbox.inject_faults({**LIST, "response": {"status": 200, "json": {"items": items, "totalCount": 2}}})
    assert found(run(provider_id=PROVIDER_ID)) == ["100"]


def test_the_agents_of_each_number(run: Runner, sandbox: SandboxProcess) -> None:
    result = run(agents=True, provider_id=PROVIDER_ID)
    assert {number["phone_number"]: number["agents"] for number in result["phone_numbers"]} == {
        FIRST: [{"id": RECEPTIONIST, "name": "Receptionist", "directions": ["inbound", "outbound"]}],
        SECOND: [],
    }
    assert take_requests(sandbox) == ["GET /sip-phone-numbers", *["GET /sip-phone-numbers/{id}/affected-agents"] * 2]


@pytest.mark.parametrize(
    ("user", "agent"),
    [
        ({"agentId": "a", "agentName": "A", "uses": ["inbound"]}, {"id": "a", "name": "A", "directions": ["inbound"]}),
        # Of the words for outbound none is documented.
        ({"agentId": "a", "uses": ["callerId", "replaceOutbound", {}]}, {"id": "a", "name": None, "directions": ["outbound"]}),
        ({"agentId": "a", "uses": None}, {"id": "a", "name": None, "directions": ["outbound"]}),
        ({"agentId": RECEPTIONIST.upper(), "uses": []}, {"id": RECEPTIONIST, "name": None, "directions": ["outbound"]}),
    ],
)
def test_what_an_agent_uses_a_number_for(run: Runner, sandbox: SandboxProcess, user: dict[str, t.Any], agent: dict[str, t.Any]) -> None:
    sandbox.inject_faults({"path": ".*/affected-agents", "response": {"status": 200, "json": {"affectedAgents": [user]}}})
    assert run(agents=True, phone_number=SECOND)["phone_numbers"][0]["agents"] == [agent]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"path": ".*/affected-agents", "response": {"status": 200, "json": {}}}, "the answer has no affectedAgents"),
        ({"path": ".*/affected-agents", "response": {"status": 200, "json": {"affectedAgents": [{}]}}}, "the answer has no agentId"),
        ({"path": ".*/affected-agents", "response": {"status": 200, "json": {"affectedAgents": [7]}}}, "a JSON object was expected, not a number"),
        ({"path": ".*/affected-agents", "response": {"status": 500, "json": {"detail": "oops"}}}, "500 Internal Server Error: oops"),
        ({**LIST, "response": {"status": 500, "json": {"detail": "oops"}}}, "500 Internal Server Error: oops"),
        ({**LIST, "response": {"status": 404, "json": {}}}, "404 Not Found"),
        ({**LIST, "response": {"status": 200, "json": []}}, "a JSON object was expected, the answer is an array"),
        ({**LIST, "patch": {"totalCount": 9}}, "the list is incomplete, so nothing can be concluded from it: 3 different items came, where it counts 9"),
        ({**LIST, "response": {"status": 200, "json": {"items": [{"id": "../agents", "phoneNumber": "1"}], "totalCount": 1}}}, "is not a UUID"),
        ({**LIST, "response": {"status": 200, "json": {"items": [{"id": OTHER_ID}], "totalCount": 1}}}, "the answer has no phoneNumber"),
    ],
)
def test_an_answer_that_cannot_be_right_is_an_error(run: Runner, sandbox: SandboxProcess, fault: dict[str, t.Any], words: str) -> None:
    sandbox.inject_faults({"times": None, **fault})
    result = run(agents=True)
    assert words in result["msg"]
    assert (result["failed"], result["changed"]) == (True, False)


def test_pages_are_read_to_their_end(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**LIST, "query": {"take": 2}})
    assert found(run()) == ["+1 (500) 555-0001", FIRST, SECOND]
    assert take_requests(sandbox) == ["GET /sip-phone-numbers"] * 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"phone_number": ""}, "The option phone_number is refused: it is empty"),
        ({"phone_number": f"{FIRST} "}, "begins or ends with a blank"),
        ({"provider_id": "x"}, "The option provider_id is refused: 'x' is not a UUID"),
        ({"provider_id": ""}, "The option provider_id is refused: it is empty"),
        ({"linked_agent_id": ""}, "The option linked_agent_id is refused: it is empty"),
        ({"linked_agent_id": "a/b"}, "The option linked_agent_id is refused: 'a/b' is not the id of an agent"),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_request(run: Runner, sandbox: SandboxProcess, options: dict[str, t.Any], words: str) -> None:
    assert words in run(**options)["msg"]
    assert sent(sandbox) == []


def test_linked_to_an_agent_and_to_none_exclude_each_other(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    assert "mutually exclusive" in run_module("phone_number_info", linked_agent_id=RECEPTIONIST, unlinked_only=True)["msg"]
    assert sent(sandbox) == []
