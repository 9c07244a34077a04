# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Targets of redirects in messages."""

from __future__ import annotations

import re

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.plugins.module_utils._http.request import API_PREFIX, Request
from ansible_collections.dasha.blackbox.tests.support.constants import PROVIDER_PATH
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message
from ansible_collections.dasha.blackbox.tests.support.servers import ScriptedServer
from ansible_collections.dasha.blackbox.tests.support.tasks import connect


@pytest.mark.parametrize(
    ("location", "targets"),
    [
        (None, []),
        ("", []),
        ("/only/a/path", []),
        ("http://[", []),
        ("//elsewhere.example.com/x", ["https://elsewhere.example.com"]),
        ("https://user:word@elsewhere.example.com/x?token=y", ["https://elsewhere.example.com"]),
        ("http://elsewhere.example.com:x/", ["http://elsewhere.example.com"]),
    ],
)
def test_redirect_shows_only_scheme_and_host(location: str | None, targets: list[str]) -> None:
    header = "" if location is None else f"Location: {location}\r\n"
    response = f"HTTP/1.1 302 Found\r\n{header}Content-Length: 0\r\n\r\n".encode()
    with ScriptedServer(lambda connection: connection.sendall(response)) as server, connect(server.url) as client:
        with pytest.raises(BlackboxError) as failure:
            client.send(Request("GET", PROVIDER_PATH.removeprefix(API_PREFIX)))
    message = failure.value.message
    assert_message(message, "redirect_not_followed", f"GET {PROVIDER_PATH}: 302 Found", "api_url")
    assert re.findall(r"https?://\S*", message) == targets
    assert not re.search("only|/x|:x|word|token", message)
