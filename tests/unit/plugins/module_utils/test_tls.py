# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of TLS over real sockets: trust, messages, timeouts, and the secrecy of the key."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import sys
import typing as t
import warnings
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import trustme
import urllib3

from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._http.transport import _certificate_problem
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_RESOURCE
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, assert_message, contains
from ansible_collections.dasha.blackbox.tests.support.servers import (
    OK,
    Script,
    ScriptedServer,
    TlsServer,
    clear_environment,
    closed_port,
    drip,
    http_response,
    lax_context,
    raw_server,
    respond,
    send_ok,
    server_context,
    verify_strictly,
    wait_for_close,
    write_netrc,
    write_pem,
)
from ansible_collections.dasha.blackbox.tests.support.tasks import cause, connect, request_error
from ansible_collections.dasha.blackbox.tests.support.timing import times_out_after_a_second

#: Variables with the path of the CA certificates, in their order of precedence.
AUTHORITY_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the variables of the machine."""
    clear_environment(monkeypatch)


@pytest.fixture
def other_ca_file(tmp_path: Path) -> str:
    """Return the path of a file with the certificate of another authority."""
    return write_pem(tmp_path / "other_ca.pem", trustme.CA().cert_pem)


def error_from(url: str, **options: t.Any) -> BlackboxError:
    """Return the error of one write."""
    with connect(url, **options) as client:
        return request_error(client, "PUT")


def certificate_error(context: ssl.SSLContext, host: str = "localhost", **options: t.Any) -> str:
    """Return the message about a server that is not trusted. Check that it receives no request, and no retry."""
    with TlsServer(context, host=host) as server:
        error = error_from(server.url, api_retries=3, **options)
        assert server.connections == 1
    assert server.received() == b""
    assert (error.is_transient, error.is_ambiguous, error.attempts) == (False, False, 1)
    return cause(error)


def assert_ca_unknown(message: str, kind: str, *facts: object) -> None:
    """Check that a message is about an unknown CA, which ``ca_path`` can make known."""
    assert_message(message, "certificate_of_private_ca", *facts)
    assert_message(message, kind)
    assert not contains(message, KINDS["certificate_wrong"])


def assert_trusted(context: ssl.SSLContext, host: str = "localhost", **options: t.Any) -> None:
    """Check that a request to a server with this context succeeds."""
    with TlsServer(context, host=host) as server, connect(server.url, **options) as client:
        assert client.get(PROVIDER_RESOURCE).body == {}


def chain_context(*blobs: trustme.Blob) -> ssl.SSLContext:
    """Return the context of a server with this private key and these certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with trustme.Blob(b"".join(blob.bytes() for blob in blobs)).tempfile() as chain:
        context.load_cert_chain(chain)
    return context


def test_unknown_ca_is_not_trusted(trusted: ssl.SSLContext) -> None:
    assert_ca_unknown(certificate_error(trusted), "ca_unknown", " requests")


def test_chain_with_unknown_ca_is_not_trusted(ca: trustme.CA) -> None:
    leaf = ca.issue_cert("localhost")
    context = chain_context(leaf.private_key_pem, leaf.cert_chain_pems[0], ca.cert_pem)
    assert_ca_unknown(certificate_error(context), "ca_self_signed", " requests")


def test_self_signed_certificate_is_not_trusted(ca: trustme.CA) -> None:
    context = chain_context(ca.private_key_pem, ca.cert_pem)
    assert_ca_unknown(certificate_error(context), "certificate_self_signed", " requests")


@pytest.mark.parametrize(("days", "kind"), [(-1, "certificate_expired"), (2, "certificate_not_valid_yet")])
def test_certificate_outside_validity_is_not_trusted(ca: trustme.CA, ca_file: str, days: int, kind: str) -> None:
    now = datetime.now(timezone.utc)
    leaf = ca.issue_cert("localhost", not_before=now + timedelta(days=days - 1), not_after=now + timedelta(days=days))
    message = certificate_error(server_context(leaf), ca_path=ca_file)
    assert_message(message, "certificate_wrong")
    assert_message(message, kind)
    assert_message(message, "hint_check_clock")


@pytest.mark.parametrize(
    ("host", "name"),
    [("localhost", "blackbox.example.org"), ("127.0.0.1", "localhost"), ("127.0.0.1", "127.0.0.2")],
)
def test_certificate_of_other_host_is_not_trusted(ca: trustme.CA, ca_file: str, host: str, name: str) -> None:
    message = certificate_error(server_context(ca.issue_cert(name)), host, ca_path=ca_file)
    assert_message(message, "certificate_wrong")
    assert_message(message, "certificate_of_other_host")
    assert_message(message, "hint_check_host", "api_url")


def assert_not_strict(message: str) -> None:
    """Check that a message is about the certificate of :func:`lax_context`, and names the version that accepts it."""
    assert_message(
        message, "certificate_not_strict", ": Missing Authority Key Identifier", "Python 3.13", "Python 3.12"
    )


