# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connection that is similar to a local one."""

from __future__ import annotations

from ansible.plugins.connection import local

DOCUMENTATION = local.DOCUMENTATION.replace("name: local", "name: similar")


class Connection(local.Connection):  # type: ignore[misc]  # Ansible has no types
    transport = "similar"
