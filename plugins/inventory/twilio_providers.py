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
      - The name of this plugin. It marks the file as an inventory source of this plugin.
    type: str
    required: true
    choices: [dasha.blackbox.twilio_providers]
  hostname:
    description:
      - The source of the host names.
      - With V(name), a host is named after its provider. The name is converted to lowercase, each
        sequence of characters other than letters and digits is replaced by a hyphen, and the result
        is truncated to 63 characters. If several providers get the same host name, C(-) and the
        first block of the ID are appended to each.
      - With V(name), the ID is used if the provider has no name or if its host name cannot be used.
        This is the case for V(localhost), for a name that looks like an ID, and for the name of a
        group or of another host in the inventory.
      - With V(id), a host is named after the ID of its provider, which never changes. Use it if
        hosts must keep their identity, for example for the job history in AWX.
      - With V(account_sid), a host is named after the SID of its Twilio account. If several
        providers have the same account, C(-) and the first block of the ID are appended to each.
    type: str
    default: name
    choices: [name, id, account_sid]
  local:
    description:
      - Whether tasks for the hosts run on the controller with the Python interpreter of Ansible. A
        provider is not a machine, so tasks cannot run on it.
      - If V(false), C(ansible_connection) and C(ansible_python_interpreter) are not set.
    type: bool
    default: true
  filters:
    description:
      - Conditions for the providers that become hosts. A provider must match all given filters.
      - Filters do not change the names of the hosts.
    type: dict
    default: {}
    suboptions:
      region:
        description:
          - The provider is in one of these Twilio regions. Regions that differ only in case are
            equal.
        type: list
        elements: str
      verification_status:
        description:
          - The last verification of the provider had one of these results, for example V(failed).
        type: list
        elements: str
      supports_call_transfer:
        description:
          - Whether calls of the provider can be transferred.
        type: bool
notes:
  - The API has no documented list of providers. The plugin gets the IDs of the providers from the
    list of SIP credentials and then reads each provider. This takes one request for each provider
    and one for each 1000 SIP credentials.
  - Hosts are created only if the list is complete. If the list is inconsistent, the plugin reads it
    once more. If it is still inconsistent, the plugin fails.
  - Ansible only warns about an inventory source that fails. Set
    E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) to V(true) to make it an error.
  - The cache is separate for each source file, O(api_url), and O(api_key). It holds all providers
    regardless of O(filters). It never holds the API key.
  - Unknown options are rejected.
seealso:
  - module: dasha.blackbox.twilio_provider
  - module: dasha.blackbox.twilio_provider_info
"""

EXAMPLES = r"""
# Only the first option is required. Environment variables can set the API key and URL.
plugin: dasha.blackbox.twilio_providers
# Use an API key from a vault
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
import contextlib
import hashlib
import json
import re
import sys
import traceback
import typing as t
import unicodedata

from ansible import constants
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.display import Display

try:
    from ansible.template import trust_as_template as trusted
except ImportError:
    # Up to ansible-core 2.18 every string is a template unless it is marked as none.
    from ansible.utils.unsafe_proxy import wrap_var as untrusted

    def trusted(value: t.Any) -> t.Any:
        return value
else:
    # From ansible-core 2.19 on no string is a template unless it is marked as one.
    def untrusted(value: t.Any) -> t.Any:
        return value


from ..module_utils import _arguments, _provider_selection, _providers
from ..module_utils._client import VERSION, Client
from ..module_utils._errors import BlackboxError, scrub, withhold
from ..module_utils._transport import REQUESTS_IMPORT_ERROR, Connection

#: A provider under the names of results.
Result = dict[str, t.Any]

#: As many characters as a part of a host name has in DNS.
LONGEST_NAME = 63

