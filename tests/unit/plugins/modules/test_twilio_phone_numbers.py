# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers are imported and taken out by comparison; what went through is kept and told, and what did not is named."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._phone_number.imports import plan
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    MISSING_ID,
    NUMBERS_PATH,
    PROVIDER_ID,
    PROVIDER_PATH,
    RECEPTIONIST,
    UPDATE_PATH,
)
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_requests
from ansible_collections.dasha.blackbox.tests.support.tasks import execute, run_task
from ansible_collections.dasha.blackbox.tests.support.timing import wait_until

FIRST, SECOND, THIRD = "+15005550001", "+15005550002", "+15005550003"
FIRST_SID, SECOND_SID, THIRD_SID = (f"PN{number:032x}" for number in (1, 2, 3))
NO_SID = f"PN{9:032x}"

IMPORT = {"method": "POST", "path": f"{UPDATE_PATH}/import-numbers"}
REMOVE = {"method": "DELETE", "path": f"{UPDATE_PATH}/phone-numbers/.*"}
AVAILABLE = {"path": f"{UPDATE_PATH}/available-numbers"}
LIST = {"path": NUMBERS_PATH}
USERS = {"path": f"{NUMBERS_PATH}/.*/affected-agents"}
UNMAPPED = {**AVAILABLE, "times": None, "response": {"status": 200, "json": [{"index": 1}, {"index": 2}, {"index": 3}]}}
NOT_IMPORTED_ONLY = {**AVAILABLE, "times": None, "response": {"status": 200, "json": [{"sid": THIRD_SID, "phoneNumber": THIRD}]}}
OOPS = {"status": 500, "json": {"detail": "oops"}}

#: What is read before anything is planned.
READ = ["GET /providers/{id}", "GET /sip-phone-numbers"]
ASK = "GET /providers/twilio/{id}/available-numbers"
POST = "POST /providers/twilio/{id}/import-numbers"
DELETE = "DELETE /providers/twilio/{id}/phone-numbers/{id}"
WHO = "GET /sip-phone-numbers/{id}/affected-agents"
LOOK = "GET /sip-phone-numbers"

Result = dict[str, t.Any]


class Runner(t.Protocol):
    def __call__(self, *, check_mode: bool = False, api_retries: int = 0, **options: t.Any) -> Result:
        """Run the module's task for the provider of the seed."""


@pytest.fixture
def run(sandbox: SandboxProcess) -> Runner:
    def run(*, check_mode: bool = False, api_retries: int = 0, **options: t.Any) -> Result:
        defaults = {"provider_id": PROVIDER_ID, "phone_numbers": None, "phone_number_sids": None, "state": "present", "exclusive": False, "force": False}
        return run_task(sandbox, lambda client: execute(plan, client, {**defaults, **options}, check_mode), api_retries)

    return run


def imported(sandbox: SandboxProcess) -> list[str]:
    return sorted(number["phoneNumber"] for number in sandbox.state()["sip_phone_numbers"])


def id_of(sandbox: SandboxProcess, phone_number: str) -> str:
    [identifier] = [number["id"] for number in sandbox.state()["sip_phone_numbers"] if number["phoneNumber"] == phone_number]
    return t.cast("str", identifier)


def own(sandbox: SandboxProcess, *numbers: int) -> None:
    """Let the account have more numbers at Twilio."""
    state = sandbox.state()
    state["twilio_accounts"][0]["phone_numbers"] += [{"sid": f"PN{number:032x}", "phone_number": f"+1500555{number:04}"} for number in numbers]
    sandbox.restore(state)
    sandbox.clear_requests()


def bodies(sandbox: SandboxProcess) -> list[list[str]]:
    return [body["phoneNumberSids"] for method, _path, body in sent(sandbox) if method == "POST"]


def known_before(result: Result) -> Result:
    """The result without what only the service can know."""
    entries = {name: [{**entry, "id": None} for entry in result[name]] for name in ("imported", "removed", "failures")}
    return {**result, **entries, "phone_numbers": sorted(number["phone_number"] for number in result["phone_numbers"])}


def errors(result: Result) -> dict[str, str]:
    return {entry["phone_number"] or entry["phone_number_sid"]: entry["error"] for entry in result["failures"]}


def named(entries: list[dict[str, t.Any]]) -> list[str]:
    return [entry["phone_number"] or entry["phone_number_sid"] for entry in entries]


# Import


