# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""State of the sandbox, and the endpoints under /_sandbox that read and change it. They need no API key."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, TextIO

import yaml
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import seed
from .faults import Fault, FaultQueue
from .operations import OPERATIONS
from .paths import SANDBOX_DIR
from .rate_limit import TokenBucket
from .request_log import RequestLog
from .responses import Problem, json_response
from .service import Service
from .violations import find_violations, format_violations
from .world import World, build_schema


class Sandbox:
    def __init__(self, seed_document: Any, world: Any, log_file: TextIO | None = None) -> None:
        self.schemas = yaml.safe_load((SANDBOX_DIR / "control_plane.yaml").read_text(encoding="utf-8"))
        # Add the operations here, so that the schema does not have to repeat their names.
        fault = self.schemas["faults"]["items"]["properties"]
        fault["concurrent_calls"]["items"]["properties"]["operation"]["enum"] = list(OPERATIONS)
        self.request_log = RequestLog(log_file)
        self.fault_queue = FaultQueue()
        self.world = load_world(world)
        self.restore(seed_document)

    def restore(self, seed_document: Any) -> None:
        self.organization = seed.load(seed_document, self.schemas["seed"])
        self.api_key = seed_document.get("api_key", seed.DEFAULT_API_KEY)
        self.change_world(self.world)

    def change_world(self, world: World) -> None:
        """Change the behavior. The state is kept, and becomes visible to all reads."""
        self.world = world
        self.service = Service(self.organization, world)
        self.token_bucket = TokenBucket(world)


class InvalidWorld(Exception):
    """Document with unknown switches or values."""


def load_world(document: Any) -> World:
    violations = find_violations(document, build_schema())
    if violations:
        raise InvalidWorld(format_violations(violations))
    return World(**document)


def routes(sandbox: Sandbox) -> list[Route]:
    async def get_requests(request: Request) -> Response:
        return json_response([asdict(entry) for entry in sandbox.request_log.entries])

    async def delete_requests(request: Request) -> Response:
        sandbox.request_log.entries.clear()
        return Response(status_code=204)

    async def get_state(request: Request) -> Response:
        return json_response(seed.dump(sandbox.organization, sandbox.api_key))

    async def put_state(request: Request) -> Response:
        try:
            sandbox.restore(await read_json(request))
        except (seed.InvalidSeed, Problem) as error:
            return Problem(400, str(error)).to_response(request.url.path)
        return Response(status_code=204)

    async def get_faults(request: Request) -> Response:
        return json_response([asdict(fault) for fault in sandbox.fault_queue.faults])

    async def put_faults(request: Request) -> Response:
        try:
            faults = await read_json(request)
        except Problem as problem:
            return problem.to_response(request.url.path)
        violations = find_violations(faults, sandbox.schemas["faults"])
        if violations:
            return Problem(400, "The faults are invalid.", violations).to_response(request.url.path)
        sandbox.fault_queue.faults = [Fault(**fault) for fault in faults]
        return Response(status_code=204)

    async def delete_faults(request: Request) -> Response:
        sandbox.fault_queue.faults = []
        return Response(status_code=204)

    async def get_world(request: Request) -> Response:
        return json_response(asdict(sandbox.world))

    async def put_world(request: Request) -> Response:
        try:
            sandbox.change_world(load_world(await read_json(request)))
        except (InvalidWorld, Problem) as error:
            return Problem(400, str(error)).to_response(request.url.path)
        return Response(status_code=204)

    return [
        Route("/_sandbox/requests", get_requests, methods=["GET"]),
        Route("/_sandbox/requests", delete_requests, methods=["DELETE"]),
        Route("/_sandbox/state", get_state, methods=["GET"]),
        Route("/_sandbox/state", put_state, methods=["PUT"]),
        Route("/_sandbox/faults", get_faults, methods=["GET"]),
        Route("/_sandbox/faults", put_faults, methods=["PUT"]),
        Route("/_sandbox/faults", delete_faults, methods=["DELETE"]),
        Route("/_sandbox/world", get_world, methods=["GET"]),
        Route("/_sandbox/world", put_world, methods=["PUT"]),
    ]


async def read_json(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except ValueError:
        raise Problem(400, "The body is not JSON.") from None
