# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the playbook ``bootstrap_organization`` with the variables of its documentation page."""

from __future__ import annotations

import copy
import json
import re
import shlex
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
from ansible_collections.dasha.blackbox.tests.support.messages import assert_shown, fill
from ansible_collections.dasha.blackbox.tests.support.recorded import sent

DECLARED, TOKENS, _AWX_VARIABLES = yaml_blocks(COLLECTION / "docs/docsite/rst/bootstrap_organization.rst")
INVENTORY = {"plugin": "dasha.blackbox.twilio_providers", "hostname": "id"}
PROVIDERS, NUMBERS = "bootstrap_organization_providers", "bootstrap_organization_phone_numbers"


class RunResult(t.NamedTuple):
    """Result of a run."""

    succeeded: bool
    #: Output with all whitespace collapsed.
    output: str
    #: Numbers of tasks that changed something and that were skipped.
    changed: int
    skipped: int


class PlaybookRunner(t.Protocol):
    def __call__(self, *arguments: str, **variables: t.Any) -> RunResult:
        """Run the playbook with the maximum verbosity."""


@pytest.fixture
def run_bootstrap(sandbox: SandboxProcess, tmp_path: Path) -> PlaybookRunner:
    """Return a function that runs the playbook and checks that its output contains no secrets."""

    def run(*arguments: str, **variables: t.Any) -> RunResult:
        (tmp_path / "variables.json").write_text(json.dumps(variables), encoding="utf-8")
        environment = {
            "DASHA_BLACKBOX_API_URL": sandbox.url,
            "DASHA_BLACKBOX_API_KEY": sandbox.api_key,
            "DASHA_BLACKBOX_API_RETRIES": "0",
        }
        command = ("ansible-playbook", "dasha.blackbox.bootstrap_organization", "-e", "@variables.json", "-vvvv")
        process = run_ansible(tmp_path, environment, *command, *arguments)
        output = process.stdout + process.stderr
        assert not [secret for secret in (AUTH_TOKEN, OTHER_AUTH_TOKEN, sandbox.api_key) if secret in output]
        changed, skipped = (int(re.findall(rf"{outcome}=(\d+)", output)[-1]) for outcome in ("changed", "skipped"))
        return RunResult(process.returncode == 0, " ".join(output.split()), changed, skipped)

    return run


def take_writes(sandbox: SandboxProcess) -> list[str]:
    """Return the method and the last part of the path of each write, and clear the request log."""
    writes = [f"{method} {path.rpartition('/')[2]}" for method, path, _body in sent(sandbox) if method != "GET"]
    sandbox.clear_requests()
    return writes


def get_state(sandbox: SandboxProcess) -> dict[str, t.Any]:
    """Map each account to the settings of its provider and the agents of each phone number."""
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


#: One of these phone numbers is not declared.
SUPPORT = {
    "+15005550001": (RECEPTIONIST, [RECEPTIONIST, NIGHT_SHIFT]),
    "+15005550002": (None, []),
    "+15005550003": (None, []),
}
SALES = {"+15005550002": (NIGHT_SHIFT, [])}
DECLARED_STATE = {
    ACCOUNT_SID: ("Support line", "us1", True, "verified", SUPPORT),
    OTHER_ACCOUNT_SID: ("Sales line", "us1", False, "verified", SALES),
}
VERIFICATIONS = ["POST verify", "POST verify"]


def test_check_mode_in_empty_organization_predicts_all(sandbox: SandboxProcess, run_bootstrap: PlaybookRunner) -> None:
    sandbox.restore({**yaml.safe_load(SEED.read_text(encoding="utf-8")), "providers": [], "agent_links": []})
    sandbox.clear_requests()
    predicted = run_bootstrap("--check", "--diff", **DECLARED, **TOKENS)
    assert predicted.succeeded, predicted.output
    assert (predicted.changed, predicted.skipped, take_writes(sandbox)) == (1, 5, [])
    objects = "Support line, Sales line, +15005550001, +15005550003, +15005550002."
    assert fill("objects_predicted", objects) in predicted.output


