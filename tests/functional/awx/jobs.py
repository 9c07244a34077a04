# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Execution of jobs as in AWX.

Jobs run with ansible-runner, in the execution environment, and with the injected variables only.
"""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from pathlib import Path

from ansible_collections.dasha.blackbox.tests.functional.awx.controller import Controller, Document


class Job(t.NamedTuple):
    """Result of a job."""

    succeeded: bool
    output: str
    #: Job events, which AWX stores and displays.
    events: str


class ExecutionEnvironment:
    """Virtual environment that replaces a container of the image.

    :param programs: Directory with ansible-runner, ansible-inventory and Python.
    :param collections: Directory with the installed collections.
    """

    def __init__(self, programs: Path, collections: Path, home: Path) -> None:
        self.programs = programs
        self.environment = {
            "PATH": f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
        }

    def run(
        self, *command: str, environment: dict[str, str] | None = None, folder: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.programs / command[0]), *command[1:]],
            cwd=folder,
            env={**self.environment, **(environment or {})},
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )


def sync_inventory(controller: Controller, image: ExecutionEnvironment, name: str) -> Document:
    """Run ansible-inventory, and return the inventory as AWX stores it."""
    source = controller.find_by_name("inventory_sources", name)
    project = Path(controller.objects["projects"][source["source_project"]]["scm_url"])
    environment = controller.build_environment([source["credential"]])
    listed = image.run(
        "ansible-inventory",
        *("--list", "--export", "--inventory", str(project / source["source_path"]), "--playbook-dir", str(project)),
        environment={"ANSIBLE_INVENTORY_UNPARSED_FAILED": "true", **environment},
    )
    assert listed.returncode == 0, listed.stderr
    inventory: Document = json.loads(listed.stdout)
    # AWX merges the variables of the group all into the inventory and never removes them. It drops
    # unknown keys.
    inventory["_meta"].pop("profile", None)
    stored = controller.objects["inventories"][source["inventory"]]
    variables = {**json.loads(stored["variables"] or "{}"), **inventory["all"].pop("vars", {})}
    stored["variables"] = json.dumps(variables)
    inventory["all"]["vars"] = variables
    return inventory


def get_slice(inventory: Document, number: int, count: int) -> Document:
    """Return the inventory of a slice, which contains every host with the number modulo the count."""
    variables = inventory["_meta"]["hostvars"]
    hosts = sorted(variables)[number::count]
    groups = {
        name: {**group, "hosts": [host for host in group["hosts"] if host in hosts]} if "hosts" in group else group
        for name, group in inventory.items()
        if name != "_meta"
    }
    return {**groups, "_meta": {"hostvars": {host: variables[host] for host in hosts}}}


def launch(
    controller: Controller,
    image: ExecutionEnvironment,
    folder: Path,
    name: str,
    *,
    check: bool = False,
    limit: str = "",
    **answers: str,
) -> Job:
    """Launch a job template.

    :param folder: Empty directory for the job.
    :param check: Whether to select the job type Check at launch.
    :param answers: Answers to the survey.
    """
    template = controller.find_by_name("job_templates", name)
    variables = {
        **json.loads(template["extra_vars"] or "{}"),
        **controller.build_extra_vars(template, answers),
        "awx_job_template_name": name,
    }
    assert not check or template["ask_job_type_on_launch"]
    assert not limit or template["ask_limit_on_launch"]
    inventory = sync_inventory(controller, image, controller.objects["inventories"][template["inventory"]]["name"])
    options = (
        ["--check"] * (check or template["job_type"] == "check")
        + ["--diff"] * template["diff_mode"]
        + ["--limit", limit] * bool(limit)
    )
    slices = min(template["job_slice_count"], len(inventory["_meta"]["hostvars"]))
    if slices <= 1:
        return run_job(controller, image, folder, template, inventory, variables, options)
    # AWX runs the slices in a workflow that has the name of the job template.
    variables["awx_workflow_job_name"] = name
    jobs = [
        run_job(
            controller, image, folder / f"{number}", template, get_slice(inventory, number, slices), variables, options
        )
        for number in range(slices)
    ]
    return Job(
        all(job.succeeded for job in jobs), "".join(job.output for job in jobs), "\n".join(job.events for job in jobs)
    )


def run_job(
    controller: Controller,
    image: ExecutionEnvironment,
    folder: Path,
    template: Document,
    inventory: Document,
    variables: Document,
    options: list[str],
) -> Job:
    files = {
        "env/envvars": json.dumps(controller.build_environment(controller.credentials[template["id"]])),
        "env/extravars": json.dumps(variables),
        "inventory/hosts": f"#! /usr/bin/env python3\nprint({json.dumps(inventory)!r})\n",
    }
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    (folder / "inventory/hosts").chmod(0o700)
    (folder / "project").symlink_to(controller.objects["projects"][template["project"]]["scm_url"])
    run = image.run(
        "ansible-runner",
        "run",
        str(folder),
        "--playbook",
        template["playbook"],
        "--ident",
        "job",
        f"--cmdline={' '.join(options)}",
    )
    events = [path.read_text(encoding="utf-8") for path in (folder / "artifacts/job/job_events").iterdir()]
    return Job(run.returncode == 0, run.stdout + run.stderr, "\n".join(events))
