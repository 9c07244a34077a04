# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of phone_number_agent_link: requests, selectors, unclear responses and refusals."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._phone_number.links import plan
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    AGENTS_PATH,
    FIRST_NUMBER,
    FIRST_NUMBER_ID,
    GET_AGENT,
    GET_NUMBER,
    GET_NUMBER_AGENTS,
    LIST_NUMBERS,
    MISSING_ID,
    NIGHT_SHIFT,
    NUMBERS_PATH,
    PROVIDER_ID,
    RECEPTIONIST,
    SECOND_NUMBER,
    SECOND_NUMBER_ID,
    SERVER_ERROR,
)
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, assert_message, contains
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_requests
from ansible_collections.dasha.blackbox.tests.support.state import changed_state
from ansible_collections.dasha.blackbox.tests.support.tasks import NO_PROVIDER, Result, TaskRunner, task_runner

# Requests that faults apply to.
ON_LINK = {"path": f"{NUMBERS_PATH}/.*/agent-link"}
ON_PUT = {"method": "PUT", **ON_LINK}
ON_GET = {"method": "GET", "path": f"{NUMBERS_PATH}/[^/]*"}

PUT_LINK = "PUT /sip-phone-numbers/{id}/agent-link"
DELETE_LINK = "DELETE /sip-phone-numbers/{id}/agent-link"

#: Options that change a link of the first number.
CHANGES = pytest.mark.parametrize(
    "options",
    [{"direction": "inbound"}, {"direction": "outbound"}, {"agent_id": RECEPTIONIST, "state": "absent"}],
    ids=["link inbound", "link outbound", "unlink"],
)
DIRECTIONS = pytest.mark.parametrize("direction", ["inbound", "outbound"])
CHECK_MODES = pytest.mark.parametrize("check_mode", [True, False])

Links = tuple[t.Optional[str], list[str]]


@pytest.fixture
def run(sandbox: SandboxProcess) -> TaskRunner:
    """Return a runner for the task, for the night shift."""
    return task_runner(
        sandbox,
        plan,
        phone_number_id=None,
        phone_number=None,
        agent_id=NIGHT_SHIFT,
        agent_name=None,
        direction="inbound",
        state="present",
        **NO_PROVIDER,
    )


def links(sandbox: SandboxProcess, phone_number: str) -> Links:
    """Return the agent that is linked inbound to a number, and the agents that are linked outbound."""
    state = sandbox.state()
    [number] = [number for number in state["sip_phone_numbers"] if number["phoneNumber"] == phone_number]
    outbound = [agent for link in state["agent_links"] if link["id"] == number["id"] for agent in link["outbound"]]
    return number["incomingCallsAgentId"], outbound


def without_time(result: Result) -> Result:
    """Return the result without the time of the change, which check mode cannot predict."""
    return {**result, "phone_number": {**result["phone_number"], "last_update_time": None}}


def write_queries(sandbox: SandboxProcess) -> list[dict[str, str]]:
    """Return the query of each request that changes a link."""
    return [request["query"] for request in sandbox.requests() if request["method"] in ("PUT", "DELETE")]


# Link


def test_inbound_check_mode_then_run_then_rerun(run: TaskRunner, sandbox: SandboxProcess) -> None:
    predicted = run(phone_number_id=SECOND_NUMBER_ID.upper(), check_mode=True)
    assert take_requests(sandbox) == [GET_NUMBER, GET_AGENT]
    assert links(sandbox, SECOND_NUMBER) == (None, [])
    real = run(phone_number_id=SECOND_NUMBER_ID)
    assert write_queries(sandbox) == [{"mode": "inbound", "agentId": NIGHT_SHIFT}]
    assert take_requests(sandbox) == [GET_NUMBER, GET_AGENT, PUT_LINK, GET_NUMBER]
    assert links(sandbox, SECOND_NUMBER) == (NIGHT_SHIFT, [])
    again = run(phone_number_id=SECOND_NUMBER_ID)
    predicted_again = run(phone_number_id=SECOND_NUMBER_ID, check_mode=True)
    assert take_requests(sandbox) == [GET_NUMBER, GET_NUMBER]
    assert without_time(predicted) == without_time(real)
    assert (real["changed"], real["phone_number"]["incoming_calls_agent_id"]) == (True, NIGHT_SHIFT)
    assert real["diff"]["before"] == {"inbound_agent_id": None}
    assert real["diff"]["after"] == {"inbound_agent_id": NIGHT_SHIFT}
    assert again == predicted_again
    assert (again["changed"], again["phone_number"]) == (False, real["phone_number"])
    assert again["diff"]["before"] == again["diff"]["after"]


