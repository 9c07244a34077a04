# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""The one error of the collection, and how secrets are kept out of what a user sees."""

from __future__ import annotations

import html
import re
import typing as t

MASK = "********"

#: How much of the service's own words a message repeats, in characters.
_LONGEST_QUOTE = 500

#: How a character is written when it is not written plainly, and how to read it back: in URLs, in JSON and Python, in HTML.
_ENCODINGS: tuple[tuple[re.Pattern[str], t.Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"%([0-9a-f]{2})", re.IGNORECASE), lambda escape: chr(int(escape[1], 16))),
    (re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))", re.IGNORECASE | re.DOTALL), lambda escape: escape[3] or chr(int(escape[1] or escape[2], 16))),
    (re.compile(r"&#?[0-9a-z]{1,32};", re.IGNORECASE), lambda escape: html.unescape(escape[0])),
)

#: Fields of the API that hold a secret which no option tells, however they are spelled.
_SECRET_FIELD = re.compile(r"(?:auth[_-]?token|password)$", re.IGNORECASE)

#: How deep escapes may be nested: JSON in JSON, or the ``repr()`` of what is percent-encoded.
_NESTING = 2


class BlackboxError(Exception):
    """What went wrong, in words that a person can act on.

    Raised for an option that is refused (then ``method`` is None: no request was sent), for a request that failed and for an
    answer that cannot be what the API means to say.

    :param message: the whole message; it may hold words of the server, so it is shown only after :func:`scrub`.
    :param method: HTTP method of the request that failed.
    :param path: its path, from ``/api/v1`` on.
    :param status: HTTP status of the answer, None when there was none.
    :param attempts: how often the request was sent.
    :param problem: the JSON object in the body of a refusal (RFC 9457 problem details), None when there was none.
    :param retry_after: seconds after which the service wants to be asked again, None when it did not say.
    :param passing: whether the same request may well succeed a little later.
    :param uncertain: whether the request, or an earlier attempt of it, may have taken effect although it failed.
    """

    def __init__(
        self,
        message: str,
        *,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        attempts: int = 0,
        problem: dict[str, t.Any] | None = None,
        retry_after: float | None = None,
        passing: bool = False,
        uncertain: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.method = method
        self.path = path
        self.status = status
        self.attempts = attempts
        self.problem = problem
        self.retry_after = retry_after
        self.passing = passing
        self.uncertain = uncertain
        #: Whether something was written before this happened: the task failed, and changed something.
        self.changed = False
        #: What the task has to return although it failed, by the name of the result.
        self.results: dict[str, t.Any] = {}

    @property
    def accepted(self) -> bool:
        """Whether the service took the request (a 2xx) and only its answer is of no use."""
        return self.status is not None and 200 <= self.status < 300

    def result(self) -> dict[str, t.Any]:
        """The failed task's result, as the modules document it."""
        result: dict[str, t.Any] = {**self.results, "msg": self.message, "changed": self.changed}
        if self.method is not None:
            names = ("method", "path", "status", "attempts", "problem", "retry_after")
            result["error"] = {name: getattr(self, name) for name in names}
        return result


def in_one_line(words: str) -> str:
    """Words of the service, fit for a message: on one line, without control characters, of bounded length."""
    line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return line if len(line) <= _LONGEST_QUOTE else line[:_LONGEST_QUOTE] + " [...]"


def withhold(value: t.Any) -> t.Any:
    """Return ``value`` with what its secret fields hold masked, at any depth: answers and refusals are passed on with whatever else is in them."""
    if isinstance(value, dict):
        return {name: MASK if item is not None and _SECRET_FIELD.search(name) else withhold(item) for name, item in value.items()}
    return [withhold(item) for item in value] if isinstance(value, (list, tuple)) else value


def scrub(value: t.Any, secrets: t.Iterable[str]) -> t.Any:
    """Return ``value`` with every spelling of a secret masked, in strings at any depth, keys of mappings included.

    Ansible masks the plain value of a ``no_log`` option. A server, a library or ``repr()`` may spell it otherwise: percent-encoded,
    escaped as in JSON or Python, as HTML entities, in another case.
    """
    literals = [re.escape(secret) for secret in secrets if secret]
    return _mask(value, re.compile("|".join(literals), re.IGNORECASE)) if literals else value


def _mask(value: t.Any, secret: re.Pattern[str]) -> t.Any:
    if isinstance(value, str):
        return _mask_text(value, secret)
    if isinstance(value, dict):
        return {_mask(key, secret): _mask(item, secret) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_mask(item, secret) for item in value]
    return value


def _mask_text(text: str, secret: re.Pattern[str]) -> str:
    shown: list[str] = []
    end = 0
    for start, stop in sorted(_find(text, secret, _NESTING)):
        if start >= end:
            shown += [text[end:start], MASK]
        end = max(end, stop)
    return "".join([*shown, text[end:]])


def _find(text: str, secret: re.Pattern[str], nesting: int) -> t.Iterator[tuple[int, int]]:
    """Where a secret begins and ends in ``text``, also where it is escaped, up to ``nesting`` times one in the other."""
    yield from (found.span() for found in secret.finditer(text))
    for escape, character in _ENCODINGS if nesting else ():
        plain = escape.sub(character, text)
        inside = [] if plain == text else list(_find(plain, secret, nesting - 1))
        if inside:
            positions = _positions(text, escape, character)
            yield from ((positions[start], positions[stop]) for start, stop in inside)


def _positions(text: str, escape: re.Pattern[str], character: t.Callable[[re.Match[str]], str]) -> list[int]:
    """Where in ``text`` each character, and the end, of the text with its escapes replaced comes from."""
    positions: list[int] = []
    end = 0
    for found in escape.finditer(text):
        positions += [*range(end, found.start()), *[found.start()] * len(character(found))]
        end = found.end()
    return [*positions, *range(end, len(text) + 1)]
