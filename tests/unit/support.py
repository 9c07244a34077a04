# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests share: what the seed holds, a client, and a server for what no web framework would send."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import textwrap
import threading
import typing as t
from pathlib import Path

import yaml
from sandbox.process import SandboxProcess

from ansible_collections.dasha.blackbox.plugins.module_utils._client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._transport import Connection

COLLECTION = Path(__file__).parents[2]
SEED = COLLECTION / "tests/sandbox/seed.yml"
PROVIDER_ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"
PROVIDER_PATH = f"/api/v1/providers/{PROVIDER_ID}"
UPDATE_PATH = f"/api/v1/providers/twilio/{PROVIDER_ID}"
CREATE_PATH = "/api/v1/providers/twilio"
CREDENTIALS_PATH = "/api/v1/sip-credentials"
NUMBERS_PATH = "/api/v1/sip-phone-numbers"
AGENTS_PATH = "/api/v1/agents"
#: The Twilio accounts of the seed: the provider's, and one without a provider.
ACCOUNT_SID = "AC00000000000000000000000000000001"
AUTH_TOKEN = "0000000000000000000000000000000a"
OTHER_ACCOUNT_SID = "AC00000000000000000000000000000002"
OTHER_AUTH_TOKEN = "0000000000000000000000000000000b"
#: The agents of the seed: the first one uses the first number, inbound and outbound.
RECEPTIONIST = "7d3a0c54-0000-4000-8000-00000000000a"
NIGHT_SHIFT = "7d3a0c54-0000-4000-8000-00000000000b"
#: The numbers of the seed's provider, of which the second is used by nobody, and their ids, which are counted.
FIRST_NUMBER, SECOND_NUMBER = "+15005550001", "+15005550002"
FIRST_NUMBER_ID, SECOND_NUMBER_ID = "d4e3ba17-40e4-59f5-a86f-10c6d75b10dc", "5f214cb4-9d8d-5158-9fd3-022cf971d3c4"
MISSING_ID = "00000000-0000-4000-8000-000000000000"


def yaml_blocks(page: Path) -> list[t.Any]:
    """Every piece of YAML on a page, in its order."""
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    found += re.findall(r"^\.\. code-block:: yaml\n\n((?:[ ]+.*\n|\n)+)", text, re.MULTILINE)
    return [yaml.safe_load(textwrap.dedent(block)) for block in found]


def connected(
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


def attempt(sandbox: SandboxProcess, task: t.Callable[[Client], dict[str, t.Any]], api_retries: int = 0) -> dict[str, t.Any]:
    """The result of a module's task, whether it fails or not, without the time that a process of its own takes."""
    with connected(sandbox.url, api_key=sandbox.api_key, api_retries=api_retries) as client:
        try:
            result = task(client)
        except BlackboxError as error:
            result = {**error.result(), "failed": True}
    return {**result, **({"retried": client.retried} if client.retried else {})}


def run_ansible(folder: Path, environment: t.Mapping[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program of Ansible in the folder, with no configuration and no environment but this one, and with this collection."""
    (folder / "ansible.cfg").touch()
    return subprocess.run(
        # By name: the script's own first line may name the same Python in another way.
        [sys.executable, str(Path(sys.executable).with_name(command[0])), *command[1:]],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTION.parents[2]),
            # Half the processes for each task.
            "ANSIBLE_PIPELINING": "true",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def parameters(**given: t.Any) -> dict[str, t.Any]:
    """The options of ``twilio_provider`` as the module gets them from Ansible."""
    options = ("id", "account_sid", "name", "auth_token", "region", "supports_call_transfer")
    return {**dict.fromkeys(options), "state": "present", "update_auth_token": "on_create", "force": False, **given}


def sent(sandbox: SandboxProcess) -> list[tuple[str, str, t.Any]]:
    """Method, path and body of each request that the sandbox saw."""
    return [(request["method"], request["path"], request["body"]) for request in sandbox.requests()]


def methods(sandbox: SandboxProcess) -> list[str]:
    """The methods of the requests that the sandbox saw, reads of providers and credentials told apart, and forget them."""
    seen = [request["method"] if request["path"] != CREDENTIALS_PATH else "LIST" for request in sandbox.requests()]
    sandbox.clear_requests()
    return seen


def observed(sandbox: SandboxProcess) -> list[str]:
    """The requests that the sandbox saw, as ``GET /sip-phone-numbers/{id}``."""
    return [f"{method} {re.sub('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '{id}', path)[len('/api/v1') :]}" for method, path, _body in sent(sandbox)]


def requests(sandbox: SandboxProcess) -> list[str]:
    """The same, and forget them."""
    seen = observed(sandbox)
    sandbox.clear_requests()
    return seen


class ModuleRunner(t.Protocol):
    def __call__(self, module: str, *, check_mode: bool = False, environment: dict[str, str] | None = None, **options: t.Any) -> dict[str, t.Any]:
        """Run a module and return its result."""


class ScriptedServer:
    """Answers each connection with the next script, on a real socket.

    A script gets the socket after the request was read; what it does not send is not sent. Scripts stop when the server does.
    """

    def __init__(self, *scripts: t.Callable[[socket.socket], None]) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._scripts = list(scripts)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(self, *exception: object) -> None:
        for sock in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        self._thread.join(10)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            for script in self._scripts:
                connection, _address = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                self.requests.append(read_request(connection))
                with contextlib.suppress(OSError):
                    script(connection)
                connection.close()


def read_request(connection: socket.socket) -> bytes:
    """One request, body included."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            return received
        received += piece
    head, _separator, body = received.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while lengths and len(body) < lengths[0]:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
