# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options, which all modules share, and their checks."""

from __future__ import annotations

import ipaddress
import os
import re
import typing as t
from urllib.parse import urlsplit

from ansible.module_utils.errors import AnsibleFallbackNotFound

from .._api.values import invalid_option, seconds, text
from .._http.connection import Connection
from .._http.errors import BlackboxError
from .._http.request import API_PREFIX

DEFAULT_API_URL = "https://blackbox.dasha.ai"
MAX_RETRIES = 20

_API_KEY = re.compile(r"[!-~]+")
_HOST = r"(?ai)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_URL_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*")


def environment(name: str) -> str:
    """Return the value of an environment variable, as a fallback of an argument spec.

    Unlike ``env_fallback``, this ignores an empty or blank variable, because AWX renders an unfilled input as such.

    :raises AnsibleFallbackNotFound: the variable is unset, empty or blank.
    """
    value = os.environ.get(name, "")
    if not value.strip():
        raise AnsibleFallbackNotFound
    return value


def environment_or_empty(name: str) -> str:
    """Return the value of an environment variable, and an empty string if it is unset, empty or blank.

    With this fallback, Ansible reports no missing required option, so our message can explain how to set it.
    """
    try:
        return environment(name)
    except AnsibleFallbackNotFound:
        return ""


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """Return the argument spec of the options of the documentation fragment ``dasha.blackbox.api``."""
    return {
        "api_key": {
            "type": "str",
            "required": True,
            "no_log": True,
            "fallback": (environment_or_empty, ["DASHA_BLACKBOX_API_KEY"]),
        },
        "api_url": {"type": "str", "default": DEFAULT_API_URL, "fallback": _variable("API_URL")},
        "api_timeout": {"type": "float", "default": 30.0, "fallback": _variable("API_TIMEOUT")},
        "api_retries": {"type": "int", "default": 4, "fallback": _variable("API_RETRIES")},
        "api_retry_max_delay": {"type": "float", "default": 60.0, "fallback": _variable("API_RETRY_MAX_DELAY")},
        "validate_certs": {"type": "bool", "default": True, "fallback": _variable("VALIDATE_CERTS")},
        "ca_path": {"type": "path", "fallback": _variable("CA_PATH")},
    }


def _variable(name: str) -> tuple[t.Callable[[str], str], list[str]]:
    return environment, [f"DASHA_BLACKBOX_{name}"]


def connection(parameters: t.Mapping[str, t.Any]) -> Connection:
    """Return the connection that the options describe.

    :raises BlackboxError: an option has an invalid value.
    """
    return Connection(
        api_key=_api_key(parameters["api_key"]),
        api_url=_api_url(parameters["api_url"]),
        api_timeout=seconds("api_timeout", parameters["api_timeout"]),
        api_retries=_api_retries(parameters["api_retries"]),
        api_retry_max_delay=seconds("api_retry_max_delay", parameters["api_retry_max_delay"]),
        validate_certs=parameters["validate_certs"],
        ca_path=_ca_path(parameters["ca_path"]),
    )


def _api_key(value: str | None) -> str:
    """Return the key without one trailing newline, as files and commands add it. It is never quoted."""
    key = re.sub(r"\r?\n\Z", "", value or "")
    if not key.strip():
        raise BlackboxError(
            "The option `api_key` is not set or is empty. Set it, or omit it and set the environment variable"
            " DASHA_BLACKBOX_API_KEY on the host that runs the module. In AWX, add a credential of the type Dasha"
            " BlackBox to the job template or the inventory source."
        )
    if not _API_KEY.fullmatch(key):
        raise invalid_option(
            "api_key",
            "it contains spaces, control characters, or non-ASCII characters. A key consists of printable ASCII"
            " characters without spaces",
        )
    return key


def _api_url(value: str) -> str:
    """Return scheme, host, port and path prefix, without ``/api/v1``."""
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise invalid_option("api_url", "it is not a URL") from None
    if "@" in value:
        raise invalid_option("api_url", "it contains a user name or password. Set the key in `api_key`")
    if "?" in value or "#" in value:
        raise invalid_option(
            "api_url", "it contains a query or a fragment. Only scheme, host, port, and path are allowed"
        )
    if parts.scheme not in ("https", "http"):
        raise invalid_option("api_url", f"{value!r} does not begin with https://")
    address = _ip_address(host)
    prefix = parts.path.rstrip("/")
    prefix = prefix[: -len(API_PREFIX)].rstrip("/") if prefix.endswith(API_PREFIX) else prefix
    # The zone of an IPv6 address ("%") is invalid in a URL.
    if (
        not (address or re.fullmatch(_HOST, host))
        or "%" in host
        or not _URL_PREFIX.fullmatch(prefix)
        or value != value.strip()
    ):
        raise invalid_option(
            "api_url", f"{value!r} does not consist of https://, a host, an optional port, and an optional path"
        )
    if parts.scheme == "http" and not (address.is_loopback if address else host == "localhost"):
        raise invalid_option(
            "api_url", f"{value!r} would send the API key unencrypted. Use https, except for a loopback host"
        )
    netloc = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{netloc}{'' if port is None else f':{port}'}{prefix}"


def _ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _api_retries(value: int) -> int:
    if not 0 <= value <= MAX_RETRIES:
        raise invalid_option("api_retries", f"{value} is not a number from 0 to {MAX_RETRIES}")
    return value


def _ca_path(value: str | None) -> str | None:
    path = text("ca_path", value)
    if path is not None and ("\0" in path or not os.access(path, os.R_OK)):
        raise invalid_option("ca_path", f"{path!r} does not exist on this host or cannot be read")
    return path
