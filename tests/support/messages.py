# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kinds of messages, so that a test names a kind and its facts, and a better wording changes one line here."""

from __future__ import annotations

import re

#: Characteristic part of each kind of message. Three dots stand for any text.
KINDS = {
    # Options
    "agent_id_invalid": "is not an agent ID",
    "api_key_missing": "The option api_key is not set",
    "api_url_unencrypted": "would send api_key unencrypted",
    "file_unreadable": "does not exist on this host or cannot be read",
    "library_missing": "The Python library ... cannot be imported",
    "option_blank": "is refused: it is blank",
    "option_empty": "is refused: it is empty",
    "option_null": "is refused: ... null",
    "option_padded": "begins or ends with a blank",
    "option_refused": "The option ... is refused:",
    "option_required": "One of the options ... is required; null counts as not given",
    "plus_sign_missing": "has no plus sign",
    "uuid_invalid": "is not a UUID",
    # Requests and responses
    "field_missing": "the response has no ...",
    "hint_check_api_key": "Check api_key",
    "hint_missing_permission": "The key ... does not have this permission",
    "hint_twilio_refused": "Twilio may have refused the request",
    "hint_wait": "The API asks to wait ...",
    "key_refused": "The API key is refused",
    "list_incomplete": "the list is incomplete:",
    "object_expected": "a JSON object",
    "redirect": "a redirect",
    "retry_wait": "Waiting ... before the next attempt",
    "sent_repeatedly": "Sent ... times in",
    "twilio_credentials_refused": "Twilio refuses the credentials",
    # Connection
    "certificate_refused": "the certificate is not accepted:",
    "connection_reset": "Connection reset",
    # Selection of providers
    "provider_missing": "No provider has the ...",
    "provider_type_differs": "the provider is of type ..., not",
    # Writes, and their check
    "accepted_effect_unknown": "was accepted, but its effect is unknown",
    "auth_token_unchanged": "the stored Auth Token is still in use",
    "bug": "Unexpected ... bug in dasha.blackbox",
    "effect_differs": "was accepted, but ... instead of",
    "effect_late": "The request may still take effect",
    "effect_missing": "was accepted, but ...",
    "effect_unknown": "Whether it took effect is unknown",
    "read_back_failed": "could not be read afterwards",
    "still_exists": "still exists",
    # Phone numbers
    "account_number_missing": "It is not among the ... numbers",
    "all_numbers_removed": "so all numbers would be removed",
    "current_numbers_unknown": "The current numbers are unknown",
    "import_ineffective": "accepted the import, but the number is not imported",
    "import_late": "It may still be imported",
    "import_unconfirmed": "does not report whether it was imported",
    "import_unexplained": "The API reports no reason",
    "number_failed": "phone number failed:",
    "number_imported_again": "Another client imported it again",
    "number_in_use": "It is used by ...",
    "number_missing": "No phone number ... Import it first",
    "number_owner_unknown": "not removed, because the API does not return its provider",
    "number_sid_invalid": "is not the SID of a phone number",
    "number_sid_unmapped": "does not show the SID of a number",
    "number_sids_unmapped": "does not show the numbers of the SIDs",
    "number_still_listed": "its list still contains it",
    "numbers_ambiguous": "phone numbers are ...",
    "numbers_failed": "phone numbers failed:",
    "number_unsent": "It was not sent, because a request before it failed",
    "removal_cancelled": "not removed, because not all numbers could be imported",
    # Links and agents
    "agent_missing": "No agent has the ...",
    "hint_only_inbound_link": "A number can have only one inbound link",
    "hint_unlink_first": "the link of the number ... is removed first",
    "inbound_agents_ambiguous": "has several inbound agents",
    "link_effect_missing": "the number does not show the ... link",
    "link_kept": "would replace it. Nothing was changed",
    "link_lost": "may have lost its link with the agent ...",
    "link_restored": "The link of the number ... was restored",
    "linked_meanwhile": "has been linked to the agent ... in the meantime",
    "same_record": "it is the same record",
    "unlink_effect_missing": "the number still shows the ... link",
}


def contains(message: str, fragment: str) -> bool:
    """Check whether a message contains a fragment, in which three dots stand for any text."""
    return re.search(re.escape(fragment).replace(re.escape("..."), ".+"), message, re.DOTALL) is not None


def assert_message(message: str, kind: str, *facts: object) -> None:
    """Check that a message is of the kind and contains each fact, such as an ID, a status code or an option."""
    assert contains(message, KINDS[kind]), message
    assert [fact for fact in map(str, facts) if fact not in message] == [], message
