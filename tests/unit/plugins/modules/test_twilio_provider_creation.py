# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A provider is created once, whatever becomes of the answer, and never on a guess."""

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
from ansible_collections.dasha.blackbox.plugins.module_utils._provider import manage
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    CREATE_PATH,
    CREDENTIALS_PATH,
    OTHER_ACCOUNT_SID,
    OTHER_AUTH_TOKEN,
    PROVIDER_ID,
)
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_methods
from ansible_collections.dasha.blackbox.tests.support.tasks import connect, execute, parameters
from ansible_collections.dasha.blackbox.tests.support.timing import wait_until

NEW = {"account_sid": OTHER_ACCOUNT_SID, "auth_token": OTHER_AUTH_TOKEN}
WISHES = {"name": "Sales line", "region": "ie1", "supports_call_transfer": True}
BY_SOMEBODY_ELSE = {
    "operation": "createTwilioProvider",
    "body": {"accountSid": OTHER_ACCOUNT_SID, "authToken": OTHER_AUTH_TOKEN},
}
#: Requests of a creation in the seed's organization: looked for, created, looked for again.
LOOK = ["LIST", "GET"]
ONCE = [*LOOK, "POST", "LIST", "GET", "GET"]


def providers_of_account(sandbox: SandboxProcess) -> list[dict[str, t.Any]]:
    return [provider for provider in sandbox.state()["providers"] if provider["accountSid"] == OTHER_ACCOUNT_SID]


@pytest.mark.parametrize("wishes", [{}, WISHES, {"name": "Sales line"}, {"supports_call_transfer": False}])
def test_check_mode_then_the_creation_then_nothing(
    run_module: ModuleRunner, sandbox: SandboxProcess, wishes: dict[str, t.Any]
) -> None:
    predicted = run_module("twilio_provider", check_mode=True, **NEW, **wishes)
    assert take_methods(sandbox) == LOOK
    assert providers_of_account(sandbox) == []

    real = run_module("twilio_provider", **NEW, **wishes)
    [post] = [request for request in sandbox.requests() if request["method"] == "POST"]
    assert set(post["body"]) == {
        "accountSid",
        "authToken",
        *({"name": "name", "region": "region", "supports_call_transfer": "supportsCallTransfer"}[w] for w in wishes),
    }
    assert take_methods(sandbox) == ONCE

    again = run_module("twilio_provider", **NEW, **wishes)
    assert take_methods(sandbox) == ["LIST", "GET", "GET"]

    sent_options = [
        option
        for option in ("account_sid", "name", "auth_token", "region", "supports_call_transfer")
        if option in {**NEW, **wishes}
    ]
    for result in (predicted, real):
        assert (result["changed"], result["changed_fields"]) == (True, sent_options)
        assert result["diff"]["before"] == {}
        assert result["diff"]["after"] == {"account_sid": OTHER_ACCOUNT_SID, **wishes}
    assert predicted["diff"] == real["diff"]
    # What only the service can know is not there.
    assert predicted["provider"] == {"account_sid": OTHER_ACCOUNT_SID, "provider_type": "twilio", **wishes}
    assert predicted["provider"].items() <= real["provider"].items()
    assert (again["changed"], again["changed_fields"], again["provider"]) == (False, [], real["provider"])
    assert len(providers_of_account(sandbox)) == 1
    assert OTHER_AUTH_TOKEN not in json.dumps([predicted, real, again])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wishes=st.fixed_dictionaries(
        {
            "name": st.sampled_from([None, "A", "é" * 100]),
            "region": st.sampled_from([None, "us1", "IE1"]),
            "supports_call_transfer": st.sampled_from([None, True, False]),
        }
    )
)
def test_check_mode_and_the_creation_agree(sandbox: SandboxProcess, wishes: dict[str, t.Any]) -> None:
    state = sandbox.state()
    with connect(sandbox.url, api_key=sandbox.api_key) as client:
        predicted, real = (
            execute(manage.plan, client, parameters(**NEW, **wishes), check_mode=check_mode)
            for check_mode in (True, False)
        )
        assert {**predicted, "provider": None} == {**real, "provider": None}
        assert predicted["provider"].items() <= real["provider"].items()
        assert not execute(manage.plan, client, parameters(**NEW, **wishes), check_mode=False)["changed"]
    sandbox.restore(state)


