# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page "When something goes wrong" shows what a user sees: each error on it is provoked, and each word compared."""

from __future__ import annotations

import re
import typing as t
from datetime import datetime, timezone
from pathlib import Path

import pytest
import trustme

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    AGENTS_PATH,
    COLLECTION,
    CREDENTIALS_PATH,
    FIRST_NUMBER,
    FIRST_NUMBER_ID,
    MISSING_ID,
    NIGHT_SHIFT,
    NUMBERS_PATH,
    OTHER_ACCOUNT_SID,
    OTHER_AUTH_TOKEN,
    PROVIDER_ID,
    PROVIDER_PATH,
    RECEPTIONIST,
    SECOND_NUMBER,
    SECOND_NUMBER_ID,
)
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.servers import TlsServer, free_port, server_context, write_pem

PAGE = (COLLECTION / "docs/docsite/rst/when_something_goes_wrong.rst").read_text(encoding="utf-8")
SHOWN = re.findall(r"^\.\. code-block:: text\n\n   (.+)\n", PAGE, re.MULTILINE)

Faults = list[dict[str, t.Any]]
REDIRECT = {"status": 302, "headers": {"Location": "https://login.example.com/"}}
VALIDATION = {
    "title": "One or more validation errors occurred.",
    "errors": {"Name": ["too long"], "Region": ["unknown"]},
}
ALWAYS_CUT = {"reset": True, "effect": False, "times": None}
READ_ONCE = {"method": "GET"}

NEW = {"id": None, "account_sid": OTHER_ACCOUNT_SID, "auth_token": OTHER_AUTH_TOKEN}
ROTATE = {"auth_token": "f" * 32, "update_auth_token": "always"}
LOST = {"reset": True, "effect": False}
LIST = {"path": CREDENTIALS_PATH}
NAMELESS = {
    "items": [{"id": "5c000000-0000-4000-8000-000000000001", "source": "provider"}],
    "totalCount": 1,
    "skip": 0,
    "take": 1000,
}
BY_SOMEBODY_ELSE = {
    "operation": "createTwilioProvider",
    "body": {"accountSid": OTHER_ACCOUNT_SID, "authToken": OTHER_AUTH_TOKEN},
}

