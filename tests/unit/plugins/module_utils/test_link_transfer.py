# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transfer of links beside other clients, and restoring of a link that was removed first."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._phone_number.link_transfer import plan
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import NIGHT_SHIFT, NUMBERS_PATH, RECEPTIONIST
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message
from ansible_collections.dasha.blackbox.tests.support.tasks import execute, run_task

NUMBER = "+15005550001"
SOURCE = "9e000000-0000-4000-8000-000000000001"
TARGET = "9e000000-0000-4000-8000-000000000002"

#: The last read of the plan.
READ_TARGET_USERS = {"method": "GET", "path": f"{NUMBERS_PATH}/{TARGET}/affected-agents"}
READ_SOURCE = {"method": "GET", "path": f"{NUMBERS_PATH}/{SOURCE}"}
PUT_TARGET = {"method": "PUT", "path": f"{NUMBERS_PATH}/{TARGET}/agent-link"}
PUT_SOURCE = {"method": "PUT", "path": f"{NUMBERS_PATH}/{SOURCE}/agent-link"}
DELETE_SOURCE = {"method": "DELETE", "path": f"{NUMBERS_PATH}/{SOURCE}/agent-link"}
REFUSED = {"status": 409, "json": {"detail": "It is linked already."}}
FAILED = {"status": 500, "json": {"detail": "oops"}}

INBOUND = {"agent_id": RECEPTIONIST, "direction": "inbound"}
OUTBOUND = [{"agent_id": agent_id, "direction": "outbound"} for agent_id in (RECEPTIONIST, NIGHT_SHIFT)]

Result = dict[str, t.Any]
Run = t.Callable[..., Result]


def link(number_id: str, agent_id: str, mode: str = "inbound") -> dict[str, t.Any]:
    """Return the call of another client that links an agent."""
    return {
        "operation": "linkPhoneNumberToAgent",
        "path": {"id": number_id},
        "query": {"agentId": agent_id, "mode": mode},
    }


def unlink(number_id: str, agent_id: str) -> dict[str, t.Any]:
    """Return the call of another client that removes an inbound link."""
    return {**link(number_id, agent_id), "operation": "unlinkPhoneNumberFromAgent"}


MOVE_OUTBOUND = [link(TARGET, agent_id, "replaceOutbound") for agent_id in (RECEPTIONIST, NIGHT_SHIFT)]


@pytest.fixture(autouse=True)
def records(sandbox: SandboxProcess) -> None:
    """Let two agents use the source: the first one inbound, both outbound."""
    state = sandbox.state()
    credential = state["sip_credentials"][0]["id"]
    numbers = [{"id": number_id, "phoneNumber": NUMBER, "credentialsId": credential} for number_id in (SOURCE, TARGET)]
    links = [{"id": SOURCE, "inbound": RECEPTIONIST, "outbound": [RECEPTIONIST, NIGHT_SHIFT]}]
    sandbox.restore({**state, "sip_phone_numbers": numbers, "agent_links": links})


@pytest.fixture
def run(sandbox: SandboxProcess) -> Run:
    def run(*, unlink_first: bool = False, api_retries: int = 0) -> Result:
        options = {"from_id": SOURCE, "to_id": TARGET, "unlink_first": unlink_first}
        sandbox.clear_requests()
        return run_task(sandbox, lambda client: execute(plan, client, options), api_retries)

    return run


def inbound(sandbox: SandboxProcess) -> tuple[str | None, str | None]:
    """Return the inbound agents of source and target."""
    agents = {number["id"]: number["incomingCallsAgentId"] for number in sandbox.state()["sip_phone_numbers"]}
    return agents[SOURCE], agents[TARGET]


def writes(sandbox: SandboxProcess) -> list[str]:
    """Return the writes that the task sent, such as ``PUT target``."""
    sides = {SOURCE: "source", TARGET: "target"}
    return [
        f"{request['method']} {sides[request['path'].split('/')[-2]]}"
        for request in sandbox.requests()
        if request["method"] != "GET"
    ]


