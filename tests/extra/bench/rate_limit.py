# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Benchmark of many requests to a service with a rate limit.

Run it with ``python tests/extra/bench/rate_limit.py``. For each limit and number of concurrent requests, it prints the
time in seconds, this time as a multiple of the time that the limit requires, and the numbers of refused and of failed
requests.
"""

from __future__ import annotations

import itertools
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[6]))

from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import Client  # needs the path
from ansible_collections.dasha.blackbox.plugins.module_utils._http.connection import Connection
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._http.parallel import for_each
from ansible_collections.dasha.blackbox.tests.support.token_bucket import TokenBucketServer

BURST = 10
#: Requests per second that the service serves, and the number of requests.
LIMITS = ((5, 100), (20, 200), (100, 1000))
WORKERS = (1, 8, 64)


def measure(rate: int, number: int, has_retry_after: bool, workers: int) -> str:
    """Return a line with the results of one case."""

    def is_served(position: int) -> bool:
        try:
            client.get(f"/providers/{position}")
        except BlackboxError:
            return False
        return True

    with TokenBucketServer(rate, BURST, has_retry_after=has_retry_after) as server:
        with Client(Connection("fake-key", server.url, 30.0, 4, 60.0, True, None)) as client:
            start = time.monotonic()
            failed = for_each(range(number), is_served, workers).count(False)
            duration = time.monotonic() - start
        header = "yes" if has_retry_after else "no"
        ratio = duration / server.duration(number)
        return f"{rate:7} {header:>11} {workers:10} {duration:7.1f} {ratio:5.2f} {server.refused:7} {failed:6}"


def main() -> None:
    """Measure all cases at the same time, because they mostly wait."""
    cases = [(*limit, has, workers) for limit, has, workers in itertools.product(LIMITS, (False, True), WORKERS)]
    print("  limit Retry-After concurrent seconds ratio refused failed")
    with ThreadPoolExecutor(len(cases)) as pool:
        for line in pool.map(lambda case: measure(*case), cases):
            print(line)


if __name__ == "__main__":
    main()
