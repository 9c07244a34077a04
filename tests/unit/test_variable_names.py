# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of the variables that the role and the playbooks create.

Extra variables override all of them, so each name has the prefix of its role or playbook.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION

ROLES = COLLECTION / "roles"
PLAYBOOKS = COLLECTION / "playbooks"
FILES = sorted([*ROLES.glob("*/*/*.yml"), *PLAYBOOKS.glob("*.yml")])

#: Variables that Ansible reads.
ANSIBLE_VARIABLES = {"ansible_python_interpreter"}
#: Actions whose options are names of variables.
FACT_ACTIONS = ("ansible.builtin.set_fact", "set_fact")


class Loader(yaml.SafeLoader):
    """Loader that reads values with tags of Ansible."""


for tag in ("!unsafe", "!vault"):
    Loader.add_constructor(tag, lambda loader, node: node.value)


def get_names(document: t.Any) -> t.Iterator[str]:
    """Return the variables that the plays or tasks in the document create."""
    if isinstance(document, list):
        for entry in document:
            yield from get_names(entry)
    elif isinstance(document, dict):
        for action in FACT_ACTIONS:
            yield from (name for name in document.get(action, {}) if name != "cacheable")
        yield from document.get("vars") or {}
        control = document.get("loop_control") or {}
        yield from [
            name
            for name in (document.get("register"), control.get("loop_var"), control.get("index_var"))
            if name is not None
        ]
        # Only these hold further tasks.
        for section in ("tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always"):
            yield from get_names(document.get(section) or [])


def read(path: Path) -> t.Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader)  # the loader is safe


def get_foreign_names(names: t.Iterable[str], prefix: str) -> list[str]:
    """Return the names without the prefix."""
    return sorted(name for name in names if not name.lstrip("_").startswith(prefix) and name not in ANSIBLE_VARIABLES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(COLLECTION)))
def test_variable_has_prefix_of_role_or_playbook(path: Path) -> None:
    is_role = path.is_relative_to(ROLES)
    prefix = path.relative_to(ROLES).parts[0] if is_role else path.stem
    document = read(path)
    # Files in defaults and vars are mappings of variables.
    names = document if is_role and path.parent.name in ("defaults", "vars") else get_names(document)
    assert get_foreign_names(names, f"{prefix}_") == []


@pytest.mark.parametrize("path", sorted(ROLES.glob("*/tasks/*.yml")), ids=lambda path: path.name)
def test_loop_of_role_names_its_variable(path: Path) -> None:
    # A play that includes the role in a loop uses the default name itself.
    text = path.read_text(encoding="utf-8")
    assert text.count(" loop: ") == text.count(" loop_var: ")


@pytest.mark.parametrize(
    "task",
    [
        {"ansible.builtin.set_fact": {"old": 1}},
        {"register": "old"},
        {"vars": {"old": 1}},
        {"loop_control": {"loop_var": "old"}},
        {"loop_control": {"index_var": "old"}},
        {"block": [{"register": "_play_new"}], "always": [{"register": "old"}]},
    ],
)
def test_variable_without_prefix_is_found(task: dict[str, t.Any]) -> None:
    assert get_foreign_names(get_names([{"tasks": [task]}]), "play_") == ["old"]
