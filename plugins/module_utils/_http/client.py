# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP client: retries, and the meaning of responses. It knows no resource of the API."""

from __future__ import annotations

import http
import re
import threading
import time
import typing as t
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

from .circuit import CircuitBreaker
from .connection import Connection
from .errors import BlackboxError
from .redact import one_line, redact, redact_fields
from .request import Request
from .response import Response, parse_json
from .retry import back_off, parse_retry_after
from .reuse import open_transport, release_transport
from .throttle import Throttle
from .transport import USES_TLS, RawResponse, TransportError

#: Version in the User-Agent header; a test compares it with galaxy.yml.
VERSION = "1.0.0"

#: Number of retries that a result lists. Of a large fleet that is throttled, there may be thousands.
MAX_REPORTED_RETRIES = 100

#: Minimum timeout, in seconds, of requests during which the service calls Twilio; the API documents no duration.
TWILIO_TIMEOUT = 120.0

#: Largest plain text of an error response, in bytes. A larger body is a page or a dump.
_MAX_TEXT = 2048

#: Largest problem details, in bytes. A larger body is not an error response of the API.
_MAX_PROBLEM = 64 * 1024

#: Tag, comment or declaration of HTML or XML.
_MARKUP = rb"(?i)<[a-z!/?]"

#: Text of a web server about a request without TLS to its TLS port: nginx, Apache, Go.
_PLAIN_HTTP = re.compile(rb"plain HTTP|HTTP request to an HTTPS")

# Python 3.13 renamed the phrase of 422; messages stay the same on every Python.
_PHRASES = {**{status.value: status.phrase for status in http.HTTPStatus}, 422: "Unprocessable Entity"}

#: Advice for an error response, by its status code.
HINTS = {
    401: "Check `api_key`. Each installation (blackbox.dasha.ai, blackbox.ru.dasha.ai) has its own keys.",
    403: "The key is valid but does not have this permission.",
    404: "Check the ID, `api_url`, and whether the key belongs to the organization that owns the object.",
    429: "The rate limit of the API is exceeded.",
}

#: Status codes of transient errors: too many requests, and gateways without a working upstream.
_TRANSIENT_STATUSES = frozenset({429, 502, 503, 504})

#: Further status codes that are transient for reads; a write may have taken effect.
_TRANSIENT_READ_STATUSES = frozenset({408, 425, 520, 522, 524})

#: Status codes below 500 that do not say whether a write took effect.
_AMBIGUOUS_STATUSES = frozenset({303, 408, 425, 499})

#: Status codes of a request that the service refused as invalid or unauthorized, so it had no effect. A request that
#: creates something may have had an effect with any other: 429 may come from Twilio after a part of the work is done.
_REFUSAL_STATUSES = frozenset(
    {400, 401, 403, 404, 405, 406, 410, 411, 413, 414, 415, 417, 421, 422, 426, 428, 431, 451}
)


