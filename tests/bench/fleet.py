# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What many providers cost: in one task, in a loop of tasks, and in a loop of ``ansible.builtin.uri``: ``make bench-fleet``.

Each case is a playbook of its own against the sandbox. Its time is the wall time less that of an empty playbook. Loops are measured at small numbers
and extrapolated linearly, which the table marks by ~; ``--loops 1000`` measures them at 1000 too, which takes an hour.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
import typing as t
import uuid
from collections import Counter
from importlib.metadata import version
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from sandbox.process import SandboxProcess  # noqa: E402  # needs the path above

#: Of how many providers the one task is measured, and up to how many the loops are extrapolated.
NUMBERS = (100, 1000, 10_000)
LARGEST_LOOP = 1000
#: Per cent of the providers that differ from what is declared, and milliseconds that the service takes to answer.
DRIFTS = (0, 1, 100)
LATENCIES = (0, 20)

Tasks = list[dict[str, t.Any]]

AUTHORIZED = {"headers": {"Authorization": "Bearer {{ lookup('ansible.builtin.env', 'DASHA_BLACKBOX_API_KEY') }}"}, "timeout": 30}
API = "{{ lookup('ansible.builtin.env', 'DASHA_BLACKBOX_API_URL') }}/api/v1/providers"

CASES: dict[str, Tasks] = {
    "twilio_providers": [{"dasha.blackbox.twilio_providers": {"providers": "{{ fleet }}"}}],
    "a loop of twilio_provider": [
        {
            "dasha.blackbox.twilio_provider": {"id": "{{ item.id }}", "region": "{{ item.region }}"},
            "loop": "{{ fleet }}",
            "loop_control": {"label": "{{ item.id }}"},
        }
    ],
    "a loop of uri": [
        {
            "ansible.builtin.uri": {"url": f"{API}/{{{{ item.id }}}}", **AUTHORIZED},
            "loop": "{{ fleet }}",
            "loop_control": {"label": "{{ item.id }}"},
            "register": "current",
            "check_mode": False,
            "changed_when": False,
        },
        {
            "ansible.builtin.uri": {
                "url": f"{API}/twilio/{{{{ item.item.id }}}}",
                "method": "PUT",
                "body_format": "json",
                "body": {"region": "{{ item.item.region }}"},
                "status_code": [200, 201, 202, 204],
                **AUTHORIZED,
            },
            "loop": "{{ current.results }}",
            "loop_control": {"label": "{{ item.item.id }}"},
            "when": "item.json.region != item.item.region",
            "changed_when": True,
        },
    ],
}


class Measured(t.NamedTuple):
    """What a run took: seconds, requests by method, and the largest memory of the module and of ansible-playbook in MiB."""

    seconds: float
    requests: dict[str, int]
    module_memory: float
    controller_memory: float


class Peaks:
    """Looks again and again, in a thread, at the largest memory that processes have had, where the system tells under /proc."""

    def __init__(self) -> None:
        self.largest: Counter[str] = Counter()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Peaks:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            for folder in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    command = (folder / "cmdline").read_bytes()
                    kind = "module" if b"AnsiballZ_" in command else "controller" if b"ansible-playbook" in command else None
                    if kind:
                        lines = (folder / "status").read_text(encoding="utf-8").splitlines()
                        kilobytes = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
                        self.largest[kind] = max(self.largest[kind], kilobytes)


def seed(number: int) -> dict[str, t.Any]:
    account = {"account_sid": f"AC{'0' * 32}", "auth_token": "0" * 32}
    providers = [{"id": str(uuid.UUID(int=position, version=4)), "accountSid": account["account_sid"], "name": f"{position}"} for position in range(number)]
    return {"twilio_accounts": [account], "providers": providers}


def declared(number: int, drift: int) -> list[dict[str, str]]:
    """All of the seed's providers, so many per cent of them, spread evenly, with another region."""
    step = 100 // drift if drift else number + 1
    return [{"id": str(uuid.UUID(int=position, version=4)), "region": "us1" if position % step else "ie1" if drift else "us1"} for position in range(number)]


