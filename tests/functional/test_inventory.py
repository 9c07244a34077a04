# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin as users run it: by ansible-inventory and ansible-playbook, against the sandbox. And its guide."""

from __future__ import annotations

import importlib
import json
import os
import re
import ssl
import subprocess
import sys
import textwrap
import typing as t
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml

from ansible_collections.dasha.blackbox.plugins.doc_fragments import api, api_plugin
from ansible_collections.dasha.blackbox.plugins.module_utils import _arguments
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.commands import run_ansible
from ansible_collections.dasha.blackbox.tests.support.constants import (
    ACCOUNT_SID,
    COLLECTION,
    CREDENTIALS_PATH,
    OTHER_ACCOUNT_SID,
    PROVIDER_ID,
    PROVIDER_PATH,
    SEED,
)
from ansible_collections.dasha.blackbox.tests.support.recorded import methods
from ansible_collections.dasha.blackbox.tests.support.servers import TlsServer

PLUGIN = "dasha.blackbox.twilio_providers"
PAGE = COLLECTION / "docs/docsite/rst/inventory.rst"

#: What the tests of the page find in the organization.
SUPPORT = PROVIDER_ID
SALES = "8a1d0c52-0c6e-4f3b-8d7a-5b1e9f2a4c33"
OTHER_SALES = "c47e9b1f-2d3a-4b6c-9e8f-7a6b5c4d3e22"

Process = subprocess.CompletedProcess[str]


class Runner(t.Protocol):
    def __call__(
        self,
        command: str,
        *arguments: str,
        source: str | dict[str, t.Any] | None = None,
        before: str = "",
        name: str = "blackbox.yml",
        environment: dict[str, str] | None = None,
    ) -> Process:
        """Run a command of Ansible.

        :param source: the whole source, or its options.
        :param before: another source, parsed before it.
        :param name: what the source is called.
        """


@pytest.fixture
def run(sandbox: SandboxProcess, tmp_path: Path) -> Runner:
    """Run a command of Ansible with the plugin's inventory, in a folder of its own; a source that fails is an error."""

    def run(
        command: str,
        *arguments: str,
        source: str | dict[str, t.Any] | None = None,
        before: str = "",
        name: str = "blackbox.yml",
        environment: dict[str, str] | None = None,
    ) -> Process:
        text = source if isinstance(source, str) else yaml.safe_dump({"plugin": PLUGIN, **(source or {})}, sort_keys=False)
        (tmp_path / name).write_text(text, encoding="utf-8")
        inventory = [part for source in (before, name) if source for part in ("-i", source)]
        variables = {
            "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
            "DASHA_BLACKBOX_API_KEY": sandbox.api_key,
            "DASHA_BLACKBOX_API_URL": sandbox.url,
            "DASHA_BLACKBOX_API_RETRIES": "0",
            **(environment or {}),
        }
        return run_ansible(tmp_path, variables, command, *inventory, *arguments)

    return run


def add_providers(sandbox: SandboxProcess, *providers: dict[str, t.Any]) -> None:
    """Add providers, of the same account if they name none, to that of the seed."""
    state = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    state["providers"] += [{"accountSid": ACCOUNT_SID, **provider} for provider in providers]
    sandbox.restore(state)
    sandbox.forget_requests()


def squeezed(text: str) -> str:
    """Without any blank: older Ansible breaks the lines of its warnings, within words too."""
    return "".join(text.split())


def listed(process: Process) -> dict[str, t.Any]:
    """What ``ansible-inventory --list`` printed, without the marks on what is no template."""
    assert process.returncode == 0, process.stderr
    return t.cast("dict[str, t.Any]", json.loads(process.stdout, object_hook=lambda found: found.get("__ansible_unsafe", found)))


def hosts(process: Process) -> dict[str, dict[str, t.Any]]:
    """The variables of each host."""
    return t.cast("dict[str, dict[str, t.Any]]", listed(process)["_meta"]["hostvars"])


def names(process: Process) -> dict[str, str]:
    """The name of each host, by the id of its provider."""
    return {variables["blackbox_provider_id"]: name for name, variables in hosts(process).items()}


def assert_fails(process: Process, words: str) -> None:
    assert process.returncode != 0
    assert squeezed(words) in squeezed(process.stderr), process.stderr
    assert "Traceback" not in process.stdout + process.stderr


# The options


