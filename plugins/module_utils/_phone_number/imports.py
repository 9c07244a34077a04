# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Import of numbers of a Twilio account, and removal of imported numbers.

Source: https://blackbox.dasha.ai/docs/api-reference/twilioprovider/import-phone-numbers

The service counts a number that is already imported as a failure. So the imported numbers are compared
before the request, and the numbers that are imported afterwards show what changed.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from .._api import account_numbers, agents, phone_numbers, providers, values
from .._api.account_numbers import AccountNumbers
from .._api.agents import NumberUser
from .._api.existence import find
from .._api.phone_numbers import PhoneNumber
from .._api.values import canonical_number
from .._http.client import TWILIO_TIMEOUT, Client
from .._http.errors import BlackboxError
from .._http.parallel import for_each
from .._http.request import Request
from .._http.response import Response
from .._plan.plan import Outcome, Plan, diff
from .._plan.write import Effect, Sent, delete, had_no_effect, poll, send
from .._provider import select

#: Numbers per import request; the API documents no maximum.
_CHUNK = 10

#: Status codes of refusals that concern one number; after any other failure, no more requests are sent.
_NUMBER_STATUSES = (400, 404, 409, 422)

_NOT_SENT = "The request was not sent, because an earlier request failed."
_NOT_REMOVED = "It was not removed, because not all numbers could be imported."
_STILL_IMPORTED = "The API reports that the number does not exist, but the list of numbers still contains it."
_IMPORTED_AGAIN = "Another client imported it again, so it was not removed."
_UNKNOWN_PROVIDER = "It was not removed, because the API does not return its provider."
_NOT_IMPORTED = "The import was accepted, but the number is not imported."


@dataclass(frozen=True)
class Entry:
    """A number of the task, as far as it is known.

    :param phone_number: in E.164 format if it was punctuated.
    :param phone_number_sid: its SID at Twilio.
    :param id: ID of its record.
    :param error: why it failed.
    """

    phone_number: str | None = None
    phone_number_sid: str | None = None
    id: str | None = None
    error: str | None = None

    def to_result(self) -> dict[str, str | None]:
        """Return the entry as the module returns it."""
        return {
            "phone_number": self.phone_number,
            "phone_number_sid": self.phone_number_sid,
            "id": self.id,
            "error": self.error,
        }

    def __str__(self) -> str:
        return f"{self.phone_number or self.phone_number_sid}: {self.error}"


@dataclass(frozen=True)
class Changes:
    """Imports and removals, planned or done.

    :param numbers: the numbers of the provider: current ones, or those after the changes.
    :param imports: numbers to import.
    :param removals: numbers to remove, each with the ID of its record.
    :param failures: numbers that failed, each with its error.
    :param error: the failed request behind the failures, if any.
    :param is_uncertain: whether a request without a visible effect may still have one.
    """

    numbers: list[PhoneNumber]
    imports: list[Entry] = field(default_factory=list)
    removals: list[Entry] = field(default_factory=list)
    failures: list[Entry] = field(default_factory=list)
    error: BlackboxError | None = None
    is_uncertain: bool = False

    def predicted(self) -> Changes:
        """Return the changes with the predicted numbers. New ones have no ID; those known by SID only are left out."""
        removed = {entry.id for entry in self.removals}
        kept = [number for number in self.numbers if number["id"] not in removed]
        new = [{"phoneNumber": entry.phone_number} for entry in self.imports if entry.phone_number]
        return replace(self, numbers=kept + new)


