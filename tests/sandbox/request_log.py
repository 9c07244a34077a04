# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests the sandbox has seen, without the secrets in them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, TextIO

from starlette.requests import Request

SECRET_FIELDS = ("authToken", "authPassword")
MASKED = "masked by the sandbox"


@dataclass
class Entry:
    method: str
    path: str
    query: dict[str, str]
    body: Any
    user_agent: str
    # None until the request is answered, and for ever when the connection is cut.
    status: int | None = None
    authorization: str = "missing"
    violations: list[str] = field(default_factory=list)


class RequestLog:
    def __init__(self, file: TextIO | None = None) -> None:
        self.entries: list[Entry] = []
        self._file = file

    def begin(self, request: Request, body: bytes) -> Entry:
        """At once, so that a request shows up although its client has given up waiting."""
        entry = Entry(request.method, request.url.path, dict(request.query_params), without_secrets(body), request.headers.get("user-agent", ""))
        self.entries.append(entry)
        return entry

    def finish(self, entry: Entry, status: int | None) -> None:
        entry.status = status
        if self._file:
            print(json.dumps(asdict(entry)), file=self._file, flush=True)


def without_secrets(body: bytes) -> Any:
    if not body:
        return None
    try:
        return masked(json.loads(body))
    except (ValueError, RecursionError):
        return f"{len(body)} bytes that are not JSON"


def masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: MASKED if name in SECRET_FIELDS else masked(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner) for inner in value]
    return value
