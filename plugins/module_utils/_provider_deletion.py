# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""Deleting a provider, guarded (https://blackbox.dasha.ai/docs/api-reference/providers/delete-provider).

The service deletes a provider with all numbers that were imported through it, whoever is calling them. It has no guard, so this one is ours.
"""

from __future__ import annotations

import typing as t

from . import _absence, _concurrency, _phone_numbers, _providers
from ._client import WAITS_FOR_TWILIO, Client
from ._errors import BlackboxError
from ._fields import shown
from ._phone_numbers import NumberUser, PhoneNumber
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
    numbers = _phone_numbers.list_of_provider(client, provider["id"])
    count = provider["phoneNumberCount"]
    if not numbers and count == 0:
        return
    listed = numbers[:_MOST_LISTED]
    users = _concurrency.for_each(listed, lambda number: _phone_numbers.users(client, number))
    words = [_used(number, agents) for number, agents in zip(listed, users)]
    if len(numbers) > len(listed):
        words.append(f"and {len(numbers) - len(listed)} more")
    if not numbers:
        words.append("none is listed, but the service " + ("does not say how many it counts" if count is None else f"counts {count}"))
    raise BlackboxError(
        f"The provider {_providers.named(provider)} is not deleted, because numbers are imported through it: {'; '.join(words)}."
        " Deleting it would delete them too, and cut off the agents that use them."
        " Remove the numbers first, or set force: true to delete the provider with all that hangs on it."
    )


def _used(number: PhoneNumber, agents: t.Sequence[NumberUser]) -> str:
    uses = [f"{shown(agent.name or agent.agent_id)} ({', '.join(agent.uses)})" for agent in agents]
    return f"{shown(number.phone_number)}, used by {' and '.join(uses) or 'no agent'}"


def delete(client: Client, provider: Provider) -> bool:
    """Delete the provider and say whether it was this that deleted it.

    :raises BlackboxError: it is still there, or whether it is there is not known.
    """
    path = f"/providers/{provider['id']}"
    try:
        client.request("DELETE", path, least_timeout=WAITS_FOR_TWILIO)
    except BlackboxError as error:
        failure = error
    else:
        return True
    if failure.accepted:
        # A body that is no use is none that is needed.
        return True
    failure.changed = failure.uncertain
    if failure.status == 404:
        _absence.confirm(client, failure)
        # The first time somebody else was faster; after an attempt whose answer was lost, it was that one.
        return failure.uncertain
    if not failure.uncertain:
        raise failure
    try:
        there = _absence.find(client, path)
    except BlackboxError:
        failure.message += " Whether it was deleted is not known: the provider could not be read afterwards."
        raise failure from None
    if there is None:
        return True
    failure.changed = False
    failure.message += " Read afterwards, the provider is still there; a request that is still under way may yet delete it."
    raise failure
