# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of sameness: tasks run both ways, and nothing but the time differs."""

from __future__ import annotations

import json
import shutil
import typing as t

import pytest

from ansible_collections.dasha.blackbox.tests.functional.in_process.runner import (
    INTERPRETERS,
    INVENTORY,
    PLAYBOOKS,
    Runner,
    compare,
    normalize,
)
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_ID
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS


@pytest.mark.parametrize(
    ("name", "tasks"), [("options.yml", 35), ("modules.yml", 25), ("keywords.yml", 35), ("failures.yml", 30)]
)
def test_playbook_is_same_both_ways(runner: Runner, name: str, tasks: int) -> None:
    in_process, as_module = runner.run_both(name)
    assert len(in_process.ways) >= tasks
    compare(in_process, as_module)


def test_strategies_are_same_both_ways(runner: Runner) -> None:
    compare(*runner.run_both("strategies.yml", ANSIBLE_FORKS="3"), ordered=False)


def test_crashes_are_same_both_ways(runner: Runner) -> None:
    # Since 2.19, Ansible shows a traceback only on demand.
    variables = {"PYTHONPATH": str(PLAYBOOKS / "startup"), "ANSIBLE_DISPLAY_TRACEBACK": "always"}
    in_process, as_module = runner.run_both("crashes.yml", **variables)
    assert KINDS["bug"] in str(in_process.results)
    compare(in_process, as_module)


@pytest.mark.parametrize("error", ["ImportError", "AttributeError"])
def test_unusable_requests_is_same_both_ways(runner: Runner, error: str) -> None:
    (runner.folder / "library").mkdir()
    (runner.folder / "library/requests.py").write_text(f"raise {error}('broken')\n", encoding="utf-8")
    in_process, as_module = runner.run_both("requests.yml", PYTHONPATH=str(runner.folder / "library"))
    assert "Failed to import the required Python library (requests)" in str(in_process.results)
    compare(in_process, as_module)


@pytest.mark.parametrize("options", [f"id={PROVIDER_ID} region=ie1", "region=ie1"])
def test_ad_hoc_command_is_same_both_ways(runner: Runner, options: str) -> None:
    command = ("ansible", "fleet", "--diff", "--check", "-m", "dasha.blackbox.twilio_provider", "-a", options)
    in_process, as_module = (runner.run(interpreter, *command) for interpreter in INTERPRETERS)
    assert len(in_process.ways) == 3
    compare(in_process, as_module)


def test_runner_events_are_same_both_ways(runner: Runner) -> None:
    in_process, as_module = (run_ansible_runner(runner, interpreter) for interpreter in INTERPRETERS)
    assert in_process
    assert in_process == as_module


def run_ansible_runner(runner: Runner, interpreter: str) -> list[t.Any]:
    """Run a playbook with ansible-runner and return the events of its tasks."""
    runner.reset()
    # Messages contain the name of the folder.
    folder = runner.folder / "runner"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "project").mkdir(parents=True)
    (folder / "inventory").mkdir()
    (folder / "env").mkdir()
    (folder / "project/play.yml").write_text((PLAYBOOKS / "runner.yml").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "inventory/hosts.json").write_text(json.dumps(INVENTORY), encoding="utf-8")
    extra = {"ansible_python_interpreter": interpreter}
    (folder / "env/extravars").write_text(json.dumps(extra), encoding="utf-8")
    command = ("ansible-runner", "run", str(folder), "--playbook", "play.yml", "--ident", "run")
    process = run_ansible(runner.folder, runner.environment, *command)
    files = sorted((folder / "artifacts/run/job_events").glob("*.json"), key=lambda file: int(file.name.split("-")[0]))
    texts = ("".join(normalize(file.read_text(encoding="utf-8"))) for file in files)
    events = [event for event in map(json.loads, texts) if "res" in event.get("event_data", {})]
    return [process.returncode, *((event["event"], event["stdout"], event["event_data"]["res"]) for event in events)]
