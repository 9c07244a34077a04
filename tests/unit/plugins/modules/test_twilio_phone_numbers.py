# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of twilio_phone_numbers: plans, requests, partial failures and unclear responses."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._phone_number.imports import plan
from ansible_collections.dasha.blackbox.plugins.module_utils._plan.write import POLL_DELAYS
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    FIRST_NUMBER,
    FIRST_SID,
    GET_NUMBER,
    GET_NUMBER_AGENTS,
    GET_PROVIDER,
    LIST_NUMBERS,
    MISSING_ID,
    NUMBERS_PATH,
    PROVIDER_ID,
    PROVIDER_PATH,
    RECEPTIONIST,
    SECOND_NUMBER,
    SECOND_NUMBER_ID,
    SECOND_SID,
    SERVER_ERROR,
    THIRD_NUMBER,
    THIRD_SID,
)
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, assert_message, contains
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_requests
from ansible_collections.dasha.blackbox.tests.support.state import changed_state
from ansible_collections.dasha.blackbox.tests.support.tasks import NO_PROVIDER, Result, TaskRunner, task_runner
from ansible_collections.dasha.blackbox.tests.support.timing import wait_until

IMPORTED = [FIRST_NUMBER, SECOND_NUMBER]
FOURTH_NUMBER, FOURTH_SID = "+15005550004", f"PN{4:032x}"
MISSING_NUMBER, MISSING_SID = "+15005550009", f"PN{9:032x}"

LIST_AVAILABLE = "GET /providers/twilio/{id}/available-numbers"
IMPORT = "POST /providers/twilio/{id}/import-numbers"
REMOVE = "DELETE /providers/twilio/{id}/phone-numbers/{id}"
#: The requests before each plan.
READS = [GET_PROVIDER, LIST_NUMBERS]
#: Reads of the numbers that do not show a write.
POLLS = [LIST_NUMBERS] * (1 + len(POLL_DELAYS))

# Requests that faults apply to.
ON_IMPORT = {"method": "POST", "path": f"{PROVIDER_PATH}/import-numbers"}
ON_REMOVE = {"method": "DELETE", "path": f"{PROVIDER_PATH}/phone-numbers/.*"}
ON_AVAILABLE = {"path": f"{PROVIDER_PATH}/available-numbers", "times": None}
ON_LIST = {"path": NUMBERS_PATH}
ON_AGENTS = {"path": f"{NUMBERS_PATH}/.*/affected-agents"}

NO_SIDS_AVAILABLE = {**ON_AVAILABLE, "response": {"status": 200, "json": [{"index": 1}, {"index": 2}, {"index": 3}]}}
THIRD_AVAILABLE = {
    **ON_AVAILABLE,
    "response": {"status": 200, "json": [{"sid": THIRD_SID, "phoneNumber": THIRD_NUMBER}]},
}

ALREADY_IMPORTED = "Phone number is already imported for this provider."
EXCLUSIVE: dict[str, t.Any] = {"phone_numbers": [FIRST_NUMBER], "exclusive": True}


@pytest.fixture
def run(sandbox: SandboxProcess) -> TaskRunner:
    """Return a runner for the task, for the provider of the seed."""
    return task_runner(
        sandbox,
        plan,
        **{**NO_PROVIDER, "provider_id": PROVIDER_ID},
        phone_numbers=None,
        phone_number_sids=None,
        state="present",
        exclusive=False,
        force=False,
    )


def imported(sandbox: SandboxProcess) -> list[str]:
    """Return the numbers of the organization."""
    return sorted(number["phoneNumber"] for number in sandbox.state()["sip_phone_numbers"])


def number_id(sandbox: SandboxProcess, phone_number: str) -> str:
    """Return the ID of an imported number."""
    numbers = sandbox.state()["sip_phone_numbers"]
    [identifier] = [number["id"] for number in numbers if number["phoneNumber"] == phone_number]
    return t.cast("str", identifier)


def add_to_account(sandbox: SandboxProcess, *numbers: int, trunk_sid: str | None = None) -> None:
    """Add numbers to the Twilio account of the provider."""
    with changed_state(sandbox) as state:
        state["twilio_accounts"][0]["phone_numbers"] += [
            {"sid": f"PN{number:032x}", "phone_number": f"+1500555{number:04}", "trunk_sid": trunk_sid}
            for number in numbers
        ]


def add_records(sandbox: SandboxProcess, provider_id: str, *phone_numbers: str) -> None:
    """Add records of phone numbers to the organization."""
    with changed_state(sandbox) as state:
        credential = state["sip_credentials"][0]["id"]
        state["sip_phone_numbers"] += [
            {"phoneNumber": number, "credentialsId": credential, "providerId": provider_id} for number in phone_numbers
        ]


def imported_sids(sandbox: SandboxProcess) -> list[list[str]]:
    """Return the SIDs of each import request."""
    return [body["phoneNumberSids"] for method, _path, body in sent(sandbox) if method == "POST"]


def delete_queries(sandbox: SandboxProcess) -> list[dict[str, str]]:
    """Return the query of each DELETE request."""
    return [request["query"] for request in sandbox.requests() if request["method"] == "DELETE"]


def without_ids(result: Result) -> Result:
    """Return the result without fields that check mode cannot predict."""
    entries = {name: [{**entry, "id": None} for entry in result[name]] for name in ("imported", "removed", "failures")}
    return {**result, **entries, "phone_numbers": sorted(numbers(result["phone_numbers"]))}


def errors(result: Result) -> dict[str, str]:
    """Return the error of each failed number."""
    return dict(zip(numbers(result["failures"]), [entry["error"] for entry in result["failures"]]))


def assert_errors(result: Result, kind: str, *facts: object, of: list[str] | None = None) -> None:
    """Check the error of the numbers, by default of each failed number, and that the message contains each error."""
    for number in errors(result) if of is None else of:
        assert_message(errors(result)[number], kind, *facts)
    listed = [f"{number}: {error.rstrip('.')}" for number, error in errors(result).items()]
    count = ("numbers_failed", len(listed)) if len(listed) > 1 else ("number_failed", 1)
    assert_message(result["msg"], *count, *listed)


def numbers(entries: list[dict[str, t.Any]]) -> list[str]:
    """Return the number of each entry, or its SID if the number is unknown."""
    return [entry["phone_number"] or entry["phone_number_sid"] for entry in entries]


# Import


