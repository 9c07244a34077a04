# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the command of each requirement in docs/certification.md, and print which requirements are met."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "certification.md"


def parse_requirements() -> list[tuple[str, str]]:
    """Return each requirement and the command that checks it."""
    return re.findall(r"^\| (.+?) \| .+ \| `(make .+)` \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def main() -> int:
    """Run all commands and return the exit code."""
    results = {
        requirement: subprocess.run(shlex.split(command), cwd=PAGE.parents[1], check=False).returncode == 0
        for requirement, command in parse_requirements()
    }
    print()
    for requirement, passed in results.items():
        print(f"{'passed' if passed else 'FAILED':7}{requirement}")
    print(f"\n{sum(results.values())} of {len(results)} passed", flush=True)
    return 0 if results and all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
