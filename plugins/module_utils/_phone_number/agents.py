# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Selection of agents by ID or name."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._api import agents, values
from .._http.client import Client
from .._http.errors import BlackboxError

#: Advice for an agent that does not exist.
_NOT_FOUND_HINT = "Use dasha.blackbox.agent_info to list the agents."


def look_up(client: Client, parameters: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the selected agents, or all, as ``agent_info`` does.

    :raises BlackboxError: an option is invalid, or the agents cannot be read.
    """
    agent_id = values.optional(values.agent_id, "id", parameters["id"])
    name = values.text("name", parameters["name"])
    if agent_id is not None:
        found = [agent for agent in [agents.find_agent(client, agent_id)] if agent]
    else:
        found = [agent for agent in agents.list_agents(client) if name is None or _has_name(agent, name)]
    return {"agents": sorted(found, key=lambda agent: (agent["name"] or "", agent["id"]))}


def _has_name(agent: agents.Agent, name: str) -> bool:
    return values.canonical_text(agent["name"] or "") == values.canonical_text(name)


@dataclass(frozen=True)
class AgentSelector:
    """An agent that options select by ID or by name."""

    option: str
    value: str
    is_name: bool

    @classmethod
    def of_options(cls, parameters: t.Mapping[str, t.Any], id_option: str, name_option: str) -> AgentSelector | None:
        """Return the selector of the option that is set; None if none of them is.

        :raises BlackboxError: an option has an invalid value.
        """
        agent_id = values.optional(values.agent_id, id_option, parameters[id_option])
        name = values.text(name_option, parameters[name_option])
        if agent_id is not None:
            return cls(id_option, agent_id, is_name=False)
        return None if name is None else cls(name_option, name, is_name=True)

    def resolve_id(self, client: Client) -> str:
        """Return the ID of the agent. The ID of a selector by ID is returned without a request.

        :raises BlackboxError: no agent or several agents have the name, or the agents cannot be read.
        """
        if not self.is_name:
            return self.value
        found = [agent["id"] for agent in agents.list_agents(client) if _has_name(agent, self.value)]
        if len(found) > 1:
            listed = ", ".join(sorted(found))
            raise BlackboxError(
                f"{len(found)} agents have the name {self.value!r}: {listed}. Select one of them by its ID."
            )
        if not found:
            raise BlackboxError(f"No agent has the name {self.value!r}. {_NOT_FOUND_HINT}")
        return str(found[0])


def require_agent(client: Client, agent_id: str) -> None:
    """Return if the agent exists; how the service handles the ID of no agent is undocumented.

    :raises BlackboxError: it does not exist, or this is unknown.
    """
    if agents.find_agent(client, agent_id) is not None:
        return
    message = f"No agent has the ID {agent_id!r}, so nothing was linked."
    named = [agent["id"] for agent in agents.list_agents(client) if _has_name(agent, agent_id)]
    if named:
        raise BlackboxError(
            f"{message} This is the name of an agent. Use `agent_name`, or the ID {' or '.join(named)}."
        )
    raise BlackboxError(f"{message} {_NOT_FOUND_HINT}")
