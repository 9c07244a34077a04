# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""The options that all modules share, and the rules for what an option may hold. Everything here happens before any request."""

from __future__ import annotations

import ipaddress
import math
import os
import re
import typing as t
from urllib.parse import urlsplit

from ansible.module_utils.errors import AnsibleFallbackNotFound

from ._client import API_PREFIX
from ._errors import BlackboxError
from ._transport import Connection

DEFAULT_API_URL = "https://blackbox.dasha.ai"
MOST_RETRIES = 20

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}", re.IGNORECASE)
_AUTH_TOKEN = re.compile(r"[0-9a-f]{32}")
_PHONE_NUMBER_SID = re.compile(r"PN[0-9a-f]{32}", re.IGNORECASE)
_AGENT_ID = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*")
_KEY = re.compile(r"[!-~]+")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE | re.ASCII)
_URL_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*")

_LEAVE_OUT = "Leave the option out, or use default(omit, true) in a template, when there is nothing to give"


def environment(name: str) -> str:
    """A fallback for argument specs: the variable's value; an empty or blank one counts as not set.

    AWX renders an input that was not filled in as an empty string, which ``env_fallback`` would take for a value.
    """
    value = os.environ.get(name, "")
    if not value.strip():
        raise AnsibleFallbackNotFound
    return value


def api_argument_spec() -> dict[str, dict[str, t.Any]]:
    """The argument spec of the options of the documentation fragment ``dasha.blackbox.api``."""
    return {
        "api_key": {"type": "str", "required": True, "no_log": True, "fallback": (environment, ["DASHA_BLACKBOX_API_KEY"])},
        "api_url": {"type": "str", "default": DEFAULT_API_URL, "fallback": (environment, ["DASHA_BLACKBOX_API_URL"])},
        "api_timeout": {"type": "float", "default": 30.0, "fallback": (environment, ["DASHA_BLACKBOX_API_TIMEOUT"])},
        "api_retries": {"type": "int", "default": 4, "fallback": (environment, ["DASHA_BLACKBOX_API_RETRIES"])},
        "api_retry_max_delay": {"type": "float", "default": 60.0, "fallback": (environment, ["DASHA_BLACKBOX_API_RETRY_MAX_DELAY"])},
        "validate_certs": {"type": "bool", "default": True, "fallback": (environment, ["DASHA_BLACKBOX_VALIDATE_CERTS"])},
        "ca_path": {"type": "path", "fallback": (environment, ["DASHA_BLACKBOX_CA_PATH"])},
    }


def connection(parameters: t.Mapping[str, t.Any]) -> Connection:
    """The connection that the shared options describe.

    :raises BlackboxError: one of them cannot be used.
    """
    return Connection(
        api_key=_api_key(parameters["api_key"]),
        api_url=_api_url(parameters["api_url"]),
        api_timeout=_seconds("api_timeout", parameters["api_timeout"]),
        api_retries=_api_retries(parameters["api_retries"]),
        api_retry_max_delay=_seconds("api_retry_max_delay", parameters["api_retry_max_delay"]),
        validate_certs=parameters["validate_certs"],
        ca_path=_ca_path(parameters["ca_path"]),
    )


def uuid(option: str, value: str | None) -> str:
    """A UUID in canonical form, in lower case.

    :raises BlackboxError: it is something else, or null.
    """
    given = text(option, value)
    if given is None:
        raise _refused(option, "it is null; a UUID is needed")
    if not is_uuid(given):
        raise _refused(option, f"{given!r} is not a UUID such as 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11")
    return given.lower()


def is_uuid(value: str) -> bool:
    return _UUID.fullmatch(value) is not None


def account_sid(value: str | None) -> str | None:
    """The SID of a Twilio account as Twilio writes it; None when the option was not given. It may be given in any case.

    :raises BlackboxError: it is something else.
    """
    given = text("account_sid", value)
    if given is None:
        return None
    if not _ACCOUNT_SID.fullmatch(given):
        # Not quoted: it may be the Auth Token, in the wrong place.
        raise _refused("account_sid", "it is not an Account SID, which is made of AC and 32 hexadecimal digits")
    return "AC" + given[2:].lower()


def auth_token(value: str | None) -> str | None:
    """The Auth Token of a Twilio account, never quoted in a message; None when the option was not given.

    :raises BlackboxError: it is something else.
    """
    if value is None:
        return None
    if not value.strip():
        raise _refused("auth_token", f"it is {'blank' if value else 'empty'}. {_LEAVE_OUT}")
    if not _AUTH_TOKEN.fullmatch(value):
        raise _refused("auth_token", "it is not an Auth Token, which is made of 32 hexadecimal digits in lower case and nothing else")
    return value


