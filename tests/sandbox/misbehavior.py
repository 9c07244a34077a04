# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: the sandbox fails, delays, lies or hangs up on demand, so that clients can be tried against it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from .answers import json_answer
from .contract import Call


@dataclass(frozen=True)
class Fault:
    """One entry of the list of faults; without any field it changes nothing.

    method, path: what it applies to; path is a regular expression for the whole path.
    times: how many requests it applies to; None is all.
    delay: seconds to wait before anything.
    rewrite: merged into the JSON body before it is handled, so that something else is stored than was asked for.
    query: merged into the query parameters in the same way, so that {"take": 2} makes pages smaller than asked for.
    effect: whether the request is handled at all; by default it is when the fault brings no answer of its own.
    late: seconds between the fault's own answer, or its cut, and the effect. It changes the state of when the request came, even
        when a test has replaced that since; if it fails, nobody gets to know.
    meanwhile: what somebody else does once this request is handled, with or without effect, and before the next one: a list of
        operation (an operationId of openapi.yaml), path, query and body. They are not in the log. Nothing is checked or filled in:
        query needs the parameters that have a default, too. When one fails, the answer is a 500 that says so, even in place of a cut.
    answer: answered in place of the real answer: status, headers, and json, text or base64.
    patch, without: fields merged into the real JSON answer, and fields removed from it.
    cut: the connection is reset in place of an answer.
    """

    method: str | None = None
    path: str = ".*"
    times: int | None = 1
    delay: float = 0
    rewrite: Mapping[str, Any] | None = None
    query: Mapping[str, Any] | None = None
    effect: bool | None = None
    late: float = 0
    meanwhile: tuple[Mapping[str, Any], ...] = ()
    answer: Mapping[str, Any] | None = None
    patch: Mapping[str, Any] | None = None
    without: tuple[str, ...] = ()
    cut: bool = False

    @property
    def takes_effect(self) -> bool:
        return self.answer is None or self.late > 0 if self.effect is None else self.effect

    def applies_to(self, method: str, path: str) -> bool:
        return (self.method is None or self.method.upper() == method) and re.fullmatch(self.path, path) is not None

    def rewritten(self, call: Call) -> Call:
        body = {**call.body, **self.rewrite} if self.rewrite and isinstance(call.body, dict) else call.body
        return replace(call, query={**call.query, **(self.query or {})}, body=body)

    def calls_of_somebody_else(self) -> list[Call]:
        return [Call(entry["operation"], entry.get("path", {}), entry.get("query", {}), entry.get("body")) for entry in self.meanwhile]

    def answer_in_place_of(self, real: Response) -> Response:
        if self.answer is not None:
            return answer_of(self.answer)
        if not (self.patch or self.without) or not (real.media_type or "").endswith("json"):
            return real
        content = json.loads(bytes(real.body))
        if not isinstance(content, dict):
            return real
        content.update(self.patch or {})
        return json_answer({name: value for name, value in content.items() if name not in self.without}, real.status_code, real.media_type or "")


def answer_of(answer: Mapping[str, Any]) -> Response:
    status, headers = answer["status"], answer.get("headers")
    if "json" in answer:
        return json_answer(answer["json"], status, "application/json" if status < 400 else "application/problem+json", headers)
    if "text" in answer:
        return Response(answer["text"], status, headers, "text/plain")
    return Response(base64.b64decode(answer.get("base64", "")), status, headers)


class Misbehavior:
    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault_for(self, method: str, path: str) -> Fault:
        """The first fault that applies is used up by this request."""
        for position, fault in enumerate(self.faults):
            if fault.applies_to(method, path):
                if fault.times == 1:
                    del self.faults[position]
                elif fault.times:
                    self.faults[position] = replace(fault, times=fault.times - 1)
                return fault
        return Fault()
