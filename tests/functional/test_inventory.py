# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the inventory plugin and its guide with ansible-inventory and ansible-playbook."""

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

from ansible_collections.dasha.blackbox.plugins.module_utils._ansible import options as connection_options
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
from ansible_collections.dasha.blackbox.tests.support.messages import KINDS, contains
from ansible_collections.dasha.blackbox.tests.support.recorded import take_methods
from ansible_collections.dasha.blackbox.tests.support.servers import ScriptedServer, TlsServer, http_response, respond

PLUGIN = "dasha.blackbox.twilio_providers"
PAGE = COLLECTION / "docs/docsite/rst/inventory.rst"

#: Providers of the organization in the guide.
SALES = "8a1d0c52-0c6e-4f3b-8d7a-5b1e9f2a4c33"
OTHER_SALES = "c47e9b1f-2d3a-4b6c-9e8f-7a6b5c4d3e22"

Process = subprocess.CompletedProcess[str]


class CommandRunner(t.Protocol):
    def __call__(
        self,
        command: str,
        *arguments: str,
        source: str | dict[str, t.Any] | None = None,
        before: str = "",
        name: str = "blackbox.yml",
        environment: dict[str, str] | None = None,
    ) -> Process:
        """Run an Ansible command with the inventory source.

        :param source: The whole source, or its options.
        :param before: Another source that is parsed first.
        :param name: The file name of the source.
        """


@pytest.fixture
def run(sandbox: SandboxProcess, tmp_path: Path) -> CommandRunner:
    """Return a function that runs Ansible commands in a temporary folder.

    A source that cannot be parsed is an error.
    """

    def run_with_source(
        command: str,
        *arguments: str,
        source: str | dict[str, t.Any] | None = None,
        before: str = "",
        name: str = "blackbox.yml",
        environment: dict[str, str] | None = None,
    ) -> Process:
        text = (
            source if isinstance(source, str) else yaml.safe_dump({"plugin": PLUGIN, **(source or {})}, sort_keys=False)
        )
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

    return run_with_source


def add_providers(sandbox: SandboxProcess, *providers: dict[str, t.Any]) -> None:
    """Add providers to the seed. They belong to the account of the seed by default."""
    state = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    state["providers"] += [{"accountSid": ACCOUNT_SID, **provider} for provider in providers]
    sandbox.restore(state)
    sandbox.clear_requests()


def remove_whitespace(text: str) -> str:
    """Remove all whitespace, because older Ansible breaks lines of warnings anywhere."""
    return "".join(text.split())


def parse_inventory(process: Process) -> dict[str, t.Any]:
    """Return the output of ``ansible-inventory --list`` without the markers of unsafe values."""
    assert process.returncode == 0, process.stderr
    return t.cast(
        "dict[str, t.Any]", json.loads(process.stdout, object_hook=lambda value: value.get("__ansible_unsafe", value))
    )


def get_hosts(process: Process) -> dict[str, dict[str, t.Any]]:
    """Map each host to its variables."""
    return t.cast("dict[str, dict[str, t.Any]]", parse_inventory(process)["_meta"]["hostvars"])


def get_host_names(process: Process) -> dict[str, str]:
    """Map the ID of each provider to the name of its host."""
    return {variables["blackbox_provider_id"]: name for name, variables in get_hosts(process).items()}


def assert_failure(process: Process, kind: str, *facts: str) -> None:
    """Check that the command fails with a message of the kind, or any message if it is empty."""
    assert process.returncode != 0
    errors = remove_whitespace(process.stderr)
    assert contains(errors, remove_whitespace(KINDS.get(kind, ""))), process.stderr
    assert [fact for fact in facts if remove_whitespace(fact) not in errors] == [], process.stderr


def assert_fails(process: Process, kind: str, *facts: str) -> None:
    """Check that the command fails with a message of the kind, or any message if it is empty, without a traceback."""
    assert_failure(process, kind, *facts)
    assert "Traceback" not in process.stdout + process.stderr


# Options


