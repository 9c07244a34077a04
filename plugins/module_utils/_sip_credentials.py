# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""SIP credentials, of which only this is of use here: they name the provider that made them.

Their list holds SIP passwords (https://blackbox.dasha.ai/docs/api-reference/sipcredentials/list-sip-credentials). What is parsed here leaves
them behind.
"""

from __future__ import annotations

import typing as t

from . import _arguments, _paging
from ._client import Answer, Client
from ._fields import ApiObject, Field, checked, shown

#: The ``source`` of a SIP credential that no provider made.
_MADE_BY_A_USER = "manual"

_FIELDS = (Field("id", "id", "str", required=True), Field("source", "source", "str", required=True), Field("provider_id", "providerId", "str"))


def list_provider_ids(client: Client) -> list[str]:
    """The ids of all providers that made a SIP credential, each once.

    :raises BlackboxError: the list cannot be read, or a provider may be missing from it.
    """
    credentials = _paging.read_all(client, "/sip-credentials", _parse, gap=_gap)
    return list(dict.fromkeys(credential["providerId"].lower() for credential in credentials if credential["source"] != _MADE_BY_A_USER))


def _parse(answer: Answer, item: t.Any) -> ApiObject:
    """A SIP credential without its secrets, and without all else that is of no use here."""
    credential = checked(answer, item, _FIELDS)
    provider_id = credential["providerId"]
    if provider_id is not None and not _arguments.is_uuid(provider_id):
        # It becomes part of a path. Not shown: nothing of this list is.
        raise answer.unusable("the providerId of a SIP credential is not a UUID")
    return {field.api: credential[field.api] for field in _FIELDS}


def _gap(credentials: list[ApiObject]) -> str | None:
    nameless = [credential["id"] for credential in credentials if credential["source"] != _MADE_BY_A_USER and not credential["providerId"]]
    return f"the SIP credential {shown(nameless[0])} was made by a provider that it does not name" if nameless else None
