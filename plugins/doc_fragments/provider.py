# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options that select a provider in modules about something else."""

    DOCUMENTATION = r"""
options:
  provider_id:
    description:
      - The ID of the provider. This is a UUID and is not case-sensitive.
      - Exactly one of O(provider_id), O(account_sid), and O(provider_name) is required.
    type: str
  account_sid:
    description:
      - The SID of the Twilio account of the provider. It consists of V(AC) and 32 hexadecimal
        digits and is not case-sensitive. The task fails if no provider or several providers have
        this SID.
      - Selecting by O(account_sid) or O(provider_name) reads all providers of the organization. Use
        O(provider_id) in loops and for many hosts.
    type: str
  provider_name:
    description:
      - The exact display name of the provider. The task fails if no provider or several providers
        have this name.
    type: str
"""

    FILTER = r"""
options:
  provider_id:
    description:
      - The ID of a provider. This is a UUID and is not case-sensitive. Only phone numbers that are
        imported through this provider are considered.
      - O(provider_id), O(account_sid), and O(provider_name) are mutually exclusive.
    type: str
  account_sid:
    description:
      - The SID of the Twilio account of a provider, as an alternative to O(provider_id). It
        consists of V(AC) and 32 hexadecimal digits and is not case-sensitive. The task fails if no
        provider or several providers have this SID.
      - Selecting by O(account_sid) or O(provider_name) reads all providers of the organization. Use
        O(provider_id) in loops and for many hosts.
    type: str
  provider_name:
    description:
      - The exact display name of a provider, as an alternative to O(provider_id). The task fails if
        no provider or several providers have this name.
    type: str
"""