@pytest.mark.parametrize("blank", ["", "  "])
def test_blank_environment_variable_is_ignored(
    run: CommandRunner, sandbox: SandboxProcess, trusted: ssl.SSLContext, blank: str
) -> None:
    variables = {
        variable: blank for option in connection_options.argument_spec().values() for variable in option["fallback"][1]
    }
    options = {"api_key": sandbox.api_key, "api_url": sandbox.url}
    assert get_host_names(run("ansible-inventory", "--list", source=options, environment=variables)) == {
        PROVIDER_ID: "support-line"
    }
    with TlsServer(trusted) as server:
        refused = run("ansible-inventory", "--list", source={**options, "api_url": server.url}, environment=variables)
    assert_fails(refused, "certificate_refused", "ca_path")


TEMPLATE = "{{ lookup('ansible.builtin.env', 'THE_KEY') }}"


@pytest.mark.parametrize(
    ("source", "arguments", "variable"),
    [
        ({"api_key": TEMPLATE}, (), ""),
        ({"api_key": "{{ the_key }}"}, ("-e", "@variables.yml"), ""),
        ({}, (), TEMPLATE),
    ],
)
def test_template_as_key_is_rendered(
    run: CommandRunner,
    sandbox: SandboxProcess,
    tmp_path: Path,
    source: dict[str, str],
    arguments: tuple[str, ...],
    variable: str,
) -> None:
    (tmp_path / "variables.yml").write_text(yaml.safe_dump({"the_key": sandbox.api_key}), encoding="utf-8")
    environment = {"THE_KEY": f"{sandbox.api_key}\n", "DASHA_BLACKBOX_API_KEY": variable}
    assert get_host_names(run("ansible-inventory", "--list", *arguments, source=source, environment=environment)) == {
        PROVIDER_ID: "support-line"
    }


