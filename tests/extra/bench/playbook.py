# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Timed runs of playbooks against the mock server."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
import typing as t
from importlib.metadata import version
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TESTS))

from sandbox.process import SandboxProcess  # noqa: E402  # needs the path above

__all__ = ["EMPTY", "TESTS", "SandboxProcess", "Task", "build_play", "describe_machine", "run_play"]

Task = dict[str, t.Any]
Play = dict[str, t.Any]

#: Tasks of the playbook whose time is subtracted from those of the others.
EMPTY: t.Final[list[Task]] = [{"ansible.builtin.meta": "noop"}]


def build_play(tasks: t.Sequence[Task], **keywords: t.Any) -> Play:
    """Return a play for local hosts that use the Python of Ansible, so that tasks run in process."""
    interpreter = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    play = {"hosts": "all", "connection": "local", "gather_facts": False, "vars": interpreter, "tasks": tasks}
    return {**play, **keywords}


def run_play(folder: Path, play: Play, sandbox: SandboxProcess, inventory: str = "localhost,", forks: int = 5) -> float:
    """Run a play in the folder and return the elapsed seconds."""
    playbook = folder / "playbook.yml"
    playbook.write_text(json.dumps([play]), encoding="utf-8")
    (folder / "ansible.cfg").touch()
    # Ignore settings of the user, because they may affect the measurement.
    environment = {
        name: value
        for name, value in os.environ.items()
        if name == "ANSIBLE_COLLECTIONS_PATH" or not name.startswith(("ANSIBLE_", "DASHA_"))
    }
    environment["ANSIBLE_CONFIG"] = str(folder / "ansible.cfg")
    environment["DASHA_BLACKBOX_API_URL"] = sandbox.url
    environment["DASHA_BLACKBOX_API_KEY"] = sandbox.api_key
    start = time.perf_counter()
    process = subprocess.run(
        ["ansible-playbook", "-i", inventory, "-f", str(forks), str(playbook)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"The playbook failed:\n{process.stdout[-2000:]}{process.stderr[-2000:]}")
    return seconds


def describe_machine() -> str:
    """Return the versions and the number of processors."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"ansible-core {version('ansible-core')}, requests {version('requests')},"
        f" Python {platform.python_version()}, {cores} cores"
    )
