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


def test_both_reads_of_a_provider_agree(api_client: ApiClient) -> None:
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


def test_an_id_is_found_in_any_case(api_client: ApiClient) -> None:
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
def test_what_is_not_there_is_a_problem(api_client: ApiClient, method: str, path: str) -> None:
    response = api_client.request(method, path)
    assert (response.status, response.headers.get_content_type()) == (404, "application/problem+json")
    assert response.json["status"] == 404
    assert response.json["detail"]


@pytest.mark.parametrize(
    ("authorization", "noted"), [("", "missing"), ("Bearer wrong", "refused"), ("Basic c2FuZGJveA==", "refused")]
)
def test_without_the_key_nothing_works(
    sandbox: SandboxProcess, api_client: ApiClient, authorization: str, noted: str
) -> None:
    response = api_client.request("GET", PROVIDER, authorization=authorization)
    assert (response.status, response.headers.get_content_type()) == (401, "application/problem+json")
    assert [request["authorization"] for request in sandbox.requests()] == [noted]


def test_create_builds_trunk_and_credential_and_keeps_the_token_to_itself(
    sandbox: SandboxProcess, api_client: ApiClient
) -> None:
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
def test_create_with_credentials_that_twilio_refuses(api_client: ApiClient, account_sid: str) -> None:
    response = api_client.request(
        "POST", "/api/v1/providers/twilio", {"accountSid": account_sid, "authToken": NEW_TOKEN}
    )
    assert (response.status, response.headers.get_content_type()) == (422, "application/problem+json")
    assert NEW_TOKEN.encode() not in response.content


def test_update_changes_only_what_is_sent(api_client: ApiClient) -> None:
    before = api_client.request("GET", PROVIDER).json
    after = api_client.request("PUT", TWILIO, {"region": "ie1"}).json
    assert after == {**before, "region": "ie1"} == api_client.request("GET", PROVIDER).json


def test_text_comes_back_as_it_went_in(api_client: ApiClient) -> None:
    name = "Zoë \ud83d 電話"
    assert api_client.request("PUT", TWILIO, {"name": name}).json["name"] == name


def test_a_token_is_kept_only_if_twilio_accepts_it(
    sandbox: SandboxProcess, api_client: ApiClient, seed: dict[str, t.Any]
) -> None:
    assert api_client.request("PATCH", f"{TWILIO}/auth-token", {"authToken": NEW_TOKEN}).status == 422
    assert sandbox.state()["providers"][0]["authToken"] == TOKEN
    seed["twilio_accounts"][0]["auth_token"] = NEW_TOKEN
    seed["providers"][0]["authToken"] = TOKEN
    sandbox.restore(seed)
    assert api_client.request("POST", f"{PROVIDER}/verify").json["status"] == "failed"
    assert api_client.request("PATCH", f"{TWILIO}/auth-token", {"authToken": NEW_TOKEN}).json["id"] == ID
    assert api_client.request("POST", f"{PROVIDER}/verify").json["status"] == "verified"


def test_verify_stores_its_outcome(api_client: ApiClient) -> None:
    outcome = api_client.request("POST", f"{PROVIDER}/verify").json
    assert (outcome["status"], len(outcome["checks"])) == ("verified", 4)
    provider = api_client.request("GET", PROVIDER).json
    assert (provider["verificationStatus"], provider["verificationDetails"], provider["lastVerifiedAt"]) == (
        "verified",
        outcome["checks"],
        outcome["lastVerifiedAt"],
    )
    assert outcome["lastVerifiedAt"].endswith("Z")


def test_verify_warns_of_a_detached_number_and_fails_without_a_trunk(
    sandbox: SandboxProcess, api_client: ApiClient
) -> None:
    state = sandbox.state()
    state["twilio_accounts"][0]["phone_numbers"][0]["trunk_sid"] = None
    sandbox.restore(state)
    assert api_client.request("POST", f"{PROVIDER}/verify").json["status"] == "warning"
    state["twilio_accounts"][0]["trunks"] = []
    sandbox.restore(state)
    assert api_client.request("POST", f"{PROVIDER}/verify").json["status"] == "failed"


def test_delete_cascades(sandbox: SandboxProcess, api_client: ApiClient) -> None:
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


def test_import_goes_on_after_a_failure(api_client: ApiClient) -> None:
    sids = [f"PN{number:032x}" for number in (1, 3, 3, 9)]
    result = api_client.request("POST", f"{TWILIO}/import-numbers", {"phoneNumberSids": sids}).json
    assert (result["successCount"], result["failedCount"]) == (1, 3)
    assert [error["phoneNumberSid"] for error in result["errors"]] == [sids[0], sids[2], sids[3]]
    assert "already imported" in result["errors"][0]["errorMessage"]
    assert "not found" in result["errors"][2]["errorMessage"]
    assert api_client.request("GET", PROVIDER).json["phoneNumberCount"] == 3
    assert api_client.request("GET", f"{NUMBERS}?providerId={ID}&phoneNumber=%2B15005550003").json["totalCount"] == 1


