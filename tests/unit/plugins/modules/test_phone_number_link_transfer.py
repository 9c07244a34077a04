# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Agents are moved so that no call is lost: the new record is proven before the old one loses anything, wherever it is interrupted."""

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
)
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_requests
from ansible_collections.dasha.blackbox.tests.support.tasks import execute, run_task

NUMBER = "+15005550001"
SOURCE = "9e000000-0000-4000-8000-000000000001"
TARGET = "9e000000-0000-4000-8000-000000000002"
DAY_SHIFT = "7d3a0c54-0000-4000-8000-00000000000c"

SOURCE_LINK = f"{NUMBERS_PATH}/{SOURCE}/agent-link"
TARGET_LINK = f"{NUMBERS_PATH}/{TARGET}/agent-link"
PUT = {"method": "PUT", "path": TARGET_LINK}
DELETE = {"method": "DELETE", "path": SOURCE_LINK}
READ_TARGET = {"method": "GET", "path": f"{NUMBERS_PATH}/{TARGET}"}
OOPS = {"status": 500, "json": {"detail": "oops"}}
REFUSED = {"status": 409, "json": {"detail": "It is linked already."}}

#: Who uses which record: inbound one agent, outbound several. At first the new one has nobody.
Users = dict[str, tuple[t.Optional[str], list[str]]]
BEFORE: Users = {SOURCE: (RECEPTIONIST, [RECEPTIONIST, NIGHT_SHIFT]), TARGET: (None, [DAY_SHIFT])}
AFTER: Users = {SOURCE: (None, []), TARGET: (RECEPTIONIST, [RECEPTIONIST, NIGHT_SHIFT, DAY_SHIFT])}
MOVED = [
    {"agent_id": RECEPTIONIST, "direction": "inbound"},
    {"agent_id": RECEPTIONIST, "direction": "outbound"},
    {"agent_id": NIGHT_SHIFT, "direction": "outbound"},
]

Result = dict[str, t.Any]


def let_use(sandbox: SandboxProcess, users: Users, **settings: t.Any) -> None:
    """Let the two records of the number be used so."""
    state = sandbox.state()
    credential = state["sip_credentials"][0]["id"]
    records = [
        {"id": record, "phoneNumber": NUMBER, "credentialsId": credential, "incomingCallsAgentId": inbound}
        for record, (inbound, _outbound) in users.items()
    ]
    agents = [{"agentId": agent, "name": agent[-1]} for agent in (RECEPTIONIST, NIGHT_SHIFT, DAY_SHIFT)]
    links = [{"id": record, "outbound": outbound} for record, (_inbound, outbound) in users.items()]
    sandbox.restore({**state, "agents": agents, "sip_phone_numbers": records, "agent_links": links, **settings})
    sandbox.clear_requests()


@pytest.fixture(autouse=True)
def records(sandbox: SandboxProcess) -> None:
    let_use(sandbox, BEFORE)


def users(sandbox: SandboxProcess) -> Users:
    state = sandbox.state()
    outbound = {link["id"]: sorted(link["outbound"]) for link in state["agent_links"]}
    return {
        number["id"]: (number["incomingCallsAgentId"], outbound.get(number["id"], []))
        for number in state["sip_phone_numbers"]
    }


class Runner(t.Protocol):
    def __call__(self, *, check_mode: bool = False, api_retries: int = 0, **options: t.Any) -> Result:
        """Run the module's task from the old record to the new one."""


@pytest.fixture
def run(sandbox: SandboxProcess) -> Runner:
    def run(*, check_mode: bool = False, api_retries: int = 0, **options: t.Any) -> Result:
        defaults = {"from_id": SOURCE, "to_id": TARGET, "unlink_first": False}
        return run_task(sandbox, lambda client: execute(plan, client, {**defaults, **options}, check_mode), api_retries)

    return run


def observed(sandbox: SandboxProcess) -> list[str]:
    """The requests by method, record and what of it, such as ``PUT to inbound``."""
    words = []
    for request in sandbox.requests():
        record, _slash, what = request["path"][len(f"{NUMBERS_PATH}/") :].partition("/")
        what = {"agent-link": request["query"].get("mode"), "affected-agents": "users", "": "number"}[what]
        words.append(f"{request['method']} {'from' if record == SOURCE else 'to'} {what}")
    sandbox.clear_requests()
    return words


