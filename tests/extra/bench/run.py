# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Benchmark of tasks (``make bench``): the items of a loop, a single task, and many hosts.

It compares ``twilio_provider``, in the process of the task and as a module, with modules of Ansible and of other
collections. Each case is a playbook against the mock server. Its time is the wall time minus that of an empty playbook
of the same kind. The cases alternate, so that other load affects all of them, and the medians count.

It fails if a ratio to ``ansible.builtin.ping`` exceeds its limit. Run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import contextlib
import http.server
import importlib.util
import json
import statistics
import sys
import tempfile
import threading
import typing as t
from pathlib import Path

from playbook import EMPTY, TESTS, SandboxProcess, Task, build_play, describe_machine, run_play

PROVIDER_ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"
HOSTS = 50
#: Numbers of processes for the tasks of many hosts.
FORKS = (1, 5, 20)

IN_PROCESS = "twilio_provider, in process"
MODULE = "twilio_provider, as a module"
PING = "ansible.builtin.ping"

#: Largest ratios to ping, by kind and case.
LIMITS = {
    ("loop", IN_PROCESS): 0.05,
    ("single task", IN_PROCESS): 0.6,
    (f"{HOSTS} hosts, 5 forks", IN_PROCESS): 0.2,
    ("loop", MODULE): 1.55,
}

PROVIDER: Task = {"dasha.blackbox.twilio_provider": {"id": PROVIDER_ID, "name": "Support line", "region": "us1"}}
#: Another spelling of the same interpreter, so that Ansible starts it.
OTHER_PYTHON = {
    "ansible_python_interpreter": "{{ ansible_playbook_python | regex_replace('bin/([^/]+)$', 'bin/./\\1') }}"
}

TASKS: dict[str, Task] = {
    IN_PROCESS: PROVIDER,
    MODULE: {**PROVIDER, "vars": OTHER_PYTHON},
    PING: {"ansible.builtin.ping": {}},
    "ansible.builtin.debug": {"ansible.builtin.debug": {"msg": "Support line"}},
    "ansible.builtin.uri, one GET": {
        "ansible.builtin.uri": {
            "url": "{{ lookup('ansible.builtin.env', 'DASHA_BLACKBOX_API_URL') }}/api/v1/providers/twilio/"
            + PROVIDER_ID,
            "headers": {"Authorization": "Bearer {{ lookup('ansible.builtin.env', 'DASHA_BLACKBOX_API_KEY') }}"},
        }
    },
}

#: Tasks of other collections that send one GET, by collection. They get the URL of :class:`OtherApis`.
OTHER_TASKS: dict[str, t.Callable[[str], Task]] = {
    "vultr.cloud": lambda url: {"vultr.cloud.account_info": {"api_key": "not-a-key", "api_endpoint": f"{url}/v2"}},
    "hetzner.hcloud": lambda url: {
        "hetzner.hcloud.datacenter_info": {"api_token": "not-a-token", "api_endpoint": f"{url}/v1"}
    },
}

#: Number of items of a loop: more for the cases that take a few milliseconds.
LOOP_LENGTHS = {IN_PROCESS: 200, "ansible.builtin.debug": 200}
LOOP_LENGTH = 10


