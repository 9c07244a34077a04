# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module ``twilio_providers``: many at once, by the rules of one."""

from __future__ import annotations

import threading
import time
import typing as t
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._http.throttle import Throttle
from ansible_collections.dasha.blackbox.plugins.module_utils._provider import bulk, manage
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import ACCOUNT_SID, CREDENTIALS_PATH, OTHER_ACCOUNT_SID
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_methods
from ansible_collections.dasha.blackbox.tests.support.tasks import connect, execute, parameters
from ansible_collections.dasha.blackbox.tests.support.timing import PATIENCE, wait_until

IDS = [str(uuid.UUID(int=number, version=4)) for number in range(12)]
AS_SEEDED = {"region": "us1", "supports_call_transfer": False}


def path(provider_id: str) -> str:
    return f"/api/v1/providers/{provider_id}"


@pytest.fixture
def fleet(sandbox: SandboxProcess) -> SandboxProcess:
    """Twelve providers, each of an account and with a name of its own."""
    state = sandbox.state()
    accounts = [f"AC{number:032x}" for number in range(0x100, 0x100 + len(IDS))]
    state["twilio_accounts"] += [{"account_sid": account, "auth_token": account[2:]} for account in accounts]
    state["providers"] = [
        {"id": identifier, "accountSid": account, "name": f"Line {number:02}"}
        for number, (identifier, account) in enumerate(zip(IDS, accounts))
    ]
    state["sip_phone_numbers"] = state["agent_links"] = state["sip_credentials"] = []
    sandbox.restore(state)
    sandbox.clear_requests()
    return sandbox


def items(*drifted: int, region: str = "ie1") -> list[dict[str, t.Any]]:
    """All providers as they are, but for the region of those that are named."""
    return [
        {"id": identifier, **AS_SEEDED, **({"region": region} if number in drifted else {})}
        for number, identifier in enumerate(IDS)
    ]


def test_nothing_differs_one_read_each(run_module: ModuleRunner, fleet: SandboxProcess) -> None:
    result = run_module("twilio_providers", providers=items())
    assert (result["changed"], result["diff"]) == (False, [])
    assert result["summary"] == {"total": 12, "changed": 0, "failed": 0}
    assert result["providers"] == [
        {"id": identifier, "name": f"Line {number:02}", "changed": False, "changed_fields": [], "error": None}
        for number, identifier in enumerate(IDS)
    ]
    assert sorted(sent(fleet)) == sorted(("GET", path(identifier), None) for identifier in IDS)


def test_check_mode_then_the_changes_then_nothing(run_module: ModuleRunner, fleet: SandboxProcess) -> None:
    predicted = run_module("twilio_providers", providers=items(2, 7), check_mode=True)
    assert take_methods(fleet) == ["GET"] * 12
    real = run_module("twilio_providers", providers=items(2, 7))
    seen = sent(fleet)
    assert sorted(seen[12:]) == [
        ("PUT", f"/api/v1/providers/twilio/{IDS[number]}", {"region": "ie1"}) for number in (2, 7)
    ]
    assert predicted == real
    assert (real["changed"], real["summary"]) == (True, {"total": 12, "changed": 2, "failed": 0})
    assert [entry["id"] for entry in real["providers"] if entry["changed"]] == [IDS[2], IDS[7]]
    assert [entry["changed_fields"] for entry in real["providers"] if entry["changed"]] == [["region"]] * 2
    assert [entry["id"] for entry in real["providers"] if "provider" in entry] == [IDS[2], IDS[7]]
    assert real["providers"][2]["provider"]["region"] == "ie1"
    assert [diff["before_header"] for diff in real["diff"]] == [
        f"twilio_provider {IDS[2]}",
        f"twilio_provider {IDS[7]}",
    ]
    fleet.clear_requests()
    again = run_module("twilio_providers", providers=items(2, 7))
    assert (again["changed"], take_methods(fleet)) == (False, ["GET"] * 12)


def test_unchanged_providers_are_returned_on_demand(run_module: ModuleRunner, fleet: SandboxProcess) -> None:
    result = run_module("twilio_providers", providers=items(), return_unchanged=True)
    assert [entry["provider"]["region"] for entry in result["providers"]] == ["us1"] * 12


def test_by_account_or_name_all_are_read_once(run_module: ModuleRunner, fleet: SandboxProcess) -> None:
    account = f"ac{0x103:032X}"
    wishes = [
        {"account_sid": account, "name": "Sales"},
        {"name": "Line 05", "region": "ie1"},
        {"id": IDS[6], "region": "us1"},
    ]
    predicted = run_module("twilio_providers", providers=wishes, check_mode=True)
    assert sorted(take_methods(fleet)) == ["GET"] * 12 + ["LIST"]
    real = run_module("twilio_providers", providers=wishes)
    assert sorted(take_methods(fleet)) == ["GET"] * 12 + ["LIST"] + ["PUT"] * 2
    assert predicted == real
    assert [(entry["id"], entry["name"], entry["changed_fields"]) for entry in real["providers"]] == [
        (IDS[3], "Sales", ["name"]),
        (IDS[5], "Line 05", ["region"]),
        (IDS[6], "Line 06", []),
    ]


