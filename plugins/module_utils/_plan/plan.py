# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a write, shared by check mode, diff mode and the real run."""

from __future__ import annotations

import typing as t
from types import MappingProxyType

from .._http.client import Client
from .._http.errors import BlackboxError


class Outcome(t.NamedTuple):
    """Outcome of a task, predicted or real.

    :param changed: whether the task changed something, or would.
    :param results: results of the module, by name.
    :param diff: state before and after, as ``--diff`` shows it; a list for several objects.
    :param failure: why the task fails although it has these results.
    """

    changed: bool = False
    results: t.Mapping[str, t.Any] = MappingProxyType({})
    diff: t.Mapping[str, t.Any] | t.Sequence[t.Mapping[str, t.Any]] | None = None
    failure: BlackboxError | None = None

    def result(self) -> dict[str, t.Any]:
        """Return the result of the task.

        :raises BlackboxError: the failure, with the results.
        """
        results = {**self.results, **({} if self.diff is None else {"diff": self.diff})}
        if self.failure is not None:
            raise self.failure.with_context(changed=self.changed, results=results)
        return {"changed": self.changed, **results}


class Plan(t.NamedTuple):
    """A write that was planned from current and desired state, without sending anything.

    :param predicted: the outcome as far as it is known beforehand.
    :param apply: sends the write, verifies it and returns the real outcome; None if there is nothing to send.
    """

    predicted: Outcome
    apply: t.Callable[[Client], Outcome] | None = None

    @property
    def changed(self) -> bool:
        """Whether applying the plan changes something."""
        return self.predicted.changed

    @property
    def diff(self) -> t.Any:
        """The predicted diff."""
        return self.predicted.diff

    def execute(self, client: Client, *, check_mode: bool) -> Outcome:
        """Apply the plan, or return its prediction in check mode.

        :raises BlackboxError: the write was refused, or its effect is not proven.
        """
        return self.predicted if check_mode or self.apply is None else self.apply(client)


def diff(header: str, before: t.Mapping[str, t.Any], after: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the diff of one object."""
    return {"before_header": header, "after_header": header, "before": before, "after": after}
