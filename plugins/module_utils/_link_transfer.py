# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""Moving the agents of one phone number's record to another, so that no call is lost: the new record is linked and proven first."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from . import _agent_links, _agents, _phone_numbers
from ._agent_links import Link
from ._agents import INBOUND
from ._client import Client
from ._errors import BlackboxError
from ._phone_numbers import PhoneNumber


@dataclass(frozen=True)
class Usage:
    """A number, and the agents that use it."""

    number: PhoneNumber
    users: t.Sequence[_agents.NumberUser]

    def agents(self, direction: str) -> list[str]:
        """The ids of the agents that use it in this direction."""
        found = [user.agent_id for user in self.users if direction in user.directions]
        if direction == INBOUND and self.number["incomingCallsAgentId"]:
            found.append(self.number["incomingCallsAgentId"])
        return sorted(set(found))

    def shown(self) -> dict[str, t.Any]:
        return {
            "phone_number_id": self.number["id"],
            "inbound_agent_ids": self.agents(INBOUND),
            "outbound_agent_ids": self.agents("outbound"),
        }


@dataclass(frozen=True)
class Plan:
    """What has to be moved.

    :param source: the number that agents use now.
    :param target: the number that they shall use.
    """

    source: Usage
    target: Usage

    def links(self, direction: str) -> list[Link]:
        """The links that the target does not have yet."""
        number_id = self.target.number["id"]
        there = self.target.agents(direction)
        return [Link(number_id, agent_id, direction) for agent_id in self.source.agents(direction) if agent_id not in there]

    @property
    def makes(self) -> list[Link]:
        """Outbound links replace those of the source by themselves: an agent has one number to call from."""
        return [*self.links(INBOUND), *self.links("outbound")]

    @property
    def takes_away(self) -> list[Link]:
        """The links of the source that have to go once those of the target are proven."""
        return [Link(self.source.number["id"], agent_id, INBOUND) for agent_id in self.source.agents(INBOUND)]

    @property
    def moves(self) -> list[Link]:
        """What is moved, whether all of it or only its second half is left to do."""
        inbound = [Link(self.target.number["id"], link.agent_id, INBOUND) for link in self.takes_away]
        return [*inbound, *self.links("outbound")]

    @property
    def diff(self) -> dict[str, t.Any]:
        header = f"phone_number_link_transfer {self.source.number['phoneNumber']} to {self.target.number['phoneNumber']}"
        source, target = self.source.shown(), self.target.shown()
        moved = {link.agent_id for link in self.links("outbound")}
        after_source = {**source, "inbound_agent_ids": [], "outbound_agent_ids": [agent for agent in source["outbound_agent_ids"] if agent not in moved]}
        after_target = {
            **target,
            "inbound_agent_ids": sorted({*target["inbound_agent_ids"], *source["inbound_agent_ids"]}),
            "outbound_agent_ids": sorted({*target["outbound_agent_ids"], *moved}),
        }
        return {
            "before_header": header,
            "after_header": header,
            "before": {"from": source, "to": target},
            "after": {"from": after_source, "to": after_target},
        }


def read_plan(client: Client, source_id: str, target_id: str) -> Plan:
    """Read both numbers and their agents, and plan.

    :raises BlackboxError: they cannot be read; or the target is linked inbound to somebody else, who would be cut off.
    """
    plan = Plan(_read_usage(client, source_id), _read_usage(client, target_id))
    inbound = plan.source.agents(INBOUND)
    if len(inbound) > 1:
        raise BlackboxError(f"The number {source_id} shows several agents inbound, where one is possible: {', '.join(inbound)}. Nothing was changed.")
    others = [agent_id for agent_id in plan.target.agents(INBOUND) if agent_id not in inbound]
    if inbound and others:
        raise BlackboxError(
            f"The number {target_id} is linked inbound to the agent {others[0]}, who would be cut off by {inbound[0]}, the agent of {source_id}."
            " Nothing was changed. Unlink one of them first."
        )
    return plan


def _read_usage(client: Client, number_id: str) -> Usage:
    number = _phone_numbers.read_number(client, number_id)
    return Usage(number, _agents.users_of_number(client, number))


def apply(client: Client, plan: Plan, unlink_first: bool) -> None:
    """Move the links of a plan; nothing of the source is taken away before the link of the target is proven.

    :param unlink_first: where the service refuses the target's inbound link, take away the source's first and make it again if that does not help.
    :raises BlackboxError: a link was refused, or is not proven. What is moved by then stays moved; a second run does the rest.
    """
    changed = False
    try:
        for link in plan.makes:
            changed = _make_if_need_be_after_unlinking(client, Link(plan.source.number["id"], link.agent_id, INBOUND), link, unlink_first) or changed
        for link in plan.takes_away:
            left = _agent_links.read_plan(client, link, wanted=False)
            if left.changes:
                _agent_links.apply(client, left)
                changed = True
    except BlackboxError as error:
        error.changed = error.changed or changed
        raise


def _make(client: Client, link: Link) -> bool:
    """Make a link, and say whether it was missing."""
    plan = _agent_links.read_plan(client, link, wanted=True)
    if not plan.changes:
        return False
    if link.direction == INBOUND and plan.linked:
        raise BlackboxError(f"The number {link.number_id} has been linked to the agent {plan.linked[0]} in the meantime. That was left as it is.")
    _agent_links.apply(client, plan)
    return True


def _make_if_need_be_after_unlinking(client: Client, old: Link, new: Link, unlink_first: bool) -> bool:
    try:
        return _make(client, new)
    except BlackboxError as error:
        # Only the refusal of the link itself, not one of a read before or after it.
        refused = error.method == "PUT" and error.status in _agent_links.ABOUT_THE_LINK and not (error.changed or error.uncertain)
        if new.direction != INBOUND or not refused:
            raise
        if not unlink_first:
            error.message += (
                f" With unlink_first: true the link of the number {old.number_id} is taken away before; nobody answers then until the new one is there."
            )
            raise
    _make_after_unlinking(client, old, new)
    return True


def _make_after_unlinking(client: Client, old: Link, new: Link) -> None:
    """Accept a short gap in which nobody answers; where the new link fails all the same, the old one is made again."""
    left = _agent_links.read_plan(client, old, wanted=False)
    taken_away = False
    try:
        _agent_links.apply(client, left)
        taken_away = True
        _make(client, new)
    except BlackboxError as failure:
        if not (taken_away or failure.changed or failure.uncertain):
            raise
        failure.changed = True
        try:
            again = _make(client, old)
        except BlackboxError as error:
            failure.message += (
                f" The number {old.number_id} may have lost its link with the agent {old.agent_id}, which could not be made again: {error.message}"
            )
        else:
            failure.message += f" The link of the number {old.number_id} {'was taken away before, and was made again' if again else 'is there'}."
        raise failure from None
