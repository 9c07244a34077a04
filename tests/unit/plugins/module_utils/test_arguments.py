# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shared options: what they take, what they refuse, and in which words."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._ansible import options as connection_options
from ansible_collections.dasha.blackbox.plugins.module_utils._api import values
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError

GIVEN = {
    "api_key": "fake-key",
    "api_url": "https://blackbox.dasha.ai",
    "api_timeout": 30.0,
    "api_retries": 4,
    "api_retry_max_delay": 60.0,
    "validate_certs": True,
    "ca_path": None,
}


def connection(**options: t.Any) -> t.Any:
    return connection_options.connection({**GIVEN, **options})


@pytest.mark.parametrize(
    ("given", "base"),
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
def test_api_url_is_reduced_to_what_stands_before_the_api(given: str, base: str) -> None:
    assert connection(api_url=given).api_url == base


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("http://blackbox.dasha.ai", "would send api_key in clear"),
        ("http://10.0.0.1", "would send api_key in clear"),
        ("http://localhost.example.com", "would send api_key in clear"),
        ("http://127.0.0.1.example.com", "would send api_key in clear"),
        ("https://user:word@blackbox.dasha.ai", "user name or password"),
        ("user:word@blackbox.dasha.ai", "user name or password"),
        ("https://a..b.example", "is not made of https://, a host"),
        (f"https://{'a' * 64}.example", "is not made of https://, a host"),
        ("http://127.0.0.1@blackbox.dasha.ai", "user name or password"),
        ("https://blackbox.dasha.ai/?a=b", "query or a fragment"),
        ("https://blackbox.dasha.ai/#x", "query or a fragment"),
        ("blackbox.dasha.ai", "does not begin with https://"),
        ("ftp://blackbox.dasha.ai", "does not begin with https://"),
        ("", "does not begin with https://"),
        ("https://", "is not made of https://, a host"),
        ("https://blackbox.dasha.ai/../x", "is not made of https://, a host"),
        ("https://blackbox.dasha.ai\\@example.com", "user name or password"),
        ("https://blackbox dasha.ai", "is not made of https://, a host"),
        (" https://blackbox.dasha.ai", "is not made of https://, a host"),
        ("https://blackbox.dasha.ai:99999", "is not a URL"),
        ("https://[::1", "is not a URL"),
        ("https://[fe80::1%lo]", "is not made of https://, a host"),
    ],
)
def test_api_url_that_cannot_be_used_is_refused(given: str, words: str) -> None:
    with pytest.raises(BlackboxError, match=r"The option api_url is refused") as refusal:
        connection(api_url=given)
    assert words in refusal.value.message
    assert "word@" not in refusal.value.message


@pytest.mark.parametrize("newline", ["", "\n", "\r\n"])
def test_one_trailing_newline_of_the_key_is_dropped(newline: str) -> None:
    assert connection(api_key="fake-key" + newline).api_key == "fake-key"


@pytest.mark.parametrize(
    "key",
    ["fake key", "fake\nkey", "fake-key\n\n", "fake\x00key", "fake\x7fkey", "fäke-key", " fake-key", "\u200bfake-key"],
)
def test_a_key_that_no_header_can_carry_is_refused_without_quoting_it(key: str) -> None:
    with pytest.raises(
        BlackboxError, match="The option api_key is refused: it has blanks, control characters"
    ) as refusal:
        connection(api_key=key)
    assert "fake" not in refusal.value.message


@pytest.mark.parametrize("key", [None, "", " ", "\n"])
def test_an_empty_key_is_refused_and_the_variable_named(key: str | None) -> None:
    with pytest.raises(BlackboxError, match=r"The option api_key is refused: it is empty.*DASHA_BLACKBOX_API_KEY"):
        connection(api_key=key)


def test_the_key_is_not_in_the_repr_of_a_connection() -> None:
    assert "fake-key" not in repr(connection())


@pytest.mark.parametrize("option", ["api_timeout", "api_retry_max_delay"])
@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_time_that_bounds_nothing_is_refused(option: str, seconds: float) -> None:
    with pytest.raises(BlackboxError, match=rf"The option {option} is refused: .* is not a number of seconds above 0"):
        connection(**{option: seconds})


@pytest.mark.parametrize("retries", [-1, 21])
def test_retries_that_are_not_offered_are_refused(retries: int) -> None:
    with pytest.raises(BlackboxError, match=r"The option api_retries is refused: .* is not a number from 0 to 20"):
        connection(api_retries=retries)


def test_certificates_that_are_not_there_are_named() -> None:
    with pytest.raises(BlackboxError, match=r"The option ca_path is refused: '/no/such/ca\.pem' does not exist"):
        connection(ca_path="/no/such/ca.pem")
    with pytest.raises(BlackboxError, match=r"The option ca_path is refused"):
        connection(ca_path="/no\0such")


@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_an_empty_environment_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DASHA_BLACKBOX_API_URL", value)
    with pytest.raises(connection_options.AnsibleFallbackNotFound):
        connection_options.environment("DASHA_BLACKBOX_API_URL")


@pytest.mark.parametrize(
    "value",
    [
        "../x",
        "3f2c1b9a5a534f0e9d0e2b7f3a1c8d11",
        "{3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11}",
        "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d1g",
        "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11/x",
    ],
)
def test_what_is_no_uuid_is_refused(value: str) -> None:
    with pytest.raises(BlackboxError, match=r"The option id is refused: .* is not a UUID such as"):
        values.uuid("id", value)


def test_null_is_no_uuid() -> None:
    with pytest.raises(BlackboxError, match="The option id is refused: it is null"):
        values.uuid("id", None)


def test_a_uuid_is_taken_in_any_case() -> None:
    assert values.uuid("id", "3F2C1B9A-5A53-4F0E-9D0E-2B7F3A1C8D11") == "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"


@pytest.mark.parametrize("value", ["", " ", "\u2003", " x", "x\n"])
def test_blanks_are_refused_and_the_way_out_named(value: str) -> None:
    with pytest.raises(BlackboxError, match=r"The option name is refused: .*default\(omit, true\)"):
        values.text("name", value)


def test_length_counts_code_points() -> None:
    assert values.text("name", "é" * 100, max_length=100) == "é" * 100
    with pytest.raises(
        BlackboxError, match="The option name is refused: it has 101 characters, at most 100 are accepted"
    ):
        values.text("name", "é" * 101, max_length=100)
