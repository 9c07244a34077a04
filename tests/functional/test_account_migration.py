# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the role ``twilio_account_migration``, with interrupted, refused and repeated runs."""

from __future__ import annotations

import json
import os
import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    OTHER_ACCOUNT_SID,
    OTHER_AUTH_TOKEN,
    PROVIDER_ID,
    SEED,
)
from ansible_collections.dasha.blackbox.tests.support.recorded import sent

NUMBERS = ("+15005550001", "+15005550002")
RECEPTIONIST, NIGHT_SHIFT = "7d3a0c54-0000-4000-8000-00000000000a", "7d3a0c54-0000-4000-8000-00000000000b"
DELETE_OLD = {"twilio_account_migration_delete_old": True}
UNLINK_FIRST = {"twilio_account_migration_unlink_first": True}
ROLE = "twilio_account_migration"
#: Writes of a migration of two phone numbers, in order. PUT links an agent, and DELETE unlinks one.
WRITES = [
    "POST /api/v1/providers/twilio",
    "POST import-numbers",
    "PUT agent-link",
    "PUT agent-link",
    "DELETE agent-link",
    "PUT agent-link",
    "DELETE agent-link",
    "POST verify",
    f"DELETE /api/v1/providers/{PROVIDER_ID}",
]


class RunResult(t.NamedTuple):
    """Result of a run."""

    output: str
    succeeded: bool
    #: Number of tasks that changed something.
    changed: int

    @property
    def report(self) -> dict[str, t.Any]:
        """Report that the role shows at the end."""
        report = re.search(
            r"TASK \[[^]]*Show the report\] \**\nok: \[localhost\] => (\{.*?\n\})", self.output, re.DOTALL
        )
        assert report, self.output
        return t.cast("dict[str, t.Any]", json.loads(report[1])["msg"])


def run_migration(sandbox: SandboxProcess, folder: Path, *arguments: str, **variables: t.Any) -> RunResult:
    """Run the playbook of the role with the variables."""
    variables = {
        f"{ROLE}_old_provider_id": PROVIDER_ID,
        f"{ROLE}_new_account_sid": OTHER_ACCOUNT_SID,
        f"{ROLE}_new_auth_token": OTHER_AUTH_TOKEN,
        **variables,
    }
    folder.mkdir(exist_ok=True)
    environment = {
        "DASHA_BLACKBOX_API_URL": sandbox.url,
        "DASHA_BLACKBOX_API_KEY": sandbox.api_key,
        "DASHA_BLACKBOX_API_RETRIES": "0",
    }
    process = run_ansible(
        folder,
        environment,
        "ansible-playbook",
        "dasha.blackbox.migrate_twilio_account",
        "-e",
        json.dumps(variables),
        *arguments,
    )
    output = process.stdout + process.stderr
    assert OTHER_AUTH_TOKEN not in output
    return RunResult(output, process.returncode == 0, int(re.findall(r"changed=(\d+)", output)[-1]))


def build_seed() -> dict[str, t.Any]:
    """Return a seed with two linked phone numbers, one of them also linked outbound."""
    document: dict[str, t.Any] = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    document["agent_links"].append({"phoneNumber": NUMBERS[1], "inbound": NIGHT_SHIFT})
    return document


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess) -> SandboxProcess:
    running_sandbox.restore(build_seed())
    running_sandbox.clear_faults()
    running_sandbox.clear_requests()
    return running_sandbox


def list_writes(sandbox: SandboxProcess) -> list[str]:
    """Return the method and path of each write, and only the last part of long paths."""
    shortened = ("agent-link", "import-numbers", "verify")
    requests = [(method, path) for method, path, _body in sent(sandbox) if method != "GET"]
    return [f"{method} {path.rpartition('/')[2] if path.endswith(shortened) else path}" for method, path in requests]


def get_agents(sandbox: SandboxProcess) -> dict[str, dict[str, t.Any]]:
    """Map each account to its imported phone numbers, and each number to its agents."""
    state = sandbox.state()
    accounts = {provider["id"]: provider["accountSid"] for provider in state["providers"]}
    outbound = {links["id"]: links["outbound"] for links in state["agent_links"]}
    numbers: dict[str, dict[str, t.Any]] = {account: {} for account in accounts.values()}
    for number in state["sip_phone_numbers"]:
        numbers[accounts[number["providerId"]]][number["phoneNumber"]] = (
            number["incomingCallsAgentId"],
            outbound.get(number["id"], []),
        )
    return numbers


