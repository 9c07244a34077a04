# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The layers are as the page "Architecture" says."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION

PAGE = COLLECTION / "docs/docsite/rst/architecture.rst"
PLUGINS = COLLECTION / "plugins"
SHARED = PLUGINS / "module_utils"


def layers() -> dict[str, int]:
    """Each file or folder that the table names: in which of its rows, from above."""
    rows = re.split(r"^   \* - ", PAGE.read_text(encoding="utf-8").partition("     - what they do\n")[2], flags=re.MULTILINE)[1:]
    return {name.rpartition("/")[2]: number for number, row in enumerate(rows) for name in re.findall(r"``([\w/]+)``", row.split("\n     - ")[1])}


def imported(file: Path) -> set[str]:
    """The shared files that this one imports."""
    nodes = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)]
    names = {name for node in nodes for name in [*(node.module or "").split("."), *(alias.name for alias in node.names)]}
    return {name for name in names if (SHARED / f"{name}.py").exists()}


def test_imports_run_one_way() -> None:
    layer = layers()
    shared = {file.stem: imported(file) for file in SHARED.glob("_[!_]*.py")}
    assert sorted(layer) == sorted({*shared, "modules", "inventory"})
    files = {file: (layer[file.parent.name], imported(file)) for folder in ("modules", "inventory") for file in (PLUGINS / folder).glob("*.py")}
    files.update({SHARED / f"{name}.py": (layer[name], others) for name, others in shared.items()})
    assert len(files) > len(shared)
    assert [f"{file.name} imports {other}" for file, (own, others) in files.items() for other in others if layer[other] < own] == []
    # Raises CycleError.
    assert len(list(TopologicalSorter(shared).static_order())) == len(shared)


def test_only_the_upper_layer_talks_to_ansible() -> None:
    found = [file.stem for file in SHARED.glob("*.py") if re.search(r"import .*AnsibleModule", file.read_text(encoding="utf-8"))]
    assert found == ["_module"]
