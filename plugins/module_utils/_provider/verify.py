# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verification of a provider, and waiting for its success.

Source: https://blackbox.dasha.ai/docs/api-reference/providers/verify-provider
"""

from __future__ import annotations

import time
import typing as t

from .._api import fields, providers, values
from .._api.fields import Field
from .._api.providers import Provider
from .._http.client import TWILIO_TIMEOUT, Client
from .._http.errors import BlackboxError
from .._http.request import Request
from .._http.response import Response
from .._plan.plan import Outcome, Plan
from . import select

#: Documented statuses of a verification; the vendor explains all but ``pending``.
PENDING = "pending"
STATUSES = (PENDING, "verified", "warning", "failed")

#: Statuses that fail a task, by the value of ``fail_on``.
FAIL_ON: dict[str, tuple[str, ...]] = {"failed": ("failed",), "warning": ("warning", "failed"), "never": ()}

FIELDS = (
    Field("status", "status", "str", required=True),
    Field("checks", "checks", "list"),
    Field("last_verified_at", "lastVerifiedAt", "str"),
)

#: A verification as modules return it, with the fields of :data:`FIELDS`.
Verification = dict[str, t.Any]


def plan(client: Client, parameters: t.Mapping[str, t.Any]) -> Plan:
    """Read the provider and plan its verification. The prediction is the stored verification.

    :raises BlackboxError: an option is invalid, or the provider cannot be read.
    """
    (selector,) = select.selectors(parameters)
    timeout, interval = (values.seconds(option, parameters[option]) for option in ("wait_timeout", "wait_interval"))
    fail_on = FAIL_ON[parameters["fail_on"]]
    provider = select.select_existing(client, selector)
    stored = _stored_verification(provider)

    def outcome(verification: Verification, failing: t.Collection[str] = fail_on, note: str = "") -> Outcome:
        failure = None
        if verification["status"] in failing:
            failure = BlackboxError(_describe_failure(client, provider, verification) + note)
        return Outcome(verification["status"] != stored["status"], {"verification": verification}, failure=failure)

    def apply(client: Client) -> Outcome:
        if not parameters["wait"]:
            return outcome(_verify(client, provider))
        # A provider that is still pending was not verified in time.
        unfinished = (PENDING, *fail_on)
        verification = _verify_until(client, provider, unfinished, timeout, interval)
        note = f" The provider was not verified within `wait_timeout` ({timeout:g} s)."
        return outcome(verification, unfinished if fail_on else (), note)

    return Plan(outcome(stored), apply)


def _verify_until(
    client: Client, provider: Provider, unfinished: t.Collection[str], timeout: float, interval: float
) -> Verification:
    """Verify the provider again as long as it has one of these statuses, and return the last result.

    :param timeout: seconds after which no further verification starts.
    :param interval: seconds between two verifications.
    """
    end = time.monotonic() + timeout
    while True:
        verification = _verify(client, provider)
        left = end - time.monotonic()
        if verification["status"] not in unfinished or left <= 0:
            return verification
        wait = min(interval, left)
        described = providers.describe(provider)
        client.show(f"The verification of {described} ended with {verification['status']}. Waiting {wait:.1f} s.")
        time.sleep(wait)


def _verify(client: Client, provider: Provider) -> Verification:
    """Let the service verify the provider now, and return the result, which the service also stores.

    :raises BlackboxError: there is no result, or an undocumented one.
    """
    try:
        return _parse(
            client.send(Request("POST", f"/providers/{provider['id']}/verify", minimum_timeout=TWILIO_TIMEOUT))
        )
    except BlackboxError as error:
        # The service stores the result, even if the response is lost or unusable.
        raise error.with_context(changed=error.is_accepted or error.is_ambiguous) from None


def _parse(response: Response) -> Verification:
    verification = fields.parse(response, response.body, FIELDS)
    if verification["status"] not in STATUSES:
        shown = fields.show(verification["status"])
        raise response.unusable(f"the status is {shown}, which is not one of {', '.join(STATUSES)}")
    if not all(isinstance(check, dict) for check in verification["checks"] or ()):
        raise response.unusable("checks contains a value that is not an object")
    result = fields.to_result(verification, FIELDS)
    return {**result, "checks": [providers.check_to_result(check) for check in verification["checks"] or ()]}


def _stored_verification(provider: Provider) -> Verification:
    result = providers.to_result(provider)
    return {
        "status": result["verification_status"],
        "checks": result["verification_details"] or [],
        "last_verified_at": result["last_verified_at"],
    }


def _describe_failure(client: Client, provider: Provider, verification: Verification) -> str:
    """Return a sentence about a verification that fails the task."""
    failed = [check for check in verification["checks"] if check.get("status") != "passed"]
    # Only texts, because the secret fields of other values are recognized by names that are lost here.
    described = [
        ": ".join(check[key].rstrip(".") for key in ("check_name", "message") if isinstance(check.get(key), str))
        for check in failed
    ]
    summary = f"The verification of the provider {providers.describe(provider)} ended with {verification['status']}"
    return "; ".join([summary, *filter(None, map(client.quote, described))]) + "."