@pytest.mark.parametrize("fragment", [api, api_plugin])
def test_both_fragments_describe_the_options_as_they_are(fragment: t.Any) -> None:
    options = yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"]
    specification = _arguments.api_argument_spec()
    described = {name: {key: option.get(key) for key in ("type", "default", "required")} for name, option in options.items()}
    assert described == {name: {key: option.get(key) for key in ("type", "default", "required")} for name, option in specification.items()}
    for name, option in options.items():
        (variable,) = specification[name]["fallback"][1]
        if fragment is api_plugin:
            assert option["env"] == [{"name": variable}]
        else:
            assert f"E({variable})" in str(option["description"])


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_variable_that_is_blank_counts_as_not_set(run: Runner, sandbox: SandboxProcess, trusted: ssl.SSLContext, blank: str) -> None:
    variables = {variable: blank for option in _arguments.api_argument_spec().values() for variable in option["fallback"][1]}
    given = {"api_key": sandbox.api_key, "api_url": sandbox.url}
    assert names(run("ansible-inventory", "--list", source=given, environment=variables)) == {PROVIDER_ID: "support-line"}
    with TlsServer(trusted) as server:
        refused = run("ansible-inventory", "--list", source={**given, "api_url": server.url}, environment=variables)
    assert_fails(refused, "the certificate is not accepted: its CA is unknown and not among those known to requests")


TEMPLATE = "{{ lookup('ansible.builtin.env', 'THE_KEY') }}"


@pytest.mark.parametrize(
    ("source", "arguments", "variable"),
    [
        ({"api_key": TEMPLATE}, (), ""),
        ({"api_key": "{{ the_key }}"}, ("-e", "@variables.yml"), ""),
        ({}, (), TEMPLATE),
    ],
)
def test_the_key_may_be_a_template(
    run: Runner, sandbox: SandboxProcess, tmp_path: Path, source: dict[str, str], arguments: tuple[str, ...], variable: str
) -> None:
    (tmp_path / "variables.yml").write_text(yaml.safe_dump({"the_key": sandbox.api_key}), encoding="utf-8")
    environment = {"THE_KEY": f"{sandbox.api_key}\n", "DASHA_BLACKBOX_API_KEY": variable}
    assert names(run("ansible-inventory", "--list", *arguments, source=source, environment=environment)) == {PROVIDER_ID: "support-line"}


