# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Early end of a task whose requests the service does not serve."""

from __future__ import annotations

import threading

from .errors import BlackboxError
from .request import Request

#: Number of consecutive requests that have to fail, with all their retries, before a task sends no more.
MAX_OUTAGES = 5

#: Number of consecutive requests that have to be forbidden. A key may be allowed to use only some objects, and a list
#: may begin with the others, so this is larger.
MAX_FORBIDDEN = 20


class CircuitBreaker:
    """State that stops all requests of a task, shared by all threads.

    A task does not wait for the end of an outage, because its duration would have no upper bound.

    :ivar stopped: set as long as no request is sent.
    """

    def __init__(self, max_delay: float) -> None:
        """
        :param max_delay: longest wait, in seconds, that the service may ask for.
        """
        self.stopped = threading.Event()
        self._max_delay = max_delay
        self._lock = threading.Lock()
        self._outages = 0
        self._forbidden = 0
        self._reason = ""

    def close(self) -> None:
        """Send requests again, and count from the start."""
        self.record_success()
        self.stopped.clear()

    def record_success(self) -> None:
        """Count from the start, because the service served a request."""
        with self._lock:
            self._outages = 0
            self._forbidden = 0

    def record_failure(self, request: Request, error: BlackboxError) -> None:
        """Count a request that failed with all its retries, and stop if it shows that others will fail as well."""
        # A status code with a hint of the request's own, such as a refusal of Twilio, says nothing about the key.
        is_about_key = error.status not in (request.hints or ())
        with self._lock:
            self._outages = self._outages + 1 if error.is_outage else 0
            self._forbidden = self._forbidden + 1 if error.status == 403 and is_about_key else 0
            reason = self._reason_to_stop(error, is_about_key)
            if reason and not self.stopped.is_set():
                self.stop(f"{reason}. {error.message}")

    def stop(self, reason: str) -> None:
        """Send no more requests."""
        self._reason = f"not sent, because {reason}"
        self.stopped.set()

    def error(self, request: Request) -> BlackboxError:
        """Return the error of a request that is not sent."""
        return BlackboxError(
            f"{request}: {self._reason}", reason=self._reason, method=request.method, path=request.full_path
        )

    def _reason_to_stop(self, error: BlackboxError, is_about_key: bool) -> str:
        if error.status == 401 and is_about_key:
            return "the API rejects the key"
        if error.is_outage and (error.retry_after or 0) > self._max_delay:
            return "the API asks to wait longer than `api_retry_max_delay`"
        if self._outages >= MAX_OUTAGES:
            return f"{MAX_OUTAGES} consecutive requests failed"
        if self._forbidden >= MAX_FORBIDDEN:
            return f"{MAX_FORBIDDEN} consecutive requests were forbidden"
        return ""
