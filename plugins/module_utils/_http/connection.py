# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Address and limits of the API."""

from __future__ import annotations

import typing as t


class Connection(t.NamedTuple):
    """The checked values of the options that all modules share.

    :param api_key: the Bearer key.
    :param api_url: ``https://host[:port][/prefix]`` without ``/api/v1``; http only to a loopback host.
    :param api_timeout: seconds for one attempt in total, name resolution aside.
    :param api_retries: number of further attempts after a transient error.
    :param api_retry_max_delay: longest single wait between two attempts, in seconds.
    :param validate_certs: whether to verify the certificate of the server.
    :param ca_path: file or folder of CA certificates; None for those of the environment or of requests.
    """

    api_key: str
    api_url: str
    api_timeout: float
    api_retries: int
    api_retry_max_delay: float
    validate_certs: bool
    ca_path: str | None

    def __repr__(self) -> str:
        """Return a text without the key."""
        return f"Connection({self.api_url})"
