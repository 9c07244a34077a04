# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the playbook ``export_organization``, and of other playbooks with the files that it writes.

``make test-all`` adds random organizations.
"""

from __future__ import annotations

import json
import os
import random
import re
import shlex
import textwrap
import typing as t
from collections import Counter
from pathlib import Path

import pytest
import yaml

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    COLLECTION,
    FIRST_NUMBER,
    FIRST_NUMBER_ID,
    NIGHT_SHIFT,
    OTHER_ACCOUNT_SID,
    PROVIDER_ID,
    RECEPTIONIST,
    SECOND_NUMBER,
    SECOND_NUMBER_ID,
    SEED,
)
from ansible_collections.dasha.blackbox.tests.support.documents import yaml_blocks
from ansible_collections.dasha.blackbox.tests.support.messages import (
    KINDS,
    assert_message,
    assert_shown,
    contains,
    fill,
)
from ansible_collections.dasha.blackbox.tests.support.organizations import (
    NAMES,
    REFUSED_NAMES,
    REFUSED_REGIONS,
    random_organization,
)

GUIDE = COLLECTION / "docs/docsite/rst/bootstrap_organization.rst"
#: Number of random organizations. Each takes four runs.
RANDOM_ORGANIZATIONS = 40 if "EXHAUSTIVE" in os.environ else 3
PROVIDERS, NUMBERS = "bootstrap_organization_providers", "bootstrap_organization_phone_numbers"
OTHER_PROVIDER_ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d22"
MANUAL_NUMBER_ID = "9e000000-0000-4000-8000-000000000001"
CREDENTIAL_ID = "5c000000-0000-4000-8000-000000000001"


class Run(t.NamedTuple):
    """Result of a run, and the writes that it sent, except verifications."""

    succeeded: bool
    output: str
    #: Number of tasks that changed something.
    changed: int
    writes: list[str]


class Exported(t.NamedTuple):
    """Contents of the file."""

    text: str
    providers: list[dict[str, t.Any]]
    numbers: list[dict[str, t.Any]]
    problems: list[str]


class Loader(yaml.SafeLoader):
    """Loader that reads texts with the tag of Ansible."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


class Playbooks:
    """Runs of playbooks in a folder."""

    def __init__(self, sandbox: SandboxProcess, folder: Path) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.path = folder / "organization.yml"

    def run(self, playbook: str, *arguments: str) -> Run:
        self.sandbox.clear_requests()
        environment = {
            "DASHA_BLACKBOX_API_URL": self.sandbox.url,
            "DASHA_BLACKBOX_API_KEY": self.sandbox.api_key,
            "DASHA_BLACKBOX_API_RETRIES": "0",
        }
        command = ("ansible-playbook", f"dasha.blackbox.{playbook}", *arguments)
        process = run_ansible(self.folder, environment, *command)
        output = process.stdout + process.stderr
        secrets = [
            self.sandbox.api_key,
            *(account["auth_token"] for account in self.sandbox.state()["twilio_accounts"]),
        ]
        written = "".join(path.read_text(encoding="utf-8") for path in self.folder.rglob("*.yml"))
        assert not [secret for secret in secrets if secret in output + written]
        writes = [
            f"{request['method']} {request['path']}"
            for request in self.sandbox.requests()
            if request["method"] != "GET" and not request["path"].endswith("/verify")
        ]
        return Run(process.returncode == 0, output, sum(map(int, re.findall(r"changed=(\d+)", output))), writes)

    def export(self, *arguments: str) -> Run:
        """Run the export, which must never write to the service."""
        result = self.run("export_organization", "-e", "export_organization_file=organization.yml", *arguments)
        assert result.writes == []
        return result

    def export_with_hosts(self, *arguments: str, hostname: str = "id") -> Run:
        (self.folder / "blackbox.yml").write_text(
            f"{{plugin: dasha.blackbox.twilio_providers, hostname: {hostname}}}", encoding="utf-8"
        )
        return self.export("-i", "blackbox.yml", "-e", "export_organization_inventory_folder=.", *arguments)

    def bootstrap(self, *arguments: str) -> Run:
        """Run the playbook with the exported file, and without any Auth Token."""
        return self.run("bootstrap_organization", "-e", "@organization.yml", *arguments)

    def read(self) -> Exported:
        text = self.path.read_text(encoding="utf-8")
        variables = yaml.load(text, Loader)  # the loader is safe
        problems = re.findall(r"^# - (.*)$", text, re.MULTILINE)
        return Exported(text, variables[PROVIDERS], variables[NUMBERS], problems)


