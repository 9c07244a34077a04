# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of twilio_providers: plans, failures of single providers, concurrency and throttling."""

from __future__ import annotations

import typing as t
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._provider import bulk, manage
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    CREATE_PATH,
    CREDENTIALS_PATH,
    OTHER_ACCOUNT_SID,
)
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message, fill
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_methods
from ansible_collections.dasha.blackbox.tests.support.state import changed_state
from ansible_collections.dasha.blackbox.tests.support.tasks import connect, execute, parameters
from ansible_collections.dasha.blackbox.tests.support.timing import wait_until

IDS = [str(uuid.UUID(int=number, version=4)) for number in range(12)]
SETTINGS = {"region": "us1", "supports_call_transfer": False}


def path(provider_id: str) -> str:
    """Return the path of a provider."""
    return f"/api/v1/providers/twilio/{provider_id}"


@pytest.fixture
def fleet(sandbox: SandboxProcess) -> SandboxProcess:
    """Return the sandbox with twelve providers, each with its own account and name."""
    accounts = [f"AC{number:032x}" for number in range(0x100, 0x100 + len(IDS))]
    with changed_state(sandbox) as state:
        state["twilio_accounts"] += [{"account_sid": account, "auth_token": account[2:]} for account in accounts]
        state["providers"] = [
            {"id": identifier, "accountSid": account, "name": f"Line {number:02}"}
            for number, (identifier, account) in enumerate(zip(IDS, accounts))
        ]
        state["sip_phone_numbers"] = state["agent_links"] = state["sip_credentials"] = []
    return sandbox


def entries(*drifted: int) -> list[dict[str, t.Any]]:
    """Return entries for all providers. Only the drifted ones change a setting."""
    return [
        {"id": identifier, **SETTINGS, **({"region": "ie1"} if number in drifted else {})}
        for number, identifier in enumerate(IDS)
    ]


def test_update_without_changes_reads_each_once(run_module: ModuleRunner, fleet: SandboxProcess) -> None:
    result = run_module("twilio_providers", providers=entries())
    assert (result["changed"], result["diff"]) == (False, [])
    assert result["summary"] == {"total": 12, "changed": 0, "failed": 0}
    assert result["providers"] == [
        {
            "id": identifier,
            "name": f"Line {number:02}",
            "changed": False,
            "changed_fields": [],
            "missing": False,
            "error": None,
        }
        for number, identifier in enumerate(IDS)
    ]
    assert sorted(sent(fleet)) == sorted(("GET", path(identifier), None) for identifier in IDS)


def test_update_check_mode_then_run_then_rerun(run_module: ModuleRunner, fleet: SandboxProcess) -> None:
    predicted = run_module("twilio_providers", providers=entries(2, 7), check_mode=True)
    assert take_methods(fleet) == ["GET"] * 12
    real = run_module("twilio_providers", providers=entries(2, 7))
    assert sorted(sent(fleet)[12:]) == [("PUT", f"{CREATE_PATH}/{IDS[number]}", {"region": "ie1"}) for number in (2, 7)]
    assert predicted == real
    assert (real["changed"], real["summary"]) == (True, {"total": 12, "changed": 2, "failed": 0})
    assert [entry["id"] for entry in real["providers"] if entry["changed"]] == [IDS[2], IDS[7]]
    assert [entry["changed_fields"] for entry in real["providers"] if entry["changed"]] == [["region"]] * 2
    assert [entry["id"] for entry in real["providers"] if "provider" in entry] == [IDS[2], IDS[7]]
    assert real["providers"][2]["provider"]["region"] == "ie1"
    headers = [diff["before_header"] for diff in real["diff"]]
    assert headers == [f"twilio_provider {IDS[2]}", f"twilio_provider {IDS[7]}"]
    fleet.clear_requests()
    again = run_module("twilio_providers", providers=entries(2, 7))
    assert (again["changed"], take_methods(fleet)) == (False, ["GET"] * 12)


