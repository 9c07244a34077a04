# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the page "Troubleshooting": it explains the common messages, and each row is about a real message."""

from __future__ import annotations

import re
import ssl
import typing as t
from datetime import datetime, timezone
from pathlib import Path

import pytest
import trustme

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    AGENTS_PATH,
    COLLECTION,
    CREDENTIALS_PATH,
    FIRST_NUMBER,
    FIRST_NUMBER_ID,
    GENERIC_PATH,
    MISSING_ID,
    NIGHT_SHIFT,
    NUMBERS_PATH,
    OTHER_ACCOUNT_SID,
    OTHER_AUTH_TOKEN,
    PROVIDER_ID,
    PROVIDER_PATH,
    RECEPTIONIST,
    SECOND_NUMBER,
    SECOND_NUMBER_ID,
    THIRD_NUMBER,
    THIRD_SID,
)
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, contains
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.servers import (
    ScriptedServer,
    TlsServer,
    closed_port,
    lax_context,
    respond,
    server_context,
    verify_strictly,
    write_pem,
)
from ansible_collections.dasha.blackbox.tests.support.state import changed_state

PAGE = (COLLECTION / "docs/docsite/rst/when_something_goes_wrong.rst").read_text(encoding="utf-8")
#: Parts of messages as the page lists them. Three dots stand for any text.
FRAGMENTS = re.findall(r"^ {3}(?:\* -|   ) ``(.+)``$", PAGE, re.MULTILINE)

SEVERAL_PROVIDERS = "... providers have the ...: ... Select one of them by its ID."

#: Fragments of messages that :func:`test_each_fragment_is_of_a_message` does not provoke.
PROVOKED_ELSEWHERE = {
    SEVERAL_PROVIDERS,
    KINDS["verification_failed"],
    KINDS["certificate_not_strict"],
    KINDS["certificate_of_private_ca"],
    KINDS["certificate_wrong"],
    KINDS["connection_closed"],
    KINDS["requests_not_sent"],
    KINDS["tls_missing"],
    KINDS["tls_required"],
}

Faults = list[dict[str, t.Any]]
REDIRECT = {"status": 302, "headers": {"Location": "https://login.example.com/"}}
VALIDATION = {
    "title": "One or more validation errors occurred.",
    "errors": {"Name": ["too long"], "Region": ["unknown"]},
}
LOST = {"reset": True, "effect": False}
ALL_LOST = {**LOST, "times": None}

# Requests that faults apply to.
ON_GET, ON_POST, ON_PUT = {"method": "GET"}, {"method": "POST"}, {"method": "PUT"}
ON_PATCH, ON_DELETE = {"method": "PATCH"}, {"method": "DELETE"}
ON_PROVIDERS, ON_PROVIDER = {"path": CREDENTIALS_PATH}, {"path": PROVIDER_PATH}
ON_NUMBERS = {"path": NUMBERS_PATH}
ON_NUMBER = {"method": "GET", "path": f"{NUMBERS_PATH}/[^/]*"}

NEW = {"id": None, "account_sid": OTHER_ACCOUNT_SID, "auth_token": OTHER_AUTH_TOKEN}
UPDATE_TOKEN = {"auth_token": "f" * 32, "update_auth_token": "always"}
OTHER_ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d12"
CREDENTIAL_ID = "5c000000-0000-4000-8000-000000000001"
WITHOUT_PROVIDER = {"items": [{"id": CREDENTIAL_ID, "source": "provider"}], "totalCount": 1, "skip": 0, "take": 1000}
CONCURRENT_CREATION = {
    "operation": "createTwilioProvider",
    "body": {"accountSid": OTHER_ACCOUNT_SID, "authToken": OTHER_AUTH_TOKEN},
}

