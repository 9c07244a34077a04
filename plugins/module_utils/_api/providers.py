# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Twilio providers (https://blackbox.dasha.ai/docs/api-reference/twilioprovider/get-twilio-provider).

The API documents no list of providers. But each provider owns a SIP credential, and the list of SIP
credentials names the providers, which are then read one by one. That list contains SIP passwords,
which are dropped here (https://blackbox.dasha.ai/docs/api-reference/sipcredentials/list-sip-credentials).

The endpoint for Twilio providers returns all fields; the generic one may lack some. So the generic one
only tells whether an ID belongs to a provider of another type
(https://blackbox.dasha.ai/docs/api-reference/providers/get-provider).
"""

from __future__ import annotations

import typing as t

from .._http.client import Client
from .._http.errors import BlackboxError
from .._http.parallel import DEFAULT_CONCURRENCY, for_each
from .._http.request import API_PREFIX
from .._http.response import Response
from . import fields, values
from .fields import ApiObject, Field

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
    "The API accepted the key for the previous request, so Twilio may have rejected this one. Check the Auth Token"
    " and the permissions of the Twilio account.",
)

#: Status codes of a response that may mean that the provider is of another type; none is documented.
_OTHER_TYPE_STATUSES = (400, 404, 409, 422)

#: Fields of a check in ``verificationDetails`` and in the result of a verification.
_CHECK_FIELDS = (
    Field("check_name", "checkName", "str"),
    Field("status", "status", "str"),
    Field("message", "message", "str"),
    Field("timestamp", "timestamp", "str"),
    Field("details", "details", "dict"),
)

_CREDENTIAL_FIELDS = (
    Field("id", "id", "str", required=True),
    Field("source", "source", "str", required=True),
    Field("provider_id", "providerId", "str"),
)


class Listing(t.NamedTuple):
    """Providers that own a SIP credential.

    :ivar ids: the IDs of all.
    :ivar providers: the Twilio providers, by name and ID.
    :ivar others: unchecked API objects of the other providers.
    """

    ids: list[str]
    providers: list[Provider]
    others: list[ApiObject]


def read_provider(client: Client, provider_id: str) -> Provider:
    """Read a provider that has to exist.

    :raises BlackboxError: it does not exist, or the response is not this provider.
    """
    return parse(client.get(_path(provider_id)), provider_id)


def find_provider(client: Client, provider_id: str) -> Provider | None:
    """Read a provider; return None if it does not exist.

    :raises BlackboxError: the response is not this provider, or its existence is unknown.
    """
    response = _find(client, provider_id)
    return None if response is None else parse(response, provider_id)


def list_providers(client: Client, concurrency: int = DEFAULT_CONCURRENCY) -> list[Provider]:
    """Return all Twilio providers of the organization, by name and ID.

    :raises BlackboxError: a provider cannot be read, or the list may be incomplete.
    """
    return list_all(client, concurrency).providers


def list_all(client: Client, concurrency: int = DEFAULT_CONCURRENCY) -> Listing:
    """Return all providers of the organization, also those of other types.

    :raises BlackboxError: a provider cannot be read, or the list may be incomplete.
    """
    return read_listed(client, list_ids(client), concurrency)


def read_listed(client: Client, ids: list[str], concurrency: int = DEFAULT_CONCURRENCY) -> Listing:
    """Read the providers with these IDs, which :func:`list_ids` returned.

    :raises BlackboxError: a provider is still listed but cannot be read.
    """
    responses = for_each(ids, lambda provider_id: _find(client, provider_id), concurrency)
    found = {provider_id: response for provider_id, response in zip(ids, responses) if response is not None}
    if len(found) < len(ids):
        _require_unlisted(client, [provider_id for provider_id in ids if provider_id not in found])
    others = [key for key, response in found.items() if _is_of_another_type(response, key)]
    providers = [parse(response, key) for key, response in found.items() if key not in others]
    providers.sort(key=lambda provider: (provider["name"] or "", provider["id"]))
    return Listing(ids, providers, [found[key].json_object() for key in others])


def list_ids(client: Client) -> list[str]:
    """Return the ID of each provider that owns a SIP credential.

    :raises BlackboxError: the list cannot be read, or a provider may be missing from it.
    """
    # Import here, because a provider that is selected by ID needs no list.
    from .paging import read_all

    credentials = read_all(client, "/sip-credentials", _parse_credential, gap=_find_credential_without_provider)
    # A credential that names a provider counts, even if a user created it according to its source.
    return list(
        dict.fromkeys(credential["providerId"].lower() for credential in credentials if credential["providerId"])
    )


def parse(response: Response, provider_id: str | None = None) -> Provider:
    """Return the provider in a response.

    :param provider_id: the expected ID; None for a new provider.
    :raises BlackboxError: it is not a Twilio provider, or another one.
    """
    provider = fields.parse(response, response.json_object(), FIELDS)
    if not all(isinstance(check, dict) for check in provider["verificationDetails"] or ()):
        raise response.unusable("verificationDetails contains a value that is not an object")
    if provider["providerType"] != "twilio":
        raise response.unusable(f"the provider is of type {fields.show(provider['providerType'])}, not twilio")
    if provider_id is not None and provider["id"].lower() != provider_id:
        raise response.unusable(f"the response is another provider: {fields.show(provider['id'])}")
    if not values.is_uuid(provider["id"]):
        raise response.unusable("the id of the provider is not a UUID")
    return {**provider, "id": provider["id"].lower()}


def to_result(provider: Provider) -> dict[str, t.Any]:
    """Return the provider in snake_case."""
    result = fields.to_result(provider, FIELDS)
    if provider.get("verificationDetails") is not None:
        result["verification_details"] = [check_to_result(check) for check in provider["verificationDetails"]]
    return result


def check_to_result(check: ApiObject) -> dict[str, t.Any]:
    """Return a verification check in snake_case; its free-form details keep their keys."""
    result = fields.to_result(check, _CHECK_FIELDS)
    # Secrets are recognized by the name of their field, so details without names are not returned.
    return result if isinstance(result.get("details"), dict) else {**result, "details": None}


def describe(*providers: Provider) -> str:
    """Return providers for a message: the ID of each, and its name if it has one."""
    return ", ".join(
        provider["id"] if provider["name"] is None else f"{provider['id']} ({fields.show(provider['name'])})"
        for provider in providers
    )


def _path(provider_id: str) -> str:
    return f"/providers/twilio/{provider_id}"


def _find(client: Client, provider_id: str) -> Response | None:
    """Read a provider of any type; return None if it does not exist.

    :raises BlackboxError: it cannot be read, or its existence is unknown.
    """
    try:
        return client.get(_path(provider_id))
    except BlackboxError as error:
        if error.status not in _OTHER_TYPE_STATUSES:
            raise
        refusal = error
    # Import here, because most providers exist.
    from . import existence

    response = existence.find(client, f"/providers/{provider_id}")
    if response is None and refusal.status == 404:
        return None
    if response is None or not _is_of_another_type(response, provider_id):
        found = "does not exist" if response is None else "exists"
        raise refusal.with_context(after=f"According to {API_PREFIX}/providers/{provider_id}, the provider {found}.")
    return response


def _parse_credential(response: Response, item: t.Any) -> ApiObject:
    """Return the ID, source and provider of a SIP credential, without its secrets."""
    credential = fields.parse(response, item, _CREDENTIAL_FIELDS)
    provider_id = credential["providerId"]
    if provider_id is not None and not values.is_uuid(provider_id):
        # It becomes part of a path. It is not shown, because this list contains secrets.
        raise response.unusable("the providerId of a SIP credential is not a UUID")
    return {field.api: credential[field.api] for field in _CREDENTIAL_FIELDS}


def _find_credential_without_provider(credentials: list[ApiObject]) -> str | None:
    for credential in credentials:
        if credential["source"] != "manual" and not credential["providerId"]:
            shown = fields.show(credential["id"])
            return f"the SIP credential {shown} belongs to a provider, but has no providerId"
    return None


def _require_unlisted(client: Client, missing: list[str]) -> None:
    """Return if the providers that no longer exist are no longer listed.

    :raises BlackboxError: a provider is listed but cannot be read.
    """
    listed = set(list_ids(client))
    for provider_id in missing:
        if provider_id in listed:
            raise BlackboxError(
                f"The provider {provider_id} has a SIP credential, but the API reports that the provider does not"
                " exist. The list of providers is therefore unreliable. Select providers by `id`, which needs no list."
            )


def _is_of_another_type(response: Response, provider_id: str) -> bool:
    """Return whether the response is this provider, and its type is not Twilio."""
    provider = response.json_object()
    identifier, provider_type = provider.get("id"), provider.get("providerType")
    if not isinstance(identifier, str) or identifier.lower() != provider_id:
        return False
    return isinstance(provider_type, str) and provider_type.strip().lower() not in ("", "twilio")
