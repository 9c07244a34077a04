# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sandbox on a real socket."""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).resolve().parent
TESTS = HERE.parents[1]
# The sandbox, and what these tests share.
sys.path[:0] = [str(folder) for folder in (TESTS, HERE) if str(folder) not in sys.path]

from asking import Ask  # noqa: E402
from sandbox.process import SandboxProcess  # noqa: E402

SEED = TESTS / "sandbox" / "seed.yml"


@pytest.fixture(scope="session")
def one_sandbox() -> t.Iterator[SandboxProcess]:
    with SandboxProcess(seed=SEED) as process:
        yield process


@pytest.fixture
def seed() -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", yaml.safe_load(SEED.read_text(encoding="utf-8")))


@pytest.fixture
def sandbox(one_sandbox: SandboxProcess, seed: dict[str, t.Any]) -> SandboxProcess:
    """The sandbox as seeded. These tests may break the contract, unlike those of the collection."""
    one_sandbox.restore(seed)
    one_sandbox.behave()
    one_sandbox.forget_requests()
    return one_sandbox


@pytest.fixture
def ask(sandbox: SandboxProcess) -> Ask:
    return Ask(sandbox.url, sandbox.api_key)
