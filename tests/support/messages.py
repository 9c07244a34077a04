# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kinds of messages, so that a test names a kind and its facts, and a better wording changes one line here."""

from __future__ import annotations

import json
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
    "list_incomplete": "the list is incomplete:",
    "object_expected": "a JSON object",
    "redirect_refused": "is not followed",
    "retry_wait": "Waiting ... before the next attempt",
    "sent_repeatedly": "Sent ... times in",
    # Connection
    "certificate_refused": "the certificate is not accepted:",
    "connection_refused": "Connection refused",
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
    "verification_failed": "The verification of the provider ... ended with ...",
    "verification_timed_out": "It was not verified within ...",
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
    "number_unsent": "It was not sent, because a request before it failed",
    "numbers_ambiguous": "phone numbers are ...",
    "numbers_failed": "phone numbers failed:",
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
    # Playbooks and roles
    "agent_not_found": "must be the name or ID of exactly one agent, but it matches none",
    "agent_of_several_numbers": "is declared as outbound agent of ... phone numbers",
    "agent_unlisted": "the organization has no such agent",
    "api_keys_missing": "The API keys of both organizations are required",
    "auth_token_missing": "The provider of ... does not exist yet",
    "declaration_differs": "differs from its declaration",
    "declared_host_missing": "No provider has the names of these declared hosts",
    "entries_missing": "must have at least one entry",
    "entry_account_invalid": "account_sid must consist of ...",
    "entry_account_undeclared": "account_sid must be that of a declared provider",
    "entry_invalid": "Correct the entries ...",
    "entry_name_blank": "name must not be blank",
    "entry_not_unique": "must be unique. Correct the entries ...",
    "entry_outbound_invalid": "outbound must be a list of agents",
    "export_summary": "Declared: ... providers, ... phone numbers, ... agent links",
    "file_not_written_by_playbook": "was not written by this playbook",
    "file_path_invalid": "must be the path of a file in an existing directory",
    "folder_missing": "must be an existing directory",
    "host_missing": "no host for these providers",
    "inventory_empty": "The inventory has no host",
    "inventory_source_missing": "Give the inventory source with -i",
    "journal_header_invalid": "The first line of ... must be",
    "journal_required": "In AWX, ... requires",
    "limit_required": "require a limit",
    "link_contradictory": "the phone number itself does not show it",
    "link_line_invalid": "A link consists of a phone number",
    "link_undeclared": "The ... link of the phone number ... is not declared",
    "list_empty": "Empty lists are not allowed",
    "migration_incomplete": "The migration is incomplete",
    "not_compared": "Nothing was compared",
    "number_created_by_hand": "created by hand with a SIP credential",
    "number_list_empty": "List at least one phone number",
    "number_not_e164": "it is not in E.164 format",
    "number_twice": "several records have this phone number",
    "number_undeclared": "The phone number ... is not declared",
    "numbers_not_imported": "No phone number was imported",
    "numbers_of_account_missing": "The new account does not have ...",
    "numbers_of_old_provider_missing": "The old provider does not have the phone numbers ...",
    "numbers_omitted": "requires that all phone numbers of the old provider are moved",
    "old_provider_missing": "The old provider ... does not exist",
    "outbound_of_several_numbers": "the agent calls from several phone numbers",
    "path_relative": "must be an absolute path",
    "promotion": "Changed in production: ... Already equal: ... Not promoted in production: ...",
    "provider_count_differs": "There must be one provider ... in each organization",
    "provider_creation_predicted": "The provider of the new account would be created",
    "provider_undeclared": "The provider ... is not declared",
    "providers_of_same_account": "have the same account_sid",
    "providers_undeclared": "No provider can be declared",
    "report_account_differs": "The account of a provider cannot be changed",
    "report_in_sync": "The declared provider is in sync",
    "report_list_failed": "The providers could not be listed",
    "report_none_in_sync": "None of ... declared providers are in sync",
    "report_unchecked": "not checked",
    "report_verification_outdated": "more than ... hours ago",
    "same_account": "is the account of the old provider",
    "same_organization": "belong to the same organization",
    "setting_blank": "because it is blank",
    "setting_padded": "because it begins or ends with a blank",
    "setting_undeclared": "is declared without its ...",
    "sid_of_other_number": "is the SID of ..., not of ...",
    "sids_unknown": "The service does not report the SIDs",
    "slices_refused": "a slice contains only some of the hosts",
    "staging_empty": "Staging has no provider with a name",
    "states_found": "declared providers in sync; ...",
    "variable_missing": "Nothing was set up. ... is required",
    "variables_unknown": "Unknown variables of the playbook are",
    # Tasks that run in the process of Ansible, or as a module
    "code_traced": "its code is traced",
    "connection_not_local": "the connection is not local",
    "core_unexpected": "is not as expected",
    "core_unknown": "is not known",
    "interpreter_differs": "the interpreter is ..., not ...",
    "interpreter_undiscovered": "the Python interpreter has to be discovered",
    "runs_as_module": "as a module, because",
    "runs_in_process": "in the process of the task",
    # Inventory plugin
    "inventory_option_unknown": "Unknown options of ...",
    "template_failed": "its template fails",
    # Probe (make probe)
    "probe_credentials_refused": "The service refuses the key",
    "probe_folder_missing": "The folder of the report does not exist",
    "probe_id_unsafe": "unsafe",
    "probe_interrupted": "it was interrupted",
    "probe_key_missing": "Set the environment variable DASHA_BLACKBOX_API_KEY",
    "probe_key_refused": "the service refuses the key",
    "probe_list_refused": "The service does not list the agents",
    "probe_not_json": "The response is not JSON",
    "probe_not_read": "Nothing was read, because ...",
    "probe_overloaded": "the service is overloaded or limits the rate of requests",
    "probe_partial": "partial, because ...",
    "probe_redirected": "The service redirects",
    "probe_report_unwritable": "The report cannot be written",
    "probe_request_limit": "the limit of requests is reached",
    "probe_response_incomplete": "there was no complete response",
    "probe_variable_invalid": "has an invalid value",
}


def contains(message: str, fragment: str) -> bool:
    """Check whether a message contains a fragment, in which three dots stand for any text."""
    return re.search(re.escape(fragment).replace(re.escape("..."), ".+"), message, re.DOTALL) is not None


def assert_message(message: str, kind: str, *facts: object) -> None:
    """Check that a message is of the kind and contains each fact, such as an ID, a status code or an option.

    A fact that is a number is not a part of a longer number or of a word.
    """
    assert contains(message, KINDS[kind]), message
    assert [fact for fact in facts if not _states(message, fact)] == [], message


def assert_shown(output: str, kind: str, *facts: object) -> None:
    """Check that a message in the output of Ansible is of the kind and contains each fact."""
    texts = [json.loads(text) for text in re.findall(r'"msg": ("(?:[^"\\]|\\.)*")', output)]
    shown = [text for text in texts if contains(text, KINDS[kind])]
    assert shown, output
    assert any(all(_states(text, fact) for fact in facts) for text in shown), shown


def _states(message: str, fact: object) -> bool:
    return re.search(rf"\b{fact}\b", message) is not None if isinstance(fact, int) else str(fact) in message
