# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients, and tasks that run in the process of the tests."""

from __future__ import annotations

import typing as t

from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._http.connection import Connection
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._plan.plan import Outcome, Plan
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess

Options = t.Mapping[str, t.Any]
Result = dict[str, t.Any]
Planner = t.Callable[[Client, Options], Plan]
LookUp = t.Callable[[Client, Options], Result]


class TaskRunner(t.Protocol):
    """Runner for the task of one module, with default options."""

    def __call__(self, *, check_mode: bool = False, api_retries: int = 0, **options: t.Any) -> Result:
        """Run the task and return its result, even if it fails. The given options override the defaults."""


def connect(
    api_url: str,
    *,
    api_key: str = "fake-key",
    api_timeout: float = 10,
    api_retries: int = 0,
    api_retry_max_delay: float = 0.05,
    validate_certs: bool = True,
    ca_path: str | None = None,
) -> Client:
    """A client that sends nothing again unless it is asked to, and then soon."""
    return Client(Connection(api_key, api_url, api_timeout, api_retries, api_retry_max_delay, validate_certs, ca_path))


def run_task(
    sandbox: SandboxProcess, task: t.Callable[[Client], dict[str, t.Any]], api_retries: int = 0
) -> dict[str, t.Any]:
    """The result of a module's task, whether it fails or not, without the time that a process of its own takes."""
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=api_retries) as client:
        try:
            result = task(client)
        except BlackboxError as error:
            result = {**error.result(), "failed": True}
    return {**result, **({"retried": client.retried} if client.retried else {})}


def execute(plan: Planner, client: Client, options: Options, check_mode: bool = False) -> Result:
    """Plan and run the task of a module that writes, and return its result."""
    return plan(client, options).execute(client, check_mode=check_mode).result()


def task_runner(sandbox: SandboxProcess, plan: Planner, **defaults: t.Any) -> TaskRunner:
    """Return a runner for the task of a module that writes."""

    def run(*, check_mode: bool = False, api_retries: int = 0, **options: t.Any) -> Result:
        return run_task(sandbox, lambda client: execute(plan, client, {**defaults, **options}, check_mode), api_retries)

    return run


def look_up_runner(sandbox: SandboxProcess, look_up: LookUp, **defaults: t.Any) -> TaskRunner:
    """Return a runner for the task of a module that only reads."""

    def plan(client: Client, options: Options) -> Plan:
        return Plan(Outcome(results=look_up(client, options)))

    return task_runner(sandbox, plan, **defaults)


def parameters(**given: t.Any) -> dict[str, t.Any]:
    """The options of ``twilio_provider`` as the module gets them from Ansible."""
    options = ("id", "account_sid", "name", "auth_token", "region", "supports_call_transfer")
    return {**dict.fromkeys(options), "state": "present", "update_auth_token": "on_create", "force": False, **given}
