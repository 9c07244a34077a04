# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""Voice agents, as far as telephony needs them: who they are, and which of them use a phone number."""

from __future__ import annotations

import typing as t

from . import _absence, _arguments, _fields
from ._client import Answer, Client
from ._fields import Field
from ._phone_numbers import PhoneNumber, canonical

#: The configuration of an agent may hold SIP passwords, so no more than this is taken from it.
FIELDS = (Field("id", "agentId", "str", required=True), Field("name", "name", "str"), Field("enabled", "isEnabled", "bool"))

#: The only use of a number whose name is documented. Whatever else an agent uses one for is outbound.
INBOUND = "inbound"

_USAGE_FIELDS = (Field("affected_agents", "affectedAgents", "list", required=True),)
_USER_FIELDS = (Field("agent_id", "agentId", "str", required=True), Field("agent_name", "agentName", "str"), Field("uses", "uses", "list"))

#: The page that is asked for, of a list without an envelope; a public client knows the parameters, the vendor does not name them.
_PAGE = 1000

Agent = dict[str, t.Any]


class NumberUser(t.NamedTuple):
    """An agent that uses a phone number, and for what: ``inbound``, ``outbound`` or both."""

    agent_id: str
    name: str | None
    directions: tuple[str, ...]

    def as_result(self) -> dict[str, t.Any]:
        return {"id": self.agent_id, "name": self.name, "directions": list(self.directions)}

    def __str__(self) -> str:
        return f"{_fields.shown(self.name or self.agent_id)} ({', '.join(self.directions)})"


def identifier(option: str, value: str | None) -> str:
    """The id of an agent from an option, as it is compared and fit to be part of a path.

    :raises BlackboxError: it is something else, or null.
    """
    return canonical(_arguments.agent_id(option, value))


def list_agents(client: Client) -> list[Agent]:
    """All agents, as modules return them (https://blackbox.dasha.ai/docs/api-reference/agents/list-agents).

    The list says nothing about its length: it is read until a page brings nothing new.

    :raises BlackboxError: the list cannot be read.
    """
    agents: dict[str, Agent] = {}
    received = 0
    while True:
        answer = client.request("GET", "/agents", query={"skip": received, "take": _PAGE})
        if not isinstance(answer.payload, list):
            raise answer.unusable("the answer is no list of agents")
        page = [_parse(answer, item) for item in answer.payload]
        new = {agent["id"]: agent for agent in page if agent["id"] not in agents}
        if not new:
            return list(agents.values())
        agents.update(new)
        received += len(page)


def find_agent(client: Client, agent_id: str) -> Agent | None:
    """An agent by its id; None when the service says that there is none.

    :param agent_id: checked, since it becomes part of a path.
    :raises BlackboxError: the answer is another agent, or nothing that the API would say.
    """
    answer = _absence.find(client, f"/agents/{agent_id}")
    if answer is None:
        return None
    agent = _parse(answer, answer.payload)
    if agent["id"] != agent_id:
        raise answer.unusable(f"the answer is another agent: {_fields.shown(agent['id'])}")
    return agent


def _parse(answer: Answer, item: t.Any) -> Agent:
    agent = _fields.checked(answer, item, FIELDS)
    return {**{field.option: agent[field.api] for field in FIELDS}, "id": canonical(agent["agentId"])}


def users_of_number(client: Client, number: PhoneNumber) -> list[NumberUser]:
    """The agents that use a number (https://blackbox.dasha.ai/docs/api-reference/sipphonenumbers/get-agents-using-phone-number).

    :raises BlackboxError: the service does not say.
    """
    answer = client.request("GET", f"/sip-phone-numbers/{number['id']}/affected-agents")
    usage = _fields.checked(answer, answer.payload, _USAGE_FIELDS)
    return [_user(answer, item) for item in usage["affectedAgents"]]


def _user(answer: Answer, item: t.Any) -> NumberUser:
    user = _fields.checked(answer, item, _USER_FIELDS)
    directions = dict.fromkeys(INBOUND if use == INBOUND else "outbound" for use in user["uses"] or ())
    # Who uses it without saying for what may use it for anything.
    return NumberUser(canonical(user["agentId"]), user["agentName"], tuple(directions) or ("outbound",))
