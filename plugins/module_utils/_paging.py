# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""Lists that come in pages: read to their end, or not at all.

The envelope is ``items``, ``totalCount``, ``skip`` and ``take`` (https://blackbox.dasha.ai/docs/api-reference/sipphonenumbers/list-phone-numbers).
The order of the items is not documented, so a list that changes while it is read is known only by its numbers.
"""

from __future__ import annotations

import typing as t

from ._client import Answer, Client
from ._fields import ApiObject, is_of_kind

#: The largest page that the API documents.
LARGEST_PAGE = 1000

#: No list is as long as that, whatever its envelope says.
_MOST_PAGES = 10_000


def read_all(
    client: Client,
    path: str,
    parse: t.Callable[[Answer, t.Any], ApiObject],
    *,
    query: t.Mapping[str, t.Any] | None = None,
    gap: t.Callable[[list[ApiObject]], str | None] = lambda items: None,
) -> list[ApiObject]:
    """All items of a list. One that does not add up is read once more, for it may just have changed.

    :param parse: makes an object with an ``id`` of what stands in ``items``.
    :param gap: what is missing in a list that adds up, in words; None when nothing is.
    :raises BlackboxError: a page cannot be read, or the list does not add up the second time either.
    """
    for _reading in range(2):
        items, answer, missing = _read(client, path, parse, query or {})
        missing = missing or gap(items)
        if not missing:
            return items
    raise answer.unusable(f"the list is incomplete, so nothing can be concluded from it: {missing}")


def _read(client: Client, path: str, parse: t.Callable[[Answer, t.Any], ApiObject], query: t.Mapping[str, t.Any]) -> tuple[list[ApiObject], Answer, str | None]:
    """The items that one reading brings, the last answer, and why they cannot be all of them; None when they are."""
    items: dict[str, ApiObject] = {}
    total = None
    for _page in range(_MOST_PAGES):
        # A page may be smaller than asked for, so the next one begins where this one ended: with its last item, to see that nothing has shifted.
        last = next(reversed(items), None)
        answer = client.request("GET", path, query={**query, "skip": max(len(items) - 1, 0), "take": LARGEST_PAGE})
        page_total = total_count(answer)
        page = [parse(answer, item) for item in answer.payload["items"]]
        if total not in (None, page_total):
            return list(items.values()), answer, f"it grew or shrank from {total} to {page_total} items while it was read"
        if last is not None and (not page or page[0]["id"] != last):
            return list(items.values()), answer, "it shifted while it was read"
        total = page_total
        new = page if last is None else page[1:]
        known = len(items)
        items.update((item["id"], item) for item in new)
        if len(items) != known + len(new) or len(items) >= total or not new:
            break
    missing = None if len(items) == total else f"{len(items)} different items came, where it counts {total}"
    return list(items.values()), answer, missing


def total_count(answer: Answer) -> int:
    """How many items a list has, by the envelope of one of its pages.

    :raises BlackboxError: the answer is no such envelope.
    """
    envelope = answer.json_object()
    total = envelope.get("totalCount")
    if not isinstance(envelope.get("items"), list) or not is_of_kind(total, "int"):
        raise answer.unusable("the answer is no page of a list, which has items and totalCount")
    return t.cast("int", total)
