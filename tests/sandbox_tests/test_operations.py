# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the operations of the contract."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.sandbox_tests.api_client import ApiClient

ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"
UNKNOWN_ID = "00000000-0000-4000-8000-00000000dead"
PROVIDER = f"/api/v1/providers/{ID}"
TWILIO = f"/api/v1/providers/twilio/{ID}"
NUMBERS = "/api/v1/sip-phone-numbers"
AGENT = "7d3a0c54-0000-4000-8000-00000000000a"
OTHER_AGENT = "7d3a0c54-0000-4000-8000-00000000000b"
ACCOUNT = "AC00000000000000000000000000000001"
TOKEN = "0000000000000000000000000000000a"
NEW_TOKEN = "0000000000000000000000000000000c"


@pytest.fixture
def numbers(api_client: ApiClient) -> dict[str, str]:
    """Map the phone numbers to their IDs."""
    return {item["phoneNumber"]: item["id"] for item in api_client.request("GET", NUMBERS).json["items"]}


def test_both_provider_endpoints_return_same_provider(api_client: ApiClient) -> None:
    provider = api_client.request("GET", PROVIDER).json
    assert provider == api_client.request("GET", TWILIO).json
    assert set(provider) == {
        "id",
        "name",
        "providerType",
        "accountSid",
        "verificationStatus",
        "lastVerifiedAt",
        "phoneNumberCount",
        "verificationDetails",
        "trunkSid",
        "terminationUri",
        "region",
        "supportsCallTransfer",
    }
    assert (provider["name"], provider["region"], provider["phoneNumberCount"]) == ("Support line", "us1", 2)


def test_provider_id_is_case_insensitive(api_client: ApiClient) -> None:
    assert (
        api_client.request("GET", PROVIDER.upper().replace("/API/V1/PROVIDERS", "/api/v1/providers")).json["id"] == ID
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/api/v1/providers/{UNKNOWN_ID}"),
        ("DELETE", f"/api/v1/providers/{UNKNOWN_ID}"),
        ("POST", f"/api/v1/providers/{UNKNOWN_ID}/verify"),
        ("GET", f"/api/v1/providers/twilio/{UNKNOWN_ID}/available-numbers"),
        ("DELETE", f"{TWILIO}/phone-numbers/{UNKNOWN_ID}"),
        ("GET", f"{NUMBERS}/{UNKNOWN_ID}"),
        ("GET", f"{NUMBERS}/{UNKNOWN_ID}/affected-agents"),
        ("DELETE", f"{NUMBERS}/{UNKNOWN_ID}/agent-link"),
        ("GET", "/api/v1/agents/nobody"),
        ("GET", "/api/v1/nothing"),
    ],
)
def test_missing_object_returns_problem(api_client: ApiClient, method: str, path: str) -> None:
    response = api_client.request(method, path)
    assert (response.status, response.headers.get_content_type()) == (404, "application/problem+json")
    assert response.json["status"] == 404
    assert response.json["detail"]


@pytest.mark.parametrize(
    ("authorization", "logged"), [("", "missing"), ("Bearer wrong", "refused"), ("Basic c2FuZGJveA==", "refused")]
)
def test_request_without_valid_key_is_refused(
    sandbox: SandboxProcess, api_client: ApiClient, authorization: str, logged: str
) -> None:
    response = api_client.request("GET", PROVIDER, authorization=authorization)
    assert (response.status, response.headers.get_content_type()) == (401, "application/problem+json")
    assert [request["authorization"] for request in sandbox.requests()] == [logged]


