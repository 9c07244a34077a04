# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of invariants that hold for any sequence of server responses.

``FUZZ_EXAMPLES`` sets the number of random sequences. Without it, the tests use a few fixed sequences.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import socketserver
import struct
import threading
import typing as t
import uuid
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._http.redact import redact
from ansible_collections.dasha.blackbox.plugins.module_utils._provider import create, delete, manage
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_ID
from ansible_collections.dasha.blackbox.tests.support.servers import read_request
from ansible_collections.dasha.blackbox.tests.support.tasks import connect, execute, parameters
from ansible_collections.dasha.blackbox.tests.support.timing import PATIENCE

fuzz = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "100")),
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
#: Timeout, in seconds, of requests to a server that may not respond.
SHORT_TIMEOUT = 0.4
PROVIDER = {
    "id": PROVIDER_ID,
    "name": "Support line",
    "providerType": "twilio",
    "accountSid": "AC" + "0" * 32,
    "region": "us1",
    "supportsCallTransfer": False,
}

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.just("\ud800"),
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(st.sampled_from(["detail", "title", "errors", "id", "name", "x"]), values, max_size=4)
    ),
    max_leaves=6,
)
BODIES = st.one_of(
    JSON.map(lambda value: json.dumps(value).encode()),
    st.sampled_from([b"", b"<html>", b"{", b"null", b'{"a": NaN}', b"[" * 5000, b"\xff\xfe{", b"1e999", b"9" * 5000]),
    st.integers(90, 900).map(
        lambda depth: json.dumps({**PROVIDER, "newField": "@"}).encode().replace(b'"@"', b"[" * depth + b"]" * depth)
    ),
    st.dictionaries(st.sampled_from(sorted(PROVIDER)), JSON, min_size=1, max_size=2).map(
        lambda patch: json.dumps({**PROVIDER, **patch}).encode()
    ),
    st.binary(max_size=40),
)
HEADERS = st.lists(
    st.sampled_from(
        [
            "Content-Type: text/html; charset=no-such",
            "Content-Encoding: gzip",
            "Content-Encoding: no-such",
            "Retry-After: 0",
            "Retry-After: soon",
            "Retry-After: -5",
            "Retry-After: 99999999999999999999",
            "Location: /elsewhere",
            "Location: http://[",
            "Set-Cookie: a=b",
            "X-Odd: \xff",
            "No colon",
        ]
    ),
    max_size=2,
)


@dataclass(frozen=True)
class Behavior:
    """Behavior of the server for one request.

    :param effect: whether a write takes effect.
    :param response: raw bytes to send; None for the correct response.
    :param ending: the end of the connection: kept, closed, reset, or silent until the client closes it.
    """

    effect: bool
    response: bytes | None
    ending: str

    def status_starts_with(self, digits: bytes) -> bool:
        """Return whether the status code of the raw response starts with these digits."""
        return (self.response or b"").startswith(b"HTTP/1.1 " + digits)


