# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Creation of a provider, at most once.

Source: https://blackbox.dasha.ai/docs/api-reference/twilioprovider/create-twilio-provider

It is undocumented whether the service refuses a second provider of a Twilio account. So all providers
are read before the request, and again afterwards, whatever its result.
"""

from __future__ import annotations

import typing as t

from .._api import fields, providers
from .._api.providers import FIELDS, Provider
from .._http.client import TWILIO_TIMEOUT, Client
from .._http.errors import BlackboxError
from .._http.request import Request
from .._http.response import Response
from .._plan.plan import Outcome, Plan, diff
from .._plan.write import ReadBack, write
from .select import Selector, select
from .update import describe_differences, differences


def plan_create(account_sid: str, auth_token: str, settings: t.Mapping[str, t.Any]) -> Plan:
    """Plan a provider for a Twilio account that has none.

    :param settings: values of the other fields, by API name; a field that is not set gets no default of ours.
    """
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
    return Plan(outcome(predicted), lambda client: outcome(_create(client, Selector("account_sid", account_sid), body)))


def _create(client: Client, selector: Selector, body: t.Mapping[str, t.Any]) -> Provider:
    """Create the provider and return it as it is stored.

    :raises BlackboxError: the service refused it or stored something else, there are several
        providers, or it is unknown whether there is one.
    """
    request = Request(
        "POST",
        "/providers/twilio",
        body=body,
        may_repeat=lambda error: False,
        minimum_timeout=TWILIO_TIMEOUT,
        hints=providers.CREDENTIAL_HINTS,
    )
    settings = {field.api: body[field.api] for field in providers.UPDATABLE_FIELDS if field.api in body}
    read_back = ReadBack[list[Provider]](
        "provider",
        read=lambda response: _read_created(client, selector, settings, response),
        missing=lambda found: _describe_problem(found, selector, settings),
        is_partial=bool,
        explain_refusal=lambda error: "Nothing was created.",
    )
    (provider,) = write(client, request, read_back)
    return provider


def _read_created(
    client: Client, selector: Selector, settings: t.Mapping[str, t.Any], response: Response | None
) -> list[Provider]:
    """Return all providers of the account, the created one first, also if the list doesn't show it yet."""
    created = _parse_created(response)
    if created is None:
        found = select(client, selector)
        if len(found) == 1:
            client.warnings.append(
                f"The provider {providers.describe(*found)} was found after a creation without a usable response. If"
                " another client created it at the same time, the lost request may still create a second one."
            )
        return found
    try:
        found = select(client, selector)
        stored = next((provider for provider in found if provider["id"] == created["id"]), None)
        if stored is None and differences(created, settings):
            stored = providers.read_provider(client, created["id"])
    except BlackboxError as error:
        raise error.with_context(before=f"It created the provider {created['id']}.") from None
    return [stored or created, *(provider for provider in found if provider["id"] != created["id"])]


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
            " Wait some minutes, then run the task again: it looks first."
        )
    if len(found) > 1:
        return (
            f"now {len(found)} providers have the {selector}, and none had it before: {providers.describe(*found)}."
            " Another client may have created one at the same time. None was deleted: delete the surplus ones by id."
        )
    (provider,) = found
    problems = [describe_differences(provider, settings)]
    if not selector.matches(provider):
        shown = fields.show(provider["accountSid"])
        problems.insert(0, f"account_sid is {shown}, not {selector.value!r} as asked for.")
    problem = " ".join(filter(None, problems))
    if not problem:
        return ""
    return f"the provider {provider['id']} is not as asked for: {problem} Run the task again to update it."
