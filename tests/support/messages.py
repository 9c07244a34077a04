# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kinds of messages, so that a test names a kind and its facts, and a better wording changes one line here."""

from __future__ import annotations

import re

#: Characteristic part of each kind of message. Three dots stand for any text.
KINDS = {
    # Options
    "account_sid_malformed": "is not an Account SID",
    "api_key_missing": "The option api_key is not set",
    "api_key_unprintable": "it contains blanks, control characters",
    "library_missing": "Failed to import the required Python library",
    "option_blank": "it is blank",
    "option_empty": "it is empty",
    "option_missing": "one of the following is required",
    "option_null": "it is null",
    "option_of_other_type": "unable to convert to",
    "option_out_of_range": "is not a number from ... to",
    "option_refused": "The option ... is refused:",
    "option_required": "is required; null counts as not given",
    "option_too_long": "characters, at most ... are accepted",
    "option_unsupported": "Unsupported parameters",
    "option_untrimmed": "begins or ends with a blank",
    "options_exclusive": "mutually exclusive",
    "options_missing": "but all of the following are missing:",
    "path_missing": "does not exist",
    "seconds_not_positive": "is not a number of seconds above",
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
    "body_not_json": "the body is not JSON",
    "body_not_of_api": "the body is not JSON of the API",
    "bug": "this is a bug",
    "conflict": "409 Conflict",
    "entry_not_object": "a JSON object is required, not",
    "field_missing": "the response has no ...",
    "field_of_other_type": "... is ..., but the API documents ...",
    "hint_check_id": "Check the ID",
    "hint_check_key": "Check api_key",
    "hint_check_organization": "whether the key belongs to the organization",
    "hint_check_twilio_account": "so Twilio may have refused the request",
    "hint_permission": "does not have this permission",
    "id_not_uuid": "the ... of ... is not a UUID",
    "item_not_an_object": "contains a value that is not an object",
    "json_too_deep": "nested too deep",
    "not_a_page": "the response is not a page",
    "not_an_object": "a JSON object",
    "not_found": "404 Not Found",
    "other_agent": "the response is another agent:",
    "rate_limit_exceeded": "The rate limit of the API is exceeded",
    "redirect_not_followed": "is not followed",
    "requests_not_sent": "Requests for ... of them were not sent, because ...",
    "response_not_http": "the response is not valid HTTP",
    "response_not_object": "the response must be a JSON object",
    "response_too_large": "the response is larger than",
    "retries_not_listed": "Requests were sent again ... times",
    "sent_repeatedly": "Sent ... times in",
    "server_error": "500 Internal Server Error",
    "service_unavailable": "503 Service Unavailable",
    "task_ended_by_forbidden": "not sent, because ... consecutive requests were forbidden",
    "task_ended_by_key": "not sent, because ... refuses the key",
    "task_ended_by_outages": "not sent, because ... consecutive requests failed",
    "task_ended_by_wait": "not sent, because ... asks to wait longer than",
    "too_many_requests": "429 Too Many Requests",
    "unprocessable": "422 Unprocessable Entity",
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
    "timeout_minimum": "the minimum for requests during which the service calls Twilio",
    "tls_failed": "no TLS connection:",
    "tls_missing": "the server does not use TLS",
    "tls_required": "the server uses TLS;",
    "tls_too_old": "the server does not support TLS",
    # Selection of providers
    "account_differs": "belongs to the account ..., not to ...",
    "credential_without_provider": "the SIP credential ... belongs to a provider, but has no providerId",
    "hint_select_by_id": "by its id",
    "list_changed": "its number of items changed from ... to ... while it was read",
    "list_count_differs": "it contains ... items, but totalCount is ...",
    "list_incomplete": "the list is incomplete:",
    "more_left_out": "and ... more",
    "provider_listed_but_missing": "has a SIP credential, but the API reports that the provider does not exist",
    "provider_missing": "No provider has the ...",
    "provider_of_other_type": "the provider is of type ..., not twilio",
    "provider_selected_twice": "the entries with the ... and with the ... are the same provider",
    "response_of_other_provider": "the response is another provider: ...",
    "selector_repeated": "two entries have the ...",
    "several_providers": "... providers have the ...",
    # Writes, and their check
    "auth_token_kept": "the stored Auth Token is still in use",
    "auth_token_replaced": "The Auth Token was replaced",
    "created_before": "It created the provider ...",
    "creation_found": "The provider ... was found after a creation",
    "creation_missing": "no provider has the ...",
    "creation_not_listed": "The provider ... was created, but the list ... does not show it",
    "effect_differs": "was accepted, but ... instead of",
    "effect_unknown": "Whether it took effect is unknown, because the ... could not be read afterwards",
    "effect_unprovable": "Whether it took effect is unknown, because the ... cannot be read back",
    "hint_create_provider": "To create one, also set ...",
    "hint_declare_stored_value": "Set ... to match the stored value",
    "hint_run_again": "Run the task again",
    "may_take_effect": "The request may still take effect",
    "not_sent_again": "The request was not sent again",
    "nothing_changed": "Nothing was changed",
    "nothing_created": "Nothing was created",
    "number_count_differs": "none is listed, but the service counts ...",
    "number_count_missing": "none is listed, but the service does not say how many it counts",
    "number_unused": "..., used by no agent",
    "number_used": "..., used by ...",
    "number_users_unknown": "used by unknown agents (...)",
    "numbers_deleted_too": "also deletes these numbers",
    "provider_in_use": "is not deleted, because numbers are imported through it:",
    "provider_not_selected": "is not deleted, because it does not have the ...",
    "providers_failed": "... of ... providers failed",
    "read_afterwards": "Read afterwards",
    "region_undocumented": "is not one of the documented regions",
    "setting_differs": "... is ... instead of ...",
    "settings_differ": "the provider ... does not have the requested settings:",
    "several_created": "now ... providers have the ...: ... None had it before",
    "still_exists": "the ... still exists",
    "verification_failed": "The verification of the provider ... ended with ...",
    "verification_repeated": "The verification of ... ended with ... Waiting ... s",
    "verification_status_undocumented": "the status is ..., but the API documents",
    "verification_timed_out": "It was not verified within wait_timeout",
    "write_accepted": "was accepted, but",
    "write_accepted_unread": "was accepted, but its effect is unknown",
    # Phone numbers
    # Links and agents
    "agent_missing": "No agent has the ...",
    "agent_name_given_as_id": "It is the name of an agent",
    "several_agents": "... agents have the name ...",
}


def contains(message: str, fragment: str) -> bool:
    """Check whether a message contains a fragment, in which three dots stand for any text."""
    return re.search(re.escape(fragment).replace(re.escape("..."), ".+"), message, re.DOTALL) is not None


def fill(kind: str, *values: object) -> str:
    """Return the characteristic part of a kind with values instead of the dots, for facts whose order matters."""
    return KINDS[kind].replace("...", "{}").format(*values)


def assert_message(message: str, kind: str, *facts: object) -> None:
    """Check that a message is of the kind and contains each fact, such as an ID, a status code or an option.

    A word or a number is not found inside of longer ones, so that the option `id` is not found in `provider_id`.
    """
    assert contains(message, KINDS[kind]), message
    assert [fact for fact in facts if not _contains_fact(message, fact)] == [], message


def _contains_fact(message: str, fact: object) -> bool:
    text = str(fact)
    if re.fullmatch(r"\w+", text):
        return re.search(rf"\b{text}\b", message) is not None
    return text in message
