# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks whether an API object exists."""

from __future__ import annotations

from .._http.client import Client
from .._http.errors import BlackboxError
from .._http.response import Response
from .paging import total_count


def find(client: Client, path: str) -> Response | None:
    """Read an object; return None if the API says that it does not exist.

    :raises BlackboxError: any other failure, including a 404 that is not the API's.
    """
    try:
        return client.get(path)
    except BlackboxError as error:
        if error.status != 404:
            raise
        confirm_absent(client, error)
        return None


def confirm_absent(client: Client, not_found: BlackboxError) -> None:
    """Return if a 404 comes from the API; a wrong ``api_url`` or a proxy responds with 404 too.

    The API sends a JSON object. Otherwise, the list of SIP credentials, which every organization
    has, shows whether ``api_url`` leads to the API.

    :raises BlackboxError: nothing is known about the object.
    """
    if not_found.problem is not None:
        return
    try:
        total_count(client.get("/sip-credentials", {"take": 1}))
    except BlackboxError as error:
        # An error response of the API says more than a page that was not found.
        cause = error if error.problem else not_found
        raise cause.with_context(changed=not_found.changed) from None