def raw_response(status: int, headers: list[str], body: bytes, excess: int) -> bytes:
    """Return a raw response. Its Content-Length exceeds the length of the body."""
    lines = [f"HTTP/1.1 {status} Something", f"Content-Length: {max(len(body) + excess, 0)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


STATUSES = st.sampled_from(
    [200, 201, 204, 301, 302, 307, 400, 401, 403, 404, 409, 410, 422, 429, 500, 501, 502, 503, 504, 599, 999]
)
RESPONSES = st.one_of(
    st.builds(raw_response, STATUSES, HEADERS, BODIES, st.sampled_from([0, 0, 0, 5, -3])),
    st.sampled_from(
        [
            b"",
            b"HTTP/1.1",
            b"garbage\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200,
        ]
    ),
)
# Silence is rare because the client waits for the whole timeout.
ENDINGS = st.sampled_from(["kept", "closed"] * 6 + ["reset"] * 4 + ["silent"])
CORRECT = Behavior(effect=True, response=None, ending="kept")
FAULTS = st.builds(Behavior, st.booleans(), RESPONSES, ENDINGS)
SEQUENCES = st.lists(st.just(CORRECT) | FAULTS, max_size=6)
DESIRED = st.fixed_dictionaries(
    {
        "name": st.sampled_from([None, "Support line", "Sales", "Wörk"]),
        "region": st.sampled_from([None, "us1", "US1", "ie1"]),
        "supports_call_transfer": st.sampled_from([None, True, False]),
    }
)


class Service(socketserver.ThreadingTCPServer):
    """Server of an organization. It shows the given behaviors, one for each request, and then the correct one."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def reset(self, behaviors: list[Behavior], *, has_provider: bool = True) -> None:
        """Start with these behaviors, and with one provider or none."""
        self.providers = {PROVIDER_ID: dict(PROVIDER)} if has_provider else {}
        self.set_behaviors(behaviors)

    def set_behaviors(self, behaviors: list[Behavior]) -> None:
        """Replace the behaviors, and clear the log."""
        self.behaviors = list(behaviors)
        self.log: list[tuple[str, Behavior]] = []
        self.effective_writes = 0

    @property
    def methods(self) -> list[str]:
        """Methods of the logged requests."""
        return [method for method, _behavior in self.log]

    @property
    def provider(self) -> dict[str, t.Any]:
        """The only provider."""
        (provider,) = self.providers.values()
        return provider

    def correct_response(self, method: str, path: str, body: bytes, effect: bool) -> tuple[int, t.Any]:
        """Return status and JSON of the correct response. Apply the request if it takes effect."""
        provider_id = path.rpartition("/")[2]
        if path.endswith(("/sip-credentials", "/sip-phone-numbers")):
            ids = self.providers if path.endswith("credentials") else ()
            items = [{"id": f"credential of {owner}", "source": "provider", "providerId": owner} for owner in ids]
            return 200, {"items": items, "totalCount": len(items), "skip": 0, "take": 1000}
        if method == "POST":
            new = {**PROVIDER, "id": str(uuid.UUID(int=len(self.providers), version=4)), **json.loads(body)}
            del new["authToken"]
            if effect:
                self.providers[new["id"]] = new
                self.effective_writes += 1
            return 201, new
        if provider_id not in self.providers:
            return 404, {"detail": "The provider does not exist."}
        if method == "PUT" and effect:
            stored = {**self.providers[provider_id], **json.loads(body)}
            self.effective_writes += stored != self.providers[provider_id]
            self.providers[provider_id] = stored
        if method == "DELETE" and effect:
            del self.providers[provider_id]
            self.effective_writes += 1
            return 200, {}
        return 200, self.providers[provider_id]

    def handle_error(self, *_arguments: t.Any) -> None:
        """Ignore clients that close the connection."""


class Handler(socketserver.BaseRequestHandler):
    """Handler of one connection."""

    server: Service

    def handle(self) -> None:
        while request := read_request(self.request):
            behavior = self.server.behaviors.pop(0) if self.server.behaviors else CORRECT
            method, target = request.decode("latin-1").split()[:2]
            self.server.log.append((method, behavior))
            body = request.partition(b"\r\n\r\n")[2]
            status, correct = self.server.correct_response(method, target.partition("?")[0], body, behavior.effect)
            response = behavior.response
            self.request.sendall(
                raw_response(status, [], json.dumps(correct).encode(), 0) if response is None else response
            )
            if behavior.ending == "reset":
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if behavior.ending == "silent":
                self.request.recv(1)
            if behavior.ending != "kept":
                self.request.close()
                return


def shows_provider(response: bytes) -> bool:
    """Return whether a raw response proves that the provider exists. Only such a response may lead to a write."""
    head, _separator, body = response.partition(b"\r\n\r\n")
    provider = json.loads(body)
    return (
        head.startswith(b"HTTP/1.1 2")
        and provider["id"] == PROVIDER_ID
        and provider["providerType"] == "twilio"
        and isinstance(provider["accountSid"], str)
        and isinstance(provider.get("name"), (str, type(None)))
        and isinstance(provider.get("region"), (str, type(None)))
        and provider.get("supportsCallTransfer") in (True, False, None)
    )


@pytest.fixture(scope="module")
def no_twilio_timeout() -> t.Iterator[None]:
    """Remove the minimum timeout of requests during which the service calls Twilio."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (create, delete):
            patch.setattr(module, "TWILIO_TIMEOUT", 0.0)
        yield


@pytest.fixture(scope="module")
def service() -> t.Iterator[Service]:
    """Yield a running server."""
    with Service() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def run(
    service: Service, options: dict[str, t.Any], *, check_mode: bool = False, api_timeout: float = PATIENCE
) -> dict[str, t.Any]:
    """Run the task of twilio_provider. Check that its result, or that of its error, can be serialized."""
    selector = {} if "account_sid" in options else {"id": PROVIDER_ID}
    try:
        with connect(service.url, api_timeout=api_timeout, api_retries=1, api_retry_max_delay=0.01) as client:
            result = execute(manage.plan, client, parameters(**selector, **options), check_mode)
    except BlackboxError as error:
        json.dumps(redact(error.result(), ["fake-key"]))
        raise
    json.dumps(redact(result, ["fake-key"]))
    return result


def run_with_faults(service: Service, options: dict[str, t.Any], check_mode: bool) -> dict[str, t.Any] | None:
    """Run the task, and return its result; None if it fails."""
    with contextlib.suppress(BlackboxError):
        return run(service, options, check_mode=check_mode, api_timeout=SHORT_TIMEOUT)
    return None


@fuzz
@given(behaviors=SEQUENCES, desired=DESIRED, check_mode=st.booleans())
def test_faults_never_cause_unplanned_update(
    service: Service, behaviors: list[Behavior], desired: dict[str, t.Any], check_mode: bool
) -> None:
    service.reset(behaviors)
    result = run_with_faults(service, desired, check_mode)

    assert service.effective_writes <= 1
    assert not (check_mode and "PUT" in service.methods)
    if "PUT" in service.methods:
        position = service.methods.index("PUT")
        assert position > 0
        method, behavior = service.log[position - 1]
        assert method == "GET"
        assert behavior.response is None or shows_provider(behavior.response)
    if result is not None and not check_mode and all(behavior.response is None for _method, behavior in service.log):
        assert result["changed"] == (service.effective_writes == 1)

    # Without faults, the first run converges and the second one changes nothing.
    service.set_behaviors([])
    run(service, desired)
    service.set_behaviors([])
    assert run(service, desired)["changed"] is False
    assert service.methods == ["GET"]
    assert desired["name"] in (None, service.provider["name"])


NEW_PROVIDER = {"account_sid": PROVIDER["accountSid"], "auth_token": "0" * 32, "name": "Sales"}


@fuzz
@given(behaviors=SEQUENCES, exists=st.booleans(), check_mode=st.booleans())
def test_faults_never_cause_second_create(
    service: Service, no_twilio_timeout: None, behaviors: list[Behavior], exists: bool, check_mode: bool
) -> None:
    service.reset(behaviors, has_provider=exists)
    run_with_faults(service, NEW_PROVIDER, check_mode)

    creates = [behavior for method, behavior in service.log if method == "POST"]
    # A 429 means that nothing was created, so the request is sent again, even if the server created a provider.
    assert len(creates) <= 1 + sum(behavior.status_starts_with(b"429") for behavior in creates)
    assert not (check_mode and creates)
    # An existing provider is skipped only if a response says that it has another type.
    if exists and not any(b"providerType" in (behavior.response or b"") for _method, behavior in service.log):
        assert not creates
    if len(service.providers) > 1:
        return

    service.set_behaviors([])
    assert run(service, NEW_PROVIDER)["provider"]["name"] == "Sales"
    service.set_behaviors([])
    assert run(service, NEW_PROVIDER)["changed"] is False
    assert len(service.providers) == 1


@fuzz
@given(behaviors=SEQUENCES, check_mode=st.booleans())
def test_faults_never_hide_existing_provider(
    service: Service, no_twilio_timeout: None, behaviors: list[Behavior], check_mode: bool
) -> None:
    options = {"state": "absent", "force": True}
    service.reset(behaviors)
    result = run_with_faults(service, options, check_mode)

    assert not (check_mode and "DELETE" in service.methods)
    if result is not None and service.providers and not check_mode:
        # A task that succeeds although the provider exists was misled by a response.
        assert any(
            behavior.status_starts_with(b"404")
            or (method == "DELETE" and (behavior.response is None or behavior.status_starts_with(b"2")))
            for method, behavior in service.log
        )

    service.set_behaviors([])
    run(service, options)
    assert service.providers == {}
