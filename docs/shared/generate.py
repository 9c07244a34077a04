# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generate the documentation that several plugins share.

A plugin includes a block of shared documentation by two comments in its YAML:

    # BEGIN generated: provider
    # END generated

This script writes the block between the comments. The texts are in texts.yml. Types, defaults, and
the order of keys are taken from the field tables and the argument spec in plugins/module_utils.
Attributes after the name of the block are set on each of its keys:

    # BEGIN generated: error_fields {returned: when a request failed}

The list of modules in meta/runtime.yml and the table of modules in README.md are written in the
same way, from the modules themselves.

Run this script with ``make generate-docs``. With --check, it changes nothing, prints a diff, and
fails if a file is out of date.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import re
import sys
import typing as t
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXTS = Path(__file__).with_name("texts.yml")

#: Modules with the field table FIELDS of a resource, by the name of the resource in texts.yml.
FIELD_TABLES = {
    "provider": "plugins.module_utils._api.providers",
    "phone_number": "plugins.module_utils._api.phone_numbers",
    "verification": "plugins.module_utils._provider.verify",
    "agent": "plugins.module_utils._api.agents",
}
#: Module with the argument spec of the connection options.
CONNECTION_OPTIONS = "plugins.module_utils._ansible.options"

#: Attributes of a return value, in the order in which they are written.
RETURN_ATTRIBUTES = ("description", "returned", "type", "elements", "contains", "sample")
#: Column after which a line is broken. PyYAML breaks it after the word that reaches this column.
WIDTH = 88

Yaml = dict[str, t.Any]

_MARKER = re.compile(r"^ *# (?:BEGIN|END) generated\b", re.MULTILINE)
_REGION = re.compile(
    r"""
    ^(?P<begin> (?P<indent>[ ]*) \# [ ]BEGIN[ ]generated:[ ] (?P<block>\w+) ([ ](?P<attributes>\{.*\}))? \n)
    (?: (?![ ]*\#[ ]BEGIN) .*\n )*?
    (?P<end> (?P=indent) \# [ ]END[ ]generated \n)
    """,
    re.MULTILINE | re.VERBOSE,
)
_LIST = re.compile(
    r"""
    ^(?P<begin> [ ]* (?:\#|<!--) [ ]BEGIN[ ]generated:[ ]modules [^\n]*\n)
    .*?
    (?P<end> ^[ ]* (?:\#|<!--) [ ]END[ ]generated [^\n]*\n)
    """,
    re.MULTILINE | re.VERBOSE | re.DOTALL,
)


class DocumentationError(Exception):
    """Error in a marker or in texts.yml."""


class Inline:
    """Value to write on one line, as ``{"region": "us1"}``."""

    def __init__(self, value: t.Any) -> None:
        self.value = value