@pytest.fixture
def playbooks(sandbox: SandboxProcess, tmp_path: Path) -> Playbooks:
    return Playbooks(sandbox, tmp_path)


def load_seed() -> dict[str, t.Any]:
    seed: dict[str, t.Any] = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    seed["providers"][0]["verificationStatus"] = "verified"
    return seed


def assert_problems(exported: Exported, *expected: tuple[list[str], list[str]]) -> None:
    """Check that each problem has the kinds and the facts of one expectation."""
    found = [
        [
            problem
            for problem in exported.problems
            if all(contains(problem, KINDS[kind]) for kind in kinds) and all(fact in problem for fact in facts)
        ]
        for kinds, facts in expected
    ]
    assert sorted(found) == sorted([problem] for problem in exported.problems)


def assert_converges(playbooks: Playbooks, *arguments: str) -> None:
    """Check that the bootstrap with the exported file changes nothing."""
    result = playbooks.bootstrap(*arguments)
    assert result.succeeded, result.output
    assert (result.changed, result.writes) == (0, []), result.output


# Random organizations


def list_missing(state: dict[str, t.Any], exported: Exported) -> list[str]:
    """Return the providers, phone numbers and links that are neither declared nor reported."""
    report = "\n".join(exported.problems)
    accounts = {provider["id"]: provider["accountSid"] for provider in state["providers"]}
    declared_accounts = {provider["account_sid"].lower() for provider in exported.providers}
    outbound = {entry["id"]: entry["outbound"] for entry in state["agent_links"]}
    missing = [
        provider["id"]
        for provider in state["providers"]
        if provider["accountSid"].lower() not in declared_accounts and f"The provider {provider['id']}" not in report
    ]
    declared = {(number["account_sid"].lower(), number["phone_number"]): number for number in exported.numbers}
    for number in state["sip_phone_numbers"]:
        entry = declared.get((accounts.get(number["providerId"], "").lower(), number["phoneNumber"]))
        if fill("number_undeclared", f'"{number["phoneNumber"]}" ({number["id"]})') in report:
            continue
        if entry is None:
            missing.append(number["id"])
            continue
        links = [("inbound", agent_id) for agent_id in [number["incomingCallsAgentId"]] if agent_id]
        links += [("outbound", agent_id) for agent_id in outbound.get(number["id"], [])]
        for direction, agent_id in links:
            is_declared = agent_id in (entry.get("outbound", []) if direction == "outbound" else [entry.get("inbound")])
            line = fill("link_undeclared", direction, f'{number["phoneNumber"]} to the agent "{agent_id}"')
            if not is_declared and line not in report:
                missing.append(f"{number['id']} {direction} {agent_id}")
    return missing


@pytest.mark.parametrize("seed", range(1, RANDOM_ORGANIZATIONS + 1))
def test_exported_organization_converges(sandbox: SandboxProcess, playbooks: Playbooks, seed: int) -> None:
    generator = random.Random(seed)
    sandbox.restore(random_organization(generator))
    before = sandbox.state()
    hostname = generator.choice(["id", "name", "account_sid"])
    has_providers = bool(before["providers"])
    result = playbooks.export_with_hosts(hostname=hostname) if has_providers else playbooks.export()
    assert result.succeeded, result.output

    exported = playbooks.read()
    assert list_missing(before, exported) == []
    assert [line for line in exported.problems if json.dumps(line, ensure_ascii=False) not in result.output] == []
    for provider in exported.providers:
        [stored] = [
            entry for entry in before["providers"] if entry["accountSid"].lower() == provider["account_sid"].lower()
        ]
        assert provider.get("name", stored["name"]) == stored["name"]
        if "name" not in provider and stored["name"] is not None:
            assert f"The provider {stored['id']}" in "\n".join(exported.problems)

    if exported.providers:
        assert_converges(playbooks, "--check", "--diff")
        assert_converges(playbooks)
    else:
        refused = playbooks.bootstrap()
        assert_shown(refused.output, "entries_missing", "bootstrap_organization_providers")
        assert refused.writes == []
    if has_providers:
        converged = playbooks.run("converge", "-i", "blackbox.yml", "-e", "converge_fail_on_drift=true", "--check")
        assert converged.succeeded, converged.output
    assert list(playbooks.folder.glob("**/injected")) == []
    after = sandbox.state()
    for state in (before, after):
        for provider in state["providers"]:
            del provider["lastVerifiedAt"], provider["verificationDetails"]
    assert after == before


