# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP requests with a total deadline per attempt, over the library requests."""

from __future__ import annotations

import errno
import http.client
import http.cookiejar
import io
import ipaddress
import os
import re
import socket
import ssl
import time
import traceback
import typing as t
from pathlib import Path
from urllib.parse import urlsplit

from .connection import Connection
from .request import Request

try:
    import requests
    import requests.adapters
    import urllib3
    import urllib3.connection
    import urllib3.connectionpool
    from urllib3.connection import CertificateError as _HostNameMismatch  # type: ignore[attr-defined]  # not exported by 2.x
    from urllib3.util.ssl_ import create_urllib3_context
except Exception:  # noqa: BLE001  # an installation may be broken in any way
    REQUESTS_IMPORT_ERROR: str | None = traceback.format_exc()
else:
    REQUESTS_IMPORT_ERROR = None

#: Variables with the path of the CA certificates: first those of requests, in its order, then those of OpenSSL.
_AUTHORITY_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")

#: Variables that a transport depends on: those above, and those of proxies, which count in both cases.
ENVIRONMENT_VARIABLES = (
    *_AUTHORITY_VARIABLES,
    *(case(name) for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy") for case in (str.lower, str.upper)),
)

#: Message of http.client for a response to CONNECT other than 2xx.
_PROXY_REFUSAL = r"Tunnel connection failed: (\d{3})"

#: Codes of OpenSSL for a rejected certificate (X509_V_ERR_...).
_UNKNOWN_ISSUERS = {
    18: "it is self-signed",
    19: "its CA is self-signed",
    20: "its CA is unknown",
    21: "its CA is unknown",
}
_TIME_PROBLEMS = {9: "it is not valid yet", 10: "it has expired"}
_NAME_MISMATCHES = (62, 64)

#: Codes of the checks that OpenSSL makes with X509_V_FLAG_X509_STRICT only, which Python 3.13 sets.
_STRICT_CHECKS = range(80, 94)

#: Reasons of OpenSSL for a failed handshake: the server only supports an old TLS version, or no TLS.
_OLD_TLS = ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION")
_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")

#: Reason of a failed request without TLS to a port with TLS.
USES_TLS = "the server uses TLS. Write https:// in `api_url`"

#: Start of the alert that a TLS server sends as its response to a request without TLS.
_TLS_ALERT = "\x15\x03"

#: Exceptions of http.client for a closed connection; its other exceptions are about malformed responses.
_CONNECTION_CLOSED = (http.client.RemoteDisconnected, http.client.IncompleteRead)

#: Status codes of interim responses. After 101 (Switching Protocols), no other response follows.
_INTERIM_STATUSES = frozenset(range(100, 200)) - {101}

#: Largest number of interim responses before the response itself.
_MAX_INTERIM_RESPONSES = 100

#: Largest decoded response, in bytes.
MAX_RESPONSE = 8 * 1024 * 1024

#: Number of connections that are kept alive, and the limit of concurrent requests.
MAX_CONNECTIONS = 64

#: Bytes to read at once. urllib3 1.26 decompresses a whole chunk at once, so small chunks bound a compression bomb.
_CHUNK = 8192

#: Longest timeout of a socket, in seconds: milliseconds have to fit into a C int.
_MAX_TIMEOUT = 1_000_000.0

#: Shortest timeout of a socket, in seconds; zero would make it non-blocking.
_MIN_TIMEOUT = 0.001


class RawResponse(t.NamedTuple):
    """An HTTP response of any status code with its complete, decoded body."""

    status: int
    headers: t.Mapping[str, str]
    content: bytes


class TransportError(Exception):
    """No complete response. The message is ours, because those of the libraries may quote a key.

    :param is_transient: whether the next attempt may succeed.
    :param is_sent: whether the request may have reached the service, and so may have taken effect.
    :param is_too_large: whether the response has more than :data:`MAX_RESPONSE` bytes.
    :param is_rejected: whether the server refused or closed the connection, and not a proxy.
    """

    def __init__(
        self,
        reason: str,
        *,
        is_transient: bool,
        is_sent: bool,
        is_too_large: bool = False,
        is_rejected: bool = False,
    ) -> None:
        super().__init__(reason)
        self.is_rejected: t.Final = is_rejected
        self.is_too_large: t.Final = is_too_large
        self.is_transient: t.Final = is_transient
        self.is_sent: t.Final = is_sent


class Transport:
    """One kept-alive session; every request carries the key and has a deadline.

    The key goes through an auth callable, because requests replaces an ``Authorization`` header with
    the credentials of ``~/.netrc``. Redirects are not followed, because a followed 302 turns PUT into
    GET and may send the key to another host.
    """

    def __init__(self, connection: Connection, user_agent: str) -> None:
        self._connection = connection
        self._session = requests.Session()
        self._session.adapters.clear()
        self._session.mount(
            f"{connection.api_url.partition('://')[0]}://", _BoundedAdapter(pool_maxsize=MAX_CONNECTIONS)
        )
        self._session.auth = self._authorize
        # Without this, requests parses the target of a redirect that it does not follow, and may fail.
        self._session.get_redirect_target = lambda response: None  # type: ignore[assignment]  # replaces a method
        # Threads would share the cookies.
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        # Only gzip, because other encodings depend on the libraries of the host.
        self._session.headers.update(
            {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": user_agent}
        )
        # Plain http is for a loopback host only. A proxy of the environment would receive the key in clear.
        url = connection.api_url
        self._session.trust_env = url.startswith("https:") and not _is_excluded_address(url)
        if not connection.validate_certs:
            # The user opted out of verification, so suppress the per-connection warning.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def send(self, request: Request) -> RawResponse:
        """Send one request, without retries.

        :raises TransportError: no complete response before the deadline.
        """
        minimum, timeout = request.minimum_timeout, self._connection.api_timeout
        name = "the minimum for requests during which the API calls Twilio" if minimum > timeout else "`api_timeout`"
        deadline = _Deadline(max(minimum, timeout), name)
        try:
            return self._exchange(request, deadline)
        except _FAILURES as error:
            failure = _failure(error, deadline, self._authorities())
        # Raised outside of the handler, because a chained traceback would print messages of the libraries.
        raise failure

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._connection.api_key}"
        return request

    def _authorities(self) -> tuple[str, str] | None:
        """Return the option or variable that names CA certificates, and the path; None for the default of requests."""
        if self._connection.ca_path:
            return "ca_path", self._connection.ca_path
        return next(
            ((variable, os.environ[variable]) for variable in _AUTHORITY_VARIABLES if os.environ.get(variable)), None
        )

    def _exchange(self, request: Request, deadline: _Deadline) -> RawResponse:
        authorities = self._authorities()
        verify: bool | str = authorities[1] if authorities else True
        with self._session.request(
            request.method,
            self._connection.api_url + request.full_path,
            params=request.query,
            json=request.body,
            timeout=deadline,  # type: ignore[arg-type]  # requests accepts a urllib3 Timeout, its types do not
            # For each request, because REQUESTS_CA_BUNDLE overrides the value of the session.
            verify=self._connection.validate_certs and verify,
            allow_redirects=False,
            stream=True,
        ) as response:
            # By default, urllib3 1.26 accepts a body that is shorter than its Content-Length.
            response.raw.enforce_content_length = True
            content = bytearray()
            while chunk := response.raw.read(_CHUNK, decode_content=True):
                content += chunk
                if len(content) > MAX_RESPONSE:
                    raise _ResponseTooLarge
            return RawResponse(response.status_code, response.headers, bytes(content))


def _is_excluded_address(url: str) -> bool:
    """Return whether NO_PROXY excludes the IPv6 address in a URL.

    requests compares IPv6 addresses as text, and supports no IPv6 networks.
    """
    try:
        address = ipaddress.IPv6Address(urlsplit(url).hostname or "")
    except ValueError:
        return False
    excluded = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    for entry in excluded.split(","):
        try:
            network = ipaddress.ip_network(entry.strip().strip("[]"), strict=False)
        except ValueError:
            continue
        if address in network:
            return True
    return False


class _ResponseTooLarge(OSError):
    """Response of more than :data:`MAX_RESPONSE` bytes."""


class _NotConnected(OSError):
    """Failure to connect, so nothing was sent. Raised from the exception of the library.

    :param at_proxy: whether the connection to a proxy, or the proxy's own connection, failed.
    """

    def __init__(self, *, at_proxy: bool) -> None:
        super().__init__()
        self.at_proxy = at_proxy


def _failure(error: BaseException, deadline: _Deadline, authorities: tuple[str, str] | None) -> TransportError:
    """Return the error for an exception of the libraries."""
    causes = list(_causes(error))
    unusable = _unusable_setting(error, causes, authorities)
    if unusable:
        return TransportError(unusable, is_transient=False, is_sent=False)
    not_connected = next((cause for cause in causes if isinstance(cause, _NotConnected)), None)
    reason, is_transient = _reason(causes, deadline, authorities, not_connected is not None)
    at_proxy = not_connected is not None and not_connected.at_proxy
    if at_proxy:
        reason = f"no connection through the proxy in HTTPS_PROXY or ALL_PROXY: {reason}"
    return TransportError(
        reason,
        is_transient=is_transient,
        is_sent=not not_connected,
        is_too_large=any(isinstance(cause, _ResponseTooLarge) for cause in causes),
        is_rejected=is_transient and not at_proxy and any(map(_is_rejection, causes)),
    )


def _unusable_setting(
    error: BaseException, causes: t.Sequence[BaseException], authorities: tuple[str, str] | None
) -> str | None:
    """Return the setting of the environment that caused the exception, if any."""
    if isinstance(error, _UNUSABLE_PROXY) or any(isinstance(cause, http.client.InvalidURL) for cause in causes):
        # The value is not shown, because it may contain a password.
        return (
            "HTTPS_PROXY or ALL_PROXY does not contain the URL of an HTTP proxy, such as http://proxy.example.org:3128"
        )
    # A missing file raises a plain OSError in requests, a malformed one a TLS error, so read the file again to be sure.
    if authorities and (
        not isinstance(error, requests.RequestException)
        or any(isinstance(cause, urllib3.exceptions.SSLError) for cause in causes)
    ):
        name, path = authorities
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(
                **{"capath" if Path(path).is_dir() else "cafile": path}
            )
        except OSError:
            return f"the CA certificates in {path!r}, named by {name}, cannot be read"
    return None


def _reason(
    causes: t.Sequence[BaseException], deadline: _Deadline, authorities: tuple[str, str] | None, not_connected: bool
) -> tuple[str, bool]:
    """Return the reason of a failure, and whether it is transient."""
    for cause in causes:
        if isinstance(cause, _ResponseTooLarge):
            return f"the response is larger than {MAX_RESPONSE // 1024 // 1024} MiB", False
        if isinstance(cause, (ssl.CertificateError, _HostNameMismatch)):
            return f"the certificate is not accepted: {_certificate_problem(cause, authorities)}", False
        if isinstance(cause, ssl.SSLError) and not _ended(cause):
            return _tls_problem(cause), False
        if isinstance(cause, (socket.gaierror, UnicodeError)):
            # A malformed name such as a..b raises UnicodeError.
            return "the host name cannot be resolved", False
    # Check our own clock, because a timeout while reading the body is a plain ConnectionError.
    if deadline.is_over():
        return f"no complete response within {deadline.seconds:g} s ({deadline.name})", True
    for cause in causes:
        # Only while connecting; later, the text may come from the service.
        refusal = not_connected and re.search(_PROXY_REFUSAL, str(cause))
        if refusal and refusal[1] == "407":
            example = "http://user:password@proxy.example.org:3128"
            return f"the proxy requires a user name and a password (407), as in {example}", False
        if refusal:
            # These status codes of a proxy mean that it cannot reach the service at the moment.
            return f"the proxy responds with {refusal[1]}", refusal[1] in ("502", "503", "504")
        if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError) and cause.errno is not None:
            return os.strerror(cause.errno), True
    if any(_status_line(cause).startswith(_TLS_ALERT) for cause in causes):
        return USES_TLS, False
    if any(isinstance(cause, urllib3.exceptions.DecodeError) for cause in causes):
        return "the body does not match its Content-Encoding", False
    if any(
        isinstance(cause, http.client.HTTPException) and not isinstance(cause, _CONNECTION_CLOSED) for cause in causes
    ):
        return "the response is not valid HTTP", False
    return "the connection was closed before the response was complete", True


