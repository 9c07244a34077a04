# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ..modules import phone_number_link_transfer
from ..plugin_utils._in_process import InProcessAction


class ActionModule(InProcessAction):
    """Action of the module phone_number_link_transfer."""

    MODULE = phone_number_link_transfer
