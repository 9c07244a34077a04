# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification of a provider against its Twilio account."""

from __future__ import annotations

from .models import Check, PhoneNumber, Provider
from .twilio import InvalidCredentials, Twilio


def run_checks(
    twilio: Twilio, provider: Provider, auth_token: str, phone_numbers: list[PhoneNumber], timestamp: str
) -> list[Check]:
    try:
        account = twilio.authenticate(provider["accountSid"], auth_token)
    except InvalidCredentials:
        account = None
    trunk = account.trunks.get(provider["trunkSid"]) if account else None
    credential_list_attached = trunk is not None and trunk.credential_list_attached
    attached = (
        {owned.phone_number for owned in account.phone_numbers.values() if owned.trunk_sid == provider["trunkSid"]}
        if account
        else set()
    )
    detached = [number["phoneNumber"] for number in phone_numbers if number["phoneNumber"] not in attached]

    def check(name: str, passed: bool, success: str, failure: str, failure_status: str = "failed") -> Check:
        return {
            "checkName": name,
            "status": "passed" if passed else failure_status,
            "message": success if passed else failure,
            "timestamp": timestamp,
            "details": {},
        }

    return [
        check("credentials", account is not None, "Twilio accepts the credentials.", "Twilio refuses the credentials."),
        check("trunk", trunk is not None, "The trunk exists.", "The trunk was not found."),
        check(
            "credential_list",
            credential_list_attached,
            "The credential list is attached to the trunk.",
            "No credential list is attached to the trunk.",
        ),
        check(
            "phone_numbers",
            not detached,
            "All are attached to the trunk.",
            f"Detached from the trunk: {', '.join(detached)}.",
            failure_status="warning",
        ),
    ]


def overall_status(checks: list[Check]) -> str:
    statuses = {check["status"] for check in checks}
    return "failed" if "failed" in statuses else "warning" if "warning" in statuses else "verified"
