# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for the tests of the mock server."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.sandbox_tests.api_client import ApiClient
from ansible_collections.dasha.blackbox.tests.support.constants import SEED


@pytest.fixture
def seed() -> dict[str, t.Any]:
    """Return the seed as a document."""
    return t.cast("dict[str, t.Any]", yaml.safe_load(SEED.read_text(encoding="utf-8")))


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess, seed: dict[str, t.Any]) -> SandboxProcess:
    """Return the seeded mock server without a check of the contract, which these tests violate."""
    running_sandbox.restore(seed)
    running_sandbox.clear_faults()
    running_sandbox.set_world()
    running_sandbox.clear_requests()
    return running_sandbox


@pytest.fixture
def api_client(sandbox: SandboxProcess) -> ApiClient:
    """Return a client that sends any request to the mock server."""
    return ApiClient(sandbox.url, sandbox.api_key)