@pytest.mark.parametrize(
    "wish",
    [
        {"phone_numbers": [FIRST, THIRD]},
        {"phone_numbers": ["+1 (500) 555-0003"]},
        {"phone_numbers": ["+1.500.555.0003", "+1-500-555-0003", THIRD]},
        {"phone_number_sids": [FIRST_SID, THIRD_SID]},
        {"phone_number_sids": [THIRD_SID.replace("PN", "pn"), THIRD_SID]},
        {"phone_numbers": [THIRD], "phone_number_sids": [THIRD_SID]},
        {"phone_numbers": [SECOND], "phone_number_sids": [THIRD_SID]},
    ],
)
def test_check_mode_then_the_import_then_nothing(run: Runner, sandbox: SandboxProcess, wish: dict[str, t.Any]) -> None:
    predicted = run(check_mode=True, **wish)
    assert take_requests(sandbox) == [*READ, ASK]
    assert imported(sandbox) == [FIRST, SECOND]

    real = run(**wish)
    assert bodies(sandbox) == [[THIRD_SID]]
    assert take_requests(sandbox) == [*READ, ASK, POST, LOOK]
    assert imported(sandbox) == [FIRST, SECOND, THIRD]

    again, predicted_again = run(**wish), run(check_mode=True, **wish)
    asked = [ASK] if "phone_number_sids" in wish else []
    assert take_requests(sandbox) == [*READ, *asked] * 2

    assert known_before(predicted) == known_before(real)
    assert real["changed"]
    assert real["imported"] == [{"phone_number": THIRD, "phone_number_sid": THIRD_SID, "id": id_of(sandbox, THIRD), "error": None}]
    assert (real["removed"], real["failures"]) == ([], [])
    assert (real["diff"]["before"], real["diff"]["after"]) == ({"phone_numbers": [FIRST, SECOND]}, {"phone_numbers": [FIRST, SECOND, THIRD]})
    # What only the service can make is not there.
    assert predicted["phone_numbers"][-1] == {"phone_number": THIRD}
    assert again == predicted_again
    assert (again["changed"], again["imported"], again["phone_numbers"]) == (False, [], real["phone_numbers"])


def test_the_module_runs_as_ansible_runs_it(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("twilio_phone_numbers", provider_id=PROVIDER_ID.upper(), phone_numbers=f"{THIRD},{SECOND}")
    assert (result["changed"], named(result["imported"])) == (True, [THIRD])


def test_what_went_through_is_kept_and_a_second_run_does_the_rest(run: Runner, sandbox: SandboxProcess) -> None:
    own(sandbox, 4)
    state = sandbox.state()
    state["twilio_accounts"][0]["phone_numbers"][-1]["trunk_sid"] = "TK00000000000000000000000000000009"
    sandbox.restore(state)
    wish = {"phone_numbers": ["+15005550004", THIRD, "+15005550099"]}
    result = run(**wish)
    words = "Trunk attachment failed: the phone number is attached to another trunk."
    assert errors(result) == {"+15005550004": words, "+15005550099": "It is not among the numbers of the Twilio account."}
    assert result["msg"] == (f"2 phone numbers failed: +15005550099: It is not among the numbers of the Twilio account; +15005550004: {words}")
    assert (result["failed"], result["changed"], named(result["imported"])) == (True, True, [THIRD])
    assert imported(sandbox) == [FIRST, SECOND, THIRD] == result["diff"]["after"]["phone_numbers"]

    state = sandbox.state()
    state["twilio_accounts"][0]["phone_numbers"][-1]["trunk_sid"] = None
    sandbox.restore(state)
    own(sandbox, 99)
    again = run(**wish)
    assert bodies(sandbox) == [[f"PN{4:032x}", f"PN{99:032x}"]]
    assert (again.get("failed"), named(again["imported"])) == (None, ["+15005550004", "+15005550099"])


def test_a_sid_that_the_account_does_not_have_fails_in_the_words_of_the_service(run: Runner, sandbox: SandboxProcess) -> None:
    result = run(phone_number_sids=[NO_SID, THIRD_SID])
    assert result["failures"] == [{"phone_number": None, "phone_number_sid": NO_SID, "id": None, "error": "Phone number not found in the Twilio account."}]
    assert (result["msg"], result["changed"]) == (f"1 phone number failed: {NO_SID}: Phone number not found in the Twilio account.", True)


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_number_that_the_account_does_not_have_fails_before_it_is_sent(run: Runner, sandbox: SandboxProcess, check_mode: bool) -> None:
    result = run(phone_numbers=["+15005550009"], check_mode=check_mode)
    assert (result["msg"], result["changed"]) == ("1 phone number failed: +15005550009: It is not among the numbers of the Twilio account.", False)
    assert take_requests(sandbox) == [*READ, ASK]


def test_numbers_are_sent_ten_at_a_time(run: Runner, sandbox: SandboxProcess) -> None:
    own(sandbox, *range(10, 35))
    wish = {"phone_numbers": [f"+1500555{number:04}" for number in range(10, 35)]}
    # The second ten are lost, so the rest is not sent.
    sandbox.inject_faults(IMPORT, {**IMPORT, "response": OOPS})
    result = run(**wish)
    assert [len(body) for body in bodies(sandbox)] == [10, 10]
    assert (result["changed"], len(result["imported"]), len(result["failures"])) == (True, 10, 15)
    assert errors(result)["+15005550020"] == f"POST {IMPORT['path']}: 500 Internal Server Error: oops. It may still be imported."
    assert errors(result)["+15005550034"] == "It was not sent, because a request before it failed."
    assert (result["error"]["method"], result["error"]["status"]) == ("POST", 500)

    sandbox.clear_requests()
    assert len(run(**wish)["imported"]) == 15
    assert [len(body) for body in bodies(sandbox)] == [10, 5]


def test_a_refused_import_changes_nothing_and_needs_no_second_look(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**IMPORT, "response": {"status": 403, "json": {"detail": "no"}}})
    result = run(phone_numbers=[THIRD])
    assert errors(result) == {
        THIRD: f"POST {IMPORT['path']}: 403 Forbidden: no. The API took the key just before, so it may be Twilio that refuses: check the Auth Token,"
        " and what the Twilio account lets it do."
    }
    assert (result["failed"], result["changed"], result["error"]["status"]) == (True, False, 403)
    assert take_requests(sandbox) == [*READ, ASK, POST]


