# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""The client of the HTTP API: what a response means. It knows the API's manners and none of its resources."""

from __future__ import annotations

import email.utils
import http
import itertools
import json
import math
import random
import time
import typing as t
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

from ._errors import BlackboxError, in_one_line, scrub
from ._gate import Gate
from ._transport import Connection, Response, Transport, TransportError

#: The version that the service sees in the User-Agent; a test compares it with galaxy.yml.
VERSION = "1.0.0"

#: Every path of the API starts so (https://blackbox.dasha.ai/docs/api-reference/).
API_PREFIX = "/api/v1"

#: Seconds that a request gets at least for which the service has to ask Twilio; how long that takes is not documented.
WAITS_FOR_TWILIO = 120.0

#: How deep arrays and objects may be nested: what follows them here and in Ansible ends at a few hundred.
_DEEPEST = 100

#: Problem details are a few lines; whatever is larger than this, in bytes, is something else.
_LARGEST_PROBLEM = 64 * 1024

#: What a service may ask to wait and be taken at its word, a year in seconds: beyond it there are no dates to come back at.
_LONGEST_WAIT = 366 * 86400.0

# The phrase of 422 differs from Python 3.13 on; a message should not.
_PHRASES = {**{status.value: status.phrase for status in http.HTTPStatus}, 422: "Unprocessable Entity"}

#: What to do about a refusal, by its status.
HINTS = {
    401: "Check api_key; every installation (blackbox.dasha.ai, blackbox.ru.dasha.ai) has keys of its own.",
    403: "The service knows the key but does not let it do this.",
    404: "Check the id, that the key belongs to the organization that owns it, and api_url.",
    429: "The service asks to be called less often.",
}

#: Refusals that may pass: too many requests, and the words of gateways for a service that is not there just now.
_PASSING_STATUSES = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Answer:
    """A 2xx answer. ``payload`` is its JSON value, None for an empty body."""

    method: str
    path: str
    status: int
    attempts: int
    payload: t.Any

    def json_object(self) -> dict[str, t.Any]:
        """The payload, which has to be a JSON object.

        :raises BlackboxError: it is something else.
        """
        if isinstance(self.payload, dict):
            return self.payload
        raise self.unusable(f"a JSON object was expected, the answer is {json_kind(self.payload)}")

    def unusable(self, reason: str) -> BlackboxError:
        """The error to raise when the payload cannot be what was asked for."""
        return BlackboxError(
            f"{self.method} {self.path}: {self.status}, but {reason}.",
            method=self.method,
            path=self.path,
            status=self.status,
            attempts=self.attempts,
        )


