# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of https through proxies: a working one, and ones that fail. test_client.py covers plain http."""

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
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess, terminate
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_ID, PROVIDER_RESOURCE
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, assert_message, contains
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.servers import (
    Script,
    ScriptedServer,
    TlsServer,
    clear_environment,
    closed_port,
    drip,
    http_response,
    respond,
    send_ok,
    send_ok_to_five_requests,
    wait_for_close,
    write_netrc,
)
from ansible_collections.dasha.blackbox.tests.support.tasks import cause, connect, request_error
from ansible_collections.dasha.blackbox.tests.support.timing import times_out_after_a_second, wait_until

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class ProxyProcess:
    """Child process that runs proxy.py."""

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
        # proxy.py writes files to the home folder.
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

    def assert_tunneled(self, url: str) -> None:
        """Check that the proxy logged a tunnel to the server, as it does at the end of a tunnel."""
        wait_until(lambda: f"CONNECT {url.removeprefix('https://')} " in self._log.read_text(encoding="utf-8"))


def with_credentials(url: str, credentials: str) -> str:
    """Return the URL of a proxy with a user name and a password."""
    return url.replace("//", f"//{credentials}@") if credentials else url


def assert_proxy_failed(message: str, kind: str, *facts: object) -> None:
    """Check that a message names the variables of the proxy, and why it cannot be used."""
    assert_message(message, "proxy_failed", "HTTPS_PROXY", "ALL_PROXY")
    assert_message(message, kind, *facts)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ProxyProcess]:
    """Yield a proxy without authentication."""
    process = ProxyProcess(tmp_path_factory.mktemp("proxy"))
    yield process
    process.stop()


@pytest.fixture(scope="module")
def guarded_proxy(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ProxyProcess]:
    """Yield a proxy that requires the user name `user` and the password `se/cr et`."""
    process = ProxyProcess(tmp_path_factory.mktemp("guarded_proxy"), "--basic-auth", "user:se/cr et")
    yield process
    process.stop()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the variables of the machine."""
    clear_environment(monkeypatch)


@pytest.fixture
def server(trusted: ssl.SSLContext) -> t.Iterator[TlsServer]:
    """Yield a server for one request."""
    with TlsServer(trusted) as server:
        yield server


@pytest.fixture
def client(server: TlsServer, ca_file: str) -> t.Iterator[Client]:
    """Yield a client of the server."""
    with connect(server.url, ca_path=ca_file) as client:
        yield client


def assert_request_succeeds(client: Client) -> None:
    """Check that a request succeeds, and close the connection."""
    with client:
        assert client.get(PROVIDER_RESOURCE).body == {}


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_https_uses_proxy_of_environment(
    client: Client, server: TlsServer, proxy: ProxyProcess, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, proxy.url)
    assert_request_succeeds(client)
    proxy.assert_tunneled(server.url)


def test_proxy_without_scheme_is_used_as_http_proxy(
    client: Client, server: TlsServer, proxy: ProxyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{proxy.port}")
    assert_request_succeeds(client)
    proxy.assert_tunneled(server.url)


@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize("hosts", ["localhost", "example.org,localhost", "*"])
def test_no_proxy_excludes_host(client: Client, monkeypatch: pytest.MonkeyPatch, variable: str, hosts: str) -> None:
    with ScriptedServer(send_ok) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv(variable, hosts)
        assert_request_succeeds(client)
        assert proxy.connections == 0


@pytest.mark.parametrize(
    ("excluded", "is_excluded"),
    [
        ("2001:db8::1", True),
        ("2001:0DB8:0::1", True),
        ("[2001:db8::1]", True),
        ("10.0.0.0/8, 2001:db8::/32", True),
        ("2001:db8::5/64", True),
        ("2001:db8::2", False),
        ("2001:db9::/32,0.0.0.0/0,example.org", False),
    ],
)
def test_no_proxy_excludes_ipv6_address(monkeypatch: pytest.MonkeyPatch, excluded: str, is_excluded: bool) -> None:
    with ScriptedServer(respond(http_response("403 Forbidden"))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", excluded)
        # The documentation prefix is not routed, so a direct connection fails.
        with connect("https://[2001:db8::1]", api_timeout=2) as client:
            error = request_error(client)
        assert contains(error.message, KINDS["proxy_failed"]) is not is_excluded
        assert proxy.connections == (0 if is_excluded else 1)


def test_empty_proxy_variable_is_ignored(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "")
    assert_request_succeeds(client)


def test_http_proxy_variable_is_ignored(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    assert_request_succeeds(client)


def test_tunnel_is_reused(
    trusted: ssl.SSLContext, ca_file: str, proxy: ProxyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    with TlsServer(trusted, send_ok_to_five_requests) as server, connect(server.url, ca_path=ca_file) as client:
        assert [client.get(PROVIDER_RESOURCE).body for _number in range(5)] == [{}] * 5
        assert server.connections == 1


def test_netrc_entry_does_not_replace_key(
    client: Client, server: TlsServer, proxy: ProxyProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NETRC", write_netrc(tmp_path, "localhost", "127.0.0.1"))
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    assert_request_succeeds(client)
    assert b"\r\nAuthorization: Bearer fake-key\r\n" in wait_until(server.received)
    assert b"Basic" not in server.received()


def test_certificate_is_verified_through_proxy(
    server: TlsServer, proxy: ProxyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    with connect(server.url) as client:
        error = request_error(client)
    assert_message(cause(error), "certificate_refused")
    assert_message(cause(error), "ca_unknown")
    assert not contains(cause(error), KINDS["proxy_failed"])
    assert (error.is_transient, error.is_ambiguous) == (False, False)
    assert server.received() == b""


def test_validate_certs_false_works_through_proxy(
    server: TlsServer, proxy: ProxyProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    assert_request_succeeds(connect(server.url, validate_certs=False))


class RecordingTunnel:
    """Script of a proxy that opens a tunnel and records the bytes from the client."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.received = b""

    def __call__(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._port)) as server:
            client.sendall(ESTABLISHED)
            peers = {client: server, server: client}
            while True:
                for reader in select.select(peers, [], [])[0]:
                    chunk = reader.recv(65536)
                    if not chunk:
                        return
                    self.received += chunk if reader is client else b""
                    peers[reader].sendall(chunk)


