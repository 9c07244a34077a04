# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many machines, in small: the inventory cut in slices as AWX cuts it, and each slice converged by an ``ansible-runner`` of its own."""

from __future__ import annotations

import json
import os
import sys
import typing as t
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible

SLICES = 3
DRIFTED = 4
PLAY = {
    "hosts": "all",
    "gather_facts": False,
    "tasks": [{"name": "In Ireland", "dasha.blackbox.twilio_provider": {"id": "{{ blackbox_provider_id }}", "region": "ie1"}}],
}


def seed() -> dict[str, t.Any]:
    """Ten providers, four of them with another region than is declared."""
    accounts = [f"AC{number:032x}" for number in range(10)]
    return {
        "twilio_accounts": [{"account_sid": account, "auth_token": account[2:]} for account in accounts],
        "providers": [{"accountSid": account, "name": f"Line {account[-1]}", "region": "us1" if int(account[-1]) < DRIFTED else "ie1"} for account in accounts],
    }


def run(folder: Path, sandbox: SandboxProcess, *command: str) -> str:
    environment = {
        # ansible-runner looks for ansible-playbook there.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DASHA_BLACKBOX_API_URL": sandbox.url,
        "DASHA_BLACKBOX_API_KEY": sandbox.api_key,
    }
    process = run_ansible(folder, environment, *command)
    process.check_returncode()
    return process.stdout


def test_the_slices_of_an_inventory_do_all_and_nothing_twice(running_sandbox: SandboxProcess, tmp_path: Path) -> None:
    sandbox = running_sandbox
    sandbox.restore(seed())
    sandbox.behave()
    (tmp_path / "blackbox.yml").write_text("plugin: dasha.blackbox.twilio_providers\nhostname: id\n", encoding="utf-8")
    inventory = json.loads(run(tmp_path, sandbox, "ansible-inventory", "--inventory", "blackbox.yml", "--list"))
    variables = inventory["_meta"]["hostvars"]
    assert len(variables) == 10
    # What AWX does for slice n of N: every Nth host by name, from the nth on.
    slices = [sorted(variables)[start::SLICES] for start in range(SLICES)]
    assert sorted(host for hosts in slices for host in hosts) == sorted(variables)

    def converge(number: int) -> dict[str, t.Any]:
        folder = tmp_path / f"slice-{number}"
        (folder / "project").mkdir(parents=True)
        (folder / "inventory").mkdir()
        (folder / "project/play.yml").write_text(json.dumps([PLAY]), encoding="utf-8")
        hosts = {host: variables[host] for host in slices[number]}
        (folder / "inventory/hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
        run(tmp_path, sandbox, "ansible-runner", "run", str(folder), "--playbook", "play.yml", "--ident", "slice")
        events = [json.loads(file.read_text(encoding="utf-8")) for file in (folder / "artifacts/slice/job_events").glob("*.json")]
        [stats] = [event["event_data"] for event in events if event["event"] == "playbook_on_stats"]
        return t.cast("dict[str, t.Any]", stats)

    sandbox.forget_requests()
    too_many = {"answer": {"status": 429, "headers": {"Retry-After": "1"}}}
    sandbox.misbehave({"times": 3}, too_many, {"times": 2}, too_many)
    with ThreadPoolExecutor(SLICES) as pool:
        stats = list(pool.map(converge, range(SLICES)))
    requests = Counter((request["method"], request["path"]) for request in sandbox.requests() if request["status"] != 429)
    assert sum(1 for request in sandbox.requests() if request["status"] == 429) == 2
    assert sum(sum(counts["changed"].values()) for counts in stats) == DRIFTED
    assert not any(counts["failures"] or counts["dark"] for counts in stats)
    assert Counter(method for method, _path in requests) == {"GET": 10, "PUT": DRIFTED}
    assert set(requests.values()) == {1}
    assert {provider["region"] for provider in sandbox.state()["providers"]} == {"ie1"}