@pytest.mark.parametrize(
    "options",
    [
        {"phone_numbers": [FIRST_NUMBER, THIRD_NUMBER]},
        {"phone_numbers": ["+1 (500) 555-0003"]},
        {"phone_numbers": ["+1.500.555.0003", "+1-500-555-0003", THIRD_NUMBER]},
        {"phone_number_sids": [FIRST_SID, THIRD_SID]},
        {"phone_number_sids": [THIRD_SID.replace("PN", "pn"), THIRD_SID]},
        {"phone_numbers": [THIRD_NUMBER], "phone_number_sids": [THIRD_SID]},
        {"phone_numbers": [SECOND_NUMBER], "phone_number_sids": [THIRD_SID]},
    ],
    ids=["numbers", "formatted", "duplicates", "SIDs", "lower case SID", "same number and SID", "number and SID"],
)
def test_import_check_mode_then_run_then_rerun(
    run: TaskRunner, sandbox: SandboxProcess, options: dict[str, t.Any]
) -> None:
    predicted = run(check_mode=True, **options)
    assert take_requests(sandbox) == [*READS, LIST_AVAILABLE]
    assert imported(sandbox) == IMPORTED

    real = run(**options)
    assert imported_sids(sandbox) == [[THIRD_SID]]
    assert take_requests(sandbox) == [*READS, LIST_AVAILABLE, IMPORT, LIST_NUMBERS]
    assert imported(sandbox) == [*IMPORTED, THIRD_NUMBER]

    again, predicted_again = run(**options), run(check_mode=True, **options)
    look_up = [LIST_AVAILABLE] if "phone_number_sids" in options else []
    assert take_requests(sandbox) == [*READS, *look_up] * 2

    assert without_ids(predicted) == without_ids(real)
    assert real["changed"]
    third_id = number_id(sandbox, THIRD_NUMBER)
    third = {"phone_number": THIRD_NUMBER, "phone_number_sid": THIRD_SID, "id": third_id, "error": None}
    assert real["imported"] == [third]
    assert (real["removed"], real["failures"]) == ([], [])
    assert real["diff"]["before"] == {"phone_numbers": IMPORTED}
    assert real["diff"]["after"] == {"phone_numbers": [*IMPORTED, THIRD_NUMBER]}
    assert predicted["phone_numbers"][-1] == {"phone_number": THIRD_NUMBER}
    assert again == predicted_again
    assert (again["changed"], again["imported"], again["phone_numbers"]) == (False, [], real["phone_numbers"])


def test_module_options_as_text_are_converted(run_module: ModuleRunner) -> None:
    phone_numbers = f"{THIRD_NUMBER},{SECOND_NUMBER}"
    result = run_module("twilio_phone_numbers", provider_id=PROVIDER_ID.upper(), phone_numbers=phone_numbers)
    assert (result["changed"], numbers(result["imported"])) == (True, [THIRD_NUMBER])


def test_import_partial_failure_is_completed_by_rerun(run: TaskRunner, sandbox: SandboxProcess) -> None:
    add_to_account(sandbox, 4, trunk_sid="TK00000000000000000000000000000009")
    options = {"phone_numbers": [FOURTH_NUMBER, THIRD_NUMBER, "+15005550099"]}
    result = run(**options)
    message = "Trunk attachment failed: the phone number is attached to another trunk."
    assert list(errors(result)) == ["+15005550099", FOURTH_NUMBER]
    assert errors(result)[FOURTH_NUMBER] == message
    assert_errors(result, "account_number_missing", 4, of=["+15005550099"])
    assert (result["failed"], result["changed"], numbers(result["imported"])) == (True, True, [THIRD_NUMBER])
    assert imported(sandbox) == [*IMPORTED, THIRD_NUMBER] == result["diff"]["after"]["phone_numbers"]

    with changed_state(sandbox) as state:
        state["twilio_accounts"][0]["phone_numbers"][-1]["trunk_sid"] = None
    add_to_account(sandbox, 99)
    again = run(**options)
    assert imported_sids(sandbox) == [[FOURTH_SID, f"PN{99:032x}"]]
    assert (again.get("failed"), numbers(again["imported"])) == (None, [FOURTH_NUMBER, "+15005550099"])


def test_import_sid_missing_in_account_fails(run: TaskRunner) -> None:
    result = run(phone_number_sids=[MISSING_SID, THIRD_SID])
    error = "Phone number not found in the Twilio account."
    assert result["failures"] == [{"phone_number": None, "phone_number_sid": MISSING_SID, "id": None, "error": error}]
    assert_message(result["msg"], "number_failed", 1, f"{MISSING_SID}: {error}")
    assert result["changed"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_import_number_missing_in_account_is_not_sent(
    run: TaskRunner, sandbox: SandboxProcess, check_mode: bool
) -> None:
    result = run(phone_numbers=[MISSING_NUMBER], check_mode=check_mode)
    assert (list(errors(result)), result["changed"]) == ([MISSING_NUMBER], False)
    assert_errors(result, "account_number_missing", 3)
    assert take_requests(sandbox) == [*READS, LIST_AVAILABLE]


def test_import_many_numbers_is_sent_in_batches(run: TaskRunner, sandbox: SandboxProcess) -> None:
    add_to_account(sandbox, *range(10, 35))
    options = {"phone_numbers": [f"+1500555{number:04}" for number in range(10, 35)]}
    sandbox.inject_faults(ON_IMPORT, {**ON_IMPORT, "response": SERVER_ERROR})
    result = run(**options)
    # The third batch is not sent because the second one failed.
    assert [len(sids) for sids in imported_sids(sandbox)] == [10, 10]
    assert (result["changed"], len(result["imported"]), len(result["failures"])) == (True, 10, 15)
    assert_errors(result, "import_late", f"POST {ON_IMPORT['path']}: 500 ", "oops", of=["+15005550020"])
    assert_errors(result, "number_unsent", of=["+15005550034"])
    assert (result["error"]["method"], result["error"]["status"]) == ("POST", 500)

    sandbox.clear_requests()
    assert len(run(**options)["imported"]) == 15
    assert [len(sids) for sids in imported_sids(sandbox)] == [10, 5]


def test_import_refused_is_no_change(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_IMPORT, "response": {"status": 403, "json": {"detail": "no"}}})
    result = run(phone_numbers=[THIRD_NUMBER])
    assert list(errors(result)) == [THIRD_NUMBER]
    assert_errors(result, "hint_check_twilio_account", f"POST {ON_IMPORT['path']}: 403 Forbidden: no.", "Auth Token")
    assert (result["failed"], result["changed"], result["error"]["status"]) == (True, False, 403)
    assert take_requests(sandbox) == [*READS, LIST_AVAILABLE, IMPORT]


