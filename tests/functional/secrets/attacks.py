# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Responses that repeat secrets, and attacks: responses that also break the contract of the API."""

from __future__ import annotations

import functools
import json
import typing as t
from dataclasses import dataclass
from urllib.parse import quote

from ansible_collections.dasha.blackbox.tests.functional.secrets.secret_values import (
    SECRET_FIELDS,
    spellings,
)
from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION

#: Source of the private code. A field whose name is not in it is never read.
SOURCE = "".join(path.read_text(encoding="utf-8") for path in (COLLECTION / "plugins/module_utils").rglob("*.py"))

#: Texts that the modules do not interpret. Each response of the mock server appends the secrets to them.
FREE_TEXTS = {"authUser", "description", "detail", "displayName", "errorMessage", "message", "terminationUri", "title"}


@dataclass(frozen=True)
class Reply:
    """Bytes of a response, and the end of the connection after them: `close`, `reset`, or `hang` until a timeout."""

    raw: bytes
    ending: str = "close"


@dataclass(frozen=True)
class Attack:
    """Replacement for the responses to one request of a task.

    :param replies: the responses, one for each attempt. The last one repeats. Without them the genuine response is changed.
    :param change: function that changes the body of the genuine response.
    :param takes_effect: whether the mock server performs the request before it replies.
    :param expected_error: part of the expected error message.
    :param is_quoted: whether the result must contain the mask, because it quotes the response.
    :param short_timeout: whether the task needs a short timeout.
    """

    name: str
    replies: tuple[Reply, ...] = ()
    change: t.Callable[[t.Any], t.Any] | None = None
    takes_effect: bool = True
    expected_error: str | None = None
    is_quoted: bool = False
    short_timeout: bool = False


class Echo:
    """Texts and responses that repeat the given secrets in all spellings."""

    def __init__(self, secrets: t.Sequence[str]) -> None:
        self.secrets = secrets
        self.plain = " ".join(secrets)
        self.spellings = list(dict.fromkeys(text for secret in secrets for text in spellings(secret)))
        self.all = " | ".join(self.spellings)
        self.fields = {**{text: text for text in self.spellings}, **SECRET_FIELDS}
        # Messages cut a quote after 500 characters. Here that is in the middle of the first secret.
        self.long = f"{'y' * 200} {'x' * 280} {self.plain}"
        self.page = f"<html><title>{self.plain}</title>{self.all}</html>"
        self.problem = {
            "title": self.all,
            "detail": f"These are refused: {self.all}",
            "instance": f"/api/v1/keys/{self.all}",
            "errors": {text: [text, {"input": self.plain}] for text in self.spellings},
            "request": {"headers": [["Authorization", f"Bearer {text}"] for text in self.spellings], "body": SECRET_FIELDS},
        }

    def reply(self, status: int, body: t.Any = "", content_type: str = "application/json", location: str | None = None) -> Reply:
        """Return a response with the secrets in its status line and headers. A body that is no string becomes JSON."""
        in_url = quote(self.plain, safe="")
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        lines = [
            f"HTTP/1.1 {status} {self.plain}",
            f"Content-Type: {content_type}; charset=utf-8; key={self.plain}",
            f"Content-Length: {len(content)}",
            "Connection: close",
            f"Location: {location or f'https://{in_url}:{in_url}@{in_url}.example.com/{self.all}'}",
            f"Retry-After: {self.plain}",
            f"WWW-Authenticate: Bearer realm={self.all}",
            f"Set-Cookie: key={self.plain}",
            *(f"X-Echo-{number}: {text}" for number, text in enumerate(self.spellings)),
            *(f"X-{secret}: {secret}" for secret in self.secrets),
            self.plain,
        ]
        return Reply("\r\n".join([*lines, "", ""]).encode() + content)

    def added_to(self, value: t.Any) -> t.Any:
        """Return a JSON value with the secrets in additional fields of each object, and in its free texts."""
        if isinstance(value, list):
            return [self.added_to(item) for item in value]
        if not isinstance(value, dict):
            return value
        texts = {name: f"{item or ''} {self.all}" for name, item in value.items() if name in FREE_TEXTS}
        if "agentId" in value:
            # Short enough for messages, which leave out long names.
            texts.update({name: self.plain for name in ("name", "agentName") if name in value})
        return {**self.fields, **{name: self.added_to(item) for name, item in value.items()}, **texts, **SECRET_FIELDS}


def common_attacks(body: t.Any, echo: Echo) -> t.Iterator[Attack]:
    """Yield the attacks on each request of each module.

    :param body: body of the genuine response.
    """
    yield refusal(echo)
    long = echo.reply(400, {"detail": echo.long})
    yield Attack("long quote", (long,), takes_effect=False, expected_error="400 Bad Request: yyy", is_quoted=True)
    yield Attack("page", (echo.reply(200, echo.page, echo.all),))
    yield Attack("unsuccessful acceptance", (echo.reply(200, echo.problem),), takes_effect=False)
    yield Attack("secrets in names", change=functools.partial(with_names, name=echo.plain))
    statuses = tuple(echo.reply(status, echo.problem) for status in (429, 503, 502, 504))
    cut = echo.reply(200, echo.added_to(body)).raw[:-20]
    broken = (Reply(b"", "reset"), Reply(cut), Reply(cut, "reset"))
    finally_refused = echo.reply(500, echo.page, "text/html")
    transient = (*statuses, *broken, finally_refused)
    yield Attack("transient errors", transient, takes_effect=False, expected_error="", is_quoted=True)
    yield Attack("lost responses", (*broken, finally_refused))


