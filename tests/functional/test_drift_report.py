# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the playbook ``drift_report``."""

from __future__ import annotations

import html.parser
import json
import re
import typing as t
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    CREDENTIALS_PATH,
    OTHER_ACCOUNT_SID,
    PROVIDER_ID,
    PROVIDER_PATH,
)
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message, assert_shown
from ansible_collections.dasha.blackbox.tests.support.recorded import take_methods
from ansible_collections.dasha.blackbox.tests.support.state import changed_state

IN_SYNC = {"id": PROVIDER_ID, "name": "Support line", "region": "US1", "supports_call_transfer": False}
#: Selects by an alias, gives a boolean as a string, and omits an option.
DRIFTED = {
    "provider_id": PROVIDER_ID,
    "name": "{{ undefined_name | default(omit) }}",
    "region": "ie1",
    "supports_call_transfer": "yes",
}
MISSING = {"name": "Sales line"}
UNREADABLE = {"id": "00000000-0000-4000-8000-000000000001", "name": "Night line"}
#: ID of a provider that is not declared.
UNDECLARED = "00000000-0000-4000-8000-000000000002"
HOSTILE = "<script>alert(1)</script>\"'&lt;{{ 7 * 7 }}\u202e\U0001f4de"


class RunResult(t.NamedTuple):
    """Result of a run. Missing reports are empty."""

    succeeded: bool
    output: str
    #: Number of tasks that changed something.
    changed: int
    #: HTML report.
    page: str
    #: JSON report.
    facts: dict[str, t.Any]


class PlaybookRunner(t.Protocol):
    def __call__(
        self,
        *providers: dict[str, t.Any],
        arguments: t.Sequence[str] = (),
        api_key: str | None = None,
        **variables: t.Any,
    ) -> RunResult:
        """Compare the providers, and read the reports."""


@pytest.fixture
def run_report(sandbox: SandboxProcess, tmp_path: Path) -> PlaybookRunner:
    """Return a function that runs the playbook and checks that no result contains the key."""

    def run(
        *providers: dict[str, t.Any], arguments: t.Sequence[str] = (), api_key: str | None = None, **variables: t.Any
    ) -> RunResult:
        all_variables = {
            "drift_report_providers": list(providers),
            **{f"drift_report_{name}": value for name, value in variables.items()},
        }
        (tmp_path / "variables.json").write_text(json.dumps(all_variables), encoding="utf-8")
        environment = {
            "ANSIBLE_SHOW_CUSTOM_STATS": "true",
            "DASHA_BLACKBOX_API_URL": sandbox.url,
            "DASHA_BLACKBOX_API_KEY": api_key or sandbox.api_key,
            "DASHA_BLACKBOX_API_RETRIES": "0",
        }
        process = run_ansible(
            tmp_path,
            environment,
            "ansible-playbook",
            "dasha.blackbox.drift_report",
            "-e",
            "@variables.json",
            *arguments,
        )
        output = process.stdout + process.stderr
        files = [tmp_path / f"drift_report.{ending}" for ending in ("html", "json")]
        page, facts = (file.read_text(encoding="utf-8") if file.exists() else "" for file in files)
        assert sandbox.api_key not in output + page + facts
        changed = re.findall(r"changed=(\d+)", output)
        return RunResult(process.returncode == 0, output, int(changed[-1]), page, json.loads(facts or "{}"))

    return run


class Page(html.parser.HTMLParser):
    """Parsed page: its elements, open elements, attributes and text."""

    VOID_ELEMENTS = ("meta", "link", "br", "hr", "img", "input", "wbr")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs
        if tag not in self.VOID_ELEMENTS:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    @property
    def severity(self) -> str:
        """Return the class of the first card, which has the color of the report."""
        return next(str(value) for name, value in self.attributes if name == "class").replace("card ", "")

    def handle_data(self, data: str) -> None:
        self.text += data


