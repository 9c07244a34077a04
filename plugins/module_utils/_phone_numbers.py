# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""Phone numbers that are imported into BlackBox, and the voice agents that use them."""

from __future__ import annotations

import typing as t

from . import _arguments, _paging
from ._client import Answer, Client
from ._fields import Field, checked

_FIELDS = (
    Field("id", "id", "str", required=True),
    Field("phone_number", "phoneNumber", "str", required=True),
    Field("provider_id", "providerId", "str"),
)
_USERS_FIELDS = (Field("affected_agents", "affectedAgents", "list", required=True),)
_USER_FIELDS = (Field("agent_id", "agentId", "str", required=True), Field("agent_name", "agentName", "str"), Field("uses", "uses", "list"))


class PhoneNumber(t.NamedTuple):
    """A phone number and the provider that it was imported through; None when the service does not say."""

    id: str
    phone_number: str
    provider_id: str | None


class NumberUser(t.NamedTuple):
    """A voice agent that uses a phone number; ``uses`` in the words of the service, of which ``inbound`` is the only one documented."""

    agent_id: str
    name: str | None
    uses: list[str]


def list_of_provider(client: Client, provider_id: str) -> list[PhoneNumber]:
    """The numbers of a provider; one that does not say whose it is counts, since the service was asked for those of the provider.

    :raises BlackboxError: the list cannot be read, or not to its end.
    """
    numbers = _paging.read_all(client, "/sip-phone-numbers", _parse, query={"providerId": provider_id})
    return [number for number in numbers if number.provider_id in (None, provider_id)]


def users(client: Client, number: PhoneNumber) -> list[NumberUser]:
    """The voice agents that use a number (https://blackbox.dasha.ai/docs/api-reference/sipphonenumbers/get-agents-using-phone-number).

    :raises BlackboxError: the service does not say.
    """
    answer = client.request("GET", f"/sip-phone-numbers/{number.id}/affected-agents")
    agents = [checked(answer, agent, _USER_FIELDS) for agent in checked(answer, answer.payload, _USERS_FIELDS)["affectedAgents"]]
    return [NumberUser(agent["agentId"], agent["agentName"], [str(use) for use in agent["uses"] or ()]) for agent in agents]


def _parse(answer: Answer, item: t.Any) -> PhoneNumber:
    number = checked(answer, item, _FIELDS)
    if not _arguments.is_uuid(number["id"]):
        raise answer.unusable("the id of a phone number is not a UUID")
    return PhoneNumber(number["id"], number["phoneNumber"], number["providerId"] and number["providerId"].lower())