def _is_rejection(error: BaseException) -> bool:
    """Return whether the server refused, reset or closed the connection."""
    return isinstance(error, ConnectionError) or (isinstance(error, ssl.SSLError) and _ended(error))


def _status_line(error: BaseException) -> str:
    """Return the invalid status line of a response; empty for other failures."""
    return str(vars(error)["line"]) if isinstance(error, http.client.BadStatusLine) else ""


def _ended(error: ssl.SSLError) -> bool:
    """Return whether the server closed the connection; Python 3.9 has no exception for the reason of OpenSSL 3."""
    return (
        isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) or error.reason == "UNEXPECTED_EOF_WHILE_READING"
    )


def _certificate_problem(error: BaseException, authorities: tuple[str, str] | None) -> str:
    code = getattr(error, "verify_code", None)
    # Without a code, urllib3 itself compared the host names.
    if code in (None, *_NAME_MISMATCHES):
        return "it is for another host name; check the host in `api_url` (`ca_path` cannot help)"
    if code in _TIME_PROBLEMS:
        return f"{_TIME_PROBLEMS[code]}, or the clock of this host is wrong (`ca_path` cannot help)"
    if code in _UNKNOWN_ISSUERS:
        trusted = f"in {authorities[1]!r}, named by {authorities[0]}," if authorities else "of requests"
        return (
            f"{_UNKNOWN_ISSUERS[code]}. Only the CA certificates {trusted} are trusted. For a private CA, set `ca_path`"
            " to its certificate"
        )
    problem = str(getattr(error, "verify_message", "")) or "it cannot be verified"
    if code in _STRICT_CHECKS:
        return (
            f"{problem}; Python 3.13 and newer accept only certificates that follow RFC 5280. Replace the certificate"
            " or its CA. Until then, run the module with Python 3.12 or older"
        )
    return problem