def test_outbound_check_mode_then_run_then_rerun(run: TaskRunner, sandbox: SandboxProcess) -> None:
    options = {"phone_number_id": SECOND_NUMBER_ID, "direction": "outbound", "agent_id": RECEPTIONIST}
    predicted = run(check_mode=True, **options)
    assert take_requests(sandbox) == [GET_NUMBER, GET_NUMBER_AGENTS, GET_AGENT]
    real = run(**options)
    assert write_queries(sandbox) == [{"mode": "replaceOutbound", "agentId": RECEPTIONIST}]
    assert take_requests(sandbox) == [GET_NUMBER, GET_NUMBER_AGENTS, GET_AGENT, PUT_LINK, GET_NUMBER, GET_NUMBER_AGENTS]
    # Linking outbound replaces the previous outbound number of the agent, and keeps its inbound number.
    assert (links(sandbox, FIRST_NUMBER), links(sandbox, SECOND_NUMBER)) == ((RECEPTIONIST, []), (None, [RECEPTIONIST]))
    again = run(**options)
    assert take_requests(sandbox) == [GET_NUMBER, GET_NUMBER_AGENTS]
    assert without_time(predicted) == without_time(real)
    assert real["changed"]
    assert real["diff"]["before"] == {
        "outbound_agent_ids": [],
        "outbound_number_of_the_agent": "unknown, because the API does not return it",
    }
    assert real["diff"]["after"] == {
        "outbound_agent_ids": [RECEPTIONIST],
        "outbound_number_of_the_agent": SECOND_NUMBER,
    }
    assert (again["changed"], again["diff"]["after"]) == (False, {"outbound_agent_ids": [RECEPTIONIST]})


def test_outbound_number_is_shared_by_agents(run: TaskRunner, sandbox: SandboxProcess) -> None:
    result = run(phone_number_id=FIRST_NUMBER_ID, direction="outbound")
    assert links(sandbox, FIRST_NUMBER) == (RECEPTIONIST, [RECEPTIONIST, NIGHT_SHIFT])
    assert result["diff"]["after"]["outbound_agent_ids"] == [RECEPTIONIST, NIGHT_SHIFT]


@CHECK_MODES
def test_inbound_diff_shows_both_agents(run: TaskRunner, sandbox: SandboxProcess, check_mode: bool) -> None:
    result = run(phone_number_id=FIRST_NUMBER_ID, check_mode=check_mode)
    header = f"phone_number_agent_link {FIRST_NUMBER_ID} ({FIRST_NUMBER})"
    assert result["diff"] == {
        "before_header": header,
        "after_header": header,
        "before": {"inbound_agent_id": RECEPTIONIST},
        "after": {"inbound_agent_id": NIGHT_SHIFT},
    }
    # The outbound link of the previous agent is kept.
    assert links(sandbox, FIRST_NUMBER) == (RECEPTIONIST if check_mode else NIGHT_SHIFT, [RECEPTIONIST])


def test_agent_id_upper_case_uuid_matches(run: TaskRunner, sandbox: SandboxProcess) -> None:
    for direction in ("inbound", "outbound"):
        unchanged = run(phone_number_id=FIRST_NUMBER_ID, agent_id=RECEPTIONIST.upper(), direction=direction)
        assert unchanged["changed"] is False
    changed = run(phone_number_id=FIRST_NUMBER_ID, agent_id=NIGHT_SHIFT.upper())
    assert changed["phone_number"]["incoming_calls_agent_id"] == NIGHT_SHIFT


def test_response_upper_case_uuid_matches(run: TaskRunner, sandbox: SandboxProcess) -> None:
    patch = {"id": FIRST_NUMBER_ID.upper(), "incomingCallsAgentId": RECEPTIONIST.upper()}
    sandbox.inject_faults({**ON_GET, "patch": patch, "times": None})
    assert run(phone_number_id=FIRST_NUMBER_ID, agent_id=RECEPTIONIST)["changed"] is False


# Unlink


