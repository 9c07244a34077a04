# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ..modules import twilio_phone_numbers
from ..plugin_utils._in_process import InProcessAction


class ActionModule(InProcessAction):
    """Action of the module twilio_phone_numbers."""

    MODULE = twilio_phone_numbers
