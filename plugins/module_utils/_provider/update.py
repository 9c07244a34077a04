# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Update of an existing provider, and replacement of its Auth Token.

Sources: https://blackbox.dasha.ai/docs/api-reference/twilioprovider/update-twilio-provider and
https://blackbox.dasha.ai/docs/api-reference/twilioprovider/update-auth-token
"""

from __future__ import annotations

import json
import typing as t
import unicodedata

from .._api import fields, providers, values
from .._api.fields import Field
from .._api.providers import UPDATABLE_FIELDS, Provider
from .._http.client import TWILIO_TIMEOUT, Client
from .._http.errors import BlackboxError
from .._http.redact import MASK, SENT_MASK
from .._http.request import Request
from .._plan.plan import Outcome, Plan, diff
from . import select
from .select import Selector

#: Regions in the documentation of the update. They are codes of Twilio
#: (https://www.twilio.com/docs/global-infrastructure/localized-uris/termination).
REGIONS = ("us1", "us2", "ie1", "de1", "au1", "jp1", "br1", "sg1")


class DesiredProvider(t.NamedTuple):
    """Desired settings of one existing provider.

    :param selector: selects the provider.
    :param account_sid: the account that the provider must have; None for any.
    :param settings: the values of the managed fields, by API name.
    """

    selector: Selector
    account_sid: str | None
    settings: t.Mapping[str, t.Any]

    def plan(self, provider: Provider, auth_token: str | None = None) -> Plan:
        """Plan the update of the selected provider.

        :param auth_token: new Auth Token; None to keep the stored one.
        :raises BlackboxError: the provider has another account, which no update can change.
        """
        if self.account_sid is not None and not Selector("account_sid", self.account_sid).matches(provider):
            raise BlackboxError(
                f"The provider {providers.describe(provider)} belongs to the account {provider['accountSid']},"
                f" not to {self.account_sid}. The account of a provider cannot be changed. Use the role"
                " dasha.blackbox.twilio_account_migration to replace the provider."
            )
        return plan_update(provider, self.settings, auth_token)


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """Return the argument spec of the updatable fields."""
    return {field.option: {"type": field.kind} for field in UPDATABLE_FIELDS}


def desired_provider(parameters: t.Mapping[str, t.Any]) -> DesiredProvider:
    """Return the desired state from the options of a task, or of an entry of a list.

    :raises BlackboxError: an option has an invalid value.
    """
    selector, *others = select.selectors(parameters)
    settings = desired_settings(parameters)
    if selector.option == "name":
        # A name that selects the provider is not a change.
        del settings["name"]
    account_sid = next((other.value for other in others if other.option == "account_sid"), None)
    return DesiredProvider(selector, account_sid, settings)


def desired_settings(parameters: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the values of the managed fields by API name; an option that is not set is not managed.

    :raises BlackboxError: an option has an invalid value.
    """
    settings = {}
    for field in UPDATABLE_FIELDS:
        value = parameters[field.option]
        if field.kind == "str":
            value = values.text(field.option, value, field.max_length)
        if value is not None:
            settings[field.api] = value
    return settings


