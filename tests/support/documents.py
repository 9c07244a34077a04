# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""YAML blocks of documentation pages."""

from __future__ import annotations

import re
import textwrap
import typing as t
from pathlib import Path

import yaml


def yaml_blocks(page: Path) -> list[t.Any]:
    """Every piece of YAML on a page, in its order."""
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    found += re.findall(r"^\.\. code-block:: yaml\n\n((?:[ ]+.*\n|\n)+)", text, re.MULTILINE)
    return [yaml.safe_load(textwrap.dedent(block)) for block in found]
