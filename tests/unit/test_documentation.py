# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation shows works, what it counts is what is sent, and what it says of results is what comes back."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import textwrap
import typing as t
from pathlib import Path

import pytest
import yaml
from sandbox.process import SandboxProcess
from support import (
    AUTH_TOKEN,
    COLLECTION,
    CREDENTIALS_PATH,
    FIRST_NUMBER_ID,
    NIGHT_SHIFT,
    OTHER_ACCOUNT_SID,
    OTHER_AUTH_TOKEN,
    PROVIDER_ID,
    PROVIDER_PATH,
    RECEPTIONIST,
    SECOND_NUMBER_ID,
    SEED,
    ModuleRunner,
    observed,
    run_ansible,
    sent,
    yaml_blocks,
)

from ansible_collections.dasha.blackbox.plugins.module_utils import _phone_numbers, _providers, _verification

MODULES = sorted(path.stem for path in (COLLECTION / "plugins/modules").glob("*.py"))
README = COLLECTION / "README.md"
GUIDES = COLLECTION / "docs/docsite/rst"

#: A token that replaces AUTH_TOKEN.
NEW_TOKEN = "0000000000000000000000000000000c"

#: What the examples and pages leave to the vault, or to whoever starts the play.
VARIABLES = {"vault_twilio_auth_token": OTHER_AUTH_TOKEN, "new_twilio_auth_token": NEW_TOKEN, "rotate_auth_token_new_auth_token": NEW_TOKEN}


# What is shown


def documented(module: str, part: str) -> t.Any:
    return yaml.safe_load(getattr(importlib.import_module(f"ansible_collections.dasha.blackbox.plugins.modules.{module}"), part))


def shown() -> dict[str, list[t.Any]]:
    """What can be played of the examples of each module and of each page; other YAML is a mapping."""
    everything = {module: [documented(module, "EXAMPLES")] for module in MODULES}
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
    sandbox.clear_requests()


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

    sandbox.clear_requests()
    again = play(bootstrap, **key, **VARIABLES)
    assert (recap(again)["ok"], recap(again)["changed"]) == (3, 0)
    assert [(method, path) for method, path, _body in sent(sandbox) if method != "GET"] == [("POST", f"/api/v1/providers/{provider['id']}/verify")]

    play(delete, **key, **VARIABLES)
    assert sandbox.state()["providers"] == []


@pytest.mark.parametrize(("outcome", "times"), [("pending", 2), ("pending", None), ("failed", None)])
def test_bootstrap_waits_for_the_verification(sandbox: SandboxProcess, play: Player, outcome: str, times: int | None) -> None:
    start(sandbox, "bootstrap.rst")
    checks = [{"checkName": "trunk", "status": outcome, "message": "Not seen yet."}]
    sandbox.inject_faults({"method": "POST", "path": ".*/verify", "times": times, "patch": {"status": outcome, "checks": checks}})
    process = play(SHOWN["bootstrap.rst"][0], vault_blackbox_api_key=sandbox.api_key, blackbox_verify_delay=0, **VARIABLES)
    verifications = [path for method, path, _body in sent(sandbox) if method == "POST" and path.endswith("/verify")]
    assert (process.returncode == 0, len(verifications)) == (times is not None, (times or 10) + 1), process.stdout
    assert ("ended with failed; trunk: Not seen yet." in process.stdout) is (outcome == "failed")


def test_bootstrap_does_not_wait_when_there_is_no_outcome(sandbox: SandboxProcess, play: Player) -> None:
    start(sandbox, "bootstrap.rst")
    sandbox.inject_faults({"method": "POST", "path": ".*/verify", "response": {"status": 403, "json": {}}})
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


# The requests that "How it works" counts