@pytest.mark.parametrize("start", range(0, len(NAMES), 12))
def test_each_name_is_exported_literally(sandbox: SandboxProcess, playbooks: Playbooks, start: int) -> None:
    names = NAMES[start : start + 12]
    sids = [f"AC{index:032}" for index in range(len(names))]
    seed = load_seed()
    seed["twilio_accounts"] = [{"account_sid": sid, "auth_token": "f" * 32} for sid in sids]
    seed["providers"] = [
        {"accountSid": sid, "name": name, "verificationStatus": "verified"} for sid, name in zip(sids, names)
    ]
    seed["agents"] = [{"agentId": f"agent-{index}", "name": name} for index, name in enumerate(names)]
    seed["agent_links"] = []
    sandbox.restore(seed)
    assert playbooks.export_with_hosts().succeeded
    exported = playbooks.read()
    assert ([provider["name"] for provider in exported.providers], exported.problems) == (list(names), [])
    # Nothing in the file can change how a terminal shows it.
    assert all(character.isprintable() or character == "\n" for character in exported.text)
    assert_converges(playbooks)
    converged = playbooks.run("converge", "-i", "blackbox.yml")
    assert (converged.succeeded, converged.changed, converged.writes) == (True, 0, []), converged.output
    assert not (playbooks.folder / "injected").exists()


# The file


EXPECTED = f"""\
bootstrap_organization_providers:
  # {PROVIDER_ID}
  - account_sid: {ACCOUNT_SID}
    name: "Support line"
    region: "us1"
    supports_call_transfer: false
  # {OTHER_PROVIDER_ID}
  - account_sid: {OTHER_ACCOUNT_SID}
    supports_call_transfer: true

bootstrap_organization_phone_numbers:
  - phone_number: "{FIRST_NUMBER}"
    account_sid: {ACCOUNT_SID}
    inbound: "{RECEPTIONIST}"  # "Receptionist"
    outbound:
      - "{RECEPTIONIST}"  # "Receptionist"
      - "{NIGHT_SHIFT}"  # "Night shift", disabled
  - phone_number: "{SECOND_NUMBER}"
    account_sid: {ACCOUNT_SID}
"""


def test_file_is_readable_and_valid_yaml(sandbox: SandboxProcess, playbooks: Playbooks) -> None:
    """Export a provider without name and region, an agent that is disabled, and a number without agents."""
    seed = load_seed()
    seed["agent_links"][0]["outbound"].append(NIGHT_SHIFT)
    seed["providers"].insert(
        0,
        {
            "id": OTHER_PROVIDER_ID,
            "accountSid": OTHER_ACCOUNT_SID,
            "region": None,
            "supportsCallTransfer": True,
            "verificationStatus": "verified",
        },
    )
    sandbox.restore(seed)
    result = playbooks.export()
    assert result.succeeded, result.output
    [summary] = [line for line in result.output.splitlines() if contains(line, KINDS["export_summary"])]
    assert re.findall(r"\d+", summary) == ["2", "2", "2", "2", "3"]
    exported = playbooks.read()
    assert exported.text.endswith(f"\n\n{EXPECTED}")
    assert playbooks.path.stat().st_mode & 0o777 == 0o644
    assert_converges(playbooks)


def test_second_export_is_unchanged(sandbox: SandboxProcess, playbooks: Playbooks) -> None:
    sandbox.restore(load_seed())
    predicted = playbooks.export_with_hosts("--check", "--diff")
    assert (predicted.succeeded, predicted.changed) == (True, 3), predicted.output
    assert '+    name: "Support line"' in predicted.output
    assert '+twilio_provider_name: "Support line"' in predicted.output
    assert not playbooks.path.exists()
    assert not (playbooks.folder / "host_vars").exists()

    assert playbooks.export_with_hosts().changed == 3
    assert playbooks.export_with_hosts().changed == 0
    playbooks.path.write_text("outdated", encoding="utf-8")
    assert playbooks.export_with_hosts().changed == 1
    assert playbooks.read().providers[0]["name"] == "Support line"


def test_order_does_not_depend_on_service(sandbox: SandboxProcess, playbooks: Playbooks) -> None:
    seed = random_organization(random.Random(3))
    sandbox.restore(seed)
    assert playbooks.export().succeeded
    sandbox.set_world(list_order="newest_first")
    assert playbooks.export().changed == 0


