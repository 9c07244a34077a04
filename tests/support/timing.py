# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits and time limits. The limits are generous because the machine may be busy."""

from __future__ import annotations

import contextlib
import time
import typing as t

#: Time limit, in seconds, of any condition that a test waits for.
PATIENCE = 30
#: Time limit, in seconds, of a request with a timeout of one second. A response of `drip` takes longer.
REQUEST_LIMIT = 12

Result = t.TypeVar("Result")


def wait_until(condition: t.Callable[[], Result]) -> Result:
    """Call the function until its result is true, and return that result. Fail after the time limit."""
    deadline = time.monotonic() + PATIENCE
    while not (result := condition()):
        assert time.monotonic() < deadline, "the condition was not met before the time limit"
        time.sleep(0.02)
    return result


@contextlib.contextmanager
def times_out_after_a_second() -> t.Iterator[None]:
    """Check that the body takes about one second, the timeout of its request."""
    start = time.monotonic()
    yield
    assert 0.9 < time.monotonic() - start < REQUEST_LIMIT
