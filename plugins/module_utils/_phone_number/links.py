# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links between phone numbers and voice agents.

Source: https://blackbox.dasha.ai/docs/api-reference/sipphonenumbers/link-phone-number-to-agent

Inbound, a number has at most one agent. Outbound, an agent has one number, and many agents may share
it. The parameters of the request are inferred from its counterpart, so a link only counts as written
once the number shows it.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._api import agents, phone_numbers, values
from .._api.agents import INBOUND, OUTBOUND
from .._api.phone_numbers import PhoneNumber
from .._http.client import Client
from .._http.errors import BlackboxError
from .._http.request import Request
from .._plan.plan import Outcome, Plan, diff
from .._plan.write import ReadBack, write
from .._provider import select
from .agents import AgentSelector, require_agent

#: Directions of a link, and the API's ``mode`` for them.
MODES = {INBOUND: "inbound", OUTBOUND: "replaceOutbound"}

#: Status codes of refusals that may mean that another organization has linked the number.
CONFLICT_STATUSES = (400, 403, 409, 422)


@dataclass(frozen=True)
class Link:
    """A desired link, or one that has to be removed.

    :param is_wanted: whether the link has to exist.
    """

    number_id: str
    agent_id: str
    direction: str
    is_wanted: bool = True


@dataclass(frozen=True)
class LinkState:
    """A number, and the agents that are linked to it in one direction."""

    number: PhoneNumber
    direction: str
    agent_ids: t.Sequence[str]

    def satisfies(self, link: Link) -> bool:
        """Return whether the state is as the link wants it."""
        return (link.agent_id in self.agent_ids) is link.is_wanted

    def after(self, link: Link) -> LinkState:
        """Return the state after the link was written. A number shows its inbound agent only."""
        others = [agent_id for agent_id in self.agent_ids if agent_id != link.agent_id]
        if self.direction == INBOUND:
            agent_id = link.agent_id if link.is_wanted else None
            number = {**self.number, "incomingCallsAgentId": agent_id}
            return LinkState(number, self.direction, [agent_id] if agent_id else [])
        return LinkState(self.number, self.direction, [*others, link.agent_id] if link.is_wanted else others)

    def shown(self) -> dict[str, t.Any]:
        """Return the agents for a diff."""
        if self.direction == INBOUND:
            return {"inbound_agent_id": next(iter(self.agent_ids), None)}
        return {"outbound_agent_ids": sorted(self.agent_ids)}


def plan(client: Client, parameters: t.Mapping[str, t.Any]) -> Plan:
    """Read the number and plan the link, as ``phone_number_agent_link`` does.

    :raises BlackboxError: an option is invalid, or the number or the agent does not exist.
    """
    number_id = values.optional(values.uuid, "phone_number_id", parameters["phone_number_id"])
    provider = select.foreign_selector(parameters)
    phone_number = values.phone_number("phone_number", parameters["phone_number"])
    agent = AgentSelector.of_options(parameters, "agent_id", "agent_name")
    if number_id is None and phone_number is None:
        raise values.missing_option("phone_number_id", "phone_number")
    if agent is None:
        raise values.missing_option("agent_id", "agent_name")
    provider_id = None if provider is None else select.resolve_id(client, provider)
    agent_id = agent.resolve_id(client)
    number = phone_numbers.select_number(client, number_id, phone_number, provider_id)
    link = Link(number["id"], agent_id, parameters["direction"], parameters["state"] == "present")
    current = _state(client, number, link.direction)
    if number_id is None and not current.satisfies(link):
        # The list that the number was selected from may lag behind.
        current = read_state(client, link.number_id, link.direction)
    if link.is_wanted and not agent.is_name and not current.satisfies(link):
        require_agent(client, agent_id)
    return _plan_link(current, link)


def _plan_link(current: LinkState, link: Link) -> Plan:
    header = f"phone_number_agent_link {link.number_id} ({current.number['phoneNumber']})"
    changed = not current.satisfies(link)
    desired = current.after(link) if changed else current
    before, after = current.shown(), desired.shown()
    if changed and link.is_wanted and link.direction == OUTBOUND:
        before["outbound_number_of_the_agent"] = "unknown, because the API does not return it"
        after["outbound_number_of_the_agent"] = current.number["phoneNumber"]

    def outcome(number: PhoneNumber) -> Outcome:
        return Outcome(changed, {"phone_number": phone_numbers.to_result(number)}, diff(header, before, after))

    return Plan(outcome(desired.number), (lambda client: outcome(write_link(client, link).number)) if changed else None)


def read_state(client: Client, number_id: str, direction: str) -> LinkState:
    """Read a number and the agents that are linked to it in this direction.

    :raises BlackboxError: they cannot be read.
    """
    return _state(client, phone_numbers.read_number(client, number_id), direction)


def _state(client: Client, number: PhoneNumber, direction: str) -> LinkState:
    if direction == INBOUND:
        return LinkState(number, direction, [agent_id for agent_id in [number["incomingCallsAgentId"]] if agent_id])
    users = agents.list_number_users(client, number["id"])
    return LinkState(number, direction, [user.agent_id for user in users if direction in user.directions])


def write_link(client: Client, link: Link) -> LinkState:
    """Link or unlink the agent, and return the state that proves it. A new inbound link replaces the present one.

    :raises BlackboxError: the service rejected the request, or the number does not show the desired link.
    """

    def read() -> LinkState:
        return read_state(client, link.number_id, link.direction)

    def is_still_missing(_error: BlackboxError) -> bool:
        try:
            return not read().satisfies(link)
        except BlackboxError:
            # The state is unknown, so do not send the request again.
            return False

    request = Request(
        "PUT" if link.is_wanted else "DELETE",
        f"{phone_numbers.path(link.number_id)}/agent-link",
        query={"mode": MODES[link.direction], "agentId": link.agent_id},
        may_repeat=is_still_missing,
    )
    shows = "does not show" if link.is_wanted else "still shows"
    problem = f"the number {shows} the {link.direction} link to the agent {link.agent_id}."
    read_back = ReadBack[LinkState](
        "number",
        read=lambda response: read(),
        missing=lambda state: "" if state.satisfies(link) else problem,
        explain_refusal=lambda error: _explain_refusal(link, error),
    )
    return write(client, request, read_back)


def _explain_refusal(link: Link, error: BlackboxError) -> str:
    if not link.is_wanted or link.direction != INBOUND or error.status not in CONFLICT_STATUSES:
        return ""
    return (
        "A number can have only one inbound link across all organizations. Unlink the number in"
        " the other organization, or unlink its other record."
    )
