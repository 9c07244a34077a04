# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches for what the documentation of the API leaves unknown or contradicts.

Uses only the standard library and supports Python 3.9, so that any test can import it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_type_hints


@dataclass(frozen=True)
class World:
    """Behavior of the service in one of the worlds that its documentation allows.

    E1 to E35 are the endpoints of the API reference. A lag of N means that the first N reads of each list or
    object after a write still show the state before that write.

    generic_read: E1 returns the Twilio fields, or not, as the page of E7 claims (documented contradiction).
    null_trunk: trunkSid and terminationUri are null (E1, E6 to E9: both are nullable, but not said when).
    default_region: Region of a provider that E6 creates without one, empty for null (unknown).
    credential_provider_id: E21 sets providerId on all credentials of providers, on every second one, or on none
        (inferred from a sample). The last two keep "source".
    number_provider_id: Phone numbers name their provider (E13, E15, E19, E20: inferred from the filter of E13).
    list_lag: Lag of lists (E13, E21, E27) after any write (unknown).
    object_lag: Lag of reads of one object (E1, E7, E15, E18, E28) after any write (unknown).
    removal_lag: Lag of E13 after the removal of a number by E12 (unknown).
    import_lag: Lag of E13 after an import by E11, which is only inferred to be synchronous.
    deletion_lag: Lag of all reads after the deletion of a provider by E2: 204 comes before the effect (unknown).
    take_bound, excess_take: Largest page, and whether a larger take is answered with 400 or clamped (E13, E21, E27:
        the bound is documented as 1000, the reaction is unknown). The contract still refuses more than 1000.
    list_order: Order of lists (E13, E21, E27: unknown).
    number_filter: Meaning of the filter phoneNumber of E13 (unknown).
    available_numbers: Shape of E10: bare array, envelope of E13, other field names, or names only (unknown).
    available_numbers_limit: Largest number of entries of E10, 0 for no limit (unknown; the default of Twilio is 50).
    available_numbers_imported: E10 includes imported numbers (unknown).
    not_found: Body of a 404 (unknown; inferred from the defaults of ASP.NET: JSON with traceId, or no body).
    validation_errors: Body of a 400: problem details, the form of ASP.NET with errors by property, or the same form
        with an empty key (unknown).
    name_storage: Normalization of a name when it is stored (E6, E8: unknown).
    region_storage: Normalization of a region when it is stored (E6, E8: unknown).
    id_case: Case of UUIDs in responses (unknown).
    number_type: JSON form of counts, as in 3 or 3.0 (unknown).
    number_storage: Form of stored phone numbers: with plus, or only digits (2.3: up to the SIP provider).
    put_response: Body of a successful E8 or E19: the new object, the old one, or no body (status code and moment
        unknown).
    success_status: Status code of successful responses with a body, 0 for 201 on creation and 200 otherwise (unknown).
    delete_response: Success of E2 and E12: 204, 200 without body, or 200 with the error object that the pages of DELETE
        show as their sample (documented sample).
    created_without_body: E6 answers without a body (unknown).
    second_provider: Status code of E6 for an account that has a provider, 201 if it is accepted (unknown).
    second_name: Status code of E6 and E8 for a name that another provider has, 200 if it is accepted (unknown).
    unlink_missing: Status code of E20 for a link that does not exist, 200 for success (unknown).
    twilio_refusal: Status code when Twilio refuses the credentials (E6, E9 to E11: unknown).
    import_failure: Status code of E11 when some or all numbers fail (unknown).
    outbound_use: Value for outbound calls in "uses" of E18 (unknown).
    interim_response: Status code of an interim response before each final one, 0 for none (HTTP allows it).
    clock_offset: Seconds by which the Date header of the service is ahead (unknown).
    rate_limit, rate_burst, rate_retry_after: Requests per second of a token bucket, 0 for no limit; its size; and
        whether its 429 has Retry-After (unknown).
    """

    generic_read: Literal["full", "reduced"] = "full"
    null_trunk: bool = False
    default_region: Literal["us1", ""] = "us1"
    credential_provider_id: Literal["always", "sometimes", "never"] = "always"
    number_provider_id: Literal["always", "never"] = "always"
    list_lag: int = 0
    object_lag: int = 0
    removal_lag: int = 0
    import_lag: int = 0
    deletion_lag: int = 0
    take_bound: int = 1000
    excess_take: Literal["refuse", "clamp"] = "refuse"
    list_order: Literal["oldest_first", "newest_first"] = "oldest_first"
    number_filter: Literal["part", "exact", "ignored"] = "part"
    available_numbers: Literal["bare", "envelope", "renamed", "unreadable"] = "bare"
    available_numbers_limit: int = 0
    available_numbers_imported: bool = True
    not_found: Literal["problem", "trace", "empty", "html"] = "problem"
    validation_errors: Literal["problem", "aspnet", "aspnet_empty_key"] = "problem"
    name_storage: Literal["exact", "trimmed", "nfc", "casefold"] = "exact"
    region_storage: Literal["exact", "upper"] = "exact"
    id_case: Literal["lower", "upper"] = "lower"
    number_type: Literal["integer", "float"] = "integer"
    number_storage: Literal["plus", "digits"] = "plus"
    put_response: Literal["new", "old", "empty"] = "new"
    success_status: Literal[0, 200, 201, 202] = 0
    delete_response: Literal["no_content", "empty", "sample"] = "no_content"
    created_without_body: bool = False
    second_provider: Literal[201, 400, 409] = 201
    second_name: Literal[200, 400, 409] = 200
    unlink_missing: Literal[200, 400, 404, 409] = 200
    twilio_refusal: Literal[400, 401, 403, 422] = 422
    import_failure: Literal[200, 207, 400, 422] = 200
    outbound_use: Literal["outbound", "replaceOutbound", "Outbound"] = "outbound"
    interim_response: Literal[0, 102, 103] = 0
    clock_offset: float = 0
    rate_limit: float = 0
    rate_burst: int = 10
    rate_retry_after: bool = True


DEFAULT_WORLD = World()
#: Schemas of types other than Literal. A schema for bool is needed, because bool is a subclass of int.
SCHEMAS: dict[Any, dict[str, Any]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer", "minimum": 0},
    float: {"type": "number"},
}


def build_schema() -> dict[str, Any]:
    """Return the JSON Schema of a document with switches."""
    hints = get_type_hints(World)
    properties = {
        field.name: SCHEMAS.get(hints[field.name]) or {"enum": list(get_args(hints[field.name]))}
        for field in fields(World)
    }
    return {"type": "object", "additionalProperties": False, "properties": properties}
