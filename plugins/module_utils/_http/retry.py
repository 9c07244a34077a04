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


def parse_retry_after(value: str | None) -> float | None:
    """Return the seconds of a ``Retry-After`` header, a number or a date; None if it is unusable."""
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value), _MAX_RETRY_AFTER)
    try:
        date = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    # The obsolete asctime form of HTTP names no zone and means UTC.
    date = date if date.tzinfo else date.replace(tzinfo=timezone.utc)
    return min(max((date - datetime.now(timezone.utc)).total_seconds(), 0.0), _MAX_RETRY_AFTER)


def back_off(attempt: int, maximum: float) -> float:
    """Return the seconds to wait after this attempt: about 1, 2, 4, ... with jitter."""
    return min(2.0 ** (attempt - 1) * random.uniform(0.75, 1.25), maximum)
