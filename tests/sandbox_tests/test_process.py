# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the sandbox process: start and exit."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from ansible_collections.dasha.blackbox.tests.sandbox import process
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.timing import PATIENCE


def start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox", *arguments], cwd=process.TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_signal_with_active_request_stops_process(signal_number: signal.Signals) -> None:
    with start("--until-stdin-closes") as child:
        address = ("127.0.0.1", int(child.stdout.readline().rpartition(b":")[2]))
        faults = urllib.request.Request(
            f"http://127.0.0.1:{address[1]}/_sandbox/faults", b'[{"delay": 60}]', method="PUT"
        )
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(faults).close()
        with socket.create_connection(address) as connection:
            connection.sendall(b"GET /api/v1/agents HTTP/1.1\r\nHost: sandbox\r\n\r\n")
            child.send_signal(signal_number)
            assert child.wait(PATIENCE) == 0
        assert child.stdout.read() == b""


def test_closed_stdin_stops_process() -> None:
    with start("--until-stdin-closes") as child:
        assert child.stdout.readline().startswith(b"sandbox: listening on http://127.0.0.1:")
        child.stdin.close()
        assert child.wait(PATIENCE) == 0


def test_start_prints_lines_for_shell(tmp_path: Path) -> None:
    seed = tmp_path / "seed.yml"
    seed.write_text("api_key: not a secret", encoding="utf-8")
    with start("--seed", str(seed)) as child:
        lines = [child.stdout.readline().decode().strip() for _line in range(4)]
        child.terminate()
    url = lines[0].removeprefix("sandbox: listening on ")
    assert lines[2:] == [f"export DASHA_BLACKBOX_API_URL={url}", "export DASHA_BLACKBOX_API_KEY='not a secret'"]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org"])
def test_host_other_than_loopback_is_refused(host: str) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "sandbox", "--host", host],
        cwd=process.TESTS,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert refused.returncode == 2
    assert b"--host" in refused.stderr


def test_process_with_invalid_seed_explains_failure(tmp_path: Path) -> None:
    seed = tmp_path / "seed.yml"
    seed.write_text("color: red", encoding="utf-8")
    with pytest.raises(RuntimeError, match="color"), SandboxProcess(seed=seed):
        pass


def test_stopped_process_leaves_no_open_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:1")
    open_before = len(list(Path("/dev/fd").iterdir()))
    with SandboxProcess(log=tmp_path / "log") as sandbox:
        assert sandbox.state()["providers"] == []
        assert sandbox.api_key
        port = int(sandbox.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET /api/v1/agents HTTP/1.0\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 401"
    sandbox.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    assert len(list(Path("/dev/fd").iterdir())) == open_before
    [line] = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert (json.loads(line)["path"], json.loads(line)["status"]) == ("/api/v1/agents", 401)
