# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""How bytes travel: requests, made to keep one deadline an attempt and to send the key to nobody else."""

from __future__ import annotations

import errno
import http.client
import http.cookiejar
import io
import os
import re
import socket
import ssl
import time
import traceback
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

try:
    import requests
    import requests.adapters
    import urllib3
    import urllib3.connection
    import urllib3.connectionpool
    from urllib3.connection import CertificateError as _HostNameMismatch  # type: ignore[attr-defined]  # another one in 1.26 than in 2
    from urllib3.util.ssl_ import create_urllib3_context
except ImportError:
    REQUESTS_IMPORT_ERROR: str | None = traceback.format_exc()
else:
    REQUESTS_IMPORT_ERROR = None

#: What requests reads, in this order, when it is not told which CA certificates to use.
_BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

#: What http.client has to say about an answer to CONNECT that is not a 2xx.
_PROXY_REFUSAL = re.compile(r"Tunnel connection failed: (\d{3})")

#: Codes of OpenSSL for a certificate that it does not accept (X509_V_ERR_...).
_UNKNOWN_ISSUERS = {
    18: "it is self-signed",
    19: "its CA is self-signed",
    20: "its CA is unknown",
    21: "its CA is unknown",
}
_TIME_PROBLEMS = {9: "it is not valid yet", 10: "it has expired"}
_NAME_MISMATCHES = (62, 64)

#: Reasons of OpenSSL for a handshake that failed: the other side speaks an old TLS only, or something else altogether.
_OLD_TLS = ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION")
_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")

#: What http.client raises when the other side hangs up; whatever else it raises is about what the other side says.
_BROKEN_OFF = (http.client.RemoteDisconnected, http.client.IncompleteRead)

#: An answer may be as large as this, decoded, in bytes.
LARGEST_ANSWER = 8 * 1024 * 1024

#: As many connections are kept alive as threads may send at a time.
MOST_CONNECTIONS = 64

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
        self._session.mount(f"{connection.api_url.partition('://')[0]}://", _BoundedAdapter(pool_maxsize=MOST_CONNECTIONS))
        self._session.auth = self._authorize
        # Told not to follow a redirect, requests still takes its target apart, and fails on one that is no URL.
        self._session.get_redirect_target = lambda response: None  # type: ignore[assignment]
        # Nobody needs them, and threads would share them.
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        # gzip alone: what else requests would offer depends on the libraries of the target.
        self._session.headers.update({"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": user_agent})
        # Plain http is for a loopback host only, and requests would hand it, key included, to the proxy of the environment.
        self._session.trust_env = connection.api_url.startswith("https:")
        if not connection.validate_certs:
            # Who sets the option knows; the warning would come with each connection.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def send(self, method: str, path: str, *, query: t.Mapping[str, t.Any] | None, body: t.Mapping[str, t.Any] | None, timeout: float) -> Response:
        """Send one request, once.

        :param timeout: seconds from connecting to the last byte of the answer.
        :raises TransportError: no whole response within that time.
        """
        longer = timeout > self._connection.api_timeout
        deadline = _Deadline(timeout, "the least for what the service asks Twilio" if longer else "api_timeout")
        try:
            return self._exchange(method, path, query, body, deadline)
        except _FAILURES as error:
            failure = _failure(error, deadline, self._authorities())
        # Raised outside of the handler: chained, a traceback would print the texts of the libraries.
        raise failure

    def close(self) -> None:
        self._session.close()

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._connection.api_key}"
        return request

    def _authorities(self) -> tuple[str, str] | None:
        """What names the file or folder of CA certificates, and the path; None for those that come with requests."""
        if self._connection.ca_path:
            return "ca_path", self._connection.ca_path
        return next(((variable, os.environ[variable]) for variable in _BUNDLE_VARIABLES if os.environ.get(variable)), None)

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


class _NotConnected(OSError):
    """No connection came about, so that nothing was sent. Raised around whatever the libraries raise while they connect.

    :param at_proxy: whether it was at a proxy, or on the way to it, that connecting failed.
    """

    def __init__(self, *, at_proxy: bool) -> None:
        super().__init__()
        self.at_proxy = at_proxy