# Removal


@pytest.mark.parametrize(
    "wish",
    [
        {"phone_numbers": [SECOND, THIRD]},
        {"phone_numbers": ["+1 500 555 0002"]},
        {"phone_number_sids": [SECOND_SID]},
        {"phone_numbers": [SECOND], "phone_number_sids": [SECOND_SID, THIRD_SID]},
    ],
)
def test_check_mode_then_the_removal_then_nothing(run: Runner, sandbox: SandboxProcess, wish: dict[str, t.Any]) -> None:
    asked = [ASK] if "phone_number_sids" in wish else []
    identifier = id_of(sandbox, SECOND)
    sandbox.clear_requests()
    predicted = run(state="absent", check_mode=True, **wish)
    assert take_requests(sandbox) == [*READ, *asked, WHO]
    assert imported(sandbox) == [FIRST, SECOND]

    real = run(state="absent", **wish)
    assert [request["query"] for request in sandbox.requests() if request["method"] == "DELETE"] == [{}]
    assert take_requests(sandbox) == [*READ, *asked, WHO, DELETE, LOOK]
    assert imported(sandbox) == [FIRST]

    again, predicted_again = run(state="absent", **wish), run(state="absent", check_mode=True, **wish)
    assert take_requests(sandbox) == [*READ, *asked] * 2

    assert predicted == real
    sid = SECOND_SID if asked else None
    assert real["removed"] == [{"phone_number": SECOND, "phone_number_sid": sid, "id": identifier, "error": None}]
    assert (real["changed"], real["imported"], real["failures"], named(real["phone_numbers"])) == (True, [], [], [FIRST])
    assert (real["diff"]["before"], real["diff"]["after"]) == ({"phone_numbers": [FIRST, SECOND]}, {"phone_numbers": [FIRST]})
    assert again == predicted_again
    assert (again["changed"], again["removed"]) == (False, [])

    # It is still in the account.
    assert run(phone_numbers=[SECOND])["changed"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_number_in_use_stays_and_its_agents_are_named(run: Runner, sandbox: SandboxProcess, check_mode: bool) -> None:
    result = run(state="absent", phone_numbers=[FIRST, SECOND], check_mode=check_mode)
    words = "It is used by 'Receptionist' (inbound, outbound). Unlink it, or set force: true to cut them off."
    assert (result["msg"], errors(result)) == (f"1 phone number failed: {FIRST}: {words}", {FIRST: words})
    assert (result["changed"], named(result["removed"])) == (True, [SECOND])
    assert (result["diff"]["after"], imported(sandbox)) == ({"phone_numbers": [FIRST]}, [FIRST, SECOND] if check_mode else [FIRST])


def test_with_force_a_number_in_use_is_removed(run: Runner, sandbox: SandboxProcess) -> None:
    predicted = run(state="absent", phone_numbers=[FIRST], force=True, check_mode=True)
    assert take_requests(sandbox) == READ
    real = run(state="absent", phone_numbers=[FIRST], force=True)
    assert [request["query"] for request in sandbox.requests() if request["method"] == "DELETE"] == [{"force": "true"}]
    assert take_requests(sandbox) == [*READ, DELETE, LOOK]
    assert predicted == real
    assert (real["changed"], imported(sandbox), sandbox.state()["agent_links"]) == (True, [SECOND], [])


@pytest.mark.parametrize("check_mode", [True, False])
def test_without_knowing_who_uses_a_number_nothing_is_sent(run: Runner, sandbox: SandboxProcess, check_mode: bool) -> None:
    sandbox.inject_faults({**USERS, "response": OOPS})
    result = run(phone_numbers=[FIRST, THIRD], exclusive=True, check_mode=check_mode)
    assert "affected-agents: 500 Internal Server Error: oops" in result["msg"]
    assert (result["changed"], imported(sandbox)) == (False, [FIRST, SECOND])


def test_an_agent_that_came_after_the_look_is_named_too(run: Runner, sandbox: SandboxProcess) -> None:
    link = {"operation": "linkPhoneNumberToAgent", "path": {"id": id_of(sandbox, SECOND)}, "query": {"agentId": RECEPTIONIST, "mode": "inbound"}}
    sandbox.inject_faults({**USERS, "concurrent_calls": [link]})
    sandbox.clear_requests()
    result = run(state="absent", phone_numbers=[SECOND])
    error = errors(result)[SECOND]
    assert error.startswith("DELETE /api/v1/providers/twilio/")
    assert "409 Conflict: The phone number +15005550002 is used by the agents Receptionist" in error
    assert error.endswith("It is used by 'Receptionist' (inbound). Unlink it, or set force: true to cut them off.")
    assert (result["changed"], result["error"]["status"]) == (False, 409)
    assert take_requests(sandbox) == [*READ, WHO, DELETE, WHO]


@pytest.mark.parametrize("users", [OOPS, {"status": 200, "json": {"affectedAgents": []}}])
def test_a_refusal_whose_reason_cannot_be_read_is_shown_in_the_words_of_the_service(run: Runner, sandbox: SandboxProcess, users: dict[str, t.Any]) -> None:
    sandbox.inject_faults(USERS, {**REMOVE, "response": {"status": 409, "json": {"detail": "It is busy."}}}, {**USERS, "response": users})
    assert errors(run(state="absent", phone_numbers=[SECOND]))[SECOND].endswith("409 Conflict: It is busy.")


# These and no others


@pytest.mark.parametrize("wish", [{"phone_numbers": [FIRST, THIRD]}, {"phone_number_sids": [FIRST_SID, THIRD_SID]}])
def test_check_mode_then_these_and_no_others_then_nothing(run: Runner, sandbox: SandboxProcess, wish: dict[str, t.Any]) -> None:
    predicted = run(exclusive=True, check_mode=True, **wish)
    assert take_requests(sandbox) == [*READ, ASK, WHO]
    real = run(exclusive=True, **wish)
    # First what shall be there, then what shall not.
    assert take_requests(sandbox) == [*READ, ASK, WHO, POST, LOOK, DELETE, LOOK]
    again = run(exclusive=True, **wish)
    assert take_requests(sandbox) == [*READ, *([ASK] if "phone_number_sids" in wish else [])]
    assert known_before(predicted) == known_before(real)
    assert (real["changed"], named(real["imported"]), named(real["removed"])) == (True, [THIRD], [SECOND])
    assert imported(sandbox) == [FIRST, THIRD] == real["diff"]["after"]["phone_numbers"]
    assert (again["changed"], again["phone_numbers"]) == (False, real["phone_numbers"])


KEPT = "It was not removed, because not all numbers could be imported."


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("force", [True, False])
@pytest.mark.parametrize("unknown", ["+15005550009", "15005550001"])
def test_nothing_is_removed_when_a_number_cannot_be_imported(run: Runner, sandbox: SandboxProcess, check_mode: bool, force: bool, unknown: str) -> None:
    """Not even when YAML has taken a number for an integer, and its plus away."""
    result = run(phone_numbers=[unknown], exclusive=True, force=force, check_mode=check_mode)
    assert errors(result) == {unknown: "It is not among the numbers of the Twilio account.", FIRST: KEPT, SECOND: KEPT}
    assert (result["changed"], result["removed"], imported(sandbox)) == (False, [], [FIRST, SECOND])
    assert take_requests(sandbox) == [*READ, ASK]


@pytest.mark.parametrize(
    "fault",
    [
        {"response": OOPS},
        {"response": {"status": 422, "json": {"detail": "no"}}},
        {"response": {"status": 200, "json": {"successCount": 0, "failedCount": 1, "errors": [{"phoneNumberSid": THIRD_SID, "errorMessage": "no"}]}}},
        {"response": {"status": 200, "json": {"successCount": 1, "failedCount": 0, "errors": []}}},
        {"reset": True, "effect_delay": 5},
    ],
)
def test_nothing_is_removed_when_an_import_fails(run: Runner, sandbox: SandboxProcess, fault: dict[str, t.Any]) -> None:
    sandbox.inject_faults({**IMPORT, **fault})
    result = run(phone_numbers=[THIRD], exclusive=True, force=True)
    assert list(errors(result)) == [THIRD, FIRST, SECOND]
    assert errors(result)[FIRST] == errors(result)[SECOND] == KEPT
    assert (result["failed"], result["changed"], imported(sandbox)) == (True, False, [FIRST, SECOND])


def test_an_empty_list_needs_force(run: Runner, sandbox: SandboxProcess) -> None:
    for check_mode in (True, False):
        result = run(phone_numbers=[], exclusive=True, check_mode=check_mode)
        assert result["msg"] == ("The option exclusive is refused: the list of numbers is empty, so all numbers would be removed. Set force: true to do that.")
    assert sent(sandbox) == []
    predicted, real = (run(phone_numbers=[], exclusive=True, force=True, check_mode=check_mode) for check_mode in (True, False))
    assert predicted == real
    assert (named(real["removed"]), imported(sandbox)) == ([FIRST, SECOND], [])


def test_an_empty_list_that_is_not_exclusive_is_nothing_to_do(run: Runner, sandbox: SandboxProcess) -> None:
    for state in ("present", "absent"):
        assert run(phone_numbers=[], phone_number_sids=[], state=state)["changed"] is False
    assert take_requests(sandbox) == READ * 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    numbers=st.sets(st.sampled_from([FIRST, SECOND, THIRD, "+1 500 555 0004"])),
    sids=st.sets(st.sampled_from([FIRST_SID, SECOND_SID, THIRD_SID])),
    how=st.sampled_from([("present", False), ("present", True), ("absent", False)]),
    force=st.booleans(),
)
def test_check_mode_and_the_real_run_agree(run: Runner, sandbox: SandboxProcess, numbers: set[str], sids: set[str], how: tuple[str, bool], force: bool) -> None:
    before = sandbox.state()
    own(sandbox, 4)
    wish = {"phone_numbers": sorted(numbers), "phone_number_sids": sorted(sids), "state": how[0], "exclusive": how[1], "force": force}
    predicted = run(check_mode=True, **wish)
    real = run(**wish)
    if "failures" in real:
        assert known_before(predicted) == known_before(real)
        assert imported(sandbox) == real["diff"]["after"]["phone_numbers"]
        again = run(**wish)
        assert (again["changed"], again["failures"], again["phone_numbers"]) == (False, real["failures"], real["phone_numbers"])
    else:
        assert predicted == real
    sandbox.restore(before)


