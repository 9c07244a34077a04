# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""Twilio providers: their fields, and how one is read (https://blackbox.dasha.ai/docs/api-reference/providers/get-provider)."""

from __future__ import annotations

import typing as t

from . import _absence, _arguments, _fields
from ._client import Answer, Client
from ._fields import Field

#: A provider has every field of :data:`FIELDS` but the secret ones.
Provider = _fields.ApiObject

FIELDS = (
    Field("id", "id", "str", required=True),
    Field("account_sid", "accountSid", "str", required=True, creatable=True, ignore_case=True),
    Field("name", "name", "str", creatable=True, updatable=True, longest=100),
    Field("auth_token", "authToken", "str", creatable=True, secret=True),
    Field("region", "region", "str", creatable=True, updatable=True, ignore_case=True),
    Field("supports_call_transfer", "supportsCallTransfer", "bool", creatable=True, updatable=True),
    Field("provider_type", "providerType", "str", required=True),
    Field("trunk_sid", "trunkSid", "str"),
    Field("termination_uri", "terminationUri", "str"),
    Field("phone_number_count", "phoneNumberCount", "int"),
    Field("verification_status", "verificationStatus", "str"),
    Field("last_verified_at", "lastVerifiedAt", "str"),
    Field("verification_details", "verificationDetails", "list"),
)
#: What may be wrong when a request is refused that has the service try credentials with Twilio. How it words their refusal is not documented.
HINTS_OF_CREDENTIALS = dict.fromkeys(
    (401, 403), "The API took the key just before, so it may be Twilio that refuses: check the Auth Token, and what the Twilio account lets it do."
)

UPDATABLE_FIELDS = tuple(field for field in FIELDS if field.updatable)


def read_provider(client: Client, provider_id: str) -> Provider:
    """Read a provider that has to be there.

    :raises BlackboxError: it is not there, or the answer is not that provider.
    """
    return parse(client.request("GET", f"/providers/{provider_id}"), provider_id)


def find_provider(client: Client, provider_id: str) -> Provider | None:
    """Read a provider; None when the service says that there is none.

    :raises BlackboxError: the answer is not that provider, or nothing that the API would say.
    """
    answer = _absence.find(client, f"/providers/{provider_id}")
    return None if answer is None else parse(answer, provider_id)


def is_of_another_type(answer: Answer, provider_id: str) -> bool:
    """Whether the answer is this provider, and of another type than Twilio's: then nothing more is known of it."""
    provider = answer.json_object()
    identifier, provider_type = provider.get("id"), provider.get("providerType")
    if not isinstance(identifier, str) or identifier.lower() != provider_id:
        return False
    return isinstance(provider_type, str) and provider_type.strip().lower() not in ("", "twilio")


def parse(answer: Answer, provider_id: str | None = None) -> Provider:
    """The provider in an answer, each of its fields of the type that the API documents.

    :param provider_id: which one it has to be; None for one that is new.
    :raises BlackboxError: it is not a Twilio provider, or another one.
    """
    provider = _fields.checked(answer, answer.json_object(), FIELDS)
    if not all(isinstance(check, dict) for check in provider["verificationDetails"] or ()):
        raise answer.unusable("verificationDetails holds something else than objects")
    if provider["providerType"] != "twilio":
        raise answer.unusable(f"the provider is of type {_fields.shown(provider['providerType'])}, not twilio")
    if provider_id is not None and provider["id"].lower() != provider_id:
        raise answer.unusable(f"the answer is another provider: {_fields.shown(provider['id'])}")
    if not _arguments.is_uuid(provider["id"]):
        raise answer.unusable("the id of the provider is not a UUID")
    return {**provider, "id": provider["id"].lower()}


def as_result(provider: Provider) -> dict[str, t.Any]:
    """The provider in snake_case, as modules return it; the free-form details of a verification check keep their own keys."""
    result = _fields.as_result(provider, FIELDS)
    if provider.get("verificationDetails") is not None:
        result["verification_details"] = [_fields.snake_case(check) for check in provider["verificationDetails"]]
    return result


def named(provider: Provider) -> str:
    """A provider in a message: its id, and its name where it has one."""
    return provider["id"] if provider["name"] is None else f"{provider['id']} ({_fields.shown(provider['name'])})"


def listed(providers: t.Sequence[Provider]) -> str:
    """Several providers in a message."""
    return ", ".join(map(named, providers))
