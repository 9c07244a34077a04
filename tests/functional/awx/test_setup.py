# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the playbook awx_setup with the modules of awx.awx."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import typing as t

import pytest
import requests

from ansible_collections.dasha.blackbox.tests.functional.awx.conftest import NAME, ROOT, CommandRunner, Setup
from ansible_collections.dasha.blackbox.tests.functional.awx.controller import (
    DEFAULTS,
    RELATIONS,
    TOKEN,
    Controller,
    Document,
)
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.messages import assert_shown

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


#: Modules that awx_setup uses, with their endpoints.
MODULES = {
    "credential_type": "credential_types",
    "credential": "credentials",
    "execution_environment": "execution_environments",
    "project": "projects",
    "inventory": "inventories",
    "inventory_source": "inventory_sources",
    "job_template": "job_templates",
    "schedule": "schedules",
}
#: Fields that a manual change does not change, because they identify the object or AWX keeps them.
FIXED_FIELDS = {
    "credential_types": {"name", "kind", "managed"},
    "credentials": {"name", "organization", "credential_type"},
    "execution_environments": {"name", "organization"},
    "projects": {"name", "organization", "local_path", "scm_revision"},
    "inventories": {"name", "organization", "kind"},
    "inventory_sources": {"name", "inventory"},
    "job_templates": {"name", "organization"},
    "schedules": {"name", "unified_job_template"},
}
#: Fields that awx_setup leaves to the operators.
OPERATOR_FIELDS = {
    "execution_environments": {"credential"},
    "projects": {"allow_override", "credential", "signature_validation_credential"},
    "inventories": {"prevent_instance_group_fallback"},
    "job_templates": {"forks", "prevent_instance_group_fallback", "webhook_credential", "webhook_service"},
}
#: Related objects that awx_setup leaves to the operators. The mock server does not have them.
OPERATOR_RELATIONS = {
    *("instance_groups", "labels"),
    *("notification_templates_error", "notification_templates_started", "notification_templates_success"),
}
#: Options of the modules that are not fields. AWX 24 ignores custom_virtualenv.
OTHER_OPTIONS = {
    *("copy_from", "custom_virtualenv", "input_inventories", "interval", "new_name", "state", "update_project"),
    *("update_secrets", "wait"),
    # Related objects of job templates, and the deprecated options for them.
    *("credential", "credentials", "survey_spec", "vault_credential"),
    # Owners of a credential, and the organization in which other modules search.
    *("user", "team", "organization"),
}
#: Options of the module schedule that answer prompts. AWX ignores the answers because the drift check has no prompts.
SCHEDULE_PROMPTS = {
    *("diff_mode", "execution_environment", "extra_data", "forks", "inventory", "job_slice_count", "job_tags"),
    *("job_type", "limit", "scm_branch", "skip_tags", "timeout", "verbosity"),
}
#: Values of manual changes. Other strings become "changed".
CHANGED_VALUES: dict[str, t.Any] = {
    "credential_types.inputs": {"fields": [{"id": "api_key", "label": "Key", "type": "string"}]},
    "credential_types.injectors": {"env": {}},
    "credentials.inputs": {"api_key": "fake-key", "api_url": "https://example.org"},
    "inventories.variables": '{"twilio_provider_region": "ie1"}',
    "job_templates.extra_vars": '{"converge_region": "us2"}',
    "job_templates.playbook": "ansible.cfg",
    "schedules.rrule": "DTSTART:20260101T050000Z RRULE:FREQ=YEARLY;INTERVAL=1",
}


class Send(t.Protocol):
    def __call__(self, method: str, url: str, fields: Document) -> None:
        """Send a request to the API of the controller."""


@pytest.fixture
def send(controller: Controller) -> Send:
    def send_request(method: str, url: str, fields: Document) -> None:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        response = requests.request(method, controller.url + url, json=fields, headers=headers, timeout=30)
        assert response.ok, response.text

    return send_request


@pytest.fixture
def others(first_setup: subprocess.CompletedProcess[str], controller: Controller) -> t.Iterator[dict[str, int]]:
    """Return the IDs of other objects, which replace related objects, by endpoint."""
    count_outcomes(first_setup)
    created = {}
    for endpoint in ("credentials", "execution_environments", "inventories", "projects"):
        item = controller.find_by_name(endpoint, NAME)
        fields = {field: value for field, value in item.items() if field in DEFAULTS[endpoint]}
        created[endpoint] = controller.create(endpoint, {**fields, "name": "Other"})["id"]
    yield created
    for endpoint, number in created.items():
        del controller.objects[endpoint][number]


def get_changed_value(endpoint: str, field: str, value: t.Any, others: dict[str, int]) -> t.Any:
    if field in RELATIONS:
        return others[RELATIONS[field]]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if field == "job_type":
        return "run" if value == "check" else "check"
    return CHANGED_VALUES.get(f"{endpoint}.{field}", "changed")


