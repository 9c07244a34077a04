# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""Twilio providers: their fields, and read, plan and apply for the fields that can be updated.

A provider is a dict with the API's own names (TwilioProvider of
https://blackbox.dasha.ai/docs/api-reference/providers/get-provider): every field of :data:`FIELDS`, null where the API left it out, and
whatever else the API sent. :func:`as_result` turns it into what modules return.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict

from . import _arguments
from ._client import API_PREFIX, Answer, Client, json_kind
from ._errors import BlackboxError

Provider = dict[str, t.Any]

_API_NAME = re.compile(r"[a-z][A-Za-z]*")


@dataclass(frozen=True)
class Field:
    """A field of a provider: its name in options and results, its name in the API, and what is done with it.

    :param kind: its type as an argument spec names it.
    :param required: whether the API never leaves it out and never sets it to null.
    :param updatable: whether an update can change it; the other fields are the service's own.
    :param longest: how many characters an update may give it.
    :param ignore_case: whether two values that differ in case only count as equal.
    """

    option: str
    api: str
    kind: str
    required: bool = False
    updatable: bool = False
    longest: int | None = None
    ignore_case: bool = False

    def same(self, one: t.Any, other: t.Any) -> bool:
        if self.ignore_case and isinstance(one, str) and isinstance(other, str):
            return one.lower() == other.lower()
        return bool(one == other)


FIELDS = (
    Field("id", "id", "str", required=True),
    Field("name", "name", "str", updatable=True, longest=100),
    Field("provider_type", "providerType", "str", required=True),
    Field("account_sid", "accountSid", "str", required=True),
    Field("region", "region", "str", updatable=True, ignore_case=True),
    Field("supports_call_transfer", "supportsCallTransfer", "bool", updatable=True),
    Field("trunk_sid", "trunkSid", "str"),
    Field("termination_uri", "terminationUri", "str"),
    Field("phone_number_count", "phoneNumberCount", "int"),
    Field("verification_status", "verificationStatus", "str"),
    Field("last_verified_at", "lastVerifiedAt", "str"),
    Field("verification_details", "verificationDetails", "list"),
)
UPDATABLE_FIELDS = tuple(field for field in FIELDS if field.updatable)
_DOCUMENTED = frozenset(field.api for field in FIELDS)

#: For each kind of an argument spec: the type of a JSON value, and what a message calls it.
_KINDS: dict[str, tuple[type, str]] = {"str": (str, "a string"), "bool": (bool, "true or false"), "int": (int, "an integer"), "list": (list, "an array")}


@dataclass(frozen=True)
class Plan:
    """What an update has to do.

    :param current: the provider as it is.
    :param desired: the values of the managed fields, by API name; a field that is not there is not managed.
    """

    current: Provider
    desired: t.Mapping[str, t.Any]

    @property
    def changes(self) -> dict[str, t.Any]:
        """The desired values that differ from the current ones: exactly what an update sends."""
        return self.missing_from(self.current)

    @property
    def changed_fields(self) -> list[str]:
        return [field.option for field in UPDATABLE_FIELDS if field.api in self.changes]

    @property
    def predicted(self) -> Provider:
        """The provider as it will be, as far as anybody but the service can know."""
        return {**self.current, **self.changes}

    @property
    def diff(self) -> dict[str, t.Any]:
        """The managed fields before and after, as ``--diff`` shows them."""
        header = f"twilio_provider {self.current['id']}"
        managed = [field for field in UPDATABLE_FIELDS if field.api in self.desired]
        return {
            "before_header": header,
            "after_header": header,
            "before": {field.option: self.current[field.api] for field in managed},
            "after": {field.option: self.predicted[field.api] for field in managed},
        }

    def changes_anything(self, stored: Provider) -> bool:
        """Whether, of the fields to change, ``stored`` has any otherwise than the provider had it."""
        return any(stored[api] != self.current[api] for api in self.changes)

    def missing_from(self, provider: Provider) -> dict[str, t.Any]:
        """The desired values that ``provider`` does not have."""
        return {
            field.api: self.desired[field.api]
            for field in UPDATABLE_FIELDS
            if field.api in self.desired and not field.same(provider[field.api], self.desired[field.api])
        }


def update_argument_spec() -> dict[str, dict[str, t.Any]]:
    """The options that say how a provider should be."""
    return {field.option: {"type": field.kind} for field in UPDATABLE_FIELDS}


