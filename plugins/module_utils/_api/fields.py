# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Field tables: one table describes a resource; options, checks, plans and results derive from it.

An API object is a dict with the API's own names: every field of its table, null where the API left
it out, and whatever else the API sent.
"""

from __future__ import annotations

import re
import typing as t

from .._http.response import Response, json_type
from .values import canonical_text

ApiObject = dict[str, t.Any]

_API_NAME = r"[a-z][A-Za-z]*"

#: Longest value that a message shows, in characters.
_MAX_SHOWN = 200

#: JSON type and its name in messages, by the type of an argument spec.
_KINDS: dict[str, tuple[type, str]] = {
    "str": (str, "a string"),
    "bool": (bool, "true or false"),
    "int": (int, "an integer"),
    "list": (list, "an array"),
    "dict": (dict, "an object"),
}


class Field(t.NamedTuple):
    """A field of a resource.

    :param option: its name in options and results.
    :param api: its name in the API.
    :param kind: its type in an argument spec.
    :param required: whether the API always sends it, and never as null.
    :param creatable: whether a create request accepts it.
    :param updatable: whether an update request accepts it.
    :param secret: whether responses must not show it.
    :param max_length: longest value that an update accepts, in characters.
    :param ignore_case: whether values that differ only in case are equal.
    """

    option: str
    api: str
    kind: str
    required: bool = False
    creatable: bool = False
    updatable: bool = False
    secret: bool = False
    max_length: int | None = None
    ignore_case: bool = False

    def equal(self, one: t.Any, other: t.Any) -> bool:
        """Return whether two values of the field count as equal."""
        if isinstance(one, str) and isinstance(other, str):
            one, other = canonical_text(one), canonical_text(other)
            return bool(one.lower() == other.lower() if self.ignore_case else one == other)
        return bool(one == other)


def parse(response: Response, value: t.Any, fields: t.Sequence[Field]) -> ApiObject:
    """Return the API object in a response, with checked types and without secrets.

    :param value: the body of the response, or a part of it.
    :raises BlackboxError: it contradicts the field table.
    """
    if not isinstance(value, dict):
        raise response.unusable(f"a JSON object is required, not {json_type(value)}")
    for field in fields:
        item = value.get(field.api)
        if item is None and field.required:
            raise response.unusable(f"the response has no {field.api}")
        if item is not None and not is_of_kind(item, field.kind):
            expected = _KINDS[field.kind][1]
            raise response.unusable(f"{field.api} is {json_type(item)} instead of {expected}")
    secret = {field.api for field in fields if field.secret}
    # JSON has one type for numbers, so a service may send the integer 3 as 3.0.
    integers = {
        field.api: int(value[field.api]) for field in fields if field.kind == "int" and value.get(field.api) is not None
    }
    return {
        **{field.api: None for field in fields if not field.secret},
        **{name: item for name, item in value.items() if name not in secret},
        **integers,
    }


def to_result(api_object: ApiObject, fields: t.Sequence[Field]) -> dict[str, t.Any]:
    """Return an API object under the names of results; undocumented fields in snake_case."""
    documented = {field.api for field in fields}
    others = snake_case({name: value for name, value in api_object.items() if name not in documented})
    # Documented fields come last, so that no other field can replace them.
    return {**others, **{field.option: api_object[field.api] for field in fields if field.api in api_object}}


def snake_case(api_object: ApiObject) -> ApiObject:
    """Return the object with its own keys in snake_case, and unchanged values."""
    # Other names stay unchanged, because in snake_case the name of a secret might not be recognized.
    others = {name: value for name, value in api_object.items() if not re.fullmatch(_API_NAME, name)}
    named = {name: value for name, value in api_object.items() if name not in others}
    if not named:
        return others
    # Import here, because most objects have documented fields only.
    from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict

    return {**camel_dict_to_snake_dict(named, ignore_list=tuple(named)), **others}


def is_of_kind(value: t.Any, kind: str) -> bool:
    """Return whether a JSON value has the type that an argument spec calls ``kind``."""
    if kind == "int" and isinstance(value, float):
        return value.is_integer()
    # In Python, true and false are integers too.
    return isinstance(value, _KINDS[kind][0]) and isinstance(value, bool) is (kind == "bool")


def show(value: t.Any) -> str:
    """Return a value of the API for a message. A long value is left out, because half a secret is not recognized."""
    shown = repr(value)
    return shown if len(shown) <= _MAX_SHOWN else f"something of {len(shown)} characters"