def plan(client: Client, parameters: t.Mapping[str, t.Any]) -> Plan:
    """Read the numbers of the provider and plan the changes, as ``twilio_phone_numbers`` does.

    :raises BlackboxError: an option is invalid, or the numbers cannot be read or distinguished.
    """
    selector = select.require_foreign_selector(parameters)
    numbers = values.texts("phone_numbers", parameters["phone_numbers"], values.phone_number)
    sids = values.phone_number_sids("phone_number_sids", parameters["phone_number_sids"])
    is_present, exclusive, force = parameters["state"] == "present", parameters["exclusive"], parameters["force"]
    if parameters["phone_numbers"] is None and parameters["phone_number_sids"] is None:
        raise values.missing_option("phone_numbers", "phone_number_sids")
    if exclusive and not is_present:
        raise values.invalid_option("exclusive", "it requires `state: present`")
    if exclusive and not force and not numbers and not sids:
        problem = "the list of numbers is empty, so all numbers would be removed. Set `force: true` to remove them"
        raise values.invalid_option("exclusive", problem)
    provider_id = select.select_existing(client, selector)["id"]
    current = phone_numbers.list_numbers(client, provider_id=provider_id)
    imported = {canonical_number(number["phoneNumber"]) for number in current}
    needs_sids = is_present and any(canonical_number(number) not in imported for number in numbers)
    available = account_numbers.read_account_numbers(client, provider_id) if sids or needs_sids else None
    desired = desired_entries(numbers, sids, available)
    changes = plan_present(current, desired, available, exclusive) if is_present else plan_absent(current, desired)
    changes = keep_foreign_numbers(changes, provider_id)
    unmapped = [str(entry.phone_number_sid) for entry in changes.imports if entry.phone_number is None]
    if unmapped:
        client.warnings.append(
            f"The API does not return the phone numbers of these SIDs: {', '.join(unmapped)}. It is unknown whether"
            " they are already imported, so each run sends the import. After the import, use `phone_numbers`."
        )
    if not force:
        changes = _keep_used_numbers(client, changes)

    def outcome(done: Changes) -> Outcome:
        return _outcome(provider_id, current, done)

    return Plan(outcome(changes.predicted()), lambda client: outcome(_apply(client, provider_id, changes, force)))


def _outcome(provider_id: str, before: list[PhoneNumber], changes: Changes) -> Outcome:
    results = {
        "imported": [entry.to_result() for entry in changes.imports],
        "removed": [entry.to_result() for entry in changes.removals],
        "failures": [entry.to_result() for entry in changes.failures],
        "phone_numbers": [phone_numbers.to_result(number) for number in changes.numbers],
    }
    numbers_before, numbers_after = (
        {"phone_numbers": sorted(canonical_number(number["phoneNumber"]) for number in numbers)}
        for numbers in (before, changes.numbers)
    )
    failure = None
    if changes.failures:
        count = "1 phone number" if len(changes.failures) == 1 else f"{len(changes.failures)} phone numbers"
        message = f"{count} failed: {'; '.join(str(entry).rstrip('.') for entry in changes.failures)}."
        failure = (changes.error or BlackboxError(message)).with_context(message=message)
    return Outcome(
        changed=bool(changes.imports or changes.removals or changes.is_uncertain),
        results=results,
        diff=diff(f"twilio_phone_numbers {provider_id}", numbers_before, numbers_after),
        failure=failure,
    )


def desired_entries(numbers: t.Iterable[str], sids: t.Iterable[str], available: AccountNumbers | None) -> list[Entry]:
    """Return an entry for each desired number, with SID and number if both are known."""
    number_by_sid = (available and available.by_sid) or {}
    sid_by_number = {number: sid for sid, number in number_by_sid.items()}
    entries = [Entry(number, sid_by_number.get(number)) for number in map(canonical_number, numbers)]
    entries += [Entry(number_by_sid.get(sid), sid) for sid in sids]
    return list({entry.phone_number or entry.phone_number_sid: entry for entry in entries}.values())


def plan_present(
    current: list[PhoneNumber], desired: list[Entry], available: AccountNumbers | None, exclusive: bool
) -> Changes:
    """Plan the import of the desired numbers, and the removal of all others if ``exclusive`` is set.

    :raises BlackboxError: the numbers cannot be distinguished.
    """
    imported = {canonical_number(number["phoneNumber"]) for number in current}
    missing = [entry for entry in desired if entry.phone_number not in imported]
    if any(entry.phone_number_sid is None for entry in missing) and available is not None and available.by_sid is None:
        raise _unmappable("the SID of a number", "Use `phone_number_sids`.")
    if exclusive and any(entry.phone_number is None for entry in desired):
        raise _unmappable("the numbers of the SIDs, so the numbers to remove are unknown", "Use `phone_numbers`.")
    kept = {entry.phone_number for entry in desired}
    others = [_entry(number) for number in current if canonical_number(number["phoneNumber"]) not in kept]
    removals = others if exclusive else []
    listed = len((available and available.by_sid) or ())
    error = f"It is not among the {listed} numbers that the API lists for the Twilio account."
    failures = [replace(entry, error=error) for entry in missing if not entry.phone_number_sid]
    return Changes(
        current,
        imports=[entry for entry in missing if entry.phone_number_sid],
        removals=[] if failures else removals,
        failures=[*failures, *(_not_removed(removals) if failures else [])],
    )