# Removal


@pytest.mark.parametrize(
    "options",
    [
        {"phone_numbers": [SECOND_NUMBER, THIRD_NUMBER]},
        {"phone_numbers": ["+1 500 555 0002"]},
        {"phone_number_sids": [SECOND_SID]},
        {"phone_numbers": [SECOND_NUMBER], "phone_number_sids": [SECOND_SID, THIRD_SID]},
    ],
    ids=["numbers", "formatted", "SID", "same number and SID"],
)
def test_removal_check_mode_then_run_then_rerun(
    run: TaskRunner, sandbox: SandboxProcess, options: dict[str, t.Any]
) -> None:
    look_up = [LIST_AVAILABLE] if "phone_number_sids" in options else []
    predicted = run(state="absent", check_mode=True, **options)
    assert take_requests(sandbox) == [*READS, *look_up, GET_NUMBER_AGENTS]
    assert imported(sandbox) == IMPORTED

    real = run(state="absent", **options)
    assert delete_queries(sandbox) == [{}]
    assert take_requests(sandbox) == [*READS, *look_up, GET_NUMBER_AGENTS, REMOVE, GET_NUMBER, LIST_NUMBERS]
    assert imported(sandbox) == [FIRST_NUMBER]

    again, predicted_again = run(state="absent", **options), run(state="absent", check_mode=True, **options)
    assert take_requests(sandbox) == [*READS, *look_up] * 2

    assert predicted == real
    sid = SECOND_SID if look_up else None
    second = {"phone_number": SECOND_NUMBER, "phone_number_sid": sid, "id": SECOND_NUMBER_ID, "error": None}
    assert real["removed"] == [second]
    assert (real["changed"], real["imported"], real["failures"]) == (True, [], [])
    assert numbers(real["phone_numbers"]) == [FIRST_NUMBER]
    assert real["diff"]["before"] == {"phone_numbers": IMPORTED}
    assert real["diff"]["after"] == {"phone_numbers": [FIRST_NUMBER]}
    assert again == predicted_again
    assert (again["changed"], again["removed"]) == (False, [])

    # The Twilio account still has the number.
    assert run(phone_numbers=[SECOND_NUMBER])["changed"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_removal_number_in_use_fails_with_agents(run: TaskRunner, sandbox: SandboxProcess, check_mode: bool) -> None:
    result = run(state="absent", phone_numbers=IMPORTED, check_mode=check_mode)
    assert list(errors(result)) == [FIRST_NUMBER]
    assert_errors(result, "number_in_use", "'Receptionist' (inbound, outbound)", "force: true")
    assert (result["changed"], numbers(result["removed"])) == (True, [SECOND_NUMBER])
    assert result["diff"]["after"] == {"phone_numbers": [FIRST_NUMBER]}
    assert imported(sandbox) == (IMPORTED if check_mode else [FIRST_NUMBER])


def test_removal_with_force_removes_number_in_use(run: TaskRunner, sandbox: SandboxProcess) -> None:
    predicted = run(state="absent", phone_numbers=[FIRST_NUMBER], force=True, check_mode=True)
    assert take_requests(sandbox) == READS
    real = run(state="absent", phone_numbers=[FIRST_NUMBER], force=True)
    assert delete_queries(sandbox) == [{"force": "true"}]
    assert take_requests(sandbox) == [*READS, REMOVE, GET_NUMBER, LIST_NUMBERS]
    assert predicted == real
    assert (real["changed"], imported(sandbox), sandbox.state()["agent_links"]) == (True, [SECOND_NUMBER], [])


@pytest.mark.parametrize("check_mode", [True, False])
def test_removal_agents_unreadable_sends_nothing(run: TaskRunner, sandbox: SandboxProcess, check_mode: bool) -> None:
    sandbox.inject_faults({**ON_AGENTS, "response": SERVER_ERROR})
    result = run(phone_numbers=[FIRST_NUMBER, THIRD_NUMBER], exclusive=True, check_mode=check_mode)
    assert "affected-agents: 500 Internal Server Error: oops" in result["msg"]
    assert (result["error"]["status"], result["changed"], imported(sandbox)) == (500, False, IMPORTED)


def test_removal_refused_for_new_link_names_agent(run: TaskRunner, sandbox: SandboxProcess) -> None:
    link = {
        "operation": "linkPhoneNumberToAgent",
        "path": {"id": SECOND_NUMBER_ID},
        "query": {"agentId": RECEPTIONIST, "mode": "inbound"},
    }
    sandbox.inject_faults({**ON_AGENTS, "concurrent_calls": [link]})
    result = run(state="absent", phone_numbers=[SECOND_NUMBER])
    refusal = f"DELETE {PROVIDER_PATH}/phone-numbers/{SECOND_NUMBER_ID}: 409 Conflict"
    detail = "The phone number +15005550002 is used by the agents Receptionist"
    assert_errors(result, "number_in_use", refusal, detail, "'Receptionist' (inbound)", "force: true")
    assert (result["changed"], result["error"]["status"]) == (False, 409)
    assert take_requests(sandbox) == [*READS, GET_NUMBER_AGENTS, REMOVE, GET_NUMBER_AGENTS]


@pytest.mark.parametrize(
    "agents", [SERVER_ERROR, {"status": 200, "json": {"affectedAgents": []}}], ids=["unreadable", "no agents"]
)
def test_removal_refused_without_agents_shows_detail(
    run: TaskRunner, sandbox: SandboxProcess, agents: dict[str, t.Any]
) -> None:
    refusal = {**ON_REMOVE, "response": {"status": 409, "json": {"detail": "It is busy."}}}
    sandbox.inject_faults(ON_AGENTS, refusal, {**ON_AGENTS, "response": agents})
    result = run(state="absent", phone_numbers=[SECOND_NUMBER])
    assert errors(result)[SECOND_NUMBER].endswith("409 Conflict: It is busy.")


# Exclusive lists


@pytest.mark.parametrize(
    "options",
    [{"phone_numbers": [FIRST_NUMBER, THIRD_NUMBER]}, {"phone_number_sids": [FIRST_SID, THIRD_SID]}],
    ids=["numbers", "SIDs"],
)
def test_exclusive_check_mode_then_run_then_rerun(
    run: TaskRunner, sandbox: SandboxProcess, options: dict[str, t.Any]
) -> None:
    predicted = run(exclusive=True, check_mode=True, **options)
    reads = [*READS, LIST_AVAILABLE, GET_NUMBER_AGENTS]
    assert take_requests(sandbox) == reads
    real = run(exclusive=True, **options)
    # Numbers are imported first, because a failed import cancels the removals.
    assert take_requests(sandbox) == [*reads, IMPORT, LIST_NUMBERS, REMOVE, GET_NUMBER, LIST_NUMBERS]
    again = run(exclusive=True, **options)
    assert take_requests(sandbox) == [*READS, *([LIST_AVAILABLE] if "phone_number_sids" in options else [])]
    assert without_ids(predicted) == without_ids(real)
    assert (real["changed"], numbers(real["imported"])) == (True, [THIRD_NUMBER])
    assert numbers(real["removed"]) == [SECOND_NUMBER]
    assert imported(sandbox) == [FIRST_NUMBER, THIRD_NUMBER] == real["diff"]["after"]["phone_numbers"]
    assert (again["changed"], again["phone_numbers"]) == (False, real["phone_numbers"])


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("force", [True, False])
@pytest.mark.parametrize(
    "missing",
    [MISSING_NUMBER, "100"],
)
def test_exclusive_missing_number_removes_nothing(
    run: TaskRunner, sandbox: SandboxProcess, check_mode: bool, force: bool, missing: str
) -> None:
    result = run(phone_numbers=[missing], exclusive=True, force=force, check_mode=check_mode)
    assert list(errors(result)) == [missing, *IMPORTED]
    assert_errors(result, "account_number_missing", 3, of=[missing])
    assert_errors(result, "removal_skipped", of=IMPORTED)
    assert (result["changed"], result["removed"], imported(sandbox)) == (False, [], IMPORTED)
    assert take_requests(sandbox) == [*READS, LIST_AVAILABLE]


@pytest.mark.parametrize(
    ("fault", "changed"),
    [
        ({"response": SERVER_ERROR}, True),
        ({"response": {"status": 422, "json": {"detail": "no"}}}, False),
        (
            {
                "response": {
                    "status": 200,
                    "json": {
                        "successCount": 0,
                        "failedCount": 1,
                        "errors": [{"phoneNumberSid": THIRD_SID, "errorMessage": "no"}],
                    },
                }
            },
            False,
        ),
        ({"response": {"status": 200, "json": {"successCount": 1, "failedCount": 0, "errors": []}}}, True),
        ({"reset": True, "effect_delay": 5}, True),
    ],
    ids=["500", "422", "error", "no effect", "lost"],
)
def test_exclusive_failed_import_removes_nothing(
    run: TaskRunner, sandbox: SandboxProcess, fault: dict[str, t.Any], changed: bool
) -> None:
    sandbox.inject_faults({**ON_IMPORT, **fault})
    result = run(phone_numbers=[THIRD_NUMBER], exclusive=True, force=True)
    assert list(errors(result)) == [THIRD_NUMBER, *IMPORTED]
    assert_errors(result, "removal_skipped", of=IMPORTED)
    assert (result["failed"], result["changed"], imported(sandbox)) == (True, changed, IMPORTED)


def test_exclusive_empty_list_requires_force(run: TaskRunner, sandbox: SandboxProcess) -> None:
    for check_mode in (True, False):
        refused = run(phone_numbers=[], exclusive=True, check_mode=check_mode)
        assert_message(refused["msg"], "all_numbers_removed", "exclusive", "force: true")
    assert sent(sandbox) == []
    predicted, real = (
        run(phone_numbers=[], exclusive=True, force=True, check_mode=check_mode) for check_mode in (True, False)
    )
    assert predicted == real
    assert (numbers(real["removed"]), imported(sandbox)) == (IMPORTED, [])


def test_empty_list_without_exclusive_changes_nothing(run: TaskRunner, sandbox: SandboxProcess) -> None:
    for state in ("present", "absent"):
        assert run(phone_numbers=[], phone_number_sids=[], state=state)["changed"] is False
    assert take_requests(sandbox) == READS * 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    phone_numbers=st.sets(st.sampled_from([FIRST_NUMBER, SECOND_NUMBER, THIRD_NUMBER, "+1 500 555 0004"])),
    sids=st.sets(st.sampled_from([FIRST_SID, SECOND_SID, THIRD_SID])),
    mode=st.sampled_from([("present", False), ("present", True), ("absent", False)]),
    force=st.booleans(),
)
def test_check_mode_generated_options_matches_run(
    run: TaskRunner,
    sandbox: SandboxProcess,
    phone_numbers: set[str],
    sids: set[str],
    mode: tuple[str, bool],
    force: bool,
) -> None:
    initial = sandbox.state()
    add_to_account(sandbox, 4)
    state, exclusive = mode
    options = {
        "phone_numbers": sorted(phone_numbers),
        "phone_number_sids": sorted(sids),
        "state": state,
        "exclusive": exclusive,
        "force": force,
    }
    predicted = run(check_mode=True, **options)
    real = run(**options)
    if "failures" in real:
        assert without_ids(predicted) == without_ids(real)
        assert imported(sandbox) == real["diff"]["after"]["phone_numbers"]
        again = run(**options)
        assert (again["changed"], again["failures"]) == (False, real["failures"])
        assert again["phone_numbers"] == real["phone_numbers"]
    else:
        assert predicted == real
    sandbox.restore(initial)


