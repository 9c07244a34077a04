# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the options that Ansible shows, and of refused options."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from ansible_collections.dasha.blackbox.tests.functional.secrets.cases import ALL_MODULES, Module
from ansible_collections.dasha.blackbox.tests.functional.secrets.conftest import Outcomes
from ansible_collections.dasha.blackbox.tests.functional.secrets.secret_values import SECRETS

#: Values that Ansible shows for secret options. The second one is that of ansible-core 2.22.
MASKS = {"VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "$REDACTED$"}


def shown_options(outcomes: Outcomes) -> list[dict[str, t.Any]]:
    """Return the options of each module that the verbose output of Ansible shows."""
    output = outcomes.channels["standard output"]
    starts = [found.end() for found in re.finditer(r'"module_args": (?=\{)', output)]
    shown = [json.JSONDecoder().raw_decode(output, start)[0] for start in starts]
    return [options for options in shown if "api_key" in options]


def test_options_of_all_tasks_are_shown(outcomes: Outcomes) -> None:
    assert len(shown_options(outcomes)) == len(outcomes.in_playbook())


def test_secret_options_are_shown_masked(outcomes: Outcomes) -> None:
    shown = shown_options(outcomes)
    values = {option: {options[option].strip() for options in shown if options.get(option)} for option in SECRETS}
    assert all(masked and masked <= MASKS for masked in values.values()), values


@pytest.mark.parametrize("module", ALL_MODULES, ids=lambda module: module.name)
def test_options_named_like_secrets_are_secret(module: Module) -> None:
    """Test that an option named like a secret is secret, or has choices and declares that it is not."""
    named = {
        option: spec for option, spec in module.argument_spec.items() if re.search("key|token|secret|password", option)
    }
    others = {option: spec for option, spec in named.items() if option not in SECRETS}
    assert set(module.secret_options) == set(named) - set(others)
    assert all(spec["no_log"] is False and spec["choices"] for spec in others.values())


def test_refused_secret_sends_no_request(outcomes: Outcomes) -> None:
    refused = [outcome for outcome in outcomes.all if outcome.case.expected_error in {*SECRETS, "account_sid"}]
    assert refused
    assert not [outcome.case.name for outcome in refused if outcome.received]
