# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of creating providers: plans, Auth Tokens, unclear responses and concurrent creations."""

from __future__ import annotations

import json
import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._http import client as http_client
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._http.request import Request
from ansible_collections.dasha.blackbox.plugins.module_utils._plan.write import POLL_DELAYS
from ansible_collections.dasha.blackbox.plugins.module_utils._provider import create, manage
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    CREATE_PATH,
    CREDENTIALS_PATH,
    MISSING_ID,
    OTHER_ACCOUNT_SID,
    OTHER_AUTH_TOKEN,
    PROVIDER_ID,
    PROVIDER_PATH,
    SERVER_ERROR,
)
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, assert_message, contains, fill
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner, diff_states
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_methods
from ansible_collections.dasha.blackbox.tests.support.state import changed_state
from ansible_collections.dasha.blackbox.tests.support.tasks import connect, execute, parameters
from ansible_collections.dasha.blackbox.tests.support.timing import wait_until

NEW = {"account_sid": OTHER_ACCOUNT_SID, "auth_token": OTHER_AUTH_TOKEN}
SETTINGS = {"name": "Sales line", "region": "ie1", "supports_call_transfer": True}
BODY = {"accountSid": OTHER_ACCOUNT_SID, "authToken": OTHER_AUTH_TOKEN}
CONCURRENT_CREATION = {"operation": "createTwilioProvider", "body": BODY}
#: Requests that look up the provider of the account before it exists, and requests of a creation.
LOOK_UP = ["LIST", "GET"]
CREATION = [*LOOK_UP, "POST", "LIST"]
#: Requests of a creation without a usable response: the new provider is read.
CREATION_FOUND = [*CREATION, "GET"]
#: Reads of a list that does not show the new provider.
POLLS = ["LIST"] * (1 + len(POLL_DELAYS))
# Requests that faults apply to.
ON_LIST = {"path": CREDENTIALS_PATH}
ON_POST = {"method": "POST"}


def providers_of_account(sandbox: SandboxProcess) -> list[dict[str, t.Any]]:
    """Return the providers of the Twilio account."""
    return [provider for provider in sandbox.state()["providers"] if provider["accountSid"] == OTHER_ACCOUNT_SID]


@pytest.mark.parametrize("desired", [{}, SETTINGS, {"name": "Sales line"}, {"supports_call_transfer": False}])
def test_creation_check_mode_then_run_then_rerun(
    run_module: ModuleRunner, sandbox: SandboxProcess, desired: dict[str, t.Any]
) -> None:
    predicted = run_module("twilio_provider", check_mode=True, **NEW, **desired)
    assert take_methods(sandbox) == LOOK_UP
    assert providers_of_account(sandbox) == []

    real = run_module("twilio_provider", **NEW, **desired)
    [post] = [request for request in sandbox.requests() if request["method"] == "POST"]
    names = {"name": "name", "region": "region", "supports_call_transfer": "supportsCallTransfer"}
    assert set(post["body"]) == {"accountSid", "authToken", *(names[option] for option in desired)}
    assert take_methods(sandbox) == CREATION

    again = run_module("twilio_provider", **NEW, **desired)
    assert take_methods(sandbox) == ["LIST", "GET", "GET"]

    options = ("account_sid", "name", "auth_token", "region", "supports_call_transfer")
    changed_fields = [option for option in options if option in {**NEW, **desired}]
    for result in (predicted, real):
        assert (result["changed"], result["changed_fields"]) == (True, changed_fields)
        assert diff_states(result) == ({}, {"account_sid": OTHER_ACCOUNT_SID, **desired})
    assert predicted["diff"] == real["diff"]
    # Check mode cannot predict the fields that the service sets.
    assert predicted["provider"] == {"account_sid": OTHER_ACCOUNT_SID, "provider_type": "twilio", **desired}
    assert predicted["provider"].items() <= real["provider"].items()
    assert (again["changed"], again["changed_fields"], again["provider"]) == (False, [], real["provider"])
    assert len(providers_of_account(sandbox)) == 1
    assert OTHER_AUTH_TOKEN not in json.dumps([predicted, real, again])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    desired=st.fixed_dictionaries(
        {
            "name": st.sampled_from([None, "A", "é" * 100]),
            "region": st.sampled_from([None, "us1", "IE1"]),
            "supports_call_transfer": st.sampled_from([None, True, False]),
        }
    )
)
def test_check_mode_generated_settings_matches_run(sandbox: SandboxProcess, desired: dict[str, t.Any]) -> None:
    state = sandbox.state()
    with connect(sandbox.url, api_key=sandbox.api_key) as client:
        predicted, real = (
            execute(manage.plan, client, parameters(**NEW, **desired), check_mode=check_mode)
            for check_mode in (True, False)
        )
        assert {**predicted, "provider": None} == {**real, "provider": None}
        assert predicted["provider"].items() <= real["provider"].items()
        assert not execute(manage.plan, client, parameters(**NEW, **desired), check_mode=False)["changed"]
    sandbox.restore(state)


