# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""When a 404 means that something is not there, and when it means nothing."""

from __future__ import annotations

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

    The API says it with a JSON object. Otherwise it is asked for the first page of the SIP credentials, which is there in every organisation.
    """
    if not_found.problem is not None:
        return
    try:
        total_count(client.request("GET", "/sip-credentials", query={"take": 1}))
    except BlackboxError as error:
        error.changed = not_found.changed
        # Where it is the API that refuses, its words say more than a page that was not found.
        raise (error if error.problem else not_found) from None
