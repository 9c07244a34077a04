# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of delegation as described in credentials.rst: secrets and environment on remote hosts."""

from __future__ import annotations

import re
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible
from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION
from ansible_collections.dasha.blackbox.tests.support.documents import yaml_blocks
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, contains


class RunResult(t.NamedTuple):
    """Result of a run."""

    succeeded: bool
    output: str
    #: Contents of the files that Ansible copied to the web server and to the controller.
    web_server_files: str
    controller_files: str


@pytest.fixture
def run_plays(sandbox: SandboxProcess, tmp_path: Path) -> t.Callable[[list[dict[str, t.Any]]], RunResult]:
    """Return a function that runs plays against a web server on this machine.

    Like a remote host, the server has its own environment and temporary files. Files that Ansible
    copies to a host are kept.
    """
    python = tmp_path / "python_of_web1"
    python.write_text(f'#!/bin/sh\nexec env -i PATH="$PATH" HOME="$HOME" {sys.executable} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    web_server = {
        "ansible_connection": "local",
        "ansible_python_interpreter": str(python),
        "ansible_remote_tmp": str(tmp_path / "web1"),
        "support_line_file": str(tmp_path / "support_line"),
    }
    (tmp_path / "hosts.yml").write_text(
        yaml.safe_dump({"web": {"hosts": {"web1.example.org": web_server}}}), encoding="utf-8"
    )

    def run(plays: list[dict[str, t.Any]]) -> RunResult:
        (tmp_path / "playbook.yml").write_text(yaml.safe_dump(plays), encoding="utf-8")
        environment = {
            "ANSIBLE_KEEP_REMOTE_FILES": "true",
            "ANSIBLE_PIPELINING": "false",
            "ANSIBLE_REMOTE_TEMP": str(tmp_path / "controller"),
            "DASHA_BLACKBOX_API_URL": sandbox.url,
            "DASHA_BLACKBOX_API_KEY": sandbox.api_key,
        }
        process = run_ansible(tmp_path, environment, "ansible-playbook", "-i", "hosts.yml", "playbook.yml")
        files = [
            "".join(
                path.read_text(encoding="utf-8", errors="replace")
                for path in (tmp_path / host).rglob("*")
                if path.is_file()
            )
            for host in ("web1", "controller")
        ]
        return RunResult(process.returncode == 0, process.stdout + process.stderr, *files)

    return run


def get_documented_play(sandbox: SandboxProcess) -> dict[str, t.Any]:
    """Return the play of the page with explicit connection options.

    Because of these options, modules use the sandbox even without environment variables.
    """
    _defaults, [page_play] = yaml_blocks(COLLECTION / "docs/docsite/rst/credentials.rst")
    options = {"api_url": sandbox.url, "api_key": sandbox.api_key}
    return {**page_play, "module_defaults": {"group/dasha.blackbox.all": options}}


def test_delegated_task_keeps_key_off_host(
    sandbox: SandboxProcess, run_plays: t.Callable[[list[dict[str, t.Any]]], RunResult], tmp_path: Path
) -> None:
    documented_play = get_documented_play(sandbox)
    delegated = run_plays([documented_play])
    assert delegated.succeeded, delegated.output
    assert (tmp_path / "support_line").read_text(encoding="utf-8") == "sandbox-3f2c1b9a.pstn.twilio.example\n"
    assert "support_line" in delegated.web_server_files
    assert sandbox.api_key not in delegated.web_server_files
    assert sandbox.api_key in delegated.controller_files
    # Without delegation the key reaches the host, which proves that the search can find the key.
    del documented_play["tasks"][0]["delegate_to"]
    not_delegated = run_plays([documented_play])
    assert not_delegated.succeeded, not_delegated.output
    assert sandbox.api_key in not_delegated.web_server_files


def test_remote_host_has_no_controller_environment(
    sandbox: SandboxProcess, run_plays: t.Callable[[list[dict[str, t.Any]]], RunResult]
) -> None:
    plays = [{**get_documented_play(sandbox), "module_defaults": {}}]
    delegated = run_plays(plays)
    assert delegated.succeeded, delegated.output
    del plays[0]["tasks"][0]["delegate_to"]
    not_delegated = run_plays(plays)
    assert not not_delegated.succeeded
    page = (COLLECTION / "docs/docsite/rst/credentials.rst").read_text(encoding="utf-8")
    messages = re.findall(r'"msg": "(.*?)"', not_delegated.output)
    [message] = [message for message in messages if contains(message, KINDS["api_key_missing"])]
    assert f"\n   {message}\n" in page
