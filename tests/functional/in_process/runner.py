# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runner of playbooks in one of both ways, and a comparison of two runs."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import yaml

from ansible_collections.dasha.blackbox.tests.functional.in_process.server import FailingServer
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible
from ansible_collections.dasha.blackbox.tests.support.constants import SEED
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS

PLAYBOOKS = Path(__file__).parent / "playbooks"
SEED_DOCUMENT = yaml.safe_load(SEED.read_text(encoding="utf-8"))

#: The same interpreter by two names. Ansible starts a module because the second one differs from the running one.
IN_PROCESS = sys.executable
AS_MODULE = f"{Path(sys.executable).parent}/./{Path(sys.executable).name}"
INTERPRETERS = (IN_PROCESS, AS_MODULE)
INTERPRETER_DIFFERS = KINDS["interpreter_differs"].replace("...", AS_MODULE, 1).replace("...", sys.executable)
WAYS = {
    IN_PROCESS: KINDS["runs_in_process"],
    AS_MODULE: f"{KINDS['runs_as_module']} {INTERPRETER_DIFFERS}",
}

LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
INVENTORY = {
    "all": {
        "children": {
            "fleet": {
                "hosts": {
                    "first": {**LOCAL, "seconds": 11},
                    "second": {**LOCAL, "seconds": 12},
                    "third": {**LOCAL, "seconds": 13},
                }
            }
        }
    }
}

#: Fault of the mock server that the next attempt overcomes.
UNAVAILABLE = {"method": "GET", "times": 1, "response": {"status": 503, "json": {"detail": "busy"}}}
FAULTS = [
    {**UNAVAILABLE, "path": ".*/agents/7d3a0c54-0000-4000-8000-00000000000a"},
    {**UNAVAILABLE, "path": ".*/agents/7d3a0c54-0000-4000-8000-00000000000b"},
]

#: Name of the play that writes the registered results. The output after it is not compared.
WRITER = "Write the results"

#: Line that says how a task runs.
WAY = re.compile(rf"^<\S+> (\S+) .*?({KINDS['runs_in_process']}|{KINDS['runs_as_module']} .*)\.$", re.MULTILINE)

#: What may differ, with the reason, and its replacement.
DIFFERENCES = (
    # Ansible reports the commands and files of a module at -vvv.
    (re.compile(r"^<[^>]*> (ESTABLISH LOCAL CONNECTION|EXEC|PUT) .*\n", re.MULTILINE), ""),
    (re.compile(r"^(Using module file .*|Pipelining is enabled\.)\n", re.MULTILINE), ""),
    # The line that names the way.
    (re.compile(WAY.pattern + "\n", re.MULTILINE), ""),
    # The test itself spells the interpreter differently.
    (re.compile(re.escape(AS_MODULE)), IN_PROCESS),
    # Only a task that runs in process can display its retries. A module writes these lines to the system log.
    (re.compile(rf"^<\S+> .*{KINDS['wait_before_attempt'].replace('...', '[0-9.]+ s')}.*\n", re.MULTILINE), ""),
    # The frames of a traceback show the way. In JSON, its lines end with an escaped newline.
    (re.compile(r"(Traceback \(most recent call last\):)((\\n|\n) +((?!\\n).)*)*"), r"\1"),
    # Waits before retries are random.
    (re.compile(r'"wait": [0-9.]+'), '"wait": 0'),
    (re.compile(rf"({KINDS['sent_repeatedly'].replace('...', '[0-9]+')}) [0-9.]+ s"), r"\1 0.0 s"),
    # Times of the mock server, and of the advice when to come back.
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:[0-9.]+)?"), "(time)"),
)


class Run(t.NamedTuple):
    """Everything that a user or the service can see of a run, and how its tasks ran."""

    code: int
    output: list[str]
    errors: list[str]
    results: dict[str, t.Any]
    requests: list[t.Any]
    ways: list[tuple[str, str]]