#: Errors of twilio_provider: name of the case, options in addition to `id`, environment variables and faults.
PROVIDER_ERRORS: list[tuple[str, dict[str, t.Any], dict[str, str], Faults]] = [
    ("missing API key", {}, {"DASHA_BLACKBOX_API_KEY": ""}, []),
    ("option api_key", {"api_key": "fake key"}, {}, []),
    ("option api_url", {"api_url": "http://blackbox.dasha.ai"}, {}, []),
    ("option id", {"id": "support-line"}, {}, []),
    ("option name", {"name": ""}, {}, []),
    ("blank in option", {"region": "us1 "}, {}, []),
    ("option too long", {"name": "x" * 101}, {}, []),
    ("option api_timeout", {"api_timeout": 0}, {}, []),
    ("option ca_path", {"ca_path": "/no/such/ca.pem"}, {}, []),
    ("401", {"api_key": "another-fake-key"}, {}, []),
    ("403", {}, {}, [{"response": {"status": 403, "json": {}}}]),
    ("404", {"id": MISSING_ID}, {}, []),
    (
        "422",
        {"region": "mars1"},
        {},
        [{**ON_PUT, "response": {"status": 422, "json": {"detail": "Region 'mars1' is not one of us1, us2"}}}],
    ),
    ("400", {"region": "mars1"}, {}, [{**ON_PUT, "response": {"status": 400, "json": VALIDATION}}]),
    ("429", {"api_retries": 2}, {}, [{"response": {"status": 429}, "times": None}]),
    ("429 with long delay", {}, {}, [{"response": {"status": 429, "headers": {"Retry-After": "86400"}}}]),
    ("503", {"api_retries": 2}, {}, [{"response": {"status": 503}, "times": None}]),
    ("502", {}, {}, [{"response": {"status": 502}}]),
    ("504", {}, {}, [{"response": {"status": 504}}]),
    ("500", {}, {}, [{"response": {"status": 500, "text": "<html>oops</html>"}}]),
    ("500 with text", {}, {}, [{"response": {"status": 500, "text": "The database is read-only."}}]),
    (
        "HTML response",
        {},
        {},
        [{"response": {"status": 200, "text": "<html>", "headers": {"Content-Type": "text/html"}}}],
    ),
    ("redirect", {}, {}, [{"response": REDIRECT}]),
    ("other provider", {}, {}, [{"patch": {"id": MISSING_ID}}]),
    ("missing ID", {}, {}, [{"remove_fields": ["id"]}]),
    ("array response", {}, {}, [{"response": {"status": 200, "json": []}}]),
    ("other provider type", {}, {}, [{"patch": {"providerType": "vonage"}}]),
    ("wrong field type", {}, {}, [{"patch": {"name": 7}}]),
    ("timeout", {"api_timeout": 0.5}, {}, [{"delay": 5}]),
    ("connection refused", {"api_url": "http://127.0.0.1:1", "api_retries": 2}, {}, []),
    ("connection reset", {}, {}, [{"reset": True}]),
    ("unknown host", {"api_url": "https://blackbox.invalid"}, {}, []),
    ("unusable proxy", {"api_url": "https://blackbox.invalid"}, {"HTTPS_PROXY": "socks5://127.0.0.1:1"}, []),
    ("unusable bundle", {"api_url": "https://blackbox.invalid"}, {"REQUESTS_CA_BUNDLE": "/no/such/bundle.pem"}, []),
    (
        "update not read back",
        {"region": "ie1"},
        {},
        [ON_GET, {**ON_PUT, "effect": True, "response": {"status": 204}}, {"response": {"status": 500}}],
    ),
    ("region not stored", {"region": "ie1"}, {}, [{**ON_PUT, "rewrite": {"region": "us1"}}]),
    ("name not stored", {"name": "Sales"}, {}, [{**ON_PUT, "rewrite": {"name": "SALES"}}]),
    ("update lost", {"region": "ie1"}, {}, [{**ON_PUT, **ALL_LOST}]),
    ("update unknown", {"region": "ie1"}, {}, [ON_GET, ALL_LOST]),
    ("option account_sid", {"id": None, "account_sid": "SK1"}, {}, []),
    ("option auth_token", {"auth_token": "0" * 31}, {}, []),
    ("other account", {"account_sid": OTHER_ACCOUNT_SID}, {}, []),
    ("missing name", {"id": None, "name": "Sales line"}, {}, []),
    ("missing Auth Token", {"id": None, "account_sid": OTHER_ACCOUNT_SID}, {}, []),
    (
        "incomplete list",
        {"id": None, "name": "Sales line"},
        {},
        [{**ON_PROVIDERS, "patch": {"totalCount": 2}, "times": None}],
    ),
    (
        "credential without provider",
        {"id": None, "name": "Sales line"},
        {},
        [{**ON_PROVIDERS, "response": {"status": 200, "json": WITHOUT_PROVIDER}, "times": None}],
    ),
    (
        "listed but missing",
        {"id": None, "name": "Sales line"},
        {},
        [{"path": path, "response": {"status": 404, "json": {}}} for path in (PROVIDER_PATH, GENERIC_PATH)],
    ),
    ("creation refused by Twilio", {**NEW, "auth_token": "f" * 32}, {}, []),
    ("creation lost", NEW, {}, [{**ON_POST, **LOST}]),
    ("creation unknown", NEW, {}, [ON_PROVIDERS, ON_PROVIDER, ALL_LOST]),
    ("creation not read back", NEW, {}, [ON_PROVIDERS, ON_POST, {**ON_PROVIDERS, "response": {"status": 500}}]),
    ("concurrent creation", NEW, {}, [{**ON_POST, "concurrent_calls": [CONCURRENT_CREATION]}]),
    ("creation with other setting", {**NEW, "region": "ie1"}, {}, [{**ON_POST, "rewrite": {"region": "us1"}}]),
    ("token refused", UPDATE_TOKEN, {}, []),
    ("token lost", UPDATE_TOKEN, {}, [{**ON_PATCH, **LOST}]),
    ("token lost, then refused", {**UPDATE_TOKEN, "api_retries": 1}, {}, [{**ON_PATCH, **LOST}]),
    ("deletion with numbers", {"state": "absent"}, {}, []),
    ("deletion with wrong name", {"state": "absent", "name": "Sales line"}, {}, []),
    ("deletion lost", {"state": "absent", "force": True}, {}, [{**ON_DELETE, **LOST}]),
    ("deletion unknown", {"state": "absent", "force": True}, {}, [ON_GET, ALL_LOST]),
]


