# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook ``drift_report``: what it says, that it says it of anything, and that it writes to nobody but the two files."""

from __future__ import annotations

import html.parser
import json
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible
from ansible_collections.dasha.blackbox.tests.support.constants import ACCOUNT_SID, CREDENTIALS_PATH, PROVIDER_ID, PROVIDER_PATH
from ansible_collections.dasha.blackbox.tests.support.recorded import methods

IN_LINE = {"id": PROVIDER_ID, "name": "Support line", "region": "US1", "supports_call_transfer": False}
#: By an alias, with a text for a boolean and an option that is omitted.
DRIFTED = {"provider_id": PROVIDER_ID, "name": "{{ the_name | default(omit) }}", "region": "ie1", "supports_call_transfer": "yes"}
MISSING = {"name": "Sales line"}
UNREADABLE = {"id": "00000000-0000-4000-8000-000000000001", "name": "Night line"}
HOSTILE = "<script>alert(1)</script>\"'&lt;{{ 7 * 7 }}\u202e\U0001f4de"


class Report(t.NamedTuple):
    """How a run ended, what it printed, and the two files, if they are there."""

    succeeded: bool
    printed: str
    changed: int
    page: str
    facts: dict[str, t.Any]


class Player(t.Protocol):
    def __call__(self, *providers: dict[str, t.Any], arguments: t.Sequence[str] = (), api_key: str | None = None, **variables: t.Any) -> Report:
        """Compare the providers, and read what was written."""


@pytest.fixture
def report(sandbox: SandboxProcess, tmp_path: Path) -> Player:
    def run(*providers: dict[str, t.Any], arguments: t.Sequence[str] = (), api_key: str | None = None, **variables: t.Any) -> Report:
        given = {"drift_report_providers": list(providers), **{f"drift_report_{name}": value for name, value in variables.items()}}
        (tmp_path / "variables.json").write_text(json.dumps(given), encoding="utf-8")
        environment = {
            "ANSIBLE_SHOW_CUSTOM_STATS": "true",
            "DASHA_BLACKBOX_API_URL": sandbox.url,
            "DASHA_BLACKBOX_API_KEY": api_key or sandbox.api_key,
            "DASHA_BLACKBOX_API_RETRIES": "0",
        }
        process = run_ansible(tmp_path, environment, "ansible-playbook", "dasha.blackbox.drift_report", "-e", "@variables.json", *arguments)
        printed = process.stdout + process.stderr
        files = [tmp_path / f"drift_report.{ending}" for ending in ("html", "json")]
        page, facts = (file.read_text(encoding="utf-8") if file.exists() else "" for file in files)
        assert sandbox.api_key not in printed + page + facts
        changed = re.findall(r"changed=(\d+)", printed)
        return Report(process.returncode == 0, printed, int(changed[-1]), page, json.loads(facts or "{}"))

    return run


class Page(html.parser.HTMLParser):
    """The elements of a page, those that are left open, all its text, and whatever its attributes say."""

    EMPTY = ("meta", "link", "br", "hr", "img", "input", "wbr")

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
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_providers_in_line(report: Player, sandbox: SandboxProcess) -> None:
    result = report(IN_LINE)
    assert result.succeeded, result.printed
    assert methods(sandbox) == ["GET"]
    summary = result.facts["summary"]
    assert (summary["declared"], summary["in_line"], summary["drifted"], summary["failed"], summary["drift"]) == (1, 1, 0, 0, False)
    again = report(IN_LINE)
    assert (again.succeeded, again.changed, again.page) == (True, 0, result.page)