def format_time(hours_ago: float) -> str:
    """Return a time as the service formats it."""
    time = datetime.now(timezone.utc) - timedelta(hours=hours_ago)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def change_provider(sandbox: SandboxProcess, **fields: t.Any) -> None:
    """Change fields of the provider of the sandbox."""
    with changed_state(sandbox) as state:
        state["providers"][0].update(fields)


def add_provider(sandbox: SandboxProcess, provider_id: str, **fields: t.Any) -> None:
    """Add a verified provider of the other account to the sandbox."""
    verified = {"verificationStatus": "verified", "lastVerifiedAt": format_time(1)}
    with changed_state(sandbox) as state:
        state["providers"].append({"id": provider_id, "accountSid": OTHER_ACCOUNT_SID, **verified, **fields})


@pytest.fixture
def verified_sandbox(sandbox: SandboxProcess) -> SandboxProcess:
    """Return the sandbox with a provider that was verified an hour ago."""
    change_provider(sandbox, verificationStatus="verified", lastVerifiedAt=format_time(1))
    return sandbox


def test_report_in_sync_is_idempotent(run_report: PlaybookRunner, verified_sandbox: SandboxProcess) -> None:
    result = run_report(IN_SYNC)
    assert result.succeeded, result.output
    assert take_methods(verified_sandbox) == ["GET", "LIST", "GET"]
    assert result.facts["summary"] == {
        "declared": 1,
        "in_sync": 1,
        "missing": 0,
        "unreadable": 0,
        "verification_failed": 0,
        "drifted": 0,
        "verification_warning": 0,
        "not_verified": 0,
        "undeclared": 0,
        "all_in_sync": True,
    }
    page = Page(result.page)
    assert_message(page.text, "report_in_sync")
    assert page.severity == "good"
    again = run_report(IN_SYNC, fail_on="all")
    assert (again.succeeded, again.changed, again.page) == (True, 0, result.page)


def test_report_distinguishes_states(run_report: PlaybookRunner, verified_sandbox: SandboxProcess) -> None:
    add_provider(verified_sandbox, UNDECLARED, name="Forgotten line")
    verified_sandbox.inject_faults({"path": f".*{UNREADABLE['id']}", "response": {"status": 500}})
    # The report is also written in check mode.
    result = run_report(DRIFTED, MISSING, UNREADABLE, arguments=["--check", "--diff"])
    assert (result.succeeded, result.changed) == (True, 2), result.output
    assert set(take_methods(verified_sandbox)) == {"GET", "LIST"}
    summary, providers = result.facts["summary"], result.facts["providers"]
    assert [provider["states"] for provider in providers] == [["drifted"], ["missing"], ["unreadable"], ["undeclared"]]
    assert (summary["declared"], summary["in_sync"], summary["all_in_sync"]) == (3, 0, False)
    assert [summary[name] for name in ("drifted", "missing", "unreadable", "undeclared")] == [1, 1, 1, 1]
    drifted, missing, unreadable, undeclared = providers
    assert (drifted["id"], drifted["name"], drifted["account_sid"]) == (PROVIDER_ID, "Support line", ACCOUNT_SID)
    assert drifted["declared"] == {"id": PROVIDER_ID, "account_sid": None, "name": None}
    assert drifted["differences"] == [
        {"field": "region", "actual": "us1", "declared": "ie1"},
        {"field": "supports_call_transfer", "actual": False, "declared": True},
    ]
    assert (missing["id"], missing["declared"]["name"]) == (None, "Sales line")
    assert_message(missing["error"]["msg"], "provider_missing", "name", "'Sales line'")
    assert (unreadable["declared"]["id"], unreadable["error"]["status"]) == (UNREADABLE["id"], 500)
    assert (undeclared["id"], undeclared["name"], undeclared["declared"]) == (UNDECLARED, "Forgotten line", None)
    page = Page(result.page)
    assert not page.open
    assert page.severity == "bad"
    names = ("Support line", "Sales line", "Night line", "Forgotten line")
    assert_message(page.text, "report_none_in_sync", "None of 3", *names)
    for heading in ("Drifted (1)", "Missing (1)", "Not readable (1)", "Not declared (1)"):
        assert heading in page.text
    for count in ('"drift_report_declared": 3', '"drift_report_missing": 1', '"drift_report_all_in_sync": false'):
        assert count in result.output