def phone_number_sids(option: str, values: t.Iterable[str] | None) -> list[str]:
    """The SIDs of phone numbers as Twilio writes them; they may be given in any case.

    :raises BlackboxError: one of them is something else.
    """
    sids = texts(option, values)
    if not all(map(_PHONE_NUMBER_SID.fullmatch, sids)):
        # Not quoted: it may be the Auth Token, in the wrong place.
        raise _refused(option, "an entry is not the SID of a phone number, which is made of PN and 32 hexadecimal digits")
    return [f"PN{sid[2:].lower()}" for sid in sids]


def agent_id(option: str, value: str | None) -> str:
    """The id of an agent, fit to be part of a path.

    :raises BlackboxError: it is something else, or null.
    """
    given = text(option, value)
    if given is None:
        raise _refused(option, "it is null; the id of an agent is needed")
    if not _AGENT_ID.fullmatch(given):
        raise _refused(option, f"{given!r} is not the id of an agent, which is made of letters, digits, hyphens and the like")
    return given


def optional(check: t.Callable[[str, str], str], option: str, value: str | None) -> str | None:
    """What ``check`` makes of the option; None when it was not given."""
    return None if value is None else check(option, value)


def text(option: str, value: str | None, longest: int | None = None) -> str | None:
    """A text that is neither empty nor blank and has no blanks around it; None when the option was not given.

    :param longest: how many characters (code points) it may have.
    :raises BlackboxError: it breaks one of these rules.
    """
    if value is None:
        return None
    if not value.strip():
        raise _refused(option, f"it is {'blank' if value else 'empty'}. {_LEAVE_OUT}")
    if value != value.strip():
        raise _refused(option, f"{value!r} begins or ends with a blank. Remove it. {_LEAVE_OUT}")
    if longest is not None and len(value) > longest:
        raise _refused(option, f"it has {len(value)} characters, at most {longest} are accepted")
    return value


def texts(option: str, values: t.Iterable[str] | None) -> list[str]:
    """The entries of a list, each of them a text by the rules above; none when the option was not given.

    :raises BlackboxError: one of them is null or breaks the rules.
    """
    checked = [text(option, value) for value in values or ()]
    if None in checked:
        raise _refused(option, "an entry of it is null")
    return [value for value in checked if value is not None]


def _refused(option: str, problem: str) -> BlackboxError:
    return BlackboxError(f"The option {option} is refused: {problem}.")


def _api_key(value: str | None) -> str:
    """The key without one trailing newline, as files and commands leave it; never quoted in a message."""
    key = re.sub(r"\r?\n\Z", "", value or "")
    if not key.strip():
        raise _refused("api_key", "it is empty. Set it, or leave it out and set the environment variable DASHA_BLACKBOX_API_KEY")
    if not _KEY.fullmatch(key):
        raise _refused("api_key", "it has blanks, control characters or characters beyond ASCII; a key is made of visible ASCII characters")
    return key


def _api_url(value: str) -> str:
    """Scheme, host, port and path prefix: what stands before ``/api/v1``."""
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refused("api_url", "it is not a URL") from None
    if "@" in value:
        raise _refused("api_url", "it holds a user name or password; the key belongs in api_key")
    if "?" in value or "#" in value:
        raise _refused("api_url", "it has a query or a fragment; it is made of scheme, host, port and an optional path")
    if parts.scheme not in ("https", "http"):
        raise _refused("api_url", f"{value!r} does not begin with https://")
    address = _ip_address(host)
    prefix = parts.path.rstrip("/")
    prefix = prefix[: -len(API_PREFIX)].rstrip("/") if prefix.endswith(API_PREFIX) else prefix
    # A scope of an address ("%") has no place in a URL that is requested.
    if not (address or _HOST.fullmatch(host)) or "%" in host or not _URL_PREFIX.fullmatch(prefix) or value != value.strip():
        raise _refused("api_url", f"{value!r} is not made of https://, a host, an optional port and an optional path")
    if parts.scheme == "http" and not (address.is_loopback if address else host == "localhost"):
        raise _refused("api_url", f"{value!r} would send api_key in clear; http is accepted for a loopback host only, use https")
    netloc = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{netloc}{'' if port is None else f':{port}'}{prefix}"


def _ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _seconds(option: str, value: float) -> float:
    if not (math.isfinite(value) and value > 0):
        raise _refused(option, f"{value} is not a number of seconds above 0")
    return value


def _api_retries(value: int) -> int:
    if not 0 <= value <= MOST_RETRIES:
        raise _refused("api_retries", f"{value} is not a number from 0 to {MOST_RETRIES}")
    return value


def _ca_path(value: str | None) -> str | None:
    path = text("ca_path", value)
    if path is not None and ("\0" in path or not os.access(path, os.R_OK)):
        raise _refused("ca_path", f"{path!r} does not exist on this host or cannot be read")
    return path
