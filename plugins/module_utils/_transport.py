# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""How bytes travel: requests, made to keep one deadline an attempt and to send the key to nobody else."""

from __future__ import annotations

import contextlib
import http.client
import io
import os
import re
import socket
import ssl
import time
import traceback
import typing as t
from dataclasses import dataclass, field

try:
    import requests
    import requests.adapters
    import urllib3
    import urllib3.connection
    import urllib3.connectionpool
    from urllib3.util.ssl_ import create_urllib3_context
except ImportError:
    REQUESTS_IMPORT_ERROR: str | None = traceback.format_exc()
else:
    REQUESTS_IMPORT_ERROR = None

_PROXY_REFUSAL = re.compile(r"Tunnel connection failed: (\d{3})")

#: An answer may be as large as this, decoded, in bytes.
LARGEST_ANSWER = 8 * 1024 * 1024

#: Pieces in which an answer is read: urllib3 1.26 inflates a whole piece at once, so small pieces keep a compressed bomb small.
_PIECE = 8192

#: A socket takes no time-out of more milliseconds than an int holds, so this many seconds (11 days) stand for any longer one.
_LONGEST_TIMEOUT = 1_000_000.0

#: Zero would mean "do not wait at all" to a socket.
_SHORTEST_TIMEOUT = 0.001


@dataclass(frozen=True)
class Connection:
    """Where the API is and how to reach it: the options that all modules share, checked.

    :param api_key: the Bearer key.
    :param api_url: ``https://host[:port][/prefix]`` without ``/api/v1``; http only to a loopback host.
    :param api_timeout: seconds that one attempt may take in total, name resolution aside.
    :param api_retries: how many further attempts a request gets after a passing failure.
    :param api_retry_max_delay: the longest single wait between two attempts, in seconds.
    :param validate_certs: whether the server's certificate is verified.
    :param ca_path: file or folder of CA certificates; None for those of the environment or of requests.
    """

    api_key: str = field(repr=False)
    api_url: str
    api_timeout: float
    api_retries: int
    api_retry_max_delay: float
    validate_certs: bool
    ca_path: str | None


@dataclass(frozen=True)
class Response:
    """An HTTP response of any status with its whole body, decoded."""

    status: int
    headers: t.Mapping[str, str]
    content: bytes


class TransportError(Exception):
    """There was no whole response. The text says why, in our own words: those of the libraries may quote a key.

    :param passing: whether it may well go otherwise the next time.
    :param sent: whether the request may have reached the service, so that it may have taken effect.
    """

    def __init__(self, reason: str, *, passing: bool, sent: bool) -> None:
        super().__init__(reason)
        self.passing = passing
        self.sent = sent


class Transport:
    """One session, kept alive; every request carries the key and a deadline.

    The key goes through an auth callable, since requests replaces an ``Authorization`` header by what ``~/.netrc`` holds for the
    host. Redirects are not followed: a followed 302 turns PUT into GET and can hand the key to another host.
    """

    def __init__(self, connection: Connection, user_agent: str) -> None:
        self._connection = connection
        self._session = requests.Session()
        self._session.adapters.clear()
        self._session.mount(connection.api_url, _BoundedAdapter())
        self._session.auth = self._authorize
        # Told not to follow a redirect, requests still takes its target apart, and fails on one that is no URL.
        self._session.get_redirect_target = lambda response: None  # type: ignore[assignment]
        # gzip alone: what else requests would offer depends on the libraries of the target.
        self._session.headers.update({"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": user_agent})
        # Plain http is for a loopback host only, and requests would hand it, key included, to the proxy of the environment.
        self._session.trust_env = connection.api_url.startswith("https:")

    def send(self, method: str, path: str, *, query: t.Mapping[str, t.Any] | None, body: t.Mapping[str, t.Any] | None) -> Response:
        """Send one request, once.

        :raises TransportError: no whole response within the time of an attempt.
        """
        deadline = _Deadline(self._connection.api_timeout)
        try:
            return self._exchange(method, path, query, body, deadline)
        except (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
            failure = _failure(error, deadline)
        # Raised outside of the handler: chained, a traceback would print the texts of the libraries.
        raise failure

    def close(self) -> None:
        self._session.close()

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._connection.api_key}"
        return request

    def _exchange(self, method: str, path: str, query: t.Mapping[str, t.Any] | None, body: t.Mapping[str, t.Any] | None, deadline: _Deadline) -> Response:
        verify: bool | str = self._connection.validate_certs
        if verify and self._connection.ca_path:
            verify = self._connection.ca_path
        with self._session.request(
            method,
            self._connection.api_url + path,
            params=query,
            json=body,
            timeout=deadline,  # type: ignore[arg-type]  # requests hands a urllib3 Timeout on; its types do not say so
            verify=verify,  # with each request: set on the session it would lose to REQUESTS_CA_BUNDLE
            allow_redirects=False,
            stream=True,
        ) as response:
            # urllib3 1.26 takes a body that is shorter than its Content-Length unless it is told not to.
            response.raw.enforce_content_length = True
            content = bytearray()
            while piece := response.raw.read(_PIECE, decode_content=True):
                content += piece
                if len(content) > LARGEST_ANSWER:
                    raise _AnswerTooLarge
            return Response(response.status_code, response.headers, bytes(content))


