# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the role ``twilio_account_migration``, with interrupted, refused and repeated runs."""

from __future__ import annotations

import functools
import json
import os
import re
import signal
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible, start_ansible, stop
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    MISSING_ID,
    OTHER_ACCOUNT_SID,
    OTHER_AUTH_TOKEN,
    PROVIDER_ID,
    SEED,
)
from ansible_collections.dasha.blackbox.tests.support.messages import assert_shown
from ansible_collections.dasha.blackbox.tests.support.recorded import sent
from ansible_collections.dasha.blackbox.tests.support.timing import wait_until

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


#: Timeout of the requests, in seconds.
TIMEOUT = 5
#: Fault that refuses an inbound link because the old record is linked.
REFUSE_LINK = {
    "method": "PUT",
    "path": ".*/agent-link",
    "response": {"status": 409, "json": {"detail": "The number is linked elsewhere."}},
}
OUTAGE = {"times": None, "response": {"status": 500, "json": {"detail": "interrupted"}}}
#: Content of the journal.
HEADER = f"# Links of the migration from the provider {PROVIDER_ID} to the account {OTHER_ACCOUNT_SID.lower()}"
LINKS = [
    f"{NUMBERS[0]} inbound {RECEPTIONIST}",
    f"{NUMBERS[0]} outbound {RECEPTIONIST}",
    f"{NUMBERS[1]} inbound {NIGHT_SHIFT}",
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


def get_command(sandbox: SandboxProcess, folder: Path, *arguments: str, **variables: t.Any) -> tuple[t.Any, ...]:
    """Return the arguments of run_ansible that run the playbook of the role with the variables."""
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
        "DASHA_BLACKBOX_API_TIMEOUT": str(TIMEOUT),
    }
    playbook = ("ansible-playbook", "dasha.blackbox.migrate_twilio_account", "-e", json.dumps(variables))
    return (folder, environment, *playbook, *arguments)


def run_migration(sandbox: SandboxProcess, folder: Path, *arguments: str, **variables: t.Any) -> RunResult:
    """Run the playbook of the role with the variables."""
    process = run_ansible(*get_command(sandbox, folder, *arguments, **variables))
    output = process.stdout + process.stderr
    assert OTHER_AUTH_TOKEN not in output
    return RunResult(output, process.returncode == 0, int(re.findall(r"changed=(\d+)", output)[-1]))


def kill_migration(sandbox: SandboxProcess, folder: Path, is_reached: t.Callable[[], bool], **variables: t.Any) -> None:
    """Run the playbook until the condition holds, then terminate all of its processes."""
    with start_ansible(*get_command(sandbox, folder, **variables)) as process:
        try:
            wait_until(lambda: is_reached() or process.poll() is not None)
            assert process.poll() is None, process.stdout
            stop(process, signal.SIGTERM)
            process.communicate(timeout=30)
        finally:
            stop(process, signal.SIGKILL)


def get_journal(folder: Path) -> Path:
    """Return the default path of the journal."""
    return folder / f".ansible/dasha_blackbox/migration_{PROVIDER_ID}_{OTHER_ACCOUNT_SID.lower()}.txt"


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
    assert_shown(predicted.output, "provider_creation_predicted")
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
        assert again.report["old_provider"].startswith(f"{PROVIDER_ID}: absent")


def test_migration_without_delete_old_is_idempotent(sandbox: SandboxProcess, tmp_path: Path) -> None:
    assert run_migration(sandbox, tmp_path).succeeded
    assert get_agents(sandbox) == {ACCOUNT_SID: UNLINKED, OTHER_ACCOUNT_SID: MOVED}
    sandbox.clear_requests()
    again = run_migration(sandbox, tmp_path)
    assert (again.succeeded, again.changed, list_writes(sandbox)) == (True, 0, ["POST verify"])
    assert [number["done"] for number in again.report["numbers"]] == [True, True]


