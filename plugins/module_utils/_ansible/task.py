# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The boundary to Ansible: options go in, a redacted result comes out.

Modules and the inventory plugin run their work here. No other code turns an error into a result.
"""

from __future__ import annotations

import contextlib
import json
import logging
import traceback
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from .._http.client import Client
from .._http.errors import BlackboxError
from .._http.redact import printable, redact, redact_fields
from .._http.transport import REQUESTS_IMPORT_ERROR
from .._plan.plan import Outcome, Plan
from . import options
from .progress import Show, shown_by

#: Libraries that write to logs.
_LIBRARIES = ("requests", "urllib3")

Parameters = t.Mapping[str, t.Any]


class TaskResult(t.NamedTuple):
    """Redacted result of a task.

    :param values: the result, or ``msg``, ``changed`` and more if the task failed.
    :param warnings: warnings for the user.
    """

    failed: bool
    values: dict[str, t.Any]
    warnings: list[str]


def run_plan(module: AnsibleModule, plan: t.Callable[[Client, Parameters], Plan]) -> None:
    """Run a module that writes: apply its plan, or return the prediction in check mode."""
    check_mode = module.check_mode
    _run(module, lambda client: plan(client, module.params).execute(client, check_mode=check_mode))


def run_look_up(module: AnsibleModule, look_up: t.Callable[[Client, Parameters], dict[str, t.Any]]) -> None:
    """Run a module that only reads."""
    _run(module, lambda client: Outcome(results=look_up(client, module.params)))


def _run(module: AnsibleModule, task: t.Callable[[Client], Outcome]) -> None:
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    secret_options = [name for name, spec in module.argument_spec.items() if spec.get("no_log")]
    secrets = [module.params[name] for name in secret_options if module.params[name]]
    # Ignore blank secrets, because Ansible would mask every space in the message about them.
    module.no_log_values = {value for value in module.no_log_values if value.strip()}
    result = perform(module.params, secrets, task, shown_by(module.log))
    for warning in result.warnings:
        module.warn(warning)
    if not module._diff:
        result.values.pop("diff", None)
    (module.fail_json if result.failed else module.exit_json)(**result.values)


def perform(
    parameters: Parameters, secrets: t.Sequence[str], task: t.Callable[[Client], Outcome], show: Show
) -> TaskResult:
    """Run a task with a client and return its result, whatever happens.

    :param parameters: the options, including the connection options.
    :param secrets: values of secret options. The API's own secrets are dropped where they are parsed, because masking
        a short password would corrupt results.
    :param show: shows a line while the task runs.
    """
    secrets = [secret for value in secrets for secret in (value, value.strip()) if secret.strip()]
    client = None
    failed = True
    try:
        client = Client(
            options.connection(parameters), secrets, show=lambda line: show(printable(redact(line, secrets)))
        )
        with _no_library_logging(), client:
            values = task(client).result()
        failed = False
    except BlackboxError as error:
        values = error.result()
    except Exception as error:  # noqa: BLE001  # a bug of this collection; Ansible would show its unredacted text
        message = f"Unexpected {type(error).__name__}; this is a bug in dasha.blackbox."
        changed = client is not None and client.has_written
        values = {"msg": message, "exception": traceback.format_exc(), "changed": changed}
    if client is not None and client.retried:
        values["retried"] = client.retried
    if client is not None and client.retries > len(client.retried):
        client.warnings.append(
            f"Requests were retried {client.retries} times. The result lists the first {len(client.retried)} retries."
        )
    warnings = [printable(redact(warning, secrets)) for warning in client.warnings] if client is not None else []
    redacted = {name: redact(redact_fields(value), secrets) for name, value in values.items()}
    return TaskResult(failed, _printable_texts(redacted), warnings)


@contextlib.contextmanager
def _no_library_logging() -> t.Iterator[None]:
    """Switch the logs of the libraries off, because they contain parts of responses, and Ansible may write a log file.

    Ansible's own log stays on, because it gets the lines about retries.
    """
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in _LIBRARIES]
    loggers = [logger for logger in map(logging.getLogger, names) if not logger.disabled]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        for logger in loggers:
            logger.disabled = False


def _printable_texts(values: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return a result without control characters in the texts that Ansible prints as they are."""
    texts: dict[str, t.Any] = {"msg": printable(values["msg"])} if "msg" in values else {}
    if "diff" in values:
        diffs = values["diff"]
        texts["diff"] = [_show_diff(diff) for diff in diffs] if isinstance(diffs, list) else _show_diff(diffs)
    return {**values, **texts}


def _show_diff(diff: dict[str, t.Any]) -> dict[str, str]:
    """Return a diff with its states as JSON text. If they were dicts, Ansible would escape letters beyond ASCII."""
    return {name: printable(value) if isinstance(value, str) else _json_lines(value) for name, value in diff.items()}


def _json_lines(value: t.Any) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=4, sort_keys=True)
    # Escapes of Python, such as \xa0, are invalid in JSON.
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in f"{text}\n")