class Runner:
    """Runner of playbooks in one folder, against the mock server and a server with failures."""

    def __init__(self, sandbox: SandboxProcess, server: FailingServer, folder: Path) -> None:
        self.sandbox = sandbox
        self.server = server
        self.folder = folder
        (folder / "hosts.yml").write_text(yaml.safe_dump(INVENTORY), encoding="utf-8")
        (folder / "password").write_text("in-process", encoding="utf-8")
        for path in PLAYBOOKS.glob("*.yml"):
            shutil.copy(path, folder)

        self.environment = {
            # ansible-runner searches PATH for ansible-playbook.
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            # The home folder of Ansible commands is not that of the user, to which "~" leads in some of them.
            "ANSIBLE_ASYNC_DIR": str(folder / "async"),
            "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
            "ANSIBLE_FORKS": "1",
            "ANSIBLE_INVENTORY": str(folder / "hosts.yml"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOWS": "true",
            "ANSIBLE_VAULT_PASSWORD_FILE": str(folder / "password"),
            "DASHA_BLACKBOX_API_URL": sandbox.url,
            "DASHA_BLACKBOX_API_KEY": sandbox.api_key,
            "DASHA_BLACKBOX_API_RETRIES": "1",
            "DASHA_BLACKBOX_API_RETRY_MAX_DELAY": "0.05",
            # Some messages of Ansible list a set.
            "PYTHONHASHSEED": "0",
        }

    def reset(self) -> None:
        """Set the servers to their first state, and remove the results of the last run."""
        self.sandbox.restore(SEED_DOCUMENT)
        self.sandbox.inject_faults(*FAULTS)
        self.sandbox.clear_requests()
        self.server.requests.clear()
        for path in self.folder.glob("results_*"):
            path.unlink()

    def arguments(self, interpreter: str, *command: str, **variables: str) -> tuple[t.Any, ...]:
        """Return the arguments of run_ansible for a command whose tasks use the interpreter."""
        extra = json.dumps({"ansible_python_interpreter": interpreter, "server": self.server.url})
        return (self.folder, {**self.environment, **variables}, *command, "-vvv", "--extra-vars", extra)

    def run(self, interpreter: str, *command: str, **variables: str) -> Run:
        """Run a command of Ansible whose tasks use the interpreter."""
        self.reset()
        return self.collect(run_ansible(*self.arguments(interpreter, *command, **variables)))

    def run_playbook(self, interpreter: str, name: str, **variables: str) -> Run:
        """Run a playbook and register the result of each task."""
        plays = yaml.safe_load((PLAYBOOKS / name).read_text(encoding="utf-8"))
        names: dict[str, str] = {}
        for play in plays:
            for tasks in (play.get("tasks", []), play.get("handlers", [])):
                register(tasks, names)
        (self.folder / name).write_text(yaml.safe_dump([*plays, writer(names)]), encoding="utf-8")
        return self.run(interpreter, "ansible-playbook", name, **variables)

    def run_both(self, name: str, **variables: str) -> tuple[Run, Run]:
        """Run a playbook in process and then with modules."""
        return (
            self.run_playbook(IN_PROCESS, name, **variables),
            self.run_playbook(AS_MODULE, name, **variables),
        )

    def collect(self, process: subprocess.CompletedProcess[str]) -> Run:
        """Return the run of a process that has ended."""
        requests = [
            tuple(request[key] for key in ("method", "path", "query", "body", "status", "authorization"))
            for request in self.sandbox.requests()
        ]
        files = sorted(self.folder.glob("results_*"))
        return Run(
            process.returncode,
            normalize(process.stdout.partition(WRITER)[0]),
            normalize(process.stderr),
            {path.name: json.loads("".join(normalize(path.read_text(encoding="utf-8")))) for path in files},
            [*requests, *self.server.requests],
            WAY.findall(process.stdout),
        )


def register(tasks: list[dict[str, t.Any]], names: dict[str, str]) -> None:
    """Add a variable for the result to each task that has none. Add variable and name of each task to the names."""
    for task in tasks:
        for key in ("block", "rescue", "always"):
            register(task.get(key, []), names)
        if "block" not in task:
            names[task.setdefault("register", f"result_{len(names)}")] = task["name"]


def writer(names: t.Mapping[str, str]) -> dict[str, t.Any]:
    """Return a play that writes the registered results of each host."""
    results = ", ".join(
        f"'{number:03} {name}': {variable} | default(none)" for number, (variable, name) in enumerate(names.items())
    )
    content = f"{{{{ {{{results}}} | to_json }}}}"
    copy = {"content": content, "dest": "{{ playbook_dir }}/results_{{ inventory_hostname }}", "mode": "600"}
    tasks = [{"ansible.builtin.copy": copy, "diff": False}]
    return {"name": WRITER, "hosts": "all,localhost", "gather_facts": False, "tasks": tasks}


def normalize(text: str) -> list[str]:
    """Return the lines of a text without what may differ."""
    for pattern, replacement in DIFFERENCES:
        text = pattern.sub(replacement, text)
    return text.splitlines()


def settle(requests: t.Sequence[t.Any]) -> t.Iterator[str]:
    """Yield the requests as text, with reads between two writes in a fixed order, because they may be concurrent."""
    for is_read, group in itertools.groupby(requests, lambda request: request[0] == "GET"):
        texts = map(str, group)
        yield from sorted(texts) if is_read else texts


def sort_lines(lines: t.Iterable[str]) -> list[str]:
    """Return the lines in a fixed order, without the banners of tasks.

    The free strategy displays a banner whenever the next result belongs to another task, so their number differs.
    """
    return sorted(line for line in lines if line and not line.startswith(("TASK [", "task path: ")))


def compare(in_process: Run, as_module: Run, *, ordered: bool = True) -> None:
    """Check that both runs are the same, and that they ran in different ways."""
    assert {way for _action, way in in_process.ways} == {WAYS[IN_PROCESS]}
    assert {way for _action, way in as_module.ways} == {WAYS[AS_MODULE]}
    arrange = list if ordered else sort_lines
    assert arrange(settle(in_process.requests)) == arrange(settle(as_module.requests))
    assert arrange(way[0] for way in in_process.ways) == arrange(way[0] for way in as_module.ways)
    for host, results in in_process.results.items():
        for name, result in results.items():
            assert result == as_module.results[host][name], f"{host}: {name}"
    assert in_process.results == as_module.results
    assert arrange(in_process.output) == arrange(as_module.output)
    assert arrange(in_process.errors) == arrange(as_module.errors)
    assert in_process.code == as_module.code
