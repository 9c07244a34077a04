# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limit of concurrent requests after the service answered that there are too many."""

from __future__ import annotations

import math
import threading
import time


class Throttle:
    """A context manager around each attempt of a request, shared by all threads.

    Without a complaint of the service there is no limit. After a 429, all threads wait for the
    requested time. Then half as many requests run concurrently, at least one. Each success raises
    the limit a little.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._running = 0
        self._limit = math.inf
        #: By the monotonic clock.
        self._paused_until = 0.0

    def __enter__(self) -> None:
        with self._condition:
            while True:
                pause = self._paused_until - time.monotonic()
                if pause <= 0 and self._running < self._limit:
                    break
                self._condition.wait(pause if pause > 0 else None)
            self._running += 1

    def __exit__(self, *exception: object) -> None:
        with self._condition:
            self._running -= 1
            self._condition.notify_all()

    def pause(self, seconds: float) -> None:
        """Start no request for this many seconds, and halve the limit."""
        with self._condition:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)
            self._limit = max(1, min(self._limit, self._running) // 2)

    def relax(self) -> None:
        """Raise the limit after a success."""
        with self._condition:
            if self._limit != math.inf:
                self._limit += 1 / self._limit
                self._condition.notify_all()