def test_return_unchanged_returns_all_providers(run_module: ModuleRunner, fleet: SandboxProcess) -> None:
    result = run_module("twilio_providers", providers=entries(), return_unchanged=True)
    assert [entry["provider"]["region"] for entry in result["providers"]] == ["us1"] * 12


def test_selectors_by_account_and_name_list_once(run_module: ModuleRunner, fleet: SandboxProcess) -> None:
    account = f"ac{0x103:032X}"
    desired = [
        {"account_sid": account, "name": "Sales"},
        {"name": "Line 05", "region": "ie1"},
        {"id": IDS[6], "region": "us1"},
    ]
    predicted = run_module("twilio_providers", providers=desired, check_mode=True)
    assert sorted(take_methods(fleet)) == ["GET"] * 12 + ["LIST"]
    real = run_module("twilio_providers", providers=desired)
    assert sorted(take_methods(fleet)) == ["GET"] * 12 + ["LIST"] + ["PUT"] * 2
    assert predicted == real
    assert [(entry["id"], entry["name"], entry["changed_fields"]) for entry in real["providers"]] == [
        (IDS[3], "Sales", ["name"]),
        (IDS[5], "Line 05", ["region"]),
        (IDS[6], "Line 06", []),
    ]


def test_empty_list_sends_no_requests(run_module: ModuleRunner, fleet: SandboxProcess) -> None:
    result = run_module("twilio_providers", providers=[])
    assert (result["changed"], result["providers"], sent(fleet)) == (False, [], [])


@pytest.mark.parametrize(
    ("desired", "expected"),
    [
        ([{"id": IDS[0]}, {"id": IDS[0].upper()}], ("selector_repeated", f"id '{IDS[0]}'")),
        (
            [{"account_sid": ACCOUNT_SID}, {"account_sid": ACCOUNT_SID.lower()}],
            ("selector_repeated", f"account_sid '{ACCOUNT_SID}'"),
        ),
        ([{"name": "Line 01"}, {"name": "Line 01"}], ("selector_repeated", "name 'Line 01'")),
        ([{"id": "x"}], ("uuid_malformed", "id", "'x'")),
        ([{"id": IDS[0]}, {"name": ""}], ("option_empty", "name")),
        ([{"id": IDS[0], "region": " "}], ("option_blank", "region")),
        ([{"region": "us1"}], ("option_missing", "id, account_sid, name", "providers")),
        ([{"id": IDS[0], "auth_token": "0" * 32}], ("option_unsupported", "auth_token")),
    ],
)
def test_invalid_entry_is_refused_before_requests(
    run_module: ModuleRunner, fleet: SandboxProcess, desired: list[dict[str, str]], expected: tuple[str, ...]
) -> None:
    assert_message(run_module("twilio_providers", providers=desired)["msg"], *expected)
    assert sent(fleet) == []


@pytest.mark.parametrize("concurrency", [0, 65, -1])
def test_concurrency_out_of_range_is_refused(run_module: ModuleRunner, concurrency: int) -> None:
    result = run_module("twilio_providers", providers=[], concurrency=concurrency)
    assert_message(result["msg"], "option_out_of_range", "concurrency", f" {concurrency} ", 1, 64)


@pytest.mark.parametrize("check_mode", [True, False])
def test_duplicate_providers_are_refused_before_write(
    run_module: ModuleRunner, fleet: SandboxProcess, check_mode: bool
) -> None:
    desired = [{"id": IDS[0], "region": "ie1"}, {"name": "Line 00", "region": "de1"}]
    result = run_module("twilio_providers", providers=desired, check_mode=check_mode)
    assert_message(result["msg"], "provider_selected_twice", f"id '{IDS[0]}'", "name 'Line 00'")
    assert (result["changed"], "PUT" in take_methods(fleet)) == (False, False)


