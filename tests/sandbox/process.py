# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox as a child process, for tests in any environment: nothing but the standard library, from Python 3.9."""

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
    """Starts the sandbox on entering and leaves nothing behind on leaving.

    python: an interpreter that has the sandbox's requirements; it need not be the one that runs the tests.
    """

    def __init__(self, python: str = sys.executable, seed: Path | None = None, log: Path | None = None, start_timeout: float = 30) -> None:
        self.command = [python, "-m", "sandbox", "--until-stdin-closes"]
        if seed:
            self.command += ["--seed", str(seed.resolve())]
        if log:
            self.command += ["--log", str(log.resolve())]
        self.start_timeout = start_timeout
        self.url = ""
        self.api_key = ""
        #: Whether faults were set since the last :meth:`behave`.
        self.has_faults = False
        self._resources = contextlib.ExitStack()
        # The child is on this machine, whatever proxy the environment names.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def __enter__(self) -> SandboxProcess:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        # A file, not a pipe: nobody has to read it for the child to go on.
        errors = self._resources.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        # The child ends when its standard input does, so it cannot outlive this process.
        child = subprocess.Popen(self.command, cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        self._resources.callback(end, child)
        line = first_line(child, self.start_timeout)
        if not line.startswith(LISTENING):
            end(child)
            errors.seek(0)
            message = errors.read().decode(errors="replace").strip()
            self.stop()
            raise RuntimeError(f"The sandbox did not start ({' '.join(self.command)}): {message or 'no word from it in time'}")
        self.url = line[len(LISTENING) :].strip()
        self.api_key = self.state()["api_key"]

    def stop(self) -> None:
        self._resources.close()

    def requests(self) -> list[dict[str, Any]]:
        """What the sandbox has been asked, oldest first."""
        entries: list[dict[str, Any]] = self._control("GET", "requests")
        return entries

    def forget_requests(self) -> None:
        self._control("DELETE", "requests")

    def state(self) -> dict[str, Any]:
        """The state as a seed document, fit for restore()."""
        document: dict[str, Any] = self._control("GET", "state")
        return document

    def restore(self, seed: dict[str, Any]) -> None:
        self._control("PUT", "state", seed)
        self.api_key = self.state()["api_key"]

    def misbehave(self, *faults: dict[str, Any]) -> None:
        """Replace the faults; their fields are explained in misbehavior.py."""
        self._control("PUT", "faults", list(faults))
        self.has_faults = bool(faults)

    def behave(self) -> None:
        self._control("DELETE", "faults")
        self.has_faults = False

    def _control(self, method: str, what: str, document: Any = None) -> Any:
        data = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"{self.url}/_sandbox/{what}", data, {"Content-Type": "application/json"}, method=method)
        try:
            with self._opener.open(request, timeout=30) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(f"The sandbox refuses {method} {what}: {error.read().decode(errors='replace')}") from None


def first_line(child: subprocess.Popen[bytes], timeout: float) -> str:
    assert child.stdout is not None
    line = b""
    deadline = time.monotonic() + timeout
    while not line.endswith(b"\n") and select.select([child.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
        piece = os.read(child.stdout.fileno(), 4096)
        if not piece:
            break
        line += piece
    return line.decode(errors="replace")


def end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe:
            pipe.close()
