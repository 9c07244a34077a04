# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Selection of providers by ID, by Account SID or by name, with the same rules for all modules."""

from __future__ import annotations

import typing as t

from .._api import providers, values
from .._api.providers import Provider
from .._http.client import Client
from .._http.errors import BlackboxError

#: The selecting options; the first one that is set selects.
OPTIONS = ("id", "account_sid", "name")

#: The same options in modules about something else than a provider.
FOREIGN_OPTIONS = ("provider_id", "account_sid", "provider_name")

#: Advice for a provider that does not exist.
NOT_FOUND_HINT = "Check the value, `api_url`, and whether the key belongs to the organization that owns the provider."

_MAX_NAME = next(field.max_length for field in providers.FIELDS if field.option == "name")


class Selector(t.NamedTuple):
    """An option that selects a provider, and its value: Account SIDs as Twilio writes them, names in NFC."""

    option: str
    value: str

    @classmethod
    def of(cls, option: str, provider: Provider) -> Selector:
        """Return the selector of a provider by this option."""
        if option == "account_sid":
            return cls(option, values.canonical_sid(provider["accountSid"], values.ACCOUNT) or provider["accountSid"])
        if option == "name":
            return cls(option, values.canonical_text(provider["name"] or ""))
        return cls(option, provider[option])

    def __str__(self) -> str:
        return f"{self.option} {self.value!r}"

    def matches(self, provider: Provider) -> bool:
        """Return whether the provider has the value."""
        return self == Selector.of(self.option, provider)


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """Return the argument spec of the selecting options, none of them required."""
    return {"id": {"type": "str", "aliases": ["provider_id"]}, "account_sid": {"type": "str"}, "name": {"type": "str"}}


def foreign_argument_spec() -> dict[str, dict[str, t.Any]]:
    """Return the argument spec of :data:`FOREIGN_OPTIONS`, none of them required."""
    return {option: {"type": "str"} for option in FOREIGN_OPTIONS}


def selectors(parameters: t.Mapping[str, t.Any], options: tuple[str, str, str] = OPTIONS) -> list[Selector]:
    """Return a selector for each selecting option that is set, in the order of :data:`OPTIONS`.

    :param options: the names of these options in the module.
    :raises BlackboxError: an option has an invalid value.
    """
    id_option, account_option, name_option = options
    name = values.text(name_option, parameters[name_option], _MAX_NAME)
    checked = (
        values.optional(values.uuid, id_option, parameters[id_option]),
        values.account_sid(parameters[account_option]),
        None if name is None else values.canonical_text(name),
    )
    return [Selector(option, value) for option, value in zip(OPTIONS, checked) if value is not None]


def foreign_selector(parameters: t.Mapping[str, t.Any]) -> Selector | None:
    """Return the selector of :data:`FOREIGN_OPTIONS`; None if none of them is set.

    :raises BlackboxError: an option has an invalid value.
    """
    return next(iter(selectors(parameters, FOREIGN_OPTIONS)), None)


def require_foreign_selector(parameters: t.Mapping[str, t.Any]) -> Selector:
    """Return the selector of :data:`FOREIGN_OPTIONS`.

    :raises BlackboxError: no option is set, or an option has an invalid value.
    """
    selector = foreign_selector(parameters)
    if selector is None:
        raise values.missing_option(*FOREIGN_OPTIONS)
    return selector


def resolve_id(client: Client, selector: Selector) -> str:
    """Return the ID of the provider that matches. The ID of a selector by ID is returned without a request.

    :raises BlackboxError: none or several match, or the providers cannot be read completely.
    """
    return selector.value if selector.option == "id" else str(select_existing(client, selector)["id"])


def look_up(client: Client, parameters: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the selected providers, or all, as ``twilio_provider_info`` does.

    :raises BlackboxError: an option is invalid, or the providers cannot be read completely.
    """
    given = selectors(parameters)
    found = select(client, given[0]) if given else providers.list_providers(client)
    return {"providers": [providers.to_result(provider) for provider in found]}


def select(client: Client, selector: Selector) -> list[Provider]:
    """Return all providers that match.

    :raises BlackboxError: they cannot be read completely.
    """
    if selector.option == "id":
        provider = providers.find_provider(client, selector.value)
        return [] if provider is None else [provider]
    return [provider for provider in providers.list_providers(client) if selector.matches(provider)]


def select_optional(client: Client, selector: Selector) -> Provider | None:
    """Return the provider that matches; None if there is none.

    :raises BlackboxError: several match, or the providers cannot be read completely.
    """
    return at_most_one(selector, select(client, selector))


def select_existing(client: Client, selector: Selector) -> Provider:
    """Return the provider that matches.

    :raises BlackboxError: none or several match, or the providers cannot be read completely.
    """
    if selector.option == "id":
        return providers.read_provider(client, selector.value)
    return exactly_one(selector, select(client, selector))


def exactly_one(selector: Selector, found: t.Sequence[Provider]) -> Provider:
    """Return the only one of the providers that match the selector.

    :raises BlackboxError: there is none, or there are several.
    """
    provider = at_most_one(selector, found)
    if provider is None:
        raise BlackboxError(f"No provider has the {selector}. {NOT_FOUND_HINT}")
    return provider


def at_most_one(selector: Selector, found: t.Sequence[Provider]) -> Provider | None:
    """Return the only one of the providers that match the selector; None if there is none.

    :raises BlackboxError: there are several.
    """
    if len(found) > 1:
        listed = providers.describe(*found)
        raise BlackboxError(f"{len(found)} providers have the {selector}: {listed}. Select one of them by its ID.")
    return found[0] if found else None