def test_failures_keep_others_and_rerun_completes(run_module: ModuleRunner, fleet: SandboxProcess) -> None:
    problem = {"status": 422, "detail": "Region 'ie1' is full."}
    fleet.inject_faults(
        {"method": "PUT", "path": f".*{IDS[4]}", "response": {"status": 422, "json": problem}},
        {"path": path(IDS[8]), "response": {"status": 500}},
    )
    result = run_module("twilio_providers", providers=entries(3, 4, 8))
    assert (result["failed"], result["changed"]) == (True, True)
    assert result["summary"] == {"total": 12, "changed": 1, "failed": 2}
    refused, unread = result["providers"][4], result["providers"][8]
    errors = [
        f"{IDS[4]} ('Line 04'): PUT {path(IDS[4])}: 422",
        problem["detail"],
        f"{IDS[8]}: GET {path(IDS[8])}: 500",
        refused["error"]["msg"],
        unread["error"]["msg"],
    ]
    assert_message(result["msg"], "providers_failed", fill("providers_failed", 2, 12), *errors)
    assert (refused["changed"], refused["changed_fields"], refused["provider"]["region"]) == (False, ["region"], "us1")
    error = refused["error"]
    assert (error["method"], error["status"], error["problem"]) == ("PUT", 422, problem)
    assert (unread["id"], unread["name"], unread["error"]["status"], "provider" in unread) == (None, None, 500, False)
    assert (refused["missing"], unread["missing"]) == (False, False)
    fleet.clear_requests()
    again = run_module("twilio_providers", providers=entries(3, 4, 8))
    assert (again["changed"], again["summary"]) == (True, {"total": 12, "changed": 2, "failed": 0})
    assert sorted(take_methods(fleet)) == ["GET"] * 12 + ["PUT"] * 2


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"id": "00000000-0000-4000-8000-00000000ffff"}, ("not_found", "00000000-0000-4000-8000-00000000ffff")),
        ({"name": "No such line"}, ("provider_missing", "name 'No such line'")),
        ({"account_sid": OTHER_ACCOUNT_SID}, ("provider_missing", f"account_sid '{OTHER_ACCOUNT_SID}'")),
        ({"id": IDS[1], "account_sid": OTHER_ACCOUNT_SID}, ("account_differs", IDS[1], OTHER_ACCOUNT_SID)),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_failure_matches_twilio_provider(
    run_module: ModuleRunner, fleet: SandboxProcess, entry: dict[str, str], expected: tuple[str, ...], check_mode: bool
) -> None:
    result = run_module("twilio_providers", providers=[entry, {"id": IDS[2], "region": "ie1"}], check_mode=check_mode)
    error = result["providers"][0]["error"]["msg"]
    assert_message(error, *expected)
    assert (result["providers"][1]["changed"], result["summary"]["failed"]) == (True, 1)
    assert run_module("twilio_provider", **entry)["msg"].startswith(error)


def test_missing_provider_is_distinguished(run_module: ModuleRunner, fleet: SandboxProcess) -> None:
    with changed_state(fleet) as state:
        state["providers"][3]["name"] = state["providers"][4]["name"]
    desired = [
        {"id": "00000000-0000-4000-8000-00000000ffff"},
        {"name": "No such line"},
        {"account_sid": OTHER_ACCOUNT_SID},
        {"name": "Line 04"},
        {"id": IDS[1], "account_sid": OTHER_ACCOUNT_SID},
    ]
    result = run_module("twilio_providers", providers=desired, check_mode=True)
    assert [entry["missing"] for entry in result["providers"]] == [True, True, True, False, False]
    # The provider of another account was read.
    assert (result["providers"][4]["id"], result["providers"][4]["provider"]["name"]) == (IDS[1], "Line 01")
    fleet.inject_faults({"path": path(IDS[0]), "response": {"status": 404, "text": "<html>Not found</html>"}})
    wrong_page = run_module("twilio_providers", providers=[{"id": IDS[0]}], check_mode=True)["providers"][0]
    assert (wrong_page["missing"], wrong_page["error"]["status"]) == (False, 404)