def test_account_sid_in_lower_case_is_normalized(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("twilio_provider", account_sid=OTHER_ACCOUNT_SID.lower(), auth_token=OTHER_AUTH_TOKEN)
    assert result["provider"]["account_sid"] == OTHER_ACCOUNT_SID


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("options", "selector"),
    [
        ({"account_sid": OTHER_ACCOUNT_SID}, f"account_sid '{OTHER_ACCOUNT_SID}'"),
        ({"name": "Sales line"}, "name 'Sales line'"),
        ({"name": "Sales line", "auth_token": OTHER_AUTH_TOKEN}, "name 'Sales line'"),
    ],
)
def test_creation_without_required_options_fails(
    run_module: ModuleRunner, sandbox: SandboxProcess, options: dict[str, str], selector: str, check_mode: bool
) -> None:
    result = run_module("twilio_provider", check_mode=check_mode, **options)
    missing = "`auth_token`" if "account_sid" in options else "`account_sid` and `auth_token`"
    assert_message(result["msg"], "provider_missing", selector, fill("hint_create_provider", missing))
    assert (result["changed"], take_methods(sandbox)) == (False, LOOK_UP)


def test_creation_with_missing_id_fails(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("twilio_provider", id=MISSING_ID, **NEW)
    assert_message(result["msg"], "not_found", MISSING_ID)
    assert take_methods(sandbox) == ["GET"]


@pytest.mark.parametrize(
    "token",
    ["", " ", "0" * 31, "0" * 33, "A" * 32, "g" * 32, f"{OTHER_AUTH_TOKEN}\n", f" {OTHER_AUTH_TOKEN}", "fake token"],
    ids=repr,
)
def test_token_invalid_is_refused_and_redacted(run_module: ModuleRunner, sandbox: SandboxProcess, token: str) -> None:
    result = run_module("twilio_provider", account_sid=OTHER_ACCOUNT_SID, auth_token=token)
    assert_message(result["msg"], "option_invalid", "auth_token")
    assert not token.strip() or token.strip() not in json.dumps({**result, "invocation": None})
    assert sent(sandbox) == []


def test_token_given_as_account_sid_is_redacted(run_module: ModuleRunner) -> None:
    result = run_module("twilio_provider", account_sid=OTHER_AUTH_TOKEN, auth_token=OTHER_AUTH_TOKEN)
    assert OTHER_AUTH_TOKEN not in result["msg"]


def test_creation_refused_by_twilio_is_no_change(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("twilio_provider", account_sid=OTHER_ACCOUNT_SID, auth_token="0" * 32)
    detail = f"Twilio refuses the credentials of the account {OTHER_ACCOUNT_SID}."
    assert_message(result["msg"], "nothing_created", f"POST {CREATE_PATH}", 422, detail)
    assert (result["changed"], result["error"]["status"], take_methods(sandbox)) == (False, 422, [*LOOK_UP, "POST"])


def test_token_in_refusal_is_redacted(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    detail = f"token {OTHER_AUTH_TOKEN} for {OTHER_ACCOUNT_SID}"
    sandbox.inject_faults({**ON_POST, "response": {"status": 400, "json": {"detail": detail}}})
    result = run_module("twilio_provider", **NEW)
    assert_message(result["msg"], "nothing_created", 400, f"token ******** for {OTHER_ACCOUNT_SID}")
    assert OTHER_AUTH_TOKEN not in json.dumps(result)


def test_token_in_response_is_dropped(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"times": None, "path": ".*/providers/.*", "patch": {"authToken": "another-fake-token"}})
    result = run_module("twilio_provider", **NEW)
    assert result["changed"]
    assert "auth_token" not in result["provider"]
    assert "another-fake-token" not in json.dumps(result)


@pytest.mark.parametrize(
    "fault",
    [
        {"reset": True, "effect": True},
        {"response": {"status": 502}, "effect": True},
        {"response": SERVER_ERROR, "effect": True},
        {"response": {"status": 204}, "effect": True},
        {"response": {"status": 201, "text": "<html>"}, "effect": True},
        {"remove_fields": ["id"]},
        {"patch": {"id": "new"}},
    ],
)
@pytest.mark.parametrize("api_retries", [0, 4])
def test_creation_unclear_response_finds_provider(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any], api_retries: int
) -> None:
    sandbox.inject_faults({**ON_POST, "times": None, **fault})
    result = run_module("twilio_provider", api_retries=api_retries, **NEW, **SETTINGS)
    assert (result["changed"], result["provider"]["name"]) == (True, "Sales line")
    assert "retried" not in result
    # The format of warnings differs between versions of Ansible.
    described = f"{result['provider']['id']} ('Sales line')"
    assert_message(json.dumps(result["warnings"]), "creation_found", described)
    assert take_methods(sandbox) == CREATION_FOUND
    assert len(providers_of_account(sandbox)) == 1


@pytest.mark.parametrize(
    "fault", [{"reset": True}, {"response": {"status": 503}}, {"response": {"status": 504, "text": "gateway"}}]
)
@pytest.mark.parametrize("effect", [{"effect": False}, {"effect_delay": 3}])
def test_creation_without_effect_is_not_repeated(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any], effect: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**ON_POST, **fault, **effect})
    result = run_module("twilio_provider", api_retries=4, **NEW, **SETTINGS)
    assert_message(result["msg"], "read_afterwards", fill("creation_missing", f"account_sid '{OTHER_ACCOUNT_SID}'"))
    assert_message(result["msg"], "not_sent_again")
    assert (result["changed"], result["error"]["method"], result["error"]["attempts"]) == (True, "POST", 1)
    assert take_methods(sandbox) == [*LOOK_UP, "POST", *POLLS]
    if "effect_delay" in effect:
        wait_until(lambda: len(providers_of_account(sandbox)) == 1)
    again = run_module("twilio_provider", **NEW, **SETTINGS)
    assert (again["changed"], len(providers_of_account(sandbox))) == ("effect_delay" not in effect, 1)


