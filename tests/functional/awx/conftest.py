# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures: mock servers of AWX and BlackBox, and the execution environment of the jobs.

The environment variable ARTIFACT names the collection artifact, and IMAGE a persistent directory
for the execution environment.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.dasha.blackbox.tests.functional.awx.controller import TOKEN, Controller
from ansible_collections.dasha.blackbox.tests.functional.awx.jobs import ExecutionEnvironment
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess

ROOT = Path(__file__).parents[3]
ARTIFACT = Path(os.environ["ARTIFACT"])
SEED = ROOT / "tests/sandbox/seed.yml"
#: Default of awx_setup_name.
NAME = "Dasha BlackBox"


class CommandRunner(t.Protocol):
    def __call__(
        self, *command: str, folder: Path | None = None, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program from the environment of the tests."""


@pytest.fixture(scope="session")
def run_command(tmp_path_factory: pytest.TempPathFactory) -> CommandRunner:
    home = tmp_path_factory.mktemp("home")
    programs = Path(sys.executable).parent

    def run(
        *command: str, folder: Path | None = None, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        bare = {"PATH": f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin", "HOME": str(home), "LC_ALL": "C.UTF-8"}
        return subprocess.run(
            [str(programs / command[0]), *command[1:]],
            cwd=folder,
            env={**bare, **(environment or {})},
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def context(run_command: CommandRunner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the build context that ansible-builder creates."""
    folder = tmp_path_factory.mktemp("image")
    shutil.copy(ROOT / "extensions/awx/execution-environment.yml", folder)
    shutil.copy(ARTIFACT, folder)
    built = run_command("ansible-builder", "create", "--output-filename", "Containerfile", folder=folder)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder / "context"


@pytest.fixture(scope="session")
def collections(run_command: CommandRunner, context: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory with the collections of the execution environment."""
    folder = tmp_path_factory.mktemp("collections")
    command = [
        "ansible-galaxy",
        "collection",
        "install",
        "--offline",
        "-r",
        "requirements.yml",
        "--collections-path",
        str(folder),
    ]
    installed = run_command(*command, folder=context / "_build")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    return folder


@pytest.fixture(scope="session")
def introspected(run_command: CommandRunner, collections: Path) -> dict[str, list[str]]:
    """Return the dependencies of the collections that ansible-builder finds."""
    result = run_command("ansible-builder", "introspect", str(collections))
    assert result.returncode == 0, result.stdout + result.stderr
    return t.cast("dict[str, list[str]]", yaml.safe_load(result.stdout))


@pytest.fixture(scope="session")
def image(
    context: Path, collections: Path, introspected: dict[str, list[str]], tmp_path_factory: pytest.TempPathFactory
) -> ExecutionEnvironment:
    """Return a virtual environment with the packages that the image build installs."""
    container = (context / "Containerfile").read_text(encoding="utf-8")
    (references,) = re.findall('^ARG ANSIBLE_INSTALL_REFS="(.*)"$', container, re.MULTILINE)
    requirements = [*references.split(), *(line.partition("#")[0].strip() for line in introspected["python"])]
    folder = Path(os.environ["IMAGE"])
    marker = folder / "installed.txt"
    if not marker.exists() or marker.read_text(encoding="utf-8") != "\n".join(requirements):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(folder / "bin/python"), "-m", "pip", "install", "--quiet", *requirements], check=True)
        marker.write_text("\n".join(requirements), encoding="utf-8")
    return ExecutionEnvironment(folder / "bin", collections, tmp_path_factory.mktemp("runner"))


@pytest.fixture(scope="session")
def running_sandbox() -> t.Iterator[SandboxProcess]:
    with SandboxProcess(sys.executable, seed=SEED) as process:
        yield process


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess) -> SandboxProcess:
    running_sandbox.restore(yaml.safe_load(SEED.read_text(encoding="utf-8")))
    running_sandbox.clear_requests()
    return running_sandbox


@pytest.fixture(scope="session")
def controller() -> t.Iterator[Controller]:
    with Controller() as server:
        yield server


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the AWX project that replaces a Git repository."""
    return Path(shutil.copytree(ROOT / "extensions/awx/project", tmp_path_factory.mktemp("repository") / "project"))


class Setup(t.Protocol):
    def __call__(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the playbook awx_setup against the controller."""


@pytest.fixture(scope="session")
def set_up(
    run_command: CommandRunner,
    controller: Controller,
    collections: Path,
    running_sandbox: SandboxProcess,
    project: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Setup:
    file = tmp_path_factory.mktemp("setup") / "awx.yml"
    defaults = {
        "api_key": running_sandbox.api_key,
        "api_url": running_sandbox.url,
        "project_url": str(project),
        "image": "example.org/dasha-blackbox-ee:1.0.0",
    }

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        file.write_text(
            yaml.safe_dump({f"awx_setup_{name}": value for name, value in {**defaults, **variables}.items()}),
            encoding="utf-8",
        )
        return run_command(
            "ansible-playbook",
            *("dasha.blackbox.awx_setup", "-e", f"@{file}", *arguments),
            environment={
                "ANSIBLE_COLLECTIONS_PATH": str(collections),
                "CONTROLLER_HOST": controller.url,
                "CONTROLLER_OAUTH_TOKEN": TOKEN,
            },
        )

    return run


@pytest.fixture(scope="session")
def first_setup(set_up: Setup) -> subprocess.CompletedProcess[str]:
    """Return the result of the first run of awx_setup."""
    return set_up("--diff", "-vvv")