def test_an_empty_list_is_no_work(run_module: ModuleRunner, fleet: SandboxProcess) -> None:
    result = run_module("twilio_providers", providers=[])
    assert (result["changed"], result["providers"], sent(fleet)) == (False, [], [])


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ([{"id": IDS[0]}, {"id": IDS[0].upper()}], f"two entries have the id '{IDS[0]}'"),
        (
            [{"account_sid": ACCOUNT_SID}, {"account_sid": ACCOUNT_SID.lower()}],
            f"two entries have the account_sid '{ACCOUNT_SID}'",
        ),
        ([{"name": "Line 01"}, {"name": "Line 01"}], "two entries have the name 'Line 01'"),
        ([{"id": "x"}], "The option id is refused: 'x' is not a UUID"),
        ([{"id": IDS[0]}, {"name": ""}], "The option name is refused: it is empty"),
        ([{"id": IDS[0], "region": " "}], "The option region is refused: it is blank"),
        ([{"region": "us1"}], "one of the following is required: id, account_sid, name found in providers"),
        ([{"id": IDS[0], "auth_token": "0" * 32}], "Unsupported parameters"),
    ],
)
def test_a_wrong_entry_is_refused_before_any_request(
    run_module: ModuleRunner, fleet: SandboxProcess, wishes: list[dict[str, str]], words: str
) -> None:
    assert words in run_module("twilio_providers", providers=wishes)["msg"]
    assert sent(fleet) == []


@pytest.mark.parametrize("concurrency", [0, 65, -1])
def test_a_wrong_concurrency_is_refused(run_module: ModuleRunner, concurrency: int) -> None:
    assert (
        f"{concurrency} is not a number from 1 to 64"
        in run_module("twilio_providers", providers=[], concurrency=concurrency)["msg"]
    )


@pytest.mark.parametrize("check_mode", [True, False])
def test_two_entries_for_the_same_provider_are_refused_before_any_write(
    run_module: ModuleRunner, fleet: SandboxProcess, check_mode: bool
) -> None:
    wishes = [{"id": IDS[0], "region": "ie1"}, {"name": "Line 00", "region": "de1"}]
    result = run_module("twilio_providers", providers=wishes, check_mode=check_mode)
    assert f"the entries with the id '{IDS[0]}' and with the name 'Line 00' are the same provider" in result["msg"]
    assert (result["changed"], "PUT" in take_methods(fleet)) == (False, False)


def test_one_failure_does_not_stop_the_others_and_a_second_run_does_the_rest(
    run_module: ModuleRunner, fleet: SandboxProcess
) -> None:
    problem = {"status": 422, "detail": "Region 'ie1' is full."}
    fleet.inject_faults(
        {"method": "PUT", "path": f".*{IDS[4]}", "response": {"status": 422, "json": problem}},
        {"path": path(IDS[8]), "response": {"status": 500}},
    )
    result = run_module("twilio_providers", providers=items(3, 4, 8))
    assert (result["failed"], result["changed"]) == (True, True)
    assert result["summary"] == {"total": 12, "changed": 1, "failed": 2}
    assert result["msg"] == (
        f"2 of 12 providers failed. {IDS[4]} ('Line 04'): PUT /api/v1/providers/twilio/{IDS[4]}: 422 Unprocessable"
        " Entity: Region 'ie1' is full."
        f" {IDS[8]}: GET {path(IDS[8])}: 500 Internal Server Error."
    )
    refused, unread = result["providers"][4], result["providers"][8]
    assert (refused["changed"], refused["changed_fields"], refused["provider"]["region"]) == (False, ["region"], "us1")
    assert (refused["error"]["method"], refused["error"]["status"], refused["error"]["problem"]) == (
        "PUT",
        422,
        problem,
    )
    assert (unread["id"], unread["name"], unread["error"]["status"], "provider" in unread) == (None, None, 500, False)
    fleet.clear_requests()
    again = run_module("twilio_providers", providers=items(3, 4, 8))
    assert (again["changed"], again["summary"]) == (True, {"total": 12, "changed": 2, "failed": 0})
    assert sorted(take_methods(fleet)) == ["GET"] * 12 + ["PUT"] * 2


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"id": "00000000-0000-4000-8000-00000000ffff"}, "404 Not Found"),
        ({"name": "No such line"}, "No provider has the name 'No such line'."),
        ({"account_sid": OTHER_ACCOUNT_SID}, f"No provider has the account_sid '{OTHER_ACCOUNT_SID}'."),
        ({"id": IDS[1], "account_sid": OTHER_ACCOUNT_SID}, "The account of a provider cannot be changed"),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_what_fails_for_one_provider_fails_here_in_the_same_words(
    run_module: ModuleRunner, fleet: SandboxProcess, wish: dict[str, str], words: str, check_mode: bool
) -> None:
    result = run_module("twilio_providers", providers=[wish, {"id": IDS[2], "region": "ie1"}], check_mode=check_mode)
    assert words in result["providers"][0]["error"]["msg"]
    assert (result["providers"][1]["changed"], result["summary"]["failed"]) == (True, 1)
    assert run_module("twilio_provider", **wish)["msg"].startswith(
        result["providers"][0]["error"]["msg"].partition(" Check it")[0].rstrip(".")
    )


