# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of modules and YAML blocks of pages."""

from __future__ import annotations

import functools
import importlib
import re
import textwrap
import typing as t
from pathlib import Path

import yaml

from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION

MODULES = sorted(path.stem for path in (COLLECTION / "plugins/modules").glob("*.py"))


def yaml_blocks(page: Path) -> list[t.Any]:
    """Return the YAML blocks of a page."""
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    found += re.findall(r"^\.\. code-block:: yaml\n\n((?:[ ]+.*\n|\n)+)", text, re.MULTILINE)
    return [yaml.safe_load(textwrap.dedent(block)) for block in found]


@functools.cache
def documentation(module: str, part: str) -> t.Any:
    """Return `DOCUMENTATION`, `EXAMPLES` or `RETURN` of a module."""
    return yaml.safe_load(
        getattr(importlib.import_module(f"ansible_collections.dasha.blackbox.plugins.modules.{module}"), part)
    )


def assert_documented(
    returned: dict[str, t.Any], result: dict[str, t.Any], always: t.Collection[str], *, nested: bool
) -> None:
    """Check that each key is documented, and that each key exists whose `returned` is one of `always`."""
    assert sorted(set(result) - set(returned)) == []
    assert sorted({key for key, entry in returned.items() if entry["returned"] in always} - set(result)) == []
    for key, value in result.items() if nested else ():
        for item in value if isinstance(value, list) else [value]:
            if item and isinstance(item, dict) and "contains" in returned[key]:
                assert_documented(returned[key]["contains"], item, always, nested=True)
