# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the switches for unknown behavior. Each one has an effect that is visible over HTTP."""

from __future__ import annotations

import dataclasses
import email.utils
import json
import re
import socket
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.dasha.blackbox.tests.sandbox import process
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.sandbox.world import World
from ansible_collections.dasha.blackbox.tests.sandbox_tests.api_client import ApiClient, Response
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    CREATE_PATH,
    CREDENTIALS_PATH,
    FIRST_NUMBER_ID,
    GENERIC_PATH,
    MISSING_ID,
    NIGHT_SHIFT,
    NUMBERS_PATH,
    OTHER_ACCOUNT_SID,
    OTHER_AUTH_TOKEN,
    PROVIDER_ID,
    PROVIDER_PATH,
    RECEPTIONIST,
    SECOND_NUMBER_ID,
    THIRD_SID,
)
from ansible_collections.dasha.blackbox.tests.support.timing import PATIENCE, wait_until

AVAILABLE_PATH = f"{PROVIDER_PATH}/available-numbers"
IMPORT_PATH = f"{PROVIDER_PATH}/import-numbers"
REMOVE_PATH = f"{PROVIDER_PATH}/phone-numbers/{SECOND_NUMBER_ID}"
FIRST_PATH, SECOND_PATH = f"{NUMBERS_PATH}/{FIRST_NUMBER_ID}", f"{NUMBERS_PATH}/{SECOND_NUMBER_ID}"
LINK_PATH = f"{SECOND_PATH}/agent-link?agentId={NIGHT_SHIFT}&mode=inbound"
IMPORT = {"phoneNumberSids": [THIRD_SID]}
CREATION = {"accountSid": OTHER_ACCOUNT_SID, "authToken": OTHER_AUTH_TOKEN, "name": "Sales line"}
TWILIO_FIELDS = {"accountSid", "trunkSid", "terminationUri", "region", "supportsCallTransfer"}


class Client:
    """Client of the mock server that returns the JSON of responses."""

    def __init__(self, api_client: ApiClient) -> None:
        self.request = api_client.request

    def get(self, path: str) -> t.Any:
        return self.request("GET", path).json

    def numbers(self, query: str = "") -> list[str]:
        return [item["phoneNumber"] for item in self.get(f"{NUMBERS_PATH}{query}")["items"]]

    def create(self, **fields: str) -> Response:
        return self.request("POST", CREATE_PATH, {**CREATION, **fields})

    def update(self, **fields: str) -> Response:
        return self.request("PUT", PROVIDER_PATH, fields)


@pytest.fixture
def service(api_client: ApiClient) -> Client:
    """Return a client of the seeded mock server."""
    return Client(api_client)


def test_default_world_is_reported_and_restored(sandbox: SandboxProcess) -> None:
    default = json.loads(json.dumps(dataclasses.asdict(World())))
    assert sandbox.world() == default
    sandbox.set_world(list_lag=2, not_found="html")
    assert sandbox.world() == {**default, "list_lag": 2, "not_found": "html"}
    sandbox.set_world()
    assert sandbox.world() == default


@pytest.mark.parametrize(
    ("switches", "message"),
    [
        ({"color": "red"}, "color"),
        ({"not_found": "xml"}, "not_found"),
        ({"list_lag": -1}, "list_lag"),
        ({"list_lag": True}, "list_lag"),
        ({"null_trunk": 1}, "null_trunk"),
    ],
)
def test_invalid_world_is_refused(sandbox: SandboxProcess, switches: dict[str, t.Any], message: str) -> None:
    before = sandbox.world()
    with pytest.raises(ValueError, match=message):
        sandbox.set_world(**switches)
    assert sandbox.world() == before


def test_each_switch_is_documented() -> None:
    documented = set(re.findall(r"\w+", str(World.__doc__)))
    assert [field.name for field in dataclasses.fields(World) if field.name not in documented] == []