# When the service does not tell which number has which SID


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"phone_number_sids": [SECOND_SID], "state": "absent"}, "which numbers the SIDs are. Nothing was sent. Give phone_numbers."),
        (
            {"phone_number_sids": [FIRST_SID, THIRD_SID], "exclusive": True},
            "which numbers the SIDs are, and so which others are to be removed. Nothing was sent. Give phone_numbers.",
        ),
        ({"phone_numbers": [THIRD]}, "which SID a number has. Nothing was sent. Give phone_number_sids."),
        ({"phone_numbers": [THIRD], "phone_number_sids": [SECOND_SID]}, "which SID a number has. Nothing was sent. Give phone_number_sids."),
    ],
)
def test_what_cannot_be_known_is_refused_before_any_write(run: Runner, sandbox: SandboxProcess, wish: dict[str, t.Any], words: str, check_mode: bool) -> None:
    sandbox.inject_faults(UNMAPPED)
    result = run(check_mode=check_mode, **wish)
    assert result["msg"] == f"The list of the numbers of the Twilio account does not tell {words}"
    assert result["changed"] is False
    assert take_requests(sandbox) == [*READ, ASK]


def test_numbers_that_are_there_need_no_sid(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(UNMAPPED)
    assert run(phone_numbers=[FIRST, SECOND], exclusive=True)["changed"] is False
    assert run(phone_numbers=[SECOND], state="absent")["changed"]
    assert take_requests(sandbox) == [*READ, *READ, WHO, DELETE, LOOK]


def test_a_sid_alone_is_sent_and_the_list_of_numbers_tells_what_came(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(UNMAPPED)
    predicted = run(phone_number_sids=[THIRD_SID], check_mode=True)
    assert predicted["imported"] == [{"phone_number": None, "phone_number_sid": THIRD_SID, "id": None, "error": None}]
    assert (predicted["changed"], predicted["diff"]["after"]) == (True, {"phone_numbers": [FIRST, SECOND]})
    real = run(phone_number_sids=[THIRD_SID])
    assert real["imported"] == [{"phone_number": THIRD, "phone_number_sid": None, "id": id_of(sandbox, THIRD), "error": None}]
    assert (real.get("failed"), real["changed"], real["diff"]["after"]) == (None, True, {"phone_numbers": [FIRST, SECOND, THIRD]})

    # The service calls the second time a failure, and nothing is guessed from its words.
    again = run(phone_number_sids=[THIRD_SID])
    assert errors(again) == {THIRD_SID: "Phone number is already imported for this provider."}
    assert (again["failed"], again["changed"]) == (True, False)


def test_of_sids_alone_some_may_fail(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(UNMAPPED)
    result = run(phone_number_sids=[FIRST_SID, THIRD_SID, NO_SID])
    assert list(errors(result)) == [FIRST_SID, NO_SID]
    assert (result["changed"], named(result["imported"])) == (True, [THIRD])


def test_imported_numbers_may_be_left_out_of_the_list(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(NOT_IMPORTED_ONLY)
    assert named(run(phone_numbers=[FIRST, THIRD])["imported"]) == [THIRD]
    again = run(phone_number_sids=[FIRST_SID])
    assert errors(again) == {FIRST_SID: "Phone number is already imported for this provider."}
    assert again["changed"] is False
    for wish in ({"state": "absent"}, {"exclusive": True}):
        assert "does not tell which numbers the SIDs are" in run(phone_number_sids=[FIRST_SID], **wish)["msg"]
    assert imported(sandbox) == [FIRST, SECOND, THIRD]


def test_what_somebody_else_imports_meanwhile_is_not_ours(run: Runner, sandbox: SandboxProcess) -> None:
    own(sandbox, 4)
    by_somebody_else = {"operation": "importTwilioNumbers", "path": {"id": PROVIDER_ID}, "body": {"phoneNumberSids": [f"PN{4:032x}"]}}
    sandbox.inject_faults({**IMPORT, "concurrent_calls": [by_somebody_else]})
    result = run(phone_numbers=[THIRD])
    assert named(result["imported"]) == [THIRD]
    assert named(result["phone_numbers"]) == [FIRST, SECOND, THIRD, "+15005550004"]


# When the answer to an import does not tell


@pytest.mark.parametrize("wish", [{"phone_numbers": [THIRD]}, {"phone_number_sids": [THIRD_SID]}])
@pytest.mark.parametrize(
    "fault",
    [
        {"reset": True},
        {"response": OOPS},
        {"response": {"status": 502}},
        {"response": {"status": 504, "text": "gateway"}},
        {"response": {"status": 204}},
        {"response": {"status": 200, "text": "<html>"}},
        {"response": {"status": 200, "json": {}}},
        {"response": {"status": 200, "json": []}},
        {"response": {"status": 200, "json": {"successCount": "1", "errors": None}}},
        {"response": {"status": 200, "json": {"successCount": 0, "errors": ["x", {"phoneNumberSid": 7}]}}},
    ],
)
def test_an_import_that_took_effect_is_found_and_never_sent_again(
    run: Runner, sandbox: SandboxProcess, wish: dict[str, t.Any], fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**IMPORT, "effect": True, "times": None, **fault})
    result = run(api_retries=4, **wish)
    assert (result.get("failed"), result["changed"], named(result["imported"])) == (None, True, [THIRD])
    assert take_requests(sandbox) == [*READ, ASK, POST, LOOK]


@pytest.mark.parametrize("fault", [{"reset": True}, {"response": {"status": 503}}, {"response": {"status": 202}}])
def test_an_import_that_is_not_there_yet_is_not_sent_again(run: Runner, sandbox: SandboxProcess, fault: dict[str, t.Any]) -> None:
    sandbox.inject_faults({**IMPORT, **fault, "effect_delay": 3})
    result = run(api_retries=4, phone_numbers=[THIRD])
    assert (result["failed"], result["changed"], result["imported"]) == (True, False, [])
    words = "The service does not say whether it was imported." if "202" in str(fault) else "It may still be imported."
    assert errors(result)[THIRD].endswith(words)
    assert take_requests(sandbox) == [*READ, ASK, POST, LOOK]
    wait_until(lambda: imported(sandbox) == [FIRST, SECOND, THIRD])
    assert run(phone_numbers=[THIRD])["changed"] is False


def test_an_import_that_never_takes_effect_is_sent_by_the_next_run(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**IMPORT, "reset": True, "effect": False})
    result = run(api_retries=4, phone_numbers=[THIRD])
    assert errors(result)[THIRD].endswith("Connection reset by peer. It may still be imported.")
    assert (result["changed"], result["error"]["method"], result["error"]["attempts"]) == (False, "POST", 1)
    assert run(phone_numbers=[THIRD])["changed"]


def test_an_import_that_was_not_processed_is_sent_again(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**IMPORT, "response": {"status": 429}, "times": 2})
    result = run(api_retries=4, phone_numbers=[THIRD])
    assert (result["changed"], len(result["retried"])) == (True, 2)
    sandbox.inject_faults({**IMPORT, "response": {"status": 429, "headers": {"Retry-After": "3600"}}})
    own(sandbox, 4)
    refused = run(api_retries=4, phone_numbers=["+15005550004"])
    assert "It asks to wait 3600 s" in refused["msg"]
    assert (refused["changed"], refused["error"]["retry_after"]) == (False, 3600)


@pytest.mark.parametrize("status", [400, 409, 422, 500])
def test_a_refusal_that_carries_the_outcome_is_read_as_one(run: Runner, sandbox: SandboxProcess, status: int) -> None:
    own(sandbox, 4)
    outcome = {"successCount": 1, "failedCount": 1, "errors": [{"phoneNumberSid": f"PN{4:032X}", "errorMessage": "Trunk attachment failed."}]}
    sandbox.inject_faults({**IMPORT, "rewrite": {"phoneNumberSids": [THIRD_SID]}, "effect": True, "response": {"status": status, "json": outcome}})
    result = run(phone_numbers=[THIRD, "+15005550004"])
    assert errors(result) == {"+15005550004": "Trunk attachment failed."}
    assert (result["changed"], named(result["imported"])) == (True, [THIRD])


@pytest.mark.parametrize("said", [{"errors": [{"code": 7, "message": "x"}]}, {"errors": {"phoneNumberSids": ["too many"]}}, {"errors": "x"}])
def test_a_refusal_that_carries_other_errors_is_a_refusal(run: Runner, sandbox: SandboxProcess, said: dict[str, t.Any]) -> None:
    sandbox.inject_faults({**IMPORT, "response": {"status": 400, "json": {"detail": "Not like this", **said}}})
    result = run(phone_number_sids=[THIRD_SID])
    assert f"POST {IMPORT['path']}: 400 Bad Request: Not like this" in errors(result)[THIRD]


@pytest.mark.parametrize("fault", [{}, UNMAPPED])
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"successCount": 0, "failedCount": 1, "errors": [{"phoneNumberSid": THIRD_SID.lower(), "errorMessage": "Trunk."}]}, "Trunk."),
        ({"successCount": 0, "failedCount": 1, "errors": [{"phoneNumberSid": THIRD_SID}]}, "The service does not say why."),
        ({"successCount": 0, "failedCount": 1, "errors": [{"phoneNumberSid": THIRD_SID, "errorMessage": "Not\n now.\x07"}]}, "Not now."),
        (
            {"successCount": 0, "failedCount": 1, "errors": [{"errorMessage": "Trunk."}]},
            "The service does not say whether it was imported. It says: Trunk.",
        ),
        ({"successCount": 0, "failedCount": 1, "errors": []}, "The service does not say whether it was imported."),
        ({}, "The service does not say whether it was imported."),
    ],
)
def test_what_the_service_says_of_a_failure_is_kept(run: Runner, sandbox: SandboxProcess, fault: dict[str, t.Any], said: dict[str, t.Any], words: str) -> None:
    sandbox.inject_faults(*([fault] if fault else []), {**IMPORT, "response": {"status": 200, "json": said}})
    result = run(phone_number_sids=[THIRD_SID])
    assert (list(errors(result).values()), result["failed"], result["changed"]) == ([words], True, False)


