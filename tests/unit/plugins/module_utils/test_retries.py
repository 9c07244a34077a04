# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent again, when, and what a write means whose answer is lost."""

from __future__ import annotations

import time
import typing as t
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._http.request import API_PREFIX, Request
from ansible_collections.dasha.blackbox.plugins.module_utils._http.retry import back_off, parse_retry_after
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_ID, PROVIDER_PATH, UPDATE_PATH
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent
from ansible_collections.dasha.blackbox.tests.support.servers import ScriptedServer
from ansible_collections.dasha.blackbox.tests.support.tasks import connect
from ansible_collections.dasha.blackbox.tests.support.timing import wait_until

PATH = PROVIDER_PATH.removeprefix(API_PREFIX)
READ = ("GET", PROVIDER_PATH, None)
WRITE = ("PUT", UPDATE_PATH, {"region": "ie1"})
RETRY = {"DASHA_BLACKBOX_API_RETRIES": "2"}


@pytest.fixture
def patient(sandbox: SandboxProcess) -> t.Iterator[Client]:
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=2) as client:
        yield client


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_refusals_that_may_pass_are_tried_again(
    patient: Client, sandbox: SandboxProcess, status: int, method: str
) -> None:
    sandbox.inject_faults({"response": {"status": status}, "times": 2})
    path, body = ("/providers/twilio/" + PROVIDER_ID, {"region": "ie1"}) if method == "PUT" else (PATH, None)
    answer = patient.send(Request(method, path, body=body))
    assert answer.attempts == 3
    assert [retry["reason"][:3] for retry in patient.retried] == [str(status)] * 2
    assert all(retry["method"] == method and 0 < retry["wait"] <= 0.05 for retry in patient.retried)
    assert len(sandbox.requests()) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 422, 500, 501])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_other_refusals_are_final(patient: Client, sandbox: SandboxProcess, status: int, method: str) -> None:
    sandbox.inject_faults({"response": {"status": status, "json": {}}, "times": None})
    path, body = ("/providers/twilio/" + PROVIDER_ID, {"region": "ie1"}) if method == "PUT" else (PATH, None)
    with pytest.raises(BlackboxError) as failure:
        patient.send(Request(method, path, body=body))
    assert (failure.value.status, failure.value.attempts, patient.retried) == (status, 1, [])
    assert len(sandbox.requests()) == 1


def test_a_connection_that_breaks_is_tried_again(patient: Client, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"reset": True})
    assert patient.get(PATH).attempts == 2
    assert [retry["reason"] for retry in patient.retried] == ["Connection reset by peer."]


def test_an_attempt_that_takes_too_long_is_tried_again(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"delay": 5})
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=1, api_timeout=2) as client:
        assert client.get(PATH).attempts == 2
        assert "no complete response within 2 s" in client.retried[0]["reason"]


def test_a_refused_connection_is_tried_again_and_each_attempt_counts() -> None:
    with connect("http://127.0.0.1:1", api_retries=3) as client, pytest.raises(BlackboxError) as failure:
        client.send(Request("PUT", PATH, body={"region": "ie1"}))
    assert failure.value.attempts == 4
    assert failure.value.message == f"PUT http://127.0.0.1:1{PROVIDER_PATH}: Connection refused. Sent 4 times."
    assert not failure.value.is_ambiguous


def test_an_unknown_host_is_final() -> None:
    with (
        connect("https://blackbox.invalid", api_retries=3) as client,
        pytest.raises(BlackboxError, match="cannot be resolved") as failure,
    ):
        client.send(Request("PUT", PATH, body={"region": "ie1"}))
    assert (failure.value.attempts, failure.value.is_ambiguous) == (1, False)


def test_without_retries_nothing_is_sent_again(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"response": {"status": 503}})
    with (
        connect(sandbox.url, api_key=sandbox.api_key) as client,
        pytest.raises(BlackboxError, match="503 Service Unavailable") as failure,
    ):
        client.get(PATH)
    assert failure.value.attempts == 1
    assert "Sent" not in failure.value.message


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
)
def test_retry_after_is_read_as_far_as_it_makes_sense(value: str | None, expected: float | None) -> None:
    assert parse_retry_after(value) == expected


def test_retry_after_may_be_a_date() -> None:
    wait = parse_retry_after(format_datetime(datetime.now(timezone.utc) + timedelta(hours=1), usegmt=True))
    assert wait is not None
    assert 1800 < wait <= 3600


def test_what_the_service_asks_for_is_waited(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"response": {"status": 429, "headers": {"Retry-After": "1"}}})
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=1, api_retry_max_delay=5) as client:
        start = time.monotonic()
        client.get(PATH)
        assert time.monotonic() - start >= 1
        assert [retry["wait"] for retry in client.retried] == [1]


