# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Successful responses and their JSON."""

from __future__ import annotations

import json
import math
import re
import typing as t

from .errors import BlackboxError
from .request import Request

#: Deepest nesting of arrays and objects: our recursive functions, and Ansible's, fail at a few hundred.
_MAX_DEPTH = 100

#: Halves of characters beyond U+FFFF. On their own, they are no characters, and no encoder accepts them.
_SURROGATE = "[\ud800-\udfff]"

#: Keys that mean something to Ansible: ansible-core 2.19 builds objects from ``__ansible_...`` and discards the result
#: of a module if that fails, and every version drops ``_ansible_...``.
_ANSIBLE_KEY = "__?ansible"

#: Prefix that takes the meaning from such a key.
_KEY_PREFIX = "x"

#: Bytes that occur in every JSON text with surrogates or such keys: escapes, the first byte of a surrogate in UTF-8,
#: the keys themselves, and the zero bytes of UTF-16 and UTF-32.
_SUSPICIOUS = re.compile(rb"\\u|\xed|_ansible|\0")


class Response(t.NamedTuple):
    """A 2xx response.

    :param attempts: number of times the request was sent.
    :param body: its JSON value; None if it is empty.
    """

    request: Request
    status: int
    attempts: int
    body: t.Any

    def json_object(self) -> dict[str, t.Any]:
        """Return the body as a JSON object.

        :raises BlackboxError: the body is something else.
        """
        if isinstance(self.body, dict):
            return self.body
        raise self.unusable(f"the response is {json_type(self.body)} instead of a JSON object")

    def unusable(self, reason: str) -> BlackboxError:
        """Return the error for a body that contradicts the API."""
        return BlackboxError(
            f"{self.request}: {self.status}, but {reason}.",
            reason=f"{self.status}, but {reason}.",
            method=self.request.method,
            path=self.request.full_path,
            status=self.status,
            attempts=self.attempts,
        )


def json_type(value: t.Any) -> str:
    """Return the name of the type of a JSON value, as JSON calls it."""
    if value is None:
        return "null or empty"
    names = (
        (bool, "true or false"),
        (str, "a string"),
        ((int, float), "a number"),
        (list, "an array"),
        (dict, "an object"),
    )
    return next(name for python_type, name in names if isinstance(value, python_type))


def parse_json(content: bytes) -> t.Any:
    """Return the JSON value in ``content``, safe for Ansible.

    A lone surrogate becomes U+FFFD. A key that means something to Ansible gets a prefix.

    :raises ValueError: it is not JSON, holds a number that is not finite, or is nested too deep.
    """
    try:
        value = json.loads(content, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    # Counting brackets first avoids the walk through nearly every response.
    if content.count(b"[") + content.count(b"{") > _MAX_DEPTH and _is_deeper(value, _MAX_DEPTH):
        raise ValueError("nested too deeply")
    # Most responses need no second walk.
    return _sanitize(value) if _SUSPICIOUS.search(content) else value


def _sanitize(value: t.Any) -> t.Any:
    if isinstance(value, str):
        return re.sub(_SURROGATE, "\ufffd", value)
    if isinstance(value, list):
        return [_sanitize(item) for item in value]
    if not isinstance(value, dict):
        return value
    # Keys that need no change keep their names, whatever the others become.
    sanitized = {name: _sanitize(item) for name, item in value.items() if _is_safe_key(name)}
    for name, item in value.items():
        if not _is_safe_key(name):
            new_name = re.sub(_SURROGATE, "\ufffd", name)
            while new_name in sanitized or not _is_safe_key(new_name):
                new_name = _KEY_PREFIX + new_name
            sanitized[new_name] = _sanitize(item)
    return sanitized


def _is_safe_key(name: str) -> bool:
    return not (re.match(_ANSIBLE_KEY, name) or re.search(_SURROGATE, name))


def _is_deeper(value: t.Any, levels: int) -> bool:
    nodes = [value]
    for _level in range(levels):
        containers = [node for node in nodes if isinstance(node, (list, dict))]
        nodes = [child for node in containers for child in (node.values() if isinstance(node, dict) else node)]
    return any(isinstance(node, (list, dict)) for node in nodes)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number that is too large")
    return number


def _refuse_constant(name: str) -> t.NoReturn:
    raise ValueError(f"{name} is Python's, not JSON's")