class Client:
    """Sends requests to the API over one kept-alive session, from any number of threads; a context manager.

    :ivar retried: what was sent again and why, in order: dicts of ``method``, ``path``, ``reason`` and ``wait`` (seconds).
    :ivar warnings: what the user should know although the task succeeds.
    :ivar wrote: whether anything but a GET was sent, whatever came of it.
    """

    def __init__(self, connection: Connection, secrets: t.Sequence[str] = ()) -> None:
        """
        :param secrets: what no message may show, beside the key of the connection.
        """
        self._secrets = [connection.api_key, *secrets]
        self._api_url = connection.api_url
        self._transport = Transport(connection, f"ansible-dasha.blackbox/{VERSION}")
        self._retries = connection.api_retries
        self._max_delay = connection.api_retry_max_delay
        self._timeout = connection.api_timeout
        #: A 429 to one thread is meant for all.
        self._gate = Gate()
        self.retried: list[dict[str, t.Any]] = []
        self.warnings: list[str] = []
        self.wrote = False

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exception: object) -> None:
        self._transport.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        query: t.Mapping[str, t.Any] | None = None,
        body: t.Mapping[str, t.Any] | None = None,
        may_repeat: t.Callable[[], bool] = lambda: True,
        least_timeout: float = 0.0,
        hints: t.Mapping[int, str] | None = None,
    ) -> Answer:
        """Send one request, again after failures that may pass, and return its answer.

        :param path: below :data:`API_PREFIX`, made of checked parts only.
        :param may_repeat: asked before the request is sent again although it may have taken effect. It surely has not where the connection did not
            come about or the answer was 429: then nobody is asked.
        :param least_timeout: seconds that each attempt gets also where ``api_timeout`` is shorter.
        :param hints: what to do about a refusal, by its status, where it is not what it is for most requests.
        :raises BlackboxError: no whole response in time, a status other than 2xx, or a body that is not JSON.
        """
        path = API_PREFIX + path
        self.wrote = self.wrote or method != "GET"
        timeout = max(self._timeout, least_timeout)
        uncertain = False
        for attempt in itertools.count(1):
            try:
                with self._gate:
                    answer = self._attempt(method, path, query, body, timeout, attempt, {**HINTS, **(hints or {})})
                self._gate.widen()
                return answer
            except BlackboxError as failure:
                error = failure
            # What an earlier attempt may have done, it may still have done when a later one is refused.
            uncertain = error.uncertain = uncertain or error.uncertain
            if not error.passing or attempt > self._retries or (uncertain and not may_repeat()):
                break
            wait = _back_off(attempt, self._max_delay) if error.retry_after is None else error.retry_after
            if wait > self._max_delay:
                break
            self.retried.append({"method": method, "path": path, "reason": error.message.split(": ", 1)[1], "wait": round(wait, 3)})
            if error.status == 429:
                self._gate.close(wait)
            else:
                time.sleep(wait)
        if error.retry_after is not None:
            error.message += f" {self._come_back(error.retry_after)}"
        if error.attempts > 1:
            error.message += f" Sent {error.attempts} times."
        raise error

    def _come_back(self, wait: float) -> str:
        """What the service wants to be waited, in words."""
        longer = f", longer than api_retry_max_delay ({self._max_delay:g} s)" if wait > self._max_delay else ""
        return f"It asks to wait {wait:g} s{longer}: come back at {datetime.now(timezone.utc) + timedelta(seconds=wait):%Y-%m-%d %H:%M} UTC."

    def _attempt(
        self,
        method: str,
        path: str,
        query: t.Mapping[str, t.Any] | None,
        body: t.Mapping[str, t.Any] | None,
        timeout: float,
        attempt: int,
        hints: t.Mapping[int, str],
    ) -> Answer:
        try:
            response = self._transport.send(method, path, query=query, body=body, timeout=timeout)
        except TransportError as error:
            raise BlackboxError(
                f"{method} {self._api_url}{path}: {error}.", method=method, path=path, attempts=attempt, passing=error.passing, uncertain=error.sent
            ) from None
        if not 200 <= response.status < 300:
            raise self._refusal(method, path, response, attempt, hints)
        try:
            payload = parse_json(response.content) if response.content.strip() else None
        except ValueError:
            kind = self.quote(response.headers.get("Content-Type", "no Content-Type"))
            raise Answer(method, path, response.status, attempt, None).unusable(
                f"the body is not JSON ({kind}); check that api_url leads to the API and not to a proxy or a web page"
            ) from None
        return Answer(method, path, response.status, attempt, payload)

    def _refusal(self, method: str, path: str, response: Response, attempt: int, hints: t.Mapping[int, str]) -> BlackboxError:
        """The error for a response whose status is not 2xx."""
        status = response.status
        problem = self._problem(response)
        message = f"{method} {path}: {status} {_PHRASES.get(status, '(not a registered status)')}"
        if 300 <= status < 400:
            message += f": {self.quote(_redirect(response.headers.get('Location')))} is not followed; set api_url to the address of the API itself"
        elif problem is not None:
            message += f": {self._problem_words(problem)}"
        elif response.content:
            message += ": the body is not the API's JSON, so a proxy or gateway may have answered"
        message = message.rstrip(".: ") + "."
        if status in hints:
            message += f" {hints[status]}"
        return BlackboxError(
            message,
            method=method,
            path=path,
            status=status,
            attempts=attempt,
            problem=problem,
            retry_after=_retry_after(response.headers.get("Retry-After")),
            passing=status in _PASSING_STATUSES,
            uncertain=status >= 500,
        )

    def _problem(self, response: Response) -> dict[str, t.Any] | None:
        """The problem details of a refusal (RFC 9457), without secrets; None when the body is no JSON object, or a huge one."""
        try:
            body = parse_json(response.content) if len(response.content) <= _LARGEST_PROBLEM else None
        except ValueError:
            return None
        problem: dict[str, t.Any] | None = scrub(body, self._secrets) if isinstance(body, dict) else None
        return problem

    def _problem_words(self, problem: t.Mapping[str, t.Any]) -> str:
        """What problem details say: the detail, else the title, then each entry of an ``errors`` map."""
        summary = next((self.quote(problem[key]) for key in ("detail", "title") if isinstance(problem.get(key), str)), "")
        fields = problem.get("errors")
        entries = fields.items() if isinstance(fields, dict) else ()
        words = [(name, text) for name, texts in entries for text in (texts if isinstance(texts, list) else [texts]) if isinstance(text, str)]
        listed = [": ".join(filter(None, [self.quote(name), self.quote(text)])) for name, text in words]
        return "; ".join(filter(None, [summary.rstrip("."), *listed]))

    def quote(self, words: str) -> str:
        """Words of the server: without secrets, on one line, without control characters, of bounded length."""
        # Masked before it is cut: the first half of a key would not be found any more.
        masked: str = scrub(words, self._secrets)
        return in_one_line(masked)