def run_playbook(folder: Path, sandbox: SandboxProcess, tasks: Tasks, fleet: list[dict[str, str]]) -> Measured:
    (folder / "fleet.json").write_text(json.dumps({"fleet": fleet}), encoding="utf-8")
    interpreter = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": interpreter, "vars_files": ["fleet.json"], "tasks": tasks}
    (folder / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
    (folder / "ansible.cfg").touch()
    environment = {name: value for name, value in os.environ.items() if name == "ANSIBLE_COLLECTIONS_PATH" or not name.startswith(("ANSIBLE_", "DASHA_"))}
    environment |= {"ANSIBLE_CONFIG": str(folder / "ansible.cfg"), "DASHA_BLACKBOX_API_URL": sandbox.url, "DASHA_BLACKBOX_API_KEY": sandbox.api_key}
    sandbox.clear_requests()
    with Peaks() as peaks:
        start = time.perf_counter()
        process = subprocess.run(
            ["ansible-playbook", "-i", "localhost,", str(folder / "play.yml")], env=environment, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"A playbook failed:\n{process.stdout[-2000:]}{process.stderr[-2000:]}")
    requests = Counter(request["method"] for request in sandbox.requests())
    return Measured(seconds, dict(requests), peaks.largest["module"] / 1024, peaks.largest["controller"] / 1024)


class Row(t.NamedTuple):
    """A line of the table."""

    case: str
    number: int
    drift: int
    latency: int
    measured: Measured
    extrapolated: bool


def extrapolate(smaller: Row, larger: Row, number: int) -> Row:
    """The line through two measurements, at a larger number."""
    share = (number - larger.number) / (larger.number - smaller.number)
    seconds = larger.measured.seconds + share * (larger.measured.seconds - smaller.measured.seconds)
    requests = {method: round(count * number / larger.number) for method, count in larger.measured.requests.items()}
    return larger._replace(number=number, measured=larger.measured._replace(seconds=seconds, requests=requests), extrapolated=True)


def measure(loops: int) -> t.Iterator[Row]:
    with tempfile.TemporaryDirectory() as scratch, SandboxProcess() as sandbox:
        folder = Path(scratch)
        for latency in LATENCIES:
            for case, tasks in CASES.items():
                numbers = NUMBERS if case == "twilio_providers" else tuple(sorted({50, 100, loops}))
                for drift in DRIFTS:
                    rows = []
                    for number in numbers:
                        sandbox.restore(seed(number))
                        sandbox.inject_faults({"path": "/api/.*", "delay": latency / 1000, "times": None})
                        start_up = min(run_playbook(folder, sandbox, [{"ansible.builtin.meta": "noop"}], declared(number, drift)).seconds for _run in range(2))
                        measured = run_playbook(folder, sandbox, tasks, declared(number, drift))
                        rows.append(Row(case, number, drift, latency, measured._replace(seconds=measured.seconds - start_up), extrapolated=False))
                        print(f"{case}, {number} providers, {drift} % drift, {latency} ms: {rows[-1].measured.seconds:.2f} s", file=sys.stderr, flush=True)
                    yield from (row for row in rows if row.number >= NUMBERS[0])
                    if rows[-1].number < LARGEST_LOOP:
                        yield extrapolate(rows[-2], rows[-1], LARGEST_LOOP)


def table(rows: list[Row]) -> str:
    lines = ["| | providers | drift | latency | seconds | requests | module | ansible-playbook |", "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for row in rows:
        mark = "~" if row.extrapolated else ""
        requests = " + ".join(f"{count} {method}" for method, count in sorted(row.measured.requests.items()))
        memory = f"{row.measured.module_memory:.0f} MiB | {row.measured.controller_memory:.0f} MiB"
        lines.append(f"| {row.case} | {row.number} | {row.drift} % | {row.latency} ms | {mark}{row.measured.seconds:.2f} | {mark}{requests} | {memory} |")
    return "\n".join(lines)


def goals(rows: list[Row]) -> t.Iterator[tuple[str, bool]]:
    """What is to be reached, in words, and whether it is."""
    of = {(row.case, row.number, row.drift, row.latency): row.measured for row in rows}
    ours, loop = of["twilio_providers", 1000, 0, 0], of["a loop of uri", 1000, 0, 0]
    yield (
        f"{loop.seconds / ours.seconds:.0f} times as fast as the loop of uri at 1000 providers without drift: at least 150",
        loop.seconds >= 150 * ours.seconds,
    )
    largest = of["twilio_providers", 10_000, 0, 0]
    yield f"{largest.seconds / 10:.2f} ms a provider at 10000: at most 3 ms", largest.seconds <= 30
    yield f"{largest.module_memory:.0f} MiB of the module at 10000: at most 150 MiB", largest.module_memory <= 150
    exact = all(
        row.measured.requests.get("GET") == row.number and row.measured.requests.get("PUT", 0) == row.number * row.drift // 100
        for row in rows
        if row.case == "twilio_providers"
    )
    yield "as many requests as providers and differences, and no more", exact


def draw(rows: list[Row], file: Path) -> None:
    """Time over number, both logarithmic."""
    from matplotlib import pyplot  # noqa: PLC0415  # only where a plot is wanted

    figure, axes = pyplot.subplots(figsize=(7, 4.2))
    for case in CASES:
        for latency, style in zip(LATENCIES, ("-", "--")):
            points = sorted((row.number, row.measured.seconds) for row in rows if (row.case, row.drift, row.latency) == (case, 0, latency))
            axes.plot(*zip(*points), style, marker="o", label=f"{case}, {latency} ms")
    axes.set(xscale="log", yscale="log", xlabel="providers, none of which differs", ylabel="seconds")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loops", type=int, default=100, help="the largest number at which the loops are measured (%(default)s)")
    parser.add_argument("--plot", type=Path, help="SVG file to draw")
    arguments = parser.parse_args()
    rows = list(measure(arguments.loops))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(f"ansible-core {version('ansible-core')}, requests {version('requests')}, Python {platform.python_version()}, {cores} cores\n")
    print(table(rows), end="\n\n")
    results = list(goals(rows))
    for words, met in results:
        print(f"{'met   ' if met else 'MISSED'} {words}")
    if arguments.plot:
        draw(rows, arguments.plot)
    if not results[-1][1]:
        raise SystemExit("Not the requests that are promised.")


if __name__ == "__main__":
    main()
