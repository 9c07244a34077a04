# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sandbox in a child process.

Uses only the standard library and supports Python 3.9, so that any test can import it.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

TESTS = Path(__file__).resolve().parent.parent
LISTENING = "sandbox: listening on "


class SandboxProcess:
    """Context manager that runs the sandbox.

    python: Interpreter that has the requirements of the sandbox. It may differ from the one that runs the tests.
    """

    def __init__(
        self,
        python: str = sys.executable,
        seed: Path | None = None,
        log: Path | None = None,
        start_timeout: float = 30,
        world: Path | None = None,
    ) -> None:
        self.command = [python, "-m", "sandbox", "--until-stdin-closes"]
        if seed:
            self.command += ["--seed", str(seed.resolve())]
        if log:
            self.command += ["--log", str(log.resolve())]
        if world:
            self.command += ["--world", str(world.resolve())]
        self.start_timeout = start_timeout
        self.url = ""
        self.api_key = ""
        #: Whether faults were injected since the last :meth:`clear_faults`.
        self.has_faults = False
        self._resources = contextlib.ExitStack()
        # Ignore proxies of the environment, because the child listens on a loopback address.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def __enter__(self) -> SandboxProcess:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        # Use a file, because the child would block on a full pipe.
        errors = self._resources.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        # The child exits when its standard input is closed, so it cannot outlive this process.
        child = subprocess.Popen(self.command, cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        self._resources.callback(terminate, child)
        line = read_first_line(child, self.start_timeout)
        if not line.startswith(LISTENING):
            terminate(child)
            errors.seek(0)
            message = errors.read().decode(errors="replace").strip()
            self.stop()
            raise RuntimeError(
                f"The sandbox did not start ({' '.join(self.command)}): {message or 'no output before the timeout'}"
            )
        self.url = line[len(LISTENING) :].strip()
        self.api_key = self.state()["api_key"]

    def stop(self) -> None:
        self._resources.close()

    def requests(self) -> list[dict[str, Any]]:
        """Return the received requests, oldest first."""
        entries: list[dict[str, Any]] = self._control("GET", "requests")
        return entries

    def clear_requests(self) -> None:
        self._control("DELETE", "requests")

    def state(self) -> dict[str, Any]:
        """Return the state as a seed document for restore()."""
        document: dict[str, Any] = self._control("GET", "state")
        return document

    def restore(self, seed: dict[str, Any]) -> None:
        self._control("PUT", "state", seed)
        self.api_key = self.state()["api_key"]

    def inject_faults(self, *faults: dict[str, Any]) -> None:
        """Replace the active faults. faults.py documents their fields."""
        self._control("PUT", "faults", list(faults))
        self.has_faults = bool(faults)

    def set_world(self, **switches: Any) -> None:
        """Change the behavior of the service. world.py documents the switches. Those that are left out get defaults."""
        self._control("PUT", "world", switches)

    def world(self) -> dict[str, Any]:
        """Return the switches of the current behavior."""
        switches: dict[str, Any] = self._control("GET", "world")
        return switches

    def clear_faults(self) -> None:
        self._control("DELETE", "faults")
        self.has_faults = False

    def _control(self, method: str, resource: str, document: Any = None) -> Any:
        data = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(
            f"{self.url}/_sandbox/{resource}", data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with self._opener.open(request, timeout=30) as response:
                return json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(
                    f"The sandbox refused {method} {resource}: {error.read().decode(errors='replace')}"
                ) from None


def read_first_line(child: subprocess.Popen[bytes], timeout: float) -> str:
    assert child.stdout is not None
    line = b""
    deadline = time.monotonic() + timeout
    while not line.endswith(b"\n") and select.select([child.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
        chunk = os.read(child.stdout.fileno(), 4096)
        if not chunk:
            break
        line += chunk
    return line.decode(errors="replace")


def terminate(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe:
            pipe.close()