@pytest.mark.parametrize(
    ("status", "hours_ago", "state", "severity"),
    [
        ("verified", 23, "in_sync", "good"),
        ("verified", 25, "not_verified", "warn"),
        ("verified", None, "not_verified", "warn"),
        ("pending", None, "not_verified", "warn"),
        ("warning", 1, "verification_warning", "warn"),
        ("failed", 1, "verification_failed", "bad"),
    ],
)
def test_verification_determines_state(
    run_report: PlaybookRunner,
    sandbox: SandboxProcess,
    status: str,
    hours_ago: float | None,
    state: str,
    severity: str,
) -> None:
    time = None if hours_ago is None else format_time(hours_ago)
    change_provider(sandbox, verificationStatus=status, lastVerifiedAt=time)
    result = run_report(IN_SYNC, fail_on=[state] if state != "in_sync" else "all")
    provider = result.facts["providers"][0]
    assert (provider["states"], provider["verification"]["status"]) == ([state], status)
    assert provider["verification"]["outdated"] is (status == "verified" and hours_ago != 23)
    assert Page(result.page).severity == severity
    assert result.succeeded is (state == "in_sync")


def test_provider_has_all_states_that_apply(run_report: PlaybookRunner, sandbox: SandboxProcess) -> None:
    change_provider(sandbox, verificationStatus="failed", lastVerifiedAt=format_time(3))
    result = run_report(DRIFTED, max_verification_age=2.5)
    assert result.facts["providers"][0]["states"] == ["verification_failed", "drifted", "not_verified"]
    assert_message(Page(result.page).text, "report_verification_outdated", "2.5 hours")


def test_other_account_is_drift(run_report: PlaybookRunner, verified_sandbox: SandboxProcess) -> None:
    result = run_report({"id": PROVIDER_ID, "account_sid": OTHER_ACCOUNT_SID})
    provider = result.facts["providers"][0]
    assert provider["states"] == ["drifted"]
    assert provider["differences"] == [{"field": "account_sid", "actual": ACCOUNT_SID, "declared": OTHER_ACCOUNT_SID}]
    assert_message(Page(result.page).text, "report_account_differs")


def test_ambiguous_name_is_unreadable(run_report: PlaybookRunner, verified_sandbox: SandboxProcess) -> None:
    add_provider(verified_sandbox, UNDECLARED, name="Support line")
    result = run_report({"name": "Support line"})
    # Both providers may be the declared one.
    assert [provider["states"] for provider in result.facts["providers"]] == [["unreadable"]]


def test_unreadable_list_leaves_undeclared_unknown(
    run_report: PlaybookRunner, verified_sandbox: SandboxProcess
) -> None:
    fault = {"path": CREDENTIALS_PATH, "response": {"status": 503}, "times": None}
    verified_sandbox.inject_faults(fault)
    result = run_report(IN_SYNC)
    summary = result.facts["summary"]
    assert (summary["in_sync"], summary["undeclared"], summary["all_in_sync"]) == (1, None, False)
    assert "503 Service Unavailable" in result.facts["undeclared_error"]
    page = Page(result.page)
    assert page.severity == "warn"
    assert_message(page.text, "report_list_failed")
    failed = run_report(IN_SYNC, fail_on=["undeclared"])
    assert not failed.succeeded
    assert_shown(failed.output, "states_found", "undeclared: unknown")


def test_undeclared_providers_are_not_checked(run_report: PlaybookRunner, verified_sandbox: SandboxProcess) -> None:
    add_provider(verified_sandbox, UNDECLARED)
    result = run_report(IN_SYNC, check_undeclared=False, fail_on="all")
    assert result.succeeded, result.output
    assert take_methods(verified_sandbox) == ["GET"]
    assert (result.facts["summary"]["undeclared"], result.facts["undeclared_error"]) == (None, None)
    assert_message(Page(result.page).text, "report_unchecked")


