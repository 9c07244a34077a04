# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests that no channel contains a secret: results, output, log, command lines and files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.dasha.blackbox.tests.functional.secrets.cases import ALL_MODULES, USUAL
from ansible_collections.dasha.blackbox.tests.functional.secrets.conftest import Outcomes
from ansible_collections.dasha.blackbox.tests.functional.secrets.runner import CHANNELS
from ansible_collections.dasha.blackbox.tests.functional.secrets.secret_values import (
    HARMLESS_NAME,
    MISPLACED_TOKEN,
    find_secrets,
    traces_of,
)


@pytest.mark.parametrize("channel", CHANNELS)
def test_channel_contains_no_secret(outcomes: Outcomes, channel: str) -> None:
    assert not find_secrets(outcomes.channels[channel])


@pytest.mark.parametrize("module", [module.name for module in ALL_MODULES])
def test_module_result_contains_no_secret(outcomes: Outcomes, module: str) -> None:
    """Test the results of each case, so that a failure names the case."""
    results = {outcome.case.name: outcome.own_result for outcome in outcomes.of_module(module)}
    assert results
    assert not [(name, found) for name, result in results.items() for found in find_secrets(result)]


def test_misplaced_token_is_not_in_result(outcomes: Outcomes) -> None:
    misplaced = [outcome for outcome in outcomes.all if MISPLACED_TOKEN in outcome.case.options.values()]
    assert misplaced
    assert not [
        found for outcome in misplaced for found in find_secrets(outcome.own_result, traces_of(MISPLACED_TOKEN))
    ]


def test_short_password_masks_no_other_word(outcomes: Outcomes) -> None:
    results = [
        outcome.result for outcome in outcomes.of_module("twilio_provider_info") if outcome.case.condition == USUAL
    ]
    providers = [provider for result in results for provider in result["providers"]]
    assert HARMLESS_NAME in {provider["name"] for provider in providers}


def test_output_and_log_contain_all_tasks(outcomes: Outcomes) -> None:
    """Test that the search of these channels is not vacuous."""
    for channel in ("standard output", "log"):
        names = [outcome.case.name for outcome in outcomes.in_playbook()]
        assert not [name for name in names if f"TASK [{name}]" not in outcomes.channels[channel]]


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
@pytest.mark.parametrize("module", [module.name for module in ALL_MODULES])
def test_command_lines_contain_module(outcomes: Outcomes, module: str) -> None:
    """Test that the search of the command lines is not vacuous."""
    assert f"AnsiballZ_{module}.py" in outcomes.channels["command lines"]


def test_no_file_of_a_module_remains(outcomes: Outcomes) -> None:
    assert not re.search("AnsiballZ|ansible-tmp|ansible-local", outcomes.channels["remaining files"])
