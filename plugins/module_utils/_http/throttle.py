# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rate of requests after the service answered that there are too many."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, deque

#: Seconds over which the rate of served requests is measured.
_WINDOW = 1.0

#: Lowest rate, in requests per second.
_MIN_RATE = 0.5

#: New rate after a 429, as a share of the rate at which the service served requests.
_DECREASE = 0.9

#: Increase of the rate with each served request: until the limit of the service is known, and afterwards.
_FAST_INCREASE = 0.5
_SLOW_INCREASE = 0.02


class Throttle:
    """Wait before each attempt of a request, shared by all threads.

    Without a 429 there is no limit. A 429 lowers the rate to the one at which the service served the last requests,
    but at most by half. Each served request raises it: quickly after the first 429, which often follows a burst that
    the service accepts at once, and slowly after the second one.
    """

    def __init__(self, stopped: threading.Event) -> None:
        """
        :param stopped: event that ends all waits.
        """
        self._stopped = stopped
        # One thread waits for the next turn, the others wait for the lock.
        self._turn = threading.Lock()
        self._state = threading.Lock()
        self._rate = math.inf
        self._increase = _FAST_INCREASE
        self._served: Counter[str] = Counter()
        self._refusals: Counter[str] = Counter()
        # The times are those of the monotonic clock.
        self._served_at: deque[float] = deque()
        self._refused_at: dict[str, float] = {}
        self._next_at = 0.0
        self._slowed_at = 0.0

    def wait(self) -> float:
        """Wait for the turn of a request and return the time."""
        with self._turn:
            while not self._stopped.is_set() and (delay := self._next_at - time.monotonic()) > 0:
                self._stopped.wait(delay)
            with self._state:
                now = time.monotonic()
                self._next_at = max(self._next_at, now + 1 / self._rate)
                return now

    def served(self, method: str) -> int:
        """Return the number of served requests with this method."""
        return self._served[method]

    def speed_up(self, method: str) -> None:
        """Raise the rate after the service served a request."""
        with self._state:
            self._served[method] += 1
            self._refusals[method] = 0
            self._served_at.append(time.monotonic())
            self._forget_old()
            self._rate += self._increase

    def count_refusal(self, method: str, started: float) -> int:
        """Count a 429, and return the number of consecutive ones to requests with this method.

        Requests that were in progress at the same time count once. So while the service serves none, many
        requests end as early as one.

        :param started: the time at which the refused request was sent.
        """
        with self._state:
            if started >= self._refused_at.get(method, 0.0):
                self._refused_at[method] = time.monotonic()
                self._refusals[method] += 1
            return self._refusals[method]

    def slow_down(self, started: float, pause: float) -> None:
        """Start no request for this many seconds, and lower the rate.

        :param started: the time at which the refused request was sent. A request from before the last decrease does
            not lower the rate again.
        """
        with self._state:
            now = time.monotonic()
            self._next_at = max(self._next_at, now + pause)
            if started < self._slowed_at:
                return
            self._slowed_at = now
            self._forget_old()
            served = len(self._served_at) / _WINDOW
            if self._rate == math.inf:
                # Without a served request, nothing is known about the limit.
                self._rate = served or math.inf
            else:
                self._increase = _SLOW_INCREASE
                self._rate = max(self._rate / 2, _DECREASE * min(self._rate, served), _MIN_RATE)
            self._next_at = max(self._next_at, now + 1 / self._rate)

    def _forget_old(self) -> None:
        while self._served_at and self._served_at[0] < time.monotonic() - _WINDOW:
            self._served_at.popleft()
