# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runners of cases. They return the result of each case and all output, by channel."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import multiprocessing
import os
import shlex
import shutil
import sys
import typing as t
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from ansible_collections.dasha.blackbox.tests.functional.secrets.cases import Case
from ansible_collections.dasha.blackbox.tests.functional.secrets.secret_values import SECRETS
from ansible_collections.dasha.blackbox.tests.functional.secrets.server import HostileServer
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS
from ansible_collections.dasha.blackbox.tests.support.modules import run_in_process

HERE = Path(__file__).parent

#: Places in which all output of the cases is collected.
CHANNELS = (
    "standard output",
    "standard error",
    "registered results",
    "log",
    "standard output of modules",
    "standard error of modules",
    "command lines",
    "remaining files",
)


class Run(t.NamedTuple):
    """Result of each case by name, and the output of all cases by channel."""

    results: dict[str, dict[str, t.Any]]
    channels: dict[str, str]


def run_modules(cases: t.Sequence[Case], server: HostileServer, folder: Path) -> Run:
    """Run modules as Ansible does on a host, without Ansible. This takes a tenth of the time of a playbook."""
    environment = environment_in(folder)
    flags = [{"_ansible_check_mode": case.check_mode, "_ansible_diff": True} for case in cases]
    arguments = [{**case.all_options(server.add(case)), **flag} for case, flag in zip(cases, flags)]
    run_one = functools.partial(_run_module, environment=environment)
    # Not by fork, because the server runs in threads of this process.
    with ProcessPoolExecutor(2 * (os.cpu_count() or 1), multiprocessing.get_context("spawn")) as pool:
        finished = pool.map(run_one, [case.task.module.name for case in cases], arguments, chunksize=5)
        results, errors = zip(*finished)
    channels = {
        "standard output of modules": json.dumps(results),
        "standard error of modules": "".join(errors),
        "remaining files": remaining_files(folder),
    }
    return Run({case.name: result for case, result in zip(cases, results)}, channels)


def _run_module(module: str, arguments: dict[str, t.Any], environment: dict[str, str]) -> tuple[dict[str, t.Any], str]:
    """Run a module in a worker process. Return its result, which is all of its output, and its standard error."""
    with contextlib.redirect_stderr(io.StringIO()) as errors:
        _code, output = run_in_process(module, arguments, environment)
    # On ansible-core 2.22 a module tells Ansible the secrets to mask, in a key with this prefix.
    result = {key: value for key, value in json.loads(output).items() if not key.startswith("_ansible_")}
    return result, errors.getvalue()


def run_playbook(cases: t.Sequence[Case], server: HostileServer, folder: Path) -> Run:
    """Run a playbook whose tasks run as modules."""
    # Ansible discards the standard error of modules unless ssh merges it into the standard output.
    python, errors = folder / "python", folder / "stderr"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@" 2>>{shlex.quote(str(errors))}\n')
    python.chmod(0o700)
    run = _run_playbook(cases, server, folder, str(python))
    channels = {
        **run.channels,
        "standard error of modules": errors.read_text(encoding="utf-8"),
        "command lines": "\n".join(server.command_lines),
    }
    return Run(run.results, channels)


def run_playbook_in_process(cases: t.Sequence[Case], server: HostileServer, folder: Path) -> Run:
    """Run a playbook whose tasks run in the processes that Ansible forks for them."""
    run = _run_playbook(cases, server, folder, "{{ ansible_playbook_python }}")
    ran = run.channels["standard output"].count(f" {KINDS['runs_in_process']}.")
    assert ran == len(cases), (ran, len(cases))
    return run


