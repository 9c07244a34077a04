# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The error type of the collection."""

from __future__ import annotations

import typing as t


class BlackboxError(Exception):
    """A refused option, a failed request, or a response that contradicts the API.

    Instances are immutable. :meth:`with_context` returns a new error that says more.

    :param message: the whole message; it may quote the server, so redact it before showing it.
    :param reason: the part of the message that says why, without request, hints and context.
    :param method: HTTP method of the failed request; None if no request failed.
    :param path: path of that request, from ``/api/v1`` on.
    :param status: status code of the response; None without a response.
    :param attempts: number of times the request was sent.
    :param problem: JSON object in the body of an error response (RFC 9457), if any.
    :param retry_after: seconds to wait, as requested by the service.
    :param is_transient: whether the same request may succeed a little later.
    :param is_outage: whether the service was not reached, or does not serve requests at the moment.
    :param is_too_large: whether the response is larger than the client accepts.
    :param is_ambiguous: whether the failed request may have taken effect.
    :param changed: whether the task has changed something, or may have.
    :param results: results that the task returns although it fails.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        attempts: int = 0,
        problem: t.Mapping[str, t.Any] | None = None,
        retry_after: float | None = None,
        is_transient: bool = False,
        is_outage: bool = False,
        is_too_large: bool = False,
        is_ambiguous: bool = False,
        changed: bool = False,
        results: t.Mapping[str, t.Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message: t.Final = message
        self.reason: t.Final = reason or message
        self.method: t.Final = method
        self.path: t.Final = path
        self.status: t.Final = status
        self.attempts: t.Final = attempts
        self.problem: t.Final = problem
        self.retry_after: t.Final = retry_after
        self.is_transient: t.Final = is_transient
        self.is_outage: t.Final = is_outage
        self.is_too_large: t.Final = is_too_large
        self.is_ambiguous: t.Final = is_ambiguous
        self.changed: t.Final = changed
        self.results: t.Final = results or {}

    @property
    def is_accepted(self) -> bool:
        """Whether the service accepted the request (2xx) but sent an unusable response."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_unsent(self) -> bool:
        """Return whether the request was not sent, because the service serves no requests of this task."""
        return self.method is not None and self.attempts == 0

    def with_context(self, *, before: str = "", after: str = "", **replaced: t.Any) -> BlackboxError:
        """Return a copy with text before and after the message, and other attributes replaced."""
        message = " ".join(filter(None, [before, self.message, after]))
        return BlackboxError(**{**vars(self), "message": message, **replaced})

    def result(self) -> dict[str, t.Any]:
        """Return the result of the failed task, as the modules document it."""
        result: dict[str, t.Any] = {**self.results, "msg": self.message, "changed": self.changed}
        if self.method is not None:
            names = ("method", "path", "status", "attempts", "problem", "retry_after")
            result["error"] = {name: getattr(self, name) for name in names}
        return result
