# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan of the module ``twilio_provider``.

Creation and deletion are imported where they are needed. A module runs without compiled bytecode, so each
import costs time, and most tasks neither create nor delete.
"""

from __future__ import annotations

import typing as t

from .._api import providers, values
from .._http.client import Client
from .._http.errors import BlackboxError
from .._plan.plan import Plan
from . import select, update


def plan(client: Client, parameters: t.Mapping[str, t.Any]) -> Plan:
    """Read the provider and plan the changes to the desired state.

    :raises BlackboxError: an option is invalid, or the provider cannot be read or not be changed this way.
    """
    return (_plan_present if parameters["state"] == "present" else _plan_absent)(client, parameters)


def _plan_present(client: Client, parameters: t.Mapping[str, t.Any]) -> Plan:
    desired = update.desired_provider(parameters)
    client.warnings += update.region_warnings(desired.settings)
    auth_token = values.auth_token(parameters["auth_token"])
    replace_token = parameters["update_auth_token"] == "always"
    # Ansible counts an explicit null as set, so check again.
    if replace_token and auth_token is None:
        raise BlackboxError(
            "The option `auth_token` is required if `update_auth_token` is always. Null counts as not set."
        )
    selector = desired.selector
    if selector.option == "id":
        provider = providers.read_provider(client, selector.value)
    else:
        listing = providers.list_all(client)
        found = select.at_most_one(selector, list(filter(selector.matches, listing.providers)))
        if found is None:
            if selector.option != "account_sid" or auth_token is None:
                needed = "`auth_token`" if selector.option == "account_sid" else "`account_sid` and `auth_token`"
                hint = f"{select.NOT_FOUND_HINT} To create one, also set {needed}."
                raise BlackboxError(f"No provider has the {selector}. {hint}")
            from .create import plan_create

            return plan_create(selector.value, auth_token, desired.settings, listing)
        provider = found
    return desired.plan(provider, auth_token if replace_token else None)


def _plan_absent(client: Client, parameters: t.Mapping[str, t.Any]) -> Plan:
    from .delete import ALREADY_ABSENT, plan_delete

    selector, *others = select.selectors(parameters)
    # Validate these options even though state=absent ignores them.
    update.desired_settings(parameters)
    values.auth_token(parameters["auth_token"])
    provider = select.select_optional(client, selector)
    return plan_delete(client, provider, others, force=parameters["force"]) if provider else ALREADY_ABSENT