READ = ["GET from number", "GET from users", "GET to number", "GET to users"]
INBOUND = ["GET to number", "PUT to inbound", "GET to number"]
OUTBOUND = ["GET to number", "GET to users", "PUT to replaceOutbound", "GET to number", "GET to users"]
UNLINK = ["GET from number", "DELETE from inbound", "GET from number"]


def test_check_mode_then_the_move_then_nothing(run: Runner, sandbox: SandboxProcess) -> None:
    predicted = run(check_mode=True)
    assert observed(sandbox) == READ
    assert users(sandbox) == BEFORE

    real = run(from_id=SOURCE.upper())
    # The old record loses its agent last, when the new one is proven.
    assert observed(sandbox) == [*READ, *INBOUND, *OUTBOUND, *OUTBOUND, *UNLINK]
    assert users(sandbox) == AFTER

    again, predicted_again = run(), run(check_mode=True)
    assert observed(sandbox) == READ * 2

    assert predicted == real
    assert (real["changed"], real["links"]) == (True, MOVED)
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
    assert (
        real["diff"]["before_header"]
        == real["diff"]["after_header"]
        == f"phone_number_link_transfer {NUMBER} to {NUMBER}"
    )
    assert again == predicted_again
    assert (again["changed"], again["links"]) == (False, [])
    assert again["diff"]["before"] == again["diff"]["after"] == real["diff"]["after"]


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        ({SOURCE: (RECEPTIONIST, []), TARGET: (None, [])}, {SOURCE: (None, []), TARGET: (RECEPTIONIST, [])}, MOVED[:1]),
        (
            {SOURCE: (None, [RECEPTIONIST]), TARGET: (None, [])},
            {SOURCE: (None, []), TARGET: (None, [RECEPTIONIST])},
            MOVED[1:2],
        ),
        # Nobody is cut off by what moves outbound only.
        (
            {SOURCE: (None, [RECEPTIONIST]), TARGET: (NIGHT_SHIFT, [])},
            {SOURCE: (None, []), TARGET: (NIGHT_SHIFT, [RECEPTIONIST])},
            MOVED[1:2],
        ),
        # What an earlier run left.
        (
            {SOURCE: (RECEPTIONIST, []), TARGET: (RECEPTIONIST, [])},
            {SOURCE: (None, []), TARGET: (RECEPTIONIST, [])},
            MOVED[:1],
        ),
        ({SOURCE: (None, []), TARGET: (None, [])}, {SOURCE: (None, []), TARGET: (None, [])}, []),
    ],
)
def test_only_what_is_there_is_moved(
    run: Runner, sandbox: SandboxProcess, before: Users, after: Users, moved: list[dict[str, str]]
) -> None:
    let_use(sandbox, before)
    predicted, real = run(check_mode=True), run()
    assert predicted == real
    assert (real["changed"], real["links"], users(sandbox)) == (bool(moved), moved, after)
    assert run()["changed"] is False


