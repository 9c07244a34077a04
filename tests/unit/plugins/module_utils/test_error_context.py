# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors with context: new values, while the old ones stay as they are."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError

VALUES: dict[str, t.Any] = {
    "reason": "404 Not Found.",
    "method": "GET",
    "path": "/api/v1/agents",
    "status": 404,
    "attempts": 2,
    "problem": {"detail": "no"},
    "retry_after": 3.0,
    "is_transient": True,
    "is_outage": True,
    "is_too_large": True,
    "is_ambiguous": True,
    "changed": True,
    "results": {"links": []},
}
OTHER_VALUES: dict[str, t.Any] = {
    "reason": "other",
    "method": "PUT",
    "path": "/",
    "status": None,
    "attempts": 0,
    "problem": None,
    "retry_after": None,
    "is_transient": False,
    "is_outage": False,
    "is_too_large": False,
    "is_ambiguous": False,
    "changed": False,
    "results": {},
}


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({}, "It failed."),
        ({"before": "First."}, "First. It failed."),
        ({"after": "Last."}, "It failed. Last."),
        ({"before": "First.", "after": "Last."}, "First. It failed. Last."),
    ],
)
def test_context_returns_a_new_error(context: dict[str, str], message: str) -> None:
    error = BlackboxError("It failed.", **VALUES)
    before = dict(vars(error))
    new = error.with_context(**context)
    assert new is not error
    assert (new.message, str(new)) == (message, message)
    assert vars(new) == {**VALUES, "message": message}
    assert (vars(error), str(error)) == (before, "It failed.")


@pytest.mark.parametrize("name", OTHER_VALUES)
def test_context_replaces_one_value(name: str) -> None:
    error = BlackboxError("It failed.", **VALUES)
    new = error.with_context(**{name: OTHER_VALUES[name]})
    assert vars(new) == {**VALUES, "message": "It failed.", name: OTHER_VALUES[name]}
    assert vars(error) == {**VALUES, "message": "It failed."}


def test_context_keeps_the_reason_of_a_message() -> None:
    assert BlackboxError("It failed.").with_context(after="Last.").reason == "It failed."


def test_context_can_replace_the_message() -> None:
    assert BlackboxError("It failed.", **VALUES).with_context(message="Other.").message == "Other."


@pytest.mark.parametrize(
    ("status", "expected"), [(None, False), (199, False), (200, True), (299, True), (300, False), (404, False)]
)
def test_error_of_2xx_is_accepted(status: int | None, expected: bool) -> None:
    assert BlackboxError("It failed.", status=status).is_accepted is expected
