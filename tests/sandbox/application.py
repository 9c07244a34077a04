# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox as a web application: the API of the contract, and the control plane beside it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import struct
from dataclasses import dataclass
from typing import Any, TextIO

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from . import control_plane
from .answers import Problem
from .contract import Call, Contract
from .misbehavior import Fault
from .operations import OPERATIONS
from .organization import Organization
from .request_log import Entry
from .violations import in_one_line


def application(seed_document: Any, log_file: TextIO | None = None) -> Starlette:
    sandbox = control_plane.Sandbox(seed_document, log_file)
    contract = Contract()
    return Starlette(
        routes=[
            *control_plane.routes(sandbox),
            *(Route(path, Endpoint(sandbox, contract, path)) for path in contract.paths),
            Route("/{anything:path}", Endpoint(sandbox, contract, None)),
        ]
    )


@dataclass(frozen=True)
class Endpoint:
    """One path of the contract, with all its methods; without a path, everything the contract does not know."""

    sandbox: control_plane.Sandbox
    contract: Contract
    path: str | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        # The one of now, so that what takes effect after a test has replaced the state does not reach the next test.
        organization = self.sandbox.organization
        entry = self.sandbox.request_log.begin(request, body)
        fault = self.sandbox.misbehavior.fault_for(request.method, request.url.path)
        await asyncio.sleep(fault.delay)
        answer = self.answer(request, body, entry, fault, organization)
        try:
            for call in fault.calls_of_somebody_else():
                handle_for_somebody_else(organization, call)
        except Problem as problem:
            # Not even a cut may hide that the fault itself is wrong.
            answer, fault = problem.answer(request.url.path), Fault()
        self.sandbox.request_log.finish(entry, None if fault.cut else answer.status_code)
        if fault.cut:
            await cut(receive)
        else:
            await answer(scope, receive, send)

    def answer(self, request: Request, body: bytes, entry: Entry, fault: Fault, organization: Organization) -> Response:
        try:
            real = self.real_answer(request, body, entry, fault, organization)
        except Problem as problem:
            entry.violations = [in_one_line({field: texts}) for field, texts in (problem.errors or {}).items()]
            real = problem.answer(request.url.path)
        return fault.answer_in_place_of(real)

    def real_answer(self, request: Request, body: bytes, entry: Entry, fault: Fault, organization: Organization) -> Response:
        entry.authorization = authorization(request, self.sandbox.api_key)
        if entry.authorization != "accepted":
            raise Problem(401, f"The API key is {entry.authorization}.", headers={"WWW-Authenticate": "Bearer"})
        if self.path is None:
            raise Problem(404, "There is no such path.", {"path": ["is not in the contract"]})
        call = self.contract.read(self.path, request, body)
        if call.violations:
            raise Problem(400, "The request violates the contract.", call.violations)
        if not fault.takes_effect:
            return Response(status_code=204)
        call = fault.rewritten(call)
        if fault.late:
            asyncio.get_running_loop().call_later(fault.late, handle_late, organization, call)
            return Response(status_code=204)
        return OPERATIONS[call.operation_id](organization, call)


def handle_late(organization: Organization, call: Call) -> None:
    with contextlib.suppress(Problem):
        OPERATIONS[call.operation_id](organization, call)


def handle_for_somebody_else(organization: Organization, call: Call) -> None:
    try:
        OPERATIONS[call.operation_id](organization, call)
    except Exception as error:
        # Of any kind: nothing has checked this call.
        raise Problem(500, f"What somebody else does meanwhile fails: {call.operation_id}: {error!r}") from error


def authorization(request: Request, api_key: str) -> str:
    value = request.headers.get("authorization")
    if value is None:
        return "missing"
    scheme, _blank, key = value.partition(" ")
    return "accepted" if scheme.lower() == "bearer" and secrets.compare_digest(key.encode(), api_key.encode()) else "refused"


async def cut(receive: Receive) -> None:
    """Reset the connection.

    ASGI has no word for it, so this reaches for uvicorn's own object behind `receive`. Lingering for zero seconds makes the
    operating system send a reset and not an orderly end, which clients could take for the end of an answer.
    """
    transport = receive.__self__.transport  # type: ignore[attr-defined]
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    # Until uvicorn has noticed: otherwise it would complain about a missing answer.
    while (await receive())["type"] != "http.disconnect":
        pass
