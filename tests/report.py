# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run nox with the given arguments, and print a summary of all sessions."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

# Written by the sessions of noxfile.py.
RECORDS = Path(".nox", "records.jsonl")


class Row(t.NamedTuple):
    """Row of the summary."""

    name: str
    seconds: float
    passed: int
    failed: int
    skipped: int
    counted: str


def run_nox(arguments: list[str]) -> tuple[int, list[dict[str, t.Any]]]:
    """Run nox, and return its exit code and its report of the sessions."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "nox.json")
        code = subprocess.run([sys.executable, "-m", "nox", "--report", str(report), *arguments], check=False).returncode
        return code, json.loads(report.read_text(encoding="utf-8"))["sessions"] if report.exists() else []


def build_rows(sessions: list[dict[str, t.Any]], records: list[dict[str, t.Any]]) -> t.Iterator[Row]:
    """Return the rows in the order of execution. A failed session without records counts as one failure."""
    for session in sessions:
        name = session["name"]
        parts = [record for record in records if record["session"] == name]
        for part in parts:
            label = name if part["part"] == name else f"{name}: {part['part']}"
            yield Row(label, part["seconds"], part["passed"], part["failed"], part["skipped"], part["counted"])
        failed = session["result"] not in {"success", "skipped"}
        if failed and not any(part["failed"] for part in parts):
            yield Row(name, session["duration"], 0, 1, 0, "sessions")
        elif not parts:
            yield Row(name, session["duration"], 0, 0, 1, f"sessions ({session['reason'] or session['result']})")


def main() -> int:
    """Run nox, print the summary and return the exit code."""
    RECORDS.unlink(missing_ok=True)
    code, sessions = run_nox(sys.argv[1:])
    records = [json.loads(line) for line in RECORDS.read_text(encoding="utf-8").splitlines()] if RECORDS.exists() else []
    rows = list(build_rows(sessions, records))
    passed = sum(row.passed for row in rows)
    failed = sum(row.failed for row in rows)
    if code and not failed:
        # nox itself failed outside of the sessions.
        failed = 1
    width = max([len(row.name) for row in rows], default=0)
    print(f"\n{'':{width}}     time  passed  failed  skipped")
    for row in rows:
        minutes, seconds = divmod(round(row.seconds), 60)
        print(f"{row.name:{width}}  {minutes:4}:{seconds:02}  {row.passed:6}  {row.failed:6}  {row.skipped:7}  {row.counted}")
    print(f"\n{passed} passed, {failed} failed", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
