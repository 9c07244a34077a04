# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role ``twilio_account_migration``, played as its users do: interrupted after each write, refused here and there, and done again."""

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
from ansible_collections.dasha.blackbox.tests.support.constants import ACCOUNT_SID, OTHER_ACCOUNT_SID, OTHER_AUTH_TOKEN, PROVIDER_ID, SEED
from ansible_collections.dasha.blackbox.tests.support.recorded import sent

NUMBERS = ("+15005550001", "+15005550002")
RECEPTIONIST, NIGHT_SHIFT = "7d3a0c54-0000-4000-8000-00000000000a", "7d3a0c54-0000-4000-8000-00000000000b"
DELETE_OLD = {"twilio_account_migration_delete_old": True}
UNLINK_FIRST = {"twilio_account_migration_unlink_first": True}
ROLE = "twilio_account_migration"
#: The writes of a migration of the two numbers, in their order; links are told from unlinks by the method.
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


class Played(t.NamedTuple):
    """What a run printed, how it ended, and the tasks that changed something."""

    printed: str
    succeeded: bool
    changed: int

    @property
    def report(self) -> dict[str, t.Any]:
        """What the role reports at the end."""
        shown = re.search(r"TASK \[[^]]*Show the report\] \**\nok: \[localhost\] => (\{.*?\n\})", self.printed, re.DOTALL)
        assert shown, self.printed
        return t.cast("dict[str, t.Any]", json.loads(shown[1])["msg"])


def play(sandbox: SandboxProcess, folder: Path, *arguments: str, **variables: t.Any) -> Played:
    given = {
        f"{ROLE}_old_provider_id": PROVIDER_ID,
        f"{ROLE}_new_account_sid": OTHER_ACCOUNT_SID,
        f"{ROLE}_new_auth_token": OTHER_AUTH_TOKEN,
        **variables,
    }
    folder.mkdir(exist_ok=True)
    environment = {"DASHA_BLACKBOX_API_URL": sandbox.url, "DASHA_BLACKBOX_API_KEY": sandbox.api_key, "DASHA_BLACKBOX_API_RETRIES": "0"}
    process = run_ansible(folder, environment, "ansible-playbook", "dasha.blackbox.migrate_twilio_account", "-e", json.dumps(given), *arguments)
    printed = process.stdout + process.stderr
    assert OTHER_AUTH_TOKEN not in printed
    return Played(printed, process.returncode == 0, int(re.findall(r"changed=(\d+)", printed)[-1]))


def seed() -> dict[str, t.Any]:
    """Two numbers, each with an agent that answers it; one of them calls from its number, too."""
    document: dict[str, t.Any] = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    document["agent_links"].append({"phoneNumber": NUMBERS[1], "inbound": NIGHT_SHIFT})
    return document


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess) -> SandboxProcess:
    running_sandbox.restore(seed())
    running_sandbox.behave()
    running_sandbox.forget_requests()
    return running_sandbox


def writes(sandbox: SandboxProcess) -> list[str]:
    """What was written, in short."""
    told = ("agent-link", "import-numbers", "verify")
    seen = [(method, path) for method, path, _body in sent(sandbox) if method != "GET"]
    return [f"{method} {path.rpartition('/')[2] if path.endswith(told) else path}" for method, path in seen]


def situation(sandbox: SandboxProcess) -> dict[str, dict[str, t.Any]]:
    """Of each account the numbers that are imported through its provider, and of each number its agents."""
    state = sandbox.state()
    accounts = {provider["id"]: provider["accountSid"] for provider in state["providers"]}
    outbound = {links["id"]: links["outbound"] for links in state["agent_links"]}
    found: dict[str, dict[str, t.Any]] = {account: {} for account in accounts.values()}
    for number in state["sip_phone_numbers"]:
        found[accounts[number["providerId"]]][number["phoneNumber"]] = (number["incomingCallsAgentId"], outbound.get(number["id"], []))
    return found


MOVED = {NUMBERS[0]: (RECEPTIONIST, [RECEPTIONIST]), NUMBERS[1]: (NIGHT_SHIFT, [])}
LEFT = dict.fromkeys(NUMBERS, (None, []))


