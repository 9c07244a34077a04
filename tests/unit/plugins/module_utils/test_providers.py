# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: pure, so it is shown on any provider and any wish."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._api import providers
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._provider import update

NAMES = st.text(min_size=1, max_size=100).filter(lambda name: name == name.strip())
REGIONS = st.one_of(st.sampled_from(["us1", "US1", "ie1", "Ie1"]), NAMES)
CURRENT = st.fixed_dictionaries(
    {
        "id": st.uuids().map(str),
        "name": st.none() | NAMES,
        "providerType": st.just("twilio"),
        "accountSid": st.just("AC" + "0" * 32),
        "region": st.none() | REGIONS,
        "supportsCallTransfer": st.none() | st.booleans(),
        "phoneNumberCount": st.integers(0, 9),
    }
)
DESIRED = st.fixed_dictionaries({}, optional={"name": NAMES, "region": REGIONS, "supportsCallTransfer": st.booleans()})


@given(CURRENT, DESIRED)
def test_update_plan_changes_only_differing_fields(current: dict[str, t.Any], desired: dict[str, t.Any]) -> None:
    changes = update.differences(current, desired)
    for api, value in desired.items():
        is_same = value == current[api]
        if api == "region" and current[api] is not None:
            is_same = value.lower() == current[api].lower()
        assert (api in changes) is not is_same
    assert changes.items() <= desired.items()
    assert update.plan_update(current, desired).changed is bool(changes)


@given(CURRENT, DESIRED)
def test_update_prediction_satisfies_desired_state(current: dict[str, t.Any], desired: dict[str, t.Any]) -> None:
    changes = update.differences(current, desired)
    predicted = {**current, **changes}
    assert not update.differences(predicted, desired)
    assert update.plan_update(current, desired).predicted.results["provider"] == providers.to_result(predicted)


@given(CURRENT, DESIRED)
def test_update_diff_shows_managed_fields(current: dict[str, t.Any], desired: dict[str, t.Any]) -> None:
    plan = update.plan_update(current, desired)
    before, after = plan.diff["before"], plan.diff["after"]
    assert list(before) == list(after)
    assert len(before) == len(desired)
    changed_fields = plan.predicted.results["changed_fields"]
    assert [option for option in before if before[option] != after[option]] == changed_fields
    assert current["id"] in plan.diff["before_header"]


def test_an_option_that_is_not_given_is_not_managed() -> None:
    assert update.desired_settings({"name": None, "region": "ie1", "supports_call_transfer": None}) == {"region": "ie1"}


def test_false_is_a_wish() -> None:
    assert update.desired_settings({"name": None, "region": None, "supports_call_transfer": False}) == {
        "supportsCallTransfer": False
    }


def test_a_name_is_limited_as_the_vendor_documents() -> None:
    with pytest.raises(BlackboxError, match="at most 100"):
        update.desired_settings({"name": "x" * 101, "region": None, "supports_call_transfer": None})


def test_results_are_snake_case_and_details_keep_their_own_keys() -> None:
    checks = [{"checkName": "Trunk", "details": {"trunkSid": "TK0"}}]
    provider = {field.api: None for field in providers.FIELDS} | {
        "id": "x",
        "verificationDetails": checks,
        "newField": {"innerKey": 1},
    }
    result = providers.to_result(provider)
    assert result["verification_details"] == [{"check_name": "Trunk", "details": {"trunkSid": "TK0"}}]
    assert result["new_field"] == {"innerKey": 1}
    assert set(result) == {field.option for field in providers.FIELDS} | {"new_field"}