#: Seconds by which a request that hangs exceeds the timeout.
HANG = 1
#: Faults that interrupt a migration at one request. The request takes effect, and its response is lost.
CUTS: dict[str, dict[str, t.Any]] = {
    "error": {"reset": True, "effect": True},
    "hang": {"reset": True, "effect": True, "delay": TIMEOUT + HANG},
    "terminate": {"reset": True, "effect": True, "delay": HANG},
}
#: Number of tests that share the requests of a migration. ``make test-all`` interrupts it at each request.
SHARES = 8 if "EXHAUSTIVE" in os.environ else 1


def build_seed_with_one_number() -> dict[str, t.Any]:
    """Return the seed with one number."""
    document = build_seed()
    document["providers"][0]["phoneNumberSids"].pop()
    document["agent_links"].pop()
    return document


def build_interruption_seed(*, unlink_first: bool) -> dict[str, t.Any]:
    return {**build_seed_with_one_number(), "one_inbound_link_per_number": unlink_first}


@pytest.fixture(scope="module")
def positions(running_sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory) -> dict[bool, list[int]]:
    """Map unlink_first to the positions, among the requests of a migration, at which to interrupt it.

    By default, this is only the position after the unlinking of the old number.
    """
    found = {}
    for unlink_first in (False, True):
        running_sandbox.restore(build_interruption_seed(unlink_first=unlink_first))
        running_sandbox.clear_faults()
        running_sandbox.clear_requests()
        variables = {**DELETE_OLD, f"{ROLE}_unlink_first": unlink_first}
        assert run_migration(running_sandbox, tmp_path_factory.mktemp("undisturbed"), **variables).succeeded
        methods = [request["method"] for request in running_sandbox.requests()]
        is_exhaustive = "EXHAUSTIVE" in os.environ
        found[unlink_first] = list(range(len(methods))) if is_exhaustive else [methods.index("DELETE") + 1]
    return found


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("unlink_first", [False, True])
def test_migration_after_interruption_is_resumed(
    positions: dict[bool, list[int]],
    sandbox: SandboxProcess,
    tmp_path: Path,
    unlink_first: bool,
    cut: str,
    share: int,
) -> None:
    """Interrupt the migration at a request, and fail all later ones.

    Check that a second run completes the migration, and that the old provider is not deleted before.
    """
    variables = {**DELETE_OLD, f"{ROLE}_unlink_first": unlink_first}
    completed = {OTHER_ACCOUNT_SID: {NUMBERS[0]: MOVED[NUMBERS[0]]}}
    for position in positions[unlink_first][share::SHARES]:
        folder = tmp_path / f"request-{position}"
        sandbox.restore(build_interruption_seed(unlink_first=unlink_first))
        sandbox.clear_requests()
        before = [{"times": position, "patch": {}}] if position else []
        sandbox.inject_faults(*before, CUTS[cut], OUTAGE)
        if cut == "terminate":
            kill_migration(sandbox, folder, functools.partial(has_requests, sandbox, position + 1), **variables)
        else:
            run_migration(sandbox, folder, **variables)
        assert len(sandbox.requests()) > position
        sandbox.clear_faults()
        interrupted = get_agents(sandbox)
        assert ACCOUNT_SID in interrupted or interrupted == completed, f"request {position}"
        assert unlink_first or is_reachable(interrupted), f"request {position}"
        resumed = run_migration(sandbox, folder, **variables)
        assert resumed.succeeded, f"request {position}: {resumed.output}"
        assert get_agents(sandbox) == completed, f"request {position}"
        assert not get_journal(folder).exists()


def has_requests(sandbox: SandboxProcess, number: int) -> bool:
    return len(sandbox.requests()) >= number