def test_a_number_on_the_trunk_of_another_provider_is_not_imported(api_client: ApiClient) -> None:
    other = api_client.request("POST", "/api/v1/providers/twilio", {"accountSid": ACCOUNT, "authToken": TOKEN}).json[
        "id"
    ]
    result = api_client.request(
        "POST", f"/api/v1/providers/twilio/{other}/import-numbers", {"phoneNumberSids": [f"PN{1:032x}"]}
    ).json
    assert "attachment failed" in result["errors"][0]["errorMessage"]


def test_available_numbers_are_those_of_the_account(api_client: ApiClient) -> None:
    assert [number["sid"] for number in api_client.request("GET", f"{TWILIO}/available-numbers").json] == [
        f"PN{number:032x}" for number in (1, 2, 3)
    ]


def test_a_number_in_use_is_removed_only_by_force(
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
    ("query", "found"),
    [
        ("", ["+15005550001", "+15005550002"]),
        ("?phoneNumber=0002", ["+15005550002"]),
        (f"?linkedAgentId={AGENT}", ["+15005550001"]),
        ("?unlinkedOnly=true", ["+15005550002"]),
        (f"?providerId={ID}", ["+15005550001", "+15005550002"]),
        (f"?providerId={UNKNOWN_ID}", []),
    ],
)
def test_filters_of_the_phone_numbers(api_client: ApiClient, query: str, found: list[str]) -> None:
    page = api_client.request("GET", f"{NUMBERS}{query}").json
    assert [item["phoneNumber"] for item in page["items"]] == found
    assert (page["totalCount"], page["skip"], page["take"]) == (len(found), 0, 20)


@pytest.mark.parametrize("path", [NUMBERS, "/api/v1/sip-credentials"])
def test_pages(api_client: ApiClient, path: str) -> None:
    page = api_client.request("GET", f"{path}?skip=1&take=1").json
    everything = api_client.request("GET", path).json
    assert page == {"items": everything["items"][1:2], "totalCount": everything["totalCount"], "skip": 1, "take": 1}
    assert [api_client.request("GET", f"{path}?take={take}").status for take in (0, 1, 1000, 1001)] == [
        400,
        200,
        200,
        400,
    ]


def test_the_users_of_a_number(api_client: ApiClient, numbers: dict[str, str]) -> None:
    path = f"{NUMBERS}/{numbers['+15005550001']}/affected-agents"
    assert api_client.request("GET", path).json == {
        "id": numbers["+15005550001"],
        "phoneNumber": "+15005550001",
        "affectedAgents": [{"agentId": AGENT, "agentName": "Receptionist", "uses": ["inbound", "outbound"]}],
    }


def test_inbound_links(api_client: ApiClient, numbers: dict[str, str]) -> None:
    link = f"{NUMBERS}/{numbers['+15005550001']}/agent-link"
    assert api_client.request("PUT", f"{link}?agentId={OTHER_AGENT}").json["incomingCallsAgentId"] == OTHER_AGENT
    assert api_client.request("DELETE", f"{link}?agentId={AGENT}").json["incomingCallsAgentId"] == OTHER_AGENT
    assert api_client.request("DELETE", link).json["incomingCallsAgentId"] is None
    assert api_client.request("DELETE", link).status == 200
    assert api_client.request("PUT", f"{link}?agentId=nobody").status == 404


def test_a_number_that_another_organization_has_linked_cannot_be_linked_inbound(
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
def test_two_records_of_a_number_exclude_each_other_inbound_if_the_seed_says_so(
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
    # The record that has the link may get another agent.
    assert (
        api_client.request("PUT", f"{NUMBERS}/{numbers['+15005550001']}/agent-link?agentId={OTHER_AGENT}").status == 200
    )
    api_client.request("DELETE", f"{NUMBERS}/{numbers['+15005550001']}/agent-link")
    assert api_client.request("PUT", link).status == 200


def test_outbound_links(sandbox: SandboxProcess, api_client: ApiClient, numbers: dict[str, str]) -> None:
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


def test_agents_are_a_bare_array(api_client: ApiClient) -> None:
    agents = api_client.request("GET", "/api/v1/agents").json
    assert [agent["agentId"] for agent in agents] == [AGENT, OTHER_AGENT]
    assert api_client.request("GET", "/api/v1/agents?skip=1&take=1").json == agents[1:]
    assert api_client.request("GET", f"/api/v1/agents/{AGENT}").json == agents[0]
