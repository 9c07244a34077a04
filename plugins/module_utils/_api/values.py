# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for values: UUIDs, SIDs, phone numbers and texts, in options and in responses.

Functions that take the name of an option raise an error that names it, before any request is sent.
"""

from __future__ import annotations

import math
import re
import typing as t
import unicodedata

from .._http.errors import BlackboxError

# Texts, because most tasks use few of these patterns. The module re compiles each when it is first used.
_UUID = r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_SID = r"(?i)([A-Z]{2})([0-9a-f]{32})"
_AUTH_TOKEN = r"[0-9a-f]{32}"
_AGENT_ID = r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*"
_E164 = r"\+[1-9][0-9]{6,14}"

#: A phone number with the punctuation that people write between its digits, and one whose plus sign is missing.
_PUNCTUATED_NUMBER = r"\+[0-9](?:[ ()./-]*[0-9]){6,14}"
_DIGITS = r"[0-9]{7,15}"

#: Prefixes of the SIDs of Twilio (https://www.twilio.com/docs/glossary/what-is-a-sid).
ACCOUNT = "AC"
PHONE_NUMBER = "PN"

_OMIT = "Omit the option, or use default(omit, true) in a template that can be empty"


def invalid_option(option: str, problem: str) -> BlackboxError:
    """Return the error for an option with an invalid value."""
    return BlackboxError(f"The option `{option}` is invalid: {problem}.")


def missing_option(*options: str) -> BlackboxError:
    """Return the error for a task that sets none of the options, or sets them to null, which Ansible counts as set."""
    names = ", ".join(f"`{option}`" for option in options)
    return BlackboxError(f"One of the options {names} is required. Null counts as not set.")


# Values of responses


def is_uuid(value: str) -> bool:
    """Return whether the value is a UUID, in any case."""
    return re.fullmatch(_UUID, value) is not None


def canonical_id(identifier: str) -> str:
    """Return a UUID in lower case, and any other ID unchanged."""
    return identifier.lower() if is_uuid(identifier) else identifier


def canonical_sid(value: t.Any, prefix: str) -> str | None:
    """Return a SID with this prefix as Twilio writes it; None if the value is something else."""
    found = re.fullmatch(_SID, value) if isinstance(value, str) else None
    return prefix + found[2].lower() if found and found[1].upper() == prefix else None


def is_e164(value: str) -> bool:
    """Return whether the value is a phone number in E.164 format."""
    return re.fullmatch(_E164, value) is not None


def canonical_number(phone_number: str) -> str:
    """Return a phone number in E.164 format if it has punctuation or lacks the plus sign; others unchanged.

    For example, ``+1 (500) 555-0001`` and ``15005550001`` are ``+15005550001``.
    """
    if re.fullmatch(_PUNCTUATED_NUMBER, phone_number) or is_e164(f"+{phone_number}"):
        return "+" + re.sub(r"[^0-9]", "", phone_number)
    return phone_number


def canonical_text(value: str) -> str:
    """Return a text in Unicode normalization form C, in which texts that look the same are equal."""
    return unicodedata.normalize("NFC", value)


# Values of options


def text(option: str, value: str | None, max_length: int | None = None) -> str | None:
    """Return the text of an option; None if it is not set.

    :param max_length: in characters (code points).
    :raises BlackboxError: it is empty, blank, too long, or has surrounding blanks.
    """
    if value is None:
        return None
    if not value.strip():
        raise invalid_option(option, f"it is {'blank' if value else 'empty'}. {_OMIT}")
    if value != value.strip():
        raise invalid_option(option, f"{value!r} begins or ends with whitespace. Remove the whitespace")
    if max_length is not None and len(value) > max_length:
        raise invalid_option(option, f"it has {len(value)} characters, but the maximum is {max_length}")
    return value


def texts(option: str, values: t.Iterable[str] | None, check: t.Callable[[str, str], str | None] = text) -> list[str]:
    """Return the entries of an option that is a list of texts; none if it is not set.

    :param check: returns the value of an entry; raises an error if it is invalid.
    :raises BlackboxError: an entry is null or invalid.
    """
    checked = [check(option, value) for value in values or ()]
    if None in checked:
        raise invalid_option(option, "an entry is null")
    return [value for value in checked if value is not None]


def phone_number(option: str, value: str | None) -> str | None:
    """Return the phone number of an option; None if it is not set.

    :raises BlackboxError: it is invalid as a text, or it has only digits, because YAML reads ``+15005550001`` without
        quotes as an integer.
    """
    given = text(option, value)
    if given is not None and re.fullmatch(_DIGITS, given):
        advice = "Quote the number, as in '+15005550001', because YAML drops the plus sign of an unquoted number"
        raise invalid_option(option, f"{given!r} has no plus sign. {advice}")
    return given


def seconds(option: str, value: float) -> float:
    """Return the duration of an option, in seconds.

    :raises BlackboxError: it is not a number above 0.
    """
    if not (math.isfinite(value) and value > 0):
        raise invalid_option(option, f"{value} is not a positive number of seconds")
    return value


def uuid(option: str, value: str | None) -> str:
    """Return the UUID of an option in lower case.

    :raises BlackboxError: it is something else, or null.
    """
    given = text(option, value)
    if given is None:
        raise invalid_option(option, "it is null, but a UUID is required")
    if not is_uuid(given):
        raise invalid_option(option, f"{given!r} is not a UUID such as 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11")
    return given.lower()


def agent_id(option: str, value: str) -> str:
    """Return the agent ID of an option, safe as a part of a path.

    :raises BlackboxError: it is something else.
    """
    given = text(option, value)
    if given is None or not re.fullmatch(_AGENT_ID, given):
        characters = "letters, digits, hyphens, dots, underscores, and tildes"
        raise invalid_option(option, f"{given!r} is not an agent ID. An agent ID consists of {characters}")
    return canonical_id(given)


def account_sid(value: str | None) -> str | None:
    """Return the Account SID of the option ``account_sid`` as Twilio writes it; None if it is not set.

    :raises BlackboxError: it is something else. The value is not quoted, because it may be the Auth Token.
    """
    given = text("account_sid", value)
    sid = canonical_sid(given, ACCOUNT)
    if given is not None and sid is None:
        raise invalid_option(
            "account_sid", "it is not an Account SID. An Account SID consists of AC and 32 hexadecimal digits"
        )
    return sid


def phone_number_sids(option: str, values: t.Iterable[str] | None) -> list[str]:
    """Return the phone number SIDs of an option as Twilio writes them.

    :raises BlackboxError: an entry is something else. It is not quoted, because it may be the Auth Token.
    """
    sids = [canonical_sid(value, PHONE_NUMBER) for value in texts(option, values)]
    if None in sids:
        problem = "an entry is not the SID of a phone number. Such a SID consists of PN and 32 hexadecimal digits"
        raise invalid_option(option, problem)
    return [sid for sid in sids if sid is not None]


def auth_token(value: str | None) -> str | None:
    """Return the Auth Token of the option ``auth_token``; None if it is not set.

    :raises BlackboxError: it is something else. It is never quoted.
    """
    if value is None:
        return None
    if not value.strip():
        raise invalid_option("auth_token", f"it is {'blank' if value else 'empty'}. {_OMIT}")
    if not re.fullmatch(_AUTH_TOKEN, value):
        problem = "it is not an Auth Token. An Auth Token consists of 32 lowercase hexadecimal digits"
        raise invalid_option("auth_token", problem)
    return value


def optional(check: t.Callable[[str, str], str], option: str, value: str | None) -> str | None:
    """Return the checked value of an option; None if it is not set."""
    return None if value is None else check(option, value)
