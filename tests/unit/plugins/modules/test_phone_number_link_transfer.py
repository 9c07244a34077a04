# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of phone_number_link_transfer: order of writes, interruptions, refusals and restored links."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._http.connection import Connection
from ansible_collections.dasha.blackbox.plugins.module_utils._http.request import Request
from ansible_collections.dasha.blackbox.plugins.module_utils._http.response import Response
from ansible_collections.dasha.blackbox.plugins.module_utils._phone_number.link_transfer import plan
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    MISSING_ID,
    NIGHT_SHIFT,
    NUMBERS_PATH,
    RECEPTIONIST,
    SERVER_ERROR,
)
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, assert_message, contains
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_requests
from ansible_collections.dasha.blackbox.tests.support.state import changed_state
from ansible_collections.dasha.blackbox.tests.support.tasks import TaskRunner, execute, task_runner

NUMBER = "+15005550001"
SOURCE = "9e000000-0000-4000-8000-000000000001"
TARGET = "9e000000-0000-4000-8000-000000000002"
DAY_SHIFT = "7d3a0c54-0000-4000-8000-00000000000c"

SOURCE_LINK = f"{NUMBERS_PATH}/{SOURCE}/agent-link"
TARGET_LINK = f"{NUMBERS_PATH}/{TARGET}/agent-link"
# Requests that faults apply to.
ON_WRITE = {"path": f"{NUMBERS_PATH}/.*/agent-link"}
ON_LINK = {"method": "PUT", "path": TARGET_LINK}
ON_UNLINK = {"method": "DELETE", "path": SOURCE_LINK}
ON_SOURCE = {"method": "GET", "path": f"{NUMBERS_PATH}/{SOURCE}"}
ON_TARGET = {"method": "GET", "path": f"{NUMBERS_PATH}/{TARGET}"}

CONFLICT = {"status": 409, "json": {"detail": "It is linked already."}}
LOST = {"reset": True, "effect": False}

#: The agent of each record that is linked inbound, and its agents that are linked outbound.
Links = dict[str, tuple[t.Optional[str], list[str]]]
BEFORE: Links = {SOURCE: (RECEPTIONIST, [RECEPTIONIST, NIGHT_SHIFT]), TARGET: (None, [DAY_SHIFT])}
AFTER: Links = {SOURCE: (None, []), TARGET: (RECEPTIONIST, [RECEPTIONIST, NIGHT_SHIFT, DAY_SHIFT])}
TRANSFERRED = [
    {"agent_id": RECEPTIONIST, "direction": "inbound"},
    {"agent_id": RECEPTIONIST, "direction": "outbound"},
    {"agent_id": NIGHT_SHIFT, "direction": "outbound"},
]


def set_links(sandbox: SandboxProcess, links: Links, **settings: t.Any) -> None:
    """Replace the phone numbers by two records of one number with these links."""
    with changed_state(sandbox) as state:
        credential = state["sip_credentials"][0]["id"]
        records = [
            {"id": record, "phoneNumber": NUMBER, "credentialsId": credential, "incomingCallsAgentId": inbound}
            for record, (inbound, _outbound) in links.items()
        ]
        state.update(
            agents=[{"agentId": agent, "name": agent[-1]} for agent in (RECEPTIONIST, NIGHT_SHIFT, DAY_SHIFT)],
            sip_phone_numbers=records,
            agent_links=[{"id": record, "outbound": outbound} for record, (_inbound, outbound) in links.items()],
            **settings,
        )


@pytest.fixture(autouse=True)
def records(sandbox: SandboxProcess) -> None:
    """Create the two records of the number."""
    set_links(sandbox, BEFORE)


def get_links(sandbox: SandboxProcess) -> Links:
    """Return the links of all records."""
    state = sandbox.state()
    outbound = {link["id"]: sorted(link["outbound"]) for link in state["agent_links"]}
    numbers = state["sip_phone_numbers"]
    return {number["id"]: (number["incomingCallsAgentId"], outbound.get(number["id"], [])) for number in numbers}