def refusal(echo: Echo, name: str = "refusal", status: str = "422 Unprocessable Entity") -> Attack:
    """Return the shortest attack that reaches an error message."""
    problem = echo.reply(int(status[:3]), echo.problem, "application/problem+json")
    error = f"{status}: These are refused"
    return Attack(name, (problem,), takes_effect=False, expected_error=error, is_quoted=True)


def rare_attacks(body: t.Any, echo: Echo, unknown_secret: str) -> t.Iterator[Attack]:
    """Yield the attacks on one request of each module and on one request of each operation.

    :param body: body of the genuine response.
    :param unknown_secret: a secret that the module does not know.
    """
    yield refusal(echo, "unknown key", "401 Unauthorized")
    # Python refuses to convert so long a number.
    overflow = echo.reply(403, {"detail": f"&#{'9' * 5000}; {echo.plain}"})
    yield Attack("invalid escape", (overflow,), takes_effect=False, expected_error="403 Forbidden", is_quoted=True)
    redirect = echo.reply(307, echo.page, "text/html")
    error = "307 Temporary Redirect: a redirect to"
    yield Attack("redirect", (redirect,), takes_effect=False, expected_error=error, is_quoted=True)
    invalid = echo.reply(302, echo.page, "text/html", f"https://[{echo.plain}")
    yield Attack("invalid redirect", (invalid,), takes_effect=False, expected_error="302 Found: a redirect is not followed")
    yield Attack("page with status 404", (echo.reply(404, echo.page, "text/html"),), takes_effect=False)
    failures = [{"phoneNumberSid": echo.plain, "errorMessage": echo.long}]
    items = echo.reply(500, {**echo.problem, "items": [echo.fields], "errors": failures})
    yield Attack("refusal with items", (items,), takes_effect=False, expected_error="", is_quoted=True)
    yield Attack("long content type", (echo.reply(200, echo.page, echo.long),))
    yield Attack("not HTTP", (Reply(f"{echo.all}\r\n\r\n".encode()),))
    yield Attack("string", (echo.reply(200, json.dumps(echo.all)),))
    yield Attack("nested lists", (echo.reply(200, [[[echo.spellings, SECRET_FIELDS]]]),))
    yield Attack("list of strings", (echo.reply(200, {"items": [unknown_secret], "totalCount": 1}),))
    response = echo.reply(200, echo.added_to(body)).raw
    yield Attack("invalid JSON", (Reply(response[:-1] + b"!"),))
    hang = (Reply(response[:-20], "hang"), Reply(f"HTTP/1.1 200 {echo.all}".encode(), "hang"))
    finally_refused = echo.reply(500, echo.problem)
    yield Attack("timeouts", (*hang, finally_refused), takes_effect=False, expected_error="", short_timeout=True)


def field_attacks(body: t.Any, echo: Echo, unknown_secret: str) -> t.Iterator[Attack]:
    """Yield the attacks on each field of a response that the collection reads."""
    for path, value in values_in(body):
        name = path[-1]
        if isinstance(name, str) and f'"{name}"' not in SOURCE:
            continue
        attacks = {"other type": [unknown_secret] if isinstance(value, dict) else echo.problem}
        if isinstance(value, str) or value is None:
            attacks["secrets"] = echo.plain
        if name == "providerId":
            attacks.update({"null": None, "unknown secret": unknown_secret})
        if name == "totalCount":
            attacks["other number"] = value + 1
        for attack, replacement in attacks.items():
            field = ".".join(map(str, path))
            yield Attack(f"{attack} in {field}", change=functools.partial(replaced, path=path, replacement=replacement))


def with_names(value: t.Any, name: str) -> t.Any:
    """Return a JSON value in which each name and phone number is replaced."""
    if isinstance(value, list):
        return [with_names(item, name) for item in value]
    if isinstance(value, dict):
        return {key: name if key in ("name", "phoneNumber") else with_names(item, name) for key, item in value.items()}
    return value


def values_in(value: t.Any, path: tuple[str | int, ...] = ()) -> t.Iterator[tuple[tuple[str | int, ...], t.Any]]:
    """Yield the path and the value of each field at any depth, and of the first item of each list."""
    items = list(value.items()) if isinstance(value, dict) else [(0, value[0])] if value and isinstance(value, list) else []
    for key, item in items:
        yield (*path, key), item
        yield from values_in(item, (*path, key))


def replaced(value: t.Any, path: tuple[str | int, ...], replacement: t.Any) -> t.Any:
    """Return a JSON value with another value at the path."""
    if not path:
        return replacement
    key, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {**value, key: replaced(value.get(key), rest, replacement)}
    return [replaced(value[0], rest, replacement), *value[1:]] if value else value
