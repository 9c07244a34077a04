# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A link is written when it is missing, counts when the number shows it, and no other link is touched."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._phone_number.links import plan
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    AGENTS_PATH,
    MISSING_ID,
    NIGHT_SHIFT,
    NUMBERS_PATH,
    PROVIDER_ID,
    RECEPTIONIST,
)
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_requests
from ansible_collections.dasha.blackbox.tests.support.tasks import execute, run_task

FIRST, SECOND = "+15005550001", "+15005550002"
LINK_PATH = f"{NUMBERS_PATH}/.*/agent-link"
PUT = {"method": "PUT", "path": LINK_PATH}
DELETE = {"method": "DELETE", "path": LINK_PATH}
READ = {"method": "GET", "path": f"{NUMBERS_PATH}/[^/]*"}
OOPS = {"status": 500, "json": {"detail": "oops"}}

LOOK = "GET /sip-phone-numbers/{id}"
WHO = "GET /sip-phone-numbers/{id}/affected-agents"
WHETHER = "GET /agents/{id}"
SET = "PUT /sip-phone-numbers/{id}/agent-link"
UNSET = "DELETE /sip-phone-numbers/{id}/agent-link"

Result = dict[str, t.Any]
Links = tuple[t.Optional[str], list[str]]


class Runner(t.Protocol):
    def __call__(self, *, check_mode: bool = False, api_retries: int = 0, **options: t.Any) -> Result:
        """Run the module's task, for the night shift unless another agent is given."""


@pytest.fixture
def run(sandbox: SandboxProcess) -> Runner:
    def run(*, check_mode: bool = False, api_retries: int = 0, **options: t.Any) -> Result:
        defaults = {"phone_number_id": None, "phone_number": None, "provider_id": None, "agent_id": NIGHT_SHIFT, "direction": "inbound", "state": "present"}
        return run_task(sandbox, lambda client: execute(plan, client, {**defaults, **options}, check_mode), api_retries)

    return run


@pytest.fixture
def first(sandbox: SandboxProcess) -> str:
    """The id of the number that the receptionist uses."""
    return id_of(sandbox, FIRST)


@pytest.fixture
def second(sandbox: SandboxProcess) -> str:
    """The id of the number that nobody uses."""
    return id_of(sandbox, SECOND)


def id_of(sandbox: SandboxProcess, phone_number: str) -> str:
    [identifier] = [number["id"] for number in sandbox.state()["sip_phone_numbers"] if number["phoneNumber"] == phone_number]
    return t.cast("str", identifier)


def links(sandbox: SandboxProcess, phone_number: str) -> Links:
    """The agent that is linked to a number inbound, and those outbound."""
    state = sandbox.state()
    [number] = [number for number in state["sip_phone_numbers"] if number["phoneNumber"] == phone_number]
    return number["incomingCallsAgentId"], [agent for link in state["agent_links"] if link["id"] == number["id"] for agent in link["outbound"]]


def lasting(result: Result) -> Result:
    """The result without the time of the change, which only the service can know."""
    return {**result, "phone_number": {**result["phone_number"], "last_update_time": None}}


def queries(sandbox: SandboxProcess) -> list[dict[str, str]]:
    return [request["query"] for request in sandbox.requests() if request["method"] in ("PUT", "DELETE")]


# A link is made


def test_check_mode_then_the_inbound_link_then_nothing(run: Runner, sandbox: SandboxProcess, second: str) -> None:
    predicted = run(phone_number_id=second.upper(), check_mode=True)
    assert take_requests(sandbox) == [LOOK, WHETHER]
    assert links(sandbox, SECOND) == (None, [])
    real = run(phone_number_id=second)
    assert queries(sandbox) == [{"mode": "inbound", "agentId": NIGHT_SHIFT}]
    assert take_requests(sandbox) == [LOOK, WHETHER, SET, LOOK]
    assert links(sandbox, SECOND) == (NIGHT_SHIFT, [])
    again, predicted_again = run(phone_number_id=second), run(phone_number_id=second, check_mode=True)
    assert take_requests(sandbox) == [LOOK, LOOK]
    assert lasting(predicted) == lasting(real)
    assert (real["changed"], real["phone_number"]["incoming_calls_agent_id"]) == (True, NIGHT_SHIFT)
    assert (real["diff"]["before"], real["diff"]["after"]) == ({"inbound_agent_id": None}, {"inbound_agent_id": NIGHT_SHIFT})
    assert again == predicted_again
    assert (again["changed"], again["phone_number"]) == (False, real["phone_number"])
    assert again["diff"]["before"] == again["diff"]["after"]