def test_number_missing_in_new_account_prevents_import(sandbox: SandboxProcess, tmp_path: Path) -> None:
    state = build_seed()
    del state["twilio_accounts"][1]["phone_numbers"][1]
    sandbox.restore(state)
    result = run_migration(sandbox, tmp_path, **DELETE_OLD)
    assert_shown(result.output, "numbers_not_imported", "+15005550002")
    assert_shown(result.output, "numbers_of_account_missing", "+15005550002")
    assert list_writes(sandbox) == WRITES[:1]
    # The other number can be moved. The old provider is not deleted, because it has another number.
    partial = run_migration(sandbox, tmp_path, **{f"{ROLE}_phone_numbers": [NUMBERS[0]]})
    assert partial.succeeded, partial.output
    assert get_agents(sandbox)[ACCOUNT_SID] == {NUMBERS[0]: (None, []), NUMBERS[1]: (NIGHT_SHIFT, [])}
    kept = run_migration(sandbox, tmp_path, **DELETE_OLD, **{f"{ROLE}_phone_numbers": [NUMBERS[0]]})
    assert not kept.succeeded
    assert_shown(kept.output, "numbers_omitted", f"{ROLE}_delete_old", f"{ROLE}_phone_numbers", NUMBERS[1])
    assert ACCOUNT_SID in get_agents(sandbox)


def test_migration_without_number_list_requires_sids(sandbox: SandboxProcess, tmp_path: Path) -> None:
    unreadable = {"path": ".*/available-numbers", "times": None, "response": {"status": 200, "json": {"count": 2}}}
    sandbox.inject_faults(unreadable)
    refused = run_migration(sandbox, tmp_path)
    assert_shown(refused.output, "sids_unknown", "phone_number_sid", *NUMBERS)
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
    sandbox.inject_faults(REFUSE_LINK)
    result = run_migration(sandbox, tmp_path, **DELETE_OLD)
    assert not result.succeeded
    first, second = result.report["numbers"]
    assert "409 Conflict: The number is linked elsewhere." in first["problem"]
    assert (first["done"], second["done"]) == (False, True)
    assert get_agents(sandbox)[ACCOUNT_SID][NUMBERS[0]] == (RECEPTIONIST, [RECEPTIONIST])
    assert is_reachable(get_agents(sandbox))
    # Without unlink_first, the message does not refer to a journal.
    assert get_journal(tmp_path).name not in result.output


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
    # Refuse the first attempt and the one after the unlinking, but not the rollback.
    sandbox.inject_faults(REFUSE_LINK, REFUSE_LINK)
    result = run_migration(sandbox, tmp_path, **UNLINK_FIRST)
    first, second = result.report["numbers"]
    assert first["problem"].endswith("was restored.")
    assert (first["done"], second["done"]) == (False, True)
    assert get_agents(sandbox)[ACCOUNT_SID][NUMBERS[0]][0] == RECEPTIONIST


def test_failed_transfer_is_shown_immediately(sandbox: SandboxProcess, tmp_path: Path) -> None:
    sandbox.inject_faults(REFUSE_LINK)
    output = run_migration(sandbox, tmp_path).output
    assert re.search(r"^failed: \[localhost\] \(item=\+15005550001\) .*409 Conflict", output, re.MULTILINE)
    assert output.index("409 Conflict") < output.index("Show the report")


def test_report_is_shown_after_failed_task(sandbox: SandboxProcess, tmp_path: Path) -> None:
    sandbox.inject_faults({"method": "POST", "path": ".*/verify", "response": {"status": 500, "json": {}}})
    result = run_migration(sandbox, tmp_path)
    assert not result.succeeded
    assert [number["done"] for number in result.report["numbers"]] == [True, True]


@pytest.mark.parametrize("name", ["Support line ", "Support line" + " " * 88 + "x" * 20])
def test_name_that_cannot_be_declared_is_shortened(sandbox: SandboxProcess, tmp_path: Path, name: str) -> None:
    sandbox.inject_faults({"path": f".*/{PROVIDER_ID}", "method": "GET", "times": None, "patch": {"name": name}})
    result = run_migration(sandbox, tmp_path)
    assert result.succeeded, result.output
    names = {provider["accountSid"]: provider["name"] for provider in sandbox.state()["providers"]}
    assert names[OTHER_ACCOUNT_SID] == "Support line"