def table(page: Path, heading: str) -> dict[str, list[str]]:
    """The rows of all tables whose second column has this heading: by the heading of the first column and the first cell, the other cells."""
    rows = {}
    for body in re.findall(r"^\.\. list-table::\n(?:   :.*\n)+\n((?:   .*\n)+)", page.read_text(encoding="utf-8"), re.MULTILINE):
        cells = [[" ".join(cell.split()) for cell in re.split("^     - ", row, flags=re.MULTILINE)] for row in re.split(r"^   \* - ", body, flags=re.MULTILINE)]
        (title, *others), *found = cells[1:]
        if others[0] == heading:
            rows.update({f"{title}: {first}": rest for first, *rest in found})
    return rows


COUNTED = {row: cells[0] for row, cells in table(GUIDES / "how_it_works.rst", "requests").items()}
REPEATED = table(GUIDES / "how_it_works.rst", "sent again")

#: A number and the agents that use it.
USAGE = ["GET /sip-phone-numbers/{id}", "GET /sip-phone-numbers/{id}/affected-agents"]

#: What the phrases of the tables stand for, where a provider has two numbers. How many providers a look-up reads is up to the case.
PHRASES = {
    "none": [],
    "one GET": ["GET /providers/{id}"],
    "one GET for each 1000 of its numbers": ["GET /sip-phone-numbers"],
    "one GET for each of the first 20 numbers": ["GET /sip-phone-numbers/{id}/affected-agents"] * 2,
    "two GETs: the second asks whether it is the API that answers there": ["GET /providers/{id}", "GET /sip-credentials"],
    "one PUT": ["PUT /providers/twilio/{id}"],
    "one PUT with only the differing fields": ["PUT /providers/twilio/{id}"],
    "one PATCH": ["PATCH /providers/twilio/{id}/auth-token"],
    "one DELETE": ["DELETE /providers/{id}"],
    "one GET for the numbers of the account": ["GET /providers/twilio/{id}/available-numbers"],
    "one POST for each ten numbers": ["POST /providers/twilio/{id}/import-numbers"],
    "one GET for each number that is to go": ["GET /sip-phone-numbers/{id}/affected-agents"],
    "one DELETE for each number": ["DELETE /providers/twilio/{id}/phone-numbers/{id}"],
    "one GET for each 1000 numbers": ["GET /sip-phone-numbers"],
    "one GET for each number that matches": ["GET /sip-phone-numbers/{id}/affected-agents"] * 2,
    "one GET for the agent": ["GET /agents/{id}"],
    "one GET for each 1000 agents": ["GET /agents"],
    "one GET that brings nothing new": ["GET /agents"],
    "one GET for the number": ["GET /sip-phone-numbers/{id}"],
    "two GETs for the number": USAGE,
    "two GETs for each of both numbers": USAGE * 2,
    "one PUT for the link": ["PUT /sip-phone-numbers/{id}/agent-link"],
    "one DELETE for the link": ["DELETE /sip-phone-numbers/{id}/agent-link"],
}
NO_CREDENTIALS = {"status": 200, "json": {"items": [], "totalCount": 0, "skip": 0, "take": 1000}}


class Case(t.NamedTuple):
    """What makes a module send the requests that a row of the tables counts.

    :param looked_up: how many providers each look-up reads.
    :param numbers: whether the provider has its two numbers.
    """

    module: str
    options: dict[str, t.Any]
    faults: t.Sequence[dict[str, t.Any]] = ()
    check_mode: bool = False
    looked_up: t.Sequence[int] = ()
    numbers: bool = False


PROVIDER = {"id": PROVIDER_ID}
CHANGE = {**PROVIDER, "region": "ie1"}
NEW = {"account_sid": OTHER_ACCOUNT_SID, "auth_token": OTHER_AUTH_TOKEN, "name": "Sales line"}
TOKEN = {**PROVIDER, "auth_token": AUTH_TOKEN, "update_auth_token": "always"}
ABSENT = {**PROVIDER, "state": "absent"}
IMPORT = {"provider_id": PROVIDER_ID, "phone_numbers": ["+15005550001", "+15005550003"]}
THERE = {"provider_id": PROVIDER_ID, "phone_numbers": ["+15005550001", "+15005550002"]}
REMOVAL = {"provider_id": PROVIDER_ID, "phone_numbers": ["+15005550002", "+15005550003"], "state": "absent"}
LINK = {"phone_number_id": SECOND_NUMBER_ID, "agent_id": NIGHT_SHIFT}
LINKED = {"phone_number_id": FIRST_NUMBER_ID, "agent_id": RECEPTIONIST}
TRANSFER = {"from_id": FIRST_NUMBER_ID, "to_id": SECOND_NUMBER_ID}

