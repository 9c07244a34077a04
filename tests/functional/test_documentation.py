# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the examples in the module documentation, in the README and in the guides."""

from __future__ import annotations

import copy
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
from ansible_collections.dasha.blackbox.tests.support.messages import assert_shown
from ansible_collections.dasha.blackbox.tests.support.recorded import sent

README = COLLECTION / "README.md"
GUIDES = COLLECTION / "docs/docsite/rst"

#: A token that replaces AUTH_TOKEN.
NEW_TOKEN = "0000000000000000000000000000000c"

#: Variables that the examples take from a vault or from the command line.
VARIABLES = {
    "vault_twilio_auth_token": OTHER_AUTH_TOKEN,
    "new_twilio_auth_token": NEW_TOKEN,
    "rotate_auth_token_new_auth_token": NEW_TOKEN,
}


# Examples


def load_examples() -> dict[str, list[t.Any]]:
    """Map each module and page to its plays and lists of tasks. Other YAML blocks are mappings."""
    blocks = {module: [documentation(module, "EXAMPLES")] for module in MODULES}
    blocks.update({page.name: yaml_blocks(page) for page in [README, *sorted(GUIDES.parent.rglob("*.rst"))]})
    examples = {name: [block for block in found if isinstance(block, list)] for name, found in blocks.items()}
    return {name: found for name, found in examples.items() if found}


EXAMPLES = load_examples()


# Initial state


def verify_provider(seed: dict[str, t.Any]) -> None:
    seed["providers"][0]["verificationStatus"] = "verified"


def remove_providers(seed: dict[str, t.Any]) -> None:
    seed["providers"] = []
    seed["agent_links"] = []


def add_second_number_record(seed: dict[str, t.Any]) -> None:
    seed["providers"].append(
        {"accountSid": OTHER_ACCOUNT_SID, "phoneNumberSids": ["PN00000000000000000000000000000011"]}
    )
    seed["agent_links"][0]["providerId"] = PROVIDER_ID


def change_token_at_twilio(seed: dict[str, t.Any]) -> None:
    # The sandbox accepts one token per account, so it already refuses the old token.
    seed["providers"][0]["authToken"] = AUTH_TOKEN
    seed["twilio_accounts"][0]["auth_token"] = NEW_TOKEN


#: Changes to the seed before the examples of a page or module run.
SEED_CHANGES: dict[str, t.Callable[[dict[str, t.Any]], None]] = {
    "bootstrap.rst": remove_providers,
    "rotate_auth_token.rst": change_token_at_twilio,
    "phone_number_link_transfer": add_second_number_record,
}


#: Pages that create a provider.
CREATING_PAGES = ("bootstrap.rst", "migrate_twilio_account.rst")

#: Arguments that set the hosts of a page whose plays do not run on localhost.
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


def restore_initial_state(sandbox: SandboxProcess, name: str) -> None:
    seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    SEED_CHANGES.get(name, verify_provider)(seed)
    sandbox.restore(seed)
    sandbox.clear_requests()


# Runs


class PlaybookRunner(t.Protocol):
    def __call__(
        self, plays: t.Any, *arguments: str, environment: dict[str, str] | None = None, **variables: t.Any
    ) -> subprocess.CompletedProcess[str]:
        """Run plays, or a list of tasks."""


@pytest.fixture
def run_plays(sandbox: SandboxProcess, tmp_path: Path) -> PlaybookRunner:
    def run(
        plays: t.Any, *arguments: str, environment: dict[str, str] | None = None, **variables: t.Any
    ) -> subprocess.CompletedProcess[str]:
        if not {"hosts", "ansible.builtin.import_playbook"} & set(plays[0]):
            plays = [{"hosts": "localhost", "gather_facts": False, "tasks": plays}]
        playbook = tmp_path / "playbook.yml"
        playbook.write_text(yaml.safe_dump(plays), encoding="utf-8")
        keys = {"DASHA_BLACKBOX_API_KEY": sandbox.api_key} if environment is None else environment
        command = ("ansible-playbook", str(playbook), "-e", json.dumps(variables))
        return run_ansible(tmp_path, {"DASHA_BLACKBOX_API_URL": sandbox.url, **keys}, *command, *arguments)

    return run


