# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the sandbox: python -m sandbox"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ipaddress
import shlex
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
import yaml
from starlette.applications import Starlette

from .application import create_application
from .control_plane import InvalidWorld
from .seed import InvalidSeed


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="sandbox", description="Mock server of the BlackBox telephony API, on a loopback address."
    )
    parser.add_argument(
        "--host",
        type=parse_loopback_address,
        default="127.0.0.1",
        help="loopback address to listen on (default: %(default)s)",
    )
    parser.add_argument(
        "--port", type=int, default=0, help="port to listen on; 0 selects a free port (default: %(default)s)"
    )
    parser.add_argument("--seed", type=Path, help="YAML or JSON file with the initial state")
    parser.add_argument("--world", type=Path, help="YAML or JSON file with switches for unknown behavior, see world.py")
    parser.add_argument("--log", type=Path, help="file to append requests to, as one JSON object per line")
    parser.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="exit when standard input is closed, for example because the parent process exits",
    )
    arguments = parser.parse_args()
    with contextlib.ExitStack() as files:
        try:
            log = files.enter_context(arguments.log.open("a", encoding="utf-8")) if arguments.log else None
            application = create_application(load_document(arguments.seed), load_document(arguments.world), log)
            listener = files.enter_context(listen(arguments.host, arguments.port))
        except (OSError, InvalidSeed, InvalidWorld, yaml.YAMLError) as error:
            parser.exit(2, f"sandbox: {error}\n")
        asyncio.run(serve(application, listener, arguments.until_stdin_closes))


def parse_loopback_address(host: str) -> str:
    if not ipaddress.ip_address(host).is_loopback:
        raise argparse.ArgumentTypeError(f"{host} is not a loopback address")
    return host


def load_document(path: Path | None) -> Any:
    document = yaml.safe_load(path.read_text(encoding="utf-8")) if path else None
    return {} if document is None else document


def listen(host: str, port: int) -> socket.socket:
    # asyncio disables Nagle's algorithm only if the protocol is IPPROTO_TCP. Otherwise it delays
    # each response by 40 ms.
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


async def serve(application: Starlette, listener: socket.socket, until_stdin_closes: bool) -> None:
    # Always use h11, so that the responses do not depend on the installed packages. The keep-alive timeout is
    # longer than any pause within a test. The application sets the Date header.
    config = uvicorn.Config(
        application,
        http="h11",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_keep_alive=60,
        date_header=False,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    # Install the handlers after the start, because they replace those of uvicorn, which wait for requests in progress.
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, serving.cancel)
    if until_stdin_closes:
        loop.add_reader(sys.stdin.fileno(), serving.cancel)
    host, port = listener.getsockname()[:2]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    print(f"sandbox: listening on {url}", flush=True)
    if not until_stdin_closes:
        print("To use it, run these lines in another shell:")
        print(f"export DASHA_BLACKBOX_API_URL={url}")
        print(f"export DASHA_BLACKBOX_API_KEY={shlex.quote(application.state.api_key)}", flush=True)
    with contextlib.suppress(asyncio.CancelledError):
        await serving


if __name__ == "__main__":
    main()