@pytest.mark.parametrize(
    ("options", "environment", "faults"),
    [case[1:] for case in PROVIDER_ERRORS],
    ids=[name for name, *_rest in PROVIDER_ERRORS],
)
def test_error_of_provider_is_documented(
    run_module: ModuleRunner,
    sandbox: SandboxProcess,
    options: dict[str, t.Any],
    environment: dict[str, str],
    faults: Faults,
) -> None:
    sandbox.inject_faults(*faults)
    result = run_module("twilio_provider", environment=environment, **{"id": PROVIDER_ID, **options})
    assert result["failed"]
    assert find_fragments(result["msg"])
    assert_sentences(result["msg"])


NUMBERS, LINK, TRANSFER = "twilio_phone_numbers", "phone_number_agent_link", "phone_number_link_transfer"
#: Default options of each module.
DEFAULTS: dict[str, dict[str, t.Any]] = {
    NUMBERS: {"provider_id": PROVIDER_ID},
    LINK: {"agent_id": NIGHT_SHIFT},
    TRANSFER: {"from_id": FIRST_NUMBER_ID, "to_id": SECOND_NUMBER_ID},
}
IMPORT = {"phone_numbers": [THIRD_NUMBER]}
REMOVAL = {"phone_numbers": [SECOND_NUMBER], "state": "absent"}
SECOND = {"phone_number_id": SECOND_NUMBER_ID}
UNLINK = {"phone_number_id": FIRST_NUMBER_ID, "agent_id": RECEPTIONIST, "state": "absent"}
NO_SIDS = {"path": ".*/available-numbers", "response": {"status": 200, "json": [{"number": FIRST_NUMBER}]}}
REPORTED = {"status": 200, "json": {"successCount": 1, "failedCount": 0, "errors": []}}
CONFLICT = {"status": 409, "json": {"detail": "It is linked already."}}
CONCURRENT_LINK = {
    "operation": "linkPhoneNumberToAgent",
    "path": {"id": SECOND_NUMBER_ID},
    "query": {"agentId": NIGHT_SHIFT, "mode": "inbound"},
}
SECOND_RECORD = {
    "sip_credentials": [{"id": CREDENTIAL_ID, "server": "sip.example.com"}],
    "sip_phone_numbers": [{"id": MISSING_ID, "phoneNumber": FIRST_NUMBER, "credentialsId": CREDENTIAL_ID}],
}

