# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Complete lists from paged endpoints.

The envelope has ``items``, ``totalCount``, ``skip`` and ``take``
(https://blackbox.dasha.ai/docs/api-reference/sipphonenumbers/list-phone-numbers). The order of items
is undocumented, so a list that changes during the reading is only noticed by its numbers.
"""

from __future__ import annotations

import typing as t

from .._http.client import Client
from .._http.response import Response
from .fields import ApiObject, is_of_kind

#: Largest page that the API documents.
MAX_PAGE = 1000

#: Bound for the number of pages, whatever the envelope says.
_MAX_PAGES = 10_000

Parse = t.Callable[[Response, t.Any], ApiObject]


def read_all(
    client: Client,
    path: str,
    parse: Parse,
    *,
    query: t.Mapping[str, t.Any] | None = None,
    gap: t.Callable[[list[ApiObject]], str | None] = lambda items: None,
) -> list[ApiObject]:
    """Return all items of a list. An inconsistent list is read once more, because it may have changed.

    :param parse: returns an object with an ``id`` for an entry of ``items``.
    :param gap: returns what a complete list lacks; None if it lacks nothing.
    :raises BlackboxError: a page cannot be read, or the list is inconsistent twice.
    """
    for _reading in range(2):
        items, response, problem = _read(client, path, parse, query or {})
        problem = problem or gap(items)
        if not problem:
            return items
    raise response.unusable(f"the list is incomplete: {problem}")


def _read(
    client: Client, path: str, parse: Parse, query: t.Mapping[str, t.Any]
) -> tuple[list[ApiObject], Response, str | None]:
    """Read the list once; return its items, the last response, and why the list is inconsistent, if so."""
    items: dict[str, ApiObject] = {}
    total = None
    for _page in range(_MAX_PAGES):
        # A page may be smaller than requested. The next page starts with the last known item, to notice a shift.
        last = next(reversed(items), None)
        response = client.get(path, {**query, "skip": max(len(items) - 1, 0), "take": MAX_PAGE})
        page_total = total_count(response)
        page = [parse(response, item) for item in response.body["items"]]
        if total not in (None, page_total):
            shrunk = f"its number of items changed from {total} to {page_total} while it was read"
            return list(items.values()), response, shrunk
        if last is not None and (not page or page[0]["id"] != last):
            return list(items.values()), response, "its items changed while it was read"
        total = page_total
        new = page if last is None else page[1:]
        known = len(items)
        items.update((item["id"], item) for item in new)
        if len(items) != known + len(new) or len(items) >= total or not new:
            break
    problem = None if len(items) == total else f"totalCount is {total}, but the number of items is {len(items)}"
    return list(items.values()), response, problem


def total_count(response: Response) -> int:
    """Return the number of items of a list, from the envelope of one of its pages.

    :raises BlackboxError: the response is not such an envelope.
    """
    envelope = response.json_object()
    total = envelope.get("totalCount")
    if not isinstance(envelope.get("items"), list) or not is_of_kind(total, "int"):
        raise response.unusable("the response is not a page with items and totalCount")
    return int(t.cast("float", total))
