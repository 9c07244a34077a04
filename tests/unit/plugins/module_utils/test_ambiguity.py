# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of failed requests that may have taken effect, and of interim responses."""

from __future__ import annotations

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._http.request import Request
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_RESOURCE
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message
from ansible_collections.dasha.blackbox.tests.support.servers import (
    Script,
    ScriptedServer,
    http_response,
    respond,
    send_ok_to_five_requests,
)
from ansible_collections.dasha.blackbox.tests.support.tasks import connect, request_error

REFUSALS = {400, 401, 403, 404, 405, 406, 410, 411, 413, 414, 415, 417, 421, 422, 426, 428, 431, 451}
AMBIGUOUS = {101, 303, 408, 425, 499, 500, 501, 502, 503, 504, 520, 524, 527, 599}
#: Ambiguous for a request that creates something, and only for such a request.
AMBIGUOUS_CREATION = {300, 301, 302, 304, 307, 308, 402, 409, 423, 429}
STATUSES = sorted(REFUSALS | AMBIGUOUS | AMBIGUOUS_CREATION)

INTERIM = b"HTTP/1.1 %d Interim\r\nLink: </style.css>; rel=preload\r\n\r\n"
REQUESTS = [
    pytest.param(Request("PUT", PROVIDER_RESOURCE, body={}), AMBIGUOUS, id="update"),
    pytest.param(
        Request("POST", "/providers/twilio", body={}, is_idempotent=False), AMBIGUOUS | AMBIGUOUS_CREATION, id="create"
    ),
    pytest.param(Request("GET", PROVIDER_RESOURCE), set[int](), id="read"),
]


def error_of(request: Request, script: Script) -> BlackboxError:
    """Return the error of a request to a server with this script."""
    with ScriptedServer(script) as server, connect(server.url) as client:
        with pytest.raises(BlackboxError) as raised:
            client.send(request)
    return raised.value


@pytest.mark.parametrize(("request_", "ambiguous"), REQUESTS)
@pytest.mark.parametrize("status", STATUSES)
def test_status_is_ambiguous_by_request(request_: Request, ambiguous: set[int], status: int) -> None:
    error = error_of(request_, respond(http_response(f"{status} Any")))
    assert (error.status, error.is_ambiguous) == (status, status in ambiguous)


@pytest.mark.parametrize(("request_", "ambiguous"), REQUESTS)
def test_lost_response_is_ambiguous_for_writes(request_: Request, ambiguous: set[int]) -> None:
    error = error_of(request_, respond(b""))
    assert (error.status, error.is_ambiguous) == (None, bool(ambiguous))


@pytest.mark.parametrize("status", [100, 102, 103, 199])
def test_interim_responses_are_skipped(status: int) -> None:
    response = INTERIM % status * 3 + http_response("200 OK", b'{"a": 1}')
    with ScriptedServer(respond(response)) as server, connect(server.url) as client:
        assert client.get(PROVIDER_RESOURCE).body == {"a": 1}


def test_connection_is_reused_after_interim_response() -> None:
    script = respond(INTERIM % 103, send_ok_to_five_requests)
    with ScriptedServer(script) as server, connect(server.url) as client:
        assert [client.get(PROVIDER_RESOURCE).body for _number in range(5)] == [{}] * 5
        assert server.connections == 1


@pytest.mark.parametrize("status", [100, 102, 103])
def test_close_after_interim_response_is_ambiguous(status: int) -> None:
    error = error_of(Request("PUT", PROVIDER_RESOURCE, body={}), respond(INTERIM % status))
    assert (error.status, error.is_transient, error.is_ambiguous) == (None, True, True)


@pytest.mark.parametrize("status", [100, 103])
def test_too_many_interim_responses_are_ambiguous(status: int) -> None:
    response = INTERIM % status * 101 + http_response("200 OK", b"{}")
    error = error_of(Request("PUT", PROVIDER_RESOURCE, body={}), respond(response))
    assert (error.status, error.is_transient, error.is_ambiguous) == (None, False, True)
    assert_message(error.message, "response_not_http")


def test_connection_is_not_reused_after_101() -> None:
    switch = respond(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")
    with ScriptedServer(switch, send_ok_to_five_requests) as server, connect(server.url) as client:
        assert request_error(client, "PUT").status == 101
        assert client.get(PROVIDER_RESOURCE).body == {}
        assert server.connections == 2


@pytest.mark.parametrize(("is_idempotent", "expected_looks"), [(True, 0), (False, 2)])
def test_429_is_looked_up_before_creation_is_repeated(
    sandbox: SandboxProcess, is_idempotent: bool, expected_looks: int
) -> None:
    sandbox.inject_faults({"response": {"status": 429}, "times": 2})
    looks: list[bool] = []

    def look(_error: BlackboxError) -> bool:
        looks.append(True)
        return True

    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=3) as client:
        request = Request(
            "PUT", PROVIDER_RESOURCE, body={"region": "ie1"}, may_repeat=look, is_idempotent=is_idempotent
        )
        assert client.send(request).attempts == 3
    assert len(looks) == expected_looks
