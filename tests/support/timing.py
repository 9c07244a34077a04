# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time in tests. The bounds are generous because the machine may be busy."""

from __future__ import annotations

import contextlib
import socket
import time
import typing as t

#: Seconds within which anything happens, even on a busy machine.
PATIENCE = 30
#: Seconds that :func:`drip` takes for each byte: less than the timeout of the tests.
DRIP_INTERVAL = 0.5
#: Seconds within which a request with a timeout of one second ends. A dripped response takes longer than that.
BOUND = 12

Found = t.TypeVar("Found")


def wait_until(find: t.Callable[[], Found]) -> Found:
    """Call the function until its result is true. Return that result, and fail if there is none in time."""
    deadline = time.monotonic() + PATIENCE
    while not (found := find()):
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)
    return found


@contextlib.contextmanager
def times_out_after_a_second() -> t.Iterator[None]:
    """Check that the body takes about as long as a timeout of one second."""
    start = time.monotonic()
    yield
    assert 0.9 < time.monotonic() - start < BOUND


def drip(connection: socket.socket, response: bytes) -> None:
    """Send the response byte by byte, then keep the connection open until the client closes it."""
    for position in range(len(response)):
        connection.sendall(response[position : position + 1])
        time.sleep(DRIP_INTERVAL)
    wait_for_close(connection)


def wait_for_close(connection: socket.socket) -> None:
    """Send nothing, and wait until the client closes the connection."""
    while connection.recv(65536):
        pass