# A name for each error and what makes it: options beside the id, variables of the environment, faults of the service.
PROVOKED: list[tuple[str, dict[str, t.Any], dict[str, str], Faults]] = [
    ("missing required", {}, {"DASHA_BLACKBOX_API_KEY": ""}, []),
    ("option api_key", {"api_key": "fake key"}, {}, []),
    ("option api_url", {"api_url": "http://blackbox.dasha.ai"}, {}, []),
    ("option id", {"id": "support-line"}, {}, []),
    ("option name", {"name": ""}, {}, []),
    ("a blank", {"region": "us1 "}, {}, []),
    ("too long", {"name": "x" * 101}, {}, []),
    ("no time", {"api_timeout": 0}, {}, []),
    ("no certificates", {"ca_path": "/no/such/ca.pem"}, {}, []),
    ("401", {"api_key": "another-fake-key"}, {}, []),
    ("403", {}, {}, [{"response": {"status": 403, "json": {}}}]),
    ("404", {"id": "00000000-0000-4000-8000-000000000000"}, {}, []),
    (
        "422",
        {"region": "mars1"},
        {},
        [{"method": "PUT", "response": {"status": 422, "json": {"detail": "Region 'mars1' is not one of us1, us2"}}}],
    ),
    ("400", {"region": "mars1"}, {}, [{"method": "PUT", "response": {"status": 400, "json": VALIDATION}}]),
    ("429", {"api_retries": 2}, {}, [{"response": {"status": 429}, "times": None}]),
    ("a long wait", {}, {}, [{"response": {"status": 429, "headers": {"Retry-After": "86400"}}}]),
    ("503", {"api_retries": 2}, {}, [{"response": {"status": 503}, "times": None}]),
    ("500", {}, {}, [{"response": {"status": 500, "text": "oops"}}]),
    ("not JSON", {}, {}, [{"response": {"status": 200, "text": "<html>", "headers": {"Content-Type": "text/html"}}}]),
    ("redirect", {}, {}, [{"response": REDIRECT}]),
    ("another provider", {}, {}, [{"patch": {"id": "00000000-0000-4000-8000-000000000000"}}]),
    ("no id", {}, {}, [{"remove_fields": ["id"]}]),
    ("an array", {}, {}, [{"response": {"status": 200, "json": []}}]),
    ("of type", {}, {}, [{"patch": {"providerType": "vonage"}}]),
    ("a number", {}, {}, [{"patch": {"name": 7}}]),
    ("api_timeout", {"api_timeout": 0.5}, {}, [{"delay": 5}]),
    ("Connection refused", {"api_url": "http://127.0.0.1:1"}, {}, []),
    ("GET .* reset", {}, {}, [{"reset": True}]),
    ("resolved", {"api_url": "https://blackbox.invalid"}, {}, []),
    ("unusable proxy", {"api_url": "https://blackbox.invalid"}, {"HTTPS_PROXY": "socks5://127.0.0.1:1"}, []),
    ("unusable bundle", {"api_url": "https://blackbox.invalid"}, {"REQUESTS_CA_BUNDLE": "/no/such/bundle.pem"}, []),
    (
        "not read back",
        {"region": "ie1"},
        {},
        [READ_ONCE, {"method": "PUT", "effect": True, "response": {"status": 204}}, {"response": {"status": 500}}],
    ),
    ("region is", {"region": "ie1"}, {}, [{"method": "PUT", "rewrite": {"region": "us1"}}]),
    ("name is", {"name": "Sales"}, {}, [{"method": "PUT", "rewrite": {"name": "SALES"}}]),
    ("may yet", {"region": "ie1"}, {}, [{"method": "PUT", **ALWAYS_CUT}]),
    ("not known", {"region": "ie1"}, {}, [READ_ONCE, ALWAYS_CUT]),
    ("option account_sid", {"id": None, "account_sid": "SK1"}, {}, []),
    ("option auth_token", {"auth_token": "0" * 31}, {}, []),
    ("another account", {"account_sid": OTHER_ACCOUNT_SID}, {}, []),
    ("no such name", {"id": None, "name": "Sales line"}, {}, []),
    ("no token", {"id": None, "account_sid": OTHER_ACCOUNT_SID}, {}, []),
    ("incomplete list", {"id": None, "name": "Sales line"}, {}, [{**LIST, "patch": {"totalCount": 2}, "times": None}]),
    (
        "nameless credential",
        {"id": None, "name": "Sales line"},
        {},
        [{**LIST, "response": {"status": 200, "json": NAMELESS}, "times": None}],
    ),
    (
        "listed and denied",
        {"id": None, "name": "Sales line"},
        {},
        [{"path": PROVIDER_PATH, "response": {"status": 404, "json": {}}}],
    ),
    ("refused by Twilio", {**NEW, "auth_token": "f" * 32}, {}, []),
    ("created, lost", NEW, {}, [{"method": "POST", **LOST}]),
    ("created, not known", NEW, {}, [LIST, {"path": PROVIDER_PATH}, ALWAYS_CUT]),
    ("created, not looked up", NEW, {}, [LIST, {"method": "POST"}, {**LIST, "response": {"status": 500}}]),
    ("created twice", NEW, {}, [{"method": "POST", "concurrent_calls": [BY_SOMEBODY_ELSE]}]),
    ("created otherwise", {**NEW, "region": "ie1"}, {}, [{"method": "POST", "rewrite": {"region": "us1"}}]),
    ("token refused", ROTATE, {}, []),
    ("token lost", ROTATE, {}, [{"method": "PATCH", **LOST}]),
    ("token lost, then refused", {**ROTATE, "api_retries": 1}, {}, [{"method": "PATCH", **LOST}]),
    ("deletion guarded", {"state": "absent"}, {}, []),
    ("deletion of another", {"state": "absent", "name": "Sales line"}, {}, []),
    ("deletion lost", {"state": "absent", "force": True}, {}, [{"method": "DELETE", **LOST}]),
    ("deletion not known", {"state": "absent", "force": True}, {}, [READ_ONCE, ALWAYS_CUT]),
]


