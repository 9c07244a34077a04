# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: twilio_providers
short_description: Create inventory hosts from Twilio providers of Dasha BlackBox
version_added: 1.0.0
author:
  - The dasha.blackbox contributors (@dasha-blackbox)
description:
  - Creates one host for each Twilio provider of the organization, so that a playbook can target all
    providers or groups of providers.
  - The inventory source is a YAML file whose name ends in C(blackbox.yml) or C(blackbox.yaml).
  - Each host has the variable C(blackbox_provider) with the fields of its provider, as returned by
    M(dasha.blackbox.twilio_provider_info), and the variable C(blackbox_provider_id) with its ID.
extends_documentation_fragment:
  - dasha.blackbox.api_plugin
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description:
      - The name of this plugin. It marks the file as a source for this plugin.
    type: str
    required: true
    choices: [dasha.blackbox.twilio_providers]
  hostname:
    description:
      - The source of the host names.
      - With V(name), a host is named after its provider. The name is converted to lowercase, each
        sequence of characters other than letters and digits is replaced by a hyphen, and the result
        is truncated to 63 characters. If several providers would have the same host name, C(-) and
        the first block of the ID are appended to each host name.
      - With V(name), the ID is used instead if the provider has no name, or if the host name would
        be V(localhost), a UUID, or the name of a group or of another host in the inventory.
      - With V(id), a host is named after the ID of its provider, which never changes. Use this
        value if host names must not change, for example for the job history in AWX.
      - With V(account_sid), a host is named after the SID of its Twilio account. If several
        providers have the same account, C(-) and the first block of the ID are appended to each
        host name.
    type: str
    default: name
    choices: [name, id, account_sid]
  local:
    description:
      - Whether to run tasks for the hosts on the controller, with the Python interpreter of
        Ansible. A provider is not a machine, so tasks cannot run on it.
      - If V(false), C(ansible_connection) and C(ansible_python_interpreter) are not set.
    type: bool
    default: true
  filters:
    description:
      - Only providers that match all given filters become hosts.
      - Host names do not depend on the filters.
    type: dict
    default: {}
    suboptions:
      region:
        description:
          - The Twilio regions to include. The regions are not case-sensitive.
        type: list
        elements: str
      verification_status:
        description:
          - The verification statuses to include, for example V(failed).
        type: list
        elements: str
      supports_call_transfer:
        description:
          - Whether the providers to include allow call transfers.
        type: bool
notes:
  - The API has no documented list of providers. The plugin gets the IDs of the providers from the
    list of SIP credentials and then reads each provider. This takes one request for each provider
    and one for each 1000 SIP credentials.
  - If the list is incomplete or inconsistent, the plugin reads it again. If this does not help, the
    plugin fails.
  - If a source fails, for example because of an invalid expression, it adds no hosts.
  - Ansible only warns about an inventory source that fails. Set
    C(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) to V(true) to make the run fail.
  - The cache is separate for each source file, O(api_url), and O(api_key). It contains all
    providers regardless of O(filters), but not the API key.
  - Unknown options are rejected.
seealso:
  - module: dasha.blackbox.twilio_provider
  - module: dasha.blackbox.twilio_provider_info
"""

EXAMPLES = r"""
# Only this option is required if DASHA_BLACKBOX_API_KEY is set.
plugin: dasha.blackbox.twilio_providers
# Use an API key that is encrypted with Ansible Vault
api_key: "{{ vault_blackbox_api_key }}"
# Name the hosts by their IDs
hostname: id
# Create hosts only for providers in Ireland and the United States that are not verified
filters:
  region: [ie1, us1]
  verification_status: [pending, warning, failed]
