# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trusted and untrusted templates, on every supported ansible-core."""

from __future__ import annotations

import typing as t

try:
    from ansible.template import trust_as_template as trusted
except ImportError:
    # Up to ansible-core 2.18, every string is a template unless it is marked as unsafe.
    from ansible.utils.unsafe_proxy import wrap_var as untrusted

    def trusted(value: t.Any) -> t.Any:
        """Return the value as a template."""
        return value
else:
    # From ansible-core 2.19 on, no string is a template unless it is marked as trusted.
    def untrusted(value: t.Any) -> t.Any:
        """Return the value as a plain text."""
        return value


__all__ = ["trusted", "untrusted"]
