# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""Changing the fields of a provider that can be updated: what is wished, plan and apply
(https://blackbox.dasha.ai/docs/api-reference/twilioprovider/update-twilio-provider).
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from . import _arguments, _provider_selection
from ._client import API_PREFIX, Client
from ._errors import BlackboxError
from ._fields import shown
from ._provider_selection import Selector
from ._providers import UPDATABLE_FIELDS, Provider, named, parse, read_provider


@dataclass(frozen=True)
class Plan:
    """What an update has to do.

    :param current: the provider as it is.
    :param desired: the values of the managed fields, by API name; a field that is not there is not managed.
    """

    current: Provider
    desired: t.Mapping[str, t.Any]

    @property
    def changes(self) -> dict[str, t.Any]:
        """The desired values that differ from the current ones: exactly what an update sends."""
        return self.missing_from(self.current)

    @property
    def changed_fields(self) -> list[str]:
        return [field.option for field in UPDATABLE_FIELDS if field.api in self.changes]

    @property
    def predicted(self) -> Provider:
        """The provider as it will be, as far as anybody but the service can know."""
        return {**self.current, **self.changes}

    @property
    def diff(self) -> dict[str, t.Any]:
        """The managed fields before and after, as ``--diff`` shows them."""
        header = f"twilio_provider {self.current['id']}"
        managed = [field for field in UPDATABLE_FIELDS if field.api in self.desired]
        return {
            "before_header": header,
            "after_header": header,
            "before": {field.option: self.current[field.api] for field in managed},
            "after": {field.option: self.predicted[field.api] for field in managed},
        }

    def changes_anything(self, stored: Provider) -> bool:
        """Whether, of the fields to change, ``stored`` has any otherwise than the provider had it."""
        return any(stored[api] != self.current[api] for api in self.changes)

    def missing_from(self, provider: Provider) -> dict[str, t.Any]:
        """The desired values that ``provider`` does not have."""
        return {
            field.api: self.desired[field.api]
            for field in UPDATABLE_FIELDS
            if field.api in self.desired and not field.same(provider[field.api], self.desired[field.api])
        }


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """The options that say how a provider should be."""
    return {field.option: {"type": field.kind} for field in UPDATABLE_FIELDS}


def desired_values(parameters: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What the options say about the updatable fields, by API name; an option that was not given is not managed.

    :raises BlackboxError: an option holds what no provider can have.
    """
    desired = {}
    for field in UPDATABLE_FIELDS:
        value = parameters[field.option]
        if field.kind == "str":
            value = _arguments.text(field.option, value, field.longest)
        if value is not None:
            desired[field.api] = value
    return desired


@dataclass(frozen=True)
class Wish:
    """What a task wants of one provider that is there.

    :param selector: which one it is.
    :param account_sid: the account that it has to be of; None when that does not matter.
    :param desired: the values of the managed fields, by API name.
    """

    selector: Selector
    account_sid: str | None
    desired: t.Mapping[str, t.Any]

    def plan(self, provider: Provider) -> Plan:
        """The plan for the provider that was selected.

        :raises BlackboxError: it is of another account, which no update can change.
        """
        if self.account_sid is not None and not Selector("account_sid", self.account_sid).selects(provider):
            raise BlackboxError(
                f"The provider {named(provider)} is of the account {provider['accountSid']}, not of {self.account_sid}. The account of a provider cannot be"
                " changed: the role dasha.blackbox.twilio_account_migration replaces the provider by one of the other account."
            )
        return Plan(provider, self.desired)


def wish(parameters: t.Mapping[str, t.Any]) -> Wish:
    """What the options say, those of a task or of an item of a list.

    :raises BlackboxError: an option holds what no provider can have.
    """
    selector, *others = _provider_selection.identifying(parameters)
    desired = desired_values(parameters)
    if selector.option == "name":
        # The name that selects a provider is the one it has.
        del desired["name"]
    return Wish(selector, next((other.value for other in others if other.option == "account_sid"), None), desired)


def apply_update(client: Client, plan: Plan) -> Provider:
    """Send the changes of a plan that has some, and return the provider as it is stored then.

    One PUT; one GET more only when its answer is lost or is not the provider with these changes.

    :raises BlackboxError: the service refused, or it did not store what was asked for.
    """
    provider_id = plan.current["id"]
    path = f"/providers/twilio/{provider_id}"
    try:
        answer = client.request("PUT", path, body=plan.changes)
        status, attempts = answer.status, answer.attempts
        stored = parse(answer, provider_id)
    except BlackboxError as error:
        if error.accepted:
            status, attempts, stored = error.status or 0, error.attempts, None
        elif error.uncertain:
            return _settle(client, plan, error)
        else:
            raise
    try:
        if stored is None or plan.missing_from(stored):
            stored = read_provider(client, provider_id)
    except BlackboxError as error:
        error.message = f"PUT {API_PREFIX}{path} was accepted, but what was stored is not known. {error.message}"
        error.changed = True
        raise
    if plan.missing_from(stored):
        message = f"PUT {API_PREFIX}{path} was accepted, but {not_stored(plan, stored)}"
        failure = BlackboxError(message, method="PUT", path=API_PREFIX + path, status=status, attempts=attempts)
        failure.changed = True
        raise failure
    return stored


def _settle(client: Client, plan: Plan, failure: BlackboxError) -> Provider:
    """Find out what became of an update that may have taken effect although it failed, and return the provider if it did.

    :raises BlackboxError: ``failure``, with what is known now.
    """
    try:
        stored = read_provider(client, plan.current["id"])
    except BlackboxError as error:
        failure.changed = True
        failure.message += f" Whether it was stored is not known: the provider could not be read afterwards. {error.message}"
        raise failure from None
    if not plan.missing_from(stored):
        return stored
    failure.changed = plan.changes_anything(stored)
    if failure.changed:
        failure.message += f" Read afterwards: {not_stored(plan, stored)}"
    else:
        failure.message += " Read afterwards, the provider does not have the change; an update that is still under way may yet bring it."
    raise failure


def not_stored(plan: Plan, stored: Provider) -> str:
    """Which fields the service stored otherwise than asked for, and what to do where it will always do so."""
    missing = [field for field in UPDATABLE_FIELDS if field.api in plan.missing_from(stored)]
    listed = [f"{field.option} is {shown(stored[field.api])}, not {plan.desired[field.api]!r} as asked for" for field in missing]
    message = f"{'; '.join(listed)}."
    for field in missing:
        value, wanted = stored[field.api], plan.desired[field.api]
        # The advice would be refused where the service put blanks around a value.
        if isinstance(value, str) and value == value.strip() and _folded(value) == _folded(wanted):
            # In JSON, which is YAML too: fit to be copied.
            message += f" The service changes case or blanks. Declare {field.option}: {json.dumps(value, ensure_ascii=False)} to match it."
    return message


def _folded(value: str) -> str:
    return "".join(value.split()).casefold()