def test_encrypted_key_is_decrypted(run: CommandRunner, sandbox: SandboxProcess, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("fake-password", encoding="utf-8")
    environment = {
        "ANSIBLE_VAULT_PASSWORD_FILE": str(tmp_path / "password"),
        "DASHA_BLACKBOX_API_KEY": "",
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
    }
    encrypted = subprocess.run(
        [Path(sys.executable).with_name("ansible-vault"), "encrypt_string", "--name", "api_key", sandbox.api_key],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    source = f"plugin: {PLUGIN}\n{encrypted.stdout}"
    assert get_host_names(run("ansible-inventory", "--list", source=source, environment=environment)) == {
        PROVIDER_ID: "support-line"
    }


# Failures


class Failure(t.NamedTuple):
    """Cause of a failure, and its message.

    :param kind: Kind of the message, or an empty string for a message of Ansible.
    :param facts: Parts of the message. The folder of the source is `/somewhere`.
    :param fault: Fault of the mock server.
    """

    kind: str
    facts: tuple[str, ...]
    source: dict[str, t.Any] | None = None
    environment: dict[str, str] | None = None
    fault: dict[str, t.Any] | None = None
    name: str = "blackbox.yml"


FAILURES = [
    Failure("inventory_option_unknown", (PLUGIN, "filter."), {"filter": {"region": ["ie1"]}}),
    Failure(
        "",
        (f"inventory source '/somewhere/providers.yml' could not be verified by inventory plugin '{PLUGIN}'",),
        name="providers.yml",
    ),
    Failure("api_key_missing", ("DASHA_BLACKBOX_API_KEY",), environment={"DASHA_BLACKBOX_API_KEY": " "}),
    Failure(
        "template_failed",
        ("api_key", "'vault_blackbox_api_key' is undefined"),
        {"api_key": "{{ vault_blackbox_api_key }}"},
    ),
    Failure(
        "library_missing",
        ("requests (2.28 or newer)", "/somewhere/python3"),
        environment={"PYTHONPATH": "without_requests"},
    ),
    Failure(
        "list_incomplete",
        ("GET /api/v1/sip-credentials: 200", "totalCount is 2", "items is 1."),
        fault={"path": CREDENTIALS_PATH, "times": None, "patch": {"totalCount": 2}},
    ),
    Failure(
        "hint_check_key",
        ("GET /api/v1/sip-credentials: 401 Unauthorized: The API key is refused.",),
        {"api_key": "fake-key"},
    ),
    Failure(
        "",
        (f"GET {PROVIDER_PATH}: 503 Service Unavailable",),
        fault={"path": PROVIDER_PATH, "response": {"status": 503}},
    ),
    Failure("url_unencrypted", ("api_url", "'http://blackbox.dasha.ai'"), {"api_url": "http://blackbox.dasha.ai"}),
    Failure(
        "",
        ("filters.regions. Supported parameters include: region, supports_call_transfer, verification_status.",),
        {"filters": {"regions": ["ie1"]}},
    ),
    Failure("", ("argument 'validate_certs' is of type",), {"validate_certs": "ture"}),
    Failure(
        "",
        ("unable to convert to bool: The value 'ture' is not a valid boolean.",),
        environment={"DASHA_BLACKBOX_VALIDATE_CERTS": "ture"},
    ),
    Failure(
        "",
        ("Could not set line for host support-line: 'nothing' is undefined",),
        {"strict": True, "compose": {"line": "nothing.at_all"}},
    ),
]


@pytest.mark.parametrize("number", range(len(FAILURES)))
def test_failure_is_explained(run: CommandRunner, sandbox: SandboxProcess, tmp_path: Path, number: int) -> None:
    (tmp_path / "without_requests").mkdir()
    (tmp_path / "without_requests/requests.py").write_text("raise ImportError", encoding="utf-8")
    failure = FAILURES[number]
    if failure.fault:
        sandbox.inject_faults(failure.fault)
    process = run(
        "ansible-inventory", "--list", source=failure.source, environment=failure.environment, name=failure.name
    )
    # The page quotes the whole messages of the first failures.
    texts = [*failure.facts, *get_documented_messages()[number : number + 1]]
    folder = str(tmp_path)
    facts = [text.replace("/somewhere/python3", sys.executable).replace("/somewhere", folder) for text in texts]
    assert_fails(process, failure.kind, *facts)


#: Options with an expression that fails for the second provider.
HALF_WAY: list[dict[str, t.Any]] = [
    {"compose": {"line": "1 / (blackbox_provider.name == 'Support line') | int"}},
    {"groups": {"regional": "blackbox_provider.region in ['us1'] or nothing.at_all"}},
    {"keyed_groups": [{"key": "blackbox_provider.verification_details[0].status"}]},
    {"keyed_groups": [{"key": "blackbox_provider.region", "prefix": "", "separator": ""}]},
    {"groups": {"a": True}, "keyed_groups": [{"key": "'a'", "prefix": "", "separator": "", "parent_group": "a"}]},
]


@pytest.mark.parametrize("options", HALF_WAY)
def test_source_that_fails_half_way_adds_no_host(
    run: CommandRunner, sandbox: SandboxProcess, tmp_path: Path, options: dict[str, t.Any]
) -> None:
    add_providers(sandbox, {"id": SALES, "name": "ie1", "region": "ie1"})
    sandbox.inject_faults(
        {"path": PROVIDER_PATH, "times": None, "patch": {"verificationDetails": [{"status": "passed"}]}},
    )
    lenient = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "false"}
    source = {"strict": True, "groups": {"protected": True}, **options}
    process = run("ansible-inventory", "--list", source=source, before="other,", environment=lenient)
    assert "Failed to parse" in process.stderr
    assert list(parse_inventory(process)["ungrouped"]["hosts"]) == ["other"]
    assert "support-line" not in process.stdout


# Host names


def identifier(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


#: Names of providers and of their hosts. The host name None means the provider ID.
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
    # This name equals that of the provider in the seed, so both hosts get a suffix from the ID. The
    # suffixed name of the seed's host then equals the next name, so these two hosts get the ID.
    ("Support line", "support-line-00000012"),
    ("Support line 3f2c1b9a", None),
]


def test_host_name_is_provider_name_or_unique_id(run: CommandRunner, sandbox: SandboxProcess) -> None:
    add_providers(sandbox, *[{"id": identifier(number), "name": name} for number, (name, _host) in enumerate(NAMES)])
    process = run("ansible-inventory", "--list", source={"groups": {"group": "true"}}, before="web,db")
    expected = {identifier(number): host or identifier(number) for number, (_name, host) in enumerate(NAMES)}
    assert get_host_names(process) == {PROVIDER_ID: PROVIDER_ID, **expected}
    # Hosts of the other source keep their names and get no variables.
    assert parse_inventory(process)["ungrouped"]["hosts"] == ["web", "db"]
    assert set(parse_inventory(process)["group"]["hosts"]) == set(get_host_names(process).values())


def test_repeated_source_returns_same_hosts(run: CommandRunner, sandbox: SandboxProcess) -> None:
    add_providers(sandbox, {"id": SALES, "name": "Support line"})
    expected = {PROVIDER_ID: "support-line-3f2c1b9a", SALES: "support-line-8a1d0c52"}
    assert get_host_names(run("ansible-inventory", "--list")) == expected
    assert get_host_names(run("ansible-inventory", "--list", before="blackbox.yml")) == expected


@pytest.mark.parametrize(
    ("hostname", "expected"),
    [
        ("id", [PROVIDER_ID, SALES, OTHER_SALES]),
        ("account_sid", [f"{ACCOUNT_SID}-3f2c1b9a", f"{ACCOUNT_SID}-8a1d0c52", OTHER_ACCOUNT_SID]),
    ],
)
def test_hostname_option_selects_host_name(
    run: CommandRunner, sandbox: SandboxProcess, hostname: str, expected: list[str]
) -> None:
    add_providers(sandbox, {"id": SALES}, {"id": OTHER_SALES, "accountSid": OTHER_ACCOUNT_SID})
    assert get_host_names(run("ansible-inventory", "--list", source={"hostname": hostname})) == dict(
        zip([PROVIDER_ID, SALES, OTHER_SALES], expected)
    )


def test_invalid_account_sid_is_not_a_host_name(run: CommandRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"path": PROVIDER_PATH, "patch": {"accountSid": "{{ 1 }}"}})
    assert get_host_names(run("ansible-inventory", "--list", source={"hostname": "account_sid"})) == {
        PROVIDER_ID: PROVIDER_ID
    }


