# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client over real sockets: what it sends, what it takes for an answer, how long it waits."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import socket
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._http.request import API_PREFIX, Request
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION, PROVIDER_PATH
from ansible_collections.dasha.blackbox.tests.support.servers import ScriptedServer, read_request
from ansible_collections.dasha.blackbox.tests.support.tasks import connect
from ansible_collections.dasha.blackbox.tests.support.timing import drip, times_out_after_a_second, wait_for_close

PATH = PROVIDER_PATH.removeprefix(API_PREFIX)


def http_response(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answering(response: bytes) -> t.Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(response)


def failure_of(client: Client, method: str = "GET", **request: t.Any) -> BlackboxError:
    """The error of a request, without the address that a test's server happens to have."""
    with pytest.raises(BlackboxError) as failure:
        client.send(Request(method, PATH, **request))
    failure.value.message = re.sub(r"http://(127\.0\.0\.1|localhost):\d+/api/", "/api/", failure.value.message)
    return failure.value


def failure_on(*scripts: t.Callable[[socket.socket], None], method: str = "GET", **options: t.Any) -> BlackboxError:
    """The error of one request to a server that follows the scripts; the server sees no second one."""
    with ScriptedServer(*scripts) as server, connect(server.url, **options) as client:
        failure = failure_of(client, method)
        assert server.connections == 1
    return failure


def test_the_key_reaches_the_service_and_so_does_the_version(client: Client, sandbox: SandboxProcess) -> None:
    client.get(PATH)
    [request] = sandbox.requests()
    assert request["authorization"] == "accepted"
    version = yaml.safe_load((COLLECTION / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    assert request["user_agent"] == f"ansible-dasha.blackbox/{version}"


@pytest.mark.parametrize("variable", ["HOME", "NETRC"])
def test_a_netrc_entry_for_the_host_does_not_replace_the_key(
    client: Client, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv(variable, str(netrc if variable == "NETRC" else tmp_path))
    client.get(PATH)
    assert [request["authorization"] for request in sandbox.requests()] == ["accepted"]


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_plain_http_to_a_loopback_host_never_goes_through_a_proxy(
    sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with ScriptedServer(answering(http_response("200 OK", b"{}"))) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        with connect(sandbox.url, api_key=sandbox.api_key) as client:
            assert client.get(PATH).json_object()["providerType"] == "twilio"
        assert proxy.connections == 0


def test_one_connection_serves_many_requests() -> None:
    def five_answers(connection: socket.socket) -> None:
        for _number in range(4):
            connection.sendall(http_response("200 OK", b"{}"))
            read_request(connection)
        connection.sendall(http_response("200 OK", b"{}"))

    with ScriptedServer(five_answers) as server, connect(server.url) as client:
        assert [client.get(PATH).body for _number in range(5)] == [{}] * 5
        assert server.connections == 1


def test_a_wrong_key_is_refused_with_a_hint(sandbox: SandboxProcess) -> None:
    with connect(sandbox.url, api_key="another-fake-key") as client:
        failure = failure_of(client)
    assert failure.status == 401
    assert failure.message.startswith(f"GET {PROVIDER_PATH}: 401 Unauthorized")
    assert "Check api_key; every installation" in failure.message


def test_problem_details_are_shown_field_by_field() -> None:
    problem = {
        "title": "One or more validation errors occurred.",
        "status": 400,
        "errors": {"Name": ["too long", "too loud"], "Region": ["unknown"]},
    }
    failure = failure_on(answering(http_response("400 Bad Request", json.dumps(problem).encode())))
    assert failure.message == (
        f"GET {PROVIDER_PATH}: 400 Bad Request: One or more validation errors occurred; Name: too long; Name: too loud; Region: unknown."
    )
    assert failure.problem == problem


def test_a_detail_wins_over_a_title_and_is_kept_on_one_line() -> None:
    problem = {"title": "Unprocessable Entity", "detail": "Region 'mars1' is not\r\n one of us1,\x1b[31m us2"}
    failure = failure_on(answering(http_response("422 Unprocessable Entity", json.dumps(problem).encode())))
    assert (
        failure.message == f"GET {PROVIDER_PATH}: 422 Unprocessable Entity: Region 'mars1' is not one of us1, [31m us2."
    )


def test_a_gateways_page_is_called_what_it_is() -> None:
    failure = failure_on(
        answering(http_response("502 Bad Gateway", b"<html>Bad gateway</html>", "Content-Type: text/html"))
    )
    assert (
        failure.message
        == f"GET {PROVIDER_PATH}: 502 Bad Gateway: the body is not the API's JSON, so a proxy or gateway may have answered."
    )
    assert failure.problem is None


def test_entries_without_words_are_passed_over() -> None:
    problem = {"errors": {"": ["no field", None, {"a": 1}], "Name": "one text"}}
    failure = failure_on(answering(http_response("400 Bad Request", json.dumps(problem).encode())))
    assert failure.message == f"GET {PROVIDER_PATH}: 400 Bad Request: no field; Name: one text."


@pytest.mark.parametrize("padding", [0, 480, 495, 600])
def test_the_key_is_masked_before_words_are_cut(padding: int) -> None:
    problem = {"detail": "x" * padding + " a-fake-key-that-is-rather-long"}
    with ScriptedServer(answering(http_response("403 Forbidden", json.dumps(problem).encode()))) as server:
        with connect(server.url, api_key="a-fake-key-that-is-rather-long") as client:
            failure = failure_of(client)
    assert "a-fake" not in failure.message
    assert "fake" not in json.dumps(failure.problem)


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
def test_a_redirect_shows_the_host_it_leads_to_and_no_more(location: str) -> None:
    failure = failure_on(answering(http_response("302 Found", b"x" * 20_000_000, f"Location: {location}")))
    assert "word" not in failure.message
    assert "token" not in failure.message


def test_retry_after_is_passed_on() -> None:
    assert failure_on(answering(http_response("429 Too Many Requests", b"{}", "Retry-After: 30"))).retry_after == 30
    assert failure_on(answering(http_response("429 Too Many Requests", b"{}", "Retry-After: soon"))).retry_after is None


@pytest.mark.parametrize(
    "status",
    ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_redirects_are_not_followed(status: str, method: str) -> None:
    with ScriptedServer(answering(http_response("200 OK", b"{}"))) as elsewhere:
        failure = failure_on(answering(http_response(status, b"", f"Location: {elsewhere.url}/x")), method=method)
        assert elsewhere.connections == 0
    assert failure.status == int(status[:3])
    assert "a redirect to http://127.0.0.1 is not followed; set api_url" in failure.message
    # The same host: the server would see a second connection, or a second request on the first.
    seen: list[bytes] = []

    def redirect(connection: socket.socket) -> None:
        connection.sendall(http_response(status, b"", "Location: /elsewhere"))
        seen.append(connection.recv(65536))

    failure = failure_on(redirect, redirect, method=method)
    assert failure.status == int(status[:3])
    assert seen in ([], [b""])


@pytest.mark.parametrize(
    "body", [b"<html></html>", b"{", b'{"name": "W\xf6rk"}', b'{"a": NaN}', b"\xff\xfe\xfa", b"[" * 100_000]
)
def test_an_answer_that_is_not_json_is_an_error(body: bytes) -> None:
    failure = failure_on(answering(http_response("200 OK", body, "Content-Type: text/html")))
    assert failure.is_accepted
    assert "200, but the body is not JSON (text/html); check that api_url leads to the API" in failure.message


@pytest.mark.parametrize(
    ("payload", "words"),
    [([], "an array"), ("x", "a string"), (1.5, "a number"), (True, "true or false"), (None, "null or empty")],
)
def test_another_kind_of_json_than_expected_is_an_error(payload: t.Any, words: str) -> None:
    with (
        ScriptedServer(answering(http_response("200 OK", json.dumps(payload).encode()))) as server,
        connect(server.url) as client,
    ):
        with pytest.raises(BlackboxError, match=f"a JSON object was expected, the answer is {words}"):
            client.get(PATH).json_object()


@pytest.mark.parametrize("status", ["200 OK", "204 No Content"])
def test_an_empty_answer_has_no_payload(status: str) -> None:
    with (
        ScriptedServer(answering(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())) as server,
        connect(server.url) as client,
    ):
        assert client.send(Request("DELETE", PATH)).body is None


def test_a_compressed_answer_is_read() -> None:
    body = gzip.compress(b'{"a": 1}')
    with (
        ScriptedServer(answering(http_response("200 OK", body, "Content-Encoding: gzip"))) as server,
        connect(server.url) as client,
    ):
        assert client.get(PATH).body == {"a": 1}


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_an_answer_over_8_mib_is_refused(encoding: str) -> None:
    body = b'"' + b"a" * 9 * 1024 * 1024 + b'"'
    body = gzip.compress(body) if encoding == "gzip" else body
    failure = failure_on(answering(http_response("200 OK", body, f"Content-Encoding: {encoding}")))
    assert failure.message == f"GET {PROVIDER_PATH}: the response is larger than 8 MiB."


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            http_response("200 OK", b"no gzip", "Content-Encoding: gzip"),
            "the body is not encoded as its Content-Encoding says",
        ),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "the response is not valid HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200, "the response is not valid HTTP"),
    ],
)
def test_what_no_second_attempt_would_mend_is_final(answer: bytes, words: str) -> None:
    failure = failure_on(answering(answer), api_retries=3)
    assert failure.message == f"GET {PROVIDER_PATH}: {words}."


def test_a_body_that_ends_early_is_no_answer() -> None:
    failure = failure_on(answering(b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"a": 1}'))
    assert failure.status is None
    assert failure.message == f"GET {PROVIDER_PATH}: the connection was closed before the response was complete."


def test_a_connection_that_is_refused() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    listener.close()
    with connect(f"http://127.0.0.1:{port}") as client:
        assert failure_of(client).message == f"GET {PROVIDER_PATH}: Connection refused."


def dripping(response: bytes) -> t.Callable[[socket.socket], None]:
    return lambda connection: drip(connection, response)


def beginning(beginning: bytes, then: t.Callable[[socket.socket], None]) -> t.Callable[[socket.socket], None]:
    def begin(connection: socket.socket) -> None:
        connection.sendall(beginning)
        then(connection)

    return begin


@pytest.mark.parametrize(
    "script",
    [
        wait_for_close,
        beginning(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", wait_for_close),
        dripping(http_response("200 OK", b"{}")),
        beginning(b"HTTP/1.1 200 OK\r\n", dripping(b"X-Slow: " + b"x" * 50)),
        beginning(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", dripping(b" " * 100)),
        beginning(b"HTTP/1.1 200 OK\r\n\r\n", dripping(b" " * 100)),
        beginning(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", dripping(b"1\r\n \r\n" * 20)),
        dripping(b"HTTP/1.1 100 Continue\r\n\r\n" * 5),
    ],
    ids=[
        "silence",
        "silence after headers",
        "status line",
        "header",
        "body",
        "body without length",
        "chunks",
        "100 Continue",
    ],
)
def test_an_attempt_is_bounded_in_total(script: t.Callable[[socket.socket], None]) -> None:
    with times_out_after_a_second():
        failure = failure_on(script, api_timeout=1)
    assert failure.message == f"GET {PROVIDER_PATH}: no complete response within 1 s (api_timeout)."


def test_connecting_is_bounded_however_many_addresses_a_host_has(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.ExitStack() as sockets:
        # Linux drops what comes to a listener whose backlog is full, so a connection to it hangs.
        listener = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = listener.getsockname()
        for _number in range(4):
            filler = sockets.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(address)
        resolve = socket.getaddrinfo
        # The first one refuses at once, and leaves its share to the others.
        hosts = {"localhost": ["127.0.0.2", "127.0.0.1", "127.0.0.1"]}

        def three_addresses(host: str, *arguments: t.Any, **options: t.Any) -> list[t.Any]:
            return [found for name in hosts.get(host, [host]) for found in resolve(name, *arguments, **options)]

        monkeypatch.setattr(socket, "getaddrinfo", three_addresses)
        with times_out_after_a_second():
            with connect(f"http://localhost:{address[1]}", api_timeout=1) as client:
                assert (
                    failure_of(client).message == f"GET {PROVIDER_PATH}: no complete response within 1 s (api_timeout)."
                )


def test_endless_100_continue_is_bounded_too() -> None:
    def flood(connection: socket.socket) -> None:
        for _number in range(200_000):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    with times_out_after_a_second():
        assert "within 1 s (api_timeout)" in failure_on(flood, api_timeout=1).message


def test_a_time_out_beyond_what_a_socket_takes_is_no_error(sandbox: SandboxProcess) -> None:
    with connect(sandbox.url, api_key=sandbox.api_key, api_timeout=1e300) as client:
        assert client.get(PATH).status == 200