def _tls_problem(error: ssl.SSLError) -> str:
    reason = error.reason or "the handshake failed"
    if reason in _OLD_TLS:
        return f"the server does not support TLS 1.2 or newer ({reason})"
    if reason in _NO_TLS:
        return f"the server does not use TLS ({reason}). Check the port in `api_url`"
    return f"no TLS connection: {reason}"


def _causes(error: BaseException) -> t.Iterator[BaseException]:
    """Yield an exception and its causes: also those that urllib3 and requests keep as reason or argument."""
    seen: list[object] = []
    queue: list[object] = [error]
    while queue:
        current = queue.pop(0)
        if isinstance(current, BaseException) and current not in seen:
            seen.append(current)
            yield current
            queue += [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]


class _BoundedReader(io.RawIOBase):
    """Reader that bounds the total time of all reads by the timeout that the socket has at the start.

    The timeout of a socket applies to each read, so a server that sends one byte a second never exceeds it.
    """

    def __init__(self, stream: t.Any, sock: socket.socket) -> None:
        self._stream = stream
        self._sock = sock
        self._end = time.monotonic() + (sock.gettimeout() or _MAX_TIMEOUT)

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
    """Response with a bounded reader for status line, headers and body, also for a proxy's response to CONNECT.

    Interim responses are read past.
    """

    def __init__(self, sock: socket.socket, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp: io.BufferedReader = io.BufferedReader(_BoundedReader(self.fp.detach(), sock))

    def begin(self) -> None:
        super().begin()
        # After 101, the connection no longer transports HTTP.
        self.will_close = self.will_close or self.status < 200

    def _read_status(self) -> tuple[str, int, str]:
        # http.client itself reads past 100 only, and without a limit.
        for _number in range(_MAX_INTERIM_RESPONSES + 1):
            status_line: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]  # not in typeshed
            if status_line[1] not in _INTERIM_STATUSES:
                return status_line
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException("too many interim responses")