def desired_values(parameters: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What the options say about the updatable fields, by API name; an option that was not given is not managed.

    :raises BlackboxError: an option holds what no provider can have.
    """
    desired = {}
    for field in UPDATABLE_FIELDS:
        value = parameters[field.option]
        if field.kind == "str":
            value = _arguments.text(field.option, value, field.longest)
        if value is not None:
            desired[field.api] = value
    return desired


def find_provider(client: Client, provider_id: str) -> Provider | None:
    """Read a provider; None when the service says that there is none.

    :raises BlackboxError: the answer is not that provider, or nothing that the API would say.
    """
    try:
        answer = client.request("GET", f"/providers/{provider_id}")
    except BlackboxError as error:
        if error.status != 404:
            raise
        if error.problem is None:
            _confirm_api(client, error)
        return None
    return _parse(answer, provider_id)


def read_provider(client: Client, provider_id: str) -> Provider:
    """Read a provider that has to be there.

    :raises BlackboxError: it is not there, or the answer is not that provider.
    """
    return _parse(client.request("GET", f"/providers/{provider_id}"), provider_id)


def apply_update(client: Client, plan: Plan) -> Provider:
    """Send the changes of a plan that has some, and return the provider as it is stored then.

    One PUT; one GET more only when its answer is lost or is not the provider with these changes.

    :raises BlackboxError: the service refused, or it did not store what was asked for.
    """
    provider_id = plan.current["id"]
    path = f"/providers/twilio/{provider_id}"
    try:
        answer = client.request("PUT", path, body=plan.changes)
        status, attempts = answer.status, answer.attempts
        stored = _parse(answer, provider_id)
    except BlackboxError as error:
        if error.accepted:
            status, attempts, stored = error.status or 0, error.attempts, None
        elif error.uncertain:
            return _settle(client, plan, error)
        else:
            raise
    try:
        if stored is None or plan.missing_from(stored):
            stored = read_provider(client, provider_id)
    except BlackboxError as error:
        error.message = f"PUT {API_PREFIX}{path} was accepted, but what was stored is not known. {error.message}"
        error.changed = True
        raise
    if plan.missing_from(stored):
        message = f"PUT {API_PREFIX}{path} was accepted, but {_not_stored(plan, stored)}"
        failure = BlackboxError(message, method="PUT", path=API_PREFIX + path, status=status, attempts=attempts)
        failure.changed = True
        raise failure
    return stored


def _settle(client: Client, plan: Plan, failure: BlackboxError) -> Provider:
    """Find out what became of an update that may have taken effect although it failed, and return the provider if it did.

    :raises BlackboxError: ``failure``, with what is known now.
    """
    try:
        stored = read_provider(client, plan.current["id"])
    except BlackboxError:
        failure.changed = True
        failure.message += " Whether it was stored is not known: the provider could not be read afterwards."
        raise failure from None
    if not plan.missing_from(stored):
        return stored
    failure.changed = plan.changes_anything(stored)
    if failure.changed:
        failure.message += f" Read afterwards: {_not_stored(plan, stored)}"
    else:
        failure.message += " Read afterwards, the provider does not have the change; an update that is still under way may yet bring it."
    raise failure


def as_result(provider: Provider) -> dict[str, t.Any]:
    """The provider in snake_case, as modules return it; the free-form details of a verification check keep their own keys."""
    result = {field.option: provider[field.api] for field in FIELDS}
    if provider["verificationDetails"] is not None:
        result["verification_details"] = [_snake_case(check) for check in provider["verificationDetails"]]
    others = _snake_case({api: value for api, value in provider.items() if api not in _DOCUMENTED})
    # A field that is not documented never takes the place of one that is.
    return {**others, **result}


def _snake_case(api_object: dict[str, t.Any]) -> dict[str, t.Any]:
    """The object with its own keys in snake_case, the values as they are."""
    # Other names stay as they are: in snake_case a secret would not be known for one any more.
    other = {name: value for name, value in api_object.items() if not _API_NAME.fullmatch(name)}
    named = {name: value for name, value in api_object.items() if name not in other}
    return {**camel_dict_to_snake_dict(named, ignore_list=tuple(named)), **other}


def _parse(answer: Answer, provider_id: str) -> Provider:
    """The provider in an answer, each of its fields of the type that the API documents.

    :raises BlackboxError: it is not a Twilio provider, or not the one with this id.
    """
    payload = answer.json_object()
    for field in FIELDS:
        value = payload.get(field.api)
        if value is None and field.required:
            raise answer.unusable(f"the answer has no {field.api}")
        if value is not None and not _is_of_kind(value, field.kind):
            raise answer.unusable(f"{field.api} is {json_kind(value)}, where the API documents {_KINDS[field.kind][1]}")
    if not all(isinstance(check, dict) for check in payload.get("verificationDetails") or ()):
        raise answer.unusable("verificationDetails holds something else than objects")
    if payload["providerType"] != "twilio":
        raise answer.unusable(f"the provider is of type {_shown(payload['providerType'])}, not twilio")
    if payload["id"].lower() != provider_id:
        raise answer.unusable(f"the answer is another provider: {_shown(payload['id'])}")
    return {**{field.api: None for field in FIELDS}, **payload, "id": provider_id}


def _shown(value: t.Any) -> str:
    """A value of the API in a message. A long one is not shown in part: half a secret would not be known for one."""
    shown = repr(value)
    return shown if len(shown) <= 200 else f"something of {len(shown)} characters"


def _is_of_kind(value: t.Any, kind: str) -> bool:
    # To Python true and false are integers too.
    return isinstance(value, _KINDS[kind][0]) and isinstance(value, bool) is (kind == "bool")


def _not_stored(plan: Plan, stored: Provider) -> str:
    """Which fields the service stored otherwise than asked for, and what to do where it will always do so."""
    missing = [field for field in UPDATABLE_FIELDS if field.api in plan.missing_from(stored)]
    listed = [f"{field.option} is {_shown(stored[field.api])}, not {plan.desired[field.api]!r} as asked for" for field in missing]
    message = f"{'; '.join(listed)}."
    for field in missing:
        value, wanted = stored[field.api], plan.desired[field.api]
        # The advice would be refused where the service put blanks around a value.
        if isinstance(value, str) and value == value.strip() and _folded(value) == _folded(wanted):
            message += f" The service changes case or blanks. Declare {field.option}: {value!r} to match it."
    return message


def _folded(value: str) -> str:
    return "".join(value.split()).casefold()


def _confirm_api(client: Client, not_found: BlackboxError) -> None:
    """Raise unless it is the API that said 404: a wrong api_url or a proxy says it too, and then nothing is known.

    The first page of the SIP credentials is there in every organisation.
    """
    try:
        envelope = client.request("GET", "/sip-credentials", query={"take": 1}).json_object()
    except BlackboxError as error:
        # Where it is the API that refuses, its words say more than a page that was not found.
        raise (error if error.problem else not_found) from None
    if not isinstance(envelope.get("items"), list) or not _is_of_kind(envelope.get("totalCount"), "int"):
        raise not_found
