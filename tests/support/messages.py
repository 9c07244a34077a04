# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kinds of messages, so that a test names a kind and its facts, and a better wording changes one line here."""

from __future__ import annotations

import re

#: Characteristic part of each kind of message. Three dots stand for any text.
KINDS = {
    # Options
    "api_key_missing": "The option api_key is not set",
    "api_key_unprintable": "it contains blanks, control characters",
    "option_null": "it is null",
    "option_refused": "The option ... is refused:",
    "path_missing": "does not exist",
    "retries_out_of_range": "is not a number from ... to",
    "seconds_not_positive": "is not a number of seconds above",
    "text_too_long": "characters, at most ... are accepted",
    "url_malformed": "does not consist of",
    "url_unencrypted": "would send api_key unencrypted",
    "url_unparsable": "is not a URL",
    "url_with_other_scheme": "does not begin with",
    "url_with_query": "contains a query or a fragment",
    "url_with_user": "contains a user name or password",
    "uuid_malformed": "is not a UUID",
    # Requests and responses
    "agents_not_listed": "is not a list of agents",
    "body_encoding_wrong": "is not encoded as its Content-Encoding says",
    "body_not_json": "but the body is not JSON",
    "body_not_of_api": "the body is not JSON of the API",
    "entry_not_object": "a JSON object is required, not",
    "field_missing": "the response has no",
    "hint_check_id": "Check the ID",
    "hint_check_key": "Check api_key",
    "hint_permission": "does not have this permission",
    "json_too_deep": "nested too deep",
    "other_agent": "the response is another agent:",
    "rate_limit_exceeded": "The rate limit of the API is exceeded",
    "read_afterwards": "Read afterwards",
    "redirect_not_followed": "is not followed",
    "requests_not_sent": "Requests for ... of them were not sent, because ...",
    "response_not_http": "the response is not valid HTTP",
    "response_not_object": "the response must be a JSON object",
    "response_too_large": "the response is larger than",
    "retries_not_listed": "Requests were sent again ... times",
    "sent_repeatedly": "Sent ... times in",
    "task_ended_by_forbidden": "not sent, because ... consecutive requests were forbidden",
    "task_ended_by_key": "not sent, because ... refuses the key",
    "task_ended_by_outages": "not sent, because ... consecutive requests failed",
    "task_ended_by_wait": "not sent, because ... asks to wait longer than",
    "wait_before_attempt": "Waiting ... before the next attempt",
    "wait_requested": "The API asks to wait",
    "wait_too_long": "longer than api_retry_max_delay",
    # Connection
    "address_unavailable": "Cannot assign requested address",
    "ca_certificates_unreadable": "the CA certificates in ... cannot be read",
    "ca_self_signed": "its CA is self-signed",
    "ca_unknown": "its CA is unknown",
    "certificate_expired": "it has expired",
    "certificate_not_strict": "the certificate is not accepted: ... RFC 5280",
    "certificate_not_valid_yet": "it is not valid yet",
    "certificate_of_other_host": "it is for another host name",
    "certificate_of_private_ca": "the certificate is not accepted: ... ca_path",
    "certificate_refused": "the certificate is not accepted:",
    "certificate_self_signed": "it is self-signed",
    "certificate_unverified": "it cannot be verified",
    "certificate_wrong": "the certificate is not accepted: ... (ca_path cannot help)",
    "connection_closed": "the connection was closed before the response was complete",
    "connection_refused": "Connection refused",
    "connection_reset": "Connection reset by peer",
    "hint_check_address": "Check the host and the port in",
    "hint_check_clock": "the clock of this host is wrong",
    "hint_check_host": "check the host in",
    "hint_check_port": "check the port in",
    "hint_write_https": "write https://",
    "host_unresolved": "the host name cannot be resolved",
    "proxy_credentials_required": "the proxy requires a user name and a password",
    "proxy_failed": "no connection through the proxy in",
    "proxy_of_environment": "HTTPS_PROXY or ALL_PROXY",
    "proxy_refused": "the proxy responds with",
    "proxy_url_invalid": "does not contain the URL of an HTTP proxy",
    "timed_out": "no complete response within",
    "tls_failed": "no TLS connection:",
    "tls_missing": "the server does not use TLS",
    "tls_required": "the server uses TLS;",
    "tls_too_old": "the server does not support TLS",
    # Selection of providers
    "provider_missing": "No provider has the ...",
    # Writes, and their check
    "effect_differs": "was accepted, but ... instead of",
    # Phone numbers
    # Links and agents
}


def contains(message: str, fragment: str) -> bool:
    """Check whether a message contains a fragment, in which three dots stand for any text."""
    return re.search(re.escape(fragment).replace(re.escape("..."), ".+"), message, re.DOTALL) is not None


def assert_message(message: str, kind: str, *facts: object) -> None:
    """Check that a message is of the kind and contains each fact, such as an ID, a status code or an option."""
    assert contains(message, KINDS[kind]), message
    assert [fact for fact in map(str, facts) if fact not in message] == [], message
