# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""When something is not there, when it is gone, and when nothing is known of it."""

from __future__ import annotations

import typing as t

from ._client import Answer, Client
from ._errors import BlackboxError
from ._paging import total_count


def find(client: Client, path: str) -> Answer | None:
    """Read an object; None when the service says that there is none.

    :raises BlackboxError: any other failure, a 404 that is not the API's among them.
    """
    try:
        return client.request("GET", path)
    except BlackboxError as error:
        if error.status != 404:
            raise
        confirm(client, error)
        return None


def confirm(client: Client, not_found: BlackboxError) -> None:
    """Raise unless it is the API that said 404: a wrong ``api_url`` or a proxy says it too, and then nothing is known.

    The API says it with a JSON object. Otherwise it is asked for the first page of the SIP credentials, which is there in every organization.
    """
    if not_found.problem is not None:
        return
    try:
        total_count(client.request("GET", "/sip-credentials", query={"take": 1}))
    except BlackboxError as error:
        error.changed = not_found.changed
        # Where it is the API that refuses, its words say more than a page that was not found.
        raise (error if error.problem else not_found) from None


def delete(client: Client, path: str, *, read_path: str, what: str, query: t.Mapping[str, t.Any] | None = None, least_timeout: float = 0.0) -> bool:
    """Delete an object and say whether it was this that deleted it, and nobody before.

    :param read_path: where it is read.
    :param what: what a message calls it.
    :raises BlackboxError: it is still there, or whether it is there is not known.
    """
    try:
        client.request("DELETE", path, query=query, least_timeout=least_timeout)
    except BlackboxError as error:
        failure = error
    else:
        return True
    if failure.accepted:
        # A body that is no use is none that is needed.
        return True
    failure.changed = failure.uncertain
    if failure.status == 404:
        confirm(client, failure)
        # The first time somebody else was faster; after an attempt whose answer was lost, it was that one.
        return failure.uncertain
    if not failure.uncertain:
        raise failure
    try:
        there = find(client, read_path)
    except BlackboxError as error:
        failure.message += f" Whether it was deleted is not known: the {what} could not be read afterwards. {error.message}"
        raise failure from None
    if there is None:
        return True
    failure.changed = False
    failure.message += f" Read afterwards, the {what} is still there; a request that is still under way may yet delete it."
    raise failure