def test_settings_without_value_are_omitted(sandbox: SandboxProcess, tmp_path: Path) -> None:
    null = {"name": None, "region": None, "supportsCallTransfer": None}
    sandbox.inject_faults({"path": f".*/{PROVIDER_ID}", "method": "GET", "times": None, "patch": null})
    result = run_migration(sandbox, tmp_path)
    assert result.succeeded, result.output
    [body] = [body for method, path, body in sent(sandbox) if (method, path) == ("POST", "/api/v1/providers/twilio")]
    assert not {"name", "region", "supportsCallTransfer"} & set(body)


@pytest.mark.parametrize("native", ["false", "true"])
def test_encrypted_token_is_accepted(sandbox: SandboxProcess, tmp_path: Path, native: str) -> None:
    (tmp_path / "password").write_text("fake-password", encoding="utf-8")
    environment = {"ANSIBLE_VAULT_PASSWORD_FILE": str(tmp_path / "password"), "ANSIBLE_JINJA2_NATIVE": native}
    name = f"{ROLE}_new_auth_token"
    encrypted = run_ansible(
        tmp_path, environment, "ansible-vault", "encrypt_string", "--name", name, OTHER_AUTH_TOKEN
    ).stdout
    (tmp_path / "vault.yml").write_text(encrypted, encoding="utf-8")
    folder, variables, *command = get_command(sandbox, tmp_path, "-e", "@vault.yml", **DELETE_OLD)
    # The later file overrides the plain token.
    process = run_ansible(folder, {**variables, **environment}, *command)
    assert process.returncode == 0, process.stdout + process.stderr
    assert OTHER_AUTH_TOKEN not in process.stdout + process.stderr
    assert get_agents(sandbox) == {OTHER_ACCOUNT_SID: MOVED}


# Journal of the links


@pytest.fixture
def killed(sandbox: SandboxProcess, tmp_path: Path) -> SandboxProcess:
    """Terminate a migration that has unlinked the first number while its new link hangs."""
    sandbox.restore({**build_seed(), "one_inbound_link_per_number": True})
    sandbox.inject_faults(
        {"method": "PUT", "path": ".*/agent-link"},
        {"method": "PUT", "path": ".*/agent-link", "delay": 60, "reset": True, "effect": False},
    )

    def is_linking_again() -> bool:
        return list_writes(sandbox)[2:] == ["PUT agent-link", "DELETE agent-link", "PUT agent-link"]

    kill_migration(sandbox, tmp_path, is_linking_again, **UNLINK_FIRST, **DELETE_OLD)
    sandbox.clear_faults()
    assert [numbers[NUMBERS[0]][0] for numbers in get_agents(sandbox).values()] == [None, None]
    return sandbox


def test_killed_migration_leaves_journal(killed: SandboxProcess, tmp_path: Path) -> None:
    journal = get_journal(tmp_path)
    assert journal.stat().st_mode & 0o777 == 0o600
    assert journal.read_text(encoding="utf-8").splitlines() == [HEADER, *LINKS]


def test_rerun_restores_links_of_journal(killed: SandboxProcess, tmp_path: Path) -> None:
    resumed = run_migration(killed, tmp_path, **UNLINK_FIRST, **DELETE_OLD)
    assert resumed.succeeded, resumed.output
    assert get_agents(killed) == {OTHER_ACCOUNT_SID: MOVED}
    assert not get_journal(tmp_path).exists()


def test_rerun_without_journal_accepts_links(killed: SandboxProcess, tmp_path: Path) -> None:
    get_journal(tmp_path).unlink()
    links = f"{NUMBERS[0]} inbound Receptionist\n{LINKS[1]}"
    resumed = run_migration(killed, tmp_path, **UNLINK_FIRST, **DELETE_OLD, **{f"{ROLE}_links": links})
    assert resumed.succeeded, resumed.output
    assert get_agents(killed) == {OTHER_ACCOUNT_SID: MOVED}


