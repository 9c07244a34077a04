# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""Tables of fields: each resource of the API is described by one, and options, checks, plans and results derive from it.

An object of a resource is a dict with the API's own names: every field of its table, null where the API left it out, and whatever else the
API sent.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict

from ._client import Answer, json_kind

ApiObject = dict[str, t.Any]

_API_NAME = re.compile(r"[a-z][A-Za-z]*")

#: For each kind of an argument spec: the type of a JSON value, and what a message calls it.
_KINDS: dict[str, tuple[type, str]] = {
    "str": (str, "a string"),
    "bool": (bool, "true or false"),
    "int": (int, "an integer"),
    "list": (list, "an array"),
    "dict": (dict, "an object"),
}


@dataclass(frozen=True)
class Field:
    """A field of a resource: its name in options and results, its name in the API, and what is done with it.

    :param kind: its type as an argument spec names it.
    :param required: whether the API never leaves it out and never sets it to null.
    :param creatable: whether it can be given to a new object.
    :param updatable: whether an update can change it; fields that are neither are the service's own.
    :param secret: whether it goes in and must never come out.
    :param longest: how many characters an update may give it.
    :param ignore_case: whether two values that differ in case only count as equal.
    """

    option: str
    api: str
    kind: str
    required: bool = False
    creatable: bool = False
    updatable: bool = False
    secret: bool = False
    longest: int | None = None
    ignore_case: bool = False

    def same(self, one: t.Any, other: t.Any) -> bool:
        if self.ignore_case and isinstance(one, str) and isinstance(other, str):
            return one.lower() == other.lower()
        return bool(one == other)


def checked(answer: Answer, payload: t.Any, fields: t.Sequence[Field]) -> ApiObject:
    """The object of a resource that an answer holds, each of its fields of the type that the API documents, and no secret.

    :param payload: the answer's payload, or a part of it.
    :raises BlackboxError: it is something else.
    """
    if not isinstance(payload, dict):
        raise answer.unusable(f"a JSON object was expected, not {json_kind(payload)}")
    for field in fields:
        value = payload.get(field.api)
        if value is None and field.required:
            raise answer.unusable(f"the answer has no {field.api}")
        if value is not None and not is_of_kind(value, field.kind):
            raise answer.unusable(f"{field.api} is {json_kind(value)}, where the API documents {_KINDS[field.kind][1]}")
    secret = {field.api for field in fields if field.secret}
    return {
        **{field.api: None for field in fields if not field.secret},
        **{name: value for name, value in payload.items() if name not in secret},
    }


def as_result(api_object: ApiObject, fields: t.Sequence[Field]) -> dict[str, t.Any]:
    """The object under the names of results: those of the table, other names of the API in snake_case."""
    documented = {field.api for field in fields}
    others = snake_case({name: value for name, value in api_object.items() if name not in documented})
    # A field that is not documented never takes the place of one that is.
    return {**others, **{field.option: api_object[field.api] for field in fields if field.api in api_object}}


def snake_case(api_object: ApiObject) -> ApiObject:
    """The object with its own keys in snake_case, the values as they are."""
    # Other names stay as they are: in snake_case a secret would not be known for one any more.
    other = {name: value for name, value in api_object.items() if not _API_NAME.fullmatch(name)}
    named = {name: value for name, value in api_object.items() if name not in other}
    return {**camel_dict_to_snake_dict(named, ignore_list=tuple(named)), **other}


def is_of_kind(value: t.Any, kind: str) -> bool:
    # To Python true and false are integers too.
    return isinstance(value, _KINDS[kind][0]) and isinstance(value, bool) is (kind == "bool")


def shown(value: t.Any) -> str:
    """A value of the API in a message. A long one is not shown in part: half a secret would not be known for one."""
    words = repr(value)
    return words if len(words) <= 200 else f"something of {len(words)} characters"
