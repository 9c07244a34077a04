# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Demonstration of the collection against the sandbox (``make demo``).

The demonstration fails if a result differs from the expected one. ``--keep`` keeps the drift report in a
directory. ``--picture`` writes a PNG picture of the report, which requires Chromium:
``make demo ARGS='--picture docs/docsite/rst/drift_report.png'`` updates the picture in the documentation.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

DEMO = Path(__file__).resolve().parent
TESTS = DEMO.parents[1]
sys.path.insert(0, str(TESTS))

from extra.browser.chromium import find_chromium, take_screenshot  # noqa: E402  # needs the path above
from sandbox.process import SandboxProcess  # noqa: E402  # needs the path above

#: Size of the picture: the summary and the first sections of the report.
PICTURE_WIDTH, PICTURE_HEIGHT = 1000, 1290


def print_heading(text: str) -> None:
    print(f"\n\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def run_playbook(sandbox: SandboxProcess, *arguments: str, succeeds: bool = True) -> str:
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
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    output = ""
    for line in process.stdout:
        print(line, end="", flush=True)
        output += line
    check((process.wait() == 0) is succeeds, f"the playbook {'succeeds' if succeeds else 'fails'}")
    output = re.sub(r"\x1b\[[0-9;]*m", "", output)
    check("[WARNING]" not in output, "there are no warnings")
    return output


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="directory for the drift report")
    parser.add_argument("--picture", type=Path, help="PNG file for a picture of the drift report")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (arguments.keep or Path(scratch)).resolve()
        with SandboxProcess(seed=DEMO / "seed.yml") as sandbox:
            print_heading(f"A mock server of Dasha BlackBox listens on {sandbox.url} and has two Twilio providers")
            log = demonstrate(sandbox, folder)
        if arguments.picture:
            page = folder / "drift_report.html"
            take_screenshot(find_chromium(), page, arguments.picture.resolve(), PICTURE_WIDTH, PICTURE_HEIGHT)
    print_heading("Requests of each run")
    for run, requests in log:
        writes = [request for request in requests if not request.startswith("GET")]
        print(f"{run}\n      {len(requests) - len(writes)} GET", *writes, sep="\n      ")
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sandbox.url, timeout=5)
    except OSError:
        print_heading("The mock server has stopped")
    else:
        check(passed=False, expectation="the mock server has stopped")
    if arguments.keep:
        print_heading(f"The drift report is {folder / 'drift_report.html'}")
    else:
        print_heading("To keep the page of the drift report: make demo ARGS='--keep FOLDER'")


def demonstrate(sandbox: SandboxProcess, folder: Path) -> list[tuple[str, list[str]]]:
    """Run each step, and return the requests of each."""
    print_heading("1. Show the support line")
    output = run_playbook(sandbox, "show.yml")
    check('"region": "us1"' in output, "the provider is in us1")
    log = [("1. Show", take_requests(sandbox))]

    print_heading("2. Preview a change: --check --diff")
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

    print_heading("5. Create a provider, import a phone number, and link it to a voice agent")
    check("changed=4" in run_playbook(sandbox, "sales_line.yml"), "all four tasks change something")
    number = next(number for number in sandbox.state()["sip_phone_numbers"] if number["phoneNumber"] == "+15005550002")
    agents = {agent["agentId"]: agent["name"] for agent in sandbox.state()["agents"]}
    check(agents.get(number["incomingCallsAgentId"]) == "Receptionist", "the agent answers calls to the phone number")
    log.append(("5. Create, import, link and verify", take_requests(sandbox)))

    print_heading("6. Try to delete this provider. The task fails, because calls to its phone number would be lost")
    refused = run_playbook(sandbox, "delete_sales_line.yml", succeeds=False)
    check("+15005550002" in refused and "Receptionist" in refused, "the message names the phone number and its agent")
    requests = take_requests(sandbox)
    check(not any(request.startswith("DELETE") for request in requests), "nothing is deleted")
    log.append(("6. Try to delete", requests))

    print_heading("7. Report drift, after changes in the dashboard and at Twilio")
    change_outside_of_ansible(sandbox)
    run_playbook(sandbox, "dasha.blackbox.drift_report", "-e", "@providers.yml", "-e", f"drift_report_folder={folder}")
    report = json.loads((folder / "drift_report.json").read_text(encoding="utf-8"))
    states = [provider["states"] for provider in report["providers"]]
    check(
        states == [["drifted"], ["verification_failed"], ["in_sync"], ["missing"], ["undeclared"]],
        "the report shows each deviation",
    )
    requests = take_requests(sandbox)
    check({request.split()[0] for request in requests} == {"GET"}, "the report only reads")
    return [*log, ("7. Report drift", requests)]


def change_outside_of_ansible(sandbox: SandboxProcess) -> None:
    """Change settings of a provider, verify all, revoke the access to an account, and add a provider."""
    state = sandbox.state()
    checked_at = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for provider in state["providers"]:
        provider.update(verificationStatus="verified", lastVerifiedAt=checked_at)
    support_line, _night_line, sales_line = state["providers"]
    support_line.update(region="us1")
    refusal = {
        "checkName": "credentials",
        "status": "failed",
        "message": "Twilio refuses the credentials.",
        "timestamp": checked_at,
        "details": {},
    }
    sales_line.update(verificationStatus="failed", verificationDetails=[refusal])
    state["providers"].append(
        {
            "id": "c4a1f3de-7e19-4d0b-b6a5-90d2e8f7c644",
            "name": "Trial line",
            "accountSid": "AC00000000000000000000000000000004",
            "verificationStatus": "verified",
            "lastVerifiedAt": checked_at,
        }
    )
    sandbox.restore(state)
    sandbox.clear_requests()


def diff_lines(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith(("-", "+"))]


if __name__ == "__main__":
    main()
