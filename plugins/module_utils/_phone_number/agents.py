# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Selection of agents by ID or name."""

from __future__ import annotations

import typing as t

from .._api import agents, values
from .._http.client import Client
from .._http.errors import BlackboxError


def look_up(client: Client, parameters: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the selected agents, or all, as ``agent_info`` does.

    :raises BlackboxError: an option is invalid, or the agents can't be read.
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


def require_agent(client: Client, agent_id: str) -> None:
    """Return if the agent exists; how the service handles the ID of no agent is undocumented.

    :raises BlackboxError: it doesn't exist, or this is unknown.
    """
    if agents.find_agent(client, agent_id) is None:
        raise BlackboxError(
            f"There is no agent with the id {agent_id!r}, so nothing was linked."
            " dasha.blackbox.agent_info tells which agents there are."
        )