#: Errors of other modules: name of the case, module, options, entries added to the seed's state, and faults.
NUMBER_ERRORS: list[tuple[str, str, dict[str, t.Any], dict[str, t.Any], Faults]] = [
    ("missing list", NUMBERS, {"phone_numbers": None}, {}, []),
    ("empty list", NUMBERS, {"phone_numbers": [], "exclusive": True}, {}, []),
    ("exclusive removal", NUMBERS, {**REMOVAL, "exclusive": True}, {}, []),
    ("invalid SID", NUMBERS, {"phone_number_sids": [THIRD_NUMBER]}, {}, []),
    ("invalid agent ID", LINK, {**SECOND, "agent_id": "../x"}, {}, []),
    ("missing number", LINK, {"phone_number": None}, {}, []),
    ("same record", TRANSFER, {"to_id": FIRST_NUMBER_ID}, {}, []),
    ("number without plus", NUMBERS, {"phone_numbers": ["15005550003"]}, {}, []),
    ("SID missing in account", NUMBERS, {"phone_number_sids": ["PN00000000000000000000000000000009"]}, {}, []),
    ("import refused", NUMBERS, IMPORT, {}, [{**ON_POST, "response": {"status": 403, "json": {}}}]),
    ("import lost", NUMBERS, IMPORT, {}, [{**ON_POST, **LOST}]),
    ("import unknown", NUMBERS, IMPORT, {}, [{**ON_POST, "response": {"status": 204}}]),
    ("import without effect", NUMBERS, IMPORT, {}, [{**ON_POST, "response": REPORTED}]),
    ("removal skipped", NUMBERS, {"phone_numbers": [FIRST_NUMBER, "+15005550009"], "exclusive": True}, {}, []),
    (
        "removal not sent",
        NUMBERS,
        {**REMOVAL, "phone_numbers": [FIRST_NUMBER, SECOND_NUMBER], "force": True},
        {},
        [{**ON_DELETE, "response": {"status": 500}}],
    ),
    ("removal of number in use", NUMBERS, {**REMOVAL, "phone_numbers": [FIRST_NUMBER]}, {}, []),
    ("removal lost", NUMBERS, REMOVAL, {}, [{**ON_DELETE, **LOST}]),
    ("removal without effect", NUMBERS, REMOVAL, {}, [{**ON_DELETE, "response": {"status": 204}}]),
    ("numbers not read", NUMBERS, IMPORT, {}, [ON_NUMBERS, ON_POST, {**ON_NUMBERS, "response": {"status": 500}}]),
    ("unknown SID of number", NUMBERS, IMPORT, {}, [NO_SIDS]),
    ("unknown number of SID", NUMBERS, {"phone_number_sids": [THIRD_SID], "state": "absent"}, {}, [NO_SIDS]),
    ("unknown numbers of SIDs", NUMBERS, {"phone_number_sids": [THIRD_SID], "exclusive": True}, {}, [NO_SIDS]),
    ("number not imported", LINK, {"phone_number": THIRD_NUMBER}, {}, []),
    ("several records", LINK, {"phone_number": FIRST_NUMBER}, SECOND_RECORD, []),
    ("record missing", LINK, {"phone_number_id": MISSING_ID}, {}, []),
    ("agent missing", LINK, {**SECOND, "agent_id": MISSING_ID}, {}, []),
    ("other agent", LINK, SECOND, {}, [{"path": f"{AGENTS_PATH}/.*", "patch": {"agentId": RECEPTIONIST}}]),
    ("other number", LINK, SECOND, {}, [{**ON_NUMBER, "patch": {"id": FIRST_NUMBER_ID}}]),
    ("invalid list of agents", "agent_info", {}, {}, [{"response": {"status": 200, "json": {}}}]),
    ("linked elsewhere", LINK, SECOND, {"linked_elsewhere": [SECOND_NUMBER]}, []),
    ("link not shown", LINK, SECOND, {}, [{**ON_PUT, "response": {"status": 204}}]),
    ("link still shown", LINK, UNLINK, {}, [{**ON_DELETE, "response": {"status": 204}}]),
    ("link lost", LINK, SECOND, {}, [{**ON_PUT, **LOST}]),
    ("unlink lost", LINK, UNLINK, {}, [{**ON_DELETE, **LOST}]),
    ("link unknown", LINK, SECOND, {}, [ON_NUMBER, ON_PUT, {**ON_NUMBER, "response": {"status": 500}}]),
    (
        "target linked",
        TRANSFER,
        {"from_id": FIRST_NUMBER_ID},
        {"agent_links": [{"phoneNumber": SECOND_NUMBER, "inbound": NIGHT_SHIFT}]},
        [],
    ),
    ("several inbound agents", TRANSFER, {}, {}, [{**ON_NUMBER, "patch": {"incomingCallsAgentId": NIGHT_SHIFT}}]),
    (
        "concurrent link",
        TRANSFER,
        {},
        {},
        [{"path": f"{NUMBERS_PATH}/{SECOND_NUMBER_ID}/affected-agents", "concurrent_calls": [CONCURRENT_LINK]}],
    ),
    ("transfer refused", TRANSFER, {}, {}, [{**ON_PUT, "response": CONFLICT}]),
    ("source restored", TRANSFER, {"unlink_first": True}, {}, [{**ON_PUT, "response": CONFLICT}] * 2),
    ("source not restored", TRANSFER, {"unlink_first": True}, {}, [{**ON_PUT, "response": CONFLICT}] * 3),
]


