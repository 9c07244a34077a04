# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests of the probe: only GET, at most 30, not too fast.

They go through the transport of the collection, so that address, key, proxy, certificates, deadline and redirects are
treated as in a task. Its client is not used, because it retries, follows up on a 404 and turns other responses into
errors, while the probe has to see each response as it is.
"""

from __future__ import annotations

import functools
import re
import time
import typing as t
from dataclasses import dataclass
from urllib.parse import parse_qsl

import requests

from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import VERSION
from ansible_collections.dasha.blackbox.plugins.module_utils._http.connection import Connection
from ansible_collections.dasha.blackbox.plugins.module_utils._http.request import Request
from ansible_collections.dasha.blackbox.plugins.module_utils._http.response import parse_json
from ansible_collections.dasha.blackbox.plugins.module_utils._http.transport import (
    RawResponse,
    Transport,
    TransportError,
)

from .redaction import Safe, constant

#: Limit that the documentation promises.
MAX_REQUESTS = 30

#: The only method. No function of this package takes a method.
_METHOD = "GET"

#: An obviously wrong API key, to see how the service refuses one.
_WRONG_KEY = "dasha.blackbox-probe-of-a-wrong-key"

#: IDs that are safe as one segment of a path.
_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*")

#: Status codes of gateways. Further requests would only add to the load.
_GATEWAY_STATUSES = (502, 503, 504)

Key = t.Literal["given", "wrong", "none"]


class Stopped(Exception):
    """The probe cannot go on.

    :param reason: for the report, so a constant.
    :param details: for the terminal of the user; may name files and hosts.
    """

    def __init__(self, reason: str, details: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details


@dataclass(frozen=True)
class Answer:
    """A response.

    :param template: path and query with the names of the IDs, for example ``/agents/{agentId}``.
    :param raw: None if the response is larger than the collection accepts.
    :param received: time of the local clock at the end of the response.
    """

    template: str
    key: Key
    raw: RawResponse | None
    received: float

    @property
    def label(self) -> Safe:
        """The request for the report."""
        note = {"given": "", "wrong": " with a wrong key", "none": " without a key"}[self.key]
        return constant(f"{self.template}{note}")

    @property
    def status(self) -> int:
        """The status code; 0 if the response is too large."""
        return self.raw.status if self.raw else 0

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def headers(self) -> t.Mapping[str, str]:
        return self.raw.headers if self.raw else {}

    @property
    def is_json(self) -> bool:
        return self._parsed is not None

    @property
    def body(self) -> t.Any:
        """The JSON value of the body; None if it is something else."""
        return self._parsed[0] if self._parsed else None

    @functools.cached_property
    def _parsed(self) -> tuple[t.Any] | None:
        try:
            return (parse_json(self.raw.content),) if self.raw else None
        except ValueError:
            return None


class _AnonymousTransport(Transport):
    """Transport that sends no key, not even one of ``~/.netrc``."""

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class Reader:
    """Sends GET requests with an interval between their starts, and counts them. A context manager.

    :ivar answers: the responses so far, in order.
    """

    def __init__(self, connection: Connection, interval: float) -> None:
        agent = f"ansible-dasha.blackbox/{VERSION} probe"
        self._transports: dict[Key, Transport] = {
            "given": Transport(connection, agent),
            "wrong": Transport(connection._replace(api_key=_WRONG_KEY), agent),
            "none": _AnonymousTransport(connection, agent),
        }
        self._interval = interval
        self._next_start = 0.0
        self._sent = 0
        self.answers: list[Answer] = []

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *exception: object) -> None:
        for transport in self._transports.values():
            transport.close()

    def get(self, template: str, *, key: Key = "given", may_fail: bool = False, **values: str) -> Answer:
        """Send a GET request.

        :param template: a constant path below the prefix of the API, with an optional query.
        :param may_fail: whether a 401 may be about something else than the key, and a gateway error about something
            else than the service.
        :param values: the values of the names in the template.
        :raises Stopped: there is no response, or further requests make no sense.
        """
        if self._sent >= MAX_REQUESTS:
            raise Stopped("the limit of requests is reached")
        path, _separator, query = template.partition("?")
        segments = {name: value for name, value in values.items() if f"{{{name}}}" in path}
        if not all(_SEGMENT.fullmatch(value) for value in segments.values()):
            raise ValueError("an ID is unsafe as a part of a path")
        parameters = {name: value.format(**values) for name, value in parse_qsl(query)}
        request = Request(_METHOD, path.format(**segments), parameters or None)
        time.sleep(max(self._next_start - time.monotonic(), 0))
        self._next_start = time.monotonic() + self._interval
        self._sent += 1
        answer = Answer(template, key, self._send(request, key), time.time())
        self.answers.append(answer)
        if answer.status == 429 or (answer.status in _GATEWAY_STATUSES and not may_fail):
            raise Stopped("the service is overloaded or limits the rate of requests", f"It answers {answer.status}.")
        if answer.status == 401 and key == "given" and not may_fail:
            raise Stopped("the service rejects the key", "It answers 401.")
        return answer

    def _send(self, request: Request, key: Key) -> RawResponse | None:
        try:
            return self._transports[key].send(request)
        except TransportError as error:
            if error.is_too_large:
                return None
            raise Stopped("there was no complete response", f"{error}.") from None
