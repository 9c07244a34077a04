# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the sandbox's own documents are."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent
