# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Callback that makes ansible-core look like another version of it. `PATCH` names the difference."""

from __future__ import annotations

import os

from ansible import release
from ansible.module_utils import basic
from ansible.module_utils.common import warnings
from ansible.plugins.callback import CallbackBase

PATCH = os.environ.get("PATCH")
if PATCH == "version":
    release.__version__ = "2.99.0"
elif PATCH == "arguments":
    del basic._ANSIBLE_ARGS
elif PATCH == "warnings":
    del warnings._global_warnings


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible has no types
    CALLBACK_NAME = "patch"
    CALLBACK_TYPE = "notification"
    CALLBACK_VERSION = 2.0