def test_setup_reverts_manual_changes(
    set_up: Setup, controller: Controller, others: dict[str, int], send: Send
) -> None:
    names = [(endpoint, NAME) for endpoint in MODULES.values() if endpoint not in ("job_templates", "schedules")]
    names += [("schedules", f"{NAME}: drift check"), *(("job_templates", f"{NAME}: {job}") for job in JOBS)]
    objects = {(endpoint, name): controller.find_by_name(endpoint, name) for endpoint, name in names}
    before, surveys, credentials = copy.deepcopy((objects, controller.surveys, controller.credentials))

    # AWX accepts another branch only in projects that allow it.
    for number in (objects["projects", NAME]["id"], others["projects"]):
        send("PATCH", controller.objects["projects"][number]["url"], {"allow_override": True})
    # The fields of a credential depend on its type, so the types come last.
    for (endpoint, name), item in reversed(objects.items()):
        fields = DEFAULTS[endpoint].keys() - FIXED_FIELDS[endpoint]
        changes = {field: get_changed_value(endpoint, field, before[endpoint, name][field], others) for field in fields}
        assert not [field for field in fields if changes[field] == before[endpoint, name][field]]
        send("PATCH", item["url"], changes)
        if endpoint == "job_templates":
            send("POST", f"{item['url']}credentials/", {"id": others["credentials"]})
            if item["id"] in surveys:
                questions = surveys[item["id"]]["spec"][1:] or surveys[item["id"]]["spec"] * 2
                send("POST", f"{item['url']}survey_spec/", {**surveys[item["id"]], "spec": questions})
    changed = copy.deepcopy(objects)

    controller.writes.clear()
    assert count_outcomes(set_up("--check"))["changed"] == len(objects)
    assert not controller.writes
    assert count_outcomes(set_up())["changed"] == len(objects)
    for (endpoint, name), item in objects.items():
        expected = dict(before[endpoint, name])
        left = OPERATOR_FIELDS.get(endpoint, set())
        if name in (f"{NAME}: converge", f"{NAME}: verify all"):
            left = left | {"job_slice_count"}
        expected.update({field: changed[endpoint, name][field] for field in left})
        if name == f"{NAME}: converge":
            # With slices, a limit would make the slices fail that do not contain the selected hosts.
            expected.update(ask_limit_on_launch=False, survey_enabled=False)
        assert item == expected
    assert (controller.surveys, controller.credentials) == (surveys, credentials)

    assert count_outcomes(set_up(forks="5", job_slice_count="1"))["changed"] == len(JOBS)
    for job in JOBS:
        item, expected = objects["job_templates", f"{NAME}: {job}"], before["job_templates", f"{NAME}: {job}"]
        assert item["forks"] == 5
        for field in ("job_slice_count", "ask_limit_on_launch", "survey_enabled"):
            assert item[field] == expected[field]


def test_setup_with_slices_disables_limit_and_survey(
    first_setup: subprocess.CompletedProcess[str], set_up: Setup, controller: Controller
) -> None:
    count_outcomes(first_setup)
    templates = {job: controller.find_by_name("job_templates", f"{NAME}: {job}") for job in JOBS}
    assert count_outcomes(set_up(job_slice_count="3"))["changed"] == 2
    assert {job: item["job_slice_count"] for job, item in templates.items()} == {
        **dict.fromkeys(JOBS, 1),
        **dict.fromkeys(("converge", "verify all"), 3),
    }
    assert (templates["converge"]["ask_limit_on_launch"], templates["converge"]["survey_enabled"]) == (False, False)
    # A rerun without the variable keeps the slices.
    assert count_outcomes(set_up())["changed"] == 0
    assert count_outcomes(set_up(job_slice_count="1"))["changed"] == 2
    assert (templates["converge"]["ask_limit_on_launch"], templates["converge"]["survey_enabled"]) == (True, True)


def test_manual_changes_cover_module_options(run_command: CommandRunner) -> None:
    names = [f"awx.awx.{module}" for module in ("controller_meta", *MODULES)]
    described = run_command("ansible-doc", "--type", "module", "--json", *names)
    assert described.returncode == 0, described.stderr
    options = {
        name.rpartition(".")[2]: set(module["doc"]["options"]) for name, module in json.loads(described.stdout).items()
    }
    connection = options.pop("controller_meta")
    for module, endpoint in MODULES.items():
        known = DEFAULTS[endpoint].keys() | connection | OTHER_OPTIONS | OPERATOR_RELATIONS
        assert options[module] - known == (SCHEDULE_PROMPTS if module == "schedule" else set())


def test_documentation_lists_settings_of_operators() -> None:
    page = (ROOT / "docs/docsite/rst/awx.rst").read_text(encoding="utf-8").partition("\nSettings\n")[2]
    section = page.partition("\nTroubleshooting\n")[0]
    left = {"job_slice_count", *OPERATOR_RELATIONS, *(field for fields in OPERATOR_FIELDS.values() for field in fields)}
    playbook = (ROOT / "playbooks/awx_setup.yml").read_text(encoding="utf-8").partition("\n- name:")[0]
    for field in left:
        name = "notification_templates_*" if field.startswith("notification_templates") else field
        assert f"``{name}``" in section
        assert re.search(rf"\b{re.escape(name)}", playbook)


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
    assert_shown(run.stdout, "variable_missing", f"awx_setup_{missing} ")
    assert not controller.writes