def test_an_import_that_is_said_to_be_done_and_is_not_there_fails(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**IMPORT, "response": {"status": 200, "json": {"successCount": 1, "failedCount": 0, "errors": []}}})
    assert errors(run(phone_numbers=[THIRD])) == {THIRD: "The service reported no error, but the number is not imported."}


@pytest.mark.parametrize("cut", [True, False])
def test_what_cannot_be_read_after_an_import_counts_as_a_change(run: Runner, sandbox: SandboxProcess, cut: bool) -> None:
    sandbox.inject_faults(LIST, {**IMPORT, "reset": cut, "effect": True}, {**LIST, "response": OOPS})
    result = run(phone_numbers=[THIRD])
    assert result["msg"].endswith(
        f"Numbers may have been imported or removed: which are there now is not known. GET {NUMBERS_PATH}: 500 Internal Server Error: oops."
    )
    assert ("Connection reset by peer." in result["msg"]) is cut
    assert (result["failed"], result["changed"], result["error"]["method"]) == (True, True, "GET")


# When the answer to a removal does not tell


@pytest.mark.parametrize("fault", [{"reset": True}, {"response": OOPS}, {"response": {"status": 204}}, {"response": {"status": 200, "text": "gone"}}])
@pytest.mark.parametrize("api_retries", [0, 2])
def test_a_removal_that_took_effect_is_found(run: Runner, sandbox: SandboxProcess, fault: dict[str, t.Any], api_retries: int) -> None:
    sandbox.inject_faults({**REMOVE, "effect": True, **fault})
    result = run(state="absent", phone_numbers=[SECOND], api_retries=api_retries)
    assert (result.get("failed"), result["changed"], named(result["removed"]), imported(sandbox)) == (None, True, [SECOND], [FIRST])


