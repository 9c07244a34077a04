# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What JSON Schema has to say against a document, told field by field and without the values, which may be secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from openapi_schema_validator import OAS31Validator, oas31_format_checker

WHOLE = "body"


def violations(document: Any, schema: Mapping[str, Any]) -> dict[str, list[str]]:
    return by_field(OAS31Validator(schema, format_checker=oas31_format_checker).iter_errors(document))


def by_field(errors: Iterable[Any]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for error in errors:
        fields.setdefault(".".join(str(step) for step in error.absolute_path) or WHOLE, []).append(message(error))
    return fields


def message(error: Any) -> str:
    # These two name fields; the messages of all other keywords quote the value.
    if error.validator in ("required", "additionalProperties"):
        return str(error.message)
    return f"does not satisfy {error.validator}: {error.validator_value}"


def in_one_line(fields: Mapping[str, list[str]]) -> str:
    return "; ".join(f"{field}: {text}" for field, texts in fields.items() for text in texts)
