# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules, their tasks, and the cases derived from them."""

from __future__ import annotations

import functools
import importlib
import typing as t
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import yaml
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.dasha.blackbox.tests.functional.secrets import attacks, secret_values
from ansible_collections.dasha.blackbox.tests.functional.secrets.attacks import Attack, Echo
from ansible_collections.dasha.blackbox.tests.functional.secrets.secret_values import SECRETS
from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION
from ansible_collections.dasha.blackbox.tests.support.modules import MODULES

if t.TYPE_CHECKING:
    from ansible_collections.dasha.blackbox.tests.functional.secrets.server import Received

#: Condition of tasks without an attack or other options.
USUAL = "unchanged"
NO_ATTACK = Attack("none")

#: Errors that the crash module raises in place of a response, by name, and a part of the expected message.
CRASHES = {"bug": "RuntimeError", "requests": "/api/v1/"}


@dataclass(frozen=True)
class Task:
    """Task of a module: its name, its options without secrets, and a part of the expected error message, if any."""

    module: Module
    name: str
    options: dict[str, t.Any]
    expected_error: str | None


@dataclass(frozen=True)
class Case:
    """Task that runs under special conditions.

    :param options: options that replace those of the task. None removes an option.
    :param expected_error: part of the expected error message, an empty string for any result, or None for success.
    :param target: request that the attack replaces, as method and path or path pattern.
    :param after_write: whether the attack replaces reads after a write, or those before it.
    :param environment: environment variables of the module.
    :param way: how a playbook runs the task, or empty if the module runs without Ansible.
    """

    task: Task
    condition: str = USUAL
    options: dict[str, t.Any] = field(default_factory=dict)
    expected_error: str | None = None
    check_mode: bool = False
    attack: Attack = NO_ATTACK
    target: str = ""
    after_write: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    way: str = ""

    @property
    def name(self) -> str:
        return f"{self.task.module.name}, {self.task.name}, {self.condition}{self.way}"

    def all_options(self, api_url: str) -> dict[str, t.Any]:
        secrets = {option: SECRETS[option] for option in self.task.module.secret_options}
        timeout = {"api_timeout": 0.2} if self.attack.has_timeout else {}
        options = {"api_url": api_url, **secrets, **timeout, **self.task.options, **self.options}
        return {option: value for option, value in options.items() if value is not None}


@dataclass(frozen=True)
class Module:
    """Module of the collection."""

    name: str

    @functools.cached_property
    def argument_spec(self) -> dict[str, dict[str, t.Any]]:
        specs: list[dict[str, dict[str, t.Any]]] = []

        def record(_self: AnsibleModule, argument_spec: dict[str, dict[str, t.Any]], **_arguments: t.Any) -> t.NoReturn:
            specs.append(argument_spec)
            raise SystemExit

        with mock.patch.object(AnsibleModule, "__init__", record):
            try:
                importlib.import_module(f"{MODULES}.{self.name}").main()
            except SystemExit:
                return specs[0]
        raise AssertionError("The module constructs no AnsibleModule.")

    @property
    def secret_options(self) -> list[str]:
        """Secret options, the API key last."""
        return sorted((option for option, spec in self.argument_spec.items() if spec.get("no_log")), reverse=True)

    @property
    def text_options(self) -> list[str]:
        """Options of the module that take any text."""
        own = {option: spec for option, spec in self.argument_spec.items() if not option.startswith("api_")}
        texts = [option for option, spec in own.items() if spec.get("type", "str") == "str" and "choices" not in spec]
        return [option for option in texts if option not in self.secret_options]

    @functools.cached_property
    def echo(self) -> Echo:
        return Echo([SECRETS[option] for option in self.secret_options])

    @functools.cached_property
    def tasks(self) -> list[Task]:
        """Tasks of the file for the module, otherwise its examples without variables."""
        path = Path(__file__).with_name("tasks") / f"{self.name}.yml"
        text = importlib.import_module(f"{MODULES}.{self.name}").EXAMPLES
        text = path.read_text(encoding="utf-8") if path.exists() else text
        key = f"dasha.blackbox.{self.name}"
        own = [task for task in yaml.safe_load(text) if key in task and "{{" not in str(task)]
        return [Task(self, task["name"], task[key] or {}, task.get("vars", {}).get("expected_error")) for task in own]


ALL_MODULES = [Module(path.stem) for path in sorted((COLLECTION / "plugins/modules").glob("[!_]*.py"))]


