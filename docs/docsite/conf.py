# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sphinx configuration of the documentation, see ``make docs``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import yaml
from sphinx.application import Sphinx

DOCSITE = Path(__file__).resolve().parent
GALAXY = yaml.safe_load(DOCSITE.joinpath("..", "..", "galaxy.yml").read_text(encoding="utf-8"))
SECTIONS = yaml.safe_load((DOCSITE / "extra-docs.yml").read_text(encoding="utf-8"))["sections"]

project = html_title = html_short_title = "dasha.blackbox"
project_copyright = "The dasha.blackbox contributors"
version = release = GALAXY["version"]

extensions = ["sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
# Labels of the Ansible documentation, from a file, so that builds work offline.
intersphinx_mapping = {"ansible": ("https://docs.ansible.com/ansible/latest/", "ansible_labels.inv")}
default_role = "any"
nitpicky = True
highlight_language = "YAML+Jinja"
pygments_style = "ansible"

html_theme = "sphinx_ansible_theme"
html_theme_options = {
    "documentation_home_url": GALAXY["documentation"],
    "topbar_links": {"Repository": GALAXY["repository"], "Issues": GALAXY["issues"]},
}
html_show_sphinx = False
html_use_index = False
html_copy_source = False

#: Kinds of pages that antsibull-docs generates, in the order of the sidebar.
KINDS = {"module": "Modules", "inventory": "Inventory plugins", "role": "Roles"}


def listed(title: str, pages: Iterable[str]) -> str:
    """Return a section of the sidebar."""
    return f"\n.. toctree::\n   :hidden:\n   :caption: {title}\n\n" + "".join(f"   {page}\n" for page in pages)


def fill_start_page(app: Sphinx, name: str, source: list[str]) -> None:
    """Add the sidebar, and the lists of modules, plugins and roles, to the start page."""
    if name != "index":
        return
    for section in SECTIONS:
        source[0] += listed(section["title"], [f"docsite/{page}" for page in section["toctree"]])
    for kind, title in KINDS.items():
        pages = sorted(Path(app.srcdir).glob(f"*_{kind}.rst"))
        names = [page.stem.removesuffix(f"_{kind}") for page in pages]
        source[0] += f"\n{title}\n{'-' * len(title)}\n\n"
        for page, short in zip(pages, names):
            summary = re.search(
                rf"^dasha\.blackbox\.{short} {kind} -- (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE
            )
            source[0] += f"* :doc:`{short} <{page.stem}>`: {summary[1] if summary else ''}\n"
        source[0] += listed(title, [f"{short} <{page.stem}>" for page, short in zip(pages, names)])
    source[0] += listed("Settings", ["Environment variables <environment_variables>"])


def setup(app: Sphinx) -> None:
    app.connect("source-read", fill_start_page)