@pytest.mark.parametrize(
    ("options", "environment", "faults"), [case[1:] for case in PROVOKED], ids=[name for name, *_rest in PROVOKED]
)
def test_an_error_is_shown_as_it_is(
    run_module: ModuleRunner,
    sandbox: SandboxProcess,
    options: dict[str, t.Any],
    environment: dict[str, str],
    faults: Faults,
) -> None:
    sandbox.inject_faults(*faults)
    result = run_module("twilio_provider", environment=environment, **{"id": PROVIDER_ID, **options})
    assert result["failed"]
    assert as_shown(result["msg"]) in SHOWN


NUMBERS, LINK, TRANSFER = "twilio_phone_numbers", "phone_number_agent_link", "phone_number_link_transfer"
#: What each module is asked for beside the options of a case.
ASKED: dict[str, dict[str, t.Any]] = {
    NUMBERS: {"provider_id": PROVIDER_ID},
    LINK: {"agent_id": NIGHT_SHIFT},
    TRANSFER: {"from_id": FIRST_NUMBER_ID, "to_id": SECOND_NUMBER_ID},
}
THIRD_NUMBER, THIRD_SID = "+15005550003", "PN00000000000000000000000000000003"
IMPORTED = {"phone_numbers": [THIRD_NUMBER]}
REMOVED = {"phone_numbers": [SECOND_NUMBER], "state": "absent"}
SECOND = {"phone_number_id": SECOND_NUMBER_ID}
UNLINKED = {"phone_number_id": FIRST_NUMBER_ID, "agent_id": RECEPTIONIST, "state": "absent"}
POST, PUT, DELETE = {"method": "POST"}, {"method": "PUT"}, {"method": "DELETE"}
NUMBER = {"method": "GET", "path": f"{NUMBERS_PATH}/[^/]*"}
NO_SIDS = {"path": ".*/available-numbers", "response": {"status": 200, "json": [{"number": FIRST_NUMBER}]}}
SAID = {"status": 200, "json": {"successCount": 1, "failedCount": 0, "errors": []}}
CONFLICT = {"status": 409, "json": {"detail": "It is linked already."}}
TO_NIGHT_SHIFT = {
    "operation": "linkPhoneNumberToAgent",
    "path": {"id": SECOND_NUMBER_ID},
    "query": {"agentId": NIGHT_SHIFT, "mode": "inbound"},
}
AMONG_OTHERS = {
    "sip_phone_numbers": [
        {"id": MISSING_ID, "phoneNumber": FIRST_NUMBER, "credentialsId": "5c000000-0000-4000-8000-000000000001"}
    ]
}