@pytest.mark.skipif(ssl.OPENSSL_VERSION_INFO < (3,), reason="OpenSSL 1.1.1 does not make these checks")
def test_certificate_without_key_identifier_is_not_trusted(
    ca: trustme.CA, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify_strictly(monkeypatch)
    assert_not_strict(certificate_error(lax_context(ca), ca_path=ca_file))


@pytest.mark.skipif(
    sys.version_info < (3, 13) or tuple(map(int, urllib3.__version__.split(".")[:2])) < (2, 4),
    reason="verified strictly from Python 3.13 and urllib3 2.4 on",
)
def test_certificate_is_verified_strictly_by_new_python(ca: trustme.CA, ca_file: str) -> None:
    assert_not_strict(certificate_error(lax_context(ca), ca_path=ca_file))


@pytest.mark.parametrize(("code", "is_strict"), [(85, True), (89, True), (92, True), (79, False), (23, False)])
def test_cure_of_strict_check_is_named(code: int, is_strict: bool) -> None:
    error = ssl.SSLCertVerificationError()
    error.verify_code, error.verify_message = code, "The problem"
    problem = _certificate_problem(error, None)
    assert problem.startswith("The problem")
    assert [fact in problem for fact in ("RFC 5280", "Python 3.12")] == [is_strict] * 2


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_ca_path_of_file_is_trusted(trusted: ssl.SSLContext, ca_file: str, host: str) -> None:
    assert_trusted(trusted, host, ca_path=ca_file)


def test_ca_path_of_hashed_folder_is_trusted(trusted: ssl.SSLContext, ca_file: str, tmp_path: Path) -> None:
    command = ["openssl", "x509", "-in", ca_file, "-noout", "-subject_hash"]
    name = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    folder = tmp_path / "folder"
    folder.mkdir()
    assert_ca_unknown(certificate_error(trusted, ca_path=str(folder)), "ca_unknown", repr(str(folder)))
    shutil.copy(ca_file, folder / f"{name}.0")
    assert_trusted(trusted, ca_path=str(folder))


@pytest.mark.parametrize("variable", AUTHORITY_VARIABLES)
def test_bundle_of_environment_is_trusted(
    trusted: ssl.SSLContext, ca_file: str, other_ca_file: str, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, ca_file)
    assert_trusted(trusted)
    monkeypatch.setenv(variable, other_ca_file)
    assert_ca_unknown(certificate_error(trusted), "ca_unknown", repr(other_ca_file), variable)


@pytest.mark.parametrize("position", [1, 2, 3])
def test_first_variable_of_environment_is_used(
    trusted: ssl.SSLContext, ca_file: str, other_ca_file: str, monkeypatch: pytest.MonkeyPatch, position: int
) -> None:
    monkeypatch.setenv(AUTHORITY_VARIABLES[position], other_ca_file)
    monkeypatch.setenv(AUTHORITY_VARIABLES[position - 1], ca_file)
    assert_trusted(trusted)


def test_ca_path_overrides_environment(
    trusted: ssl.SSLContext, ca_file: str, other_ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURL_CA_BUNDLE", ca_file)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_file)
    message = certificate_error(trusted, ca_path=other_ca_file)
    assert_ca_unknown(message, "ca_unknown", repr(other_ca_file))
    assert not any(variable in message for variable in AUTHORITY_VARIABLES)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(Path(ca_file).with_name("missing.pem")))
    assert_trusted(trusted, ca_path=ca_file)


@pytest.mark.parametrize("variable", AUTHORITY_VARIABLES)
@pytest.mark.parametrize("bundle", ["other_ca.pem", "missing.pem"])
def test_validate_certs_false_overrides_environment(
    ca: trustme.CA, other_ca_file: str, monkeypatch: pytest.MonkeyPatch, variable: str, bundle: str
) -> None:
    monkeypatch.setenv(variable, str(Path(other_ca_file).with_name(bundle)))
    expired = ca.issue_cert("blackbox.example.org", not_after=datetime.now(timezone.utc) - timedelta(days=1))
    assert_trusted(server_context(expired), validate_certs=False)


def test_validate_certs_false_does_not_warn(trusted: ssl.SSLContext) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_trusted(trusted, validate_certs=False)


@pytest.mark.parametrize("source", ["ca_path", *AUTHORITY_VARIABLES])
@pytest.mark.parametrize("content", [None, "", "no certificate"], ids=["missing", "empty", "no certificate"])
def test_unreadable_bundle_is_named(
    trusted: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, content: str | None
) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content, encoding="utf-8")
    if source != "ca_path":
        monkeypatch.setenv(source, str(bundle))
    with TlsServer(trusted) as server:
        error = error_from(server.url, ca_path=str(bundle) if source == "ca_path" else None)
    assert server.received() == b""
    assert_message(cause(error), "ca_certificates_unreadable", repr(str(bundle)), source)
    assert (error.is_transient, error.is_ambiguous) == (False, False)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("validate_certs", [True, False])
