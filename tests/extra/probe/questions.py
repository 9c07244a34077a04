# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests of the probe, in order, and what they select."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from ansible_collections.dasha.blackbox.plugins.module_utils._api import values

from .reader import Answer, Reader

#: An ID that no object has.
_MISSING_ID = "00000000-0000-0000-0000-000000000000"

#: Largest number of phone numbers whose agents are read.
_MAX_USAGES = 4

_AGENT_ID = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*")


@dataclass
class Answers:
    """The responses by question; None for questions that were not asked.

    :ivar log: all responses, in order.
    :ivar provider_id: the ID of the provider that was read.
    """

    log: list[Answer]
    one_agent: Answer | None = None
    wrong_key: Answer | None = None
    no_key: Answer | None = None
    agents: Answer | None = None
    provider_list: Answer | None = None
    one_credential: Answer | None = None
    credentials: Answer | None = None
    credentials_again: Answer | None = None
    excess_take: Answer | None = None
    zero_take: Answer | None = None
    negative_skip: Answer | None = None
    numbers: Answer | None = None
    one_number: Answer | None = None
    numbers_by_part: Answer | None = None
    numbers_by_absent: Answer | None = None
    missing_provider: Answer | None = None
    missing_twilio_provider: Answer | None = None
    invalid_id: Answer | None = None
    unknown_path: Answer | None = None
    twilio_provider: Answer | None = None
    provider: Answer | None = None
    available_numbers: Answer | None = None
    numbers_of_provider: Answer | None = None
    number: Answer | None = None
    usages: list[Answer] = field(default_factory=list)
    agent: Answer | None = None
    provider_id: str | None = None

    def list_credentials(self) -> list[dict[str, t.Any]]:
        """Return the SIP credentials."""
        return list_items(self.credentials) or list_items(self.one_credential)

    def list_numbers(self) -> list[dict[str, t.Any]]:
        """Return the phone numbers."""
        return list_items(self.numbers) or list_items(self.one_number)


def ask(reader: Reader, answers: Answers) -> None:
    """Send the requests and store the responses, so that those before a failure are kept.

    :raises Stopped: the rest cannot be asked.
    """
    answers.wrong_key = reader.get("/agents?take=1", key="wrong")
    answers.no_key = reader.get("/agents?take=1", key="none")
    answers.agents = reader.get("/agents?take=20")
    answers.provider_list = reader.get("/providers", may_fail=True)
    _ask_for_lists(reader, answers)
    _ask_for_errors(reader, answers)
    _ask_for_provider(reader, answers)
    _ask_for_number(reader, answers)
    agent_id = _select_agent(answers)
    if agent_id is not None:
        answers.agent = reader.get("/agents/{agentId}", agentId=agent_id)


def _ask_for_lists(reader: Reader, answers: Answers) -> None:
    answers.one_credential = reader.get("/sip-credentials?take=1")
    answers.credentials = reader.get("/sip-credentials?take=1000")
    answers.credentials_again = reader.get("/sip-credentials?take=1000")
    answers.excess_take = reader.get("/sip-credentials?take=1001")
    answers.zero_take = reader.get("/sip-credentials?take=0")
    answers.negative_skip = reader.get("/sip-credentials?skip=-1&take=1")
    answers.numbers = reader.get("/sip-phone-numbers?take=1000")
    if not answers.numbers.is_success:
        answers.one_number = reader.get("/sip-phone-numbers?take=1")
    number = select_text(answers.list_numbers(), "phoneNumber")
    if number is not None and len(number) > 2:
        answers.numbers_by_part = reader.get("/sip-phone-numbers?take=1000&phoneNumber={part}", part=number[2:])
        answers.numbers_by_absent = reader.get("/sip-phone-numbers?take=1&phoneNumber=no-such-number")


def _ask_for_errors(reader: Reader, answers: Answers) -> None:
    answers.missing_provider = reader.get("/providers/{missing}", missing=_MISSING_ID)
    answers.missing_twilio_provider = reader.get("/providers/twilio/{missing}", missing=_MISSING_ID)
    answers.invalid_id = reader.get("/providers/not-a-uuid")
    answers.unknown_path = reader.get("/no-such-path", may_fail=True)


def _ask_for_provider(reader: Reader, answers: Answers) -> None:
    answers.provider_id = provider_id = _select_provider(answers)
    if provider_id is None:
        return
    answers.twilio_provider = reader.get("/providers/twilio/{id}", id=provider_id)
    answers.provider = reader.get("/providers/{id}", id=provider_id)
    # Twilio may refuse its credentials or fail, with any status code.
    answers.available_numbers = reader.get("/providers/twilio/{id}/available-numbers", id=provider_id, may_fail=True)
    answers.numbers_of_provider = reader.get("/sip-phone-numbers?take=1000&providerId={id}", id=provider_id)


def _ask_for_number(reader: Reader, answers: Answers) -> None:
    # A number with an inbound agent is the most likely one to have an outbound agent too.
    numbers = sorted(answers.list_numbers(), key=lambda number: not number.get("incomingCallsAgentId"))
    ids = [number_id for number in numbers if is_uuid(number_id := number.get("id"))]
    if ids:
        answers.number = reader.get("/sip-phone-numbers/{id}", id=ids[0])
    for number_id in ids[:_MAX_USAGES]:
        answers.usages.append(reader.get("/sip-phone-numbers/{id}/affected-agents", id=number_id))


def _select_provider(answers: Answers) -> str | None:
    """Return the ID of a provider, preferably of one with phone numbers."""
    providers = answers.provider_list
    listed = list_entries(providers.body) if providers and providers.is_success else []
    ids = [
        *(number.get("providerId") for number in answers.list_numbers()),
        *(credential.get("providerId") for credential in answers.list_credentials()),
        *(provider.get("id") for provider in listed),
    ]
    return next(filter(is_uuid, ids), None)


def _select_agent(answers: Answers) -> str | None:
    """Return the ID of an agent, preferably of one that uses a phone number."""
    users = [user for usage in answers.usages for user in list_users(usage)]
    listed = list_entries(answers.agents.body) if answers.agents else []
    ids = [agent.get("agentId") for agent in [*users, *listed]]
    return next((text for text in ids if isinstance(text, str) and _AGENT_ID.fullmatch(text)), None)


def list_entries(body: t.Any) -> list[dict[str, t.Any]]:
    """Return the objects of an array, or of the ``items`` of an envelope; none if the value is something else."""
    entries = body.get("items") if isinstance(body, dict) else body
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def list_items(answer: Answer | None) -> list[dict[str, t.Any]]:
    """Return the objects in a list of the API; none if there is no such list."""
    return list_entries(answer.body) if answer and answer.is_success else []


def list_users(usage: Answer) -> list[dict[str, t.Any]]:
    """Return the agents that use a phone number."""
    body = usage.body if usage.is_success else None
    return list_entries(body.get("affectedAgents")) if isinstance(body, dict) else []


def select_text(objects: t.Iterable[dict[str, t.Any]], field_name: str) -> str | None:
    """Return the first value of a field that is a string."""
    return next((value for item in objects if isinstance(value := item.get(field_name), str)), None)


def is_uuid(value: t.Any) -> t.TypeGuard[str]:
    """Return whether a JSON value is a UUID."""
    return isinstance(value, str) and values.is_uuid(value)
