# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""https through a proxy, a real one and ones that fail: what it is asked, what it sees, what a user is told.

That plain http to a loopback host never goes through one is tested with the client.
"""

from __future__ import annotations

import base64
import json
import os
import select
import socket
import ssl
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._http.request import API_PREFIX, Request
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess, terminate
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_ID, PROVIDER_PATH
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.servers import (
    OK,
    ScriptedServer,
    TlsServer,
    clear_environment,
    free_port,
    read_request,
    send_ok,
    write_netrc,
)
from ansible_collections.dasha.blackbox.tests.support.tasks import connect
from ansible_collections.dasha.blackbox.tests.support.timing import (
    drip,
    times_out_after_a_second,
    wait_for_close,
    wait_until,
)

PATH = PROVIDER_PATH.removeprefix(API_PREFIX)
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
FAILED = "no connection through the proxy that HTTPS_PROXY or ALL_PROXY names: "


class ProxyProcess:
    """proxy.py as a child process."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._log = folder / "proxy.log"
        port_file = folder / "port"
        command = [
            sys.executable,
            "-m",
            "proxy",
            "--hostname",
            "127.0.0.1",
            "--port",
            "0",
            "--port-file",
            str(port_file),
        ]
        command += ["--log-file", str(self._log), "--num-acceptors", "1", "--num-workers", "1", *options]
        # It keeps files in the home folder.
        variables = {**os.environ, "HOME": str(folder)}
        self._child = subprocess.Popen(
            command, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            self.port = int(wait_until(lambda: port_file.read_text(encoding="utf-8") if port_file.exists() else ""))
        except BaseException:
            self.stop()
            raise
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        terminate(self._child)

    def assert_tunnelled(self, url: str) -> None:
        """It writes down a tunnel when that ends."""
        wait_until(lambda: f"CONNECT {url.removeprefix('https://')} " in self._log.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ProxyProcess]:
    process = ProxyProcess(tmp_path_factory.mktemp("proxy"))
    yield process
    process.stop()


@pytest.fixture(scope="module")
def guarded_proxy(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ProxyProcess]:
    """One that wants credentials."""
    process = ProxyProcess(tmp_path_factory.mktemp("guarded_proxy"), "--basic-auth", "somebody:se/cr et")
    yield process
    process.stop()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    clear_environment(monkeypatch)


@pytest.fixture
def server(trusted: ssl.SSLContext) -> t.Iterator[TlsServer]:
    with TlsServer(trusted) as server:
        yield server


@pytest.fixture
def client(server: TlsServer, ca_file: str) -> t.Iterator[Client]:
    with connect(server.url, ca_path=ca_file) as client:
        yield client


def failure_of(client: Client, method: str = "GET") -> BlackboxError:
    with pytest.raises(BlackboxError) as failure:
        client.send(Request(method, PATH))
    return failure.value


def words(failure: BlackboxError) -> str:
    """What the message says after it has named the request."""
    return failure.message.split(f"{PROVIDER_PATH}: ", 1)[1]


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_https_goes_through_the_proxy_of_the_environment(
    client: Client, server: TlsServer, proxy: ProxyProcess, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, proxy.url)
    assert client.get(PATH).body == {}
    client.__exit__()
    proxy.assert_tunnelled(server.url)


def test_a_proxy_without_a_scheme_is_an_http_proxy(
    client: Client, server: TlsServer, proxy: ProxyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{proxy.port}")
    assert client.get(PATH).body == {}
    client.__exit__()
    proxy.assert_tunnelled(server.url)


@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize("hosts", ["localhost", "example.org,localhost", "*"])
def test_no_proxy_counts(
    client: Client, server: TlsServer, monkeypatch: pytest.MonkeyPatch, variable: str, hosts: str
) -> None:
    with ScriptedServer(send_ok) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv(variable, hosts)
        assert client.get(PATH).body == {}
        assert proxy.connections == 0


def test_an_empty_variable_counts_as_not_set(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "")
    assert client.get(PATH).body == {}


def test_a_proxy_for_http_alone_is_not_for_https(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    assert client.get(PATH).body == {}


def test_one_tunnel_serves_many_requests(
    trusted: ssl.SSLContext, ca_file: str, proxy: ProxyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def five_answers(connection: socket.socket) -> None:
        for _number in range(4):
            connection.sendall(OK)
            read_request(connection)
        connection.sendall(OK)

    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    with TlsServer(trusted, five_answers) as server, connect(server.url, ca_path=ca_file) as client:
        assert [client.get(PATH).body for _number in range(5)] == [{}] * 5
        assert server.connections == 1


def test_a_netrc_entry_for_host_or_proxy_does_not_replace_the_key(
    client: Client, server: TlsServer, proxy: ProxyProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NETRC", write_netrc(tmp_path, "localhost", "127.0.0.1"))
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    client.get(PATH)
    client.__exit__()
    assert b"\r\nAuthorization: Bearer fake-key\r\n" in wait_until(server.received)
    assert b"Basic" not in server.received()


def test_the_certificate_is_verified_through_a_proxy_too(
    server: TlsServer, proxy: ProxyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    with connect(server.url) as client:
        failure = failure_of(client)
    assert words(failure).startswith("the certificate is not accepted: its CA is unknown")
    assert (failure.is_transient, failure.is_ambiguous) == (False, False)
    assert server.received() == b""


def test_validate_certs_false_works_through_a_proxy_too(
    server: TlsServer, proxy: ProxyProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    with connect(server.url, validate_certs=False) as client:
        assert client.get(PATH).body == {}


class Wiretap:
    """A script of a proxy that connects and keeps what comes from the client."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.heard = b""

    def __call__(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._port)) as server:
            client.sendall(ESTABLISHED)
            peers = {client: server, server: client}
            while True:
                for reader in select.select(peers, [], [])[0]:
                    piece = reader.recv(65536)
                    if not piece:
                        return
                    self.heard += piece if reader is client else b""
                    peers[reader].sendall(piece)


@pytest.mark.parametrize("credentials", ["", "somebody:proxy-secret@"])
def test_a_proxy_sees_neither_the_key_nor_the_request(
    client: Client, server: TlsServer, monkeypatch: pytest.MonkeyPatch, credentials: str
) -> None:
    wiretap = Wiretap(server.port)
    with ScriptedServer(wiretap) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", f"//{credentials}"))
        assert client.get(PATH).body == {}
        client.__exit__()
    [request] = proxy.requests
    assert request.startswith(f"CONNECT localhost:{server.port} HTTP/1.".encode())
    assert wiretap.heard.startswith(b"\x16\x03")
    for secret in (b"fake-key", base64.b64encode(b"fake-key"), b"Bearer", PATH.encode()):
        assert secret not in request + wiretap.heard
    # And the service does not see what the proxy is told.
    assert (b"\r\nproxy-authorization: basic" in request.lower()) == bool(credentials)
    assert b"roxy-" not in server.received()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_proxy_that_is_not_there(client: Client, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:proxy-secret@127.0.0.1:{free_port()}")
    failure = failure_of(client, method)
    assert words(failure) == f"{FAILED}Connection refused."
    assert (failure.is_transient, failure.is_ambiguous) == (True, False)


def test_a_proxy_that_cannot_be_resolved(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://somebody:proxy-secret@proxy.invalid:3128")
    failure = failure_of(client)
    assert words(failure) == f"{FAILED}the host name cannot be resolved."
    assert (failure.is_transient, failure.is_ambiguous) == (False, False)


@pytest.mark.parametrize("credentials", ["", "somebody:wrong-secret@"])
def test_a_proxy_that_wants_credentials(
    client: Client, guarded_proxy: ProxyProcess, monkeypatch: pytest.MonkeyPatch, credentials: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", guarded_proxy.url.replace("//", f"//{credentials}"))
    failure = failure_of(client)
    assert (
        words(failure)
        == f"{FAILED}the proxy requires a user name and a password (407), as in http://user:password@proxy.example.org:3128."
    )
    assert (failure.is_transient, failure.is_ambiguous) == (False, False)


def test_a_proxy_takes_the_credentials_of_its_url(
    client: Client, server: TlsServer, guarded_proxy: ProxyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", guarded_proxy.url.replace("//", "//somebody:se%2Fcr%20et@"))
    assert client.get(PATH).body == {}
    client.__exit__()
    guarded_proxy.assert_tunnelled(server.url)


@pytest.mark.parametrize(("status", "passing"), [(403, False), (502, True), (503, True), (504, True)])
def test_a_proxy_that_refuses_this_host(
    client: Client, monkeypatch: pytest.MonkeyPatch, status: int, passing: bool
) -> None:
    def refuse(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 {status} Not for somebody:proxy-secret\r\nContent-Length: 0\r\n\r\n".encode())

    with ScriptedServer(refuse) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        failure = failure_of(client)
    assert words(failure) == f"{FAILED}the proxy responds with {status}."
    assert (failure.is_transient, failure.is_ambiguous) == (passing, False)


@pytest.mark.parametrize(
    ("response", "passing"),
    [(b"", True), (b"SSH-2.0-OpenSSH_9.6\r\n", False), (b"HTTP/1.1 200 OK\r\nX: ", True)],
    ids=["nothing", "something else", "half"],
)
def test_a_proxy_that_breaks_off(
    client: Client, server: TlsServer, monkeypatch: pytest.MonkeyPatch, response: bytes, passing: bool
) -> None:
    with ScriptedServer(lambda connection: connection.sendall(response)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        failure = failure_of(client)
    assert failure.status is None
    assert (failure.is_transient, failure.is_ambiguous) == (passing, False)
    assert server.received() == b""


def test_a_service_that_breaks_off_behind_a_proxy_is_not_the_proxys_fault(
    trusted: ssl.SSLContext, ca_file: str, proxy: ProxyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    with TlsServer(trusted, lambda _connection: None) as server, connect(server.url, ca_path=ca_file) as client:
        failure = failure_of(client, "PUT")
    assert words(failure) in {
        "the connection was closed before the response was complete.",
        "Connection reset by peer.",
    }
    assert (failure.is_transient, failure.is_ambiguous) == (True, True)


def dripping(response: bytes) -> t.Callable[[socket.socket], None]:
    return lambda connection: drip(connection, response)


@pytest.mark.parametrize(
    "script",
    [
        wait_for_close,
        dripping(ESTABLISHED),
        dripping(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 50),
        dripping(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
    ],
    ids=["wait_for_close", "status line", "header", "refusal"],
)
def test_the_answer_of_a_proxy_is_bounded(
    monkeypatch: pytest.MonkeyPatch, ca_file: str, script: t.Callable[[socket.socket], None]
) -> None:
    with ScriptedServer(script) as proxy, connect("https://localhost:1", api_timeout=1, ca_path=ca_file) as client:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with times_out_after_a_second():
            failure = failure_of(client)
        assert len(proxy.requests) == 1
    assert words(failure) == f"{FAILED}no complete response within 1 s (api_timeout)."
    assert (failure.is_transient, failure.is_ambiguous) == (True, False)


def test_a_handshake_through_a_proxy_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect_to_nobody(connection: socket.socket) -> None:
        time.sleep(0.5)
        connection.sendall(ESTABLISHED)
        wait_for_close(connection)

    with ScriptedServer(connect_to_nobody) as proxy, connect("https://localhost:1", api_timeout=1) as client:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with times_out_after_a_second():
            failure = failure_of(client)
    assert words(failure) == "no complete response within 1 s (api_timeout)."
    assert (failure.is_transient, failure.is_ambiguous) == (True, False)


@pytest.mark.parametrize(
    "value",
    [
        "http://",
        "http://:3128",
        " http://127.0.0.1:1",
        "http://somebody:proxy-secret@127.0.0.1:99999",
        "http://somebody:proxy-secret@[127.0.0.1",
        "ftp://somebody:proxy-secret@127.0.0.1",
        "socks5://somebody:proxy-secret@127.0.0.1:1080",
        "http://somebody:proxy-s\u0435cret@127.0.0.1:1",
    ],
)
def test_a_variable_that_names_no_http_proxy(
    client: Client, server: TlsServer, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    failure = failure_of(client)
    assert (
        words(failure)
        == "HTTPS_PROXY or ALL_PROXY does not hold the URL of an HTTP proxy, such as http://proxy.example.org:3128."
    )
    assert (failure.is_transient, failure.is_ambiguous) == (False, False)
    assert server.connections == 0


@pytest.fixture
def provider_server(trusted: ssl.SSLContext, sandbox: SandboxProcess) -> t.Iterator[TlsServer]:
    """A service that answers as the sandbox does when it is asked for the provider, over TLS."""
    with connect(sandbox.url, api_key=sandbox.api_key) as client:
        provider = json.dumps(client.get(PATH).body).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(provider)}\r\n\r\n".encode()
    with TlsServer(trusted, lambda connection: connection.sendall(head + provider)) as server:
        yield server


def test_a_module_goes_through_the_proxy_of_its_tasks_environment(
    run_module: ModuleRunner, provider_server: TlsServer, guarded_proxy: ProxyProcess, ca_file: str
) -> None:
    environment = {"DASHA_BLACKBOX_API_URL": provider_server.url, "DASHA_BLACKBOX_CA_PATH": ca_file}
    environment["HTTPS_PROXY"] = guarded_proxy.url.replace("//", "//somebody:se%2Fcr%20et@")
    result = run_module("twilio_provider_info", id=PROVIDER_ID, environment=environment)
    assert [provider["id"] for provider in result["providers"]] == [PROVIDER_ID]
    guarded_proxy.assert_tunnelled(provider_server.url)
    assert "se%2Fcr" not in json.dumps(result)


def test_a_module_does_not_show_the_credentials_of_a_proxy(
    run_module: ModuleRunner, guarded_proxy: ProxyProcess
) -> None:
    environment = {
        "DASHA_BLACKBOX_API_URL": "https://localhost:1",
        "HTTPS_PROXY": guarded_proxy.url.replace("//", "//somebody:proxy-secret@"),
    }
    result = run_module("twilio_provider_info", id=PROVIDER_ID, environment=environment)
    assert result["failed"]
    assert "the proxy requires a user name and a password (407)" in result["msg"]
    assert "proxy-secret" not in json.dumps(result)
    assert base64.b64encode(b"somebody:proxy-secret").decode() not in json.dumps(result)
