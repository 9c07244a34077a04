# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of tasks that run as modules, and of the process after a task that ran in it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.dasha.blackbox.tests.functional.in_process.runner import (
    IN_PROCESS,
    LOCAL,
    PLAYBOOKS,
    WAY,
    WAYS,
    Runner,
)
from ansible_collections.dasha.blackbox.tests.functional.in_process.server import FailingServer
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible
from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, assert_message, contains

#: Programs that run a command on this machine. It follows the options of sudo, and is the last argument of ssh.
PROGRAMS = {
    "sudo": 'while [ "$1" != /bin/sh ]; do shift; done; exec "$@"',
    "ssh": 'for command; do :; done; exec /bin/sh -c "$command"',
    "python_of_test": f'exec {sys.executable} "$@"',
}

OTHER_MODULE = """\
from ansible.module_utils.basic import AnsibleModule
AnsibleModule({}).exit_json(other=True)
"""


@pytest.fixture
def folder(runner: Runner) -> Path:
    """Return the folder of the runner, with plugins and programs."""
    for name in ("callback_plugins", "connection_plugins", "lookup_plugins"):
        shutil.copytree(PLAYBOOKS / name, runner.folder / name)
    for name, script in PROGRAMS.items():
        path = runner.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o700)
    return runner.folder


def run_playbook(runner: Runner, name: str, extra: dict[str, t.Any], **variables: str) -> tuple[int, str]:
    """Run a playbook. Return its exit code and its output."""
    runner.reset()
    command = ("ansible-playbook", "-vvv", name, "--extra-vars", json.dumps(extra))
    process = run_ansible(runner.folder, {**runner.environment, **variables}, *command)
    return process.returncode, process.stdout + process.stderr


def test_tasks_fall_back_and_work(runner: Runner, folder: Path) -> None:
    modules = folder / "ansible_collections/other/tests/plugins/modules"
    modules.mkdir(parents=True)
    (modules / "phone_number_info.py").write_text(OTHER_MODULE, encoding="utf-8")
    web = {
        "ansible_connection": "ssh",
        "ansible_ssh_executable": str(folder / "ssh"),
        "ansible_python_interpreter": sys.executable,
    }
    hosts = {"all": {"hosts": {"first": LOCAL, "web": web}}}
    (folder / "hosts.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
    collections = os.pathsep.join([str(folder), str(COLLECTION.parents[2])])
    extra = {"url": runner.sandbox.url, "python_of_host": sys.executable}
    code, output = run_playbook(runner, "fallbacks.yml", extra, ANSIBLE_COLLECTIONS_PATH=collections)
    assert code == 0, output
    plays = yaml.safe_load((PLAYBOOKS / "fallbacks.yml").read_text(encoding="utf-8"))
    expected = [task["name"] for play in plays for task in play["tasks"]]
    ways = [way for _action, way in WAY.findall(output)]
    assert len(ways) == len(expected)
    for way, parts in zip(ways, expected):
        assert_message(way, "runs_as_module", *(part for part in parts.split() if part not in KINDS))
        assert [part for part in parts.split() if not contains(way, KINDS.get(part, part))] == []
    assert '"other": true' in output
    # All but the last two, of which one may fail and the other sends no request.
    assert len(runner.sandbox.requests()) >= len(expected) - 2


@pytest.mark.parametrize(
    ("kind", "facts", "variables"),
    [
        ("runs_as_module", ["keep_remote_files"], {"ANSIBLE_KEEP_REMOTE_FILES": "true"}),
        ("runs_as_module", ["/bin/sh"], {"ANSIBLE_EXECUTABLE": "/bin/bash"}),
        ("code_traced", [], {"_ANSIBLE_TEST": "1"}),
        ("core_unknown", ["ansible-core 2.99.0"], {"PATCH": "version"}),
        ("core_unexpected", ["ansible-core 2.", "AttributeError"], {"PATCH": "arguments"}),
        ("core_unexpected", ["ansible-core 2.", "AttributeError"], {"PATCH": "warnings"}),
    ],
)
def test_run_falls_back_and_works(
    runner: Runner, folder: Path, kind: str, facts: list[str], variables: dict[str, str]
) -> None:
    code, output = run_playbook(runner, "one.yml", {}, **variables)
    assert code == 0, output
    [(_action, way)] = WAY.findall(output)
    assert_message(way, "runs_as_module")
    assert_message(way, kind, *facts)
    assert [request["method"] for request in runner.sandbox.requests()] == ["GET", "PUT"]


def test_unpatched_run_stays_in_process(runner: Runner, folder: Path) -> None:
    code, output = run_playbook(runner, "one.yml", {})
    assert code == 0, output
    assert [way for _action, way in WAY.findall(output)] == [WAYS[IN_PROCESS]]
    assert [request["method"] for request in runner.sandbox.requests()] == ["GET", "PUT"]


def test_process_is_restored_after_each_item(runner: Runner, folder: Path) -> None:
    with FailingServer(runner.sandbox) as other:
        extra = {"first": runner.server.url, "second": other.url, "states": str(folder / "states")}
        # The working directory is not the folder of the playbook.
        (folder / "playbook").mkdir()
        (folder / "playbook/restoration.yml").symlink_to(folder / "restoration.yml")
        variables = {"PYTHONPATH": str(PLAYBOOKS / "startup"), "ANSIBLE_LOOKUP_PLUGINS": str(folder / "lookup_plugins")}
        _code, output = run_playbook(runner, "restoration.yml", extra, **variables)
        keys = [[request.authorization for request in server.requests] for server in (runner.server, other)]
    assert {way for _action, way in WAY.findall(output)} == {WAYS[IN_PROCESS]}, output
    states = [json.loads(line) for line in (folder / "states").read_text(encoding="utf-8").splitlines()]
    assert len(states) > len(WAY.findall(output)) > 10
    assert [state for state in states if state != states[0]] == []
    own = f"Bearer {runner.sandbox.api_key}"
    # The status 500 is sent once, because it is not transient.
    assert keys == [["Bearer key-1", "Bearer key-2", "Bearer key-3", own], ["Bearer key-2", own]]
    # Items without options use the settings of the run.
    assert len(runner.sandbox.requests()) == 3
