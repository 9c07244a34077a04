# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts for the report that contain nothing of the organization.

The report is public, so each text in it is made of constants of this package and of :class:`Safe` values. Only the
functions of this module create these. They map a value of the service to one of a fixed set of texts, and everything
else to its type. A list of values to remove could not be proven to be complete.
"""

from __future__ import annotations

import json
import re
import typing as t
from collections import Counter

import yaml

from ansible_collections.dasha.blackbox.plugins.module_utils._api import values
from ansible_collections.dasha.blackbox.tests.sandbox.paths import SANDBOX_DIR

_CONTRACT = yaml.safe_load((SANDBOX_DIR / "openapi.yaml").read_text(encoding="utf-8"))

#: Words of names that the service may use, in addition to those of openapi.yaml. None identifies anybody.
_WORDS = """
    active address allowed already amount api application array associated at attached auth authentication available
    base beta bundle by call callback caller can capabilities capability carrier changed channel check checks city code
    codec concurrency conditions config configuration connected connection contact content correlation count country
    created credential credentials currency current cursor custom date default deleted digits direction disabled
    display domain edge emergency enabled encryption end error errors expired expires extension fax failed fallback
    field first flag format formatted friendly from full has headers host http id identity ids imported in inbound
    incoming index info inner input instance integration internal invalid ip is iso item items key kind label last
    latitude lata length level limit limits line link linked links list local locality location longitude managed
    manual mask max media message metadata method min mms mobile mode monthly more msg name national next not null
    number numbers object of offset on options order org organization origin origination outbound outgoing owned owner
    page pages paging password passed path pending phone port postal prefix previous price primary priority properties
    protocol provider providers purchased queue raw rate reason record records ref referer region registered
    registering registration registrar registry replace request resource response result results retry route routing
    scheme secure security server service session settings sid sids sip size skip skipped sms source start state status
    subresource success supported supports tag tags take target tariff tcp telephony termination time timeout timestamp
    title tls toll total trace transfer transport trunk trunking trunks twilio type udp unregistered update updated uri
    url use used user username uses valid value values verification verified version via video voice warning
    webhook with zone
