# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runners for modules."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path
from unittest import mock

from ansible.module_utils import basic
from ansible.module_utils.common import warnings

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION
from ansible_collections.dasha.blackbox.tests.support.documents import assert_documented, documentation

#: Keys that any module may return.
COMMON_KEYS = {"changed", "exception", "failed", "invocation", "msg", "warnings"}
MODULES = "ansible_collections.dasha.blackbox.plugins.modules"


class ModuleRunner:
    """Runner for modules in diff mode, in the process of the test or in a process of their own.

    The environment variables point the module to the mock server. Options and variables of a call take precedence.
    """

    def __init__(self, sandbox: SandboxProcess, home: Path, *, in_process: bool) -> None:
        self._sandbox = sandbox
        self._home = home
        self._run = run_in_process if in_process else run_in_child

    def __call__(
        self, module: str, *, check_mode: bool = False, environment: dict[str, str] | None = None, **options: t.Any
    ) -> dict[str, t.Any]:
        """Run a module, compare the result with its documentation, and return the result."""
        arguments = {**options, "_ansible_check_mode": check_mode, "_ansible_diff": True}
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._home),
            "DASHA_BLACKBOX_API_URL": self._sandbox.url,
            "DASHA_BLACKBOX_API_KEY": self._sandbox.api_key,
            "DASHA_BLACKBOX_API_RETRIES": "0",
            "DASHA_BLACKBOX_API_RETRY_MAX_DELAY": "0.05",
            **(environment or {}),
        }
        code, output = self._run(module, arguments, variables)
        result = json.loads(output.splitlines()[-1])
        failed = bool(result.get("failed"))
        assert code == int(failed)
        # Ansible removes its internal keys from the output of a module.
        own = {key: value for key, value in result.items() if key not in COMMON_KEYS and not key.startswith("_ansible")}
        # A prediction omits the fields that only the service can set, and a fault may remove or add fields.
        complete = not (check_mode or self._sandbox.has_faults)
        assert_documented(
            documentation(module, "RETURN"), own, {"always"} if failed else {"always", "success"}, nested=complete
        )
        return t.cast("dict[str, t.Any]", result)


def diff_states(result: dict[str, t.Any]) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """Return the states before and after in the diff of a module, which are JSON texts."""
    before, after = (json.loads(result["diff"][state]) for state in ("before", "after"))
    return before, after


def run_in_process(module: str, arguments: dict[str, t.Any], environment: dict[str, str]) -> tuple[t.Any, str]:
    """Call the `main` of a module. Return its exit code and its output."""
    main = importlib.import_module(f"{MODULES}.{module}").main
    output = io.StringIO()
    # Ansible keeps the warnings of a module in global variables because a module usually has a process of its own.
    warnings._global_warnings.clear()
    warnings._global_deprecations.clear()
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        module_arguments(arguments),
        contextlib.redirect_stdout(output),
    ):
        try:
            main()
        except SystemExit as end:
            return end.code or 0, output.getvalue()
    raise AssertionError("The module returned without a result.")


def module_arguments(arguments: dict[str, t.Any]) -> contextlib.AbstractContextManager[t.Any]:
    """Return a context in which `AnsibleModule` reads these arguments."""
    try:
        from ansible.module_utils.testing import patch_module_args  # noqa: PLC0415  # ansible-core 2.17
    except ImportError:
        return mock.patch.object(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
    return t.cast("contextlib.AbstractContextManager[t.Any]", patch_module_args(arguments))


def run_in_child(module: str, arguments: dict[str, t.Any], environment: dict[str, str]) -> tuple[t.Any, str]:
    """Run a module in a child process. Return its exit code and its output."""
    process = subprocess.run(
        [sys.executable, "-m", f"{MODULES}.{module}"],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        env={"PYTHONPATH": str(COLLECTION.parents[2]), **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert process.stdout, process.stderr
    assert "Traceback" not in process.stderr, process.stderr
    return process.returncode, process.stdout
