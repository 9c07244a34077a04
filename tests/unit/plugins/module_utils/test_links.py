# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repetition of a link request whose response is lost."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._phone_number.links import Link, write_link
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    FIRST_NUMBER_ID,
    NIGHT_SHIFT,
    NUMBERS_PATH,
    RECEPTIONIST,
    SECOND_NUMBER_ID,
)
from ansible_collections.dasha.blackbox.tests.support.tasks import connect

LINK_PATH = f"{NUMBERS_PATH}/.*/agent-link"
FAILED_READ = {"method": "GET", "response": {"status": 500, "json": {"detail": "oops"}}}

LINKS = [
    Link(SECOND_NUMBER_ID, NIGHT_SHIFT, "inbound"),
    Link(SECOND_NUMBER_ID, NIGHT_SHIFT, "outbound"),
    Link(FIRST_NUMBER_ID, RECEPTIONIST, "inbound", is_wanted=False),
    Link(FIRST_NUMBER_ID, RECEPTIONIST, "outbound", is_wanted=False),
]


def writes(sandbox: SandboxProcess) -> int:
    return len([request for request in sandbox.requests() if request["method"] != "GET"])


@pytest.mark.parametrize("link", LINKS, ids=str)
def test_lost_link_is_not_repeated_after_failed_read(sandbox: SandboxProcess, link: Link) -> None:
    sandbox.inject_faults({"path": LINK_PATH, "reset": True, "effect": True}, FAILED_READ)
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=3) as client:
        assert write_link(client, link).satisfies(link)
        assert client.retried == []
    assert writes(sandbox) == 1


@pytest.mark.parametrize("link", LINKS, ids=str)
@pytest.mark.parametrize("failed_reads", [1, 2])
def test_lost_link_without_effect_is_an_error(sandbox: SandboxProcess, link: Link, failed_reads: int) -> None:
    sandbox.inject_faults({"path": LINK_PATH, "reset": True, "effect": False}, {**FAILED_READ, "times": failed_reads})
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=3) as client:
        with pytest.raises(BlackboxError) as failure:
            write_link(client, link)
    assert (failure.value.is_ambiguous, failure.value.changed, failure.value.attempts) == (True, True, 1)
    assert writes(sandbox) == 1


@pytest.mark.parametrize("link", LINKS, ids=str)
def test_lost_link_that_is_missing_is_repeated(sandbox: SandboxProcess, link: Link) -> None:
    fault: dict[str, t.Any] = {"path": LINK_PATH, "reset": True, "effect": False}
    sandbox.inject_faults(fault)
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=3) as client:
        assert write_link(client, link).satisfies(link)
    assert writes(sandbox) == 2
