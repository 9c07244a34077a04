# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of retries: the errors after which a request is sent again, and the delays."""

from __future__ import annotations

import re
import socket
import time
import typing as t
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from ansible.module_utils import basic

from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._http.request import Request
from ansible_collections.dasha.blackbox.plugins.module_utils._http.retry import back_off, parse_retry_after
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    PROVIDER_ID,
    PROVIDER_PATH,
    PROVIDER_RESOURCE,
)
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, assert_message, contains
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.servers import ScriptedServer
from ansible_collections.dasha.blackbox.tests.support.tasks import cause, connect, request_error
from ansible_collections.dasha.blackbox.tests.support.timing import wait_until

Body = t.Optional[dict[str, t.Any]]

RETRIES = {"DASHA_BLACKBOX_API_RETRIES": "2"}

read_and_write = pytest.mark.parametrize(
    ("method", "path", "body"),
    [("GET", PROVIDER_RESOURCE, None), ("PUT", PROVIDER_RESOURCE, {"region": "ie1"})],
    ids=["GET", "PUT"],
)


@pytest.fixture
def retrying_client(sandbox: SandboxProcess) -> t.Iterator[Client]:
    """Yield a client of the mock server that sends a request up to three times."""
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=2) as client:
        yield client


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@read_and_write
def test_transient_status_is_retried(
    retrying_client: Client, sandbox: SandboxProcess, status: int, method: str, path: str, body: Body
) -> None:
    sandbox.inject_faults({"response": {"status": status}, "times": 2})
    assert retrying_client.send(Request(method, path, body=body)).attempts == 3
    assert [retry["reason"][:3] for retry in retrying_client.retried] == [str(status)] * 2
    assert all(retry["method"] == method and retry["wait"] > 0 for retry in retrying_client.retried)
    assert len(sandbox.requests()) == 3


@pytest.mark.parametrize("status", [408, 425, 520, 522, 524])
def test_transient_status_of_read_is_retried(retrying_client: Client, sandbox: SandboxProcess, status: int) -> None:
    sandbox.inject_faults({"response": {"status": status}, "times": 2})
    assert retrying_client.get(PROVIDER_RESOURCE).attempts == 3


@pytest.mark.parametrize("status", [408, 425, 520, 522, 524])
def test_transient_status_of_read_is_final_for_write(
    retrying_client: Client, sandbox: SandboxProcess, status: int
) -> None:
    sandbox.inject_faults({"response": {"status": status}})
    error = request_error(retrying_client, "PUT", PROVIDER_RESOURCE, {"region": "ie1"})
    assert (error.attempts, error.is_ambiguous) == (1, True)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 422, 500, 501])
@read_and_write
def test_other_status_is_final(
    retrying_client: Client, sandbox: SandboxProcess, status: int, method: str, path: str, body: Body
) -> None:
    sandbox.inject_faults({"response": {"status": status, "json": {}}, "times": None})
    error = request_error(retrying_client, method, path, body)
    assert (error.status, error.attempts, retrying_client.retried) == (status, 1, [])
    assert len(sandbox.requests()) == 1


def test_reset_connection_is_retried(retrying_client: Client, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"reset": True})
    assert retrying_client.get(PROVIDER_RESOURCE).attempts == 2
    [retry] = retrying_client.retried
    assert_message(retry["reason"], "connection_reset")


def test_timeout_is_retried(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"delay": 5})
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=1, api_timeout=2) as client:
        assert client.get(PROVIDER_RESOURCE).attempts == 2
        assert_message(client.retried[0]["reason"], "timed_out", " 2 s")


def test_refused_connection_is_retried() -> None:
    with connect("http://127.0.0.1:1", api_retries=3) as client:
        error = request_error(client, "PUT", body={"region": "ie1"})
    assert error.attempts == 4
    assert error.message.startswith(f"PUT http://127.0.0.1:1{PROVIDER_PATH}: ")
    assert_message(error.message, "connection_refused")
    assert_message(error.message, "hint_check_address", "api_url", "https://")
    assert_message(error.message, "sent_repeatedly", 4)
    assert re.search(r" 0\.\d s\b", error.message)
    assert not error.is_ambiguous


