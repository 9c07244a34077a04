# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the requirements of a release, see docs/certification.md."""

from __future__ import annotations

import re
import typing as t

import yaml

from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import VERSION
from ansible_collections.dasha.blackbox.tests import release_check
from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION
from ansible_collections.dasha.blackbox.tests.support.documents import MODULES

#: Headings of the README template of Automation Hub.
TEMPLATE = [
    "Description",
    "Requirements",
    "Installation",
    "Use Cases",
    "Testing",
    "Support",
    "Release Notes",
    "License",
]
#: Picture in the README.
PICTURE = "docs/docsite/rst/drift_report.png"
#: Tags of which Automation Hub requires at least one.
REQUIRED_TAGS = {
    "application",
    "cloud",
    "database",
    "eda",
    "infrastructure",
    "linux",
    "monitoring",
    "networking",
    "security",
    "storage",
    "tools",
    "windows",
}


def text(path: str) -> str:
    return (COLLECTION / path).read_text(encoding="utf-8")


def load(path: str) -> t.Any:
    return yaml.safe_load(text(path))


def names(folder: str, pattern: str = "[!_]*.py") -> list[str]:
    return sorted(path.stem for path in (COLLECTION / folder).glob(pattern))


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))


PLAYBOOKS = names("playbooks", "*.yml")
ROLES = names("roles", "*")


def test_version_is_consistent() -> None:
    version = load("galaxy.yml")["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", version)
    assert version == VERSION
    assert next(iter(load("changelogs/changelog.yaml")["releases"])) == version
    assert f"dasha-blackbox-{version}.tar.gz" in text("extensions/awx/execution-environment.yml")


def test_changelog_lists_all_content() -> None:
    releases = load("changelogs/changelog.yaml")["releases"].values()

    def listed(*keys: str) -> list[str]:
        entries = list(releases)
        for key in keys:
            entries = [entry.get(key, {}) for entry in entries]
        return sorted(item["name"] for items in entries for item in items)

    assert listed("modules") == MODULES
    assert listed("plugins", "inventory") == names("plugins/inventory")
    assert listed("objects", "playbook") == PLAYBOOKS
    assert listed("objects", "role") == ROLES
    changelog = text("CHANGELOG.md").replace("\\", "")
    assert [name for name in [*MODULES, *PLAYBOOKS, *ROLES] if f"dasha.blackbox.{name} - " not in changelog] == []


def test_playbooks_are_in_index_and_readme() -> None:
    index, readme = text("docs/docsite/index.rst"), text("README.md")
    assert [name for name in PLAYBOOKS if f"``{name}``" not in index] == []
    assert [name for name in PLAYBOOKS if f"`dasha.blackbox.{name}`" not in readme] == []


def test_tags_include_required_tag() -> None:
    assert set(load("galaxy.yml")["tags"]) & REQUIRED_TAGS


def test_requires_ansible_is_declared() -> None:
    assert load("meta/runtime.yml")["requires_ansible"] == ">=2.16.0"


def test_dependencies_have_no_upper_bound() -> None:
    declared = load("meta/execution-environment.yml")["dependencies"]
    assert declared == {"python": "requirements.txt"}
    lines = text(declared["python"]).splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == ["requests>=2.28"]


def test_readme_follows_template() -> None:
    readme = text("README.md")
    headings = re.findall("^## (.+)$", readme, re.MULTILINE)
    assert headings == ["Quick start", *TEMPLATE]
    anchors = {"#" + heading.lower().replace(" ", "-") for heading in headings}
    targets = set(re.findall(r"\]\((.+?)\)", readme))
    # The picture is shown in a checkout, too.
    assert {target for target in targets - anchors if not target.startswith("https://")} == {PICTURE}


def test_readme_begins_with_warning() -> None:
    beginning = text("README.md").partition("\n## ")[0]
    assert "has not been run against the real BlackBox service" in beginning


def test_badges_of_readme_are_true() -> None:
    badges = re.findall(r"^!\[(.+)\]\(https://img\.shields\.io/", text("README.md"), re.MULTILINE)
    core = load("meta/runtime.yml")["requires_ansible"].removeprefix(">=").removesuffix(".0")
    python = load("tests/config.yml")["modules"]["python_requires"].removeprefix(">=")
    assert badges == [
        f"License: {load('galaxy.yml')['license'][0]}",
        f"ansible-core: {core} or newer",
        f"Python: {python} or newer",
    ]


def test_certification_rows_have_working_commands() -> None:
    commands = [command for _requirement, command in release_check.parse_requirements()]
    # The table has two more rows: the heading and the line below it.
    assert len(commands) == len(re.findall(r"^\|", text("docs/certification.md"), re.MULTILINE)) - 2
    assert {command.split()[1] for command in commands} <= make_targets()
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (COLLECTION / "tests").rglob("test_*.py"))
    expressions = [word for command in commands for word in re.findall(r"-k (\w+)", command)]
    assert [word for word in expressions if not re.search(rf"def test_\w*{word}", tests)] == []


def test_modules_are_in_action_group_and_readme() -> None:
    assert sorted(load("meta/runtime.yml")["action_groups"]["all"]) == MODULES
    readme = text("README.md")
    assert [module for module in MODULES if f"| `dasha.blackbox.{module}` |" not in readme] == []


def test_documented_make_targets_exist() -> None:
    patterns = ("*.md", "docs/docsite/rst/*.rst", ".github/**/*.yml", ".pre-commit-config.yaml")
    texts = {path.name: path.read_text(encoding="utf-8") for pattern in patterns for path in COLLECTION.glob(pattern)}
    command = re.compile(r"(?:`|: |^ *)make ([a-z-]+)(?=`| [A-Z]+=|$)", re.MULTILINE)
    targets = {name: found for name, content in texts.items() if (found := set(command.findall(content)))}
    assert targets.keys() >= {"CONTRIBUTING.md", "README.md", "ci.yml", ".pre-commit-config.yaml", "contributing.rst"}
    assert {name: found - make_targets() for name, found in targets.items() if found - make_targets()} == {}
