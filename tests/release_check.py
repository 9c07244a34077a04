# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run each command of docs/certification.md, then say which lines hold."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "certification.md"


def lines() -> list[tuple[str, str]]:
    """What is asked, and the command that shows it."""
    return re.findall(r"^\| (.+?) \| .+ \| `(make .+)` \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def main() -> int:
    """Run, report and give the exit code."""
    held = {asked: subprocess.run(shlex.split(command), cwd=PAGE.parents[1], check=False).returncode == 0 for asked, command in lines()}
    print()
    for asked, holds in held.items():
        print(f"{'holds' if holds else 'FAILS':6}{asked}")
    print(f"\n{sum(held.values())} of {len(held)} hold", flush=True)
    return 0 if held and all(held.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
