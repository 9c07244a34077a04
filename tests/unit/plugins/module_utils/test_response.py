# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON of responses."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._http.response import parse_json

#: The deepest nesting that is accepted.
DEPTH = 100


def nested(depth: int, wrap: t.Callable[[t.Any], t.Any]) -> t.Any:
    """Return a value that is wrapped so many times."""
    value: t.Any = 1
    for _level in range(depth):
        value = wrap(value)
    return value


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"a": value}, lambda value: [{"a": value}]])
def test_json_beyond_depth_limit_is_refused(wrap: t.Callable[[t.Any], t.Any]) -> None:
    levels = DEPTH // 2 if isinstance(wrap(1), list) and isinstance(wrap(1)[0], dict) else DEPTH
    value = nested(levels, wrap)
    assert parse_json(json.dumps(value).encode()) == value
    with pytest.raises(ValueError, match="nested too deep"):
        parse_json(json.dumps([value]).encode())


def test_json_of_python_recursion_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="nested too deep"):
        parse_json(b"[" * 100_000 + b"]" * 100_000)


def test_json_with_many_brackets_is_accepted() -> None:
    value = {"items": [{"a": [1]} for _number in range(DEPTH)], "text": "[{" * DEPTH}
    assert parse_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize("depth", [DEPTH, DEPTH + 1])
def test_json_depth_counts_every_branch(depth: int) -> None:
    value = {"shallow": 1, "list": [[], 2, nested(depth - 2, lambda inner: [inner])], "last": [1]}
    content = json.dumps(value).encode()
    if depth == DEPTH:
        assert parse_json(content) == value
    else:
        with pytest.raises(ValueError, match="nested too deep"):
            parse_json(content)


@pytest.mark.parametrize("content", [b"NaN", b"[Infinity]", b'{"a": -Infinity}', b"1e999", b"[-1e999]", b""])
def test_json_that_is_only_python_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(content)