@pytest.mark.parametrize(
    ("direction", "mode", "remaining", "reads"),
    [
        ("inbound", "inbound", (None, [RECEPTIONIST]), [GET_NUMBER]),
        ("outbound", "replaceOutbound", (RECEPTIONIST, []), [GET_NUMBER, GET_NUMBER_AGENTS]),
    ],
)
def test_unlink_check_mode_then_run_then_rerun(
    run: TaskRunner, sandbox: SandboxProcess, direction: str, mode: str, remaining: Links, reads: list[str]
) -> None:
    options = {"phone_number_id": FIRST_NUMBER_ID, "agent_id": RECEPTIONIST, "direction": direction, "state": "absent"}
    predicted = run(check_mode=True, **options)
    assert take_requests(sandbox) == reads
    assert links(sandbox, FIRST_NUMBER) == (RECEPTIONIST, [RECEPTIONIST])
    real = run(**options)
    assert write_queries(sandbox) == [{"mode": mode, "agentId": RECEPTIONIST}]
    assert take_requests(sandbox) == [*reads, DELETE_LINK, *reads]
    assert links(sandbox, FIRST_NUMBER) == remaining
    again, predicted_again = run(**options), run(check_mode=True, **options)
    assert take_requests(sandbox) == reads * 2
    assert without_time(predicted) == without_time(real)
    diff = (real["diff"]["before"], real["diff"]["after"])
    if direction == "inbound":
        assert diff == ({"inbound_agent_id": RECEPTIONIST}, {"inbound_agent_id": None})
    else:
        assert diff == ({"outbound_agent_ids": [RECEPTIONIST]}, {"outbound_agent_ids": []})
    assert real["changed"]
    assert again == predicted_again
    assert again["changed"] is False


@DIRECTIONS
@pytest.mark.parametrize("agent_id", [NIGHT_SHIFT, "no-such-agent"])
def test_unlink_keeps_links_of_other_agents(
    run: TaskRunner, sandbox: SandboxProcess, direction: str, agent_id: str
) -> None:
    result = run(phone_number_id=FIRST_NUMBER_ID, agent_id=agent_id, direction=direction, state="absent")
    assert result["changed"] is False
    assert links(sandbox, FIRST_NUMBER) == (RECEPTIONIST, [RECEPTIONIST])
    assert set(take_requests(sandbox)) <= {GET_NUMBER, GET_NUMBER_AGENTS}


def test_unlink_outbound_keeps_other_agents(run: TaskRunner, sandbox: SandboxProcess) -> None:
    run(phone_number_id=FIRST_NUMBER_ID, direction="outbound")
    result = run(phone_number_id=FIRST_NUMBER_ID, direction="outbound", agent_id=RECEPTIONIST, state="absent")
    assert result["diff"]["before"] == {"outbound_agent_ids": [RECEPTIONIST, NIGHT_SHIFT]}
    assert links(sandbox, FIRST_NUMBER) == (RECEPTIONIST, [NIGHT_SHIFT])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    number=st.sampled_from([FIRST_NUMBER, SECOND_NUMBER]),
    agent_id=st.sampled_from([RECEPTIONIST, NIGHT_SHIFT]),
    direction=st.sampled_from(["inbound", "outbound"]),
    state=st.sampled_from(["present", "absent"]),
)
def test_check_mode_generated_options_matches_run(
    run: TaskRunner, sandbox: SandboxProcess, number: str, agent_id: str, direction: str, state: str
) -> None:
    options = {"phone_number": number, "agent_id": agent_id, "direction": direction, "state": state}
    predicted, real, again = run(check_mode=True, **options), run(**options), run(**options)
    assert without_time(predicted) == without_time(real)
    assert (again["changed"], again["phone_number"]) == (False, real["phone_number"])
    inbound, outbound = links(sandbox, number)
    assert (agent_id in ([inbound] if direction == "inbound" else outbound)) is (state == "present")


# Selection of the number


def add_record(sandbox: SandboxProcess) -> str:
    """Add a second record of the first number, without a provider. Return its ID."""
    with changed_state(sandbox) as state:
        credential = state["sip_credentials"][0]["id"]
        state["sip_phone_numbers"].append({"id": MISSING_ID, "phoneNumber": FIRST_NUMBER, "credentialsId": credential})
    return MISSING_ID


