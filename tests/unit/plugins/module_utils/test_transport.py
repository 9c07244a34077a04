# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections of the transport: addresses, deadlines, sockets, and errors of the libraries."""

from __future__ import annotations

import importlib.util
import socket
import ssl
import sys
import types
import typing as t
from pathlib import Path

import pytest
import trustme
import urllib3.connection
import urllib3.util.connection

from ansible_collections.dasha.blackbox.plugins.module_utils._http import transport
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._http.request import API_PREFIX
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_PATH
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, assert_message, contains
from ansible_collections.dasha.blackbox.tests.support.servers import (
    ScriptedServer,
    TlsServer,
    clear_environment,
    raw_server,
    read_request,
    send_ok,
    server_context,
    wait_for_close,
)
from ansible_collections.dasha.blackbox.tests.support.tasks import connect

PATH = PROVIDER_PATH.removeprefix(API_PREFIX)
ADDRESSES = ["192.0.2.1", "192.0.2.2", "127.0.0.1"]

Script = t.Callable[[socket.socket], None]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    clear_environment(monkeypatch)


def failure_at(url: str, **options: t.Any) -> BlackboxError:
    """Return the error of one request."""
    with connect(url, **options) as client, pytest.raises(BlackboxError) as failure:
        client.get(PATH)
    return failure.value


# Addresses of a host


