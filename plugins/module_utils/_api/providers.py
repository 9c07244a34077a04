# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Twilio providers (https://blackbox.dasha.ai/docs/api-reference/providers/get-provider).

The API documents no list of providers. But each provider owns a SIP credential, and the list of SIP
credentials names the providers, which are then read one by one. That list contains SIP passwords,
which are dropped here (https://blackbox.dasha.ai/docs/api-reference/sipcredentials/list-sip-credentials).
"""

from __future__ import annotations

import typing as t

from .._http.client import Client
from .._http.errors import BlackboxError
from .._http.parallel import DEFAULT_CONCURRENCY, for_each
from .._http.response import Response
from . import existence, fields, values
from .fields import ApiObject, Field
from .paging import read_all

#: An API object with every field of :data:`FIELDS`, except the secret ones.
Provider = ApiObject

FIELDS = (
    Field("id", "id", "str", required=True),
    Field("account_sid", "accountSid", "str", required=True, creatable=True, ignore_case=True),
    Field("name", "name", "str", creatable=True, updatable=True, max_length=100),
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
UPDATABLE_FIELDS = tuple(field for field in FIELDS if field.updatable)

#: Advice for error responses to requests with Twilio credentials; the API documents no status code for these.
CREDENTIAL_HINTS = dict.fromkeys(
    (401, 403),
    "The API took the key just before, so it may be Twilio that refuses: check the Auth Token, and what the Twilio"
    " account lets it do.",
)

_CREDENTIAL_FIELDS = (
    Field("id", "id", "str", required=True),
    Field("source", "source", "str", required=True),
    Field("provider_id", "providerId", "str"),
)


def read_provider(client: Client, provider_id: str) -> Provider:
    """Read a provider that has to exist.

    :raises BlackboxError: it doesn't exist, or the response is not this provider.
    """
    return parse(client.get(_path(provider_id)), provider_id)


def find_provider(client: Client, provider_id: str) -> Provider | None:
    """Read a provider; return None if it doesn't exist.

    :raises BlackboxError: the response is not this provider, or its existence is unknown.
    """
    response = existence.find(client, _path(provider_id))
    return None if response is None else parse(response, provider_id)


def list_providers(client: Client, concurrency: int = DEFAULT_CONCURRENCY) -> list[Provider]:
    """Return all Twilio providers of the organization, by name and ID.

    :raises BlackboxError: a provider can't be read, or the list may be incomplete.
    """
    ids = _list_ids(client)
    responses = for_each(ids, lambda provider_id: existence.find(client, _path(provider_id)), concurrency)
    found = {provider_id: response for provider_id, response in zip(ids, responses) if response is not None}
    if len(found) < len(ids):
        _require_unlisted(client, [provider_id for provider_id in ids if provider_id not in found])
    providers = [
        parse(response, provider_id)
        for provider_id, response in found.items()
        if not _is_of_another_type(response, provider_id)
    ]
    return sorted(providers, key=lambda provider: (provider["name"] or "", provider["id"]))


def parse(response: Response, provider_id: str | None = None) -> Provider:
    """Return the provider in a response.

    :param provider_id: the expected ID; None for a new provider.
    :raises BlackboxError: it is not a Twilio provider, or another one.
    """
    provider = fields.parse(response, response.json_object(), FIELDS)
    if not all(isinstance(check, dict) for check in provider["verificationDetails"] or ()):
        raise response.unusable("verificationDetails holds something else than objects")
    if provider["providerType"] != "twilio":
        raise response.unusable(f"the provider is of type {fields.show(provider['providerType'])}, not twilio")
    if provider_id is not None and provider["id"].lower() != provider_id:
        raise response.unusable(f"the answer is another provider: {fields.show(provider['id'])}")
    if not values.is_uuid(provider["id"]):
        raise response.unusable("the id of the provider is not a UUID")
    return {**provider, "id": provider["id"].lower()}


def to_result(provider: Provider) -> dict[str, t.Any]:
    """Return the provider in snake_case; the free-form details of a verification check keep their keys."""
    result = fields.to_result(provider, FIELDS)
    if provider.get("verificationDetails") is not None:
        result["verification_details"] = [fields.snake_case(check) for check in provider["verificationDetails"]]
    return result


def describe(*providers: Provider) -> str:
    """Return providers for a message: the ID of each, and its name if it has one."""
    return ", ".join(
        provider["id"] if provider["name"] is None else f"{provider['id']} ({fields.show(provider['name'])})"
        for provider in providers
    )


def _path(provider_id: str) -> str:
    return f"/providers/{provider_id}"


def _list_ids(client: Client) -> list[str]:
    """Return the ID of each provider that owns a SIP credential.

    :raises BlackboxError: the list can't be read, or a provider may be missing from it.
    """
    credentials = read_all(client, "/sip-credentials", _parse_credential, gap=_find_credential_without_provider)
    return list(
        dict.fromkeys(credential["providerId"].lower() for credential in credentials if _is_managed(credential))
    )


def _parse_credential(response: Response, item: t.Any) -> ApiObject:
    """Return the ID, source and provider of a SIP credential, without its secrets."""
    credential = fields.parse(response, item, _CREDENTIAL_FIELDS)
    provider_id = credential["providerId"]
    if provider_id is not None and not values.is_uuid(provider_id):
        # It becomes part of a path. It is not shown, because this list contains secrets.
        raise response.unusable("the providerId of a SIP credential is not a UUID")
    return {field.api: credential[field.api] for field in _CREDENTIAL_FIELDS}


def _is_managed(credential: ApiObject) -> bool:
    """Return whether a provider integration created the SIP credential."""
    return bool(credential["source"] != "manual")


def _find_credential_without_provider(credentials: list[ApiObject]) -> str | None:
    for credential in credentials:
        if _is_managed(credential) and not credential["providerId"]:
            shown = fields.show(credential["id"])
            return f"the SIP credential {shown} was made by a provider that it does not name"
    return None


def _require_unlisted(client: Client, missing: list[str]) -> None:
    """Return if the providers that no longer exist are no longer listed.

    :raises BlackboxError: a provider is listed but can't be read.
    """
    listed = set(_list_ids(client))
    for provider_id in missing:
        if provider_id in listed:
            raise BlackboxError(
                f"The provider {provider_id} has a SIP credential, but the API says that there is no such provider."
                " So it is not known which providers there are. Select by id, which needs no list."
            )


def _is_of_another_type(response: Response, provider_id: str) -> bool:
    """Return whether the response is this provider, and its type is not Twilio."""
    provider = response.json_object()
    identifier, provider_type = provider.get("id"), provider.get("providerType")
    if not isinstance(identifier, str) or identifier.lower() != provider_id:
        return False
    return isinstance(provider_type, str) and provider_type.strip().lower() not in ("", "twilio")