def plan_absent(current: list[PhoneNumber], desired: list[Entry]) -> Changes:
    """Plan the removal of the given numbers.

    :raises BlackboxError: the numbers cannot be distinguished.
    """
    if any(entry.phone_number is None for entry in desired):
        raise _unmappable("the numbers of the SIDs", "Use `phone_numbers`.")
    sids = {entry.phone_number: entry.phone_number_sid for entry in desired}
    removals = [_entry(number) for number in current if canonical_number(number["phoneNumber"]) in sids]
    return Changes(current, removals=[replace(entry, phone_number_sid=sids[entry.phone_number]) for entry in removals])


def _unmappable(unknown: str, remedy: str) -> BlackboxError:
    problem = f"The list of numbers of the Twilio account does not show {unknown}."
    return BlackboxError(f"{problem} Nothing was sent. {remedy}")


def keep_foreign_numbers(changes: Changes, provider_id: str) -> Changes:
    """Turn the removal of numbers that may belong to another provider into failures."""
    owned = {number["id"] for number in changes.numbers if number["providerId"] == provider_id}
    foreign = [replace(entry, error=_UNKNOWN_PROVIDER) for entry in changes.removals if entry.id not in owned]
    removals = [entry for entry in changes.removals if entry.id in owned]
    return replace(changes, removals=removals, failures=changes.failures + foreign)


def _keep_used_numbers(client: Client, changes: Changes) -> Changes:
    """Turn the removal of numbers that agents use into failures.

    :raises BlackboxError: the agents of a number cannot be read.
    """
    users = for_each(changes.removals, lambda entry: agents.list_number_users(client, str(entry.id)))
    unused = [entry for entry, used_by in zip(changes.removals, users) if not used_by]
    used = [replace(entry, error=_in_use(used_by)) for entry, used_by in zip(changes.removals, users) if used_by]
    return replace(changes, removals=unused, failures=changes.failures + used)


def _in_use(users: t.Sequence[NumberUser]) -> str:
    return f"It is used by {' and '.join(map(str, users))}. Unlink it, or set `force: true` to remove it anyway."


def _not_removed(removals: list[Entry]) -> list[Entry]:
    return [replace(entry, error=_NOT_REMOVED) for entry in removals]


def _entry(number: PhoneNumber) -> Entry:
    return Entry(canonical_number(number["phoneNumber"]), id=number["id"])


def _apply(client: Client, provider_id: str, planned: Changes, force: bool) -> Changes:
    """Import the planned numbers, then remove the others, provided that every import succeeded.

    :raises BlackboxError: the numbers after the changes are unknown.
    """
    done = Changes(planned.numbers, failures=list(planned.failures))
    if planned.imports:
        done = _import(client, provider_id, planned, done)
    if not planned.removals:
        return done
    if len(done.failures) > len(planned.failures):
        return replace(done, failures=done.failures + _not_removed(planned.removals))
    return _remove(client, provider_id, planned.removals, force, done)


def _read_afterwards(
    client: Client,
    provider_id: str,
    is_shown: t.Callable[[list[PhoneNumber]], bool],
    request_error: BlackboxError | None,
) -> list[PhoneNumber]:
    """Return the numbers after a write.

    :param is_shown: returns whether the numbers show the write.
    :param request_error: the error of the write, if it failed.
    """
    try:
        return poll(lambda: phone_numbers.list_numbers(client, provider_id=provider_id), is_shown)
    except BlackboxError as error:
        note = "Numbers may have been imported or removed. The current numbers are unknown."
        if request_error is None:
            raise error.with_context(before=note, changed=True) from None
        raise request_error.with_context(after=f"{note} {error.message}", changed=True) from None