def test_an_account_is_sent_as_the_service_wants_it(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
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
def test_nothing_is_created_without_account_and_token(
    run_module: ModuleRunner, sandbox: SandboxProcess, options: dict[str, str], selector: str, check_mode: bool
) -> None:
    result = run_module("twilio_provider", check_mode=check_mode, **options)
    needed = "auth_token" if "account_sid" in options else "account_sid and auth_token"
    assert result["msg"].startswith(f"No provider has the {selector}.")
    assert result["msg"].endswith(f"To create one, give {needed}, too.")
    assert (result["changed"], take_methods(sandbox)) == (False, LOOK)


def test_nothing_is_created_for_an_id(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("twilio_provider", id="00000000-0000-4000-8000-000000000000", **NEW)
    assert "404 Not Found" in result["msg"]
    assert take_methods(sandbox) == ["GET"]


@pytest.mark.parametrize(
    "token",
    ["", " ", "0" * 31, "0" * 33, "A" * 32, "g" * 32, f"{OTHER_AUTH_TOKEN}\n", f" {OTHER_AUTH_TOKEN}", "fake token"],
    ids=repr,
)
def test_a_token_that_is_none_is_refused_and_not_shown(
    run_module: ModuleRunner, sandbox: SandboxProcess, token: str
) -> None:
    result = run_module("twilio_provider", account_sid=OTHER_ACCOUNT_SID, auth_token=token)
    assert result["msg"].startswith("The option auth_token is refused: it is")
    assert not token.strip() or token.strip() not in json.dumps({**result, "invocation": None})
    assert sent(sandbox) == []


def test_a_token_in_the_place_of_the_account_is_not_shown(run_module: ModuleRunner) -> None:
    assert (
        OTHER_AUTH_TOKEN
        not in run_module("twilio_provider", account_sid=OTHER_AUTH_TOKEN, auth_token=OTHER_AUTH_TOKEN)["msg"]
    )


def test_a_refusal_by_twilio_is_shown_as_the_service_words_it(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    result = run_module("twilio_provider", account_sid=OTHER_ACCOUNT_SID, auth_token="0" * 32)
    assert (
        result["msg"]
        == f"POST {CREATE_PATH}: 422 Unprocessable Entity: Twilio refuses the credentials of the account {OTHER_ACCOUNT_SID}. Nothing was created."
    )
    assert (result["changed"], result["error"]["status"], take_methods(sandbox)) == (False, 422, [*LOOK, "POST"])


def test_a_refusal_that_repeats_the_token_is_scrubbed(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(
        {
            "method": "POST",
            "response": {"status": 400, "json": {"detail": f"token {OTHER_AUTH_TOKEN} for {OTHER_ACCOUNT_SID}"}},
        }
    )
    result = run_module("twilio_provider", **NEW)
    assert result["msg"].endswith(f"400 Bad Request: token ******** for {OTHER_ACCOUNT_SID}. Nothing was created.")
    assert OTHER_AUTH_TOKEN not in json.dumps(result)


def test_a_token_in_an_answer_is_dropped(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
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
        {"response": {"status": 500, "json": {"detail": "oops"}}, "effect": True},
        {"response": {"status": 204}, "effect": True},
        {"response": {"status": 201, "text": "<html>"}, "effect": True},
        {"remove_fields": ["id"]},
        {"patch": {"id": "new"}},
    ],
)
@pytest.mark.parametrize("retries", ["0", "4"])
def test_a_creation_that_took_effect_is_found_when_the_answer_does_not_tell(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any], retries: str
) -> None:
    sandbox.inject_faults({"method": "POST", "times": None, **fault})
    result = run_module("twilio_provider", environment={"DASHA_BLACKBOX_API_RETRIES": retries}, **NEW, **WISHES)
    assert (result["changed"], result["provider"]["name"]) == (True, "Sales line")
    assert "retried" not in result
    # Ansible wraps it differently from version to version.
    assert f"The provider {result['provider']['id']} ('Sales line') was found after a creation" in json.dumps(
        result["warnings"]
    )
    assert take_methods(sandbox) == ONCE
    assert len(providers_of_account(sandbox)) == 1


@pytest.mark.parametrize(
    "fault", [{"reset": True}, {"response": {"status": 503}}, {"response": {"status": 504, "text": "gateway"}}]
)
@pytest.mark.parametrize("effect", [{"effect": False}, {"effect_delay": 3}])
def test_a_creation_that_is_not_there_yet_is_not_sent_again(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any], effect: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({"method": "POST", **fault, **effect})
    result = run_module("twilio_provider", environment={"DASHA_BLACKBOX_API_RETRIES": "4"}, **NEW, **WISHES)
    assert (
        f"Read afterwards: no provider has the account_sid '{OTHER_ACCOUNT_SID}'. The request was not sent again."
        in result["msg"]
    )
    assert (result["changed"], result["error"]["method"], result["error"]["attempts"]) == (False, "POST", 1)
    assert take_methods(sandbox) == [*LOOK, "POST", *LOOK]
    if "effect_delay" in effect:
        wait_until(lambda: len(providers_of_account(sandbox)) == 1)
    # Run again, it looks first.
    again = run_module("twilio_provider", **NEW, **WISHES)
    assert (again["changed"], len(providers_of_account(sandbox))) == ("effect_delay" not in effect, 1)


def test_an_accepted_creation_that_is_nowhere_counts_as_a_change(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    sandbox.inject_faults({"method": "POST", "response": {"status": 202}, "effect_delay": 5})
    result = run_module("twilio_provider", **NEW)
    assert result["msg"].startswith(
        f"POST {CREATE_PATH} was accepted, but no provider has the account_sid '{OTHER_ACCOUNT_SID}'."
    )
    assert (result["failed"], result["changed"]) == (True, True)


@pytest.mark.parametrize(
    "fault", [{"response": {"status": 429}}, {"response": {"status": 429, "headers": {"Retry-After": "0"}}}]
)
def test_a_creation_that_was_not_processed_is_sent_again(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({"method": "POST", "times": 2, **fault})
    result = run_module("twilio_provider", environment={"DASHA_BLACKBOX_API_RETRIES": "4"}, **NEW)
    assert (result["changed"], len(result["retried"])) == (True, 2)
    assert take_methods(sandbox) == [*LOOK, "POST", "POST", "POST", "LIST", "GET", "GET"]
    assert len(providers_of_account(sandbox)) == 1


def test_a_connection_that_does_not_come_about_is_tried_again() -> None:
    with connect("http://127.0.0.1:1", api_retries=3) as client, pytest.raises(BlackboxError) as failure:
        client.send(Request("POST", "/providers/twilio", body={}, may_repeat=lambda: False))
    assert (failure.value.attempts, failure.value.is_ambiguous) == (4, False)


def test_after_a_429_an_answer_that_is_lost_ends_the_attempts(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(
        {"method": "POST", "response": {"status": 429}}, {"method": "POST", "reset": True, "effect": False}
    )
    with (
        connect(sandbox.url, api_key=sandbox.api_key, api_retries=4) as client,
        pytest.raises(BlackboxError) as failure,
    ):
        client.send(
            Request(
                "POST",
                "/providers/twilio",
                body={"accountSid": OTHER_ACCOUNT_SID, "authToken": OTHER_AUTH_TOKEN},
                may_repeat=lambda: False,
            )
        )
    assert (failure.value.attempts, failure.value.is_ambiguous) == (2, True)


def test_a_creation_has_more_time_than_other_requests(sandbox: SandboxProcess) -> None:
    assert http_client.TWILIO_TIMEOUT == 120
    sandbox.inject_faults({"method": "POST", "delay": 3})
    with connect(sandbox.url, api_key=sandbox.api_key, api_timeout=2) as client:
        assert execute(manage.plan, client, parameters(**NEW), check_mode=False)["changed"]


def test_a_creation_that_takes_too_long_is_looked_for(sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.dasha.blackbox.plugins.module_utils._provider.create.TWILIO_TIMEOUT", 3.0)
    sandbox.inject_faults({"method": "POST", "delay": 6})
    with (
        connect(sandbox.url, api_key=sandbox.api_key, api_timeout=2) as client,
        pytest.raises(BlackboxError) as failure,
    ):
        execute(manage.plan, client, parameters(**NEW), check_mode=False)
    assert (
        "no complete response within 3 s (the minimum for requests during which the service calls Twilio)."
        in failure.value.message
    )
    assert "The request may still take effect." in failure.value.message


@pytest.mark.parametrize("fault", [{}, {"reset": True, "effect": True}, {"response": {"status": 500}, "effect": True}])
def test_two_that_are_created_at_the_same_time_are_both_named(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({"method": "POST", "concurrent_calls": [BY_SOMEBODY_ELSE], **fault})
    result = run_module("twilio_provider", **NEW)
    ids = [provider["id"] for provider in providers_of_account(sandbox)]
    assert len(ids) == 2
    assert all(identifier in result["msg"] for identifier in ids)
    assert f"now 2 providers have the account_sid '{OTHER_ACCOUNT_SID}', and none had it before: " in result["msg"]
    assert "None was deleted" in result["msg"]
    assert (result["failed"], result["changed"]) == (True, True)
    assert "DELETE" not in take_methods(sandbox)


def test_lost_creation_beside_foreign_one_fails(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"method": "POST", "concurrent_calls": [BY_SOMEBODY_ELSE], "reset": True, "effect": False})
    result = run_module("twilio_provider", **NEW, **WISHES)
    (provider,) = providers_of_account(sandbox)
    assert f"Read afterwards: the provider {provider['id']} is not as asked for: name is " in result["msg"]
    assert (result["failed"], result["changed"]) == (True, True)
    # An update is another plan, which check mode would not have shown.
    assert take_methods(sandbox) == [*LOOK, "POST", *LOOK, "GET"]
    assert WISHES.items() <= run_module("twilio_provider", **NEW, **WISHES)["provider"].items()


def test_runs_at_the_same_time_end_with_one_provider_or_with_an_error(
    run_module_process: ModuleRunner, sandbox: SandboxProcess
) -> None:
    sandbox.inject_faults({"method": "POST", "path": CREATE_PATH, "delay": 0.5, "times": None})
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda _number: run_module_process("twilio_provider", **NEW), range(3)))
    there = providers_of_account(sandbox)
    errors = [result["msg"] for result in results if result.get("failed")]
    assert len(there) == 1 or any(all(provider["id"] in error for provider in there) for error in errors)
    assert any(result["changed"] for result in results)


@pytest.mark.parametrize("stored", [{"name": "SALES LINE"}, {"region": "us1"}])
def test_what_is_stored_otherwise_is_named(
    run_module: ModuleRunner, sandbox: SandboxProcess, stored: dict[str, str]
) -> None:
    sandbox.inject_faults({"method": "POST", "rewrite": stored})
    result = run_module("twilio_provider", **NEW, **WISHES)
    [provider] = providers_of_account(sandbox)
    ((option, value),) = stored.items()
    assert result["msg"].startswith(
        f"POST {CREATE_PATH} was accepted, but the provider {provider['id']} is not as asked for: {option} is '{value}', not '{WISHES[option]}' as asked for."
    )
    assert (result["failed"], result["changed"], result["error"]["status"]) == (True, True, 201)


def test_a_provider_of_another_account_is_none_of_ours(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"method": "POST", "rewrite": {"accountSid": ACCOUNT_SID, "authToken": AUTH_TOKEN}})
    result = run_module("twilio_provider", **NEW)
    assert f"account_sid is '{ACCOUNT_SID}', not '{OTHER_ACCOUNT_SID}' as asked for." in result["msg"]
    assert (result["failed"], result["changed"]) == (True, True)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_after_the_key_was_taken_is_not_blamed_on_the_key(
    run_module: ModuleRunner, sandbox: SandboxProcess, status: int
) -> None:
    sandbox.inject_faults(
        {"method": "POST", "response": {"status": status, "json": {"detail": "Twilio authentication failed."}}}
    )
    message = run_module("twilio_provider", **NEW)["msg"]
    assert "it may be Twilio that refuses" in message
    assert "Check api_key" not in message


def test_a_list_that_is_behind_does_not_hide_what_was_answered(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    """And the other way round: what the answer leaves out is read."""
    of_before = {
        "path": CREDENTIALS_PATH,
        "response": {"status": 200, "json": {"items": [], "totalCount": 0, "skip": 0, "take": 1000}},
    }
    sandbox.inject_faults(
        {"path": CREDENTIALS_PATH}, {"method": "POST", "remove_fields": ["name", "region"]}, of_before
    )
    result = run_module("twilio_provider", **NEW, **WISHES)
    assert (result["changed"], result["provider"]["name"]) == (True, "Sales line")
    assert take_methods(sandbox) == [*LOOK, "POST", "LIST", "GET"]


@pytest.mark.parametrize(
    ("cut", "words"), [(False, "It created the provider"), (True, "Whether it took effect is unknown")]
)
def test_a_creation_after_which_nothing_can_be_looked_up_counts_as_a_change(
    run_module: ModuleRunner, sandbox: SandboxProcess, cut: bool, words: str
) -> None:
    sandbox.inject_faults(
        {"path": CREDENTIALS_PATH},
        {"method": "POST", "reset": cut, "effect": True},
        {"path": CREDENTIALS_PATH, "response": {"status": 500, "json": {"detail": "oops"}}, "times": None},
    )
    result = run_module("twilio_provider", **NEW)
    assert words in result["msg"]
    assert (result["failed"], result["changed"], result["error"]["method"]) == (True, True, "POST" if cut else "GET")


def test_on_create_a_provider_that_is_there_never_gets_the_token(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    result = run_module("twilio_provider", id=PROVIDER_ID, auth_token=OTHER_AUTH_TOKEN)
    assert (result["changed"], take_methods(sandbox)) == (False, ["GET"])


def test_a_token_that_was_just_used_to_create_is_not_sent_again(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    result = run_module("twilio_provider", update_auth_token="always", **NEW)
    assert result["changed_fields"] == ["account_sid", "auth_token"]
    assert take_methods(sandbox) == ONCE