@pytest.fixture
def run(sandbox: SandboxProcess) -> TaskRunner:
    """Return a runner for the task, from the source record to the target record."""
    return task_runner(sandbox, plan, from_id=SOURCE, to_id=TARGET, unlink_first=False)


def observed(sandbox: SandboxProcess) -> list[str]:
    """Return and forget the recorded requests, such as `PUT target/agent-link?mode=inbound`."""
    found = []
    for request in sandbox.requests():
        path = request["path"][len(f"{NUMBERS_PATH}/") :].replace(SOURCE, "source").replace(TARGET, "target")
        mode = request["query"].get("mode")
        found.append(f"{request['method']} {path}" + (f"?mode={mode}" if mode else ""))
    sandbox.clear_requests()
    return found


def has_delete(sandbox: SandboxProcess) -> bool:
    """Return whether a link was deleted, and forget the recorded requests."""
    return any(request.startswith("DELETE") for request in observed(sandbox))


GET_SOURCE, GET_SOURCE_AGENTS = "GET source", "GET source/affected-agents"
GET_TARGET, GET_TARGET_AGENTS = "GET target", "GET target/affected-agents"
LINK_INBOUND = "PUT target/agent-link?mode=inbound"
READS = [GET_SOURCE, GET_SOURCE_AGENTS, GET_TARGET, GET_TARGET_AGENTS]
INBOUND = [GET_TARGET, LINK_INBOUND, GET_TARGET]
LINK_OUTBOUND = "PUT target/agent-link?mode=replaceOutbound"
OUTBOUND = [GET_TARGET, GET_TARGET_AGENTS, LINK_OUTBOUND, GET_TARGET, GET_TARGET_AGENTS]
UNLINK = [GET_SOURCE, "DELETE source/agent-link?mode=inbound", GET_SOURCE]


def test_transfer_check_mode_then_run_then_rerun(run: TaskRunner, sandbox: SandboxProcess) -> None:
    predicted = run(check_mode=True)
    assert observed(sandbox) == READS
    assert get_links(sandbox) == BEFORE

    real = run(from_id=SOURCE.upper())
    # The source is unlinked last, after the links of the target were verified.
    assert observed(sandbox) == [*READS, *INBOUND, *OUTBOUND, *OUTBOUND, *UNLINK]
    assert get_links(sandbox) == AFTER

    again, predicted_again = run(), run(check_mode=True)
    assert observed(sandbox) == READS * 2

    assert predicted == real
    assert (real["changed"], real["links"]) == (True, TRANSFERRED)
    assert real["diff"]["before"] == {
        "from": {
            "phone_number_id": SOURCE,
            "inbound_agent_ids": [RECEPTIONIST],
            "outbound_agent_ids": [RECEPTIONIST, NIGHT_SHIFT],
        },
        "to": {"phone_number_id": TARGET, "inbound_agent_ids": [], "outbound_agent_ids": [DAY_SHIFT]},
    }
    assert real["diff"]["after"] == {
        "from": {"phone_number_id": SOURCE, "inbound_agent_ids": [], "outbound_agent_ids": []},
        "to": {
            "phone_number_id": TARGET,
            "inbound_agent_ids": [RECEPTIONIST],
            "outbound_agent_ids": [RECEPTIONIST, NIGHT_SHIFT, DAY_SHIFT],
        },
    }
    header = f"phone_number_link_transfer {NUMBER} to {NUMBER}"
    assert real["diff"]["before_header"] == real["diff"]["after_header"] == header
    assert again == predicted_again
    assert (again["changed"], again["links"]) == (False, [])
    assert again["diff"]["before"] == again["diff"]["after"] == real["diff"]["after"]