@pytest.mark.parametrize("phone_number", [SECOND_NUMBER, "+1 (500) 555-0002"])
@pytest.mark.parametrize("options", [{}, {"provider_id": PROVIDER_ID.upper()}])
def test_phone_number_selects_its_record(
    run: TaskRunner, sandbox: SandboxProcess, phone_number: str, options: dict[str, str]
) -> None:
    result = run(phone_number=phone_number, **options)
    assert (result["changed"], result["phone_number"]["id"]) == (True, SECOND_NUMBER_ID)
    assert take_requests(sandbox) == [LIST_NUMBERS, GET_NUMBER, GET_AGENT, PUT_LINK, GET_NUMBER]


def test_phone_number_with_several_records_fails(run: TaskRunner, sandbox: SandboxProcess) -> None:
    other = add_record(sandbox)
    result = run(phone_number=FIRST_NUMBER)
    ids = [FIRST_NUMBER_ID, PROVIDER_ID, other]
    assert_message(result["msg"], "numbers_ambiguous", 2, f"'{FIRST_NUMBER}'", *ids, "phone_number_id")
    assert (result["changed"], take_requests(sandbox)) == (False, [LIST_NUMBERS])
    assert run(phone_number=FIRST_NUMBER, provider_id=PROVIDER_ID)["phone_number"]["id"] == FIRST_NUMBER_ID
    assert run(phone_number_id=other)["phone_number"]["provider_id"] is None


@pytest.mark.parametrize("options", [{}, {"provider_id": MISSING_ID}])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_phone_number_missing_fails(
    run: TaskRunner, sandbox: SandboxProcess, options: dict[str, str], state: str
) -> None:
    number = FIRST_NUMBER if options else "+15005550009"
    result = run(phone_number=number, state=state, **options)
    assert_message(result["msg"], "number_missing", f"'{number}'", *options.values())
    assert take_requests(sandbox) == [LIST_NUMBERS]


def test_phone_number_id_missing_fails(run: TaskRunner, sandbox: SandboxProcess) -> None:
    result = run(phone_number_id=MISSING_ID)
    assert (result["error"]["path"], result["error"]["status"]) == (f"{NUMBERS_PATH}/{MISSING_ID}", 404)
    assert result["error"]["problem"]["detail"] in result["msg"]
    assert take_requests(sandbox) == [GET_NUMBER]


# Selection of the agent


@DIRECTIONS
@CHECK_MODES
def test_agent_missing_is_not_linked(
    run: TaskRunner, sandbox: SandboxProcess, direction: str, check_mode: bool
) -> None:
    result = run(phone_number_id=SECOND_NUMBER_ID, agent_id=MISSING_ID, direction=direction, check_mode=check_mode)
    assert_message(result["msg"], "agent_missing", "ID", f"'{MISSING_ID}'", "dasha.blackbox.agent_info")
    assert (result["changed"], write_queries(sandbox)) == (False, [])


@pytest.mark.parametrize(
    "fault",
    [{"response": SERVER_ERROR}, {"patch": {"agentId": RECEPTIONIST}}, {"response": {"status": 200, "json": []}}],
)
def test_agent_unreadable_is_not_linked(run: TaskRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]) -> None:
    sandbox.inject_faults({"path": f"{AGENTS_PATH}/.*", **fault})
    result = run(phone_number_id=SECOND_NUMBER_ID)
    assert (result["failed"], result["changed"], write_queries(sandbox)) == (True, False, [])


# Unclear responses


@CHANGES
@pytest.mark.parametrize("api_retries", [0, 3])
@pytest.mark.parametrize(
    "fault",
    [
        {"reset": True},
        {"response": SERVER_ERROR},
        {"response": {"status": 503}},
        {"response": {"status": 204}},
        {"response": {"status": 200, "text": "ok"}},
    ],
)
def test_write_unclear_response_is_not_repeated(
    run: TaskRunner, sandbox: SandboxProcess, options: dict[str, str], api_retries: int, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**ON_LINK, "effect": True, "times": None, **fault})
    result = run(phone_number_id=FIRST_NUMBER_ID, api_retries=api_retries, **options)
    assert (result.get("failed"), result["changed"], len(write_queries(sandbox))) == (None, True, 1)
    assert "retried" not in result


@CHANGES
@pytest.mark.parametrize("fault", [{"reset": True}, {"response": {"status": 503}}])
def test_write_without_effect_is_repeated(
    run: TaskRunner, sandbox: SandboxProcess, options: dict[str, str], fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**ON_LINK, "effect": False, **fault})
    result = run(phone_number_id=FIRST_NUMBER_ID, api_retries=3, **options)
    assert (result.get("failed"), result["changed"]) == (None, True)
    assert (len(write_queries(sandbox)), len(result["retried"])) == (2, 1)