def _failure(error: BaseException, deadline: _Deadline, authorities: tuple[str, str] | None) -> TransportError:
    """Why there was no whole response, and what that means for the request."""
    causes = list(_causes(error))
    unusable = _unusable_setting(error, causes, authorities)
    if unusable:
        return TransportError(unusable, passing=False, sent=False)
    not_connected = next((cause for cause in causes if isinstance(cause, _NotConnected)), None)
    reason, passing = _reason(causes, deadline, authorities, not_connected is not None)
    if not_connected and not_connected.at_proxy:
        reason = f"no connection through the proxy that HTTPS_PROXY or ALL_PROXY names: {reason}"
    return TransportError(reason, passing=passing, sent=not not_connected)


def _unusable_setting(error: BaseException, causes: t.Sequence[BaseException], authorities: tuple[str, str] | None) -> str | None:
    """Which setting the libraries cannot use, of those that nobody has checked before; None when it is not that."""
    if isinstance(error, _UNUSABLE_PROXY) or any(isinstance(cause, http.client.InvalidURL) for cause in causes):
        # The value may hold a password and is not shown.
        return "HTTPS_PROXY or ALL_PROXY does not hold the URL of an HTTP proxy, such as http://proxy.example.org:3128"
    # A missing file is a bare OSError of requests, another an error of TLS: to know that it was the file, it is read once more.
    if authorities and (not isinstance(error, requests.RequestException) or any(isinstance(cause, urllib3.exceptions.SSLError) for cause in causes)):
        name, path = authorities
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(**{"capath" if Path(path).is_dir() else "cafile": path})
        except OSError:
            return f"the CA certificates in {path!r}, named by {name}, cannot be read"
    return None


def _reason(causes: t.Sequence[BaseException], deadline: _Deadline, authorities: tuple[str, str] | None, not_connected: bool) -> tuple[str, bool]:
    """What happened, and whether it may well go otherwise the next time."""
    for cause in causes:
        if isinstance(cause, _AnswerTooLarge):
            return f"the answer is larger than {LARGEST_ANSWER // 1024 // 1024} MiB and was not read to its end", False
        if isinstance(cause, (ssl.CertificateError, _HostNameMismatch)):
            return f"the certificate is not accepted: {_certificate_problem(cause, authorities)}", False
        if isinstance(cause, ssl.SSLError) and not _ended(cause):
            return _tls_problem(cause), False
        if isinstance(cause, (socket.gaierror, UnicodeError)):
            # A name that no name server could be asked for, such as a..b, is a UnicodeError.
            return "the host name cannot be resolved", False
    # By our own clock: a time-out in the body comes as a plain ConnectionError.
    if deadline.over():
        return f"no whole answer within {deadline.seconds:g} s ({deadline.name})", True
    for cause in causes:
        # Only while connecting: afterwards the words may be those of the service.
        refusal = not_connected and _PROXY_REFUSAL.search(str(cause))
        if refusal and refusal[1] == "407":
            return "it wants a user name and a password (407), as in http://user:password@proxy.example.org:3128", False
        if refusal:
            # A proxy says so when it cannot reach the service, and that may pass.
            return f"it answers {refusal[1]}", refusal[1] in ("502", "503", "504")
        if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError) and cause.errno is not None:
            return os.strerror(cause.errno), True
    if any(isinstance(cause, urllib3.exceptions.DecodeError) for cause in causes):
        return "the body is not encoded as its Content-Encoding says", False
    if any(isinstance(cause, http.client.HTTPException) and not isinstance(cause, _BROKEN_OFF) for cause in causes):
        return "what answers there does not speak HTTP as it should", False
    return "the connection ended before the answer was whole", True


def _ended(error: ssl.SSLError) -> bool:
    """Whether the other side just hung up; Python 3.9 does not know the word of OpenSSL 3 for it."""
    return isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) or error.reason == "UNEXPECTED_EOF_WHILE_READING"


