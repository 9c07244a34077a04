# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as AWX runs them: in the execution environment, by ansible-runner, with what the credentials inject and nothing else of an environment."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from pathlib import Path

from ansible_collections.dasha.blackbox.tests.functional.awx.controller import Controller, Document


class Job(t.NamedTuple):
    """How a job ended and what it printed."""

    succeeded: bool
    printed: str
    #: The events of the job, which AWX keeps and shows.
    events: str


class ExecutionEnvironment:
    """Stands for a container of the image: its programs, its collections, and a bare environment.

    :param programs: the folder with ansible-runner, ansible-inventory and their Python.
    :param collections: where the image has its collections.
    """

    def __init__(self, programs: Path, collections: Path, home: Path) -> None:
        self.programs = programs
        self.bare = {
            "PATH": f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
        }

    def run(self, *command: str, environment: dict[str, str] | None = None, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.programs / command[0]), *command[1:]],
            cwd=folder,
            env={**self.bare, **(environment or {})},
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )


def synchronise(controller: Controller, image: ExecutionEnvironment, name: str) -> Document:
    """The inventory as AWX keeps it: what ansible-inventory said, as JSON."""
    source = controller.named("inventory_sources", name)
    project = Path(controller.objects["projects"][source["source_project"]]["scm_url"])
    environment = controller.injected([source["credential"]])
    listed = image.run(
        "ansible-inventory",
        *("--list", "--export", "--inventory", str(project / source["source_path"]), "--playbook-dir", str(project)),
        environment={"ANSIBLE_INVENTORY_UNPARSED_FAILED": "true", **environment},
    )
    assert listed.returncode == 0, listed.stderr
    inventory: Document = json.loads(listed.stdout)
    # AWX adds the variables of all to those that the inventory has, and takes none away; what else is unknown to it it drops.
    inventory["_meta"].pop("profile", None)
    kept = controller.objects["inventories"][source["inventory"]].setdefault("variables_of_all", {})
    kept.update(inventory["all"].pop("vars", {}))
    inventory["all"]["vars"] = kept
    return inventory


def launch(controller: Controller, image: ExecutionEnvironment, folder: Path, name: str, *, check: bool = False, limit: str = "", **answers: str) -> Job:
    """Start a job from a job template.

    :param folder: an empty one, for the job.
    :param check: whether the person who launches it chooses the job type Check, as far as the template asks for it.
    :param answers: to the survey.
    """
    template = controller.named("job_templates", name)
    variables = {**json.loads(template["extra_vars"] or "{}"), **controller.answered(template, answers)}
    assert not check or template["ask_job_type_on_launch"]
    assert not limit or template["ask_limit_on_launch"]
    inventory = controller.objects["inventories"][template["inventory"]]["name"]
    files = {
        "env/envvars": json.dumps(controller.injected(controller.credentials[template["id"]])),
        "env/extravars": json.dumps(variables),
        "inventory/hosts": f"#! /usr/bin/env python3\nprint({json.dumps(synchronise(controller, image, inventory))!r})\n",
    }
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    (folder / "inventory/hosts").chmod(0o700)
    (folder / "project").symlink_to(controller.objects["projects"][template["project"]]["scm_url"])
    options = ["--check"] * (check or template["job_type"] == "check") + ["--diff"] * template["diff_mode"] + ["--limit", limit] * bool(limit)
    run = image.run("ansible-runner", "run", str(folder), "--playbook", template["playbook"], "--ident", "job", f"--cmdline={' '.join(options)}")
    events = [path.read_text(encoding="utf-8") for path in (folder / "artifacts/job/job_events").iterdir()]
    return Job(run.returncode == 0, run.stdout + run.stderr, "\n".join(events))
