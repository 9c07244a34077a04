# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of all tests: the mock server, a client of it, runners for modules, and certificates."""

from __future__ import annotations

import importlib.util
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
from ansible_collections.dasha.blackbox.plugins.module_utils._plan import write
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import SEED
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.servers import server_context, write_pem
from ansible_collections.dasha.blackbox.tests.support.tasks import connect

#: Python that runs the mock server. The variable is set when the Python of the tests, or its libraries, are too old.
SANDBOX_PYTHON = os.environ.get("SANDBOX_PYTHON", sys.executable)
#: Whether that Python has the libraries of the server. `ansible-test units` does not install them.
HAS_SANDBOX = "SANDBOX_PYTHON" in os.environ or importlib.util.find_spec("starlette") is not None
#: Fixtures that run a server in a process of its own. `ansible-test units` would leave these processes behind, because
#: it ends each test without teardown.
SERVER_FIXTURES = {"sandbox_python", "proxy", "guarded_proxy"}


def pytest_report_header() -> list[str]:
    """Return the lines about deselected tests."""
    return (
        []
        if HAS_SANDBOX
        else ["The tests that need the mock server are deselected because its libraries are not installed."]
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that need a server process if the mock server cannot run."""
    if HAS_SANDBOX:
        return
    deselected = [item for item in items if SERVER_FIXTURES.intersection(getattr(item, "fixturenames", ()))]
    items[:] = [item for item in items if item not in deselected]
    config.hook.pytest_deselected(items=deselected)


@pytest.fixture(scope="session", autouse=True)
def short_polls() -> t.Iterator[None]:
    """Poll without long waits, but as often as users do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "POLL_DELAYS", (0.01,) * len(write.POLL_DELAYS))
        yield


@pytest.fixture(scope="session")
def sandbox_python() -> str:
    """Return the Python that runs the mock server."""
    return SANDBOX_PYTHON


@pytest.fixture(scope="session")
def running_sandbox(sandbox_python: str) -> t.Iterator[SandboxProcess]:
    """Yield the mock server in the state of the previous test."""
    with SandboxProcess(sandbox_python, seed=SEED) as process:
        yield process


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess) -> t.Iterator[SandboxProcess]:
    """Yield the seeded mock server. Check afterwards that all requests adhere to tests/sandbox/openapi.yaml."""
    running_sandbox.restore(yaml.safe_load(SEED.read_text(encoding="utf-8")))
    running_sandbox.clear_faults()
    running_sandbox.set_world()
    running_sandbox.clear_requests()
    yield running_sandbox
    violations = [request for request in running_sandbox.requests() if request["violations"]]
    assert not violations, "requests that violate the contract"


@pytest.fixture
def client(sandbox: SandboxProcess) -> t.Iterator[Client]:
    """Yield a client of the mock server."""
    with connect(sandbox.url, api_key=sandbox.api_key) as client:
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
    """Return a certificate authority."""
    return trustme.CA()


@pytest.fixture(scope="module")
def trusted(ca: trustme.CA) -> ssl.SSLContext:
    """Return the context of a server with a certificate of the authority."""
    return server_context(ca.issue_cert("localhost", "127.0.0.1"))


@pytest.fixture
def ca_file(ca: trustme.CA, tmp_path: Path) -> str:
    """Return the path of a file with the certificate of the authority."""
    return write_pem(tmp_path / "ca.pem", ca.cert_pem)
