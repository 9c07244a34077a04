# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests that no secret leaves the collection, even if the server repeats it in every response.

- `secret_values.py` holds the secrets, their spellings, and the search for them.
- `tasks/<module>.yml` holds the tasks of a module. Without this file its examples are used.
- `cases.py` reads the modules and derives the cases from their tasks and argument specs.
- `attacks.py` holds the responses that repeat secrets.
- `server.py` is a mock server that sends these responses.
- `runner.py` runs the cases and collects everything that they print or leave.
- This file runs all cases once, for all tests.
"""

from __future__ import annotations

import fcntl
import functools
import json
import os
import pickle
import typing as t
from dataclasses import dataclass

import pytest

from ansible_collections.dasha.blackbox.tests.functional.secrets import cases
from ansible_collections.dasha.blackbox.tests.functional.secrets.cases import Case
from ansible_collections.dasha.blackbox.tests.functional.secrets.runner import (
    CHANNELS,
    run_modules,
    run_playbook,
    run_playbook_in_process,
)
from ansible_collections.dasha.blackbox.tests.functional.secrets.server import HostileServer, Received


@dataclass(frozen=True)
class Outcome:
    """Result of a case, and the requests that it sent."""

    case: Case
    result: dict[str, t.Any]
    received: list[Received]

    @property
    def message(self) -> str:
        return str(self.result.get("msg", ""))

    @property
    def own_result(self) -> str:
        """Result as JSON without the options, which Ansible adds."""
        return json.dumps({key: value for key, value in self.result.items() if key != "invocation"})


@dataclass(frozen=True)
class Outcomes:
    """Outcomes of all cases, and the output of all runs by channel."""

    all: list[Outcome]
    channels: dict[str, str]

    def of_module(self, module: str) -> list[Outcome]:
        return [outcome for outcome in self.all if outcome.case.task.module.name == module]

    def in_playbook(self) -> list[Outcome]:
        return [outcome for outcome in self.all if outcome.case.way]


@pytest.fixture(scope="session")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """Return the outcomes of all cases, which the workers of pytest-xdist share."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return run_all_cases(tmp_path_factory)
    shared = tmp_path_factory.getbasetemp().parent / "outcomes_of_secrets"
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            shared.write_bytes(pickle.dumps(run_all_cases(tmp_path_factory)))
    return t.cast("Outcomes", pickle.loads(shared.read_bytes()))


def run_all_cases(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """Run all cases. The usual cases come first because the others are derived from their requests."""
    ran: list[tuple[Case, dict[str, t.Any]]] = []
    channels = dict.fromkeys(CHANNELS, "")
    # Each pair is a way to run cases. Add further ways to run tasks, or a parameter of this fixture, here.
    ways = (
        (run_modules, cases.usual_cases),
        (run_modules, cases.other_cases),
        (run_playbook, functools.partial(cases.playbook_cases, way=" as a module")),
        (run_playbook_in_process, functools.partial(cases.playbook_cases, way=" in the process of the task")),
    )
    with HostileServer() as server:
        for run, derive_cases in ways:
            derived = list(derive_cases(server.received))
            assert len({case.name for case in derived}) == len(derived)
            finished = run(derived, server, tmp_path_factory.mktemp("run"))
            ran += [(case, finished.results[case.name]) for case in derived]
            for channel, text in finished.channels.items():
                channels[channel] += text
    return Outcomes([Outcome(case, result, server.received[case.name]) for case, result in ran], channels)
