# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the client over real sockets: requests, responses and timeouts."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._http.redact import MASK
from ansible_collections.dasha.blackbox.plugins.module_utils._http.request import Request
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION, PROVIDER_RESOURCE
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, assert_message, contains
from ansible_collections.dasha.blackbox.tests.support.servers import (
    Script,
    ScriptedServer,
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
from ansible_collections.dasha.blackbox.tests.support.timing import times_out_after_a_second

REDIRECTS = [
    "301 Moved Permanently",
    "302 Found",
    "303 See Other",
    "307 Temporary Redirect",
    "308 Permanent Redirect",
]


def error_from(*scripts: Script, method: str = "GET", **options: t.Any) -> BlackboxError:
    """Return the error of one request to a server with these scripts. Check that the client connects once."""
    with ScriptedServer(*scripts) as server, connect(server.url, **options) as client:
        error = request_error(client, method)
        assert server.connections == 1
    return error


def response_error(status: str, body: t.Any = b"", *headers: str) -> BlackboxError:
    """Return the error of a response. The body is sent as JSON unless it is bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return error_from(respond(http_response(status, content, *headers)))


def test_request_has_key_and_version(client: Client, sandbox: SandboxProcess) -> None:
    client.get(PROVIDER_RESOURCE)
    [request] = sandbox.requests()
    assert request["authorization"] == "accepted"
    version = yaml.safe_load((COLLECTION / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    assert request["user_agent"] == f"ansible-dasha.blackbox/{version}"


@pytest.mark.parametrize("variable", ["HOME", "NETRC"])
def test_netrc_entry_does_not_replace_key(
    client: Client, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    netrc = write_netrc(tmp_path, "127.0.0.1")
    monkeypatch.setenv(variable, netrc if variable == "NETRC" else str(tmp_path))
    client.get(PROVIDER_RESOURCE)
    assert [request["authorization"] for request in sandbox.requests()] == ["accepted"]


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_http_to_loopback_bypasses_proxy(
    sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with ScriptedServer(send_ok) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        with connect(sandbox.url, api_key=sandbox.api_key) as client:
            assert client.get(PROVIDER_RESOURCE).json_object()["providerType"] == "twilio"
        assert proxy.connections == 0


def test_connection_is_reused() -> None:
    with ScriptedServer(send_ok_to_five_requests) as server, connect(server.url) as client:
        assert [client.get(PROVIDER_RESOURCE).body for _number in range(5)] == [{}] * 5
        assert server.connections == 1


def test_wrong_key_gives_hint(sandbox: SandboxProcess) -> None:
    with connect(sandbox.url, api_key="another-fake-key") as client:
        error = request_error(client)
    assert error.status == 401
    assert cause(error).startswith("401 Unauthorized")
    assert_message(error.message, "hint_check_key")


def test_validation_errors_are_listed_by_field() -> None:
    problem = {
        "title": "One or more validation errors occurred.",
        "status": 400,
        "errors": {"Name": ["too long", "too loud"], "Region": ["unknown"]},
    }
    error = response_error("400 Bad Request", problem)
    title = "One or more validation errors occurred"
    assert cause(error) == f"400 Bad Request: {title}; Name: too long; Name: too loud; Region: unknown."
    assert error.problem == problem


def test_detail_is_preferred_and_kept_on_one_line() -> None:
    problem = {"title": "Unprocessable Entity", "detail": "Region 'mars1' is not\r\n one of us1,\x1b[31m us2"}
    error = response_error("422 Unprocessable Entity", problem)
    assert cause(error) == "422 Unprocessable Entity: Region 'mars1' is not one of us1, [31m us2."


def test_html_error_page_is_attributed_to_gateway() -> None:
    error = response_error("502 Bad Gateway", b"<html>Bad gateway</html>", "Content-Type: text/html")
    assert_message(cause(error), "body_not_of_api", "502 Bad Gateway")
    assert "html" not in error.message
    assert error.problem is None


@pytest.mark.parametrize("field", ["password", "authPassword", "authToken", "Body.AuthToken", "$.password"])
@pytest.mark.parametrize("texts", [["'s3cret-fake' is too short"], "'s3cret-fake' is too short"])
def test_validation_of_secret_field_is_masked(field: str, texts: t.Any) -> None:
    error = response_error("400 Bad Request", {"title": "Invalid", "errors": {"Name": ["too long"], field: texts}})
    assert cause(error) == f"400 Bad Request: Invalid; Name: too long; {field}: {MASK}."
    assert error.problem == {"title": "Invalid", "errors": {"Name": ["too long"], field: MASK}}


def test_error_body_is_safe_for_ansible() -> None:
    body = rb'{"detail": "a\ud800b", "__ansible_type": "x", "traceId": "\udfff"}'
    error = response_error("400 Bad Request", body)
    assert cause(error) == "400 Bad Request: a\ufffdb."
    assert error.problem == {"detail": "a\ufffdb", "x__ansible_type": "x", "traceId": "\ufffd"}


@pytest.mark.parametrize("headers", [["Content-Type: text/plain"], ["Content-Type: application/json"], []])
@pytest.mark.parametrize("body", [b"  quota\r\n exceeded for \xd0\xaf\x1b[2J. ", rb'"quota exceeded for \u042f [2J."'])
def test_plain_text_refusal_is_shown(headers: list[str], body: bytes) -> None:
    error = response_error("403 Forbidden", body, *headers)
    assert cause(error).startswith("403 Forbidden: quota exceeded for \u042f [2J. ")
    assert_message(error.message, "hint_permission")


def test_plain_text_refusal_is_redacted_and_bounded() -> None:
    body = b"x" * 490 + b" a-fake-key-that-is-rather-long " + b"y" * 1000
    error = error_from(respond(http_response("403 Forbidden", body)), api_key="a-fake-key-that-is-rather-long")
    assert "fake" not in error.message
    assert len(error.message) < 700


@pytest.mark.parametrize(
    "body",
    [
        b"<html>no</html>",
        b"<!DOCTYPE html>",
        b'<?xml version="1.0"?>',
        b"no <b>entry</b>",
        b"<!-- no -->",
        b"\xff\xfe\xfa",
        b"long " * 1000,
    ],
)
def test_refusal_that_is_no_plain_text_is_not_shown(body: bytes) -> None:
    error = response_error("400 Bad Request", body, "Content-Type: text/plain")
    assert_message(cause(error), "body_not_of_api", "400 Bad Request")
    assert body.decode("latin-1") not in error.message


def test_validation_entries_without_text_are_ignored() -> None:
    error = response_error("400 Bad Request", {"errors": {"": ["no field", None, {"a": 1}], "Name": "one text"}})
    assert cause(error) == "400 Bad Request: no field; Name: one text."


@pytest.mark.parametrize("padding", [0, 480, 495, 600])
def test_key_is_masked_before_text_is_cut(padding: int) -> None:
    key = "a-fake-key-that-is-rather-long"
    body = json.dumps({"detail": f"{'x' * padding} {key}"}).encode()
    error = error_from(respond(http_response("403 Forbidden", body)), api_key=key)
    assert "a-fake" not in error.message
    assert "fake" not in json.dumps(error.problem)


def test_retry_after_header_is_parsed() -> None:
    assert response_error("429 Too Many Requests", {}, "Retry-After: 30").retry_after == 30
    assert response_error("429 Too Many Requests", {}, "Retry-After: soon").retry_after is None


@pytest.mark.parametrize(
    "location",
    [
        "http://[",
        "https://user:word@elsewhere.example.com/x?token=y",
        "\xff\xfe",
        "/only/a/path",
        "http://elsewhere.example.com:x/",
    ],
)
def test_redirect_message_omits_path_and_credentials(location: str) -> None:
    error = response_error("302 Found", b"x" * 20_000_000, f"Location: {location}")
    assert "word" not in error.message
    assert "token" not in error.message


@pytest.mark.parametrize("status", REDIRECTS)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_redirect_to_other_host_is_not_followed(status: str, method: str) -> None:
    with ScriptedServer(send_ok) as other:
        error = error_from(respond(http_response(status, b"", f"Location: {other.url}/x")), method=method)
        assert other.connections == 0
    assert error.status == int(status[:3])
    assert_message(error.message, "redirect_not_followed", "http://127.0.0.1 ", "api_url")


@pytest.mark.parametrize("status", REDIRECTS)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_redirect_to_same_host_is_not_followed(status: str, method: str) -> None:
    received: list[bytes] = []

    def redirect(connection: socket.socket) -> None:
        connection.sendall(http_response(status, b"", "Location: /elsewhere"))
        received.append(connection.recv(65536))

    # Following the redirect would open a second connection, or send a second request on the first one.
    error = error_from(redirect, redirect, method=method)
    assert error.status == int(status[:3])
    assert received in ([], [b""])


@pytest.mark.parametrize(
    "body",
    [b"<html></html>", b"{", b'{"name": "W\xf6rk"}', b'{"a": NaN}', b"\xff\xfe\xfa", b"[" * 100_000],
    ids=["HTML", "incomplete", "Latin-1", "NaN", "binary", "deep"],
)
def test_response_that_is_not_json_fails(body: bytes) -> None:
    error = response_error("200 OK", body, "Content-Type: text/html")
    assert error.is_accepted
    assert_message(error.message, "body_not_json", 200, "text/html", "api_url")


@pytest.mark.parametrize(
    ("body", "json_type"), [([], "array"), ("x", "string"), (1.5, "number"), (True, "true"), (None, "null")]
)
def test_json_of_another_type_fails(body: t.Any, json_type: str) -> None:
    script = respond(http_response("200 OK", json.dumps(body).encode()))
    with ScriptedServer(script) as server, connect(server.url) as client:
        with pytest.raises(BlackboxError) as raised:
            client.get(PROVIDER_RESOURCE).json_object()
    assert_message(raised.value.message, "response_not_object", json_type)


@pytest.mark.parametrize("status", ["200 OK", "204 No Content"])
def test_empty_response_has_no_body(status: str) -> None:
    with ScriptedServer(respond(http_response(status))) as server, connect(server.url) as client:
        assert client.send(Request("DELETE", PROVIDER_RESOURCE)).body is None


def test_gzip_response_is_decompressed() -> None:
    response = http_response("200 OK", gzip.compress(b'{"a": 1}'), "Content-Encoding: gzip")
    with ScriptedServer(respond(response)) as server, connect(server.url) as client:
        assert client.get(PROVIDER_RESOURCE).body == {"a": 1}


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_response_over_8_mib_fails(encoding: str) -> None:
    body = b'"' + b"a" * 9 * 1024 * 1024 + b'"'
    body = gzip.compress(body) if encoding == "gzip" else body
    error = response_error("200 OK", body, f"Content-Encoding: {encoding}")
    assert_message(cause(error), "response_too_large", " 8 MiB")


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (http_response("200 OK", b"no gzip", "Content-Encoding: gzip"), "body_encoding_wrong"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "response_not_http"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200, "response_not_http"),
    ],
    ids=["wrong encoding", "SSH", "too many headers"],
)
def test_invalid_response_is_not_retried(response: bytes, kind: str) -> None:
    error = error_from(respond(response), api_retries=3)
    assert_message(cause(error), kind)
    assert error.attempts == 1


@pytest.mark.parametrize(
    ("response", "status"),
    [
        (b"\x15\x03\x01\x00\x02\x02\x46", None),
        (http_response("400 Bad Request", b"<html>400 The plain HTTP request was sent to HTTPS port</html>"), 400),
        (http_response("400 Bad Request", b"Client sent an HTTP request to an HTTPS server.\n"), 400),
    ],
    ids=["TLS alert", "nginx", "Go"],
)
def test_server_with_tls_is_recognized(response: bytes, status: int | None) -> None:
    error = error_from(respond(response), api_retries=3)
    assert_message(cause(error), "tls_required", "https://", "api_url", "400 Bad Request" if status else "")
    assert (error.status, error.attempts) == (status, 1)


def test_truncated_body_fails() -> None:
    error = error_from(respond(b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"a": 1}'))
    assert error.status is None
    assert_message(cause(error), "connection_closed")


def test_refused_connection_is_reported() -> None:
    with connect(f"http://127.0.0.1:{closed_port()}") as client:
        message = cause(request_error(client))
    assert_message(message, "connection_refused")
    assert_message(message, "hint_check_address", "api_url", "https://")


def test_closed_connection_names_api_url_until_a_response(sandbox: SandboxProcess) -> None:
    with connect(sandbox.url, api_key=sandbox.api_key) as client:
        sandbox.inject_faults({"reset": True})
        first = cause(request_error(client))
        client.get(PROVIDER_RESOURCE)
        sandbox.inject_faults({"reset": True})
        later = cause(request_error(client))
    assert_message(first, "connection_reset")
    assert_message(first, "hint_check_address", "api_url", "https://")
    assert_message(later, "connection_reset")
    assert not contains(later, KINDS["hint_check_address"])
    assert "api_url" not in later


def send_endless_100_continue(connection: socket.socket) -> None:
    for _number in range(200_000):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(wait_for_close, id="no response"),
        pytest.param(
            respond(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", wait_for_close),
            id="no body",
        ),
        pytest.param(drip(http_response("200 OK", b"{}")), id="slow status line"),
        pytest.param(respond(b"HTTP/1.1 200 OK\r\n", drip(b"X-Slow: " + b"x" * 50)), id="slow header"),
        pytest.param(
            respond(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", drip(b" " * 100)),
            id="slow body",
        ),
        pytest.param(respond(b"HTTP/1.1 200 OK\r\n\r\n", drip(b" " * 100)), id="slow body without length"),
        pytest.param(
            respond(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", drip(b"1\r\n \r\n" * 20)),
            id="slow chunks",
        ),
        pytest.param(drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 5), id="slow 100 Continue"),
    ],
)
def test_incomplete_response_times_out(script: Script) -> None:
    with times_out_after_a_second():
        error = error_from(script, api_timeout=1)
    assert_message(cause(error), "timed_out", " 1 s", "api_timeout")


def test_endless_interim_responses_fail() -> None:
    assert_message(cause(error_from(send_endless_100_continue, api_retries=3)), "response_not_http")


def test_connect_to_several_addresses_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.ExitStack() as sockets:
        # A connection to a listener with a full backlog hangs, because Linux drops its packets.
        listener = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = listener.getsockname()
        for _number in range(4):
            filler = sockets.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(address)
        getaddrinfo = socket.getaddrinfo
        # The first address refuses at once, so its share of the time is left to the others.
        hosts = {"localhost": ["127.0.0.2", "127.0.0.1", "127.0.0.1"]}

        def resolve_to_three_addresses(host: str, *arguments: t.Any, **options: t.Any) -> list[t.Any]:
            return [found for name in hosts.get(host, [host]) for found in getaddrinfo(name, *arguments, **options)]

        monkeypatch.setattr(socket, "getaddrinfo", resolve_to_three_addresses)
        with times_out_after_a_second():
            with connect(f"http://localhost:{address[1]}", api_timeout=1) as client:
                assert_message(cause(request_error(client)), "timed_out", " 1 s", "api_timeout")


def test_huge_timeout_is_accepted(sandbox: SandboxProcess) -> None:
    with connect(sandbox.url, api_key=sandbox.api_key, api_timeout=1e300) as client:
        assert client.get(PROVIDER_RESOURCE).status == 200
