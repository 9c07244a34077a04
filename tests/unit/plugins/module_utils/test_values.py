# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the rules for UUIDs and texts in options."""

from __future__ import annotations

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._api import values
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError

UUID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"


@pytest.mark.parametrize("value", ["../x", UUID.replace("-", ""), f"{{{UUID}}}", f"{UUID[:-1]}g", f"{UUID}/x"])
def test_invalid_uuid_is_refused(value: str) -> None:
    with pytest.raises(BlackboxError, match=r"The option id is refused: .* is not a UUID such as"):
        values.uuid("id", value)


def test_null_uuid_is_refused() -> None:
    with pytest.raises(BlackboxError, match="The option id is refused: it is null"):
        values.uuid("id", None)


def test_uuid_in_upper_case_is_lowered() -> None:
    assert values.uuid("id", UUID.upper()) == UUID


@pytest.mark.parametrize("value", ["", " ", "\u2003", " x", "x\n"])
def test_blank_text_is_refused_with_hint(value: str) -> None:
    with pytest.raises(BlackboxError, match=r"The option name is refused: .*default\(omit, true\)"):
        values.text("name", value)


def test_text_length_counts_code_points() -> None:
    assert values.text("name", "é" * 100, max_length=100) == "é" * 100
    expected = "The option name is refused: it has 101 characters, at most 100 are accepted"
    with pytest.raises(BlackboxError, match=expected):
        values.text("name", "é" * 101, max_length=100)