@pytest.mark.parametrize("credentials", ["", "user:proxy-secret"])
def test_proxy_receives_no_key_and_no_request(
    client: Client, server: TlsServer, monkeypatch: pytest.MonkeyPatch, credentials: str
) -> None:
    tunnel = RecordingTunnel(server.port)
    with ScriptedServer(tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", with_credentials(proxy.url, credentials))
        assert_request_succeeds(client)
    [request] = proxy.requests
    assert request.startswith(f"CONNECT localhost:{server.port} HTTP/1.".encode())
    # The first byte of a TLS record with a handshake, and the version.
    assert tunnel.received.startswith(b"\x16\x03")
    for secret in (b"fake-key", base64.b64encode(b"fake-key"), b"Bearer", PROVIDER_RESOURCE.encode()):
        assert secret not in request + tunnel.received
    # The credentials of the proxy must not reach the server.
    assert (b"\r\nproxy-authorization: basic" in request.lower()) == bool(credentials)
    assert b"roxy-" not in server.received()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_refused_proxy_connection_is_transient(client: Client, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:proxy-secret@127.0.0.1:{closed_port()}")
    error = request_error(client, method)
    assert_proxy_failed(cause(error), "connection_refused")
    assert "proxy-secret" not in error.message
    assert (error.is_transient, error.is_ambiguous) == (True, False)


def test_unknown_proxy_host_is_final(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:proxy-secret@proxy.invalid:3128")
    error = request_error(client)
    assert_proxy_failed(cause(error), "host_unresolved")
    assert "proxy-secret" not in error.message
    assert (error.is_transient, error.is_ambiguous) == (False, False)


@pytest.mark.parametrize("credentials", ["", "user:wrong-secret"])
def test_wrong_proxy_credentials_are_reported(
    client: Client, guarded_proxy: ProxyProcess, monkeypatch: pytest.MonkeyPatch, credentials: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", with_credentials(guarded_proxy.url, credentials))
    error = request_error(client)
    example = "http://user:password@proxy.example.org:3128"
    assert_proxy_failed(cause(error), "proxy_credentials_required", 407, example)
    assert "wrong-secret" not in error.message
    assert (error.is_transient, error.is_ambiguous) == (False, False)


def test_proxy_accepts_credentials_of_url(
    client: Client, server: TlsServer, guarded_proxy: ProxyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", with_credentials(guarded_proxy.url, "user:se%2Fcr%20et"))
    assert_request_succeeds(client)
    guarded_proxy.assert_tunneled(server.url)


@pytest.mark.parametrize(("status", "is_transient"), [(403, False), (502, True), (503, True), (504, True)])
def test_proxy_error_response_is_reported(
    client: Client, monkeypatch: pytest.MonkeyPatch, status: int, is_transient: bool
) -> None:
    with ScriptedServer(respond(http_response(f"{status} Not for user:proxy-secret"))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        error = request_error(client)
    assert_proxy_failed(cause(error), "proxy_refused", status)
    assert "proxy-secret" not in error.message
    assert (error.is_transient, error.is_ambiguous) == (is_transient, False)


@pytest.mark.parametrize(
    ("response", "is_transient"),
    [(b"", True), (b"SSH-2.0-OpenSSH_9.6\r\n", False), (b"HTTP/1.1 200 OK\r\nX: ", True)],
    ids=["empty", "SSH", "truncated"],
)
def test_invalid_proxy_response_fails(
    client: Client, server: TlsServer, monkeypatch: pytest.MonkeyPatch, response: bytes, is_transient: bool
) -> None:
    with ScriptedServer(respond(response)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        error = request_error(client)
    assert error.status is None
    assert (error.is_transient, error.is_ambiguous) == (is_transient, False)
    assert server.received() == b""


def test_closed_tunnel_is_not_blamed_on_proxy(
    trusted: ssl.SSLContext, ca_file: str, proxy: ProxyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    with TlsServer(trusted, lambda _connection: None) as server, connect(server.url, ca_path=ca_file) as client:
        error = request_error(client, "PUT")
    assert any(contains(cause(error), KINDS[kind]) for kind in ("connection_closed", "connection_reset"))
    assert_message(cause(error), "hint_check_address", "api_url")
    assert not contains(cause(error), KINDS["proxy_of_environment"])
    assert (error.is_transient, error.is_ambiguous) == (True, True)


def establish_late(connection: socket.socket) -> None:
    """Confirm the tunnel after half of the timeout, without connecting to a server."""
    time.sleep(0.5)
    connection.sendall(ESTABLISHED)
    wait_for_close(connection)


@pytest.mark.parametrize(
    ("script", "at_proxy"),
    [
        pytest.param(wait_for_close, True, id="no response"),
        pytest.param(drip(ESTABLISHED), True, id="slow status line"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 50), True, id="slow header"),
        pytest.param(drip(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"), True, id="slow 407"),
        pytest.param(establish_late, False, id="no handshake"),
    ],
)
def test_incomplete_tunnel_times_out(
    monkeypatch: pytest.MonkeyPatch, ca_file: str, script: Script, at_proxy: bool
) -> None:
    with ScriptedServer(script) as proxy, connect("https://localhost:1", api_timeout=1, ca_path=ca_file) as client:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with times_out_after_a_second():
            error = request_error(client)
        assert len(proxy.requests) == 1
    assert_message(cause(error), "timed_out", " 1 s", "api_timeout")
    assert contains(error.message, KINDS["proxy_failed"]) is at_proxy
    assert (error.is_transient, error.is_ambiguous) == (True, False)


@pytest.mark.parametrize(
    "value",
    [
        "http://",
        "http://:3128",
        " http://127.0.0.1:1",
        "http://user:proxy-secret@127.0.0.1:99999",
        "http://user:proxy-secret@[127.0.0.1",
        "ftp://user:proxy-secret@127.0.0.1",
        "socks5://user:proxy-secret@127.0.0.1:1080",
        "http://user:proxy-s\u0435cret@127.0.0.1:1",
    ],
)
def test_invalid_proxy_url_fails(
    client: Client, server: TlsServer, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    error = request_error(client)
    message = cause(error)
    assert_message(message, "proxy_url_invalid", "HTTPS_PROXY", "ALL_PROXY", "http://proxy.example.org:3128")
    assert not any(part in message for part in ("user:", "127.0.0.1", "secret", "s\u0435cret"))
    assert (error.is_transient, error.is_ambiguous) == (False, False)
    assert server.connections == 0


@pytest.fixture
def provider_server(trusted: ssl.SSLContext, sandbox: SandboxProcess) -> t.Iterator[TlsServer]:
    """Yield a TLS server that sends the provider of the mock server."""
    with connect(sandbox.url, api_key=sandbox.api_key) as client:
        provider = json.dumps(client.get(PROVIDER_RESOURCE).body).encode()
    response = http_response("200 OK", provider, "Content-Type: application/json")
    with TlsServer(trusted, respond(response)) as server:
        yield server


def test_module_uses_proxy_of_task_environment(
    run_module: ModuleRunner, provider_server: TlsServer, guarded_proxy: ProxyProcess, ca_file: str
) -> None:
    environment = {
        "DASHA_BLACKBOX_API_URL": provider_server.url,
        "DASHA_BLACKBOX_CA_PATH": ca_file,
        "HTTPS_PROXY": with_credentials(guarded_proxy.url, "user:se%2Fcr%20et"),
    }
    result = run_module("twilio_provider_info", id=PROVIDER_ID, environment=environment)
    assert [provider["id"] for provider in result["providers"]] == [PROVIDER_ID]
    guarded_proxy.assert_tunneled(provider_server.url)
    assert "se%2Fcr" not in json.dumps(result)


def test_module_result_omits_proxy_credentials(run_module: ModuleRunner, guarded_proxy: ProxyProcess) -> None:
    environment = {
        "DASHA_BLACKBOX_API_URL": "https://localhost:1",
        "HTTPS_PROXY": with_credentials(guarded_proxy.url, "user:proxy-secret"),
    }
    result = run_module("twilio_provider_info", id=PROVIDER_ID, environment=environment)
    assert result["failed"]
    assert_message(result["msg"], "proxy_credentials_required", 407)
    assert "proxy-secret" not in json.dumps(result)
    assert base64.b64encode(b"user:proxy-secret").decode() not in json.dumps(result)
