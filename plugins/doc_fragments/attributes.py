# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The attributes that every module of the collection declares; each module adds how far it supports them."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and tell what a run would change, without changing anything.
  diff_mode:
    description: Tells in diff mode what was changed, or in C(check_mode) what would be.
  idempotent:
    description:
      - Run twice in a row outside check mode with the same options, the second run changes nothing.
      - This assumes that nobody else changes the same object in between.
  action_group:
    description: Takes the defaults that C(module_defaults) gives to C(group/dasha.blackbox.all).
    support: full
    membership:
      - dasha.blackbox.all
"""

    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module only reads.
  diff_mode:
    support: N/A
    details:
      - This module only reads.
  idempotent:
    support: full
    details:
      - This module only reads.
"""
