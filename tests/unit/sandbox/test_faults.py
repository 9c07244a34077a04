# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Misbehaviour on demand."""

from __future__ import annotations

import base64
import time
import typing as t

import pytest
from asking import Ask
from sandbox.process import SandboxProcess

PROVIDER = "/api/v1/providers/3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"
TWILIO = "/api/v1/providers/twilio/3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"


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
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(sandbox: SandboxProcess, fault: dict[str, t.Any]) -> None:
    with pytest.raises(ValueError, match="These are no faults"):
        sandbox.misbehave(fault)