def someone_answers(found: dict[str, dict[str, t.Any]]) -> bool:
    """Whether the first number is answered by its agent on one record at least, and that agent has a number to call from."""
    records = [numbers[NUMBERS[0]] for numbers in found.values() if NUMBERS[0] in numbers]
    return any(inbound == RECEPTIONIST for inbound, _outbound in records) and any(RECEPTIONIST in outbound for _inbound, outbound in records)


def test_check_mode_then_the_migration_then_nothing(sandbox: SandboxProcess, tmp_path: Path) -> None:
    predicted = play(sandbox, tmp_path, "--check", **DELETE_OLD)
    assert predicted.succeeded, predicted.printed
    assert writes(sandbox) == []
    assert '"msg": "+15005550001: Receptionist (inbound, outbound)"' in predicted.printed
    assert "The provider of the new account would be created." in predicted.printed
    assert [number["done"] for number in predicted.report["numbers"]] == [False, False]

    real = play(sandbox, tmp_path, **DELETE_OLD)
    assert real.succeeded, real.printed
    assert writes(sandbox) == WRITES
    assert situation(sandbox) == {OTHER_ACCOUNT_SID: MOVED}
    [provider] = sandbox.state()["providers"]
    assert (provider["name"], provider["region"], provider["supportsCallTransfer"]) == ("Support line", "us1", False)
    report = real.report
    assert (report["new_provider"], report["verification"]) == (provider["id"], "verified")
    assert report["old_provider"] == f"{PROVIDER_ID}: deleted"
    assert [(number["phone_number"], number["done"], [agent["name"] for agent in number["agents"]]) for number in report["numbers"]] == [
        (NUMBERS[0], True, ["Receptionist"]),
        (NUMBERS[1], True, ["Night shift"]),
    ]

    sandbox.forget_requests()
    for arguments in ((), ("--check",)):
        again = play(sandbox, tmp_path, *arguments, **DELETE_OLD)
        assert again.succeeded, again.printed
        assert (again.changed, writes(sandbox)) == (0, [])
        assert "not there, so nothing was to be moved" in again.printed


def test_without_delete_old_the_old_provider_stays_and_a_second_run_changes_nothing(sandbox: SandboxProcess, tmp_path: Path) -> None:
    assert play(sandbox, tmp_path).succeeded
    assert situation(sandbox) == {ACCOUNT_SID: LEFT, OTHER_ACCOUNT_SID: MOVED}
    sandbox.forget_requests()
    again = play(sandbox, tmp_path)
    assert (again.succeeded, again.changed, writes(sandbox)) == (True, 0, ["POST verify"])
    assert [number["done"] for number in again.report["numbers"]] == [True, True]


#: The writes of a migration of one number, among which is each kind of write.
ONE_NUMBER_WRITES = [*WRITES[:5], *WRITES[7:]]
#: Positions of the writes after which every test run interrupts the migration. `make test-all` interrupts it after all of them.
INTERRUPTED = (1, 2, 4)


def one_number() -> dict[str, t.Any]:
    """Return the seed with one number."""
    document = seed()
    document["providers"][0]["phoneNumberSids"].pop()
    document["agent_links"].pop()
    return document


@pytest.fixture(scope="module")
def requests_before(running_sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory) -> list[int]:
    """Return the number of requests before each write of an undisturbed migration."""
    running_sandbox.restore(one_number())
    running_sandbox.behave()
    running_sandbox.forget_requests()
    assert play(running_sandbox, tmp_path_factory.mktemp("undisturbed"), **DELETE_OLD).succeeded
    assert writes(running_sandbox) == ONE_NUMBER_WRITES
    return [position for position, request in enumerate(running_sandbox.requests()) if request["method"] != "GET"]


