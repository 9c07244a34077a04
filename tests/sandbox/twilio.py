# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated Twilio accounts with their Auth Tokens, phone numbers and SIP trunks."""

from __future__ import annotations

from dataclasses import dataclass, field


class InvalidCredentials(Exception):
    """Unknown account or wrong Auth Token."""


@dataclass
class OwnedNumber:
    sid: str
    phone_number: str
    friendly_name: str
    trunk_sid: str | None = None


@dataclass
class Trunk:
    sid: str
    credential_list_attached: bool = True


@dataclass
class Account:
    account_sid: str
    auth_token: str
    phone_numbers: dict[str, OwnedNumber] = field(default_factory=dict)
    trunks: dict[str, Trunk] = field(default_factory=dict)

    def find_number(self, phone_number: str) -> OwnedNumber | None:
        return next((owned for owned in self.phone_numbers.values() if owned.phone_number == phone_number), None)

    def create_trunk(self, sid: str) -> None:
        self.trunks[sid] = Trunk(sid)

    def delete_trunk(self, sid: str) -> None:
        self.trunks.pop(sid, None)
        for owned in self.phone_numbers.values():
            if owned.trunk_sid == sid:
                owned.trunk_sid = None


@dataclass
class Twilio:
    accounts: dict[str, Account] = field(default_factory=dict)

    def authenticate(self, account_sid: str, auth_token: str) -> Account:
        account = self.accounts.get(account_sid)
        if account is None or account.auth_token != auth_token:
            raise InvalidCredentials
        return account
