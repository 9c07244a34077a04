# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lookup that appends the state of its process to a file and returns true."""

from __future__ import annotations

import json
import logging
import os
import sys
import typing as t
from pathlib import Path

from ansible.module_utils import basic
from ansible.module_utils.common import warnings
from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):  # type: ignore[misc]  # Ansible has no types
    def run(self, terms: list[str], *_arguments: t.Any, **_options: t.Any) -> list[bool]:
        state = {
            "process": os.getpid(),
            "environment": dict(os.environ),
            "working directory": str(Path.cwd()),
            "logging": logging.root.manager.disable,
            "streams": [repr(sys.stdout), repr(sys.stderr)],
            "arguments": repr(basic._ANSIBLE_ARGS),
            "warnings": repr((warnings._global_warnings, warnings._global_deprecations)),
        }
        with Path(terms[0]).open("a", encoding="utf-8") as file:
            print(json.dumps(state), file=file)
        return [True]