CREATION = "``twilio_provider`` with an ``account_sid`` that no provider has"
ROTATION = "``twilio_provider`` with ``update_auth_token: always``"
DELETION = "``twilio_provider`` with ``state: absent``"
NUMBERS = "``twilio_phone_numbers``"
LINKING = "``phone_number_agent_link`` with ``phone_number_id``"
MOVING = "``phone_number_link_transfer``"

CASES = {
    "``twilio_provider``: Nothing differs": Case("twilio_provider", {**PROVIDER, "region": "us1"}),
    "``twilio_provider``: Something differs, check mode": Case("twilio_provider", CHANGE, check_mode=True),
    "``twilio_provider``: Something differs": Case("twilio_provider", CHANGE),
    "``twilio_provider``: Something differs, and the answer to the PUT is lost or does not show it": Case(
        "twilio_provider", CHANGE, [{"method": "PUT", "reset": True}]
    ),
    "``twilio_provider``: An option is refused": Case("twilio_provider", {**PROVIDER, "region": " "}),
    f"{CREATION}: Check mode": Case("twilio_provider", NEW, check_mode=True, looked_up=[1]),
    f"{CREATION}: The provider is created": Case("twilio_provider", NEW, looked_up=[1, 2]),
    f"{CREATION}: It is created, and neither the answer nor the second look-up shows it as it was asked for": Case(
        "twilio_provider",
        NEW,
        [{"path": CREDENTIALS_PATH}, {"method": "POST", "patch": {"name": None}}, {"path": CREDENTIALS_PATH, "response": NO_CREDENTIALS}],
        looked_up=[1, 0],
    ),
    f"{CREATION}: The service refuses to create it": Case("twilio_provider", {**NEW, "auth_token": AUTH_TOKEN}, looked_up=[1]),
    f"{CREATION}: The answer to the POST is lost": Case("twilio_provider", NEW, [{"method": "POST", "reset": True}], looked_up=[1, 2]),
    f"{CREATION}: The answer to the POST is lost, and the provider that is there then differs": Case(
        "twilio_provider", NEW, [{"method": "POST", "reset": True, "rewrite": {"name": "Another name"}}], looked_up=[1, 2]
    ),
    f"{ROTATION}: Check mode": Case("twilio_provider", TOKEN, check_mode=True),
    f"{ROTATION}: The token is accepted": Case("twilio_provider", TOKEN),
    f"{ROTATION}: The token is accepted, and something else differs": Case("twilio_provider", {**TOKEN, "region": "ie1"}),
    f"{ROTATION}: The token is refused": Case("twilio_provider", {**TOKEN, "auth_token": NEW_TOKEN, "region": "ie1"}),
    f"{ROTATION}: The token is accepted, and the answer does not show the provider": Case(
        "twilio_provider", TOKEN, [{"method": "PATCH", "effect": True, "response": {"status": 204}}]
    ),
    f"{DELETION}: It is not there": Case("twilio_provider", {**ABSENT, "id": "00000000-0000-4000-8000-000000000000"}),
    f"{DELETION}: It has no numbers, check mode": Case("twilio_provider", ABSENT, check_mode=True),
    f"{DELETION}: It has no numbers": Case("twilio_provider", ABSENT),
    f"{DELETION}: It has numbers": Case("twilio_provider", ABSENT, numbers=True),
    f"{DELETION}: ``force: true``": Case("twilio_provider", {**ABSENT, "force": True}, numbers=True),
    f"{DELETION}: The answer to the DELETE is lost": Case("twilio_provider", ABSENT, [{"method": "DELETE", "reset": True}]),
    "``twilio_provider_info``: The provider is there, or the API says that it is not": Case("twilio_provider_info", PROVIDER),
    "``twilio_provider_info``: A 404 that is not in the API's words": Case(
        "twilio_provider_info", PROVIDER, [{"response": {"status": 404, "text": "not here"}}]
    ),
    "``twilio_provider_info``: By ``account_sid`` or ``name``, or all": Case("twilio_provider_info", {}, looked_up=[1]),
    "``twilio_provider_verify``: Check mode": Case("twilio_provider_verify", PROVIDER, check_mode=True),
    "``twilio_provider_verify``: The provider is verified": Case("twilio_provider_verify", PROVIDER),
    f"{NUMBERS}: All are imported": Case("twilio_phone_numbers", THERE, numbers=True),
    f"{NUMBERS}: Some are not imported yet, check mode": Case("twilio_phone_numbers", IMPORT, check_mode=True, numbers=True),
    f"{NUMBERS}: Some are not imported yet, or the answer to the POST is lost": Case("twilio_phone_numbers", IMPORT, numbers=True),
    f"{NUMBERS}: The import is refused": Case("twilio_phone_numbers", IMPORT, [{"method": "POST", "response": {"status": 403, "json": {}}}], numbers=True),
    f"{NUMBERS}: By ``phone_number_sids``, all are imported": Case(
        "twilio_phone_numbers", {"provider_id": PROVIDER_ID, "phone_number_sids": ["PN00000000000000000000000000000001"]}, numbers=True
    ),
    f"{NUMBERS}: ``exclusive: true``, one is not imported yet and one is to go": Case("twilio_phone_numbers", {**IMPORT, "exclusive": True}, numbers=True),
    f"{NUMBERS}: ``state: absent``, none is imported": Case("twilio_phone_numbers", REMOVAL),
    f"{NUMBERS}: ``state: absent``, check mode": Case("twilio_phone_numbers", REMOVAL, check_mode=True, numbers=True),
    f"{NUMBERS}: ``state: absent``": Case("twilio_phone_numbers", REMOVAL, numbers=True),
    f"{NUMBERS}: ``state: absent``, ``force: true``": Case("twilio_phone_numbers", {**REMOVAL, "force": True}, numbers=True),
    f"{NUMBERS}: The answer to the DELETE is lost": Case("twilio_phone_numbers", REMOVAL, [{"method": "DELETE", "reset": True}], numbers=True),
    "``twilio_available_number_info``: The provider is there": Case("twilio_available_number_info", {"provider_id": PROVIDER_ID}),
    "``phone_number_info``: Any filter": Case("phone_number_info", {"unlinked_only": True}, numbers=True),
    "``phone_number_info``: ``agents: true``": Case("phone_number_info", {"agents": True}, numbers=True),
    "``agent_info``: By ``id``": Case("agent_info", {"id": RECEPTIONIST}),
    "``agent_info``: By ``name``, or all": Case("agent_info", {"name": "Receptionist"}),
    f"{LINKING}: The link is there": Case("phone_number_agent_link", LINKED, numbers=True),
    f"{LINKING}: It is missing, check mode": Case("phone_number_agent_link", LINK, check_mode=True, numbers=True),
    f"{LINKING}: It is missing": Case("phone_number_agent_link", LINK, numbers=True),
    f"{LINKING}: ``state: absent``": Case("phone_number_agent_link", {**LINKED, "state": "absent"}, numbers=True),
    f"{LINKING}: ``direction: outbound``, the link is there": Case("phone_number_agent_link", {**LINKED, "direction": "outbound"}, numbers=True),
    f"{LINKING}: ``direction: outbound``, it is missing": Case("phone_number_agent_link", {**LINK, "direction": "outbound"}, numbers=True),
    f"{LINKING}: ``direction: outbound``, ``state: absent``": Case(
        "phone_number_agent_link", {**LINKED, "direction": "outbound", "state": "absent"}, numbers=True
    ),
    f"{LINKING}: The service refuses the link": Case(
        "phone_number_agent_link", LINK, [{"method": "PUT", "response": {"status": 409, "json": {}}}], numbers=True
    ),
    f"{MOVING}: No agent is left to move": Case("phone_number_link_transfer", {"from_id": SECOND_NUMBER_ID, "to_id": FIRST_NUMBER_ID}, numbers=True),
    f"{MOVING}: Check mode": Case("phone_number_link_transfer", TRANSFER, check_mode=True, numbers=True),
    f"{MOVING}: An agent is moved, inbound and outbound": Case("phone_number_link_transfer", TRANSFER, numbers=True),
}


