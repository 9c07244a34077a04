# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook ``bootstrap_organization``, with the variables that its page shows: from nothing, from something else, and again."""

from __future__ import annotations

import copy
import json
import re
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
    RECEPTIONIST,
    SEED,
)
from ansible_collections.dasha.blackbox.tests.support.documents import yaml_blocks
from ansible_collections.dasha.blackbox.tests.support.recorded import sent

DECLARED, TOKENS, _IN_AWX = yaml_blocks(COLLECTION / "docs/docsite/rst/bootstrap_organization.rst")
PROVIDERS, NUMBERS = "bootstrap_organization_providers", "bootstrap_organization_phone_numbers"


class Played(t.NamedTuple):
    """How a run ended, what it printed, in one line, and how many tasks changed something and were skipped."""

    succeeded: bool
    printed: str
    changed: int
    skipped: int


class Player(t.Protocol):
    def __call__(self, *arguments: str, **variables: t.Any) -> Played:
        """Play it, with everything that Ansible can print."""


@pytest.fixture
def play(sandbox: SandboxProcess, tmp_path: Path) -> Player:
    def run(*arguments: str, **variables: t.Any) -> Played:
        (tmp_path / "variables.json").write_text(json.dumps(variables), encoding="utf-8")
        environment = {"DASHA_BLACKBOX_API_URL": sandbox.url, "DASHA_BLACKBOX_API_KEY": sandbox.api_key, "DASHA_BLACKBOX_API_RETRIES": "0"}
        command = ("ansible-playbook", "dasha.blackbox.bootstrap_organization", "-e", "@variables.json", "-vvvv")
        process = run_ansible(tmp_path, environment, *command, *arguments)
        printed = process.stdout + process.stderr
        assert not [secret for secret in (AUTH_TOKEN, OTHER_AUTH_TOKEN, sandbox.api_key) if secret in printed]
        changed, skipped = (int(re.findall(rf"{what}=(\d+)", printed)[-1]) for what in ("changed", "skipped"))
        return Played(process.returncode == 0, " ".join(printed.split()), changed, skipped)

    return run


def writes(sandbox: SandboxProcess) -> list[str]:
    """What was written, in short, and forget it."""
    seen = [f"{method} {path.rpartition('/')[2]}" for method, path, _body in sent(sandbox) if method != "GET"]
    sandbox.forget_requests()
    return seen


def situation(sandbox: SandboxProcess) -> dict[str, t.Any]:
    """Of each account what its provider is like, and of each of its numbers the agents."""
    state = sandbox.state()
    outbound = {links["id"]: links["outbound"] for links in state["agent_links"]}
    return {
        provider["accountSid"]: (
            provider["name"],
            provider["region"],
            provider["supportsCallTransfer"],
            provider["verificationStatus"],
            {
                number["phoneNumber"]: (number["incomingCallsAgentId"], outbound.get(number["id"], []))
                for number in state["sip_phone_numbers"]
                if number["providerId"] == provider["id"]
            },
        )
        for provider in state["providers"]
    }


#: With a number that is not declared.
SUPPORT = {"+15005550001": (RECEPTIONIST, [RECEPTIONIST, NIGHT_SHIFT]), "+15005550002": (None, []), "+15005550003": (None, [])}
SALES = {"+15005550002": (NIGHT_SHIFT, [])}
AS_DECLARED = {
    ACCOUNT_SID: ("Support line", "us1", True, "verified", SUPPORT),
    OTHER_ACCOUNT_SID: ("Sales line", "us1", False, "verified", SALES),
}
VERIFICATIONS = ["POST verify", "POST verify"]


def test_check_mode_in_an_empty_organization(sandbox: SandboxProcess, play: Player) -> None:
    sandbox.restore({**yaml.safe_load(SEED.read_text(encoding="utf-8")), "providers": [], "agent_links": []})
    sandbox.forget_requests()
    predicted = play("--check", "--diff", **DECLARED, **TOKENS)
    assert predicted.succeeded, predicted.printed
    assert (predicted.changed, predicted.skipped, writes(sandbox)) == (1, 5, [])
    assert "Not there yet: Support line, Sales line, +15005550001, +15005550003, +15005550002." in predicted.printed