def test_partial_organization_gets_declared_state(sandbox: SandboxProcess, run_bootstrap: PlaybookRunner) -> None:
    """Start with one of two providers. It lacks a declared phone number and has an undeclared one.

    The service does not report the SID of the missing number.
    """
    sandbox.inject_faults(
        {
            "path": f".*/{PROVIDER_ID}/available-numbers",
            "times": None,
            "response": {"status": 200, "json": {"count": 2}},
        }
    )
    variables = copy.deepcopy(DECLARED)
    variables[NUMBERS][1]["phone_number_sid"] = f"PN{3:032}"
    predicted = run_bootstrap("--check", "--diff", **variables, **TOKENS)
    assert predicted.succeeded, predicted.output
    assert fill("objects_predicted", "Sales line, +15005550003, +15005550002.") in predicted.output
    # The tasks for providers, for phone numbers, and for the links of the imported number.
    assert (predicted.changed, predicted.skipped, take_writes(sandbox)) == (3, 0, [])

    applied = run_bootstrap("--diff", **variables, **TOKENS)
    assert applied.succeeded, applied.output
    assert take_writes(sandbox) == [
        f"PUT {PROVIDER_ID}",
        "POST twilio",
        *["POST import-numbers"] * 2,
        *["PUT agent-link"] * 2,
        *VERIFICATIONS,
    ]
    assert get_state(sandbox) == DECLARED_STATE

    # Existing providers need no tokens.
    again = run_bootstrap(**variables)
    assert (again.succeeded, again.changed, take_writes(sandbox)) == (True, 0, VERIFICATIONS), again.output


def declare_number(phone_number: t.Any, **agents: t.Any) -> dict[str, t.Any]:
    return {"phone_number": phone_number, "account_sid": ACCOUNT_SID, **agents}


def test_native_templates_change_nothing(
    sandbox: SandboxProcess, run_bootstrap: PlaybookRunner, tmp_path: Path
) -> None:
    variables = copy.deepcopy(DECLARED)
    variables[PROVIDERS][0]["name"] = "007"
    (tmp_path / "ansible.cfg").write_text("[defaults]\njinja2_native = true\n", encoding="utf-8")
    result = run_bootstrap(**variables, **TOKENS)
    assert result.succeeded, result.output
    assert get_state(sandbox)[ACCOUNT_SID][0] == "007"
    assert get_state(sandbox)[ACCOUNT_SID][4] == SUPPORT


def test_name_is_optional(sandbox: SandboxProcess, run_bootstrap: PlaybookRunner) -> None:
    variables = {
        PROVIDERS: [
            {"account_sid": ACCOUNT_SID, "name": None, "region": "ie1"},
            {"account_sid": OTHER_ACCOUNT_SID, "region": "ie1"},
        ]
    }
    predicted = run_bootstrap("--check", **variables, **TOKENS)
    assert predicted.succeeded, predicted.output
    assert fill("objects_predicted", "a provider without a name.") in predicted.output
    result = run_bootstrap(**variables, **TOKENS)
    assert result.succeeded, result.output
    assert {account: settings[:2] for account, settings in get_state(sandbox).items()} == {
        ACCOUNT_SID: ("Support line", "ie1"),
        OTHER_ACCOUNT_SID: (None, "ie1"),
    }
    again = run_bootstrap(**variables)
    assert (again.succeeded, again.changed) == (True, 0), again.output


@pytest.mark.parametrize(
    ("variables", "kind", "facts"),
    [
        ({PROVIDERS: []}, "entries_missing", [PROVIDERS]),
        (
            {PROVIDERS: [{"account_sid": ACCOUNT_SID, "name": "x"}, {"account_sid": AUTH_TOKEN, "name": "Sales line"}]},
            "entry_account_invalid",
            [PROVIDERS, "AC", "32", "entries 2: Sales line."],
        ),
        (
            {PROVIDERS: [{"account_sid": ACCOUNT_SID, "name": name} for name in ("x", "y")]},
            "entry_not_unique",
            [PROVIDERS, "account_sid", "1: x; 2: y."],
        ),
        ({PROVIDERS: [{"account_sid": AUTH_TOKEN}]}, "entry_invalid", ["1: unnamed."]),
        (
            {NUMBERS: [declare_number("+15005550001"), declare_number(15005550001)]},
            "entry_invalid",
            [NUMBERS, "phone_number", "entries 2: 15005550001."],
        ),
        (
            {NUMBERS: [declare_number("+15005550001"), declare_number("+15005550001")]},
            "entry_not_unique",
            [NUMBERS, "phone_number ", "1: +15005550001; 2: +15005550001."],
        ),
        (
            {NUMBERS: [declare_number(f"+1500555000{digit}", phone_number_sid=f"PN{1:032}") for digit in (1, 2)]},
            "entry_not_unique",
            [NUMBERS, "phone_number_sid", "1: +15005550001; 2: +15005550002."],
        ),
        (
            {NUMBERS: [{**declare_number("+15005550001"), "account_sid": AUTH_TOKEN}]},
            "entry_account_undeclared",
            [NUMBERS, "1: +15005550001."],
        ),
        (
            {NUMBERS: [declare_number("+15005550001", outbound="Receptionist")]},
            "entry_outbound_invalid",
            [NUMBERS, "1: +15005550001."],
        ),
        ({NUMBERS: [declare_number("+15005550001", inbound="Nobody")]}, "agent_not_found", ["'Nobody'"]),
        (
            {
                NUMBERS: [
                    declare_number("+15005550001", outbound=["Night shift"]),
                    declare_number("+15005550003", outbound=[NIGHT_SHIFT]),
                ]
            },
            "agent_of_several_numbers",
            ["'Night shift'", 2],
        ),
        (
            {PROVIDERS: [{"account_sid": f"AC{9:032}", "name": "New line"}], NUMBERS: []},
            "auth_token_missing",
            [f"AC{9:032}", "bootstrap_organization_auth_tokens"],
        ),
        ({PROVIDERS: [{"account_sid": ACCOUNT_SID, "name": " "}], NUMBERS: []}, "entry_name_blank", [PROVIDERS]),
        (
            {"bootstrap_organization_phone_number": []},
            "variables_unknown",
            ["bootstrap_organization_phone_number."],
        ),
    ],
)
def test_invalid_variables_are_refused_before_writes(
    sandbox: SandboxProcess, run_bootstrap: PlaybookRunner, variables: dict[str, t.Any], kind: str, facts: list[t.Any]
) -> None:
    result = run_bootstrap(**{**DECLARED, **variables}, **TOKENS)
    assert not result.succeeded
    assert_shown(result.output, kind, *facts)
    assert take_writes(sandbox) == []


