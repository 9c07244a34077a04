# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A living sandbox, and modules run as Ansible runs them."""

from __future__ import annotations

import os
import re
import ssl
import sys
import typing as t
from pathlib import Path

import pytest
import trustme
import yaml

from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import Client
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import SEED
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.servers import server_context, written
from ansible_collections.dasha.blackbox.tests.support.tasks import connected


@pytest.fixture(scope="session")
def running_sandbox() -> t.Iterator[SandboxProcess]:
    # Where the tests run on a Python or on libraries that the sandbox does not take, it runs on others.
    with SandboxProcess(os.environ.get("SANDBOX_PYTHON", sys.executable), seed=SEED) as process:
        yield process


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess) -> t.Iterator[SandboxProcess]:
    """The sandbox as seeded. Whatever a test sends to it has to keep to the contract, tests/sandbox/openapi.yaml."""
    running_sandbox.restore(yaml.safe_load(SEED.read_text(encoding="utf-8")))
    running_sandbox.behave()
    running_sandbox.forget_requests()
    yield running_sandbox
    broken = [request for request in running_sandbox.requests() if request["violations"]]
    assert not broken, "requests that break the contract"


@pytest.fixture
def client(sandbox: SandboxProcess) -> t.Iterator[Client]:
    with connected(sandbox.url, api_key=sandbox.api_key) as client:
        yield client


@pytest.fixture
def run_module(sandbox: SandboxProcess, tmp_path: Path) -> ModuleRunner:
    """Return a runner for modules in the process of the test."""
    return ModuleRunner(sandbox, tmp_path, in_process=True)


@pytest.fixture
def run_module_process(sandbox: SandboxProcess, tmp_path: Path) -> ModuleRunner:
    """Return a runner for modules in a process of their own, for tests of imports and of concurrent tasks."""
    return ModuleRunner(sandbox, tmp_path, in_process=False)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Return a readable ID for a dict or list of a test case, because pytest only counts them."""
    if not isinstance(val, (dict, list, tuple)):
        return None
    text = re.sub(r"""[][{}()'"]""", "", repr(val))
    # Addresses differ between the workers of pytest-xdist, which then refuse to run.
    return None if " at 0x" in text else text[:60] or "empty"


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trusted(ca: trustme.CA) -> ssl.SSLContext:
    """What a server needs that those who know the CA trust."""
    return server_context(ca.issue_cert("localhost", "127.0.0.1"))


@pytest.fixture
def ca_file(ca: trustme.CA, tmp_path: Path) -> str:
    return written(tmp_path / "ca.pem", ca.cert_pem)
