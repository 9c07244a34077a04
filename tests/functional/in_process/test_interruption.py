# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of signals, and of connections that the server closes."""

from __future__ import annotations

import json
import os
import signal
import time
import typing as t
from collections import Counter

import pytest

from ansible_collections.dasha.blackbox.tests.functional.in_process.runner import (
    INTERPRETERS,
    SEED_DOCUMENT,
    WAY,
    WAYS,
    Runner,
)
from ansible_collections.dasha.blackbox.tests.functional.in_process.server import FailingServer
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible, start_ansible, stop
from ansible_collections.dasha.blackbox.tests.support.constants import CREATE_PATH
from ansible_collections.dasha.blackbox.tests.support.timing import wait_until

#: Number of providers in the fleet, of which three are changed at a time.
FLEET = 60
#: Number of seconds that each write to the fleet takes.
WRITE = 1.0
#: Time limit, in seconds, of a run after a signal. Without the signal, each run takes longer than 20 s.
LIMIT = 12
#: Number of seconds after a run in which the server may still receive requests that were sent before its end.
ARRIVAL = 0.5
#: Number of seconds after that in which nothing may be sent, longer than two writes take.
SILENCE = 2.5


def fleet_seed() -> dict[str, t.Any]:
    """Return a state with many providers."""
    accounts = [{"account_sid": f"AC{number:032}", "auth_token": f"{number:032}"} for number in range(FLEET)]
    providers = [
        {"id": f"00000000-0000-4000-8000-{number:012}", "accountSid": account["account_sid"], "name": f"Line {number}"}
        for number, account in enumerate(accounts)
    ]
    return {"twilio_accounts": accounts, "providers": providers}


def interrupt(
    runner: Runner, interpreter: str, situation: str, number: signal.Signals, *, only_parent: bool
) -> tuple[float, list[str]]:
    """Send a signal after the first write has arrived. Return the time until the end, and the writes after it."""
    runner.reset()
    runner.sandbox.restore(fleet_seed() if situation == "fleet" else SEED_DOCUMENT)
    providers = [{"id": entry["id"], "region": "ie1"} for entry in fleet_seed()["providers"]]
    with FailingServer(runner.sandbox, delay=WRITE) as server:

        def writes() -> list[str]:
            return [request.path for request in server.requests if request.method != "GET"]

        variables = {
            "ansible_python_interpreter": interpreter,
            "server": server.url,
            "situation": situation,
            "providers": providers,
        }
        command = ("ansible-playbook", "-vvv", "interrupted.yml", "--extra-vars", json.dumps(variables))
        with start_ansible(runner.folder, runner.environment, *command) as process:
            try:
                wait_until(lambda: writes() or process.poll() is not None)
                # The process group of a terminal gets the signal.
                (os.kill if only_parent else os.killpg)(process.pid, number)
                start = time.monotonic()
                output, errors = process.communicate(timeout=60)
                duration = time.monotonic() - start
            finally:
                stop(process, signal.SIGKILL)
        # SIGTERM ends Ansible before it writes what it has buffered.
        if number == signal.SIGINT:
            assert [way for _action, way in WAY.findall(output)] == [WAYS[interpreter]], output + errors
        assert process.returncode != 0
        time.sleep(ARRIVAL)
        before = len(writes())
        time.sleep(SILENCE)
        return duration, writes()[before:]


@pytest.fixture
def interruptible() -> t.Iterator[None]:
    """Let child processes react to SIGINT, which processes in the background of a shell ignore."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("situation", ["request", "retry", "fleet"])
@pytest.mark.parametrize(
    ("number", "only_parent"), [(signal.SIGINT, False), (signal.SIGINT, True), (signal.SIGTERM, False)]
)
def test_signal_ends_run_both_ways(runner: Runner, situation: str, number: signal.Signals, only_parent: bool) -> None:
    for interpreter in INTERPRETERS:
        duration, later = interrupt(runner, interpreter, situation, number, only_parent=only_parent)
        assert duration < LIMIT, WAYS[interpreter]
        assert later == [], WAYS[interpreter]


# The second server closes connections during the pause, after which the client would use them again.
@pytest.mark.parametrize(("idle", "pause"), [(0, 0), (0.4, 0.7)])
def test_closed_connection_loses_no_write(runner: Runner, idle: float, pause: float) -> None:
    retried = []
    for interpreter in INTERPRETERS:
        runner.reset()
        with FailingServer(runner.sandbox, idle=idle) as server:
            variables = {"ansible_python_interpreter": interpreter, "server": server.url, "pause": pause}
            command = ("ansible-playbook", "-vvv", "stale.yml", "--extra-vars", json.dumps(variables))
            process = run_ansible(runner.folder, runner.environment, *command)
        output = process.stdout
        assert process.returncode == 0, output
        assert {way for _action, way in WAY.findall(output)} == {WAYS[interpreter]}
        assert output.count("changed: [first] => (item=") == 10
        requests = Counter((request["method"], request["path"]) for request in runner.sandbox.requests())
        writes = {request: count for request, count in requests.items() if request[0] != "GET"}
        assert sorted(writes.values()) == [1, 1, 2, 6]
        assert writes["POST", CREATE_PATH] == 2
        assert [provider["region"] for provider in runner.sandbox.state()["providers"]] == ["de1"]
        retried.append(output.count('"retried":'))
    if pause:
        assert retried == [0, 0]
