# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removal of several numbers of which some are refused."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._phone_number.imports import plan
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    CREDENTIALS_PATH,
    FIRST_NUMBER,
    NUMBERS_PATH,
    PROVIDER_ID,
    PROVIDER_PATH,
    SECOND_NUMBER,
)
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message
from ansible_collections.dasha.blackbox.tests.support.recorded import sent
from ansible_collections.dasha.blackbox.tests.support.tasks import NO_PROVIDER, execute, run_task

REMOVE = {"method": "DELETE", "path": f"{PROVIDER_PATH}/phone-numbers/.*"}
REFUSED = {"status": 422, "json": {"detail": "It is busy."}}
PAGE = {"status": 404, "text": "<html>Not found</html>"}

Result = dict[str, t.Any]


def remove(sandbox: SandboxProcess, api_retries: int = 0) -> Result:
    """Remove both numbers of the provider."""
    options = {
        **NO_PROVIDER,
        "provider_id": PROVIDER_ID,
        "phone_numbers": [FIRST_NUMBER, SECOND_NUMBER],
        "phone_number_sids": None,
        "state": "absent",
        "exclusive": False,
        "force": True,
    }
    return run_task(sandbox, lambda client: execute(plan, client, options), api_retries)


def numbers(entries: list[Result]) -> list[str]:
    return [entry["phone_number"] for entry in entries]


def errors(result: Result) -> dict[str, str]:
    return {entry["phone_number"]: entry["error"] for entry in result["failures"]}


def imported(sandbox: SandboxProcess) -> list[str]:
    return [number["phoneNumber"] for number in sandbox.state()["sip_phone_numbers"]]


def removals(sandbox: SandboxProcess) -> int:
    return [method for method, _path, _body in sent(sandbox)].count("DELETE")


def test_refusal_after_success_keeps_success(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(REMOVE, {**REMOVE, "response": REFUSED})
    result = remove(sandbox)
    assert (result["failed"], result["changed"], result["error"]["status"]) == (True, True, 422)
    assert numbers(result["removed"]) == [FIRST_NUMBER]
    assert list(errors(result)) == [SECOND_NUMBER]
    assert errors(result)[SECOND_NUMBER].endswith("422 Unprocessable Entity: It is busy.")
    assert numbers(result["phone_numbers"]) == imported(sandbox) == [SECOND_NUMBER]
    assert result["diff"]["after"] == {"phone_numbers": [SECOND_NUMBER]}


def test_refusal_after_lost_removal_keeps_removal(sandbox: SandboxProcess) -> None:
    """Keep a removal of which only the list of numbers knows."""
    sandbox.inject_faults(
        {**REMOVE, "reset": True, "effect": True},
        {"path": f"{NUMBERS_PATH}/[^/]*", "response": {"status": 422, "json": {}}},
        {**REMOVE, "response": REFUSED},
    )
    result = remove(sandbox)
    assert (result["changed"], numbers(result["removed"])) == (True, [FIRST_NUMBER])
    assert numbers(result["phone_numbers"]) == imported(sandbox) == [SECOND_NUMBER]


@pytest.mark.parametrize("status", [400, 409, 422])
def test_refusal_of_one_number_stops_no_other(sandbox: SandboxProcess, status: int) -> None:
    sandbox.inject_faults({**REMOVE, "response": {"status": status, "json": {}}})
    result = remove(sandbox)
    assert (result["failed"], result["changed"], result["error"]["status"]) == (True, True, status)
    assert (numbers(result["removed"]), imported(sandbox)) == ([SECOND_NUMBER], [FIRST_NUMBER])


def test_refusals_of_all_numbers_are_unchanged(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**REMOVE, "response": REFUSED, "times": 2})
    result = remove(sandbox)
    assert (result["failed"], result["changed"], result["removed"]) == (True, False, [])
    assert list(errors(result)) == [FIRST_NUMBER, SECOND_NUMBER] == numbers(result["phone_numbers"])
    # Nothing was removed, so the numbers are not read again.
    assert sent(sandbox)[-1][0] == "DELETE"


def test_unproven_404_does_not_stop_other_removals(sandbox: SandboxProcess) -> None:
    # A page instead of a problem, and no list of credentials: the API did not say that the number is missing.
    sandbox.inject_faults({**REMOVE, "response": PAGE}, {"path": CREDENTIALS_PATH, "response": PAGE})
    result = remove(sandbox)
    assert (result["failed"], result["changed"], result["error"]["status"]) == (True, True, 404)
    assert (numbers(result["removed"]), imported(sandbox)) == ([SECOND_NUMBER], [FIRST_NUMBER])
    assert "404 Not Found" in errors(result)[FIRST_NUMBER]


def test_proven_404_is_no_failure(sandbox: SandboxProcess) -> None:
    number_id = sandbox.state()["sip_phone_numbers"][1]["id"]
    deletion = {
        "operation": "removeTwilioPhoneNumber",
        "path": {"id": PROVIDER_ID, "phoneNumberId": number_id},
        "query": {"force": True},
    }
    sandbox.inject_faults({**REMOVE, "concurrent_calls": [deletion]})
    result = remove(sandbox)
    assert (result.get("failed"), numbers(result["removed"]), imported(sandbox)) == (None, [FIRST_NUMBER], [])


@pytest.mark.parametrize("status", [401, 403, 405, 410, 429, 503])
def test_other_refusals_stop_removals(sandbox: SandboxProcess, status: int) -> None:
    sandbox.inject_faults({**REMOVE, "response": {"status": status, "json": {}}})
    result = remove(sandbox)
    assert (result["failed"], result["changed"], result["removed"], removals(sandbox)) == (True, status == 503, [], 1)
    assert_message(errors(result)[SECOND_NUMBER], "number_unsent")