def test_check_mode_then_the_outbound_link_then_nothing(run: Runner, sandbox: SandboxProcess, second: str) -> None:
    wish = {"phone_number_id": second, "direction": "outbound", "agent_id": RECEPTIONIST}
    predicted = run(check_mode=True, **wish)
    assert take_requests(sandbox) == [LOOK, WHO, WHETHER]
    real = run(**wish)
    assert queries(sandbox) == [{"mode": "replaceOutbound", "agentId": RECEPTIONIST}]
    assert take_requests(sandbox) == [LOOK, WHO, WHETHER, SET, LOOK, WHO]
    # The agent has one number to call from, and keeps the one that it answers.
    assert (links(sandbox, FIRST), links(sandbox, SECOND)) == ((RECEPTIONIST, []), (None, [RECEPTIONIST]))
    again = run(**wish)
    assert take_requests(sandbox) == [LOOK, WHO]
    assert lasting(predicted) == lasting(real)
    assert real["changed"]
    assert real["diff"]["before"] == {
        "outbound_agent_ids": [],
        "outbound_number_of_the_agent": "not known: the service does not tell which number an agent had before",
    }
    assert real["diff"]["after"] == {"outbound_agent_ids": [RECEPTIONIST], "outbound_number_of_the_agent": SECOND}
    assert (again["changed"], again["diff"]["after"]) == (False, {"outbound_agent_ids": [RECEPTIONIST]})


def test_agents_may_share_a_number_outbound(run: Runner, sandbox: SandboxProcess, first: str) -> None:
    result = run(phone_number_id=first, direction="outbound")
    assert links(sandbox, FIRST) == (RECEPTIONIST, [RECEPTIONIST, NIGHT_SHIFT])
    assert result["diff"]["after"]["outbound_agent_ids"] == [RECEPTIONIST, NIGHT_SHIFT]


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_diff_shows_which_agent_is_replaced_by_which(run: Runner, sandbox: SandboxProcess, first: str, check_mode: bool) -> None:
    result = run(phone_number_id=first, check_mode=check_mode)
    header = f"phone_number_agent_link {first} ({FIRST})"
    assert result["diff"] == {
        "before_header": header,
        "after_header": header,
        "before": {"inbound_agent_id": RECEPTIONIST},
        "after": {"inbound_agent_id": NIGHT_SHIFT},
    }
    # It goes on calling from the number.
    assert links(sandbox, FIRST) == (RECEPTIONIST if check_mode else NIGHT_SHIFT, [RECEPTIONIST])


def test_an_agent_id_that_is_a_uuid_may_be_in_any_case(run: Runner, sandbox: SandboxProcess, first: str) -> None:
    for direction in ("inbound", "outbound"):
        assert run(phone_number_id=first, agent_id=RECEPTIONIST.upper(), direction=direction)["changed"] is False
    assert run(phone_number_id=first, agent_id=NIGHT_SHIFT.upper())["phone_number"]["incoming_calls_agent_id"] == NIGHT_SHIFT


def test_a_service_that_writes_uuids_in_upper_case_is_understood(run: Runner, sandbox: SandboxProcess, first: str) -> None:
    sandbox.inject_faults({**READ, "patch": {"id": first.upper(), "incomingCallsAgentId": RECEPTIONIST.upper()}, "times": None})
    assert run(phone_number_id=first, agent_id=RECEPTIONIST)["changed"] is False


# A link is taken away


