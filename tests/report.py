# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run nox with the given arguments, then print a table and, as the last line, how many checks passed and failed."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import typing as t
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

# Written by noxfile.py.
RECORDS = Path(".nox", "records.jsonl")


class Row(t.NamedTuple):
    """Line of the table."""

    name: str
    seconds: float
    outcomes: Counter[str]


def run_nox(arguments: list[str]) -> tuple[int, list[dict[str, t.Any]]]:
    """Run nox. Return its exit code and the result of each session."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "nox.json")
        code = subprocess.run(
            [sys.executable, "-m", "nox", "--report", str(report), *arguments], check=False
        ).returncode
        return code, json.loads(report.read_text(encoding="utf-8"))["sessions"] if report.exists() else []


def outcomes_of(record: dict[str, t.Any]) -> Counter[str]:
    """Count the test cases in the JUnit reports of a part. A part without reports is one check."""
    cases = [case for report in record["reports"] for case in ET.fromstring(report).iter("testcase")]
    tags = [{child.tag for child in case} for case in cases]
    outcomes = Counter(
        "failed" if found & {"failure", "error"} else "skipped" if "skipped" in found else "passed" for found in tags
    )
    if record["failed"]:
        outcomes["failed"] = outcomes["failed"] or 1
    return outcomes if cases or record["failed"] else Counter(passed=1)


def rows_of(session: dict[str, t.Any], records: list[dict[str, t.Any]]) -> list[Row]:
    """Return a row for each part of a session. A session that fails outside of its parts counts as one failure."""
    name = session["name"]
    parts = [record for record in records if record["session"] == name]
    rows = [
        Row(name if part["part"] == name else f"{name}: {part['part']}", part["end"] - part["start"], outcomes_of(part))
        for part in parts
    ]
    skipped = session["result"] == "skipped"
    if not rows or (
        session["result"] not in {"success", "skipped"} and not any(row.outcomes["failed"] for row in rows)
    ):
        rows.append(Row(name, session["duration"] or 0, Counter(skipped=1) if skipped else Counter(failed=1)))
    return rows


def main() -> int:
    """Run nox, print the table and return the exit code."""
    RECORDS.parent.mkdir(exist_ok=True)
    RECORDS.write_text("", encoding="utf-8")
    code, sessions = run_nox(sys.argv[1:])
    records = [json.loads(line) for line in RECORDS.read_text(encoding="utf-8").splitlines()]
    rows = [row for session in sessions for row in rows_of(session, records)]
    total = sum((row.outcomes for row in rows), Counter())
    if code and not total["failed"]:
        # nox itself failed.
        total["failed"] = 1
    width = max((len(row.name) for row in rows), default=0)
    print(f"\n{'':{width}}     time  passed  failed  skipped")
    for row in rows:
        minutes, seconds = divmod(round(row.seconds), 60)
        counts = row.outcomes
        outcomes = f"{counts['passed']:6}  {counts['failed']:6}  {counts['skipped']:7}"
        print(f"{row.name:{width}}  {minutes:4}:{seconds:02}  {outcomes}")
    print(f"\n{total['passed']} passed, {total['failed']} failed", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