def test_a_removal_without_effect_says_that_it_may_still_come_and_the_rest_is_not_sent(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**REMOVE, "reset": True, "effect": False})
    result = run(state="absent", phone_numbers=[FIRST, SECOND], force=True)
    assert errors(result)[FIRST].endswith("Read afterwards: the number still exists. The request may still take effect.")
    assert errors(result)[SECOND] == "It was not sent, because a request before it failed."
    assert (result["changed"], result["removed"], imported(sandbox)) == (False, [], [FIRST, SECOND])
    assert take_requests(sandbox) == [*READ, DELETE, "GET /sip-phone-numbers/{id}", LOOK]


def test_a_removal_that_only_the_list_can_tell_of_is_found(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**REMOVE, "reset": True, "effect": True}, {"path": f"{NUMBERS_PATH}/[^/]*", "response": OOPS})
    result = run(state="absent", phone_numbers=[SECOND], force=True)
    assert (result.get("failed"), result["changed"], named(result["removed"])) == (None, True, [SECOND])


@pytest.mark.parametrize("answer", [{"status": 204}, {"status": 404, "json": {"detail": "not found"}}])
def test_a_number_that_is_still_there_is_not_removed(run: Runner, sandbox: SandboxProcess, answer: dict[str, t.Any]) -> None:
    sandbox.inject_faults({**REMOVE, "response": answer})
    result = run(state="absent", phone_numbers=[FIRST, SECOND], force=True)
    assert errors(result) == {FIRST: "The service accepted the removal, or said that the number does not exist, but the number is still imported."}
    assert (result["failed"], result["changed"], named(result["removed"])) == (True, True, [SECOND])


