# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log of the received requests, without secrets."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, TextIO

from starlette.requests import Request

SECRET_FIELDS = ("authToken", "authPassword")
REDACTED = "redacted by the sandbox"


@dataclass
class Entry:
    method: str
    path: str
    query: dict[str, str]
    body: Any
    user_agent: str
    # None until the response is sent, and permanently when a fault resets the connection.
    status: int | None = None
    authorization: str = "missing"
    violations: list[str] = field(default_factory=list)


class RequestLog:
    def __init__(self, file: TextIO | None = None) -> None:
        self.entries: list[Entry] = []
        self._file = file

    def begin(self, request: Request, body: bytes) -> Entry:
        # Log the request on arrival, because its client may disconnect before the response.
        entry = Entry(
            request.method,
            request.url.path,
            dict(request.query_params),
            redact_body(body),
            request.headers.get("user-agent", ""),
        )
        self.entries.append(entry)
        return entry

    def finish(self, entry: Entry, status: int | None) -> None:
        entry.status = status
        if self._file:
            print(json.dumps(asdict(entry)), file=self._file, flush=True)


def redact_body(body: bytes) -> Any:
    if not body:
        return None
    try:
        return redact_fields(json.loads(body))
    except (ValueError, RecursionError):
        return f"{len(body)} bytes that are not JSON"


def redact_fields(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: REDACTED if name in SECRET_FIELDS else redact_fields(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [redact_fields(inner) for inner in value]
    return value