@pytest.mark.parametrize(
    ("direction", "mode", "left", "look"),
    [("inbound", "inbound", (None, [RECEPTIONIST]), [LOOK]), ("outbound", "replaceOutbound", (RECEPTIONIST, []), [LOOK, WHO])],
)
def test_check_mode_then_unlinked_then_nothing(
    run: Runner, sandbox: SandboxProcess, first: str, direction: str, mode: str, left: Links, look: list[str]
) -> None:
    wish = {"phone_number_id": first, "agent_id": RECEPTIONIST, "direction": direction, "state": "absent"}
    predicted = run(check_mode=True, **wish)
    assert take_requests(sandbox) == look
    assert links(sandbox, FIRST) == (RECEPTIONIST, [RECEPTIONIST])
    real = run(**wish)
    assert queries(sandbox) == [{"mode": mode, "agentId": RECEPTIONIST}]
    assert take_requests(sandbox) == [*look, UNSET, *look]
    assert links(sandbox, FIRST) == left
    again, predicted_again = run(**wish), run(check_mode=True, **wish)
    assert take_requests(sandbox) == look * 2
    assert lasting(predicted) == lasting(real)
    before, after = (
        ({"inbound_agent_id": RECEPTIONIST}, {"inbound_agent_id": None})
        if mode == direction
        else (
            {"outbound_agent_ids": [RECEPTIONIST]},
            {"outbound_agent_ids": []},
        )
    )
    assert (real["changed"], real["diff"]["before"], real["diff"]["after"]) == (True, before, after)
    assert again == predicted_again
    assert again["changed"] is False


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
@pytest.mark.parametrize("agent_id", [NIGHT_SHIFT, "no-such-agent"])
def test_the_links_of_other_agents_are_left_alone(run: Runner, sandbox: SandboxProcess, first: str, direction: str, agent_id: str) -> None:
    assert run(phone_number_id=first, agent_id=agent_id, direction=direction, state="absent")["changed"] is False
    assert links(sandbox, FIRST) == (RECEPTIONIST, [RECEPTIONIST])
    assert set(take_requests(sandbox)) <= {LOOK, WHO}


def test_of_several_agents_outbound_only_one_is_unlinked(run: Runner, sandbox: SandboxProcess, first: str) -> None:
    run(phone_number_id=first, direction="outbound")
    result = run(phone_number_id=first, direction="outbound", agent_id=RECEPTIONIST, state="absent")
    assert result["diff"]["before"] == {"outbound_agent_ids": [RECEPTIONIST, NIGHT_SHIFT]}
    assert links(sandbox, FIRST) == (RECEPTIONIST, [NIGHT_SHIFT])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    number=st.sampled_from([FIRST, SECOND]),
    agent_id=st.sampled_from([RECEPTIONIST, NIGHT_SHIFT]),
    direction=st.sampled_from(["inbound", "outbound"]),
    state=st.sampled_from(["present", "absent"]),
)
def test_check_mode_and_the_real_run_agree(run: Runner, sandbox: SandboxProcess, number: str, agent_id: str, direction: str, state: str) -> None:
    wish = {"phone_number": number, "agent_id": agent_id, "direction": direction, "state": state}
    predicted, real, again = run(check_mode=True, **wish), run(**wish), run(**wish)
    assert lasting(predicted) == lasting(real)
    assert (again["changed"], again["phone_number"]) == (False, real["phone_number"])
    inbound, outbound = links(sandbox, number)
    assert (agent_id in ([inbound] if direction == "inbound" else outbound)) is (state == "present")


# Which number


def second_record(sandbox: SandboxProcess, **fields: t.Any) -> str:
    """The first number once more, of no provider unless one is given."""
    state = sandbox.state()
    state["sip_phone_numbers"].append({"id": MISSING_ID, "phoneNumber": FIRST, "credentialsId": state["sip_credentials"][0]["id"], **fields})
    sandbox.restore(state)
    sandbox.clear_requests()
    return MISSING_ID


@pytest.mark.parametrize("given_number", [SECOND, "+1 (500) 555-0002"])
@pytest.mark.parametrize("options", [{}, {"provider_id": PROVIDER_ID.upper()}])
def test_a_number_is_found_by_itself(run: Runner, sandbox: SandboxProcess, second: str, given_number: str, options: dict[str, str]) -> None:
    result = run(phone_number=given_number, **options)
    assert (result["changed"], result["phone_number"]["id"]) == (True, second)
    assert take_requests(sandbox) == ["GET /sip-phone-numbers", WHETHER, SET, LOOK]