def test_a_removal_that_nothing_is_known_of_counts_as_a_change(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"path": PROVIDER_PATH}, LIST, {"reset": True, "effect": False, "times": None})
    result = run(state="absent", phone_numbers=[SECOND], force=True)
    assert "Whether it took effect is unknown, because the number could not be read afterwards." in result["msg"]
    assert "Numbers may have been imported or removed: which are there now is not known." in result["msg"]
    assert (result["failed"], result["changed"]) == (True, True)


def test_one_that_somebody_else_removed_first_is_no_change(run: Runner, sandbox: SandboxProcess) -> None:
    gone = {"operation": "removeTwilioPhoneNumber", "path": {"id": PROVIDER_ID, "phoneNumberId": id_of(sandbox, SECOND)}, "query": {"force": False}}
    sandbox.inject_faults({**USERS, "concurrent_calls": [gone]})
    result = run(state="absent", phone_numbers=[SECOND])
    assert (result.get("failed"), result["changed"], result["removed"], named(result["phone_numbers"])) == (None, False, [], [FIRST])


@pytest.mark.parametrize(("status", "sent_after"), [(422, True), (409, True), (401, False), (403, False), (500, False)])
def test_a_refusal_of_one_removal_does_not_stop_the_others(run: Runner, sandbox: SandboxProcess, status: int, sent_after: bool) -> None:
    sandbox.inject_faults({**REMOVE, "response": {"status": status, "json": {"detail": "no"}}})
    result = run(state="absent", phone_numbers=[FIRST, SECOND], force=True)
    assert (result["failed"], named(result["removed"]), result["error"]["status"]) == (True, [SECOND] if sent_after else [], status)
    assert result["changed"] is sent_after
    assert imported(sandbox) == result["diff"]["after"]["phone_numbers"]


# What is refused


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_provider_that_is_not_there_is_an_error(run: Runner, sandbox: SandboxProcess, state: str) -> None:
    result = run(provider_id=MISSING_ID, phone_numbers=[FIRST], state=state)
    assert f"404 Not Found: There is no provider with the id {MISSING_ID}." in result["msg"]
    assert take_requests(sandbox) == READ[:1]


