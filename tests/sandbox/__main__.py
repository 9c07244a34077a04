# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the sandbox: python -m sandbox"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ipaddress
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
import yaml
from starlette.applications import Starlette

from .application import application
from .seed import SeedRefused


def main() -> None:
    parser = argparse.ArgumentParser(prog="sandbox", description="A look-alike of the BlackBox telephony API, on a loopback address.")
    parser.add_argument("--host", type=loopback, default="127.0.0.1", help="loopback address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one (%(default)s)")
    parser.add_argument("--seed", type=Path, help="YAML or JSON file with the state to start with")
    parser.add_argument("--log", type=Path, help="file to append every request to, one line of JSON each")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input ends, as it does when the parent dies")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as files:
        try:
            log = files.enter_context(arguments.log.open("a", encoding="utf-8")) if arguments.log else None
            web = application(seed_document(arguments.seed), log)
            listening = files.enter_context(listen(arguments.host, arguments.port))
        except (OSError, SeedRefused, yaml.YAMLError) as error:
            parser.exit(2, f"sandbox: {error}\n")
        asyncio.run(serve(web, listening, arguments.until_stdin_closes))


def loopback(host: str) -> str:
    if not ipaddress.ip_address(host).is_loopback:
        raise argparse.ArgumentTypeError(f"{host} is not a loopback address")
    return host


def seed_document(path: Path | None) -> Any:
    # JSON is YAML, too.
    document = yaml.safe_load(path.read_text(encoding="utf-8")) if path else None
    return {} if document is None else document


def listen(host: str, port: int) -> socket.socket:
    # TCP by name: only then does asyncio switch off Nagle's algorithm, which would cost every answer 40 ms.
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    return listening


async def serve(web: Starlette, listening: socket.socket, until_stdin_closes: bool) -> None:
    # h11 whatever else is installed: the same bytes on the wire everywhere. Idle connections outlive any pause of a test.
    config = uvicorn.Config(web, http="h11", ws="none", lifespan="off", log_level="warning", access_log=False, timeout_keep_alive=60)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    # After the start, because uvicorn sets handlers of its own, which wait for requests in progress and end with the signal.
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, serving.cancel)
    if until_stdin_closes:
        loop.add_reader(sys.stdin.fileno(), serving.cancel)
    host, port = listening.getsockname()[:2]
    print(f"sandbox: listening on http://{f'[{host}]' if ':' in host else host}:{port}", flush=True)
    with contextlib.suppress(asyncio.CancelledError):
        await serving


if __name__ == "__main__":
    main()
