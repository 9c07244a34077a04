# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fault injection: errors, delays, wrong data and connection resets on demand."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from .contract import Call
from .responses import json_response


@dataclass(frozen=True)
class Fault:
    """Fault applied to matching requests. The default values leave a request unchanged.

    method, path: Requests to match. path is a regular expression that must match the whole path.
    times: Number of requests to apply the fault to. None means all.
    delay: Seconds to wait before the request is handled.
    rewrite: Fields to merge into the JSON body of the request before it is handled. For example, the
        sandbox then stores another value than the requested one.
    query: Parameters to merge into the query. For example, {"take": 2} makes pages smaller than requested.
    effect: Whether the request is handled. Defaults to true, unless the fault sets response.
    effect_delay: Seconds between the response, or the reset, and the effect of the request. The effect
        applies to the state at the time of the request, even if a test has replaced that state since.
        Errors of a delayed effect are ignored.
    concurrent_calls: Calls of another client, executed after this request and before the next one. Each has
        operation (an operationId of openapi.yaml), path, query and body. The calls are neither logged nor
        validated, and defaults are not filled in, so query must contain every parameter. A failing call
        turns the response into a 500 with the reason, even if the fault resets the connection.
    response: Response to send instead of the real one: status, headers, and json, text or base64.
    patch, remove_fields: Fields to merge into the real JSON response, and names of fields to remove from it.
    reset: Whether to reset the connection instead of sending a response.
    """

    method: str | None = None
    path: str = ".*"
    times: int | None = 1
    delay: float = 0
    rewrite: Mapping[str, Any] | None = None
    query: Mapping[str, Any] | None = None
    effect: bool | None = None
    effect_delay: float = 0
    concurrent_calls: tuple[Mapping[str, Any], ...] = ()
    response: Mapping[str, Any] | None = None
    patch: Mapping[str, Any] | None = None
    remove_fields: tuple[str, ...] = ()
    reset: bool = False

    @property
    def takes_effect(self) -> bool:
        return self.response is None or self.effect_delay > 0 if self.effect is None else self.effect

    def applies_to(self, method: str, path: str) -> bool:
        return (self.method is None or self.method.upper() == method) and re.fullmatch(self.path, path) is not None

    def rewrite_call(self, call: Call) -> Call:
        body = {**call.body, **self.rewrite} if self.rewrite and isinstance(call.body, dict) else call.body
        return replace(call, query={**call.query, **(self.query or {})}, body=body)

    def get_concurrent_calls(self) -> list[Call]:
        return [
            Call(entry["operation"], entry.get("path", {}), entry.get("query", {}), entry.get("body"))
            for entry in self.concurrent_calls
        ]

    def rewrite_response(self, response: Response) -> Response:
        if self.response is not None:
            return build_response(self.response)
        if not (self.patch or self.remove_fields) or not (response.media_type or "").endswith("json"):
            return response
        content = json.loads(bytes(response.body))
        if not isinstance(content, dict):
            return response
        content.update(self.patch or {})
        remaining = {name: value for name, value in content.items() if name not in self.remove_fields}
        return json_response(remaining, response.status_code, response.media_type or "")


def build_response(spec: Mapping[str, Any]) -> Response:
    status, headers = spec["status"], spec.get("headers")
    if "json" in spec:
        media_type = "application/json" if status < 400 else "application/problem+json"
        return json_response(spec["json"], status, media_type, headers)
    if "text" in spec:
        return Response(spec["text"], status, headers, "text/plain")
    return Response(base64.b64decode(spec.get("base64", "")), status, headers)


class FaultQueue:
    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def take(self, method: str, path: str) -> Fault:
        """Return the first fault that matches the request, and count this use of it."""
        for position, fault in enumerate(self.faults):
            if fault.applies_to(method, path):
                if fault.times == 1:
                    del self.faults[position]
                elif fault.times:
                    self.faults[position] = replace(fault, times=fault.times - 1)
                return fault
        return Fault()
