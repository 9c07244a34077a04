# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands of Ansible."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import typing as t
from pathlib import Path

from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION


def run_ansible(
    folder: Path, environment: t.Mapping[str, str], *command: str, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a command of Ansible in the folder, with this collection, this environment and an empty configuration."""
    with start_ansible(folder, environment, *command) as process:
        try:
            output, errors = process.communicate(timeout=timeout)
        except BaseException:
            stop(process, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def start_ansible(folder: Path, environment: t.Mapping[str, str], *command: str) -> subprocess.Popen[str]:
    """Start a command as :func:`run_ansible` does, in a process group of its own."""
    (folder / "ansible.cfg").touch()
    return subprocess.Popen(
        # The path of the Python is explicit because the first line of the command may name another one.
        [sys.executable, str(Path(sys.executable).with_name(command[0])), *command[1:]],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTION.parents[2]),
            # Pipelining halves the number of processes for each task.
            "ANSIBLE_PIPELINING": "true",
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def stop(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Send a signal to the process group of a command that was started by :func:`start_ansible`."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