MOVED = {NUMBERS[0]: (RECEPTIONIST, [RECEPTIONIST]), NUMBERS[1]: (NIGHT_SHIFT, [])}
UNLINKED = dict.fromkeys(NUMBERS, (None, []))


def is_reachable(agents: dict[str, dict[str, t.Any]]) -> bool:
    """Check that records of the first number have its inbound and its outbound agent."""
    records = [numbers[NUMBERS[0]] for numbers in agents.values() if NUMBERS[0] in numbers]
    return any(inbound == RECEPTIONIST for inbound, _outbound in records) and any(
        RECEPTIONIST in outbound for _inbound, outbound in records
    )


def test_migration_is_predicted_applied_and_idempotent(sandbox: SandboxProcess, tmp_path: Path) -> None:
    predicted = run_migration(sandbox, tmp_path, "--check", **DELETE_OLD)
    assert predicted.succeeded, predicted.output
    assert list_writes(sandbox) == []
    assert '"msg": "+15005550001: Receptionist (inbound, outbound)"' in predicted.output
    assert "The provider of the new account would be created." in predicted.output
    assert [number["done"] for number in predicted.report["numbers"]] == [False, False]

    applied = run_migration(sandbox, tmp_path, **DELETE_OLD)
    assert applied.succeeded, applied.output
    assert list_writes(sandbox) == WRITES
    assert get_agents(sandbox) == {OTHER_ACCOUNT_SID: MOVED}
    [provider] = sandbox.state()["providers"]
    assert (provider["name"], provider["region"], provider["supportsCallTransfer"]) == ("Support line", "us1", False)
    report = applied.report
    assert (report["new_provider"], report["verification"]) == (provider["id"], "verified")
    assert report["old_provider"] == f"{PROVIDER_ID}: deleted"
    assert [
        (number["phone_number"], number["done"], [agent["name"] for agent in number["agents"]])
        for number in report["numbers"]
    ] == [
        (NUMBERS[0], True, ["Receptionist"]),
        (NUMBERS[1], True, ["Night shift"]),
    ]

    sandbox.clear_requests()
    for arguments in ((), ("--check",)):
        again = run_migration(sandbox, tmp_path, *arguments, **DELETE_OLD)
        assert again.succeeded, again.output
        assert (again.changed, list_writes(sandbox)) == (0, [])
        assert "absent, nothing to migrate" in again.output


def test_migration_without_delete_old_is_idempotent(sandbox: SandboxProcess, tmp_path: Path) -> None:
    assert run_migration(sandbox, tmp_path).succeeded
    assert get_agents(sandbox) == {ACCOUNT_SID: UNLINKED, OTHER_ACCOUNT_SID: MOVED}
    sandbox.clear_requests()
    again = run_migration(sandbox, tmp_path)
    assert (again.succeeded, again.changed, list_writes(sandbox)) == (True, 0, ["POST verify"])
    assert [number["done"] for number in again.report["numbers"]] == [True, True]


#: Writes of a migration of one phone number. They include each kind of write.
ONE_NUMBER_WRITES = [*WRITES[:5], *WRITES[7:]]
#: Positions of the writes after which each test run interrupts the migration. ``make test-all``
#: interrupts the migration after every write.
INTERRUPTED = (1, 2, 4)


def build_seed_with_one_number() -> dict[str, t.Any]:
    """Return the seed with one number."""
    document = build_seed()
    document["providers"][0]["phoneNumberSids"].pop()
    document["agent_links"].pop()
    return document


@pytest.fixture(scope="module")
def requests_before_writes(running_sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory) -> list[int]:
    """Return the number of requests before each write of an undisturbed migration."""
    running_sandbox.restore(build_seed_with_one_number())
    running_sandbox.clear_faults()
    running_sandbox.clear_requests()
    assert run_migration(running_sandbox, tmp_path_factory.mktemp("undisturbed"), **DELETE_OLD).succeeded
    assert list_writes(running_sandbox) == ONE_NUMBER_WRITES
    return [position for position, request in enumerate(running_sandbox.requests()) if request["method"] != "GET"]


