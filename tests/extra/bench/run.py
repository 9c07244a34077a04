# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Benchmark of single tasks (``make bench``).

It compares ``twilio_provider`` with other modules, and measures the selection of a provider. Each
case is a playbook that repeats the same tasks ``TASKS`` times against the sandbox. The time of a
task is the wall time of the playbook minus that of an empty playbook, divided by ``TASKS``. The
cases alternate, so that other load affects all of them.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import typing as t
from importlib.metadata import version
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TESTS))

from sandbox.process import SandboxProcess  # noqa: E402  # needs the path above

PROVIDER_ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"
ACCOUNT_SID = "AC00000000000000000000000000000001"
TASKS = 10
#: Number of providers from which one is selected.
PROVIDERS = 1000

Tasks = list[dict[str, t.Any]]


def build_ping_task(_position: int) -> Tasks:
    return [{"ansible.builtin.ping": {}}]


def build_unchanged_task(_position: int) -> Tasks:
    return [{"dasha.blackbox.twilio_provider": {"id": PROVIDER_ID, "name": "Support line", "region": "us1"}}]


def build_changed_task(position: int) -> Tasks:
    return [
        {
            "dasha.blackbox.twilio_provider": {
                "id": PROVIDER_ID,
                "name": "Support line",
                "supports_call_transfer": position % 2 == 0,
            }
        }
    ]


def build_uri_tasks(position: int) -> Tasks:
    """Return equivalent tasks without the collection.

    They read, compare and write the differences, and support check mode.
    """
    authorized = {
        "headers": {"Authorization": "Bearer {{ lookup('ansible.builtin.env', 'DASHA_BLACKBOX_API_KEY') }}"},
        "timeout": 30,
    }
    api = "{{ lookup('ansible.builtin.env', 'DASHA_BLACKBOX_API_URL') }}/api/v1/providers"
    desired = {"name": "Support line", "supportsCallTransfer": position % 2 == 0}
    return [
        {
            "ansible.builtin.uri": {"url": f"{api}/{PROVIDER_ID}", **authorized},
            "register": "current",
            "check_mode": False,
            "changed_when": False,
            "no_log": True,
        },
        {
            "ansible.builtin.set_fact": {
                "differing": "{{ desired | dict2items | difference(current.json | dict2items) | items2dict }}"
            },
            "vars": {"desired": desired},
        },
        {
            "ansible.builtin.uri": {
                "url": f"{api}/twilio/{PROVIDER_ID}",
                "method": "PUT",
                "body_format": "json",
                "body": "{{ differing }}",
                "status_code": [200, 201, 202, 204],
                **authorized,
            },
            "when": "differing | length > 0",
            "changed_when": True,
            "no_log": True,
        },
        {
            "ansible.builtin.debug": {"var": "differing"},
            "when": "ansible_check_mode and differing | length > 0",
            "changed_when": True,
        },
    ]


CASES: dict[str, tuple[str, t.Callable[[int], Tasks]]] = {
    "a": ("`twilio_provider`, nothing to change", build_unchanged_task),
    "b": ("`twilio_provider`, a change", build_changed_task),
    "c": ("`ansible.builtin.uri` tasks, the same change", build_uri_tasks),
    "d": ("`ansible.builtin.ping`, the minimum of any module", build_ping_task),
}


def write_playbook(folder: Path, name: str, tasks: Tasks) -> Path:
    """Write a playbook as JSON, which is valid YAML."""
    playbook = folder / f"{name}.yml"
    interpreter = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": interpreter, "tasks": tasks}
    playbook.write_text(json.dumps([play]), encoding="utf-8")
    return playbook


