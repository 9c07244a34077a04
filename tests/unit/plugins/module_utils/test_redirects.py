# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Targets of redirects in messages."""

from __future__ import annotations

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._http.request import API_PREFIX, Request
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_PATH
from ansible_collections.dasha.blackbox.tests.support.servers import ScriptedServer
from ansible_collections.dasha.blackbox.tests.support.tasks import connect


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        (None, "a redirect"),
        ("", "a redirect"),
        ("/only/a/path", "a redirect"),
        ("http://[", "a redirect"),
        ("//elsewhere.example.com/x", "a redirect to https://elsewhere.example.com"),
        ("https://user:word@elsewhere.example.com/x?token=y", "a redirect to https://elsewhere.example.com"),
        ("http://elsewhere.example.com:x/", "a redirect to http://elsewhere.example.com"),
    ],
)
def test_redirect_shows_only_scheme_and_host(location: str | None, shown: str) -> None:
    header = "" if location is None else f"Location: {location}\r\n"
    response = f"HTTP/1.1 302 Found\r\n{header}Content-Length: 0\r\n\r\n".encode()
    with ScriptedServer(lambda connection: connection.sendall(response)) as server, connect(server.url) as client:
        with pytest.raises(BlackboxError) as failure:
            client.send(Request("GET", PROVIDER_PATH.removeprefix(API_PREFIX)))
    assert failure.value.message == (
        f"GET {PROVIDER_PATH}: 302 Found: {shown} is not followed; set api_url to the address of the API itself."
    )