def test_report_with_hostile_names_is_escaped(run_report: PlaybookRunner, sandbox: SandboxProcess) -> None:
    state = sandbox.state()
    check = {
        "checkName": HOSTILE,
        "status": "failed",
        "message": HOSTILE,
        "timestamp": "2026-01-31T12:00:00Z",
        "details": {},
    }
    state["providers"][0].update(name=HOSTILE, verificationDetails=[check])
    sandbox.restore(state)
    result = run_report({"id": PROVIDER_ID, "name": "Support line"})
    assert result.succeeded, result.output
    page = Page(result.page)
    assert not page.open
    assert not {"script", "iframe", "link", "img", "object", "form"} & set(page.elements)
    assert not [name for name, _value in page.attributes if name.startswith("on") or name in ("src", "action")]
    # All links are internal.
    assert {value for name, value in page.attributes if name == "href"} == {"#drifted", "#not_verified"}
    assert "http:" not in result.page
    assert "https:" not in result.page
    assert HOSTILE in page.text
    assert result.facts["providers"][0]["differences"] == [
        {"field": "name", "actual": HOSTILE, "declared": "Support line"}
    ]


@pytest.mark.parametrize(
    ("fail_on", "found"),
    [
        (["missing"], None),
        ("not_verified", None),
        (["drifted"], "drifted: 1"),
        ("missing, undeclared,drifted", "undeclared: 1, drifted: 1"),
        ("all", "drifted: 1, undeclared: 1"),
    ],
)
def test_fail_on_selects_states(
    run_report: PlaybookRunner, verified_sandbox: SandboxProcess, fail_on: str | list[str], found: str | None
) -> None:
    add_provider(verified_sandbox, UNDECLARED)
    result = run_report(DRIFTED, fail_on=fail_on)
    assert result.succeeded is (found is None)
    assert result.facts["summary"]["drifted"] == 1
    if found:
        counts = found.split(", ")
        assert_shown(result.output, "states_found", "0 of 1", *counts)
        assert "missing: 0" not in result.output


def test_folder_is_created(run_report: PlaybookRunner, tmp_path: Path) -> None:
    result = run_report(IN_SYNC, folder="new/reports", arguments=["--check"])
    assert result.succeeded, result.output
    assert sorted(file.name for file in (tmp_path / "new/reports").iterdir()) == [
        "drift_report.html",
        "drift_report.json",
    ]


@pytest.mark.parametrize(
    "fault",
    [
        {"path": PROVIDER_PATH, "response": {"status": 500}},
        {"path": CREDENTIALS_PATH, "response": {"status": 503}, "times": None},
    ],
)
def test_report_without_any_response_is_not_written(
    run_report: PlaybookRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults(fault)
    result = run_report({"id": PROVIDER_ID} if fault["path"] == PROVIDER_PATH else MISSING)
    assert (result.succeeded, result.page, result.facts) == (False, "", {})


def test_report_with_wrong_key_explains_failure(run_report: PlaybookRunner) -> None:
    result = run_report(IN_SYNC, api_key="another-fake-key")
    assert not result.succeeded
    assert_shown(result.output, "not_compared", "1 of 1")
    assert_shown(result.output, "hint_check_key", "401 Unauthorized")
    assert result.page == ""


@pytest.mark.parametrize(
    "variables",
    [
        {"providers": "x"},
        {"providers": {"id": "x"}},
        {"providers": ["x"]},
        {"providers": []},
        {"fail_on": ["drift"]},
        {"fail_on": ["undeclared"], "check_undeclared": False},
        {"max_verification_age": "a day"},
    ],
)
def test_report_with_invalid_variables_is_refused(
    run_report: PlaybookRunner, sandbox: SandboxProcess, variables: dict[str, t.Any]
) -> None:
    result = run_report(IN_SYNC, **variables)
    assert not result.succeeded
    assert_shown(result.output, "not_compared", *(f"drift_report_{name}" for name in variables))
    assert take_methods(sandbox) == []