def differences(provider: Provider, settings: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the settings that differ from those of the provider."""
    return {
        field.api: settings[field.api]
        for field in UPDATABLE_FIELDS
        if field.api in settings and not field.equal(provider[field.api], settings[field.api])
    }


def plan_update(current: Provider, settings: t.Mapping[str, t.Any], auth_token: str | None = None) -> Plan:
    """Plan the change of a provider to these settings, and the replacement of its Auth Token."""
    changes = differences(current, settings)
    changed = {*changes, *(["authToken"] if auth_token else [])}
    managed = [field for field in UPDATABLE_FIELDS if field.api in settings]
    token_before, token_after = ({"auth_token": MASK}, {"auth_token": SENT_MASK}) if auth_token else ({}, {})

    def outcome(provider: Provider) -> Outcome:
        return Outcome(
            changed=bool(changed),
            results={
                "provider": providers.to_result(provider),
                "changed_fields": [field.option for field in providers.FIELDS if field.api in changed],
            },
            diff=diff(
                f"twilio_provider {current['id']}",
                {**{field.option: current[field.api] for field in managed}, **token_before},
                {**{field.option: {**current, **changes}[field.api] for field in managed}, **token_after},
            ),
        )

    def apply(client: Client) -> Outcome:
        # The token comes first: if it is refused, nothing else is written.
        provider = _replace_auth_token(client, current, auth_token) if auth_token else current
        try:
            return outcome(_update(client, current, settings, changes) if changes else provider)
        except BlackboxError as error:
            if auth_token is None:
                raise
            raise error.with_context(after="The Auth Token was replaced before that.", changed=True) from None

    return Plan(outcome({**current, **changes}), apply if changed else None)


def _update(
    client: Client, current: Provider, settings: t.Mapping[str, t.Any], changes: t.Mapping[str, t.Any]
) -> Provider:
    """Send the changes and return the provider as it is stored.

    :raises BlackboxError: the service refused the update, or stored something else.
    """
    # Import here, because most tasks write nothing.
    from .._plan.write import ReadBack, write

    provider_id = current["id"]
    read_back = ReadBack[Provider](
        "provider",
        read=lambda response: providers.read_provider(client, provider_id),
        missing=lambda stored: describe_differences(stored, settings),
        parse=lambda response: providers.parse(response, provider_id),
    )
    return write(client, Request("PUT", f"/providers/twilio/{provider_id}", body=changes), read_back)


def _replace_auth_token(client: Client, provider: Provider, auth_token: str) -> Provider:
    """Send the token and return the provider as it is stored. The service tries the token with Twilio first.

    :raises BlackboxError: the service refused the token, or its effect is unknown.
    """
    from .._plan.write import ReadBack, write

    provider_id = provider["id"]
    request = Request(
        "PATCH",
        f"/providers/twilio/{provider_id}/auth-token",
        body={"authToken": auth_token},
        minimum_timeout=TWILIO_TIMEOUT,
        hints=providers.CREDENTIAL_HINTS,
    )
    read_back = ReadBack[Provider](
        "Auth Token",
        read=lambda response: providers.read_provider(client, provider_id),
        missing=lambda stored: "",
        parse=lambda response: providers.parse(response, provider_id),
        is_provable=False,
        explain_refusal=lambda error: (
            "Nothing was changed."
            if error.status == 404
            else "Nothing was changed. The stored Auth Token is still in use."
        ),
    )
    return write(client, request, read_back)


def describe_differences(stored: Provider, settings: t.Mapping[str, t.Any]) -> str:
    """Return a sentence about the settings that the service stored differently; empty if there are none."""
    differing = [field for field in UPDATABLE_FIELDS if field.api in differences(stored, settings)]
    if not differing:
        return ""
    sentences = ["; ".join(_describe_difference(field, stored[field.api], settings[field.api]) for field in differing)]
    for field in differing:
        value = stored[field.api]
        # A value with surrounding blanks cannot be declared.
        if isinstance(value, str) and value == value.strip() and _fold(value) == _fold(settings[field.api]):
            # JSON is valid YAML, so it can be copied into a playbook.
            declaration = f"{field.option}: {json.dumps(value, ensure_ascii=False)}"
            sentences.append(
                f"The API changes the case or whitespace of this value. Set `{declaration}` to match the stored value"
            )
    return ". ".join(sentences) + "."


def _describe_difference(field: Field, stored: t.Any, desired: t.Any) -> str:
    show: t.Callable[[t.Any], str] = fields.show
    if isinstance(stored, str) and _look_alike(stored) == _look_alike(desired):
        # Escape all letters beyond ASCII, because the values may look the same.
        show = ascii
    return f"{field.option} is {show(stored)} instead of {show(desired)}"


def _look_alike(value: str) -> str:
    """Return the letters and digits of a text, without differences that fonts may not show."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", value) if letter.isalnum())


def _fold(value: str) -> str:
    return "".join(value.split()).casefold()


def region_warnings(settings: t.Mapping[str, t.Any]) -> list[str]:
    """Return a warning if the region is none of those that the vendor documents."""
    region = settings.get("region")
    if region is None or region.lower() in REGIONS:
        return []
    return [f"The region {fields.show(region)} is not one of the documented regions: {', '.join(REGIONS)}."]
