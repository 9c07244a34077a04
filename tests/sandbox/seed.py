# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversion between seed documents and organizations. seed.yml documents the format."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from .organization import Organization
from .twilio import Account, OwnedNumber, Trunk, Twilio
from .violations import find_violations, format_violations

DEFAULT_API_KEY = "sandbox-key-not-a-secret"


class InvalidSeed(Exception):
    """Seed document that violates its schema or contradicts itself."""


def load(document: Any, schema: Mapping[str, Any]) -> Organization:
    violations = find_violations(document, schema)
    if violations:
        raise InvalidSeed(format_violations(violations))
    accounts = {entry["account_sid"]: load_account(entry) for entry in document.get("twilio_accounts", [])}
    organization = Organization(Twilio(accounts))
    for entry in document.get("agents", []):
        organization.add_agent(entry)
    for entry in document.get("sip_credentials", []):
        organization.add_sip_credential(entry)
    accounts_with_trunks = {entry["account_sid"] for entry in document.get("twilio_accounts", []) if "trunks" in entry}
    providers_with_credentials = {credential["providerId"] for credential in organization.sip_credentials.values()}
    for entry in document.get("providers", []):
        load_provider(
            organization,
            entry,
            providers_with_credentials,
            create_trunk=entry["accountSid"] not in accounts_with_trunks,
        )
    for entry in document.get("sip_phone_numbers", []):
        if entry["credentialsId"] not in organization.sip_credentials:
            raise InvalidSeed(f"sip_phone_numbers: there is no SIP credential {entry['credentialsId']}")
        organization.add_phone_number(entry)
    for entry in document.get("agent_links", []):
        load_links(organization, entry)
    organization.linked_elsewhere = list(document.get("linked_elsewhere", []))
    organization.one_inbound_link_per_number = document.get("one_inbound_link_per_number", False)
    return organization


def load_account(entry: Mapping[str, Any]) -> Account:
    return Account(
        entry["account_sid"],
        entry["auth_token"],
        {
            number["sid"]: OwnedNumber(**{"friendly_name": number["phone_number"], **number})
            for number in entry.get("phone_numbers", [])
        },
        {trunk["sid"]: Trunk(**trunk) for trunk in entry.get("trunks", [])},
    )


def dump_account(account: Account) -> dict[str, Any]:
    return {
        "account_sid": account.account_sid,
        "auth_token": account.auth_token,
        "phone_numbers": [asdict(number) for number in account.phone_numbers.values()],
        "trunks": [asdict(trunk) for trunk in account.trunks.values()],
    }


def load_provider(
    organization: Organization,
    entry: Mapping[str, Any],
    providers_with_credentials: Collection[str | None],
    create_trunk: bool,
) -> None:
    account = organization.twilio.accounts.get(entry["accountSid"])
    if account is None:
        raise InvalidSeed(f"providers: there is no Twilio account {entry['accountSid']}")
    provider = organization.add_provider(account, entry.get("authToken", account.auth_token), entry)
    if create_trunk:
        account.create_trunk(provider["trunkSid"])
    if provider["id"] not in providers_with_credentials:
        organization.add_provider_credential(provider)
    for sid in entry.get("phoneNumberSids", []):
        error = organization.import_number(provider, account, sid)
        if error:
            raise InvalidSeed(f"providers: phoneNumberSids: {sid}: {error}")


def load_links(organization: Organization, entry: Mapping[str, Any]) -> None:
    selector = {name: entry[name] for name in ("id", "phoneNumber", "providerId") if name in entry}
    numbers = [number for number in organization.phone_numbers.values() if selector.items() <= number.items()]
    if len(numbers) != 1:
        raise InvalidSeed(f"agent_links: {len(numbers)} phone numbers have {selector}, not one")
    inbound = [entry["inbound"]] if "inbound" in entry else []
    outbound = entry.get("outbound", [])
    for agent_id in [*inbound, *outbound]:
        if agent_id not in organization.agents:
            raise InvalidSeed(f"agent_links: there is no agent {agent_id}")
    for agent_id in inbound:
        numbers[0]["incomingCallsAgentId"] = agent_id
    for agent_id in outbound:
        organization.outbound_numbers[agent_id] = numbers[0]["id"]


def dump(organization: Organization, api_key: str) -> dict[str, Any]:
    """Return the state as a seed document that restores it, including IDs."""
    return {
        "api_key": api_key,
        "twilio_accounts": [dump_account(account) for account in organization.twilio.accounts.values()],
        "agents": list(organization.agents.values()),
        "sip_credentials": list(organization.sip_credentials.values()),
        "providers": [
            {**organization.get_provider(provider_id), "authToken": organization.auth_tokens[provider_id]}
            for provider_id in organization.providers
        ],
        "sip_phone_numbers": list(organization.phone_numbers.values()),
        "agent_links": [
            {"id": number["id"], "outbound": outbound}
            for number in organization.phone_numbers.values()
            if (
                outbound := [
                    agent_id for agent_id, used in organization.outbound_numbers.items() if used == number["id"]
                ]
            )
        ],
        "linked_elsewhere": organization.linked_elsewhere,
        "one_inbound_link_per_number": organization.one_inbound_link_per_number,
    }
