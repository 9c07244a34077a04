# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Location of the sandbox's data files."""

from __future__ import annotations

from pathlib import Path

SANDBOX_DIR = Path(__file__).parent