#: The options that are taken as modules take theirs. Ansible's own loader takes a blank variable for a value and "ture" for false, and it
#: does not look into suboptions. The key may be encrypted, so it is left as it is; without one it is refused later, in better words.
CHECKED_OPTIONS: dict[str, dict[str, t.Any]] = {
    **_arguments.api_argument_spec(),
    "api_key": {"type": "raw", "default": "", "fallback": _arguments.api_argument_spec()["api_key"]["fallback"]},
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
    """The one boundary between the collection and Ansible's inventory."""

    NAME = "dasha.blackbox.twilio_providers"

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(("blackbox.yml", "blackbox.yaml"))

    def set_options(self, task_keys: t.Any = None, var_options: t.Any = None, direct: t.Mapping[str, t.Any] | None = None) -> None:
        """Check what Ansible does not: what a typo would change without a word."""
        given = {option: value for option, value in (direct or {}).items() if value is not None}
        unknown = sorted(set(given) - set(self.option_definitions))
        if unknown:
            raise AnsibleParserError(f"The source sets {', '.join(unknown)}, which {self.NAME} has no option for.")
        checked = ArgumentSpecValidator(CHECKED_OPTIONS).validate({option: value for option, value in given.items() if option in CHECKED_OPTIONS})
        if checked.error_messages:
            raise AnsibleParserError("; ".join(checked.error_messages))
        super().set_options(task_keys, var_options, {**given, **checked.validated_parameters})
        # It has no default, and for want of a value Ansible looks for the variable again.
        self._options["ca_path"] = checked.validated_parameters["ca_path"]

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        providers = self._read_providers(path, cache)
        names = self._host_names(providers)
        hosts = {names[provider["id"]]: provider for provider in providers if passes(provider, self.get_option("filters"))}
        strict = self.get_option("strict")
        for name, provider in hosts.items():
            self._add_host(name, provider)
            self._set_composite_vars(self.get_option("compose"), self.inventory.get_host(name).get_vars(), name, strict)
        # Groups last: Ansible would take the name of a host that is the name of a group too for the group.
        for name in hosts:
            self._add_host_to_composed_groups(self.get_option("groups"), {}, name, strict)
        for name in hosts:
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), {}, name, strict)

    def _read_providers(self, path: str, use_cache: bool) -> list[Result]:
        """The providers, from the cache where there is one and it may be used."""
        api_key = self._api_key()
        with failing_in_words(api_key):
            connection = _arguments.connection({**{option: self.get_option(option) for option in _arguments.api_argument_spec()}, "api_key": api_key})
        if not self.get_option("cache"):
            return read_providers(connection)
        entry = f"{self.get_cache_key(path)}_{fingerprint(connection)}"
        if not use_cache or entry not in self._cache:
            # As text: to some cache plugins some keys of mappings mean something.
            self._cache[entry] = {"providers": json.dumps(read_providers(connection))}
        return t.cast("list[Result]", json.loads(self._cache[entry]["providers"]))

    def _api_key(self) -> str:
        """The key, which may be a template: who writes the source or sets the variable may use any lookup."""
        given = self.get_option("api_key")
        self.templar.available_variables = self._vars
        try:
            value = self.templar.template(trusted(given))
        except AnsibleError as error:
            # Quoted by Ansible, it may be a key that only looks like a template.
            raise AnsibleParserError(f"The option api_key is refused: its template fails: {scrub(str(error), [given])}") from None
        return "" if value is None else str(value)

    def _host_names(self, providers: t.Sequence[Result]) -> dict[str, str]:
        """The name of each provider's host, by the id of the provider. No two have the same."""
        names = {provider["id"]: host_name(provider, self.get_option("hostname")) for provider in providers}
        names.update({provider_id: f"{names[provider_id]}-{provider_id[:8]}" for provider_id in clashing(names)})
        unusable = clashing(names) | {provider_id for provider_id, name in names.items() if self._is_taken(name, provider_id)}
        return {**names, **{provider_id: provider_id for provider_id in unusable}}

    def _is_taken(self, name: str, provider_id: str) -> bool:
        """Whether the inventory has something else of this name, or will have."""
        host = self.inventory.hosts.get(name)
        groups = [*self.inventory.groups, *map(self._sanitize_group_name, self.get_option("groups"))]
        return name in constants.LOCALHOST or name in groups or (host is not None and host.vars.get("blackbox_provider_id") != provider_id)

    def _add_host(self, name: str, provider: Result) -> None:
        variables = {"blackbox_provider": untrusted(provider), "blackbox_provider_id": untrusted(provider["id"])}
        if self.get_option("local"):
            variables.update({"ansible_connection": trusted("local"), "ansible_python_interpreter": trusted("{{ ansible_playbook_python }}")})
        self.inventory.add_host(name)
        for variable, value in variables.items():
            self.inventory.set_variable(name, variable, value)


def read_providers(connection: Connection) -> list[Result]:
    """All providers of the organization."""
    if REQUESTS_IMPORT_ERROR:
        raise AnsibleParserError(f"The Python library requests, 2.28 or newer, cannot be imported by {sys.executable}, which runs Ansible. Install it there.")
    with failing_in_words(connection.api_key), Client(connection) as client:
        providers = [_providers.as_result(provider) for provider in _provider_selection.discover(client)]
        return t.cast("list[Result]", scrub(withhold(providers), [connection.api_key]))


@contextlib.contextmanager
def failing_in_words(api_key: str) -> t.Iterator[None]:
    """Turn what is raised into what Ansible shows, without the key, and without the texts of the libraries."""
    secrets = [api_key.strip()]
    try:
        yield
    except BlackboxError as error:
        raise AnsibleParserError(scrub(error.message, secrets)) from None
    except Exception as error:  # noqa: BLE001  # a bug of ours, whatever it is: left to Ansible, its text would be shown as it is
        Display().vvv(scrub(traceback.format_exc(), secrets))
        raise AnsibleParserError(f"Unexpected {type(error).__name__}; this is a bug in dasha.blackbox, and -vvv shows where.") from None


def fingerprint(connection: Connection) -> str:
    """What tells the cached providers of one organization from those of another; far too little of a hash to find a key by."""
    return hashlib.sha256(f"{VERSION} {connection.api_url} {connection.api_key}".encode()).hexdigest()[:8]


def host_name(provider: Result, option: str) -> str:
    """What the host is called where nothing else is; the id where the option leads to no name."""
    name = ""
    if option == "account_sid":
        with contextlib.suppress(BlackboxError):
            name = _arguments.account_sid(provider["account_sid"]) or ""
    elif option == "name":
        # Letters that are shown alike become the same ones.
        words = unicodedata.normalize("NFKC", provider["name"] or "").lower()
        name = re.sub(r"[\W_]+", "-", words).strip("-")[:LONGEST_NAME].strip("-")
    return name if name and not _arguments.is_uuid(name) else str(provider["id"])


def clashing(names: t.Mapping[str, str]) -> set[str]:
    """The keys whose value another key has too."""
    times = collections.Counter(names.values())
    return {key for key, name in names.items() if times[name] > 1}


def passes(provider: Result, filters: t.Mapping[str, t.Any]) -> bool:
    """Whether the provider has one of the values of each filter that is given."""
    for field in _providers.FIELDS:
        accepted = filters.get(field.option)
        if accepted is not None and not any(field.same(provider[field.option], value) for value in (accepted if isinstance(accepted, list) else [accepted])):
            return False
    return True