@pytest.mark.parametrize(
    "position",
    [
        pytest.param(position, marks=pytest.mark.skipif(position not in INTERRUPTED and "EXHAUSTIVE" not in os.environ, reason="only in make test-all"))
        for position in range(len(ONE_NUMBER_WRITES))
    ],
)
def test_migration_after_interruption_is_resumed(requests_before: list[int], sandbox: SandboxProcess, tmp_path: Path, position: int) -> None:
    """The response to a write is lost, and all further requests fail. Calls are still answered, and a second run completes the migration."""
    sandbox.restore(one_number())
    sandbox.misbehave(
        *([{"times": requests_before[position]}] if requests_before[position] else []),
        {"cut": True, "effect": True},
        {"times": None, "answer": {"status": 500, "json": {"detail": "interrupted"}}},
    )
    assert not play(sandbox, tmp_path, **DELETE_OLD).succeeded
    assert writes(sandbox)[: position + 1] == ONE_NUMBER_WRITES[: position + 1]
    assert someone_answers(situation(sandbox))
    sandbox.behave()
    resumed = play(sandbox, tmp_path, **DELETE_OLD)
    assert resumed.succeeded, resumed.printed
    assert situation(sandbox) == {OTHER_ACCOUNT_SID: {NUMBERS[0]: MOVED[NUMBERS[0]]}}


def test_a_number_that_is_not_in_the_new_account_stops_it_before_any_import(sandbox: SandboxProcess, tmp_path: Path) -> None:
    state = seed()
    del state["twilio_accounts"][1]["phone_numbers"][1]
    sandbox.restore(state)
    result = play(sandbox, tmp_path, **DELETE_OLD)
    assert "No number was imported, and the old provider is as it was. The new account does not have +15005550002." in result.printed
    assert writes(sandbox) == WRITES[:1]
    # The others can be moved; the old provider stays.
    some = play(sandbox, tmp_path, **{f"{ROLE}_phone_numbers": [NUMBERS[0]]})
    assert some.succeeded, some.printed
    assert situation(sandbox)[ACCOUNT_SID] == {NUMBERS[0]: (None, []), NUMBERS[1]: (NIGHT_SHIFT, [])}
    kept = play(sandbox, tmp_path, **DELETE_OLD, **{f"{ROLE}_phone_numbers": [NUMBERS[0]]})
    assert not kept.succeeded
    assert f"it lacks {NUMBERS[1]}." in " ".join(kept.printed.split())
    assert ACCOUNT_SID in situation(sandbox)


def test_without_a_readable_list_the_sids_are_needed(sandbox: SandboxProcess, tmp_path: Path) -> None:
    unreadable = {"path": ".*/available-numbers", "times": None, "answer": {"status": 200, "json": {"count": 2}}}
    sandbox.misbehave(unreadable)
    refused = play(sandbox, tmp_path)
    assert "The service does not tell which number of the new account has which SID. Give a phone_number_sid for" in " ".join(refused.printed.split())
    assert writes(sandbox) == WRITES[:1]
    given = [{"phone_number": number, "phone_number_sid": f"PN0000000000000000000000000000001{position}"} for position, number in enumerate(NUMBERS, start=1)]
    for changed in (True, False):
        result = play(sandbox, tmp_path, **{f"{ROLE}_phone_numbers": given})
        assert result.succeeded, result.printed
        assert (result.changed > 0) is changed
    assert situation(sandbox)[OTHER_ACCOUNT_SID] == MOVED


def test_single_failures_are_reported_and_stop_nothing_else(sandbox: SandboxProcess, tmp_path: Path) -> None:
    state = seed()
    # On another trunk, so that it cannot be imported.
    state["twilio_accounts"][1]["phone_numbers"][0]["trunk_sid"] = "TK" + "9" * 32
    sandbox.restore(state)
    result = play(sandbox, tmp_path, **DELETE_OLD)
    assert not result.succeeded
    assert situation(sandbox) == {
        ACCOUNT_SID: {NUMBERS[0]: (RECEPTIONIST, [RECEPTIONIST]), NUMBERS[1]: (None, [])},
        OTHER_ACCOUNT_SID: {NUMBERS[1]: (NIGHT_SHIFT, [])},
    }
    first, second = result.report["numbers"]
    assert (first["done"], first["problem"]) == (False, "Trunk attachment failed: the phone number is attached to another trunk.")
    assert second["done"]
    # Mended at Twilio, the second run does the rest.
    state = sandbox.state()
    state["twilio_accounts"][1]["phone_numbers"][0]["trunk_sid"] = None
    sandbox.restore(state)
    assert play(sandbox, tmp_path, **DELETE_OLD).succeeded
    assert situation(sandbox) == {OTHER_ACCOUNT_SID: MOVED}


