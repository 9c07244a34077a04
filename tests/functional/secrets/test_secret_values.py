# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the search for secrets."""

from __future__ import annotations

import json

import pytest

from ansible_collections.dasha.blackbox.tests.functional.secrets.cases import ALL_MODULES
from ansible_collections.dasha.blackbox.tests.functional.secrets.secret_values import (
    ALL_SECRETS,
    SECRETS,
    find_secrets,
    spellings,
)


@pytest.mark.parametrize("secret", ALL_SECRETS)
def test_search_finds_every_spelling(secret: str) -> None:
    for spelling in spellings(secret):
        for text in (spelling, json.dumps(spelling), json.dumps(json.dumps(spelling)), json.dumps([f"x{spelling}x"])):
            assert find_secrets(text)


@pytest.mark.parametrize("secret", ALL_SECRETS)
def test_search_finds_each_half(secret: str) -> None:
    half = len(secret) // 2
    assert find_secrets(f"a part {secret[:half]}")
    assert find_secrets(f"a part {secret[half:]}")


def test_search_ignores_other_text() -> None:
    assert not find_secrets("nothing of it")


def test_every_secret_option_has_a_value() -> None:
    assert set(SECRETS) == {option for module in ALL_MODULES for option in module.secret_options}