def test_whatever_is_there_it_becomes_what_is_declared(sandbox: SandboxProcess, play: Player) -> None:
    """One provider is there; a number of it is missing, and another one is not declared. Which SID the missing one has, the service does not tell."""
    sandbox.misbehave({"path": f".*/{PROVIDER_ID}/available-numbers", "times": None, "answer": {"status": 200, "json": {"count": 2}}})
    variables = copy.deepcopy(DECLARED)
    variables[NUMBERS][1]["phone_number_sid"] = f"PN{3:032}"
    predicted = play("--check", "--diff", **variables, **TOKENS)
    assert predicted.succeeded, predicted.printed
    assert "Not there yet: Sales line, +15005550003, +15005550002." in predicted.printed
    # Providers, numbers, and the links of the number that is there.
    assert (predicted.changed, predicted.skipped, writes(sandbox)) == (3, 0, [])

    real = play("--diff", **variables, **TOKENS)
    assert real.succeeded, real.printed
    assert writes(sandbox) == [f"PUT {PROVIDER_ID}", "POST twilio", *["POST import-numbers"] * 2, *["PUT agent-link"] * 2, *VERIFICATIONS]
    assert situation(sandbox) == AS_DECLARED

    # The tokens are not needed any more.
    again = play(**variables)
    assert (again.succeeded, again.changed, writes(sandbox)) == (True, 0, VERIFICATIONS), again.printed


def number(phone_number: t.Any, **agents: t.Any) -> dict[str, t.Any]:
    return {"phone_number": phone_number, "account_sid": ACCOUNT_SID, **agents}


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({PROVIDERS: []}, "bootstrap_organization_providers has to have an entry at least"),
        ({PROVIDERS: [{"account_sid": ACCOUNT_SID}]}, "missing required arguments: name found in bootstrap_organization_providers"),
        ({PROVIDERS: [{"account_sid": ACCOUNT_SID, "name": "x", "auth_token": AUTH_TOKEN}]}, "bootstrap_organization_providers.auth_token. Supported"),
        ({NUMBERS: [number(15005550001)]}, "each phone_number has to be written in quotes and with its country"),
        (
            {NUMBERS: [number("+15005550001", inbound="Nobody")]},
            "'Nobody' has to be the name or the id of one agent, made in the dashboard before; it is that of none.",
        ),
        (
            {NUMBERS: [number("+15005550001", outbound=["Night shift"]), number("+15005550003", outbound=[NIGHT_SHIFT])]},
            "'Night shift' is to call from 2 numbers",
        ),
        ({PROVIDERS: [{"account_sid": f"AC{9:032}", "name": "New line"}], NUMBERS: []}, f"The provider of AC{9:032} needs a name and, because it is not there"),
        ({PROVIDERS: [{"account_sid": ACCOUNT_SID, "name": " "}], NUMBERS: []}, "needs a name"),
        ({"bootstrap_organization_phone_number": []}, "The playbook has no variable bootstrap_organization_phone_number."),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_written(sandbox: SandboxProcess, play: Player, variables: dict[str, t.Any], words: str) -> None:
    result = play(**{**DECLARED, **variables}, **TOKENS)
    assert not result.succeeded
    assert words in result.printed
    assert writes(sandbox) == []


def test_the_sid_of_another_number_imports_nothing(sandbox: SandboxProcess, play: Player) -> None:
    variables = {PROVIDERS: DECLARED[PROVIDERS][:1], NUMBERS: [number("+15005550002", phone_number_sid=f"PN{3:032}")]}
    for check in (["--check"], []):
        result = play(*check, **variables)
        assert not result.succeeded
        assert f"No number was imported. PN{3:032} is +15005550003, not +15005550002." in result.printed
        assert not [write for write in writes(sandbox) if write.startswith("POST")]
