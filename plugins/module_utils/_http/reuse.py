# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reuse of a transport by the next task of the same process.

Ansible runs the items of a loop in one process. Without reuse, each item opens a connection and, with TLS, parses the
CA certificates.
"""

from __future__ import annotations

import os
import time
import typing as t

from .connection import Connection
from .transport import ENVIRONMENT_VARIABLES, Transport

#: Longest idle time, in seconds, of a transport that is used again. Servers close idle connections, and a write that
#: is sent over a connection at this moment is ambiguous.
MAX_IDLE = 1.0


class _Kept(t.NamedTuple):
    """An idle transport with everything that it depends on."""

    transport: Transport
    settings: tuple[t.Any, ...]
    idle_since: float


_is_enabled = False
_kept: _Kept | None = None


def enable() -> None:
    """Keep the transport of each successful task for the next task of this process.

    Never enable it in a process that forks later, because both processes would use the same connection.
    """
    global _is_enabled  # noqa: PLW0603  # the state of the process
    _is_enabled = True


def open_transport(connection: Connection, user_agent: str) -> Transport:
    """Return the kept transport if it is for the same connection and settings, or else a new one."""
    global _kept  # the state of the process
    kept, _kept = _kept, None
    if kept is not None:
        if kept.settings == _settings(connection) and time.monotonic() - kept.idle_since <= MAX_IDLE:
            return kept.transport
        kept.transport.close()
    return Transport(connection, user_agent)


def release_transport(transport: Transport, connection: Connection) -> None:
    """Keep the transport for the next task, or close it."""
    global _kept  # noqa: PLW0603  # the state of the process
    if _is_enabled:
        _kept = _Kept(transport, _settings(connection), time.monotonic())
    else:
        transport.close()


def _settings(connection: Connection) -> tuple[t.Any, ...]:
    return connection, os.getpid(), *map(os.environ.get, ENVIRONMENT_VARIABLES)
