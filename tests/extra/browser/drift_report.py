# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drift report in a browser: providers with hostile names are reported, and Chromium shows the page and runs nothing that is in it.

Part of ``make test-all``. Needs Chromium, and fails without. ``--keep`` takes a folder for the report and screenshots of it.
"""

from __future__ import annotations

import argparse
import html
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TESTS))

from sandbox.process import SandboxProcess  # noqa: E402  # needs the path above

#: What a page shows when something in it ran that should not.
RAN = "a script ran"
#: Names that are more than words in HTML, in CSS, in a template, in a terminal, or to the eye. The service takes up to 100 characters.
HOSTILE_NAMES = (
    f"<script>document.title='{RAN}'</script>",
    f"\"'><img src=x onerror=\"document.title='{RAN}'\"><a href=javascript:alert(1)>&lt;&amp;&#60;",
    "</title></style><style>*{display:none}</style><!-- <textarea>",
    "{{ lookup('ansible.builtin.pipe', 'touch templated') }}{% raw %}{# \\",
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


class Page(html.parser.HTMLParser):
    """A page as it was parsed: its elements in their order, its title and its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.title = ""
        self.words = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data
        if self.elements[-1:] == ["title"]:
            self.title += data.strip()


def find_chromium() -> str:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise SystemExit("The drift report was not looked at: Chromium is missing. Install the package chromium.")
    return program


def browse(program: str, page: Path, *arguments: str) -> str:
    """Open a page in a Chromium without a past, and return what it prints."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--hide-scrollbars"]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [program, *options, f"--user-data-dir={profile}", *arguments, page.as_uri()]
        process = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)
    if process.returncode:
        raise SystemExit(f"The drift report was not looked at: Chromium ended with {process.returncode}.\n{process.stderr}")
    return process.stdout


def check(so: bool, claim: str) -> None:
    if not so:
        raise SystemExit(f"The drift report failed: it is not so that {claim}.")
    print(f"ok: {claim}", flush=True)


def look_at(program: str, report: Path, scratch: Path) -> None:
    content = report.read_text(encoding="utf-8")

    def opened(name: str, page: str, *arguments: str) -> Page:
        copy = scratch / f"{name}.html"
        copy.write_text(page, encoding="utf-8")
        return Page(browse(program, copy, "--dump-dom", *arguments))

    written, shown = Page(content), opened("report", content)
    check(shown.elements == written.elements, "the page has the elements that were written, and no name became one")
    check(shown.title == written.title != "", "no script ran")
    for name in HOSTILE_NAMES:
        check(shown.words.count(name.replace("\x1b", "\ufffd")) >= 2, f"the name {name!a} can be read")

    # The policy of the page forbids all scripts. Without it nothing runs either, but for a script that stands in the page itself.
    without_policy, policies = re.subn('<meta http-equiv="Content-Security-Policy"[^>]*>', "", content)
    check(policies == 1 and opened("open", without_policy).title == written.title, "no script ran without the policy of the page either")
    script = f"<script>document.title='{RAN}'</script></body>"
    check(opened("probe", without_policy.replace("</body>", script)).title == RAN, "a script would run without it")
    check(opened("refused", content.replace("</body>", script)).title == written.title, "the policy of the page lets no script run")
    # In a frame, because a window of this Chromium is never narrower than 500 pixels.
    measure = "document.title = frames[0].document.documentElement.scrollWidth"
    for width in (390, 1200):
        frame = f"""<iframe style="width: {width}px; border: 0" onload="{measure}" srcdoc="{html.escape(without_policy)}"></iframe>"""
        measured = opened("measured", f"<!DOCTYPE html><title></title>{frame}").title
        check(measured == str(width), f"nothing sticks out where there are {width} pixels, it takes {measured}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="folder for the report and screenshots of it")
    keep = parser.parse_args().keep
    program = find_chromium()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (keep or Path(scratch, "report")).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        page = write_report(folder)
        check(not list(Path(folder).rglob("templated")), "no name was taken for a template")
        look_at(program, page, Path(scratch))
        for name, width, *options in (("wide", 1200), ("narrow", 390), ("dark", 1200, "--force-dark-mode")):
            browse(program, page, f"--screenshot={folder / name}.png", f"--window-size={width},2000", *map(str, options))
            check((folder / f"{name}.png").stat().st_size > 10_000, f"the page is drawn: {name}, {width} pixels wide")


if __name__ == "__main__":
    main()