def usual_cases(_received: object = None) -> list[Case]:
    """Return each task as it is, without attacks. The server still repeats the secrets."""
    return [Case(task, expected_error=task.expected_error) for module in ALL_MODULES for task in module.tasks]


def other_cases(received: t.Mapping[str, t.Sequence[Received]]) -> t.Iterator[Case]:
    """Yield the cases that differ from the usual cases, whose requests the server has received."""
    operations: set[str] = set()
    for module in ALL_MODULES:
        yield from option_cases(module)
        attacked: set[tuple[str, bool]] = set()
        for task in module.tasks:
            any_result = functools.partial(Case, task, expected_error="")
            yield Case(task, "in check mode", expected_error=task.expected_error and "", check_mode=True)
            requests = {(request.name, request.after_write): request for request in received[Case(task).name]}
            for (name, after_write), request in requests.items():
                operation, phase = request.operation, " after a write" * after_write
                chosen = attacks_on(request, module.echo, (operation, after_write) in attacked, operation in operations)
                # The rare attacks come once in each module, even if another module had the same request.
                if not attacked and operation in operations:
                    chosen += attacks.rare_attacks(request.response_body, module.echo, module.echo.plain)
                operations.add(operation)
                attacked.add((operation, after_write))
                for attack in chosen:
                    condition = f"{attack.name} of {name}{phase}"
                    yield any_result(condition, attack=attack, target=name, after_write=after_write)
            for operation in {request.operation: None for request in requests.values() if request.is_write}:
                repeated = attacks.refusal(module.echo)
                yield any_result(f"repeated refusal of {operation}", attack=repeated, target=operation)


def attacks_on(request: Received, echo: Echo, known_to_module: bool, known_operation: bool) -> list[Attack]:
    """Return the attacks on a request: fewer if the module, or any module, had the same attacks before."""
    body = request.response_body
    # Modules return the available numbers as they are, because the format is unknown.
    secret = echo.plain if request.operation.endswith("/available-numbers") else secret_values.SIP_PASSWORD
    chosen = [attacks.refusal(echo)] if known_to_module else attacks.common_attacks(body, echo)
    if not known_operation:
        chosen += [*attacks.rare_attacks(body, echo, secret), *attacks.field_attacks(body, echo, secret)]
    return chosen


def option_cases(module: Module, way: str = "") -> t.Iterator[Case]:
    """Yield tasks with a refused secret, or with a secret in another option."""
    case = functools.partial(Case, module.tasks[0], way=way)
    for option in module.secret_options:
        for variant, value in secret_values.VARIANTS[option].items():
            accepted = (option, variant) == secret_values.ACCEPTED_VARIANT
            yield case(f"{option} with {variant}", {option: value}, None if accepted else option)
    for option in module.text_options:
        yield case(f"API key as {option}", {option: SECRETS["api_key"]}, "")
    tokens = {"unknown token": secret_values.MISPLACED_TOKEN}
    if "auth_token" in module.secret_options:
        tokens["token"] = SECRETS["auth_token"]
    for name, token in tokens.items() if "account_sid" in module.argument_spec else ():
        yield case(f"{name} as account_sid", {"id": None, "name": None, "account_sid": token}, "account_sid")


def playbook_cases(received: t.Mapping[str, t.Sequence[Received]], way: str) -> t.Iterator[Case]:
    """Yield the cases of a playbook: the first task of each module, tasks that send a token, and crashes."""
    for module in ALL_MODULES:
        for task in module.tasks:
            requests = received[Case(task).name]
            sends_token = any(SECRETS["auth_token"] in request.body for request in requests)
            if not sends_token and task is not module.tasks[0]:
                continue
            yield Case(task, expected_error=task.expected_error, way=way)
            first = requests[0]
            malformed = attacks.malformed_header(first.response_body, module.echo)
            yield Case(task, malformed.name, expected_error="", attack=malformed, target=first.name, way=way)
            crash_at = next((request for request in requests if request.is_write), requests[0]).name.split()[0]
            for name, error in CRASHES.items():
                if sends_token or name == "bug":
                    variables = {"DASHA_BLACKBOX_CRASH": name, "DASHA_BLACKBOX_CRASH_AT": crash_at}
                    options = {"api_retries": 0}
                    yield Case(task, f"crash {name}", options, error, environment=variables, way=way)
        # Ansible handles the options of all modules alike.
        if "auth_token" in module.secret_options or module is ALL_MODULES[0]:
            yield from option_cases(module, way)
