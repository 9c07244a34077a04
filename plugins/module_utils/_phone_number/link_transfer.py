# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transfer of agent links from one phone number record to another.

The new record is linked, and the link proven, before anything on the old record is unlinked.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._api import agents, phone_numbers, values
from .._api.agents import INBOUND, OUTBOUND, NumberUser
from .._api.phone_numbers import PhoneNumber
from .._http.client import Client
from .._http.errors import BlackboxError
from .._plan.plan import Outcome, Plan, diff
from .links import CONFLICT_STATUSES, Link, read_state, write_link


@dataclass(frozen=True)
class Usage:
    """A number, and the agents that use it."""

    number: PhoneNumber
    users: t.Sequence[NumberUser]

    def agent_ids(self, direction: str) -> list[str]:
        """Return the IDs of the agents that use the number in this direction."""
        found = {user.agent_id for user in self.users if direction in user.directions}
        if direction == INBOUND and self.number["incomingCallsAgentId"]:
            found.add(self.number["incomingCallsAgentId"])
        return sorted(found)


@dataclass(frozen=True)
class Transfer:
    """The links to write for a transfer.

    :param source: the number that agents use now.
    :param target: the number that they have to use.
    """

    source: Usage
    target: Usage

    @property
    def new_links(self) -> list[Link]:
        """Links that the target lacks. A new outbound link replaces that of the source: an agent has only one."""
        number_id = self.target.number["id"]
        return [
            Link(number_id, agent_id, direction)
            for direction in (INBOUND, OUTBOUND)
            for agent_id in self.source.agent_ids(direction)
            if agent_id not in self.target.agent_ids(direction)
        ]

    @property
    def old_links(self) -> list[Link]:
        """Links of the source to remove once those of the target are proven."""
        number_id = self.source.number["id"]
        return [Link(number_id, agent_id, INBOUND, is_wanted=False) for agent_id in self.source.agent_ids(INBOUND)]

    @property
    def moves(self) -> set[tuple[str, str]]:
        """Agent and direction of each link that moves, also of those that an earlier run moved half."""
        return {(link.agent_id, link.direction) for link in [*self.old_links, *self.new_links]}

    def outcome(self, moved: t.Collection[tuple[str, str]]) -> Outcome:
        """Return the outcome of a transfer that moved these links."""
        header = (
            f"phone_number_link_transfer {self.source.number['phoneNumber']} to {self.target.number['phoneNumber']}"
        )
        before = {"from": _shown(self.source), "to": _shown(self.target)}
        after = {side: {**numbers} for side, numbers in before.items()}
        for agent_id, direction in moved:
            key = f"{direction}_agent_ids"
            after["from"][key] = [other for other in after["from"][key] if other != agent_id]
            after["to"][key] = sorted({*after["to"][key], agent_id})
        links = [{"agent_id": agent_id, "direction": direction} for agent_id, direction in sorted(moved, key=_order)]
        return Outcome(bool(links), {"links": links}, diff(header, before, after))


def plan(client: Client, parameters: t.Mapping[str, t.Any]) -> Plan:
    """Read both numbers and plan the transfer, as ``phone_number_link_transfer`` does.

    :raises BlackboxError: an option is invalid, a number cannot be read, or another agent of the
        target would be cut off.
    """
    source_id, target_id = (values.uuid(option, parameters[option]) for option in ("from_id", "to_id"))
    if source_id == target_id:
        raise values.invalid_option("to_id", "it is the same record as `from_id`")
    transfer = Transfer(_read_usage(client, source_id), _read_usage(client, target_id))
    _require_no_conflict(transfer)

    def apply(client: Client) -> Outcome:
        return transfer.outcome(_apply(client, transfer, unlink_first=parameters["unlink_first"]))

    return Plan(transfer.outcome(transfer.moves), apply if transfer.moves else None)


def _read_usage(client: Client, number_id: str) -> Usage:
    return Usage(phone_numbers.read_number(client, number_id), agents.list_number_users(client, number_id))


