# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients of a server, and tasks that run in the process of the test."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._http.connection import Connection
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._http.request import Request
from ansible_collections.dasha.blackbox.plugins.module_utils._plan.plan import Outcome, Plan
from ansible_collections.dasha.blackbox.plugins.module_utils._provider.select import FOREIGN_OPTIONS
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_RESOURCE

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
    show: t.Callable[[str], None] = lambda line: None,
) -> Client:
    """Return a client that by default does not retry. Delays between retries are short."""
    connection = Connection(api_key, api_url, api_timeout, api_retries, api_retry_max_delay, validate_certs, ca_path)
    return Client(connection, show=show)


def request_error(
    client: Client, method: str = "GET", path: str = PROVIDER_RESOURCE, body: t.Mapping[str, t.Any] | None = None
) -> BlackboxError:
    """Return the error of a request that fails."""
    with pytest.raises(BlackboxError) as raised:
        client.send(Request(method, path, body=body))
    assert raised.value.method == method
    return raised.value


def cause(error: BlackboxError) -> str:
    """Return the message of an error without the request that it begins with."""
    request, _separator, text = error.message.partition(f"{error.path}: ")
    assert re.fullmatch(rf"{error.method} (https?://[^/]+)?", request)
    return text


def run_task(
    sandbox: SandboxProcess, task: t.Callable[[Client], dict[str, t.Any]], api_retries: int = 0
) -> dict[str, t.Any]:
    """Return the result of a task, or of its failure, without running the module in a process of its own."""
    with connect(sandbox.url, api_key=sandbox.api_key, api_retries=api_retries) as client:
        try:
            result = task(client)
        except BlackboxError as error:
            result = {**error.result(), "failed": True}
    return {**result, **({"retried": client.retried} if client.retried else {})}


#: No value for any option that selects a provider, in modules about something else.
NO_PROVIDER: t.Final = dict.fromkeys(FOREIGN_OPTIONS)


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


def parameters(**options: t.Any) -> dict[str, t.Any]:
    """Return the options of ``twilio_provider`` as Ansible passes them to the module."""
    unset = dict.fromkeys(("id", "account_sid", "name", "auth_token", "region", "supports_call_transfer"))
    return {**unset, "state": "present", "update_auth_token": "on_create", "force": False, **options}