def _run_playbook(cases: t.Sequence[Case], server: HostileServer, folder: Path, interpreter: str) -> Run:
    """Run a playbook with a host for each module, so that Ansible works on several modules at a time."""
    shutil.copy(HERE / "crash.py", folder / "sitecustomize.py")
    by_host: dict[str, list[Case]] = {}
    for case in cases:
        by_host.setdefault(case.task.module.name, []).append(case)
    for host, own in by_host.items():
        _write_json(folder / f"{host}.yml", _tasks(own, folder))
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": interpreter,
        "options": {case.name: case.all_options(server.add(case)) for case in cases},
    }
    _write_json(folder / "variables.json", variables)
    include = {"ansible.builtin.include_tasks": "{{ inventory_hostname }}.yml"}
    play = {"hosts": "all", "gather_facts": False, "strategy": "free", "vars_files": ["variables.json"]}
    _write_json(folder / "playbook.yml", [{**play, "tasks": [include]}])
    environment = {
        **environment_in(folder),
        # ansible-core 2.19 and later show tracebacks only on demand.
        "ANSIBLE_DISPLAY_TRACEBACK": "always",
        "ANSIBLE_FORKS": str(os.cpu_count()),
        "ANSIBLE_INJECT_INVOCATION": "true",
        "ANSIBLE_LOCAL_TEMP": str(folder / "files/local"),
        "ANSIBLE_LOG_PATH": str(folder / "log"),
        "ANSIBLE_PIPELINING": "false",
        "ANSIBLE_REMOTE_TEMP": str(folder / "files/remote"),
        "PYTHONPATH": str(folder),
    }
    command = ["ansible-playbook", "-vvvv", "--diff", f"--inventory={','.join(by_host)},", "playbook.yml"]
    run = run_ansible(folder, environment, *command, timeout=600)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    written = {host: (folder / f"{host}.json").read_text(encoding="utf-8") for host in by_host}
    pairs = [pair for host, own in by_host.items() for pair in zip(own, json.loads(written[host]))]
    channels = {
        "standard output": run.stdout,
        "standard error": run.stderr,
        "registered results": "".join(written.values()),
        "log": (folder / "log").read_text(encoding="utf-8"),
        "remaining files": remaining_files(folder),
    }
    return Run({case.name: result for case, result in pairs}, channels)


def _tasks(cases: t.Sequence[Case], folder: Path) -> list[dict[str, t.Any]]:
    """Return the tasks of a host. The last one writes the results of the others, in their order."""
    tasks: list[dict[str, t.Any]] = []
    for number, case in enumerate(cases):
        # Secrets usually come from variables, too.
        options = {option: f"{{{{ options['{case.name}'].{option} }}}}" for option in case.all_options("")}
        module = {f"dasha.blackbox.{case.task.module.name}": options, "environment": case.environment}
        tasks.append({"name": case.name, **module, "register": f"result_{number}", "ignore_errors": True})
    # On ansible-core 2.22 a registered result contains the options unmasked, and Ansible masks them on display.
    without_options = "dict2items | rejectattr('key', 'equalto', 'invocation') | items2dict"
    results = ", ".join(f"result_{number} | {without_options}" for number in range(len(cases)))
    file = str(folder / f"{cases[0].task.module.name}.json")
    copy = {"content": f"{{{{ [{results}] | to_nice_json }}}}", "dest": file, "mode": "600"}
    return [*tasks, {"ansible.builtin.copy": copy, "diff": False}]


def _write_json(path: Path, content: t.Any) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def environment_in(folder: Path) -> dict[str, str]:
    """Return the environment of all runs. Files that a run may leave are in a folder of their own."""
    (folder / "files").mkdir()
    return {
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "HOME": str(folder / "files"),
        "TMPDIR": str(folder / "files"),
        "DASHA_BLACKBOX_API_KEY": SECRETS["api_key"],
        "DASHA_BLACKBOX_API_RETRIES": "20",
        "DASHA_BLACKBOX_API_RETRY_MAX_DELAY": "0.01",
    }


def remaining_files(folder: Path) -> str:
    paths = [path for path in (folder / "files").rglob("*") if path.is_file()]
    return "\n".join(f"{path}: {path.read_bytes().decode(errors='replace')}" for path in paths)
