# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the playbook ``promote_settings`` with two organizations."""

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
from ansible_collections.dasha.blackbox.tests.support.messages import assert_shown
from ansible_collections.dasha.blackbox.tests.support.recorded import sent

INPUTS, INJECTORS = yaml_blocks(COLLECTION / "docs/docsite/rst/promote_settings.rst")
PRODUCTION_IDS = ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002")


class RunResult(t.NamedTuple):
    """Result of a run."""

    succeeded: bool
    #: Output with all whitespace collapsed.
    output: str
    #: Number of tasks that changed something.
    changed: int


class PlaybookRunner(t.Protocol):
    def __call__(self, *arguments: str, entered: dict[str, str] | None = None, **variables: t.Any) -> RunResult:
        """Run the playbook with the environment variables that an AWX credential injects.

        :param entered: Fields of the credential. By default, the fields of both organizations.
        """


@pytest.fixture
def staging(sandbox: SandboxProcess) -> SandboxProcess:
    """Return the staging organization, whose support line is in Ireland."""
    seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    seed["providers"][0].update(region="ie1", supportsCallTransfer=True)
    sandbox.restore({**seed, "api_key": "fake-key-of-staging"})
    sandbox.clear_requests()
    return sandbox


@pytest.fixture(scope="module")
def running_production() -> t.Iterator[SandboxProcess]:
    with SandboxProcess(os.environ.get("SANDBOX_PYTHON", sys.executable)) as process:
        yield process


@pytest.fixture
def production(running_production: SandboxProcess) -> SandboxProcess:
    """Return the production organization with two lines in the United States."""
    seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    seed["providers"].append({"accountSid": OTHER_ACCOUNT_SID, "name": "Sales line"})
    for provider, provider_id in zip(seed["providers"], PRODUCTION_IDS):
        provider["id"] = provider_id
    running_production.restore({**seed, "api_key": "fake-key-of-production"})
    running_production.clear_requests()
    return running_production


@pytest.fixture
def promote(staging: SandboxProcess, production: SandboxProcess, tmp_path: Path) -> PlaybookRunner:
    """Return a function that runs the playbook and checks that it only reads from staging."""
    all_fields = {
        "staging_api_key": staging.api_key,
        "staging_api_url": staging.url,
        "production_api_key": production.api_key,
        "production_api_url": production.url,
    }
    assert {field["id"] for field in INPUTS["fields"]} == set(all_fields)

    def run(*arguments: str, entered: dict[str, str] | None = None, **variables: t.Any) -> RunResult:
        fields = all_fields if entered is None else entered
        (tmp_path / "variables.json").write_text(
            json.dumps({f"promote_settings_{name}": value for name, value in variables.items()}), encoding="utf-8"
        )
        # Missing fields are rendered as empty strings.
        environment = {name: Template(template).render(fields) for name, template in INJECTORS["env"].items()}
        command = ("ansible-playbook", "dasha.blackbox.promote_settings", "-e", "@variables.json", "-vvvv")
        process = run_ansible(tmp_path, environment, *command, *arguments)
        output = process.stdout + process.stderr
        assert staging.api_key not in output
        assert production.api_key not in output
        assert {method for method, _path, _body in sent(staging)} <= {"GET"}
        return RunResult(
            process.returncode == 0, " ".join(output.split()), int(re.findall(r"changed=(\d+)", output)[-1])
        )

    return run


def take_writes(sandbox: SandboxProcess) -> list[tuple[str, t.Any]]:
    """Return the provider ID and body of each write, and clear the request log."""
    writes = [(path.rpartition("/")[2], body) for method, path, body in sent(sandbox) if method != "GET"]
    sandbox.clear_requests()
    return writes


