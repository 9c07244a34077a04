# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures: the sandbox on a real socket, and a client."""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).resolve().parent
TESTS = HERE.parents[1]
# The sandbox, and the modules shared by these tests.
sys.path[:0] = [str(folder) for folder in (TESTS, HERE) if str(folder) not in sys.path]

from api_client import ApiClient  # noqa: E402
from sandbox.process import SandboxProcess  # noqa: E402

SEED = TESTS / "sandbox" / "seed.yml"


@pytest.fixture(scope="session")
def sandbox_process() -> t.Iterator[SandboxProcess]:
    with SandboxProcess(seed=SEED) as process:
        yield process


@pytest.fixture
def seed() -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", yaml.safe_load(SEED.read_text(encoding="utf-8")))


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess, seed: dict[str, t.Any]) -> SandboxProcess:
    """Sandbox in its initial state. Unlike the other tests, these may violate the contract."""
    sandbox_process.restore(seed)
    sandbox_process.clear_faults()
    sandbox_process.clear_requests()
    return sandbox_process


@pytest.fixture
def api_client(sandbox: SandboxProcess) -> ApiClient:
    return ApiClient(sandbox.url, sandbox.api_key)