def test_unproven_link_prevents_deletion(killed: SandboxProcess, tmp_path: Path) -> None:
    killed.inject_faults({**REFUSE_LINK, "times": None})
    refused = run_migration(killed, tmp_path, **UNLINK_FIRST, **DELETE_OLD)
    assert not refused.succeeded
    assert LINKS[0] in refused.report["unconfirmed_links"]
    assert_shown(refused.output, "migration_incomplete", get_journal(tmp_path).name)
    assert ACCOUNT_SID in get_agents(killed)
    assert LINKS[0] in get_journal(tmp_path).read_text(encoding="utf-8")
    killed.clear_faults()
    assert run_migration(killed, tmp_path, **UNLINK_FIRST, **DELETE_OLD).succeeded
    assert get_agents(killed) == {OTHER_ACCOUNT_SID: MOVED}


def test_lost_link_is_restored_without_old_provider(killed: SandboxProcess, tmp_path: Path) -> None:
    state = killed.state()
    state["providers"] = [provider for provider in state["providers"] if provider["accountSid"] == OTHER_ACCOUNT_SID]
    ids = [provider["id"] for provider in state["providers"]]
    state["sip_phone_numbers"] = [number for number in state["sip_phone_numbers"] if number["providerId"] in ids]
    state["sip_credentials"] = [item for item in state["sip_credentials"] if item["providerId"] in ids]
    remaining = [number["id"] for number in state["sip_phone_numbers"]]
    state["agent_links"] = [links for links in state["agent_links"] if links["id"] in remaining]
    killed.restore(state)
    assert run_migration(killed, tmp_path).succeeded
    assert get_agents(killed) == {OTHER_ACCOUNT_SID: MOVED}
    assert not get_journal(tmp_path).exists()


def test_link_replaced_after_interruption_is_kept(killed: SandboxProcess, tmp_path: Path) -> None:
    state = killed.state()
    new = next(provider["id"] for provider in state["providers"] if provider["accountSid"] == OTHER_ACCOUNT_SID)
    record = next(
        number["id"]
        for number in state["sip_phone_numbers"]
        if (number["providerId"], number["phoneNumber"]) == (new, NUMBERS[0])
    )
    state["agent_links"].append({"id": record, "inbound": NIGHT_SHIFT})
    killed.restore(state)
    result = run_migration(killed, tmp_path, **UNLINK_FIRST, **DELETE_OLD)
    assert not result.succeeded
    assert result.report["unconfirmed_links"] == [LINKS[0]]
    assert get_agents(killed)[OTHER_ACCOUNT_SID][NUMBERS[0]] == (NIGHT_SHIFT, [RECEPTIONIST])
    # After the line has been removed from the journal, the migration completes.
    get_journal(tmp_path).write_text("\n".join([HEADER, *LINKS[1:]]), encoding="utf-8")
    assert run_migration(killed, tmp_path, **UNLINK_FIRST, **DELETE_OLD).succeeded
    assert get_agents(killed)[OTHER_ACCOUNT_SID][NUMBERS[0]] == (NIGHT_SHIFT, [RECEPTIONIST])


@pytest.mark.parametrize(
    ("content", "variables", "kind", "facts"),
    [
        ("# Links of another migration\n", {}, "journal_header_invalid", [HEADER, f"{ROLE}_journal"]),
        ("", {}, "journal_header_invalid", [HEADER, f"{ROLE}_journal"]),
        (f"{HEADER}\n+15005550001\n", {}, "link_line_invalid", [f"{ROLE}_links", "+15005550001"]),
        (
            HEADER,
            {f"{ROLE}_links": ["+15005550001 inbound Nobody"]},
            "agent_not_found",
            ["+15005550001 inbound Nobody"],
        ),
        (HEADER, {"awx_job_id": 1}, "journal_required", [f"{ROLE}_unlink_first", f"{ROLE}_journal"]),
        (HEADER, {f"{ROLE}_journal": "journal.txt"}, "path_relative", [f"{ROLE}_journal", "journal.txt"]),
    ],
)
def test_unusable_journal_prevents_migration(
    sandbox: SandboxProcess, tmp_path: Path, content: str, variables: dict[str, t.Any], kind: str, facts: list[str]
) -> None:
    journal = get_journal(tmp_path)
    journal.parent.mkdir(parents=True)
    journal.write_text(content, encoding="utf-8")
    result = run_migration(sandbox, tmp_path, **UNLINK_FIRST, **variables)
    assert not result.succeeded
    assert_shown(result.output, kind, *facts)
    assert list_writes(sandbox) == []