# Create a variable and groups from the fields of the providers
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
from ansible.inventory.group import Group
from ansible.inventory.host import Host
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
    "api_key": {"type": "raw", "fallback": options.argument_spec()["api_key"]["fallback"]},
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
    inventory: t.Any

    def verify_file(self, path: str) -> bool:
        """Return whether the plugin reads this source."""
        return bool(super().verify_file(path)) and path.endswith(("blackbox.yml", "blackbox.yaml"))

    def set_options(
        self, task_keys: t.Any = None, var_options: t.Any = None, direct: t.Mapping[str, t.Any] | None = None
    ) -> None:
        """Set the options of the source, after checks that Ansible does not make.

        :raises AnsibleParserError: an option is unknown or has an invalid value.
        """
        given = {option: value for option, value in (direct or {}).items() if value is not None}
        unknown = sorted(set(given) - set(self.option_definitions))
        if unknown:
            raise AnsibleParserError(f"Unknown options of {self.NAME}: {', '.join(unknown)}.")
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
        # An expression may fail for any provider, so add nothing before all of them are evaluated.
        self.inventory = evaluation = Evaluation(inventory)
        self._evaluate(hosts)
        evaluation.apply()

    def _evaluate(self, hosts: t.Mapping[str, Result]) -> None:
        """Add the hosts with their variables and groups."""
        strict = self.get_option("strict")
        for name, provider in hosts.items():
            self._add_host(name, provider)
            variables = self.inventory.get_host(name).get_vars()
            self._set_composite_vars(self.get_option("compose"), variables, name, strict)
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
            raise AnsibleParserError(f"The option `api_key` is invalid: its template fails: {problem}") from None
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


class Evaluation:
    """Hosts and groups of one source, before they are added to the inventory. Ansible calls it like the inventory."""

    def __init__(self, inventory: t.Any) -> None:
        self._inventory = inventory
        self._hosts: dict[str, t.Any] = {}
        self._variables: list[tuple[str, str, t.Any]] = []
        self._groups: dict[str, t.Any] = {}
        #: Each group with a host or group in it.
        self._members: list[tuple[str, str]] = []

    def get_host(self, name: str) -> t.Any:
        """Return the host of this source."""
        return self._hosts[name]

    def add_host(self, name: str, group: str | None = None) -> None:
        """Add a host, with what other sources say about it, and add it to the group."""
        if name not in self._hosts:
            self._hosts[name] = host = Host(name)
            known = self._inventory.hosts.get(name)
            if known is not None:
                host.vars, host.groups = dict(known.vars), list(known.groups)
        if group is not None:
            self.add_child(group, name)

    def set_variable(self, name: str, variable: str, value: t.Any) -> None:
        """Set a variable of a host."""
        self._hosts[name].set_variable(variable, value)
        self._variables.append((name, variable, value))

    def add_group(self, name: str) -> str:
        """Add a group and return the name that it gets."""
        group = Group(name)
        return str(self._groups.setdefault(group.name, group).name)

    def add_child(self, group: str, member: str) -> None:
        """Add a host or a group to the group."""
        if member in self._hosts and self._groups[group] not in self._hosts[member].groups:
            self._hosts[member].groups.append(self._groups[group])
        self._members.append((group, member))

    def apply(self) -> None:
        """Add everything to the inventory: the groups first, because their hierarchy may be invalid.

        :raises AnsibleError: the groups cannot be added. No host was added.
        """
        both = sorted(set(self._hosts) & {*self._groups, *self._inventory.groups})
        if both:
            raise AnsibleParserError(f"{', '.join(both)} would be both a host and a group. Set `hostname: id`.")
        for group in self._groups:
            self._inventory.add_group(group)
        for group, member in self._members:
            if member not in self._hosts:
                self._inventory.add_child(group, member)
        for name in self._hosts:
            self._inventory.add_host(name)
        for name, variable, value in self._variables:
            self._inventory.set_variable(name, variable, value)
        for group, member in self._members:
            if member in self._hosts:
                self._inventory.add_child(group, member)


def read_providers(parameters: t.Mapping[str, t.Any]) -> list[Result]:
    """Return all providers of the organization.

    :param parameters: the connection options.
    :raises AnsibleParserError: they cannot be read.
    """
    if REQUESTS_IMPORT_ERROR:
        raise AnsibleParserError(
            f"Failed to import the required Python library requests (2.28 or newer) with {sys.executable}, which runs"
            " Ansible. Install the library for this interpreter."
        )

    def look_up(client: Client) -> Outcome:
        found = api_providers.list_providers(client)
        return Outcome(results={"providers": [api_providers.to_result(provider) for provider in found]})

    result = task.perform(parameters, [parameters["api_key"]], look_up, Display().v)
    if result.failed:
        Display().vvv(result.values.get("exception", ""))
        hint = " Run with -vvv to see the traceback." if "exception" in result.values else ""
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
