# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of tasks with many requests that end early, because the service serves none."""

from __future__ import annotations

import time
import typing as t
import uuid

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._http.circuit import MAX_FORBIDDEN, MAX_OUTAGES
from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._http.parallel import for_each
from ansible_collections.dasha.blackbox.plugins.module_utils._provider import bulk
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    GENERIC_PATH,
    PROVIDER_ID,
    PROVIDER_PATH,
    PROVIDER_RESOURCE,
)
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message
from ansible_collections.dasha.blackbox.tests.support.servers import closed_port
from ansible_collections.dasha.blackbox.tests.support.tasks import connect, execute, parameters, request_error

NUMBER = 200
CONCURRENCY = 8
FLEET = {
    "providers": [parameters(id=str(uuid.UUID(int=number, version=4)), region="ie1") for number in range(NUMBER)],
    "concurrency": CONCURRENCY,
    "return_unchanged": False,
}


def run_fleet(url: str, **options: t.Any) -> dict[str, t.Any]:
    """Return the result of a task for many providers."""
    with connect(url, **options) as client, pytest.raises(BlackboxError) as raised:
        execute(bulk.plan, client, FLEET)
    return raised.value.result()


def early_end(result: dict[str, t.Any]) -> tuple[int, str]:
    """Return the number of requests that were sent, and why the others were not. Check that each entry has failed."""
    assert result["summary"] == {"total": NUMBER, "changed": 0, "failed": NUMBER}
    errors = [entry["error"] for entry in result["providers"]]
    unsent = [error for error in errors if error["attempts"] == 0]
    reasons = {error["msg"].partition(f"{error['path']}: ")[2] for error in unsent}
    [reason] = reasons
    assert_message(result["msg"], "requests_not_sent", f" {len(unsent)} ", reason)
    return NUMBER - len(unsent), reason


def answer(sandbox: SandboxProcess, status: int, **headers: str) -> None:
    """Let the mock server answer all requests with a status code."""
    sandbox.inject_faults({"times": None, "response": {"status": status, "headers": headers}})


def test_fleet_with_wrong_key_ends_early(sandbox: SandboxProcess) -> None:
    number, reason = early_end(run_fleet(sandbox.url, api_key="another-fake-key"))
    assert number <= CONCURRENCY
    assert_message(reason, "task_ended_by_key", "GET /", "401 Unauthorized")
    assert len(sandbox.requests()) <= CONCURRENCY


@pytest.mark.parametrize("status", [429, 503])
def test_fleet_ends_early_after_long_retry_after(sandbox: SandboxProcess, status: int) -> None:
    answer(sandbox, status, **{"Retry-After": "3600"})
    result = run_fleet(sandbox.url, api_key=sandbox.api_key, api_retries=4, api_retry_max_delay=60)
    number, reason = early_end(result)
    assert number <= CONCURRENCY
    assert_message(reason, "task_ended_by_wait", "api_retry_max_delay", "GET /", f": {status} ")
    assert len(sandbox.requests()) <= CONCURRENCY


def test_fleet_of_hanging_service_ends_early(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"times": None, "delay": 30})
    start = time.monotonic()
    result = run_fleet(sandbox.url, api_key=sandbox.api_key, api_timeout=1, api_retries=1)
    assert time.monotonic() - start < 20
    number, reason = early_end(result)
    assert number < MAX_OUTAGES + CONCURRENCY
    assert_message(reason, "task_ended_by_outages", f" {MAX_OUTAGES} ", f"GET {sandbox.url}/")


def test_fleet_that_is_always_throttled_ends_early(sandbox: SandboxProcess) -> None:
    answer(sandbox, 429, **{"Retry-After": "1"})
    start = time.monotonic()
    result = run_fleet(sandbox.url, api_key=sandbox.api_key, api_retries=2, api_retry_max_delay=1)
    assert time.monotonic() - start < 20
    assert early_end(result)[0] < MAX_OUTAGES + CONCURRENCY


@pytest.mark.parametrize("status", [502, 503, 504])
def test_fleet_without_upstream_ends_early(sandbox: SandboxProcess, status: int) -> None:
    answer(sandbox, status)
    assert early_end(run_fleet(sandbox.url, api_key=sandbox.api_key))[0] < MAX_OUTAGES + CONCURRENCY