def run_playbook(playbook: Path, sandbox: SandboxProcess) -> float:
    """Run the playbook and return the elapsed seconds."""
    # Ignore settings of the user, because they may affect the measurement.
    environment = {
        name: value
        for name, value in os.environ.items()
        if name == "ANSIBLE_COLLECTIONS_PATH" or not name.startswith(("ANSIBLE_", "DASHA_"))
    }
    environment["ANSIBLE_CONFIG"] = str(playbook.parent / "ansible.cfg")
    environment["DASHA_BLACKBOX_API_URL"] = sandbox.url
    environment["DASHA_BLACKBOX_API_KEY"] = sandbox.api_key
    start = time.perf_counter()
    process = subprocess.run(
        ["ansible-playbook", "-i", "localhost,", str(playbook)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{playbook.stem} failed:\n{process.stdout}{process.stderr}")
    return seconds


def measure(rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return the median seconds and the requests per task of each case."""
    seconds: dict[str, list[float]] = {case: [] for case in CASES}
    requests: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch, SandboxProcess(seed=TESTS / "sandbox/seed.yml") as sandbox:
        seed = sandbox.state()
        Path(scratch, "ansible.cfg").touch()
        empty = write_playbook(Path(scratch), "empty", [{"ansible.builtin.meta": "noop"}])
        playbooks = {
            case: write_playbook(
                Path(scratch), case, list(itertools.chain.from_iterable(tasks(position) for position in range(TASKS)))
            )
            for case, (_description, tasks) in CASES.items()
        }
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
            start_up = run_playbook(empty, sandbox)
            for case, playbook in playbooks.items():
                sandbox.restore(seed)
                sandbox.clear_requests()
                seconds[case].append((run_playbook(playbook, sandbox) - start_up) / TASKS)
                requests[case] = len(sandbox.requests()) / TASKS
    return {case: statistics.median(times) for case, times in seconds.items()}, requests


def measure_selection(rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return the median seconds and the requests of a selection by ID and by account SID."""
    seconds: dict[str, list[float]] = {"id": [], "account_sid": []}
    requests: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch, SandboxProcess(seed=TESTS / "sandbox/seed.yml") as sandbox:
        seed = sandbox.state()
        accounts = [f"AC{number:032x}" for number in range(0x1000, 0x1000 + PROVIDERS - 1)]
        seed["twilio_accounts"] += [{"account_sid": account, "auth_token": account[2:]} for account in accounts]
        seed["providers"] += [{"accountSid": account, "name": account} for account in accounts]
        sandbox.restore(seed)
        Path(scratch, "ansible.cfg").touch()
        empty = write_playbook(Path(scratch), "empty", [{"ansible.builtin.meta": "noop"}])
        selectors = {"id": PROVIDER_ID, "account_sid": ACCOUNT_SID}
        playbooks = {
            option: write_playbook(
                Path(scratch), option, [{"dasha.blackbox.twilio_provider": {option: value, "region": "us1"}}]
            )
            for option, value in selectors.items()
        }
        for number in range(rounds):
            print(f"selection, round {number + 1} of {rounds}", file=sys.stderr, flush=True)
            start_up = run_playbook(empty, sandbox)
            for option, playbook in playbooks.items():
                sandbox.clear_requests()
                seconds[option].append(run_playbook(playbook, sandbox) - start_up)
                requests[option] = len(sandbox.requests())
    return {option: statistics.median(times) for option, times in seconds.items()}, requests


def format_table(seconds: dict[str, float], requests: dict[str, float]) -> str:
    lines = ["| | task | ms | requests | × (d) |", "| --- | --- | ---: | ---: | ---: |"]
    lines += [
        f"| ({case}) | {description} | {seconds[case] * 1000:.0f} | {requests[case]:g}"
        f" | {seconds[case] / seconds['d']:.2f} |"
        for case, (description, _tasks) in CASES.items()
    ]
    return "\n".join(lines)


def describe_result(met: bool) -> str:
    return "met" if met else "MISSED"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    seconds, requests = measure(rounds)
    selection, selection_requests = measure_selection(rounds)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(
        f"ansible-core {version('ansible-core')}, requests {version('requests')},"
        f" Python {platform.python_version()}, {cores} cores\n"
    )
    print(format_table(seconds, requests))
    unchanged_cost, uri_cost = seconds["a"] / seconds["d"], seconds["c"] / seconds["b"]
    limit = 3 * selection["id"] + 1.5
    print(f"\n(a) is {unchanged_cost:.2f} × (d): goal at most 1.35, {describe_result(unchanged_cost <= 1.35)}")
    print(f"(c) is {uri_cost:.2f} × (b): goal at least 1.8, {describe_result(uri_cost >= 1.8)}")
    print(
        f"Selecting one of {PROVIDERS} providers takes {selection['id']:.2f} s by id"
        f" and {selection['account_sid']:.2f} s by account_sid:"
        f" goal at most {limit:.2f} s, {describe_result(selection['account_sid'] <= limit)}"
    )
    if requests["a"] != 1 or requests["b"] != 2:  # one GET; one GET and one PUT
        raise SystemExit(f"The number of requests is not as expected: {requests}")
    # One page of SIP credentials, and one request per provider.
    if selection_requests != {"id": 1, "account_sid": 1 + PROVIDERS}:
        raise SystemExit(f"The number of requests is not as expected: {selection_requests}")


if __name__ == "__main__":
    main()