def count_outcomes(process: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """Return the number of tasks by outcome, such as ``ok`` and ``changed``."""
    return {
        name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", process.stdout.rpartition("PLAY RECAP")[2])
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_succeed_with_and_without_check_mode(
    sandbox: SandboxProcess, run_plays: PlaybookRunner, name: str
) -> None:
    restore_initial_state(sandbox, name)
    # Examples that create a provider also start in check mode, because the provider does not exist
    # yet.
    runs = (["--check"], [], ["--check"]) if name in CREATING_PAGES else ([], ["--check"])
    for plays in EXAMPLES[name]:
        for check in runs:
            process = run_plays(
                plays, "--diff", *HOSTS.get(name, ()), *check, vault_blackbox_api_key=sandbox.api_key, **VARIABLES
            )
            assert process.returncode == 0, process.stdout + process.stderr


# Guides


def test_quick_start_prints_documented_diff(sandbox: SandboxProcess, run_plays: PlaybookRunner) -> None:
    text = (GUIDES / "quick_start.rst").read_text(encoding="utf-8")
    [preview] = re.findall(r"^\.\. code-block:: diff\n\n((?:[ ]+.*\n|\n)+)", text, re.MULTILINE)
    restore_initial_state(sandbox, "quick_start.rst")
    assert textwrap.dedent(preview).strip() in run_plays(EXAMPLES["quick_start.rst"][0], "--check", "--diff").stdout


def test_bootstrap_when_repeated_only_verifies(sandbox: SandboxProcess, run_plays: PlaybookRunner) -> None:
    bootstrap, delete = EXAMPLES["bootstrap.rst"]
    key = {"vault_blackbox_api_key": sandbox.api_key}
    restore_initial_state(sandbox, "bootstrap.rst")
    predicted = run_plays(bootstrap, "--check", **key, **VARIABLES)
    assert (count_outcomes(predicted)["changed"], count_outcomes(predicted)["skipped"]) == (1, 2)
    assert sandbox.state()["providers"] == []

    run_plays(bootstrap, **key, **VARIABLES)
    [provider] = sandbox.state()["providers"]
    assert (provider["accountSid"], provider["name"], provider["verificationStatus"]) == (
        OTHER_ACCOUNT_SID,
        "Sales line",
        "verified",
    )

    sandbox.clear_requests()
    again = run_plays(bootstrap, **key, **VARIABLES)
    assert (count_outcomes(again)["ok"], count_outcomes(again)["changed"]) == (3, 0)
    assert [(method, path) for method, path, _body in sent(sandbox) if method != "GET"] == [
        ("POST", f"/api/v1/providers/{provider['id']}/verify")
    ]

    run_plays(delete, **key, **VARIABLES)
    assert sandbox.state()["providers"] == []


VERIFY = "dasha.blackbox.twilio_provider_verify"


@pytest.mark.parametrize(("outcome", "times"), [("pending", 2), ("pending", None), ("failed", None)])
def test_bootstrap_waits_for_verification(
    sandbox: SandboxProcess, run_plays: PlaybookRunner, outcome: str, times: int | None
) -> None:
    restore_initial_state(sandbox, "bootstrap.rst")
    checks = [{"checkName": "trunk", "status": outcome, "message": "Not seen yet."}]
    sandbox.inject_faults(
        {"method": "POST", "path": ".*/verify", "times": times, "patch": {"status": outcome, "checks": checks}}
    )
    plays = copy.deepcopy(EXAMPLES["bootstrap.rst"][0])
    verify = next(task[VERIFY] for task in plays[0]["tasks"] if VERIFY in task)
    verify.update(wait_timeout=60 if times else 1, wait_interval=0.1)
    process = run_plays(plays, vault_blackbox_api_key=sandbox.api_key, **VARIABLES)
    verifications = [path for method, path, _body in sent(sandbox) if method == "POST" and path.endswith("/verify")]
    if times:
        assert (process.returncode, len(verifications)) == (0, times + 1), process.stdout
    else:
        assert process.returncode != 0
        assert len(verifications) > 1
        assert_shown(process.stdout, "verification_failed", outcome, "trunk: Not seen yet.")
        assert_shown(process.stdout, "verification_timed_out", "`wait_timeout` (1 s)")


def test_bootstrap_with_refused_verification_fails(sandbox: SandboxProcess, run_plays: PlaybookRunner) -> None:
    restore_initial_state(sandbox, "bootstrap.rst")
    sandbox.inject_faults({"method": "POST", "path": ".*/verify", "response": {"status": 403, "json": {}}})
    process = run_plays(EXAMPLES["bootstrap.rst"][0], vault_blackbox_api_key=sandbox.api_key, **VARIABLES)
    assert process.returncode != 0
    assert_shown(process.stdout, "hint_permission", "403 Forbidden")


def test_rotation_stores_token_without_disclosure(sandbox: SandboxProcess, run_plays: PlaybookRunner) -> None:
    rotate, verify = EXAMPLES["rotate_auth_token.rst"]
    restore_initial_state(sandbox, "rotate_auth_token.rst")
    assert run_plays(verify).returncode != 0
    for stored, check in ((AUTH_TOKEN, ["--check"]), (NEW_TOKEN, []), (NEW_TOKEN, [])):
        process = run_plays(rotate, "--diff", "-vvv", *check, rotate_auth_token_new_auth_token=NEW_TOKEN)
        assert count_outcomes(process)["changed"] >= 1, process.stdout
        assert NEW_TOKEN not in process.stdout + process.stderr
        assert '+    "auth_token": "******** (sent)"' in process.stdout
        assert sandbox.state()["providers"][0]["authToken"] == stored
    assert run_plays(verify).returncode == 0


def test_rotation_with_refused_token_changes_nothing(sandbox: SandboxProcess, run_plays: PlaybookRunner) -> None:
    restore_initial_state(sandbox, "rotate_auth_token.rst")
    before = sandbox.state()
    process = run_plays(EXAMPLES["rotate_auth_token.rst"][0], rotate_auth_token_new_auth_token="f" * 32)
    assert process.returncode != 0
    assert_shown(process.stdout, "auth_token_kept")
    assert "f" * 32 not in process.stdout
    assert sandbox.state() == before
