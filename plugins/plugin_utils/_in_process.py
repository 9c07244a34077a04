# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module in the process that Ansible forked for the task, instead of starting another Python for it.

The module runs its own code and Ansible parses its output, so only the time differs. In every case of doubt, the
module runs as usual: see :meth:`InProcessAction._reason_for_module`.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import sys
import traceback
import types
import typing as t
from pathlib import Path

from ansible import constants
from ansible.executor import module_common
from ansible.module_utils import basic
from ansible.module_utils.common import warnings
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import normal
from ansible.release import __version__ as core_version
from ansible.utils.display import Display

from ..module_utils._http import reuse
from ..module_utils._http.transport import ENVIRONMENT_VARIABLES

#: Series of ansible-core that the tests have run with. The methods that are overridden here are not documented.
KNOWN_CORES = ("2.16", "2.17", "2.18", "2.19", "2.20", "2.21", "2.22")

#: Ansible variable that turns the execution in this process off.
SWITCH = "blackbox_in_process"

#: Start of the names of variables by which ansible-test and debuggers reach a module that starts.
_INSTRUMENTATION = "_ANSIBLE_"

#: Interpreter line of the modules.
_INTERPRETER = "/usr/bin/python"

#: Form in which ansible-core 2.19 and later encodes options and results of modules that do not ask for another one.
_PROFILE = "legacy"

Result = dict[str, t.Any]


class InProcessAction(normal.ActionModule):  # type: ignore[misc]  # Ansible has no types
    """Action that runs a module of this collection in this process, if nothing that a user can see would differ.

    :cvar MODULE: the module.
    """

    MODULE: types.ModuleType
    _runs_in_process = False
    _variables: t.Mapping[str, str] = {}
    _arguments: t.Mapping[str, t.Any] = {}

    def run(self, tmp: t.Any = None, task_vars: Result | None = None) -> Result:
        """Run the task and return its result."""
        try:
            reason = self._reason_for_module(task_vars or {})
        except (AttributeError, KeyError, TypeError) as error:
            reason = f"ansible-core {core_version} is not as expected ({type(error).__name__})"
        self._runs_in_process = reason is None
        way = "in the process of the task" if reason is None else f"as a module, because {reason}"
        Display().vvv(f"{self._task.action} runs {way}.", host=self._task.delegate_to or self._play_context.remote_addr)
        result: Result = super().run(tmp, task_vars)
        return result

    def _reason_for_module(self, task_vars: t.Mapping[str, t.Any]) -> str | None:
        """Return the reason for running the module as usual; None if nothing but the time would differ."""
        connection, task = self._connection, self._task
        host_vars = task_vars["ansible_delegated_vars"][task.delegate_to] if task.delegate_to else task_vars
        if not boolean(self._templar.template(host_vars.get(SWITCH, True)), strict=False):
            return f"{SWITCH} is false"
        if ".".join(core_version.split(".")[:2]) not in KNOWN_CORES:
            return f"ansible-core {core_version} is not known"
        if sys.platform == "darwin":
            # Reading the proxy settings of the system may end a forked process.
            return "macOS does not support it"
        if type(connection).__module__ != "ansible.plugins.connection.local":
            return "the connection is not local"
        if connection.become:
            return "the task uses become"
        if task.async_val:
            return "the task uses async"
        if task.timeout:
            # Ansible raises the timeout as an exception inside of the running code.
            return "the task has a timeout"
        if constants.DEFAULT_KEEP_REMOTE_FILES:
            return "keep_remote_files is set"
        if self._play_context.executable != "/bin/sh":
            # A shell may set variables when it starts.
            return "the shell is not /bin/sh"
        if any(name.startswith(_INSTRUMENTATION) for name in os.environ):
            return "its code is traced"
        # The name of a task without a namespace may lead to another collection.
        found = self._shared_loader_obj.module_loader.find_plugin_with_context(
            task.action, collection_list=task.collections
        )
        if found.plugin_resolved_path != self.MODULE.__file__:
            return f"the module is {found.plugin_resolved_path}"
        reason = self._reason_of_interpreter(host_vars) or self._reason_of_environment()
        if reason:
            return reason
        try:
            Path.cwd()
            Path(self._loader.get_basedir()).stat()
        except OSError:
            return "the working directory does not exist"
        # These exist, or the module cannot get its arguments.
        basic._ANSIBLE_ARGS, warnings._global_warnings, warnings._global_deprecations  # noqa: B018  # raises AttributeError
        self._built_module()
        _encode({})
        return None

    def _reason_of_interpreter(self, host_vars: t.Mapping[str, t.Any]) -> str | None:
        try:
            interpreter = module_common._get_shebang(_INTERPRETER, host_vars, self._templar)[1]
        except module_common.InterpreterDiscoveryRequiredError:
            return "the Python interpreter has to be discovered"
        return None if interpreter == sys.executable else f"the interpreter is {interpreter}, not {sys.executable}"

    def _reason_of_environment(self) -> str | None:
        """Evaluate the variables of the task's environment, which are read when a request is sent and not earlier."""
        variables: dict[str, t.Any] = {}
        self._compute_environment_string(variables)
        self._variables = {str(name): str(value) for name, value in variables.items()}
        for name, value in self._variables.items():
            is_read_late = name.startswith("DASHA_BLACKBOX_") or (
                name in ENVIRONMENT_VARIABLES and not name.startswith("SSL_")
            )
            if not is_read_late or not value.isprintable():
                return f"{name} in the environment may affect the start of Python"
        return None

    def _is_pipelining_enabled(self, *args: t.Any, **kwargs: t.Any) -> bool:
        # Otherwise, Ansible creates a temporary folder for the archive of the module.
        return self._runs_in_process or bool(super()._is_pipelining_enabled(*args, **kwargs))

    def _configure_module(self, module_name: str, module_args: Result, task_vars: Result) -> t.Any:
        if not self._runs_in_process:
            return super()._configure_module(module_name, module_args, task_vars)
        self._arguments = module_args
        return self._built_module()

    def _built_module(self) -> t.Any:
        """Return what Ansible expects of a module whose archive is built."""
        path = self.MODULE.__file__
        shebang = f"#!{sys.executable}"
        if not hasattr(module_common, "_BuiltModule"):  # ansible-core before 2.19
            return "new", shebang, b"", path
        built = module_common._BuiltModule(
            b_module_data=b"", module_style="new", shebang=shebang, serialization_profile=_PROFILE
        )
        return built, path

    def _low_level_execute_command(self, *args: t.Any, **kwargs: t.Any) -> Result:
        if not self._runs_in_process:
            return t.cast("Result", super()._low_level_execute_command(*args, **kwargs))
        code, output, errors = self._run_main()
        return {
            "rc": code,
            "stdout": output,
            "stdout_lines": output.splitlines(),
            "stderr": errors,
            "stderr_lines": errors.splitlines(),
        }

    def _run_main(self) -> tuple[int, str, str]:
        """Run the module. Return its exit code, its output and its errors."""
        output, errors = io.StringIO(), io.StringIO()
        code: t.Any = 1
        reuse.enable()
        with (
            _process_state(self._loader.get_basedir(), self._variables),
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(errors),
        ):
            basic._ANSIBLE_ARGS = _encode({"ANSIBLE_MODULE_ARGS": self._arguments})
            basic._ANSIBLE_PROFILE = _PROFILE
            try:
                try:
                    self.MODULE.main()
                except Exception as error:  # noqa: BLE001  # a bug, or a part of the installation is broken
                    _print_crash(error)
            except SystemExit as end:
                code = end.code
        return code, output.getvalue(), errors.getvalue()


