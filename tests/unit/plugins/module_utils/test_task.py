# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the boundary to Ansible."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._ansible.task import TaskResult, perform
from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._plan.plan import Outcome

OPTIONS = {
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
    return perform(OPTIONS, [], task)


def test_control_characters_of_message_and_warning_are_escaped() -> None:
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
