# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Responses that repeat secrets, and attacks: responses that also break the contract of the API."""

from __future__ import annotations

import copy
import functools
import json
import typing as t
from dataclasses import dataclass
from urllib.parse import quote

from ansible_collections.dasha.blackbox.tests.functional.secrets.secret_values import SECRET_FIELDS, spellings
from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS

#: Path of a value in a JSON value: the names of fields and the positions in lists.
Path = tuple[t.Union[str, int], ...]

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

    :param replies: the responses, one for each attempt. The last one repeats.
    :param change: function that changes the body of the genuine response, if there are no replies.
    :param takes_effect: whether the mock server performs the request before it replies.
    :param expected_error: part of the expected error message, in which three dots stand for any text, or None for any
        result.
    :param is_quoted: whether the result of an expected error quotes the response, so that it contains the mask.
    """

    name: str
    replies: tuple[Reply, ...] = ()
    expected_error: str | None = None
    takes_effect: bool = True
    is_quoted: bool = True
    change: t.Callable[[t.Any], t.Any] = copy.copy

    @property
    def has_timeout(self) -> bool:
        return any(reply.ending == "hang" for reply in self.replies)


refused = functools.partial(Attack, takes_effect=False)


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
            "headers": [["Authorization", f"Bearer {text}"] for text in self.spellings],
            "body": SECRET_FIELDS,
        }

    def reply(self, status: int, body: t.Any, content_type: str = "application/json", location: str = "") -> Reply:
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


def common_attacks(body: t.Any, echo: Echo) -> list[Attack]:
    """Return the attacks on each request of each module, whose genuine response has this body."""
    statuses = [echo.reply(status, echo.problem) for status in (429, 503, 502, 504)]
    cut = echo.reply(200, echo.added_to(body)).raw[:-20]
    lost = [Reply(b"", "reset"), Reply(cut), Reply(cut, "reset"), echo.reply(500, echo.page, "text/html")]
    return [
        refusal(echo),
        refused("long quote", (echo.reply(400, {"detail": echo.long}),), "400 Bad Request: yyy"),
        refused("unsuccessful acceptance", (echo.reply(200, echo.problem),)),
        refused("transient errors", (*statuses, *lost), ""),
        Attack("lost responses", tuple(lost)),
        Attack("page", (echo.reply(200, echo.page, echo.all),)),
        Attack("secrets in names", change=functools.partial(with_names, name=echo.plain)),
    ]


def refusal(echo: Echo, name: str = "refusal", status: str = "422 Unprocessable Entity") -> Attack:
    """Return the shortest attack that reaches an error message."""
    problem = echo.reply(int(status[:3]), echo.problem, "application/problem+json")
    return refused(name, (problem,), f"{status}: These are refused")


def malformed_header(body: t.Any, echo: Echo) -> Attack:
    """Return a response with a line in its headers that urllib3 logs."""
    raw = echo.reply(200, echo.added_to(body)).raw
    return Attack("malformed header", (Reply(raw.replace(b"\r\n\r\n", f"\r\n{echo.plain}\r\n\r\n".encode(), 1)),))


def rare_attacks(body: t.Any, echo: Echo, unknown_secret: str) -> list[Attack]:
    """Return the attacks on one request of each module and on one request of each operation.

    :param unknown_secret: a secret that the module does not know.
    """
    # Python refuses to convert so long a number.
    overflow = {"detail": f"&#{'9' * 5000}; {echo.plain}"}
    not_followed = f"... {KINDS['redirect_not_followed']}"
    invalid_location = echo.reply(302, echo.page, "text/html", f"https://[{echo.plain}")
    failures = [{"phoneNumberSid": echo.plain, "errorMessage": echo.long}]
    items = {**echo.problem, "items": [echo.fields], "errors": failures}
    response = echo.reply(200, echo.added_to(body)).raw
    hang = (Reply(response[:-20], "hang"), Reply(f"HTTP/1.1 200 {echo.all}".encode(), "hang"))
    return [
        refusal(echo, "unknown key", "401 Unauthorized"),
        refused("invalid escape", (echo.reply(403, overflow),), "403 Forbidden"),
        refused("redirect", (echo.reply(307, echo.page, "text/html"),), f"307 Temporary Redirect: {not_followed}"),
        refused("invalid redirect", (invalid_location,), f"302 Found: {not_followed}", is_quoted=False),
        refused("page with status 404", (echo.reply(404, echo.page, "text/html"),)),
        refused("refusal with items", (echo.reply(500, items),), ""),
        refused("timeouts", (*hang, echo.reply(500, echo.problem)), "", is_quoted=False),
        Attack("long content type", (echo.reply(200, echo.page, echo.long),)),
        Attack("not HTTP", (Reply(f"{echo.all}\r\n\r\n".encode()),)),
        Attack("string", (echo.reply(200, json.dumps(echo.all)),)),
        Attack("nested lists", (echo.reply(200, [[[echo.spellings, SECRET_FIELDS]]]),)),
        Attack("list of strings", (echo.reply(200, {"items": [unknown_secret], "totalCount": 1}),)),
        Attack("invalid JSON", (Reply(response[:-1] + b"!"),)),
    ]


def field_attacks(body: t.Any, echo: Echo, unknown_secret: str) -> t.Iterator[Attack]:
    """Yield the attacks on each field of a response that the collection reads."""
    for path, value in values_in(body):
        if isinstance(path[-1], str) and f'"{path[-1]}"' not in SOURCE:
            continue
        values = {"other type": [unknown_secret] if isinstance(value, dict) else echo.problem}
        if isinstance(value, str) or value is None:
            values.update({"secrets": echo.plain, "all spellings": echo.all})
        if path[-1] == "providerId":
            values.update({"null": None, "unknown secret": unknown_secret})
        if path[-1] == "totalCount":
            values["other number"] = value + 1
        for name, replacement in values.items():
            change = functools.partial(replaced, path=path, replacement=replacement)
            yield Attack(f"{name} in {'.'.join(map(str, path))}", change=change)


def with_names(value: t.Any, name: str) -> t.Any:
    """Return a JSON value in which each name and phone number is replaced."""
    if isinstance(value, list):
        return [with_names(item, name) for item in value]
    if isinstance(value, dict):
        return {key: name if key in ("name", "phoneNumber") else with_names(item, name) for key, item in value.items()}
    return value


def values_in(value: t.Any, path: Path = ()) -> t.Iterator[tuple[Path, t.Any]]:
    """Yield the path and the value of each field at any depth, and of the first item of each list."""
    items = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key), item
        yield from values_in(item, (*path, key))


def replaced(value: t.Any, path: Path, replacement: t.Any) -> t.Any:
    """Return a JSON value with another value at the path."""
    if not path:
        return replacement
    if isinstance(value, dict):
        return {**value, path[0]: replaced(value.get(path[0]), path[1:], replacement)}
    return [replaced(value[0], path[1:], replacement), *value[1:]] if value else value