def test_promotion_writes_only_changed_settings(production: SandboxProcess, promote: PlaybookRunner) -> None:
    predicted = promote("--check", "--diff")
    assert predicted.succeeded, predicted.output
    assert (predicted.changed, take_writes(production)) == (1, [])
    assert (
        '- "region": "us1", - "supports_call_transfer": false + "region": "ie1", + "supports_call_transfer": true'
        in predicted.output
    )

    selected = promote(fields=["region"], names=["Support line"])
    assert selected.succeeded, selected.output
    assert take_writes(production) == [(PRODUCTION_IDS[0], {"region": "ie1"})]
    assert_shown(selected.output, "promotion", ": Support line: region.", ": none.", ": Sales line.")

    promoted = promote()
    assert (promoted.succeeded, take_writes(production)) == (
        True,
        [(PRODUCTION_IDS[0], {"supportsCallTransfer": True})],
    ), promoted.output


def test_key_variables_override_environment(
    staging: SandboxProcess, production: SandboxProcess, promote: PlaybookRunner
) -> None:
    refused = promote(entered={"staging_api_key": staging.api_key, "staging_api_url": staging.url})
    assert_shown(refused.output, "api_keys_missing", "promote_settings_production_api_key")
    urls = {"staging_api_url": staging.url, "production_api_url": production.url, "staging_api_key": "another-fake-key"}
    result = promote("--check", entered=urls, staging_api_key=staging.api_key, production_api_key=production.api_key)
    assert (result.succeeded, result.changed) == (True, 1), result.output


def test_promotion_within_one_organization_is_refused(staging: SandboxProcess, promote: PlaybookRunner) -> None:
    result = promote(production_api_key=staging.api_key, production_api_url=f"{staging.url}/")
    assert not result.succeeded
    assert_shown(result.output, "same_organization", "staging", "production")


@pytest.mark.parametrize(
    ("variables", "kind", "fact"),
    [
        ({"names": []}, "list_empty", "promote_settings_names"),
        ({"fields": []}, "list_empty", "promote_settings_fields"),
        ({"name": ["Support line"]}, "variables_unknown", "promote_settings_name."),
    ],
)
def test_promotion_with_invalid_variables_is_refused(
    production: SandboxProcess, promote: PlaybookRunner, variables: dict[str, t.Any], kind: str, fact: str
) -> None:
    result = promote(**variables)
    assert not result.succeeded
    assert_shown(result.output, kind, fact)
    assert take_writes(production) == []


@pytest.mark.parametrize("missing_in", ["production", "staging"])
def test_provider_without_counterpart_stops_promotion(
    production: SandboxProcess, promote: PlaybookRunner, missing_in: str
) -> None:
    state = production.state()
    state["providers"][0]["name"] = "Sales line"
    production.restore(state)
    production.clear_requests()
    result = promote() if missing_in == "production" else promote(names=["Sales line"])
    assert not result.succeeded
    name, counts = ("Support line", (1, 0)) if missing_in == "production" else ("Sales line", (0, 2))
    facts = [f"{place} {count}" for place, count in zip(("staging has", "production has"), counts)]
    assert_shown(result.output, "provider_count_differs", f"'{name}'", *facts)
    assert take_writes(production) == []


def test_empty_staging_fails(promote: PlaybookRunner, staging: SandboxProcess, production: SandboxProcess) -> None:
    staging.restore({"api_key": staging.api_key})
    result = promote()
    assert not result.succeeded
    assert_shown(result.output, "staging_empty")
    assert take_writes(production) == []


@pytest.mark.parametrize("name", ["Support line ", "S" * 120])
def test_name_that_cannot_be_declared_is_promoted(
    promote: PlaybookRunner, staging: SandboxProcess, production: SandboxProcess, name: str
) -> None:
    state = production.state()
    state["providers"] = [provider for provider in state["providers"] if provider["id"] == PRODUCTION_IDS[0]]
    state["sip_credentials"] = [item for item in state["sip_credentials"] if item["providerId"] == PRODUCTION_IDS[0]]
    production.restore(state)
    production.clear_requests()
    for organization in (staging, production):
        organization.inject_faults({"path": ".*/providers/.*", "method": "GET", "times": None, "patch": {"name": name}})
    result = promote(names=[name], fields=["region"])
    assert result.succeeded, result.output
    assert take_writes(production) == [(PRODUCTION_IDS[0], {"region": "ie1"})]
