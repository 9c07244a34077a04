# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imports between the layers of the plugins."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION

PLUGINS = COLLECTION / "plugins"

#: The layers, from the top. A file imports from its own layer and from those below.
LAYERS = (
    {"action", "inventory"},
    {"plugin_utils"},
    {"modules"},
    {"_ansible"},
    {"_phone_number"},
    {"_provider"},
    {"_plan"},
    {"_api"},
    {"_http"},
)

FOLDERS = sorted({file.parent for file in PLUGINS.rglob("*.py") if file.parent.name != "doc_fragments"})


def level(name: str) -> int:
    """Return the position of the layer of a folder, from the top."""
    return next(number for number, layer in enumerate(LAYERS) if name in layer)


def imports(file: Path) -> set[tuple[str, str]]:
    """Return folder and name of each import from the collection."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            parts = [
                *file.parent.parts[: len(file.parent.parts) - node.level + 1],
                *filter(None, (node.module or "").split(".")),
            ]
            folder = next(part for part in reversed(parts) if any(part in layer for layer in LAYERS))
            names = [alias.name for alias in node.names] if parts[-1] == folder else [parts[-1]]
            found |= {(folder, name) for name in names}
    return found


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_imports_run_downward(folder: Path) -> None:
    if folder.name == "module_utils":
        assert not list(folder.glob("*.py"))
        return
    files = list(folder.glob("*.py"))
    assert files
    for file in files:
        for other, name in imports(file):
            same = other == folder.name
            assert same or level(other) > level(folder.name), f"{file.name} imports {other}.{name}"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_imports_have_no_cycle(folder: Path) -> None:
    graph = {file.stem: {name for other, name in imports(file) if other == folder.name} for file in folder.glob("*.py")}
    # Raises CycleError.
    TopologicalSorter(graph).prepare()


def test_only_boundary_imports_ansible_module() -> None:
    shared = (PLUGINS / "module_utils").rglob("*.py")
    found = [file.stem for file in shared if "AnsibleModule" in file.read_text(encoding="utf-8")]
    assert found == ["task"]