# Variables


def test_host_variables_contain_provider_fields(run: CommandRunner, sandbox: SandboxProcess) -> None:
    (variables,) = get_hosts(run("ansible-inventory", "--list")).values()
    assert variables["blackbox_provider_id"] == variables["blackbox_provider"]["id"] == PROVIDER_ID
    assert variables["blackbox_provider"]["name"] == "Support line"
    assert (variables["ansible_connection"], variables["ansible_python_interpreter"]) == (
        "local",
        "{{ ansible_playbook_python }}",
    )
    assert take_methods(sandbox) == ["LIST", "GET"]


def test_local_disabled_sets_no_connection_variables(run: CommandRunner) -> None:
    (variables,) = get_hosts(run("ansible-inventory", "--list", source={"local": False})).values()
    assert set(variables) == {"blackbox_provider", "blackbox_provider_id"}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [PROVIDER_ID, SALES, OTHER_SALES]),
        ({"region": ["US1", "au1"]}, [PROVIDER_ID]),
        ({"region": "ie1"}, [SALES]),
        ({"region": []}, []),
        ({"verification_status": ["failed", "warning"], "supports_call_transfer": True}, [SALES]),
        ({"supports_call_transfer": False}, [PROVIDER_ID, OTHER_SALES]),
    ],
)
def test_filters_select_matching_providers(
    run: CommandRunner, sandbox: SandboxProcess, filters: dict[str, t.Any], expected: list[str]
) -> None:
    sales = {
        "id": SALES,
        "name": "Sales line",
        "region": "ie1",
        "verificationStatus": "failed",
        "supportsCallTransfer": True,
    }
    add_providers(sandbox, sales, {**sales, "id": OTHER_SALES, "region": "jp1", "supportsCallTransfer": False})
    host_names = {PROVIDER_ID: "support-line", SALES: "sales-line-8a1d0c52", OTHER_SALES: "sales-line-c47e9b1f"}
    assert get_host_names(run("ansible-inventory", "--list", source={"filters": filters})) == {
        provider_id: host_names[provider_id] for provider_id in expected
    }


