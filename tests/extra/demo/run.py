# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Demonstration of the collection against the sandbox (``make demo``).

It fails if the results differ from the expected ones.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

DEMO = Path(__file__).resolve().parent
TESTS = DEMO.parents[1]
sys.path.insert(0, str(TESTS))

from sandbox.process import SandboxProcess  # noqa: E402  # needs the path above


def print_heading(text: str) -> None:
    print(f"\n\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def run_playbook(sandbox: SandboxProcess, *arguments: str) -> str:
    """Run ansible-playbook, and print and return its output."""
    print(f"$ ansible-playbook {' '.join(arguments)}", flush=True)
    color = {"ANSIBLE_FORCE_COLOR": "true"} if sys.stdout.isatty() else {}
    process = subprocess.Popen(
        ["ansible-playbook", *arguments],
        cwd=DEMO,
        env={
            # Ignore settings of the user, because they may change the output or the behavior.
            **{
                name: value
                for name, value in os.environ.items()
                if name == "ANSIBLE_COLLECTIONS_PATH" or not name.startswith(("ANSIBLE_", "DASHA_"))
            },
            **color,
            "ANSIBLE_CONFIG": str(DEMO / "ansible.cfg"),
            "DASHA_BLACKBOX_API_URL": sandbox.url,
            "DASHA_BLACKBOX_API_KEY": sandbox.api_key,
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    output = ""
    for line in process.stdout:
        print(line, end="", flush=True)
        output += line
    check(process.wait() == 0, "the playbook succeeds")
    return re.sub(r"\x1b\[[0-9;]*m", "", output)


def check(passed: bool, expectation: str) -> None:
    if not passed:
        raise SystemExit(f"\nThe demo failed. Expected: {expectation}.")


def take_requests(sandbox: SandboxProcess) -> list[str]:
    """Return the requests since the last call, one line each."""
    lines = [
        f"{request['method']} {request['path']} {json.dumps(request['body']) if request['body'] else ''}"
        for request in sandbox.requests()
    ]
    sandbox.clear_requests()
    return lines


def main() -> None:
    with SandboxProcess(seed=TESTS / "sandbox/seed.yml") as sandbox:
        print_heading(f"A mock server of Dasha BlackBox listens on {sandbox.url} and has one Twilio provider")
        log = demonstrate(sandbox)
    print_heading("Requests of each run")
    for run, requests in log:
        print(run, *requests, sep="\n      ")
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sandbox.url, timeout=5)
    except OSError:
        print_heading("The mock server has stopped")
    else:
        check(passed=False, expectation="the mock server has stopped")


def demonstrate(sandbox: SandboxProcess) -> list[tuple[str, list[str]]]:
    """Run each step, and return the requests of each."""
    print_heading("1. Show the provider")
    output = run_playbook(sandbox, "show.yml")
    check('"region": "us1"' in output, "the provider is in us1")
    log = [("1. Show", take_requests(sandbox))]

    print_heading("2. Preview the change: --check --diff")
    predicted = run_playbook(sandbox, "support_line.yml", "--check", "--diff")
    check(
        all(line in predicted for line in ('-    "region": "us1"', '+    "region": "ie1"', "changed=1")),
        "the region would change to ie1",
    )
    check(sandbox.state()["providers"][0]["region"] == "us1", "check mode changes nothing")
    log.append(("2. Preview", take_requests(sandbox)))

    print_heading("3. Apply the change")
    applied = run_playbook(sandbox, "support_line.yml", "--diff")
    check(diff_lines(applied) == diff_lines(predicted), "the applied change equals the predicted one")
    check(sandbox.state()["providers"][0]["region"] == "ie1", "the service has the change")
    log.append(("3. Apply", take_requests(sandbox)))

    print_heading("4. Apply it again")
    check("changed=0" in run_playbook(sandbox, "support_line.yml", "--diff"), "a second run changes nothing")
    log.append(("4. Apply again", take_requests(sandbox)))

    methods = [[request.split()[0] for request in requests] for _run, requests in log]
    check(
        methods == [["GET"], ["GET"], ["GET", "PUT"], ["GET"]],
        "each run sends one GET, and only the change sends a PUT",
    )
    return log


def diff_lines(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith(("-", "+"))]


if __name__ == "__main__":
    main()