def test_the_key_may_be_encrypted(run: Runner, sandbox: SandboxProcess, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("fake-password", encoding="utf-8")
    environment = {"ANSIBLE_VAULT_PASSWORD_FILE": str(tmp_path / "password"), "DASHA_BLACKBOX_API_KEY": "", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    encrypted = subprocess.run(
        [Path(sys.executable).with_name("ansible-vault"), "encrypt_string", "--name", "api_key", sandbox.api_key],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    source = f"plugin: {PLUGIN}\n{encrypted.stdout}"
    assert names(run("ansible-inventory", "--list", source=source, environment=environment)) == {PROVIDER_ID: "support-line"}


# What goes wrong


class Failure(t.NamedTuple):
    """What makes the source fail.

    :param fault: of the service.
    """

    source: dict[str, t.Any] | None = None
    environment: dict[str, str] | None = None
    fault: dict[str, t.Any] | None = None
    name: str = "blackbox.yml"


FAILURES = {
    f"The source sets filter, which {PLUGIN} has no option for.": Failure({"filter": {"region": ["ie1"]}}),
    f"inventory source '/somewhere/providers.yml' could not be verified by inventory plugin '{PLUGIN}'": Failure(name="providers.yml"),
    "The option api_key is refused: it is empty. Set it, or leave it out and set the environment variable DASHA_BLACKBOX_API_KEY.": Failure(
        environment={"DASHA_BLACKBOX_API_KEY": " "}
    ),
    "The option api_key is refused: its template fails: 'vault_blackbox_api_key' is undefined": Failure({"api_key": "{{ vault_blackbox_api_key }}"}),
    "The Python library requests, 2.28 or newer, cannot be imported by /somewhere/python3, which runs Ansible. Install it there.": Failure(
        environment={"PYTHONPATH": "without_requests"}
    ),
    "GET /api/v1/sip-credentials: 200, but the list is incomplete, so nothing can be concluded from it: 1 different items came, where it counts 2.": Failure(
        fault={"path": CREDENTIALS_PATH, "times": None, "patch": {"totalCount": 2}}
    ),
    "GET /api/v1/sip-credentials: 401 Unauthorized: The API key is refused. Check api_key; every installation": Failure({"api_key": "fake-key"}),
    f"GET {PROVIDER_PATH}: 503 Service Unavailable": Failure(fault={"path": PROVIDER_PATH, "answer": {"status": 503}}),
    "The option api_url is refused: 'http://blackbox.dasha.ai' would send api_key in clear": Failure({"api_url": "http://blackbox.dasha.ai"}),
    "filters.regions. Supported parameters include: region, supports_call_transfer, verification_status.": Failure({"filters": {"regions": ["ie1"]}}),
    "argument 'validate_certs' is of type": Failure({"validate_certs": "ture"}),
    "unable to convert to bool: The value 'ture' is not a valid boolean.": Failure(environment={"DASHA_BLACKBOX_VALIDATE_CERTS": "ture"}),
    "Could not set line for host support-line: 'nothing' is undefined": Failure({"strict": True, "compose": {"line": "nothing.at_all"}}),
}


@pytest.mark.parametrize("words", FAILURES)
def test_what_goes_wrong_is_said(run: Runner, sandbox: SandboxProcess, tmp_path: Path, words: str) -> None:
    (tmp_path / "without_requests").mkdir()
    (tmp_path / "without_requests/requests.py").write_text("raise ImportError", encoding="utf-8")
    failure = FAILURES[words]
    if failure.fault:
        sandbox.misbehave(failure.fault)
    process = run("ansible-inventory", "--list", source=failure.source, environment=failure.environment, name=failure.name)
    assert_fails(process, words.replace("/somewhere/python3", sys.executable).replace("/somewhere", str(tmp_path)))


# What the hosts are called


def identifier(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


#: Names of providers, and what their hosts are called; None for the id.
NAMES: list[tuple[str | None, str | None]] = [
    ("Sales line", "sales-line-00000000"),
    ("sales  LINE!", "sales-line-00000001"),
    ("Поддержка №1", "поддержка-no1"),
    ("Straße_2", "straße-2"),
    ("\uff57\uff45\uff42.example.com", "web-example-com"),
    ("10.0.0.1", "10-0-0-1"),
    ("{{ lookup('ansible.builtin.pipe', 'false') }}", "lookup-ansible-builtin-pipe-false"),
    ("~[a:z]\n\u202e*,!&", "a-z"),
    ("é" * 100, "é" * 63),
    (None, None),
    ("- / -", None),
    ("LocalHost", None),
    ("all", None),
    ("Ungrouped", None),
    ("Of a group", "of-a-group"),
    ("Group", None),
    ("Web", None),
    (identifier(0).upper(), None),
    # The seed's provider and this one get the block of their id, and the seed's is then called as the next one is.
    ("Support line", "support-line-00000012"),
    ("Support line 3f2c1b9a", None),
]


def test_hosts_are_called_by_name_where_that_is_unmistakable(run: Runner, sandbox: SandboxProcess) -> None:
    add_providers(sandbox, *[{"id": identifier(number), "name": name} for number, (name, _host) in enumerate(NAMES)])
    process = run("ansible-inventory", "--list", source={"groups": {"group": "true"}}, before="web,db")
    called = {identifier(number): host or identifier(number) for number, (_name, host) in enumerate(NAMES)}
    assert names(process) == {PROVIDER_ID: PROVIDER_ID, **called}
    # Those of the other source are neither renamed nor taken for providers.
    assert listed(process)["ungrouped"]["hosts"] == ["web", "db"]
    assert set(listed(process)["group"]["hosts"]) == set(names(process).values())


def test_a_source_that_comes_twice_makes_the_same_hosts(run: Runner, sandbox: SandboxProcess) -> None:
    add_providers(sandbox, {"id": SALES, "name": "Support line"})
    expected = {PROVIDER_ID: "support-line-3f2c1b9a", SALES: "support-line-8a1d0c52"}
    assert names(run("ansible-inventory", "--list")) == expected
    assert names(run("ansible-inventory", "--list", before="blackbox.yml")) == expected


@pytest.mark.parametrize(
    ("hostname", "expected"),
    [
        ("id", [PROVIDER_ID, SALES, OTHER_SALES]),
        ("account_sid", [f"{ACCOUNT_SID}-3f2c1b9a", f"{ACCOUNT_SID}-8a1d0c52", OTHER_ACCOUNT_SID]),
    ],
)
def test_hosts_may_be_called_otherwise(run: Runner, sandbox: SandboxProcess, hostname: str, expected: list[str]) -> None:
    add_providers(sandbox, {"id": SALES}, {"id": OTHER_SALES, "accountSid": OTHER_ACCOUNT_SID})
    assert names(run("ansible-inventory", "--list", source={"hostname": hostname})) == dict(zip([PROVIDER_ID, SALES, OTHER_SALES], expected))


def test_an_account_that_is_none_is_no_name(run: Runner, sandbox: SandboxProcess) -> None:
    sandbox.misbehave({"path": PROVIDER_PATH, "patch": {"accountSid": "{{ 1 }}"}})
    assert names(run("ansible-inventory", "--list", source={"hostname": "account_sid"})) == {PROVIDER_ID: PROVIDER_ID}


# The variables


def test_a_host_has_the_fields_of_its_provider(run: Runner, sandbox: SandboxProcess) -> None:
    (variables,) = hosts(run("ansible-inventory", "--list")).values()
    assert variables["blackbox_provider_id"] == variables["blackbox_provider"]["id"] == PROVIDER_ID
    assert variables["blackbox_provider"]["name"] == "Support line"
    assert (variables["ansible_connection"], variables["ansible_python_interpreter"]) == ("local", "{{ ansible_playbook_python }}")
    assert methods(sandbox) == ["LIST", "GET"]


def test_nothing_is_said_of_the_connection_when_not_local(run: Runner) -> None:
    (variables,) = hosts(run("ansible-inventory", "--list", source={"local": False})).values()
    assert set(variables) == {"blackbox_provider", "blackbox_provider_id"}


@pytest.mark.parametrize(
    ("filters", "passing"),
    [
        ({}, [PROVIDER_ID, SALES, OTHER_SALES]),
        ({"region": ["US1", "au1"]}, [PROVIDER_ID]),
        ({"region": "ie1"}, [SALES]),
        ({"region": []}, []),
        ({"verification_status": ["failed", "warning"], "supports_call_transfer": True}, [SALES]),
        ({"supports_call_transfer": False}, [PROVIDER_ID, OTHER_SALES]),
    ],
)
def test_filters(run: Runner, sandbox: SandboxProcess, filters: dict[str, t.Any], passing: list[str]) -> None:
    sales = {"id": SALES, "name": "Sales line", "region": "ie1", "verificationStatus": "failed", "supportsCallTransfer": True}
    add_providers(sandbox, sales, {**sales, "id": OTHER_SALES, "region": "jp1", "supportsCallTransfer": False})
    called = {PROVIDER_ID: "support-line", SALES: "sales-line-8a1d0c52", OTHER_SALES: "sales-line-c47e9b1f"}
    assert names(run("ansible-inventory", "--list", source={"filters": filters})) == {provider_id: called[provider_id] for provider_id in passing}


def test_groups_and_variables_are_made_of_the_fields(run: Runner, sandbox: SandboxProcess) -> None:
    add_providers(sandbox, {"id": SALES, "name": "Sales line", "region": "ie1"})
    source = {
        "compose": {"line": "blackbox_provider.name | upper", "unknown": "nothing.at_all"},
        "groups": {"with_numbers": "blackbox_provider.phone_number_count > 0"},
        "keyed_groups": [{"key": "blackbox_provider.region", "prefix": "region", "parent_group": "regions"}],
    }
    process = run("ansible-inventory", "--list", source=source)
    found = listed(process)
    assert {name: variables["line"] for name, variables in hosts(process).items()} == {"support-line": "SUPPORT LINE", "sales-line": "SALES LINE"}
    assert all("unknown" not in variables for variables in hosts(process).values())
    assert found["with_numbers"]["hosts"] == found["region_us1"]["hosts"] == ["support-line"]
    assert set(found["regions"]["children"]) == {"region_us1", "region_ie1"}


# The cache


def cached(tmp_path: Path, **options: t.Any) -> dict[str, t.Any]:
    return {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache"), **options}


def test_the_cache_saves_all_requests(run: Runner, sandbox: SandboxProcess, tmp_path: Path) -> None:
    first = run("ansible-inventory", "--list", source=cached(tmp_path))
    assert methods(sandbox) == ["LIST", "GET"]
    second = run("ansible-inventory", "--list", source=cached(tmp_path, hostname="id"))
    assert methods(sandbox) == []
    assert list(hosts(first).values()) == list(hosts(second).values())
    assert list(hosts(run("ansible-inventory", "--list", source=cached(tmp_path, filters={"region": ["ie1"]})))) == []
    assert methods(sandbox) == []
    for file in (tmp_path / "cache").iterdir():
        assert sandbox.api_key not in f"{file}: {file.read_text(encoding='utf-8')}"


def test_the_cache_is_of_one_organization(run: Runner, sandbox: SandboxProcess, tmp_path: Path) -> None:
    run("ansible-inventory", "--list", source=cached(tmp_path))
    sandbox.restore({"api_key": "another-fake-key"})
    sandbox.forget_requests()
    assert hosts(run("ansible-inventory", "--list", source=cached(tmp_path))) == {}
    assert methods(sandbox) == ["LIST"]


def test_the_cache_is_of_one_source(run: Runner, sandbox: SandboxProcess, tmp_path: Path) -> None:
    for name in ("blackbox.yml", "other.blackbox.yaml"):
        run("ansible-inventory", "--list", source=cached(tmp_path), name=name)
        assert methods(sandbox) == ["LIST", "GET"]


def test_the_cache_can_be_flushed(run: Runner, sandbox: SandboxProcess, tmp_path: Path) -> None:
    play = tmp_path / "play.yml"
    play.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False}]), encoding="utf-8")
    run("ansible-inventory", "--list", source=cached(tmp_path))
    add_providers(sandbox, {"id": SALES, "name": "Sales line"})
    assert list(hosts(run("ansible-inventory", "--list", source=cached(tmp_path)))) == ["support-line"]
    assert run("ansible-playbook", "--flush-cache", str(play), source=cached(tmp_path)).returncode == 0
    assert sorted(methods(sandbox)) == ["GET", "GET", "LIST"]
    assert sorted(hosts(run("ansible-inventory", "--list", source=cached(tmp_path)))) == ["sales-line", "support-line"]
    assert methods(sandbox) == []


def test_nothing_is_cached_when_the_service_fails(run: Runner, sandbox: SandboxProcess, tmp_path: Path) -> None:
    sandbox.misbehave({"path": PROVIDER_PATH, "answer": {"status": 503}})
    assert_fails(run("ansible-inventory", "--list", source=cached(tmp_path)), "503 Service Unavailable")
    assert names(run("ansible-inventory", "--list", source=cached(tmp_path))) == {PROVIDER_ID: "support-line"}


# Data of others


def test_data_of_the_service_is_never_a_template(run: Runner, sandbox: SandboxProcess, tmp_path: Path) -> None:
    template = "{{ lookup('ansible.builtin.pipe', 'touch taken_over') }}"
    # The second one is what an older Ansible writes of an encrypted text.
    note = {template: [template], "__ansible_vault": template, "statement": f"{{% set x = {template[2:-2]} %}}"}
    source = cached(
        tmp_path,
        compose={"line": "blackbox_provider.name", "longer": "'Line ' ~ blackbox_provider.name", "note": "blackbox_provider.note"},
        groups={"templated": "blackbox_provider.name"},
        keyed_groups=[{"key": "blackbox_provider.name", "prefix": "line"}, {"key": "blackbox_provider.note"}],
    )
    seen = ("blackbox_provider", "line", "longer", "note", "ansible_connection", "ansible_python_interpreter")
    content = f"{{{{ dict({seen} | zip([{', '.join(seen)}])) | to_json }}}}"
    tasks = [
        {"ansible.builtin.copy": {"content": content, "dest": str(tmp_path / "seen"), "mode": "600"}},
        {"dasha.blackbox.twilio_provider_info": {"name": "{{ blackbox_provider.name }}"}, "register": "found"},
        {"ansible.builtin.assert": {"that": ["found.providers[0].id == blackbox_provider_id"]}},
    ]
    play = tmp_path / "play.yml"
    play.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    sandbox.misbehave({"path": PROVIDER_PATH, "times": None, "patch": {"name": template, "note": note}})
    for reads in (["LIST", "GET"], []):
        process = run("ansible-playbook", str(play), source=source)
        assert process.returncode == 0, process.stdout + process.stderr
        # The module's own look-up comes after that of the plugin.
        assert methods(sandbox) == [*reads, "LIST", "GET"]
        found = json.loads((tmp_path / "seen").read_text(encoding="utf-8"))
        assert found["blackbox_provider"]["name"] == found["line"] == template
        assert found["longer"] == f"Line {template}"
        assert found["blackbox_provider"]["note"] == found["note"] == note
        assert (found["ansible_connection"], found["ansible_python_interpreter"]) == ("local", sys.executable)
    assert not list(tmp_path.rglob("taken_over"))


# Secrets


KEY = "Quokka/+='\"%41<&lt;Marble#{Zephyr}?Thimble"

#: Stands in for what may go wrong inside of the libraries, with the key in the text of the exception.
CRASH = """
import requests

def send(session, request, **options):
    raise RuntimeError(request.headers["Authorization"], dict(request.headers))

requests.Session.send = send
"""


@pytest.mark.parametrize("where", ["fields", "problem", "crash", "option", "template"])
def test_the_key_is_seen_nowhere(run: Runner, sandbox: SandboxProcess, tmp_path: Path, where: str) -> None:
    sandbox.restore({**sandbox.state(), "api_key": KEY})
    echoes = {KEY: [quote(KEY), json.dumps(KEY)], "name": f"Line {KEY}", "region": quote(KEY, safe="")}
    environment = {"ANSIBLE_DISPLAY_TRACEBACK": "always", "ANSIBLE_LOG_PATH": str(tmp_path / "log")}
    source = cached(tmp_path, keyed_groups=[{"key": "blackbox_provider.region"}])
    if where == "fields":
        sandbox.misbehave({"path": PROVIDER_PATH, "patch": echoes})
    if where == "problem":
        sandbox.misbehave({"answer": {"status": 401, "json": {"detail": f"These are refused: {KEY} {quote(KEY)}", "errors": echoes}}})
    if where == "crash":
        (tmp_path / "crash").mkdir()
        (tmp_path / "crash/sitecustomize.py").write_text(CRASH, encoding="utf-8")
        environment["PYTHONPATH"] = str(tmp_path / "crash")
    if where == "option":
        environment["DASHA_BLACKBOX_CA_PATH"] = KEY
    if where == "template":
        environment["DASHA_BLACKBOX_API_KEY"] = f"{KEY}{{{{ 1 +"
    process = run("ansible-inventory", "--list", "-vvvv", source=source, environment=environment)
    expected = {
        "fields": '"__ansible_unsafe": "Line ********"',
        "problem": "These are refused: ******** ********",
        "crash": "Unexpected RuntimeError; this is a bug in dasha.blackbox, and -vvv shows where.",
        "template": "The option api_key is refused: its template fails",
        "option": "The option ca_path is refused: '********' does not exist on this host",
    }
    assert squeezed(expected[where]) in squeezed(process.stdout + process.stderr), process.stdout + process.stderr
    assert (process.returncode == 0) is (where == "fields")
    files = [path for path in tmp_path.rglob("*") if path.is_file() and "crash" not in path.parts]
    everything = process.stdout + process.stderr + "".join(f"{path}: {path.read_text(encoding='utf-8', errors='replace')}" for path in files)
    assert (tmp_path / "log") in files
    assert not re.findall("quokka|marble|zephyr|thimble", everything.lower())


# The documentation


def blocks(language: str, text: str | None = None) -> list[str]:
    """Every block of code on the page, in its order."""
    found = re.findall(rf"^\.\. code-block:: {language}\n\n((?:[ ]+.*\n|\n)+)", PAGE.read_text(encoding="utf-8") if text is None else text, re.MULTILINE)
    return [textwrap.dedent(block).strip() for block in found]


def sources() -> list[tuple[str, str]]:
    """Every source on the page, with the graph that is shown of it, or of the same without anything else."""
    found: list[tuple[str, str]] = []
    graph = ""
    for block in blocks("(?:yaml|text)"):
        if block.startswith("plugin:"):
            found.append((block, graph))
        elif block.startswith("@all:"):
            graph = graph or block
            found[-1] = (found[-1][0], block)
    return found


def fill_as_on_the_page(sandbox: SandboxProcess) -> None:
    state = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    verified = {"verificationStatus": "verified", "lastVerifiedAt": "2026-01-31T12:00:00Z", "verificationDetails": []}
    state["providers"][0].update(terminationUri="support-line.pstn.twilio.com", **verified)
    sales = {"name": "Sales line", "accountSid": OTHER_ACCOUNT_SID}
    state["providers"] += [
        {**sales, "id": SALES, "region": "ie1", "verificationStatus": "verified"},
        {**sales, "id": OTHER_SALES, "region": "us1", "verificationStatus": "failed"},
    ]
    sandbox.restore(state)
    sandbox.forget_requests()


@pytest.mark.parametrize(("source", "graph"), sources())
def test_the_sources_of_the_page_show_what_is_said(run: Runner, sandbox: SandboxProcess, source: str, graph: str) -> None:
    fill_as_on_the_page(sandbox)
    process = run("ansible-inventory", "-e", json.dumps({"vault_blackbox_api_key": sandbox.api_key}), "--graph", source=source)
    assert process.stdout.strip() == graph, process.stderr


def test_the_variables_of_a_host_are_as_on_the_page(run: Runner, sandbox: SandboxProcess) -> None:
    fill_as_on_the_page(sandbox)
    process = run("ansible-inventory", "--limit", "support-line", "--list")
    (shown,) = [json.loads(block) for block in blocks("text") if block.startswith("{")]
    printed = json.loads(process.stdout)
    # Newer ones say how the rest is to be read.
    for inventory in (shown, printed):
        inventory["_meta"].pop("profile", None)
    assert printed == shown


def test_the_playbook_of_the_page_goes_through_all_providers(run: Runner, sandbox: SandboxProcess, tmp_path: Path) -> None:
    fill_as_on_the_page(sandbox)
    (play,) = [block for block in blocks("yaml") if block.startswith("---")]
    (tmp_path / "all_providers.yml").write_text(play, encoding="utf-8")
    for check, changed in (["--check"], 1), ([], 1), ([], 0):
        process = run("ansible-playbook", "all_providers.yml", "--diff", *check)
        assert process.returncode == 0, process.stdout + process.stderr
        assert process.stdout.count(f"changed={changed} ") == 3
    assert all(provider["supportsCallTransfer"] for provider in sandbox.state()["providers"])


def test_the_messages_of_the_page_are_those_that_come() -> None:
    told = blocks("text", PAGE.read_text(encoding="utf-8").rpartition("When it fails")[2])
    assert told == list(FAILURES)[: len(told)]


def documentation(part: str) -> str:
    return str(getattr(importlib.import_module("ansible_collections.dasha.blackbox.plugins.inventory.twilio_providers"), part))


def test_the_example_works(run: Runner, sandbox: SandboxProcess) -> None:
    process = run("ansible-inventory", "-e", json.dumps({"vault_blackbox_api_key": sandbox.api_key}), "--list", source=documentation("EXAMPLES"))
    assert set(names(process)) == {PROVIDER_ID}


def test_awx_needs_nothing_but_the_environment(run: Runner, sandbox: SandboxProcess, tmp_path: Path) -> None:
    template = "{{ lookup('ansible.builtin.pipe', 'touch taken_over') }}"
    sandbox.misbehave({"path": PROVIDER_PATH, "patch": {"name": template}})
    # What AWX sets for each sync, and a field of the credential that nobody filled in.
    environment = {
        "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
        "ANSIBLE_INVENTORY_EXPORT": "True",
        "ANSIBLE_VERBOSE_TO_STDERR": "True",
        "DASHA_BLACKBOX_CA_PATH": "",
    }
    process = run("ansible-inventory", "--list", "--export", "-vvv", source={"hostname": "id"}, environment=environment)
    assert names(process) == {PROVIDER_ID: PROVIDER_ID}

    # It keeps what was printed, and hands it to each job by a script.
    tasks = [
        {"ansible.builtin.assert": {"that": ["blackbox_provider_id == inventory_hostname", "ansible_python_interpreter == ansible_playbook_python"]}},
        {"ansible.builtin.copy": {"content": "{{ blackbox_provider.name }}", "dest": str(tmp_path / "seen"), "mode": "600"}},
    ]
    (tmp_path / "play.yml").write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    (tmp_path / "kept").touch(0o755)
    job = run("ansible-playbook", "play.yml", source=f"#!/bin/sh\ncat <<'END'\n{process.stdout}\nEND\n", name="kept")
    assert job.returncode == 0, job.stdout + job.stderr
    assert (tmp_path / "seen").read_text(encoding="utf-8") == template
    assert not list(tmp_path.rglob("taken_over"))