# Errors of numbers and agents: name, module, options, additions to the seed, and faults.
PROVOKED_OF_NUMBERS: list[tuple[str, str, dict[str, t.Any], dict[str, t.Any], Faults]] = [
    ("no list", NUMBERS, {"phone_numbers": None}, {}, []),
    ("empty list", NUMBERS, {"phone_numbers": [], "exclusive": True}, {}, []),
    ("exclusively absent", NUMBERS, {**REMOVED, "exclusive": True}, {}, []),
    ("no SID", NUMBERS, {"phone_number_sids": [THIRD_NUMBER]}, {}, []),
    ("no agent's id", LINK, {**SECOND, "agent_id": "../x"}, {}, []),
    ("no number", LINK, {"phone_number": None}, {}, []),
    ("the same record", TRANSFER, {"to_id": FIRST_NUMBER_ID}, {}, []),
    ("not in the account", NUMBERS, {"phone_numbers": ["15005550003"]}, {}, []),
    ("not found", NUMBERS, {"phone_number_sids": ["PN00000000000000000000000000000009"]}, {}, []),
    ("import refused", NUMBERS, IMPORTED, {}, [{**POST, "response": {"status": 403, "json": {}}}]),
    ("import lost", NUMBERS, IMPORTED, {}, [{**POST, **LOST}]),
    ("import without counts", NUMBERS, IMPORTED, {}, [{**POST, "response": {"status": 204}}]),
    ("import without effect", NUMBERS, IMPORTED, {}, [{**POST, "response": SAID}]),
    ("not removed", NUMBERS, {"phone_numbers": [FIRST_NUMBER, "+15005550009"], "exclusive": True}, {}, []),
    (
        "not sent",
        NUMBERS,
        {**REMOVED, "phone_numbers": [FIRST_NUMBER, SECOND_NUMBER], "force": True},
        {},
        [{**DELETE, "response": {"status": 500}}],
    ),
    ("in use", NUMBERS, {**REMOVED, "phone_numbers": [FIRST_NUMBER]}, {}, []),
    ("removal lost", NUMBERS, REMOVED, {}, [{**DELETE, **LOST}]),
    ("removal without effect", NUMBERS, REMOVED, {}, [{**DELETE, "response": {"status": 204}}]),
    (
        "numbers not read",
        NUMBERS,
        IMPORTED,
        {},
        [{"path": NUMBERS_PATH}, POST, {"path": NUMBERS_PATH, "response": {"status": 500}}],
    ),
    ("no SID for a number", NUMBERS, IMPORTED, {}, [NO_SIDS]),
    ("no number for a SID", NUMBERS, {"phone_number_sids": [THIRD_SID], "state": "absent"}, {}, [NO_SIDS]),
    ("no numbers for SIDs", NUMBERS, {"phone_number_sids": [THIRD_SID], "exclusive": True}, {}, [NO_SIDS]),
    ("number not there", LINK, {"phone_number": THIRD_NUMBER}, {}, []),
    ("several records", LINK, {"phone_number": FIRST_NUMBER}, AMONG_OTHERS, []),
    ("record not there", LINK, {"phone_number_id": MISSING_ID}, {}, []),
    ("agent not there", LINK, {**SECOND, "agent_id": MISSING_ID}, {}, []),
    ("another agent", LINK, SECOND, {}, [{"path": f"{AGENTS_PATH}/.*", "patch": {"agentId": RECEPTIONIST}}]),
    ("another number", LINK, SECOND, {}, [{**NUMBER, "patch": {"id": FIRST_NUMBER_ID}}]),
    ("no agents", "agent_info", {}, {}, [{"response": {"status": 200, "json": {}}}]),
    ("linked elsewhere", LINK, SECOND, {"linked_elsewhere": [SECOND_NUMBER]}, []),
    ("link not shown", LINK, SECOND, {}, [{**PUT, "response": {"status": 204}}]),
    ("link still shown", LINK, UNLINKED, {}, [{**DELETE, "response": {"status": 204}}]),
    ("link lost", LINK, SECOND, {}, [{**PUT, **LOST}]),
    ("unlinking lost", LINK, UNLINKED, {}, [{**DELETE, **LOST}]),
    ("link not known", LINK, SECOND, {}, [NUMBER, PUT, {**NUMBER, "response": {"status": 500}}]),
    (
        "cut off",
        TRANSFER,
        {"from_id": FIRST_NUMBER_ID},
        {"agent_links": [{"phoneNumber": SECOND_NUMBER, "inbound": NIGHT_SHIFT}]},
        [],
    ),
    ("several inbound", TRANSFER, {}, {}, [{**NUMBER, "patch": {"incomingCallsAgentId": NIGHT_SHIFT}}]),
    (
        "meanwhile",
        TRANSFER,
        {},
        {},
        [{"path": f"{NUMBERS_PATH}/{SECOND_NUMBER_ID}/affected-agents", "concurrent_calls": [TO_NIGHT_SHIFT]}],
    ),
    ("refused", TRANSFER, {}, {}, [{**PUT, "response": CONFLICT}]),
    ("made again", TRANSFER, {"unlink_first": True}, {}, [{**PUT, "response": CONFLICT}] * 2),
    ("not made again", TRANSFER, {"unlink_first": True}, {}, [{**PUT, "response": CONFLICT}] * 3),
]