"""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_NAME = re.compile(r"[A-Za-z]+(?:[_-][A-Za-z]+)*")


def _split(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _property_names(node: t.Any) -> t.Iterator[str]:
    """Yield the names of all properties in a schema, at any depth."""
    if isinstance(node, dict):
        yield from node["properties"] if isinstance(node.get("properties"), dict) else ()
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _property_names(inner)


VOCABULARY = frozenset(
    [*_WORDS.split(), *(word for name in _property_names(_CONTRACT["components"]) for word in _split(name))]
)

#: Media types that the report shows. Others may have parameters or names of products.
_MEDIA_TYPES = ("application/json", "application/problem+json", "text/html", "text/plain", "text/json")

#: Formats of strings, tried in this order.
_FORMATS: tuple[tuple[str, t.Callable[[str], object]], ...] = (
    ("empty string", lambda text: not text),
    ("UUID", values.is_uuid),
    ("phone number with plus", values.is_e164),
    ("phone number without plus", lambda text: values.is_e164(f"+{text}")),
    ("SID", re.compile(r"[A-Z]{2}[0-9a-f]{32}", re.IGNORECASE).fullmatch),
    ("time", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.{0,20}").fullmatch),
)

#: Deepest level of nesting that :func:`structure` shows.
_MAX_LEVELS = 4

#: Longest name.
_MAX_NAME = 60

#: Largest number of names or formats that one text lists.
_MAX_LISTED = 30


class Safe(str):
    """Text that contains nothing of the organization. Only this module creates instances."""

    __slots__ = ()


_OTHER_NAME = Safe("another name")


def observe(template: str, *safe: Safe) -> Safe:
    """Return a template with its fields ``{}`` filled in.

    :param template: a constant, as a test checks.
    :raises TypeError: a value is not safe.
    """
    if not all(isinstance(value, Safe) for value in safe):
        raise TypeError("only safe values can be reported")
    return Safe(template.format(*safe))


def constant(text: str) -> Safe:
    """Return a constant, as a test checks."""
    return Safe(text)


def join(texts: t.Iterable[Safe], separator: t.Literal["; ", ", ", " or "] = ", ") -> Safe:
    """Return the texts in one, each once, in their order. There are at most a few."""
    unique = list(dict.fromkeys(texts))
    if not all(isinstance(text, Safe) for text in unique):
        raise TypeError("only safe values can be reported")
    return Safe(separator.join([*unique[:_MAX_LISTED], *(["and more"] if len(unique) > _MAX_LISTED else [])]))


def count(number: int) -> Safe:
    """Return the magnitude of a number of objects, because an exact number may identify an organization."""
    for lowest, text in ((1000, "1000 or more"), (100, "100 to 999"), (10, "10 to 99"), (2, "2 to 9"), (1, "1")):
        if number >= lowest:
            return Safe(text)
    return Safe("0")


def own_number(number: int) -> Safe:
    """Return a number that the probe has counted itself, for example of its requests."""
    return Safe(str(number))


def status(code: int) -> Safe:
    """Return a status code."""
    return Safe(str(code)) if 100 <= code <= 599 else Safe("a status code that is not registered")


def name(text: str) -> Safe:
    """Return the name of a field, or a machine-readable value, if each word of it is in the vocabulary."""
    if not text:
        return Safe("an empty name")
    is_known = _NAME.fullmatch(text) and len(text) <= _MAX_NAME and VOCABULARY.issuperset(_split(text))
    return Safe(f"`{text}`") if is_known else _OTHER_NAME


def names(texts: t.Iterable[str]) -> Safe:
    """Return the names of fields in alphabetical order, and how many others there are."""
    shown = Counter(name(text) for text in texts)
    others = shown.pop(_OTHER_NAME, 0)
    listed = [*sorted(shown), *([observe("{} other names", count(others))] if others else [])]
    return join(listed) if listed else Safe("no names")


def choice(value: t.Any, allowed: t.Collection[str]) -> Safe:
    """Return a value that is one of the allowed constants, otherwise its type."""
    if isinstance(value, str) and value in allowed:
        return Safe(f"`{value}`")
    return observe("another {}", kind(value)) if isinstance(value, str) else kind(value)


def kind(value: t.Any) -> Safe:
    """Return the JSON type of a value."""
    if value is None:
        return Safe("null")
    kinds = (
        (bool, "boolean"),
        (int, "integer"),
        (float, "number with a decimal point"),
        (str, "string"),
        (list, "array"),
    )
    return Safe(next((text for python_type, text in kinds if isinstance(value, python_type)), "object"))


def text_format(value: t.Any) -> Safe:
    """Return the format of a string, and the type of other values."""
    if not isinstance(value, str):
        return kind(value)
    return Safe(next((text for text, matches in _FORMATS if matches(value)), "string"))


def structure(value: t.Any) -> Safe:
    """Return names and types of a JSON value."""
    return _structure([value], _MAX_LEVELS)


def media_type(value: str | None) -> Safe:
    """Return the media type of a Content-Type header without its parameters."""
    if value is None:
        return Safe("no media type")
    essence = value.partition(";")[0].strip().lower()
    return Safe(essence if essence in _MEDIA_TYPES else "another media type")


def schema_keyword(keyword: str, expected: t.Any) -> Safe:
    """Return a violated keyword of openapi.yaml and the value that this document gives it."""
    if expected not in _keyword_values(_CONTRACT, keyword):
        return Safe("a schema")
    return Safe(f"`{keyword}: {json.dumps(expected)}`")


def _keyword_values(node: t.Any, keyword: str) -> t.Iterator[t.Any]:
    if isinstance(node, dict):
        yield from [node[keyword]] if keyword in node else []
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _keyword_values(inner, keyword)


def _structure(samples: list[t.Any], levels: int) -> Safe:
    """Return the structure that all samples have together."""
    plain = sorted({text_format(sample) for sample in samples if not isinstance(sample, (list, dict))})
    parts = [Safe(text) for text in plain]
    arrays = [sample for sample in samples if isinstance(sample, list)]
    objects = [sample for sample in samples if isinstance(sample, dict)]
    if arrays:
        entries = [entry for array in arrays for entry in array]
        if entries and levels:
            parts.append(observe("array of {}", _structure(entries, levels - 1)))
        else:
            parts.append(Safe("array" if entries else "empty array"))
    if objects:
        parts.append(_object_structure(objects, levels) if levels else Safe("object"))
    return join(parts, " or ")


def _object_structure(objects: list[dict[str, t.Any]], levels: int) -> Safe:
    keys = sorted({key for sample in objects for key in sample})
    shown = [(key, name(key)) for key in keys]
    fields = [
        observe("{} ({})", safe, _structure([sample[key] for sample in objects if key in sample], levels - 1))
        for key, safe in shown
        if safe != _OTHER_NAME
    ]
    hidden = len(shown) - len(fields)
    fields += [observe("{} other names", count(hidden))] if hidden else []
    return observe("object with {}", join(fields)) if fields else Safe("empty object")
