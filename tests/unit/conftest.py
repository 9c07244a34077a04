# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A living sandbox, and modules run as Ansible runs them."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import trustme
import yaml
from certificates import server_context, written
from sandbox.process import SandboxProcess
from support import COLLECTION, SEED, ModuleRunner, connected

from ansible_collections.dasha.blackbox.plugins.module_utils._client import Client


@pytest.fixture(scope="session")
def running_sandbox() -> t.Iterator[SandboxProcess]:
    # Where the tests run on a Python or on libraries that the sandbox does not take, it runs on others.
    with SandboxProcess(os.environ.get("SANDBOX_PYTHON", sys.executable), seed=SEED) as process:
        yield process


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess) -> t.Iterator[SandboxProcess]:
    """The sandbox as seeded. Whatever a test sends to it has to keep to the contract, tests/sandbox/openapi.yaml."""
    running_sandbox.restore(yaml.safe_load(SEED.read_text(encoding="utf-8")))
    running_sandbox.clear_faults()
    running_sandbox.clear_requests()
    yield running_sandbox
    broken = [request for request in running_sandbox.requests() if request["violations"]]
    assert not broken, "requests that break the contract"


@pytest.fixture
def client(sandbox: SandboxProcess) -> t.Iterator[Client]:
    with connected(sandbox.url, api_key=sandbox.api_key) as client:
        yield client


@pytest.fixture
def run_module(sandbox: SandboxProcess, tmp_path: Path) -> ModuleRunner:
    """Run a module in a process of its own, in diff mode, and return its result.

    It finds the sandbox by the environment; an option or a variable that is given wins.
    """

    def run(module: str, *, check_mode: bool = False, environment: dict[str, str] | None = None, **options: t.Any) -> dict[str, t.Any]:
        arguments = {**options, "_ansible_check_mode": check_mode, "_ansible_diff": True}
        process = subprocess.run(
            [sys.executable, "-m", f"ansible_collections.dasha.blackbox.plugins.modules.{module}"],
            input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "PYTHONPATH": str(COLLECTION.parents[2]),
                "DASHA_BLACKBOX_API_URL": sandbox.url,
                "DASHA_BLACKBOX_API_KEY": sandbox.api_key,
                "DASHA_BLACKBOX_API_RETRIES": "0",
                "DASHA_BLACKBOX_API_RETRY_MAX_DELAY": "0.05",
                **(environment or {}),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert process.stdout, process.stderr
        assert "Traceback" not in process.stderr, process.stderr
        result = json.loads(process.stdout.splitlines()[-1])
        assert process.returncode == (1 if result.get("failed") else 0)
        return t.cast("dict[str, t.Any]", result)

    return run


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