@pytest.mark.parametrize(
    "position",
    [
        pytest.param(
            position,
            marks=pytest.mark.skipif(
                position not in INTERRUPTED and "EXHAUSTIVE" not in os.environ, reason="only in make test-all"
            ),
        )
        for position in range(len(ONE_NUMBER_WRITES))
    ],
)
def test_migration_after_interruption_is_resumed(
    requests_before_writes: list[int], sandbox: SandboxProcess, tmp_path: Path, position: int
) -> None:
    """Lose the response to a write and fail all later requests.

    Check that calls are still answered, and that a second run completes the migration.
    """
    sandbox.restore(build_seed_with_one_number())
    sandbox.inject_faults(
        *([{"times": requests_before_writes[position]}] if requests_before_writes[position] else []),
        {"reset": True, "effect": True},
        {"times": None, "response": {"status": 500, "json": {"detail": "interrupted"}}},
    )
    assert not run_migration(sandbox, tmp_path, **DELETE_OLD).succeeded
    assert list_writes(sandbox)[: position + 1] == ONE_NUMBER_WRITES[: position + 1]
    assert is_reachable(get_agents(sandbox))
    sandbox.clear_faults()
    resumed = run_migration(sandbox, tmp_path, **DELETE_OLD)
    assert resumed.succeeded, resumed.output
    assert get_agents(sandbox) == {OTHER_ACCOUNT_SID: {NUMBERS[0]: MOVED[NUMBERS[0]]}}


def test_number_missing_in_new_account_prevents_import(sandbox: SandboxProcess, tmp_path: Path) -> None:
    state = build_seed()
    del state["twilio_accounts"][1]["phone_numbers"][1]
    sandbox.restore(state)
    result = run_migration(sandbox, tmp_path, **DELETE_OLD)
    assert (
        "No phone number was imported, and the old provider is unchanged. The new account does not have +15005550002."
        in result.output
    )
    assert list_writes(sandbox) == WRITES[:1]
    # The other number can be moved. The old provider is not deleted, because it has another number.
    partial = run_migration(sandbox, tmp_path, **{f"{ROLE}_phone_numbers": [NUMBERS[0]]})
    assert partial.succeeded, partial.output
    assert get_agents(sandbox)[ACCOUNT_SID] == {NUMBERS[0]: (None, []), NUMBERS[1]: (NIGHT_SHIFT, [])}
    kept = run_migration(sandbox, tmp_path, **DELETE_OLD, **{f"{ROLE}_phone_numbers": [NUMBERS[0]]})
    assert not kept.succeeded
    assert f"twilio_account_migration_phone_numbers lacks {NUMBERS[1]}." in " ".join(kept.output.split())
    assert ACCOUNT_SID in get_agents(sandbox)


def test_migration_without_number_list_requires_sids(sandbox: SandboxProcess, tmp_path: Path) -> None:
    unreadable = {"path": ".*/available-numbers", "times": None, "response": {"status": 200, "json": {"count": 2}}}
    sandbox.inject_faults(unreadable)
    refused = run_migration(sandbox, tmp_path)
    assert "The service does not report the SIDs of the phone numbers. Set phone_number_sid for" in " ".join(
        refused.output.split()
    )
    assert list_writes(sandbox) == WRITES[:1]
    numbers = [
        {"phone_number": number, "phone_number_sid": f"PN0000000000000000000000000000001{position}"}
        for position, number in enumerate(NUMBERS, start=1)
    ]
    for changed in (True, False):
        result = run_migration(sandbox, tmp_path, **{f"{ROLE}_phone_numbers": numbers})
        assert result.succeeded, result.output
        assert (result.changed > 0) is changed
    assert get_agents(sandbox)[OTHER_ACCOUNT_SID] == MOVED


def test_import_failure_does_not_stop_other_numbers(sandbox: SandboxProcess, tmp_path: Path) -> None:
    state = build_seed()
    # The number is on another trunk, so it cannot be imported.
    state["twilio_accounts"][1]["phone_numbers"][0]["trunk_sid"] = "TK" + "9" * 32
    sandbox.restore(state)
    result = run_migration(sandbox, tmp_path, **DELETE_OLD)
    assert not result.succeeded
    assert get_agents(sandbox) == {
        ACCOUNT_SID: {NUMBERS[0]: (RECEPTIONIST, [RECEPTIONIST]), NUMBERS[1]: (None, [])},
        OTHER_ACCOUNT_SID: {NUMBERS[1]: (NIGHT_SHIFT, [])},
    }
    first, second = result.report["numbers"]
    assert (first["done"], first["problem"]) == (
        False,
        "Trunk attachment failed: the phone number is attached to another trunk.",
    )
    assert second["done"]
    # After a correction at Twilio, the second run completes the migration.
    state = sandbox.state()
    state["twilio_accounts"][1]["phone_numbers"][0]["trunk_sid"] = None
    sandbox.restore(state)
    assert run_migration(sandbox, tmp_path, **DELETE_OLD).succeeded
    assert get_agents(sandbox) == {OTHER_ACCOUNT_SID: MOVED}