@pytest.mark.parametrize(
    ("module", "options", "more", "faults"),
    [case[1:] for case in PROVOKED_OF_NUMBERS],
    ids=[name for name, *_rest in PROVOKED_OF_NUMBERS],
)
def test_an_error_of_numbers_and_agents_is_shown_as_it_is(
    run_module: ModuleRunner,
    sandbox: SandboxProcess,
    module: str,
    options: dict[str, t.Any],
    more: dict[str, t.Any],
    faults: Faults,
) -> None:
    state = sandbox.state()
    credential = (
        {"sip_credentials": [{"id": "5c000000-0000-4000-8000-000000000001", "server": "sip.example.com"}]}
        if "sip_phone_numbers" in more
        else {}
    )
    sandbox.restore({**state, **{name: [*state[name], *entries] for name, entries in {**more, **credential}.items()}})
    sandbox.inject_faults(*faults)
    result = run_module(module, **{**ASKED.get(module, {}), **options})
    assert result["failed"]
    assert as_shown(result["msg"]) in SHOWN


def as_shown(message: str) -> str:
    """The message with the host, the time and the ids of the page."""
    message = re.sub(r"https?://(127\.0\.0\.1:\d+|blackbox\.invalid)/", "https://blackbox.dasha.ai/", message)
    message = re.sub(r"at \d{4}-\d\d-\d\d \d\d:\d\d UTC", "at 2026-01-31 12:00 UTC", message)
    new = dict.fromkeys(re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f-]{21}", message))
    for number, identifier in enumerate(new, start=1):
        message = message.replace(identifier, f"5e4d7c1e-0000-4000-8000-{number:012}")
    return message


@pytest.mark.parametrize("name", ["failed", "several"])
def test_an_error_of_other_modules_is_shown_as_it_is(
    run_module: ModuleRunner, sandbox: SandboxProcess, name: str
) -> None:
    state = sandbox.state()
    if name == "several":
        state["providers"].append(
            {"id": "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d12", "accountSid": ACCOUNT_SID, "name": "Support line"}
        )
    else:
        state["twilio_accounts"][0]["auth_token"] = "f" * 32
    sandbox.restore(state)
    result = run_module(
        "twilio_provider_verify", **({"name": "Support line"} if name == "several" else {"id": PROVIDER_ID})
    )
    assert result["msg"] in SHOWN


@pytest.mark.parametrize("name", ["unknown CA", "another host", "expired", "no TLS", "no proxy"])
def test_an_error_of_the_way_to_the_service_is_shown_as_it_is(
    run_module: ModuleRunner, sandbox: SandboxProcess, tmp_path: Path, name: str
) -> None:
    ca = trustme.CA()
    certificates = {
        "another host": ca.issue_cert("elsewhere.example.com"),
        "expired": ca.issue_cert(
            "localhost",
            not_before=datetime(2020, 1, 1, tzinfo=timezone.utc),
            not_after=datetime(2021, 1, 1, tzinfo=timezone.utc),
        ),
    }
    environment = {"HTTPS_PROXY": f"http://127.0.0.1:{free_port()}"} if name == "no proxy" else {}
    options = {} if name == "unknown CA" else {"ca_path": write_pem(tmp_path / "ca.pem", ca.cert_pem)}
    with TlsServer(server_context(certificates.get(name, ca.issue_cert("localhost")))) as server:
        api_url = sandbox.url.replace("http:", "https:") if name == "no TLS" else server.url
        result = run_module("twilio_provider", id=PROVIDER_ID, api_url=api_url, environment=environment, **options)
    assert re.sub(r"https://(localhost|127\.0\.0\.1):\d+/", "https://blackbox.dasha.ai/", result["msg"]) in SHOWN


def test_every_error_on_the_page_is_provoked() -> None:
    assert len(SHOWN) == len(set(SHOWN)) == len(PROVOKED) + len(PROVOKED_OF_NUMBERS) + 7
