# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Concurrent requests over the connections of one client."""

from __future__ import annotations

import signal
import typing as t

#: Number of concurrent requests unless an option says otherwise.
DEFAULT_CONCURRENCY = 8

Item = t.TypeVar("Item")
Result = t.TypeVar("Result")


def for_each(
    items: t.Sequence[Item], function: t.Callable[[Item], Result], concurrency: int = DEFAULT_CONCURRENCY
) -> list[Result]:
    """Return the result of ``function`` for each item, in the order of the items.

    :raises Exception: the first exception of ``function``, after the calls that had started; no
        further call is started.
    """
    if len(items) < 2:
        return [function(item) for item in items]
    # Import here, because most tasks send one request at a time.
    from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

    pool = ThreadPoolExecutor(concurrency, initializer=_block_signals)
    try:
        futures = [pool.submit(function, item) for item in items]
        done = wait(futures, return_when=FIRST_EXCEPTION).done
    except BaseException:
        # Interrupted: do not wait for the calls that run.
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown(cancel_futures=True)
    return [future.result() for future in (futures if len(done) == len(futures) else done)]


def _block_signals() -> None:
    """Leave signals to the main thread. One that reaches another thread does not wake the main thread from its wait."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGALRM})
