# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many providers in one task: read all, plan all, then apply, with the rules of a single provider."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._api import providers, values
from .._api.providers import Provider
from .._http.client import Client
from .._http.errors import BlackboxError
from .._http.parallel import for_each
from .._http.transport import MAX_CONNECTIONS
from .._plan.plan import Outcome, Plan
from . import select
from .select import Selector
from .update import DesiredProvider, desired_provider, region_warnings

#: Number of failures that the message shows; the entries show all.
_MAX_SHOWN = 20


@dataclass(frozen=True)
class Entry:
    """An entry of the list, and what is known about it.

    :param provider: the current provider; None if it was not found or not read.
    :param plan: the plan for it; None without a provider.
    :param outcome: the outcome of the plan, predicted or real; None if it failed.
    :param error: why the entry failed.
    :param is_missing: whether the API says that no such provider exists.
    """

    desired: DesiredProvider
    provider: Provider | None = None
    plan: Plan | None = None
    outcome: Outcome | None = None
    error: BlackboxError | None = None
    is_missing: bool = False

    @property
    def changed(self) -> bool:
        """Whether the provider changed, or may have."""
        ended = self.error or self.outcome
        return ended is not None and ended.changed

    def __str__(self) -> str:
        return providers.describe(self.provider) if self.provider else self.desired.selector.value

    def to_result(self, return_unchanged: bool) -> dict[str, t.Any]:
        """Return the entry as the module returns it."""
        shown: dict[str, t.Any] = {
            "id": None,
            "name": None,
            "changed": self.changed,
            "changed_fields": [],
            "missing": self.is_missing,
            "error": None,
        }
        if self.error:
            shown["error"] = {"msg": self.error.message, **self.error.result().get("error", {})}
        if self.provider:
            results = self.outcome.results if self.outcome else {"provider": providers.to_result(self.provider)}
            shown["id"], shown["name"] = self.provider["id"], results["provider"]["name"]
            if self.plan:
                shown["changed_fields"] = self.plan.predicted.results["changed_fields"]
            if self.changed or self.error or return_unchanged:
                shown["provider"] = results["provider"]
        return shown


def plan(client: Client, parameters: t.Mapping[str, t.Any]) -> Plan:
    """Read all providers and plan their updates.

    :raises BlackboxError: an option is invalid, or two entries select the same provider.
    """
    concurrency = parameters["concurrency"]
    if not 1 <= concurrency <= MAX_CONNECTIONS:
        raise values.invalid_option("concurrency", f"{concurrency} is not a number from 1 to {MAX_CONNECTIONS}")
    desired = [desired_provider(item) for item in parameters["providers"]]
    _require_different_selectors(desired)
    client.warnings += dict.fromkeys(text for item in desired for text in region_warnings(item.settings))
    entries = _plan_entries(client, desired, concurrency)
    _require_different_providers(entries)

    def outcome(entries: t.Sequence[Entry]) -> Outcome:
        failed = [entry for entry in entries if entry.error]
        changed = [entry for entry in entries if entry.changed]
        return Outcome(
            changed=bool(changed),
            results={
                "providers": [entry.to_result(parameters["return_unchanged"]) for entry in entries],
                "summary": {"total": len(entries), "changed": len(changed), "failed": len(failed)},
            },
            diff=[entry.plan.diff for entry in changed if entry.plan],
            failure=_failure(failed, len(entries)),
        )

    def apply(client: Client) -> Outcome:
        return outcome(for_each(entries, lambda entry: _apply(client, entry), concurrency))

    return Plan(outcome(entries), apply)


def _require_different_selectors(desired: t.Iterable[DesiredProvider]) -> None:
    seen: set[Selector] = set()
    for selector in (item.selector for item in desired):
        if selector in seen:
            raise values.invalid_option("providers", f"two entries have the {selector}. Nothing was sent")
        seen.add(selector)


def _require_different_providers(entries: t.Iterable[Entry]) -> None:
    seen: dict[str, Selector] = {}
    for entry in entries:
        if entry.provider is None:
            continue
        selector = entry.desired.selector
        other = seen.setdefault(entry.provider["id"], selector)
        if other is not selector:
            described = providers.describe(entry.provider)
            problem = f"the entries with the {other} and the {selector} select the same provider, {described}"
            raise values.invalid_option("providers", f"{problem}. Nothing was written")


def _plan_entries(client: Client, desired: t.Sequence[DesiredProvider], concurrency: int) -> list[Entry]:
    """Read and plan all entries. If one is not selected by ID, all providers are read once, and no provider twice."""
    options = {item.selector.option for item in desired}
    found: dict[Selector, list[Provider]] = {}
    failure = None
    if options - {"id"}:
        try:
            for provider in providers.list_providers(client, concurrency):
                for option in options:
                    found.setdefault(Selector.of(option, provider), []).append(provider)
        except BlackboxError as error:
            failure = error

    def read(selector: Selector) -> Provider:
        if selector.option == "id":
            return found[selector][0] if selector in found else providers.read_provider(client, selector.value)
        if failure is not None:
            raise failure
        return select.exactly_one(selector, found.get(selector, []))

    def is_missing(selector: Selector, error: BlackboxError) -> bool:
        if selector.option == "id":
            # A 404 without a JSON object may come from a wrong api_url or a proxy.
            return error.status == 404 and error.problem is not None
        return failure is None and selector not in found

    def plan_entry(item: DesiredProvider) -> Entry:
        try:
            provider = read(item.selector)
        except BlackboxError as error:
            return Entry(item, error=error, is_missing=is_missing(item.selector, error))
        try:
            planned = item.plan(provider)
        except BlackboxError as error:
            return Entry(item, provider, error=error)
        return Entry(item, provider, planned, planned.predicted)

    return for_each(desired, plan_entry, concurrency)


def _apply(client: Client, entry: Entry) -> Entry:
    if entry.plan is None:
        return entry
    try:
        return replace(entry, outcome=entry.plan.execute(client, check_mode=False))
    except BlackboxError as error:
        return replace(entry, outcome=None, error=error)


def _failure(failed: t.Sequence[Entry], total: int) -> BlackboxError | None:
    if not failed:
        return None
    errors = [(entry, entry.error) for entry in failed if entry.error]
    unsent = [error for _entry, error in errors if error.is_unsent]
    sent = [f"{entry}: {error.message}" for entry, error in errors if not error.is_unsent]
    shown = sent[:_MAX_SHOWN]
    if len(sent) > len(shown):
        shown.append(f"and {len(sent) - len(shown)} more")
    if unsent:
        shown.insert(0, f"Requests for {len(unsent)} of them were {unsent[0].reason}")
    return BlackboxError(f"{len(failed)} of {total} providers failed. {' '.join(shown)}")