@pytest.mark.parametrize(
    ("module", "options", "state", "faults"),
    [case[1:] for case in NUMBER_ERRORS],
    ids=[name for name, *_rest in NUMBER_ERRORS],
)
def test_error_of_numbers_and_agents_is_documented(
    run_module: ModuleRunner,
    sandbox: SandboxProcess,
    module: str,
    options: dict[str, t.Any],
    state: dict[str, t.Any],
    faults: Faults,
) -> None:
    with changed_state(sandbox) as current:
        for name, entries in state.items():
            current[name] += entries
    sandbox.inject_faults(*faults)
    result = run_module(module, **{**DEFAULTS.get(module, {}), **options})
    assert result["failed"]
    assert find_fragments(result["msg"])
    assert_sentences(result["msg"])


def find_fragments(message: str) -> set[str]:
    """Return the fragments of the page that the message contains."""
    return {fragment for fragment in FRAGMENTS if contains(message, fragment)}


def assert_sentences(message: str) -> None:
    """Check that the parts of a message form whole sentences, although different functions add them."""
    text = re.sub("'[^']*'", "value", message)
    assert re.fullmatch(r"[A-Z0-9].*[^.;:, ]\.", text, re.DOTALL), message
    assert re.search(r"  | \.|\.\.|[,;:]\.|\. [a-z]", text) is None, message


@pytest.mark.parametrize("selector", [{"id": PROVIDER_ID}, {"name": "Support line"}], ids=["failed", "several"])
def test_error_of_verification_is_documented(
    run_module: ModuleRunner, sandbox: SandboxProcess, selector: dict[str, str]
) -> None:
    second_id = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d12"
    with changed_state(sandbox) as state:
        if "id" in selector:
            state["twilio_accounts"][0]["auth_token"] = "f" * 32
        else:
            state["providers"].append({"id": second_id, "accountSid": ACCOUNT_SID, "name": "Support line"})
    expected = KINDS["verification_failed"] if "id" in selector else SEVERAL_PROVIDERS
    assert expected in find_fragments(run_module("twilio_provider_verify", **selector)["msg"])