@pytest.mark.parametrize(
    ("before", "after", "transferred"),
    [
        (
            {SOURCE: (RECEPTIONIST, []), TARGET: (None, [])},
            {SOURCE: (None, []), TARGET: (RECEPTIONIST, [])},
            TRANSFERRED[:1],
        ),
        (
            {SOURCE: (None, [RECEPTIONIST]), TARGET: (None, [])},
            {SOURCE: (None, []), TARGET: (None, [RECEPTIONIST])},
            TRANSFERRED[1:2],
        ),
        # An outbound transfer keeps the inbound link of the target.
        (
            {SOURCE: (None, [RECEPTIONIST]), TARGET: (NIGHT_SHIFT, [])},
            {SOURCE: (None, []), TARGET: (NIGHT_SHIFT, [RECEPTIONIST])},
            TRANSFERRED[1:2],
        ),
        # An interrupted transfer leaves both records linked.
        (
            {SOURCE: (RECEPTIONIST, []), TARGET: (RECEPTIONIST, [])},
            {SOURCE: (None, []), TARGET: (RECEPTIONIST, [])},
            TRANSFERRED[:1],
        ),
        ({SOURCE: (None, []), TARGET: (None, [])}, {SOURCE: (None, []), TARGET: (None, [])}, []),
    ],
)
def test_transfer_of_some_links_keeps_others(
    run: TaskRunner, sandbox: SandboxProcess, before: Links, after: Links, transferred: list[dict[str, str]]
) -> None:
    set_links(sandbox, before)
    predicted, real = run(check_mode=True), run()
    assert predicted == real
    assert (real["changed"], real["links"], get_links(sandbox)) == (bool(transferred), transferred, after)
    assert run()["changed"] is False


