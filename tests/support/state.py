# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""State of the mock server."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess


@contextlib.contextmanager
def changed_state(sandbox: SandboxProcess) -> t.Iterator[dict[str, t.Any]]:
    """Return a context whose body edits the state of the mock server.

    Forget the recorded requests afterwards.
    """
    state = sandbox.state()
    yield state
    sandbox.restore(state)
    sandbox.clear_requests()
