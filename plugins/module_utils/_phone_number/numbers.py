# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look-up of imported numbers and of the numbers of a Twilio account."""

from __future__ import annotations

import typing as t

from .._api import account_numbers, agents, phone_numbers, values
from .._http.client import Client
from .._http.parallel import for_each
from .._provider import select
from .agents import AgentSelector


def look_up(client: Client, parameters: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the imported numbers that match the filters, as ``phone_number_info`` does.

    :raises BlackboxError: an option is invalid, or the numbers cannot be read completely.
    """
    phone_number = values.phone_number("phone_number", parameters["phone_number"])
    agent = AgentSelector.of_options(parameters, "linked_agent_id", "linked_agent_name")
    provider = select.foreign_selector(parameters)
    numbers = phone_numbers.list_numbers(
        client,
        phone_number=phone_number,
        linked_agent_id=None if agent is None else agent.resolve_id(client),
        unlinked_only=parameters["unlinked_only"],
        provider_id=None if provider is None else select.resolve_id(client, provider),
    )
    numbers.sort(key=lambda number: (number["phoneNumber"], number["id"]))
    results = [phone_numbers.to_result(number) for number in numbers]
    if parameters["agents"]:
        users = for_each(numbers, lambda number: agents.list_number_users(client, number["id"]))
        results = [{**result, "agents": [user.to_result() for user in used]} for result, used in zip(results, users)]
    return {"phone_numbers": results}


def look_up_available(client: Client, parameters: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the numbers of a Twilio account, as ``twilio_available_number_info`` does.

    :raises BlackboxError: the option is invalid, or the numbers cannot be read.
    """
    provider_id = select.resolve_id(client, select.require_foreign_selector(parameters))
    available = account_numbers.read_account_numbers(client, provider_id)
    by_number = sorted((number, sid) for sid, number in (available.by_sid or {}).items())
    return {
        "available_numbers": [{"phone_number": number, "phone_number_sid": sid} for number, sid in by_number],
        "mapped": available.by_sid is not None,
        "answer": available.body,
    }
