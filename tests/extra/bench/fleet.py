# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Benchmark of many providers (``make bench-fleet``).

It compares one task, a loop of tasks, and a loop of ``ansible.builtin.uri``. Each case is a
playbook against the sandbox. Its time is the wall time minus that of an empty playbook. Loops are
measured with few providers and extrapolated linearly, which the table marks with ~. ``--loops
1000`` also measures them with 1000 providers, which takes an hour.
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

TESTS = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TESTS))

from sandbox.process import SandboxProcess  # noqa: E402  # needs the path above

#: Numbers of providers for the single task, and the number that loops are extrapolated to.
NUMBERS = (100, 1000, 10_000)
LARGEST_LOOP = 1000
#: Percentages of providers that differ from the declaration.
DRIFTS = (0, 1, 100)
#: Response times of the service in milliseconds.
LATENCIES = (0, 20)

Tasks = list[dict[str, t.Any]]

AUTHORIZED = {
    "headers": {"Authorization": "Bearer {{ lookup('ansible.builtin.env', 'DASHA_BLACKBOX_API_KEY') }}"},
    "timeout": 30,
}
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


class Measurement(t.NamedTuple):
    """Measurement of a run."""

    seconds: float
    #: Number of requests by method.
    requests: dict[str, int]
    #: Peak memory of the module and of ansible-playbook in MiB.
    module_memory: float
    controller_memory: float


class MemoryMonitor:
    """Thread that polls the peak memory of processes in /proc."""

    def __init__(self) -> None:
        self.peaks: Counter[str] = Counter()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> MemoryMonitor:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            for folder in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    command = (folder / "cmdline").read_bytes()
                    kind = (
                        "module"
                        if b"AnsiballZ_" in command
                        else "controller"
                        if b"ansible-playbook" in command
                        else None
                    )
                    if kind:
                        lines = (folder / "status").read_text(encoding="utf-8").splitlines()
                        kilobytes = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
                        self.peaks[kind] = max(self.peaks[kind], kilobytes)


def build_seed(number: int) -> dict[str, t.Any]:
    account = {"account_sid": f"AC{'0' * 32}", "auth_token": "0" * 32}
    providers = [
        {"id": str(uuid.UUID(int=position, version=4)), "accountSid": account["account_sid"], "name": f"{position}"}
        for position in range(number)
    ]
    return {"twilio_accounts": [account], "providers": providers}


def declare_fleet(number: int, drift: int) -> list[dict[str, str]]:
    """Declare all providers of the seed.

    :param drift: Percentage of providers whose declared region differs.
    """
    step = 100 // drift if drift else number + 1
    return [
        {
            "id": str(uuid.UUID(int=position, version=4)),
            "region": "us1" if position % step else "ie1" if drift else "us1",
        }
        for position in range(number)
    ]


