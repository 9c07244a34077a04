# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Creation whose request is lost, while another client creates a provider of the same account."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._provider import manage
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    CREATE_PATH,
    OTHER_ACCOUNT_SID,
    OTHER_AUTH_TOKEN,
)
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message, fill
from ansible_collections.dasha.blackbox.tests.support.tasks import execute, parameters, run_task

NEW = {"account_sid": OTHER_ACCOUNT_SID, "auth_token": OTHER_AUTH_TOKEN}
SETTINGS = {"name": "Sales line", "region": "ie1", "supports_call_transfer": True}
POST = {"method": "POST", "path": CREATE_PATH}

Result = dict[str, t.Any]


def foreign(**settings: t.Any) -> dict[str, t.Any]:
    """Return the call of another client that creates a provider of the same account."""
    body = {"accountSid": OTHER_ACCOUNT_SID, "authToken": OTHER_AUTH_TOKEN, **settings}
    return {"operation": "createTwilioProvider", "body": body}


def create(sandbox: SandboxProcess, api_retries: int) -> Result:
    options = parameters(**NEW, **SETTINGS)
    return run_task(sandbox, lambda client: execute(manage.plan, client, options), api_retries)


def providers_of_account(sandbox: SandboxProcess) -> list[Result]:
    return [provider for provider in sandbox.state()["providers"] if provider["accountSid"] == OTHER_ACCOUNT_SID]


def writes(sandbox: SandboxProcess) -> list[str]:
    return [request["method"] for request in sandbox.requests() if request["method"] != "GET"]


@pytest.mark.parametrize("api_retries", [0, 4])
@pytest.mark.parametrize(
    "fault", [{"reset": True}, {"response": {"status": 503}}, {"response": {"status": 500, "json": {}}}]
)
def test_lost_creation_never_updates_foreign_provider(
    sandbox: SandboxProcess, fault: dict[str, t.Any], api_retries: int
) -> None:
    sandbox.inject_faults({**POST, **fault, "effect": False, "concurrent_calls": [foreign(name="Foreign")]})
    result = create(sandbox, api_retries)
    (provider,) = providers_of_account(sandbox)
    settings = [fill("settings_differ", provider["id"]), fill("setting_differs", "name", "'Foreign'", "'Sales line'")]
    assert_message(result["msg"], "read_afterwards", *settings)
    assert_message(result["msg"], "hint_run_again")
    assert_message(result["msg"], "may_take_effect")
    assert (result["failed"], result["changed"], result["error"]["method"]) == (True, True, "POST")
    assert (writes(sandbox), provider["name"], provider["region"]) == (["POST"], "Foreign", "us1")


def test_unusable_response_never_updates_foreign_provider(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(
        {**POST, "response": {"status": 204}, "effect": False, "concurrent_calls": [foreign(name="Foreign")]}
    )
    result = create(sandbox, 4)
    (provider,) = providers_of_account(sandbox)
    assert_message(result["msg"], "effect_differs", f"POST {CREATE_PATH}", fill("settings_differ", provider["id"]))
    assert (result["failed"], result["changed"], writes(sandbox)) == (True, True, ["POST"])


@pytest.mark.parametrize("effect", [True, False])
def test_lost_creation_with_equal_provider_counts_both(sandbox: SandboxProcess, effect: bool) -> None:
    equal = foreign(name="Sales line", region="ie1", supportsCallTransfer=True)
    sandbox.inject_faults({**POST, "reset": True, "effect": effect, "concurrent_calls": [equal]})
    result = create(sandbox, 0)
    # The only provider of the account cannot be told from the created one.
    assert result.get("failed", False) is effect
    assert (len(providers_of_account(sandbox)), writes(sandbox)) == (2 if effect else 1, ["POST"])
