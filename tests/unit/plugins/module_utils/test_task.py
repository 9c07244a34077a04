# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the boundary to Ansible."""

from __future__ import annotations

import logging
import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._ansible.progress import displayed_by, shown_by
from ansible_collections.dasha.blackbox.plugins.module_utils._ansible.task import TaskResult, perform
from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._plan.plan import Outcome

OPTIONS: dict[str, t.Any] = {
    "api_key": "fake-key",
    "api_url": "http://127.0.0.1:1",
    "api_timeout": 1.0,
    "api_retries": 0,
    "api_retry_max_delay": 1.0,
    "validate_certs": True,
    "ca_path": None,
}
#: Text with an escape sequence, C1, bidi and line separators.
HOSTILE = "Süd\x1b[2J\x9b\u202e\nok: [host]"
ESCAPED = r"Süd\x1b[2J\x9b\u202e\nok: [host]"
ESCAPED_JSON = r"Süd\u001b[2J\u009b\u202e\nok: [host]"


def perform_with(task: t.Callable[[Client], Outcome]) -> TaskResult:
    return perform(OPTIONS, [], task, lambda line: None)


def test_shown_line_is_redacted_and_printable() -> None:
    lines: list[str] = []

    def show(client: Client) -> Outcome:
        client.show(f"{HOSTILE} Fake-KEY")
        return Outcome()

    assert not perform(OPTIONS, [OPTIONS["api_key"]], show, lines.append).failed
    assert lines == [f"{ESCAPED} ********"]


def test_logs_of_libraries_are_off_during_task(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def log(client: Client) -> Outcome:
        logging.getLogger("urllib3.connectionpool").warning("a response")
        logging.getLogger("requests").warning("a response")
        logging.getLogger("ansible").warning("a line")
        return Outcome()

    perform_with(log)
    logging.getLogger("urllib3.connectionpool").warning("after the task")
    assert caplog.messages == ["a line", "after the task"]


def test_line_is_logged_and_displayed() -> None:
    logged: list[str] = []
    displayed: list[str] = []
    with displayed_by(displayed.append):
        show = shown_by(logged.append)
    show("line")
    shown_by(logged.append)("only logged")
    assert (logged, displayed) == (["line", "only logged"], ["line"])


def test_control_characters_are_escaped() -> None:
    def fail(client: Client) -> Outcome:
        client.warnings.append(HOSTILE)
        raise BlackboxError(HOSTILE)

    result = perform_with(fail)
    assert (result.failed, result.values["msg"], result.warnings) == (True, ESCAPED, [ESCAPED])


@pytest.mark.parametrize("many", [False, True])
def test_control_characters_of_diff_are_escaped(many: bool) -> None:
    diff = {"before": {"name": HOSTILE}, "after": {}, "before_header": HOSTILE, "after_header": HOSTILE}
    shown = {
        "before": f'{{\n    "name": "{ESCAPED_JSON}"\n}}\n',
        "after": "{}\n",
        "before_header": ESCAPED,
        "after_header": ESCAPED,
    }
    outcome = Outcome(results={"provider": {"name": HOSTILE}}, diff=[diff, diff] if many else diff)
    result = perform_with(lambda client: outcome)
    assert result.values["diff"] == ([shown, shown] if many else shown)
    # Results keep the value of the API.
    assert result.values["provider"] == {"name": HOSTILE}