# Lists of available numbers that do not map SIDs to numbers


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("options", "kind", "alternative"),
    [
        ({"phone_number_sids": [SECOND_SID], "state": "absent"}, "number_sids_unmapped", "phone_numbers"),
        ({"phone_number_sids": [FIRST_SID, THIRD_SID], "exclusive": True}, "number_sids_unmapped", "phone_numbers"),
        ({"phone_numbers": [THIRD_NUMBER]}, "number_sid_unmapped", "phone_number_sids"),
        (
            {"phone_numbers": [THIRD_NUMBER], "phone_number_sids": [SECOND_SID]},
            "number_sid_unmapped",
            "phone_number_sids",
        ),
    ],
    ids=["removal", "exclusive", "number", "number and SID"],
)
def test_mapping_unknown_is_refused_before_write(
    run: TaskRunner,
    sandbox: SandboxProcess,
    options: dict[str, t.Any],
    kind: str,
    alternative: str,
    check_mode: bool,
) -> None:
    sandbox.inject_faults(NO_SIDS_AVAILABLE)
    result = run(check_mode=check_mode, **options)
    assert_message(result["msg"], kind, alternative)
    assert result["changed"] is False
    assert take_requests(sandbox) == [*READS, LIST_AVAILABLE]


def test_mapping_unknown_imported_numbers_need_no_sid(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(NO_SIDS_AVAILABLE)
    assert run(phone_numbers=IMPORTED, exclusive=True)["changed"] is False
    assert run(phone_numbers=[SECOND_NUMBER], state="absent")["changed"]
    assert take_requests(sandbox) == [*READS, *READS, GET_NUMBER_AGENTS, REMOVE, GET_NUMBER, LIST_NUMBERS]


def test_mapping_unknown_sid_is_imported(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(NO_SIDS_AVAILABLE)
    predicted = run(phone_number_sids=[THIRD_SID], check_mode=True)
    unknown = {"phone_number": None, "phone_number_sid": THIRD_SID, "id": None, "error": None}
    assert predicted["imported"] == [unknown]
    assert (predicted["changed"], predicted["diff"]["after"]) == (True, {"phone_numbers": IMPORTED})
    real = run(phone_number_sids=[THIRD_SID])
    third_id = number_id(sandbox, THIRD_NUMBER)
    third = {"phone_number": THIRD_NUMBER, "phone_number_sid": None, "id": third_id, "error": None}
    assert real["imported"] == [third]
    assert (real.get("failed"), real["changed"]) == (None, True)
    assert real["diff"]["after"] == {"phone_numbers": [*IMPORTED, THIRD_NUMBER]}

    # The error stays a failure, because its text is not part of the contract.
    again = run(phone_number_sids=[THIRD_SID])
    assert errors(again) == {THIRD_SID: ALREADY_IMPORTED}
    assert (again["failed"], again["changed"]) == (True, False)


def test_mapping_unknown_some_sids_fail(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(NO_SIDS_AVAILABLE)
    result = run(phone_number_sids=[FIRST_SID, THIRD_SID, MISSING_SID])
    assert list(errors(result)) == [FIRST_SID, MISSING_SID]
    assert (result["changed"], numbers(result["imported"])) == (True, [THIRD_NUMBER])


def test_available_list_without_imported_numbers_works(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(THIRD_AVAILABLE)
    assert numbers(run(phone_numbers=[FIRST_NUMBER, THIRD_NUMBER])["imported"]) == [THIRD_NUMBER]
    again = run(phone_number_sids=[FIRST_SID])
    assert errors(again) == {FIRST_SID: ALREADY_IMPORTED}
    assert again["changed"] is False
    for options in ({"state": "absent"}, {"exclusive": True}):
        assert_message(run(phone_number_sids=[FIRST_SID], **options)["msg"], "number_sids_unmapped")
    assert imported(sandbox) == [*IMPORTED, THIRD_NUMBER]


def test_import_by_another_client_is_not_reported(run: TaskRunner, sandbox: SandboxProcess) -> None:
    add_to_account(sandbox, 4)
    concurrent_import = {
        "operation": "importTwilioNumbers",
        "path": {"id": PROVIDER_ID},
        "body": {"phoneNumberSids": [FOURTH_SID]},
    }
    sandbox.inject_faults({**ON_IMPORT, "concurrent_calls": [concurrent_import]})
    result = run(phone_numbers=[THIRD_NUMBER])
    assert numbers(result["imported"]) == [THIRD_NUMBER]
    assert numbers(result["phone_numbers"]) == [*IMPORTED, THIRD_NUMBER, FOURTH_NUMBER]


# Unclear responses to imports


@pytest.mark.parametrize(
    "options", [{"phone_numbers": [THIRD_NUMBER]}, {"phone_number_sids": [THIRD_SID]}], ids=["number", "SID"]
)
@pytest.mark.parametrize(
    "fault",
    [
        {"reset": True},
        {"response": SERVER_ERROR},
        {"response": {"status": 502}},
        {"response": {"status": 504, "text": "gateway"}},
        {"response": {"status": 204}},
        {"response": {"status": 200, "text": "<html>"}},
        {"response": {"status": 200, "json": {}}},
        {"response": {"status": 200, "json": []}},
        {"response": {"status": 200, "json": {"successCount": "1", "errors": None}}},
        {"response": {"status": 200, "json": {"successCount": 0, "errors": ["x", {"phoneNumberSid": 7}]}}},
    ],
    ids=["lost", "500", "502", "504", "204", "HTML", "object", "array", "wrong types", "wrong errors"],
)
def test_import_unclear_response_finds_number(
    run: TaskRunner, sandbox: SandboxProcess, options: dict[str, t.Any], fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**ON_IMPORT, "effect": True, "times": None, **fault})
    result = run(api_retries=4, **options)
    assert (result.get("failed"), result["changed"]) == (None, True)
    assert numbers(result["imported"]) == [THIRD_NUMBER]
    assert take_requests(sandbox) == [*READS, LIST_AVAILABLE, IMPORT, LIST_NUMBERS]


@pytest.mark.parametrize(
    "fault",
    [{"reset": True}, {"response": {"status": 503}}, {"response": {"status": 202}}],
    ids=["lost", "503", "202"],
)
def test_import_with_late_effect_is_not_repeated(
    run: TaskRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**ON_IMPORT, **fault, "effect_delay": 3})
    result = run(api_retries=4, phone_numbers=[THIRD_NUMBER])
    assert (result["failed"], result["changed"], result["imported"]) == (True, True, [])
    assert_errors(result, "import_unconfirmed" if "202" in str(fault) else "import_late")
    assert take_requests(sandbox) == [*READS, LIST_AVAILABLE, IMPORT, *POLLS]
    wait_until(lambda: imported(sandbox) == [*IMPORTED, THIRD_NUMBER])
    assert run(phone_numbers=[THIRD_NUMBER])["changed"] is False


def test_import_without_effect_is_repeated_by_rerun(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_IMPORT, "reset": True, "effect": False})
    result = run(api_retries=4, phone_numbers=[THIRD_NUMBER])
    assert_errors(result, "connection_reset")
    assert_errors(result, "import_late")
    assert (result["changed"], result["error"]["method"], result["error"]["attempts"]) == (True, "POST", 1)
    assert run(phone_numbers=[THIRD_NUMBER])["changed"]


def test_import_after_429_is_repeated(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_IMPORT, "response": {"status": 429}, "times": 2})
    result = run(api_retries=4, phone_numbers=[THIRD_NUMBER])
    assert (result["changed"], len(result["retried"])) == (True, 2)
    sandbox.inject_faults({**ON_IMPORT, "response": {"status": 429, "headers": {"Retry-After": "3600"}}})
    add_to_account(sandbox, 4)
    refused = run(api_retries=4, phone_numbers=[FOURTH_NUMBER])
    assert_message(refused["msg"], "wait_requested", "3600 s")
    assert (refused["changed"], refused["error"]["retry_after"]) == (True, 3600)


