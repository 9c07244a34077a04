# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the page "Where the key comes from" says of plays over other hosts: what reaches them, and what they do not have."""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible
from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION
from ansible_collections.dasha.blackbox.tests.support.documents import yaml_blocks


class Played(t.NamedTuple):
    """How a run ended, what it printed, and what Ansible copied to the web server and to the controller."""

    succeeded: bool
    printed: str
    to_web_server: str
    to_controller: str


@pytest.fixture
def play(sandbox: SandboxProcess, tmp_path: Path) -> t.Callable[[list[dict[str, t.Any]]], Played]:
    """Run plays over a web server that has, like a remote host, an environment and temporary files of its own. What is copied to a host stays there."""
    python = tmp_path / "python_of_web1"
    python.write_text(f'#!/bin/sh\nexec env -i PATH="$PATH" HOME="$HOME" {sys.executable} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    web_server = {
        "ansible_connection": "local",
        "ansible_python_interpreter": str(python),
        "ansible_remote_tmp": str(tmp_path / "web1"),
        "support_line_file": str(tmp_path / "support_line"),
    }
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"web": {"hosts": {"web1.example.org": web_server}}}), encoding="utf-8")

    def run(plays: list[dict[str, t.Any]]) -> Played:
        (tmp_path / "playbook.yml").write_text(yaml.safe_dump(plays), encoding="utf-8")
        environment = {
            "ANSIBLE_KEEP_REMOTE_FILES": "true",
            "ANSIBLE_PIPELINING": "false",
            "ANSIBLE_REMOTE_TEMP": str(tmp_path / "controller"),
            "DASHA_BLACKBOX_API_URL": sandbox.url,
            "DASHA_BLACKBOX_API_KEY": sandbox.api_key,
        }
        process = run_ansible(tmp_path, environment, "ansible-playbook", "-i", "hosts.yml", "playbook.yml")
        copied = [
            "".join(path.read_text(encoding="utf-8", errors="replace") for path in (tmp_path / host).rglob("*") if path.is_file())
            for host in ("web1", "controller")
        ]
        return Played(process.returncode == 0, process.stdout + process.stderr, *copied)

    return run


def shown(sandbox: SandboxProcess) -> dict[str, t.Any]:
    """The play of the page over web servers. It names the sandbox, so that nothing else is asked, whatever environment a module sees."""
    _defaults, [page_play] = yaml_blocks(COLLECTION / "docs/docsite/rst/credentials.rst")
    options = {"api_url": sandbox.url, "api_key": sandbox.api_key}
    return {**page_play, "module_defaults": {"group/dasha.blackbox.all": options}}


def test_delegated_the_key_does_not_reach_the_host(sandbox: SandboxProcess, play: t.Callable[[list[dict[str, t.Any]]], Played], tmp_path: Path) -> None:
    delegated = shown(sandbox)
    there = play([delegated])
    assert there.succeeded, there.printed
    assert (tmp_path / "support_line").read_text(encoding="utf-8") == "sandbox-3f2c1b9a.pstn.twilio.example\n"
    assert "support_line" in there.to_web_server
    assert sandbox.api_key not in there.to_web_server
    assert sandbox.api_key in there.to_controller
    # Without it the key is copied to the host: so the search would have found it.
    del delegated["tasks"][0]["delegate_to"]
    not_delegated = play([delegated])
    assert not_delegated.succeeded, not_delegated.printed
    assert sandbox.api_key in not_delegated.to_web_server


def test_a_remote_host_does_not_see_the_environment_of_the_controller(sandbox: SandboxProcess, play: t.Callable[[list[dict[str, t.Any]]], Played]) -> None:
    plays = [{**shown(sandbox), "module_defaults": {}}]
    delegated = play(plays)
    assert delegated.succeeded, delegated.printed
    del plays[0]["tasks"][0]["delegate_to"]
    trapped = play(plays)
    assert not trapped.succeeded
    page = (COLLECTION / "docs/docsite/rst/credentials.rst").read_text(encoding="utf-8")
    assert '"msg": "missing required arguments: api_key"' in trapped.printed
    assert "\n   missing required arguments: api_key\n" in page
