# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation shows works, what it counts is what is sent, and what it says of results is what comes back."""

from __future__ import annotations

import json
import re
import subprocess
import textwrap
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible
from ansible_collections.dasha.blackbox.tests.support.constants import (
    AUTH_TOKEN,
    COLLECTION,
    OTHER_ACCOUNT_SID,
    OTHER_AUTH_TOKEN,
    PROVIDER_ID,
    SEED,
)
from ansible_collections.dasha.blackbox.tests.support.documents import MODULES, documentation, yaml_blocks
from ansible_collections.dasha.blackbox.tests.support.recorded import sent

README = COLLECTION / "README.md"
GUIDES = COLLECTION / "docs/docsite/rst"

#: A token that replaces AUTH_TOKEN.
NEW_TOKEN = "0000000000000000000000000000000c"

#: What the examples and pages leave to the vault, or to whoever starts the play.
VARIABLES = {"vault_twilio_auth_token": OTHER_AUTH_TOKEN, "new_twilio_auth_token": NEW_TOKEN, "rotate_auth_token_new_auth_token": NEW_TOKEN}


# What is shown


def shown() -> dict[str, list[t.Any]]:
    """What can be played of the examples of each module and of each page; other YAML is a mapping."""
    everything = {module: [documentation(module, "EXAMPLES")] for module in MODULES}
    everything.update({page.name: yaml_blocks(page) for page in [README, *sorted(GUIDES.parent.rglob("*.rst"))]})
    playable = {name: [block for block in found if isinstance(block, list)] for name, found in everything.items()}
    return {name: found for name, found in playable.items() if found}


SHOWN = shown()


# What it starts from


def with_a_verified_provider(seed: dict[str, t.Any]) -> None:
    seed["providers"][0]["verificationStatus"] = "verified"


def without_providers(seed: dict[str, t.Any]) -> None:
    seed["providers"] = []
    seed["agent_links"] = []


def with_two_records_of_a_number(seed: dict[str, t.Any]) -> None:
    seed["providers"].append({"accountSid": OTHER_ACCOUNT_SID, "phoneNumberSids": ["PN00000000000000000000000000000011"]})
    seed["agent_links"][0]["providerId"] = PROVIDER_ID


def with_another_token(seed: dict[str, t.Any]) -> None:
    # The sandbox accepts one token of an account, so here the old one is refused already.
    seed["providers"][0]["authToken"] = AUTH_TOKEN
    seed["twilio_accounts"][0]["auth_token"] = NEW_TOKEN


#: How what a page starts from differs from the seed; where it is not listed the provider of the seed was verified.
STARTS: dict[str, t.Callable[[dict[str, t.Any]], None]] = {
    "bootstrap.rst": without_providers,
    "rotate_auth_token.rst": with_another_token,
    "phone_number_link_transfer": with_two_records_of_a_number,
}


#: The pages that create a provider.
CREATING = ("README.md", "bootstrap.rst", "migrate_twilio_account.rst")

#: The hosts of a page whose plays are not about localhost.
HOSTS = {
    "credentials.rst": (
        "-i",
        "web,",
        "-c",
        "local",
        "-e",
        "ansible_python_interpreter={{ansible_playbook_python}} support_line_file={{playbook_dir}}/support_line",
    )
}


def start(sandbox: SandboxProcess, name: str) -> None:
    seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    STARTS.get(name, with_a_verified_provider)(seed)
    sandbox.restore(seed)
    sandbox.forget_requests()


# How it is played


class Player(t.Protocol):
    def __call__(self, plays: t.Any, *arguments: str, environment: dict[str, str] | None = None, **variables: t.Any) -> subprocess.CompletedProcess[str]:
        """Run plays, or the tasks of one, as a user would."""


@pytest.fixture
def play(sandbox: SandboxProcess, tmp_path: Path) -> Player:
    def run(plays: t.Any, *arguments: str, environment: dict[str, str] | None = None, **variables: t.Any) -> subprocess.CompletedProcess[str]:
        if not {"hosts", "ansible.builtin.import_playbook"} & set(plays[0]):
            plays = [{"hosts": "localhost", "gather_facts": False, "tasks": plays}]
        playbook = tmp_path / "playbook.yml"
        playbook.write_text(yaml.safe_dump(plays), encoding="utf-8")
        keys = {"DASHA_BLACKBOX_API_KEY": sandbox.api_key} if environment is None else environment
        command = ("ansible-playbook", str(playbook), "-e", json.dumps(variables))
        return run_ansible(tmp_path, {"DASHA_BLACKBOX_API_URL": sandbox.url, **keys}, *command, *arguments)

    return run