def expected(case: Case, words: str) -> list[str]:
    """The requests that a table counts in these words."""
    post = "POST /providers/{id}/verify" if case.module == "twilio_provider_verify" else "POST /providers/twilio"
    looked_up = iter(case.looked_up)
    requests = []
    for phrase in [words] if words in PHRASES else words.split(", "):
        if phrase == "a look-up":
            requests += ["GET /sip-credentials", *["GET /providers/{id}"] * next(looked_up)]
        else:
            requests += [post] if phrase == "one POST" else PHRASES[phrase]
    assert not list(looked_up)
    return requests


def prepare(sandbox: SandboxProcess, numbers: bool) -> None:
    seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    if not numbers:
        seed["providers"][0]["phoneNumberSids"] = []
        seed["agent_links"] = []
    sandbox.restore(seed)


@pytest.mark.parametrize("row", COUNTED)
def test_the_requests_are_as_counted(run_module: ModuleRunner, sandbox: SandboxProcess, row: str) -> None:
    case = CASES[row]
    prepare(sandbox, case.numbers)
    sandbox.inject_faults(*case.faults)
    run_module(case.module, check_mode=case.check_mode, **case.options)
    assert observed(sandbox) == expected(case, COUNTED[row])


def test_every_case_is_a_row() -> None:
    assert set(CASES) == set(COUNTED)


