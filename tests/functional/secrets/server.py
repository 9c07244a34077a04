# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mock server that repeats secrets in every response.

Each case has an organization of its own, so the cases can run at the same time and in any order.
"""

from __future__ import annotations

import collections
import contextlib
import copy
import http.server
import json
import re
import select
import socket
import struct
import threading
import typing as t
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from starlette.requests import Request

from ansible_collections.dasha.blackbox.tests.functional.secrets import secret_values
from ansible_collections.dasha.blackbox.tests.functional.secrets.attacks import Reply
from ansible_collections.dasha.blackbox.tests.functional.secrets.cases import Case
from ansible_collections.dasha.blackbox.tests.functional.secrets.secret_values import SECRETS
from ansible_collections.dasha.blackbox.tests.sandbox.contract import Contract
from ansible_collections.dasha.blackbox.tests.sandbox.operations import OPERATIONS
from ansible_collections.dasha.blackbox.tests.sandbox.organization import Organization
from ansible_collections.dasha.blackbox.tests.sandbox.responses import Problem
from ansible_collections.dasha.blackbox.tests.sandbox.seed import load
from ansible_collections.dasha.blackbox.tests.support.constants import (
    FIRST_NUMBER,
    OTHER_ACCOUNT_SID,
    SEED,
)

EMPTY_PROVIDER_ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d12"
#: Another record of the first phone number.
OTHER_RECORD_ID = "00000000-0000-4000-8000-000000000002"


def seeded_organization() -> Organization:
    """Return the organization of the sandbox's seed with the secrets of these tests."""
    seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    # The last account has no provider.
    seed["twilio_accounts"].append({"account_sid": "AC00000000000000000000000000000003"})
    for account in seed["twilio_accounts"]:
        account["auth_token"] = SECRETS["auth_token"]
    on_other_trunk = {"sid": "PN00000000000000000000000000000004", "phone_number": "+15005550004", "trunk_sid": "TK0"}
    seed["twilio_accounts"][0]["phone_numbers"].append(on_other_trunk)
    seed["providers"][0]["name"] = secret_values.HARMLESS_NAME
    # This provider has no phone numbers. The wrong token makes its verification fail.
    empty = {"id": EMPTY_PROVIDER_ID, "name": "Empty", "accountSid": OTHER_ACCOUNT_SID, "authToken": "wrong"}
    seed["providers"].append(empty)
    organization = load(seed, {})
    for credential in organization.sip_credentials.values():
        credential["id"] += f" {SECRETS['api_key']}"
        credential["authPassword"] = secret_values.SIP_PASSWORD
    fields = {"server": "sip.example.com", "authPassword": secret_values.SHORT_SIP_PASSWORD}
    credential = organization.add_sip_credential(fields)
    record = {"id": OTHER_RECORD_ID, "phoneNumber": FIRST_NUMBER, "credentialsId": credential["id"]}
    organization.add_phone_number(record)
    return organization


class Received(t.NamedTuple):
    """Request of a case.

    :param name: method and path, such as `GET /agents/1`.
    :param operation: method and path pattern, such as `GET /agents/{agentId}`.
    :param after_write: whether it is a read after a write.
    :param headers: headers and query, except the authorization.
    :param response_body: body of the genuine response, without the secrets.
    :param attacked: whether the attack replaced the response.
    """

    name: str
    operation: str
    after_write: bool
    authorization: str | None
    headers: str
    body: str
    response_body: t.Any
    attacked: bool

    @property
    def is_write(self) -> bool:
        return not self.name.startswith("GET ")


class HostileServer(http.server.ThreadingHTTPServer):
    """Mock server with an address for each case. It records the requests by name of the case."""

    request_queue_size = 100

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: dict[str, list[Received]] = collections.defaultdict(list)
        #: Command lines of all processes at the times of the playbook's requests.
        self.command_lines: set[str] = set()
        self._cases: list[tuple[Case, Organization]] = []
        self._seeded = seeded_organization()
        self._contract = Contract()
        self._paths = {path: re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path)) for path in self._contract.paths}
        self._lock = threading.Lock()

    def __enter__(self) -> HostileServer:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.shutdown()
        self.server_close()

    def shutdown_request(self, request: t.Any) -> None:
        """Close the connection without an orderly shutdown, because a client would see that before a reset."""
        self.close_request(request)

    def add(self, case: Case) -> str:
        """Return the URL of the API for a case."""
        self._cases.append((case, copy.deepcopy(self._seeded)))
        return f"http://127.0.0.1:{self.server_address[1]}/case-{len(self._cases) - 1}"

    def reply(self, number: int, request: Request, body: bytes) -> Reply:
        """Perform a request of a case, and return its response or a reply of the attack."""
        case, organization = self._cases[number]
        with self._lock:
            if case.way:
                self.command_lines |= command_lines()
            path = request.url.path
            pattern, found = next(
                (known, match) for known, regex in self._paths.items() if (match := regex.fullmatch(path))
            )
            request.scope["path_params"] = found.groupdict()
            name, operation = (f"{request.method} {any_path[len('/api/v1') :]}" for any_path in (path, pattern))
            earlier = self.received[case.name]
            after_write = request.method == "GET" and any(received.is_write for received in earlier)
            attacked = case.target in (name, operation) and case.after_write is after_write
            replies = case.attack.replies if attacked else ()
            genuine = None
            if not replies or case.attack.takes_effect:
                status, genuine = self._perform(organization, pattern, request, body)
            if replies:
                reply = replies[min(sum(received.attacked for received in earlier), len(replies) - 1)]
            else:
                content = case.task.module.echo.added_to(genuine)
                content = case.attack.change(content) if attacked else content
                reply = case.task.module.echo.reply(status, "" if genuine is None else content)
            headers = dict(request.headers)
            authorization = headers.pop("authorization", None)
            others = f"{request.url.query} {headers}"
            received = Received(name, operation, after_write, authorization, others, body.decode(), genuine, attacked)
            earlier.append(received)
            return reply

    def _perform(self, organization: Organization, pattern: str, request: Request, body: bytes) -> tuple[int, t.Any]:
        try:
            call = self._contract.read(pattern, request, body)
            if call.violations:
                raise Problem(400, f"The request violates the contract: {call.violations}")
            response = OPERATIONS[call.operation_id](organization, call)
        except Problem as problem:
            response = problem.to_response(request.url.path)
        return response.status_code, json.loads(bytes(response.body) or b"null")


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, HostileServer)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        number, path = t.cast("re.Match[str]", re.fullmatch(r"/case-(\d+)(/.*)", url.path)).groups()
        headers = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
        scope = {"type": "http", "method": self.command, "path": path, "query_string": url.query.encode()}
        reply = self.server.reply(int(number), Request({**scope, "headers": headers}), body)
        with contextlib.suppress(OSError):
            self.wfile.write(reply.raw)
            self.wfile.flush()
            if reply.ending == "hang":
                # Until the client closes the connection. Some requests wait for Twilio and have a longer timeout.
                select.select([self.connection], [], [], 1)
            if reply.ending != "close":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  # http.server looks for these names

    def log_message(self, *_arguments: object) -> None:
        """Suppress the log of requests."""


def command_lines() -> set[str]:
    """Return the command lines of all processes. It is empty without `/proc`."""
    lines = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines.add(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return lines