def _import(client: Client, provider_id: str, planned: Changes, done: Changes) -> Changes:
    """Send the SIDs, and compare the numbers before and after."""
    sids = [str(entry.phone_number_sid) for entry in planned.imports]
    errors: dict[str, str] = {}
    # SIDs of requests that were not refused, except those that the service reports as failed.
    pending: list[str] = []
    request_error = None
    for start in range(0, len(sids), _CHUNK):
        chunk = sids[start : start + _CHUNK]
        sent = _send_import(client, provider_id, chunk, planned.numbers, len(pending))
        if sent.error is None:
            body = sent.response.body if sent.response else None
            pending += [sid for sid in chunk if sid not in _errors_by_sid(client, body)]
            errors.update(_errors_of_chunk(client, chunk, body))
            continue
        request_error = sent.error
        is_refused = sent.effect is Effect.REFUSED
        pending += [] if is_refused else chunk
        note = "" if is_refused else " The number may still be imported."
        errors.update(dict.fromkeys(chunk, sent.error.message + note))
        errors.update(dict.fromkeys(sids[start + _CHUNK :], _NOT_SENT))
        break
    expected = [entry for entry in planned.imports if entry.phone_number_sid in pending]
    numbers = planned.numbers
    if expected:

        def is_shown(numbers: list[PhoneNumber]) -> bool:
            return not _missing(expected, _new_numbers(planned.numbers, numbers))

        numbers = _read_afterwards(client, provider_id, is_shown, request_error)
    new = _new_numbers(planned.numbers, numbers)
    imported, failures = _compare(planned, new, errors)
    return replace(
        done,
        numbers=numbers,
        imports=imported,
        failures=done.failures + failures,
        error=request_error if failures else None,
        is_uncertain=bool(_missing(expected, new)),
    )


def _new_numbers(before: list[PhoneNumber], after: list[PhoneNumber]) -> dict[str, str]:
    """Return the IDs of new records by phone number."""
    known = {number["id"] for number in before}
    return {canonical_number(number["phoneNumber"]): number["id"] for number in after if number["id"] not in known}


def _missing(expected: t.Iterable[Entry], new: t.Mapping[str, str]) -> list[Entry]:
    """Return the expected numbers that are not among the new ones; all of those known by SID only if one is missing."""
    unknown = [entry for entry in expected if entry.phone_number is None]
    known = [entry for entry in expected if entry.phone_number is not None]
    others = new.keys() - {entry.phone_number for entry in known}
    return [entry for entry in known if entry.phone_number not in new] + (unknown if len(others) < len(unknown) else [])


def _send_import(client: Client, provider_id: str, sids: list[str], before: list[PhoneNumber], accepted: int) -> Sent:
    """Import numbers.

    :param before: the numbers before the first import.
    :param accepted: number of imports that the service accepted before.
    """

    def is_shown(numbers: list[PhoneNumber]) -> bool:
        return len(_new_numbers(before, numbers)) > accepted

    request = Request(
        "POST",
        f"/providers/twilio/{provider_id}/import-numbers",
        body={"phoneNumberSids": sids},
        is_idempotent=False,
        may_repeat=lambda error: had_no_effect(
            error, lambda: phone_numbers.list_numbers(client, provider_id=provider_id), is_shown
        ),
        minimum_timeout=TWILIO_TIMEOUT,
        hints=providers.CREDENTIAL_HINTS,
    )
    sent = send(client, request)
    # The status code of a (partial) failure is undocumented. An error response that lists these SIDs is one.
    if sent.error and _errors_by_sid(client, sent.error.problem).keys() & set(sids):
        error = sent.error
        response = Response(request, error.status or 0, error.attempts, error.problem)
        return Sent(request, Effect.ACCEPTED, response)
    return sent


def _errors_of_chunk(client: Client, sids: list[str], body: t.Any) -> dict[str, str]:
    """Return the errors of an import response by SID, also for SIDs whose import it does not confirm."""
    reported = _errors_by_sid(client, body)
    errors = {sid: reported[sid] for sid in sids if sid in reported}
    unmentioned = [sid for sid in sids if sid not in errors]
    if isinstance(body, dict) and body.get("successCount") == len(unmentioned):
        return errors
    others = "".join(f" The API reports: {text}" for sid, text in reported.items() if sid not in errors)
    note = f"The API does not report whether the number was imported.{others}"
    return {**errors, **dict.fromkeys(unmentioned, note)}


