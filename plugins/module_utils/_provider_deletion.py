# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""Deleting a provider, guarded (https://blackbox.dasha.ai/docs/api-reference/providers/delete-provider).

The service deletes a provider with all numbers that were imported through it, whoever is calling them. It has no guard, so this one is ours.
"""

from __future__ import annotations

import typing as t

from . import _absence, _agents, _concurrency, _phone_numbers, _providers
from ._client import WAITS_FOR_TWILIO, Client
from ._errors import BlackboxError
from ._fields import shown
from ._phone_numbers import PhoneNumber
from ._providers import FIELDS, Provider

#: How many of a provider's numbers a refusal lists.
_MOST_LISTED = 20


def diff(provider: Provider) -> dict[str, t.Any]:
    """What a deletion takes away, as ``--diff`` shows it."""
    header = f"twilio_provider {provider['id']}"
    told = [field for field in FIELDS if field.option == "id" or (field.creatable and not field.secret)]
    return {"before_header": header, "after_header": header, "before": {field.option: provider[field.api] for field in told}, "after": {}}


def require_no_numbers(client: Client, provider: Provider) -> None:
    """Return when no number hangs on the provider.

    :raises BlackboxError: one does, or whether one does is not known.
    """
    numbers = _phone_numbers.list_numbers(client, provider_id=provider["id"])
    count = provider["phoneNumberCount"]
    if not numbers and count == 0:
        return
    listed = numbers[:_MOST_LISTED]
    words = _concurrency.for_each(listed, lambda number: f"{shown(number['phoneNumber'])}, used by {_users(client, number)}")
    if len(numbers) > len(listed):
        words.append(f"and {len(numbers) - len(listed)} more")
    if not numbers:
        words.append("none is listed, but the service " + ("does not say how many it counts" if count is None else f"counts {count}"))
    raise BlackboxError(
        f"The provider {_providers.named(provider)} is not deleted, because numbers are imported through it: {'; '.join(words)}."
        " Deleting it would delete them too, and cut off the agents that use them."
        " Remove the numbers first, or set force: true to delete the provider with all that hangs on it."
    )


def _users(client: Client, number: PhoneNumber) -> str:
    try:
        return " and ".join(map(str, _agents.users_of_number(client, number))) or "no agent"
    except BlackboxError as error:
        # The provider is not deleted for all that, and this is no reason to hide why.
        return f"nobody knows whom ({error.message})"


def delete(client: Client, provider: Provider) -> bool:
    """Delete the provider and say whether it was this that deleted it.

    :raises BlackboxError: it is still there, or whether it is there is not known.
    """
    path = f"/providers/{provider['id']}"
    return _absence.delete(client, path, read_path=path, what="provider", least_timeout=WAITS_FOR_TWILIO)