class OtherApis(http.server.BaseHTTPRequestHandler):
    """The responses that the tasks of other collections need."""

    RESPONSES: t.ClassVar = {
        "/v2/account": {"account": {"name": "Example", "email": "user@example.org"}},
        "/v1/datacenters": {
            "datacenters": [],
            "meta": {
                "pagination": {
                    **dict.fromkeys(("previous_page", "next_page")),
                    "page": 1,
                    "per_page": 50,
                    "last_page": 1,
                    "total_entries": 0,
                }
            },
        },
    }
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps(self.RESPONSES[self.path.partition("?")[0]]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Suppress the log of requests."""


@contextlib.contextmanager
def serve_other_apis() -> t.Iterator[str]:
    """Yield the URL of a server for other collections."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), OtherApis) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class Case(t.NamedTuple):
    """A playbook of one kind.

    :param kind: the kind, as in the table.
    :param name: the name of the task; empty for the playbook without it.
    :param play: the play.
    :param units: the number of items or hosts by which its time is divided.
    """

    kind: str
    name: str
    play: dict[str, t.Any]
    units: int = 1
    forks: int = 5
    hosts: int = 1


def build_cases(tasks: dict[str, Task]) -> list[Case]:
    """Return the cases of all kinds, each kind with an empty playbook."""
    cases = [Case("", "", build_play(EMPTY))]
    for name, task in tasks.items():
        length = LOOP_LENGTHS.get(name, LOOP_LENGTH)
        loop = {"loop": f"{{{{ range({length}) | list }}}}"}
        cases.append(Case("single task", name, build_play([task])))
        cases.append(Case("loop", name, build_play([{**task, **loop}]), units=length))
    # Many processes compete for the processors, so a few tasks are enough.
    for forks in FORKS:
        kind = f"{HOSTS} hosts, {forks} {'fork' if forks == 1 else 'forks'}"
        cases.append(Case(kind, "", build_play(EMPTY), forks=forks, hosts=HOSTS))
        cases += [
            Case(kind, name, build_play([tasks[name]]), HOSTS, forks, HOSTS) for name in (IN_PROCESS, MODULE, PING)
        ]
    return cases


def measure(rounds: int) -> dict[tuple[str, str], float]:
    """Return the median seconds per item, task or host of each case."""
    seconds: dict[tuple[str, str], list[float]] = {}
    with (
        tempfile.TemporaryDirectory() as scratch,
        SandboxProcess(seed=TESTS / "sandbox/seed.yml") as sandbox,
        serve_other_apis() as url,
    ):
        folder = Path(scratch)
        others = {name: build(url) for name, build in OTHER_TASKS.items() if is_installed(name)}
        cases = build_cases({**TASKS, **others})
        for number in range(rounds + 1):
            print(f"round {number} of {rounds}", file=sys.stderr, flush=True)
            start_up: dict[tuple[int, int], float] = {}
            for case in cases:
                inventory = "".join(f"host{position}," for position in range(case.hosts))
                elapsed = run_play(folder, case.play, sandbox, inventory, case.forks)
                if not case.name:
                    start_up[case.hosts, case.forks] = elapsed
                # The first round compiles files and fills caches.
                elif number:
                    baseline = start_up.get((case.hosts, case.forks), start_up[1, 5])
                    seconds.setdefault((case.kind, case.name), []).append((elapsed - baseline) / case.units)
    return {case: statistics.median(times) for case, times in seconds.items()}


def is_installed(collection: str) -> bool:
    """Return whether the collection comes with the Python package ansible."""
    package = importlib.util.find_spec("ansible_collections")
    folders = package.submodule_search_locations if package else None
    return any(Path(folder, *collection.split(".")).is_dir() for folder in folders or ())


def format_table(seconds: dict[tuple[str, str], float]) -> str:
    lines = ["| | task | ms | × ping | limit |", "| --- | --- | ---: | ---: | ---: |"]
    for kind, name in sorted(
        seconds, key=lambda case: list(dict.fromkeys(kind for kind, _name in seconds)).index(case[0])
    ):
        limit = LIMITS.get((kind, name))
        lines.append(
            f"| {kind} | {name} | {seconds[kind, name] * 1000:.1f} | {ratio(seconds, kind, name):.3f}"
            f" | {'' if limit is None else limit} |"
        )
    return "\n".join(lines)


def ratio(seconds: dict[tuple[str, str], float], kind: str, name: str) -> float:
    """Return the time of a case divided by that of ping."""
    return seconds[kind, name] / seconds[kind, PING]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    seconds = measure(parser.parse_args().rounds)
    print(f"{describe_machine()}\n\n{format_table(seconds)}")
    exceeded = [
        f"{kind}, {name}: {ratio(seconds, kind, name):.3f} × ping exceeds {limit}"
        for (kind, name), limit in LIMITS.items()
        if ratio(seconds, kind, name) > limit
    ]
    if exceeded:
        raise SystemExit("\n" + "\n".join(exceeded))


if __name__ == "__main__":
    main()