def recap(process: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """How many tasks were ok, changed, skipped and so on."""
    return {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", process.stdout.rpartition("PLAY RECAP")[2])}


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_shown_runs_and_runs_in_check_mode_too(sandbox: SandboxProcess, play: Player, name: str) -> None:
    start(sandbox, name)
    # Where something is created it is not there at first, and check mode has to do with that; everything else begins with what is there.
    runs = (["--check"], [], ["--check"]) if name in CREATING else ([], ["--check"])
    for plays in SHOWN[name]:
        for check in runs:
            process = play(plays, "--diff", *HOSTS.get(name, ()), *check, vault_blackbox_api_key=sandbox.api_key, **VARIABLES)
            assert process.returncode == 0, process.stdout + process.stderr


# The guides


def test_the_quick_start_prints_what_it_shows(sandbox: SandboxProcess, play: Player) -> None:
    text = (GUIDES / "quick_start.rst").read_text(encoding="utf-8")
    [preview] = re.findall(r"^\.\. code-block:: diff\n\n((?:[ ]+.*\n|\n)+)", text, re.MULTILINE)
    start(sandbox, "quick_start.rst")
    assert textwrap.dedent(preview).strip() in play(SHOWN["quick_start.rst"][0], "--check", "--diff").stdout


def test_bootstrap_creates_and_verifies_and_then_only_verifies(sandbox: SandboxProcess, play: Player) -> None:
    bootstrap, delete = SHOWN["bootstrap.rst"]
    key = {"vault_blackbox_api_key": sandbox.api_key}
    start(sandbox, "bootstrap.rst")
    predicted = play(bootstrap, "--check", **key, **VARIABLES)
    assert (recap(predicted)["changed"], recap(predicted)["skipped"]) == (1, 2)
    assert sandbox.state()["providers"] == []

    play(bootstrap, **key, **VARIABLES)
    [provider] = sandbox.state()["providers"]
    assert (provider["accountSid"], provider["name"], provider["verificationStatus"]) == (OTHER_ACCOUNT_SID, "Sales line", "verified")

    sandbox.forget_requests()
    again = play(bootstrap, **key, **VARIABLES)
    assert (recap(again)["ok"], recap(again)["changed"]) == (3, 0)
    assert [(method, path) for method, path, _body in sent(sandbox) if method != "GET"] == [("POST", f"/api/v1/providers/{provider['id']}/verify")]

    play(delete, **key, **VARIABLES)
    assert sandbox.state()["providers"] == []


@pytest.mark.parametrize(("outcome", "times"), [("pending", 2), ("pending", None), ("failed", None)])
def test_bootstrap_waits_for_the_verification(sandbox: SandboxProcess, play: Player, outcome: str, times: int | None) -> None:
    start(sandbox, "bootstrap.rst")
    checks = [{"checkName": "trunk", "status": outcome, "message": "Not seen yet."}]
    sandbox.misbehave({"method": "POST", "path": ".*/verify", "times": times, "patch": {"status": outcome, "checks": checks}})
    process = play(SHOWN["bootstrap.rst"][0], vault_blackbox_api_key=sandbox.api_key, blackbox_verify_delay=0, **VARIABLES)
    verifications = [path for method, path, _body in sent(sandbox) if method == "POST" and path.endswith("/verify")]
    assert (process.returncode == 0, len(verifications)) == (times is not None, (times or 10) + 1), process.stdout
    assert ("ended with failed; trunk: Not seen yet." in process.stdout) is (outcome == "failed")


def test_bootstrap_does_not_wait_when_there_is_no_outcome(sandbox: SandboxProcess, play: Player) -> None:
    start(sandbox, "bootstrap.rst")
    sandbox.misbehave({"method": "POST", "path": ".*/verify", "answer": {"status": 403, "json": {}}})
    process = play(SHOWN["bootstrap.rst"][0], vault_blackbox_api_key=sandbox.api_key, **VARIABLES)
    assert process.returncode != 0
    assert "403 Forbidden. The service knows the key but does not let it do this." in process.stdout


def test_the_rotation_stores_the_token_and_shows_it_nowhere(sandbox: SandboxProcess, play: Player) -> None:
    rotate, verify = SHOWN["rotate_auth_token.rst"]
    start(sandbox, "rotate_auth_token.rst")
    assert play(verify).returncode != 0
    for stored, check in ((AUTH_TOKEN, ["--check"]), (NEW_TOKEN, []), (NEW_TOKEN, [])):
        process = play(rotate, "--diff", "-vvv", *check, rotate_auth_token_new_auth_token=NEW_TOKEN)
        assert recap(process)["changed"] >= 1, process.stdout
        assert NEW_TOKEN not in process.stdout + process.stderr
        assert sandbox.state()["providers"][0]["authToken"] == stored
    assert play(verify).returncode == 0


def test_a_token_that_is_refused_changes_nothing(sandbox: SandboxProcess, play: Player) -> None:
    start(sandbox, "rotate_auth_token.rst")
    before = sandbox.state()
    process = play(SHOWN["rotate_auth_token.rst"][0], rotate_auth_token_new_auth_token="f" * 32)
    assert process.returncode != 0
    assert "The Auth Token that was stored before is still in use; nothing was changed." in process.stdout
    assert "f" * 32 not in process.stdout
    assert sandbox.state() == before