def _certificate_problem(error: BaseException, authorities: tuple[str, str] | None) -> str:
    code = getattr(error, "verify_code", None)
    # Without a code it is urllib3 that compared the names.
    if code in (None, *_NAME_MISMATCHES):
        return "it is for another host name; check the host in api_url (ca_path cannot help)"
    if code in _TIME_PROBLEMS:
        return f"{_TIME_PROBLEMS[code]}, or the clock of this host is wrong (ca_path cannot help)"
    if code in _UNKNOWN_ISSUERS:
        known = f"in {authorities[1]!r}, named by {authorities[0]}" if authorities else "known to requests"
        return f"{_UNKNOWN_ISSUERS[code]} and not among those {known}; name the file of a CA of your own by ca_path"
    return str(getattr(error, "verify_message", "")) or "it cannot be verified"


def _tls_problem(error: ssl.SSLError) -> str:
    reason = error.reason or "the handshake failed"
    if reason in _OLD_TLS:
        return f"TLS 1.2 or newer is not spoken there ({reason})"
    if reason in _NO_TLS:
        return f"TLS is not spoken there ({reason}); check the port in api_url"
    return f"no TLS connection: {reason}"


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

    #: Whatever the libraries raise when there is no whole response, or a setting of the environment that they cannot use.
    _FAILURES = (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError)

    #: What they raise for the URL of a proxy; that of the API is checked with the options. The last one: credentials beyond Latin-1.
    _UNUSABLE_PROXY = (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, urllib3.exceptions.LocationValueError, UnicodeError)

    class _Deadline(urllib3.Timeout):
        """The time that one attempt has in total, in the place where urllib3 looks for its time-outs.

        urllib3 asks for a connect time-out before it connects and for a read time-out before it reads: both are what is left.
        """

        def __init__(self, seconds: float, name: str) -> None:
            self.seconds = min(seconds, _LONGEST_TIMEOUT)
            self.name = name
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

    class _BoundedHTTPConnection(urllib3.connection.HTTPConnection):
        """Connects within its time-out in total; what connecting is made of has the rest of the time that is left by then."""

        response_class = _BoundedResponse
        _at_proxy = False
        _end = 0.0
        _new_sock: socket.socket | None = None

        def connect(self) -> None:
            try:
                super().connect()
            except _FAILURES as error:
                # The libraries leave it open until TLS has taken it over.
                if self._new_sock:
                    self._new_sock.close()
                raise _NotConnected(at_proxy=self._at_proxy) from error

        def _new_conn(self) -> socket.socket:
            self._at_proxy = self.proxy is not None
            self._end = time.monotonic() + t.cast("float", self.timeout)
            self._new_sock = self._first_that_answers()
            self._leave_the_rest(self._new_sock)
            return self._new_sock

        def _first_that_answers(self) -> socket.socket:
            """Connect to an address of the host. urllib3 would give its whole time-out to each; so each has its share of what is left."""
            host = self._dns_host  # what urllib3 connects to, while the host name stays the one of the certificate
            try:
                addresses = [info[4][0] for info in socket.getaddrinfo(host, self.port, type=socket.SOCK_STREAM)]
            except (OSError, UnicodeError):
                return super()._new_conn()  # which fails in the same way, in words that are known here
            try:
                for position, address in enumerate(addresses, start=1):
                    self._dns_host = str(address)
                    self.timeout = max(self._end - time.monotonic(), _SHORTEST_TIMEOUT) / (len(addresses) - position + 1)
                    try:
                        return super()._new_conn()
                    except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
                        if position == len(addresses):
                            raise
            finally:
                self._dns_host = host
            raise OSError(errno.EADDRNOTAVAIL, "no address")

        def _tunnel(self) -> None:
            super()._tunnel()
            self._leave_the_rest(self.sock)
            self._at_proxy = False

        def _leave_the_rest(self, sock: socket.socket) -> None:
            sock.settimeout(max(self._end - time.monotonic(), _SHORTEST_TIMEOUT))

    class _BoundedHTTPSConnection(_BoundedHTTPConnection, urllib3.connection.HTTPSConnection):
        """Both: what the first one overrides, it overrides for the second."""

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
            if not proxy.lower().startswith("http:"):
                # SOCKS, and TLS to the proxy itself, read from the socket in ways of their own, which have no deadline.
                raise requests.exceptions.InvalidSchema("not a proxy spoken to by http")
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