# Result of the applied changes


def test_transfer_done_by_other_client_is_unchanged(run: Run, sandbox: SandboxProcess) -> None:
    moved = [link(TARGET, RECEPTIONIST), unlink(SOURCE, RECEPTIONIST), *MOVE_OUTBOUND]
    sandbox.inject_faults({**READ_TARGET_USERS, "concurrent_calls": moved})
    result = run()
    assert (result.get("failed"), result["changed"], result["links"]) == (None, False, [])
    assert result["diff"]["before"] == result["diff"]["after"]
    assert (writes(sandbox), inbound(sandbox)) == ([], (None, RECEPTIONIST))


@pytest.mark.parametrize(
    ("moved", "links", "sent"),
    [
        (MOVE_OUTBOUND, [INBOUND], ["PUT target", "DELETE source"]),
        (MOVE_OUTBOUND[:1], [INBOUND, OUTBOUND[1]], ["PUT target", "PUT target", "DELETE source"]),
        ([link(TARGET, RECEPTIONIST), unlink(SOURCE, RECEPTIONIST)], OUTBOUND, ["PUT target", "PUT target"]),
        ([link(TARGET, RECEPTIONIST), *MOVE_OUTBOUND], [INBOUND], ["DELETE source"]),
        ([unlink(SOURCE, RECEPTIONIST), *MOVE_OUTBOUND], [INBOUND], ["PUT target"]),
    ],
)
def test_transfer_reports_links_moved_by_this_task(
    run: Run, sandbox: SandboxProcess, moved: list[t.Any], links: list[t.Any], sent: list[str]
) -> None:
    sandbox.inject_faults({**READ_TARGET_USERS, "concurrent_calls": moved})
    result = run()
    assert (result.get("failed"), result["changed"], result["links"]) == (None, True, links)
    assert (writes(sandbox), inbound(sandbox)) == (sent, (None, RECEPTIONIST))
    assert run()["changed"] is False


# Refusal of the new link


def test_refusal_after_lost_link_removes_no_link(run: Run, sandbox: SandboxProcess) -> None:
    # The first request may still take effect, so the old link must not be removed.
    sandbox.inject_faults({**PUT_TARGET, "reset": True, "effect": False}, {**PUT_TARGET, "response": REFUSED})
    result = run(unlink_first=True, api_retries=1)
    assert_message(result["msg"], "may_take_effect")
    assert (result["failed"], result["changed"]) == (True, True)
    assert (writes(sandbox), inbound(sandbox)) == (["PUT target", "PUT target"], (RECEPTIONIST, None))


def test_refusal_after_lost_link_has_no_hint(run: Run, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**PUT_TARGET, "reset": True, "effect": False}, {**PUT_TARGET, "response": REFUSED})
    assert "unlink_first" not in run(api_retries=1)["msg"]


def test_refusal_of_outbound_link_has_no_hint(run: Run, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(PUT_TARGET, {**PUT_TARGET, "response": REFUSED})
    assert "unlink_first" not in run()["msg"]


# Removal of the old link first


def test_old_link_removed_by_other_client_is_not_removed(run: Run, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**PUT_TARGET, "response": REFUSED, "concurrent_calls": [unlink(SOURCE, RECEPTIONIST)]})
    result = run(unlink_first=True)
    assert (result.get("failed"), result["changed"], result["links"]) == (None, True, [INBOUND, *OUTBOUND])
    assert writes(sandbox) == ["PUT target"] * 4
    assert inbound(sandbox) == (None, RECEPTIONIST)


