# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runner of playbooks."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.dasha.blackbox.tests.functional.in_process.runner import Runner
from ansible_collections.dasha.blackbox.tests.functional.in_process.server import FailingServer
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess


@pytest.fixture
def runner(sandbox: SandboxProcess, tmp_path: Path) -> t.Iterator[Runner]:
    """Yield a runner of playbooks."""
    with FailingServer(sandbox) as server:
        yield Runner(sandbox, server, tmp_path)
    # Some tasks send wrong data on purpose.
    sandbox.clear_requests()
    sandbox.clear_faults()
