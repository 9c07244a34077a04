# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS over real sockets: whom the client trusts, what it says when it does not, and that the key goes to nobody else."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import typing as t
import warnings
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import trustme

from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._http.request import API_PREFIX
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_PATH
from ansible_collections.dasha.blackbox.tests.support.servers import (
    OK,
    ScriptedServer,
    TlsServer,
    clear_environment,
    free_port,
    raw_server,
    server_context,
    write_netrc,
    write_pem,
)
from ansible_collections.dasha.blackbox.tests.support.tasks import connect
from ansible_collections.dasha.blackbox.tests.support.timing import drip, times_out_after_a_second, wait_for_close

PATH = PROVIDER_PATH.removeprefix(API_PREFIX)
REFUSED = "the certificate is not accepted: "


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    clear_environment(monkeypatch)


@pytest.fixture
def other_ca_file(tmp_path: Path) -> str:
    return write_pem(tmp_path / "other_ca.pem", trustme.CA().cert_pem)


def words(failure: BlackboxError) -> str:
    """What the message says after it has named the request."""
    return failure.message.split(f"{PROVIDER_PATH}: ", 1)[1]


def failure_at(url: str, **options: t.Any) -> BlackboxError:
    """The error of one request, which is final: TLS errors are not tried again."""
    with connect(url, **options) as client:
        with pytest.raises(BlackboxError) as failure:
            client.get(PATH)
    return failure.value


def refusal(context: ssl.SSLContext, host: str = "localhost", **options: t.Any) -> str:
    """The message about a server that must not be trusted, which learns nothing."""
    with TlsServer(context, host=host) as server:
        failure = failure_at(server.url, api_retries=3, **options)
        assert server.connections == 1
    assert server.received() == b""
    assert (failure.is_transient, failure.is_ambiguous, failure.attempts) == (False, False, 1)
    return words(failure)


def assert_trusted(context: ssl.SSLContext, host: str = "localhost", **options: t.Any) -> None:
    with TlsServer(context, host=host) as server, connect(server.url, **options) as client:
        assert client.get(PATH).body == {}


def test_a_ca_that_nobody_knows_is_not_trusted(trusted: ssl.SSLContext) -> None:
    assert (
        refusal(trusted)
        == REFUSED
        + "its CA is unknown and not among those known to requests; name the file of a CA of your own by ca_path."
    )


def test_a_chain_up_to_a_ca_that_nobody_knows_is_not_trusted(ca: trustme.CA) -> None:
    leaf = ca.issue_cert("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with trustme.Blob(
        leaf.private_key_pem.bytes() + leaf.cert_chain_pems[0].bytes() + ca.cert_pem.bytes()
    ).tempfile() as chain:
        context.load_cert_chain(chain)
    assert (
        "its CA is self-signed and not among those known to requests; name the file of a CA of your own by ca_path"
        in refusal(context)
    )


def test_a_self_signed_certificate_is_not_trusted(ca: trustme.CA) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with trustme.Blob(ca.private_key_pem.bytes() + ca.cert_pem.bytes()).tempfile() as both:
        context.load_cert_chain(both)
    assert (
        refusal(context)
        == REFUSED
        + "it is self-signed and not among those known to requests; name the file of a CA of your own by ca_path."
    )


@pytest.mark.parametrize(("days", "words"), [(-1, "it has expired"), (2, "it is not valid yet")])
def test_a_certificate_out_of_its_time_is_not_trusted(ca: trustme.CA, ca_file: str, days: int, words: str) -> None:
    now = datetime.now(timezone.utc)
    leaf = ca.issue_cert("localhost", not_before=now + timedelta(days=days - 1), not_after=now + timedelta(days=days))
    message = refusal(server_context(leaf), ca_path=ca_file)
    assert message == f"{REFUSED}{words}, or the clock of this host is wrong (ca_path cannot help)."


