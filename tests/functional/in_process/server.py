# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Server in front of the mock server. The path of `api_url` names its failure."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import json
import socket
import struct
import threading
import typing as t
from urllib.parse import urlsplit

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess

#: Body of a response by the name of the failure, with the status 200.
BODIES = {
    "text": b"hello",
    "list": b"[1]",
    "null": b"null",
    "page": b"<html><body>Sign in</body></html>",
    "empty": b"",
    "control": b'{"id": "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11", "name": "\\u001b[31m\\u202e\\ud800", "_ansible_x": 1}',
}


class Received(t.NamedTuple):
    """Request that the server received."""

    method: str
    path: str
    authorization: str | None
    body: str


class FailingServer(http.server.ThreadingHTTPServer):
    """Server that forwards requests to the mock server, except those whose path names a failure.

    :param idle: number of seconds after which the server closes an idle connection; 0 closes a connection after the
        response to a write. No header announces that.
    :param delay: number of seconds before each write is forwarded.
    """

    daemon_threads = True

    def __init__(self, sandbox: SandboxProcess, idle: float = 60, delay: float = 0) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.sandbox_address = urlsplit(sandbox.url).netloc
        self.idle = idle
        self.delay = delay
        self.requests: list[Received] = []
        self.connections = 0
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> FailingServer:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.ended.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, *_arguments: t.Any) -> None:
        """Print no traceback when a client closes a connection."""


class Handler(http.server.BaseHTTPRequestHandler):
    """Handler of one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: FailingServer

    def setup(self) -> None:
        self.timeout = self.server.idle or 60
        self.server.connections += 1
        super().setup()

    def log_message(self, *_arguments: t.Any) -> None:
        """Print nothing."""

    def handle_request(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append(Received(self.command, self.path, self.headers.get("Authorization"), body.decode()))
        words = self.path.split("/")[1:]
        if words[0] == "writes":
            words = words[1:] if self.command != "GET" else ["api"]
        if self.command != "GET":
            self.server.ended.wait(self.server.delay)
        if words[0] == "api":
            self.forward(body)
        elif words[0] == "hang":
            self.server.ended.wait(60)
            self.close_connection = True
        elif words[0] == "reset":
            self.reset()
        elif words[0] == "truncated":
            self.respond(200, b"{", length=10)
            self.close_connection = True
        elif words[0] == "status":
            problem = {
                "title": "Failure",
                "status": int(words[1]),
                "detail": "The test fails it.",
                "errors": {"a": ["b"]},
            }
            self.respond(int(words[1]), json.dumps(problem).encode(), Location="https://login.example.org/?a=b")
        elif words[0] == "throttled":
            self.respond(429, b"", **{"Retry-After": words[1]})
        else:
            self.respond(200, BODIES[words[0]])
        if not self.server.idle and self.command != "GET":
            self.close_connection = True

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = handle_request  # noqa: N815  # names of the standard library

    def forward(self, body: bytes) -> None:
        connection = http.client.HTTPConnection(self.server.sandbox_address, timeout=30)
        headers = {name: value for name, value in self.headers.items() if name != "Host"}
        with contextlib.closing(connection):
            connection.request(self.command, self.path[self.path.index("/api/") :], body, headers)
            response = connection.getresponse()
            self.respond(response.status, response.read(), response.getheader("Content-Type", ""))

    def respond(
        self,
        status: int,
        body: bytes,
        content_type: str = "application/json",
        length: int | None = None,
        **headers: str,
    ) -> None:
        self.send_response_only(status)
        for name, value in {
            "Content-Type": content_type,
            "Content-Length": str(len(body) if length is None else length),
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def reset(self) -> None:
        # With this option, close() sends RST instead of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.wfile.close()
        self.connection.close()
        self.close_connection = True