def test_creation_accepted_without_effect_fails(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_POST, "response": {"status": 202}, "effect_delay": 5})
    result = run_module("twilio_provider", **NEW)
    missing = fill("creation_missing", f"account_sid '{OTHER_ACCOUNT_SID}'")
    assert_message(result["msg"], "write_accepted", f"POST {CREATE_PATH}", missing)
    assert (result["failed"], result["changed"]) == (True, True)


@pytest.mark.parametrize(
    "fault", [{"response": {"status": 429}}, {"response": {"status": 429, "headers": {"Retry-After": "0"}}}]
)
def test_creation_after_429_is_repeated(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**ON_POST, "times": 2, **fault})
    result = run_module("twilio_provider", api_retries=4, **NEW)
    assert (result["changed"], len(result["retried"])) == (True, 2)
    # Each 429 may have created the provider, so the task looks before it sends the request again.
    assert take_methods(sandbox) == [*LOOK_UP, "POST", *POLLS, "POST", *POLLS, "POST", "LIST"]
    assert len(providers_of_account(sandbox)) == 1


def test_request_without_connection_is_repeated() -> None:
    with connect("http://127.0.0.1:1", api_retries=3) as client, pytest.raises(BlackboxError) as failure:
        client.send(Request("POST", "/providers/twilio", body={}, may_repeat=lambda error: False))
    assert (failure.value.attempts, failure.value.is_ambiguous) == (4, False)


def test_request_lost_after_429_is_not_repeated(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_POST, "response": {"status": 429}}, {**ON_POST, "reset": True, "effect": False})
    retrying = connect(sandbox.url, api_key=sandbox.api_key, api_retries=4)
    with retrying as client, pytest.raises(BlackboxError) as failure:
        client.send(Request("POST", "/providers/twilio", body=BODY, may_repeat=lambda error: False))
    assert (failure.value.attempts, failure.value.is_ambiguous) == (2, True)


def test_creation_timeout_exceeds_api_timeout(sandbox: SandboxProcess) -> None:
    assert http_client.TWILIO_TIMEOUT == 120
    sandbox.inject_faults({**ON_POST, "delay": 3})
    with connect(sandbox.url, api_key=sandbox.api_key, api_timeout=2) as client:
        assert execute(manage.plan, client, parameters(**NEW), check_mode=False)["changed"]