def _print_crash(error: Exception) -> None:
    """Print an exception as a module that ends with it."""
    try:
        loader = importlib.import_module("ansible.module_utils._internal._ansiballz._loader")
        print_and_exit = loader._handle_exception
    except (ImportError, AttributeError):
        # Python prints it on ansible-core before 2.19.
        traceback.print_exception(type(error), error, error.__traceback__)
    else:
        print_and_exit(error, _PROFILE)


@contextlib.contextmanager
def _process_state(folder: str, variables: t.Mapping[str, str]) -> t.Iterator[None]:
    """Give the process the state of a module that starts, and restore its own state afterwards."""
    environment, working_directory = dict(os.environ), Path.cwd()
    try:
        os.environ.update(variables)
        os.chdir(folder)
        _clear_messages()
        yield
    finally:
        os.chdir(working_directory)
        if os.environ != environment:
            os.environ.clear()
            os.environ.update(environment)
        _clear_messages()
        basic._ANSIBLE_ARGS = basic._ANSIBLE_PROFILE = None


def _clear_messages() -> None:
    """Remove the warnings that ansible-core before 2.19 would add to the result of the next module."""
    warnings._global_warnings.clear()
    warnings._global_deprecations.clear()


def _encode(arguments: t.Mapping[str, t.Any]) -> bytes:
    """Return the arguments as Ansible passes them to a module."""
    if hasattr(module_common, "get_module_encoder"):
        encoder = module_common.get_module_encoder(_PROFILE, module_common.Direction.CONTROLLER_TO_MODULE)
        return json.dumps(arguments, cls=encoder).encode()
    return json.dumps(arguments, cls=module_common.AnsibleJSONEncoder, vault_to_text=True).encode()
