# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparison of responses with tests/sandbox/openapi.yaml."""

from __future__ import annotations

import typing as t

import yaml
from openapi_schema_validator import OAS31Validator, oas31_format_checker

from ansible_collections.dasha.blackbox.plugins.module_utils._http.request import API_PREFIX
from ansible_collections.dasha.blackbox.tests.sandbox.paths import SANDBOX_DIR

from .reader import Answer
from .redaction import Safe, constant, name, names, observe, schema_keyword

Schema = t.Mapping[str, t.Any]

_DOCUMENT = yaml.safe_load((SANDBOX_DIR / "openapi.yaml").read_text(encoding="utf-8"))
_PROBLEM: Schema = {"$ref": "#/components/schemas/Problem"}


def find_violations(answer: Answer) -> list[Safe]:
    """Return how a response violates the contract.

    An error response without JSON violates nothing, because proxies send such responses too.
    """
    schema = _find_schema(answer) if answer.is_success else _PROBLEM
    if schema is None or (not answer.is_json and not answer.is_success):
        return []
    if not answer.is_json:
        return [constant("the body is not JSON")]
    # The references in a schema lead to the components.
    validator = OAS31Validator({**schema, "components": _DOCUMENT["components"]}, format_checker=oas31_format_checker)
    return sorted({_describe(error) for error in validator.iter_errors(answer.body)})


def find_undocumented(answer: Answer) -> set[str]:
    """Return the names of fields in a successful response that the contract does not have."""
    schema = _find_schema(answer) if answer.is_success else None
    return set() if schema is None else set(_walk(answer.body, schema))


def _find_schema(answer: Answer) -> Schema | None:
    """Return the schema of a successful response; None if the contract does not have the path."""
    item = _DOCUMENT["paths"].get(API_PREFIX + answer.template.partition("?")[0])
    if item is None:
        return None
    response = _resolve(item["get"]["responses"]["2XX"])
    schema: Schema = response["content"]["application/json"]["schema"]
    return schema


def _resolve(node: Schema) -> Schema:
    while "$ref" in node:
        target: t.Any = _DOCUMENT
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def _describe(error: t.Any) -> Safe:
    path = constant("body")
    for step in error.absolute_path:
        path = observe("{}, {}", path, name(step) if isinstance(step, str) else constant("entry"))
    if error.validator == "required":
        return observe("{}: lacks {}", path, names(key for key in error.validator_value if key not in error.instance))
    return observe("{}: does not satisfy {}", path, schema_keyword(error.validator, error.validator_value))


def _walk(value: t.Any, schema: Schema) -> t.Iterator[str]:
    schema = _resolve(schema)
    if isinstance(value, list):
        for entry in value:
            yield from _walk(entry, schema.get("items", {}))
    # An object without properties is of free form.
    if isinstance(value, dict) and "properties" in schema:
        for key, inner in value.items():
            if key in schema["properties"]:
                yield from _walk(inner, schema["properties"][key])
            else:
                yield key
