# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kinds of messages, so that a test names a kind and its facts, and a better wording changes one line here."""

from __future__ import annotations

import re

#: Characteristic part of each kind of message. Three dots stand for any text.
KINDS = {
    # Options
    "option_refused": "The option ... is refused:",
    # Requests and responses
    # Connection
    # Selection of providers
    "provider_missing": "No provider has the ...",
    # Writes, and their check
    "effect_differs": "was accepted, but ... instead of",
    # Phone numbers
    # Links and agents
}


def contains(message: str, fragment: str) -> bool:
    """Check whether a message contains a fragment, in which three dots stand for any text."""
    return re.search(re.escape(fragment).replace(re.escape("..."), ".+"), message, re.DOTALL) is not None


def assert_message(message: str, kind: str, *facts: object) -> None:
    """Check that a message is of the kind and contains each fact, such as an ID, a status code or an option."""
    assert contains(message, KINDS[kind]), message
    assert [fact for fact in map(str, facts) if fact not in message] == [], message
