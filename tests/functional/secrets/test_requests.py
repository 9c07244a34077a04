# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the requests: each case reaches its aim, and secrets are sent only where they belong."""

from __future__ import annotations

import pytest

from ansible_collections.dasha.blackbox.tests.functional.secrets.cases import ALL_MODULES, CRASHES
from ansible_collections.dasha.blackbox.tests.functional.secrets.conftest import Outcomes
from ansible_collections.dasha.blackbox.tests.functional.secrets.secret_values import SECRETS, find_secrets
from ansible_collections.dasha.blackbox.tests.sandbox.contract import METHODS, Contract
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, contains

MASK = "********"


@pytest.mark.parametrize("module", [module.name for module in ALL_MODULES])
def test_case_has_expected_result(outcomes: Outcomes, module: str) -> None:
    for outcome in outcomes.of_module(module):
        expected = outcome.case.expected_error
        if expected != "":
            assert bool(outcome.result.get("failed")) is (expected is not None), (outcome.case.name, outcome.result)
        assert (expected or "") in outcome.message, outcome.case.name
        is_bug = expected == CRASHES["bug"]
        assert contains(outcome.message, KINDS["bug"]) is is_bug, (outcome.case.name, outcome.result)


@pytest.mark.parametrize("module", [module.name for module in ALL_MODULES])
def test_attack_reaches_module(outcomes: Outcomes, module: str) -> None:
    attacked = [outcome for outcome in outcomes.of_module(module) if outcome.case.target]
    assert attacked
    for outcome in attacked:
        attack, replies = outcome.case.attack, sum(request.attacked for request in outcome.received)
        # Modules repeat a read until it succeeds. They repeat some writes only after a read.
        repeats = outcome.case.target.startswith("GET ")
        assert replies >= (len(attack.replies) if repeats else 1), outcome.case.name
        # A single failed read after a write does not fail the task, because the next one may show the write.
        is_read_back = repeats and any(request.is_write for request in outcome.received)
        if attack.expected_error is not None and (outcome.result.get("failed") or not is_read_back):
            assert outcome.result["failed"], outcome.case.name
            assert contains(outcome.message, attack.expected_error), (outcome.case.name, outcome.message)
            assert MASK in outcome.own_result or not attack.is_quoted, outcome.case.name


def test_every_operation_is_attacked(outcomes: Outcomes) -> None:
    attacked = {request.operation for outcome in outcomes.all for request in outcome.received if request.attacked}
    paths = Contract().document["paths"].items()
    operations = {
        f"{method.upper()} {path[len('/api/v1') :]}" for path, item in paths for method in METHODS if method in item
    }
    assert operations <= attacked


def test_check_mode_sends_only_reads(outcomes: Outcomes) -> None:
    checked = [outcome for outcome in outcomes.all if outcome.case.check_mode]
    assert checked
    for outcome in checked:
        assert outcome.received, outcome.case.name
        assert not any(request.is_write for request in outcome.received), outcome.case.name


def test_key_is_sent_only_for_authorization(outcomes: Outcomes) -> None:
    requests = [request for outcome in outcomes.all for request in outcome.received]
    assert {request.authorization for request in requests} == {f"Bearer {SECRETS['api_key']}"}
    # A search for the key as a phone number sends it in the query.
    headers = {request.headers for request in requests if "phoneNumber=" not in request.headers}
    assert not [found for text in headers for found in find_secrets(text)]


def test_token_is_sent_only_in_two_bodies(outcomes: Outcomes) -> None:
    requests = [request for outcome in outcomes.all for request in outcome.received]
    operations = {request.operation for request in requests if SECRETS["auth_token"] in request.body}
    assert operations == {"POST /providers/twilio", "PATCH /providers/twilio/{id}/auth-token"}
