# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guarded deletion of a provider (https://blackbox.dasha.ai/docs/api-reference/providers/delete-provider).

The service deletes a provider together with its imported numbers, even if agents use them. It has no
guard, so this module has one.
"""

from __future__ import annotations

import typing as t

from .._api import agents, fields, phone_numbers, providers
from .._api.phone_numbers import PhoneNumber
from .._api.providers import FIELDS, Provider
from .._http.client import TWILIO_TIMEOUT, Client
from .._http.errors import BlackboxError
from .._http.parallel import for_each
from .._http.request import Request
from .._plan.plan import Outcome, Plan, diff
from .._plan.write import delete
from .select import Selector

#: Number of phone numbers that a message lists.
_MAX_LISTED = 20

_RESULTS: dict[str, t.Any] = {"provider": {}, "changed_fields": []}

#: The plan for a provider that does not exist.
ALREADY_ABSENT = Plan(Outcome(changed=False, results=_RESULTS, diff={"before": {}, "after": {}}))


def plan_delete(client: Client, provider: Provider, others: t.Sequence[Selector], *, force: bool) -> Plan:
    """Plan the deletion of a provider.

    :param others: further identifying options; the provider has to match them too.
    :param force: delete the provider although numbers are imported through it.
    :raises BlackboxError: it does not match, or numbers are imported through it, or this is unknown.
    """
    for other in others:
        if not other.matches(provider):
            described = providers.describe(provider)
            raise BlackboxError(f"The provider {described} is not deleted, because it does not have the {other}.")
    if not force:
        _require_no_numbers(client, provider)
    shown = [field for field in FIELDS if field.option == "id" or (field.creatable and not field.secret)]
    before = {field.option: provider[field.api] for field in shown}

    def outcome(changed: bool) -> Outcome:
        return Outcome(changed, _RESULTS, diff(f"twilio_provider {provider['id']}", before, {}))

    def apply(client: Client) -> Outcome:
        request = Request("DELETE", f"/providers/{provider['id']}", minimum_timeout=TWILIO_TIMEOUT)
        return outcome(delete(client, request, "provider", lambda: providers.find_provider(client, provider["id"])))

    return Plan(outcome(True), apply)


def _require_no_numbers(client: Client, provider: Provider) -> None:
    """Return if no number is imported through the provider.

    :raises BlackboxError: a number is imported, or this is unknown.
    """
    numbers = phone_numbers.list_numbers(client, provider_id=provider["id"])
    count = provider["phoneNumberCount"]
    if not numbers and count == 0:
        return
    listed = for_each(numbers[:_MAX_LISTED], lambda number: _describe_number(client, number))
    if len(numbers) > len(listed):
        listed.append(f"and {len(numbers) - len(listed)} more")
    if not numbers:
        counted = "and the API does not report a count" if count is None else f"but the API reports {count}"
        listed.append(f"none is listed, {counted}")
    raise BlackboxError(
        f"The provider {providers.describe(provider)} is not deleted, because numbers {'are' if numbers else 'may be'}"
        f" imported through it: {'; '.join(listed)}. Deleting the provider also deletes these numbers, and agents can"
        " no longer use them. Remove the numbers first, or set `force: true`."
    )


def _describe_number(client: Client, number: PhoneNumber) -> str:
    try:
        users = " and ".join(map(str, agents.list_number_users(client, number["id"]))) or "no agent"
    except BlackboxError as error:
        # The provider is not deleted in any case, and the message still says why.
        users = f"unknown agents ({error.message})"
    return f"{fields.show(number['phoneNumber'])}, used by {users}"
