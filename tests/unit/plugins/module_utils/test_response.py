# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON of responses."""

from __future__ import annotations

import json
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._http.response import parse_json
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS

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
    with pytest.raises(ValueError, match=KINDS["json_too_deep"]):
        parse_json(json.dumps([value]).encode())


def test_json_of_python_recursion_limit_is_refused() -> None:
    with pytest.raises(ValueError, match=KINDS["json_too_deep"]):
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
        with pytest.raises(ValueError, match=KINDS["json_too_deep"]):
            parse_json(content)


@pytest.mark.parametrize("content", [b"NaN", b"[Infinity]", b'{"a": -Infinity}', b"1e999", b"[-1e999]", b""])
def test_json_that_is_only_python_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(content)


@pytest.mark.parametrize(
    "content",
    [rb'"a\ud800b"', rb'"a\uDFFFb"', b'"a\xed\xa0\x80b"', '"a\udc00b"'.encode("utf-16", "surrogatepass")],
    ids=["high", "low", "UTF-8", "UTF-16"],
)
def test_lone_surrogate_is_replaced(content: bytes) -> None:
    assert parse_json(content) == "a\ufffdb"


def test_lone_surrogate_in_object_is_replaced() -> None:
    assert parse_json(rb'[{"a\ud800": ["\udfff"]}]') == [{"a\ufffd": ["\ufffd"]}]


def test_valid_surrogate_pair_is_kept() -> None:
    assert parse_json(rb'{"\ud83d\ude00": "\ud83d\ude00 \u00e9"}') == {"\U0001f600": "\U0001f600 \xe9"}


@pytest.mark.parametrize("escape", [False, True])
@pytest.mark.parametrize(
    "key", ["__ansible_type", "__ansible_vault", "__ansible_unsafe", "__ansible_other", "_ansible_no_log"]
)
def test_key_of_ansible_gets_prefix(key: str, escape: bool) -> None:
    content = f'{{"a": [{{"{key}": {{"{key}": "value"}}}}]}}'
    if escape:
        content = content.replace("_", r"\u005f")
    assert parse_json(content.encode()) == {"a": [{f"x{key}": {f"x{key}": "value"}}]}


@pytest.mark.parametrize("reverse", [False, True])
def test_changed_key_replaces_no_other_key(reverse: bool) -> None:
    keys = ["__ansible_type", "x__ansible_type", "\ud800", "\ud801", "\ufffd"]
    value = {key: position for position, key in enumerate(reversed(keys) if reverse else keys)}
    parsed = parse_json(json.dumps(value).encode())
    assert sorted(parsed.values()) == [0, 1, 2, 3, 4]
    assert (parsed["x__ansible_type"], parsed["\ufffd"]) == (value["x__ansible_type"], value["\ufffd"])
    assert set(parsed) == {"x__ansible_type", "xx__ansible_type", "\ufffd", "x\ufffd", "xx\ufffd"}


@given(
    st.recursive(
        st.text(max_size=3) | st.sampled_from(["\ud800", "\udfff"]) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["a", "x_ansible_", "_ansible_", "__ansible_type", "\ud800"]), inner)
        ),
    )
)
def test_parsed_json_is_safe_for_ansible(value: t.Any) -> None:
    parsed = json.dumps(parse_json(json.dumps(value).encode()), ensure_ascii=False).encode()
    assert b'"_ansible' not in parsed
    assert b'"__ansible' not in parsed
