# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract, openapi.yaml: which operation a request means, and what is wrong with the request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import yaml
from jsonschema_path import SchemaPath
from openapi_core import Config, OpenAPI
from openapi_core.casting.schemas import oas31_types_caster
from openapi_core.casting.schemas.factories import SchemaCastersFactory
from openapi_core.datatypes import RequestParameters
from openapi_core.unmarshalling.schemas import oas31_format_unmarshallers, oas31_types_unmarshaller
from openapi_core.unmarshalling.schemas.factories import SchemaUnmarshallersFactory
from openapi_core.validation.request.exceptions import (
    MissingParameterError,
    MissingRequestBodyError,
    ParameterValidationError,
)
from openapi_core.validation.schemas import oas31_schema_validators_factory
from openapi_core.validation.schemas.factories import DialectSchemaValidatorsFactory
from openapi_core.validation.schemas.validators import SchemaValidator
from starlette.requests import Request

from .answers import Problem
from .files import HERE
from .violations import WHOLE, by_field

METHODS = ("get", "put", "post", "patch", "delete")
# More than the places of the document that requests lead to, so that openapi-core finds its way to each of them only once.
REMEMBERED_PLACES = 10_000


@dataclass(frozen=True)
class Call:
    """A request as the contract understands it."""

    operation_id: str
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    violations: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass
class MatchedRequest:
    """What openapi-core wants to know of a request whose path Starlette has already matched."""

    host_url: str
    path: str
    path_pattern: str
    method: str
    parameters: RequestParameters
    content_type: str
    body: bytes


class Validators(DialectSchemaValidatorsFactory):
    """Those of openapi-core, each made once: it would make three for each parameter of each request, and that takes longer than their use."""

    def __init__(self) -> None:
        known = oas31_schema_validators_factory
        super().__init__(known.schema_validator_cls, known.default_jsonschema_dialect_id, known.format_checker)
        self._made: dict[SchemaPath, SchemaValidator] = {}

    def create(self, spec: SchemaPath, schema: SchemaPath, *arguments: Any, **options: Any) -> SchemaValidator:
        # The same arguments and options each time, those of the one configuration.
        if schema not in self._made:
            self._made[schema] = super().create(spec, schema, *arguments, **options)
        return self._made[schema]


class Contract:
    def __init__(self) -> None:
        self.document = yaml.safe_load((HERE / "openapi.yaml").read_text(encoding="utf-8"))
        validators = Validators()
        config = Config(
            extra_format_validators={"uuid": is_canonical_uuid},
            schema_validators_factory=validators,
            schema_unmarshallers_factory=SchemaUnmarshallersFactory(validators, oas31_types_unmarshaller, oas31_format_unmarshallers),
            # Its own, because openapi-core casts without the extra formats.
            schema_casters_factory=SchemaCastersFactory(Validators(), oas31_types_caster),
        )
        self._openapi = OpenAPI(SchemaPath.from_dict(self.document, resolved_cache_maxsize=REMEMBERED_PLACES), config)

    @property
    def paths(self) -> list[str]:
        """Fixed paths first: /providers/twilio is not a provider whose id is twilio."""
        return sorted(self.document["paths"], key=lambda path: path.count("{"))

    def operation(self, path_pattern: str, method: str) -> dict[str, Any]:
        item = self.document["paths"][path_pattern]
        try:
            operation: dict[str, Any] = item[method.lower()]
        except KeyError:
            allowed = ", ".join(known.upper() for known in METHODS if known in item)
            raise Problem(405, f"{method} is not a method of {path_pattern}.", {"method": [f"is {method}"]}, {"Allow": allowed}) from None
        return operation

    def read(self, path_pattern: str, request: Request, body: bytes) -> Call:
        operation = self.operation(path_pattern, request.method)
        result = self._openapi.unmarshal_request(
            MatchedRequest(
                # The contract is about paths; openapi-core also wants one of its servers.
                host_url=self.document["servers"][0]["url"],
                path=request.url.path,
                path_pattern=path_pattern,
                method=request.method.lower(),
                parameters=RequestParameters(query=request.query_params, header=request.headers, cookie=request.cookies, path=request.path_params),
                content_type=request.headers.get("content-type", ""),
                body=body,
            )
        )
        violations: dict[str, list[str]] = {}
        for error in result.errors:
            violations.update(violations_of(error))
        violations.update(self.unknown_query_parameters(path_pattern, operation, request))
        if body and "requestBody" not in operation:
            violations[WHOLE] = ["this operation takes no body"]
        # Ids travel as text; openapi-core has made them UUIDs.
        path = {name: str(value) for name, value in result.parameters.path.items()}
        query = {name: str(value) if isinstance(value, UUID) else value for name, value in result.parameters.query.items()}
        return Call(operation["operationId"], path, query, result.body, violations)

    def unknown_query_parameters(self, path_pattern: str, operation: Mapping[str, Any], request: Request) -> dict[str, list[str]]:
        # openapi-core lets them pass, but the service would silently ignore a misspelt filter.
        components = self.document["components"]["parameters"]
        declared = [components[parameter["$ref"].rpartition("/")[2]] if "$ref" in parameter else parameter for parameter in operation.get("parameters", [])]
        known = {parameter["name"] for parameter in declared if parameter["in"] == "query"}
        return {name: ["no query parameter of this operation"] for name in request.query_params if name not in known}


def violations_of(error: Exception) -> dict[str, list[str]]:
    fields = by_field(getattr(error.__cause__, "schema_errors", []))
    # Not the texts of openapi-core, which quote values.
    otherwise = ["is required"] if isinstance(error, (MissingParameterError, MissingRequestBodyError)) else ["cannot be read as what it should be"]
    if isinstance(error, ParameterValidationError):
        return {error.name: [text for texts in fields.values() for text in texts] or otherwise}
    return fields or {WHOLE: otherwise}


def is_canonical_uuid(value: str) -> bool:
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False