def test_tls_1_1_is_refused(ca: trustme.CA, ca_file: str, validate_certs: bool) -> None:
    context = server_context(ca.issue_cert("localhost"))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    message = certificate_error(context, ca_path=ca_file, validate_certs=validate_certs)
    assert_message(message, "tls_too_old", "TLS 1.2")


def test_tls_1_2_is_accepted(ca: trustme.CA, ca_file: str) -> None:
    context = server_context(ca.issue_cert("localhost"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert_trusted(context, ca_path=ca_file)


@pytest.mark.parametrize(
    "response",
    [OK, b"220 mail.example.org ESMTP\r\n", b"SSH-2.0-OpenSSH_9.6\r\n"],
    ids=["HTTP", "SMTP", "SSH"],
)
def test_server_without_tls_is_recognized(response: bytes) -> None:
    with raw_server(respond(response, wait_for_close)) as port:
        error = error_from(f"https://localhost:{port}", api_retries=3)
    assert_message(error.message, "tls_missing")
    assert_message(error.message, "hint_check_port", "api_url")
    assert (error.attempts, error.is_ambiguous) == (1, False)


#: Beginning of a TLS record with 8 KiB of a ServerHello, which never becomes complete.
SERVER_HELLO = b"\x16\x03\x03\x20\x00\x02\x00\x1f\xfc" + b"\x03" * 200


@pytest.mark.parametrize("script", [wait_for_close, drip(SERVER_HELLO)], ids=["no handshake", "slow handshake"])
def test_handshake_times_out(script: Script) -> None:
    with raw_server(script) as port:
        with times_out_after_a_second():
            error = error_from(f"https://localhost:{port}", api_timeout=1)
    assert_message(cause(error), "timed_out", " 1 s", "api_timeout")
    # The request was not sent, so even a request that must not be repeated can be retried.
    assert (error.is_transient, error.is_ambiguous) == (True, False)


@pytest.mark.parametrize(
    "script",
    [
        wait_for_close,
        respond(b"HTTP/1.1 200 OK\r\n", drip(b" " * 100)),
        respond(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", drip(b" " * 100)),
    ],
    ids=["no response", "slow header", "slow body"],
)
def test_response_over_tls_times_out(trusted: ssl.SSLContext, ca_file: str, script: Script) -> None:
    with TlsServer(trusted, script) as server:
        with times_out_after_a_second():
            error = error_from(server.url, api_timeout=1, ca_path=ca_file)
    assert_message(cause(error), "timed_out", " 1 s", "api_timeout")
    assert (error.is_transient, error.is_ambiguous) == (True, True)


def test_interrupted_handshake_is_transient() -> None:
    with raw_server(lambda connection: connection.shutdown(socket.SHUT_WR)) as port:
        error = error_from(f"https://localhost:{port}")
    assert any(contains(cause(error), KINDS[kind]) for kind in ("connection_closed", "connection_reset"))
    assert_message(cause(error), "hint_check_address", "api_url")
    assert not contains(cause(error), KINDS["hint_write_https"])
    assert (error.is_transient, error.is_ambiguous) == (True, False)


def test_truncated_body_over_tls_fails(trusted: ssl.SSLContext, ca_file: str) -> None:
    with TlsServer(trusted, respond(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}")) as server:
        error = error_from(server.url, ca_path=ca_file)
    assert_message(cause(error), "connection_closed")
    assert not contains(cause(error), KINDS["hint_check_address"])
    assert (error.is_transient, error.is_ambiguous) == (True, True)


def test_invalid_host_name_is_not_resolved() -> None:
    error = error_from("https://a..b")
    assert_message(cause(error), "host_unresolved")
    assert (error.is_transient, error.is_ambiguous) == (False, False)


def test_refused_connection_is_transient() -> None:
    error = error_from(f"https://localhost:{closed_port()}")
    assert_message(cause(error), "connection_refused")
    assert_message(cause(error), "hint_check_address", "api_url")
    assert not contains(cause(error), KINDS["hint_write_https"])
    assert (error.is_transient, error.is_ambiguous) == (True, False)


@pytest.mark.parametrize("variable", ["HOME", "NETRC"])
def test_netrc_entry_does_not_replace_key(
    trusted: ssl.SSLContext, ca_file: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    netrc = write_netrc(tmp_path, "localhost")
    monkeypatch.setenv(variable, netrc if variable == "NETRC" else str(tmp_path))
    with TlsServer(trusted) as server, connect(server.url, ca_path=ca_file) as client:
        client.get(PROVIDER_RESOURCE)
    assert b"\r\nAuthorization: Bearer fake-key\r\n" in server.received()
    assert b"Basic" not in server.received()


def test_redirect_to_http_is_not_followed(trusted: ssl.SSLContext, ca_file: str) -> None:
    with ScriptedServer(send_ok) as other:
        with TlsServer(trusted, respond(http_response("302 Found", b"", f"Location: {other.url}/x"))) as server:
            assert error_from(server.url, ca_path=ca_file).status == 302
        assert other.connections == 0
