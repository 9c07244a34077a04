# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP client that can send any request, including invalid ones."""

from __future__ import annotations

import http.client
import json
import typing as t


class Response(t.NamedTuple):
    """Response of the mock server."""

    status: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def json(self) -> t.Any:
        return json.loads(self.content)


class ApiClient:
    """Client with an API key."""

    def __init__(self, url: str, api_key: str) -> None:
        self.address = url.removeprefix("http://")
        self.authorization = f"Bearer {api_key}"

    def request(self, method: str, path: str, body: t.Any = None, **headers: str) -> Response:
        """Send a request.

        :param body: Body as bytes, or a value that is sent as JSON.
        :param headers: Headers that override the default ones. Empty values remove headers.
        """
        all_headers = {
            "authorization": self.authorization,
            "content-type": "" if body is None else "application/json",
            **headers,
        }
        connection = http.client.HTTPConnection(self.address, timeout=10)
        try:
            content = body if body is None or isinstance(body, bytes) else json.dumps(body)
            connection.request(method, path, content, {name: value for name, value in all_headers.items() if value})
            response = connection.getresponse()
            return Response(response.status, response.headers, response.read())
        finally:
            connection.close()
