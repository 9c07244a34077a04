# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules, their tasks, and the cases derived from them."""

from __future__ import annotations

import functools
import importlib
import re
import typing as t
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import yaml
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.dasha.blackbox.tests.functional.secrets.attacks import (
    Attack,
    Echo,
    common_attacks,
    field_attacks,
    rare_attacks,
    refusal,
)
from ansible_collections.dasha.blackbox.tests.functional.secrets.secret_values import (
    ACCEPTED_VARIANT,
    MISPLACED_TOKEN,
    SECRETS,
    SIP_PASSWORD,
    VARIANTS,
)
from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION
from ansible_collections.dasha.blackbox.tests.support.modules import MODULES

if t.TYPE_CHECKING:
    from ansible_collections.dasha.blackbox.tests.functional.secrets.server import Received

#: Condition of tasks without an attack or other options.
USUAL = "unchanged"

#: Errors that the crash module raises in place of a response, by name, and a part of the expected message.
CRASHES = {"bug": "Unexpected RuntimeError; this is a bug in dasha.blackbox.", "requests": "/api/v1/"}


@dataclass(frozen=True)
class Task:
    """Task of a module: its name, its options without secrets, and a part of the expected error message, if any."""

    module: Module
    name: str
    options: t.Mapping[str, t.Any]
    expected_error: str | None


@dataclass(frozen=True)
class Case:
    """Task that runs under special conditions.

    :param options: options that replace those of the task. None removes an option.
    :param expected_error: part of the expected error message, an empty string for any result, or None for success.
    :param attack: the attack, and in `target` the request that it replaces, as method and path or path pattern.
    :param after_write: whether the attack replaces reads after a write, or those before it.
    :param environment: environment variables of the module.
    """

    task: Task
    condition: str
    options: t.Mapping[str, t.Any] = field(default_factory=dict)
    expected_error: str | None = None
    check_mode: bool = False
    attack: Attack | None = None
    target: str = ""
    after_write: bool = False
    environment: t.Mapping[str, str] = field(default_factory=dict)
    in_playbook: bool = False

    @property
    def name(self) -> str:
        return f"{self.task.module.name}, {self.task.name}, {self.condition}{' in a playbook' * self.in_playbook}"

    @property
    def is_usual(self) -> bool:
        return self.condition == USUAL

    @property
    def echo(self) -> Echo:
        return self.task.module.echo

    def all_options(self, api_url: str) -> dict[str, t.Any]:
        secrets = {option: SECRETS[option] for option in self.task.module.secret_options}
        timeout = {"api_timeout": 0.2} if self.attack and self.attack.short_timeout else {}
        options = {"api_url": api_url, **secrets, **timeout, **self.task.options, **self.options}
        return {option: value for option, value in options.items() if value is not None}

    def is_target(self, request: str, operation: str, after_write: bool) -> bool:
        """Return whether the attack replaces the response to a request."""
        return self.target in (request, operation) and (after_write is self.after_write or not request.startswith("GET "))


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
        specs = self.argument_spec.items()
        texts = [option for option, spec in specs if spec["type"] == "str" and not spec.get("no_log") and "choices" not in spec]
        return [option for option in texts if not option.startswith("api_")]

    @functools.cached_property
    def echo(self) -> Echo:
        return Echo([SECRETS[option] for option in self.secret_options])

    @functools.cached_property
    def tasks(self) -> list[Task]:
        """Tasks of the file for the module, otherwise its examples without variables."""
        path = Path(__file__).with_name("tasks") / f"{self.name}.yml"
        text = path.read_text(encoding="utf-8") if path.exists() else importlib.import_module(f"{MODULES}.{self.name}").EXAMPLES
        key = f"dasha.blackbox.{self.name}"
        own = [task for task in yaml.safe_load(text) if key in task and "{{" not in str(task)]
        return [Task(self, task["name"], task[key] or {}, task.get("vars", {}).get("expected_error")) for task in own]


ALL_MODULES = [Module(path.stem) for path in sorted((COLLECTION / "plugins/modules").glob("[!_]*.py"))]


