# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a release has to be like, as docs/certification.md says."""

from __future__ import annotations

import re
import typing as t

import yaml

from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import VERSION
from ansible_collections.dasha.blackbox.tests import release_check
from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION
from ansible_collections.dasha.blackbox.tests.support.documents import MODULES

#: The headings that Automation Hub asks for.
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
#: Of these at least one.
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


def test_the_version_is_the_same_everywhere() -> None:
    version = load("galaxy.yml")["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", version)
    assert version == VERSION
    assert next(iter(load("changelogs/changelog.yaml")["releases"])) == version
    assert f"dasha-blackbox-{version}.tar.gz" in text("extensions/awx/execution-environment.yml")


def test_the_changelog_lists_everything() -> None:
    releases = load("changelogs/changelog.yaml")["releases"].values()

    def listed(*kind: str) -> list[str]:
        found = list(releases)
        for key in kind:
            found = [release.get(key, {}) for release in found]
        return sorted(entry["name"] for entries in found for entry in entries)

    assert listed("modules") == names("plugins/modules")
    assert listed("plugins", "inventory") == names("plugins/inventory")
    assert listed("objects", "playbook") == names("playbooks", "*.yml")
    assert listed("objects", "role") == names("roles", "*")
    changelog = text("CHANGELOG.md").replace("\\", "")
    assert all(
        f"dasha.blackbox.{name} - " in changelog
        for name in [*names("plugins/modules"), *names("playbooks", "*.yml"), *names("roles", "*")]
    )


def test_every_playbook_is_on_the_start_page_and_in_the_readme() -> None:
    page, readme = text("docs/docsite/index.rst"), text("README.md")
    assert [
        name
        for name in names("playbooks", "*.yml")
        if f"``{name}``" not in page or f"`dasha.blackbox.{name}`" not in readme
    ] == []


def test_it_has_a_required_tag() -> None:
    assert set(load("galaxy.yml")["tags"]) & REQUIRED_TAGS


def test_requires_ansible_is_declared() -> None:
    assert load("meta/runtime.yml")["requires_ansible"] == ">=2.16.0"


def test_what_it_needs_is_neither_pinned_nor_capped() -> None:
    declared = load("meta/execution-environment.yml")["dependencies"]
    assert declared == {"python": "requirements.txt"}
    needed = [line for line in text(declared["python"]).splitlines() if line and not line.startswith("#")]
    assert needed == ["requests>=2.28"]


def test_the_readme_follows_the_template() -> None:
    readme = text("README.md")
    assert re.findall("^## (.+)$", readme, re.MULTILINE) == TEMPLATE
    links = re.findall(r"\]\((.+?)\)|<(http.+?)>", readme)
    assert links
    assert all((target or address).startswith("https://") for target, address in links)


def test_every_line_of_the_certification_has_a_command() -> None:
    page = text("docs/certification.md")
    commands = [command for _requirement, command in release_check.parse_requirements()]
    # All rows but the head of the table and the line below it.
    assert len(commands) == len(re.findall(r"^\|", page, re.MULTILINE)) - 2
    targets = set(re.findall("^([a-z-]+):", text("Makefile"), re.MULTILINE))
    assert {command.split()[1] for command in commands} <= targets
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (COLLECTION / "tests").rglob("test_*.py"))
    selected = [word for command in commands for word in re.findall(r"-k (\w+)", command)]
    assert [word for word in selected if not re.search(rf"def test_\w*{word}", tests)] == []


def test_every_module_is_in_the_action_group_and_in_the_readme() -> None:
    runtime = yaml.safe_load((COLLECTION / "meta/runtime.yml").read_text(encoding="utf-8"))
    assert sorted(runtime["action_groups"]["all"]) == MODULES
    readme = text("README.md")
    assert all(f"| `dasha.blackbox.{module}` |" in readme for module in MODULES)


def test_every_make_target_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (COLLECTION / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    patterns = ("*.md", "docs/docsite/rst/*.rst", ".github/**/*.yml", ".pre-commit-config.yaml")
    texts = {path.name: path.read_text(encoding="utf-8") for pattern in patterns for path in COLLECTION.glob(pattern)}
    named = {
        name: set(re.findall(r"(?:`|: |^ *)make ([a-z-]+)(?=`| [A-Z]+=|$)", text, re.MULTILINE))
        for name, text in texts.items()
    }
    assert {"CONTRIBUTING.md", "README.md", "ci.yml", ".pre-commit-config.yaml", "contributing.rst"} <= {
        name for name, found in named.items() if found
    }
    assert {name: found - targets for name, found in named.items() if found - targets} == {}