@pytest.mark.parametrize("status", [400, 409, 422, 500])
def test_import_error_status_with_outcome_is_evaluated(run: TaskRunner, sandbox: SandboxProcess, status: int) -> None:
    add_to_account(sandbox, 4)
    error = {"phoneNumberSid": FOURTH_SID.upper(), "errorMessage": "Trunk attachment failed."}
    outcome = {"successCount": 1, "failedCount": 1, "errors": [error]}
    sandbox.inject_faults(
        {
            **ON_IMPORT,
            "rewrite": {"phoneNumberSids": [THIRD_SID]},
            "effect": True,
            "response": {"status": status, "json": outcome},
        }
    )
    result = run(phone_numbers=[THIRD_NUMBER, FOURTH_NUMBER])
    assert errors(result) == {FOURTH_NUMBER: "Trunk attachment failed."}
    assert (result["changed"], numbers(result["imported"])) == (True, [THIRD_NUMBER])


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [{"code": 7, "message": "x"}]},
        {"errors": {"phoneNumberSids": ["too many"]}},
        {"errors": "x"},
    ],
)
def test_import_400_with_other_errors_is_refusal(
    run: TaskRunner, sandbox: SandboxProcess, body: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**ON_IMPORT, "response": {"status": 400, "json": {"detail": "Not like this", **body}}})
    result = run(phone_number_sids=[THIRD_SID])
    assert f"POST {ON_IMPORT['path']}: 400 Bad Request: Not like this" in errors(result)[THIRD_NUMBER]


