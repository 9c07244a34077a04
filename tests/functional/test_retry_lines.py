# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests that retries are visible with -v while they happen."""

from __future__ import annotations

import signal
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible, start_ansible, stop
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_ID, PROVIDER_PATH
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, contains

UNAVAILABLE: dict[str, t.Any] = {"path": PROVIDER_PATH, "response": {"status": 503}}


def shows_retry(text: str) -> bool:
    """Check whether a line shows a wait before another attempt, and its reason."""
    reason = f"GET {PROVIDER_PATH}: 503 "
    return any(reason in line and contains(line, KINDS["wait_before_attempt"]) for line in text.splitlines())


@pytest.fixture
def environment(sandbox: SandboxProcess, tmp_path: Path) -> dict[str, str]:
    return {
        "DASHA_BLACKBOX_API_URL": sandbox.url,
        "DASHA_BLACKBOX_API_KEY": sandbox.api_key,
        "DASHA_BLACKBOX_API_RETRY_MAX_DELAY": "0.1",
        "ANSIBLE_LOG_PATH": str(tmp_path / "log"),
        "PYTHONUNBUFFERED": "1",
    }


def run_look_up(
    folder: Path, environment: dict[str, str], *arguments: str, **keywords: t.Any
) -> subprocess.CompletedProcess[str]:
    return run_ansible(folder, environment, "ansible-playbook", write_playbook(folder, **keywords), *arguments)


def write_playbook(folder: Path, **keywords: t.Any) -> str:
    """Write a playbook that looks up a provider and return its path."""
    task = {"dasha.blackbox.twilio_provider_info": {"id": PROVIDER_ID}, **keywords}
    playbook = folder / "playbook.yml"
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [task]}
    playbook.write_text(yaml.safe_dump([play]), encoding="utf-8")
    return str(playbook)


def test_retry_of_task_is_displayed_with_verbosity(
    sandbox: SandboxProcess, environment: dict[str, str], tmp_path: Path
) -> None:
    sandbox.inject_faults(UNAVAILABLE)
    assert shows_retry(run_look_up(tmp_path, environment, "-v").stdout)
    assert shows_retry((tmp_path / "log").read_text(encoding="utf-8"))
    sandbox.inject_faults(UNAVAILABLE)
    process = run_look_up(tmp_path, environment)
    assert (process.returncode, shows_retry(process.stdout)) == (0, False)


def test_retry_of_task_is_displayed_while_task_runs(
    sandbox: SandboxProcess, environment: dict[str, str], tmp_path: Path
) -> None:
    sandbox.inject_faults({**UNAVAILABLE, "times": None})
    environment.update(DASHA_BLACKBOX_API_RETRIES="20", DASHA_BLACKBOX_API_RETRY_MAX_DELAY="60")
    with start_ansible(tmp_path, environment, "ansible-playbook", write_playbook(tmp_path), "-v") as process:
        try:
            assert process.stdout is not None
            # Reading ends when the process ends. All retries would take more than 10 minutes.
            assert any(map(shows_retry, process.stdout))
            assert process.poll() is None
        finally:
            # Ansible passes it on to the process of the task, which would retry during other tests.
            stop(process, signal.SIGTERM)


def test_retry_of_hidden_task_is_not_displayed(
    sandbox: SandboxProcess, environment: dict[str, str], tmp_path: Path
) -> None:
    sandbox.inject_faults(UNAVAILABLE)
    process = run_look_up(tmp_path, environment, "-v", no_log=True)
    assert (process.returncode, PROVIDER_PATH in process.stdout) == (0, False)
    assert len([request for request in sandbox.requests() if request["path"] == PROVIDER_PATH]) == 2


def test_retry_of_inventory_is_displayed_and_logged(
    sandbox: SandboxProcess, environment: dict[str, str], tmp_path: Path
) -> None:
    source = tmp_path / "blackbox.yml"
    source.write_text("plugin: dasha.blackbox.twilio_providers\n", encoding="utf-8")
    sandbox.inject_faults(UNAVAILABLE)
    process = run_ansible(tmp_path, environment, "ansible-inventory", "-i", str(source), "--list", "-v")
    assert process.returncode == 0, process.stderr
    assert shows_retry(process.stdout + process.stderr)
    assert shows_retry((tmp_path / "log").read_text(encoding="utf-8"))