def test_create_adds_trunk_and_credential(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    response = api_client.request(
        "POST",
        "/api/v1/providers/twilio",
        {"accountSid": ACCOUNT, "authToken": TOKEN, "name": "Second", "region": "anything"},
    )
    provider = response.json
    assert response.status == 201
    assert (provider["name"], provider["region"], provider["verificationStatus"]) == ("Second", "anything", "pending")
    assert TOKEN.encode() not in response.content
    [credential] = [
        item
        for item in api_client.request("GET", "/api/v1/sip-credentials").json["items"]
        if item["providerId"] == provider["id"]
    ]
    assert (credential["source"], len(credential["authPassword"])) == ("provider", 32)
    assert provider["trunkSid"] in [trunk["sid"] for trunk in sandbox.state()["twilio_accounts"][0]["trunks"]]


@pytest.mark.parametrize("account_sid", [ACCOUNT, "AC000000000000000000000000000000ff"])
def test_create_with_invalid_credentials_is_refused(api_client: ApiClient, account_sid: str) -> None:
    response = api_client.request(
        "POST", "/api/v1/providers/twilio", {"accountSid": account_sid, "authToken": NEW_TOKEN}
    )
    assert (response.status, response.headers.get_content_type()) == (422, "application/problem+json")
    assert NEW_TOKEN.encode() not in response.content


def test_update_changes_sent_fields_only(api_client: ApiClient) -> None:
    before = api_client.request("GET", PROVIDER).json
    after = api_client.request("PUT", TWILIO, {"region": "ie1"}).json
    assert after == {**before, "region": "ie1"} == api_client.request("GET", PROVIDER).json


def test_unicode_name_is_returned_unchanged(api_client: ApiClient) -> None:
    name = "Zoë \ud83d 電話"
    assert api_client.request("PUT", TWILIO, {"name": name}).json["name"] == name


def test_token_is_stored_only_if_valid(sandbox: SandboxProcess, api_client: ApiClient, seed: dict[str, t.Any]) -> None:
    assert api_client.request("PATCH", f"{TWILIO}/auth-token", {"authToken": NEW_TOKEN}).status == 422
    assert sandbox.state()["providers"][0]["authToken"] == TOKEN
    seed["twilio_accounts"][0]["auth_token"] = NEW_TOKEN
    seed["providers"][0]["authToken"] = TOKEN
    sandbox.restore(seed)
    assert api_client.request("POST", f"{PROVIDER}/verify").json["status"] == "failed"
    assert api_client.request("PATCH", f"{TWILIO}/auth-token", {"authToken": NEW_TOKEN}).json["id"] == ID
    assert api_client.request("POST", f"{PROVIDER}/verify").json["status"] == "verified"


def test_verify_stores_outcome(api_client: ApiClient) -> None:
    outcome = api_client.request("POST", f"{PROVIDER}/verify").json
    assert (outcome["status"], len(outcome["checks"])) == ("verified", 4)
    provider = api_client.request("GET", PROVIDER).json
    assert (provider["verificationStatus"], provider["verificationDetails"], provider["lastVerifiedAt"]) == (
        "verified",
        outcome["checks"],
        outcome["lastVerifiedAt"],
    )
    assert outcome["lastVerifiedAt"].endswith("Z")


def test_verify_with_detached_number_or_trunk_fails(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    state = sandbox.state()
    state["twilio_accounts"][0]["phone_numbers"][0]["trunk_sid"] = None
    sandbox.restore(state)
    assert api_client.request("POST", f"{PROVIDER}/verify").json["status"] == "warning"
    state["twilio_accounts"][0]["trunks"] = []
    sandbox.restore(state)
    assert api_client.request("POST", f"{PROVIDER}/verify").json["status"] == "failed"


def test_delete_removes_dependent_objects(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    response = api_client.request("DELETE", PROVIDER)
    assert (response.status, response.content) == (204, b"")
    assert api_client.request("GET", PROVIDER).status == 404
    assert (
        api_client.request("GET", NUMBERS).json["totalCount"]
        == api_client.request("GET", "/api/v1/sip-credentials").json["totalCount"]
        == 0
    )
    account = sandbox.state()["twilio_accounts"][0]
    assert account["trunks"] == []
    assert [number["trunk_sid"] for number in account["phone_numbers"]] == [None] * 3


def test_import_continues_after_failure(api_client: ApiClient) -> None:
    sids = [f"PN{number:032x}" for number in (1, 3, 3, 9)]
    result = api_client.request("POST", f"{TWILIO}/import-numbers", {"phoneNumberSids": sids}).json
    assert (result["successCount"], result["failedCount"]) == (1, 3)
    assert [error["phoneNumberSid"] for error in result["errors"]] == [sids[0], sids[2], sids[3]]
    assert "already imported" in result["errors"][0]["errorMessage"]
    assert "not found" in result["errors"][2]["errorMessage"]
    assert api_client.request("GET", PROVIDER).json["phoneNumberCount"] == 3
    assert api_client.request("GET", f"{NUMBERS}?providerId={ID}&phoneNumber=%2B15005550003").json["totalCount"] == 1


def test_number_on_another_trunk_is_not_imported(api_client: ApiClient) -> None:
    other = api_client.request("POST", "/api/v1/providers/twilio", {"accountSid": ACCOUNT, "authToken": TOKEN}).json[
        "id"
    ]
    result = api_client.request(
        "POST", f"/api/v1/providers/twilio/{other}/import-numbers", {"phoneNumberSids": [f"PN{1:032x}"]}
    ).json
    assert "attachment failed" in result["errors"][0]["errorMessage"]


def test_available_numbers_lists_account_numbers(api_client: ApiClient) -> None:
    assert [number["sid"] for number in api_client.request("GET", f"{TWILIO}/available-numbers").json] == [
        f"PN{number:032x}" for number in (1, 2, 3)
    ]


def test_number_in_use_is_removed_only_with_force(
    sandbox: SandboxProcess, api_client: ApiClient, numbers: dict[str, str]
) -> None:
    path = f"{TWILIO}/phone-numbers/{numbers['+15005550001']}"
    refusal = api_client.request("DELETE", path)
    assert refusal.status == 409
    assert "Receptionist" in refusal.json["detail"]
    assert api_client.request("DELETE", f"{path}?force=true").status == 204
    assert sandbox.state()["twilio_accounts"][0]["phone_numbers"][0]["trunk_sid"] is None
    assert api_client.request("DELETE", path).status == 404
    assert api_client.request("DELETE", f"{TWILIO}/phone-numbers/{numbers['+15005550002']}").status == 204
    assert sandbox.state()["agent_links"] == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["+15005550001", "+15005550002"]),
        ("?phoneNumber=0002", ["+15005550002"]),
        (f"?linkedAgentId={AGENT}", ["+15005550001"]),
        ("?unlinkedOnly=true", ["+15005550002"]),
        (f"?providerId={ID}", ["+15005550001", "+15005550002"]),
        (f"?providerId={UNKNOWN_ID}", []),
    ],
)
def test_phone_number_filters_select_matching(api_client: ApiClient, query: str, expected: list[str]) -> None:
    page = api_client.request("GET", f"{NUMBERS}{query}").json
    assert [item["phoneNumber"] for item in page["items"]] == expected
    assert (page["totalCount"], page["skip"], page["take"]) == (len(expected), 0, 20)


