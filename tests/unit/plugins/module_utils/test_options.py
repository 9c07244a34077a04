# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the connection options."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._ansible import options
from ansible_collections.dasha.blackbox.plugins.module_utils._http.connection import Connection
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError

DEFAULTS = {
    "api_key": "fake-key",
    "api_url": "https://blackbox.dasha.ai",
    "api_timeout": 30.0,
    "api_retries": 4,
    "api_retry_max_delay": 60.0,
    "validate_certs": True,
    "ca_path": None,
}


def connection(**parameters: t.Any) -> Connection:
    """Return the connection with these options and default values."""
    return options.connection({**DEFAULTS, **parameters})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://blackbox.dasha.ai", "https://blackbox.dasha.ai"),
        ("https://blackbox.dasha.ai/", "https://blackbox.dasha.ai"),
        ("https://blackbox.dasha.ai/api/v1", "https://blackbox.dasha.ai"),
        ("https://blackbox.dasha.ai/api/v1/", "https://blackbox.dasha.ai"),
        ("https://gateway.example.com:8443/blackbox/api/v1", "https://gateway.example.com:8443/blackbox"),
        ("HTTPS://Blackbox.Dasha.AI", "https://blackbox.dasha.ai"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.8.9.1", "http://127.8.9.1"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://blackbox_gateway:8443", "https://blackbox_gateway:8443"),
    ],
)
def test_api_url_is_normalized(value: str, expected: str) -> None:
    assert connection(api_url=value).api_url == expected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("http://blackbox.dasha.ai", "would send api_key unencrypted"),
        ("http://10.0.0.1", "would send api_key unencrypted"),
        ("http://localhost.example.com", "would send api_key unencrypted"),
        ("http://127.0.0.1.example.com", "would send api_key unencrypted"),
        ("https://user:word@blackbox.dasha.ai", "user name or password"),
        ("user:word@blackbox.dasha.ai", "user name or password"),
        ("https://a..b.example", "does not consist of https://, a host"),
        (f"https://{'a' * 64}.example", "does not consist of https://, a host"),
        ("http://127.0.0.1@blackbox.dasha.ai", "user name or password"),
        ("https://blackbox.dasha.ai/?a=b", "query or a fragment"),
        ("https://blackbox.dasha.ai/#x", "query or a fragment"),
        ("blackbox.dasha.ai", "does not begin with https://"),
        ("ftp://blackbox.dasha.ai", "does not begin with https://"),
        ("", "does not begin with https://"),
        ("https://", "does not consist of https://, a host"),
        ("https://blackbox.dasha.ai/../x", "does not consist of https://, a host"),
        ("https://blackbox.dasha.ai\\@example.com", "user name or password"),
        ("https://blackbox dasha.ai", "does not consist of https://, a host"),
        (" https://blackbox.dasha.ai", "does not consist of https://, a host"),
        ("https://blackbox.dasha.ai:99999", "is not a URL"),
        ("https://[::1", "is not a URL"),
        ("https://[fe80::1%lo]", "does not consist of https://, a host"),
    ],
)
def test_invalid_api_url_is_refused(value: str, reason: str) -> None:
    with pytest.raises(BlackboxError, match=r"The option api_url is refused") as raised:
        connection(api_url=value)
    assert reason in raised.value.message
    assert "word@" not in raised.value.message


@pytest.mark.parametrize("newline", ["", "\n", "\r\n"])
def test_trailing_newline_of_key_is_removed(newline: str) -> None:
    assert connection(api_key="fake-key" + newline).api_key == "fake-key"


@pytest.mark.parametrize(
    "key",
    [
        "fake key",
        "fake\nkey",
        "fake-key\n\n",
        "fake\x00key",
        "fake\x7fkey",
        "fäke-key",
        " fake-key",
        "\u200bfake-key",
    ],
)
def test_invalid_key_is_refused_without_quote(key: str) -> None:
    expected = "The option api_key is refused: it contains blanks, control characters"
    with pytest.raises(BlackboxError, match=expected) as raised:
        connection(api_key=key)
    assert "fake" not in raised.value.message
    assert "fäke" not in raised.value.message


@pytest.mark.parametrize("key", [None, "", " ", "\n"])
def test_empty_key_is_refused_with_hint(key: str | None) -> None:
    with pytest.raises(BlackboxError, match=r"The option api_key is not set.*DASHA_BLACKBOX_API_KEY.*AWX"):
        connection(api_key=key)


def test_connection_repr_omits_key() -> None:
    assert "fake-key" not in repr(connection())


@pytest.mark.parametrize("option", ["api_timeout", "api_retry_max_delay"])
@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_invalid_duration_is_refused(option: str, seconds: float) -> None:
    with pytest.raises(BlackboxError, match=rf"The option {option} is refused: .* is not a number of seconds above 0"):
        connection(**{option: seconds})


@pytest.mark.parametrize("retries", [-1, 21])
def test_retries_out_of_range_are_refused(retries: int) -> None:
    with pytest.raises(BlackboxError, match=r"The option api_retries is refused: .* is not a number from 0 to 20"):
        connection(api_retries=retries)


@pytest.mark.parametrize("path", ["/no/such/ca.pem", "/no\0such"])
def test_missing_ca_path_is_refused(path: str) -> None:
    expected = f"The option ca_path is refused: {path!r} does not exist"
    with pytest.raises(BlackboxError, match=re.escape(expected)):
        connection(ca_path=path)


@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_blank_environment_variable_is_ignored(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DASHA_BLACKBOX_API_URL", value)
    with pytest.raises(options.AnsibleFallbackNotFound):
        options.environment("DASHA_BLACKBOX_API_URL")