@pytest.mark.parametrize("url", [f"http://127.0.0.1:{closed_port()}", "https://blackbox.invalid"], ids=["port", "host"])
def test_fleet_without_connection_ends_early(url: str) -> None:
    assert early_end(run_fleet(url))[0] < MAX_OUTAGES + CONCURRENCY


def test_fleet_that_is_forbidden_ends_early(sandbox: SandboxProcess) -> None:
    answer(sandbox, 403)
    number, reason = early_end(run_fleet(sandbox.url, api_key=sandbox.api_key))
    assert MAX_FORBIDDEN <= number < MAX_FORBIDDEN + CONCURRENCY
    assert_message(reason, "task_ended_by_forbidden", f" {MAX_FORBIDDEN} ", "GET /", "403 Forbidden")


@pytest.mark.parametrize("status", [400, 404, 409, 422, 500])
def test_other_failures_end_nothing(sandbox: SandboxProcess, status: int) -> None:
    answer(sandbox, status)
    with connect(sandbox.url, api_key=sandbox.api_key) as client:
        for _number in range(MAX_FORBIDDEN + 5):
            assert request_error(client).status == status


def fail(client: Client, sandbox: SandboxProcess, status: int, times: int) -> None:
    """Send requests that fail with a status code."""
    sandbox.inject_faults({"times": times, "response": {"status": status}})
    for _number in range(times):
        assert request_error(client).status == status


@pytest.mark.parametrize(("status", "maximum"), [(503, MAX_OUTAGES), (403, MAX_FORBIDDEN)])
def test_success_starts_count_anew(sandbox: SandboxProcess, status: int, maximum: int) -> None:
    with connect(sandbox.url, api_key=sandbox.api_key) as client:
        for _round in range(3):
            fail(client, sandbox, status, maximum - 1)
            assert client.get(PROVIDER_RESOURCE).status == 200
        fail(client, sandbox, status, maximum)
        error = request_error(client)
        assert (error.attempts, error.status, error.is_unsent, error.is_ambiguous) == (0, None, True, False)


def test_refusal_starts_count_of_outages_anew(sandbox: SandboxProcess) -> None:
    with connect(sandbox.url, api_key=sandbox.api_key) as client:
        fail(client, sandbox, 503, MAX_OUTAGES - 1)
        fail(client, sandbox, 422, 1)
        fail(client, sandbox, 503, MAX_OUTAGES - 1)
        assert client.get(PROVIDER_RESOURCE).status == 200


def test_retries_end_when_another_request_ends_the_task(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(
        {"path": PROVIDER_PATH, "times": None, "response": {"status": 503, "headers": {"Retry-After": "50"}}},
        {"path": GENERIC_PATH, "times": None, "delay": 1, "response": {"status": 401}},
    )
    start = time.monotonic()
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=3, api_retry_max_delay=60) as client:
        errors: list[BlackboxError] = []
        for_each_error(client, [PROVIDER_RESOURCE, f"/providers/{PROVIDER_ID}"], errors)
    assert time.monotonic() - start < 20
    assert sorted((error.status, error.attempts) for error in errors) == [(401, 1), (503, 1)]


def for_each_error(client: Client, paths: list[str], errors: list[BlackboxError]) -> None:
    """Collect the errors of concurrent reads."""

    def read(path: str) -> None:
        try:
            client.get(path)
        except BlackboxError as error:
            errors.append(error)

    for_each(paths, read)


def test_resumed_client_sends_requests(sandbox: SandboxProcess) -> None:
    with connect(sandbox.url, api_key=sandbox.api_key) as client:
        fail(client, sandbox, 401, 1)
        assert request_error(client).is_unsent
        client.resume()
        assert client.get(PROVIDER_RESOURCE).status == 200


def test_unsent_write_changes_nothing(sandbox: SandboxProcess) -> None:
    with connect(sandbox.url, api_key=sandbox.api_key) as client:
        fail(client, sandbox, 401, 1)
        error = request_error(client, "PUT", PROVIDER_RESOURCE, {"region": "ie1"})
        assert (error.is_unsent, error.changed, client.has_written) == (True, False, False)