@pytest.mark.parametrize("path", [NUMBERS, "/api/v1/sip-credentials"])
def test_page_parameters_limit_items(api_client: ApiClient, path: str) -> None:
    page = api_client.request("GET", f"{path}?skip=1&take=1").json
    everything = api_client.request("GET", path).json
    assert page == {"items": everything["items"][1:2], "totalCount": everything["totalCount"], "skip": 1, "take": 1}
    assert [api_client.request("GET", f"{path}?take={take}").status for take in (0, 1, 1000, 1001)] == [
        400,
        200,
        200,
        400,
    ]


def test_affected_agents_lists_users_of_number(api_client: ApiClient, numbers: dict[str, str]) -> None:
    path = f"{NUMBERS}/{numbers['+15005550001']}/affected-agents"
    assert api_client.request("GET", path).json == {
        "id": numbers["+15005550001"],
        "phoneNumber": "+15005550001",
        "affectedAgents": [{"agentId": AGENT, "agentName": "Receptionist", "uses": ["inbound", "outbound"]}],
    }


def test_inbound_link_is_replaced_and_removed(api_client: ApiClient, numbers: dict[str, str]) -> None:
    link = f"{NUMBERS}/{numbers['+15005550001']}/agent-link"
    assert api_client.request("PUT", f"{link}?agentId={OTHER_AGENT}").json["incomingCallsAgentId"] == OTHER_AGENT
    assert api_client.request("DELETE", f"{link}?agentId={AGENT}").json["incomingCallsAgentId"] == OTHER_AGENT
    assert api_client.request("DELETE", link).json["incomingCallsAgentId"] is None
    assert api_client.request("DELETE", link).status == 200
    assert api_client.request("PUT", f"{link}?agentId=nobody").status == 404


