# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Redaction of secrets and of unprintable characters in texts for users."""

from __future__ import annotations

import re
import typing as t

MASK = "********"

#: Text in a diff for a secret that a task sends. It differs from MASK, the text for the stored secret.
SENT_MASK = f"{MASK} (sent)"

#: Longest text of the service that a message quotes, in characters.
_MAX_QUOTE = 500

#: Fields of the API with secrets that no option contains, in any spelling.
_SECRET_FIELD = re.compile(r"(?:auth[_-]?token|password)$", re.IGNORECASE)


def _decode_html(escape: re.Match[str]) -> str:
    # Import here, because most texts have no such escapes.
    import html

    return html.unescape(escape[0])


#: First character, pattern and decoder of the escapes of URLs, of JSON and Python, and of HTML. Most texts have no such
#: character, so most tasks need not compile the patterns.
_ESCAPES: tuple[tuple[str, str, t.Callable[[re.Match[str]], str]], ...] = (
    ("%", r"(?i)%([0-9a-f]{2})", lambda escape: chr(int(escape[1], 16))),
    (
        "\\",
        r"(?is)\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))",
        lambda escape: escape[3] or chr(int(escape[1] or escape[2], 16)),
    ),
    ("&", r"(?i)&#?[0-9a-z]{1,32};", _decode_html),
)

#: Depth of nested escapes, such as JSON in JSON, or the ``repr()`` of a percent-encoded text.
_MAX_NESTING = 2


def one_line(text: str) -> str:
    """Return a text of the service for a message: one line, printable, of bounded length."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _MAX_QUOTE else line[:_MAX_QUOTE] + " [...]"


def printable(text: str) -> str:
    """Return a text with its control and bidi characters escaped; letters beyond ASCII stay as they are."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def redact_fields(value: t.Any) -> t.Any:
    """Return ``value`` with the secret fields of the API masked, at any depth."""
    if isinstance(value, dict):
        return {
            name: MASK if item not in (None, SENT_MASK) and _SECRET_FIELD.search(name) else redact_fields(item)
            for name, item in value.items()
        }
    return [redact_fields(item) for item in value] if isinstance(value, (list, tuple)) else value


def redact(value: t.Any, secrets: t.Iterable[str]) -> t.Any:
    """Return ``value`` with every spelling of a secret masked, in strings and keys at any depth.

    Ansible masks the plain value of a ``no_log`` option only. A server, a library or ``repr()`` may
    percent-encode it, escape it as JSON, Python or HTML does, or change its case.
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
    parts: list[str] = []
    end = 0
    for start, stop in sorted(_find(text, secret, _MAX_NESTING)):
        if start >= end:
            parts += [text[end:start], MASK]
        end = max(end, stop)
    return "".join([*parts, text[end:]])


def _find(text: str, secret: re.Pattern[str], nesting: int) -> t.Iterator[tuple[int, int]]:
    """Yield start and end of each secret in ``text``, plain or escaped up to ``nesting`` times."""
    yield from (found.span() for found in secret.finditer(text))
    for character, escape, decode in _ESCAPES if nesting else ():
        if character not in text:
            continue
        plain = re.sub(escape, decode, text)
        inside = [] if plain == text else list(_find(plain, secret, nesting - 1))
        if inside:
            positions = _positions(text, escape, decode)
            yield from ((positions[start], positions[stop]) for start, stop in inside)


def _positions(text: str, escape: str, decode: t.Callable[[re.Match[str]], str]) -> list[int]:
    """Return the position in ``text`` of each character of the decoded text, and of its end."""
    positions: list[int] = []
    end = 0
    for found in re.finditer(escape, text):
        positions += [*range(end, found.start()), *[found.start()] * len(decode(found))]
        end = found.end()
    return [*positions, *range(end, len(text) + 1)]
