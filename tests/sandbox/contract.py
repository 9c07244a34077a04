# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Matching and validation of requests against the contract, openapi.yaml."""

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

from .paths import SANDBOX_DIR
from .responses import Problem
from .violations import WHOLE_BODY, group_by_field

METHODS = ("get", "put", "post", "patch", "delete")
# Larger than the number of referenced schemas, so that openapi-core resolves each of them only once.
RESOLVED_CACHE_SIZE = 10_000


@dataclass(frozen=True)
class Call:
    """Parsed and validated request."""

    operation_id: str
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    violations: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass
class MatchedRequest:
    """Request in the form that openapi-core requires, with the path already matched by Starlette."""

    host_url: str
    path: str
    path_pattern: str
    method: str
    parameters: RequestParameters
    content_type: str
    body: bytes


class CachedValidators(DialectSchemaValidatorsFactory):
    """Schema validators of openapi-core, created once per schema.

    Without the cache, openapi-core creates three validators for each parameter of each request, which takes longer
    than the validation itself.
    """

    def __init__(self) -> None:
        factory = oas31_schema_validators_factory
        super().__init__(factory.schema_validator_cls, factory.default_jsonschema_dialect_id, factory.format_checker)
        self._cache: dict[SchemaPath, SchemaValidator] = {}

    def create(self, spec: SchemaPath, schema: SchemaPath, *arguments: Any, **options: Any) -> SchemaValidator:
        # The schema is a sufficient key, because arguments and options are constant within one configuration.
        if schema not in self._cache:
            self._cache[schema] = super().create(spec, schema, *arguments, **options)
        return self._cache[schema]


class Contract:
    def __init__(self) -> None:
        self.document = yaml.safe_load((SANDBOX_DIR / "openapi.yaml").read_text(encoding="utf-8"))
        validators = CachedValidators()
        config = Config(
            extra_format_validators={"uuid": is_canonical_uuid},
            schema_validators_factory=validators,
            schema_unmarshallers_factory=SchemaUnmarshallersFactory(
                validators, oas31_types_unmarshaller, oas31_format_unmarshallers
            ),
            # A separate cache, because openapi-core casts without the extra formats.
            schema_casters_factory=SchemaCastersFactory(CachedValidators(), oas31_types_caster),
        )
        self._openapi = OpenAPI(SchemaPath.from_dict(self.document, resolved_cache_maxsize=RESOLVED_CACHE_SIZE), config)

    @property
    def paths(self) -> list[str]:
        """Paths of the contract, fixed ones first, so that /providers/twilio is not taken for a provider ID."""
        return sorted(self.document["paths"], key=lambda path: path.count("{"))

    def get_operation(self, path_pattern: str, method: str) -> dict[str, Any]:
        item = self.document["paths"][path_pattern]
        try:
            operation: dict[str, Any] = item[method.lower()]
        except KeyError:
            allowed = ", ".join(name.upper() for name in METHODS if name in item)
            raise Problem(
                405,
                f"{method} is not a method of {path_pattern}.",
                {"method": [f"must not be {method}"]},
                {"Allow": allowed},
            ) from None
        return operation

    def read(self, path_pattern: str, request: Request, body: bytes) -> Call:
        operation = self.get_operation(path_pattern, request.method)
        result = self._openapi.unmarshal_request(
            MatchedRequest(
                # The contract applies to any server, but openapi-core requires one that it lists.
                host_url=self.document["servers"][0]["url"],
                path=request.url.path,
                path_pattern=path_pattern,
                method=request.method.lower(),
                parameters=RequestParameters(
                    query=request.query_params, header=request.headers, cookie=request.cookies, path=request.path_params
                ),
                content_type=request.headers.get("content-type", ""),
                body=body,
            )
        )
        violations: dict[str, list[str]] = {}
        for error in result.errors:
            violations.update(violations_from(error))
        violations.update(self.find_unknown_parameters(path_pattern, operation, request))
        if body and "requestBody" not in operation:
            violations[WHOLE_BODY] = ["must be empty for this operation"]
        # openapi-core converts IDs to UUID objects, but the sandbox stores them as strings.
        path = {name: str(value) for name, value in result.parameters.path.items()}
        query = {
            name: str(value) if isinstance(value, UUID) else value for name, value in result.parameters.query.items()
        }
        return Call(operation["operationId"], path, query, result.body, violations)

    def find_unknown_parameters(
        self, path_pattern: str, operation: Mapping[str, Any], request: Request
    ) -> dict[str, list[str]]:
        # openapi-core accepts unknown parameters. The service would silently ignore a misspelled filter.
        components = self.document["components"]["parameters"]
        declared = [
            components[parameter["$ref"].rpartition("/")[2]] if "$ref" in parameter else parameter
            for parameter in operation.get("parameters", [])
        ]
        known = {parameter["name"] for parameter in declared if parameter["in"] == "query"}
        return {
            name: ["is not a query parameter of this operation"] for name in request.query_params if name not in known
        }


def violations_from(error: Exception) -> dict[str, list[str]]:
    fields = group_by_field(getattr(error.__cause__, "schema_errors", []))
    # The messages of openapi-core quote values, so replace them.
    default = (
        ["is required"] if isinstance(error, (MissingParameterError, MissingRequestBodyError)) else ["is malformed"]
    )
    if isinstance(error, ParameterValidationError):
        return {error.name: [text for texts in fields.values() for text in texts] or default}
    return fields or {WHOLE_BODY: default}


def is_canonical_uuid(value: str) -> bool:
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False
