# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the redaction of secrets in every spelling."""

from __future__ import annotations

import html
import json
import typing as t
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._http.redact import (
    MASK,
    SENT_MASK,
    one_line,
    printable,
    redact,
    redact_fields,
)

#: Keys of all characters that a header can hold. A key of asterisks would look like the mask.
KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40).filter(
    lambda key: set(key) != {"*"}
)


def percent_encode(text: str) -> str:
    return "".join(f"%{ord(character):02X}" for character in text)


def quote_header(key: str) -> str:
    return repr(f"Bearer {key}".encode())


@pytest.mark.parametrize("spell", [str, quote, percent_encode, str.upper, repr, json.dumps, html.escape, quote_header])
@given(key=KEYS)
def test_spelling_of_secret_is_masked(spell: t.Callable[[str], str], key: str) -> None:
    spelling = spell(key)
    redacted = redact(f"before {spelling} after", [key])
    assert key not in redacted
    assert spelling.strip("'\"") not in redacted
    assert MASK in redacted


@given(key=KEYS)
def test_nested_secret_is_masked(key: str) -> None:
    redacted = redact({"a": [{"b": f"x{key}"}], f"{key}y": 1, "number": 7, "nothing": None}, [key])
    assert redacted == {"a": [{"b": f"x{MASK}"}], f"{MASK}y": 1, "number": 7, "nothing": None}


def test_secret_fields_are_masked_except_for_sent_mask() -> None:
    fields = {"authToken": "x", "password": ["x"], "auth_token": SENT_MASK, "auth-token": None, "name": "x"}
    expected = {"authToken": MASK, "password": MASK, "auth_token": SENT_MASK, "auth-token": None, "name": "x"}
    assert redact_fields([fields]) == [expected]


def test_empty_secret_masks_nothing() -> None:
    assert redact({"a": "b"}, [""]) == {"a": "b"}


#: Control characters (C0, DEL, C1), line separators and bidi characters.
UNPRINTABLE = [
    *map(chr, [*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]),
    *"\u061c\u200e\u200f\u2028\u2029",
]


@pytest.mark.parametrize("show", [one_line, printable])
def test_unprintable_character_is_not_shown(show: t.Callable[[str], str]) -> None:
    shown = show("".join(f"a{character}" for character in UNPRINTABLE))
    assert not set(shown) & set(UNPRINTABLE)
    assert shown.count("a") >= len(UNPRINTABLE)


@pytest.mark.parametrize("show", [one_line, printable])
@pytest.mark.parametrize("text", ["Empfang Süd", "서울 지점", "Приём", "עברית", "客服 🙂"])
def test_letters_beyond_ascii_are_shown(show: t.Callable[[str], str], text: str) -> None:
    assert show(text) == text


def test_unprintable_character_is_escaped() -> None:
    assert printable("a\x1b[2J\x7f\u202e\nb\x9b") == r"a\x1b[2J\x7f\u202e\nb\x9b"
