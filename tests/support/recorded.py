# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests that the mock server recorded."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import CREDENTIALS_PATH

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def sent(sandbox: SandboxProcess) -> list[tuple[str, str, t.Any]]:
    """Return method, path and body of each recorded request."""
    return [(request["method"], request["path"], request["body"]) for request in sandbox.requests()]


def take_methods(sandbox: SandboxProcess) -> list[str]:
    """Return the methods of the recorded requests, with LIST for the list of credentials, and clear the record."""
    methods = ["LIST" if path == CREDENTIALS_PATH else method for method, path, _body in sent(sandbox)]
    sandbox.clear_requests()
    return methods


def list_requests(sandbox: SandboxProcess) -> list[str]:
    """Return the recorded requests in the form ``GET /sip-phone-numbers/{id}``."""
    return [f"{method} {re.sub(UUID, '{id}', path.removeprefix('/api/v1'))}" for method, path, _body in sent(sandbox)]


def take_requests(sandbox: SandboxProcess) -> list[str]:
    """Return the recorded requests as :func:`list_requests` does, and clear the record."""
    requests = list_requests(sandbox)
    sandbox.clear_requests()
    return requests
