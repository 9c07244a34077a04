# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the role and of the bootstrap in worlds that the documentation of the API allows.

A world is a set of switches of the mock server, see ``tests/sandbox/world.py``. ``make test-all`` adds random worlds.
"""

from __future__ import annotations

import json
import os
import random
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    COLLECTION,
    NIGHT_SHIFT,
    OTHER_ACCOUNT_SID,
    OTHER_AUTH_TOKEN,
    PROVIDER_ID,
    SECOND_NUMBER,
    SEED,
)
from ansible_collections.dasha.blackbox.tests.support.documents import yaml_blocks
from ansible_collections.dasha.blackbox.tests.support.worlds import build_world, list_switches

#: Worlds in which the playbooks have to succeed. The list of providers lags by one read, because it is read only once
#: more if it names a provider that does not exist. Reads of single objects do not lag, because a playbook reads a new
#: object under several paths, and a task that gets a 404 has to fail.
FRIENDLY_WORLDS = {
    "lags": {"list_lag": 1, "import_lag": 3, "removal_lag": 3},
    "bodies": {"put_response": "old", "created_without_body": True, "delete_response": "empty", "not_found": "empty"},
    "forms": {
        "generic_read": "reduced",
        "null_trunk": True,
        "id_case": "upper",
        "number_type": "float",
        "region_storage": "upper",
        "available_numbers": "envelope",
        "not_found": "trace",
    },
    "lists": {
        "take_bound": 2,
        "excess_take": "clamp",
        "list_order": "newest_first",
        "number_filter": "ignored",
        "outbound_use": "replaceOutbound",
        "success_status": 202,
        "interim_response": 103,
    },
}
#: Number of further worlds, which are drawn at random and may make the playbooks fail.
RANDOM_WORLDS = 12 if "EXHAUSTIVE" in os.environ else 0
FAULTS = (
    {"reset": True},
    {"reset": True, "effect": False},
    {"effect": True, "response": {"status": 502}},
    {"response": {"status": 500}},
    {"response": {"status": 429}},
)
DECLARED, TOKENS, _AWX_VARIABLES = yaml_blocks(COLLECTION / "docs/docsite/rst/bootstrap_organization.rst")
MIGRATION = {
    "twilio_account_migration_old_provider_id": PROVIDER_ID,
    "twilio_account_migration_new_account_sid": OTHER_ACCOUNT_SID,
    "twilio_account_migration_new_auth_token": OTHER_AUTH_TOKEN,
    "twilio_account_migration_delete_old": True,
}

Links = set[tuple[str, str, str]]


class Playbook(t.NamedTuple):
    """Playbook with its variables, and the accounts of the providers at the end."""

    name: str
    variables: dict[str, t.Any]
    accounts: list[str]


PLAYBOOKS = (
    Playbook("migrate_twilio_account", MIGRATION, [OTHER_ACCOUNT_SID]),
    Playbook("bootstrap_organization", {**DECLARED, **TOKENS}, [ACCOUNT_SID, OTHER_ACCOUNT_SID]),
)


class Run(t.NamedTuple):
    """Output of a playbook, and the writes that it sent, except verifications."""

    output: str
    succeeded: bool
    writes: list[str]


def run_playbook(sandbox: SandboxProcess, folder: Path, playbook: Playbook) -> Run:
    """Run a playbook and check that its output has no secrets."""
    sandbox.clear_requests()
    environment = {
        "DASHA_BLACKBOX_API_URL": sandbox.url,
        "DASHA_BLACKBOX_API_KEY": sandbox.api_key,
        "DASHA_BLACKBOX_API_RETRIES": "2",
        "DASHA_BLACKBOX_API_RETRY_MAX_DELAY": "0.1",
    }
    process = run_ansible(
        folder, environment, "ansible-playbook", f"dasha.blackbox.{playbook.name}", "-e", json.dumps(playbook.variables)
    )
    output = process.stdout + process.stderr
    assert not [secret for secret in (AUTH_TOKEN, OTHER_AUTH_TOKEN, sandbox.api_key) if secret in output]
    writes = [
        f"{request['method']} {request['path']}"
        for request in sandbox.requests()
        if request["method"] != "GET" and not request["path"].endswith("/verify")
    ]
    return Run(output, process.returncode == 0, writes)


def list_accounts(sandbox: SandboxProcess) -> list[str]:
    """Return the account of each provider."""
    return sorted(provider["accountSid"] for provider in sandbox.state()["providers"])


def list_links(sandbox: SandboxProcess) -> Links:
    """Return number, agent and direction of each link, whatever record of the number has it."""
    state = sandbox.state()
    numbers = {number["id"]: number["phoneNumber"] for number in state["sip_phone_numbers"]}
    inbound = {
        (number["phoneNumber"], number["incomingCallsAgentId"], "inbound")
        for number in state["sip_phone_numbers"]
        if number["incomingCallsAgentId"]
    }
    outbound = {
        (numbers[entry["id"]], agent_id, "outbound")
        for entry in state["agent_links"]
        for agent_id in entry.get("outbound", [])
    }
    return inbound | outbound


def load_seed(sandbox: SandboxProcess, playbook: Playbook) -> None:
    """Load the state before a playbook."""
    seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    if playbook.name == "migrate_twilio_account":
        seed["agent_links"].append({"phoneNumber": SECOND_NUMBER, "inbound": NIGHT_SHIFT})
    sandbox.restore(seed)
    sandbox.clear_faults()


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess) -> t.Iterator[SandboxProcess]:
    """Yield the mock server, and restore its default behavior afterwards."""
    yield running_sandbox
    running_sandbox.clear_faults()
    running_sandbox.set_world()


@pytest.mark.parametrize("world", FRIENDLY_WORLDS.values(), ids=FRIENDLY_WORLDS)
@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=[playbook.name for playbook in PLAYBOOKS])
def test_playbook_in_unusual_world_converges(
    sandbox: SandboxProcess, tmp_path: Path, playbook: Playbook, world: dict[str, t.Any]
) -> None:
    load_seed(sandbox, playbook)
    before = list_links(sandbox)
    sandbox.set_world(**world)
    first = run_playbook(sandbox, tmp_path, playbook)
    assert first.succeeded, first.output
    assert (list_accounts(sandbox), before - list_links(sandbox)) == (playbook.accounts, set())
    # A list that still shows deleted objects may make the next run fail. It must not write.
    second = run_playbook(sandbox, tmp_path, playbook)
    assert second.writes == [], second.output


@pytest.mark.parametrize("seed", range(RANDOM_WORLDS))
@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=[playbook.name for playbook in PLAYBOOKS])
def test_playbook_in_random_world_keeps_invariants(
    sandbox: SandboxProcess, tmp_path: Path, playbook: Playbook, seed: int
) -> None:
    """Interrupt a playbook once, and repeat it. It must neither create twice, nor lose a link."""
    generator = random.Random(f"{playbook.name} {seed}")
    world = build_world(generator.sample(list_switches(), 5))
    method = generator.choice(["GET", "POST", "PUT", "DELETE"])
    faults = [{"method": method, "times": generator.randint(1, 8)}, {"method": method, **generator.choice(FAULTS)}]
    load_seed(sandbox, playbook)
    before = list_links(sandbox)
    sandbox.set_world(**world)
    sandbox.inject_faults(*faults)
    runs = []
    for _number in range(3):
        runs.append(run_playbook(sandbox, tmp_path, playbook))
        sandbox.clear_faults()
        context = (world, faults, runs)
        accounts = list_accounts(sandbox)
        assert sorted(set(accounts)) == accounts, context
        assert before <= list_links(sandbox), context
        assert not runs[-1].succeeded or accounts == playbook.accounts, context
    for earlier, later in zip(runs, runs[1:]):
        assert not earlier.succeeded or later.writes == [], context