def test_a_look_up_costs_what_is_said(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    seed["providers"] += [{"accountSid": OTHER_ACCOUNT_SID}] * 39
    for others, lists in ((960, 1), (961, 2)):
        sandbox.restore({**seed, "sip_credentials": [{"server": "sip.example.com"}] * others})
        sandbox.clear_requests()
        assert len(run_module("twilio_provider_info")["providers"]) == 40
        assert [request.partition("{")[0] for request in observed(sandbox)] == ["GET /sip-credentials"] * lists + ["GET /providers/"] * 40


class Repeat(t.NamedTuple):
    """A request of the table of what is sent again.

    :param path: of the request, as a regular expression.
    :param done: whether the task succeeds when no answer comes of a request that the service processed.
    :param changed: what the task reports when the service did not process it.
    :param numbers: whether the provider has its two numbers.
    """

    method: str
    path: str
    module: str
    options: dict[str, t.Any]
    done: bool
    changed: bool
    numbers: bool = False


REPEATS = {
    "request: GET": Repeat("GET", PROVIDER_PATH, "twilio_provider_info", PROVIDER, done=False, changed=False),
    "request: PUT, an update": Repeat("PUT", ".*", "twilio_provider", CHANGE, done=True, changed=False),
    "request: PATCH, the token": Repeat("PATCH", ".*", "twilio_provider", TOKEN, done=False, changed=True),
    "request: POST, a verification": Repeat("POST", ".*", "twilio_provider_verify", PROVIDER, done=False, changed=True),
    "request: DELETE": Repeat("DELETE", ".*", "twilio_provider", ABSENT, done=True, changed=False),
    "request: POST, a creation": Repeat("POST", ".*", "twilio_provider", NEW, done=True, changed=False),
    "request: POST, an import": Repeat("POST", ".*", "twilio_phone_numbers", IMPORT, done=True, changed=False, numbers=True),
    "request: DELETE, a number": Repeat("DELETE", ".*", "twilio_phone_numbers", REMOVAL, done=True, changed=False, numbers=True),
    "request: PUT, a link": Repeat("PUT", ".*", "phone_number_agent_link", LINK, done=True, changed=False, numbers=True),
    "request: DELETE, a link": Repeat("DELETE", ".*", "phone_number_agent_link", {**LINKED, "state": "absent"}, done=True, changed=False, numbers=True),
}


@pytest.mark.parametrize("row", REPEATED)
def test_what_is_sent_again_is_as_said(run_module: ModuleRunner, sandbox: SandboxProcess, row: str) -> None:
    repeat = REPEATS[row]
    again, _unanswered = REPEATED[row]

    def run(**fault: t.Any) -> tuple[int, dict[str, t.Any]]:
        """How often the request was sent, and the result."""
        prepare(sandbox, repeat.numbers)
        sandbox.clear_requests()
        sandbox.inject_faults({"method": repeat.method, "path": repeat.path, **fault})
        result = run_module(repeat.module, api_retries=1, **repeat.options)
        return [method for method, path, _body in sent(sandbox) if re.fullmatch(repeat.path, path)].count(repeat.method), result

    assert run(response={"status": 429})[0] == 2
    assert run(response={"status": 503})[0] == (1 if again.startswith("only after 429") else 2)
    assert bool(run(reset=True, times=None)[1].get("failed")) is not repeat.done
    times, result = run(reset=True, effect=False, times=None)
    assert (times, result["failed"], result["changed"]) == (1 if again.startswith("only after 429") else 2, True, repeat.changed)


# The results


def test_the_fields_of_a_provider_are_documented_as_they_are() -> None:
    provider = documented("twilio_provider", "RETURN")["provider"]["contains"]
    providers = documented("twilio_provider_info", "RETURN")["providers"]["contains"]
    assert {name: field["type"] for name, field in provider.items()} == {field.option: field.kind for field in _providers.FIELDS if not field.secret}
    assert providers == provider


def test_the_fields_of_a_verification_are_documented_as_they_are() -> None:
    verification = documented("twilio_provider_verify", "RETURN")["verification"]["contains"]
    assert {name: field["type"] for name, field in verification.items()} == {field.option: field.kind for field in _verification.FIELDS}
    assert verification["checks"]["contains"] == documented("twilio_provider", "RETURN")["provider"]["contains"]["verification_details"]["contains"]


def test_the_fields_of_a_number_are_documented_as_they_are() -> None:
    numbers = documented("phone_number_info", "RETURN")["phone_numbers"]["contains"]
    agents = numbers.pop("agents")
    assert {name: field["type"] for name, field in numbers.items()} == {field.option: field.kind for field in _phone_numbers.FIELDS}
    assert documented("twilio_phone_numbers", "RETURN")["phone_numbers"]["contains"] == numbers
    assert documented("phone_number_agent_link", "RETURN")["phone_number"]["contains"] == numbers
    assert agents["returned"] == "when O(agents) is true"


def assert_documented(returned: dict[str, t.Any], result: dict[str, t.Any]) -> None:
    """Every key of a result is documented, at any depth, and every key that is documented is there if it always is."""
    assert set(result) <= set(returned)
    assert {key for key, about in returned.items() if about["returned"] in ("always", "success")} <= set(result)
    for key, value in result.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict) and "contains" in returned[key]:
                assert_documented(returned[key]["contains"], item)


