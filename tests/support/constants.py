# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths, and the IDs of the objects in tests/sandbox/seed.yml."""

from __future__ import annotations

from pathlib import Path

COLLECTION = Path(__file__).parents[2]
SEED = COLLECTION / "tests/sandbox/seed.yml"
PROVIDER_ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"
#: Paths below the prefix of the API, as the client expects them.
PROVIDER_RESOURCE = f"/providers/twilio/{PROVIDER_ID}"
#: Paths in URLs.
PROVIDER_PATH = f"/api/v1{PROVIDER_RESOURCE}"
#: Path of requests that all types of providers share: the generic read, the deletion and the verification.
GENERIC_PATH = f"/api/v1/providers/{PROVIDER_ID}"
CREATE_PATH = "/api/v1/providers/twilio"
CREDENTIALS_PATH = "/api/v1/sip-credentials"
NUMBERS_PATH = "/api/v1/sip-phone-numbers"
AGENTS_PATH = "/api/v1/agents"
#: Twilio account of the provider.
ACCOUNT_SID = "AC00000000000000000000000000000001"
AUTH_TOKEN = "0000000000000000000000000000000a"
#: Twilio account without a provider.
OTHER_ACCOUNT_SID = "AC00000000000000000000000000000002"
OTHER_AUTH_TOKEN = "0000000000000000000000000000000b"
#: Agent that uses the first number for incoming and outgoing calls.
RECEPTIONIST = "7d3a0c54-0000-4000-8000-00000000000a"
#: Agent that uses no number.
NIGHT_SHIFT = "7d3a0c54-0000-4000-8000-00000000000b"
#: Numbers of the Twilio account of the provider. The first two are imported. No agent uses the second one.
FIRST_NUMBER, SECOND_NUMBER, THIRD_NUMBER = "+15005550001", "+15005550002", "+15005550003"
FIRST_SID, SECOND_SID, THIRD_SID = (f"PN{number:032x}" for number in (1, 2, 3))
#: IDs of the imported numbers. The sandbox derives them from a counter.
FIRST_NUMBER_ID, SECOND_NUMBER_ID = "d4e3ba17-40e4-59f5-a86f-10c6d75b10dc", "5f214cb4-9d8d-5158-9fd3-022cf971d3c4"
MISSING_ID = "00000000-0000-4000-8000-000000000000"
#: Requests as `recorded.requests` returns them.
GET_PROVIDER = "GET /providers/twilio/{id}"
LIST_NUMBERS = "GET /sip-phone-numbers"
GET_NUMBER = "GET /sip-phone-numbers/{id}"
GET_NUMBER_AGENTS = "GET /sip-phone-numbers/{id}/affected-agents"
GET_AGENT = "GET /agents/{id}"
LIST_AGENTS = "GET /agents"
#: A response for faults.
SERVER_ERROR = {"status": 500, "json": {"detail": "oops"}}