def test_a_list_that_cannot_be_read_fails_those_that_need_it(run_module: ModuleRunner, fleet: SandboxProcess) -> None:
    fleet.inject_faults({"path": CREDENTIALS_PATH, "times": None, "response": {"status": 500}})
    result = run_module(
        "twilio_providers", providers=[{"name": "Line 01", "region": "ie1"}, {"id": IDS[2], "region": "ie1"}]
    )
    assert [(entry["changed"], bool(entry["error"])) for entry in result["providers"]] == [(False, True), (True, False)]


def test_of_many_failures_the_message_shows_some(run_module: ModuleRunner, fleet: SandboxProcess) -> None:
    missing = [{"id": str(uuid.UUID(int=number, version=4))} for number in range(0x1000, 0x1000 + 25)]
    result = run_module("twilio_providers", providers=missing)
    assert result["msg"].startswith("25 of 25 providers failed. ")
    assert result["msg"].endswith(" and 5 more")
    assert len(result["providers"]) == 25


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wishes=st.lists(
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
def test_many_are_planned_and_changed_as_one_is(fleet: SandboxProcess, wishes: list[dict[str, t.Any]]) -> None:
    state = fleet.state()
    options = [parameters(id=identifier, **wish) for identifier, wish in zip(IDS, wishes)]
    with connect(fleet.url, api_key=fleet.api_key) as client:
        single = [execute(manage.plan, client, one, check_mode=False) for one in options]
        after_single = fleet.state()["providers"]
        fleet.restore(state)
        for check_mode in (True, False):
            many = {"providers": options, "concurrency": 8, "return_unchanged": True}
            result = execute(bulk.plan, client, many, check_mode)
            facts = ("changed", "changed_fields", "provider")
            assert [[entry[fact] for fact in facts] for entry in result["providers"]] == [
                [one[fact] for fact in facts] for one in single
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
        run = background.submit(run_module, "twilio_providers", providers=items(), concurrency=concurrency)
        wait_until(observe)
    assert not run.result().get("failed")
    assert max(in_progress) == concurrency


def test_a_429_anywhere_slows_all_and_the_run_still_ends(run_module: ModuleRunner, fleet: SandboxProcess) -> None:
    """A service that takes five requests, then wants half a second of quiet."""
    too_many = {"response": {"status": 429, "headers": {"Retry-After": "1"}}}
    fleet.inject_faults(*[fault for _window in range(3) for fault in ({"times": 5}, too_many, too_many)])
    environment = {"DASHA_BLACKBOX_API_RETRIES": "4", "DASHA_BLACKBOX_API_RETRY_MAX_DELAY": "5"}
    result = run_module("twilio_providers", providers=items(*range(12)), environment=environment)
    assert result["summary"] == {"total": 12, "changed": 12, "failed": 0}
    assert [retry["reason"].partition(":")[0] for retry in result["retried"]] == ["429 Too Many Requests."] * 6
    assert sorted(take_methods(fleet)) == ["GET"] * (12 + 2 * 2) + ["PUT"] * (12 + 2) or len(result["retried"]) == 6


def test_a_closed_gate_lets_fewer_pass_and_widens_again() -> None:
    throttle = Throttle()

    def most_of(number: int, expected: int) -> int:
        """Let threads pass, each waiting inside for the others. Return the largest number inside at once."""
        counts = [0]
        inside = 0
        together = threading.Condition()

        def pass_through() -> None:
            nonlocal inside
            with throttle:
                with together:
                    inside += 1
                    counts.append(inside)
                    together.notify_all()
                    together.wait_for(lambda: max(counts) >= expected, PATIENCE)
                time.sleep(0.01)
                with together:
                    inside -= 1
            throttle.relax()

        threads = [threading.Thread(target=pass_through) for _thread in range(number)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return max(counts)

    assert most_of(8, expected=8) == 8
    with throttle, throttle:
        start = time.monotonic()
        throttle.pause(0.2)
    assert most_of(2, expected=1) == 1
    assert time.monotonic() - start >= 0.2
    assert 1 < most_of(40, expected=2) < 12
