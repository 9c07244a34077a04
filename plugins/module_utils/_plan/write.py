# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sending a write, and finding out whether it took effect.

A write whose response is lost, a write that is accepted but not visible, and a read that fails
afterwards are handled here, for all resources. Reads may lag behind writes, so a state that does not show
a write is read again for a few seconds before the write counts as not visible.
"""

from __future__ import annotations

import enum
import time
import typing as t
from dataclasses import dataclass

from .._api.existence import confirm_absent
from .._http.client import Client
from .._http.errors import BlackboxError
from .._http.request import Request
from .._http.response import Response

State = t.TypeVar("State")

#: Seconds to wait before each further read of a state that does not show a write; the API documents no lag.
POLL_DELAYS = (0.25, 0.5, 1.0, 2.0)


class Effect(enum.Enum):
    """Effect of a request that was sent, as far as it is known."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Sent:
    """A request that was sent: its effect, and a response, an error, or both.

    An accepted request has an error if the body of its response is unusable.
    """

    request: Request
    effect: Effect
    response: Response | None = None
    error: BlackboxError | None = None


@dataclass(frozen=True)
class ReadBack(t.Generic[State]):
    """Functions that read and judge the state after a write.

    :param subject: the object, as a message calls it.
    :param read: reads the state after the write; receives the response of an accepted request.
    :param missing: describes in a sentence what a state lacks of the write; empty if it took effect.
    :param parse: returns the state that the response of the write shows; None to always read it back.
    :param is_provable: whether the state shows the effect of the write at all.
    :param explain_refusal: returns what a refusal means, for the message.
    """

    subject: str
    read: t.Callable[[Response | None], State]
    missing: t.Callable[[State], str]
    parse: t.Callable[[Response], State] | None = None
    is_provable: bool = True
    explain_refusal: t.Callable[[BlackboxError], str] = lambda error: ""


def send(client: Client, request: Request) -> Sent:
    """Send a write and classify its effect."""
    try:
        response = client.send(request)
    except BlackboxError as error:
        if error.is_accepted:
            return Sent(request, Effect.ACCEPTED, error=error)
        return Sent(request, Effect.UNKNOWN if error.is_ambiguous else Effect.REFUSED, error=error)
    return Sent(request, Effect.ACCEPTED, response)


def write(client: Client, request: Request, read_back: ReadBack[State]) -> State:
    """Send a write and return the state that proves it.

    :raises BlackboxError: the write was refused, the state lacks something of it, or the state is
        unknown. ``changed`` says whether the write may have changed something.
    """
    sent = send(client, request)
    if sent.error and sent.effect is Effect.REFUSED:
        raise sent.error.with_context(after=read_back.explain_refusal(sent.error))
    if sent.response and read_back.parse:
        try:
            state = read_back.parse(sent.response)
        except BlackboxError as error:
            sent = Sent(request, sent.effect, error=error)
        else:
            if not read_back.missing(state):
                return state
    return settle(sent, read_back)


def delete(client: Client, request: Request, subject: str, find: t.Callable[[], object | None]) -> bool:
    """Delete an object, prove that it does not exist, and return whether this task deleted it.

    :param find: reads the object; returns None if it does not exist.
    :raises BlackboxError: the object still exists, or its existence is unknown.
    """
    sent = send(client, request)
    if sent.error and sent.error.status == 404:
        is_ours = sent.error.is_ambiguous
        confirm_absent(client, sent.error.with_context(changed=is_ours))
        # Without a lost attempt of ours, another client deleted the object.
        return is_ours
    if sent.error and sent.effect is Effect.REFUSED:
        raise sent.error
    problem = f"the {subject} still exists."
    settle(sent, ReadBack(subject, lambda response: find(), lambda found: problem if found else ""))
    return True


def poll(read: t.Callable[[], State], is_shown: t.Callable[[State], bool]) -> State:
    """Read a state until it shows a write, at most a few seconds, and return the last one.

    :raises BlackboxError: it cannot be read.
    """
    has_failed = False
    for delay in (0.0, *POLL_DELAYS):
        time.sleep(delay)
        try:
            state = read()
        except BlackboxError as error:
            # A single failure must not hide the effect of a write, because the next run might repeat the write.
            if has_failed or not error.is_transient:
                raise
            has_failed = True
            continue
        if is_shown(state):
            break
    return state


def had_no_effect(error: BlackboxError, read: t.Callable[[], State], is_shown: t.Callable[[State], bool]) -> bool:
    """Return whether a failed request that creates something certainly had no effect, so it may be sent again.

    :param is_shown: returns whether a state shows an effect.
    """
    # The service may pass on a 429 of Twilio after a part of the work is done. After any other failure, the request may
    # still be running.
    if error.status != 429:
        return False
    try:
        return not is_shown(poll(read, is_shown))
    except BlackboxError:
        return False


def settle(sent: Sent, read_back: ReadBack[State]) -> State:
    """Read the state after a request that was not refused, and return it if it shows the effect.

    :raises BlackboxError: it lacks something, or it is unknown.
    """
    lost = sent.error if sent.effect is Effect.UNKNOWN else None
    unknown = f"It is unknown whether the request took effect, because the {read_back.subject}"
    if lost and not read_back.is_provable:
        raise lost.with_context(after=f"{unknown} cannot be read back.", changed=True)
    try:
        state = poll(lambda: read_back.read(sent.response), lambda state: not read_back.missing(state))
    except BlackboxError as error:
        if lost is None:
            note = f"{sent.request} was accepted, but its effect is unknown."
            raise error.with_context(before=note, changed=True) from None
        after = f"{unknown} could not be read afterwards. {error.message}"
        raise lost.with_context(after=after, changed=True) from None
    problem = read_back.missing(state)
    if not problem:
        return state
    if lost:
        note = f"According to a later read, {problem} The request may still take effect."
        raise lost.with_context(after=note, changed=True)
    answer = sent.response or sent.error
    raise BlackboxError(
        f"{sent.request} was accepted, but {problem}",
        method=sent.request.method,
        path=sent.request.full_path,
        status=answer.status if answer else None,
        attempts=answer.attempts if answer else 0,
        changed=True,
    )
