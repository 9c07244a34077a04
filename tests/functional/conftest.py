# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Selection of the functional tests."""

from __future__ import annotations

import os

# The AWX tests need the built artifact and an environment of their own, see the session `awx` in noxfile.py.
collect_ignore = [] if "ARTIFACT" in os.environ else ["awx"]