def test_creation_timed_out_may_take_effect(sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(create, "TWILIO_TIMEOUT", 3.0)
    sandbox.inject_faults({**ON_POST, "delay": 6})
    impatient = connect(sandbox.url, api_key=sandbox.api_key, api_timeout=2)
    with impatient as client, pytest.raises(BlackboxError) as failure:
        execute(manage.plan, client, parameters(**NEW), check_mode=False)
    assert_message(failure.value.message, "timed_out", "3 s")
    assert_message(failure.value.message, "timeout_minimum")
    assert_message(failure.value.message, "may_take_effect")


@pytest.mark.parametrize("fault", [{}, {"reset": True, "effect": True}, {"response": {"status": 500}, "effect": True}])
def test_creation_concurrent_names_both_providers(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({**ON_POST, "concurrent_calls": [CONCURRENT_CREATION], **fault})
    result = run_module("twilio_provider", **NEW)
    ids = [provider["id"] for provider in providers_of_account(sandbox)]
    assert len(ids) == 2
    assert_message(result["msg"], "several_created", 2, f"account_sid '{OTHER_ACCOUNT_SID}'", *ids)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "DELETE" not in take_methods(sandbox)


def test_creation_lost_beside_other_provider_fails(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_POST, "concurrent_calls": [CONCURRENT_CREATION], "reset": True, "effect": False})
    result = run_module("twilio_provider", **NEW, **SETTINGS)
    (provider,) = providers_of_account(sandbox)
    settings = fill("setting_differs", "name", repr(provider["name"]), "'Sales line'")
    assert_message(result["msg"], "read_afterwards", fill("settings_differ", provider["id"]), settings)
    assert (result["failed"], result["changed"]) == (True, True)
    # The task does not update the provider, because check mode did not predict an update.
    assert set(take_methods(sandbox)) == {*LOOK_UP, "POST"}
    assert SETTINGS.items() <= run_module("twilio_provider", **NEW, **SETTINGS)["provider"].items()


def test_module_concurrent_runs_report_duplicates(run_module_process: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_POST, "path": CREATE_PATH, "delay": 0.5, "times": None})
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda _number: run_module_process("twilio_provider", **NEW), range(3)))
    created = providers_of_account(sandbox)
    errors = [result["msg"] for result in results if result.get("failed")]
    assert len(created) == 1 or any(all(provider["id"] in error for provider in created) for error in errors)
    assert any(result["changed"] for result in results)


@pytest.mark.parametrize("stored", [{"name": "SALES LINE"}, {"region": "us1"}])
def test_creation_with_setting_not_stored_fails(
    run_module: ModuleRunner, sandbox: SandboxProcess, stored: dict[str, str]
) -> None:
    sandbox.inject_faults({**ON_POST, "rewrite": stored})
    result = run_module("twilio_provider", **NEW, **SETTINGS)
    [provider] = providers_of_account(sandbox)
    ((option, value),) = stored.items()
    setting = fill("setting_differs", option, f"'{value}'", f"'{SETTINGS[option]}'")
    assert_message(
        result["msg"], "effect_differs", f"POST {CREATE_PATH}", fill("settings_differ", provider["id"]), setting
    )
    assert (result["failed"], result["changed"], result["error"]["status"]) == (True, True, 201)


def test_creation_with_other_account_stored_fails(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**ON_POST, "rewrite": {"accountSid": ACCOUNT_SID, "authToken": AUTH_TOKEN}})
    result = run_module("twilio_provider", **NEW)
    account = fill("setting_differs", "account_sid", f"'{ACCOUNT_SID}'", f"'{OTHER_ACCOUNT_SID}'")
    assert_message(result["msg"], "effect_differs", f"POST {CREATE_PATH}", account)
    assert (result["failed"], result["changed"]) == (True, True)


@pytest.mark.parametrize("status", [401, 403])
def test_creation_refused_does_not_blame_api_key(
    run_module: ModuleRunner, sandbox: SandboxProcess, status: int
) -> None:
    sandbox.inject_faults(
        {**ON_POST, "response": {"status": status, "json": {"detail": "Twilio authentication failed."}}}
    )
    message = run_module("twilio_provider", **NEW)["msg"]
    assert_message(message, "hint_check_twilio_account", status)
    assert not contains(message, KINDS["hint_check_key"])


