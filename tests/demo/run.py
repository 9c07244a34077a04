# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection at work against a living HTTP service: ``make demo``. Fails when anything is not as it is said here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

DEMO = Path(__file__).resolve().parent
TESTS = DEMO.parent
sys.path.insert(0, str(TESTS))

from sandbox.process import SandboxProcess  # noqa: E402  # needs the path above


def say(words: str) -> None:
    print(f"\n\033[1m== {words}\033[0m" if sys.stdout.isatty() else f"\n== {words}", flush=True)


def play(sandbox: SandboxProcess, *arguments: str) -> str:
    """Run ansible-playbook before the eyes of the user and return what it printed."""
    print(f"$ ansible-playbook {' '.join(arguments)}", flush=True)
    color = {"ANSIBLE_FORCE_COLOR": "true"} if sys.stdout.isatty() else {}
    process = subprocess.Popen(
        ["ansible-playbook", *arguments],
        cwd=DEMO,
        env={
            # What the user has set for Ansible or the collection may print, or do, something else.
            **{name: value for name, value in os.environ.items() if name == "ANSIBLE_COLLECTIONS_PATH" or not name.startswith(("ANSIBLE_", "DASHA_"))},
            **color,
            "ANSIBLE_CONFIG": str(DEMO / "ansible.cfg"),
            "DASHA_BLACKBOX_API_URL": sandbox.url,
            "DASHA_BLACKBOX_API_KEY": sandbox.api_key,
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        print(line, end="", flush=True)
        printed += line
    check(process.wait() == 0, "the playbook succeeds")
    return re.sub(r"\x1b\[[0-9;]*m", "", printed)


def check(so: bool, claim: str) -> None:
    if not so:
        raise SystemExit(f"\nThe demo failed: it is not so that {claim}.")


def seen(sandbox: SandboxProcess) -> list[str]:
    """The requests since the last call, a line each."""
    lines = [f"{request['method']} {request['path']} {json.dumps(request['body']) if request['body'] else ''}" for request in sandbox.requests()]
    sandbox.clear_requests()
    return lines


def main() -> None:
    with SandboxProcess(seed=TESTS / "sandbox/seed.yml") as sandbox:
        say(f"A look-alike of Dasha BlackBox listens on {sandbox.url}, with one Twilio provider in it")
        log = demonstrate(sandbox)
    say("The requests that the service saw, run by run")
    for run, requests in log:
        print(run, *requests, sep="\n      ")
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sandbox.url, timeout=5)
    except OSError:
        say("The service is stopped; nothing is left running")
    else:
        check(so=False, claim="the service is stopped")


def demonstrate(sandbox: SandboxProcess) -> list[tuple[str, list[str]]]:
    """Play each step and return the requests that each took."""
    say("1. What is there")
    printed = play(sandbox, "show.yml")
    check('"region": "us1"' in printed, "the provider is in us1")
    log = [("1. show", seen(sandbox))]

    say("2. What would change: --check --diff")
    predicted = play(sandbox, "support_line.yml", "--check", "--diff")
    check(all(line in predicted for line in ('-    "region": "us1"', '+    "region": "ie1"', "changed=1")), "the region would change to ie1")
    check(sandbox.state()["providers"][0]["region"] == "us1", "check mode changes nothing")
    log.append(("2. --check --diff", seen(sandbox)))

    say("3. The change")
    real = play(sandbox, "support_line.yml", "--diff")
    check(difference(real) == difference(predicted), "the change is the one that was predicted")
    check(sandbox.state()["providers"][0]["region"] == "ie1", "the service has the change")
    log.append(("3. the change", seen(sandbox)))

    say("4. The same again")
    check("changed=0" in play(sandbox, "support_line.yml", "--diff"), "a second run changes nothing")
    log.append(("4. the same again", seen(sandbox)))

    methods = [[request.split()[0] for request in requests] for _run, requests in log]
    check(methods == [["GET"], ["GET"], ["GET", "PUT"], ["GET"]], "each run is one read, and the change one write more")
    return log


def difference(printed: str) -> list[str]:
    return [line for line in printed.splitlines() if line.startswith(("-", "+"))]


if __name__ == "__main__":
    main()