def test_groups_and_variables_use_provider_fields(run: CommandRunner, sandbox: SandboxProcess) -> None:
    add_providers(sandbox, {"id": SALES, "name": "Sales line", "region": "ie1"})
    source = {
        "compose": {"line": "blackbox_provider.name | upper", "unknown": "nothing.at_all"},
        "groups": {"with_numbers": "blackbox_provider.phone_number_count > 0"},
        "keyed_groups": [{"key": "blackbox_provider.region", "prefix": "region", "parent_group": "regions"}],
    }
    process = run("ansible-inventory", "--list", source=source)
    inventory = parse_inventory(process)
    assert {name: variables["line"] for name, variables in get_hosts(process).items()} == {
        "support-line": "SUPPORT LINE",
        "sales-line": "SALES LINE",
    }
    assert all("unknown" not in variables for variables in get_hosts(process).values())
    assert inventory["with_numbers"]["hosts"] == inventory["region_us1"]["hosts"] == ["support-line"]
    assert set(inventory["regions"]["children"]) == {"region_us1", "region_ie1"}


# Cache


def with_cache(tmp_path: Path, **options: t.Any) -> dict[str, t.Any]:
    return {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
        **options,
    }


def test_valid_cache_avoids_requests(run: CommandRunner, sandbox: SandboxProcess, tmp_path: Path) -> None:
    first = run("ansible-inventory", "--list", source=with_cache(tmp_path))
    assert take_methods(sandbox) == ["LIST", "GET"]
    second = run("ansible-inventory", "--list", source=with_cache(tmp_path, hostname="id"))
    assert take_methods(sandbox) == []
    assert list(get_hosts(first).values()) == list(get_hosts(second).values())
    assert (
        list(get_hosts(run("ansible-inventory", "--list", source=with_cache(tmp_path, filters={"region": ["ie1"]}))))
        == []
    )
    assert take_methods(sandbox) == []
    for file in (tmp_path / "cache").iterdir():
        assert sandbox.api_key not in f"{file}: {file.read_text(encoding='utf-8')}"


def test_cache_depends_on_api_key(run: CommandRunner, sandbox: SandboxProcess, tmp_path: Path) -> None:
    run("ansible-inventory", "--list", source=with_cache(tmp_path))
    sandbox.restore({"api_key": "another-fake-key"})
    sandbox.clear_requests()
    assert get_hosts(run("ansible-inventory", "--list", source=with_cache(tmp_path))) == {}
    assert take_methods(sandbox) == ["LIST"]


def test_cache_depends_on_source(run: CommandRunner, sandbox: SandboxProcess, tmp_path: Path) -> None:
    for name in ("blackbox.yml", "other.blackbox.yaml"):
        run("ansible-inventory", "--list", source=with_cache(tmp_path), name=name)
        assert take_methods(sandbox) == ["LIST", "GET"]


def test_flushed_cache_is_filled_again(run: CommandRunner, sandbox: SandboxProcess, tmp_path: Path) -> None:
    play = tmp_path / "play.yml"
    play.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False}]), encoding="utf-8")
    run("ansible-inventory", "--list", source=with_cache(tmp_path))
    add_providers(sandbox, {"id": SALES, "name": "Sales line"})
    assert list(get_hosts(run("ansible-inventory", "--list", source=with_cache(tmp_path)))) == ["support-line"]
    assert run("ansible-playbook", "--flush-cache", str(play), source=with_cache(tmp_path)).returncode == 0
    assert sorted(take_methods(sandbox)) == ["GET", "GET", "LIST"]
    assert sorted(get_hosts(run("ansible-inventory", "--list", source=with_cache(tmp_path)))) == [
        "sales-line",
        "support-line",
    ]
    assert take_methods(sandbox) == []


