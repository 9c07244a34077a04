# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines for the user while a task runs, such as those about retries.

Ansible reads the output of a module only when the module ends. So a module can write its lines to the system log of its
host only. If it runs in the process of the task, that process can display them.
"""

from __future__ import annotations

import contextlib
import typing as t
from contextvars import ContextVar

Show = t.Callable[[str], None]

_display: ContextVar[Show | None] = ContextVar("display", default=None)


@contextlib.contextmanager
def displayed_by(display: Show) -> t.Iterator[None]:
    """Display the lines of modules that run in this process and context."""
    token = _display.set(display)
    try:
        yield
    finally:
        _display.reset(token)


def shown_by(log: Show) -> Show:
    """Return a function that shows a line, from any thread.

    :param log: writes a line to the system log.
    """
    display = _display.get()
    if display is None:
        return log

    def show(line: str) -> None:
        log(line)
        display(line)

    return show