def _require_no_conflict(transfer: Transfer) -> None:
    source_id, target_id = transfer.source.number["id"], transfer.target.number["id"]
    inbound = transfer.source.agent_ids(INBOUND)
    if len(inbound) > 1:
        listed = ", ".join(inbound)
        raise BlackboxError(
            f"The number {source_id} has several inbound agents, although only one is possible: {listed}."
            " Nothing was changed."
        )
    others = [agent_id for agent_id in transfer.target.agent_ids(INBOUND) if agent_id not in inbound]
    if inbound and others:
        raise BlackboxError(
            f"The number {target_id} is linked inbound to the agent {others[0]}. The transfer would replace this agent"
            f" with {inbound[0]}, the agent of {source_id}. Nothing was changed. Unlink one of the numbers first."
        )


def _apply(client: Client, transfer: Transfer, *, unlink_first: bool) -> set[tuple[str, str]]:
    """Move the links and return agent and direction of those that this task moved.

    :raises BlackboxError: a link was refused or is not proven. Links that were moved stay moved; a
        second run moves the rest.
    """
    moved: set[tuple[str, str]] = set()
    try:
        for link in transfer.new_links:
            old = Link(transfer.source.number["id"], link.agent_id, INBOUND, is_wanted=False)
            if _write_new(client, old, link, unlink_first=unlink_first):
                moved.add((link.agent_id, link.direction))
        for link in transfer.old_links:
            if not read_state(client, link.number_id, link.direction).satisfies(link):
                write_link(client, link)
                moved.add((link.agent_id, link.direction))
    except BlackboxError as error:
        raise error.with_context(changed=error.changed or bool(moved)) from None
    return moved


def _write_if_missing(client: Client, link: Link) -> bool:
    """Write a link unless it exists, and return whether it was missing."""
    current = read_state(client, link.number_id, link.direction)
    if current.satisfies(link):
        return False
    if link.direction == INBOUND and current.agent_ids:
        raise _linked_meanwhile(link.number_id, current.agent_ids[0])
    write_link(client, link)
    return True


def _write_new(client: Client, old: Link, new: Link, *, unlink_first: bool) -> bool:
    """Write a new link, after unlinking the old one if the service refuses otherwise and ``unlink_first`` allows it."""
    try:
        return _write_if_missing(client, new)
    except BlackboxError as error:
        # Only a refusal of the link itself counts, not one of a read.
        is_refused = error.method == "PUT" and error.status in CONFLICT_STATUSES
        if new.direction != INBOUND or not is_refused or error.changed:
            raise
        if not unlink_first:
            raise error.with_context(
                after=f"With `unlink_first: true`, the link of the number {old.number_id} is removed first."
                " Until the new link exists, no agent answers the calls."
            ) from None
    _relink(client, old, new)
    return True


def _relink(client: Client, old: Link, new: Link) -> None:
    """Unlink the old number, then link the new one; restore the old link if that fails."""
    if read_state(client, old.number_id, old.direction).satisfies(old):
        _write_if_missing(client, new)
        return
    is_unlinked = False
    try:
        write_link(client, old)
        is_unlinked = True
        _write_if_missing(client, new)
    except BlackboxError as failure:
        if not (is_unlinked or failure.changed):
            raise
        raise failure.with_context(after=_restore(client, old), changed=True) from None


def _restore(client: Client, old: Link) -> str:
    """Write the old link again, and return a sentence about the result."""
    client.resume()
    link = Link(old.number_id, old.agent_id, old.direction)
    try:
        for agent_id in read_state(client, link.number_id, link.direction).agent_ids:
            if agent_id != link.agent_id:
                raise _linked_meanwhile(link.number_id, agent_id)
        # Write the link even if the number shows it, because the read may lag behind the unlinking.
        write_link(client, link)
    except BlackboxError as error:
        return (
            f"The number {link.number_id} may have lost its link to the agent {link.agent_id}. The link could not be"
            f" restored: {error.message}"
        )
    return f"The link of the number {link.number_id} was restored."


def _linked_meanwhile(number_id: str, agent_id: str) -> BlackboxError:
    return BlackboxError(
        f"The number {number_id} was linked to the agent {agent_id} in the meantime, so this link was not changed."
    )


def _shown(usage: Usage) -> dict[str, t.Any]:
    return {
        "phone_number_id": usage.number["id"],
        "inbound_agent_ids": usage.agent_ids(INBOUND),
        "outbound_agent_ids": usage.agent_ids(OUTBOUND),
    }


def _order(move: tuple[str, str]) -> tuple[bool, str]:
    agent_id, direction = move
    return direction != INBOUND, agent_id
