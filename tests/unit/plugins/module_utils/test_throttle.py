# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the rate of requests to a service with a rate limit."""

from __future__ import annotations

import re
import threading
import time

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._ansible.task import perform
from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import MAX_REPORTED_RETRIES, Client
from ansible_collections.dasha.blackbox.plugins.module_utils._http.parallel import for_each
from ansible_collections.dasha.blackbox.plugins.module_utils._http.throttle import Throttle
from ansible_collections.dasha.blackbox.plugins.module_utils._plan.plan import Outcome
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_RESOURCE
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message
from ansible_collections.dasha.blackbox.tests.support.tasks import connect, request_error
from ansible_collections.dasha.blackbox.tests.support.token_bucket import TokenBucketServer


@pytest.mark.parametrize(
    ("rate", "has_retry_after", "workers", "number"),
    [(20, False, 64, 80), (5, True, 8, 30), (5, True, 64, 30)],
)
def test_fleet_adapts_to_rate_limit(rate: float, has_retry_after: bool, workers: int, number: int) -> None:
    with TokenBucketServer(rate, 10, has_retry_after=has_retry_after) as server:
        # With one retry, a second 429 that counts would fail a request.
        with connect(server.url, api_retries=1, api_retry_max_delay=60) as client:
            start = time.monotonic()
            for_each(range(number), lambda item: client.get(f"/providers/{item}"), workers)
            duration = time.monotonic() - start
    assert server.served == number
    # On a loaded machine, all workers may send a request before the first 429 arrives. The bucket holds 10.
    burst = max(0, min(workers, number) - 10)
    assert server.refused < burst + number / 2
    assert duration <= 1.5 * server.duration(number)


def test_request_that_is_always_refused_ends_after_retries(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"response": {"status": 429}, "times": None})
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=3) as client:
        error = request_error(client)
    assert (error.status, error.attempts) == (429, 4)
    assert_message(error.message, "rate_limit_exceeded")
    assert_message(error.message, "sent_repeatedly", 4)
    assert re.search(r" \d+\.\d s\b", error.message)


def test_next_request_is_not_retried_until_one_is_served(sandbox: SandboxProcess) -> None:
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=2) as client:
        for times, attempts in ((4, [3, 1]), (5, [3, 1, 1])):
            sandbox.inject_faults({"response": {"status": 429}, "times": times})
            assert [request_error(client).attempts for _request in attempts] == attempts
            assert client.get(PROVIDER_RESOURCE).attempts == 1


def test_refused_write_ends_although_reads_succeed(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"method": "PUT", "response": {"status": 429}, "times": None})
    ended = threading.Event()

    def read(client: Client) -> None:
        while not ended.is_set():
            client.get(PROVIDER_RESOURCE)

    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=2) as client:
        reader = threading.Thread(target=read, args=(client,))
        reader.start()
        try:
            assert request_error(client, "PUT", PROVIDER_RESOURCE, {"region": "ie1"}).attempts == 3
        finally:
            ended.set()
            reader.join()


@pytest.mark.parametrize("retries", [MAX_REPORTED_RETRIES, MAX_REPORTED_RETRIES + 10])
def test_reported_retries_are_limited(sandbox: SandboxProcess, retries: int) -> None:
    sandbox.inject_faults({"method": "GET", "response": {"status": 503}, "times": retries})
    options = {
        "api_key": sandbox.api_key,
        "api_url": sandbox.url,
        "api_timeout": 10.0,
        "api_retries": 20,
        "api_retry_max_delay": 0.001,
        "validate_certs": True,
        "ca_path": None,
    }

    def read(client: Client) -> Outcome:
        # Each request has at most 20 retries.
        for _number in range(4):
            for_each(range(8), lambda item: client.get(PROVIDER_RESOURCE), 8)
        return Outcome()

    result = perform(options, [], read, lambda line: None)
    assert len(result.values["retried"]) == MAX_REPORTED_RETRIES
    assert len(result.warnings) == (1 if retries > MAX_REPORTED_RETRIES else 0)
    for warning in result.warnings:
        assert_message(warning, "retries_not_listed", retries, MAX_REPORTED_RETRIES)


def started_within(throttle: Throttle, seconds: float) -> int:
    """Return the number of requests that one thread may start within this time."""
    end = time.monotonic() + seconds
    number = 0
    while throttle.wait() < end:
        number += 1
    return number


def test_throttle_halves_rate_at_most() -> None:
    throttle = Throttle(threading.Event())
    for _number in range(100):
        throttle.speed_up("GET")
    throttle.slow_down(throttle.wait(), 0)
    assert 40 <= started_within(throttle, 0.5) <= 60
    # The window has no served request any more.
    time.sleep(1)
    throttle.slow_down(throttle.wait(), 0)
    assert 20 <= started_within(throttle, 0.5) <= 30


def test_throttle_ignores_refusal_of_earlier_request() -> None:
    throttle = Throttle(threading.Event())
    for _number in range(100):
        throttle.speed_up("GET")
    started = [throttle.wait() for _number in range(64)]
    for moment in started:
        throttle.slow_down(moment, 0)
    assert 40 <= started_within(throttle, 0.5) <= 60


def test_concurrent_refusals_count_once() -> None:
    throttle = Throttle(threading.Event())
    started = [throttle.wait() for _number in range(8)]
    assert [throttle.count_refusal("GET", moment) for moment in started] == [1] * 8
    assert throttle.count_refusal("GET", throttle.wait()) == 2
    assert throttle.count_refusal("PUT", throttle.wait()) == 1
    throttle.speed_up("GET")
    assert throttle.count_refusal("GET", throttle.wait()) == 1
    assert throttle.count_refusal("PUT", throttle.wait()) == 2


def test_throttle_pauses_all_requests() -> None:
    throttle = Throttle(threading.Event())
    start = throttle.wait()
    throttle.slow_down(start, 0.3)
    assert throttle.wait() - start >= 0.3


def test_stopped_throttle_does_not_wait() -> None:
    stopped = threading.Event()
    throttle = Throttle(stopped)
    start = throttle.wait()
    throttle.slow_down(start, 600)
    timer = threading.Timer(0.1, stopped.set)
    timer.start()
    assert throttle.wait() - start < 60
    timer.join()
