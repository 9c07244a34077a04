# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the execution environment and of the jobs that awx_setup creates."""

from __future__ import annotations

import re
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.dasha.blackbox.tests.functional.awx.conftest import ARTIFACT, NAME
from ansible_collections.dasha.blackbox.tests.functional.awx.controller import Controller
from ansible_collections.dasha.blackbox.tests.functional.awx.jobs import ExecutionEnvironment, Job, launch
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, assert_shown, contains

PROVIDER_ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"
NEW_ACCOUNT_SID = "AC00000000000000000000000000000002"
NEW_ACCOUNT_TOKEN = "0000000000000000000000000000000b"
NEW_TOKEN = "0000000000000000000000000000000c"


def test_image_contains_artifact_and_dependencies(context: Path, introspected: dict[str, list[str]]) -> None:
    assert (context / "_build/artifact" / ARTIFACT.name).read_bytes() == ARTIFACT.read_bytes()
    assert yaml.safe_load((context / "_build/requirements.yml").read_text(encoding="utf-8")) == {
        "collections": [{"name": f"artifact/{ARTIFACT.name}", "type": "file"}],
    }
    assert introspected == {"python": ["requests>=2.28  # from collection dasha.blackbox"], "system": []}


class Launch(t.Protocol):
    def __call__(self, name: str, *, check: bool = False, limit: str = "", **answers: str) -> Job:
        """Launch a job template."""


@pytest.fixture
def start(
    first_setup: subprocess.CompletedProcess[str],
    controller: Controller,
    image: ExecutionEnvironment,
    sandbox: SandboxProcess,
    tmp_path: Path,
) -> Launch:
    assert first_setup.returncode == 0, first_setup.stdout + first_setup.stderr

    def run(name: str, *, check: bool = False, limit: str = "", **answers: str) -> Job:
        number = len(list(tmp_path.glob("job-*")))
        sandbox.clear_requests()
        job = launch(
            controller, image, tmp_path / f"job-{number}", f"{NAME}: {name}", check=check, limit=limit, **answers
        )
        for secret in (
            sandbox.api_key,
            *(answer for variable, answer in answers.items() if variable.endswith("token")),
        ):
            assert secret not in job.output + job.events
        return job

    return run


def get_settings(sandbox: SandboxProcess) -> tuple[str, bool]:
    """Return the region and call transfer of the first provider."""
    first = sandbox.state()["providers"][0]
    return first["region"], first["supportsCallTransfer"]


def list_writes(sandbox: SandboxProcess) -> list[str]:
    return [request["method"] for request in sandbox.requests() if request["method"] != "GET"]


def test_converge_applies_survey_and_declarations(start: Launch, sandbox: SandboxProcess, project: Path) -> None:
    # Without declarations, nothing changes.
    for name in ("converge", "drift check"):
        assert start(name).succeeded
    assert not list_writes(sandbox)

    # Survey answers override the settings of one provider.
    refused = start("converge", converge_region="ie1")
    assert not refused.succeeded
    assert_shown(refused.output, "limit_required", "converge_region", "converge_supports_call_transfer")
    assert start(
        "converge", check=True, limit=PROVIDER_ID, converge_region="ie1", converge_supports_call_transfer="true"
    ).succeeded
    assert get_settings(sandbox) == ("us1", False)
    assert start("converge", limit=PROVIDER_ID, converge_region="ie1", converge_supports_call_transfer="true").succeeded
    assert get_settings(sandbox) == ("ie1", True)
    assert start("converge", limit=PROVIDER_ID, converge_region="", converge_supports_call_transfer="false").succeeded
    assert get_settings(sandbox) == ("ie1", False)
    assert not start("converge", limit="no-such-host").succeeded

    # Declarations for all providers and for one.
    declared = {
        "group_vars/providers.yml": {"twilio_provider_region": "us1"},
        f"host_vars/{PROVIDER_ID}.yml": {"twilio_provider_supports_call_transfer": False},
    }
    for path, variables in declared.items():
        file = project / "inventory" / path
        file.parent.mkdir()
        file.write_text(yaml.safe_dump(variables), encoding="utf-8")
    drifted = start("drift check")
    assert not drifted.succeeded
    assert_shown(drifted.output, "declaration_differs", f"{PROVIDER_ID} ", ": region")
    assert re.search(r'-\s+"?region"?: "?ie1', drifted.output)
    assert start("converge").succeeded
    assert (get_settings(sandbox), list_writes(sandbox)) == (("us1", False), ["PUT"])
    assert start("drift check").succeeded
    # Settings whose declaration has been removed are not changed.
    (project / "inventory/group_vars/providers.yml").write_text("{}", encoding="utf-8")
    assert start("converge", limit=PROVIDER_ID, converge_region="ie1").succeeded
    assert start("drift check").succeeded


