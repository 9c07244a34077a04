# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Browser test of the drift report.

Chromium must display hostile provider names and execute no scripts. The test is part of
``make test-all``. With ``--keep``, it keeps the report and its screenshots in a directory.
"""

from __future__ import annotations

import argparse
import html
import html.parser
import json
import os
import re
import subprocess
import sys
import tempfile
import typing as t
from datetime import datetime, timezone
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TESTS))

from extra.browser.chromium import browse, find_chromium, take_screenshot  # noqa: E402  # needs the path above
from sandbox.process import SandboxProcess  # noqa: E402  # needs the path above

#: Title that injected scripts set.
INJECTED_TITLE = "a script ran"
#: Names with a special meaning in HTML, CSS, templates or terminals, or with unusual rendering. The
#: service accepts up to 100 characters.
HOSTILE_NAMES = (
    f"<script>document.title='{INJECTED_TITLE}'</script>",
    f"\"'><img src=x onerror=\"document.title='{INJECTED_TITLE}'\"><a href=javascript:alert(1)>&lt;&amp;&#60;",
    "</title></style><style>*{display:none}</style><!-- <textarea>",
    "{{ lookup('ansible.builtin.pipe', 'touch templated') }}{% raw %}{# \\",
    "\u202eenil troppus\u202c \u05e9\u05dc\u05d5\u05dd, \u0645\u0631\u062d\u0628\u0627",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f4de\u00a0\u200b\u001b[31m",
    "W" * 100,
)


def build_provider_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def write_report(folder: Path) -> Path:
    """Write a report in which each hostile name has a provider in sync, a drifted and an undeclared provider.

    The report also lists a missing provider for each name.
    """
    account = {"account_sid": f"AC{'0' * 32}", "auth_token": "0" * 32}
    now = datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    actual: list[dict[str, t.Any]] = []
    declared: list[dict[str, t.Any]] = []
    for position, name in enumerate(HOSTILE_NAMES):
        in_sync, drifted, undeclared = (build_provider_id(3 * position + number) for number in range(3))
        check = {
            "checkName": name,
            "status": "failed",
            "message": name,
            "timestamp": "2026-01-31T12:00:00Z",
            "details": {},
        }
        verified = {
            "verificationStatus": ("verified", "warning", "failed")[position % 3],
            "lastVerifiedAt": now if position % 2 else None,
            "verificationDetails": [check] if position % 3 else [],
        }
        actual += [
            {"id": id_, "accountSid": account["account_sid"], "name": name, **verified}
            for id_ in (in_sync, drifted, undeclared)
        ]
        declared += [
            {"id": in_sync, "region": "us1"},
            {"id": drifted, "region": "ie1", "name": f"Line {position}"},
            {"id": build_provider_id(0x1000 + position)},
        ]
    variables = {"drift_report_folder": str(folder), "drift_report_providers": declared}
    (folder / "providers.json").write_text(json.dumps(variables), encoding="utf-8")
    with SandboxProcess() as sandbox:
        sandbox.restore({"twilio_accounts": [account], "providers": actual})
        environment = {
            name: value
            for name, value in os.environ.items()
            if name == "ANSIBLE_COLLECTIONS_PATH" or not name.startswith(("ANSIBLE_", "DASHA_"))
        }
        environment |= {"DASHA_BLACKBOX_API_URL": sandbox.url, "DASHA_BLACKBOX_API_KEY": sandbox.api_key}
        subprocess.run(
            ["ansible-playbook", "dasha.blackbox.drift_report", "-e", "@providers.json"],
            cwd=folder,
            env=environment,
            check=True,
        )
    return folder / "drift_report.html"


class Page(html.parser.HTMLParser):
    """Parsed page with its elements in order, its title and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.title = ""
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.elements[-1:] == ["title"]:
            self.title += data.strip()


def check(passed: bool, expectation: str) -> None:
    if not passed:
        raise SystemExit(f"The test of the drift report failed. Expected: {expectation}.")
    print(f"ok: {expectation}", flush=True)


def check_report(program: str, report: Path, scratch: Path) -> None:
    content = report.read_text(encoding="utf-8")

    def open_page(name: str, page: str, *arguments: str) -> Page:
        copy = scratch / f"{name}.html"
        copy.write_text(page, encoding="utf-8")
        return Page(browse(program, copy, "--dump-dom", *arguments))

    written, displayed = Page(content), open_page("report", content)
    check(displayed.elements == written.elements, "names add no elements to the page")
    check(displayed.title == written.title != "", "no script was executed")
    for name in HOSTILE_NAMES:
        check(displayed.text.count(name.replace("\x1b", "\ufffd")) >= 2, f"the name {name!a} is displayed")

    # Remove the content security policy, because it would hide escaping errors.
    without_policy, policies = re.subn('<meta http-equiv="Content-Security-Policy"[^>]*>', "", content)
    check(
        policies == 1 and open_page("open", without_policy).title == written.title,
        "no script is executed without the content security policy",
    )
    script = f"<script>document.title='{INJECTED_TITLE}'</script></body>"
    check(
        open_page("probe", without_policy.replace("</body>", script)).title == INJECTED_TITLE,
        "an unescaped script is executed without the policy",
    )
    check(
        open_page("refused", content.replace("</body>", script)).title == written.title,
        "the policy blocks an unescaped script",
    )
    # Use a frame, because headless windows are at least 500 pixels wide.
    measure = "document.title = frames[0].document.documentElement.scrollWidth"
    for width in (390, 1200):
        document = html.escape(without_policy)
        frame = f'<iframe style="width: {width}px; border: 0" onload="{measure}" srcdoc="{document}"></iframe>'
        measured = open_page("measured", f"<!DOCTYPE html><title></title>{frame}").title
        check(measured == str(width), f"the page fits {width} pixels (it is {measured} wide)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="directory for the report and its screenshots")
    keep = parser.parse_args().keep
    program = find_chromium()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (keep or Path(scratch, "report")).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        page = write_report(folder)
        check(not list(Path(folder).rglob("templated")), "no name was rendered as a template")
        check_report(program, page, Path(scratch))
        for name, width, *options in (("wide", 1200), ("narrow", 390), ("dark", 1200, "--force-dark-mode")):
            take_screenshot(program, page, folder / f"{name}.png", width, 2000, *map(str, options))
            check((folder / f"{name}.png").stat().st_size > 10_000, f"a {name} screenshot of {width} pixels was taken")


if __name__ == "__main__":
    main()
