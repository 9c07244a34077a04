# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers of a provider's Twilio account, and their SIDs.

The vendor documents this list but not its format. So it is read by value, not by key: the SID of an
item is its only value that is ``PN`` and 32 hexadecimal digits, its number the only one in E.164 format.
"""

from __future__ import annotations

import typing as t

from .._http.client import Client
from . import values
from .fields import is_of_kind


class AccountNumbers(t.NamedTuple):
    """The numbers of a Twilio account.

    :ivar body: the unchanged body of the response.
    :ivar by_sid: phone numbers by SID; None if the body cannot be mapped without guessing.
    """

    body: t.Any
    by_sid: dict[str, str] | None


def read_account_numbers(client: Client, provider_id: str) -> AccountNumbers:
    """Read the numbers of the Twilio account of a provider.

    :raises BlackboxError: they cannot be read.
    """
    body = client.get(f"/providers/twilio/{provider_id}/available-numbers").body
    return AccountNumbers(body, map_numbers(body))


def map_numbers(body: t.Any) -> dict[str, str] | None:
    """Return phone numbers by SID; None unless each item has exactly one of both, and none occurs twice."""
    items = _items(body)
    if items is None:
        return None
    numbers: dict[str, str] = {}
    for item in items:
        strings = set(_strings(item))
        # Twilio writes the prefix in upper case, so another text in lower case is not mistaken for a SID.
        upper = [string for string in strings if string.startswith(values.PHONE_NUMBER)]
        sids = {sid for string in upper if (sid := values.canonical_sid(string, values.PHONE_NUMBER))}
        found = {string for string in strings if values.is_e164(string)}
        if len(sids) != 1 or len(found) != 1:
            return None
        numbers.update(zip(sids, found))
    return numbers if len(numbers) == len(set(numbers.values())) == len(items) else None


def _items(body: t.Any) -> list[t.Any] | None:
    """Return the list itself, or the only list of an envelope that is complete by its ``totalCount``."""
    if isinstance(body, list):
        return body
    if not isinstance(body, dict):
        return None
    lists = [value for value in body.values() if isinstance(value, list)]
    total = body.get("totalCount")
    if len(lists) != 1 or (is_of_kind(total, "int") and total != len(lists[0])):
        return None
    return lists[0]


def _strings(value: t.Any) -> t.Iterator[str]:
    """Yield all strings in a JSON value, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)
