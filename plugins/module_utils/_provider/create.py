# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Creation of a provider, at most once.

Source: https://blackbox.dasha.ai/docs/api-reference/twilioprovider/create-twilio-provider

It is undocumented whether the service refuses a second provider of a Twilio account. So all providers
are read before the request, and new ones afterwards, whatever its result.
"""

from __future__ import annotations

import typing as t

from .._api import fields, providers, values
from .._api.providers import FIELDS, Listing, Provider
from .._http.client import TWILIO_TIMEOUT, Client
from .._http.errors import BlackboxError
from .._http.request import Request
from .._http.response import Response
from .._plan.plan import Outcome, Plan, diff
from .._plan.write import ReadBack, had_no_effect, poll, write
from .select import Selector
from .update import describe_differences, differences


class Created(t.NamedTuple):
    """The new providers of an account.

    :ivar providers: the providers, the created one first.
    :ivar warning: what the user has to know about them; empty if there is nothing.
    """

    providers: list[Provider]
    warning: str = ""


def plan_create(account_sid: str, auth_token: str, settings: t.Mapping[str, t.Any], listing: Listing) -> Plan:
    """Plan a provider for a Twilio account that has none.

    :param settings: values of the other fields, by API name; a field that is not set gets no default of ours.
    :param listing: the existing providers.
    :raises BlackboxError: a provider of another type has the account.
    """
    for other in listing.others:
        if values.canonical_sid(other.get("accountSid"), values.ACCOUNT) == account_sid:
            raise BlackboxError(
                f"Nothing was created, because the provider {fields.show(other.get('id'))} already has the"
                f" account_sid {account_sid!r}. Its type is {fields.show(other.get('providerType'))}, not twilio."
            )
    body = {"accountSid": account_sid, "authToken": auth_token, **settings}
    sent = [field for field in FIELDS if field.api in body]
    public = [field for field in sent if not field.secret]

    def outcome(provider: Provider) -> Outcome:
        return Outcome(
            changed=True,
            results={
                "provider": providers.to_result(provider),
                "changed_fields": [field.option for field in sent],
            },
            diff=diff(f"twilio_provider {account_sid}", {}, {field.option: body[field.api] for field in public}),
        )

    # Without ID and trunk, which only the service knows.
    predicted = {"providerType": "twilio", **{field.api: body[field.api] for field in public}}
    selector = Selector("account_sid", account_sid)
    return Plan(outcome(predicted), lambda client: outcome(_create(client, selector, body, set(listing.ids))))


def _create(client: Client, selector: Selector, body: t.Mapping[str, t.Any], known: t.AbstractSet[str]) -> Provider:
    """Create the provider and return it as it is stored.

    :param known: IDs of the existing providers.
    :raises BlackboxError: the service refused it or stored something else, there are several
        providers, or it is unknown whether there is one.
    """
    request = Request(
        "POST",
        "/providers/twilio",
        body=body,
        is_idempotent=False,
        may_repeat=lambda error: had_no_effect(
            error, lambda: providers.list_ids(client), lambda ids: not known >= set(ids)
        ),
        minimum_timeout=TWILIO_TIMEOUT,
        hints=providers.CREDENTIAL_HINTS,
    )
    settings = {field.api: body[field.api] for field in providers.UPDATABLE_FIELDS if field.api in body}
    read_back = ReadBack[Created](
        "provider",
        read=lambda response: _read_created(client, selector, settings, known, _parse_created(response)),
        missing=lambda created: _describe_problem(created.providers, selector, settings),
        explain_refusal=lambda error: "Nothing was created.",
    )
    created = write(client, request, read_back)
    client.warnings += filter(None, [created.warning])
    (provider,) = created.providers
    return provider


def _read_created(
    client: Client,
    selector: Selector,
    settings: t.Mapping[str, t.Any],
    known: t.AbstractSet[str],
    created: Provider | None,
) -> Created:
    """Return the new providers of the account, the created one first, also if the list does not show it yet.

    :param created: the provider in the response; None if the response is unusable.
    """
    if created is None:
        found = _read_new(client, selector, known, providers.list_ids(client))
        return Created(
            found,
            f"The request to create a provider had no usable response, but the provider {providers.describe(*found)}"
            " was found afterwards. If another client created it, the request may still create a second provider.",
        )
    try:
        ids = poll(lambda: providers.list_ids(client), lambda ids: created["id"] in ids)
        others = _read_new(client, selector, {*known, created["id"]}, ids)
        stored = providers.read_provider(client, created["id"]) if differences(created, settings) else created
    except BlackboxError as error:
        raise error.with_context(before=f"The task created the provider {created['id']}.") from None
    warning = (
        f"The provider {created['id']} was created, but the list of SIP credentials does not show it yet. Until the"
        f" list shows it, select the provider by `id`. A task that selects it by `{selector.option}` would create a"
        " second provider."
    )
    return Created([stored, *others], "" if created["id"] in ids else warning)


def _read_new(client: Client, selector: Selector, known: t.AbstractSet[str], ids: list[str]) -> list[Provider]:
    """Return the providers among these IDs that match and that are not known."""
    listing = providers.read_listed(client, [provider_id for provider_id in ids if provider_id not in known])
    return [provider for provider in listing.providers if selector.matches(provider)]


def _parse_created(response: Response | None) -> Provider | None:
    try:
        return providers.parse(response) if response else None
    except BlackboxError:
        # The provider may exist all the same.
        return None


def _describe_problem(found: t.Sequence[Provider], selector: Selector, settings: t.Mapping[str, t.Any]) -> str:
    if not found:
        return (
            f"no provider has the {selector}. The request was not sent again."
            " Wait a few minutes and run the task again. The task looks for the provider before it creates one."
        )
    if len(found) > 1:
        return (
            f"now {len(found)} providers have the {selector}: {providers.describe(*found)}. None had it before,"
            " so another client may have created one at the same time. No provider was deleted. Delete the surplus"
            " providers by `id`."
        )
    (provider,) = found
    problems = [describe_differences(provider, settings)]
    if not selector.matches(provider):
        shown = fields.show(provider["accountSid"])
        problems.insert(0, f"account_sid is {shown} instead of {selector.value!r}.")
    problem = " ".join(filter(None, problems))
    if not problem:
        return ""
    return (
        f"the provider {provider['id']} does not have the requested settings: {problem}"
        " Run the task again to update it."
    )