def test_what_drifted_and_what_failed(report: Player, sandbox: SandboxProcess) -> None:
    sandbox.misbehave({"path": f".*{UNREADABLE['id']}", "answer": {"status": 500}})
    # In check mode the report is written all the same.
    result = report(DRIFTED, MISSING, UNREADABLE, arguments=["--check", "--diff"])
    assert (result.succeeded, result.changed) == (True, 2), result.printed
    assert set(methods(sandbox)) == {"GET", "LIST"}
    drifted, failed, unreadable = result.facts["providers"]
    assert result.facts["summary"] == {
        "declared": 3,
        "in_line": 0,
        "drifted": 1,
        "failed": 2,
        "drift": True,
        "verification": {"verified": 0, "warning": 0, "failed": 0, "pending": 1, "other": 0},
    }
    assert (drifted["state"], drifted["id"], drifted["name"], drifted["account_sid"]) == ("drifted", PROVIDER_ID, "Support line", ACCOUNT_SID)
    assert drifted["declared"] == {"id": PROVIDER_ID, "account_sid": None, "name": None}
    assert drifted["differences"] == [
        {"field": "region", "real": "us1", "declared": "ie1"},
        {"field": "supports_call_transfer", "real": False, "declared": True},
    ]
    assert drifted["verification"] == {"status": "pending", "last_verified_at": None, "not_passed": []}
    assert (failed["state"], failed["id"], failed["declared"]["name"]) == ("failed", None, "Sales line")
    assert failed["error"]["msg"].startswith("No provider has the name 'Sales line'.")
    assert (unreadable["state"], unreadable["declared"]["id"], unreadable["error"]["status"]) == ("failed", UNREADABLE["id"], 500)
    page = Page(result.page)
    assert not page.open
    assert all(words in page.text for words in ("Support line", "us1", "ie1", "No provider has the name 'Sales line'.", "Night line"))
    for count in ('"drift_report_declared": 3', '"drift_report_drifted": 1', '"drift_report_failed": 2', '"drift_report_drift": true'):
        assert count in result.printed


def test_hostile_names_are_words_and_nothing_else(report: Player, sandbox: SandboxProcess) -> None:
    state = sandbox.state()
    check = {"checkName": HOSTILE, "status": "failed", "message": HOSTILE, "timestamp": "2026-01-31T12:00:00Z", "details": {}}
    state["providers"][0].update(name=HOSTILE, verificationDetails=[check])
    sandbox.restore(state)
    result = report({"id": PROVIDER_ID, "name": "Support line"})
    assert result.succeeded, result.printed
    page = Page(result.page)
    assert not page.open
    assert not {"script", "iframe", "link", "img", "object", "form"} & set(page.elements)
    assert not [name for name, _value in page.attributes if name.startswith("on") or name in ("src", "action")]
    # Links lead to places of the page.
    assert {value for name, value in page.attributes if name == "href"} == {"#drifted"}
    assert "http:" not in result.page
    assert "https:" not in result.page
    assert HOSTILE in page.text
    assert result.facts["providers"][0]["differences"] == [{"field": "name", "real": HOSTILE, "declared": "Support line"}]


def test_drift_fails_the_play_when_it_is_asked_to(report: Player) -> None:
    result = report(DRIFTED, fail_on_drift=True)
    assert not result.succeeded
    assert "Of 1 declared providers 1 drifted and 0 failed." in result.printed
    assert result.facts["summary"]["drifted"] == 1
    assert report(IN_LINE, fail_on_drift=True).succeeded


@pytest.mark.parametrize("fault", [{"path": PROVIDER_PATH, "answer": {"status": 500}}, {"path": CREDENTIALS_PATH, "answer": {"status": 503}, "times": None}])
def test_when_nothing_is_learned_there_is_no_report(report: Player, sandbox: SandboxProcess, fault: dict[str, t.Any]) -> None:
    sandbox.misbehave(fault)
    result = report({"id": PROVIDER_ID} if fault["path"] == PROVIDER_PATH else MISSING)
    assert (result.succeeded, result.page, result.facts) == (False, "", {})


def test_a_wrong_key_fails_in_its_own_words(report: Player) -> None:
    result = report(IN_LINE, api_key="another-fake-key")
    assert not result.succeeded
    assert "Nothing was compared. 1 of 1 providers failed." in result.printed
    assert "401 Unauthorized: The API key is refused. Check api_key" in result.printed
    assert result.page == ""


@pytest.mark.parametrize("variables", [{"providers": "x"}, {"providers": {"id": "x"}}, {"providers": ["x"]}, {"providers": []}, {"folder": "no/such/folder"}])
def test_what_cannot_be_compared_or_written_is_refused(report: Player, sandbox: SandboxProcess, variables: dict[str, t.Any]) -> None:
    result = report(IN_LINE, **variables)
    assert not result.succeeded
    assert "Nothing was compared." in result.printed
    assert methods(sandbox) == []
