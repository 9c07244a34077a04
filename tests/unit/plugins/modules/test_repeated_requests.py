# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests that are sent again, and results of tasks whose requests get no response."""

from __future__ import annotations

import re
import typing as t

import pytest
import yaml

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    AUTH_TOKEN,
    FIRST_NUMBER_ID,
    NIGHT_SHIFT,
    OTHER_ACCOUNT_SID,
    OTHER_AUTH_TOKEN,
    PROVIDER_ID,
    PROVIDER_PATH,
    RECEPTIONIST,
    SECOND_NUMBER_ID,
    SEED,
)
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent


class Case(t.NamedTuple):
    """Request of a task.

    :param path: Regular expression for the path of the request.
    :param repeatable: Whether the request is sent again when it may have been processed.
    :param succeeds: Whether the task succeeds when the service processes the request and sends no response.
    :param changed: `changed` when the service neither processes the request nor sends a response.
    :param numbers: Whether the provider has its two phone numbers.
    """

    method: str
    module: str
    options: dict[str, t.Any]
    repeatable: bool
    succeeds: bool
    path: str = ".*"
    numbers: bool = False


PROVIDER = {"id": PROVIDER_ID}
IMPORT = {"provider_id": PROVIDER_ID, "phone_numbers": ["+15005550001", "+15005550003"]}
REMOVAL = {"provider_id": PROVIDER_ID, "phone_numbers": ["+15005550002", "+15005550003"], "state": "absent"}
LINK = {"phone_number_id": SECOND_NUMBER_ID, "agent_id": NIGHT_SHIFT}
UNLINK = {"phone_number_id": FIRST_NUMBER_ID, "agent_id": RECEPTIONIST, "state": "absent"}
CREATION = {"account_sid": OTHER_ACCOUNT_SID, "auth_token": OTHER_AUTH_TOKEN, "name": "Sales line"}
ROTATION = {**PROVIDER, "auth_token": AUTH_TOKEN, "update_auth_token": "always"}
DELETION = {**PROVIDER, "state": "absent"}
REQUESTS = {
    "read": Case("GET", "twilio_provider_info", PROVIDER, path=PROVIDER_PATH, repeatable=True, succeeds=False),
    "update": Case("PUT", "twilio_provider", {**PROVIDER, "region": "ie1"}, repeatable=True, succeeds=True),
    "token": Case("PATCH", "twilio_provider", ROTATION, repeatable=True, succeeds=False),
    "verification": Case("POST", "twilio_provider_verify", PROVIDER, repeatable=True, succeeds=False),
    "deletion": Case("DELETE", "twilio_provider", DELETION, repeatable=True, succeeds=True),
    "creation": Case("POST", "twilio_provider", CREATION, repeatable=False, succeeds=True),
    "import": Case("POST", "twilio_phone_numbers", IMPORT, repeatable=False, succeeds=True, numbers=True),
    "removal": Case("DELETE", "twilio_phone_numbers", REMOVAL, repeatable=True, succeeds=True, numbers=True),
    "link": Case("PUT", "phone_number_agent_link", LINK, repeatable=True, succeeds=True, numbers=True),
    "unlink": Case("DELETE", "phone_number_agent_link", UNLINK, repeatable=True, succeeds=True, numbers=True),
}
Attempt = t.Callable[..., tuple[int, dict[str, t.Any]]]


@pytest.fixture(params=REQUESTS.values(), ids=REQUESTS)
def case(request: pytest.FixtureRequest) -> Case:
    """Return each request."""
    return t.cast("Case", request.param)


@pytest.fixture
def attempt(run_module: ModuleRunner, sandbox: SandboxProcess, case: Case) -> Attempt:
    """Return a function that runs the task with a fault. It returns the number of requests and the result."""

    def run(**fault: t.Any) -> tuple[int, dict[str, t.Any]]:
        seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
        if not case.numbers:
            seed["providers"][0]["phoneNumberSids"] = []
            seed["agent_links"] = []
        sandbox.restore(seed)
        sandbox.clear_requests()
        sandbox.inject_faults({"method": case.method, "path": case.path, **fault})
        result = run_module(case.module, api_retries=1, **case.options)
        return [method for method, path, _body in sent(sandbox) if re.fullmatch(case.path, path)].count(
            case.method
        ), result

    return run


def test_request_after_429_is_sent_again(attempt: Attempt) -> None:
    assert attempt(response={"status": 429})[0] == 2


def test_request_after_503_is_sent_again_if_repeatable(case: Case, attempt: Attempt) -> None:
    assert attempt(response={"status": 503})[0] == (2 if case.repeatable else 1)


def test_lost_response_is_replaced_by_reading(case: Case, attempt: Attempt) -> None:
    assert bool(attempt(reset=True, times=None)[1].get("failed")) is not case.succeeds


def test_lost_request_fails_the_task(case: Case, attempt: Attempt) -> None:
    times, result = attempt(reset=True, effect=False, times=None)
    assert (times, result["failed"]) == (2 if case.repeatable else 1, True)
    # A write may have taken effect all the same.
    assert result["changed"] is (case.method != "GET")