def test_world_is_set_at_start(tmp_path: Path) -> None:
    (tmp_path / "world.yml").write_text("not_found: html\n", encoding="utf-8")
    with SandboxProcess(world=tmp_path / "world.yml") as sandbox:
        assert sandbox.world()["not_found"] == "html"


def test_invalid_world_at_start_is_reported(tmp_path: Path) -> None:
    (tmp_path / "world.yml").write_text("color: red\n", encoding="utf-8")
    refused = subprocess.run(
        [sys.executable, "-m", "sandbox", "--world", tmp_path / "world.yml"],
        cwd=process.TESTS,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (refused.returncode, b"color" in refused.stderr) == (2, True)


def test_reduced_generic_read_lacks_twilio_fields(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(generic_read="reduced")
    assert set(service.get(PROVIDER_PATH)) - set(service.get(GENERIC_PATH)) == TWILIO_FIELDS


def test_null_trunk_affects_both_fields(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(null_trunk=True)
    provider = service.get(PROVIDER_PATH)
    assert (provider["trunkSid"], provider["terminationUri"], provider["region"]) == (None, None, "us1")


def test_default_region_applies_to_new_provider(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(default_region="")
    assert (service.create().json["region"], service.create(region="ie1").json["region"]) == (None, "ie1")
    assert sandbox.state()["providers"][1]["region"] is None
    sandbox.restore(sandbox.state())


@pytest.mark.parametrize(("switch", "expected"), [("always", 2), ("sometimes", 1), ("never", 0)])
def test_credential_provider_id_is_hidden(sandbox: SandboxProcess, service: Client, switch: str, expected: int) -> None:
    service.create()
    sandbox.set_world(credential_provider_id=switch)
    credentials = service.get(CREDENTIALS_PATH)["items"]
    assert len([item for item in credentials if item["providerId"]]) == expected
    assert {item["source"] for item in credentials} == {"provider"}


def test_number_provider_id_is_hidden(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(number_provider_id="never")
    page = service.get(f"{NUMBERS_PATH}?providerId={PROVIDER_ID}")
    assert (page["totalCount"], [item["providerId"] for item in page["items"]]) == (2, [None, None])
    assert service.get(FIRST_PATH)["providerId"] is None


def test_list_lag_counts_reads_of_each_list(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(list_lag=2)
    service.request("POST", IMPORT_PATH, IMPORT)
    assert [len(service.numbers()) for _number in range(3)] == [2, 2, 3]
    by_provider = f"?providerId={PROVIDER_ID}"
    assert [len(service.numbers(by_provider)) for _number in range(3)] == [2, 2, 3]
    assert service.get(GENERIC_PATH)["phoneNumberCount"] == 3


def test_list_lag_counts_from_each_write(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(list_lag=1)
    service.request("POST", IMPORT_PATH, IMPORT)
    service.request("DELETE", REMOVE_PATH)
    assert [len(service.numbers()) for _number in range(2)] == [2, 2]
    assert "+15005550003" in service.numbers()


def test_object_lag_counts_reads_of_each_object(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(object_lag=1)
    service.update(name="New")
    names = [service.get(path)["name"] for path in (GENERIC_PATH, PROVIDER_PATH, GENERIC_PATH, PROVIDER_PATH)]
    assert names == ["Support line", "New", "New", "New"]


def test_new_object_with_lag_is_not_found_at_first(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(object_lag=1)
    path = f"{CREATE_PATH}/{service.create().json['id']}"
    assert [service.request("GET", path).status for _number in range(2)] == [404, 200]


def test_removal_lag_keeps_number_listed(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(removal_lag=1)
    assert service.request("DELETE", REMOVE_PATH).status == 204
    assert service.request("GET", SECOND_PATH).status == 404
    assert [len(service.numbers()) for _number in range(2)] == [2, 1]


def test_import_lag_hides_new_number(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(import_lag=1)
    assert service.request("POST", IMPORT_PATH, IMPORT).json["successCount"] == 1
    assert [len(service.numbers()) for _number in range(2)] == [2, 3]


def test_deletion_lag_keeps_provider_readable(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(deletion_lag=1)
    assert service.request("DELETE", GENERIC_PATH).status == 204
    assert [service.request("GET", GENERIC_PATH).status for _number in range(2)] == [200, 404]
    assert [service.get(CREDENTIALS_PATH)["totalCount"] for _number in range(2)] == [1, 0]


def test_larger_take_is_refused(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(take_bound=1)
    assert [service.request("GET", f"{NUMBERS_PATH}?take={take}").status for take in (1, 2)] == [200, 400]


def test_larger_take_is_clamped(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(take_bound=1, excess_take="clamp")
    page = service.get(f"{NUMBERS_PATH}?take=2")
    assert (len(page["items"]), page["take"], page["totalCount"]) == (1, 1, 2)
    assert len(service.get("/api/v1/agents?take=2")) == 1


@pytest.mark.parametrize("path", [NUMBERS_PATH, "/api/v1/agents"])
def test_list_order_is_reversed(sandbox: SandboxProcess, service: Client, path: str) -> None:
    def first(skip: int) -> t.Any:
        page = service.get(f"{path}?skip={skip}&take=1")
        return page[0] if isinstance(page, list) else page["items"][0]

    oldest, newest = first(0), first(1)
    sandbox.set_world(list_order="newest_first")
    assert (first(0), first(1)) == (newest, oldest)


@pytest.mark.parametrize(("switch", "expected"), [("part", [2, 1, 0]), ("exact", [0, 1, 0]), ("ignored", [2, 2, 2])])
def test_number_filter_matches(sandbox: SandboxProcess, service: Client, switch: str, expected: list[int]) -> None:
    sandbox.set_world(number_filter=switch, list_order="newest_first")
    filters = ("5005550", "%2B15005550001", "%2B15005550009")
    assert [len(service.numbers(f"?phoneNumber={value}")) for value in filters] == expected


@pytest.mark.parametrize(
    ("switch", "first"),
    [
        ("bare", {"sid": f"PN{1:032x}", "phoneNumber": "+15005550001", "friendlyName": "Support"}),
        ("envelope", {"sid": f"PN{1:032x}", "phoneNumber": "+15005550001", "friendlyName": "Support"}),
        ("renamed", {"phoneNumberSid": f"PN{1:032x}", "number": "+15005550001"}),
        ("unreadable", {"label": "Support"}),
    ],
)
def test_available_numbers_have_shape(
    sandbox: SandboxProcess, service: Client, switch: str, first: dict[str, str]
) -> None:
    sandbox.set_world(available_numbers=switch, available_numbers_limit=2)
    content = service.get(AVAILABLE_PATH)
    numbers = content["items"] if switch == "envelope" else content
    assert (numbers[0], len(numbers)) == (first, 2)
    assert switch != "envelope" or content["totalCount"] == 3


def test_available_numbers_omit_imported(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(available_numbers_imported=False)
    assert [number["sid"] for number in service.get(AVAILABLE_PATH)] == [THIRD_SID]


@pytest.mark.parametrize("path", [f"/api/v1/providers/{MISSING_ID}", "/api/v1/nothing"])
@pytest.mark.parametrize(
    ("switch", "content_type", "key"),
    [
        ("problem", "application/problem+json", "instance"),
        ("trace", "application/problem+json", "traceId"),
        ("html", "text/html", "<html>"),
    ],
)
def test_not_found_has_body(
    sandbox: SandboxProcess, service: Client, path: str, switch: str, content_type: str, key: str
) -> None:
    sandbox.set_world(not_found=switch)
    response = service.request("GET", path)
    assert (response.status, response.headers.get_content_type()) == (404, content_type)
    assert key.encode() in response.content


def test_not_found_has_no_body(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(not_found="empty")
    response = service.request("GET", f"/api/v1/providers/{MISSING_ID}")
    assert (response.status, response.content) == (404, b"")


@pytest.mark.parametrize(("switch", "key"), [("problem", "name"), ("aspnet", "Name"), ("aspnet_empty_key", "")])
def test_validation_error_is_keyed(sandbox: SandboxProcess, service: Client, switch: str, key: str) -> None:
    sandbox.set_world(validation_errors=switch)
    response = service.update(name="x" * 101)
    assert (response.status, response.json["errors"]) == (400, {key: ["does not satisfy maxLength: 100"]})
    assert ("traceId" in response.json) is (switch != "problem")


@pytest.mark.parametrize(
    ("switch", "stored"),
    [("exact", " E\u0301a "), ("trimmed", "E\u0301a"), ("nfc", " \u00c9a "), ("casefold", " e\u0301a ")],
)
def test_name_is_normalized(sandbox: SandboxProcess, service: Client, switch: str, stored: str) -> None:
    sandbox.set_world(name_storage=switch)
    assert service.update(name=" E\u0301a ").json["name"] == stored
    assert service.create(name=" E\u0301a ").json["name"] == stored
    assert [provider["name"] for provider in sandbox.state()["providers"]] == [stored, stored]


def test_region_is_upper_cased(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(region_storage="upper")
    assert service.update(region="ie1").json["region"] == "IE1"


def test_ids_are_upper_cased(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(id_case="upper")
    number = service.get(NUMBERS_PATH)["items"][0]
    assert (number["id"], number["providerId"]) == (FIRST_NUMBER_ID.upper(), PROVIDER_ID.upper())
    assert number["incomingCallsAgentId"] == RECEPTIONIST
    assert service.get(f"{NUMBERS_PATH}/{number['id']}") == number


def test_counts_are_floats(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(number_type="float")
    assert b'"phoneNumberCount": 2.0' in service.request("GET", GENERIC_PATH).content
    assert b'"totalCount": 1.0, "skip": 0.0, "take": 20.0' in service.request("GET", CREDENTIALS_PATH).content


def test_numbers_are_stored_without_plus(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(number_storage="digits")
    assert service.numbers("?phoneNumber=15005550001") == ["15005550001"]
    assert service.numbers("?phoneNumber=%2B15005550001") == []
    assert service.get(FIRST_PATH)["phoneNumber"] == "15005550001"
    assert service.get(AVAILABLE_PATH)[0]["phoneNumber"] == "+15005550001"


def test_put_answers_with_old_object(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(put_response="old")
    assert service.update(name="New").json["name"] == "Support line"
    assert service.request("PUT", LINK_PATH).json["incomingCallsAgentId"] is None
    assert service.get(GENERIC_PATH)["name"] == "New"
    assert service.get(SECOND_PATH)["incomingCallsAgentId"] == NIGHT_SHIFT


def test_put_answers_without_body(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(put_response="empty")
    assert [(response.status, response.content) for response in (service.update(name="New"),)] == [(200, b"")]
    assert service.get(GENERIC_PATH)["name"] == "New"


@pytest.mark.parametrize("status", [200, 201, 202])
def test_success_status_replaces_others(sandbox: SandboxProcess, service: Client, status: int) -> None:
    sandbox.set_world(success_status=status)
    assert [service.create().status, service.update(name="New").status] == [status, status]


@pytest.mark.parametrize(
    ("switch", "status", "length"), [("no_content", 204, False), ("empty", 200, False), ("sample", 200, True)]
)
def test_deletion_has_response(
    sandbox: SandboxProcess, service: Client, switch: str, status: int, length: bool
) -> None:
    sandbox.set_world(delete_response=switch)
    for path in (REMOVE_PATH, GENERIC_PATH):
        response = service.request("DELETE", path)
        assert (response.status, bool(response.content)) == (status, length)
    assert sandbox.state()["providers"] == []


def test_creation_answers_without_body(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(created_without_body=True)
    assert (service.create().content, len(sandbox.state()["providers"])) == (b"", 2)


@pytest.mark.parametrize("status", [201, 400, 409])
def test_second_provider_of_account(sandbox: SandboxProcess, service: Client, status: int) -> None:
    sandbox.set_world(second_provider=status)
    assert service.create(accountSid=ACCOUNT_SID, authToken=AUTH_TOKEN).status == status
    assert len(sandbox.state()["providers"]) == (2 if status == 201 else 1)
    assert service.create().status == 201


@pytest.mark.parametrize("status", [200, 400, 409])
def test_second_provider_with_name(sandbox: SandboxProcess, service: Client, status: int) -> None:
    service.create()
    sandbox.set_world(second_name=status)
    assert service.update(name="Sales line").status == status
    assert service.update(name="Support line").status == 200
    assert service.create(name="Support line").status == (201 if status == 200 else status)


@pytest.mark.parametrize("status", [200, 400, 404, 409])
@pytest.mark.parametrize("query", ["mode=inbound", f"mode=replaceOutbound&agentId={NIGHT_SHIFT}"])
def test_unlink_of_missing_link(sandbox: SandboxProcess, service: Client, status: int, query: str) -> None:
    sandbox.set_world(unlink_missing=status)
    assert service.request("DELETE", f"{SECOND_PATH}/agent-link?{query}").status == status
    existing = query.replace(NIGHT_SHIFT, RECEPTIONIST)
    assert service.request("DELETE", f"{FIRST_PATH}/agent-link?{existing}").status == 200


@pytest.mark.parametrize("status", [400, 401, 403, 422])
def test_refused_twilio_credentials_have_status(sandbox: SandboxProcess, service: Client, status: int) -> None:
    sandbox.set_world(twilio_refusal=status)
    assert service.create(authToken=AUTH_TOKEN).status == status


@pytest.mark.parametrize("status", [200, 207, 400, 422])
def test_failed_import_has_status(sandbox: SandboxProcess, service: Client, status: int) -> None:
    sandbox.set_world(import_failure=status)
    assert service.request("POST", IMPORT_PATH, IMPORT).status == 200
    response = service.request("POST", IMPORT_PATH, IMPORT)
    assert (response.status, response.json["failedCount"]) == (status, 1)


def test_outbound_use_is_renamed(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(outbound_use="replaceOutbound")
    [agent] = service.get(f"{FIRST_PATH}/affected-agents")["affectedAgents"]
    assert agent["uses"] == ["inbound", "replaceOutbound"]


@pytest.mark.parametrize("status", [102, 103])
def test_interim_response_precedes_final_one(sandbox: SandboxProcess, service: Client, status: int) -> None:
    sandbox.set_world(interim_response=status)
    host, _separator, port = sandbox.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(b"GET /api/v1/agents HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n\r\n")
        received = b""
        while chunk := connection.recv(4096):
            received += chunk
    interim, _separator, final = received.partition(b"\r\n\r\n")
    assert (interim.split()[1], final.split()[1]) == (str(status).encode(), b"401")


def test_date_is_ahead(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(clock_offset=3600)
    date = email.utils.parsedate_to_datetime(service.request("GET", GENERIC_PATH).headers["Date"])
    assert 3540 < date.timestamp() - time.time() < 3600 + PATIENCE


@pytest.mark.parametrize("has_retry_after", [True, False])
def test_rate_limit_refuses_after_burst(sandbox: SandboxProcess, service: Client, has_retry_after: bool) -> None:
    sandbox.set_world(rate_limit=0.001, rate_burst=2, rate_retry_after=has_retry_after)
    responses = [service.request("GET", GENERIC_PATH) for _number in range(3)]
    assert [response.status for response in responses] == [200, 200, 429]
    assert responses[2].headers["Retry-After"] in (["1000", "999"] if has_retry_after else [None])


def test_rate_limit_refills(sandbox: SandboxProcess, service: Client) -> None:
    sandbox.set_world(rate_limit=5, rate_burst=1)
    assert [service.request("GET", GENERIC_PATH).status for _number in range(2)] == [200, 429]
    wait_until(lambda: service.request("GET", GENERIC_PATH).status == 200)
