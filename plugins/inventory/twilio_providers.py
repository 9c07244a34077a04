# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: twilio_providers
short_description: Twilio providers of Dasha BlackBox as hosts
version_added: 1.0.0
author:
  - The dasha.blackbox contributors (!UNKNOWN)
description:
  - Makes a host of each Twilio provider of the organization, so that a playbook can go through all of them, or through groups of them.
  - The source is a YAML file whose name ends in C(blackbox.yml) or C(blackbox.yaml).
  - Each host has the fields of its provider in the variable C(blackbox_provider), as M(dasha.blackbox.twilio_provider_info) returns them, and its
    id in C(blackbox_provider_id).
extends_documentation_fragment:
  - dasha.blackbox.api_plugin
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description:
      - Says that the file is a source for this plugin.
    type: str
    required: true
    choices: [dasha.blackbox.twilio_providers]
  hostname:
    description:
      - What the hosts are called.
      - V(name) is the name of the provider in lower case, with a hyphen for everything that is neither a letter nor a digit, 63 characters at most.
        Where several providers come to the same name, C(-) and the first block of the id is added to each. A provider without a name, or with one that
        cannot be used, is called by its id. Such are V(localhost), an id, and what is already the name of a group or of another host in the inventory.
      - V(id) is the id, which never changes. Use it where something remembers the host, such as the history in AWX.
      - V(account_sid) is the SID of the Twilio account, with the same addition where several providers have the same account.
    type: str
    default: name
    choices: [name, id, account_sid]
  local:
    description:
      - Whether tasks for the hosts run on the controller, with the Python that runs Ansible. There is nothing else that they could run on.
      - With V(false) C(ansible_connection) and C(ansible_python_interpreter) are not set.
    type: bool
    default: true
  filters:
    description:
      - Which providers become hosts. A provider has to pass every filter that is given.
      - The names of the hosts are those that they have without filters.
    type: dict
    default: {}
    suboptions:
      region:
        description:
          - The provider is in one of these Twilio regions, compared without case.
        type: list
        elements: str
      verification_status:
        description:
          - The last verification of the provider ended with one of these, for instance V(failed).
        type: list
        elements: str
      supports_call_transfer:
        description:
          - Calls of the provider can be transferred, or cannot.
        type: bool
notes:
  - There is no documented list of providers. The plugin reads the list of SIP credentials, which names the providers, and then each of them.
    This costs a request for each provider, and one for each 1000 SIP credentials.
  - It makes hosts only if the list adds up and no provider can be missing from it. Otherwise it reads the list once more, and then fails.
  - An inventory source that fails is a mere warning to Ansible. Set C(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true) to make it an error.
  - The cache is kept by source file, O(api_url) and O(api_key). It holds all providers, whatever the O(filters), and never the key.
  - An option that does not exist is refused.
seealso:
  - module: dasha.blackbox.twilio_provider
  - module: dasha.blackbox.twilio_provider_info
"""

EXAMPLES = r"""
# All but the first line may be left out: key and address come from the environment then.
plugin: dasha.blackbox.twilio_providers
# From a vault
api_key: "{{ vault_blackbox_api_key }}"
# Hosts that are called by their ids
hostname: id
# Those in Ireland or the United States that do not work
filters:
  region: [ie1, us1]
  verification_status: [pending, warning, failed]
# A variable and groups that are made of the fields
compose:
  termination_uri: blackbox_provider.termination_uri
groups:
  with_numbers: (blackbox_provider.phone_number_count or 0) > 0
keyed_groups:
  - key: blackbox_provider.verification_status
    prefix: status