def test_named_journal_is_used_in_awx(sandbox: SandboxProcess, tmp_path: Path) -> None:
    sandbox.restore({**build_seed(), "one_inbound_link_per_number": True})
    # The outage begins while the new link of the first number is written.
    unlinked = {"method": "DELETE", "path": ".*/agent-link", "reset": True, "effect": True}
    sandbox.inject_faults(
        unlinked, {"path": ".*/agent-link"}, {"times": None, "response": {"status": 500, "json": {}}, "method": "PUT"}
    )
    journal = tmp_path / "volume/journal"
    variables = {f"{ROLE}_journal": str(journal), "awx_job_id": 1, **UNLINK_FIRST}
    assert not run_migration(sandbox, tmp_path, **variables).succeeded
    assert journal.read_text(encoding="utf-8").splitlines() == [HEADER, *LINKS]
    sandbox.clear_faults()
    assert run_migration(sandbox, tmp_path, **variables).succeeded
    assert not journal.exists()
    assert get_agents(sandbox)[OTHER_ACCOUNT_SID] == MOVED


@pytest.mark.parametrize(
    ("variables", "kind", "facts"),
    [
        ({f"{ROLE}_old_provider_id": MISSING_ID}, "old_provider_missing", [MISSING_ID, f"{ROLE}_old_provider_id"]),
        ({f"{ROLE}_new_account_sid": ACCOUNT_SID}, "same_account", [ACCOUNT_SID, f"{ROLE}_new_account_sid"]),
        ({f"{ROLE}_phone_numbers": ["+15005550009"]}, "numbers_of_old_provider_missing", ["+15005550009", *NUMBERS]),
        ({f"{ROLE}_phone_numbers": []}, "number_list_empty", [f"{ROLE}_phone_numbers"]),
        (
            {f"{ROLE}_phone_numbers": NUMBERS[:1], **DELETE_OLD},
            "numbers_omitted",
            [f"{ROLE}_delete_old", f"{ROLE}_phone_numbers", NUMBERS[1]],
        ),
    ],
)
def test_migration_with_invalid_input_changes_nothing(
    sandbox: SandboxProcess, tmp_path: Path, variables: dict[str, t.Any], kind: str, facts: list[str]
) -> None:
    result = run_migration(sandbox, tmp_path, **variables)
    assert not result.succeeded
    assert_shown(result.output, kind, *facts)
    assert get_agents(sandbox) == {ACCOUNT_SID: MOVED}


def test_migration_with_refused_token_changes_nothing(sandbox: SandboxProcess, tmp_path: Path) -> None:
    result = run_migration(sandbox, tmp_path, **{f"{ROLE}_new_auth_token": "f" * 32})
    assert not result.succeeded
    assert "Twilio refuses the credentials" in " ".join(result.output.split())
    assert get_agents(sandbox) == {ACCOUNT_SID: MOVED}


def test_failed_verification_keeps_old_provider(sandbox: SandboxProcess, tmp_path: Path) -> None:
    sandbox.inject_faults({"method": "POST", "path": ".*/verify", "patch": {"status": "warning"}})
    result = run_migration(sandbox, tmp_path, **DELETE_OLD)
    assert not result.succeeded
    assert_shown(result.output, "migration_incomplete", ": warning.")
    assert get_agents(sandbox) == {ACCOUNT_SID: UNLINKED, OTHER_ACCOUNT_SID: MOVED}
