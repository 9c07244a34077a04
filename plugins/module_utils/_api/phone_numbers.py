# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imported phone numbers (https://blackbox.dasha.ai/docs/api-reference/sipphonenumbers/list-phone-numbers)."""

from __future__ import annotations

import typing as t

from .._http.client import Client
from .._http.errors import BlackboxError
from .._http.response import Response
from . import fields, values
from .fields import ApiObject, Field
from .paging import read_all

#: An API object with every field of :data:`FIELDS`.
PhoneNumber = ApiObject

FIELDS = (
    Field("id", "id", "str", required=True),
    Field("phone_number", "phoneNumber", "str", required=True),
    Field("provider_id", "providerId", "str"),
    Field("incoming_calls_agent_id", "incomingCallsAgentId", "str"),
    Field("display_name", "displayName", "str"),
    Field("description", "description", "str"),
    Field("credentials_id", "credentialsId", "str"),
    Field("registration", "registration", "bool"),
    Field("registration_status", "registrationStatus", "dict"),
    Field("org_id", "orgId", "str"),
    Field("created_time", "createdTime", "str"),
    Field("last_update_time", "lastUpdateTime", "str"),
)


def list_numbers(
    client: Client,
    *,
    phone_number: str | None = None,
    linked_agent_id: str | None = None,
    unlinked_only: bool = False,
    provider_id: str | None = None,
) -> list[PhoneNumber]:
    """Return all numbers that match the filters.

    The service documents no comparison, so the response is filtered again. The request does not select by phone
    number, because the service may store another form of the number. A number without ``providerId`` matches any
    provider, because the request selects the numbers of one.

    :raises BlackboxError: the list cannot be read completely.
    """
    query = {
        "linkedAgentId": linked_agent_id,
        "providerId": provider_id,
        "unlinkedOnly": "true" if unlinked_only else None,
    }
    query = {name: value for name, value in query.items() if value is not None}
    return [
        number
        for number in read_all(client, "/sip-phone-numbers", _parse_item, query=query)
        if (phone_number is None or _is_same(number["phoneNumber"], phone_number))
        and linked_agent_id in (None, number["incomingCallsAgentId"])
        and not (unlinked_only and number["incomingCallsAgentId"])
        and (provider_id is None or number["providerId"] in (None, provider_id))
    ]


def read_number(client: Client, number_id: str) -> PhoneNumber:
    """Read a number that has to exist.

    :raises BlackboxError: it does not exist, or the response is not this number.
    """
    response = client.get(path(number_id))
    number = _parse_item(response, response.json_object())
    if number["id"] != number_id.lower():
        raise response.unusable(f"the response is another phone number: {fields.show(number['id'])}")
    return number


def select_number(
    client: Client, number_id: str | None, phone_number: str | None, provider_id: str | None
) -> PhoneNumber:
    """Return the selected number: by ID, or by a phone number that only one record has.

    :param provider_id: select among the numbers of this provider only.
    :raises BlackboxError: it does not exist, there are several, or the list cannot be read completely.
    """
    if number_id is not None:
        return read_number(client, number_id)
    numbers = list_numbers(client, phone_number=phone_number, provider_id=provider_id)
    scope = f" of the provider {provider_id}" if provider_id else ""
    if not numbers:
        raise BlackboxError(
            f"The phone number {phone_number!r}{scope} is not imported. Import it first, or check that the key"
            " belongs to the correct organization."
        )
    if len(numbers) > 1:
        listed = ", ".join(
            f"{number['id']} ({'provider ' + number['providerId'] if number['providerId'] else 'no provider'})"
            for number in numbers
        )
        raise BlackboxError(
            f"{len(numbers)} records{scope} have the phone number {phone_number!r}: {listed}. Use `phone_number_id`,"
            " or also select the provider."
        )
    return numbers[0]


def path(number_id: str) -> str:
    """Return the path of a number."""
    return f"/sip-phone-numbers/{number_id}"


def to_result(number: PhoneNumber) -> dict[str, t.Any]:
    """Return the number in snake_case."""
    result = fields.to_result(number, FIELDS)
    if number.get("registrationStatus") is not None:
        result["registration_status"] = fields.snake_case(number["registrationStatus"])
    return result


def _is_same(one: str, other: str) -> bool:
    return values.canonical_number(one) == values.canonical_number(other)


def _parse_item(response: Response, item: t.Any) -> PhoneNumber:
    number = fields.parse(response, item, FIELDS)
    if not values.is_uuid(number["id"]):
        # It becomes part of a path.
        raise response.unusable("the id of a phone number is not a UUID")
    if number["providerId"] is not None and not values.is_uuid(number["providerId"]):
        # Otherwise, the number would count as another provider's.
        raise response.unusable("the providerId of a phone number is not a UUID")
    identifiers = ("id", "providerId", "incomingCallsAgentId")
    return {**number, **{name: values.canonical_id(number[name]) for name in identifiers if number[name]}}
