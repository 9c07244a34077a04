# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the control plane: state, request log and seeds."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ansible_collections.dasha.blackbox.tests.sandbox import seed as seeds
from ansible_collections.dasha.blackbox.tests.sandbox.paths import SANDBOX_DIR
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.sandbox_tests.api_client import ApiClient

ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"
SCHEMA = yaml.safe_load((SANDBOX_DIR / "control_plane.yaml").read_text(encoding="utf-8"))["seed"]


def test_log_describes_requests_without_secrets(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    api_client.request(
        "PATCH", f"/api/v1/providers/twilio/{ID}/auth-token", {"authToken": "0000000000000000000000000000000a"}
    )
    api_client.request("GET", "/api/v1/sip-phone-numbers?take=5", authorization="Bearer wrong-key")
    first, second = sandbox.requests()
    assert first == {
        "method": "PATCH",
        "path": f"/api/v1/providers/twilio/{ID}/auth-token",
        "query": {},
        "body": {"authToken": "redacted by the sandbox"},
        "status": 200,
        "authorization": "accepted",
        "user_agent": "",
        "violations": [],
    }
    assert (second["query"], second["authorization"], second["status"]) == ({"take": "5"}, "refused", 401)
    assert "wrong-key" not in str(second)
    sandbox.clear_requests()
    assert sandbox.requests() == []


def test_restore_of_own_state_is_exact(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    api_client.request("POST", f"/api/v1/providers/{ID}/verify")
    api_client.request("POST", f"/api/v1/providers/twilio/{ID}/import-numbers", {"phoneNumberSids": [f"PN{3:032x}"]})
    sandbox.restore({**sandbox.state(), "linked_elsewhere": ["+15005550003"], "one_inbound_link_per_number": True})
    state = sandbox.state()
    assert (state["linked_elsewhere"], state["one_inbound_link_per_number"]) == (["+15005550003"], True)
    api_client.request("DELETE", f"/api/v1/providers/{ID}")
    sandbox.restore(state)
    assert sandbox.state() == state


def test_new_object_after_restore_has_unique_id(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    sandbox.restore(sandbox.state())
    api_client.request("POST", f"/api/v1/providers/twilio/{ID}/import-numbers", {"phoneNumberSids": [f"PN{3:032x}"]})
    assert api_client.request("GET", "/api/v1/sip-phone-numbers").json["totalCount"] == 3
    assert api_client.request("GET", "/api/v1/sip-credentials").json["totalCount"] == 1


def test_same_seed_has_same_ids(sandbox: SandboxProcess, seed: dict[str, t.Any]) -> None:
    first = sandbox.state()
    sandbox.restore(seed)
    assert [number["id"] for number in sandbox.state()["sip_phone_numbers"]] == [
        number["id"] for number in first["sip_phone_numbers"]
    ]


def test_restored_key_replaces_old_key(sandbox: SandboxProcess, api_client: ApiClient, seed: dict[str, t.Any]) -> None:
    sandbox.restore({**seed, "api_key": "another-fake-key"})
    assert sandbox.api_key == "another-fake-key"
    assert api_client.request("GET", "/api/v1/agents", authorization="Bearer sandbox-key-not-a-secret").status == 401


def test_refused_seed_changes_nothing(sandbox: SandboxProcess) -> None:
    before = sandbox.state()
    with pytest.raises(ValueError, match="provider_list"):
        sandbox.restore({"provider_list": []})
    assert sandbox.state() == before


def test_manual_numbers_and_credentials_are_restored(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    credential = "5c000000-0000-4000-8000-000000000001"
    sandbox.restore(
        {
            "agents": [{"agentId": "a", "name": "A"}],
            "sip_credentials": [{"id": credential, "server": "sip.example"}],
            "sip_phone_numbers": [{"phoneNumber": "100", "credentialsId": credential}],
            "agent_links": [{"phoneNumber": "100", "inbound": "a"}],
        }
    )
    [number] = api_client.request("GET", "/api/v1/sip-phone-numbers").json["items"]
    assert (number["providerId"], number["incomingCallsAgentId"]) == (None, "a")
    assert api_client.request("GET", "/api/v1/sip-credentials").json["items"][0]["source"] == "manual"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "body: does not satisfy type: object"),
        ({"agents": [{"agentId": "a", "name": "A", "color": "red"}]}, "agents.0: .*color"),
        ({"providers": [{"name": "x"}]}, "providers.0: 'accountSid' is a required property"),
        ({"providers": [{"accountSid": "ACx"}]}, "there is no Twilio account ACx"),
        (
            {
                "twilio_accounts": [{"account_sid": "ACx", "auth_token": "t"}],
                "providers": [{"accountSid": "ACx", "phoneNumberSids": ["PNx"]}],
            },
            "PNx: Phone number not found",
        ),
        ({"sip_phone_numbers": [{"phoneNumber": "1", "credentialsId": ID}]}, "there is no SIP credential"),
        ({"agent_links": [{"phoneNumber": "1", "inbound": "a"}]}, "0 phone numbers have"),
        ({"linked_elsewhere": "+15005550001"}, "linked_elsewhere: does not satisfy type: array"),
        ({"one_inbound_link_per_number": 1}, "one_inbound_link_per_number: does not satisfy type: boolean"),
    ],
)
def test_invalid_seed_is_refused(document: t.Any, message: str) -> None:
    with pytest.raises(seeds.InvalidSeed, match=message):
        seeds.load(document, SCHEMA)