def test_failed_request_is_not_cached(run: CommandRunner, sandbox: SandboxProcess, tmp_path: Path) -> None:
    sandbox.inject_faults({"path": PROVIDER_PATH, "response": {"status": 503}})
    assert_fails(run("ansible-inventory", "--list", source=with_cache(tmp_path)), "503 Service Unavailable")
    assert get_host_names(run("ansible-inventory", "--list", source=with_cache(tmp_path))) == {
        PROVIDER_ID: "support-line"
    }


# Untrusted data


def test_template_in_response_is_not_rendered(run: CommandRunner, sandbox: SandboxProcess, tmp_path: Path) -> None:
    template = "{{ lookup('ansible.builtin.pipe', 'touch taken_over') }}"
    # Older Ansible marks an encrypted string with the second key.
    note = {template: [template], "__ansible_vault": template, "statement": f"{{% set x = {template[2:-2]} %}}"}
    source = with_cache(
        tmp_path,
        compose={
            "line": "blackbox_provider.name",
            "longer": "'Line ' ~ blackbox_provider.name",
            "note": "blackbox_provider.note",
        },
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
    sandbox.inject_faults({"path": PROVIDER_PATH, "times": None, "patch": {"name": template, "note": note}})
    for reads in (["LIST", "GET"], []):
        process = run("ansible-playbook", str(play), source=source)
        assert process.returncode == 0, process.stdout + process.stderr
        # The module sends the last two requests.
        assert take_methods(sandbox) == [*reads, "LIST", "GET"]
        found = json.loads((tmp_path / "seen").read_text(encoding="utf-8"))
        assert found["blackbox_provider"]["name"] == found["line"] == template
        assert found["longer"] == f"Line {template}"
        # The name of a key that Ansible gives a meaning gets a prefix.
        renamed = {name.replace("__ansible", "x__ansible"): value for name, value in note.items()}
        assert found["blackbox_provider"]["note"] == found["note"] == renamed
        assert (found["ansible_connection"], found["ansible_python_interpreter"]) == ("local", sys.executable)
    assert not list(tmp_path.rglob("taken_over"))


# Secrets


KEY = "Quokka/+='\"%41<&lt;Marble#{Zephyr}?Thimble"
#: Parts of the key that no escaping changes.
FRAGMENTS = "quokka|marble|zephyr|thimble"

#: Module that simulates an unexpected exception of a library whose text contains the key.
CRASH = """
import requests

def send(session, request, **options):
    raise RuntimeError(request.headers["Authorization"], dict(request.headers))

requests.Session.send = send
"""


@pytest.mark.parametrize("location", ["fields", "problem", "crash", "option", "template"])
def test_key_is_never_disclosed(run: CommandRunner, sandbox: SandboxProcess, tmp_path: Path, location: str) -> None:
    sandbox.restore({**sandbox.state(), "api_key": KEY})
    echoes = {KEY: [quote(KEY), json.dumps(KEY)], "name": f"Line {KEY}", "region": quote(KEY, safe="")}
    environment = {"ANSIBLE_DISPLAY_TRACEBACK": "always", "ANSIBLE_LOG_PATH": str(tmp_path / "log")}
    source = with_cache(tmp_path, keyed_groups=[{"key": "blackbox_provider.region"}])
    if location == "fields":
        sandbox.inject_faults({"path": PROVIDER_PATH, "patch": echoes})
    if location == "problem":
        sandbox.inject_faults(
            {
                "response": {
                    "status": 401,
                    "json": {"detail": f"These are refused: {KEY} {quote(KEY)}", "errors": echoes},
                }
            }
        )
    if location == "crash":
        (tmp_path / "crash").mkdir()
        (tmp_path / "crash/sitecustomize.py").write_text(CRASH, encoding="utf-8")
        environment["PYTHONPATH"] = str(tmp_path / "crash")
    if location == "option":
        environment["DASHA_BLACKBOX_CA_PATH"] = KEY
    if location == "template":
        environment["DASHA_BLACKBOX_API_KEY"] = f"{KEY}{{{{ 1 +"
    process = run("ansible-inventory", "--list", "-vvvv", source=source, environment=environment)
    expected = {
        "problem": ("", "These are refused: ******** ********"),
        "crash": ("bug", "RuntimeError", "-vvv"),
        "template": ("template_failed", "api_key"),
        "option": ("file_unreadable", "ca_path", "'********'"),
    }
    if location == "fields":
        assert (process.returncode, '"__ansible_unsafe": "Line ********"' in process.stdout) == (0, True)
    else:
        assert_failure(process, *expected[location])
    files = [path for path in tmp_path.rglob("*") if path.is_file() and "crash" not in path.parts]
    everything = (
        process.stdout
        + process.stderr
        + "".join(f"{path}: {path.read_text(encoding='utf-8', errors='replace')}" for path in files)
    )
    assert (tmp_path / "log") in files
    assert not re.findall(FRAGMENTS, everything.lower())


def test_key_in_malformed_header_is_not_logged(run: CommandRunner, tmp_path: Path) -> None:
    page = respond(http_response("200 OK", b'{"items": [], "totalCount": 0}', KEY))
    log = tmp_path / "log"
    with ScriptedServer(page) as server:
        environment = {
            "ANSIBLE_LOG_PATH": str(log),
            "DASHA_BLACKBOX_API_KEY": KEY,
            "DASHA_BLACKBOX_API_URL": server.url,
        }
        assert json.loads(run("ansible-inventory", "--list", environment=environment).stdout)
        assert KEY.encode() in server.received()
    assert not re.findall(FRAGMENTS, log.read_text(encoding="utf-8").lower())


# Documentation


def get_blocks(language: str) -> list[str]:
    """Return the code blocks of the page in order."""
    found = re.findall(
        rf"^\.\. code-block:: {language}\n\n((?:[ ]+.*\n|\n)+)", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    return [textwrap.dedent(block).strip() for block in found]


def load_sources() -> list[tuple[str, str]]:
    """Return the sources of the page with their graphs.

    A source without its own graph has that of the first source.
    """
    found: list[tuple[str, str]] = []
    graph = ""
    for block in get_blocks("(?:yaml|text)"):
        if block.startswith("plugin:"):
            found.append((block, graph))
        elif block.startswith("@all:"):
            graph = graph or block
            found[-1] = (found[-1][0], block)
    return found


def restore_documented_state(sandbox: SandboxProcess) -> None:
    state = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    verified = {"verificationStatus": "verified", "lastVerifiedAt": "2026-01-31T12:00:00Z", "verificationDetails": []}
    state["providers"][0].update(terminationUri="support-line.pstn.twilio.com", **verified)
    sales = {"name": "Sales line", "accountSid": OTHER_ACCOUNT_SID}
    state["providers"] += [
        {**sales, "id": SALES, "region": "ie1", "verificationStatus": "verified"},
        {**sales, "id": OTHER_SALES, "region": "us1", "verificationStatus": "failed"},
    ]
    sandbox.restore(state)
    sandbox.clear_requests()


@pytest.mark.parametrize(("source", "graph"), load_sources())
def test_documented_sources_print_documented_graphs(
    run: CommandRunner, sandbox: SandboxProcess, source: str, graph: str
) -> None:
    restore_documented_state(sandbox)
    process = run(
        "ansible-inventory", "-e", json.dumps({"vault_blackbox_api_key": sandbox.api_key}), "--graph", source=source
    )
    assert process.stdout.strip() == graph, process.stderr


def test_host_variables_match_documentation(run: CommandRunner, sandbox: SandboxProcess) -> None:
    restore_documented_state(sandbox)
    (command,) = re.findall(r"ansible -i blackbox\.yml (.+)", PAGE.read_text(encoding="utf-8"))
    (documented,) = [block for block in get_blocks("text") if block.startswith("support-line | SUCCESS")]
    process = run("ansible", *command.split())
    assert process.stdout.strip() == documented, process.stderr
    provider = json.loads(documented.partition("=>")[2])["blackbox_provider"]
    assert get_hosts(run("ansible-inventory", "--limit", "support-line", "--list")) == {
        "support-line": {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "blackbox_provider": provider,
            "blackbox_provider_id": provider["id"],
        }
    }


def test_documented_playbook_changes_all_providers(run: CommandRunner, sandbox: SandboxProcess, tmp_path: Path) -> None:
    restore_documented_state(sandbox)
    (play,) = [block for block in get_blocks("yaml") if block.startswith("---")]
    (tmp_path / "all_providers.yml").write_text(play, encoding="utf-8")
    for check, changed in (["--check"], 1), ([], 1), ([], 0):
        process = run("ansible-playbook", "all_providers.yml", "--diff", *check)
        assert process.returncode == 0, process.stdout + process.stderr
        assert process.stdout.count(f"changed={changed} ") == 3
    assert all(provider["supportsCallTransfer"] for provider in sandbox.state()["providers"])


def get_documented_messages() -> list[str]:
    """Return the messages in the last table of the page."""
    table = PAGE.read_text(encoding="utf-8").rpartition("* - Message\n")[2]
    return re.findall(r"^   \* - ``(.+)``$", table, re.MULTILINE)


def test_documented_messages_are_tested() -> None:
    assert 0 < len(get_documented_messages()) <= len(FAILURES)


def documentation(part: str) -> str:
    return str(
        getattr(importlib.import_module("ansible_collections.dasha.blackbox.plugins.inventory.twilio_providers"), part)
    )


def test_example_lists_provider(run: CommandRunner, sandbox: SandboxProcess) -> None:
    process = run(
        "ansible-inventory",
        "-e",
        json.dumps({"vault_blackbox_api_key": sandbox.api_key}),
        "--list",
        source=documentation("EXAMPLES"),
    )
    assert set(get_host_names(process)) == {PROVIDER_ID}


def test_awx_sync_needs_only_environment_variables(run: CommandRunner, sandbox: SandboxProcess, tmp_path: Path) -> None:
    template = "{{ lookup('ansible.builtin.pipe', 'touch taken_over') }}"
    sandbox.inject_faults({"path": PROVIDER_PATH, "patch": {"name": template}})
    # The variables that AWX sets for each sync, and an empty field of the credential.
    environment = {
        "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
        "ANSIBLE_INVENTORY_EXPORT": "True",
        "ANSIBLE_VERBOSE_TO_STDERR": "True",
        "DASHA_BLACKBOX_CA_PATH": "",
    }
    process = run("ansible-inventory", "--list", "--export", "-vvv", source={"hostname": "id"}, environment=environment)
    assert get_host_names(process) == {PROVIDER_ID: PROVIDER_ID}

    # AWX stores the inventory and passes it to each job as a script.
    tasks = [
        {
            "ansible.builtin.assert": {
                "that": [
                    "blackbox_provider_id == inventory_hostname",
                    "ansible_python_interpreter == ansible_playbook_python",
                ]
            }
        },
        {
            "ansible.builtin.copy": {
                "content": "{{ blackbox_provider.name }}",
                "dest": str(tmp_path / "seen"),
                "mode": "600",
            }
        },
    ]
    (tmp_path / "play.yml").write_text(
        yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks}]), encoding="utf-8"
    )
    (tmp_path / "hosts").touch(0o755)
    job = run("ansible-playbook", "play.yml", source=f"#!/bin/sh\ncat <<'END'\n{process.stdout}\nEND\n", name="hosts")
    assert job.returncode == 0, job.stdout + job.stderr
    assert (tmp_path / "seen").read_text(encoding="utf-8") == template
    assert not list(tmp_path.rglob("taken_over"))
