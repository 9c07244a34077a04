# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""The numbers of a provider's Twilio account: which number has which SID.

The vendor documents that there is such a list, and nothing of its shape. So it is read by value and not by key: an item's SID is the one value
in it like ``PN`` and 32 hexadecimal digits, its number the one value like an E.164 number.
"""

from __future__ import annotations

import re
import typing as t

from ._client import Client
from ._fields import is_of_kind

_SID = re.compile(r"PN[0-9a-fA-F]{32}")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


class AvailableNumbers(t.NamedTuple):
    """The numbers of a Twilio account.

    :ivar answer: what the service says, as it comes.
    :ivar numbers: the numbers by their SIDs; None when the answer cannot be read without guessing.
    """

    answer: t.Any
    numbers: dict[str, str] | None


def read(client: Client, provider_id: str) -> AvailableNumbers:
    """Ask for the numbers of the Twilio account of a provider.

    :raises BlackboxError: the service does not say.
    """
    payload = client.request("GET", f"/providers/twilio/{provider_id}/available-numbers").payload
    return AvailableNumbers(payload, by_sid(payload))


def by_sid(payload: t.Any) -> dict[str, str] | None:
    """The numbers in an answer by their SIDs; None unless each item has exactly one of both, and none occurs twice."""
    items = _items(payload)
    if items is None:
        return None
    numbers: dict[str, str] = {}
    for item in items:
        leaves = set(_texts(item))
        sids = {f"PN{text[2:].lower()}" for text in leaves if _SID.fullmatch(text)}
        found = {text for text in leaves if _NUMBER.fullmatch(text)}
        if len(sids) != 1 or len(found) != 1:
            return None
        numbers.update(zip(sids, found))
    return numbers if len(numbers) == len(set(numbers.values())) == len(items) else None


def _items(payload: t.Any) -> list[t.Any] | None:
    """The list itself, or the only one in an envelope that does not count more than are there."""
    if isinstance(payload, list):
        return payload
    if not isinstance(payload, dict):
        return None
    lists = [value for value in payload.values() if isinstance(value, list)]
    total = payload.get("totalCount")
    if len(lists) != 1 or (is_of_kind(total, "int") and total != len(lists[0])):
        return None
    return lists[0]


def _texts(value: t.Any) -> t.Iterator[str]:
    """All strings in a JSON value, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
