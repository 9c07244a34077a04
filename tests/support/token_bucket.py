# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Server with a rate limit."""

from __future__ import annotations

import http.server
import math
import socketserver
import threading
import time
import typing as t


class TokenBucketServer:
    """Server that serves a burst of requests at once, then a number of requests per second, and refuses others by 429.

    :ivar served: the number of served requests.
    :ivar refused: the number of refused requests.
    """

    def __init__(self, rate: float, burst: int, *, has_retry_after: bool) -> None:
        self.served = 0
        self.refused = 0
        self._rate = rate
        self._burst = burst
        self._has_retry_after = has_retry_after
        self._tokens = float(burst)
        self._filled_at = time.monotonic()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def __enter__(self) -> TokenBucketServer:
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def duration(self, requests: int) -> float:
        """Return the seconds that the server needs at least for this many requests."""
        return max(requests - self._burst, 0) / self._rate

    def _take(self) -> float:
        """Take a token and return 0, or return the seconds until there is one."""
        with self._lock:
            now = time.monotonic()
            self._tokens = min(self._tokens + (now - self._filled_at) * self._rate, float(self._burst))
            self._filled_at = now
            if self._tokens < 1:
                self.refused += 1
                return (1 - self._tokens) / self._rate
            self._tokens -= 1
            self.served += 1
            return 0.0


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


def _handler(bucket: TokenBucketServer) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # With the delay of Nagle's algorithm, each response would take 40 ms.
        disable_nagle_algorithm = True

        def handle_request(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            delay = bucket._take()
            self.send_response(429 if delay else 200)
            if delay and bucket._has_retry_after:
                self.send_header("Retry-After", str(math.ceil(delay)))
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_PUT = handle_request  # noqa: N815  # names of the base class

        def log_message(self, *arguments: t.Any) -> None:
            pass

    return Handler
