# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time to wait before a request is sent again."""

from __future__ import annotations

import email.utils
import random
from datetime import datetime, timezone

#: Longest ``Retry-After`` in seconds, one year; larger values have no representable date.
_MAX_RETRY_AFTER = 366 * 86400.0


def parse_retry_after(value: str | None, date: str | None = None) -> float | None:
    """Return the seconds of a ``Retry-After`` header, a number or a date; None if it is unusable.

    :param date: the ``Date`` header of the same response. A date is relative to it, because the clock of
        this host may be wrong.
    """
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value), _MAX_RETRY_AFTER)
    end = _parse_date(value)
    if end is None:
        return None
    now = _parse_date(date) or datetime.now(timezone.utc)
    return min(max((end - now).total_seconds(), 0.0), _MAX_RETRY_AFTER)


def _parse_date(value: str | None) -> datetime | None:
    try:
        date = email.utils.parsedate_to_datetime(value or "")
    except (TypeError, ValueError, OverflowError):
        return None
    # The obsolete asctime form of HTTP names no zone and means UTC.
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)


def back_off(attempt: int, maximum: float) -> float:
    """Return the seconds to wait after this attempt: about 1, 2, 4, ... with jitter."""
    return min(2.0 ** (attempt - 1) * random.uniform(0.75, 1.25), maximum)
