# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings that the service stores differently, or not at all."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._provider import manage
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_ID, PROVIDER_PATH, UPDATE_PATH
from ansible_collections.dasha.blackbox.tests.support.tasks import execute, parameters, run_task

READ = {"method": "GET", "path": PROVIDER_PATH}
PUT = {"method": "PUT", "path": UPDATE_PATH}

Result = dict[str, t.Any]


def update(sandbox: SandboxProcess, **settings: t.Any) -> Result:
    return run_task(sandbox, lambda client: execute(manage.plan, client, parameters(id=PROVIDER_ID, **settings)))


@pytest.mark.parametrize("desired", [True, False])
def test_ignored_boolean_is_an_error(sandbox: SandboxProcess, desired: bool) -> None:
    state = sandbox.state()
    state["providers"][0]["supportsCallTransfer"] = not desired
    sandbox.restore(state)
    sandbox.inject_faults({**PUT, "rewrite": {"supportsCallTransfer": not desired}})
    result = update(sandbox, supports_call_transfer=desired)
    assert result["msg"] == (
        f"PUT {UPDATE_PATH} was accepted, but supports_call_transfer is {not desired}, not {desired} as asked for."
    )
    assert (result["failed"], result["changed"]) == (True, True)


@pytest.mark.parametrize(
    ("option", "api", "desired"),
    [
        ("name", "name", "Sales"),
        ("region", "region", "ie1"),
        ("supports_call_transfer", "supportsCallTransfer", True),
        ("supports_call_transfer", "supportsCallTransfer", False),
    ],
)
@pytest.mark.parametrize("fault", [{"patch": True}, {"remove_fields": True}])
def test_value_stored_as_null_is_an_error(
    sandbox: SandboxProcess, option: str, api: str, desired: t.Any, fault: dict[str, bool]
) -> None:
    state = sandbox.state()
    state["providers"][0]["supportsCallTransfer"] = desired is not True
    sandbox.restore(state)
    null: dict[str, t.Any] = {"patch": {api: None}} if "patch" in fault else {"remove_fields": [api]}
    sandbox.inject_faults(READ, {**PUT, **null}, {**READ, **null})
    result = update(sandbox, **{option: desired})
    assert result["msg"] == f"PUT {UPDATE_PATH} was accepted, but {option} is None, not {desired!r} as asked for."
    assert (result["failed"], result["changed"]) == (True, True)


def test_lost_update_that_is_ignored_is_unchanged(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**PUT, "reset": True, "rewrite": {"supportsCallTransfer": False}, "effect": True})
    result = update(sandbox, supports_call_transfer=True)
    assert "Read afterwards: supports_call_transfer is False, not True as asked for." in result["msg"]
    assert (result["failed"], result["changed"]) == (True, False)


def test_lost_update_that_is_partial_is_changed(sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({**PUT, "reset": True, "rewrite": {"supportsCallTransfer": False}, "effect": True})
    result = update(sandbox, supports_call_transfer=True, region="ie1")
    assert (result["failed"], result["changed"], sandbox.state()["providers"][0]["region"]) == (True, True, "ie1")
