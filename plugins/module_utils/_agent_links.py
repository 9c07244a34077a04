# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""Links between phone numbers and voice agents: made, taken away and proven
(https://blackbox.dasha.ai/docs/api-reference/sipphonenumbers/link-phone-number-to-agent).

Inbound, a number has at most one agent. Outbound, an agent has one number, and many agents may share it. The parameters of the request are inferred
from its counterpart, so nothing counts as done before the number shows it.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from . import _agents, _phone_numbers
from ._agents import INBOUND
from ._client import API_PREFIX, Client
from ._errors import BlackboxError
from ._phone_numbers import PhoneNumber

#: The directions of a link, and what the API calls them.
MODES = {INBOUND: INBOUND, "outbound": "replaceOutbound"}

#: Refusals that may be about a link which another organization has.
ABOUT_THE_LINK = (400, 403, 409, 422)


@dataclass(frozen=True)
class Link:
    """An agent that uses a number, in one direction."""

    number_id: str
    agent_id: str
    direction: str

    @property
    def path(self) -> str:
        return f"/sip-phone-numbers/{self.number_id}/agent-link"

    @property
    def query(self) -> dict[str, str]:
        return {"mode": MODES[self.direction], "agentId": self.agent_id}


@dataclass(frozen=True)
class Plan:
    """What has to be done with one link.

    :param number: the number as it is.
    :param users: the agents that use it; of use only for outbound links.
    :param link: the link that the task is about.
    :param wanted: whether it shall be there.
    """

    number: PhoneNumber
    users: t.Sequence[_agents.NumberUser]
    link: Link
    wanted: bool

    @property
    def linked(self) -> list[str]:
        """The agents that are linked in this direction."""
        if self.link.direction == INBOUND:
            return [agent for agent in [self.number["incomingCallsAgentId"]] if agent]
        return [user.agent_id for user in self.users if self.link.direction in user.directions]

    @property
    def changes(self) -> bool:
        return (self.link.agent_id in self.linked) is not self.wanted

    @property
    def predicted(self) -> PhoneNumber:
        """The number as it will be: of the two directions it shows inbound only."""
        if self.link.direction != INBOUND or not self.changes:
            return self.number
        return {**self.number, "incomingCallsAgentId": self.link.agent_id if self.wanted else None}

    @property
    def linked_afterwards(self) -> list[str]:
        if not self.changes:
            return self.linked
        if not self.wanted:
            return [agent for agent in self.linked if agent != self.link.agent_id]
        return [self.link.agent_id] if self.link.direction == INBOUND else [*self.linked, self.link.agent_id]

    def _shown(self, agents: t.Sequence[str]) -> dict[str, t.Any]:
        return {"inbound_agent_id": next(iter(agents), None)} if self.link.direction == INBOUND else {"outbound_agent_ids": sorted(agents)}

    @property
    def diff(self) -> dict[str, t.Any]:
        header = f"phone_number_agent_link {self.number['id']} ({self.number['phoneNumber']})"
        before, after = (self._shown(agents) for agents in (self.linked, self.linked_afterwards))
        if self.link.direction != INBOUND and self.wanted and self.changes:
            before["outbound_number_of_the_agent"] = "not known: the service does not tell which number an agent had before"
            after["outbound_number_of_the_agent"] = self.number["phoneNumber"]
        return {"before_header": header, "after_header": header, "before": before, "after": after}


def read_plan(client: Client, link: Link, wanted: bool) -> Plan:
    """Read what there is, and plan.

    :raises BlackboxError: it cannot be read.
    """
    number = _phone_numbers.read_number(client, link.number_id)
    return Plan(number, [] if link.direction == INBOUND else _agents.users_of_number(client, number), link, wanted)


def require_agent(client: Client, agent_id: str) -> None:
    """Return when there is such an agent: what the service does with the id of none is not documented.

    :raises BlackboxError: there is none, or the service does not say.
    """
    if _agents.find_agent(client, agent_id) is None:
        raise BlackboxError(f"There is no agent with the id {agent_id!r}, so nothing was linked. dasha.blackbox.agent_info tells which agents there are.")


def apply(client: Client, plan: Plan) -> PhoneNumber:
    """Make or take away the link of a plan that changes something, and return the number, which proves it.

    Inbound, a new link takes the place of the one that the number had.

    :raises BlackboxError: it was refused, the number does not show it, or what it shows is not known.
    """
    link, wanted = plan.link, plan.wanted

    def still_missing() -> bool:
        try:
            return read_plan(client, link, wanted).changes
        except BlackboxError:
            # Nothing is known, so nothing is sent.
            return False

    method = "PUT" if wanted else "DELETE"
    failure = None
    try:
        client.request(method, link.path, query=link.query, may_repeat=still_missing)
    except BlackboxError as error:
        if not (error.accepted or error.uncertain):
            raise _refused(error, plan) from None
        failure = error
    try:
        proof = read_plan(client, link, wanted)
    except BlackboxError as error:
        error.changed = True
        error.message = f"{method} {API_PREFIX}{link.path} was sent, but whether it took effect is not known. {error.message}"
        raise
    if not proof.changes:
        return proof.number
    if failure is None or failure.accepted:
        shows = "does not show" if wanted else "still shows"
        message = f"{method} {API_PREFIX}{link.path} was accepted, but the number {shows} the {link.direction} link with the agent {link.agent_id}."
        failure = BlackboxError(message, method=method, path=API_PREFIX + link.path)
        failure.changed = True
    else:
        failure.message += f" Read afterwards, the number {'does not show the link' if wanted else 'still shows it'}; the request may still take effect."
    raise failure


def _refused(error: BlackboxError, plan: Plan) -> BlackboxError:
    if plan.wanted and plan.link.direction == INBOUND and error.status in ABOUT_THE_LINK:
        error.message += (
            " Inbound, a number can be linked once in all organizations: where another one has it linked, or another record of the same number here,"
            " it has to be unlinked there first."
        )
    return error
