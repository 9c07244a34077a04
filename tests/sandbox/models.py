# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""API objects, with the field names of the API."""

from __future__ import annotations

from typing import Any, TypedDict


class Check(TypedDict):
    checkName: str
    status: str
    message: str
    timestamp: str
    details: dict[str, Any]


class Provider(TypedDict):
    id: str
    name: str | None
    providerType: str
    accountSid: str
    verificationStatus: str
    lastVerifiedAt: str | None
    phoneNumberCount: int
    verificationDetails: list[Check] | None
    trunkSid: str
    terminationUri: str
    region: str | None
    supportsCallTransfer: bool


class SipCredential(TypedDict):
    id: str
    orgId: str
    server: str
    transport: str
    source: str
    domain: str | None
    authUser: str | None
    authPassword: str | None
    description: str | None
    cpsLimit: float | None
    cpsKey: str | None
    providerId: str | None
    createdTime: str
    lastUpdateTime: str


class PhoneNumber(TypedDict):
    id: str
    orgId: str
    phoneNumber: str
    credentialsId: str
    displayName: str | None
    description: str | None
    registration: bool
    registrationStatus: dict[str, Any]
    providerId: str | None
    incomingCallsAgentId: str | None
    createdTime: str
    lastUpdateTime: str


class Agent(TypedDict):
    agentId: str
    orgId: str
    name: str
    isEnabled: bool
    description: str | None
    config: dict[str, Any]
    additionalData: dict[str, Any]
    schedule: dict[str, Any] | None
    version: str
    createdTime: str
    lastUpdateTime: str
