# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the rules for UUIDs and texts in options."""

from __future__ import annotations

import re

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._api import values
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message

UUID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"


@pytest.mark.parametrize("value", ["../x", UUID.replace("-", ""), f"{{{UUID}}}", f"{UUID[:-1]}g", f"{UUID}/x"])
def test_invalid_uuid_is_refused(value: str) -> None:
    with pytest.raises(BlackboxError) as raised:
        values.uuid("to_id", value)
    assert_message(raised.value.message, "option_invalid", "to_id")
    assert_message(raised.value.message, "uuid_malformed", repr(value), UUID)


def test_null_uuid_is_refused() -> None:
    with pytest.raises(BlackboxError) as raised:
        values.uuid("to_id", None)
    assert_message(raised.value.message, "option_invalid", "to_id", "UUID")
    assert_message(raised.value.message, "option_null")


def test_uuid_in_upper_case_is_lowered() -> None:
    assert values.uuid("id", UUID.upper()) == UUID


@pytest.mark.parametrize("value", ["", " ", "\u2003"])
def test_blank_text_is_refused_with_hint(value: str) -> None:
    with pytest.raises(BlackboxError) as raised:
        values.text("region", value)
    assert_message(raised.value.message, "option_invalid", "region", "default(omit, true)")


@pytest.mark.parametrize("value", [" x", "x\n", "\u2003x"])
def test_text_with_surrounding_whitespace_is_refused(value: str) -> None:
    with pytest.raises(BlackboxError) as raised:
        values.text("region", value)
    assert_message(raised.value.message, "option_invalid", "region")
    assert_message(raised.value.message, "option_untrimmed")


def test_text_length_counts_code_points() -> None:
    assert values.text("name", "é" * 100, max_length=100) == "é" * 100
    with pytest.raises(BlackboxError) as raised:
        values.text("region", "é" * 101, max_length=100)
    assert_message(raised.value.message, "option_invalid", "region")
    assert_message(raised.value.message, "option_too_long")
    assert re.findall(r"\d+", raised.value.message) == ["101", "100"]
