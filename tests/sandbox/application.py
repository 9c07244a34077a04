# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ASGI application of the sandbox: the API of the contract and the control plane."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import secrets
import socket
import struct
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TextIO

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from . import control_plane
from .contract import Call, Contract
from .faults import Fault
from .request_log import Entry
from .responses import Problem
from .service import Service, build_problem_response
from .violations import format_violations


def create_application(seed: Any, world: Any, log_file: TextIO | None = None) -> Starlette:
    sandbox = control_plane.Sandbox(seed, world, log_file)
    contract = Contract()
    application = Starlette(
        routes=[
            *control_plane.routes(sandbox),
            *(Route(path, Endpoint(sandbox, contract, path)) for path in contract.paths),
            Route("/{path:path}", Endpoint(sandbox, contract, None)),
        ]
    )
    application.state.api_key = sandbox.api_key
    return application


@dataclass(frozen=True)
class Endpoint:
    """Handler of one path of the contract. With path None, handler of every unknown path."""

    sandbox: control_plane.Sandbox
    contract: Contract
    path: str | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        # Keep the current service, so that a delayed effect does not leak into a state that the next
        # test has loaded.
        service = self.sandbox.service
        entry = self.sandbox.request_log.begin(request, body)
        fault = self.sandbox.fault_queue.take(request.method, request.url.path)
        await asyncio.sleep(fault.delay)
        response = self.respond(request, body, entry, fault, service)
        try:
            for call in fault.get_concurrent_calls():
                execute_concurrent_call(service, call)
        except Problem as problem:
            # Drop the fault, because a connection reset would hide the error in the fault itself.
            response, fault = problem.to_response(request.url.path), Fault()
        self.sandbox.request_log.finish(entry, None if fault.reset else response.status_code)
        if service.world.interim_response:
            send_interim_response(receive, service.world.interim_response)
        if fault.reset:
            await reset_connection(receive)
        else:
            date = email.utils.formatdate(time.time() + service.world.clock_offset, usegmt=True)
            response.headers.setdefault("date", date)
            await response(scope, receive, send)

    def respond(self, request: Request, body: bytes, entry: Entry, fault: Fault, service: Service) -> Response:
        try:
            response = self.execute(request, body, entry, fault, service)
        except Problem as problem:
            entry.violations = [format_violations({field: texts}) for field, texts in (problem.errors or {}).items()]
            response = build_problem_response(service.world, problem, request.url.path)
        return fault.rewrite_response(response)

    def execute(self, request: Request, body: bytes, entry: Entry, fault: Fault, service: Service) -> Response:
        entry.authorization = check_authorization(request, self.sandbox.api_key)
        if entry.authorization != "accepted":
            raise Problem(401, f"The API key is {entry.authorization}.", headers={"WWW-Authenticate": "Bearer"})
        self.sandbox.token_bucket.take()
        if self.path is None:
            raise Problem(404, "There is no such path.", {"path": ["is not in the contract"]})
        call = self.contract.read(self.path, request, body)
        if call.violations:
            raise Problem(400, "The request violates the contract.", call.violations)
        if not fault.takes_effect:
            return Response(status_code=204)
        call = fault.rewrite_call(call)
        if fault.effect_delay:
            asyncio.get_running_loop().call_later(fault.effect_delay, execute_delayed_call, service, call)
            return Response(status_code=204)
        return service.execute(call)


def execute_delayed_call(service: Service, call: Call) -> None:
    with contextlib.suppress(Problem):
        service.execute(call)


def execute_concurrent_call(service: Service, call: Call) -> None:
    try:
        service.execute(call)
    except Exception as error:
        # Any exception is possible, because the call has not been validated.
        raise Problem(500, f"The concurrent call {call.operation_id} failed: {error!r}") from error


def check_authorization(request: Request, api_key: str) -> str:
    value = request.headers.get("authorization")
    if value is None:
        return "missing"
    scheme, _separator, key = value.partition(" ")
    accepted = scheme.lower() == "bearer" and secrets.compare_digest(key.encode(), api_key.encode())
    return "accepted" if accepted else "refused"


def send_interim_response(receive: Receive, status: int) -> None:
    """Send an interim response, through the transport of uvicorn because ASGI cannot send one."""
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nLink: </style.css>; rel=preload\r\n\r\n"
    receive.__self__.transport.write(head.encode())  # type: ignore[attr-defined]


async def reset_connection(receive: Receive) -> None:
    """Reset the connection.

    ASGI cannot reset a connection, so use the transport of uvicorn behind `receive`. With SO_LINGER set to 0
    seconds, the operating system sends a reset instead of an orderly shutdown, which clients could take for the
    end of a response.
    """
    transport = receive.__self__.transport  # type: ignore[attr-defined]
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    # Wait until uvicorn has noticed the disconnect. Otherwise it reports a missing response.
    while (await receive())["type"] != "http.disconnect":
        pass
