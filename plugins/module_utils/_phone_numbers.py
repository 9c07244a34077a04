# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""Phone numbers that are imported into BlackBox: their fields, and how they are read
(https://blackbox.dasha.ai/docs/api-reference/sipphonenumbers/list-phone-numbers).
"""

from __future__ import annotations

import re
import typing as t

from . import _arguments, _fields, _paging
from ._client import Answer, Client
from ._errors import BlackboxError
from ._fields import Field

#: A phone number has every field of :data:`FIELDS`.
PhoneNumber = _fields.ApiObject

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

#: What is plainly a number of the world: a plus, then digits, with what people put between them.
_PLAIN = re.compile(r"\+[0-9](?:[ ()./-]*[0-9]){6,14}")


def normalized(phone_number: str) -> str:
    """The number as E.164 has it where it is plainly one, such as ``+1 (500) 555-0001``; anything else as it is."""
    return "+" + re.sub(r"[^0-9]", "", phone_number) if _PLAIN.fullmatch(phone_number) else phone_number


def same_number(one: str, other: str) -> bool:
    return normalized(one) == normalized(other)


def canonical(identifier: str) -> str:
    """An id as it is compared: a UUID in lower case, anything else as it is."""
    return identifier.lower() if _arguments.is_uuid(identifier) else identifier


def list_numbers(
    client: Client,
    *,
    phone_number: str | None = None,
    linked_agent_id: str | None = None,
    unlinked_only: bool = False,
    provider_id: str | None = None,
) -> list[PhoneNumber]:
    """All numbers that match what is given. Whether the service compares as we do is not documented, so they are compared again.

    A number that does not say whose it is counts when the service was asked for those of a provider.

    :raises BlackboxError: the list cannot be read, or not to its end.
    """
    # One that is given in another form may be stored in that form, so the service is not asked for it.
    asked = phone_number if phone_number is not None and phone_number == normalized(phone_number) else None
    query = {"phoneNumber": asked, "linkedAgentId": linked_agent_id, "providerId": provider_id}
    query = {name: value for name, value in query.items() if value is not None}
    if unlinked_only:
        query["unlinkedOnly"] = "true"
    return [
        number
        for number in _paging.read_all(client, "/sip-phone-numbers", parse_item, query=query)
        if (phone_number is None or same_number(number["phoneNumber"], phone_number))
        and linked_agent_id in (None, number["incomingCallsAgentId"])
        and not (unlinked_only and number["incomingCallsAgentId"])
        and (provider_id is None or number["providerId"] in (None, provider_id))
    ]


def read_number(client: Client, number_id: str) -> PhoneNumber:
    """Read a number that has to be there.

    :raises BlackboxError: it is not there, or the answer is not that number.
    """
    return parse(client.request("GET", f"/sip-phone-numbers/{number_id}"), number_id)


def select_number(client: Client, number_id: str | None, phone_number: str | None, provider_id: str | None) -> PhoneNumber:
    """The number that is meant: by its id, or by itself where only one record has it, among those of a provider if one is given.

    :raises BlackboxError: it is not there, there are several, or the list cannot be read to its end.
    """
    if number_id is not None:
        return read_number(client, number_id)
    numbers = list_numbers(client, phone_number=phone_number, provider_id=provider_id)
    among = f" of the provider {provider_id}" if provider_id else ""
    if not numbers:
        raise BlackboxError(f"No phone number{among} is {phone_number!r}. It has to be imported before, and the key has to be one of the organization's.")
    if len(numbers) > 1:
        listed = ", ".join(f"{number['id']} of {'the provider ' + number['providerId'] if number['providerId'] else 'no provider'}" for number in numbers)
        raise BlackboxError(f"{len(numbers)} phone numbers{among} are {phone_number!r}: {listed}. Select one by phone_number_id, or by provider_id too.")
    return numbers[0]


def parse(answer: Answer, number_id: str) -> PhoneNumber:
    """The number in an answer.

    :raises BlackboxError: it is no phone number, or another one.
    """
    number = parse_item(answer, answer.json_object())
    if number["id"] != number_id.lower():
        raise answer.unusable(f"the answer is another phone number: {_fields.shown(number['id'])}")
    return number


def parse_item(answer: Answer, item: t.Any) -> PhoneNumber:
    number = _fields.checked(answer, item, FIELDS)
    if not _arguments.is_uuid(number["id"]):
        # It becomes part of a path.
        raise answer.unusable("the id of a phone number is not a UUID")
    if number["providerId"] is not None and not _arguments.is_uuid(number["providerId"]):
        # Nothing can be told from it, least of all that the number is somebody else's.
        raise answer.unusable("the providerId of a phone number is not a UUID")
    return {**number, **{name: canonical(number[name]) for name in ("id", "providerId", "incomingCallsAgentId") if number[name]}}


def as_result(number: PhoneNumber) -> dict[str, t.Any]:
    """The number in snake_case, as modules return it."""
    result = _fields.as_result(number, FIELDS)
    if number.get("registrationStatus") is not None:
        result["registration_status"] = _fields.snake_case(number["registrationStatus"])
    return result
