# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the check for banned phrases, and of the kinds of messages."""

from __future__ import annotations

import re

import pytest
import yaml

from ansible_collections.dasha.blackbox.docs.shared.check_wording import WORDING, find_banned
from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS

PHRASES = {"blue moon": "rarely", "apples?": "fruit"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Once in a blue moon.", ["1: blue moon"]),
        ("Blue Moon, and apples.\n\nAn apple.\n", ["1: Blue Moon", "1: apples", "3: apple"]),
        ("# Once in a blue\n# moon.\n", ["1: blue # moon"]),
        ("Blue moons and pineapple.", []),
    ],
)
def test_banned_phrase_is_found_with_line(text: str, found: list[str]) -> None:
    assert [f"{match.line}: {match.phrase}" for match in find_banned(text, PHRASES)] == found


def test_wording_has_valid_phrases() -> None:
    wording = yaml.safe_load(WORDING.read_text(encoding="utf-8"))
    assert wording
    assert all(isinstance(text, str) and text for item in wording.items() for text in item)
    assert find_banned("A plain text.", wording) == []


def test_kinds_of_messages_are_used_and_distinct() -> None:
    files = [path for pattern in ("*.py", "*.yml") for path in (COLLECTION / "tests").rglob(pattern)]
    texts = [path.read_text(encoding="utf-8") for path in files if path.name != "messages.py"]
    used = {word for text in texts for word in re.findall(r"\w+", text)}
    assert KINDS.keys() - used == set()
    assert len(set(KINDS.values())) == len(KINDS)
