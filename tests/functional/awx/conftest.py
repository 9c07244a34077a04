# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An AWX, a BlackBox, and the image that jobs run in. The artifact, and a folder that is kept for the image, come from the environment."""

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
#: What awx_setup calls everything where nothing else is given.
NAME = "Dasha BlackBox"


class Tool(t.Protocol):
    def __call__(self, *command: str, folder: Path | None = None, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment that the tests run in."""


@pytest.fixture(scope="session")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Tool:
    home = tmp_path_factory.mktemp("home")
    programs = Path(sys.executable).parent

    def run(*command: str, folder: Path | None = None, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
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
def context(tool: Tool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ansible-builder makes for the container engine."""
    folder = tmp_path_factory.mktemp("image")
    shutil.copy(ROOT / "extensions/awx/execution-environment.yml", folder)
    shutil.copy(ARTIFACT, folder)
    built = tool("ansible-builder", "create", "--output-filename", "Containerfile", folder=folder)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder / "context"


@pytest.fixture(scope="session")
def collections(tool: Tool, context: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collections of the image."""
    folder = tmp_path_factory.mktemp("collections")
    command = ["ansible-galaxy", "collection", "install", "--offline", "-r", "requirements.yml", "--collections-path", str(folder)]
    installed = tool(*command, folder=context / "_build")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    return folder


@pytest.fixture(scope="session")
def introspected(tool: Tool, collections: Path) -> dict[str, list[str]]:
    """What ansible-builder finds that the collections of the image need."""
    said = tool("ansible-builder", "introspect", str(collections))
    assert said.returncode == 0, said.stdout + said.stderr
    return t.cast("dict[str, list[str]]", yaml.safe_load(said.stdout))


@pytest.fixture(scope="session")
def image(context: Path, collections: Path, introspected: dict[str, list[str]], tmp_path_factory: pytest.TempPathFactory) -> ExecutionEnvironment:
    """What the image holds: what its build installs, in an environment that had nothing before."""
    container = (context / "Containerfile").read_text(encoding="utf-8")
    (references,) = re.findall('^ARG ANSIBLE_INSTALL_REFS="(.*)"$', container, re.MULTILINE)
    requirements = [*references.split(), *(line.partition("#")[0].strip() for line in introspected["python"])]
    folder = Path(os.environ["IMAGE"])
    note = folder / "installed.txt"
    if not note.exists() or note.read_text(encoding="utf-8") != "\n".join(requirements):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(folder / "bin/python"), "-m", "pip", "install", "--quiet", *requirements], check=True)
        note.write_text("\n".join(requirements), encoding="utf-8")
    return ExecutionEnvironment(folder / "bin", collections, tmp_path_factory.mktemp("runner"))


@pytest.fixture(scope="session")
def running_sandbox() -> t.Iterator[SandboxProcess]:
    with SandboxProcess(sys.executable, seed=SEED) as process:
        yield process


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess) -> SandboxProcess:
    running_sandbox.restore(yaml.safe_load(SEED.read_text(encoding="utf-8")))
    running_sandbox.forget_requests()
    return running_sandbox


@pytest.fixture(scope="session")
def controller() -> t.Iterator[Controller]:
    with Controller() as running:
        yield running


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, as a repository would hold it."""
    return Path(shutil.copytree(ROOT / "extensions/awx/project", tmp_path_factory.mktemp("repository") / "project"))


class Setup(t.Protocol):
    def __call__(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the playbook awx_setup against the controller."""


@pytest.fixture(scope="session")
def set_up(
    tool: Tool, controller: Controller, collections: Path, running_sandbox: SandboxProcess, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Setup:
    file = tmp_path_factory.mktemp("setup") / "awx.yml"
    usual = {
        "api_key": running_sandbox.api_key,
        "api_url": running_sandbox.url,
        "project_url": str(project),
        "image": "example.org/dasha-blackbox-ee:1.0.0",
    }

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        file.write_text(yaml.safe_dump({f"awx_setup_{name}": value for name, value in {**usual, **variables}.items()}), encoding="utf-8")
        return tool(
            "ansible-playbook",
            *("dasha.blackbox.awx_setup", "-e", f"@{file}", *arguments),
            environment={"ANSIBLE_COLLECTIONS_PATH": str(collections), "CONTROLLER_HOST": controller.url, "CONTROLLER_OAUTH_TOKEN": TOKEN},
        )

    return run


@pytest.fixture(scope="session")
def first_setup(set_up: Setup) -> subprocess.CompletedProcess[str]:
    """What the first run of awx_setup says."""
    return set_up("--diff", "-vvv")