def test_creation_missing_in_stale_list_is_returned(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    page = {"items": [], "totalCount": 0, "skip": 0, "take": 1000}
    stale_list = {**ON_LIST, "response": {"status": 200, "json": page}}
    # The task reads the fields that the response lacks.
    sandbox.inject_faults(ON_LIST, {**ON_POST, "remove_fields": ["name", "region"]}, stale_list)
    result = run_module("twilio_provider", **NEW, **SETTINGS)
    assert (result["changed"], result["provider"]["name"]) == (True, "Sales line")
    assert take_methods(sandbox) == [*LOOK_UP, "POST", "LIST", "LIST", "GET"]


def test_creation_never_listed_warns_with_id(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    page = {"items": [], "totalCount": 0, "skip": 0, "take": 1000}
    sandbox.inject_faults(ON_LIST, {**ON_LIST, "response": {"status": 200, "json": page}, "times": None})
    result = run_module("twilio_provider", **NEW, **SETTINGS)
    assert (result["changed"], result["provider"]["name"]) == (True, "Sales line")
    assert_message(json.dumps(result["warnings"]), "creation_not_listed", result["provider"]["id"])
    assert take_methods(sandbox) == [*LOOK_UP, "POST", *POLLS]


@pytest.mark.parametrize("status", [303, 408, 409, 425, 429, 499, 500, 520, 524, 527])
def test_creation_unclear_status_finds_provider(run_module: ModuleRunner, sandbox: SandboxProcess, status: int) -> None:
    sandbox.inject_faults({**ON_POST, "response": {"status": status}, "effect": True})
    result = run_module("twilio_provider", **NEW, **SETTINGS)
    assert (result.get("failed"), result["changed"]) == (None, True)
    assert take_methods(sandbox).count("POST") == 1
    assert len(providers_of_account(sandbox)) == 1


@pytest.mark.parametrize("status", [303, 408, 409, 425, 499, 500, 520, 524, 527])
def test_creation_unclear_status_without_effect_fails(
    run_module: ModuleRunner, sandbox: SandboxProcess, status: int
) -> None:
    sandbox.inject_faults({**ON_POST, "response": {"status": status}})
    result = run_module("twilio_provider", **NEW, **SETTINGS)
    assert_message(result["msg"], "not_sent_again")
    assert (result["failed"], result["changed"], result["error"]["status"]) == (True, True, status)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_creation_refused_changes_nothing(run_module: ModuleRunner, sandbox: SandboxProcess, status: int) -> None:
    sandbox.inject_faults({**ON_POST, "response": {"status": status, "json": {"detail": "no"}}})
    result = run_module("twilio_provider", **NEW, **SETTINGS)
    assert_message(result["msg"], "nothing_created", status)
    assert (result["failed"], result["changed"]) == (True, False)


@pytest.mark.parametrize("source", ["provider", "manual"])
@pytest.mark.parametrize("provider_type", ["twilio", "twilio-flex"])
def test_creation_beside_unusual_provider_is_stopped(
    run_module: ModuleRunner, sandbox: SandboxProcess, source: str, provider_type: str
) -> None:
    with changed_state(sandbox) as state:
        state["sip_credentials"][0]["source"] = source
    sandbox.inject_faults({"path": PROVIDER_PATH, "patch": {"providerType": provider_type}, "times": None})
    run_module("twilio_provider", account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN)
    assert "POST" not in take_methods(sandbox)


@pytest.mark.parametrize(("cut", "kind"), [(False, "created_before"), (True, "effect_unknown")])
def test_creation_without_read_back_counts_as_change(
    run_module: ModuleRunner, sandbox: SandboxProcess, cut: bool, kind: str
) -> None:
    failed_list = {**ON_LIST, "response": SERVER_ERROR, "times": None}
    sandbox.inject_faults(ON_LIST, {**ON_POST, "reset": cut, "effect": True}, failed_list)
    result = run_module("twilio_provider", **NEW)
    assert_message(result["msg"], kind, "oops")
    assert (result["failed"], result["changed"], result["error"]["method"]) == (True, True, "POST" if cut else "GET")


def test_token_on_create_is_not_sent_to_existing(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("twilio_provider", id=PROVIDER_ID, auth_token=OTHER_AUTH_TOKEN)
    assert (result["changed"], take_methods(sandbox)) == (False, ["GET"])


def test_token_always_is_sent_once_by_creation(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("twilio_provider", update_auth_token="always", **NEW)
    assert result["changed_fields"] == ["account_sid", "auth_token"]
    assert take_methods(sandbox) == CREATION
