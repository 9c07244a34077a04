# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""Replacing the Auth Token of a provider (https://blackbox.dasha.ai/docs/api-reference/twilioprovider/update-auth-token).

The service tries a token with Twilio before it keeps it. None can be read back, so whether one differs is not known before it is sent.
"""

from __future__ import annotations

from . import _providers
from ._client import API_PREFIX, WAITS_FOR_TWILIO, Client
from ._errors import BlackboxError
from ._providers import Provider


def replace(client: Client, provider: Provider, auth_token: str) -> Provider:
    """Send the token and return the provider as it is stored then.

    :raises BlackboxError: the token was refused, or whether it was kept is not known.
    """
    provider_id = provider["id"]
    path = f"/providers/twilio/{provider_id}/auth-token"
    try:
        answer = client.request("PATCH", path, body={"authToken": auth_token}, least_timeout=WAITS_FOR_TWILIO, hints=_providers.HINTS_OF_CREDENTIALS)
        return _providers.parse(answer, provider_id)
    except BlackboxError as error:
        failure = error
    if not failure.accepted:
        failure.changed = failure.uncertain
        failure.message += f" {_what_became_of_it(failure)}"
        raise failure
    try:
        return _providers.read_provider(client, provider_id)
    except BlackboxError as error:
        error.changed = True
        error.message = f"PATCH {API_PREFIX}{path} was accepted; nothing else was sent, because the provider could not be read afterwards. {error.message}"
        raise


def _what_became_of_it(failure: BlackboxError) -> str:
    if failure.status == 404 and not failure.uncertain:
        return "Nothing was changed."
    if not failure.uncertain:
        return "The Auth Token that was stored before is still in use; nothing was changed."
    if failure.status is not None and failure.status < 500:
        return "An attempt before it, whose answer was lost, may have been accepted all the same."
    return "Whether the Auth Token is stored now is not known: it cannot be read back."