class Client:
    """Sends requests over one kept-alive session, from any number of threads; a context manager.

    :ivar retried: the first retries, in order: dicts of ``method``, ``path``, ``reason`` and ``wait`` (seconds).
    :ivar retries: the number of all retries.
    :ivar warnings: warnings for the user of a task that succeeds.
    :ivar has_written: whether any request other than GET was sent.
    """

    def __init__(
        self,
        connection: Connection,
        secrets: t.Sequence[str] = (),
        show: t.Callable[[str], None] = lambda line: None,
    ) -> None:
        """
        :param secrets: values to redact in messages, in addition to the key of the connection.
        :param show: shows a line to the user while the task runs. Called by one thread at a time.
        """
        self._connection = connection
        self._secrets = [connection.api_key, *secrets]
        self._transport = open_transport(connection, f"ansible-dasha.blackbox/{VERSION}")
        self._circuit = CircuitBreaker(connection.api_retry_max_delay)
        self._throttle = Throttle(self._circuit.stopped)
        self._lock = threading.Lock()
        self._show = show
        self.retried: list[dict[str, t.Any]] = []
        self.retries = 0
        self.warnings: list[str] = []
        self.has_written = False
        self._is_answered = False

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is None:
            release_transport(self._transport, self._connection)
            return
        if not issubclass(kind, Exception):
            # Ctrl-C does not end other threads, which would go on to write.
            self._circuit.stop("the task was interrupted")
        self._transport.close()

    def get(self, path: str, query: t.Mapping[str, t.Any] | None = None) -> Response:
        """Send a GET request, see :meth:`send`."""
        return self.send(Request("GET", path, query))

    def send(self, request: Request) -> Response:
        """Send a request, retry after transient errors, and return the response.

        :raises BlackboxError: no complete response in time, a status code other than 2xx, a body that is
            not JSON, or the service serves no requests.
        """
        stopped = self._circuit.stopped
        max_delay = self._connection.api_retry_max_delay
        error: BlackboxError | None = None
        begun = time.monotonic()
        failed_at = 0.0
        is_ambiguous = False
        attempts = retries = 0
        while True:
            served = self._throttle.served(request.method)
            started = self._throttle.wait()
            if stopped.is_set():
                break
            if error:
                self._record_retry(error, started - failed_at)
            attempts += 1
            self.has_written = self.has_written or not request.is_read
            try:
                response = self._attempt(request, attempts)
            except BlackboxError as failure:
                error = failure
            else:
                self._throttle.speed_up(request.method)
                self._circuit.record_success()
                return response
            failed_at = time.monotonic()
            if not error.is_outage and error.status is not None:
                self._throttle.speed_up(request.method)
            # An earlier attempt may have taken effect even if a later one is refused.
            is_ambiguous = is_ambiguous or error.is_ambiguous
            # 429 means "later". As long as the service serves others, it does not use up a retry.
            is_overtaken = error.status == 429 and self._throttle.served(request.method) > served
            wait = error.retry_after or 0.0
            if not is_overtaken:
                refusals = self._throttle.count_refusal(request.method, started) if error.status == 429 else 0
                retries = max(retries + 1, refusals)
                wait = max(wait, back_off(retries, max_delay))
            if not error.is_transient or retries > self._connection.api_retries or wait > max_delay:
                break
            self.show(f"{request}: {error.reason} Waiting {wait:.1f} s before the next attempt.")
            if error.status == 429:
                self._throttle.slow_down(started, wait)
            else:
                stopped.wait(wait)
            # Read the state after the wait, because the effect may show late.
            if is_ambiguous and not stopped.is_set() and not request.may_repeat(error):
                break
        if error is None:
            raise self._circuit.error(request)
        notes = [self._when_to_retry(error.retry_after)] if error.retry_after else []
        if error.attempts > 1:
            notes.append(f"The request was sent {error.attempts} times in {failed_at - begun:.1f} s.")
        error = error.with_context(after=" ".join(notes), is_ambiguous=is_ambiguous)
        self._circuit.record_failure(request, error)
        raise error

    def resume(self) -> None:
        """Send requests again even if the service served none, to restore a state that this task has changed."""
        self._circuit.close()

    def show(self, line: str) -> None:
        """Show a line to the user while the task runs, such as one about a wait."""
        with self._lock:
            self._show(line)

    def quote(self, text: str) -> str:
        """Return a text of the server for a message: redacted, on one line, of bounded length."""
        # Redacted before it is cut, because the first half of a key would not be recognized.
        redacted: str = redact(text, self._secrets)
        return one_line(redacted)

    def _record_retry(self, error: BlackboxError, wait: float) -> None:
        with self._lock:
            self.retries += 1
            if len(self.retried) < MAX_REPORTED_RETRIES:
                self.retried.append(
                    {"method": error.method, "path": error.path, "reason": error.reason, "wait": round(wait, 3)}
                )

    def _when_to_retry(self, wait: float) -> str:
        max_delay = self._connection.api_retry_max_delay
        excess = f", longer than `api_retry_max_delay` ({max_delay:g} s)" if wait > max_delay else ""
        date = datetime.now(timezone.utc) + timedelta(seconds=wait)
        return f"The API asks to wait {wait:g} s{excess}. Retry after {date:%Y-%m-%d %H:%M} UTC."

    def _attempt(self, request: Request, attempt: int) -> Response:
        try:
            raw = self._transport.send(request)
        except TransportError as error:
            message = f"{request.method} {self._connection.api_url}{request.full_path}: {error}."
            raise BlackboxError(
                " ".join(filter(None, [message, self._address_hint(error)])),
                reason=f"{error}.",
                method=request.method,
                path=request.full_path,
                attempts=attempt,
                is_transient=error.is_transient,
                is_outage=error.is_transient or not error.is_sent,
                is_too_large=error.is_too_large,
                is_ambiguous=error.is_sent and not request.is_read,
            ) from None
        self._is_answered = True
        if not 200 <= raw.status < 300:
            raise self._error_response(request, raw, attempt)
        try:
            content = parse_json(raw.content) if raw.content.strip() else None
        except ValueError:
            content_type = self.quote(raw.headers.get("Content-Type", "no Content-Type"))
            raise Response(request, raw.status, attempt, None).unusable(
                f"the body is not JSON ({content_type}). Check that `api_url` is the URL of the API, not of a proxy or"
                " a web page"
            ) from None
        return Response(request, raw.status, attempt, content)

    def _address_hint(self, error: TransportError) -> str:
        """Return advice about ``api_url``, unless a response has shown that it is correct."""
        if not error.is_rejected or self._is_answered:
            return ""
        tls = ", and write https:// if the server uses TLS" if self._connection.api_url.startswith("http:") else ""
        return f"Check the host and the port in `api_url`{tls}."

    def _error_response(self, request: Request, raw: RawResponse, attempt: int) -> BlackboxError:
        """Return the error for a response whose status code is not 2xx."""
        status = raw.status
        is_transient = _is_transient(request, status)
        problem = self._problem(raw)
        hint = {**HINTS, **(request.hints or {})}.get(status)
        reason = f"{status} {_PHRASES.get(status, '(not a registered status)')}"
        if 300 <= status < 400:
            target = self.quote(_redirect_target(raw.headers.get("Location")))
            reason += f": {target} is not followed. Set `api_url` to the address of the API"
        elif status == 400 and _PLAIN_HTTP.search(raw.content):
            reason += f": {USES_TLS}"
        elif problem is not None:
            reason += f": {self._describe_problem(problem)}"
        elif text := _plain_text(raw):
            reason += f": {self.quote(text)}"
        elif raw.content:
            reason += ": the body is not JSON from the API, so the response may come from a proxy or gateway"
        reason = reason.rstrip(".: ") + "."
        return BlackboxError(
            " ".join(filter(None, [f"{request}: {reason}", hint])),
            reason=reason,
            method=request.method,
            path=request.full_path,
            status=status,
            attempts=attempt,
            problem=problem,
            retry_after=parse_retry_after(raw.headers.get("Retry-After"), raw.headers.get("Date")),
            is_transient=is_transient,
            is_outage=is_transient,
            is_ambiguous=_is_ambiguous(request, status),
        )

    def _problem(self, raw: RawResponse) -> dict[str, t.Any] | None:
        """Return the redacted problem details of an error response (RFC 9457), if it has any."""
        try:
            body = parse_json(raw.content) if len(raw.content) <= _MAX_PROBLEM else None
        except ValueError:
            return None
        if not isinstance(body, dict):
            return None
        problem: dict[str, t.Any] = redact(redact_fields(body), self._secrets)
        return problem

    def _describe_problem(self, problem: t.Mapping[str, t.Any]) -> str:
        """Return the detail, or else the title, and each entry of a validation map ``errors``."""
        summary = next(
            (self.quote(problem[key]) for key in ("detail", "title") if isinstance(problem.get(key), str)), ""
        )
        fields = problem.get("errors")
        entries = [
            (name, text)
            for name, texts in (fields.items() if isinstance(fields, dict) else ())
            for text in (texts if isinstance(texts, list) else [texts])
            if isinstance(text, str)
        ]
        listed = [": ".join(filter(None, [self.quote(name), self.quote(text)])) for name, text in entries]
        return "; ".join(filter(None, [summary.rstrip("."), *listed]))


