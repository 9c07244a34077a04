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

from . import _arguments, _concurrency, _providers, _sip_credentials
from ._client import Client
from ._errors import BlackboxError
from ._providers import Provider

#: The options that can select, the first one that is given does.
OPTIONS = ("id", "account_sid", "name")

_FIELDS = {field.option: field for field in _providers.FIELDS}


@dataclass(frozen=True)
class Selector:
    """The option that selects a provider, and its value."""

    option: str
    value: str

    def __str__(self) -> str:
        return f"{self.option} {self.value!r}"

    def selects(self, provider: Provider) -> bool:
        field = _FIELDS[self.option]
        return field.same(provider[field.api], self.value)


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """The options that select; a module says how many of them are needed."""
    return {"id": {"type": "str", "aliases": ["provider_id"]}, "account_sid": {"type": "str"}, "name": {"type": "str"}}


def identifying(parameters: t.Mapping[str, t.Any]) -> list[Selector]:
    """What the options say about which provider it is; the first entry selects.

    :raises BlackboxError: an option holds what no provider can have.
    """
    values = {
        "id": None if parameters["id"] is None else _arguments.uuid("id", parameters["id"]),
        "account_sid": _arguments.account_sid(parameters["account_sid"]),
        "name": _arguments.text("name", parameters["name"], _FIELDS["name"].longest),
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
    providers = select(client, selector)
    if len(providers) > 1:
        raise BlackboxError(f"{len(providers)} providers have the {selector}: {_providers.listed(providers)}. Select one of them by its id.")
    return providers[0] if providers else None


def select_existing(client: Client, selector: Selector) -> Provider:
    """The provider that is meant, and that has to be there.

    :raises BlackboxError: it is not there, there are several, or it is not known whether there is one.
    """
    if selector.option == "id":
        return _providers.read_provider(client, selector.value)
    provider = select_one(client, selector)
    if provider is None:
        raise BlackboxError(f"No provider has the {selector}. {ELSEWHERE}")
    return provider


#: Where to look for what is not there.
ELSEWHERE = "Check it, that the key belongs to the organisation that owns the provider, and api_url."


def discover(client: Client) -> list[Provider]:
    """All Twilio providers of the organisation, by name, then by id.

    :raises BlackboxError: one cannot be read, or whether these are all is not known.
    """
    ids = _sip_credentials.list_provider_ids(client)
    found = _concurrency.for_each(ids, lambda provider_id: _providers.find_twilio_provider(client, provider_id))
    return sorted((provider for provider in found if provider is not None), key=lambda provider: (provider["name"] or "", provider["id"]))
