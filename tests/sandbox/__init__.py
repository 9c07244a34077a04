# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stateful look-alike of the BlackBox telephony API, for tests and demonstrations."""