@pytest.mark.parametrize(
    ("host", "name"), [("localhost", "blackbox.example.org"), ("127.0.0.1", "localhost"), ("127.0.0.1", "127.0.0.2")]
)
def test_a_certificate_for_another_host_is_not_trusted(ca: trustme.CA, ca_file: str, host: str, name: str) -> None:
    message = refusal(server_context(ca.issue_cert(name)), host, ca_path=ca_file)
    assert message == REFUSED + "it is for another host name; check the host in api_url (ca_path cannot help)."


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_ca_path_names_a_file(trusted: ssl.SSLContext, ca_file: str, host: str) -> None:
    assert_trusted(trusted, host, ca_path=ca_file)


def test_ca_path_names_a_folder_as_openssl_rehashes_it(trusted: ssl.SSLContext, ca_file: str, tmp_path: Path) -> None:
    command = ["openssl", "x509", "-in", ca_file, "-noout", "-subject_hash"]
    name = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    folder = tmp_path / "folder"
    folder.mkdir()
    assert f"not among those in {str(folder)!r}, named by ca_path" in refusal(trusted, ca_path=str(folder))
    shutil.copy(ca_file, folder / f"{name}.0")
    assert_trusted(trusted, ca_path=str(folder))


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_bundle_of_the_environment_counts(
    trusted: ssl.SSLContext, ca_file: str, other_ca_file: str, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, ca_file)
    assert_trusted(trusted)
    monkeypatch.setenv(variable, other_ca_file)
    assert f"its CA is unknown and not among those in {other_ca_file!r}, named by {variable}; name the file" in refusal(
        trusted
    )


def test_ca_path_wins_over_the_environment(
    trusted: ssl.SSLContext, ca_file: str, other_ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURL_CA_BUNDLE", ca_file)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_file)
    assert f"not among those in {other_ca_file!r}, named by ca_path" in refusal(trusted, ca_path=other_ca_file)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(Path(ca_file).with_name("missing.pem")))
    assert_trusted(trusted, ca_path=ca_file)


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("bundle", ["other_ca.pem", "missing.pem"])
def test_validate_certs_false_trusts_anybody_whatever_the_environment_says(
    ca: trustme.CA, other_ca_file: str, monkeypatch: pytest.MonkeyPatch, variable: str, bundle: str
) -> None:
    monkeypatch.setenv(variable, str(Path(other_ca_file).with_name(bundle)))
    expired = ca.issue_cert("blackbox.example.org", not_after=datetime.now(timezone.utc) - timedelta(days=1))
    assert_trusted(server_context(expired), validate_certs=False)


def test_validate_certs_false_does_not_warn_with_each_connection(trusted: ssl.SSLContext) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_trusted(trusted, validate_certs=False)


