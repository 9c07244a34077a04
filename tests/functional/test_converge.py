# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the playbooks ``converge`` and ``verify_providers``, which run on the hosts of the inventory plugin."""

from __future__ import annotations

import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible
from ansible_collections.dasha.blackbox.tests.support.constants import CREDENTIALS_PATH, PROVIDER_ID
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, assert_message, assert_shown, contains

#: An ID that no provider has.
MIGRATED = "00000000-0000-4000-8000-000000000001"
DRIFT_CHECK = ("--check", "-e", "converge_fail_on_drift=true")


class Run(t.Protocol):
    def __call__(self, playbook: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a playbook of the collection on the providers."""


@pytest.fixture
def run(sandbox: SandboxProcess, tmp_path: Path) -> Run:
    (tmp_path / "blackbox.yml").write_text("{plugin: dasha.blackbox.twilio_providers, hostname: id}", encoding="utf-8")

    def run_playbook(playbook: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        variables = {
            "DASHA_BLACKBOX_API_KEY": sandbox.api_key,
            "DASHA_BLACKBOX_API_URL": sandbox.url,
            "DASHA_BLACKBOX_API_RETRIES": "0",
            **environment,
        }
        name = f"dasha.blackbox.{playbook}"
        return run_ansible(tmp_path, variables, "ansible-playbook", "-i", "blackbox.yml", name, *arguments)

    return run_playbook


def declare(folder: Path, host: str, variables: str) -> None:
    """Write a file in host_vars."""
    (folder / "host_vars").mkdir(exist_ok=True)
    (folder / "host_vars" / f"{host}.yml").write_text(variables, encoding="utf-8")


def get_writes(sandbox: SandboxProcess) -> list[str]:
    return [request["method"] for request in sandbox.requests() if request["method"] != "GET"]


@pytest.mark.parametrize("arguments", [(), ("--limit", "all"), DRIFT_CHECK])
@pytest.mark.parametrize("playbook", ["converge", "verify_providers"])
def test_source_without_provider_fails(
    run: Run, sandbox: SandboxProcess, playbook: str, arguments: tuple[str, ...]
) -> None:
    empty = {"response": {"status": 200, "json": {"items": [], "totalCount": 0, "hasMore": False}}}
    for key, faults in (("wrong-key", []), (sandbox.api_key, [{"path": CREDENTIALS_PATH, "times": None, **empty}])):
        sandbox.inject_faults(*faults)
        process = run(playbook, *arguments, DASHA_BLACKBOX_API_KEY=key)
        assert process.returncode != 0
        assert_message(" ".join((process.stdout + process.stderr).split()), "inventory_empty")


def test_declared_host_without_provider_fails_drift_check(run: Run, tmp_path: Path) -> None:
    declare(tmp_path, PROVIDER_ID, "twilio_provider_region: us1")
    assert run("converge", *DRIFT_CHECK).returncode == 0
    declare(tmp_path, MIGRATED, "twilio_provider_region: us1")
    declare(tmp_path, "web-server", "port: 80")
    process = run("converge", *DRIFT_CHECK)
    assert process.returncode != 0
    assert_shown(process.stdout, "declared_host_missing", f": {MIGRATED}.")
    # A run without the drift check only shows the message.
    process = run("converge")
    assert process.returncode == 0
    assert_shown(process.stdout, "declared_host_missing", f": {MIGRATED}.")


def test_slice_does_not_look_for_declared_hosts(run: Run, sandbox: SandboxProcess, tmp_path: Path) -> None:
    declare(tmp_path, PROVIDER_ID, "twilio_provider_region: ie1")
    declare(tmp_path, MIGRATED, "twilio_provider_region: us1")
    variables = ("-e", "{awx_workflow_job_name: converge, awx_job_template_name: converge}")
    process = run("converge", *variables, *DRIFT_CHECK)
    assert process.returncode != 0
    assert_shown(process.stdout, "slices_refused", "converge_fail_on_drift")
    process = run("converge", *variables)
    assert process.returncode == 0
    assert not contains(process.stdout, KINDS["declared_host_missing"])
    assert get_writes(sandbox) == ["PUT"]


def test_drift_of_provider_does_not_hide_missing_host(run: Run, tmp_path: Path) -> None:
    declare(tmp_path, PROVIDER_ID, "twilio_provider_region: ie1")
    declare(tmp_path, MIGRATED, "twilio_provider_region: us1")
    process = run("converge", *DRIFT_CHECK)
    assert process.returncode != 0
    assert_shown(process.stdout, "declaration_differs", f"{PROVIDER_ID} ", ": region")
    assert_shown(process.stdout, "declared_host_missing", f": {MIGRATED}.")


@pytest.mark.parametrize("native", ["false", "true"])
def test_null_in_host_vars_is_not_managed(run: Run, sandbox: SandboxProcess, tmp_path: Path, native: str) -> None:
    null = "twilio_provider_name: null\ntwilio_provider_region: null\ntwilio_provider_supports_call_transfer: null\n"
    declare(tmp_path, PROVIDER_ID, null)
    process = run("converge", ANSIBLE_JINJA2_NATIVE=native)
    assert process.returncode == 0, process.stdout + process.stderr
    assert get_writes(sandbox) == []


@pytest.mark.parametrize("native", ["false", "true"])
def test_name_that_looks_like_number_is_kept(run: Run, sandbox: SandboxProcess, tmp_path: Path, native: str) -> None:
    declare(tmp_path, PROVIDER_ID, "twilio_provider_name: '007'\ntwilio_provider_supports_call_transfer: true\n")
    process = run("converge", ANSIBLE_JINJA2_NATIVE=native)
    assert process.returncode == 0, process.stdout + process.stderr
    (provider,) = sandbox.state()["providers"]
    assert (provider["name"], provider["supportsCallTransfer"], provider["region"]) == ("007", True, "us1")


def test_empty_name_in_host_vars_is_refused(run: Run, sandbox: SandboxProcess, tmp_path: Path) -> None:
    declare(tmp_path, PROVIDER_ID, "twilio_provider_name: ''")
    assert run("converge").returncode != 0
    assert get_writes(sandbox) == []
