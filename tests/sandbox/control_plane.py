# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox's state as a whole, and the endpoints under /_sandbox that look at it and change it. They need no key."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, TextIO

import yaml
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import seed
from .answers import Problem, json_answer
from .files import HERE
from .misbehavior import Fault, Misbehavior
from .operations import OPERATIONS
from .request_log import RequestLog
from .violations import violations


class Sandbox:
    def __init__(self, seed_document: Any, log_file: TextIO | None = None) -> None:
        self.schemas = yaml.safe_load((HERE / "control_plane.yaml").read_text(encoding="utf-8"))
        # Only the code knows them all.
        self.schemas["faults"]["items"]["properties"]["meanwhile"]["items"]["properties"]["operation"]["enum"] = list(OPERATIONS)
        self.request_log = RequestLog(log_file)
        self.misbehavior = Misbehavior()
        self.restore(seed_document)

    def restore(self, seed_document: Any) -> None:
        self.organization = seed.load(seed_document, self.schemas["seed"])
        self.api_key = seed_document.get("api_key", seed.DEFAULT_API_KEY)


def routes(sandbox: Sandbox) -> list[Route]:
    async def get_requests(request: Request) -> Response:
        return json_answer([asdict(entry) for entry in sandbox.request_log.entries])

    async def delete_requests(request: Request) -> Response:
        sandbox.request_log.entries.clear()
        return Response(status_code=204)

    async def get_state(request: Request) -> Response:
        return json_answer(seed.dump(sandbox.organization, sandbox.api_key))

    async def put_state(request: Request) -> Response:
        try:
            sandbox.restore(await document(request))
        except (seed.SeedRefused, Problem) as refusal:
            return Problem(400, str(refusal)).answer(request.url.path)
        return Response(status_code=204)

    async def get_faults(request: Request) -> Response:
        return json_answer([asdict(fault) for fault in sandbox.misbehavior.faults])

    async def put_faults(request: Request) -> Response:
        try:
            faults = await document(request)
        except Problem as problem:
            return problem.answer(request.url.path)
        wrong = violations(faults, sandbox.schemas["faults"])
        if wrong:
            return Problem(400, "These are no faults.", wrong).answer(request.url.path)
        sandbox.misbehavior.faults = [Fault(**fault) for fault in faults]
        return Response(status_code=204)

    async def delete_faults(request: Request) -> Response:
        sandbox.misbehavior.faults = []
        return Response(status_code=204)

    return [
        Route("/_sandbox/requests", get_requests, methods=["GET"]),
        Route("/_sandbox/requests", delete_requests, methods=["DELETE"]),
        Route("/_sandbox/state", get_state, methods=["GET"]),
        Route("/_sandbox/state", put_state, methods=["PUT"]),
        Route("/_sandbox/faults", get_faults, methods=["GET"]),
        Route("/_sandbox/faults", put_faults, methods=["PUT"]),
        Route("/_sandbox/faults", delete_faults, methods=["DELETE"]),
    ]


async def document(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except ValueError:
        raise Problem(400, "The body is not JSON.") from None
