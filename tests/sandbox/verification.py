# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The four checks of a provider against its Twilio account, and what they add up to."""

from __future__ import annotations

from .objects import Check, PhoneNumber, Provider
from .twilio import CredentialsRefused, Twilio


def checks(twilio: Twilio, provider: Provider, auth_token: str, phone_numbers: list[PhoneNumber], timestamp: str) -> list[Check]:
    try:
        account = twilio.sign_in(provider["accountSid"], auth_token)
    except CredentialsRefused:
        account = None
    trunk = account.trunks.get(provider["trunkSid"]) if account else None
    attached = trunk is not None and trunk.credential_list_attached
    owned = [account.number(number["phoneNumber"]) if account else None for number in phone_numbers]
    detached = [number["phoneNumber"] for number, at_twilio in zip(phone_numbers, owned) if not at_twilio or at_twilio.trunk_sid != provider["trunkSid"]]

    def check(name: str, passed: bool, good: str, bad: str, otherwise: str = "failed") -> Check:
        return {"checkName": name, "status": "passed" if passed else otherwise, "message": good if passed else bad, "timestamp": timestamp, "details": {}}

    return [
        check("credentials", account is not None, "Twilio accepts the credentials.", "Twilio refuses the credentials."),
        check("trunk", trunk is not None, "The trunk exists.", "The trunk was not found."),
        check("credential_list", attached, "The credential list is attached to the trunk.", "No credential list is attached to the trunk."),
        check("phone_numbers", not detached, "All are attached to the trunk.", f"Detached from the trunk: {', '.join(detached)}.", otherwise="warning"),
    ]


def outcome(done: list[Check]) -> str:
    statuses = {check["status"] for check in done}
    return "failed" if "failed" in statuses else "warning" if "warning" in statuses else "verified"
