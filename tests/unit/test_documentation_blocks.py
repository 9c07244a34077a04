# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of docs/shared/generate.py, which writes shared documentation into the plugins."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.dasha.blackbox.docs.shared import generate
from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION

MODULE = '''
RETURN = r"""
provider:
  contains:
    # BEGIN generated: provider
    # END generated
    own:
      type: str
diff:
  # BEGIN generated: diff_headers {sample: example 1}
  # END generated
errors:
  # BEGIN generated: error_fields {returned: when a request failed}
  # END generated
"""
'''


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """Return the path of a module with markers and without generated text."""
    path = tmp_path / "plugins" / "modules" / "example.py"
    path.parent.mkdir(parents=True)
    path.write_text(MODULE, encoding="utf-8")
    return path


def return_documentation(module: Path) -> t.Any:
    """Return `RETURN` of the module."""
    return yaml.safe_load(module.read_text(encoding="utf-8").split('"""')[1])


def test_collection_is_up_to_date() -> None:
    assert generate.outdated_files(COLLECTION, generate.load_blocks()) == {}


def test_check_reports_stale_file(module: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"], module.parents[2]) == 1
    assert "+      description: The ID of the provider.\n" in capsys.readouterr().out
    assert module.read_text(encoding="utf-8") == MODULE


def test_second_run_changes_nothing(module: Path) -> None:
    root = module.parents[2]
    assert generate.main([], root) == 0
    generated = module.read_text(encoding="utf-8")
    assert (generate.main([], root), generate.main(["--check"], root)) == (0, 0)
    assert module.read_text(encoding="utf-8") == generated


def test_edited_region_is_replaced(module: Path) -> None:
    generate.main([], module.parents[2])
    generated = module.read_text(encoding="utf-8")
    module.write_text(generated.replace("The ID of the provider.", "Another text."), encoding="utf-8")
    assert generate.main([], module.parents[2]) == 0
    assert module.read_text(encoding="utf-8") == generated


def test_region_matches_field_table(module: Path) -> None:
    generate.main([], module.parents[2])
    provider = return_documentation(module)["provider"]["contains"]
    fields = [field.option for field in generate.field_table("provider") if not field.secret]
    assert list(provider) == [*fields, "own"]
    assert "auth_token" not in provider
    check = provider["verification_details"]["contains"]["timestamp"]
    assert check == {
        "description": "The time of the check.",
        "returned": "always",
        "type": "str",
        "sample": "2026-01-31T12:00:00Z",
    }


def test_marker_attribute_is_set_on_each_key(module: Path) -> None:
    generate.main([], module.parents[2])
    assert {header["sample"] for header in return_documentation(module)["diff"].values()} == {"example 1"}
    assert {field["returned"] for field in return_documentation(module)["errors"].values()} == {"when a request failed"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("generated: provider", "generated: unknown", "there is no block unknown"),
        ("    # END", "      # END", "the same indentation"),
        ("# END generated\n    own", "own", "the same indentation"),
    ],
    ids=["unknown block", "wrong indentation", "missing end"],
)
def test_invalid_marker_fails(
    module: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    module.write_text(MODULE.replace(old, new), encoding="utf-8")
    assert generate.main([], module.parents[2]) == 1
    error = capsys.readouterr().err
    assert "plugins/modules/example.py" in error
    assert message in error


@pytest.mark.parametrize(
    "change",
    [lambda texts: texts.pop("region"), lambda texts: texts.update(new_field={})],
    ids=["missing field", "additional field"],
)
def test_texts_that_differ_from_table_fail(change: t.Callable[[dict[str, t.Any]], None]) -> None:
    texts = yaml.safe_load(generate.TEXTS.read_text(encoding="utf-8"))
    change(texts["resources"]["provider"])
    with pytest.raises(generate.DocumentationError, match="the keys of provider differ"):
        generate.build_blocks(texts)