@pytest.mark.parametrize("faults", [[], [NO_SIDS_AVAILABLE]], ids=["mapped", "not mapped"])
@pytest.mark.parametrize(
    ("message", "shown"), [("Trunk.", "Trunk."), ("Not\n now.\x07", "Not now.")], ids=["text", "control characters"]
)
def test_import_error_message_is_returned(
    run: TaskRunner, sandbox: SandboxProcess, faults: list[dict[str, t.Any]], message: str, shown: str
) -> None:
    error = {"phoneNumberSid": THIRD_SID.lower(), "errorMessage": message}
    outcome = {"successCount": 0, "failedCount": 1, "errors": [error]}
    sandbox.inject_faults(*faults, {**ON_IMPORT, "response": {"status": 200, "json": outcome}})
    result = run(phone_number_sids=[THIRD_SID])
    assert (list(errors(result).values()), result["failed"], result["changed"]) == ([shown], True, False)


@pytest.mark.parametrize("faults", [[], [NO_SIDS_AVAILABLE]], ids=["mapped", "not mapped"])
@pytest.mark.parametrize(
    ("outcome", "kind", "facts"),
    [
        ({"errors": [{"phoneNumberSid": THIRD_SID}]}, "import_unexplained", []),
        ({"errors": [{"errorMessage": "Trunk."}]}, "import_unconfirmed", ["Trunk."]),
        ({"errors": []}, "import_unconfirmed", []),
        ({}, "import_unconfirmed", []),
    ],
    ids=["no message", "no SID", "no errors", "empty body"],
)
def test_import_failure_without_error_message_is_explained(
    run: TaskRunner,
    sandbox: SandboxProcess,
    faults: list[dict[str, t.Any]],
    outcome: dict[str, t.Any],
    kind: str,
    facts: list[str],
) -> None:
    counts = {"successCount": 0, "failedCount": 1} if outcome else {}
    sandbox.inject_faults(*faults, {**ON_IMPORT, "response": {"status": 200, "json": {**counts, **outcome}}})
    result = run(phone_number_sids=[THIRD_SID])
    assert (len(errors(result)), result["failed"]) == (1, True)
    assert_errors(result, kind, *facts)
    # Without an error for the SID, the service may have imported the number.
    assert result["changed"] is (kind == "import_unconfirmed")


def test_import_reported_without_effect_fails(run: TaskRunner, sandbox: SandboxProcess) -> None:
    outcome = {"successCount": 1, "failedCount": 0, "errors": []}
    sandbox.inject_faults({**ON_IMPORT, "response": {"status": 200, "json": outcome}})
    result = run(phone_numbers=[THIRD_NUMBER])
    assert list(errors(result)) == [THIRD_NUMBER]
    assert_errors(result, "import_ineffective")
    assert result["changed"]


@pytest.mark.parametrize("cut", [True, False])
def test_import_without_read_back_counts_as_change(run: TaskRunner, sandbox: SandboxProcess, cut: bool) -> None:
    sandbox.inject_faults(ON_LIST, {**ON_IMPORT, "reset": cut, "effect": True}, {**ON_LIST, "response": SERVER_ERROR})
    result = run(phone_numbers=[THIRD_NUMBER])
    assert_message(result["msg"], "current_numbers_unknown", f"GET {NUMBERS_PATH}: 500 Internal Server Error: oops.")
    assert contains(result["msg"], KINDS["connection_reset"]) is cut
    assert (result["failed"], result["changed"], result["error"]["method"]) == (True, True, "POST" if cut else "GET")


# Unclear responses to removals


@pytest.mark.parametrize(
    "fault",
    [
        {"reset": True},
        {"response": SERVER_ERROR},
        {"response": {"status": 204}},
        {"response": {"status": 200, "text": "gone"}},
    ],
    ids=["lost", "500", "204", "text"],
)
@pytest.mark.parametrize("api_retries", [0, 2])
def test_removal_unclear_response_is_verified(
    run: TaskRunner, sandbox: SandboxProcess, fault: dict[str, t.Any], api_retries: int
) -> None:
    sandbox.inject_faults({**ON_REMOVE, "effect": True, **fault})
    result = run(state="absent", phone_numbers=[SECOND_NUMBER], api_retries=api_retries)
    assert (result.get("failed"), result["changed"], numbers(result["removed"])) == (None, True, [SECOND_NUMBER])
    assert imported(sandbox) == [FIRST_NUMBER]


