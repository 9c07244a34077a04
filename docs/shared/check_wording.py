# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Report the phrases of wording.yml in all text files of the checkout, and fail if there are any."""

from __future__ import annotations

import re
import subprocess
import sys
import typing as t
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
WORDING = Path(__file__).with_name("wording.yml")

#: Space between two words: also a line break in a comment or in a list of Markdown, reStructuredText or YAML.
_SPACE = r"[\s#*-]+"


class Match(t.NamedTuple):
    """A banned phrase in a text."""

    line: int
    phrase: str
    replacement: str


def find_banned(text: str, wording: t.Mapping[str, str]) -> list[Match]:
    """Return the banned phrases in a text, in order.

    :param wording: replacements by regular expression.
    """
    found = [
        Match(text.count("\n", 0, match.start()) + 1, " ".join(match[0].split()), replacement)
        for expression, replacement in wording.items()
        for match in re.finditer(rf"(?i)\b(?:{expression.replace(' ', _SPACE)})\b", text)
    ]
    return sorted(found)


def text_files() -> t.Iterator[Path]:
    """Yield the text files of the checkout, except for the list of phrases and license texts."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.split("\0")
    for path in (ROOT / name for name in sorted(names)):
        is_text = path.suffix not in (".png", ".svg") and path.parent.name != "LICENSES"
        if is_text and path.is_file() and path != WORDING:
            yield path


def main() -> int:
    """Print all banned phrases, and return the exit code."""
    wording = yaml.safe_load(WORDING.read_text(encoding="utf-8"))
    failures = [
        f"{path.relative_to(ROOT)}:{match.line}: {match.phrase!r}: use {match.replacement!r}"
        for path in text_files()
        for match in find_banned(path.read_text(encoding="utf-8"), wording)
    ]
    print("\n".join(failures), end="\n" if failures else "")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
