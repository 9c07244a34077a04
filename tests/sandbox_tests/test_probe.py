# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the probe (``make probe``) against the mock server, in each world that a read can show."""

from __future__ import annotations

import dataclasses
import os
import re
import ssl
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.dasha.blackbox.tests.extra.probe import run
from ansible_collections.dasha.blackbox.tests.extra.probe.reader import MAX_REQUESTS, Reader, Stopped
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.sandbox.world import World
from ansible_collections.dasha.blackbox.tests.support.constants import (
    AUTH_TOKEN,
    COLLECTION,
    OTHER_ACCOUNT_SID,
)
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, assert_message
from ansible_collections.dasha.blackbox.tests.support.servers import (
    ScriptedServer,
    TlsServer,
    clear_environment,
    closed_port,
    http_response,
    respond,
)
from ansible_collections.dasha.blackbox.tests.support.tasks import connect
from ansible_collections.dasha.blackbox.tests.support.worlds import list_switches

AS_ASSUMED, DEVIATES, NEW, NOT_OBSERVABLE = "as assumed", "deviates", "new, nothing was assumed", "not observable"
Document = dict[str, t.Any]
Position = tuple[str, t.Any]


class Report(t.NamedTuple):
    """Outcome of a run.

    :ivar findings: conclusion and observation by the name of the fact.
    """

    code: int
    text: str
    findings: dict[str, tuple[str, str]]
    output: str
    errors: str