def test_account_sid_in_upper_case_converges(sandbox: SandboxProcess, playbooks: Playbooks) -> None:
    seed = load_seed()
    upper = f"AC{'ABCDEF':0>32}"
    for entry, key in ((seed["twilio_accounts"][0], "account_sid"), (seed["providers"][0], "accountSid")):
        entry[key] = upper
    sandbox.restore(seed)
    assert playbooks.export().succeeded
    assert playbooks.read().providers[0]["account_sid"] == f"AC{'abcdef':0>32}"
    assert_converges(playbooks)


# Guide


def list_guide_blocks(language: str) -> list[str]:
    """Return the blocks of the section about the export."""
    section = GUIDE.read_text(encoding="utf-8").partition("Start from an existing organization")[2]
    section = section.partition("\n----")[2].partition("\n----")[0]
    return [
        textwrap.dedent(block).strip()
        for block in re.findall(rf"^\.\. code-block:: {language}\n\n((?:[ ]+.*\n|\n)+)", section, re.MULTILINE)
    ]


def test_commands_of_guide_succeed(sandbox: SandboxProcess, playbooks: Playbooks) -> None:
    sandbox.restore(load_seed())
    (playbooks.folder / "blackbox.yml").write_text(
        "{plugin: dasha.blackbox.twilio_providers, hostname: id}", encoding="utf-8"
    )
    commands = [shlex.split(line) for block in list_guide_blocks("shell") for line in block.splitlines()]
    runs = [command[1:] for command in commands if command[0] == "ansible-playbook"]
    assert len(runs) == 5
    changed = []
    for arguments in runs:
        [name] = [argument for argument in arguments if argument.startswith("dasha.blackbox.")]
        result = playbooks.run(
            name.removeprefix("dasha.blackbox."), *(argument for argument in arguments if argument != name)
        )
        assert (result.succeeded, result.writes) == (True, []), result.output
        changed.append(result.changed)
    # The file is predicted and written. Later, the files of hosts and their directory are.
    assert changed == [1, 1, 0, 2, 0]
    [documented] = list_guide_blocks("text")
    assert documented in playbooks.read().text


def test_exported_organization_can_be_created_again(sandbox: SandboxProcess, playbooks: Playbooks) -> None:
    """Bootstrap the organization of the guide, export it, and create it in an empty organization."""
    declared, tokens, _awx_variables = yaml_blocks(GUIDE)
    empty = {**load_seed(), "providers": [], "agent_links": []}
    sandbox.restore(empty)
    (playbooks.folder / "declared.json").write_text(json.dumps({**declared, **tokens}), encoding="utf-8")
    (playbooks.folder / "tokens.json").write_text(json.dumps(tokens), encoding="utf-8")
    created = playbooks.run("bootstrap_organization", "-e", "@declared.json")
    assert created.succeeded, created.output
    assert playbooks.export().succeeded
    assert_converges(playbooks)
    exported = playbooks.read()
    assert exported.problems == []

    sandbox.restore(empty)
    again = playbooks.bootstrap("-e", "@tokens.json")
    assert again.succeeded, again.output
    assert playbooks.export().succeeded
    assert (playbooks.read().providers, playbooks.read().numbers) == (exported.providers, exported.numbers)


# Objects that cannot be declared


