# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests that the mock server recorded."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import CREDENTIALS_PATH


def sent(sandbox: SandboxProcess) -> list[tuple[str, str, t.Any]]:
    """Method, path and body of each request that the sandbox saw."""
    return [(request["method"], request["path"], request["body"]) for request in sandbox.requests()]


def take_methods(sandbox: SandboxProcess) -> list[str]:
    """The methods of the requests that the sandbox saw, reads of providers and credentials told apart, and forget them."""
    seen = [request["method"] if request["path"] != CREDENTIALS_PATH else "LIST" for request in sandbox.requests()]
    sandbox.clear_requests()
    return seen


def list_requests(sandbox: SandboxProcess) -> list[str]:
    """The requests that the sandbox saw, as ``GET /sip-phone-numbers/{id}``."""
    return [
        f"{method} {re.sub('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '{id}', path)[len('/api/v1') :]}"
        for method, path, _body in sent(sandbox)
    ]


def take_requests(sandbox: SandboxProcess) -> list[str]:
    """The same, and forget them."""
    seen = list_requests(sandbox)
    sandbox.clear_requests()
    return seen