def test_several_records_of_a_number_are_an_error_that_lists_them(run: Runner, sandbox: SandboxProcess, first: str) -> None:
    other = second_record(sandbox)
    result = run(phone_number=FIRST)
    assert result["msg"] == (
        f"2 phone numbers are '{FIRST}': {first} of the provider {PROVIDER_ID}, {other} of no provider. Select one by phone_number_id, or by provider_id too."
    )
    assert (result["changed"], take_requests(sandbox)) == (False, ["GET /sip-phone-numbers"])
    assert run(phone_number=FIRST, provider_id=PROVIDER_ID)["phone_number"]["id"] == first
    assert run(phone_number_id=other)["phone_number"]["provider_id"] is None


@pytest.mark.parametrize(("options", "among"), [({}, ""), ({"provider_id": MISSING_ID}, f" of the provider {MISSING_ID}")])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_number_that_is_not_there_is_an_error(run: Runner, sandbox: SandboxProcess, options: dict[str, str], among: str, state: str) -> None:
    number = FIRST if options else "+15005550009"
    result = run(phone_number=number, state=state, **options)
    assert result["msg"] == (f"No phone number{among} is '{number}'. It has to be imported before, and the key has to be one of the organization's.")
    assert take_requests(sandbox) == ["GET /sip-phone-numbers"]


def test_a_record_that_is_not_there_is_an_error(run: Runner, sandbox: SandboxProcess) -> None:
    result = run(phone_number_id=MISSING_ID)
    assert f"404 Not Found: There is no phone number with the id {MISSING_ID}." in result["msg"]
    assert take_requests(sandbox) == [LOOK]


# Which agent


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
@pytest.mark.parametrize("check_mode", [True, False])
def test_an_agent_that_is_not_there_is_never_linked(run: Runner, sandbox: SandboxProcess, second: str, direction: str, check_mode: bool) -> None:
    result = run(phone_number_id=second, agent_id=MISSING_ID, direction=direction, check_mode=check_mode)
    assert result["msg"] == (f"There is no agent with the id '{MISSING_ID}', so nothing was linked. dasha.blackbox.agent_info tells which agents there are.")
    assert (result["changed"], queries(sandbox)) == (False, [])


@pytest.mark.parametrize("fault", [{"response": OOPS}, {"patch": {"agentId": RECEPTIONIST}}, {"response": {"status": 200, "json": []}}])
def test_an_agent_that_nothing_is_known_of_is_not_linked(run: Runner, sandbox: SandboxProcess, second: str, fault: dict[str, t.Any]) -> None:
    sandbox.inject_faults({"path": f"{AGENTS_PATH}/.*", **fault})
    result = run(phone_number_id=second)
    assert (result["failed"], result["changed"], queries(sandbox)) == (True, False, [])


# When the answer does not tell