def test_a_wait_that_is_too_long_fails_at_once_and_says_so(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"response": {"status": 429, "headers": {"Retry-After": "86400"}}, "times": None})
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=4, api_retry_max_delay=60) as client:
        before = datetime.now(timezone.utc)
        with pytest.raises(BlackboxError) as failure:
            client.get(PATH)
        assert client.retried == []
    assert failure.value.retry_after == 86400
    assert "wait 86400 s" in failure.value.message
    days = {f"{moment + timedelta(days=1):%Y-%m-%d}" for moment in (before, datetime.now(timezone.utc))}
    assert any(f"longer than api_retry_max_delay (60 s): come back at {day}" in failure.value.message for day in days)


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_without_retries_the_message_says_when_to_come_back(sandbox: SandboxProcess, method: str) -> None:
    sandbox.inject_faults({"response": {"status": 429, "headers": {"Retry-After": "30"}}})
    path, body = ("/providers/twilio/" + PROVIDER_ID, {"region": "ie1"}) if method == "PUT" else (PATH, None)
    with (
        connect(sandbox.url, api_key=sandbox.api_key, api_retry_max_delay=60) as client,
        pytest.raises(BlackboxError) as failure,
    ):
        client.send(Request(method, path, body=body))
    assert "It asks to wait 30 s: come back at 20" in failure.value.message
    assert failure.value.retry_after == 30


def test_waits_double_from_a_second_and_differ() -> None:
    for attempt in range(1, 8):
        waits = [back_off(attempt, 60) for _number in range(50)]
        middle = 2 ** (attempt - 1)
        assert all(min(0.75 * middle, 60) <= wait <= min(1.25 * middle, 60) for wait in waits)
        assert len(set(waits)) > 1 or middle > 60


def test_a_retry_stands_in_the_result(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"method": "GET", "response": {"status": 503}})
    result = run_module("twilio_provider", id=PROVIDER_ID, environment=RETRY)
    [retry] = result["retried"]
    assert {key: retry[key] for key in ("method", "path")} == {"method": "GET", "path": PROVIDER_PATH}
    assert retry["reason"].startswith("503 Service Unavailable")


def test_retries_stand_in_a_failure_too(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"response": {"status": 503}, "times": None})
    result = run_module("twilio_provider", id=PROVIDER_ID, environment=RETRY)
    assert result["error"]["attempts"] == 3
    assert len(result["retried"]) == 2
    assert result["msg"].endswith("Sent 3 times.")


@pytest.mark.parametrize(
    "fault",
    [
        {"reset": True, "effect": True},
        {"reset": True, "effect": False},
        {"response": {"status": 502}, "effect": True},
        {"delay": 8, "effect": False, "response": {"status": 200}},
    ],
)
def test_an_update_whose_answer_is_lost_is_sent_again(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({"method": "PUT", **fault})
    result = run_module("twilio_provider", id=PROVIDER_ID, region="ie1", api_timeout=2, environment=RETRY)
    assert (result["changed"], result["provider"]["region"], len(result["retried"])) == (True, "ie1", 1)
    assert sent(sandbox) == [READ, WRITE, WRITE]
    assert sandbox.state()["providers"][0]["region"] == "ie1"


@pytest.mark.parametrize(
    "fault",
    [{"reset": True}, {"response": {"status": 500}, "effect": True}, {"response": {"status": 504}, "effect": True}],
)
def test_an_update_that_took_effect_is_found_when_no_answer_tells(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({"method": "PUT", **fault, "times": None})
    result = run_module("twilio_provider", id=PROVIDER_ID, region="ie1")
    assert not result.get("failed")
    assert (result["changed"], result["provider"]["region"]) == (True, "ie1")
    assert sent(sandbox) == [READ, WRITE, READ]


def test_an_update_that_was_stored_otherwise_says_how_when_no_answer_tells(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    sandbox.inject_faults({"method": "PUT", "rewrite": {"name": "SALES"}, "effect": True, "response": {"status": 502}})
    result = run_module("twilio_provider", id=PROVIDER_ID, name="Sales")
    assert result["changed"] is True
    assert "502 Bad Gateway. Read afterwards: name is 'SALES', not 'Sales' as asked for." in result["msg"]
    assert result["msg"].endswith('Declare name: "SALES" to match it. The request may still take effect.')


def test_an_update_without_answer_or_effect_says_that_it_may_still_come(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    sandbox.inject_faults({"method": "PUT", "reset": True, "effect": False, "times": None})
    result = run_module("twilio_provider", id=PROVIDER_ID, region="ie1")
    assert result["changed"] is False
    assert result["error"]["method"] == "PUT"
    assert result["msg"].endswith("as asked for. The request may still take effect.")


def test_an_update_that_nothing_is_known_of_counts_as_changed(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    sandbox.inject_faults({"method": "GET"}, {"reset": True, "times": None})
    result = run_module("twilio_provider", id=PROVIDER_ID, region="ie1")
    assert result["changed"] is True
    assert result["error"]["method"] == "PUT"
    assert (
        "Whether it took effect is unknown, because the provider could not be read afterwards. GET http"
        in result["msg"]
    )


def test_nothing_is_sent_after_the_end() -> None:
    """When a task is interrupted, the server sees the connection end and receives nothing more."""
    left: list[bytes] = []

    def listen_on(connection: t.Any) -> None:
        while piece := connection.recv(65536):
            left.append(piece)

    with ScriptedServer(listen_on, listen_on) as server:
        with connect(server.url, api_timeout=0.5, api_retries=1) as client, pytest.raises(BlackboxError) as failure:
            client.send(Request("PUT", PATH, body={"region": "ie1"}))
        assert failure.value.is_ambiguous
        wait_until(lambda: server.connections == 2)
        time.sleep(0.5)
        assert left == []