def test_removal_without_effect_stops_other_removals(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_REMOVE, "reset": True, "effect": False})
    result = run(state="absent", phone_numbers=IMPORTED, force=True)
    assert_errors(result, "still_exists", of=[FIRST_NUMBER])
    assert_errors(result, "may_take_effect", of=[FIRST_NUMBER])
    assert_errors(result, "number_unsent", of=[SECOND_NUMBER])
    assert (result["changed"], result["removed"], imported(sandbox)) == (True, [], IMPORTED)
    assert take_requests(sandbox) == [*READS, REMOVE, *[GET_NUMBER] * 5, *POLLS]


def test_removal_number_unreadable_is_found_in_list(run: TaskRunner, sandbox: SandboxProcess) -> None:
    unreadable = {"path": f"{NUMBERS_PATH}/[^/]*", "response": SERVER_ERROR}
    sandbox.inject_faults({**ON_REMOVE, "reset": True, "effect": True}, unreadable)
    result = run(state="absent", phone_numbers=[SECOND_NUMBER], force=True)
    assert (result.get("failed"), result["changed"], numbers(result["removed"])) == (None, True, [SECOND_NUMBER])


def test_removal_accepted_without_effect_fails(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_REMOVE, "response": {"status": 204}})
    result = run(state="absent", phone_numbers=IMPORTED, force=True)
    assert_errors(result, "write_accepted", f"DELETE {PROVIDER_PATH}/phone-numbers/", of=[FIRST_NUMBER])
    assert_errors(result, "still_exists", of=[FIRST_NUMBER])
    assert_errors(result, "number_unsent", of=[SECOND_NUMBER])
    assert (result["failed"], result["changed"], result["removed"]) == (True, True, [])


def test_removal_of_number_still_listed_fails(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_REMOVE, "response": {"status": 404, "json": {"detail": "not found"}}})
    result = run(state="absent", phone_numbers=IMPORTED, force=True)
    assert list(errors(result)) == [FIRST_NUMBER]
    assert_errors(result, "number_still_listed")
    assert (result["failed"], result["changed"], numbers(result["removed"])) == (True, True, [SECOND_NUMBER])


def test_removal_without_read_back_counts_as_change(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"path": PROVIDER_PATH}, ON_LIST, {"reset": True, "effect": False, "times": None})
    result = run(state="absent", phone_numbers=[SECOND_NUMBER], force=True)
    assert_message(result["msg"], "effect_unknown")
    assert_message(result["msg"], "current_numbers_unknown")
    assert (result["failed"], result["changed"]) == (True, True)


def test_removal_by_another_client_is_no_change(run: TaskRunner, sandbox: SandboxProcess) -> None:
    concurrent_removal = {
        "operation": "removeTwilioPhoneNumber",
        "path": {"id": PROVIDER_ID, "phoneNumberId": SECOND_NUMBER_ID},
        "query": {"force": False},
    }
    sandbox.inject_faults({**ON_AGENTS, "concurrent_calls": [concurrent_removal]})
    result = run(state="absent", phone_numbers=[SECOND_NUMBER])
    assert (result.get("failed"), result["changed"], result["removed"]) == (None, False, [])
    assert numbers(result["phone_numbers"]) == [FIRST_NUMBER]


@pytest.mark.parametrize(("status", "continues"), [(422, True), (409, True), (401, False), (403, False), (500, False)])
def test_removal_refused_for_number_keeps_others(
    run: TaskRunner, sandbox: SandboxProcess, status: int, continues: bool
) -> None:
    sandbox.inject_faults({**ON_REMOVE, "response": {"status": status, "json": {"detail": "no"}}})
    result = run(state="absent", phone_numbers=IMPORTED, force=True)
    assert (result["failed"], result["error"]["status"]) == (True, status)
    assert result["changed"] is (continues or status == 500)
    assert numbers(result["removed"]) == ([SECOND_NUMBER] if continues else [])
    assert imported(sandbox) == result["diff"]["after"]["phone_numbers"]


# Refused options and unusable reads


@pytest.mark.parametrize("state", ["present", "absent"])
def test_missing_provider_fails(run: TaskRunner, sandbox: SandboxProcess, state: str) -> None:
    result = run(provider_id=MISSING_ID, phone_numbers=[FIRST_NUMBER], state=state)
    assert result["error"]["status"] == 404
    assert result["error"]["path"].endswith(f"/{MISSING_ID}")
    assert take_requests(sandbox) == [GET_PROVIDER]


def test_provider_of_other_type_fails(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"path": PROVIDER_PATH, "patch": {"providerType": "vonage"}})
    assert_message(run(phone_numbers=[FIRST_NUMBER])["msg"], "provider_of_other_type", "'vonage'", "twilio")
    assert take_requests(sandbox) == [GET_PROVIDER]


@pytest.mark.parametrize(
    ("options", "kind", "facts"),
    [
        ({"phone_numbers": [""]}, "option_empty", ["phone_numbers"]),
        ({"phone_numbers": [" "]}, "option_blank", ["phone_numbers"]),
        (
            {"phone_numbers": [FIRST_NUMBER, f" {SECOND_NUMBER}"]},
            "option_untrimmed",
            ["phone_numbers", f"' {SECOND_NUMBER}'"],
        ),
        ({"phone_numbers": [None]}, "entry_null", ["phone_numbers"]),
        ({"phone_number_sids": [""]}, "option_empty", ["phone_number_sids"]),
        ({"phone_number_sids": [None]}, "entry_null", ["phone_number_sids"]),
        ({"phone_number_sids": [FIRST_NUMBER]}, "number_sid_malformed", ["phone_number_sids"]),
        ({"phone_number_sids": ["PN1"]}, "number_sid_malformed", ["phone_number_sids"]),
        ({"phone_number_sids": [f"{FIRST_SID}0"]}, "number_sid_malformed", ["phone_number_sids", "PN", "32"]),
        ({"phone_number_sids": [FIRST_SID.replace("PN", "AC")]}, "number_sid_malformed", ["phone_number_sids"]),
        (
            {"phone_numbers": [FIRST_NUMBER], "exclusive": True, "state": "absent"},
            "option_invalid",
            ["exclusive", "state: present"],
        ),
        (
            {"phone_numbers": [FIRST_NUMBER], "provider_id": "support-line"},
            "uuid_malformed",
            ["provider_id", "'support-line'"],
        ),
        (
            {"phone_numbers": [FIRST_NUMBER], "provider_id": None},
            "option_required",
            ["provider_id", "account_sid", "provider_name"],
        ),
        ({}, "option_required", ["phone_numbers", "phone_number_sids"]),
    ],
)
def test_invalid_option_is_refused_before_requests(
    run: TaskRunner, sandbox: SandboxProcess, options: dict[str, t.Any], kind: str, facts: list[str]
) -> None:
    result = run(**options)
    assert_message(result["msg"], kind, *facts)
    assert (result["failed"], result["changed"], sent(sandbox)) == (True, False, [])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "one of the following is required: phone_numbers, phone_number_sids"),
        # The wording differs between versions of Ansible.
        ({"phone_numbers": [None], "exclusive": True, "force": True}, "phone_numbers"),
        ({"phone_number_sids": [None], "exclusive": True, "force": True}, "phone_number_sids"),
        ({"phone_numbers": [FIRST_NUMBER], "state": None}, "state"),
    ],
)
def test_module_list_from_empty_template_is_refused(
    run_module: ModuleRunner, sandbox: SandboxProcess, options: dict[str, t.Any], message: str
) -> None:
    result = run_module("twilio_phone_numbers", provider_id=PROVIDER_ID, **options)
    assert message in result["msg"]
    assert sent(sandbox) == []


