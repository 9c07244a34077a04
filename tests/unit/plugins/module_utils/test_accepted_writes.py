# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes that are accepted with an unusable body."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._provider import manage
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_ID, PROVIDER_PATH
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, assert_message, contains, fill
from ansible_collections.dasha.blackbox.tests.support.recorded import sent
from ansible_collections.dasha.blackbox.tests.support.tasks import execute, parameters, run_task

UNUSABLE = [{"status": 200, "text": "<html>OK</html>"}, {"status": 202, "text": "{"}]


def run(sandbox: SandboxProcess, **options: t.Any) -> dict[str, t.Any]:
    return run_task(sandbox, lambda client: execute(manage.plan, client, parameters(id=PROVIDER_ID, **options)))


@pytest.mark.parametrize("response", UNUSABLE)
def test_deletion_with_unusable_body_is_proven_by_reading(sandbox: SandboxProcess, response: dict[str, t.Any]) -> None:
    sandbox.inject_faults({"method": "DELETE", "response": response, "effect": True})
    result = run(sandbox, state="absent", force=True)
    assert (result.get("failed"), result["changed"]) == (None, True)
    # The endpoint for Twilio providers and the generic one both show that it does not exist.
    assert [method for method, _path, _body in sent(sandbox)] == ["GET", "DELETE", "GET", "GET"]


@pytest.mark.parametrize("response", UNUSABLE)
def test_update_with_unusable_body_and_no_effect_fails(sandbox: SandboxProcess, response: dict[str, t.Any]) -> None:
    sandbox.inject_faults({"method": "PUT", "response": response})
    result = run(sandbox, region="ie1")
    setting = fill("setting_differs", "region", "'us1'", "'ie1'")
    assert_message(result["msg"], "effect_differs", f"PUT {PROVIDER_PATH}", setting)
    # The service accepted it, so the message must not say that it may still take effect.
    assert not contains(result["msg"], KINDS["may_take_effect"])
    assert (result["failed"], result["changed"]) == (True, True)
    assert result["error"]["status"] == response["status"]
