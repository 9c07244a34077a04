# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of fault injection."""

from __future__ import annotations

import base64
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.sandbox_tests.api_client import ApiClient
from ansible_collections.dasha.blackbox.tests.support.timing import wait_until

PROVIDER = "/api/v1/providers/3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"
TWILIO = "/api/v1/providers/twilio/3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"
CREDENTIALS = "/api/v1/sip-credentials"
CREATION = {"accountSid": "AC00000000000000000000000000000001", "authToken": "0000000000000000000000000000000a"}
DELETION = {"operation": "deleteProvider", "path": {"id": "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"}}


def list_names(sandbox: SandboxProcess) -> list[str]:
    return [provider["name"] for provider in sandbox.state()["providers"]]


def wait_for_names(sandbox: SandboxProcess, *expected: str) -> None:
    wait_until(lambda: list_names(sandbox) == list(expected))


def test_response_fault_replaces_effect_given_times(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    sandbox.inject_faults(
        {
            "method": "put",
            "times": 2,
            "response": {"status": 503, "headers": {"Retry-After": "3"}, "json": {"title": "busy"}},
        }
    )
    responses = [api_client.request("PUT", TWILIO, {"name": name}) for name in ("one", "two", "three")]
    assert [response.status for response in responses] == [503, 503, 200]
    assert (responses[0].headers["Retry-After"], responses[0].json) == ("3", {"title": "busy"})
    assert [request["status"] for request in sandbox.requests()] == [503, 503, 200]


def test_response_fault_with_effect_stores_change(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    sandbox.inject_faults({"method": "PUT", "effect": True, "response": {"status": 502, "text": "bad gateway"}})
    assert api_client.request("PUT", TWILIO, {"name": "Stored"}).content == b"bad gateway"
    assert api_client.request("GET", PROVIDER).json["name"] == "Stored"


def test_fault_without_limit_persists_until_cleared(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    sandbox.inject_faults(
        {
            "times": None,
            "path": "/api/v1/prov.*",
            "response": {"status": 500, "base64": base64.b64encode(b"\xff\x00").decode()},
        }
    )
    assert [api_client.request("GET", PROVIDER).content for _number in range(3)] == [b"\xff\x00"] * 3
    assert api_client.request("GET", "/api/v1/agents").status == 200
    sandbox.clear_faults()
    assert api_client.request("GET", PROVIDER).status == 200


def test_fault_path_matches_whole_path_only(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    sandbox.inject_faults({"path": "/api/v1/providers", "response": {"status": 500}})
    assert api_client.request("GET", PROVIDER).status == 200


def test_first_matching_fault_applies(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    sandbox.inject_faults(
        {"method": "PUT", "response": {"status": 500}}, {"response": {"status": 501}}, {"response": {"status": 502}}
    )
    assert [api_client.request("GET", PROVIDER).status for _number in range(3)] == [501, 502, 200]


def test_rewrite_fault_stores_other_values(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    sandbox.inject_faults({"method": "PUT", "rewrite": {"region": "us1"}})
    assert api_client.request("PUT", TWILIO, {"region": "ie1", "name": "New"}).json["region"] == "us1"
    assert api_client.request("GET", PROVIDER).json["name"] == "New"
    assert sandbox.requests()[0]["body"] == {"region": "ie1", "name": "New"}


def test_patch_fault_changes_response_only(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    sandbox.inject_faults({"patch": {"region": "elsewhere", "new": 1}, "remove_fields": ["name"]})
    response = api_client.request("GET", PROVIDER).json
    assert (response["region"], response["new"], "name" in response) == ("elsewhere", 1, False)
    assert api_client.request("GET", PROVIDER).json["region"] == "us1"


def test_delay_fault_delays_response(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    sandbox.inject_faults({"delay": 0.3})
    start = time.monotonic()
    assert api_client.request("GET", PROVIDER).status == 200
    assert time.monotonic() - start >= 0.3


@pytest.mark.parametrize(("effect", "name"), [(True, "Cut"), (False, "Support line")])
def test_reset_fault_resets_connection(sandbox: SandboxProcess, api_client: ApiClient, effect: bool, name: str) -> None:
    sandbox.inject_faults({"reset": True, "effect": effect})
    with pytest.raises(ConnectionResetError):
        api_client.request("PUT", TWILIO, {"name": "Cut"})
    assert sandbox.requests()[0]["status"] is None
    assert api_client.request("GET", PROVIDER).json["name"] == name


def test_reset_fault_with_effect_delay_stores_later(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    sandbox.inject_faults({"method": "POST", "reset": True, "effect_delay": 3, "rewrite": {"name": "Late"}})
    with pytest.raises(ConnectionResetError):
        api_client.request("POST", "/api/v1/providers/twilio", CREATION)
    assert list_names(sandbox) == ["Support line"]
    wait_for_names(sandbox, "Support line", "Late")
    assert [request["status"] for request in sandbox.requests()] == [None]


def test_response_fault_with_effect_delay_stores_later(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    sandbox.inject_faults({"method": "PUT", "response": {"status": 504}, "effect_delay": 3})
    assert api_client.request("PUT", TWILIO, {"name": "Late"}).status == 504
    assert list_names(sandbox) == ["Support line"]
    wait_for_names(sandbox, "Late")


def test_delayed_effect_after_restore_is_dropped(
    sandbox: SandboxProcess, api_client: ApiClient, seed: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({"method": "PUT", "response": {"status": 504}, "effect_delay": 0.2})
    api_client.request("PUT", TWILIO, {"name": "Late"})
    sandbox.restore(seed)
    time.sleep(0.4)
    assert list_names(sandbox) == ["Support line"]


def test_delayed_request_after_restore_has_no_effect(
    sandbox: SandboxProcess, api_client: ApiClient, seed: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({"method": "PUT", "delay": 3})
    with ThreadPoolExecutor(1) as background:
        response = background.submit(api_client.request, "PUT", TWILIO, {"name": "Delayed"})
        wait_until(sandbox.requests)
        sandbox.restore(seed)
        assert response.result().json["name"] == "Delayed"
    assert list_names(sandbox) == ["Support line"]


def test_failed_delayed_effect_is_ignored(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    sandbox.inject_faults(
        {"method": "PUT", "response": {"status": 504}, "effect_delay": 0.2, "concurrent_calls": [DELETION]}
    )
    assert api_client.request("PUT", TWILIO, {"name": "Late"}).status == 504
    wait_for_names(sandbox)


def test_concurrent_deletion_shifts_pages(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    second, third = (
        api_client.request("POST", "/api/v1/providers/twilio", CREATION).json["id"] for _number in range(2)
    )
    sandbox.clear_requests()
    sandbox.inject_faults({"path": CREDENTIALS, "concurrent_calls": [DELETION]})
    pages = [api_client.request("GET", f"{CREDENTIALS}?take=1&skip={skip}").json for skip in (0, 1)]
    assert [page["totalCount"] for page in pages] == [3, 2]
    assert [page["items"][0]["providerId"] for page in pages] == [DELETION["path"]["id"], third]
    assert len(sandbox.requests()) == 2
    assert [provider["id"] for provider in sandbox.state()["providers"]] == [second, third]


def test_concurrent_calls_create_and_link(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    number = sandbox.state()["sip_phone_numbers"][1]["id"]
    agent = "7d3a0c54-0000-4000-8000-00000000000b"
    creation = {"operation": "createTwilioProvider", "body": {**CREATION, "name": "Same"}}
    link = {
        "operation": "linkPhoneNumberToAgent",
        "path": {"id": number},
        "query": {"agentId": agent, "mode": "inbound"},
    }
    sandbox.inject_faults(
        {"method": "POST", "effect": False, "response": {"status": 503}, "concurrent_calls": [creation, link]}
    )
    assert [
        api_client.request("POST", "/api/v1/providers/twilio", creation["body"]).status for _number in range(2)
    ] == [503, 201]
    assert list_names(sandbox) == ["Support line", "Same", "Same"]
    assert sandbox.state()["sip_phone_numbers"][1]["incomingCallsAgentId"] == agent


@pytest.mark.parametrize("fault", [{}, {"reset": True}, {"response": {"status": 204}}])
@pytest.mark.parametrize(("call", "reason"), [({"path": {"id": "nobody"}}, "There is no provider"), ({}, "KeyError")])
def test_concurrent_call_failure_is_reported(
    sandbox: SandboxProcess, api_client: ApiClient, fault: dict[str, t.Any], call: dict[str, t.Any], reason: str
) -> None:
    sandbox.inject_faults({**fault, "concurrent_calls": [{**DELETION, "path": {}, **call}]})
    response = api_client.request("GET", PROVIDER)
    assert response.status == sandbox.requests()[0]["status"] == 500
    assert "deleteProvider" in response.json["detail"]
    assert reason in response.json["detail"]


def test_query_fault_reduces_page_size(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    api_client.request("POST", "/api/v1/providers/twilio", CREATION)
    sandbox.inject_faults({"path": CREDENTIALS, "query": {"take": 1}})
    page, next_page = (api_client.request("GET", f"{CREDENTIALS}?take=100").json for _number in range(2))
    assert (len(page["items"]), page["totalCount"], page["take"]) == (1, 2, 1)
    assert (len(next_page["items"]), next_page["take"]) == (2, 100)
    assert sandbox.requests()[1]["query"] == {"take": "100"}


def test_response_fault_does_not_hide_violations(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    sandbox.inject_faults({"response": {"status": 200, "json": {}}})
    assert api_client.request("PUT", TWILIO, {"nmae": "x"}).status == 200
    assert sandbox.requests()[0]["violations"]


@pytest.mark.parametrize(
    "fault",
    [
        {"methode": "GET"},
        {"times": 0},
        {"response": {}},
        {"response": {"status": 99}},
        {"path": "("},
        {"response": {"status": 200, "base64": "x"}},
        {"effect": False},
        {"effect_delay": 1},
        {"effect_delay": 0, "reset": True},
        {"effect_delay": 1, "reset": True, "effect": False},
        {"query": ["take"]},
        {"concurrent_calls": [{"path": {}}]},
        {"concurrent_calls": [{"operation": "dropProvider"}]},
        {"concurrent_calls": [{**DELETION, "paths": {}}]},
    ],
)
def test_invalid_fault_is_refused(sandbox: SandboxProcess, fault: dict[str, t.Any]) -> None:
    with pytest.raises(ValueError, match="The faults are invalid"):
        sandbox.inject_faults(fault)