@pytest.mark.parametrize(("value", "kind"), [(None, "option_required"), ("", "option_empty")])
def test_module_null_or_empty_list_is_refused(
    run_module: ModuleRunner, sandbox: SandboxProcess, value: str | None, kind: str
) -> None:
    options = {"phone_numbers": value, "exclusive": True, "force": True}
    result = run_module("twilio_phone_numbers", provider_id=PROVIDER_ID, **options)
    assert_message(result["msg"], kind, "phone_numbers")
    assert sent(sandbox) == []


def test_incomplete_list_of_numbers_sends_nothing(run: TaskRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_LIST, "patch": {"totalCount": 3}, "times": None})
    assert_message(run(phone_numbers=[THIRD_NUMBER])["msg"], "list_incomplete", 2, "totalCount", 3)
    assert set(take_requests(sandbox)) == set(READS)


def test_exclusive_keeps_numbers_of_other_providers(run: TaskRunner, sandbox: SandboxProcess) -> None:
    add_records(sandbox, MISSING_ID, SECOND_NUMBER)
    # The service may ignore the filter.
    sandbox.inject_faults({**ON_LIST, "query": {"providerId": None}, "times": None})
    result = run(phone_numbers=[FIRST_NUMBER], exclusive=True)
    assert numbers(result["removed"]) == [SECOND_NUMBER]
    assert imported(sandbox) == IMPORTED


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("options", [{"phone_numbers": [SECOND_NUMBER], "state": "absent"}, EXCLUSIVE])
def test_number_of_unknown_provider_is_not_removed(
    run: TaskRunner, sandbox: SandboxProcess, options: dict[str, t.Any], check_mode: bool
) -> None:
    sandbox.set_world(number_provider_id="never")
    result = run(check_mode=check_mode, force=True, **options)
    assert (list(errors(result)), result["changed"]) == ([SECOND_NUMBER], False)
    assert_errors(result, "number_owner_unknown")


def test_removal_of_number_imported_again_fails(run: TaskRunner, sandbox: SandboxProcess) -> None:
    # Another client removes and imports the number between the read and the removal, so it has another ID.
    with changed_state(sandbox) as state:
        # Not an ID of the counter, which would be used again.
        state["sip_phone_numbers"][1]["id"] = MISSING_ID
    removal = {
        "operation": "removeTwilioPhoneNumber",
        "path": {"id": PROVIDER_ID, "phoneNumberId": MISSING_ID},
        "query": {"force": True},
    }
    again = {
        "operation": "importTwilioNumbers",
        "path": {"id": PROVIDER_ID},
        "query": {},
        "body": {"phoneNumberSids": [SECOND_SID]},
    }
    sandbox.inject_faults({"path": ".*/affected-agents", "concurrent_calls": [removal, again]})
    result = run(state="absent", phone_numbers=[SECOND_NUMBER])
    assert list(errors(result)) == [SECOND_NUMBER]
    assert_errors(result, "number_imported_again")


def test_import_refused_by_twilio_keeps_other_imports(run: TaskRunner, sandbox: SandboxProcess) -> None:
    # Two import requests, the second of which Twilio refuses. Its 401 does not mean that the key is refused.
    numbers_of_account = range(4, 14)
    for number in numbers_of_account:
        add_to_account(sandbox, number)
    sandbox.inject_faults(ON_IMPORT, {**ON_IMPORT, "response": {"status": 401, "json": {"detail": "Twilio"}}})
    wanted = [THIRD_NUMBER, *(f"+1500555{number:04}" for number in numbers_of_account)]
    result = run(phone_numbers=wanted)
    assert (result["failed"], result["changed"], len(result["imported"])) == (True, True, 10)
    assert len(result["failures"]) == 1


def test_import_by_sid_without_effect_fails(run: TaskRunner, sandbox: SandboxProcess) -> None:
    outcome = {"successCount": 1, "failedCount": 0, "errors": []}
    sandbox.inject_faults(NO_SIDS_AVAILABLE, {**ON_IMPORT, "response": {"status": 200, "json": outcome}})
    result = run(phone_number_sids=[THIRD_SID])
    assert len(errors(result)) == 1
    assert_errors(result, "import_ineffective")
    assert (result["failed"], result["changed"]) == (True, True)


@pytest.mark.parametrize(
    ("phone_number", "removed"),
    [("100", True), ("0100", False), ("+100", False), ("sales", True), ("Sales", False)],
)
def test_number_not_e164_is_compared_literally(
    run: TaskRunner, sandbox: SandboxProcess, phone_number: str, removed: bool
) -> None:
    add_records(sandbox, PROVIDER_ID, "100", "sales")
    assert run(phone_numbers=[phone_number], state="absent")["changed"] is removed


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("phone_number", ["15005550002", "5005550002", "0015005550002"])
def test_number_without_plus_is_refused(
    run: TaskRunner, sandbox: SandboxProcess, state: str, phone_number: str
) -> None:
    result = run(phone_numbers=[phone_number], state=state)
    assert_message(result["msg"], "plus_sign_missing", "phone_numbers", repr(phone_number))
    assert take_requests(sandbox) == []


def test_number_stored_without_plus_matches(run: TaskRunner, sandbox: SandboxProcess) -> None:
    stored = SECOND_NUMBER.lstrip("+")
    with changed_state(sandbox) as state:
        state["sip_phone_numbers"][1]["phoneNumber"] = stored
    assert run(phone_numbers=[SECOND_NUMBER])["changed"] is False
    assert run(phone_numbers=[SECOND_NUMBER], state="absent")["changed"]
    assert imported(sandbox) == [FIRST_NUMBER]
