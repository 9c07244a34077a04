# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers with scripted responses, over TLS or not, and the environment of clients of them."""

from __future__ import annotations

import contextlib
import functools
import socket
import ssl
import threading
import time
import typing as t
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ansible_collections.dasha.blackbox.plugins.module_utils._http import transport

#: Function that gets the socket of a connection. What it does not send is not sent.
Script = t.Callable[[socket.socket], None]

#: Environment variables that affect TLS, proxies or credentials. Those of proxies also exist in lower case.
VARIABLES = (
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "NETRC",
)


def clear_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the variables that the machine may have set, so that each test sets its own."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Return the context of a server with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def lax_context(ca: trustme.CA) -> ssl.SSLContext:
    """Return the context of a server whose certificate lacks an extension that RFC 5280 requires."""
    issuer = x509.load_pem_x509_certificate(ca.cert_pem.bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(issuer.not_valid_before_utc)
        .not_valid_after(issuer.not_valid_after_utc)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(serialization.load_pem_private_key(ca.private_key_pem.bytes(), None), hashes.SHA256())  # type: ignore[arg-type]  # a key of EC
    )
    pem, no_encryption = serialization.Encoding.PEM, serialization.NoEncryption()
    private_key = key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, no_encryption)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with trustme.Blob(private_key + certificate.public_bytes(pem)).tempfile() as chain:
        context.load_cert_chain(chain)
    return context


def verify_strictly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verify certificates on every Python as on Python 3.13 and newer."""
    create = transport._tls_context

    def create_strict() -> ssl.SSLContext:
        context = create()
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(transport, "_tls_context", create_strict)


def write_pem(path: Path, *blobs: trustme.Blob) -> str:
    """Write certificates or keys to a file and return its path."""
    path.write_bytes(b"".join(blob.bytes() for blob in blobs))
    return str(path)


def write_netrc(folder: Path, *hosts: str) -> str:
    """Write a netrc file with other credentials for the hosts and return its path."""
    path = folder / ".netrc"
    path.write_text("".join(f"machine {host} login user password other\n" for host in hosts), encoding="utf-8")
    path.chmod(0o600)
    return str(path)


@functools.cache
def reserve_port() -> socket.socket:
    """Return a bound socket that does not listen."""
    reserved = socket.socket()
    reserved.bind(("127.0.0.1", 0))
    return reserved


def closed_port() -> int:
    """Return a port on which nothing listens. It stays reserved, otherwise another process might use it."""
    return int(reserve_port().getsockname()[1])


def http_response(status: str, body: bytes = b"", *headers: str) -> bytes:
    """Return an HTTP response, for example with the status "200 OK"."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def respond(response: bytes, then: Script | None = None) -> Script:
    """Return a script that sends these bytes and then runs another script."""

    def script(connection: socket.socket) -> None:
        connection.sendall(response)
        if then is not None:
            then(connection)

    return script


#: Time, in seconds, between two bytes of :func:`drip`, less than the timeout of the tests.
DRIP_INTERVAL = 0.5

OK = http_response("200 OK", b"{}")
send_ok = respond(OK)


def send_ok_to_five_requests(connection: socket.socket) -> None:
    """Respond to five requests on one connection. The first one was read before."""
    for _number in range(4):
        connection.sendall(OK)
        read_request(connection)
    connection.sendall(OK)


def drip(response: bytes) -> Script:
    """Return a script that sends the response byte by byte and then waits until the client closes the connection."""

    def script(connection: socket.socket) -> None:
        for position in range(len(response)):
            connection.sendall(response[position : position + 1])
            time.sleep(DRIP_INTERVAL)
        wait_for_close(connection)

    return script


def wait_for_close(connection: socket.socket) -> None:
    """Send nothing, and wait until the client closes the connection."""
    while connection.recv(65536):
        pass


class ScriptedServer:
    """Server that runs one script for each connection, after it has read a request. Scripts end with the server."""

    def __init__(self, *scripts: Script) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._scripts = list(scripts)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(self, *exception: object) -> None:
        sockets = [self._listener, *self._open]
        for sock in sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        # Close the sockets only after the thread, because a script may still use them.
        self._thread.join(10)
        for sock in sockets:
            sock.close()

    def received(self) -> bytes:
        """Return all requests."""
        return b"".join(self.requests)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            for script in self._scripts:
                accepted, _address = self._listener.accept()
                self.connections += 1
                connection = self._secure(accepted)
                self._open.append(connection)
                with contextlib.suppress(OSError):
                    self._handshake(connection)
                    self.requests.append(read_request(connection))
                    script(connection)
                connection.close()

    def _secure(self, connection: socket.socket) -> socket.socket:
        return connection

    def _handshake(self, connection: socket.socket) -> None:
        pass


def read_request(connection: socket.socket) -> bytes:
    """Return one request with its body."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk:
            return received
        received += chunk
    head, _separator, body = received.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while lengths and len(body) < lengths[0]:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


class TlsServer(ScriptedServer):
    """Scripted server over TLS. A connection that fails in the handshake uses up a script and adds no request."""

    def __init__(self, context: ssl.SSLContext, *scripts: Script, host: str = "localhost") -> None:
        self._context = context
        super().__init__(*(scripts or (send_ok,)))
        self.url = f"https://{host}:{self.port}"

    def __enter__(self) -> TlsServer:
        return self

    def _secure(self, connection: socket.socket) -> ssl.SSLSocket:
        # The handshake is separate, so that it also ends when the server closes its connections.
        return self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)

    def _handshake(self, connection: socket.socket) -> None:
        t.cast("ssl.SSLSocket", connection).do_handshake()


@contextlib.contextmanager
def raw_server(script: Script) -> t.Iterator[int]:
    """Run a script for one connection, without reading a request. Yield the port.

    Check that the script ends because the client closes the connection.
    """

    def serve() -> None:
        with contextlib.suppress(OSError):
            connection, _address = listener.accept()
            with connection, contextlib.suppress(OSError):
                script(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)
        assert not thread.is_alive(), "the client did not close the connection"
