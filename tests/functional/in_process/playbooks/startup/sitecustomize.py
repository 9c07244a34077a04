# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Startup module that lets modules crash.

`DASHA_BLACKBOX_CRASH` is the HTTP method of requests that crash. If `DASHA_BLACKBOX_CA_PATH` is `crash`, the module
crashes while it reads its options.
"""

from __future__ import annotations

import os
import typing as t

import requests

send = requests.Session.send
get_variable = type(os.environ).get


def crash_on_method(
    session: requests.Session, request: requests.PreparedRequest, **options: t.Any
) -> requests.Response:
    if request.method == os.environ.get("DASHA_BLACKBOX_CRASH"):
        raise RuntimeError("crash of a test")
    return send(session, request, **options)


def crash_on_value(environment: os._Environ[str], name: str, default: t.Any = None) -> t.Any:
    value = get_variable(environment, name, default)
    if name == "DASHA_BLACKBOX_CA_PATH" and value == "crash":
        raise RuntimeError("crash of a test")
    return value


requests.Session.send = crash_on_method  # type: ignore[method-assign]  # simulates a crash
type(os.environ).get = crash_on_value  # type: ignore[method-assign,assignment]  # simulates a crash
