# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of errors: their result, and the message of each status code of a read and of a write."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._plan.write import POLL_DELAYS
from ansible_collections.dasha.blackbox.plugins.module_utils._provider import manage
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_ID, PROVIDER_PATH
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, contains
from ansible_collections.dasha.blackbox.tests.support.recorded import sent
from ansible_collections.dasha.blackbox.tests.support.tasks import execute, parameters

READ = ("GET", PROVIDER_PATH, None)
WRITE = ("PUT", PROVIDER_PATH, {"region": "ie1"})
PHRASES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    410: "Gone",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
#: Kinds of the hints, by status code.
HINTS = {401: "hint_check_key", 403: "hint_permission", 404: "hint_check_id", 429: "rate_limit_exceeded"}
#: Bodies of error responses, and what a message shows of them after the status; None if the body is not of the API.
BODIES: dict[str, tuple[dict[str, t.Any], str | None]] = {
    "detail": ({"json": {"title": "No", "detail": "The text of the service."}}, ": The text of the service."),
    "title": ({"json": {"title": "Only a title"}}, ": Only a title."),
    "fields": ({"json": {"errors": {"Region": ["unknown"]}}}, ": Region: unknown."),
    "JSON as text": ({"text": '{"detail": "JSON, served as text"}'}, ": JSON, served as text."),
    "HTML": ({"text": "<html>oops</html>"}, None),
    "empty": ({}, "."),
}


def assert_described(message: str, request: str, status: int, shown: str | None) -> None:
    """Check that a message begins with the request and its status, and contains the hint for this status only."""
    assert message.startswith(f"{request}: {status} {PHRASES[status]}{shown or ': '}")
    assert contains(message, KINDS["body_not_of_api"]) is (shown is None)
    assert "oops" not in message
    assert [code for code, kind in HINTS.items() if contains(message, KINDS[kind])] == [*{status} & HINTS.keys()]


def update_error(client: Client, status: int) -> BlackboxError:
    """Return the error of the update of a region. Check its status code."""
    with pytest.raises(BlackboxError) as raised:
        execute(manage.plan, client, parameters(id=PROVIDER_ID, region="ie1"), check_mode=False)
    assert raised.value.result()["error"]["status"] == status
    return raised.value


@pytest.mark.parametrize("status", PHRASES)
@pytest.mark.parametrize(("body", "shown"), BODIES.values(), ids=BODIES)
def test_refused_read_is_described(
    client: Client, sandbox: SandboxProcess, status: int, body: dict[str, t.Any], shown: str | None
) -> None:
    sandbox.inject_faults({"method": "GET", "response": {"status": status, **body}})
    error = update_error(client, status)
    assert_described(error.message, f"GET {PROVIDER_PATH}", status, shown)
    assert not contains(error.message, KINDS["read_afterwards"])
    assert sent(sandbox) == [READ]


@pytest.mark.parametrize("status", PHRASES)
@pytest.mark.parametrize(("body", "shown"), BODIES.values(), ids=BODIES)
def test_refused_write_is_described(
    client: Client, sandbox: SandboxProcess, status: int, body: dict[str, t.Any], shown: str | None
) -> None:
    sandbox.inject_faults({"method": "PUT", "response": {"status": status, **body}})
    error = update_error(client, status)
    assert_described(error.message, f"PUT {PROVIDER_PATH}", status, shown)
    # A 5xx does not say whether the write took effect, so the provider is read again.
    assert sent(sandbox) == [READ, WRITE, *([READ] * (1 + len(POLL_DELAYS)) if status >= 500 else [])]
    assert error.changed is (status >= 500)
    assert contains(error.message, KINDS["read_afterwards"]) is (status >= 500)


def test_error_without_request_has_no_error_key() -> None:
    assert BlackboxError("It failed.").result() == {"msg": "It failed.", "changed": False}
