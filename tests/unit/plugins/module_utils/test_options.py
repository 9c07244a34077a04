# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the connection options."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._ansible import options
from ansible_collections.dasha.blackbox.plugins.module_utils._http.connection import Connection
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message

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


def refusal(option: str, value: t.Any) -> str:
    """Return the message about the value of an option that is refused. Check that it names the option."""
    with pytest.raises(BlackboxError) as raised:
        connection(**{option: value})
    assert_message(raised.value.message, "option_invalid", option)
    return raised.value.message


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
    ("value", "kind"),
    [
        ("http://blackbox.dasha.ai", "url_unencrypted"),
        ("http://10.0.0.1", "url_unencrypted"),
        ("http://localhost.example.com", "url_unencrypted"),
        ("http://127.0.0.1.example.com", "url_unencrypted"),
        ("https://user:word@blackbox.dasha.ai", "url_with_user"),
        ("user:word@blackbox.dasha.ai", "url_with_user"),
        ("https://a..b.example", "url_malformed"),
        (f"https://{'a' * 64}.example", "url_malformed"),
        ("http://127.0.0.1@blackbox.dasha.ai", "url_with_user"),
        ("https://blackbox.dasha.ai/?a=b", "url_with_query"),
        ("https://blackbox.dasha.ai/#x", "url_with_query"),
        ("blackbox.dasha.ai", "url_with_other_scheme"),
        ("ftp://blackbox.dasha.ai", "url_with_other_scheme"),
        ("", "url_with_other_scheme"),
        ("https://", "url_malformed"),
        ("https://blackbox.dasha.ai/../x", "url_malformed"),
        ("https://blackbox.dasha.ai\\@example.com", "url_with_user"),
        ("https://blackbox dasha.ai", "url_malformed"),
        (" https://blackbox.dasha.ai", "url_malformed"),
        ("https://blackbox.dasha.ai:99999", "url_unparsable"),
        ("https://[::1", "url_unparsable"),
        ("https://[fe80::1%lo]", "url_malformed"),
    ],
)
def test_invalid_api_url_is_refused(value: str, kind: str) -> None:
    message = refusal("api_url", value)
    assert_message(message, kind)
    assert "word@" not in message


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
    message = refusal("api_key", key)
    assert_message(message, "api_key_unprintable")
    assert "fake" not in message
    assert "fäke" not in message


@pytest.mark.parametrize("key", [None, "", " ", "\n"])
def test_empty_key_is_refused_with_hint(key: str | None) -> None:
    with pytest.raises(BlackboxError) as raised:
        connection(api_key=key)
    assert_message(raised.value.message, "api_key_missing", "DASHA_BLACKBOX_API_KEY", "AWX")


def test_connection_repr_omits_key() -> None:
    assert "fake-key" not in repr(connection())


@pytest.mark.parametrize("option", ["api_timeout", "api_retry_max_delay"])
@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_invalid_duration_is_refused(option: str, seconds: float) -> None:
    assert_message(refusal(option, seconds), "seconds_not_positive", f" {seconds} ")


@pytest.mark.parametrize("retries", [-1, 21])
def test_retries_out_of_range_are_refused(retries: int) -> None:
    assert_message(refusal("api_retries", retries), "option_out_of_range", retries, 0, 20)


@pytest.mark.parametrize("path", ["/no/such/ca.pem", "/no\0such"])
def test_missing_ca_path_is_refused(path: str) -> None:
    assert_message(refusal("ca_path", path), "file_unreadable", repr(path))


@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_blank_environment_variable_is_ignored(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DASHA_BLACKBOX_API_URL", value)
    with pytest.raises(options.AnsibleFallbackNotFound):
        options.environment("DASHA_BLACKBOX_API_URL")
