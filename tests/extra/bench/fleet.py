# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Benchmark of many providers (``make bench-fleet``).

It compares one task of ``twilio_providers``, a loop of ``twilio_provider``, one host per provider, and a loop of
``ansible.builtin.uri``, which is measured with fewer providers and extrapolated. The time of a playbook is its wall
time minus that of an empty playbook with the same variables or hosts.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import typing as t
import uuid
from collections import Counter
from pathlib import Path

from playbook import EMPTY, SandboxProcess, Task, build_play, describe_machine, run_play

NUMBERS = (100, 1000)
#: Number of providers for loops of uri.
URI_NUMBER = 50
#: Percentages of providers that differ from the declaration.
DRIFTS = (0, 1, 100)
#: Response times of the service in milliseconds.
LATENCIES = (0, 20)
FORKS = 20

ONE_TASK = "one task of `twilio_providers`"
LOOP = "a loop of `twilio_provider`"
HOSTS = f"one host each, {FORKS} forks"
DEBUG_HOSTS = f"`debug` on one host each, {FORKS} forks"
URI = "a loop of `ansible.builtin.uri`, extrapolated"

AUTHORIZED = {
    "headers": {"Authorization": "Bearer {{ lookup('ansible.builtin.env', 'DASHA_BLACKBOX_API_KEY') }}"},
    "timeout": 30,
}
API = "{{ lookup('ansible.builtin.env', 'DASHA_BLACKBOX_API_URL') }}/api/v1/providers/twilio"

TASKS: dict[str, list[Task]] = {
    ONE_TASK: [{"dasha.blackbox.twilio_providers": {"providers": "{{ fleet }}"}}],
    LOOP: [
        {
            "dasha.blackbox.twilio_provider": {"id": "{{ item.id }}", "region": "{{ item.region }}"},
            "loop": "{{ fleet }}",
            "loop_control": {"label": "{{ item.id }}"},
        }
    ],
    HOSTS: [{"dasha.blackbox.twilio_provider": {"id": "{{ blackbox_provider_id }}", "region": "{{ region }}"}}],
    DEBUG_HOSTS: [{"ansible.builtin.debug": {"msg": "{{ blackbox_provider_id }}"}}],
    URI: [
        {
            "ansible.builtin.uri": {"url": f"{API}/{{{{ item.id }}}}", **AUTHORIZED},
            "loop": "{{ fleet }}",
            "loop_control": {"label": "{{ item.id }}"},
            "register": "current",
        },
        {
            "ansible.builtin.uri": {
                "url": f"{API}/{{{{ item.item.id }}}}",
                "method": "PUT",
                "body_format": "json",
                "body": {"region": "{{ item.item.region }}"},
                **AUTHORIZED,
            },
            "loop": "{{ current.results }}",
            "loop_control": {"label": "{{ item.item.id }}"},
            "when": "item.json.region != item.item.region",
        },
    ],
}

#: Cases whose providers are hosts of the inventory plugin.
INVENTORY_CASES = (HOSTS, DEBUG_HOSTS)


class Row(t.NamedTuple):
    """Measurement of a case."""

    case: str
    number: int
    drift: int
    latency: int
    seconds: float
    requests: dict[str, int]


def build_seed(number: int) -> dict[str, t.Any]:
    account = {"account_sid": f"AC{'0' * 32}", "auth_token": "0" * 32}
    providers = [
        {"id": str(uuid.UUID(int=position, version=4)), "accountSid": account["account_sid"], "name": f"{position}"}
        for position in range(number)
    ]
    return {"twilio_accounts": [account], "providers": providers}


def declare_fleet(number: int, drift: int) -> list[dict[str, str]]:
    """Declare all providers of the seed.

    :param drift: percentage of providers whose declared region differs.
    """
    step = 100 // drift if drift else number + 1
    return [
        {
            "id": str(uuid.UUID(int=position, version=4)),
            "region": "us1" if position % step else "ie1" if drift else "us1",
        }
        for position in range(number)
    ]


