# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rate limit by a token bucket."""

from __future__ import annotations

import math
import time

from .responses import Problem
from .world import World


class TokenBucket:
    def __init__(self, world: World) -> None:
        self.world = world
        self._tokens = float(world.rate_burst)
        self._time = time.monotonic()

    def take(self) -> None:
        """Take the token of one request, or raise a problem if none is left."""
        if not self.world.rate_limit:
            return
        now = time.monotonic()
        refilled = self._tokens + (now - self._time) * self.world.rate_limit
        self._tokens, self._time = min(refilled, self.world.rate_burst), now
        if self._tokens < 1:
            # The header has whole seconds.
            wait = math.ceil((1 - self._tokens) / self.world.rate_limit)
            raise Problem(
                429, "Too many requests.", headers={"Retry-After": str(wait)} if self.world.rate_retry_after else None
            )
        self._tokens -= 1