if REQUESTS_IMPORT_ERROR is None:
    # Define these only if requests is available, because the base classes need it.

    #: Exceptions of the libraries: no complete response, or an unusable setting of the environment.
    _FAILURES = (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError)

    #: Exceptions for the URL of a proxy; UnicodeError is for credentials beyond Latin-1.
    _UNUSABLE_PROXY = (
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidSchema,
        urllib3.exceptions.LocationValueError,
        UnicodeError,
    )

    class _Deadline(urllib3.Timeout):
        """Total time of one attempt, passed to urllib3 as its timeout.

        urllib3 asks for a connect timeout and later for a read timeout; both are the remaining time.
        """

        def __init__(self, seconds: float, name: str) -> None:
            self.seconds = min(seconds, _MAX_TIMEOUT)
            self.name = name
            super().__init__(total=self.seconds)
            self._end = time.monotonic() + self.seconds

        def is_over(self) -> bool:
            # A socket waits for whole milliseconds and may be early by one.
            return time.monotonic() >= self._end - 2 * _MIN_TIMEOUT

        def remaining(self) -> float:
            return max(self._end - time.monotonic(), _MIN_TIMEOUT)

        def clone(self) -> _Deadline:
            return self

        def start_connect(self) -> float:
            return time.monotonic()

        @property
        def connect_timeout(self) -> float:
            return self.remaining()

        @property
        def read_timeout(self) -> float:
            return self.remaining()

    class _BoundedHTTPConnection(urllib3.connection.HTTPConnection):
        """Connection whose connect timeout covers all steps of connecting."""

        response_class = _BoundedResponse
        _at_proxy = False
        _end = 0.0
        _new_sock: socket.socket | None = None

        def connect(self) -> None:
            try:
                super().connect()
            except _FAILURES as error:
                # urllib3 1.26.5 closes the socket only once TLS owns it.
                if self._new_sock:
                    self._new_sock.close()
                raise _NotConnected(at_proxy=self._at_proxy) from error

        def _new_conn(self) -> socket.socket:
            self._at_proxy = self.proxy is not None
            self._end = time.monotonic() + t.cast("float", self.timeout)
            self._new_sock = self._connect_to_first_address()
            self._set_remaining_timeout(self._new_sock)
            return self._new_sock

        def _connect_to_first_address(self) -> socket.socket:
            """Connect to the first address of the host that accepts, each with its share of the remaining time.

            urllib3 would wait the whole timeout for each address.
            """
            host = self._dns_host  # urllib3 connects to it and still verifies the host name
            try:
                addresses = [info[4][0] for info in socket.getaddrinfo(host, self.port, type=socket.SOCK_STREAM)]
            except (OSError, UnicodeError):
                return super()._new_conn()  # fails in the same way, with a known exception
            try:
                for position, address in enumerate(addresses, start=1):
                    self._dns_host = str(address)
                    self.timeout = max(self._end - time.monotonic(), _MIN_TIMEOUT) / (len(addresses) - position + 1)
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
            self._set_remaining_timeout(self.sock)
            self._at_proxy = False

        def _set_remaining_timeout(self, sock: socket.socket) -> None:
            sock.settimeout(max(self._end - time.monotonic(), _MIN_TIMEOUT))

    class _BoundedHTTPSConnection(_BoundedHTTPConnection, urllib3.connection.HTTPSConnection):
        """HTTPS connection with the overrides of the HTTP connection."""

    class _BoundedHTTPPool(urllib3.connectionpool.HTTPConnectionPool):
        ConnectionCls = _BoundedHTTPConnection

    class _BoundedHTTPSPool(urllib3.connectionpool.HTTPSConnectionPool):
        ConnectionCls = _BoundedHTTPSConnection

    _BOUNDED_POOLS = {"http": _BoundedHTTPPool, "https": _BoundedHTTPSPool}

    class _BoundedAdapter(requests.adapters.HTTPAdapter):
        """Adapter whose connections, direct or through a proxy, have a deadline and at least TLS 1.2."""

        def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
            super().init_poolmanager(*args, ssl_context=_tls_context(), **kwargs)
            self.poolmanager.pool_classes_by_scheme = _BOUNDED_POOLS

        def proxy_manager_for(self, proxy: str, **kwargs: t.Any) -> t.Any:
            if not proxy.lower().startswith("http:"):
                # SOCKS, and TLS to the proxy itself, read from the socket without our deadline.
                raise requests.exceptions.InvalidSchema("not an HTTP proxy")
            manager = super().proxy_manager_for(proxy, ssl_context=_tls_context(), **kwargs)
            manager.pool_classes_by_scheme = _BOUNDED_POOLS
            return manager

    def _tls_context() -> ssl.SSLContext:
        context = create_urllib3_context()
        # urllib3 1.26.5 on Python 3.9 sets no minimum.
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # urllib3 verifies the host name. With check_hostname, validate_certs: false would be impossible.
        context.check_hostname = False
        return context
