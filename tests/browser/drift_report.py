# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drift report in a browser: providers with hostile names are reported, and Chromium shows the page and runs nothing that is in it.

Part of ``make test-all``. Needs Chromium. ``--keep`` takes a folder for the report and screenshots of it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from sandbox.process import SandboxProcess  # noqa: E402  # needs the path above

#: What a page shows when something in it ran that should not.
RAN = "a script ran"
#: Names that are more than words in HTML, in CSS, in a terminal, or to the eye. The service takes up to 100 characters.
HOSTILE_NAMES = (
    f"<script>document.title='{RAN}'</script>",
    f"\"'><img src=x onerror=\"document.title='{RAN}'\"><a href=javascript:alert(1)>&lt;&amp;&#60;",
    "</title></style><style>*{display:none}</style><!-- <textarea>",
    "\u202eenil troppus\u202c \u05e9\u05dc\u05d5\u05dd, \u0645\u0631\u062d\u0628\u0627",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f4de\u00a0\u200b\u001b[31m",
    "W" * 100,
)


def identifier(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def write_report(folder: Path) -> Path:
    """Each hostile name once of a provider that is in line, once of one that drifted, and once of one that is missing."""
    account = {"account_sid": f"AC{'0' * 32}", "auth_token": "0" * 32}
    real: list[dict[str, t.Any]] = []
    declared: list[dict[str, t.Any]] = []
    for position, name in enumerate(HOSTILE_NAMES):
        in_line, drifted = identifier(2 * position), identifier(2 * position + 1)
        check = {"checkName": name, "status": "failed", "message": name, "timestamp": "2026-01-31T12:00:00Z", "details": {}}
        verified = {"verificationStatus": ("verified", "warning", "failed")[position % 3], "verificationDetails": [check] if position % 3 else []}
        real += [{"id": provider_id, "accountSid": account["account_sid"], "name": name, **verified} for provider_id in (in_line, drifted)]
        declared += [{"id": in_line, "region": "us1"}, {"id": drifted, "region": "ie1", "name": f"Line {position}"}, {"id": identifier(0x1000 + position)}]
    variables = {"drift_report_folder": str(folder), "drift_report_providers": declared}
    (folder / "providers.json").write_text(json.dumps(variables), encoding="utf-8")
    with SandboxProcess() as sandbox:
        sandbox.restore({"twilio_accounts": [account], "providers": real})
        environment = {name: value for name, value in os.environ.items() if name == "ANSIBLE_COLLECTIONS_PATH" or not name.startswith(("ANSIBLE_", "DASHA_"))}
        environment |= {"DASHA_BLACKBOX_API_URL": sandbox.url, "DASHA_BLACKBOX_API_KEY": sandbox.api_key}
        subprocess.run(["ansible-playbook", "dasha.blackbox.drift_report", "-e", "@providers.json"], cwd=folder, env=environment, check=True)
    return folder / "drift_report.html"


def chromium(profile: Path, page: Path, *arguments: str) -> str:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise SystemExit("The drift report was not looked at: Chromium is missing. Install the package chromium.")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", f"--user-data-dir={profile}"]
    return subprocess.run([program, *options, *arguments, page.as_uri()], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout


def check(so: bool, claim: str) -> None:
    if not so:
        raise SystemExit(f"The drift report failed: it is not so that {claim}.")
    print(f"ok: {claim}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="folder for the report and screenshots of it")
    keep = parser.parse_args().keep
    with tempfile.TemporaryDirectory() as scratch:
        folder = (keep or Path(scratch, "report")).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        page = write_report(folder)
        profile = Path(scratch, "profile")
        shown = chromium(profile, page, "--dump-dom")
        check(f"<title>{RAN}" not in shown and "<title>" in shown, "no script ran")
        check("<img" not in shown and "javascript:" not in shown.replace("href=javascript:alert(1)&gt;", ""), "no name became an element")
        check(shown.count("W" * 100) >= 2, "the longest name is shown whole")
        for name, width in (("wide", 1200), ("narrow", 390)):
            chromium(profile, page, f"--screenshot={folder / name}.png", f"--window-size={width},2000", "--hide-scrollbars")
            check((folder / f"{name}.png").stat().st_size > 10_000, f"the page is drawn {width} pixels wide")


if __name__ == "__main__":
    main()
