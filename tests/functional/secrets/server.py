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

from ansible_collections.dasha.blackbox.tests.functional.secrets.attacks import Reply
from ansible_collections.dasha.blackbox.tests.functional.secrets.cases import Case
from ansible_collections.dasha.blackbox.tests.functional.secrets.secret_values import (
    HARMLESS_NAME,
    SECRETS,
    SHORT_SIP_PASSWORD,
    SIP_PASSWORD,
)
from ansible_collections.dasha.blackbox.tests.sandbox.answers import Problem
from ansible_collections.dasha.blackbox.tests.sandbox.application import OPERATIONS
from ansible_collections.dasha.blackbox.tests.sandbox.contract import Contract
from ansible_collections.dasha.blackbox.tests.sandbox.organization import Organization
from ansible_collections.dasha.blackbox.tests.sandbox.seed import load
from ansible_collections.dasha.blackbox.tests.support.constants import FIRST_NUMBER, PROVIDER_ID, SEED

#: An account without a provider.
UNUSED_ACCOUNT_SID = "AC00000000000000000000000000000003"
#: A provider without phone numbers. Its stored Auth Token is wrong, so its verification fails.
EMPTY_PROVIDER_ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d12"


def seeded_organization() -> Organization:
    """Return the organization of the sandbox's seed with the secrets of these tests."""
    seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    seed["twilio_accounts"].append({"account_sid": UNUSED_ACCOUNT_SID})
    for account in seed["twilio_accounts"]:
        account["auth_token"] = SECRETS["auth_token"]
    on_other_trunk = {"sid": "PN00000000000000000000000000000004", "phone_number": "+15005550004", "trunk_sid": "TK0"}
    seed["twilio_accounts"][0]["phone_numbers"].append(on_other_trunk)
    empty = {"id": EMPTY_PROVIDER_ID, "name": "Empty", "accountSid": seed["twilio_accounts"][1]["account_sid"], "authToken": "0" * 32}
    seed["providers"][0]["name"] = HARMLESS_NAME
    seed["providers"].append(empty)
    manual = {"id": "00000000-0000-4000-8000-000000000001", "server": "sip.example.com", "authPassword": SHORT_SIP_PASSWORD}
    seed["sip_credentials"] = [manual]
    seed["sip_phone_numbers"] = [{"id": "00000000-0000-4000-8000-000000000002", "phoneNumber": FIRST_NUMBER, "credentialsId": manual["id"]}]
    seed["agent_links"][0]["providerId"] = PROVIDER_ID
    organization = load(seed, {})
    # Attacks change the first credential of the list, which is to be one of a provider.
    organization.sip_credentials[manual["id"]] = organization.sip_credentials.pop(manual["id"])
    for credential in organization.sip_credentials.values():
        if credential["source"] == "provider":
            # The ID of a credential is no path parameter, so it may have any format.
            credential["id"] += f" {SECRETS['api_key']}"
            credential["authPassword"] = SIP_PASSWORD
    return organization


class Received(t.NamedTuple):
    """Request of a case.

    :param request: method and path, such as `GET /agents`.
    :param operation: method and path pattern, such as `GET /agents/{agentId}`.
    :param after_write: whether the case sent a write before it.
    :param authorization: value of the `Authorization` header.
    :param others: the remaining headers and the query.
    :param response_body: body of the genuine response, without the secrets.
    :param attacked: whether the attack replaced the response.
    """

    request: str
    operation: str
    after_write: bool
    authorization: str | None
    others: str
    body: str
    response_body: t.Any
    attacked: bool

    @property
    def is_write(self) -> bool:
        return not self.request.startswith("GET ")


class HostileServer(http.server.ThreadingHTTPServer):
    """Mock server with an address for each case. It records the requests by case."""

    request_queue_size = 100

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: dict[str, list[Received]] = collections.defaultdict(list)
        #: Command lines of all processes while the server handled a request of the playbook.
        self.command_lines: set[str] = set()
        self._cases: list[Case] = []
        self._organizations: dict[str, Organization] = {}
        self._seeded = seeded_organization()
        self._contract = Contract()
        self._paths = [(path, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))) for path in self._contract.paths]
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
        self._cases.append(case)
        self._organizations[case.name] = copy.deepcopy(self._seeded)
        return f"http://127.0.0.1:{self.server_address[1]}/case-{len(self._cases) - 1}"

    def reply(self, number: int, request: Request, body: bytes) -> Reply:
        """Perform a request of a case and return the response, or the attack's response."""
        case = self._cases[number]
        if case.in_playbook:
            self.command_lines |= command_lines()
        with self._lock:
            pattern, path_parameters = next((path, found.groupdict()) for path, regex in self._paths for found in [regex.fullmatch(request.url.path)] if found)
            request.scope["path_params"] = path_parameters
            name = f"{request.method} {request.url.path[len('/api/v1') :]}"
            operation = f"{request.method} {pattern[len('/api/v1') :]}"
            received = self.received[case.name]
            after_write = any(earlier.is_write for earlier in received)
            attacked = case.is_target(name, operation, after_write)
            replies = case.attack.replies if attacked and case.attack else ()
            earlier = sum(earlier.attacked for earlier in received)
            status, genuine = 200, None
            if not replies or (case.attack and case.attack.takes_effect):
                status, genuine = self._perform(self._organizations[case.name], pattern, request, body)
            others = f"{request.url.query} {[item for item in request.headers.items() if item[0] != 'authorization']}"
            authorization = request.headers.get("authorization")
            received.append(Received(name, operation, after_write, authorization, others, body.decode(), genuine, attacked))
            if replies:
                return replies[min(earlier, len(replies) - 1)]
            content = case.echo.added_to(genuine)
            if attacked and case.attack and case.attack.change:
                content = case.attack.change(content)
            return case.echo.reply(status, "" if genuine is None else content)

    def _perform(self, organization: Organization, pattern: str, request: Request, body: bytes) -> tuple[int, t.Any]:
        try:
            call = self._contract.read(pattern, request, body)
            if call.violations:
                raise Problem(400, f"The request violates the contract: {call.violations}")
            response = OPERATIONS[call.operation_id](organization, call)
        except Problem as problem:
            response = problem.answer(request.url.path)
        return response.status_code, json.loads(bytes(response.body) or b"null")


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, HostileServer)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        found = re.fullmatch(r"/case-(\d+)(/.*)", url.path)
        assert found, self.path
        headers = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
        scope = {"type": "http", "method": self.command, "path": found[2], "query_string": url.query.encode(), "headers": headers}
        reply = self.server.reply(int(found[1]), Request(scope), body)
        with contextlib.suppress(OSError):
            self.wfile.write(reply.raw)
            self.wfile.flush()
            if reply.ending == "hang":
                # Until the client closes the connection. Requests that wait for Twilio have a longer timeout, so reset them.
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
