# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of writes whose response is lost, shown with the update of a provider."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_ID, PROVIDER_PATH
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message, fill
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent

READ = ("GET", PROVIDER_PATH, None)
WRITE = ("PUT", PROVIDER_PATH, {"region": "ie1"})


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"reset": True, "effect": True}, id="reset after effect"),
        pytest.param({"reset": True, "effect": False}, id="reset without effect"),
        pytest.param({"response": {"status": 502}, "effect": True}, id="502 after effect"),
        pytest.param({"delay": 8, "effect": False, "response": {"status": 200}}, id="timeout without effect"),
    ],
)
def test_lost_update_is_retried(run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]) -> None:
    sandbox.inject_faults({"method": "PUT", **fault})
    retries = {"DASHA_BLACKBOX_API_RETRIES": "2"}
    result = run_module("twilio_provider", id=PROVIDER_ID, region="ie1", api_timeout=2, environment=retries)
    assert (result["changed"], result["provider"]["region"], len(result["retried"])) == (True, "ie1", 1)
    assert sent(sandbox) == [READ, WRITE, WRITE]
    assert sandbox.state()["providers"][0]["region"] == "ie1"


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"reset": True}, id="reset"),
        pytest.param({"response": {"status": 500}, "effect": True}, id="500"),
        pytest.param({"response": {"status": 504}, "effect": True}, id="504"),
    ],
)
def test_lost_update_with_effect_succeeds(
    run_module: ModuleRunner, sandbox: SandboxProcess, fault: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({"method": "PUT", **fault, "times": None})
    result = run_module("twilio_provider", id=PROVIDER_ID, region="ie1")
    assert not result.get("failed")
    assert (result["changed"], result["provider"]["region"]) == (True, "ie1")
    assert sent(sandbox) == [READ, WRITE, READ]


def test_lost_update_with_other_value_names_value(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"method": "PUT", "rewrite": {"name": "SALES"}, "effect": True, "response": {"status": 502}})
    result = run_module("twilio_provider", id=PROVIDER_ID, name="Sales")
    assert result["changed"] is True
    assert_message(result["msg"], "read_afterwards", 502, fill("setting_differs", "name", "'SALES'", "'Sales'"))
    assert_message(result["msg"], "may_take_effect", fill("hint_declare_stored_value", '`name: "SALES"`'))


def test_lost_update_without_effect_may_still_apply(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"method": "PUT", "reset": True, "effect": False, "times": None})
    result = run_module("twilio_provider", id=PROVIDER_ID, region="ie1")
    assert result["changed"] is True
    assert result["error"]["method"] == "PUT"
    assert_message(result["msg"], "may_take_effect", fill("setting_differs", "region", "'us1'", "'ie1'"))


def test_lost_update_with_failed_read_is_changed(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"method": "GET"}, {"reset": True, "times": None})
    result = run_module("twilio_provider", id=PROVIDER_ID, region="ie1")
    assert result["changed"] is True
    assert result["error"]["method"] == "PUT"
    assert_message(result["msg"], "effect_unknown", "provider", "GET http")