class _AnswerTooLarge(OSError):
    """More than :data:`LARGEST_ANSWER` bytes came."""


def _failure(error: BaseException, deadline: _Deadline) -> TransportError:
    """Why there was no whole response, and what that means for the request."""
    causes = list(_causes(error))
    # These say that no connection came about, so nothing was sent; whatever else happens may happen after that.
    sent = not any(isinstance(cause, (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)) for cause in causes)
    if isinstance(error, _AnswerTooLarge):
        return TransportError(f"the answer is larger than {LARGEST_ANSWER // 1024 // 1024} MiB and was not read to its end", passing=False, sent=True)
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = f"the server's certificate is not accepted: {cause.verify_message}. The certificates of a CA of your own are named by ca_path"
            return TransportError(reason, passing=False, sent=False)
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
            return TransportError(f"no TLS connection: {cause.reason or 'the handshake failed'}", passing=False, sent=sent)
        if isinstance(cause, socket.gaierror):
            return TransportError(f"the host name cannot be resolved: {cause.strerror}", passing=False, sent=False)
    # By our own clock: a time-out in the body comes as a plain ConnectionError.
    if deadline.over():
        return TransportError(f"no whole answer within {deadline.seconds:g} s (api_timeout)", passing=True, sent=sent)
    refusal = next((found for found in (_PROXY_REFUSAL.search(str(cause)) for cause in causes) if found), None)
    if refusal:
        return TransportError(f"the proxy of the environment (HTTPS_PROXY, ALL_PROXY) refuses to connect: {refusal[1]}", passing=False, sent=False)
    if any(isinstance(cause, requests.exceptions.ProxyError) for cause in causes):
        return TransportError("the proxy of the environment (HTTPS_PROXY, ALL_PROXY) cannot be reached", passing=True, sent=sent)
    for cause in causes:
        if isinstance(cause, OSError) and cause.errno is not None:
            return TransportError(os.strerror(cause.errno), passing=True, sent=sent)
    if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
        return TransportError("the CA certificates named by ca_path, REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE cannot be read", passing=False, sent=False)
    return TransportError("the connection ended before the answer was whole", passing=True, sent=sent)


def _causes(error: BaseException) -> t.Iterator[BaseException]:
    """An exception and all that it was made of: causes, contexts, and what urllib3 and requests keep as reason or argument."""
    seen: list[object] = []
    waiting: list[object] = [error]
    while waiting:
        current = waiting.pop(0)
        if isinstance(current, BaseException) and current not in seen:
            seen.append(current)
            yield current
            waiting += [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]