@pytest.mark.parametrize(
    ("provider", "message"),
    [
        ({"name": "x"}, f"missing required arguments: account_sid found in {PROVIDERS}"),
        (
            {"account_sid": ACCOUNT_SID, "name": "x", "auth_token": AUTH_TOKEN},
            f"{PROVIDERS}.auth_token. Supported",
        ),
    ],
)
def test_provider_is_validated_by_ansible(
    sandbox: SandboxProcess, run_bootstrap: PlaybookRunner, provider: dict[str, str], message: str
) -> None:
    result = run_bootstrap(**{**DECLARED, PROVIDERS: [provider]}, **TOKENS)
    assert not result.succeeded
    assert message in result.output
    assert take_writes(sandbox) == []


def test_sid_of_another_number_imports_nothing(sandbox: SandboxProcess, run_bootstrap: PlaybookRunner) -> None:
    variables = {
        PROVIDERS: DECLARED[PROVIDERS][:1],
        NUMBERS: [declare_number("+15005550002", phone_number_sid=f"PN{3:032}")],
    }
    for arguments in (["--check"], []):
        result = run_bootstrap(*arguments, **variables)
        assert not result.succeeded
        assert_shown(result.output, "numbers_not_imported")
        assert_shown(result.output, "sid_of_other_number", f"PN{3:032}", "+15005550003", "+15005550002")
        assert not [write for write in take_writes(sandbox) if write.startswith("POST")]


def test_commands_of_guide_from_empty_organization(sandbox: SandboxProcess, tmp_path: Path) -> None:
    """Test the commands of the guide in order, from an empty folder and no provider to an exported organization."""
    page = (COLLECTION / "docs/docsite/rst/bootstrap_organization.rst").read_text(encoding="utf-8")
    commands = [shlex.split(line) for line in re.findall(r"^ {3}(ansible-playbook .+)$", page, re.MULTILINE)]
    seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    sandbox.restore({**seed, "providers": [], "agent_links": []})
    sandbox.clear_requests()
    for name, content in (("organization", DECLARED), ("secrets", TOKENS), ("blackbox", INVENTORY)):
        (tmp_path / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    environment = {"DASHA_BLACKBOX_API_URL": sandbox.url, "DASHA_BLACKBOX_API_KEY": sandbox.api_key}
    writes = []
    for command in commands:
        # The tokens are not encrypted in this folder.
        arguments = [argument for argument in command if argument != "--ask-vault-pass"]
        process = run_ansible(tmp_path, environment, *arguments)
        assert process.returncode == 0, (command, process.stdout)
        writes.append([write for write in take_writes(sandbox) if write != "POST verify"])
    playbooks = [next(word.rpartition(".")[2] for word in command if "dasha.blackbox." in word) for command in commands]
    assert playbooks == [
        *["bootstrap_organization"] * 2,
        *["export_organization"] * 2,
        "bootstrap_organization",
        "export_organization",
        "converge",
    ]
    # Only the second command writes to the service.
    assert [bool(sent) for sent in writes] == [False, True, *[False] * 5]
    assert get_state(sandbox).keys() == DECLARED_STATE.keys()
    assert yaml.safe_load((tmp_path / "organization.yml").read_text(encoding="utf-8")).keys() == DECLARED.keys()