def json_kind(value: t.Any) -> str:
    """What kind of JSON value this is, in JSON's own words."""
    if value is None:
        return "null or empty"
    kinds = ((bool, "true or false"), (str, "a string"), ((int, float), "a number"), (list, "an array"), (dict, "an object"))
    return next(words for python_type, words in kinds if isinstance(value, python_type))


def parse_json(content: bytes) -> t.Any:
    """The JSON value in ``content``.

    :raises ValueError: it is not JSON, or nested deeper than anything that the API answers.
    """
    try:
        value = json.loads(content, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deep") from None
    # Without as many brackets it cannot be as deep.
    if content.count(b"[") + content.count(b"{") > _DEEPEST and _deeper(value, _DEEPEST):
        raise ValueError("nested too deep")
    return value


def _deeper(value: t.Any, levels: int) -> bool:
    """Whether arrays and objects in ``value`` are nested deeper than so many levels."""
    nodes = [value]
    for _level in range(levels):
        nodes = [child for node in nodes if isinstance(node, (list, dict)) for child in (node.values() if isinstance(node, dict) else node)]
    return any(isinstance(node, (list, dict)) for node in nodes)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number that is too large")
    return number


def _refuse_constant(name: str) -> t.NoReturn:
    raise ValueError(f"{name} is Python's, not JSON's")


def _redirect(location: str | None) -> str:
    """Where a redirect leads: scheme and host only, the rest may hold anything."""
    try:
        target = urlsplit(location or "")
        host = target.hostname
    except ValueError:
        return "a redirect"
    return f"a redirect to {target.scheme or 'https'}://{host}" if host else "a redirect"


def _retry_after(value: str | None) -> float | None:
    """Seconds named by a ``Retry-After`` header, as a number or as a date; None when it names none."""
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value), _LONGEST_WAIT)
    try:
        date = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    # One of the forms that HTTP knows names no zone, it is UTC.
    date = date if date.tzinfo else date.replace(tzinfo=timezone.utc)
    return min(max((date - datetime.now(timezone.utc)).total_seconds(), 0.0), _LONGEST_WAIT)


def _back_off(attempt: int, longest: float) -> float:
    """How long to wait after this attempt, in seconds: from about one on, doubled each time, and never the same for all who wait."""
    return min(2.0 ** (attempt - 1) * random.uniform(0.75, 1.25), longest)
