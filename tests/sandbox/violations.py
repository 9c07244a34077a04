# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON Schema validation errors, grouped by field. They never quote values, which may be secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from openapi_schema_validator import OAS31Validator, oas31_format_checker

WHOLE_BODY = "body"


def find_violations(document: Any, schema: Mapping[str, Any]) -> dict[str, list[str]]:
    return group_by_field(OAS31Validator(schema, format_checker=oas31_format_checker).iter_errors(document))


def group_by_field(errors: Iterable[Any]) -> dict[str, list[str]]:
    violations: dict[str, list[str]] = {}
    for error in errors:
        field = ".".join(str(step) for step in error.absolute_path) or WHOLE_BODY
        violations.setdefault(field, []).append(format_error(error))
    return violations


def format_error(error: Any) -> str:
    # The messages of these two keywords name only fields. All other messages quote the value.
    if error.validator in ("required", "additionalProperties"):
        return str(error.message)
    return f"does not satisfy {error.validator}: {error.validator_value}"


def format_violations(violations: Mapping[str, list[str]]) -> str:
    return "; ".join(f"{field}: {text}" for field, texts in violations.items() for text in texts)
