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