class Dumper(yaml.SafeDumper):
    """Dumper that writes YAML in the style of the modules: lists indented, samples on one line."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: t.Any) -> bool:
        return True


def _represent_inline(dumper: yaml.SafeDumper, inline: Inline) -> yaml.Node:
    node = dumper.represent_data(inline.value)
    if isinstance(node, yaml.CollectionNode):
        node.flow_style = True
    return node


Dumper.add_representer(Inline, _represent_inline)


def load_blocks() -> dict[str, Yaml]:
    """Return the blocks of shared documentation by name."""
    return build_blocks(yaml.safe_load(TEXTS.read_text(encoding="utf-8")))


def build_blocks(texts: Yaml) -> dict[str, Yaml]:
    """Combine the texts with the field tables and the argument spec."""
    blocks = {name: _return_block(block) for name, block in texts["return_values"].items()}
    for resource in FIELD_TABLES:
        fields = {field.option: {"type": field.kind} for field in field_table(resource) if not field.secret}
        blocks[resource] = _return_block(_merge(resource, fields, texts["resources"][resource]))
    connection = texts["connection_options"]
    spec = {name: _option(option) for name, option in _import(CONNECTION_OPTIONS).argument_spec().items()}
    options = _merge("connection_options", spec, connection["options"])
    blocks["connection_options_module"] = _module_options(options, connection["environment"])
    blocks["connection_options_plugin"] = _plugin_options(options)
    return blocks


def field_table(resource: str) -> t.Any:
    """Return the fields of a resource."""
    return _import(FIELD_TABLES[resource]).FIELDS


def _import(name: str) -> t.Any:
    # The checkout may have any name, so the path of the collection is not known to Python.
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    return importlib.import_module(name)


def _merge(name: str, properties: dict[str, Yaml], texts: dict[str, Yaml]) -> dict[str, Yaml]:
    """Combine the properties of each key with its texts, in the order of the properties."""
    if set(properties) != set(texts):
        different = ", ".join(sorted(set(properties) ^ set(texts)))
        raise DocumentationError(f"{TEXTS.name}: the keys of {name} differ from plugins/module_utils: {different}.")
    return {key: {**texts[key], **values} for key, values in properties.items()}


def _return_block(values: dict[str, Yaml]) -> dict[str, Yaml]:
    """Complete return values, nested ones included, and put their attributes in order."""
    return {key: _return_value(value) for key, value in values.items()}


def _return_value(value: Yaml) -> Yaml:
    value = {"returned": "always", **value}
    if "contains" in value:
        value["contains"] = _return_block(value["contains"])
    return {name: value[name] for name in RETURN_ATTRIBUTES if name in value}


def _option(spec: Yaml) -> Yaml:
    """Return the documented properties of an option of an argument spec."""
    properties: Yaml = {name: spec[name] for name in ("type", "required", "default") if name in spec}
    return {**properties, "env": [{"name": variable} for variable in spec["fallback"][1]]}


def _module_options(options: dict[str, Yaml], environment: str) -> dict[str, Yaml]:
    """Return the options for modules. Their documentation has no attribute for environment variables."""
    described = {}
    for name, option in options.items():
        variables = [environment.format(variable=variable["name"]) for variable in option["env"]]
        described[name] = {**option, "description": [*_variant(option["description"], "module"), *variables]}
        del described[name]["env"]
    return described


def _plugin_options(options: dict[str, Yaml]) -> dict[str, Yaml]:
    described = {}
    for name, option in options.items():
        described[name] = {**option, "description": _variant(option["description"], "plugin")}
    return described


def _variant(texts: list[str | dict[str, str]], variant: str) -> list[str]:
    """Return the texts for this variant: the shared ones and its own."""
    variants = [{variant: text} if isinstance(text, str) else text for text in texts]
    return [text[variant] for text in variants if variant in text]


def regenerate(source: str, blocks: dict[str, Yaml]) -> str:
    """Return the source of a plugin with each of its generated regions up to date."""
    regions = list(_REGION.finditer(source))
    if len(_MARKER.findall(source)) != 2 * len(regions):
        problem = 'each "# BEGIN generated" needs a block and an "# END generated" with the same indentation.'
        raise DocumentationError(problem)
    return _REGION.sub(lambda region: region["begin"] + _render(region, blocks) + region["end"], source)


def _render(region: re.Match[str], blocks: dict[str, Yaml]) -> str:
    if region["block"] not in blocks:
        raise DocumentationError(f"there is no block {region['block']}, only {', '.join(sorted(blocks))}.")
    attributes = yaml.safe_load(region["attributes"] or "{}")
    block = {key: {**entry, **attributes} for key, entry in blocks[region["block"]].items()}
    indent = region["indent"]
    width = WIDTH - len(indent)
    text = yaml.dump(_inline_samples(block), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=width)
    return "".join(indent + line + "\n" for line in text.splitlines())


def _inline_samples(entries: dict[str, Yaml]) -> dict[str, Yaml]:
    def inline(name: str, value: t.Any) -> t.Any:
        if name == "contains":
            return _inline_samples(value)
        return Inline(value) if name == "sample" else value

    return {key: {name: inline(name, value) for name, value in entry.items()} for key, entry in entries.items()}


def module_lists(root: Path) -> dict[Path, list[str]]:
    """Return the lines that list the modules, by file."""
    summaries = {}
    for path in sorted(root.glob("plugins/modules/[!_]*.py")):
        found = re.search(r"^short_description: (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        summaries[path.stem] = found[1] if found else ""
    names = [f"    - {name}" for name in summaries]
    rows = [f"| `dasha.blackbox.{name}` | {summary} |" for name, summary in summaries.items()]
    table = ["", "| Module | Purpose |", "| --- | --- |", *rows, ""]
    return {root / "meta/runtime.yml": names, root / "README.md": table}


def regenerate_list(source: str, lines: list[str]) -> str:
    """Return a text with its generated list of modules up to date."""
    body = "".join(line + "\n" for line in lines)
    return _LIST.sub(lambda region: region["begin"] + body + region["end"], source)


def outdated_files(root: Path, blocks: dict[str, Yaml]) -> dict[Path, str]:
    """Return the up-to-date text of each file that is out of date."""
    outdated = {}
    for path, lines in module_lists(root).items():
        source = path.read_text(encoding="utf-8") if path.exists() else ""
        generated = regenerate_list(source, lines)
        if generated != source:
            outdated[path] = generated
    for path in sorted(root.glob("plugins/*/*.py")):
        source = path.read_text(encoding="utf-8")
        try:
            generated = regenerate(source, blocks)
        except DocumentationError as error:
            raise DocumentationError(f"{path.relative_to(root)}: {error}") from None
        if generated != source:
            outdated[path] = generated
    return outdated


def main(arguments: t.Sequence[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description="Generate the documentation that several plugins share.")
    parser.add_argument("--check", action="store_true", help="print a diff and fail if a file is out of date")
    check = parser.parse_args(arguments).check
    try:
        outdated = outdated_files(root, load_blocks())
    except DocumentationError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    for path, generated in outdated.items():
        name = str(path.relative_to(root))
        if check:
            current = path.read_text(encoding="utf-8")
            old, new = current.splitlines(keepends=True), generated.splitlines(keepends=True)
            sys.stdout.writelines(difflib.unified_diff(old, new, f"{name} (current)", f"{name} (generated)"))
        else:
            path.write_text(generated, encoding="utf-8")
            print(f"Updated {name}.")
    if check and outdated:
        print("ERROR: Shared documentation is out of date. Run make generate-docs.", file=sys.stderr)
    return int(check and bool(outdated))


if __name__ == "__main__":
    sys.exit(main())
