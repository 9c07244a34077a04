# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to the API."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .errors import BlackboxError

#: Prefix of every path (https://blackbox.dasha.ai/docs/api-reference/).
API_PREFIX = "/api/v1"


@dataclass(frozen=True)
class Request:
    """A request to the API.

    :param path: path below :data:`API_PREFIX`, made of checked parts only.
    :param may_repeat: called before a request that may have taken effect is sent again. After a failed
        connection or a 429 the request has not taken effect, so it is sent again without a call.
    :param minimum_timeout: seconds for each attempt, even if ``api_timeout`` is shorter.
    :param hints: advice by status code, instead of that of the client.
    """

    method: str
    path: str
    query: t.Mapping[str, t.Any] | None = None
    body: t.Mapping[str, t.Any] | None = None
    is_idempotent: bool = True
    may_repeat: t.Callable[[BlackboxError], bool] = lambda error: True
    minimum_timeout: float = 0.0
    hints: t.Mapping[int, str] | None = None

    @property
    def full_path(self) -> str:
        """The path with the prefix."""
        return API_PREFIX + self.path

    def __str__(self) -> str:
        return f"{self.method} {self.full_path}"