def test_unknown_host_is_final() -> None:
    with connect("https://blackbox.invalid", api_retries=3) as client:
        error = request_error(client, "PUT", body={"region": "ie1"})
    assert_message(error.message, "host_unresolved")
    assert (error.attempts, error.is_ambiguous) == (1, False)


def test_each_wait_is_shown_before_next_attempt(sandbox: SandboxProcess) -> None:
    shown: list[tuple[str, int]] = []
    sandbox.inject_faults({"response": {"status": 503}}, {"reset": True})
    with connect(
        sandbox.url,
        api_key=sandbox.api_key,
        api_retries=2,
        show=lambda line: shown.append((line, len(sandbox.requests()))),
    ) as client:
        client.get(PROVIDER_RESOURCE)
    [(first, sent_before_first), (second, sent_before_second)] = shown
    assert (sent_before_first, sent_before_second) == (1, 2)
    assert_message(first, "wait_before_attempt", f"GET {PROVIDER_PATH}: 503 Service Unavailable", " 0.1 s")
    assert_message(second, "wait_before_attempt", f"GET {PROVIDER_PATH}: ", " 0.1 s")
    assert_message(second, "connection_reset")


def test_last_failure_is_not_shown(sandbox: SandboxProcess) -> None:
    shown: list[str] = []
    sandbox.inject_faults({"response": {"status": 503}, "times": None})
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=1, show=shown.append) as client:
        request_error(client)
    assert len(shown) == 1


def test_zero_retries_sends_one_request(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"response": {"status": 503}})
    with connect(sandbox.url, api_key=sandbox.api_key) as client:
        error = request_error(client)
    assert cause(error).startswith("503 Service Unavailable")
    assert error.attempts == 1
    assert not contains(error.message, KINDS["sent_repeatedly"])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", 1.0),
        ("0", 0.0),
        ("9" * 400, 366 * 86400),
        ("-1", None),
        ("soon", None),
        ("Sun Nov  6 08:49:37 1994", 0.0),
        ("1.5", None),
        ("\u0663", None),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("Mon, 99 Nov 2026 20:00:00 GMT", None),
        (None, None),
    ],
    ids=lambda value: "9..." if len(str(value)) > 100 else None,
)
def test_retry_after_is_parsed(value: str | None, expected: float | None) -> None:
    assert parse_retry_after(value) == expected


def test_retry_after_date_is_relative_to_now() -> None:
    delay = parse_retry_after(format_datetime(datetime.now(timezone.utc) + timedelta(hours=1), usegmt=True))
    assert delay is not None
    assert 1800 < delay <= 3600


@pytest.mark.parametrize("hours", [-10_000, 10_000])
def test_retry_after_date_is_relative_to_date_header(hours: int) -> None:
    date = datetime.now(timezone.utc) + timedelta(hours=hours)
    headers = [format_datetime(moment, usegmt=True) for moment in (date + timedelta(seconds=90), date)]
    assert parse_retry_after(*headers) == 90


def test_retry_after_date_ignores_unusable_date_header() -> None:
    date = format_datetime(datetime.now(timezone.utc) + timedelta(hours=1), usegmt=True)
    delay = parse_retry_after(date, "now")
    assert delay is not None
    assert 1800 < delay <= 3600


@pytest.mark.parametrize("value", ["0", "-5", "Sun, 06 Nov 1994 08:49:37 GMT"])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_without_wait_keeps_back_off(sandbox: SandboxProcess, status: int, value: str) -> None:
    sandbox.inject_faults({"response": {"status": status, "headers": {"Retry-After": value}}})
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=1, api_retry_max_delay=0.5) as client:
        start = time.monotonic()
        client.get(PROVIDER_RESOURCE)
        assert time.monotonic() - start >= 0.5
        assert [retry["wait"] >= 0.5 for retry in client.retried] == [True]


