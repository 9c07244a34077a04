# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of update plans for any current and any desired provider."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._api import providers
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._http.redact import MASK, SENT_MASK
from ansible_collections.dasha.blackbox.plugins.module_utils._provider import update
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message
from ansible_collections.dasha.blackbox.tests.support.tasks import parameters

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
def test_plan_changes_only_differing_fields(current: dict[str, t.Any], desired: dict[str, t.Any]) -> None:
    changes = update.differences(current, desired)
    for api, value in desired.items():
        is_same = value == current[api]
        if api == "region" and current[api] is not None:
            is_same = value.lower() == current[api].lower()
        assert (api in changes) is not is_same
    assert changes.items() <= desired.items()
    assert update.plan_update(current, desired).changed is bool(changes)


@given(CURRENT, DESIRED)
def test_prediction_satisfies_desired_state(current: dict[str, t.Any], desired: dict[str, t.Any]) -> None:
    changes = update.differences(current, desired)
    predicted = {**current, **changes}
    assert not update.differences(predicted, desired)
    assert update.plan_update(current, desired).predicted.results["provider"] == providers.to_result(predicted)


@given(CURRENT, DESIRED)
def test_diff_shows_managed_fields(current: dict[str, t.Any], desired: dict[str, t.Any]) -> None:
    plan = update.plan_update(current, desired)
    before, after = plan.diff["before"], plan.diff["after"]
    assert list(before) == list(after)
    assert len(before) == len(desired)
    changed_fields = plan.predicted.results["changed_fields"]
    assert [option for option in before if before[option] != after[option]] == changed_fields
    assert current["id"] in plan.diff["before_header"]


def test_diff_shows_masked_token() -> None:
    token = "0" * 32
    diff = update.plan_update({**dict.fromkeys(field.api for field in providers.FIELDS), "id": "x"}, {}, token).diff
    assert (diff["before"], diff["after"]) == ({"auth_token": MASK}, {"auth_token": SENT_MASK})


@pytest.mark.parametrize(
    ("options", "settings"),
    [({"region": "ie1"}, {"region": "ie1"}), ({"supports_call_transfer": False}, {"supportsCallTransfer": False})],
    ids=["text", "false"],
)
def test_only_set_options_are_managed(options: dict[str, t.Any], settings: dict[str, t.Any]) -> None:
    assert update.desired_settings(parameters(**options)) == settings


def test_name_over_100_characters_is_refused() -> None:
    with pytest.raises(BlackboxError) as failure:
        update.desired_settings(parameters(name="x" * 101))
    assert_message(failure.value.message, "option_too_long", "name", 101, 100)