@pytest.mark.skipif(ssl.OPENSSL_VERSION_INFO < (3,), reason="OpenSSL 1.1.1 does not make strict checks")
def test_error_of_strict_check_is_documented(
    run_module: ModuleRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify_strictly(monkeypatch)
    ca = trustme.CA()
    with TlsServer(lax_context(ca)) as server:
        ca_path = write_pem(tmp_path / "ca.pem", ca.cert_pem)
        result = run_module("twilio_provider", id=PROVIDER_ID, api_url=server.url, ca_path=ca_path)
    assert KINDS["certificate_not_strict"] in find_fragments(result["msg"])


def test_error_of_incomplete_response_is_documented(run_module: ModuleRunner) -> None:
    with ScriptedServer(respond(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")) as server:
        result = run_module("twilio_provider", id=PROVIDER_ID, api_url=server.url)
    assert KINDS["connection_closed"] in find_fragments(result["msg"])


def test_error_of_request_without_tls_is_documented(run_module: ModuleRunner) -> None:
    alert = b"\x15\x03\x01\x00\x02\x02\x46"
    with ScriptedServer(respond(alert)) as server:
        result = run_module("twilio_provider", id=PROVIDER_ID, api_url=server.url)
    assert KINDS["tls_required"] in find_fragments(result["msg"])


@pytest.mark.parametrize("case", ["unknown CA", "other host", "expired certificate", "no TLS", "no proxy"])
def test_error_of_connection_is_documented(
    run_module: ModuleRunner, sandbox: SandboxProcess, tmp_path: Path, case: str
) -> None:
    def year(number: int) -> datetime:
        return datetime(number, 1, 1, tzinfo=timezone.utc)

    ca = trustme.CA()
    certificates = {
        "other host": ca.issue_cert("elsewhere.example.com"),
        "expired certificate": ca.issue_cert("localhost", not_before=year(2020), not_after=year(2021)),
    }
    environment = {"HTTPS_PROXY": f"http://127.0.0.1:{closed_port()}"} if case == "no proxy" else {}
    options = {} if case == "unknown CA" else {"ca_path": write_pem(tmp_path / "ca.pem", ca.cert_pem)}
    with TlsServer(server_context(certificates.get(case, ca.issue_cert("localhost")))) as server:
        api_url = sandbox.url.replace("http:", "https:") if case == "no TLS" else server.url
        result = run_module("twilio_provider", id=PROVIDER_ID, api_url=api_url, environment=environment, **options)
    expected = {
        "unknown CA": "certificate_of_private_ca",
        "other host": "certificate_wrong",
        "expired certificate": "certificate_wrong",
        "no TLS": "tls_missing",
        "no proxy": "proxy_of_environment",
    }
    assert KINDS[expected[case]] in find_fragments(result["msg"])


def test_early_end_is_documented(run_module: ModuleRunner) -> None:
    providers = [{"id": provider_id} for provider_id in (PROVIDER_ID, MISSING_ID, OTHER_ID)]
    result = run_module("twilio_providers", providers=providers, concurrency=1, api_key="another-fake-key")
    assert KINDS["requests_not_sent"] in find_fragments(result["msg"])


def test_tables_are_short_and_fragments_unique() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("   * - ") and line != "   * - Message"]
    assert len(rows) <= 40
    assert len(FRAGMENTS) == len(set(FRAGMENTS))


def test_each_fragment_is_of_a_message(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    """Test that the page lists no message that does not exist. Some messages need TLS, which other tests provoke."""
    seed = sandbox.state()
    found: set[str] = set()
    cases = [("twilio_provider", {"id": PROVIDER_ID, **case[1]}, case[2], {}, case[3]) for case in PROVIDER_ERRORS]
    cases += [(case[1], {**DEFAULTS.get(case[1], {}), **case[2]}, {}, case[3], case[4]) for case in NUMBER_ERRORS]
    for module, options, environment, state, faults in cases:
        sandbox.restore(seed)
        with changed_state(sandbox) as current:
            for name, entries in state.items():
                current[name] += entries
        sandbox.inject_faults(*faults)
        found |= find_fragments(run_module(module, environment=environment, **options)["msg"])
    assert set(FRAGMENTS) - found == PROVOKED_ELSEWHERE