def test_module_check_mode_matches_run(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    options = {"from_id": SOURCE, "to_id": TARGET}
    predicted, real = (
        run_module("phone_number_link_transfer", check_mode=check_mode, **options) for check_mode in (True, False)
    )
    assert predicted == real
    assert (real["links"], get_links(sandbox)) == (TRANSFERRED, AFTER)


# Interruptions


class InterruptedClient(Client):
    """Client that is interrupted after a number of writes."""

    def __init__(self, connection: Connection, writes: int) -> None:
        super().__init__(connection)
        self._remaining = writes

    def send(self, request: Request) -> Response:
        response = super().send(request)
        self._remaining -= request.method != "GET"
        if self._remaining == 0:
            raise KeyboardInterrupt
        return response


def assert_agents_linked(sandbox: SandboxProcess) -> None:
    """Check that each agent is linked to one of the records."""
    links = get_links(sandbox)
    assert RECEPTIONIST in (links[SOURCE][0], links[TARGET][0])
    assert sorted(links[SOURCE][1] + links[TARGET][1]) == [RECEPTIONIST, NIGHT_SHIFT, DAY_SHIFT]


@pytest.mark.parametrize("writes", [1, 2, 3, 4])
def test_transfer_interrupted_is_completed_by_rerun(run: TaskRunner, sandbox: SandboxProcess, writes: int) -> None:
    connection = Connection(sandbox.api_key, sandbox.url, 10, 0, 0.05, True, None)
    with InterruptedClient(connection, writes) as client, pytest.raises(KeyboardInterrupt):
        execute(plan, client, {"from_id": SOURCE, "to_id": TARGET, "unlink_first": False}, check_mode=False)
    assert_agents_linked(sandbox)
    # The source keeps its inbound link until all other writes are done.
    assert get_links(sandbox)[SOURCE][0] == (RECEPTIONIST if writes < 4 else None)
    predicted, real = run(check_mode=True), run()
    assert predicted == real
    assert (real["changed"], get_links(sandbox)) == (writes < 4, AFTER)
    assert run()["changed"] is False


@pytest.mark.parametrize("write", [1, 2, 3, 4])
@pytest.mark.parametrize(
    "fault",
    [
        {"response": SERVER_ERROR},
        {"response": {"status": 403, "json": {}}},
        LOST,
        {"response": {"status": 204}},
        {"reset": True, "effect_delay": 5},
    ],
)
def test_transfer_failed_write_is_completed_by_rerun(
    run: TaskRunner, sandbox: SandboxProcess, write: int, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults(*[ON_WRITE] * (write - 1), {**ON_WRITE, **fault})
    result = run()
    assert result["failed"]
    assert_agents_linked(sandbox)
    # Only the refusal of the first link certainly changes nothing.
    assert result["changed"] is (write > 1 or fault.get("response", SERVER_ERROR)["status"] != 403)
    assert get_links(sandbox)[SOURCE][0] == RECEPTIONIST
    assert run(api_retries=1).get("failed") is None
    assert get_links(sandbox) == AFTER


@pytest.mark.parametrize(
    "fault",
    [
        {"reset": True},
        {"response": SERVER_ERROR},
        {"response": {"status": 204}},
        {"response": {"status": 200, "text": "ok"}},
    ],
)
@pytest.mark.parametrize("api_retries", [0, 2])
def test_write_unclear_response_is_verified(
    run: TaskRunner, sandbox: SandboxProcess, fault: dict[str, t.Any], api_retries: int
) -> None:
    sandbox.inject_faults({**ON_WRITE, "effect": True, "times": None, **fault})
    result = run(api_retries=api_retries)
    assert (result.get("failed"), result["changed"], get_links(sandbox)) == (None, True, AFTER)
    assert len([request for request in observed(sandbox) if not request.startswith("GET")]) == 4


def test_unverified_link_keeps_source_link(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(ON_TARGET, ON_TARGET, {**ON_TARGET, "response": SERVER_ERROR, "times": None})
    result = run()
    assert_message(result["msg"], "write_accepted_unread", f"PUT {TARGET_LINK}")
    assert (result["failed"], result["changed"]) == (True, True)
    assert get_links(sandbox)[SOURCE][0] == RECEPTIONIST
    assert not has_delete(sandbox)


def test_unlink_accepted_without_effect_fails(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_UNLINK, "response": {"status": 200, "json": {}}})
    result = run()
    assert_message(result["msg"], "write_accepted", f"DELETE {SOURCE_LINK}")
    assert_message(result["msg"], "unlink_effect_missing", "inbound", RECEPTIONIST)
    assert (result["failed"], result["changed"]) == (True, True)


# Other inbound links


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("unlink_first", [True, False])
def test_transfer_to_linked_record_is_refused(
    run: TaskRunner, sandbox: SandboxProcess, check_mode: bool, unlink_first: bool
) -> None:
    set_links(sandbox, {SOURCE: (RECEPTIONIST, []), TARGET: (NIGHT_SHIFT, [])})
    result = run(check_mode=check_mode, unlink_first=unlink_first)
    assert_message(result["msg"], "link_kept", TARGET, NIGHT_SHIFT, RECEPTIONIST, SOURCE)
    assert (result["changed"], observed(sandbox)) == (False, READS)


def test_transfer_keeps_link_created_after_read(run: TaskRunner, sandbox: SandboxProcess) -> None:
    link = {
        "operation": "linkPhoneNumberToAgent",
        "path": {"id": TARGET},
        "query": {"agentId": NIGHT_SHIFT, "mode": "inbound"},
    }
    sandbox.inject_faults({"path": f"{NUMBERS_PATH}/{TARGET}/affected-agents", "concurrent_calls": [link]})
    result = run(unlink_first=True)
    assert_message(result["msg"], "linked_meanwhile", TARGET, NIGHT_SHIFT)
    links = get_links(sandbox)
    assert (result["changed"], links[SOURCE][0], links[TARGET][0]) == (False, RECEPTIONIST, NIGHT_SHIFT)


def test_unlink_by_another_client_is_no_error(run: TaskRunner, sandbox: SandboxProcess) -> None:
    unlink = {
        "operation": "unlinkPhoneNumberFromAgent",
        "path": {"id": SOURCE},
        "query": {"agentId": RECEPTIONIST, "mode": "inbound"},
    }
    sandbox.inject_faults({**ON_LINK, "concurrent_calls": [unlink]})
    assert run().get("failed") is None
    assert get_links(sandbox) == AFTER


def test_record_with_several_inbound_agents_fails(run: TaskRunner, sandbox: SandboxProcess) -> None:
    agents = {"affectedAgents": [{"agentId": NIGHT_SHIFT, "uses": ["inbound"]}]}
    sandbox.inject_faults(
        {"path": f"{NUMBERS_PATH}/{SOURCE}/affected-agents", "response": {"status": 200, "json": agents}}
    )
    assert_message(run()["msg"], "inbound_agents_ambiguous", SOURCE, RECEPTIONIST, NIGHT_SHIFT)
    assert observed(sandbox) == READS


# One inbound link per number


def test_refused_link_suggests_unlink_first(run: TaskRunner, sandbox: SandboxProcess) -> None:
    set_links(sandbox, BEFORE, one_inbound_link_per_number=True)
    result = run()
    detail = f"The phone number {NUMBER} is linked inbound already, by another record of it."
    assert_message(result["msg"], "hint_unlink_first", f"PUT {TARGET_LINK}", detail, "unlink_first: true", SOURCE)
    assert (result["error"]["status"], result["changed"], get_links(sandbox)) == (409, False, BEFORE)


def test_unlink_first_after_refusal_unlinks_source(run: TaskRunner, sandbox: SandboxProcess) -> None:
    set_links(sandbox, BEFORE, one_inbound_link_per_number=True)
    predicted = run(unlink_first=True, check_mode=True)
    sandbox.clear_requests()
    real = run(unlink_first=True)
    assert observed(sandbox) == [*READS, GET_TARGET, LINK_INBOUND, *UNLINK, *INBOUND, *OUTBOUND, *OUTBOUND, GET_SOURCE]
    assert predicted == real
    assert (real["changed"], get_links(sandbox)) == (True, AFTER)
    assert run(unlink_first=True)["changed"] is False


def test_unlink_first_without_refusal_unlinks_last(run: TaskRunner, sandbox: SandboxProcess) -> None:
    assert run(unlink_first=True)["changed"]
    assert observed(sandbox) == [*READS, *INBOUND, *OUTBOUND, *OUTBOUND, *UNLINK]


@pytest.mark.parametrize(
    "fault",
    [
        {"response": CONFLICT},
        {"response": SERVER_ERROR},
        LOST,
        {"response": {"status": 200, "json": {}}},
        {"response": {"status": 401, "json": {}}},
    ],
)
def test_unlink_first_link_failed_restores_source(
    run: TaskRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**ON_LINK, "response": CONFLICT}, {**ON_LINK, **fault})
    result = run(unlink_first=True)
    error = result["error"]
    assert (error["method"], error["path"]) == ("PUT", TARGET_LINK)
    assert error["status"] == fault.get("response", {"status": None})["status"]
    assert_message(result["msg"], "link_restored", SOURCE)
    assert (result["failed"], result["changed"], get_links(sandbox)) == (True, True, BEFORE)
    assert observed(sandbox)[-3:] == [GET_SOURCE, "PUT source/agent-link?mode=inbound", GET_SOURCE]


def test_unlink_first_restore_failed_names_agent(run: TaskRunner, sandbox: SandboxProcess) -> None:
    failed_restore = {"method": "PUT", "path": SOURCE_LINK, "response": SERVER_ERROR}
    sandbox.inject_faults({**ON_LINK, "response": CONFLICT, "times": 2}, failed_restore)
    result = run(unlink_first=True)
    assert_message(result["msg"], "link_lost", SOURCE, RECEPTIONIST, f"PUT {SOURCE_LINK}: 500 ")
    assert (result["failed"], result["changed"], get_links(sandbox)[SOURCE][0]) == (True, True, None)


@pytest.mark.parametrize("effect", [False, True])
def test_unlink_first_unverified_restores_source(run: TaskRunner, sandbox: SandboxProcess, effect: bool) -> None:
    sandbox.inject_faults(
        {**ON_LINK, "response": CONFLICT},
        {**ON_UNLINK, "reset": True, "effect": effect},
        ON_SOURCE,
        ON_SOURCE,
        {**ON_SOURCE, "response": SERVER_ERROR},
    )
    result = run(unlink_first=True)
    assert_message(result["msg"], "effect_unknown")
    assert_message(result["msg"], "link_restored", SOURCE)
    assert (result["failed"], result["changed"], get_links(sandbox)) == (True, True, BEFORE)


@pytest.mark.parametrize("status", [403, 409])
def test_unlink_first_refused_is_no_change(run: TaskRunner, sandbox: SandboxProcess, status: int) -> None:
    refusal = {"status": status, "json": {"detail": "no"}}
    sandbox.inject_faults({**ON_LINK, "response": CONFLICT}, {**ON_UNLINK, "response": refusal})
    result = run(unlink_first=True)
    error = result["error"]
    assert (error["method"], error["path"], error["status"]) == ("DELETE", SOURCE_LINK, status)
    assert f"DELETE {SOURCE_LINK}: {status} " in result["msg"]
    assert (result["changed"], get_links(sandbox)) == (False, BEFORE)


@pytest.mark.parametrize("status", [400, 403, 409, 422])
def test_unlink_first_refused_read_keeps_source(run: TaskRunner, sandbox: SandboxProcess, status: int) -> None:
    refused = {**ON_TARGET, "response": {"status": status, "json": {"detail": "no"}}}
    for reads in ([ON_TARGET, refused], [ON_TARGET, ON_TARGET, refused]):
        set_links(sandbox, BEFORE)
        sandbox.inject_faults(*reads)
        assert run(unlink_first=True)["failed"]
        assert get_links(sandbox)[SOURCE][0] == RECEPTIONIST
        assert not has_delete(sandbox)


@pytest.mark.parametrize(
    "fault",
    [{"response": {"status": 404, "json": {}}}, {"response": {"status": 429}}, {"response": SERVER_ERROR}, LOST],
)
def test_unlink_first_failed_link_keeps_source(
    run: TaskRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**ON_LINK, **fault})
    assert run(unlink_first=True)["failed"]
    assert (get_links(sandbox)[SOURCE][0], has_delete(sandbox)) == (RECEPTIONIST, False)


