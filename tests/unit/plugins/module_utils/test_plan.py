# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans: check mode sends nothing, and the outcome becomes the result of the task."""

from __future__ import annotations

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._phone_number import imports, link_transfer, links
from ansible_collections.dasha.blackbox.plugins.module_utils._plan.plan import Outcome, Plan, diff
from ansible_collections.dasha.blackbox.plugins.module_utils._provider import bulk, manage, verify
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    AUTH_TOKEN,
    FIRST_NUMBER,
    FIRST_NUMBER_ID,
    NIGHT_SHIFT,
    OTHER_ACCOUNT_SID,
    OTHER_AUTH_TOKEN,
    PROVIDER_ID,
    RECEPTIONIST,
    SECOND_NUMBER_ID,
)
from ansible_collections.dasha.blackbox.tests.support.tasks import NO_PROVIDER, Options, Planner, connect, parameters

NUMBERS = {**NO_PROVIDER, "provider_id": PROVIDER_ID, "phone_number_sids": None, "exclusive": False, "force": True}
LINK = {**NO_PROVIDER, "phone_number": None, "agent_name": None, "direction": "inbound"}
PROVIDER = dict.fromkeys(("id", "account_sid", "name", "region", "supports_call_transfer"))

PLANS: dict[str, tuple[Planner, Options]] = {
    "create": (manage.plan, parameters(account_sid=OTHER_ACCOUNT_SID, auth_token=OTHER_AUTH_TOKEN)),
    "update": (manage.plan, parameters(id=PROVIDER_ID, region="ie1")),
    "replace token": (manage.plan, parameters(id=PROVIDER_ID, auth_token=AUTH_TOKEN, update_auth_token="always")),
    "delete": (manage.plan, parameters(id=PROVIDER_ID, state="absent", force=True)),
    "update many": (
        bulk.plan,
        {
            "providers": [{**PROVIDER, "id": PROVIDER_ID, "name": "Sales"}],
            "concurrency": 2,
            "return_unchanged": True,
        },
    ),
    "import": (imports.plan, {**NUMBERS, "phone_numbers": ["+15005550003"], "state": "present"}),
    "remove": (imports.plan, {**NUMBERS, "phone_numbers": [FIRST_NUMBER], "state": "absent"}),
    "replace numbers": (
        imports.plan,
        {**NUMBERS, "phone_numbers": ["+15005550003"], "state": "present", "exclusive": True},
    ),
    "link": (
        links.plan,
        {**LINK, "phone_number_id": SECOND_NUMBER_ID, "agent_id": NIGHT_SHIFT, "state": "present"},
    ),
    "unlink": (links.plan, {**LINK, "phone_number_id": FIRST_NUMBER_ID, "agent_id": RECEPTIONIST, "state": "absent"}),
    "transfer": (
        link_transfer.plan,
        {"from_id": FIRST_NUMBER_ID, "to_id": SECOND_NUMBER_ID, "unlink_first": True},
    ),
}
VERIFICATION: Options = {
    **dict.fromkeys(("account_sid", "name")),
    "id": PROVIDER_ID,
    "fail_on": "never",
    "wait": False,
    "wait_timeout": 1,
    "wait_interval": 1,
}


@pytest.mark.parametrize("name", PLANS)
def test_check_mode_sends_nothing(client: Client, sandbox: SandboxProcess, name: str) -> None:
    planner, options = PLANS[name]
    before = sandbox.state()
    plan = planner(client, options)
    assert {request["method"] for request in sandbox.requests()} == {"GET"}
    sandbox.clear_requests()
    assert plan.execute(client, check_mode=True) is plan.predicted
    assert (sandbox.requests(), sandbox.state()) == ([], before)
    # The plan has something to send.
    assert plan.changed
    assert plan.execute(client, check_mode=False).changed
    assert {request["method"] for request in sandbox.requests()} - {"GET"}


def test_check_mode_sends_no_verification(client: Client, sandbox: SandboxProcess) -> None:
    plan = verify.plan(client, VERIFICATION)
    sandbox.clear_requests()
    assert plan.execute(client, check_mode=True) is plan.predicted
    assert sandbox.requests() == []
    plan.execute(client, check_mode=False)
    assert [request["method"] for request in sandbox.requests()] == ["POST"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_plan_calls_apply_outside_of_check_mode(check_mode: bool) -> None:
    predicted, real = Outcome(changed=True), Outcome(changed=False)
    used: list[Client] = []

    def apply(client: Client) -> Outcome:
        used.append(client)
        return real

    with connect("http://127.0.0.1:1") as client:
        outcome = Plan(predicted, apply).execute(client, check_mode=check_mode)
        assert used == ([] if check_mode else [client])
    assert outcome is (predicted if check_mode else real)


@pytest.mark.parametrize("check_mode", [True, False])
def test_plan_without_apply_returns_prediction(check_mode: bool) -> None:
    predicted = Outcome(results={"links": []})
    with connect("http://127.0.0.1:1") as client:
        assert Plan(predicted).execute(client, check_mode=check_mode) is predicted


@pytest.mark.parametrize("changed", [True, False])
def test_plan_shows_its_prediction(changed: bool) -> None:
    plan = Plan(Outcome(changed, {}, {"before": {}, "after": {}}))
    assert (plan.changed, plan.diff) == (changed, {"before": {}, "after": {}})


def test_outcome_becomes_result() -> None:
    assert Outcome(True, {"links": []}, diff("a link", {}, {"a": 1})).result() == {
        "changed": True,
        "links": [],
        "diff": {"before_header": "a link", "after_header": "a link", "before": {}, "after": {"a": 1}},
    }


def test_outcome_without_diff_has_none() -> None:
    assert Outcome(results={"links": []}).result() == {"changed": False, "links": []}


def test_outcome_with_empty_diff_keeps_the_diff() -> None:
    assert Outcome(diff=[]).result() == {"changed": False, "diff": []}


@pytest.mark.parametrize("changed", [True, False])
def test_outcome_with_failure_raises_with_results(changed: bool) -> None:
    failure = BlackboxError("Failed.", status=422, changed=not changed)
    with pytest.raises(BlackboxError) as raised:
        Outcome(changed, {"links": []}, {"before": {}, "after": {}}, failure).result()
    assert (raised.value.message, raised.value.changed, raised.value.status) == ("Failed.", changed, 422)
    assert raised.value.results == {"links": [], "diff": {"before": {}, "after": {}}}
    assert failure.results == {}