def test_undeclarable_objects_are_reported(sandbox: SandboxProcess, playbooks: Playbooks) -> None:
    seed = load_seed()
    shared = "AC" + "3" * 32
    odd_number = {"sid": f"PN{4:032}", "phone_number": "+1 (500) 555-0004"}
    seed["twilio_accounts"].append({"account_sid": shared, "auth_token": "f" * 32})
    seed["twilio_accounts"][1]["phone_numbers"].append(odd_number)
    seed["providers"] += [
        {"id": f"{index:08}-0000-4000-8000-000000000000", "accountSid": shared, "name": "Shared"} for index in (1, 2)
    ]
    seed["providers"].append(
        {
            "id": OTHER_PROVIDER_ID,
            "accountSid": OTHER_ACCOUNT_SID,
            "name": " padded",
            "region": " ",
            "verificationStatus": "verified",
            # The first number is also imported through the other provider.
            "phoneNumberSids": [f"PN{11:032}", odd_number["sid"]],
        }
    )
    seed["sip_credentials"] = [{"id": CREDENTIAL_ID, "server": "sip.example"}]
    seed["sip_phone_numbers"] = [
        {"id": MANUAL_NUMBER_ID, "phoneNumber": "+15005550005", "credentialsId": CREDENTIAL_ID}
    ]
    seed["agent_links"] = [{"phoneNumber": SECOND_NUMBER, "inbound": NIGHT_SHIFT}]
    sandbox.restore(seed)
    ids = {(n["providerId"], n["phoneNumber"]): n["id"] for n in sandbox.state()["sip_phone_numbers"]}
    result = playbooks.export()
    assert result.succeeded, result.output
    exported = playbooks.read()
    shared_ids = [f"{index:08}-0000-4000-8000-000000000000" for index in (1, 2)]
    numbers = {
        ("+1 (500) 555-0004", ids[OTHER_PROVIDER_ID, "+1 (500) 555-0004"]): "number_not_e164",
        (FIRST_NUMBER, FIRST_NUMBER_ID): "number_twice",
        (FIRST_NUMBER, ids[OTHER_PROVIDER_ID, FIRST_NUMBER]): "number_twice",
        ("+15005550005", MANUAL_NUMBER_ID): "number_created_by_hand",
    }
    padded = f'{OTHER_PROVIDER_ID} (" padded")'
    assert_problems(
        exported,
        (["setting_undeclared", "setting_padded"], [padded, 'name " padded"']),
        (["setting_undeclared", "setting_blank"], [padded, 'region " "']),
        *(
            (["provider_undeclared", "providers_of_same_account"], [f'{key} ("Shared")', *shared_ids])
            for key in shared_ids
        ),
        *((["number_undeclared", kind], [f'"{number}" ({key})']) for (number, key), kind in numbers.items()),
    )
    assert [line for line in exported.problems if json.dumps(line) not in result.output] == []
    assert [(number["phone_number"], number.get("inbound")) for number in exported.numbers] == [
        (SECOND_NUMBER, NIGHT_SHIFT)
    ]
    assert_converges(playbooks)


def test_refused_settings_are_left_out(sandbox: SandboxProcess, playbooks: Playbooks) -> None:
    names = [None, *REFUSED_NAMES]
    sids = [f"AC{index:032}" for index in range(len(names))]
    seed = load_seed()
    seed["twilio_accounts"] = [{"account_sid": sid, "auth_token": "f" * 32} for sid in sids]
    seed["providers"] = [
        {"accountSid": sid, "name": name, "region": region, "verificationStatus": "verified"}
        for sid, name, region in zip(sids, names, [*REFUSED_REGIONS, *[None] * len(names)])
    ]
    seed["agent_links"] = []
    sandbox.restore(seed)
    assert playbooks.export().succeeded
    exported = playbooks.read()
    assert exported.providers == [{"account_sid": sid, "supports_call_transfer": False} for sid in sids]
    undeclared = [problem for problem in exported.problems if contains(problem, KINDS["setting_undeclared"])]
    settings = [re.findall(r' (name|region) "', problem)[0] for problem in undeclared]
    assert Counter(settings) == {"name": len(REFUSED_NAMES), "region": len(REFUSED_REGIONS)}
    assert_converges(playbooks)


def test_contradictory_links_are_reported(sandbox: SandboxProcess, playbooks: Playbooks) -> None:
    """Let the service show an agent on two phone numbers, an inbound agent on one side only, and a missing agent."""
    sandbox.restore(load_seed())
    agents = [
        {"agentId": RECEPTIONIST, "agentName": "Receptionist", "uses": ["outbound"]},
        {"agentId": NIGHT_SHIFT, "agentName": "Night shift", "uses": ["inbound"]},
        {"agentId": "deleted", "agentName": "Deleted", "uses": ["outbound"]},
    ]
    fault = {"path": f".*/{SECOND_NUMBER_ID}/affected-agents", "times": None, "patch": {"affectedAgents": agents}}
    sandbox.inject_faults(fault)
    result = playbooks.export()
    assert result.succeeded, result.output
    assert_problems(
        playbooks.read(),
        *(
            (["link_undeclared", kind], [direction, number, f'"{agent}"'])
            for direction, number, agent, kind in (
                ("outbound", FIRST_NUMBER, RECEPTIONIST, "outbound_of_several_numbers"),
                ("outbound", SECOND_NUMBER, RECEPTIONIST, "outbound_of_several_numbers"),
                ("outbound", SECOND_NUMBER, "deleted", "agent_unlisted"),
                ("inbound", SECOND_NUMBER, NIGHT_SHIFT, "link_contradictory"),
            )
        ),
    )
    assert_converges(playbooks)


