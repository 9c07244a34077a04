# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of the sandbox: JSON, and problem details for what it refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import Response


def json_answer(content: Any, status: int = 200, media_type: str = "application/json", headers: Mapping[str, str] | None = None) -> Response:
    # Not Starlette's JSONResponse: JSON may carry lone surrogates, which only escapes can bring back to the client.
    return Response(json.dumps(content), status, headers, media_type)


class Problem(Exception):
    """A request that is refused, told as problem details (RFC 9457)."""

    def __init__(self, status: int, detail: str, errors: Mapping[str, list[str]] | None = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers

    def answer(self, instance: str) -> Response:
        content: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }
        if self.errors:
            content["errors"] = self.errors
        return json_answer(content, self.status, "application/problem+json", self.headers)
