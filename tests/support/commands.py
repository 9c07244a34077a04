# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands of Ansible."""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t
from pathlib import Path

from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION


def run_ansible(
    folder: Path, environment: t.Mapping[str, str], *command: str, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a program of Ansible in the folder, with no configuration and no environment but this one, and with this collection."""
    (folder / "ansible.cfg").touch()
    return subprocess.run(
        # The first line of the script may name the same Python in another way.
        [sys.executable, str(Path(sys.executable).with_name(command[0])), *command[1:]],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTION.parents[2]),
            # Pipelining halves the processes of each task.
            "ANSIBLE_PIPELINING": "true",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