class Network:
    """Fake clock and fake connections; connecting takes no real time.

    :ivar attempts: address and timeout of each attempt to connect, in order.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, behaviors: dict[str, str], addresses: list[str]) -> None:
        self.attempts: list[tuple[str, float]] = []
        self._behaviors = behaviors
        self._now = 1000.0
        self._connect = urllib3.util.connection.create_connection
        self._resolve = socket.getaddrinfo
        self._addresses = addresses
        monkeypatch.setattr(transport, "time", types.SimpleNamespace(monotonic=lambda: self._now))
        monkeypatch.setattr(urllib3.util.connection, "create_connection", self.connect)
        monkeypatch.setattr(socket, "getaddrinfo", self.resolve)

    def resolve(self, host: str, port: int, *arguments: t.Any, **options: t.Any) -> list[t.Any]:
        if host != "localhost":
            return list(self._resolve(host, port, *arguments, **options))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in self._addresses]

    def connect(self, address: tuple[str, int], timeout: float, **options: t.Any) -> socket.socket:
        self.attempts.append((address[0], timeout))
        behavior = self._behaviors.get(address[0], "accept")
        if behavior == "hang":
            self._now += timeout
            raise socket.timeout("timed out")
        if behavior == "refuse":
            raise ConnectionRefusedError(111, "Connection refused")
        return self._connect(address, 10, **options)


def test_addresses_that_hang_share_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, dict.fromkeys(ADDRESSES, "hang"), ADDRESSES)
    assert_message(failure_at("http://localhost:9", api_timeout=9).reason, "timed_out", " 9 s", "api_timeout")
    assert network.attempts == [(address, pytest.approx(3)) for address in ADDRESSES]


def test_address_that_refuses_leaves_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, {ADDRESSES[0]: "refuse", ADDRESSES[1]: "hang", ADDRESSES[2]: "hang"}, ADDRESSES)
    assert_message(failure_at("http://localhost:9", api_timeout=9).reason, "timed_out", " 9 s", "api_timeout")
    assert network.attempts == [
        (ADDRESSES[0], pytest.approx(3)),
        (ADDRESSES[1], pytest.approx(4.5)),
        (ADDRESSES[2], pytest.approx(4.5)),
    ]


def test_addresses_that_refuse_end_with_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, dict.fromkeys(ADDRESSES, "refuse"), ADDRESSES)
    failure = failure_at("http://localhost:9", api_timeout=9)
    assert_message(failure.reason, "connection_refused")
    assert (failure.is_transient, failure.is_ambiguous) == (True, False)
    assert [address for address, _timeout in network.attempts] == ADDRESSES


@pytest.mark.parametrize("behavior", ["hang", "refuse"])
def test_last_address_is_reached(monkeypatch: pytest.MonkeyPatch, behavior: str) -> None:
    network = Network(monkeypatch, dict.fromkeys(ADDRESSES[:2], behavior), ADDRESSES)
    timeouts: list[float | None] = []
    created = transport._BoundedHTTPConnection._new_conn

    def record(connection: t.Any) -> socket.socket:
        sock = created(connection)
        timeouts.append(sock.gettimeout())
        return sock

    monkeypatch.setattr(transport._BoundedHTTPConnection, "_new_conn", record)
    second: list[bytes] = []

    def answer_twice(connection: socket.socket) -> None:
        send_ok(connection)
        second.append(read_request(connection))
        send_ok(connection)

    with ScriptedServer(answer_twice) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        with connect(url, api_timeout=9) as client:
            assert [client.get(PATH).body for _number in range(2)] == [{}, {}]
        # The requests are for the host, not for one of its addresses.
        host = f"\r\nHost: {url.partition('//')[2]}\r\n".encode()
        assert [host in request for request in [*server.requests, *second]] == [True, True]
    assert [address for address, _timeout in network.attempts] == ADDRESSES
    # The rest of the time is for TLS and for the request.
    assert timeouts == [pytest.approx(3 if behavior == "hang" else 9)]


def test_host_without_address_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    Network(monkeypatch, {}, [])
    failure = failure_at("http://localhost:9")
    assert_message(failure.reason, "address_unavailable")
    assert (failure.is_transient, failure.is_ambiguous) == (True, False)


# Sockets of failed connections


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> list[socket.socket]:
    """Return the sockets that are connected during the test; the references keep them from being collected."""
    found: list[socket.socket] = []
    create = urllib3.util.connection.create_connection

    def record(*arguments: t.Any, **options: t.Any) -> socket.socket:
        found.append(create(*arguments, **options))
        return found[-1]

    monkeypatch.setattr(urllib3.util.connection, "create_connection", record)
    return found


def is_closed(sock: socket.socket) -> bool:
    return sock.fileno() == -1


@pytest.mark.parametrize("content", ["", "no certificate"])
def test_socket_is_closed_if_ca_is_unusable(sockets: list[socket.socket], tmp_path: Path, content: str) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(content, encoding="utf-8")
    with raw_server(wait_for_close) as port, connect(f"https://localhost:{port}", ca_path=str(bundle)) as client:
        with pytest.raises(BlackboxError) as failure:
            client.get(PATH)
        # Before the client is closed.
        assert [is_closed(sock) for sock in sockets] == [True]
    assert_message(failure.value.message, "ca_certificates_unreadable", repr(str(bundle)))


def test_socket_that_urllib3_forgets_is_closed(sockets: list[socket.socket], monkeypatch: pytest.MonkeyPatch) -> None:
    def connect_without_tls(connection: t.Any) -> None:
        # Like urllib3 1.26.5, which keeps no reference to a socket before TLS owns it.
        connection._new_conn()
        raise OSError(1, "no TLS")

    monkeypatch.setattr(urllib3.connection.HTTPSConnection, "connect", connect_without_tls)
    with raw_server(wait_for_close) as port, connect(f"https://localhost:{port}") as client:
        with pytest.raises(BlackboxError):
            client.get(PATH)
        assert [is_closed(sock) for sock in sockets] == [True]


def refuse_tls(connection: socket.socket) -> None:
    connection.sendall(b"220 mail.example.org ESMTP\r\n")
    wait_for_close(connection)


@pytest.mark.parametrize("script", [refuse_tls, wait_for_close], ids=["no TLS", "silence"])
def test_socket_is_closed_after_failed_handshake(sockets: list[socket.socket], script: Script) -> None:
    with raw_server(script) as port, connect(f"https://localhost:{port}", api_timeout=1) as client:
        with pytest.raises(BlackboxError):
            client.get(PATH)
        assert [is_closed(sock) for sock in sockets] == [True]


@pytest.mark.parametrize("response", [b"HTTP/1.1 403 Forbidden\r\n\r\n", b"no HTTP\r\n\r\n", b""])
def test_socket_is_closed_after_failed_tunnel(
    sockets: list[socket.socket], monkeypatch: pytest.MonkeyPatch, response: bytes
) -> None:
    with ScriptedServer(lambda connection: connection.sendall(response)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with connect("https://blackbox.example.org") as client:
            with pytest.raises(BlackboxError, match=KINDS["proxy_failed"]):
                client.get(PATH)
            assert [is_closed(sock) for sock in sockets] == [True]


# Errors of TLS


def test_cipher_mismatch_is_named(ca: trustme.CA) -> None:
    context = server_context(ca.issue_cert("localhost"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    # The client offers no cipher without authentication.
    context.set_ciphers("aNULL:@SECLEVEL=0")
    with TlsServer(context) as server:
        failure = failure_at(server.url, validate_certs=False)
    assert_message(failure.reason, "tls_failed")
    assert "HANDSHAKE_FAILURE" in failure.reason
    assert (failure.is_transient, failure.is_ambiguous) == (False, False)


@pytest.mark.parametrize("message", ["unsuitable certificate purpose", ""])
def test_other_certificate_problem_is_named(monkeypatch: pytest.MonkeyPatch, message: str) -> None:
    error = ssl.SSLCertVerificationError("certificate verify failed")
    error.verify_code, error.verify_message = 26, message

    def fail(*arguments: t.Any, **options: t.Any) -> t.NoReturn:
        raise error

    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", fail)
    with raw_server(wait_for_close) as port:
        failure = failure_at(f"https://localhost:{port}")
    assert_message(failure.reason, "certificate_refused", message)
    assert contains(failure.reason, KINDS["certificate_unverified"]) is (message == "")
    assert (failure.is_transient, failure.is_ambiguous) == (False, False)


# Missing libraries


def test_module_without_requests_keeps_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "requests", None)
    specification = importlib.util.spec_from_file_location(f"{transport.__name__}_copy", transport.__file__)
    assert specification is not None
    assert specification.loader is not None
    copy = importlib.util.module_from_spec(specification)
    # The decorator of dataclasses looks the module up.
    monkeypatch.setitem(sys.modules, specification.name, copy)
    specification.loader.exec_module(copy)
    assert "requests" in copy.REQUESTS_IMPORT_ERROR.splitlines()[-1]
    assert not hasattr(copy, "_BoundedAdapter")
    assert transport.REQUESTS_IMPORT_ERROR is None