def test_a_provider_of_another_type_is_an_error(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"path": PROVIDER_PATH, "patch": {"providerType": "vonage"}})
    assert "the provider is of type 'vonage', not twilio" in run(phone_numbers=[FIRST])["msg"]
    assert take_requests(sandbox) == READ[:1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"phone_numbers": [""]}, "The option phone_numbers is refused: it is empty"),
        ({"phone_numbers": [" "]}, "The option phone_numbers is refused: it is blank"),
        ({"phone_numbers": [FIRST, f" {SECOND}"]}, "The option phone_numbers is refused: ' +15005550002' begins or ends with a blank"),
        ({"phone_numbers": [None]}, "The option phone_numbers is refused: an entry of it is null"),
        ({"phone_number_sids": [""]}, "The option phone_number_sids is refused: it is empty"),
        ({"phone_number_sids": [None]}, "The option phone_number_sids is refused: an entry of it is null"),
        ({"phone_number_sids": [FIRST]}, "The option phone_number_sids is refused: an entry is not the SID of a phone number"),
        ({"phone_number_sids": ["PN1"]}, "The option phone_number_sids is refused: an entry is not the SID of a phone number"),
        ({"phone_number_sids": [f"{FIRST_SID}0"]}, "is not the SID of a phone number, which is made of PN and 32 hexadecimal digits"),
        ({"phone_number_sids": [FIRST_SID.replace("PN", "AC")]}, "is not the SID of a phone number"),
        ({"phone_numbers": [FIRST], "exclusive": True, "state": "absent"}, "The option exclusive is refused: it goes with state: present only."),
        ({"phone_numbers": [FIRST], "provider_id": "support-line"}, "The option provider_id is refused: 'support-line' is not a UUID"),
        ({"phone_numbers": [FIRST], "provider_id": None}, "The option provider_id is refused: it is null"),
        ({}, "One of the options phone_numbers and phone_number_sids is required; null counts as not given, not as an empty list."),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_request(run: Runner, sandbox: SandboxProcess, options: dict[str, t.Any], words: str) -> None:
    result = run(**options)
    assert words in result["msg"]
    assert (result["failed"], result["changed"], sent(sandbox)) == (True, False, [])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "one of the following is required: phone_numbers, phone_number_sids"),
        ({"phone_numbers": None, "exclusive": True, "force": True}, "null counts as not given, not as an empty list"),
        # How Ansible words it differs from version to version.
        ({"phone_numbers": [None], "exclusive": True, "force": True}, "phone_numbers"),
        ({"phone_numbers": "", "exclusive": True, "force": True}, "The option phone_numbers is refused: "),
        ({"phone_number_sids": [None], "exclusive": True, "force": True}, "phone_number_sids"),
        ({"phone_numbers": [FIRST], "state": None}, "state"),
    ],
)
def test_a_template_that_gives_nothing_removes_nothing(run_module: ModuleRunner, sandbox: SandboxProcess, options: dict[str, t.Any], words: str) -> None:
    result = run_module("twilio_phone_numbers", provider_id=PROVIDER_ID, **options)
    assert words in result["msg"]
    assert sent(sandbox) == []


def test_a_list_of_numbers_that_does_not_add_up_stops_everything(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**LIST, "patch": {"totalCount": 3}, "times": None})
    assert "the list is incomplete, so nothing can be concluded from it" in run(phone_numbers=[THIRD])["msg"]
    assert set(take_requests(sandbox)) == set(READ)


def test_numbers_of_other_providers_are_left_alone(run: Runner, sandbox: SandboxProcess) -> None:
    """Also by a service that does not know the filter."""
    state = sandbox.state()
    state["sip_phone_numbers"].append({"phoneNumber": SECOND, "credentialsId": state["sip_credentials"][0]["id"], "providerId": MISSING_ID})
    sandbox.restore(state)
    sandbox.inject_faults({**LIST, "query": {"providerId": None}, "times": None})
    result = run(phone_numbers=[FIRST], exclusive=True)
    assert named(result["removed"]) == [SECOND]
    assert imported(sandbox) == [FIRST, SECOND]


@pytest.mark.parametrize(("given", "removed"), [("100", True), ("0100", False), ("+100", False), ("sales", True), ("Sales", False)])
def test_what_is_no_number_of_the_world_is_compared_as_it_is(run: Runner, sandbox: SandboxProcess, given: str, removed: bool) -> None:
    state = sandbox.state()
    credential = state["sip_credentials"][0]["id"]
    state["sip_phone_numbers"] += [{"phoneNumber": number, "credentialsId": credential, "providerId": PROVIDER_ID} for number in ("100", "sales")]
    sandbox.restore(state)
    assert run(phone_numbers=[given], state="absent")["changed"] is removed


@pytest.mark.parametrize("given", ["15005550002", "5005550002", "0015005550002"])
def test_a_number_without_its_plus_is_another_one(run: Runner, sandbox: SandboxProcess, given: str) -> None:
    assert run(phone_numbers=[given], state="absent")["changed"] is False
    assert errors(run(phone_numbers=[given])) == {given: "It is not among the numbers of the Twilio account."}