def test_refused_link_keeps_old_link(sandbox: SandboxProcess, tmp_path: Path) -> None:
    refusal = {
        "method": "PUT",
        "path": ".*/agent-link",
        "response": {"status": 409, "json": {"detail": "The number is linked elsewhere."}},
    }
    sandbox.inject_faults(refusal)
    result = run_migration(sandbox, tmp_path, **DELETE_OLD)
    assert not result.succeeded
    first, second = result.report["numbers"]
    assert "409 Conflict: The number is linked elsewhere." in first["problem"]
    assert (first["done"], second["done"]) == (False, True)
    assert get_agents(sandbox)[ACCOUNT_SID][NUMBERS[0]] == (RECEPTIONIST, [RECEPTIONIST])
    assert is_reachable(get_agents(sandbox))


def test_unlink_first_moves_exclusive_links(sandbox: SandboxProcess, tmp_path: Path) -> None:
    sandbox.restore({**build_seed(), "one_inbound_link_per_number": True})
    refused = run_migration(sandbox, tmp_path)
    assert not refused.succeeded
    assert [number["done"] for number in refused.report["numbers"]] == [False, False]
    assert get_agents(sandbox)[ACCOUNT_SID] == MOVED
    moved = run_migration(sandbox, tmp_path, **UNLINK_FIRST)
    assert moved.succeeded, moved.output
    assert get_agents(sandbox) == {ACCOUNT_SID: UNLINKED, OTHER_ACCOUNT_SID: MOVED}


def test_unlink_first_with_refused_link_is_rolled_back(sandbox: SandboxProcess, tmp_path: Path) -> None:
    refusal = {
        "method": "PUT",
        "path": ".*/agent-link",
        "response": {"status": 409, "json": {"detail": "The number is linked elsewhere."}},
    }
    # Refuse the first attempt and the one after the unlinking, but not the rollback.
    sandbox.inject_faults(refusal, refusal)
    result = run_migration(sandbox, tmp_path, **UNLINK_FIRST)
    first, second = result.report["numbers"]
    assert first["problem"].endswith("was restored.")
    assert (first["done"], second["done"]) == (False, True)
    assert get_agents(sandbox)[ACCOUNT_SID][NUMBERS[0]][0] == RECEPTIONIST


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({f"{ROLE}_old_provider_id": "00000000-0000-4000-8000-000000000000"}, "does not exist, and the account"),
        ({f"{ROLE}_new_account_sid": ACCOUNT_SID}, "Set twilio_account_migration_new_account_sid to another account."),
        ({f"{ROLE}_phone_numbers": ["+15005550009"]}, "The old provider does not have the phone numbers +15005550009."),
        ({f"{ROLE}_phone_numbers": []}, "twilio_account_migration_phone_numbers is empty."),
        (
            {f"{ROLE}_phone_numbers": NUMBERS[:1], **DELETE_OLD},
            f"twilio_account_migration_phone_numbers lacks {NUMBERS[1]}.",
        ),
        ({f"{ROLE}_new_auth_token": "f" * 32}, "Twilio refuses the credentials"),
    ],
)
def test_migration_with_invalid_input_changes_nothing(
    sandbox: SandboxProcess, tmp_path: Path, variables: dict[str, t.Any], message: str
) -> None:
    result = run_migration(sandbox, tmp_path, **variables)
    assert not result.succeeded
    assert message in " ".join(result.output.split())
    assert get_agents(sandbox) == {ACCOUNT_SID: MOVED}


def test_failed_verification_keeps_old_provider(sandbox: SandboxProcess, tmp_path: Path) -> None:
    sandbox.inject_faults({"method": "POST", "path": ".*/verify", "patch": {"status": "warning"}})
    result = run_migration(sandbox, tmp_path, **DELETE_OLD)
    assert not result.succeeded
    assert "Verification of the new provider: warning." in " ".join(result.output.split())
    assert get_agents(sandbox) == {ACCOUNT_SID: UNLINKED, OTHER_ACCOUNT_SID: MOVED}
