# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation shows works, and what it says of results is what comes back."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml
from sandbox.process import SandboxProcess
from support import COLLECTION, PROVIDER_ID, ModuleRunner

from ansible_collections.dasha.blackbox.plugins.module_utils import _providers

MODULES = sorted(path.stem for path in (COLLECTION / "plugins/modules").glob("*.py"))


def documented(module: str, part: str) -> t.Any:
    return yaml.safe_load(getattr(importlib.import_module(f"ansible_collections.dasha.blackbox.plugins.modules.{module}"), part))


def shown() -> t.Iterator[t.Any]:
    """Every piece of YAML that the documentation shows: examples of modules, blocks of the README and of the guides."""
    for module in MODULES:
        yield pytest.param(documented(module, "EXAMPLES"), id=module)
    for page in [COLLECTION / "README.md", *sorted((COLLECTION / "docs").rglob("*.rst"))]:
        text = page.read_text(encoding="utf-8")
        blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        blocks += re.findall(r"^\.\. code-block:: yaml\n\n((?:[ ]+.*\n|\n)+)", text, re.MULTILINE)
        for number, block in enumerate(blocks, start=1):
            yield pytest.param(yaml.safe_load(block), id=f"{page.name}-{number}")


@pytest.mark.parametrize("plays", list(shown()))
def test_what_is_shown_runs_and_runs_in_check_mode_too(sandbox: SandboxProcess, tmp_path: Path, plays: list[dict[str, t.Any]]) -> None:
    if "hosts" not in plays[0]:
        plays = [{"hosts": "localhost", "gather_facts": False, "tasks": plays}]
    # The providers of the sandbox were never verified.
    seed = sandbox.state()
    seed["providers"][0]["verificationStatus"] = "verified"
    sandbox.restore(seed)
    playbook = tmp_path / "playbook.yml"
    playbook.write_text(yaml.safe_dump(plays), encoding="utf-8")
    (tmp_path / "ansible.cfg").touch()
    for check in (["--check"], [], ["--check"]):
        process = subprocess.run(
            [str(Path(sys.executable).with_name("ansible-playbook")), str(playbook), "--diff", "-e", "vault_blackbox_api_key=" + sandbox.api_key, *check],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"),
                "ANSIBLE_COLLECTIONS_PATH": str(COLLECTION.parents[2]),
                "DASHA_BLACKBOX_API_URL": sandbox.url,
                "DASHA_BLACKBOX_API_KEY": sandbox.api_key,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert process.returncode == 0, process.stdout + process.stderr


def test_the_fields_of_a_provider_are_documented_as_they_are() -> None:
    provider = documented("twilio_provider", "RETURN")["provider"]["contains"]
    providers = documented("twilio_provider_info", "RETURN")["providers"]["contains"]
    assert {name: field["type"] for name, field in provider.items()} == {field.option: field.kind for field in _providers.FIELDS}
    assert providers == provider


@pytest.mark.parametrize("module", MODULES)
def test_every_key_of_a_result_is_documented(run_module: ModuleRunner, module: str) -> None:
    returned = documented(module, "RETURN")
    success = run_module(module, id=PROVIDER_ID)
    failure = run_module(module, id=PROVIDER_ID, api_key="another-fake-key")
    of_ansible = {"changed", "failed", "invocation", "msg", "exception"}
    assert set(success) | set(failure) <= set(returned) | of_ansible
    assert set(failure["error"]) == set(returned["error"]["contains"])
    assert documented(module, "RETURN")["error"] == documented(MODULES[0], "RETURN")["error"]


def test_every_module_is_in_the_action_group_and_in_the_readme() -> None:
    runtime = yaml.safe_load((COLLECTION / "meta/runtime.yml").read_text(encoding="utf-8"))
    assert sorted(runtime["action_groups"]["all"]) == MODULES
    readme = (COLLECTION / "README.md").read_text(encoding="utf-8")
    assert all(f"| `dasha.blackbox.{module}` |" in readme for module in MODULES)