def test_organization_without_providers_is_exported(sandbox: SandboxProcess, playbooks: Playbooks) -> None:
    sandbox.restore({**load_seed(), "providers": [], "agent_links": []})
    result = playbooks.export()
    assert result.succeeded, result.output
    exported = playbooks.read()
    assert (exported.providers, exported.numbers, exported.problems) == ([], [], [])
    assert_message(exported.text, "providers_undeclared", "bootstrap_organization")
    assert_shown(playbooks.bootstrap().output, "entries_missing", "bootstrap_organization_providers")


def test_unreadable_organization_keeps_file(sandbox: SandboxProcess, playbooks: Playbooks) -> None:
    playbooks.path.write_text("kept", encoding="utf-8")
    sandbox.inject_faults({"path": ".*/affected-agents", "times": None, "response": {"status": 500}})
    assert not playbooks.export().succeeded
    assert playbooks.path.read_text(encoding="utf-8") == "kept"


# Variables of hosts


@pytest.mark.parametrize(
    ("hostname", "host"), [("id", PROVIDER_ID), ("name", "support-line"), ("account_sid", ACCOUNT_SID)]
)
def test_host_vars_have_names_of_hosts(sandbox: SandboxProcess, playbooks: Playbooks, hostname: str, host: str) -> None:
    assert playbooks.export_with_hosts(hostname=hostname).succeeded
    [path] = (playbooks.folder / "host_vars").iterdir()
    assert path.name == f"{host}.yml"
    assert yaml.load(path.read_text(encoding="utf-8"), Loader) == {  # the loader is safe
        "twilio_provider_name": "Support line",
        "twilio_provider_region": "us1",
        "twilio_provider_supports_call_transfer": False,
    }
    result = playbooks.run("converge", "-i", "blackbox.yml", "--check", "-e", "converge_fail_on_drift=true")
    assert result.succeeded, result.output


def test_provider_without_host_is_reported(sandbox: SandboxProcess, playbooks: Playbooks) -> None:
    seed = load_seed()
    seed["providers"].append({"id": OTHER_PROVIDER_ID, "accountSid": OTHER_ACCOUNT_SID, "region": "ie1"})
    sandbox.restore(seed)
    filtered = "name, filters: {region: [us1]}"
    result = playbooks.export_with_hosts(hostname=filtered)
    assert result.succeeded, result.output
    assert_shown(result.output, "host_missing", "host_vars", f": {OTHER_PROVIDER_ID}.")


@pytest.mark.parametrize("name", [PROVIDER_ID, f"{PROVIDER_ID}.yml", f"{PROVIDER_ID}.yaml", f"{PROVIDER_ID}.json"])
def test_other_host_vars_are_kept(sandbox: SandboxProcess, playbooks: Playbooks, name: str) -> None:
    path = playbooks.folder / "host_vars" / name
    path.parent.mkdir()
    path.write_text("twilio_provider_region: us1\n", encoding="utf-8")
    (path.parent / "web-server.yml").write_text("port: 80\n", encoding="utf-8")
    result = playbooks.export_with_hosts()
    assert not result.succeeded
    assert_shown(result.output, "file_not_written_by_playbook", name, "export_organization_inventory_folder")
    assert not playbooks.path.exists()
    path.unlink()
    assert playbooks.export_with_hosts().succeeded
    assert sorted(path.name for path in path.parent.iterdir()) == [f"{PROVIDER_ID}.yml", "web-server.yml"]


# Variables of the playbook


@pytest.mark.parametrize(
    ("variable", "value", "kind", "fact"),
    [
        ("export_organization_folder", ".", "variables_unknown", "export_organization_folder."),
        ("export_organization_file", "", "file_path_invalid", "''"),
        ("export_organization_file", ".", "file_path_invalid", "'.'"),
        ("export_organization_file", "missing/x.yml", "file_path_invalid", "'missing/x.yml'"),
        ("export_organization_inventory_folder", "missing", "folder_missing", "/missing"),
        ("export_organization_inventory_folder", ".", "inventory_source_missing", "dasha.blackbox.twilio_providers"),
    ],
)
def test_invalid_variables_are_refused(playbooks: Playbooks, variable: str, value: str, kind: str, fact: str) -> None:
    result = playbooks.export("-e", f"{variable}={value}")
    assert not result.succeeded
    assert_shown(result.output, kind, variable, fact)
    assert playbooks.sandbox.requests() == []
    assert not playbooks.path.exists()


def test_file_is_required(playbooks: Playbooks) -> None:
    result = playbooks.run("export_organization")
    assert not result.succeeded
    assert "missing required arguments: export_organization_file" in result.output
