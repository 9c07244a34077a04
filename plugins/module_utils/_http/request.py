# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to the API."""

from __future__ import annotations

import typing as t

from .errors import BlackboxError

#: Prefix of every path (https://blackbox.dasha.ai/docs/api-reference/).
API_PREFIX = "/api/v1"


class Request(t.NamedTuple):
    """A request to the API.

    :param path: path below :data:`API_PREFIX`, made of checked parts only.
    :param may_repeat: called, with the error of the last attempt, before a request that may have taken effect
        is sent again. Other requests, for example after a failed connection, are sent again without a call.
    :param is_idempotent: whether sending the request twice has the same effect as sending it once. A
        request that creates something is not, so more of its failures count as ambiguous.
    :param minimum_timeout: seconds for each attempt, even if ``api_timeout`` is shorter.
    :param hints: advice by status code, instead of that of the client.
    """

    method: str
    path: str
    query: t.Mapping[str, t.Any] | None = None
    body: t.Mapping[str, t.Any] | None = None
    may_repeat: t.Callable[[BlackboxError], bool] = lambda error: True
    is_idempotent: bool = True
    minimum_timeout: float = 0.0
    hints: t.Mapping[int, str] | None = None

    @property
    def full_path(self) -> str:
        """The path with the prefix."""
        return API_PREFIX + self.path

    @property
    def is_read(self) -> bool:
        """Return whether the request changes nothing."""
        return self.method == "GET"

    def __str__(self) -> str:
        return f"{self.method} {self.full_path}"