def measure_case(folder: Path, sandbox: SandboxProcess, case: str, number: int, drift: int, latency: int) -> Row:
    """Run a case and the empty playbook."""
    fleet = declare_fleet(number, drift)
    (folder / "fleet.json").write_text(json.dumps({"fleet": fleet}), encoding="utf-8")
    keywords: dict[str, t.Any] = {"vars_files": ["fleet.json"]}
    inventory = "localhost,"
    if case in INVENTORY_CASES:
        source = {
            "plugin": "dasha.blackbox.twilio_providers",
            "hostname": "id",
            "compose": {"region": "'ie1'" if drift else "'us1'"},
        }
        (folder / "blackbox.yml").write_text(json.dumps(source), encoding="utf-8")
        keywords, inventory = {}, "blackbox.yml"
    times = []
    for tasks in (EMPTY, TASKS[case]):
        sandbox.restore(build_seed(number))
        sandbox.inject_faults({"path": "/api/.*", "delay": latency / 1000, "times": None})
        sandbox.clear_requests()
        times.append(run_play(folder, build_play(tasks, **keywords), sandbox, inventory, FORKS))
    requests = Counter(request["method"] for request in sandbox.requests())
    row = Row(case, number, drift, latency, times[1] - times[0], dict(requests))
    print(f"{case}, {number} providers, {drift} %, {latency} ms: {row.seconds:.2f} s", file=sys.stderr, flush=True)
    return row


def measure(numbers: t.Sequence[int], latencies: t.Sequence[int]) -> t.Iterator[Row]:
    with tempfile.TemporaryDirectory() as scratch, SandboxProcess() as sandbox:
        folder = Path(scratch)
        for latency in latencies:
            for drift in DRIFTS:
                for case in (ONE_TASK, LOOP):
                    for number in numbers:
                        yield measure_case(folder, sandbox, case, number, drift, latency)
            # All hosts differ or none, because they share the declaration.
            for case, drift in ((HOSTS, 0), (HOSTS, 100), (DEBUG_HOSTS, 0)):
                yield measure_case(folder, sandbox, case, max(numbers), drift, latency)
            row = measure_case(folder, sandbox, URI, URI_NUMBER, 0, latency)
            share = max(numbers) / URI_NUMBER
            requests = {method: round(count * share) for method, count in row.requests.items()}
            yield row._replace(number=max(numbers), seconds=row.seconds * share, requests=requests)


def expected_requests(row: Row) -> dict[str, int]:
    """Return one read for each provider, and one write for each difference."""
    differing = sum(provider["region"] != "us1" for provider in declare_fleet(row.number, row.drift))
    return {"GET": row.number, **({"PUT": differing} if differing else {})}


def format_table(rows: t.Iterable[Row]) -> str:
    lines = [
        "| case | providers | drift | latency | seconds | ms per provider | requests |",
        "| --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    lines += [
        f"| {row.case} | {row.number} | {row.drift} % | {row.latency} ms | {row.seconds:.2f}"
        f" | {row.seconds / row.number * 1000:.1f}"
        f" | {' + '.join(f'{count} {method}' for method, count in row.requests.items())} |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--numbers", type=int, nargs="+", default=NUMBERS, help="numbers of providers")
    parser.add_argument("--latencies", type=int, nargs="+", default=LATENCIES, help="response times in milliseconds")
    arguments = parser.parse_args()
    rows = list(measure(arguments.numbers, arguments.latencies))
    print(f"{describe_machine()}\n\n{format_table(rows)}")
    wrong = [row for row in rows if row.case in (ONE_TASK, LOOP) and row.requests != expected_requests(row)]
    if wrong:
        raise SystemExit(f"The number of requests is not as expected: {wrong}")


if __name__ == "__main__":
    main()