def test_the_module_runs_as_ansible_runs_it(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    predicted, real = (
        run_module("phone_number_link_transfer", from_id=SOURCE, to_id=TARGET, check_mode=check_mode)
        for check_mode in (True, False)
    )
    assert predicted == real
    assert (real["links"], users(sandbox)) == (MOVED, AFTER)


# Wherever it is interrupted


class Interrupted(Client):
    """A client whose process is killed when it has sent so many writes."""

    def __init__(self, connection: Connection, writes: int) -> None:
        super().__init__(connection)
        self._left = writes

    def send(self, request: Request) -> Response:
        response = super().send(request)
        self._left -= request.method != "GET"
        if self._left == 0:
            raise KeyboardInterrupt
        return response


def nobody_is_lost(sandbox: SandboxProcess) -> bool:
    source, target = users(sandbox)[SOURCE], users(sandbox)[TARGET]
    return RECEPTIONIST in (source[0], target[0]) and sorted(source[1] + target[1]) == [
        RECEPTIONIST,
        NIGHT_SHIFT,
        DAY_SHIFT,
    ]


@pytest.mark.parametrize("writes", [1, 2, 3, 4])
def test_interrupted_after_any_write_nobody_is_lost_and_a_second_run_does_the_rest(
    run: Runner, sandbox: SandboxProcess, writes: int
) -> None:
    with (
        Interrupted(Connection(sandbox.api_key, sandbox.url, 10, 0, 0.05, True, None), writes) as client,
        pytest.raises(KeyboardInterrupt),
    ):
        execute(plan, client, {"from_id": SOURCE, "to_id": TARGET, "unlink_first": False}, check_mode=False)
    assert nobody_is_lost(sandbox)
    # The old record goes on answering until all else is done.
    assert users(sandbox)[SOURCE][0] == (RECEPTIONIST if writes < 4 else None)
    predicted, real = run(check_mode=True), run()
    assert predicted == real
    assert (real["changed"], users(sandbox)) == (writes < 4, AFTER)
    assert run()["changed"] is False


@pytest.mark.parametrize("write", [1, 2, 3, 4])
@pytest.mark.parametrize(
    "fault",
    [
        {"response": OOPS},
        {"response": {"status": 403, "json": {}}},
        {"reset": True, "effect": False},
        {"response": {"status": 204}},
        {"reset": True, "effect_delay": 0.2},
    ],
)
def test_a_write_that_fails_stops_the_move_and_a_second_run_does_the_rest(
    run: Runner, sandbox: SandboxProcess, write: int, fault: dict[str, t.Any]
) -> None:
    link = {"path": f"{NUMBERS_PATH}/.*/agent-link"}
    sandbox.inject_faults(*[link] * (write - 1), {**link, **fault})
    result = run()
    assert (result["failed"], nobody_is_lost(sandbox)) == (True, True)
    # What was accepted, or moved before, is a change.
    assert result["changed"] is (write > 1 or fault.get("response") == {"status": 204})
    assert users(sandbox)[SOURCE][0] == RECEPTIONIST
    assert run(api_retries=1).get("failed") is None
    assert users(sandbox) == AFTER


@pytest.mark.parametrize(
    "fault",
    [{"reset": True}, {"response": OOPS}, {"response": {"status": 204}}, {"response": {"status": 200, "text": "ok"}}],
)
@pytest.mark.parametrize("api_retries", [0, 2])
def test_writes_that_took_effect_are_found(
    run: Runner, sandbox: SandboxProcess, fault: dict[str, t.Any], api_retries: int
) -> None:
    sandbox.inject_faults({"path": f"{NUMBERS_PATH}/.*/agent-link", "effect": True, "times": None, **fault})
    result = run(api_retries=api_retries)
    assert (result.get("failed"), result["changed"], users(sandbox)) == (None, True, AFTER)
    assert len([request for request in observed(sandbox) if not request.startswith("GET")]) == 4


def test_nothing_is_taken_away_when_the_new_link_cannot_be_proven(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(READ_TARGET, READ_TARGET, {**READ_TARGET, "response": OOPS, "times": None})
    result = run()
    assert "was accepted, but its effect is unknown" in result["msg"]
    assert (result["failed"], result["changed"]) == (True, True)
    assert users(sandbox)[SOURCE][0] == RECEPTIONIST
    assert not any(request.startswith("DELETE") for request in observed(sandbox))


def test_an_old_link_that_stays_is_an_error_and_a_change(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**DELETE, "response": {"status": 200, "json": {}}})
    result = run()
    assert (
        result["msg"]
        == f"DELETE {SOURCE_LINK} was accepted, but the number still shows the inbound link with the agent {RECEPTIONIST}."
    )
    assert (result["failed"], result["changed"]) == (True, True)


# Who would be cut off


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("unlink_first", [True, False])
def test_an_agent_of_the_new_record_is_not_cut_off(
    run: Runner, sandbox: SandboxProcess, check_mode: bool, unlink_first: bool
) -> None:
    let_use(sandbox, {SOURCE: (RECEPTIONIST, []), TARGET: (NIGHT_SHIFT, [])})
    result = run(check_mode=check_mode, unlink_first=unlink_first)
    assert result["msg"] == (
        f"The number {TARGET} is linked inbound to the agent {NIGHT_SHIFT}, who would be cut off by {RECEPTIONIST}, the agent of {SOURCE}."
        " Nothing was changed. Unlink one of them first."
    )
    assert (result["changed"], observed(sandbox)) == (False, READ)


def test_nor_is_one_that_came_after_the_look(run: Runner, sandbox: SandboxProcess) -> None:
    link = {
        "operation": "linkPhoneNumberToAgent",
        "path": {"id": TARGET},
        "query": {"agentId": NIGHT_SHIFT, "mode": "inbound"},
    }
    sandbox.inject_faults({"path": f"{NUMBERS_PATH}/{TARGET}/affected-agents", "concurrent_calls": [link]})
    result = run(unlink_first=True)
    assert (
        result["msg"]
        == f"The number {TARGET} has been linked to the agent {NIGHT_SHIFT} in the meantime. That was left as it is."
    )
    assert (result["changed"], users(sandbox)[SOURCE][0], users(sandbox)[TARGET][0]) == (
        False,
        RECEPTIONIST,
        NIGHT_SHIFT,
    )


def test_one_that_somebody_else_took_away_meanwhile_is_no_error(run: Runner, sandbox: SandboxProcess) -> None:
    unlink = {
        "operation": "unlinkPhoneNumberFromAgent",
        "path": {"id": SOURCE},
        "query": {"agentId": RECEPTIONIST, "mode": "inbound"},
    }
    sandbox.inject_faults({**PUT, "concurrent_calls": [unlink]})
    assert run().get("failed") is None
    assert users(sandbox) == AFTER


def test_a_record_that_shows_several_agents_inbound_is_an_error(run: Runner, sandbox: SandboxProcess) -> None:
    odd = {"affectedAgents": [{"agentId": NIGHT_SHIFT, "uses": ["inbound"]}]}
    sandbox.inject_faults(
        {"path": f"{NUMBERS_PATH}/{SOURCE}/affected-agents", "response": {"status": 200, "json": odd}}
    )
    assert run()["msg"] == (
        f"The number {SOURCE} shows several agents inbound, where one is possible: {RECEPTIONIST}, {NIGHT_SHIFT}. Nothing was changed."
    )
    assert observed(sandbox) == READ


# When the service wants the old link gone first

HINT = f" With unlink_first: true the link of the number {SOURCE} is removed first; no agent answers until the new link exists."


def test_without_unlink_first_a_refusal_leaves_the_old_link_and_says_what_would_help(
    run: Runner, sandbox: SandboxProcess
) -> None:
    let_use(sandbox, BEFORE, one_inbound_link_per_number=True)
    result = run()
    assert result["msg"].startswith(
        f"PUT {TARGET_LINK}: 409 Conflict: The phone number {NUMBER} is linked inbound already, by another record of it."
    )
    assert result["msg"].endswith(HINT)
    assert (result["changed"], users(sandbox)) == (False, BEFORE)


def test_with_unlink_first_the_old_link_goes_first_then(run: Runner, sandbox: SandboxProcess) -> None:
    let_use(sandbox, BEFORE, one_inbound_link_per_number=True)
    predicted = run(unlink_first=True, check_mode=True)
    sandbox.clear_requests()
    real = run(unlink_first=True)
    assert observed(sandbox) == [
        *READ,
        "GET to number",
        "PUT to inbound",
        *UNLINK,
        *INBOUND,
        *OUTBOUND,
        *OUTBOUND,
        "GET from number",
    ]
    assert predicted == real
    assert (real["changed"], users(sandbox)) == (True, AFTER)
    assert run(unlink_first=True)["changed"] is False


def test_with_unlink_first_the_old_link_stays_where_it_can(run: Runner, sandbox: SandboxProcess) -> None:
    assert run(unlink_first=True)["changed"]
    assert observed(sandbox) == [*READ, *INBOUND, *OUTBOUND, *OUTBOUND, *UNLINK]


@pytest.mark.parametrize(
    "fault",
    [
        {"response": REFUSED},
        {"response": OOPS},
        {"reset": True, "effect": False},
        {"response": {"status": 200, "json": {}}},
        {"response": {"status": 401, "json": {}}},
    ],
)
def test_when_that_does_not_help_the_old_link_is_made_again(
    run: Runner, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**PUT, "response": REFUSED}, {**PUT, **fault})
    result = run(unlink_first=True)
    assert result["msg"].startswith(f"PUT {TARGET_LINK}") or "Connection reset" in result["msg"]
    assert result["msg"].endswith(f" The link of the number {SOURCE} was removed before, and was restored.")
    assert (result["failed"], result["changed"], users(sandbox)) == (True, True, BEFORE)
    assert observed(sandbox)[-3:] == ["GET from number", "PUT from inbound", "GET from number"]


