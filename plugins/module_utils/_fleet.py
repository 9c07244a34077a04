# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""Many providers in one task: read all, plan all, then apply. The plan and its rules are those of one provider."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from . import _concurrency, _provider_selection, _providers
from ._client import Client
from ._errors import BlackboxError
from ._provider_selection import Selector
from ._provider_update import Plan, Wish, apply_update
from ._providers import Provider


@dataclass(frozen=True)
class Outcome:
    """What became of one wish.

    :param wish: the wish.
    :param plan: what there was and what had to be done; None when the provider was not found or not read.
    :param provider: the provider as it is now, in check mode as it would be.
    :param error: why it failed.
    """

    wish: Wish
    plan: Plan | None = None
    provider: Provider | None = None
    error: BlackboxError | None = None

    @property
    def changed(self) -> bool:
        if self.error is not None:
            return self.error.changed
        return self.plan is not None and bool(self.plan.changes)

    def __str__(self) -> str:
        return self.wish.selector.value if self.plan is None else _providers.named(self.plan.current)


def require_different(selectors: t.Iterable[Selector]) -> None:
    """Return when no two entries select by the same value.

    :raises BlackboxError: two do.
    """
    seen: set[Selector] = set()
    for selector in selectors:
        if selector in seen:
            raise BlackboxError(f"The option providers is refused: two entries have the {selector}. Nothing was sent.")
        seen.add(selector)


def converge(client: Client, wishes: t.Sequence[Wish], concurrency: int, check_mode: bool) -> list[Outcome]:
    """Fulfil all wishes, so many at a time, and tell what became of each, in their order. The failure of one does not stop the others.

    :raises BlackboxError: two wishes turn out to be of the same provider; then nothing is written.
    """
    planned = _plan(client, wishes, concurrency)
    _require_different_providers(planned)
    if check_mode:
        return [replace(outcome, provider=outcome.plan.predicted) if outcome.plan else outcome for outcome in planned]
    return _concurrency.for_each(planned, lambda outcome: _apply(client, outcome), concurrency)


def _plan(client: Client, wishes: t.Sequence[Wish], concurrency: int) -> list[Outcome]:
    """Read and plan all. Where one wish is not by id all providers have to be found, and then none of these is read again."""
    options = {wish.selector.option for wish in wishes}
    found: dict[Selector, list[Provider]] = {}
    failure = None
    if options - {"id"}:
        try:
            for provider in _provider_selection.discover(client, concurrency):
                for option in options:
                    found.setdefault(Selector.of(option, provider), []).append(provider)
        except BlackboxError as error:
            failure = error

    def select(selector: Selector) -> Provider:
        if selector.option == "id":
            return found[selector][0] if selector in found else _providers.read_provider(client, selector.value)
        if failure is not None:
            raise failure
        return _provider_selection.the_one(selector, found.get(selector, []))

    def plan(wish: Wish) -> Outcome:
        try:
            return Outcome(wish, wish.plan(select(wish.selector)))
        except BlackboxError as error:
            return Outcome(wish, error=error)

    return _concurrency.for_each(wishes, plan, concurrency)


def _require_different_providers(outcomes: t.Iterable[Outcome]) -> None:
    seen: dict[str, Selector] = {}
    for outcome in outcomes:
        if outcome.plan is None:
            continue
        provider = outcome.plan.current
        other = seen.setdefault(provider["id"], outcome.wish.selector)
        if other is not outcome.wish.selector:
            raise BlackboxError(
                f"The option providers is refused: the entries with the {other} and with the {outcome.wish.selector} are the same provider,"
                f" {_providers.named(provider)}. Nothing was written."
            )


def _apply(client: Client, outcome: Outcome) -> Outcome:
    plan = outcome.plan
    if plan is None:
        return outcome
    try:
        return replace(outcome, provider=apply_update(client, plan) if plan.changes else plan.current)
    except BlackboxError as error:
        return replace(outcome, provider=plan.current, error=error)
