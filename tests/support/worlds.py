# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Switches of the mock server with the values that tests draw at random."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.dasha.blackbox.tests.sandbox.world import DEFAULT_WORLD, World

#: Values of switches whose types do not list them.
_VALUES: dict[str, tuple[t.Any, ...]] = {
    # Polling after a write has to cover these lags.
    **dict.fromkeys(("list_lag", "object_lag", "removal_lag", "import_lag", "deletion_lag"), (1, 2, 3)),
    "take_bound": (1, 2),
    "available_numbers_limit": (1, 50),
    "clock_offset": (-3600, 3600),
    "rate_limit": (100,),
    "rate_burst": (3,),
}


def list_switches() -> list[tuple[str, t.Any]]:
    """Return each switch with each value that differs from the default."""
    hints = t.get_type_hints(World)
    names = [field.name for field in dataclasses.fields(World) if field.name != "excess_take"]
    return [
        (name, value)
        for name in names
        for value in _VALUES.get(name, (False, True) if hints[name] is bool else t.get_args(hints[name]))
        if value != getattr(DEFAULT_WORLD, name)
    ]


def build_world(switches: t.Iterable[tuple[str, t.Any]]) -> dict[str, t.Any]:
    """Return the arguments of `SandboxProcess.set_world` for the switches."""
    # The service documents that it accepts 1000 entries per page, so it can only clamp to a smaller bound.
    return {"excess_take": "clamp", **dict(switches)}