def test_list_unreadable_keeps_entries_with_id(run_module: ModuleRunner, fleet: SandboxProcess) -> None:
    fleet.inject_faults({"path": CREDENTIALS_PATH, "times": None, "response": {"status": 500}})
    desired = [{"name": "Line 01", "region": "ie1"}, {"id": IDS[2], "region": "ie1"}]
    result = run_module("twilio_providers", providers=desired)
    assert [(entry["changed"], bool(entry["error"])) for entry in result["providers"]] == [(False, True), (True, False)]


def test_many_failures_are_truncated_in_message(run_module: ModuleRunner, fleet: SandboxProcess) -> None:
    missing = [{"id": str(uuid.UUID(int=number, version=4))} for number in range(0x1000, 0x1000 + 25)]
    result = run_module("twilio_providers", providers=missing)
    assert_message(result["msg"], "providers_failed", fill("providers_failed", 25, 25), fill("more_left_out", 5))
    assert [entry["id"] in result["msg"] for entry in missing] == [True] * 20 + [False] * 5
    assert len(result["providers"]) == 25


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    desired=st.lists(
        st.fixed_dictionaries(
            {
                "name": st.sampled_from([None, "Line 00", "é"]),
                "region": st.sampled_from([None, "US1", "ie1"]),
                "supports_call_transfer": st.sampled_from([None, True]),
            }
        ),
        min_size=1,
        max_size=4,
    )
)
def test_generated_settings_match_twilio_provider(fleet: SandboxProcess, desired: list[dict[str, t.Any]]) -> None:
    state = fleet.state()
    options = [parameters(id=identifier, **values) for identifier, values in zip(IDS, desired)]
    with connect(fleet.url, api_key=fleet.api_key) as client:
        single = [execute(manage.plan, client, one, check_mode=False) for one in options]
        after_single = fleet.state()["providers"]
        fleet.restore(state)
        for check_mode in (True, False):
            many = {"providers": options, "concurrency": 8, "return_unchanged": True}
            result = execute(bulk.plan, client, many, check_mode)
            fields = ("changed", "changed_fields", "provider")
            assert [[entry[field] for field in fields] for entry in result["providers"]] == [
                [one[field] for field in fields] for one in single
            ]
            assert result["diff"] == [one["diff"] for one in single if one["changed"]]
        assert fleet.state()["providers"] == after_single
    fleet.restore(state)


@pytest.mark.parametrize("concurrency", [1, 12])
def test_concurrency_limits_requests_in_progress(
    run_module: ModuleRunner, fleet: SandboxProcess, concurrency: int
) -> None:
    fleet.inject_faults({"method": "GET", "delay": 0.1 if concurrency == 1 else 3, "times": None})
    in_progress: list[int] = []

    def observe() -> bool:
        in_progress.append(sum(request["status"] is None for request in fleet.requests()))
        return run.done()

    with ThreadPoolExecutor(1) as background:
        run = background.submit(run_module, "twilio_providers", providers=entries(), concurrency=concurrency)
        wait_until(observe)
    assert not run.result().get("failed")
    assert max(in_progress) == concurrency


def test_429_slows_requests_until_all_succeed(run_module: ModuleRunner, fleet: SandboxProcess) -> None:
    # The service accepts five requests, then refuses two, three times.
    too_many = {"response": {"status": 429, "headers": {"Retry-After": "1"}}}
    fleet.inject_faults(*[fault for _window in range(3) for fault in ({"times": 5}, too_many, too_many)])
    options = {"api_retries": 4, "api_retry_max_delay": 5}
    result = run_module("twilio_providers", providers=entries(*range(12)), **options)
    assert result["summary"] == {"total": 12, "changed": 12, "failed": 0}
    assert len(result["retried"]) == 6
    for retry in result["retried"]:
        assert_message(retry["reason"], "too_many_requests")
    assert len(take_methods(fleet)) == 12 + 12 + 6