def test_old_link_removed_by_other_client_is_not_restored(run: Run, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(
        {**PUT_TARGET, "response": REFUSED, "concurrent_calls": [unlink(SOURCE, RECEPTIONIST)]},
        {**PUT_TARGET, "response": FAILED},
    )
    result = run(unlink_first=True)
    assert_message(result["msg"], "may_take_effect")
    assert (result["changed"], inbound(sandbox)) == (True, (None, None))
    assert writes(sandbox) == ["PUT target", "PUT target"]


@pytest.mark.parametrize("fault", [{"reset": True, "effect": False}, {"response": {"status": 200, "json": {}}}])
def test_old_link_of_unproven_removal_is_written_again(
    run: Run, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**PUT_TARGET, "response": REFUSED}, {**DELETE_SOURCE, **fault})
    result = run(unlink_first=True)
    assert_message(result["msg"], "link_restored", SOURCE)
    assert (result["failed"], result["changed"]) == (True, True)
    assert writes(sandbox) == ["PUT target", "DELETE source", "PUT source"]
    assert inbound(sandbox) == (RECEPTIONIST, None)


def test_old_link_is_restored_despite_stale_read(run: Run, sandbox: SandboxProcess) -> None:
    # After the removal, the service refuses the new link, and its reads still show the old one.
    stale = {**READ_SOURCE, "patch": {"incomingCallsAgentId": RECEPTIONIST}}
    sandbox.inject_faults(
        {**PUT_TARGET, "response": REFUSED, "times": 2},
        # Plan, check of the old link, and the read that proves the removal.
        {**READ_SOURCE, "times": 3},
        stale,
    )
    result = run(unlink_first=True)
    assert_message(result["msg"], "link_restored", SOURCE)
    assert writes(sandbox) == ["PUT target", "DELETE source", "PUT target", "PUT source"]
    assert inbound(sandbox) == (RECEPTIONIST, None)


@pytest.mark.parametrize("fault", [{"reset": True, "effect": True}, {"response": {"status": 204}, "effect": True}])
def test_old_link_of_unread_removal_is_restored(run: Run, sandbox: SandboxProcess, fault: dict[str, t.Any]) -> None:
    sandbox.inject_faults(
        {**PUT_TARGET, "response": REFUSED},
        {**DELETE_SOURCE, **fault},
        # Plan and check of the old link, then the read after the removal.
        *[READ_SOURCE, READ_SOURCE, {**READ_SOURCE, "response": FAILED}],
    )
    result = run(unlink_first=True)
    assert_message(result["msg"], "link_restored", SOURCE)
    assert (result["failed"], result["changed"], inbound(sandbox)) == (True, True, (RECEPTIONIST, None))
    assert writes(sandbox) == ["PUT target", "DELETE source", "PUT source"]


def test_old_link_is_restored_if_target_is_taken(run: Run, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(
        {**PUT_TARGET, "response": REFUSED}, {**DELETE_SOURCE, "concurrent_calls": [link(TARGET, NIGHT_SHIFT)]}
    )
    result = run(unlink_first=True)
    assert_message(result["msg"], "linked_meanwhile", TARGET, NIGHT_SHIFT)
    assert_message(result["msg"], "link_restored", SOURCE)
    assert (result["failed"], result["changed"], inbound(sandbox)) == (True, True, (RECEPTIONIST, NIGHT_SHIFT))


def test_old_link_is_not_restored_over_other_agent(run: Run, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(
        {**PUT_TARGET, "response": REFUSED},
        {**PUT_TARGET, "response": REFUSED, "concurrent_calls": [link(SOURCE, NIGHT_SHIFT)]},
    )
    result = run(unlink_first=True)
    assert_message(result["msg"], "link_lost", SOURCE, RECEPTIONIST)
    assert_message(result["msg"], "linked_meanwhile", NIGHT_SHIFT)
    assert (result["failed"], result["changed"], inbound(sandbox)) == (True, True, (NIGHT_SHIFT, None))
    assert writes(sandbox) == ["PUT target", "DELETE source", "PUT target"]


def test_restored_link_of_lost_request_is_found(run: Run, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(
        {**PUT_TARGET, "response": REFUSED, "times": 2}, {**PUT_SOURCE, "reset": True, "effect": True}
    )
    result = run(unlink_first=True)
    assert_message(result["msg"], "link_restored", SOURCE)
    assert (result["changed"], inbound(sandbox)) == (True, (RECEPTIONIST, None))
