# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any server behavior, in any order: what must hold all the same.

``FUZZ_EXAMPLES`` says how many sequences are tried; without it a few, always the same.
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

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100"))
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
    """What the server does with one request.

    :param effect: whether a write takes effect.
    :param answer: raw bytes to send; None for the true answer.
    :param ending: how the connection ends: kept, closed, reset, or silent until the client leaves.
    """

    effect: bool
    answer: bytes | None
    ending: str


def raw_answer(status: int, headers: list[str], body: bytes, length: int) -> bytes:
    head = [f"HTTP/1.1 {status} Something", f"Content-Length: {max(len(body) + length, 0)}", *headers]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


STATUSES = st.sampled_from(
    [200, 201, 204, 301, 302, 307, 400, 401, 403, 404, 409, 410, 422, 429, 500, 501, 502, 503, 504, 599, 999]
)
ANSWERS = st.one_of(
    st.builds(raw_answer, STATUSES, HEADERS, BODIES, st.sampled_from([0, 0, 0, 5, -3])),
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
# Silence costs a whole time-out, so it is rare.
ENDINGS = st.sampled_from(["kept", "closed"] * 6 + ["reset"] * 4 + ["silent"])
MISBEHAVIORS = st.builds(Behavior, st.booleans(), ANSWERS, ENDINGS)
TRUE_ANSWER = Behavior(effect=True, answer=None, ending="kept")
SEQUENCES = st.lists(st.just(TRUE_ANSWER) | MISBEHAVIORS, max_size=6)
WISHES = st.fixed_dictionaries(
    {
        "name": st.sampled_from([None, "Support line", "Sales", "Wörk"]),
        "region": st.sampled_from([None, "us1", "US1", "ie1"]),
        "supports_call_transfer": st.sampled_from([None, True, False]),
    }
)


class Service(socketserver.ThreadingTCPServer):
    """An organization with a provider or none, behind a socket; it behaves as told, then well."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def begin(self, behaviors: list[Behavior], *, provider: bool = True) -> None:
        self.providers = {PROVIDER_ID: dict(PROVIDER)} if provider else {}
        self.behave(behaviors)

    @property
    def provider(self) -> dict[str, t.Any]:
        (provider,) = self.providers.values()
        return provider

    def true_answer(self, method: str, path: str, body: bytes, effect: bool) -> tuple[int, t.Any]:
        """Status and JSON of the true answer, and the effect."""
        provider_id = path.rpartition("/")[2]
        if path.endswith(("/sip-credentials", "/sip-phone-numbers")):
            made = self.providers if path.endswith("credentials") else ()
            items = [
                {"id": f"credential of {made_by}", "source": "provider", "providerId": made_by} for made_by in made
            ]
            return 200, {"items": items, "totalCount": len(items), "skip": 0, "take": 1000}
        if method == "POST":
            new = {**PROVIDER, "id": str(uuid.UUID(int=len(self.providers), version=4)), **json.loads(body)}
            del new["authToken"]
            if effect:
                self.providers[new["id"]] = new
                self.effective_writes += 1
            return 201, new
        if provider_id not in self.providers:
            return 404, {"detail": "There is no such provider."}
        if method == "PUT" and effect:
            stored = {**self.providers[provider_id], **json.loads(body)}
            self.effective_writes += stored != self.providers[provider_id]
            self.providers[provider_id] = stored
        if method == "DELETE" and effect:
            del self.providers[provider_id]
            self.effective_writes += 1
            return 200, {}
        return 200, self.providers[provider_id]

    def behave(self, behaviors: list[Behavior]) -> None:
        self.behaviors = list(behaviors)
        self.log: list[tuple[str, Behavior]] = []
        self.effective_writes = 0

    def handle_error(self, *_arguments: t.Any) -> None:
        """Clients that leave are expected here."""


class Conversation(socketserver.BaseRequestHandler):
    server: Service

    def handle(self) -> None:
        while request := read_request(self.request):
            behavior = self.server.behaviors.pop(0) if self.server.behaviors else TRUE_ANSWER
            method, target = request.decode("latin-1").split()[:2]
            self.server.log.append((method, behavior))
            body = request.partition(b"\r\n\r\n")[2]
            status, answered = self.server.true_answer(method, target.partition("?")[0], body, behavior.effect)
            self.request.sendall(
                raw_answer(status, [], json.dumps(answered).encode(), 0) if behavior.answer is None else behavior.answer
            )
            if behavior.ending == "reset":
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if behavior.ending == "silent":
                self.request.recv(1)
            if behavior.ending != "kept":
                self.request.close()
                return


def shows_the_provider(answer: bytes) -> bool:
    """Whether a raw answer says that the provider is there: nothing else may lead to a write."""
    head, _separator, body = answer.partition(b"\r\n\r\n")
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


#: Timeout of the requests that a server leaves without a response.
SHORT = 0.4


@pytest.fixture(scope="module")
def impatient() -> t.Iterator[None]:
    """What waits for Twilio does not wait here."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (create, delete):
            patch.setattr(module, "TWILIO_TIMEOUT", 0.0)
        yield


@pytest.fixture(scope="module")
def service() -> t.Iterator[Service]:
    with Service() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def run(
    service: Service,
    wishes: dict[str, t.Any],
    *,
    check_mode: bool = False,
    state: str = "present",
    api_timeout: float = PATIENCE,
) -> dict[str, t.Any]:
    """Run the core of the module; its result, or its error, has to be one that Ansible can take."""
    options = parameters(**({} if "account_sid" in wishes else {"id": PROVIDER_ID}), **wishes)
    try:
        with connect(service.url, api_timeout=api_timeout, api_retries=1, api_retry_max_delay=0.01) as client:
            result = execute(manage.plan, client, {**options, "state": state}, check_mode)
    except BlackboxError as error:
        json.dumps(redact(error.result(), ["fake-key"]))
        raise
    json.dumps(redact(result, ["fake-key"]))
    return result


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
@given(behaviors=SEQUENCES, wishes=WISHES, check_mode=st.booleans())
def test_whatever_a_server_does(
    service: Service, behaviors: list[Behavior], wishes: dict[str, t.Any], check_mode: bool
) -> None:
    service.begin(behaviors)
    result = None
    with contextlib.suppress(BlackboxError):
        result = run(service, wishes, check_mode=check_mode, api_timeout=SHORT)
    methods = [method for method, _behavior in service.log]

    assert service.effective_writes <= 1
    assert not (check_mode and "PUT" in methods)
    if "PUT" in methods:
        position = methods.index("PUT")
        assert position > 0
        method, before = service.log[position - 1]
        assert method == "GET"
        assert before.answer is None or shows_the_provider(before.answer)
    if result is not None and not check_mode and all(behavior.answer is None for _method, behavior in service.log):
        assert result["changed"] == (service.effective_writes == 1)

    # The same again, against a service that is well again.
    service.behave([])
    run(service, wishes)
    service.behave([])
    again = run(service, wishes)
    assert again["changed"] is False
    assert [method for method, _behavior in service.log] == ["GET"]
    assert wishes["name"] in (None, service.provider["name"])


NEW = {"account_sid": PROVIDER["accountSid"], "auth_token": "0" * 32, "name": "Sales"}


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
@given(behaviors=SEQUENCES, there=st.booleans(), check_mode=st.booleans())
def test_whatever_a_server_does_nothing_is_created_twice(
    service: Service, impatient: None, behaviors: list[Behavior], there: bool, check_mode: bool
) -> None:
    service.begin(behaviors, provider=there)
    with contextlib.suppress(BlackboxError):
        run(service, NEW, check_mode=check_mode, api_timeout=SHORT)
    answers = [behavior.answer or b"" for _method, behavior in service.log]
    posts = [answer for (method, _behavior), answer in zip(service.log, answers) if method == "POST"]
    # Only a service that says "too many requests", and creates all the same, is asked to create again.
    assert len(posts) <= 1 + sum(answer.startswith(b"HTTP/1.1 429") for answer in posts)
    assert not (check_mode and posts)
    if there and not any(b"providerType" in answer for answer in answers):
        # Nothing but a provider of another type is a reason to pass one over.
        assert not posts
    if len(service.providers) > 1:
        return
    service.behave([])
    assert run(service, NEW)["provider"]["name"] == "Sales"
    service.behave([])
    assert run(service, NEW)["changed"] is False
    assert len(service.providers) == 1


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
@given(behaviors=SEQUENCES, check_mode=st.booleans())
def test_whatever_a_server_does_nothing_is_deleted_in_check_mode_or_called_deleted_when_it_is_there(
    service: Service, impatient: None, behaviors: list[Behavior], check_mode: bool
) -> None:
    service.begin(behaviors)
    result = None
    with contextlib.suppress(BlackboxError):
        result = run(service, {"force": True}, check_mode=check_mode, state="absent", api_timeout=SHORT)
    methods = [method for method, _behavior in service.log]
    assert not (check_mode and "DELETE" in methods)
    accepted = [
        behavior
        for method, behavior in service.log
        if method == "DELETE" and (behavior.answer or b"HTTP/1.1 2").startswith(b"HTTP/1.1 2")
    ]
    denied = [behavior for _method, behavior in service.log if (behavior.answer or b"").startswith(b"HTTP/1.1 404")]
    if result is not None and service.providers and not check_mode:
        # The service itself has said so.
        assert accepted or denied
    service.behave([])
    run(service, {"force": True}, state="absent")
    assert service.providers == {}