OF_ANSIBLE = {"changed", "failed", "invocation", "msg", "exception"}

#: What each module is asked for here, so that it returns all that it can; where it is not listed, the provider of the seed.
ASKED: dict[str, dict[str, t.Any]] = {
    "agent_info": {"id": RECEPTIONIST},
    "phone_number_agent_link": LINK,
    "phone_number_info": {"agents": True},
    "phone_number_link_transfer": TRANSFER,
    "twilio_available_number_info": {"provider_id": PROVIDER_ID},
    "twilio_phone_numbers": {**IMPORT, "exclusive": True},
    "twilio_providers": {"providers": [PROVIDER]},
}
#: What a module returns that has an error of its own for each of many.
OF_MANY = {"twilio_providers": {"diff", "providers", "summary"}}


@pytest.mark.parametrize("module", MODULES)
def test_every_key_of_a_result_is_documented(run_module: ModuleRunner, sandbox: SandboxProcess, module: str) -> None:
    returned = documented(module, "RETURN")
    # The checks of a provider are there once it was verified.
    run_module("twilio_provider_verify", id=PROVIDER_ID)
    sandbox.inject_faults({"response": {"status": 503}})
    success = run_module(module, api_retries=1, **ASKED.get(module, PROVIDER))
    assert "retried" in success
    assert_documented(returned, {key: value for key, value in success.items() if key not in OF_ANSIBLE})
    failure = run_module(module, api_key="another-fake-key", **ASKED.get(module, PROVIDER))
    if module in OF_MANY:
        assert set(failure) - OF_ANSIBLE == OF_MANY[module] <= set(returned)
        return
    assert set(failure) - OF_ANSIBLE == {"error"}
    assert set(failure["error"]) == set(returned["error"]["contains"])
    assert documented(module, "RETURN")["error"] == documented(MODULES[0], "RETURN")["error"]


