# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""Creating a provider, once (https://blackbox.dasha.ai/docs/api-reference/twilioprovider/create-twilio-provider).

Whether the service refuses a second provider of the same Twilio account is not known. So nothing is created before all providers were looked
at, and whatever comes of it, they are looked at again.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from . import _providers
from ._client import API_PREFIX, WAITS_FOR_TWILIO, Client
from ._errors import BlackboxError
from ._fields import shown
from ._provider_selection import Selector, select
from ._provider_update import Plan, apply_update, not_stored
from ._providers import FIELDS, Provider

_PATH = "/providers/twilio"
_CREATE = f"POST {API_PREFIX}{_PATH}"


@dataclass(frozen=True)
class Creation:
    """The plan for a provider that is not there.

    :param account_sid: the Twilio account that it shall stand for.
    :param auth_token: the Auth Token of that account.
    :param desired: the values of the other fields that are given, by API name.
    """

    account_sid: str
    auth_token: str
    desired: t.Mapping[str, t.Any]

    @property
    def selector(self) -> Selector:
        """What selects the provider once it is there."""
        return Selector("account_sid", self.account_sid)

    @property
    def body(self) -> dict[str, t.Any]:
        """Exactly what is sent: what is given, and no default of ours."""
        return {"accountSid": self.account_sid, "authToken": self.auth_token, **self.desired}

    @property
    def changed_fields(self) -> list[str]:
        return [field.option for field in FIELDS if field.api in self.body]

    @property
    def predicted(self) -> Provider:
        """The provider as far as anybody but the service can know it: without id, trunk and all else that the service makes."""
        return {"providerType": "twilio", **{field.api: self.body[field.api] for field in FIELDS if field.api in self.body and not field.secret}}

    @property
    def diff(self) -> dict[str, t.Any]:
        header = f"twilio_provider {self.account_sid}"
        after = {field.option: self.body[field.api] for field in FIELDS if field.api in self.body and not field.secret}
        return {"before_header": header, "after_header": header, "before": {}, "after": after}


def create(client: Client, creation: Creation) -> Provider:
    """Create the provider and return it as it is stored then.

    :raises BlackboxError: the service refused; it is not known whether there is a provider now, or there are several; or the service stored
        something else than was asked for.
    """
    try:
        answer = client.request(
            "POST", _PATH, body=creation.body, may_repeat=lambda: False, least_timeout=WAITS_FOR_TWILIO, hints=_providers.HINTS_OF_CREDENTIALS
        )
        created = _providers.parse(answer)
    except BlackboxError as error:
        if error.accepted or error.uncertain:
            return _go_on_from_what_is_there(client, creation, error)
        error.message += " Nothing was created."
        raise
    try:
        found = select(client, creation.selector)
        # A list may be behind; the answer is not.
        stored = next((provider for provider in found if provider["id"] == created["id"]), created)
        if Plan(stored, creation.desired).changes and stored is created:
            stored = _providers.read_provider(client, created["id"])
    except BlackboxError as error:
        error.changed = True
        error.message = f"{_CREATE} created the provider {created['id']}, but what there is now is not known. {error.message}"
        raise
    others = [provider for provider in found if provider["id"] != created["id"]]
    if others:
        raise _several([stored, *others], creation)
    plan = Plan(stored, creation.desired)
    problem = not_stored(plan, stored) if plan.changes else ""
    if not creation.selector.selects(stored):
        problem = f"account_sid is {shown(stored['accountSid'])}, not {creation.account_sid!r} as asked for. {problem}".rstrip()
    if problem:
        message = f"{_CREATE} created the provider {created['id']}, but {problem}"
        failure = BlackboxError(message, method=answer.method, path=answer.path, status=answer.status, attempts=answer.attempts)
        failure.changed = True
        raise failure
    return stored


def _go_on_from_what_is_there(client: Client, creation: Creation, failure: BlackboxError) -> Provider:
    """The provider after a creation whose answer is lost or useless, if it is there: sent again, it might be created twice.

    :raises BlackboxError: ``failure``, with what is known now.
    """
    try:
        found = select(client, creation.selector)
    except BlackboxError as error:
        failure.changed = True
        failure.message += f" Whether the provider was created is not known: the providers could not be looked up afterwards. {error.message}"
        raise failure from None
    if len(found) > 1:
        raise _several(found, creation)
    if not found:
        failure.changed = failure.accepted
        failure.message += (
            " Looked up afterwards, no provider has this account_sid; the request may still take effect."
            " It was not sent again. Wait some minutes, then run the task again: it looks first."
        )
        raise failure
    client.warnings.append(
        f"The answer of {_CREATE} was lost. The provider {_providers.named(found[0])} was found afterwards, and the task went on with it. Should somebody"
        " else have created it at the same time, the lost request may yet create another one."
    )
    plan = Plan(found[0], creation.desired)
    try:
        return apply_update(client, plan) if plan.changes else found[0]
    except BlackboxError as error:
        error.changed = True
        raise


def _several(providers: t.Sequence[Provider], creation: Creation) -> BlackboxError:
    failure = BlackboxError(
        f"{_CREATE} was sent when no provider had the {creation.selector}, and now {len(providers)} have it: {_providers.listed(providers)}."
        " Somebody else may have created one at the same time, or the list did not show it before. None was deleted: delete what is too many by its id."
    )
    failure.changed = True
    return failure