def usual_cases(_received: object = None) -> list[Case]:
    """Return each task as it is, without attacks. The server still repeats the secrets."""
    return [Case(task, USUAL, expected_error=task.expected_error) for module in ALL_MODULES for task in module.tasks]


def other_cases(received: t.Mapping[str, t.Sequence[Received]]) -> t.Iterator[Case]:
    """Yield the cases that differ from the usual cases, whose requests the server has received."""
    operations: set[str] = set()
    for module in ALL_MODULES:
        yield from option_cases(module)
        attacked: set[tuple[str, bool]] = set()
        for task in module.tasks:
            yield Case(task, "in check mode", expected_error=task.expected_error and "", check_mode=True)
            requests = {(request.request, request.after_write or request.is_write): request for request in received[Case(task, USUAL).name]}
            for (name, after_write), request in requests.items():
                operation, body = request.operation, request.response_body
                # Modules return the available numbers as they are, because the format is unknown.
                unknown_secret = module.echo.plain if operation.endswith("/available-numbers") else SIP_PASSWORD
                attacks = [refusal(module.echo)] if (operation, after_write) in attacked else [*common_attacks(body, module.echo)]
                if operation not in operations or not attacked:
                    attacks += rare_attacks(body, module.echo, unknown_secret)
                if operation not in operations:
                    attacks += field_attacks(body, module.echo, unknown_secret)
                operations.add(operation)
                attacked.add((operation, after_write))
                case = functools.partial(Case, task, after_write=after_write, expected_error="")
                for attack in attacks:
                    phase = " after a write" if after_write and not request.is_write else ""
                    yield case(f"{attack.name} of {name}{phase}", attack=attack, target=name)
                if request.is_write:
                    repeated = refusal(module.echo, "repeated refusal")
                    yield case(f"{repeated.name} of {operation}", attack=repeated, target=operation)


def option_cases(module: Module, *, in_playbook: bool = False) -> t.Iterator[Case]:
    """Yield tasks with a refused secret, or with a secret in another option."""
    case = functools.partial(Case, module.tasks[0], in_playbook=in_playbook)
    for option in module.secret_options:
        for variant, value in VARIANTS[option].items():
            expected_error = None if (option, variant) == ACCEPTED_VARIANT else option
            yield case(f"{option} with {variant}", {option: value}, expected_error=expected_error)
    for option in module.text_options:
        yield case(f"API key as {option}", {option: SECRETS["api_key"]}, expected_error="")
    if "account_sid" in module.argument_spec:
        without_token = {option: "0" * 32 for option in module.secret_options if option == "auth_token"}
        selector = dict.fromkeys(["id", "name"])
        for token in (MISPLACED_TOKEN, SECRETS["auth_token"]):
            secrets = without_token if token == MISPLACED_TOKEN else {}
            yield case(f"{token[:8]} as account_sid", {**selector, "account_sid": token, **secrets}, expected_error="account_sid")


def playbook_cases(received: t.Mapping[str, t.Sequence[Received]]) -> t.Iterator[Case]:
    """Yield the cases that also run in a playbook: the first task of each module, all tasks that send a token, and crashes."""
    for module in ALL_MODULES:
        for task in module.tasks:
            requests = received[Case(task, USUAL).name]
            first, sends_token = task is module.tasks[0], any(SECRETS["auth_token"] in request.body for request in requests)
            if first or sends_token:
                yield Case(task, USUAL, expected_error=task.expected_error, in_playbook=True)
            methods = [re.match("[A-Z]+", request.request)[0] for request in requests]  # type: ignore[index]
            crashes_at = next((method for method in methods if method != "GET"), "GET")
            for name in CRASHES if sends_token else ["bug"] if first else []:
                environment = {"CRASH": name, "CRASH_AT": crashes_at}
                yield Case(task, f"crash {name}", {"api_retries": 0}, CRASHES[name], environment=environment, in_playbook=True)
        # Ansible handles the options of all modules alike.
        if "auth_token" in module.secret_options or module is ALL_MODULES[0]:
            yield from option_cases(module, in_playbook=True)
