# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""Importing numbers of a Twilio account, and taking them out again: plan and apply
(https://blackbox.dasha.ai/docs/api-reference/twilioprovider/import-phone-numbers).

The service counts a number that is already imported as a failure. So what is there is compared first, and what is there afterwards says what
was changed.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from . import _absence, _agents, _concurrency, _phone_numbers, _providers
from ._available_numbers import AvailableNumbers
from ._client import WAITS_FOR_TWILIO, Client
from ._errors import BlackboxError
from ._phone_numbers import PhoneNumber, normalized

#: How many numbers are imported by one request; how many the service takes is not documented.
_CHUNK = 10

#: Refusals that are about one number; after any other failure the rest is not sent.
_ABOUT_ONE_NUMBER = (400, 404, 409, 422)

#: Why a number was not sent any more.
_NOT_SENT = "It was not sent, because a request before it failed."

#: Why a number is not removed although the service did not refuse.
_STILL_THERE = "The service took the request, or said that the number is not there, but the number is still there."


@dataclass(frozen=True)
class Entry:
    """A number that a task is about, as far as it is known.

    :param phone_number: as E.164 has it, where it is plainly a number.
    :param phone_number_sid: its SID at Twilio.
    :param id: its record here.
    :param error: why it failed.
    """

    phone_number: str | None = None
    phone_number_sid: str | None = None
    id: str | None = None
    error: str | None = None

    def as_result(self) -> dict[str, str | None]:
        return {"phone_number": self.phone_number, "phone_number_sid": self.phone_number_sid, "id": self.id, "error": self.error}

    def __str__(self) -> str:
        return f"{self.phone_number or self.phone_number_sid}: {self.error}"


@dataclass(frozen=True)
class Plan:
    """What has to be done.

    :param current: the numbers that are imported through the provider.
    :param imports: what is to be imported.
    :param removals: what is to be taken out, each with its record's id.
    :param failures: what is known to be impossible before anything is sent.
    """

    current: list[PhoneNumber]
    imports: list[Entry] = field(default_factory=list)
    removals: list[Entry] = field(default_factory=list)
    failures: list[Entry] = field(default_factory=list)

    @property
    def predicted(self) -> list[PhoneNumber]:
        """The numbers as they will be. One that is imported has no id yet, and where only its SID is known it is left out."""
        gone = {entry.id for entry in self.removals}
        stay = [number for number in self.current if number["id"] not in gone]
        return stay + [{"phoneNumber": entry.phone_number} for entry in self.imports if entry.phone_number]


@dataclass(frozen=True)
class Outcome:
    """What was done: the lists of a result, and the numbers that are there now.

    :param request: why some failed, where it was a request that did.
    """

    imported: list[Entry]
    removed: list[Entry]
    failures: list[Entry]
    numbers: list[PhoneNumber]
    request: BlackboxError | None = None


def wishes(phone_numbers: t.Iterable[str], sids: t.Iterable[str], available: AvailableNumbers | None) -> list[Entry]:
    """What is asked for, each number once, with SID and number where both are known."""
    known = (available and available.numbers) or {}
    by_number = {number: sid for sid, number in known.items()}
    entries = [Entry(number, by_number.get(number)) for number in map(normalized, phone_numbers)]
    entries += [Entry(known.get(sid), sid) for sid in sids]
    return list({entry.phone_number or entry.phone_number_sid: entry for entry in entries}.values())


def plan_present(current: list[PhoneNumber], wished: list[Entry], available: AvailableNumbers | None, exclusive: bool) -> Plan:
    """The plan for these numbers to be imported, and no others where ``exclusive`` says so.

    :raises BlackboxError: it cannot be known what that means.
    """
    there = {normalized(number["phoneNumber"]) for number in current}
    missing = [entry for entry in wished if entry.phone_number not in there]
    if any(entry.phone_number_sid is None for entry in missing) and available is not None and available.numbers is None:
        raise _cannot_tell("which SID a number has", "Give phone_number_sids.")
    if exclusive and any(entry.phone_number is None for entry in wished):
        raise _cannot_tell("which numbers the SIDs are, and so which others are to be removed", "Give phone_numbers.")
    keep = {entry.phone_number for entry in wished}
    others = [_entry(number) for number in current if normalized(number["phoneNumber"]) not in keep] if exclusive else []
    failures = [replace(entry, error="It is not among the numbers of the Twilio account.") for entry in missing if not entry.phone_number_sid]
    return Plan(
        current,
        imports=[entry for entry in missing if entry.phone_number_sid],
        removals=[] if failures else others,
        failures=failures + _kept(others) if failures else [],
    )


def plan_absent(current: list[PhoneNumber], wished: list[Entry]) -> Plan:
    """The plan for these numbers not to be imported.

    :raises BlackboxError: it cannot be known which they are.
    """
    if any(entry.phone_number is None for entry in wished):
        raise _cannot_tell("which numbers the SIDs are", "Give phone_numbers.")
    sids = {entry.phone_number: entry.phone_number_sid for entry in wished}
    removals = [_entry(number) for number in current if normalized(number["phoneNumber"]) in sids]
    return Plan(current, removals=[replace(entry, phone_number_sid=sids[entry.phone_number]) for entry in removals])


def guarded(client: Client, plan: Plan) -> Plan:
    """The plan without the removal of numbers that agents use.

    :raises BlackboxError: who uses a number is not known.
    """
    numbers = {number["id"]: number for number in plan.current}
    used = _concurrency.for_each(plan.removals, lambda entry: _agents.users_of_number(client, numbers[entry.id]))
    free = [entry for entry, users in zip(plan.removals, used) if not users]
    refused = [replace(entry, error=_in_use(users)) for entry, users in zip(plan.removals, used) if users]
    return replace(plan, removals=free, failures=plan.failures + refused)


def _in_use(users: t.Sequence[_agents.NumberUser]) -> str:
    return f"It is used by {' and '.join(map(str, users))}. Unlink it, or set force: true to cut them off."


def _cannot_tell(what: str, instead: str) -> BlackboxError:
    return BlackboxError(f"The list of the numbers of the Twilio account does not tell {what}. Nothing was sent. {instead}")


def _kept(removals: list[Entry]) -> list[Entry]:
    """What is not removed, since what shall be there is not all there."""
    return [replace(entry, error="It was not removed, because not all numbers could be imported.") for entry in removals]


def _entry(number: PhoneNumber) -> Entry:
    return Entry(normalized(number["phoneNumber"]), id=number["id"])


def predict(plan: Plan) -> Outcome:
    """What :func:`apply` would come to."""
    return Outcome(plan.imports, plan.removals, plan.failures, plan.predicted)


def apply(client: Client, provider_id: str, plan: Plan, force: bool) -> Outcome:
    """Do what the plan holds: first import, then take out, and that only when all that shall be there is there.

    :raises BlackboxError: what is there afterwards is not known.
    """
    outcome = Outcome([], [], list(plan.failures), plan.current)
    if plan.imports:
        outcome = _import(client, provider_id, plan, outcome)
    if plan.removals and len(outcome.failures) > len(plan.failures):
        return replace(outcome, failures=outcome.failures + _kept(plan.removals))
    return _remove(client, provider_id, plan.removals, force, outcome) if plan.removals else outcome


def _read_afterwards(client: Client, provider_id: str, request: BlackboxError | None) -> list[PhoneNumber]:
    """The numbers after a write.

    :param request: what became of the write, if it failed.
    """
    try:
        return _phone_numbers.list_numbers(client, provider_id=provider_id)
    except BlackboxError as error:
        before = f"{request.message} " if request else ""
        error.message = f"{before}Numbers may have been imported or removed: which are there now is not known. {error.message}"
        error.changed = True
        raise


def _import(client: Client, provider_id: str, plan: Plan, outcome: Outcome) -> Outcome:
    """Send the SIDs and look what came of it."""
    sids = [str(entry.phone_number_sid) for entry in plan.imports]
    # Why which of them failed, or may have, as far as the service says.
    errors: dict[str, str] = {}
    request = None
    refused = True
    for start in range(0, len(sids), _CHUNK):
        chunk = sids[start : start + _CHUNK]
        try:
            errors.update(_import_chunk(client, provider_id, chunk))
            refused = False
        except BlackboxError as error:
            request = error
            lost = error.uncertain or error.accepted
            refused = refused and not lost
            errors.update(dict.fromkeys(chunk, error.message + (" It may still be imported." if lost else "")))
            errors.update(dict.fromkeys(sids[start + _CHUNK :], _NOT_SENT))
            break
    numbers = plan.current if refused else _read_afterwards(client, provider_id, request)
    imported, not_imported = _compare(plan, numbers, errors)
    return replace(outcome, imported=imported, failures=outcome.failures + not_imported, numbers=numbers, request=request if not_imported else None)


def _import_chunk(client: Client, provider_id: str, sids: list[str]) -> dict[str, str]:
    path = f"/providers/twilio/{provider_id}/import-numbers"
    try:
        said = client.request(
            "POST", path, body={"phoneNumberSids": sids}, may_repeat=lambda: False, least_timeout=WAITS_FOR_TWILIO, hints=_providers.HINTS_OF_CREDENTIALS
        ).payload
    except BlackboxError as error:
        # With which status the service says that some or all failed is not documented.
        if not _errors_by_sid(client, error.problem).keys() & set(sids):
            raise
        said = error.problem
    words = _errors_by_sid(client, said)
    errors = {sid: words[sid] for sid in sids if sid in words}
    silent = [sid for sid in sids if sid not in errors]
    counted = said.get("successCount") if isinstance(said, dict) else None
    if counted == len(silent):
        return errors
    others = "".join(f" It says: {text}" for sid, text in words.items() if sid not in errors)
    return {**errors, **dict.fromkeys(silent, f"The service does not say whether it was imported.{others}")}


def _errors_by_sid(client: Client, payload: t.Any) -> dict[str, str]:
    entries = payload.get("errors") if isinstance(payload, dict) else None
    said = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return {_sid(entry.get("phoneNumberSid")): _words(client, entry.get("errorMessage")) for entry in said}


def _words(client: Client, message: t.Any) -> str:
    # Of anything but a text the names are lost that tell what in it is secret.
    return (client.quote(message) if isinstance(message, str) else "") or "The service does not say why."


def _sid(said: t.Any) -> str:
    return f"PN{said[2:].lower()}" if isinstance(said, str) else ""


def _compare(plan: Plan, numbers: list[PhoneNumber], errors: t.Mapping[str, str]) -> tuple[list[Entry], list[Entry]]:
    """What was imported and what was not: the numbers that are there say so, and where only a SID is known, the service."""
    before = {number["id"] for number in plan.current}
    new = {normalized(number["phoneNumber"]): number["id"] for number in numbers if number["id"] not in before}
    imported: list[Entry] = []
    failures: list[Entry] = []
    for entry in plan.imports:
        error = errors.get(str(entry.phone_number_sid))
        if entry.phone_number in new:
            imported.append(replace(entry, id=new.pop(entry.phone_number)))
        elif error is not None or entry.phone_number is not None:
            failures.append(replace(entry, error=error or "The service reported no error, but the number is not there."))
    if any(entry.phone_number is None for entry in plan.imports):
        # What came for the SIDs whose numbers are not known.
        imported += [Entry(number, id=number_id) for number, number_id in new.items()]
    return imported, failures


def _remove(client: Client, provider_id: str, entries: list[Entry], force: bool, outcome: Outcome) -> Outcome:
    """Take the numbers out and look what came of it."""
    query = {"force": "true"} if force else None
    # The ids of those that are gone by this task, as far as the service says, or may be.
    gone = set()
    errors: dict[str | None, str] = {}
    request = None
    refused = True
    for entry in entries:
        path = f"/providers/twilio/{provider_id}/phone-numbers/{entry.id}"
        try:
            gone |= {entry.id} if _absence.delete(client, path, read_path=f"/sip-phone-numbers/{entry.id}", what="number", query=query) else set()
            refused = False
        except BlackboxError as error:
            request = error
            gone |= {entry.id} if error.uncertain else set()
            refused = refused and not error.uncertain
            errors[entry.id] = _with_users(client, entry, error)
            if error.status not in _ABOUT_ONE_NUMBER:
                errors = {**{later.id: _NOT_SENT for later in entries if later.id not in gone}, **errors}
                break
    numbers = outcome.numbers if refused else _read_afterwards(client, provider_id, request)
    there = {number["id"] for number in numbers}
    failures = [replace(entry, error=errors.get(entry.id, _STILL_THERE)) for entry in entries if entry.id in there]
    return replace(
        outcome,
        removed=[entry for entry in entries if entry.id in gone - there],
        failures=outcome.failures + failures,
        numbers=numbers,
        request=outcome.request or (request if failures else None),
    )


def _with_users(client: Client, entry: Entry, error: BlackboxError) -> str:
    """The words of a refusal; where an agent has come to use the number in the meantime, with its name."""
    if error.status != 409:
        return error.message
    try:
        users = _agents.users_of_number(client, {"id": entry.id})
    except BlackboxError:
        return error.message
    return f"{error.message} {_in_use(users)}" if users else error.message