class Probe:
    """Runner of the probe without pauses."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, url: str, api_key: str = "fake-key", *arguments: str, **variables: str) -> Report:
        self._capsys.readouterr()
        self.path.unlink(missing_ok=True)
        for name, value in {"API_URL": url, "API_KEY": api_key, **variables}.items():
            self._monkeypatch.setenv(f"DASHA_BLACKBOX_{name}", value)
        code = run.main(["--interval", "0", "--report", str(self.path), *arguments])
        captured = self._capsys.readouterr()
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        pattern = r"- Fact: `(\w+)`\n- Assumed: .+\n- Observed: (.+)\n- Conclusion: (.+)\n"
        findings = {name: (conclusion, observed) for name, observed, conclusion in re.findall(pattern, text)}
        return Report(code, text, findings, captured.out, captured.err)


@pytest.fixture
def probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Probe:
    """Return a runner of the probe."""
    clear_environment(monkeypatch)
    return Probe(tmp_path / "report.md", monkeypatch, capsys)


@pytest.fixture
def sandbox(sandbox: SandboxProcess, seed: Document) -> SandboxProcess:
    """Return the mock server with two providers, and objects that were created one after the other."""
    sandbox.restore(build_state(sandbox, seed))
    return sandbox


def build_state(sandbox: SandboxProcess, seed: Document) -> Document:
    """Return an organization in which each fact except a refusal by Twilio can be observed."""
    first = seed["twilio_accounts"][1]["phone_numbers"][0]
    other = {"name": "Sales line", "accountSid": OTHER_ACCOUNT_SID, "phoneNumberSids": [first["sid"]]}
    check = {"checkName": "credentials", "status": "passed", "message": "ok", "timestamp": "2026-11-01T00:00:00Z"}
    seed["providers"] = [{**seed["providers"][0], "verificationDetails": [{**check, "details": {}}]}, other]
    seed["agent_links"][0]["providerId"] = seed["providers"][0]["id"]
    seed["agents"][0]["config"] = {"version": "v1", "outboundSipConfig": {"fromUser": "+15005550001"}}
    sandbox.restore(seed)
    state = sandbox.state()
    for name in ("agents", "sip_credentials", "sip_phone_numbers"):
        for position, item in enumerate(state[name]):
            item["createdTime"] = f"2026-11-{position + 1:02}T00:00:00Z"
    return state


# Worlds


def add_numbers(state: Document) -> None:
    """Give the account of the first provider more numbers than one page of Twilio has."""
    state["twilio_accounts"][0]["phone_numbers"] += [
        {"sid": f"PN{number:032x}", "phone_number": f"+1500555{number:04}", "friendly_name": f"Number {number}"}
        for number in range(1000, 1060)
    ]


def revoke_token(state: Document) -> None:
    """Make Twilio refuse the stored credentials of the first provider."""
    state["twilio_accounts"][0]["auth_token"] = "0" * 31 + "c"
    state["providers"][0]["authToken"] = AUTH_TOKEN


class Case(t.NamedTuple):
    """World with the finding that it leads to."""

    switches: dict[str, t.Any]
    fact: str
    observed: str
    conclusion: str = DEVIATES
    arrange: t.Callable[[Document], None] = lambda state: None


#: Positions of switches that a read shows. The finding differs from that of the default world.
SHOWN = (
    Case({"generic_read": "reduced"}, "generic_read", "it lacks `accountSid`, `region`, `supportsCallTransfer`"),
    Case({"null_trunk": True}, "trunk", "`trunkSid`: null, `terminationUri`: null"),
    Case({"credential_provider_id": "sometimes"}, "credential_provider_id", "1 have it, 1 do not"),
    Case({"credential_provider_id": "never"}, "credential_provider_id", "0 have it, 2 to 9 do not"),
    Case({"number_provider_id": "never"}, "number_provider_id", "0 have it, 2 to 9 do not"),
    Case({"take_bound": 1, "excess_take": "clamp"}, "largest_page", "`take` in the response is another integer"),
    Case({"take_bound": 2, "excess_take": "clamp"}, "largest_page", "`take` in the response is another integer"),
    Case({"take_bound": 1, "excess_take": "refuse"}, "largest_page", "/sip-phone-numbers?take=1000: 400"),
    Case({"list_order": "newest_first"}, "list_order", "SIP credentials: newest first; phone numbers: newest first"),
    Case({"number_filter": "exact"}, "number_filter", "a part does not find the number"),
    Case({"number_filter": "ignored"}, "number_filter", "the filter is ignored"),
    Case(
        {"available_numbers": "envelope"},
        "available_numbers",
        "object with `items` (array of object with `friendlyName` (string), `phoneNumber` (phone number with plus)",
        AS_ASSUMED,
    ),
    Case(
        {"available_numbers": "renamed"},
        "available_numbers",
        "array of object with `number` (phone number with plus), `phoneNumberSid` (SID)",
        AS_ASSUMED,
    ),
    Case({"available_numbers": "unreadable"}, "available_numbers", "array of object with `label` (string)"),
    Case({"available_numbers_limit": 1}, "available_numbers_complete", "some imported numbers are listed"),
    Case({"available_numbers_limit": 50}, "available_numbers_complete", "50 entries", arrange=add_numbers),
    Case({"available_numbers_imported": False}, "available_numbers_complete", "no imported number is listed"),
    Case({"not_found": "trace"}, "not_found", "object with `status` (integer), `title` (string), `traceId` (string)"),
    Case({"not_found": "empty"}, "not_found", "404, no media type, no body"),
    Case({"not_found": "html"}, "not_found", "404, text/html, not JSON"),
    Case({"validation_errors": "aspnet"}, "validation_errors", "`errors` (object with `Take` (array of string))"),
    Case({"validation_errors": "aspnet_empty_key"}, "validation_errors", "`errors` (object with an empty name"),
    Case({"id_case": "upper"}, "id_case", "upper case"),
    Case({"number_type": "float"}, "counts", "number with a decimal point"),
    Case({"number_storage": "digits"}, "number_form", "phone number without plus"),
    Case({"success_status": 201}, "success_status", "201"),
    Case({"success_status": 202}, "success_status", "202"),
    *(
        Case({"twilio_refusal": status}, "twilio_refusal", str(status), arrange=revoke_token)
        for status in (400, 401, 403)
    ),
    Case({"outbound_use": "replaceOutbound"}, "outbound_use", "`replaceOutbound`"),
    Case({"outbound_use": "Outbound"}, "outbound_use", "`Outbound`"),
    Case({"clock_offset": -3600}, "clock", "behind"),
    Case({"clock_offset": 3600}, "clock", "ahead of"),
    Case({"rate_limit": 0.001, "rate_burst": 3}, "rate_limit", "429 with `Retry-After` in seconds"),
    Case({"rate_limit": 0.001, "rate_retry_after": False}, "rate_limit", "429 without `Retry-After`"),
)

_WRITE = "Only a write shows it."
_CREATION = "Only the creation of a provider shows it."
_LAG = "A lag follows a write, and the probe does not write."
#: Switches and positions that no read shows, with the reason.
HIDDEN: dict[str | Position, str] = {
    "default_region": f"{_CREATION} A stored region may have been given.",
    **dict.fromkeys(("list_lag", "object_lag", "removal_lag", "import_lag", "deletion_lag"), _LAG),
    "name_storage": "A stored name does not show what the user gave.",
    "region_storage": "A stored region does not show what the user gave.",
    "put_response": _WRITE,
    ("success_status", 200): "Successful reads have 200 in the default world too. Only a creation differs.",
    "delete_response": _WRITE,
    "created_without_body": _CREATION,
    "second_provider": _CREATION,
    "second_name": _WRITE,
    "unlink_missing": _WRITE,
    "import_failure": _WRITE,
    "interim_response": "HTTP clients read past interim responses, so neither the collection nor the probe sees them.",
    ("rate_limit", 100): "The probe sends far fewer requests per second.",
}


def list_positions() -> list[Position]:
    """Return each switch with each value that differs from the default."""
    return [*list_switches(), ("excess_take", "clamp")]


def is_hidden(position: Position) -> bool:
    return position[0] in HIDDEN or position in HIDDEN


def test_every_switch_is_classified() -> None:
    shown = {position for case in SHOWN for position in case.switches.items()}
    assert [position for position in list_positions() if position not in shown and not is_hidden(position)] == []
    names = {position[0] for position in [*shown, *list_positions()]}
    assert names == {field.name for field in dataclasses.fields(World)}
    assert all(not is_hidden(position) for position in shown)


def test_every_hidden_switch_exists() -> None:
    positions = list_positions()
    assert all(entry in positions if isinstance(entry, tuple) else entry in dict(positions) for entry in HIDDEN)


@pytest.mark.parametrize("case", SHOWN, ids=lambda case: "-".join(f"{k}={v}" for k, v in case.switches.items()))
def test_world_leads_to_finding(sandbox: SandboxProcess, probe: Probe, case: Case) -> None:
    state = sandbox.state()
    case.arrange(state)
    sandbox.restore(state)
    default = probe(sandbox.url, sandbox.api_key)
    sandbox.set_world(**case.switches)
    report = probe(sandbox.url, sandbox.api_key)
    conclusion, observed = report.findings[case.fact]
    assert conclusion == case.conclusion
    assert case.observed in observed
    assert default.findings[case.fact] != report.findings[case.fact]
    assert default.findings[case.fact][0] in (AS_ASSUMED, NOT_OBSERVABLE)


@pytest.mark.parametrize("position", [position for position in list_positions() if is_hidden(position)])
def test_hidden_world_equals_default(sandbox: SandboxProcess, probe: Probe, position: Position) -> None:
    # The limit of the rate only stays hidden with pauses.
    interval = "0.02" if position[0] == "rate_limit" else "0"
    default = probe(sandbox.url, sandbox.api_key)
    sandbox.set_world(**dict([position]))
    assert probe(sandbox.url, sandbox.api_key, "--interval", interval).text == default.text


def test_default_world_has_no_deviation(sandbox: SandboxProcess, probe: Probe) -> None:
    report = probe(sandbox.url, sandbox.api_key)
    assert report.code == run.COMPLETE
    assert {name for name, (conclusion, _observed) in report.findings.items() if conclusion == DEVIATES} == set()
    unobserved = {name for name, (conclusion, _observed) in report.findings.items() if conclusion == NOT_OBSERVABLE}
    assert unobserved == {"twilio_refusal"}
    assert report.findings["agent_telephony"] == (
        NEW,
        "agent, `config`, `outboundSipConfig`: object with `fromUser` (phone number with plus)",
    )
    assert report.findings["verification_checks"] == (NEW, "`credentials`: `passed`")
    assert report.output.endswith(f"Report: {probe.path}\n")


@pytest.mark.parametrize("switch", ["credential_provider_id", "number_provider_id"])
def test_provider_is_found_by_numbers_or_credentials(sandbox: SandboxProcess, probe: Probe, switch: str) -> None:
    sandbox.set_world(**{switch: "never"})
    assert probe(sandbox.url, sandbox.api_key).findings["generic_read"][0] == AS_ASSUMED


def test_empty_organization_is_not_observable(sandbox: SandboxProcess, probe: Probe) -> None:
    sandbox.restore({"api_key": sandbox.api_key})
    report = probe(sandbox.url, sandbox.api_key)
    assert report.code == run.COMPLETE
    assert report.findings["generic_read"] == (NOT_OBSERVABLE, "there is no provider")
    assert report.findings["number_form"] == (NOT_OBSERVABLE, "there is no phone number")
    assert report.findings["not_found"][0] == AS_ASSUMED


def test_response_that_violates_contract_is_reported(sandbox: SandboxProcess, probe: Probe) -> None:
    path = "/api/v1/providers/twilio/[^/]+"
    patch = {"verificationStatus": "Jane Quux", "phoneNumberCount": "many", "janeQuux": 1, "trunkRegion": "x"}
    sandbox.inject_faults({"path": path, "times": None, "patch": patch, "remove_fields": ["name"]})
    findings = probe(sandbox.url, sandbox.api_key).findings
    conclusion, observed = findings["contract_violations"]
    assert conclusion == DEVIATES
    assert "/providers/twilio/{id}: body: lacks `name`" in observed
    assert 'body, `phoneNumberCount`: does not satisfy `type: ["integer", "null"]`' in observed
    assert "body, `verificationStatus`: does not satisfy `enum" in observed
    assert findings["undocumented_fields"] == (DEVIATES, "/providers/twilio/{id}: `trunkRegion`, 1 other names")


@pytest.mark.parametrize(
    ("password", "shown"),
    [("********", "masked"), ("", "empty string"), (None, "null"), ("a secret", "text that is not masked")],
)
def test_sip_password_is_classified(sandbox: SandboxProcess, probe: Probe, password: str | None, shown: str) -> None:
    state = sandbox.state()
    for credential in state["sip_credentials"]:
        credential["authPassword"] = password
    sandbox.restore(state)
    assert probe(sandbox.url, sandbox.api_key).findings["sip_password"] == (NEW, shown)


def test_list_of_providers_is_reported(sandbox: SandboxProcess, probe: Probe) -> None:
    provider = sandbox.state()["providers"][0]
    sandbox.inject_faults({"path": "/api/v1/providers", "response": {"status": 200, "json": [provider]}})
    conclusion, observed = probe(sandbox.url, sandbox.api_key).findings["provider_list"]
    assert conclusion == DEVIATES
    assert observed.startswith("200, array of object with `accountSid` (SID)")


def test_headers_are_named_without_values(sandbox: SandboxProcess, probe: Probe) -> None:
    headers = {"ETag": '"jane"', "X-RateLimit-Remaining": "4711", "X-Jane-Quux": "jane"}
    response = {"status": 200, "json": [], "headers": headers}
    sandbox.inject_faults({"path": "/api/v1/agents", "response": response})
    report = probe(sandbox.url, sandbox.api_key)
    assert report.findings["headers"] == (DEVIATES, "`X-RateLimit-Remaining`, `ETag`")
    assert "4711" not in report.text
    assert "jane" not in report.text.lower()


# Requests


def test_every_request_is_a_get_within_limit(sandbox: SandboxProcess, probe: Probe) -> None:
    state = sandbox.state()
    # Twilio numbers of the first provider, so that the probe reads the agents of as many as it ever does.
    for number in range(5):
        phone_number = {**state["sip_phone_numbers"][0], "id": f"{number:08}-0000-4000-8000-000000000000"}
        state["sip_phone_numbers"].append({**phone_number, "phoneNumber": f"+1500555100{number}"})
    sandbox.restore(state)
    # The list of numbers takes another request if its largest page is refused.
    sandbox.inject_faults({"path": "/api/v1/sip-phone-numbers", "response": {"status": 400, "json": {}}})
    state = sandbox.state()
    sandbox.clear_requests()
    probe(sandbox.url, sandbox.api_key)
    requests = sandbox.requests()
    assert {request["method"] for request in requests} == {"GET"}
    assert all(not request["body"] for request in requests)
    assert 20 < len(requests) <= MAX_REQUESTS
    authorizations = [request["authorization"] for request in requests]
    assert authorizations == ["accepted", "refused", "missing", *["accepted"] * (len(requests) - 3)]
    assert sandbox.state() == state


def test_reader_has_hard_limit(sandbox: SandboxProcess) -> None:
    connection = connect(sandbox.url, api_key=sandbox.api_key)._connection
    sandbox.clear_requests()
    with Reader(connection, 0) as reader:
        for _number in range(MAX_REQUESTS):
            reader.get("/agents?take=1")
        with pytest.raises(Stopped) as stopped:
            reader.get("/agents?take=1")
    assert_message(stopped.value.reason, "probe_request_limit")
    assert len(sandbox.requests()) == MAX_REQUESTS


@pytest.mark.parametrize("agent_id", ["..", "a/b", "", ".", "a?b", "a b", "%2e"])
def test_reader_refuses_unsafe_id(sandbox: SandboxProcess, agent_id: str) -> None:
    connection = connect(sandbox.url, api_key=sandbox.api_key)._connection
    with Reader(connection, 0) as reader, pytest.raises(ValueError, match=KINDS["probe_id_unsafe"]):
        reader.get("/agents/{agentId}", agentId=agent_id)
    assert sandbox.requests() == []


def test_requests_are_paced(sandbox: SandboxProcess) -> None:
    connection = connect(sandbox.url, api_key=sandbox.api_key)._connection
    with Reader(connection, 0.2) as reader:
        answers = [reader.get("/agents?take=1") for _number in range(3)]
    assert answers[2].received - answers[0].received > 0.3


# Failures


def check_failure(report: Report, kind: str, *facts: object) -> None:
    """Check that a run without a report prints one line of the kind with the facts."""
    assert (report.code, report.text, report.output) == (run.FAILED, "", "")
    assert report.errors.startswith("probe: ")
    assert report.errors.count("\n") == 1
    assert_message(report.errors, kind, *facts)
    assert "fake-key" not in report.errors


def test_missing_key_fails(probe: Probe) -> None:
    check_failure(probe("http://127.0.0.1:1", ""), "probe_key_missing")


@pytest.mark.parametrize(
    ("variable", "value", "kind", "fact"),
    [
        ("API_URL", "http://example.org", "url_unencrypted", "https"),
        ("API_KEY", "fake key", "option_invalid", "api_key"),
        ("API_TIMEOUT", "soon", "probe_variable_invalid", "DASHA_BLACKBOX_API_TIMEOUT"),
        ("API_TIMEOUT", "-1", "option_invalid", "api_timeout"),
        ("VALIDATE_CERTS", "maybe", "probe_variable_invalid", "DASHA_BLACKBOX_VALIDATE_CERTS"),
        ("CA_PATH", "/missing/ca.pem", "file_unreadable", "ca_path"),
    ],
)
def test_invalid_variable_fails(probe: Probe, variable: str, value: str, kind: str, fact: str) -> None:
    variables = {"API_URL": "https://127.0.0.1:1", "API_KEY": "fake-key", variable: value}
    check_failure(probe(variables.pop("API_URL"), variables.pop("API_KEY"), **variables), kind, fact)


def test_refused_connection_fails(probe: Probe) -> None:
    check_failure(probe(f"http://127.0.0.1:{closed_port()}"), "connection_refused")


def test_refused_key_fails(sandbox: SandboxProcess, probe: Probe) -> None:
    check_failure(probe(sandbox.url, "fake-key"), "probe_credentials_refused", "401")


def test_untrusted_certificate_fails(probe: Probe, trusted: ssl.SSLContext) -> None:
    with TlsServer(trusted) as server:
        check_failure(probe(server.url), "certificate_refused")
        assert server.received() == b""


@pytest.mark.parametrize(
    ("response", "kind", "facts"),
    [
        (http_response("200 OK", b"<html>Welcome</html>", "Content-Type: text/html"), "probe_not_json", [200]),
        (http_response("302 Found", b"", "Location: https://jane.example.org/"), "probe_redirected", [302]),
        (http_response("500 Internal Server Error", b"{}"), "probe_list_refused", [500]),
        (http_response("429 Too Many Requests", b"{}"), "probe_overloaded", [429]),
        (b"", "probe_response_incomplete", []),
    ],
)
def test_first_response_of_another_server_fails(probe: Probe, response: bytes, kind: str, facts: list[int]) -> None:
    with ScriptedServer(respond(response)) as server:
        check_failure(probe(server.url), kind, *facts)
        assert server.connections == 1


def test_missing_folder_of_report_fails(sandbox: SandboxProcess, probe: Probe, tmp_path: Path) -> None:
    path = tmp_path / "missing" / "report.md"
    check_failure(probe(sandbox.url, sandbox.api_key, "--report", str(path)), "probe_folder_missing", path.parent)
    assert sandbox.requests() == []


def test_unwritable_report_fails(sandbox: SandboxProcess, probe: Probe, tmp_path: Path) -> None:
    check_failure(probe(sandbox.url, sandbox.api_key, "--report", str(tmp_path)), "probe_report_unwritable", tmp_path)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"reset": True}, "probe_response_incomplete"),
        ({"response": {"status": 503, "text": "jane"}}, "probe_overloaded"),
        ({"response": {"status": 429, "json": {"detail": "jane"}}}, "probe_overloaded"),
        ({"response": {"status": 401, "json": {"detail": "jane"}}}, "probe_key_refused"),
    ],
)
def test_failure_midway_leaves_partial_report(
    sandbox: SandboxProcess, probe: Probe, fault: Document, kind: str
) -> None:
    sandbox.inject_faults({"path": "/api/v1/sip-phone-numbers", "times": None, **fault})
    report = probe(sandbox.url, sandbox.api_key)
    assert report.code == run.PARTIAL
    [state] = re.findall("^- State: (.+)", report.text, re.MULTILINE)
    assert_message(state, "probe_partial")
    assert_message(state, kind)
    assert "jane" not in report.text
    assert report.findings["list_order"][0] == AS_ASSUMED
    assert report.findings["number_form"][0] == NOT_OBSERVABLE
    assert len(report.findings) == len(probe(sandbox.url, sandbox.api_key).findings)
    assert_message(report.errors, kind)
    assert report.errors.count("\n") == 1


@pytest.mark.parametrize("status", [401, 503])
def test_failure_of_twilio_is_no_failure(sandbox: SandboxProcess, probe: Probe, status: int) -> None:
    sandbox.inject_faults({"path": ".+/available-numbers", "response": {"status": status, "text": "oops"}})
    report = probe(sandbox.url, sandbox.api_key)
    assert report.code == run.COMPLETE
    assert report.findings["twilio_refusal"] == (DEVIATES, f"{status}, text/plain, not JSON")


def test_response_that_is_too_large_is_no_failure(sandbox: SandboxProcess, probe: Probe) -> None:
    body = "x" * (9 * 1024 * 1024)
    sandbox.inject_faults({"path": "/api/v1/agents/.+", "response": {"status": 200, "text": body}})
    report = probe(sandbox.url, sandbox.api_key)
    assert report.code == run.COMPLETE
    assert "| `/agents/{agentId}` | too large | - |" in report.text


def test_interruption_leaves_partial_report(
    sandbox: SandboxProcess, probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: object) -> t.NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "ask", interrupt)
    report = probe(sandbox.url, sandbox.api_key)
    assert report.code == run.PARTIAL
    [state] = re.findall("^- State: (.+)", report.text, re.MULTILINE)
    assert_message(state, "probe_partial")
    assert_message(state, "probe_interrupted")


def test_command_fails_without_traceback(tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DASHA_")},
        "PYTHONPATH": str(COLLECTION.parents[2]),
        "DASHA_BLACKBOX_API_KEY": "fake-key",
        "DASHA_BLACKBOX_API_URL": f"http://127.0.0.1:{closed_port()}",
    }
    module = "ansible_collections.dasha.blackbox.tests.extra.probe.run"
    process = subprocess.run(
        [sys.executable, "-m", module], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (process.returncode, process.stdout) == (run.FAILED, "")
    assert process.stderr.startswith("probe: ")
    assert_message(process.stderr, "probe_not_read")
    assert "fake-key" not in process.stderr
    assert list(tmp_path.iterdir()) == []


# Redaction of a whole organization

#: Values of the state that identify no person or organization.
_PUBLIC = {"provider", "manual", "twilio", "pending", "us1", "udp", "v1", "Disabled", "credentials", "passed", "ok"}


def test_report_contains_no_value_of_organization(sandbox: SandboxProcess, probe: Probe) -> None:
    state = sandbox.state()
    state["agents"][0]["description"] = "Jane Quux, jane@example.org"
    state["agents"][0]["config"] = {"outboundSipConfig": {"janeQuux": "x1", "password": "hunter-two"}, "JaneQuux": {}}
    state["agents"][0]["additionalData"] = {"Acme Corporation": {"customer-4711": "Jane Quux"}}
    for credential in state["sip_credentials"]:
        credential.update(authUser="jane.quux", domain="acme.example.org", cpsKey="acme", description="Acme trunk")
    for number in state["sip_phone_numbers"]:
        number.update(displayName="Acme Corporation", description="Desk of Jane Quux")
        number["registrationStatus"] = {"state": "JaneQuux", "errorDescription": "Acme", "sipResponseMessage": "Jane"}
    check = state["providers"][0]["verificationDetails"][0]
    check.update(checkName="Jane Quux", status="acme", message="Acme failed", details={"acmeCorporation": "jane"})
    sandbox.restore(state)
    error = {"status": 404, "json": {"detail": "Jane Quux", "acme": "AC" + "1" * 32, "errors": {"jane": ["quux"]}}}
    sandbox.inject_faults(
        {"path": "/api/v1/no-such-path", "response": {**error, "headers": {"Server": "jane.acme.example.org"}}},
        {"path": "/api/v1/providers/.+", "times": None, "patch": {"jane": 1, "acmeQuux": {"janeQuux": [4711]}}},
    )
    report = probe(sandbox.url, sandbox.api_key)
    assert report.code == run.COMPLETE
    texts = {text for text in list_texts(sandbox.state()) if text not in _PUBLIC and not text.startswith("2026-")}
    assert len(texts) > 40
    assert [text for text in texts if text in report.text] == []
    parts = ("jane", "acme", "quux", "4711", "hunter", "+1500", "5005550", "org-")
    assert [part for part in parts if part in report.text.lower()] == []
    assert sandbox.api_key not in report.output + report.errors


def list_texts(node: t.Any) -> t.Iterator[str]:
    """Yield the strings in a document, but not its keys."""
    if isinstance(node, str) and node:
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from list_texts(inner)


def test_report_is_the_same_twice(sandbox: SandboxProcess, probe: Probe) -> None:
    assert probe(sandbox.url, sandbox.api_key).text == probe(sandbox.url, sandbox.api_key).text
