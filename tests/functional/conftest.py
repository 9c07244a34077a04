# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Selection of the functional tests."""

from __future__ import annotations

import os

# The AWX tests need the built artifact and a separate environment, because they install the
# collection. The session `awx` in noxfile.py provides both.
collect_ignore = [] if "ARTIFACT" in os.environ else ["awx"]
