# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the playbook ``drift_report``."""

from __future__ import annotations

import html.parser
import json
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    CREDENTIALS_PATH,
    PROVIDER_ID,
    PROVIDER_PATH,
)
from ansible_collections.dasha.blackbox.tests.support.recorded import take_methods

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

    def handle_data(self, data: str) -> None:
        self.text += data


def test_report_in_sync_is_idempotent(run_report: PlaybookRunner, sandbox: SandboxProcess) -> None:
    result = run_report(IN_SYNC)
    assert result.succeeded, result.output
    assert take_methods(sandbox) == ["GET"]
    summary = result.facts["summary"]
    assert (summary["declared"], summary["in_sync"], summary["drifted"], summary["failed"], summary["drift"]) == (
        1,
        1,
        0,
        0,
        False,
    )
    again = run_report(IN_SYNC)
    assert (again.succeeded, again.changed, again.page) == (True, 0, result.page)


def test_report_lists_drifted_and_failed_providers(run_report: PlaybookRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"path": f".*{UNREADABLE['id']}", "response": {"status": 500}})
    # The report is also written in check mode.
    result = run_report(DRIFTED, MISSING, UNREADABLE, arguments=["--check", "--diff"])
    assert (result.succeeded, result.changed) == (True, 2), result.output
    assert set(take_methods(sandbox)) == {"GET", "LIST"}
    drifted, failed, unreadable = result.facts["providers"]
    assert result.facts["summary"] == {
        "declared": 3,
        "in_sync": 0,
        "drifted": 1,
        "failed": 2,
        "drift": True,
        "verification": {"verified": 0, "warning": 0, "failed": 0, "pending": 1, "other": 0},
    }
    assert (drifted["state"], drifted["id"], drifted["name"], drifted["account_sid"]) == (
        "drifted",
        PROVIDER_ID,
        "Support line",
        ACCOUNT_SID,
    )
    assert drifted["declared"] == {"id": PROVIDER_ID, "account_sid": None, "name": None}
    assert drifted["differences"] == [
        {"field": "region", "actual": "us1", "declared": "ie1"},
        {"field": "supports_call_transfer", "actual": False, "declared": True},
    ]
    assert drifted["verification"] == {"status": "pending", "last_verified_at": None, "not_passed": []}
    assert (failed["state"], failed["id"], failed["declared"]["name"]) == ("failed", None, "Sales line")
    assert failed["error"]["msg"].startswith("No provider has the name 'Sales line'.")
    assert (unreadable["state"], unreadable["declared"]["id"], unreadable["error"]["status"]) == (
        "failed",
        UNREADABLE["id"],
        500,
    )
    page = Page(result.page)
    assert not page.open
    assert all(
        text in page.text
        for text in ("Support line", "us1", "ie1", "No provider has the name 'Sales line'.", "Night line")
    )
    for count in (
        '"drift_report_declared": 3',
        '"drift_report_drifted": 1',
        '"drift_report_failed": 2',
        '"drift_report_drift": true',
    ):
        assert count in result.output


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
    assert {value for name, value in page.attributes if name == "href"} == {"#drifted"}
    assert "http:" not in result.page
    assert "https:" not in result.page
    assert HOSTILE in page.text
    assert result.facts["providers"][0]["differences"] == [
        {"field": "name", "actual": HOSTILE, "declared": "Support line"}
    ]


def test_fail_on_drift_with_drift_fails(run_report: PlaybookRunner) -> None:
    result = run_report(DRIFTED, fail_on_drift=True)
    assert not result.succeeded
    assert "Of 1 declared providers, 1 drifted and 0 failed." in result.output
    assert result.facts["summary"]["drifted"] == 1
    assert run_report(IN_SYNC, fail_on_drift=True).succeeded


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
    assert "Nothing was compared. 1 of 1 providers failed." in result.output
    assert "401 Unauthorized: The API key is refused. Check api_key" in result.output
    assert result.page == ""


@pytest.mark.parametrize(
    "variables",
    [
        {"providers": "x"},
        {"providers": {"id": "x"}},
        {"providers": ["x"]},
        {"providers": []},
        {"folder": "no/such/folder"},
    ],
)
def test_report_with_invalid_variables_is_refused(
    run_report: PlaybookRunner, sandbox: SandboxProcess, variables: dict[str, t.Any]
) -> None:
    result = run_report(IN_SYNC, **variables)
    assert not result.succeeded
    assert "Nothing was compared." in result.output
    assert take_methods(sandbox) == []