@pytest.mark.parametrize("name", ["ca_path", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("content", [None, "", "no certificate"], ids=["missing", "empty", "something else"])
def test_certificates_that_cannot_be_read_are_named(
    trusted: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str | None
) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content, encoding="utf-8")
    if name != "ca_path":
        monkeypatch.setenv(name, str(bundle))
    with TlsServer(trusted) as server:
        failure = failure_at(server.url, ca_path=str(bundle) if name == "ca_path" else None)
    assert server.received() == b""
    assert words(failure) == f"the CA certificates in {str(bundle)!r}, named by {name}, cannot be read."
    assert (failure.is_transient, failure.is_ambiguous) == (False, False)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("validate_certs", [True, False])
def test_tls_before_1_2_is_refused(ca: trustme.CA, ca_file: str, validate_certs: bool) -> None:
    context = server_context(ca.issue_cert("localhost"))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    assert "the server does not support TLS 1.2 or newer" in refusal(
        context, ca_path=ca_file, validate_certs=validate_certs
    )


def test_tls_1_2_is_enough(ca: trustme.CA, ca_file: str) -> None:
    context = server_context(ca.issue_cert("localhost"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert_trusted(context, ca_path=ca_file)


@pytest.mark.parametrize("answer", [OK, b"220 mail.example.org ESMTP\r\n", b"SSH-2.0-OpenSSH_9.6\r\n"])
def test_a_server_that_does_not_speak_tls_is_called_so(answer: bytes) -> None:
    def plain(connection: socket.socket) -> None:
        connection.sendall(answer)
        while connection.recv(65536):
            pass

    with raw_server(plain) as port:
        failure = failure_at(f"https://localhost:{port}", api_retries=3)
    assert "the server does not use TLS" in failure.message
    assert "check the port in api_url." in failure.message
    assert (failure.attempts, failure.is_ambiguous) == (1, False)


def drip_a_handshake(connection: socket.socket) -> None:
    # The head of a TLS record that holds 8 KiB of a ServerHello, which never becomes whole.
    drip(connection, b"\x16\x03\x03\x20\x00\x02\x00\x1f\xfc" + b"\x03" * 200)


@pytest.mark.parametrize("script", [wait_for_close, drip_a_handshake])
def test_a_handshake_is_bounded(script: t.Callable[[socket.socket], None]) -> None:
    with raw_server(script) as port:
        with times_out_after_a_second():
            failure = failure_at(f"https://localhost:{port}", api_timeout=1)
    assert words(failure) == "no complete response within 1 s (api_timeout)."
    # Nothing was asked yet, so even what must not be done twice may be tried again.
    assert (failure.is_transient, failure.is_ambiguous) == (True, False)


@pytest.mark.parametrize(
    "beginning",
    [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"],
    ids=["nothing", "status line", "headers"],
)
def test_an_answer_over_tls_is_bounded(trusted: ssl.SSLContext, ca_file: str, beginning: bytes) -> None:
    def drip_blanks(connection: socket.socket) -> None:
        connection.sendall(beginning)
        drip(connection, b" " * 100)

    with TlsServer(trusted, drip_blanks if beginning else wait_for_close) as server:
        with times_out_after_a_second():
            failure = failure_at(server.url, api_timeout=1, ca_path=ca_file)
    assert words(failure) == "no complete response within 1 s (api_timeout)."
    assert (failure.is_transient, failure.is_ambiguous) == (True, True)


def test_a_handshake_that_breaks_off_may_pass() -> None:
    with raw_server(lambda connection: connection.shutdown(socket.SHUT_WR)) as port:
        failure = failure_at(f"https://localhost:{port}")
    assert words(failure) in {
        "the connection was closed before the response was complete.",
        "Connection reset by peer.",
    }
    assert (failure.is_transient, failure.is_ambiguous) == (True, False)


def test_an_answer_over_tls_that_ends_early_is_no_answer(trusted: ssl.SSLContext, ca_file: str) -> None:
    with TlsServer(
        trusted, lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}")
    ) as server:
        failure = failure_at(server.url, ca_path=ca_file)
    assert words(failure) == "the connection was closed before the response was complete."
    assert (failure.is_transient, failure.is_ambiguous) == (True, True)


def test_a_host_that_cannot_be_a_name_is_not_found() -> None:
    failure = failure_at("https://a..b")
    assert words(failure) == "the host name cannot be resolved."
    assert (failure.is_transient, failure.is_ambiguous) == (False, False)


def test_a_refused_connection_is_called_so() -> None:
    failure = failure_at(f"https://localhost:{free_port()}")
    assert words(failure) == "Connection refused."
    assert (failure.is_transient, failure.is_ambiguous) == (True, False)


@pytest.mark.parametrize("variable", ["HOME", "NETRC"])
def test_a_netrc_entry_for_the_host_does_not_replace_the_key(
    trusted: ssl.SSLContext, ca_file: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    netrc = write_netrc(tmp_path, "localhost")
    monkeypatch.setenv(variable, netrc if variable == "NETRC" else str(tmp_path))
    with TlsServer(trusted) as server, connect(server.url, ca_path=ca_file) as client:
        client.get(PATH)
    assert b"\r\nAuthorization: Bearer fake-key\r\n" in server.received()
    assert b"Basic" not in server.received()


def test_a_redirect_to_http_does_not_lead_there(trusted: ssl.SSLContext, ca_file: str) -> None:
    with ScriptedServer(lambda connection: connection.sendall(OK)) as elsewhere:
        response = f"HTTP/1.1 302 Found\r\nLocation: {elsewhere.url}/x\r\nContent-Length: 0\r\n\r\n".encode()
        with TlsServer(trusted, lambda connection: connection.sendall(response)) as server:
            assert failure_at(server.url, ca_path=ca_file).status == 302
        assert elsewhere.connections == 0