def _errors_by_sid(client: Client, body: t.Any) -> dict[str, str]:
    entries = body.get("errors") if isinstance(body, dict) else None
    errors = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return {
        values.canonical_sid(entry.get("phoneNumberSid"), values.PHONE_NUMBER) or "": _error_message(
            client, entry.get("errorMessage")
        )
        for entry in errors
    }


def _error_message(client: Client, message: t.Any) -> str:
    # Only a text, because the secret fields of other values are recognized by names that are lost here.
    return (client.quote(message) if isinstance(message, str) else "") or "The API reports no reason."


def _compare(
    planned: Changes, new: t.Mapping[str, str], errors: t.Mapping[str, str]
) -> tuple[list[Entry], list[Entry]]:
    """Return the imports that succeeded and those that failed.

    :param new: IDs of the new records by phone number.
    :param errors: errors of the service by SID.
    """
    # An import that the service reports as failed counts only if its number shows it.
    confirmable = [entry for entry in planned.imports if entry.phone_number or entry.phone_number_sid not in errors]
    missing = _missing(confirmable, new)
    failures = [
        replace(entry, error=errors.get(str(entry.phone_number_sid), _NOT_IMPORTED))
        for entry in planned.imports
        if entry in missing or entry not in confirmable
    ]
    imported = [
        replace(entry, id=new[entry.phone_number])
        for entry in planned.imports
        if entry.phone_number is not None and entry.phone_number in new
    ]
    if any(entry.phone_number is None for entry in planned.imports):
        # The other new numbers belong to SIDs without a known number.
        known = {entry.phone_number for entry in imported}
        imported += [Entry(number, id=number_id) for number, number_id in new.items() if number not in known]
    return imported, failures


def _remove(client: Client, provider_id: str, entries: list[Entry], force: bool, done: Changes) -> Changes:
    """Remove the numbers, and compare the numbers before and after."""
    # IDs of numbers that this task has removed, or may have.
    removed = set()
    errors: dict[str | None, str] = {}
    request_error = None
    is_refused = True
    for entry in entries:
        try:
            removed |= {entry.id} if _delete_number(client, provider_id, entry, force) else set()
            is_refused = False
        except BlackboxError as error:
            request_error = error
            removed |= {entry.id} if error.changed else set()
            is_refused = is_refused and not error.changed
            errors[entry.id] = _explain_conflict(client, entry, error)
            if error.status not in _NUMBER_STATUSES:
                not_sent = {later.id: _NOT_SENT for later in entries[entries.index(entry) + 1 :]}
                errors = {**not_sent, **errors}
                break
    numbers = done.numbers
    if not is_refused:

        def is_shown(numbers: list[PhoneNumber]) -> bool:
            return removed.isdisjoint(number["id"] for number in numbers)

        numbers = _read_afterwards(client, provider_id, is_shown, request_error)
    remaining = {number["id"] for number in numbers}
    again = {canonical_number(number["phoneNumber"]) for number in numbers}
    failures = [
        replace(entry, error=errors.get(entry.id, _STILL_IMPORTED if entry.id in remaining else _IMPORTED_AGAIN))
        for entry in entries
        if entry.id in remaining or entry.phone_number in again
    ]
    return replace(
        done,
        numbers=numbers,
        removals=[entry for entry in entries if entry.id in removed - remaining],
        failures=done.failures + failures,
        error=done.error or (request_error if failures else None),
        is_uncertain=done.is_uncertain or bool(removed & remaining),
    )


def _delete_number(client: Client, provider_id: str, entry: Entry, force: bool) -> bool:
    request = Request(
        "DELETE",
        f"/providers/twilio/{provider_id}/phone-numbers/{entry.id}",
        query={"force": "true"} if force else None,
    )
    return delete(client, request, "number", lambda: find(client, phone_numbers.path(str(entry.id))))


def _explain_conflict(client: Client, entry: Entry, error: BlackboxError) -> str:
    """Return the message of a refusal, with the agents that have started to use the number."""
    if error.status != 409:
        return error.message
    try:
        users = agents.list_number_users(client, str(entry.id))
    except BlackboxError:
        return error.message
    return f"{error.message} {_in_use(users)}" if users else error.message