@pytest.mark.parametrize(
    ("options", "kind"),
    [({}, "link_effect_missing"), ({"agent_id": RECEPTIONIST, "state": "absent"}, "unlink_effect_missing")],
)
def test_write_repeatedly_without_effect_fails(
    run: TaskRunner, sandbox: SandboxProcess, options: dict[str, str], kind: str
) -> None:
    sandbox.inject_faults({**ON_LINK, "reset": True, "effect": False, "times": None})
    result = run(phone_number_id=FIRST_NUMBER_ID, api_retries=1, **options)
    assert_message(result["msg"], "sent_repeatedly", 2)
    assert_message(result["msg"], kind, "inbound", options.get("agent_id", NIGHT_SHIFT))
    assert_message(result["msg"], "may_take_effect")
    assert (result["failed"], result["changed"], result["error"]["attempts"]) == (True, True, 2)


def test_write_without_read_back_is_not_repeated(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(ON_GET, {**ON_PUT, "reset": True, "effect": False}, {**ON_GET, "response": SERVER_ERROR})
    result = run(phone_number_id=SECOND_NUMBER_ID, api_retries=3)
    assert_message(result["msg"], "may_take_effect")
    assert len(write_queries(sandbox)) == 1


@pytest.mark.parametrize("fault", [{}, {"reset": True, "effect": True}, {"effect": True, "response": {"status": 204}}])
def test_write_without_read_back_counts_as_change(
    run: TaskRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults(ON_GET, {**ON_PUT, **fault}, {**ON_GET, "response": SERVER_ERROR, "times": None})
    result = run(phone_number_id=SECOND_NUMBER_ID)
    assert_message(result["msg"], "effect_unknown" if "reset" in fault else "write_accepted_unread")
    assert (result["failed"], result["changed"]) == (True, True)


@pytest.mark.parametrize(
    ("options", "kind", "facts"),
    [
        ({}, "link_effect_missing", ["inbound", NIGHT_SHIFT]),
        ({"direction": "outbound"}, "link_effect_missing", ["outbound", NIGHT_SHIFT]),
        ({"agent_id": RECEPTIONIST, "state": "absent"}, "unlink_effect_missing", ["inbound", RECEPTIONIST]),
    ],
)
@pytest.mark.parametrize("response", [{"status": 200, "json": {}}, {"status": 204}])
def test_write_accepted_without_effect_fails(
    run: TaskRunner,
    sandbox: SandboxProcess,
    options: dict[str, str],
    kind: str,
    facts: list[str],
    response: dict[str, t.Any],
) -> None:
    sandbox.inject_faults({**ON_LINK, "response": response, "times": None})
    result = run(phone_number_id=FIRST_NUMBER_ID, **options)
    method = "DELETE" if "state" in options else "PUT"
    assert_message(result["msg"], "write_accepted", f"{method} {NUMBERS_PATH}/{FIRST_NUMBER_ID}/agent-link")
    assert_message(result["msg"], kind, *facts)
    assert (result["failed"], result["changed"], result["error"]["method"]) == (True, True, method)


# Refusals by the service


def test_refusal_for_other_organization_is_explained(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.restore({**sandbox.state(), "linked_elsewhere": [SECOND_NUMBER]})
    result = run(phone_number_id=SECOND_NUMBER_ID)
    detail = f"The phone number {SECOND_NUMBER} is linked inbound in another organization."
    path = f"{NUMBERS_PATH}/{SECOND_NUMBER_ID}/agent-link"
    assert_message(result["msg"], "hint_only_inbound_link", f"PUT {path}", 409, detail)
    assert (result["changed"], result["error"]["status"], links(sandbox, SECOND_NUMBER)) == (False, 409, (None, []))
    # Several organizations can link a number outbound.
    assert run(phone_number_id=SECOND_NUMBER_ID, direction="outbound")["changed"]


def test_refusal_for_other_record_is_explained(run: TaskRunner, sandbox: SandboxProcess) -> None:
    other = add_record(sandbox)
    sandbox.restore({**sandbox.state(), "one_inbound_link_per_number": True})
    detail = "is linked inbound already, by another record of it."
    assert_message(run(phone_number_id=other)["msg"], "hint_only_inbound_link", other, detail)
    assert run(phone_number_id=FIRST_NUMBER_ID, agent_id=RECEPTIONIST, state="absent")["changed"]
    assert run(phone_number_id=other)["changed"]


@pytest.mark.parametrize(
    ("options", "status", "explained"),
    [
        ({}, 400, True),
        ({}, 403, True),
        ({}, 422, True),
        ({}, 401, False),
        ({}, 404, False),
        ({}, 429, False),
        ({"direction": "outbound"}, 409, False),
        ({"agent_id": RECEPTIONIST, "state": "absent"}, 409, False),
    ],
)
def test_refusal_detail_is_returned(
    run: TaskRunner, sandbox: SandboxProcess, options: dict[str, str], status: int, explained: bool
) -> None:
    sandbox.inject_faults({**ON_LINK, "response": {"status": status, "json": {"detail": "Because."}}})
    result = run(phone_number_id=FIRST_NUMBER_ID, **options)
    assert f": {status} " in result["msg"]
    assert "Because." in result["msg"]
    hint = KINDS["hint_only_inbound_link"]
    assert (contains(result["msg"], hint), result["changed"]) == (explained, False)
    assert links(sandbox, FIRST_NUMBER) == (RECEPTIONIST, [RECEPTIONIST])


def test_refusal_after_lost_response_reads_back(run: TaskRunner, sandbox: SandboxProcess) -> None:
    conflict = {"status": 409, "json": {"detail": "no"}}
    sandbox.inject_faults(
        {**ON_PUT, "reset": True, "effect": False}, ON_GET, {**ON_PUT, "response": conflict, "effect": True}
    )
    assert run(phone_number_id=SECOND_NUMBER_ID, api_retries=2)["changed"]
    assert links(sandbox, SECOND_NUMBER) == (NIGHT_SHIFT, [])


# Refused options


@pytest.mark.parametrize(
    ("options", "kind", "facts"),
    [
        ({"phone_number_id": "x"}, "uuid_malformed", ["phone_number_id", "'x'"]),
        ({"phone_number": ""}, "option_empty", ["phone_number"]),
        ({"phone_number": FIRST_NUMBER, "provider_id": ""}, "option_empty", ["provider_id"]),
        ({"phone_number": FIRST_NUMBER, "agent_id": ""}, "option_empty", ["agent_id"]),
        ({"phone_number": FIRST_NUMBER, "agent_id": None}, "option_required", ["agent_id", "agent_name"]),
        ({"phone_number": FIRST_NUMBER, "agent_id": ".."}, "agent_id_malformed", ["agent_id", "'..'"]),
        ({"phone_number": FIRST_NUMBER, "agent_id": "a/b"}, "agent_id_malformed", ["agent_id", "'a/b'"]),
        ({}, "option_required", ["phone_number_id", "phone_number"]),
    ],
)
def test_invalid_option_is_refused_before_requests(
    run: TaskRunner, sandbox: SandboxProcess, options: dict[str, t.Any], kind: str, facts: list[str]
) -> None:
    assert_message(run(**options)["msg"], kind, *facts)
    assert sent(sandbox) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "one of the following is required: phone_number_id, phone_number"),
        ({"phone_number": FIRST_NUMBER, "phone_number_id": MISSING_ID}, "mutually exclusive"),
        ({"provider_id": PROVIDER_ID, "phone_number_id": MISSING_ID}, "mutually exclusive"),
        ({"phone_number": FIRST_NUMBER, "direction": "both"}, "value of direction must be one of: inbound, outbound"),
    ],
)
def test_module_conflicting_options_are_refused(
    run_module: ModuleRunner, sandbox: SandboxProcess, options: dict[str, t.Any], message: str
) -> None:
    assert message in run_module("phone_number_agent_link", agent_id=NIGHT_SHIFT, **options)["msg"]
    assert sent(sandbox) == []


def test_module_null_counts_as_not_given(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("phone_number_agent_link", agent_id=NIGHT_SHIFT, phone_number=None)
    assert_message(result["msg"], "option_required", "phone_number_id", "phone_number")
    assert sent(sandbox) == []


def test_module_check_mode_matches_run(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    options = {"phone_number": SECOND_NUMBER, "agent_id": NIGHT_SHIFT}
    predicted, real = (
        run_module("phone_number_agent_link", check_mode=check_mode, **options) for check_mode in (True, False)
    )
    assert without_time(predicted) == without_time(real)
    assert links(sandbox, SECOND_NUMBER) == (NIGHT_SHIFT, [])