def test_a_verification_is_returned_when_it_fails_the_task_too(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"method": "POST", "patch": {"status": "failed"}})
    failure = run_module("twilio_provider_verify", id=PROVIDER_ID)
    assert failure["failed"]
    assert set(failure) - OF_ANSIBLE == {"verification"}
    assert set(failure["verification"]) == set(documented("twilio_provider_verify", "RETURN")["verification"]["contains"])


def test_the_outcome_of_each_number_is_returned_when_the_task_fails_too(run_module: ModuleRunner) -> None:
    returned = documented("twilio_phone_numbers", "RETURN")
    failure = run_module("twilio_phone_numbers", provider_id=PROVIDER_ID, phone_numbers=["+15005550001", "+15005550002"], state="absent")
    assert (failure["failed"], failure["changed"]) == (True, True)
    assert set(failure) - OF_ANSIBLE == {"imported", "removed", "failures", "phone_numbers", "diff"}
    for name in ("removed", "failures"):
        [entry] = failure[name]
        assert set(entry) == set(returned[name]["contains"]) == {"phone_number", "phone_number_sid", "id", "error"}


def test_every_module_is_in_the_action_group_and_in_the_readme() -> None:
    runtime = yaml.safe_load((COLLECTION / "meta/runtime.yml").read_text(encoding="utf-8"))
    assert sorted(runtime["action_groups"]["all"]) == MODULES
    readme = README.read_text(encoding="utf-8")
    assert all(f"| `dasha.blackbox.{module}` |" in readme for module in MODULES)


def test_every_make_target_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (COLLECTION / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    patterns = ("*.md", "docs/docsite/rst/*.rst", ".github/**/*.yml", ".pre-commit-config.yaml")
    texts = {path.name: path.read_text(encoding="utf-8") for pattern in patterns for path in COLLECTION.glob(pattern)}
    named = {name: set(re.findall(r"(?:`|: |^ *)make ([a-z-]+)(?=`| [A-Z]+=|$)", text, re.MULTILINE)) for name, text in texts.items()}
    assert {"CONTRIBUTING.md", "README.md", "ci.yml", ".pre-commit-config.yaml", "contributing.rst"} <= {name for name, found in named.items() if found}
    assert {name: found - targets for name, found in named.items() if found - targets} == {}