class _BoundedReader(io.RawIOBase):
    """Reads from a socket until the time that the socket had at the start is up, however many reads it takes.

    A socket's own time-out starts anew with each read, so a server that sends a byte a second would never meet it.
    """

    def __init__(self, stream: t.Any, sock: socket.socket) -> None:
        self._stream = stream
        self._sock = sock
        self._end = time.monotonic() + (sock.gettimeout() or _LONGEST_TIMEOUT)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> t.Any:
        left = self._end - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        self._sock.settimeout(left)
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _BoundedResponse(http.client.HTTPResponse):
    """Bounds status line, headers, body and a proxy's answer to CONNECT alike: http.client reads them all from ``fp``."""

    def __init__(self, sock: socket.socket, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp: io.BufferedReader = io.BufferedReader(_BoundedReader(self.fp.detach(), sock))


if REQUESTS_IMPORT_ERROR is None:
    # Behind the guard: without requests there is nothing to derive from.

    class _Deadline(urllib3.Timeout):
        """The time that one attempt has in total, in the place where urllib3 looks for its time-outs.

        urllib3 asks for a connect time-out before it connects and for a read time-out before it reads: both are what is left.
        """

        def __init__(self, seconds: float) -> None:
            self.seconds = min(seconds, _LONGEST_TIMEOUT)
            super().__init__(total=self.seconds)
            self._end = time.monotonic() + self.seconds

        def over(self) -> bool:
            # A socket waits in whole milliseconds and may be early by one.
            return time.monotonic() >= self._end - 2 * _SHORTEST_TIMEOUT

        def left(self) -> float:
            return max(self._end - time.monotonic(), _SHORTEST_TIMEOUT)

        def clone(self) -> _Deadline:
            return self

        def start_connect(self) -> float:
            return time.monotonic()

        @property
        def connect_timeout(self) -> float:
            return self.left()

        @property
        def read_timeout(self) -> float:
            return self.left()

    def _connect(connection: t.Any, new_connection: t.Callable[[], socket.socket]) -> socket.socket:
        """Connect, and leave the rest of the time to what follows on the socket: TLS handshake, a proxy's answer to CONNECT."""
        end = time.monotonic() + connection.timeout
        # urllib3 gives its whole time-out to each address of a host, and a dead first one must leave some for the next.
        with contextlib.suppress(OSError):
            connection.timeout /= len(socket.getaddrinfo(connection.host, connection.port, type=socket.SOCK_STREAM))
        sock = new_connection()
        sock.settimeout(max(end - time.monotonic(), _SHORTEST_TIMEOUT))
        return sock

    class _BoundedHTTPConnection(urllib3.connection.HTTPConnection):
        response_class = _BoundedResponse

        def _new_conn(self) -> socket.socket:
            return _connect(self, super()._new_conn)

    class _BoundedHTTPSConnection(urllib3.connection.HTTPSConnection):
        response_class = _BoundedResponse

        def _new_conn(self) -> socket.socket:
            return _connect(self, super()._new_conn)

    class _BoundedHTTPPool(urllib3.connectionpool.HTTPConnectionPool):
        ConnectionCls = _BoundedHTTPConnection

    class _BoundedHTTPSPool(urllib3.connectionpool.HTTPSConnectionPool):
        ConnectionCls = _BoundedHTTPSConnection

    _BOUNDED_POOLS = {"http": _BoundedHTTPPool, "https": _BoundedHTTPSPool}

    class _BoundedAdapter(requests.adapters.HTTPAdapter):
        """Gives every connection, direct or through a proxy, the deadline above and at least TLS 1.2."""

        def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
            super().init_poolmanager(*args, ssl_context=_tls_context(), **kwargs)
            self.poolmanager.pool_classes_by_scheme = _BOUNDED_POOLS

        def proxy_manager_for(self, proxy: str, **kwargs: t.Any) -> t.Any:
            manager = super().proxy_manager_for(proxy, ssl_context=_tls_context(), **kwargs)
            manager.pool_classes_by_scheme = _BOUNDED_POOLS
            return manager

    def _tls_context() -> ssl.SSLContext:
        context = create_urllib3_context()
        # Python 3.9 with urllib3 1.26.5 sets no minimum of its own.
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # urllib3 compares the host name itself; left on, this would forbid validate_certs: false.
        context.check_hostname = False
        return context