def test_a_link_that_is_refused_leaves_the_old_one(sandbox: SandboxProcess, tmp_path: Path) -> None:
    refusal = {"method": "PUT", "path": ".*/agent-link", "answer": {"status": 409, "json": {"detail": "The number is linked elsewhere."}}}
    sandbox.misbehave(refusal)
    result = play(sandbox, tmp_path, **DELETE_OLD)
    assert not result.succeeded
    first, second = result.report["numbers"]
    assert "409 Conflict: The number is linked elsewhere." in first["problem"]
    assert (first["done"], second["done"]) == (False, True)
    assert situation(sandbox)[ACCOUNT_SID][NUMBERS[0]] == (RECEPTIONIST, [RECEPTIONIST])
    assert someone_answers(situation(sandbox))


def test_with_unlink_first_a_short_gap_is_accepted(sandbox: SandboxProcess, tmp_path: Path) -> None:
    sandbox.restore({**seed(), "one_inbound_link_per_number": True})
    refused = play(sandbox, tmp_path)
    assert not refused.succeeded
    assert [number["done"] for number in refused.report["numbers"]] == [False, False]
    assert situation(sandbox)[ACCOUNT_SID] == MOVED
    moved = play(sandbox, tmp_path, **UNLINK_FIRST)
    assert moved.succeeded, moved.printed
    assert situation(sandbox) == {ACCOUNT_SID: LEFT, OTHER_ACCOUNT_SID: MOVED}


def test_with_unlink_first_a_link_that_fails_all_the_same_is_rolled_back(sandbox: SandboxProcess, tmp_path: Path) -> None:
    refusal = {"method": "PUT", "path": ".*/agent-link", "answer": {"status": 409, "json": {"detail": "The number is linked elsewhere."}}}
    # The first attempt and the one after unlinking; then the old link can be made again.
    sandbox.misbehave(refusal, refusal)
    result = play(sandbox, tmp_path, **UNLINK_FIRST)
    first, second = result.report["numbers"]
    assert first["problem"].endswith("was taken away before, and was made again.")
    assert (first["done"], second["done"]) == (False, True)
    assert situation(sandbox)[ACCOUNT_SID][NUMBERS[0]][0] == RECEPTIONIST


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({f"{ROLE}_old_provider_id": "00000000-0000-4000-8000-000000000000"}, "is not there, and the new account"),
        ({f"{ROLE}_new_account_sid": ACCOUNT_SID}, "the new account has to be another one"),
        ({f"{ROLE}_phone_numbers": ["+15005550009"]}, "These are not numbers of the old provider, or are written otherwise: +15005550009."),
        ({f"{ROLE}_phone_numbers": []}, "twilio_account_migration_phone_numbers has to name a number at least"),
        ({f"{ROLE}_phone_numbers": NUMBERS[:1], **DELETE_OLD}, f"all numbers of the old provider; it lacks {NUMBERS[1]}."),
        ({f"{ROLE}_new_auth_token": "f" * 32}, "Twilio refuses the credentials"),
    ],
)
def test_what_cannot_go_well_changes_nothing(sandbox: SandboxProcess, tmp_path: Path, variables: dict[str, t.Any], words: str) -> None:
    result = play(sandbox, tmp_path, **variables)
    assert not result.succeeded
    assert words in " ".join(result.printed.split())
    assert situation(sandbox) == {ACCOUNT_SID: MOVED}


def test_a_verification_that_fails_keeps_the_old_provider(sandbox: SandboxProcess, tmp_path: Path) -> None:
    sandbox.misbehave({"method": "POST", "path": ".*/verify", "patch": {"status": "warning"}})
    result = play(sandbox, tmp_path, **DELETE_OLD)
    assert not result.succeeded
    assert "The verification of the new provider: warning." in " ".join(result.printed.split())
    assert situation(sandbox) == {ACCOUNT_SID: LEFT, OTHER_ACCOUNT_SID: MOVED}
