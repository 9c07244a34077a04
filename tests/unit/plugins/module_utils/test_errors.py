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
HINTS = {
    401: "Check api_key; each installation (blackbox.dasha.ai, blackbox.ru.dasha.ai) has its own keys.",
    403: "The key is valid but does not have this permission.",
    404: "Check the ID, api_url, and whether the key belongs to the organization that owns the object.",
    429: "The rate limit of the API is exceeded.",
}
#: Bodies of error responses, and their descriptions in a message.
BODIES: dict[str, tuple[dict[str, t.Any], str]] = {
    "detail": ({"json": {"title": "No", "detail": "The text of the service."}}, ": The text of the service."),
    "title": ({"json": {"title": "Only a title"}}, ": Only a title."),
    "fields": ({"json": {"errors": {"Region": ["unknown"]}}}, ": Region: unknown."),
    "JSON as text": ({"text": '{"detail": "JSON, served as text"}'}, ": JSON, served as text."),
    "HTML": (
        {"text": "<html>oops</html>"},
        ": the body is not JSON of the API, so the response may come from a proxy or gateway.",
    ),
    "empty": ({}, "."),
}


def expected_message(request: str, status: int, description: str) -> str:
    return f"{request}: {status} {PHRASES[status]}{description} {HINTS.get(status, '')}".rstrip()


def update_error(client: Client, status: int) -> BlackboxError:
    """Return the error of the update of a region. Check its status code."""
    with pytest.raises(BlackboxError) as raised:
        execute(manage.plan, client, parameters(id=PROVIDER_ID, region="ie1"), check_mode=False)
    assert raised.value.result()["error"]["status"] == status
    return raised.value


@pytest.mark.parametrize("status", PHRASES)
@pytest.mark.parametrize(("body", "description"), BODIES.values(), ids=BODIES)
def test_refused_read_is_described(
    client: Client, sandbox: SandboxProcess, status: int, body: dict[str, t.Any], description: str
) -> None:
    sandbox.inject_faults({"method": "GET", "response": {"status": status, **body}})
    error = update_error(client, status)
    assert error.message == expected_message(f"GET {PROVIDER_PATH}", status, description)
    assert sent(sandbox) == [READ]


@pytest.mark.parametrize("status", PHRASES)
@pytest.mark.parametrize(("body", "description"), BODIES.values(), ids=BODIES)
def test_refused_write_is_described(
    client: Client, sandbox: SandboxProcess, status: int, body: dict[str, t.Any], description: str
) -> None:
    sandbox.inject_faults({"method": "PUT", "response": {"status": status, **body}})
    error = update_error(client, status)
    assert error.message.startswith(expected_message(f"PUT {PROVIDER_PATH}", status, description))
    # A 5xx does not say whether the write took effect, so the provider is read again.
    assert sent(sandbox) == [READ, WRITE, *([READ] * (1 + len(POLL_DELAYS)) if status >= 500 else [])]
    assert error.changed is (status >= 500)
    assert ("Read afterwards" in error.message) is (status >= 500)


def test_error_without_request_has_no_error_key() -> None:
    assert BlackboxError("The option id is refused.").result() == {"msg": "The option id is refused.", "changed": False}
