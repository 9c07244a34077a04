# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: pure, so it is shown on any provider and any wish."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils import _provider_update, _providers
from ansible_collections.dasha.blackbox.plugins.module_utils._errors import BlackboxError

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
def test_a_plan_sends_the_differing_fields_and_no_others(current: dict[str, t.Any], desired: dict[str, t.Any]) -> None:
    plan = _provider_update.Plan(current, desired)
    for api, value in desired.items():
        same = value == current[api]
        if api == "region" and current[api] is not None:
            same = value.lower() == current[api].lower()
        assert (api in plan.changes) is not same
    assert plan.changes.items() <= desired.items()


@given(CURRENT, DESIRED)
def test_what_a_plan_predicts_needs_no_further_change(current: dict[str, t.Any], desired: dict[str, t.Any]) -> None:
    plan = _provider_update.Plan(current, desired)
    assert not _provider_update.Plan(plan.predicted, desired).changes
    untouched = {api for api in current if api not in plan.changes}
    assert all(plan.predicted[api] == current[api] for api in untouched)


@given(CURRENT, DESIRED)
def test_the_diff_shows_the_managed_fields_and_differs_where_something_changes(current: dict[str, t.Any], desired: dict[str, t.Any]) -> None:
    plan = _provider_update.Plan(current, desired)
    before, after = plan.diff["before"], plan.diff["after"]
    assert list(before) == list(after)
    assert len(before) == len(desired)
    assert [option for option in before if before[option] != after[option]] == plan.changed_fields
    assert current["id"] in plan.diff["before_header"]


def test_an_option_that_is_not_given_is_not_managed() -> None:
    assert _provider_update.desired_values({"name": None, "region": "ie1", "supports_call_transfer": None}) == {"region": "ie1"}


def test_false_is_a_wish() -> None:
    assert _provider_update.desired_values({"name": None, "region": None, "supports_call_transfer": False}) == {"supportsCallTransfer": False}


def test_a_name_is_limited_as_the_vendor_documents() -> None:
    with pytest.raises(BlackboxError, match="at most 100"):
        _provider_update.desired_values({"name": "x" * 101, "region": None, "supports_call_transfer": None})


def test_results_are_snake_case_and_details_keep_their_own_keys() -> None:
    checks = [{"checkName": "Trunk", "details": {"trunkSid": "TK0"}}]
    provider = {field.api: None for field in _providers.FIELDS} | {"id": "x", "verificationDetails": checks, "newField": {"innerKey": 1}}
    result = _providers.as_result(provider)
    assert result["verification_details"] == [{"check_name": "Trunk", "details": {"trunkSid": "TK0"}}]
    assert result["new_field"] == {"innerKey": 1}
    assert set(result) == {field.option for field in _providers.FIELDS} | {"new_field"}