def test_unlink_first_refused_outbound_keeps_source(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(ON_LINK, {**ON_LINK, "response": CONFLICT})
    result = run(unlink_first=True)
    assert_message(result["msg"], "conflict", f"PUT {TARGET_LINK}", "It is linked already.")
    assert not contains(result["msg"], KINDS["hint_only_inbound_link"])
    assert (result["changed"], get_links(sandbox)[SOURCE][0]) == (True, RECEPTIONIST)


# Refused options and failed reads


@pytest.mark.parametrize(
    ("options", "kind", "facts"),
    [
        ({"from_id": "x"}, "uuid_malformed", ["from_id", "'x'"]),
        ({"to_id": ""}, "option_empty", ["to_id"]),
        ({"to_id": None}, "option_null", ["to_id"]),
        ({"to_id": SOURCE.upper()}, "same_record", ["to_id", "from_id"]),
    ],
)
def test_invalid_option_is_refused_before_requests(
    run: TaskRunner, sandbox: SandboxProcess, options: dict[str, t.Any], kind: str, facts: list[str]
) -> None:
    assert_message(run(**options)["msg"], kind, *facts)
    assert sent(sandbox) == []


@pytest.mark.parametrize("option", ["from_id", "to_id"])
def test_record_missing_fails(run: TaskRunner, sandbox: SandboxProcess, option: str) -> None:
    result = run(**{option: MISSING_ID})
    assert (result["error"]["path"], result["error"]["status"]) == (f"{NUMBERS_PATH}/{MISSING_ID}", 404)
    assert (result["changed"], {request.partition(" ")[0] for request in take_requests(sandbox)}) == (False, {"GET"})


@pytest.mark.parametrize("suffix", ["", "/affected-agents"])
@pytest.mark.parametrize("record", [SOURCE, TARGET])
def test_record_unreadable_sends_nothing(run: TaskRunner, sandbox: SandboxProcess, record: str, suffix: str) -> None:
    sandbox.inject_faults({"path": f"{NUMBERS_PATH}/{record}{suffix}", "response": SERVER_ERROR})
    result = run()
    assert (result["failed"], result["changed"], get_links(sandbox)) == (True, False, BEFORE)
