# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of TLS and of proxies share: servers that speak TLS, or nothing that is agreed on, and a clean environment."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import typing as t
from pathlib import Path

import pytest
import trustme

#: What steers TLS or proxies from the environment, in the spelling of its own; proxies are also spelled in lower case.
VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "NETRC")

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def clear_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine that runs the tests sets, they set their own."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def write_pem(path: Path, *blobs: trustme.Blob) -> str:
    """A file that holds these certificates or keys."""
    path.write_bytes(b"".join(blob.bytes() for blob in blobs))
    return str(path)


def send_ok(connection: socket.socket) -> None:
    connection.sendall(OK)


class ScriptedServer:
    """Answers each connection with the next script, on a real socket.

    A script gets the socket after the request was read; what it does not send is not sent. Scripts stop when the server does.
    """

    def __init__(self, *scripts: t.Callable[[socket.socket], None]) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._scripts = list(scripts)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(self, *exception: object) -> None:
        for sock in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        self._thread.join(10)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            for script in self._scripts:
                connection, _address = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                self.requests.append(read_request(connection))
                with contextlib.suppress(OSError):
                    script(connection)
                connection.close()


def read_request(connection: socket.socket) -> bytes:
    """One request, body included."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            return received
        received += piece
    head, _separator, body = received.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while lengths and len(body) < lengths[0]:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


class TlsServer(ScriptedServer):
    """The same over TLS. A connection that ends in the handshake uses up a script and adds no request."""

    def __init__(
        self, context: ssl.SSLContext, *scripts: t.Callable[[socket.socket], None], host: str = "localhost"
    ) -> None:
        self._context = context
        super().__init__(*(scripts or (send_ok,)))
        self.port = int(self.url.rpartition(":")[2])
        self.url = f"https://{host}:{self.port}"

    def __enter__(self) -> TlsServer:
        return self

    def received(self) -> bytes:
        return b"".join(self.requests)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            for script in self._scripts:
                connection, _address = self._listener.accept()
                self.connections += 1
                # Later, so that the handshake, too, ends with the server.
                secured = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                self._open.append(secured)
                with contextlib.suppress(OSError):
                    secured.do_handshake()
                    self.requests.append(read_request(secured))
                    script(secured)
                secured.close()


@contextlib.contextmanager
def raw_server(script: t.Callable[[socket.socket], None]) -> t.Iterator[int]:
    """The port of a server that hands its one connection to the script as it is. The script ends when the client hangs up."""

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
        assert not thread.is_alive(), "the client did not hang up"


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def write_netrc(folder: Path, *hosts: str) -> str:
    """A netrc file with other credentials for the hosts."""
    path = folder / ".netrc"
    path.write_text("".join(f"machine {host} login somebody password else\n" for host in hosts), encoding="utf-8")
    path.chmod(0o600)
    return str(path)