def test_number_linked_elsewhere_refuses_inbound_link(
    sandbox: SandboxProcess, api_client: ApiClient, seed: dict[str, t.Any], numbers: dict[str, str]
) -> None:
    sandbox.restore({**seed, "linked_elsewhere": ["+15005550002"]})
    first, second = (
        f"{NUMBERS}/{numbers[number]}/agent-link?agentId={OTHER_AGENT}" for number in ("+15005550001", "+15005550002")
    )
    refusal = api_client.request("PUT", second)
    assert (refusal.status, refusal.json["detail"]) == (
        409,
        "The phone number +15005550002 is linked inbound in another organization.",
    )
    assert api_client.request("GET", f"{NUMBERS}/{numbers['+15005550002']}").json["incomingCallsAgentId"] is None
    assert (
        api_client.request("PUT", f"{second}&mode=replaceOutbound").status
        == api_client.request("PUT", first).status
        == 200
    )


@pytest.mark.parametrize(("one_link", "status"), [(True, 409), (False, 200)])
def test_exclusive_inbound_link_refuses_second_record(
    sandbox: SandboxProcess, api_client: ApiClient, numbers: dict[str, str], one_link: bool, status: int
) -> None:
    state = sandbox.state()
    record = {"id": UNKNOWN_ID, "phoneNumber": "+15005550001", "credentialsId": state["sip_credentials"][0]["id"]}
    sandbox.restore(
        {**state, "sip_phone_numbers": [*state["sip_phone_numbers"], record], "one_inbound_link_per_number": one_link}
    )
    link = f"{NUMBERS}/{UNKNOWN_ID}/agent-link?agentId={AGENT}"
    response = api_client.request("PUT", link)
    assert response.status == status
    assert ("by another record of it" in response.json.get("detail", "")) is one_link
    # Another agent may replace the linked one.
    assert (
        api_client.request("PUT", f"{NUMBERS}/{numbers['+15005550001']}/agent-link?agentId={OTHER_AGENT}").status == 200
    )
    api_client.request("DELETE", f"{NUMBERS}/{numbers['+15005550001']}/agent-link")
    assert api_client.request("PUT", link).status == 200


def test_outbound_link_is_moved_and_removed(
    sandbox: SandboxProcess, api_client: ApiClient, numbers: dict[str, str]
) -> None:
    first, second = numbers.values()
    linked = api_client.request("PUT", f"{NUMBERS}/{second}/agent-link?agentId={AGENT}&mode=replaceOutbound").json
    assert linked["incomingCallsAgentId"] is None
    assert api_client.request("GET", f"{NUMBERS}/{first}/affected-agents").json["affectedAgents"][0]["uses"] == [
        "inbound"
    ]
    assert api_client.request("GET", f"{NUMBERS}/{second}/affected-agents").json["affectedAgents"][0]["uses"] == [
        "outbound"
    ]
    assert api_client.request("DELETE", f"{NUMBERS}/{second}/agent-link?mode=replaceOutbound").json["errors"] == {
        "agentId": ["is required for mode replaceOutbound"]
    }
    assert (
        api_client.request("DELETE", f"{NUMBERS}/{second}/agent-link?mode=replaceOutbound&agentId={AGENT}").status
        == 200
    )
    assert api_client.request("GET", f"{NUMBERS}/{second}/affected-agents").json["affectedAgents"] == []


def test_agents_are_returned_as_array(api_client: ApiClient) -> None:
    agents = api_client.request("GET", "/api/v1/agents").json
    assert [agent["agentId"] for agent in agents] == [AGENT, OTHER_AGENT]
    assert api_client.request("GET", "/api/v1/agents?skip=1&take=1").json == agents[1:]
    assert api_client.request("GET", f"/api/v1/agents/{AGENT}").json == agents[0]
