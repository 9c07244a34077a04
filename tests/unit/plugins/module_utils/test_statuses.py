# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every refusal, on the read and on the write: what it says, and that nothing is written after it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._provider import manage
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_ID, PROVIDER_PATH, UPDATE_PATH
from ansible_collections.dasha.blackbox.tests.support.recorded import sent
from ansible_collections.dasha.blackbox.tests.support.tasks import execute, parameters

READ = ("GET", PROVIDER_PATH, None)
WRITE = ("PUT", UPDATE_PATH, {"region": "ie1"})
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
    401: "Check api_key; every installation (blackbox.dasha.ai, blackbox.ru.dasha.ai) has keys of its own.",
    403: "The service knows the key but does not let it do this.",
    404: "Check the id, that the key belongs to the organization that owns it, and api_url.",
    429: "The service asks to be called less often.",
}
# A detail, a title alone, fields, JSON that is served as text, a page, nothing: what each says in a message.
BODIES: list[tuple[dict[str, t.Any], str]] = [
    ({"json": {"title": "No", "detail": "The words of the service."}}, ": The words of the service."),
    ({"json": {"title": "Only a title"}}, ": Only a title."),
    ({"json": {"errors": {"Region": ["unknown"]}}}, ": Region: unknown."),
    ({"text": '{"detail": "JSON, served as text"}'}, ": JSON, served as text."),
    ({"text": "<html>oops</html>"}, ": the body is not the API's JSON, so a proxy or gateway may have answered."),
    ({}, "."),
]


def expected(request: str, status: int, words: str) -> str:
    return f"{request}: {status} {PHRASES[status]}{words} {HINTS.get(status, '')}".rstrip()


@pytest.mark.parametrize("status", PHRASES)
@pytest.mark.parametrize(("body", "words"), BODIES, ids=[words for _body, words in BODIES])
def test_a_refused_read(
    client: Client, sandbox: SandboxProcess, status: int, body: dict[str, t.Any], words: str
) -> None:
    sandbox.inject_faults({"method": "GET", "response": {"status": status, **body}})
    with pytest.raises(BlackboxError) as refusal:
        execute(manage.plan, client, parameters(id=PROVIDER_ID, region="ie1"), check_mode=False)
    assert refusal.value.message == expected(f"GET {PROVIDER_PATH}", status, words)
    assert refusal.value.result()["error"]["status"] == status
    assert refusal.value.changed is False
    assert sent(sandbox) == [READ]


@pytest.mark.parametrize("status", PHRASES)
@pytest.mark.parametrize(("body", "words"), BODIES, ids=[words for _body, words in BODIES])
def test_a_refused_write(
    client: Client, sandbox: SandboxProcess, status: int, body: dict[str, t.Any], words: str
) -> None:
    sandbox.inject_faults({"method": "PUT", "response": {"status": status, **body}})
    with pytest.raises(BlackboxError) as refusal:
        execute(manage.plan, client, parameters(id=PROVIDER_ID, region="ie1"), check_mode=False)
    assert refusal.value.message.startswith(expected(f"PUT {UPDATE_PATH}", status, words))
    assert refusal.value.result()["error"]["status"] == status
    assert refusal.value.changed is False
    # What a 5xx means for a write is not sure, so it is looked up.
    assert sent(sandbox) == [READ, WRITE, READ] if status >= 500 else [READ, WRITE]
    assert ("Read afterwards" in refusal.value.message) is (status >= 500)
