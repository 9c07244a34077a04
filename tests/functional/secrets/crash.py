# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Startup module, `sitecustomize`, that makes requests fail with all secrets in the text of the exception.

`DASHA_BLACKBOX_CRASH_AT` is the HTTP method of these requests. `DASHA_BLACKBOX_CRASH` is `bug`, or `requests` for an
error of that library. The names have this prefix because other variables keep a task from running in process.
"""

from __future__ import annotations

import os
import typing as t

import requests

send = requests.Session.send


def crash(session: requests.Session, request: requests.PreparedRequest, **options: t.Any) -> requests.Response:
    if request.method != os.environ.get("DASHA_BLACKBOX_CRASH_AT"):
        return send(session, request, **options)
    header = request.headers["Authorization"]
    text = f"{header} {header.encode()!r} {dict(request.headers)} {request.body!r}"
    try:
        raise ValueError(text)
    except ValueError:
        if os.environ["DASHA_BLACKBOX_CRASH"] == "bug":
            raise RuntimeError(text, request.headers)  # noqa: B904  # the traceback shows both exceptions
        raise requests.exceptions.InvalidHeader(text, request=request)  # noqa: B904


requests.Session.send = crash  # type: ignore[method-assign]
