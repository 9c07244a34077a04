# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""Which provider a task means: by id, by the SID of its Twilio account, or by name. One set of rules for all modules.

There is no documented list of providers. But each provider has made a SIP credential, and SIP credentials can be listed: they name the
providers, which then are read one by one.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from . import _absence, _arguments, _concurrency, _providers, _sip_credentials
from ._client import Client
from ._errors import BlackboxError
from ._providers import Provider

#: The options that can select, the first one that is given does.
OPTIONS = ("id", "account_sid", "name")

#: What to check when a provider is not there.
ELSEWHERE = "Check the value, api_url, and whether the key is of the organization that owns the provider."

_LONGEST_NAME = next(field.longest for field in _providers.FIELDS if field.option == "name")


@dataclass(frozen=True)
class Selector:
    """The option that selects a provider, and its value; of an Account SID as Twilio writes it."""

    option: str
    value: str

    @classmethod
    def of(cls, option: str, provider: Provider) -> Selector:
        """What would select this provider by this option."""
        if option == "account_sid":
            return cls(option, "AC" + provider["accountSid"][2:].lower())
        return cls(option, provider[option])

    def __str__(self) -> str:
        return f"{self.option} {self.value!r}"

    def selects(self, provider: Provider) -> bool:
        return self == Selector.of(self.option, provider)


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """The options that select; a module says how many of them are needed."""
    return {"id": {"type": "str", "aliases": ["provider_id"]}, "account_sid": {"type": "str"}, "name": {"type": "str"}}


def identifying(parameters: t.Mapping[str, t.Any]) -> list[Selector]:
    """What the options say about which provider it is; the first entry selects.

    :raises BlackboxError: an option holds what no provider can have.
    """
    values = {
        "id": _arguments.optional(_arguments.uuid, "id", parameters["id"]),
        "account_sid": _arguments.account_sid(parameters["account_sid"]),
        "name": _arguments.text("name", parameters["name"], _LONGEST_NAME),
    }
    return [Selector(option, value) for option in OPTIONS if (value := values[option]) is not None]


def select(client: Client, selector: Selector) -> list[Provider]:
    """All providers that are meant.

    :raises BlackboxError: they cannot be read, or whether these are all is not known.
    """
    if selector.option == "id":
        provider = _providers.find_provider(client, selector.value)
        return [] if provider is None else [provider]
    return [provider for provider in discover(client) if selector.selects(provider)]


def select_one(client: Client, selector: Selector) -> Provider | None:
    """The provider that is meant; None when there is none.

    :raises BlackboxError: there are several, or it is not known whether there is one.
    """
    return _at_most_one(selector, select(client, selector))


def select_existing(client: Client, selector: Selector) -> Provider:
    """The provider that is meant, and that has to be there.

    :raises BlackboxError: it is not there, there are several, or it is not known whether there is one.
    """
    if selector.option == "id":
        return _providers.read_provider(client, selector.value)
    return the_one(selector, select(client, selector))


def the_one(selector: Selector, providers: t.Sequence[Provider]) -> Provider:
    """The only one of the providers that were selected.

    :raises BlackboxError: there is none, or there are several.
    """
    provider = _at_most_one(selector, providers)
    if provider is None:
        raise BlackboxError(f"No provider has the {selector}. {ELSEWHERE}")
    return provider


def _at_most_one(selector: Selector, providers: t.Sequence[Provider]) -> Provider | None:
    if len(providers) > 1:
        raise BlackboxError(f"{len(providers)} providers have the {selector}: {_providers.listed(providers)}. Select one of them by its id.")
    return providers[0] if providers else None


def discover(client: Client, concurrency: int = _concurrency.CONCURRENCY) -> list[Provider]:
    """All Twilio providers of the organization, by name, then by id, read so many at a time.

    :raises BlackboxError: one cannot be read, or whether these are all is not known.
    """
    ids = _sip_credentials.list_provider_ids(client)
    answers = _concurrency.for_each(ids, lambda provider_id: _absence.find(client, f"/providers/{provider_id}"), concurrency)
    found = {provider_id: answer for provider_id, answer in zip(ids, answers) if answer is not None}
    if len(found) < len(ids):
        _require_gone(client, [provider_id for provider_id in ids if provider_id not in found])
    providers = [_providers.parse(answer, provider_id) for provider_id, answer in found.items() if not _providers.is_of_another_type(answer, provider_id)]
    return sorted(providers, key=lambda provider: (provider["name"] or "", provider["id"]))


def _require_gone(client: Client, missing: list[str]) -> None:
    """Return when the providers that were listed and then not found are not listed any more.

    :raises BlackboxError: one still is, so that there may be one that only cannot be read.
    """
    listed = set(_sip_credentials.list_provider_ids(client))
    for provider_id in missing:
        if provider_id in listed:
            raise BlackboxError(
                f"The provider {provider_id} has a SIP credential, but the API says that there is no such provider. So it is not known which providers"
                " there are. Select by id, which needs no list."
            )
