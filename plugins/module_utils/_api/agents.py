# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Voice agents, and which of them use a phone number."""

from __future__ import annotations

import typing as t

from .._http.client import Client
from .._http.errors import BlackboxError
from .._http.response import Response
from . import existence, fields, phone_numbers, values
from .fields import Field

#: The configuration of an agent may contain SIP passwords, so all its other fields are dropped.
FIELDS = (
    Field("id", "agentId", "str", required=True),
    Field("name", "name", "str"),
    Field("enabled", "isEnabled", "bool"),
)

#: The only documented use of a number. Any other use counts as outbound.
INBOUND = "inbound"
OUTBOUND = "outbound"

_USAGE_FIELDS = (Field("affected_agents", "affectedAgents", "list", required=True),)
_USER_FIELDS = (
    Field("agent_id", "agentId", "str", required=True),
    Field("agent_name", "agentName", "str"),
    Field("uses", "uses", "list"),
)

#: Requested page size of the list of agents, unless pages of this size are too large.
_PAGE = 1000

#: An agent as modules return it, with the fields of :data:`FIELDS`.
Agent = dict[str, t.Any]


class NumberUser(t.NamedTuple):
    """An agent that uses a phone number ``inbound``, ``outbound`` or both."""

    agent_id: str
    name: str | None
    directions: tuple[str, ...]

    def to_result(self) -> dict[str, t.Any]:
        """Return the agent as modules return it."""
        return {"id": self.agent_id, "name": self.name, "directions": list(self.directions)}

    def __str__(self) -> str:
        return f"{fields.show(self.name or self.agent_id)} ({', '.join(self.directions)})"


def list_agents(client: Client) -> list[Agent]:
    """Return all agents (https://blackbox.dasha.ai/docs/api-reference/agents/list-agents).

    The list has no envelope, so it is read until a page has no new agent. Each agent comes with its whole
    configuration, so a page that is too large is read again in halves.

    :raises BlackboxError: the list cannot be read.
    """
    agents: dict[str, Agent] = {}
    received = 0
    take = _PAGE
    while True:
        try:
            response = client.get("/agents", {"skip": received, "take": take})
        except BlackboxError as error:
            if not error.is_too_large or take == 1:
                raise
            take //= 2
            continue
        if not isinstance(response.body, list):
            raise response.unusable("the response is not a list of agents")
        page = [_parse(response, item) for item in response.body]
        new = {agent["id"]: agent for agent in page if agent["id"] not in agents}
        if not new:
            return list(agents.values())
        agents.update(new)
        received += len(page)


def find_agent(client: Client, agent_id: str) -> Agent | None:
    """Read an agent; return None if it does not exist.

    :param agent_id: a checked ID, because it becomes part of a path.
    :raises BlackboxError: the response is another agent, or its existence is unknown.
    """
    response = existence.find(client, f"/agents/{agent_id}")
    if response is None:
        return None
    agent = _parse(response, response.body)
    if agent["id"] != agent_id:
        raise response.unusable(f"the response is another agent: {fields.show(agent['id'])}")
    return agent


def list_number_users(client: Client, number_id: str) -> list[NumberUser]:
    """Return the agents that use a number.

    Source: https://blackbox.dasha.ai/docs/api-reference/sipphonenumbers/get-agents-using-phone-number

    :raises BlackboxError: they cannot be read.
    """
    response = client.get(f"{phone_numbers.path(number_id)}/affected-agents")
    usage = fields.parse(response, response.body, _USAGE_FIELDS)
    return [_parse_user(response, item) for item in usage["affectedAgents"]]


def _parse(response: Response, item: t.Any) -> Agent:
    agent = fields.parse(response, item, FIELDS)
    return {
        **{field.option: agent[field.api] for field in FIELDS},
        "id": values.canonical_id(agent["agentId"]),
    }


def _parse_user(response: Response, item: t.Any) -> NumberUser:
    user = fields.parse(response, item, _USER_FIELDS)
    directions = dict.fromkeys(INBOUND if use == INBOUND else OUTBOUND for use in user["uses"] or ())
    # If no use is returned, assume outbound, because the phone number shows its inbound agent.
    return NumberUser(values.canonical_id(user["agentId"]), user["agentName"], tuple(directions) or (OUTBOUND,))