def test_a_link_that_cannot_be_made_again_is_named(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(
        {**PUT, "response": REFUSED, "times": 2}, {"method": "PUT", "path": SOURCE_LINK, "response": OOPS}
    )
    result = run(unlink_first=True)
    lost = f" The number {SOURCE} may have lost its link with the agent {RECEPTIONIST}, which could not be restored: PUT {SOURCE_LINK}: 500 "
    assert lost in result["msg"]
    assert (result["failed"], result["changed"], users(sandbox)[SOURCE][0]) == (True, True, None)


@pytest.mark.parametrize(("effect", "words"), [(False, "exists"), (True, "was removed before, and was restored")])
def test_an_unlinking_whose_outcome_is_not_known_is_made_good(
    run: Runner, sandbox: SandboxProcess, effect: bool, words: str
) -> None:
    old = {"method": "GET", "path": f"{NUMBERS_PATH}/{SOURCE}"}
    sandbox.inject_faults(
        {**PUT, "response": REFUSED}, {**DELETE, "reset": True, "effect": effect}, old, old, {**old, "response": OOPS}
    )
    result = run(unlink_first=True)
    assert "Whether it took effect is unknown" in result["msg"]
    assert result["msg"].endswith(f" The link of the number {SOURCE} {words}.")
    assert (result["failed"], result["changed"], users(sandbox)) == (True, True, BEFORE)


@pytest.mark.parametrize("status", [403, 409])
def test_a_refused_unlinking_changes_nothing(run: Runner, sandbox: SandboxProcess, status: int) -> None:
    sandbox.inject_faults(
        {**PUT, "response": REFUSED}, {**DELETE, "response": {"status": status, "json": {"detail": "no"}}}
    )
    result = run(unlink_first=True)
    assert result["msg"].startswith(f"DELETE {SOURCE_LINK}: {status} ")
    assert (result["changed"], users(sandbox)) == (False, BEFORE)


@pytest.mark.parametrize("status", [400, 403, 409, 422])
def test_only_a_refused_link_takes_the_old_one_away(run: Runner, sandbox: SandboxProcess, status: int) -> None:
    """Not a refused read, before the link or after it."""
    refused = {**READ_TARGET, "response": {"status": status, "json": {"detail": "no"}}}
    for reads in ([READ_TARGET, refused], [READ_TARGET, READ_TARGET, refused]):
        let_use(sandbox, BEFORE)
        sandbox.inject_faults(*reads)
        assert run(unlink_first=True)["failed"]
        assert users(sandbox)[SOURCE][0] == RECEPTIONIST
        assert not any(request.startswith("DELETE") for request in observed(sandbox))


@pytest.mark.parametrize(
    "fault",
    [
        {"response": {"status": 404, "json": {}}},
        {"response": {"status": 429}},
        {"response": OOPS},
        {"reset": True, "effect": False},
    ],
)
def test_nor_does_a_link_that_fails_otherwise(run: Runner, sandbox: SandboxProcess, fault: dict[str, t.Any]) -> None:
    sandbox.inject_faults({**PUT, **fault})
    assert run(unlink_first=True)["failed"]
    assert (users(sandbox)[SOURCE][0], any(request.startswith("DELETE") for request in observed(sandbox))) == (
        RECEPTIONIST,
        False,
    )


def test_nor_does_a_refused_outbound_link(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(PUT, {**PUT, "response": REFUSED})
    result = run(unlink_first=True)
    assert result["msg"] == f"PUT {TARGET_LINK}: 409 Conflict: It is linked already."
    assert (result["changed"], users(sandbox)[SOURCE][0]) == (True, RECEPTIONIST)


# What is refused


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"from_id": "x"}, "The option from_id is refused: 'x' is not a UUID"),
        ({"to_id": ""}, "The option to_id is refused: it is empty"),
        ({"to_id": None}, "The option to_id is refused: it is null"),
        ({"to_id": SOURCE.upper()}, "The option to_id is refused: it is the same record as from_id."),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_request(
    run: Runner, sandbox: SandboxProcess, options: dict[str, t.Any], words: str
) -> None:
    assert words in run(**options)["msg"]
    assert sent(sandbox) == []


@pytest.mark.parametrize("option", ["from_id", "to_id"])
def test_a_record_that_is_not_there_is_an_error(run: Runner, sandbox: SandboxProcess, option: str) -> None:
    result = run(**{option: MISSING_ID})
    assert f"404 Not Found: There is no phone number with the id {MISSING_ID}." in result["msg"]
    assert (result["changed"], {request.partition(" ")[0] for request in take_requests(sandbox)}) == (False, {"GET"})


@pytest.mark.parametrize("what", ["", "/affected-agents"])
@pytest.mark.parametrize("record", [SOURCE, TARGET])
def test_without_knowing_both_records_nothing_is_sent(
    run: Runner, sandbox: SandboxProcess, record: str, what: str
) -> None:
    sandbox.inject_faults({"path": f"{NUMBERS_PATH}/{record}{what}", "response": OOPS})
    result = run()
    assert (result["failed"], result["changed"], users(sandbox)) == (True, False, BEFORE)
