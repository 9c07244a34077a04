# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets are masked in every spelling, and nothing else is."""

from __future__ import annotations

import html
import json
import typing as t
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._http.redact import MASK, redact

# As keys look, and with all that a header can carry; a mask for a key would be told from the mask by nobody.
KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40).filter(
    lambda key: set(key) != {"*"}
)


def percent_encoded(text: str) -> str:
    return "".join(f"%{ord(character):02X}" for character in text)


@pytest.mark.parametrize(
    "spell",
    [str, quote, percent_encoded, str.upper, repr, json.dumps, html.escape, lambda key: repr(f"Bearer {key}".encode())],
)
@given(key=KEYS)
def test_every_spelling_of_a_secret_is_masked(spell: t.Callable[[str], str], key: str) -> None:
    spelled = spell(key)
    scrubbed = redact(f"before {spelled} after", [key])
    assert key not in scrubbed
    assert spelled.strip("'\"") not in scrubbed
    assert MASK in scrubbed


@given(key=KEYS)
def test_a_secret_is_masked_at_any_depth(key: str) -> None:
    scrubbed = redact({"a": [{"b": f"x{key}"}], f"{key}y": 1, "number": 7, "nothing": None}, [key])
    assert scrubbed == {"a": [{"b": f"x{MASK}"}], f"{MASK}y": 1, "number": 7, "nothing": None}


def test_without_secrets_nothing_is_masked() -> None:
    assert redact({"a": "b"}, [""]) == {"a": "b"}


def test_an_error_without_a_request_has_no_error_key() -> None:
    assert BlackboxError("The option id is refused.").result() == {"msg": "The option id is refused.", "changed": False}
