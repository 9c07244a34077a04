# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""What ``state`` says of one provider: that it is there and has what is wished, or that it is not there. The results are those of the module."""

from __future__ import annotations

import typing as t

from . import _arguments, _auth_token, _provider_creation, _provider_deletion, _provider_selection, _provider_update, _providers
from ._client import Client
from ._errors import BlackboxError
from ._provider_selection import Selector


def present(client: Client, parameters: t.Mapping[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    wish = _provider_update.wish(parameters)
    auth_token = _arguments.auth_token(parameters["auth_token"])
    # To Ansible an option that is given as null is given.
    if parameters["update_auth_token"] == "always" and auth_token is None:
        raise BlackboxError("With update_auth_token: always the option auth_token is needed; null counts as not given.")
    if wish.selector.option == "id":
        provider = _providers.read_provider(client, wish.selector.value)
    else:
        found = _provider_selection.select_one(client, wish.selector)
        if found is None:
            return _create(client, wish.selector, auth_token, wish.desired, check_mode)
        provider = found
    new_auth_token = auth_token if parameters["update_auth_token"] == "always" else None
    return _update(client, wish.plan(provider), new_auth_token, check_mode)


def _create(client: Client, selector: Selector, auth_token: str | None, desired: t.Mapping[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    if selector.option != "account_sid" or auth_token is None:
        needed = "auth_token" if selector.option == "account_sid" else "account_sid and auth_token"
        raise BlackboxError(f"No provider has the {selector}. {_provider_selection.ELSEWHERE} To create one, give {needed}, too.")
    creation = _provider_creation.Creation(selector.value, auth_token, desired)
    provider = creation.predicted if check_mode else _provider_creation.create(client, creation)
    return {"changed": True, "provider": _providers.as_result(provider), "changed_fields": creation.changed_fields, "diff": creation.diff}


def _update(client: Client, plan: _provider_update.Plan, new_auth_token: str | None, check_mode: bool) -> dict[str, t.Any]:
    provider = plan.predicted
    if not check_mode:
        # The token first: where it is refused, nothing else is written.
        if new_auth_token is not None:
            provider = _auth_token.replace(client, plan.current, new_auth_token)
        if plan.changes:
            try:
                provider = _provider_update.apply_update(client, plan)
            except BlackboxError as error:
                if new_auth_token is not None:
                    error.changed = True
                    error.message += " The Auth Token was replaced before that."
                raise
    changed = {*plan.changed_fields, *(["auth_token"] if new_auth_token is not None else [])}
    return {
        "changed": bool(changed),
        "provider": _providers.as_result(provider),
        "changed_fields": [field.option for field in _providers.FIELDS if field.option in changed],
        "diff": plan.diff,
    }


def absent(client: Client, parameters: t.Mapping[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    selector, *others = _provider_selection.identifying(parameters)
    # What makes no difference here has to be right all the same.
    _provider_update.desired_values(parameters)
    _arguments.auth_token(parameters["auth_token"])
    provider = _provider_selection.select_one(client, selector)
    if provider is None:
        return {"changed": False, "provider": {}, "changed_fields": [], "diff": {"before": {}, "after": {}}}
    for other in others:
        if not other.selects(provider):
            raise BlackboxError(f"The provider {_providers.named(provider)} is not deleted, because it does not have the {other}.")
    if not parameters["force"]:
        _provider_deletion.require_no_numbers(client, provider)
    changed = check_mode or _provider_deletion.delete(client, provider)
    return {"changed": changed, "provider": {}, "changed_fields": [], "diff": _provider_deletion.diff(provider)}


STATES = {"present": present, "absent": absent}
