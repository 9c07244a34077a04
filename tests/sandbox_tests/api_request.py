# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A way to ask the sandbox anything, also what no client of ours would."""

from __future__ import annotations

import http.client
import json
import typing as t


class Answer(t.NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def json(self) -> t.Any:
        return json.loads(self.content)


class Ask:
    def __init__(self, url: str, api_key: str) -> None:
        self.address = url.removeprefix("http://")
        self.authorization = f"Bearer {api_key}"

    def __call__(self, method: str, path: str, body: t.Any = None, **headers: str) -> Answer:
        """The body is bytes, or anything that JSON can hold; a header that is given wins, and an empty one is not sent."""
        wanted = {"authorization": self.authorization, "content-type": "" if body is None else "application/json", **headers}
        connection = http.client.HTTPConnection(self.address, timeout=10)
        try:
            content = body if body is None or isinstance(body, bytes) else json.dumps(body)
            connection.request(method, path, content, {name: value for name, value in wanted.items() if value})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()