def test_sliced_converge_fails_with_limit(
    start: Launch, controller: Controller, sandbox: SandboxProcess, project: Path
) -> None:
    seed = sandbox.state()
    seed["providers"].append({"accountSid": NEW_ACCOUNT_SID})
    sandbox.restore(seed)
    identifiers = [provider["id"] for provider in sandbox.state()["providers"]]
    for identifier in identifiers:
        file = project / f"inventory/host_vars/{identifier}.yml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(yaml.safe_dump({"twilio_provider_region": "au1"}), encoding="utf-8")
    templates = [controller.find_by_name("job_templates", f"{NAME}: {name}") for name in ("converge", "drift check")]
    for template in templates:
        template["job_slice_count"] = 2
    try:
        converged = start("converge")
        limited = start("converge", limit=identifiers[0])
        checked = start("drift check")
    finally:
        for template in templates:
            template["job_slice_count"] = 1
        for identifier in identifiers:
            (project / f"inventory/host_vars/{identifier}.yml").unlink()
    assert converged.succeeded
    assert {provider["region"] for provider in sandbox.state()["providers"]} == {"au1"}
    # The hosts of the other slice do not count as missing.
    assert not contains(converged.output, KINDS["declared_host_missing"])
    assert not limited.succeeded
    assert "leaves us with no hosts to target" in " ".join(limited.output.split())
    assert not checked.succeeded
    assert_shown(checked.output, "slices_refused", "converge_fail_on_drift")


def test_verify_all_with_failed_provider_fails(start: Launch, sandbox: SandboxProcess) -> None:
    assert start("verify all").succeeded
    assert sandbox.state()["providers"][0]["verificationStatus"] == "verified"
    sandbox.inject_faults({"method": "POST", "path": ".*/verify", "patch": {"status": "failed"}})
    assert not start("verify all").succeeded
    sandbox.clear_faults()


def test_rotate_token_stores_new_token(start: Launch, sandbox: SandboxProcess) -> None:
    seed = sandbox.state()
    seed["twilio_accounts"][0]["auth_token"] = NEW_TOKEN
    sandbox.restore(seed)
    answers = {"rotate_auth_token_provider_id": PROVIDER_ID, "rotate_auth_token_new_auth_token": NEW_TOKEN}
    assert start("rotate token", check=True, **answers).succeeded
    assert not list_writes(sandbox)
    assert start("rotate token", **answers).succeeded
    assert sandbox.state()["providers"][0]["authToken"] == NEW_TOKEN


def test_migrate_account_deletes_old_provider_last(start: Launch, sandbox: SandboxProcess) -> None:
    answers = {
        "twilio_account_migration_old_provider_id": PROVIDER_ID,
        "twilio_account_migration_new_account_sid": NEW_ACCOUNT_SID,
        "twilio_account_migration_new_auth_token": NEW_ACCOUNT_TOKEN,
    }
    assert start("migrate account", check=True, **answers).succeeded
    assert not list_writes(sandbox)
    # By default, the old provider is not deleted.
    assert start("migrate account", **answers).succeeded
    assert len(sandbox.state()["providers"]) == 2
    assert start("migrate account", **answers, twilio_account_migration_delete_old="true").succeeded
    assert [item["accountSid"] for item in sandbox.state()["providers"]] == [NEW_ACCOUNT_SID]
