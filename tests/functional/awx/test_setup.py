# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the playbook awx_setup with the modules of awx.awx."""

from __future__ import annotations

import json
import re
import subprocess
import textwrap
from itertools import zip_longest

import pytest
import yaml

from ansible_collections.dasha.blackbox.tests.functional.awx.conftest import NAME, ROOT, Setup
from ansible_collections.dasha.blackbox.tests.functional.awx.controller import RELATIONS, Controller
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess

JOBS = ["converge", "drift check", "migrate account", "rotate token", "verify all"]


def count_outcomes(run: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """Return the number of tasks by outcome, such as ``ok`` and ``changed``."""
    assert run.returncode == 0, run.stdout + run.stderr
    return {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", run.stdout.rpartition("PLAY RECAP")[2])}


def test_setup_is_idempotent(
    first_setup: subprocess.CompletedProcess[str], set_up: Setup, controller: Controller, sandbox: SandboxProcess
) -> None:
    assert count_outcomes(first_setup)["changed"] == 12
    assert sandbox.api_key not in first_setup.stdout + first_setup.stderr
    created = {
        endpoint: sorted(item["name"] for item in items.values() if "production" not in item["name"])
        for endpoint, items in controller.objects.items()
    }
    assert created == {
        **{
            endpoint: [NAME]
            for endpoint in (
                "credentials",
                "credential_types",
                "execution_environments",
                "projects",
                "inventories",
                "inventory_sources",
            )
        },
        "organizations": ["Default"],
        "job_templates": [f"{NAME}: {job}" for job in JOBS],
        "schedules": [f"{NAME}: drift check"],
    }
    controller.writes.clear()
    assert count_outcomes(set_up())["changed"] == 0
    assert not [write for write in controller.writes if write.startswith("POST")]


#: Endpoints of the documented objects, in the order of the page.
DOCUMENTED_ENDPOINTS = [
    *("credential_types", "credentials", "execution_environments", "projects", "inventories", "inventory_sources"),
    *["job_templates"] * 5,
    "schedules",
]


def test_setup_matches_documentation(first_setup: subprocess.CompletedProcess[str], controller: Controller) -> None:
    text = (ROOT / "docs/docsite/rst/awx.rst").read_text(encoding="utf-8").partition("Screen by screen")[2]
    blocks = re.findall(r"^\.\. code-block:: yaml\n\n((?:[ ]+.*\n|\n)+)", text, re.MULTILINE)
    for endpoint, block in zip_longest(DOCUMENTED_ENDPOINTS, blocks):
        documented = yaml.safe_load(textwrap.dedent(block))
        created = dict(controller.find_by_name(endpoint, documented["name"]))
        created.update(
            {
                field: controller.objects[RELATIONS[field]][created[field]]["name"]
                for field in RELATIONS.keys() & created.keys()
                if created[field]
            }
        )
        if endpoint == "job_templates":
            created["credentials"] = [
                controller.objects["credentials"][number]["name"] for number in controller.credentials[created["id"]]
            ]
            created["survey"] = controller.surveys.get(created["id"], {}).get("spec")
            created["extra_vars"] = json.loads(created["extra_vars"] or "{}")
        # These differ between installations.
        created.update({field: documented[field] for field in ("image", "scm_url") if field in documented})
        assert documented == {field: created[field] for field in documented}


def test_setup_reverts_manual_changes(
    first_setup: subprocess.CompletedProcess[str], set_up: Setup, controller: Controller
) -> None:
    drift_check, converge = (
        controller.find_by_name("job_templates", f"{NAME}: {job}") for job in ("drift check", "converge")
    )
    drift_check.update(job_type="run", limit="no-such-host")
    converge.update(
        extra_vars='{"converge_region": "us2"}', limit="all", allow_simultaneous=True, ask_variables_on_launch=True
    )
    schedule = controller.find_by_name("schedules", f"{NAME}: drift check")
    schedule["enabled"] = False
    question = controller.surveys[converge["id"]]["spec"].pop()
    controller.writes.clear()
    assert count_outcomes(set_up("--check"))["changed"] == 3
    assert not controller.writes
    assert count_outcomes(set_up())["changed"] == 3
    assert (drift_check["job_type"], drift_check["limit"], schedule["enabled"]) == ("check", "", True)
    assert (
        converge["extra_vars"],
        converge["limit"],
        converge["allow_simultaneous"],
        converge["ask_variables_on_launch"],
    ) == ("{}", "", False, False)
    assert controller.surveys[converge["id"]]["spec"][-1] == question


def test_setup_with_new_key_requires_update_secrets(
    first_setup: subprocess.CompletedProcess[str], set_up: Setup, controller: Controller
) -> None:
    name = "BlackBox production"
    assert count_outcomes(set_up(name=name, api_key="fake-key-of-production"))["changed"] == 11
    assert (len(controller.objects["credential_types"]), len(controller.objects["job_templates"])) == (1, 10)
    # AWX does not return the key, so it is written only with update_secrets.
    credential = controller.find_by_name("credentials", name)
    assert count_outcomes(set_up(name=name, api_key="another-fake-key"))["changed"] == 0
    assert credential["inputs"]["api_key"] == "fake-key-of-production"
    assert count_outcomes(set_up(name=name, api_key="another-fake-key", update_secrets="true"))["changed"] == 1
    assert credential["inputs"]["api_key"] == "another-fake-key"


@pytest.mark.parametrize("missing", ["api_key", "project_url", "image"])
def test_setup_without_variable_writes_nothing(set_up: Setup, controller: Controller, missing: str) -> None:
    controller.writes.clear()
    run = set_up(**{missing: ""})
    assert run.returncode != 0
    assert f"Nothing was set up. awx_setup_{missing} is required" in run.stdout
    assert not controller.writes
