# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook ``promote_settings``, between two organizations: what it writes, that it writes nothing to staging, and what stops it."""

from __future__ import annotations

import json
import os
import re
import sys
import typing as t
from pathlib import Path

import pytest
import yaml
from jinja2 import Template

from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible
from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION, OTHER_ACCOUNT_SID, SEED
from ansible_collections.dasha.blackbox.tests.support.documents import yaml_blocks
from ansible_collections.dasha.blackbox.tests.support.recorded import sent

INPUTS, INJECTORS = yaml_blocks(COLLECTION / "docs/docsite/rst/promote_settings.rst")
PRODUCTION_IDS = ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002")


class Played(t.NamedTuple):
    """How a run ended, what it printed, in one line, and how many tasks changed something."""

    succeeded: bool
    printed: str
    changed: int


class Player(t.Protocol):
    def __call__(self, *arguments: str, entered: dict[str, str] | None = None, **variables: t.Any) -> Played:
        """Play it with what a credential injects for the two organizations, or for what is entered."""


@pytest.fixture
def staging(sandbox: SandboxProcess) -> SandboxProcess:
    """The support line, in Ireland."""
    seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    seed["providers"][0].update(region="ie1", supportsCallTransfer=True)
    sandbox.restore({**seed, "api_key": "fake-key-of-staging"})
    sandbox.forget_requests()
    return sandbox


@pytest.fixture(scope="module")
def running_production() -> t.Iterator[SandboxProcess]:
    with SandboxProcess(os.environ.get("SANDBOX_PYTHON", sys.executable)) as process:
        yield process


@pytest.fixture
def production(running_production: SandboxProcess) -> SandboxProcess:
    """A support line and a sales line, in the United States."""
    seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    seed["providers"].append({"accountSid": OTHER_ACCOUNT_SID, "name": "Sales line"})
    for provider, provider_id in zip(seed["providers"], PRODUCTION_IDS):
        provider["id"] = provider_id
    running_production.restore({**seed, "api_key": "fake-key-of-production"})
    running_production.forget_requests()
    return running_production


@pytest.fixture
def play(staging: SandboxProcess, production: SandboxProcess, tmp_path: Path) -> Player:
    both = {
        "staging_api_key": staging.api_key,
        "staging_api_url": staging.url,
        "production_api_key": production.api_key,
        "production_api_url": production.url,
    }
    assert {field["id"] for field in INPUTS["fields"]} == set(both)

    def run(*arguments: str, entered: dict[str, str] | None = None, **variables: t.Any) -> Played:
        given = both if entered is None else entered
        (tmp_path / "variables.json").write_text(json.dumps({f"promote_settings_{name}": value for name, value in variables.items()}), encoding="utf-8")
        # A field that nobody entered is rendered as an empty text.
        environment = {name: Template(template).render(given) for name, template in INJECTORS["env"].items()}
        command = ("ansible-playbook", "dasha.blackbox.promote_settings", "-e", "@variables.json", "-vvvv")
        process = run_ansible(tmp_path, environment, *command, *arguments)
        printed = process.stdout + process.stderr
        assert staging.api_key not in printed
        assert production.api_key not in printed
        assert {method for method, _path, _body in sent(staging)} <= {"GET"}
        return Played(process.returncode == 0, " ".join(printed.split()), int(re.findall(r"changed=(\d+)", printed)[-1]))

    return run


def writes(sandbox: SandboxProcess) -> list[tuple[str, t.Any]]:
    """What was written to which provider, and forget it."""
    seen = [(path.rpartition("/")[2], body) for method, path, body in sent(sandbox) if method != "GET"]
    sandbox.forget_requests()
    return seen


def test_production_gets_the_settings_of_staging_and_nothing_else(production: SandboxProcess, play: Player) -> None:
    predicted = play("--check", "--diff")
    assert predicted.succeeded, predicted.printed
    assert (predicted.changed, writes(production)) == (1, [])
    assert '- "region": "us1", - "supports_call_transfer": false + "region": "ie1", + "supports_call_transfer": true' in predicted.printed

    some = play(fields=["region"], names=["Support line"])
    assert some.succeeded, some.printed
    assert writes(production) == [(PRODUCTION_IDS[0], {"region": "ie1"})]
    assert "Changed in production: Support line: region. As in staging: none. Left alone in production: Sales line." in some.printed

    real = play()
    assert (real.succeeded, writes(production)) == (True, [(PRODUCTION_IDS[0], {"supportsCallTransfer": True})]), real.printed


def test_keys_are_needed_and_those_in_variables_win(staging: SandboxProcess, production: SandboxProcess, play: Player) -> None:
    refused = play(entered={"staging_api_key": staging.api_key, "staging_api_url": staging.url})
    assert "Nothing was changed. The keys of both organizations are needed" in refused.printed
    urls = {"staging_api_url": staging.url, "production_api_url": production.url, "staging_api_key": "another-fake-key"}
    given = play("--check", entered=urls, staging_api_key=staging.api_key, production_api_key=production.api_key)
    assert (given.succeeded, given.changed) == (True, 1), given.printed


def test_one_organization_is_not_two(staging: SandboxProcess, play: Player) -> None:
    result = play(production_api_key=staging.api_key, production_api_url=f"{staging.url}/")
    assert not result.succeeded
    assert "The keys and URLs of staging and of production lead to the same organization: both have" in result.printed


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"names": []}, "Neither may be empty; leave it out for all."),
        ({"fields": []}, "Neither may be empty; leave it out for all."),
        ({"name": ["Support line"]}, "The playbook has no variable promote_settings_name."),
    ],
)
def test_what_would_promote_everything_unmeant_is_refused(production: SandboxProcess, play: Player, variables: dict[str, t.Any], words: str) -> None:
    result = play(**variables)
    assert not result.succeeded
    assert words in result.printed
    assert writes(production) == []


@pytest.mark.parametrize("where", ["production", "staging"])
def test_what_has_no_counterpart_stops_it(production: SandboxProcess, play: Player, where: str) -> None:
    state = production.state()
    state["providers"][0]["name"] = "Sales line"
    production.restore(state)
    production.forget_requests()
    result = play() if where == "production" else play(names=["Sales line"])
    assert not result.succeeded
    told = "'Support line', staging has 1 and production 0" if where == "production" else "'Sales line', staging has 0 and production 2"
    assert f"Nothing was changed. Of the providers called {told}; each has to have one." in result.printed
    assert writes(production) == []
