# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""How many requests may be under way at a time, once the service has said that there are too many."""

from __future__ import annotations

import math
import threading
import time


class Gate:
    """A context manager around each attempt of a request. As long as the service does not complain everybody passes.

    When it does, nobody passes until the time is over that it asked for, and then half as many at a time as before, one at least; each attempt that goes
    well lets a little more pass.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._under_way = 0
        self._most = math.inf
        #: By the monotonic clock.
        self._closed_until = 0.0

    def __enter__(self) -> None:
        with self._changed:
            while True:
                closed = self._closed_until - time.monotonic()
                if closed <= 0 and self._under_way < self._most:
                    break
                self._changed.wait(closed if closed > 0 else None)
            self._under_way += 1

    def __exit__(self, *exception: object) -> None:
        with self._changed:
            self._under_way -= 1
            self._changed.notify_all()

    def close(self, seconds: float) -> None:
        """The service complained: let nobody pass for so many seconds, and fewer at a time from then on."""
        with self._changed:
            self._closed_until = max(self._closed_until, time.monotonic() + seconds)
            self._most = max(1, min(self._most, self._under_way) // 2)

    def widen(self) -> None:
        """The service did not complain."""
        with self._changed:
            if self._most != math.inf:
                self._most += 1 / self._most
                self._changed.notify_all()