strict: true
"""

import collections
import hashlib
import json
import re
import sys
import typing as t
import unicodedata

from ansible import constants
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.display import Display

from ..module_utils._ansible import options, task
from ..module_utils._api import providers as api_providers
from ..module_utils._api import values
from ..module_utils._http.client import VERSION, Client
from ..module_utils._http.redact import redact
from ..module_utils._http.transport import REQUESTS_IMPORT_ERROR
from ..module_utils._plan.plan import Outcome
from ..plugin_utils._trust import trusted, untrusted

#: A provider under the names of results.
Result = dict[str, t.Any]

#: Longest host name, in characters: the limit of a DNS label.
MAX_NAME = 63

#: Options that are checked as modules check theirs. Ansible's own loader takes a blank variable for a value and
#: "ture" for false, and ignores suboptions. The key may be encrypted, so it is checked after decryption.
CHECKED_OPTIONS: dict[str, dict[str, t.Any]] = {
    **options.argument_spec(),
    "api_key": {"type": "raw", "default": "", "fallback": options.argument_spec()["api_key"]["fallback"]},
    "local": {"type": "bool", "default": True},
    "filters": {
        "type": "dict",
        "default": {},
        "options": {
            "region": {"type": "list", "elements": "str"},
            "verification_status": {"type": "list", "elements": "str"},
            "supports_call_transfer": {"type": "bool"},
        },
    },
}


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]  # Ansible has no types
    """Inventory of Twilio providers."""

    NAME = "dasha.blackbox.twilio_providers"

    def verify_file(self, path: str) -> bool:
        """Return whether the plugin reads this source."""
        return bool(super().verify_file(path)) and path.endswith(("blackbox.yml", "blackbox.yaml"))

    def set_options(
        self, task_keys: t.Any = None, var_options: t.Any = None, direct: t.Mapping[str, t.Any] | None = None
    ) -> None:
        """Set the options of the source, after checks that Ansible doesn't make.

        :raises AnsibleParserError: an option is unknown or has an invalid value.
        """
        given = {option: value for option, value in (direct or {}).items() if value is not None}
        unknown = sorted(set(given) - set(self.option_definitions))
        if unknown:
            raise AnsibleParserError(f"The source sets {', '.join(unknown)}, which {self.NAME} has no option for.")
        checked = ArgumentSpecValidator(CHECKED_OPTIONS).validate(
            {option: value for option, value in given.items() if option in CHECKED_OPTIONS}
        )
        if checked.error_messages:
            raise AnsibleParserError("; ".join(checked.error_messages))
        super().set_options(task_keys, var_options, {**given, **checked.validated_parameters})
        # Without a value, Ansible would look for the environment variable again.
        self._options["ca_path"] = checked.validated_parameters["ca_path"]

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Read the providers and add a host for each."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        providers = self._read_providers(path, cache)
        names = self._host_names(providers)
        filters = self.get_option("filters")
        hosts = {names[provider["id"]]: provider for provider in providers if matches(provider, filters)}
        strict = self.get_option("strict")
        for name, provider in hosts.items():
            self._add_host(name, provider)
            variables = self.inventory.get_host(name).get_vars()
            self._set_composite_vars(self.get_option("compose"), variables, name, strict)
        # Groups come last, because Ansible would confuse a group with a host of the same name.
        for name in hosts:
            self._add_host_to_composed_groups(self.get_option("groups"), {}, name, strict)
        for name in hosts:
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), {}, name, strict)

    def _read_providers(self, path: str, use_cache: bool) -> list[Result]:
        """Return the providers, from the cache if possible."""
        api_key = self._api_key()
        parameters = {**{option: self.get_option(option) for option in options.argument_spec()}, "api_key": api_key}
        if not self.get_option("cache"):
            return read_providers(parameters)
        entry = f"{self.get_cache_key(path)}_{fingerprint(parameters)}"
        if not use_cache or entry not in self._cache:
            # As a text, because some cache plugins interpret keys of mappings.
            self._cache[entry] = {"providers": json.dumps(read_providers(parameters))}
        return t.cast("list[Result]", json.loads(self._cache[entry]["providers"]))

    def _api_key(self) -> str:
        """Return the key, which may be a template: the author of the source may use any lookup."""
        given = self.get_option("api_key")
        self.templar.available_variables = self._vars
        try:
            value = self.templar.template(trusted(given))
        except AnsibleError as error:
            # Ansible quotes the template, which may be a key that only resembles one.
            problem = redact(str(error), [given])
            raise AnsibleParserError(f"The option api_key is refused: its template fails: {problem}") from None
        return "" if value is None else str(value)

    def _host_names(self, providers: t.Sequence[Result]) -> dict[str, str]:
        """Return a unique host name for each provider, by its ID."""
        names = {provider["id"]: host_name(provider, self.get_option("hostname")) for provider in providers}
        for provider_id in duplicates(names):
            names[provider_id] = f"{names[provider_id]}-{provider_id[:8]}"
        unusable = duplicates(names) | {key for key, name in names.items() if self._is_taken(name, key)}
        return {**names, **{provider_id: provider_id for provider_id in unusable}}

    def _is_taken(self, name: str, provider_id: str) -> bool:
        """Return whether a group or another host has this name, or will have it."""
        host = self.inventory.hosts.get(name)
        groups = [*self.inventory.groups, *map(self._sanitize_group_name, self.get_option("groups"))]
        is_other_host = host is not None and host.vars.get("blackbox_provider_id") != provider_id
        return name in constants.LOCALHOST or name in groups or is_other_host

    def _add_host(self, name: str, provider: Result) -> None:
        variables = {"blackbox_provider": untrusted(provider), "blackbox_provider_id": untrusted(provider["id"])}
        if self.get_option("local"):
            variables["ansible_connection"] = trusted("local")
            variables["ansible_python_interpreter"] = trusted("{{ ansible_playbook_python }}")
        self.inventory.add_host(name)
        for variable, value in variables.items():
            self.inventory.set_variable(name, variable, value)


def read_providers(parameters: t.Mapping[str, t.Any]) -> list[Result]:
    """Return all providers of the organization.

    :param parameters: the connection options.
    :raises AnsibleParserError: they can't be read.
    """
    if REQUESTS_IMPORT_ERROR:
        raise AnsibleParserError(
            f"The Python library requests, 2.28 or newer, cannot be imported by {sys.executable}, which runs Ansible."
            " Install it there."
        )

    def look_up(client: Client) -> Outcome:
        found = api_providers.list_providers(client)
        return Outcome(results={"providers": [api_providers.to_result(provider) for provider in found]})

    result = task.perform(parameters, [parameters["api_key"]], look_up)
    if result.failed:
        Display().vvv(result.values.get("exception", ""))
        hint = " Run with -vvv to see where." if "exception" in result.values else ""
        raise AnsibleParserError(result.values["msg"] + hint)
    return t.cast("list[Result]", result.values["providers"])


def fingerprint(parameters: t.Mapping[str, t.Any]) -> str:
    """Return a cache key of the organization: a hash too short to find the API key."""
    organization = f"{VERSION} {parameters['api_url']} {parameters['api_key']}"
    return hashlib.sha256(organization.encode()).hexdigest()[:8]


def host_name(provider: Result, option: str) -> str:
    """Return the host name of a provider by the option ``hostname``, or its ID if that gives no name."""
    name = ""
    if option == "account_sid":
        name = values.canonical_sid(provider["account_sid"], values.ACCOUNT) or ""
    elif option == "name":
        # Normalized, so that letters that look alike become the same.
        normalized = unicodedata.normalize("NFKC", provider["name"] or "").lower()
        name = re.sub(r"[\W_]+", "-", normalized).strip("-")[:MAX_NAME].strip("-")
    return name if name and not values.is_uuid(name) else str(provider["id"])


def duplicates(names: t.Mapping[str, str]) -> set[str]:
    """Return the keys whose value another key has too."""
    counts = collections.Counter(names.values())
    return {key for key, name in names.items() if counts[name] > 1}


def matches(provider: Result, filters: t.Mapping[str, t.Any]) -> bool:
    """Return whether the provider has one of the accepted values of each filter."""
    for field in api_providers.FIELDS:
        accepted = filters.get(field.option)
        choices = accepted if isinstance(accepted, list) else [accepted]
        if accepted is not None and not any(field.equal(provider[field.option], value) for value in choices):
            return False
    return True