def run_playbook(folder: Path, sandbox: SandboxProcess, tasks: Tasks, fleet: list[dict[str, str]]) -> Measurement:
    (folder / "fleet.json").write_text(json.dumps({"fleet": fleet}), encoding="utf-8")
    interpreter = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": interpreter,
        "vars_files": ["fleet.json"],
        "tasks": tasks,
    }
    (folder / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
    (folder / "ansible.cfg").touch()
    environment = {
        name: value
        for name, value in os.environ.items()
        if name == "ANSIBLE_COLLECTIONS_PATH" or not name.startswith(("ANSIBLE_", "DASHA_"))
    }
    environment |= {
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "DASHA_BLACKBOX_API_URL": sandbox.url,
        "DASHA_BLACKBOX_API_KEY": sandbox.api_key,
    }
    sandbox.clear_requests()
    with MemoryMonitor() as monitor:
        start = time.perf_counter()
        process = subprocess.run(
            ["ansible-playbook", "-i", "localhost,", str(folder / "play.yml")],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"A playbook failed:\n{process.stdout[-2000:]}{process.stderr[-2000:]}")
    requests = Counter(request["method"] for request in sandbox.requests())
    return Measurement(seconds, dict(requests), monitor.peaks["module"] / 1024, monitor.peaks["controller"] / 1024)


class Row(t.NamedTuple):
    """Row of the table."""

    case: str
    number: int
    drift: int
    latency: int
    measured: Measurement
    extrapolated: bool


def extrapolate(smaller: Row, larger: Row, number: int) -> Row:
    """Extrapolate two measurements linearly to a larger number."""
    share = (number - larger.number) / (larger.number - smaller.number)
    seconds = larger.measured.seconds + share * (larger.measured.seconds - smaller.measured.seconds)
    requests = {method: round(count * number / larger.number) for method, count in larger.measured.requests.items()}
    return larger._replace(
        number=number, measured=larger.measured._replace(seconds=seconds, requests=requests), extrapolated=True
    )


def measure(loops: int) -> t.Iterator[Row]:
    with tempfile.TemporaryDirectory() as scratch, SandboxProcess() as sandbox:
        folder = Path(scratch)
        for latency in LATENCIES:
            for case, tasks in CASES.items():
                numbers = NUMBERS if case == "twilio_providers" else tuple(sorted({50, 100, loops}))
                for drift in DRIFTS:
                    rows = []
                    for number in numbers:
                        sandbox.restore(build_seed(number))
                        sandbox.inject_faults({"path": "/api/.*", "delay": latency / 1000, "times": None})
                        start_up = min(
                            run_playbook(
                                folder, sandbox, [{"ansible.builtin.meta": "noop"}], declare_fleet(number, drift)
                            ).seconds
                            for _run in range(2)
                        )
                        measured = run_playbook(folder, sandbox, tasks, declare_fleet(number, drift))
                        rows.append(
                            Row(
                                case,
                                number,
                                drift,
                                latency,
                                measured._replace(seconds=measured.seconds - start_up),
                                extrapolated=False,
                            )
                        )
                        print(
                            f"{case}, {number} providers, {drift} % drift, {latency} ms:"
                            f" {rows[-1].measured.seconds:.2f} s",
                            file=sys.stderr,
                            flush=True,
                        )
                    yield from (row for row in rows if row.number >= NUMBERS[0])
                    if rows[-1].number < LARGEST_LOOP:
                        yield extrapolate(rows[-2], rows[-1], LARGEST_LOOP)


def format_table(rows: list[Row]) -> str:
    lines = [
        "| | providers | drift | latency | seconds | requests | module | ansible-playbook |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        mark = "~" if row.extrapolated else ""
        requests = " + ".join(f"{count} {method}" for method, count in sorted(row.measured.requests.items()))
        memory = f"{row.measured.module_memory:.0f} MiB | {row.measured.controller_memory:.0f} MiB"
        lines.append(
            f"| {row.case} | {row.number} | {row.drift} % | {row.latency} ms"
            f" | {mark}{row.measured.seconds:.2f} | {mark}{requests} | {memory} |"
        )
    return "\n".join(lines)


def check_goals(rows: list[Row]) -> t.Iterator[tuple[str, bool]]:
    """Yield the description of each goal, and whether it is met."""
    measurements = {(row.case, row.number, row.drift, row.latency): row.measured for row in rows}
    ours, loop = measurements["twilio_providers", 1000, 0, 0], measurements["a loop of uri", 1000, 0, 0]
    yield (
        (
            f"{loop.seconds / ours.seconds:.0f} times as fast as the loop of uri"
            " at 1000 providers without drift: at least 150"
        ),
        loop.seconds >= 150 * ours.seconds,
    )
    largest = measurements["twilio_providers", 10_000, 0, 0]
    yield f"{largest.seconds / 10:.2f} ms per provider at 10000: at most 3 ms", largest.seconds <= 30
    yield f"{largest.module_memory:.0f} MiB for the module at 10000: at most 150 MiB", largest.module_memory <= 150
    exact = all(
        row.measured.requests.get("GET") == row.number
        and row.measured.requests.get("PUT", 0) == row.number * row.drift // 100
        for row in rows
        if row.case == "twilio_providers"
    )
    yield "one GET per provider and one PUT per difference", exact


def plot(rows: list[Row], file: Path) -> None:
    """Plot the time against the number of providers, both logarithmic."""
    from matplotlib import pyplot  # noqa: PLC0415  # optional dependency

    figure, axes = pyplot.subplots(figsize=(7, 4.2))
    for case in CASES:
        for latency, style in zip(LATENCIES, ("-", "--")):
            points = sorted(
                (row.number, row.measured.seconds)
                for row in rows
                if (row.case, row.drift, row.latency) == (case, 0, latency)
            )
            axes.plot(*zip(*points), style, marker="o", label=f"{case}, {latency} ms")
    axes.set(xscale="log", yscale="log", xlabel="providers without differences", ylabel="seconds")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--loops", type=int, default=100, help="largest number of providers for the loops (default: %(default)s)"
    )
    parser.add_argument("--plot", type=Path, help="SVG file to write")
    arguments = parser.parse_args()
    rows = list(measure(arguments.loops))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(
        f"ansible-core {version('ansible-core')}, requests {version('requests')},"
        f" Python {platform.python_version()}, {cores} cores\n"
    )
    print(format_table(rows), end="\n\n")
    results = list(check_goals(rows))
    for goal, met in results:
        print(f"{'met   ' if met else 'MISSED'} {goal}")
    if arguments.plot:
        plot(rows, arguments.plot)
    if not results[-1][1]:
        raise SystemExit("The number of requests is not as expected.")


if __name__ == "__main__":
    main()