def _plain_text(raw: RawResponse) -> str:
    """Return the text of an error response without problem details; empty for HTML, for binary data and for none."""
    if len(raw.content) > _MAX_TEXT or re.search(_MARKUP, raw.content):
        return ""
    try:
        value = parse_json(raw.content)
    except ValueError:
        value = None
    try:
        return value if isinstance(value, str) else raw.content.decode()
    except UnicodeDecodeError:
        return ""


def _is_transient(request: Request, status: int) -> bool:
    """Return whether the same request may succeed a little later."""
    return status in _TRANSIENT_STATUSES or (request.is_read and status in _TRANSIENT_READ_STATUSES)


def _is_ambiguous(request: Request, status: int) -> bool:
    """Return whether a request with this status code may have taken effect."""
    if request.is_read:
        return False
    if status < 200 or status >= 500 or status in _AMBIGUOUS_STATUSES:
        return True
    return not request.is_idempotent and status not in _REFUSAL_STATUSES


def _redirect_target(location: str | None) -> str:
    """Return scheme and host of a redirect; the rest of the URL may contain anything."""
    try:
        target = urlsplit(location or "")
        host = target.hostname
    except ValueError:
        return "a redirect"
    return f"a redirect to {target.scheme or 'https'}://{host}" if host else "a redirect"
