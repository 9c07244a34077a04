# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets, their spellings, and a search for them.

Secrets consist of words that occur nowhere else, because a part of a secret must not be found either.
"""

from __future__ import annotations

import html
import json
import re
import typing as t
from urllib.parse import quote

#: Value of each secret option. URLs, JSON, Python and HTML escape the characters between the words of the API key.
SECRETS = {
    "api_key": "Quokka/+='\"%41<&lt;\\Marble\\n#{Zephyr}?Thimble",
    "auth_token": "deadbeef0facade1effaced2cabbed34",
}

#: Other values of secret options, by description.
VARIANTS = {
    "api_key": {
        "trailing newline": SECRETS["api_key"] + "\n",
        "newline": "Wombat\nSaddle",
        "control and non-ASCII characters": "Ferret\x1b[31mAnvil\u00e9Lobster",
    },
    "auth_token": {
        "trailing newline": SECRETS["auth_token"] + "\n",
        "blank": f"{SECRETS['auth_token'][:16]} {SECRETS['auth_token'][16:]}",
        "upper case": SECRETS["auth_token"].upper(),
    },
}

#: The only variant that modules accept.
ACCEPTED_VARIANT = ("api_key", "trailing newline")

#: Auth Token in an option that is not secret. Ansible shows the option itself.
MISPLACED_TOKEN = "badcafe5decade6defaced7beaded890"

#: Passwords that only the server knows. The short one is part of a harmless name, which must remain readable.
SIP_PASSWORD = "Pelican/+='\"%42<&gt;\\Trumpet"
SHORT_SIP_PASSWORD = "admin"
HARMLESS_NAME = "Administration"

#: Secret fields of the API. Only their names tell a module that they are secret.
SECRET_FIELDS = {"authToken": SECRETS["auth_token"], "authPassword": SIP_PASSWORD, "password": SIP_PASSWORD}


def spellings(secret: str) -> list[str]:
    """Return the secret in all spellings of servers and libraries."""
    in_url = quote(secret, safe="")
    escapes = ("%{:02X}", "\\u{:04x}", "\\x{:02x}", "&#{};", "&#x{:x};")
    return [
        secret,
        secret.swapcase(),
        in_url,
        re.sub("%..", lambda escape: escape[0].lower(), in_url),
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
        repr(secret.encode())[2:-1],
        html.escape(secret),
        *("".join(escape.format(ord(character)) for character in secret) for escape in escapes),
    ]


def find_secrets(text: str, traces: t.Iterable[str] | None = None) -> list[str]:
    """Return each secret in the text with the characters around it."""
    lower = text.lower()
    starts = [lower.find(trace) for trace in (TRACES if traces is None else traces)]
    return [text[max(0, start - 60) : start + 60] for start in starts if start >= 0]


def traces_of(secret: str) -> set[str]:
    """Return texts that reveal a secret, in lower case: its words and its spellings."""
    return set(re.findall("[a-z]{5,}", secret.lower())).union(*map(_with_json_escapes, spellings(secret)))


def _with_json_escapes(text: str) -> set[str]:
    once = json.dumps(text)[1:-1]
    return {text.lower(), once.lower(), json.dumps(once)[1:-1].lower()}


ALL_SECRETS = [*SECRETS.values(), *VARIANTS["api_key"].values(), *VARIANTS["auth_token"].values(), SIP_PASSWORD]
#: The short password is found only in quotes, because it is a part of other words.
TRACES = set().union(
    *map(traces_of, ALL_SECRETS),
    *(_with_json_escapes(f"{mark}{SHORT_SIP_PASSWORD}{mark}") for mark in "\"'"),
)