def test_retry_after_delays_retry(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"response": {"status": 429, "headers": {"Retry-After": "1"}}})
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=1, api_retry_max_delay=1) as client:
        start = time.monotonic()
        client.get(PROVIDER_RESOURCE)
        assert time.monotonic() - start >= 1
        assert [retry["wait"] >= 1 for retry in client.retried] == [True]


def test_retry_after_over_maximum_is_final(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"response": {"status": 429, "headers": {"Retry-After": "86400"}}, "times": None})
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=4, api_retry_max_delay=60) as client:
        before = datetime.now(timezone.utc)
        error = request_error(client)
        assert client.retried == []
    assert error.retry_after == 86400
    assert_message(error.message, "wait_requested", " 86400 s")
    assert_message(error.message, "wait_too_long", "60 s")
    days = {f"{moment + timedelta(days=1):%Y-%m-%d}" for moment in (before, datetime.now(timezone.utc))}
    assert any(day in error.message for day in days)


@read_and_write
def test_message_names_end_of_retry_after(sandbox: SandboxProcess, method: str, path: str, body: Body) -> None:
    sandbox.inject_faults({"response": {"status": 429, "headers": {"Retry-After": "30"}}})
    with connect(sandbox.url, api_key=sandbox.api_key, api_retry_max_delay=60) as client:
        error = request_error(client, method, path, body)
    assert_message(error.message, "wait_requested", " 30 s")
    assert not contains(error.message, KINDS["wait_too_long"])
    assert re.search(r" 20\d\d-\d\d-\d\d \d\d:\d\d UTC", error.message)
    assert error.retry_after == 30


def test_back_off_doubles_with_jitter() -> None:
    for attempt in range(1, 8):
        delays = [back_off(attempt, 60) for _number in range(50)]
        mean = 2 ** (attempt - 1)
        assert all(min(0.75 * mean, 60) <= delay <= min(1.25 * mean, 60) for delay in delays)
        assert len(set(delays)) > 1 or mean > 60


def test_retry_is_reported_in_result(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"method": "GET", "response": {"status": 503}})
    result = run_module("twilio_provider", id=PROVIDER_ID, environment=RETRIES)
    [retry] = result["retried"]
    assert {key: retry[key] for key in ("method", "path")} == {"method": "GET", "path": PROVIDER_PATH}
    assert retry["reason"].startswith("503 Service Unavailable")


def test_wait_is_written_to_system_log(
    run_module: ModuleRunner, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "log", lambda module, line, log_args=None: lines.append(line))
    sandbox.inject_faults({"method": "GET", "response": {"status": 503}})
    run_module("twilio_provider", id=PROVIDER_ID, environment=RETRIES)
    assert_message(lines[-1], "wait_before_attempt", f"GET {PROVIDER_PATH}: 503 Service Unavailable")


def test_retries_are_reported_in_failure(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"response": {"status": 503}, "times": None})
    result = run_module("twilio_provider", id=PROVIDER_ID, environment=RETRIES)
    assert result["error"]["attempts"] == 3
    assert len(result["retried"]) == 2
    assert_message(result["msg"], "sent_repeatedly", 3)


def test_closed_client_sends_nothing() -> None:
    received_later: list[bytes] = []

    def record(connection: socket.socket) -> None:
        while chunk := connection.recv(65536):
            received_later.append(chunk)

    with ScriptedServer(record, record) as server:
        with connect(server.url, api_timeout=0.5, api_retries=1) as client:
            assert request_error(client, "PUT", body={"region": "ie1"}).is_ambiguous
        wait_until(lambda: server.connections == 2)
        time.sleep(0.5)
        assert received_later == []
