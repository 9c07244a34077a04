# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stateful mock server of the BlackBox telephony API, for tests and demonstrations."""
