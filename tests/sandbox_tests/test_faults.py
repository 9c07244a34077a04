# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Misbehavior on demand."""

from __future__ import annotations

import base64
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.sandbox_tests.api_request import Ask
from ansible_collections.dasha.blackbox.tests.support.timing import wait_until

PROVIDER = "/api/v1/providers/3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"
TWILIO = "/api/v1/providers/twilio/3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"
CREDENTIALS = "/api/v1/sip-credentials"
CREATION = {"accountSid": "AC00000000000000000000000000000001", "authToken": "0000000000000000000000000000000a"}
DELETION = {"operation": "deleteProvider", "path": {"id": "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"}}


def names(sandbox: SandboxProcess) -> list[str]:
    return [provider["name"] for provider in sandbox.state()["providers"]]


def wait_for_names(sandbox: SandboxProcess, *wanted: str) -> None:
    wait_until(lambda: names(sandbox) == list(wanted))


def test_an_answer_replaces_the_effect_as_often_as_asked(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.misbehave({"method": "put", "times": 2, "answer": {"status": 503, "headers": {"Retry-After": "3"}, "json": {"title": "busy"}}})
    answers = [ask("PUT", TWILIO, {"name": name}) for name in ("one", "two", "three")]
    assert [answer.status for answer in answers] == [503, 503, 200]
    assert (answers[0].headers["Retry-After"], answers[0].json) == ("3", {"title": "busy"})
    assert [request["status"] for request in sandbox.requests()] == [503, 503, 200]


def test_an_answer_may_hide_an_effect(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.misbehave({"method": "PUT", "effect": True, "answer": {"status": 502, "text": "bad gateway"}})
    assert ask("PUT", TWILIO, {"name": "Stored"}).content == b"bad gateway"
    assert ask("GET", PROVIDER).json["name"] == "Stored"


def test_without_limit_until_told_to_behave(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.misbehave({"times": None, "path": "/api/v1/prov.*", "answer": {"status": 500, "base64": base64.b64encode(b"\xff\x00").decode()}})
    assert [ask("GET", PROVIDER).content for _number in range(3)] == [b"\xff\x00"] * 3
    assert ask("GET", "/api/v1/agents").status == 200
    sandbox.behave()
    assert ask("GET", PROVIDER).status == 200


def test_the_path_has_to_match_as_a_whole(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.misbehave({"path": "/api/v1/providers", "answer": {"status": 500}})
    assert ask("GET", PROVIDER).status == 200


def test_the_first_fault_that_applies_wins(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.misbehave({"method": "PUT", "answer": {"status": 500}}, {"answer": {"status": 501}}, {"answer": {"status": 502}})
    assert [ask("GET", PROVIDER).status for _number in range(3)] == [501, 502, 200]


def test_something_else_is_stored_than_was_asked_for(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.misbehave({"method": "PUT", "rewrite": {"region": "us1"}})
    assert ask("PUT", TWILIO, {"region": "ie1", "name": "New"}).json["region"] == "us1"
    assert ask("GET", PROVIDER).json["name"] == "New"
    assert sandbox.requests()[0]["body"] == {"region": "ie1", "name": "New"}


def test_the_answer_is_patched(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.misbehave({"patch": {"region": "elsewhere", "new": 1}, "without": ["name"]})
    answer = ask("GET", PROVIDER).json
    assert (answer["region"], answer["new"], "name" in answer) == ("elsewhere", 1, False)
    assert ask("GET", PROVIDER).json["region"] == "us1"


def test_a_delay(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.misbehave({"delay": 0.3})
    start = time.monotonic()
    assert ask("GET", PROVIDER).status == 200
    assert time.monotonic() - start >= 0.3


@pytest.mark.parametrize(("effect", "name"), [(True, "Cut"), (False, "Support line")])
def test_a_cut_connection_is_reset(sandbox: SandboxProcess, ask: Ask, effect: bool, name: str) -> None:
    sandbox.misbehave({"cut": True, "effect": effect})
    with pytest.raises(ConnectionResetError):
        ask("PUT", TWILIO, {"name": "Cut"})
    assert sandbox.requests()[0]["status"] is None
    assert ask("GET", PROVIDER).json["name"] == name


def test_a_cut_request_takes_effect_late(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.misbehave({"method": "POST", "cut": True, "late": 3, "rewrite": {"name": "Late"}})
    with pytest.raises(ConnectionResetError):
        ask("POST", "/api/v1/providers/twilio", CREATION)
    assert names(sandbox) == ["Support line"]
    wait_for_names(sandbox, "Support line", "Late")
    assert [request["status"] for request in sandbox.requests()] == [None]


def test_an_answered_request_takes_effect_late(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.misbehave({"method": "PUT", "answer": {"status": 504}, "late": 3})
    assert ask("PUT", TWILIO, {"name": "Late"}).status == 504
    assert names(sandbox) == ["Support line"]
    wait_for_names(sandbox, "Late")


def test_a_late_effect_does_not_reach_a_state_restored_before_it(sandbox: SandboxProcess, ask: Ask, seed: dict[str, t.Any]) -> None:
    sandbox.misbehave({"method": "PUT", "answer": {"status": 504}, "late": 0.2})
    ask("PUT", TWILIO, {"name": "Late"})
    sandbox.restore(seed)
    time.sleep(0.4)
    assert names(sandbox) == ["Support line"]


def test_nor_does_a_delayed_request(sandbox: SandboxProcess, ask: Ask, seed: dict[str, t.Any]) -> None:
    sandbox.misbehave({"method": "PUT", "delay": 3})
    with ThreadPoolExecutor(1) as background:
        answer = background.submit(ask, "PUT", TWILIO, {"name": "Delayed"})
        wait_until(sandbox.requests)
        sandbox.restore(seed)
        assert answer.result().json["name"] == "Delayed"
    assert names(sandbox) == ["Support line"]


def test_a_late_effect_may_fail(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.misbehave({"method": "PUT", "answer": {"status": 504}, "late": 0.2, "meanwhile": [DELETION]})
    assert ask("PUT", TWILIO, {"name": "Late"}).status == 504
    wait_for_names(sandbox)


def test_a_list_shifts_while_it_is_paged(sandbox: SandboxProcess, ask: Ask) -> None:
    second, third = (ask("POST", "/api/v1/providers/twilio", CREATION).json["id"] for _number in range(2))
    sandbox.forget_requests()
    sandbox.misbehave({"path": CREDENTIALS, "meanwhile": [DELETION]})
    pages = [ask("GET", f"{CREDENTIALS}?take=1&skip={skip}").json for skip in (0, 1)]
    assert [page["totalCount"] for page in pages] == [3, 2]
    assert [page["items"][0]["providerId"] for page in pages] == [DELETION["path"]["id"], third]
    assert len(sandbox.requests()) == 2
    assert [provider["id"] for provider in sandbox.state()["providers"]] == [second, third]


def test_somebody_else_creates_the_same_and_then_links_a_number(sandbox: SandboxProcess, ask: Ask) -> None:
    number = sandbox.state()["sip_phone_numbers"][1]["id"]
    agent = "7d3a0c54-0000-4000-8000-00000000000b"
    creation = {"operation": "createTwilioProvider", "body": {**CREATION, "name": "Same"}}
    link = {"operation": "linkPhoneNumberToAgent", "path": {"id": number}, "query": {"agentId": agent, "mode": "inbound"}}
    sandbox.misbehave({"method": "POST", "effect": False, "answer": {"status": 503}, "meanwhile": [creation, link]})
    assert [ask("POST", "/api/v1/providers/twilio", creation["body"]).status for _number in range(2)] == [503, 201]
    assert names(sandbox) == ["Support line", "Same", "Same"]
    assert sandbox.state()["sip_phone_numbers"][1]["incomingCallsAgentId"] == agent


@pytest.mark.parametrize("otherwise", [{}, {"cut": True}, {"answer": {"status": 204}}])
@pytest.mark.parametrize(("wrong", "why"), [({"path": {"id": "nobody"}}, "There is no provider"), ({}, "KeyError")])
def test_what_somebody_else_fails_to_do_shows(sandbox: SandboxProcess, ask: Ask, otherwise: dict[str, t.Any], wrong: dict[str, t.Any], why: str) -> None:
    sandbox.misbehave({**otherwise, "meanwhile": [{**DELETION, "path": {}, **wrong}]})
    answer = ask("GET", PROVIDER)
    assert answer.status == sandbox.requests()[0]["status"] == 500
    assert "deleteProvider" in answer.json["detail"]
    assert why in answer.json["detail"]


def test_pages_are_smaller_than_asked_for(sandbox: SandboxProcess, ask: Ask) -> None:
    ask("POST", "/api/v1/providers/twilio", CREATION)
    sandbox.misbehave({"path": CREDENTIALS, "query": {"take": 1}})
    page, next_page = (ask("GET", f"{CREDENTIALS}?take=100").json for _number in range(2))
    assert (len(page["items"]), page["totalCount"], page["take"]) == (1, 2, 1)
    assert (len(next_page["items"]), next_page["take"]) == (2, 100)
    assert sandbox.requests()[1]["query"] == {"take": "100"}


def test_an_answer_in_place_of_a_real_one_does_not_hide_violations(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.misbehave({"answer": {"status": 200, "json": {}}})
    assert ask("PUT", TWILIO, {"nmae": "x"}).status == 200
    assert sandbox.requests()[0]["violations"]


@pytest.mark.parametrize(
    "fault",
    [
        {"methode": "GET"},
        {"times": 0},
        {"answer": {}},
        {"answer": {"status": 99}},
        {"path": "("},
        {"answer": {"status": 200, "base64": "x"}},
        {"effect": False},
        {"late": 1},
        {"late": 0, "cut": True},
        {"late": 1, "cut": True, "effect": False},
        {"query": ["take"]},
        {"meanwhile": [{"path": {}}]},
        {"meanwhile": [{"operation": "dropProvider"}]},
        {"meanwhile": [{**DELETION, "paths": {}}]},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(sandbox: SandboxProcess, fault: dict[str, t.Any]) -> None:
    with pytest.raises(ValueError, match="These are no faults"):
        sandbox.misbehave(fault)