@pytest.mark.parametrize("wish", [{"direction": "inbound"}, {"direction": "outbound"}, {"direction": "inbound", "agent_id": RECEPTIONIST, "state": "absent"}])
@pytest.mark.parametrize("api_retries", [0, 3])
@pytest.mark.parametrize(
    "fault", [{"reset": True}, {"response": OOPS}, {"response": {"status": 503}}, {"response": {"status": 204}}, {"response": {"status": 200, "text": "ok"}}]
)
def test_what_took_effect_is_found_and_not_sent_again(
    run: Runner, sandbox: SandboxProcess, first: str, wish: dict[str, str], api_retries: int, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({"path": LINK_PATH, "effect": True, "times": None, **fault})
    result = run(phone_number_id=first, api_retries=api_retries, **wish)
    assert (result.get("failed"), result["changed"], len(queries(sandbox))) == (None, True, 1)
    assert "retried" not in result


@pytest.mark.parametrize("wish", [{"direction": "inbound"}, {"direction": "outbound"}, {"direction": "inbound", "agent_id": RECEPTIONIST, "state": "absent"}])
@pytest.mark.parametrize("fault", [{"reset": True}, {"response": {"status": 503}}])
def test_what_is_still_missing_is_sent_again(run: Runner, sandbox: SandboxProcess, first: str, wish: dict[str, str], fault: dict[str, t.Any]) -> None:
    sandbox.inject_faults({"path": LINK_PATH, "effect": False, **fault})
    result = run(phone_number_id=first, api_retries=3, **wish)
    assert (result.get("failed"), result["changed"], len(queries(sandbox)), len(result["retried"])) == (None, True, 2, 1)


@pytest.mark.parametrize(
    ("wish", "words"), [({}, "the number does not show the inbound link"), ({"agent_id": RECEPTIONIST, "state": "absent"}, "the number still shows the inbound link")]
)
def test_what_never_takes_effect_says_that_it_may_still_come(run: Runner, sandbox: SandboxProcess, first: str, wish: dict[str, str], words: str) -> None:
    sandbox.inject_faults({"path": LINK_PATH, "reset": True, "effect": False, "times": None})
    result = run(phone_number_id=first, api_retries=1, **wish)
    assert f"Sent 2 times. Read afterwards: {words} with the agent " in result["msg"]
    assert result["msg"].endswith("The request may still take effect.")
    assert (result["failed"], result["changed"]) == (True, False)


def test_without_a_read_between_nothing_is_sent_again(run: Runner, sandbox: SandboxProcess, second: str) -> None:
    sandbox.inject_faults(READ, {**PUT, "reset": True, "effect": False}, {**READ, "response": OOPS})
    result = run(phone_number_id=second, api_retries=3)
    assert result["msg"].endswith("The request may still take effect.")
    assert len(queries(sandbox)) == 1


@pytest.mark.parametrize("fault", [{}, {"reset": True, "effect": True}, {"effect": True, "response": {"status": 204}}])
def test_what_nothing_is_known_of_afterwards_counts_as_a_change(run: Runner, sandbox: SandboxProcess, second: str, fault: dict[str, t.Any]) -> None:
    sandbox.inject_faults(READ, {**PUT, **fault}, {**READ, "response": OOPS, "times": None})
    result = run(phone_number_id=second)
    problem = "could not be read afterwards" if "reset" in fault else "was accepted, but its effect is unknown"
    assert problem in result["msg"]
    assert (result["failed"], result["changed"]) == (True, True)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({}, f"but the number does not show the inbound link with the agent {NIGHT_SHIFT}."),
        ({"direction": "outbound"}, f"but the number does not show the outbound link with the agent {NIGHT_SHIFT}."),
        ({"agent_id": RECEPTIONIST, "state": "absent"}, f"but the number still shows the inbound link with the agent {RECEPTIONIST}."),
    ],
)
@pytest.mark.parametrize("answer", [{"status": 200, "json": {}}, {"status": 204}])
def test_a_service_that_accepts_and_does_nothing_is_found_out(
    run: Runner, sandbox: SandboxProcess, first: str, wish: dict[str, str], words: str, answer: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({"path": LINK_PATH, "response": answer, "times": None})
    result = run(phone_number_id=first, **wish)
    method = "DELETE" if "state" in wish else "PUT"
    assert result["msg"] == f"{method} {NUMBERS_PATH}/{first}/agent-link was accepted, {words}"
    assert (result["failed"], result["changed"], result["error"]["method"]) == (True, True, method)


# When the service refuses

HINT = (
    " Inbound, a number can be linked once in all organizations: where another one has it linked, or another record of the same number here,"
    " it has to be unlinked there first."
)


def test_the_refusal_of_a_number_that_another_organization_has_linked_is_explained(run: Runner, sandbox: SandboxProcess, second: str) -> None:
    sandbox.restore({**sandbox.state(), "linked_elsewhere": [SECOND]})
    result = run(phone_number_id=second)
    assert result["msg"] == (
        f"PUT {NUMBERS_PATH}/{second}/agent-link: 409 Conflict: The phone number {SECOND} is linked inbound in another organization.{HINT}"
    )
    assert (result["changed"], result["error"]["status"], links(sandbox, SECOND)) == (False, 409, (None, []))
    # Outbound it does not matter.
    assert run(phone_number_id=second, direction="outbound")["changed"]


def test_the_refusal_because_of_another_record_is_explained(run: Runner, sandbox: SandboxProcess, first: str) -> None:
    other = second_record(sandbox)
    sandbox.restore({**sandbox.state(), "one_inbound_link_per_number": True})
    assert run(phone_number_id=other)["msg"].endswith(f"is linked inbound already, by another record of it.{HINT}")
    assert run(phone_number_id=first, agent_id=RECEPTIONIST, state="absent")["changed"]
    assert run(phone_number_id=other)["changed"]


@pytest.mark.parametrize(
    ("wish", "status", "explained"),
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
def test_other_refusals_are_shown_in_the_words_of_the_service(
    run: Runner, sandbox: SandboxProcess, first: str, wish: dict[str, str], status: int, explained: bool
) -> None:
    sandbox.inject_faults({"path": LINK_PATH, "response": {"status": status, "json": {"detail": "Because."}}})
    result = run(phone_number_id=first, **wish)
    assert f": {status} " in result["msg"]
    assert "Because." in result["msg"]
    assert (HINT in result["msg"], result["changed"]) == (explained, False)
    assert links(sandbox, FIRST) == (RECEPTIONIST, [RECEPTIONIST])


def test_a_refusal_that_follows_a_lost_answer_is_compared_with_what_is_there(run: Runner, sandbox: SandboxProcess, second: str) -> None:
    sandbox.inject_faults({**PUT, "reset": True, "effect": False}, READ, {**PUT, "response": {"status": 409, "json": {"detail": "no"}}, "effect": True})
    assert run(phone_number_id=second, api_retries=2)["changed"]
    assert links(sandbox, SECOND) == (NIGHT_SHIFT, [])


# What is refused before any request


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"phone_number_id": "x"}, "The option phone_number_id is refused: 'x' is not a UUID"),
        ({"phone_number": ""}, "The option phone_number is refused: it is empty"),
        ({"phone_number": FIRST, "provider_id": ""}, "The option provider_id is refused: it is empty"),
        ({"phone_number": FIRST, "agent_id": ""}, "The option agent_id is refused: it is empty"),
        ({"phone_number": FIRST, "agent_id": None}, "The option agent_id is refused: it is null; the id of an agent is needed"),
        ({"phone_number": FIRST, "agent_id": ".."}, "The option agent_id is refused: '..' is not the id of an agent"),
        ({"phone_number": FIRST, "agent_id": "a/b"}, "The option agent_id is refused: 'a/b' is not the id of an agent"),
        ({}, "One of the options phone_number_id and phone_number is required; null counts as not given."),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_request(run: Runner, sandbox: SandboxProcess, options: dict[str, t.Any], words: str) -> None:
    assert words in run(**options)["msg"]
    assert sent(sandbox) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "one of the following is required: phone_number_id, phone_number"),
        ({"phone_number": None}, "null counts as not given"),
        ({"phone_number": FIRST, "phone_number_id": MISSING_ID}, "mutually exclusive"),
        ({"provider_id": PROVIDER_ID, "phone_number_id": MISSING_ID}, "mutually exclusive"),
        ({"phone_number": FIRST, "direction": "both"}, "value of direction must be one of: inbound, outbound"),
    ],
)
def test_options_that_do_not_go_together_are_refused(run_module: ModuleRunner, sandbox: SandboxProcess, options: dict[str, t.Any], words: str) -> None:
    assert words in run_module("phone_number_agent_link", agent_id=NIGHT_SHIFT, **options)["msg"]
    assert sent(sandbox) == []


def test_the_module_runs_as_ansible_runs_it(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    wish = {"phone_number": SECOND, "agent_id": NIGHT_SHIFT}
    predicted, real = (run_module("phone_number_agent_link", check_mode=check_mode, **wish) for check_mode in (True, False))
    assert lasting(predicted) == lasting(real)
    assert links(sandbox, SECOND) == (NIGHT_SHIFT, [])
