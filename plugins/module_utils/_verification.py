# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""Verifying a provider (https://blackbox.dasha.ai/docs/api-reference/providers/verify-provider)."""

from __future__ import annotations

import typing as t

from . import _fields, _providers
from ._client import WAITS_FOR_TWILIO, Client
from ._errors import BlackboxError
from ._fields import Field
from ._providers import Provider

#: What a verification may come to. The service explains all but ``pending``.
STATUSES = ("pending", "verified", "warning", "failed")

#: Which outcomes fail a task, by the value of ``fail_on``.
FAIL_ON: dict[str, tuple[str, ...]] = {"failed": ("failed",), "warning": ("warning", "failed"), "never": ()}

FIELDS = (
    Field("status", "status", "str", required=True),
    Field("checks", "checks", "list"),
    Field("last_verified_at", "lastVerifiedAt", "str"),
)

Verification = dict[str, t.Any]


def verify(client: Client, provider: Provider) -> Verification:
    """Let the service verify the provider now; it stores the outcome. The result is as modules return it.

    :raises BlackboxError: there is no outcome, or one that is not documented.
    """
    try:
        answer = client.request("POST", f"/providers/{provider['id']}/verify", least_timeout=WAITS_FOR_TWILIO)
        verification = _fields.checked(answer, answer.payload, FIELDS)
        if verification["status"] not in STATUSES:
            raise answer.unusable(f"the status is {_fields.shown(verification['status'])}, where the API documents {', '.join(STATUSES)}")
        if not all(isinstance(check, dict) for check in verification["checks"] or ()):
            raise answer.unusable("checks holds something else than objects")
    except BlackboxError as error:
        # A verification that was made has stored its outcome, whatever became of the answer.
        error.changed = error.accepted or error.uncertain
        raise
    result = _fields.as_result(verification, FIELDS)
    return {**result, "checks": [_fields.snake_case(check) for check in verification["checks"] or ()]}


def stored(provider: Provider) -> Verification:
    """The outcome of the last verification, as the provider has it."""
    result = _providers.as_result(provider)
    return {"status": result["verification_status"], "checks": result["verification_details"] or [], "last_verified_at": result["last_verified_at"]}


def complaint(client: Client, provider: Provider, verification: Verification, fail_on: str) -> str | None:
    """Why the task has to fail with this outcome; None when it has not.

    :param fail_on: a key of :data:`FAIL_ON`.
    """
    status = verification["status"]
    if status not in FAIL_ON[fail_on]:
        return None
    found = [check for check in verification["checks"] if check.get("status") != "passed"]
    # Of anything but a text the names are lost that tell what in it is secret.
    words = [": ".join(check[key].rstrip(".") for key in ("check_name", "message") if isinstance(check.get(key), str)) for check in found]
    listed = "; ".join([f"The verification of the provider {_providers.named(provider)} ended with {status}", *filter(None, map(client.quote, words))])
    return f"{listed}."
