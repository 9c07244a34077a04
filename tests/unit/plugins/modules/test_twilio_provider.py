# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of twilio_provider and twilio_provider_info: updates, responses and invalid options."""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._api import providers
from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._plan.write import POLL_DELAYS
from ansible_collections.dasha.blackbox.plugins.module_utils._provider import manage
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    COLLECTION,
    CREDENTIALS_PATH,
    GENERIC_PATH,
    MISSING_ID,
    PROVIDER_ID,
    PROVIDER_PATH,
    SEED,
)
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message, contains, fill
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner, diff_states
from ansible_collections.dasha.blackbox.tests.support.recorded import sent, take_methods
from ansible_collections.dasha.blackbox.tests.support.state import changed_state
from ansible_collections.dasha.blackbox.tests.support.tasks import execute, parameters

GET = ("GET", PROVIDER_PATH, None)
#: The settings of the seed's provider.
SETTINGS = {"name": "Support line", "region": "us1", "supports_call_transfer": False}
#: A 404 response that does not come from the API.
HTML_404 = {"status": 404, "text": "<html>not here</html>"}
MODULES = pytest.mark.parametrize("module", ["twilio_provider", "twilio_provider_info"])


def settings_of(provider: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the settings that the module manages."""
    return {option: provider[option] for option in SETTINGS}


def error_of_update(status: int, problem: dict[str, t.Any] | None) -> dict[str, t.Any]:
    """Return the error of an update that was sent once."""
    update = {"method": "PUT", "path": PROVIDER_PATH, "status": status}
    return {**update, "attempts": 1, "problem": problem, "retry_after": None}


def test_update_without_changes_only_reads(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("twilio_provider", id=PROVIDER_ID, **SETTINGS)
    assert result["changed"] is False
    assert result["changed_fields"] == []
    assert settings_of(result["provider"]) == SETTINGS
    assert diff_states(result) == (SETTINGS, SETTINGS)
    assert sent(sandbox) == [GET]


def test_diff_shows_letters_beyond_ascii(run_module: ModuleRunner) -> None:
    # An escape sequence, the CSI of C1, and a bidi control.
    result = run_module("twilio_provider", id=PROVIDER_ID, name="Büro ☎ \x1b[2J\x9b\u202e", check_mode=True)
    assert result["diff"]["after"] == '{\n    "name": "Büro ☎ \\u001b[2J\\u009b\\u202e"\n}\n'


def test_update_without_settings_only_reads(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("twilio_provider", provider_id=PROVIDER_ID.upper())
    assert (result["changed"], diff_states(result)[0]) == (False, {})
    assert sent(sandbox) == [GET]


@pytest.mark.parametrize(
    ("desired", "body"),
    [
        ({"name": "Sales"}, {"name": "Sales"}),
        ({"region": "ie1"}, {"region": "ie1"}),
        ({"supports_call_transfer": True}, {"supportsCallTransfer": True}),
        ({"name": "Support line", "region": "ie1"}, {"region": "ie1"}),
        ({"region": "US1", "supports_call_transfer": True}, {"supportsCallTransfer": True}),
        (
            {"supports_call_transfer": True, "region": "de1", "name": "Wörk \U0001f4de"},
            {"name": "Wörk \U0001f4de", "region": "de1", "supportsCallTransfer": True},
        ),
    ],
)
def test_update_check_mode_then_run_then_rerun(
    run_module: ModuleRunner, sandbox: SandboxProcess, desired: dict[str, t.Any], body: dict[str, t.Any]
) -> None:
    predicted = run_module("twilio_provider", id=PROVIDER_ID, check_mode=True, **desired)
    assert sent(sandbox) == [GET]
    sandbox.clear_requests()

    real = run_module("twilio_provider", id=PROVIDER_ID, **desired)
    assert sent(sandbox) == [GET, ("PUT", PROVIDER_PATH, body)]
    sandbox.clear_requests()

    assert real["changed"] is True
    changes = {field.option: body[field.api] for field in providers.FIELDS if field.api in body}
    assert list(changes) == real["changed_fields"]
    assert settings_of(real["provider"]) == {**SETTINGS, **changes}
    for key in ("changed", "changed_fields", "diff"):
        assert predicted[key] == real[key]
    assert settings_of(predicted["provider"]) == settings_of(real["provider"])

    again = run_module("twilio_provider", id=PROVIDER_ID, **desired)
    assert (again["changed"], again["changed_fields"]) == (False, [])
    assert again["provider"] == real["provider"]
    assert sent(sandbox) == [GET]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    current=st.fixed_dictionaries(
        {
            "name": st.sampled_from(["A", "a", "Support line"]),
            "region": st.sampled_from(["us1", "IE1"]),
            "supportsCallTransfer": st.booleans(),
        }
    ),
    desired=st.fixed_dictionaries(
        {
            "name": st.sampled_from([None, "A", "Support line", "é" * 100]),
            "region": st.sampled_from([None, "us1", "US1", "ie1"]),
            "supports_call_transfer": st.sampled_from([None, True, False]),
        }
    ),
)
def test_check_mode_generated_settings_matches_run(
    client: Client, sandbox: SandboxProcess, current: dict[str, t.Any], desired: dict[str, t.Any]
) -> None:
    seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    seed["providers"][0].update(current)
    sandbox.restore(seed)
    sandbox.clear_requests()
    predicted = execute(manage.plan, client, parameters(id=PROVIDER_ID, **desired), check_mode=True)
    real = execute(manage.plan, client, parameters(id=PROVIDER_ID, **desired), check_mode=False)
    assert {**predicted, "provider": None} == {**real, "provider": None}
    assert settings_of(predicted["provider"]) == settings_of(real["provider"])
    again = execute(manage.plan, client, parameters(id=PROVIDER_ID, **desired), check_mode=False)
    assert not again["changed"]
    assert take_methods(sandbox) == ["GET", "GET", *["PUT"] * real["changed"], "GET"]


@pytest.mark.parametrize(
    "response",
    [
        {"status": 204},
        {"status": 200, "text": ""},
        {"status": 200, "json": {}},
        {"status": 200, "json": {"name": "Sales"}},
        {"status": 200, "text": "<html>"},
    ],
)
def test_update_without_usable_response_reads_back(
    run_module: ModuleRunner, sandbox: SandboxProcess, response: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({"method": "PUT", "effect": True, "response": response})
    result = run_module("twilio_provider", id=PROVIDER_ID, name="Sales")
    assert result["changed"] is True
    assert settings_of(result["provider"]) == {**SETTINGS, "name": "Sales"}
    assert sent(sandbox) == [GET, ("PUT", PROVIDER_PATH, {"name": "Sales"}), GET]


def test_update_with_field_not_stored_fails(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"method": "PUT", "rewrite": {"region": "us1"}})
    result = run_module("twilio_provider", id=PROVIDER_ID, name="Sales", region="ie1")
    assert_message(
        result["msg"], "effect_differs", f"PUT {PROVIDER_PATH}", fill("setting_differs", "region", "'us1'", "'ie1'")
    )
    assert not contains(result["msg"], fill("setting_differs", "name", "...", "..."))
    assert result["changed"] is True
    assert take_methods(sandbox) == ["GET", "PUT", *["GET"] * (1 + len(POLL_DELAYS))]


@pytest.mark.parametrize("stored", ["SALES", "Sales team", "sales  TEAM"])
def test_update_with_name_normalized_suggests_name(
    run_module: ModuleRunner, sandbox: SandboxProcess, stored: str
) -> None:
    desired = "Sales" if stored == "SALES" else "Sales  team"
    sandbox.inject_faults({"method": "PUT", "rewrite": {"name": stored}})
    result = run_module("twilio_provider", id=PROVIDER_ID, name=desired)
    assert_message(result["msg"], "effect_differs", fill("hint_declare_stored_value", f"`name: {json.dumps(stored)}`"))
    assert run_module("twilio_provider", id=PROVIDER_ID, name=stored)["changed"] is False


@pytest.mark.parametrize(("stored", "declared"), [("Cafe\u0301", "Caf\u00e9"), ("Caf\u00e9", "Cafe\u0301")])
def test_name_in_other_normalization_is_unchanged(
    run_module: ModuleRunner, sandbox: SandboxProcess, stored: str, declared: str
) -> None:
    with changed_state(sandbox) as state:
        state["providers"][0]["name"] = stored
    assert run_module("twilio_provider", id=PROVIDER_ID, name=declared)["changed"] is False
    assert run_module("twilio_provider", name=declared, region="us1")["changed"] is False


def test_name_that_looks_the_same_is_escaped(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"method": "PUT", "rewrite": {"name": "Sales\u200bline"}})
    result = run_module("twilio_provider", id=PROVIDER_ID, name="Sales line")
    assert_message(
        result["msg"], "effect_differs", fill("setting_differs", "name", r"'Sales\u200bline'", "'Sales line'")
    )


@pytest.mark.parametrize("region", ["us3", "us1 or ie1", "x" * 101])
def test_undocumented_region_gives_warning(run_module: ModuleRunner, region: str) -> None:
    result = run_module("twilio_provider", id=PROVIDER_ID, region=region, check_mode=True)
    assert_message(json.dumps(result["warnings"]), "region_undocumented", f"'{region}'", "us1, us2,")


def test_undocumented_region_of_many_gives_one_warning(run_module: ModuleRunner) -> None:
    entries = [{"id": PROVIDER_ID, "region": "us3"}, {"id": MISSING_ID, "region": "us3"}]
    assert len(run_module("twilio_providers", providers=entries, check_mode=True)["warnings"]) == 1


@pytest.mark.parametrize("region", ["us1", "IE1", None])
def test_documented_region_gives_no_warning(run_module: ModuleRunner, region: str | None) -> None:
    assert "warnings" not in run_module("twilio_provider", id=PROVIDER_ID, region=region, check_mode=True)


def test_count_sent_as_float_is_an_integer(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"path": PROVIDER_PATH, "patch": {"phoneNumberCount": 2.0}})
    count = run_module("twilio_provider", id=PROVIDER_ID)["provider"]["phone_number_count"]
    assert (count, type(count)) == (2, int)


@pytest.mark.parametrize("reads", [1, 4])
def test_update_visible_after_some_reads_succeeds(
    run_module: ModuleRunner, sandbox: SandboxProcess, reads: int
) -> None:
    stale = {"path": PROVIDER_PATH, "response": {"status": 200, "json": sandbox.state()["providers"][0]}}
    sandbox.inject_faults(
        {"path": PROVIDER_PATH}, {**stale, "method": "PUT", "effect": True}, {**stale, "method": "GET", "times": reads}
    )
    result = run_module("twilio_provider", id=PROVIDER_ID, region="ie1")
    assert (result.get("failed"), result["changed"], result["provider"]["region"]) == (None, True, "ie1")


def test_update_with_several_fields_not_stored_fails(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"method": "PUT", "rewrite": {"region": "us1", "name": "Sales "}})
    result = run_module("twilio_provider", id=PROVIDER_ID, name="Sales", region="ie1")
    name = fill("setting_differs", "name", "'Sales '", "'Sales'")
    region = fill("setting_differs", "region", "'us1'", "'ie1'")
    assert_message(result["msg"], "effect_differs", f"PUT {PROVIDER_PATH}", name, region)
    assert result["error"] == error_of_update(status=200, problem=None)


def test_update_without_read_back_fails(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(
        {"method": "PUT", "effect": True, "response": {"status": 204}},
        {"method": "GET"},
        {"method": "GET", "response": {"status": 500}},
    )
    result = run_module("twilio_provider", id=PROVIDER_ID, name="Sales")
    assert_message(result["msg"], "write_accepted_unread", f"PUT {PROVIDER_PATH}", f"GET {PROVIDER_PATH}", 500)
    assert result["changed"] is True


def test_update_refused_returns_problem(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    problem = {"title": "Unprocessable Entity", "status": 422, "detail": "Region 'mars1' is not one of us1, us2"}
    sandbox.inject_faults({"method": "PUT", "response": {"status": 422, "json": problem}})
    result = run_module("twilio_provider", id=PROVIDER_ID, region="mars1")
    assert_message(result["msg"], "unprocessable", f"PUT {PROVIDER_PATH}", problem["detail"])
    assert result["changed"] is False
    assert result["error"] == error_of_update(status=422, problem=problem)
    assert take_methods(sandbox) == ["GET", "PUT"]


def of_other_type(field: str, received: str, documented: str) -> tuple[str, str]:
    """Return the kind and the fact of the message about a field of another type."""
    return "field_of_other_type", fill("field_of_other_type", field, received, documented)


INVALID_READS = [
    ({"patch": {"id": MISSING_ID}}, ("response_of_other_provider", f"'{MISSING_ID}'")),
    ({"patch": {"providerType": "vonage"}}, ("provider_of_other_type", "'vonage'")),
    ({"remove_fields": ["id"]}, ("field_missing", "id")),
    ({"remove_fields": ["providerType"]}, ("field_missing", "providerType")),
    ({"patch": {"accountSid": None}}, ("field_missing", "accountSid")),
    ({"patch": {"name": 7}}, of_other_type("name", "a number", "a string")),
    ({"patch": {"region": ["us1"]}}, of_other_type("region", "an array", "a string")),
    ({"patch": {"supportsCallTransfer": "false"}}, of_other_type("supportsCallTransfer", "a string", "true or false")),
    ({"patch": {"supportsCallTransfer": 0}}, of_other_type("supportsCallTransfer", "a number", "true or false")),
    ({"patch": {"phoneNumberCount": True}}, of_other_type("phoneNumberCount", "true or false", "an integer")),
    ({"patch": {"verificationDetails": ["x"]}}, ("item_not_an_object", "verificationDetails")),
    ({"response": {"status": 200, "json": [{}]}}, ("not_an_object", "array")),
    ({"response": {"status": 200, "json": None}}, ("not_an_object", "null")),
    ({"response": {"status": 200, "text": ""}}, ("not_an_object", "empty")),
    ({"response": {"status": 200, "text": "<html>"}}, ("body_not_json", 200)),
    ({"response": {"status": 500, "text": "<p>oops"}}, ("body_not_of_api", 500)),
    ({"reset": True}, ("connection_reset",)),
]


@pytest.mark.parametrize(("fault", "expected"), INVALID_READS)
@MODULES
def test_read_invalid_fails_before_write(
    run_module: ModuleRunner, sandbox: SandboxProcess, module: str, fault: dict[str, t.Any], expected: tuple[t.Any, ...]
) -> None:
    sandbox.inject_faults({"method": "GET", **fault})
    result = run_module(module, id=PROVIDER_ID, **({"name": "Sales"} if module == "twilio_provider" else {}))
    assert result["failed"]
    assert_message(result["msg"], *expected)
    assert result["changed"] is False
    assert sent(sandbox) == [GET]


def test_read_without_optional_fields_returns_null(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    missing = ["name", "region", "trunkSid", "verificationDetails"]
    sandbox.inject_faults({"method": "GET", "remove_fields": missing, "patch": {"newField": {"innerKey": 1}}})
    [provider] = run_module("twilio_provider_info", id=PROVIDER_ID)["providers"]
    assert [provider[key] for key in ("name", "region", "trunk_sid", "verification_details")] == [None] * 4
    assert provider["new_field"] == {"innerKey": 1}


def test_read_id_in_upper_case_matches(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"patch": {"id": PROVIDER_ID.upper()}, "times": None})
    for changed in (True, False):
        result = run_module("twilio_provider", id=PROVIDER_ID, region="ie1")
        assert (result["changed"], result["provider"]["id"]) == (changed, PROVIDER_ID)
    assert sent(sandbox) == [GET, ("PUT", PROVIDER_PATH, {"region": "ie1"}), GET]


def test_read_unknown_field_replaces_no_known_field(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"patch": {"account_sid": "other", "verification_details": "x", "trunkSID": "other"}})
    [provider] = run_module("twilio_provider_info", id=PROVIDER_ID)["providers"]
    assert provider["account_sid"].startswith("AC0")
    assert provider["verification_details"] is None
    assert provider["trunk_sid"].startswith("TK")


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_response_nested_too_deep_is_handled(run_module: ModuleRunner, sandbox: SandboxProcess, method: str) -> None:
    deep = '{"newField": ' + "[" * 600 + "]" * 600 + "}"
    sandbox.inject_faults({"method": method, "effect": True, "response": {"status": 200, "text": deep}})
    result = run_module("twilio_provider", id=PROVIDER_ID, region="ie1")
    if method == "GET":
        assert_message(result["msg"], "body_not_json")
    else:
        assert result["changed"]


def test_update_missing_provider_fails(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("twilio_provider", id=MISSING_ID, name="Sales")
    assert_message(result["msg"], "not_found", f"GET /api/v1/providers/twilio/{MISSING_ID}")
    assert_message(result["msg"], "hint_check_organization", "api_url")
    assert take_methods(sandbox) == ["GET"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"id": "x"}, ("uuid_malformed", "id", "'x'")),
        ({"id": "../x"}, ("uuid_malformed", "id", "'../x'")),
        ({"id": ""}, ("option_empty", "id")),
        ({"id": " "}, ("option_blank", "id")),
        ({"id": f" {PROVIDER_ID}"}, ("option_untrimmed", "id", f"' {PROVIDER_ID}'")),
        ({"id": PROVIDER_ID, "name": ""}, ("option_empty", "name")),
        ({"id": PROVIDER_ID, "name": "x" * 101}, ("option_too_long", "name", 101, 100)),
        ({"id": PROVIDER_ID, "region": "  "}, ("option_blank", "region")),
        ({"id": PROVIDER_ID, "region": "us1 "}, ("option_untrimmed", "region", "'us1 '")),
        ({"id": PROVIDER_ID, "supports_call_transfer": "perhaps"}, ("option_of_other_type", "supports_call_transfer")),
        ({"id": PROVIDER_ID, "api_url": "http://blackbox.dasha.ai"}, ("url_unencrypted",)),
        ({"id": PROVIDER_ID, "api_key": "fake\x01key"}, ("api_key_unprintable",)),
        ({"id": PROVIDER_ID, "api_timeout": "nan"}, ("option_invalid", "api_timeout")),
    ],
)
def test_invalid_option_is_refused_before_requests(
    run_module: ModuleRunner, sandbox: SandboxProcess, options: dict[str, t.Any], expected: tuple[t.Any, ...]
) -> None:
    result = run_module("twilio_provider", **options)
    assert result["failed"]
    assert_message(result["msg"], *expected)
    assert "error" not in result
    assert sent(sandbox) == []


def test_environment_variable_empty_is_ignored(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    environment = {"DASHA_BLACKBOX_API_TIMEOUT": "", "DASHA_BLACKBOX_CA_PATH": " "}
    assert not run_module("twilio_provider", id=PROVIDER_ID, environment=environment).get("failed")
    result = run_module("twilio_provider", id=PROVIDER_ID, environment={"DASHA_BLACKBOX_API_KEY": ""})
    assert_message(result["msg"], "api_key_missing", "DASHA_BLACKBOX_API_KEY")


def test_environment_variable_unprefixed_is_ignored(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    environment = {"DASHA_BLACKBOX_API_KEY": "", "BLACKBOX_API_KEY": sandbox.api_key}
    result = run_module("twilio_provider", id=PROVIDER_ID, environment=environment)
    assert_message(result["msg"], "api_key_missing", "DASHA_BLACKBOX_API_KEY")
    assert sent(sandbox) == []


@MODULES
def test_requests_library_missing_fails(run_module_process: ModuleRunner, tmp_path: Path, module: str) -> None:
    (tmp_path / "requests.py").write_text("raise ImportError('No module named requests')\n", encoding="utf-8")
    environment = {"PYTHONPATH": f"{tmp_path}:{COLLECTION.parents[2]}"}
    result = run_module_process(module, id=PROVIDER_ID, environment=environment)
    assert_message(result["msg"], "library_missing", "requests", sys.executable)


@MODULES
def test_api_key_in_response_is_redacted(run_module: ModuleRunner, sandbox: SandboxProcess, module: str) -> None:
    key = "fake/key+with=odd'characters%41"
    errors = {key: [json.dumps(key), "fake%2Fkey%2Bwith%3Dodd%27characters%2541"]}
    problem = {"title": "Forbidden", "detail": f"key {key}", "errors": errors}
    sandbox.inject_faults({"response": {"status": 403, "json": problem}})
    output = json.dumps(run_module(module, id=PROVIDER_ID, api_key=key))
    assert "odd" not in output
    assert "********" in output
    assert sandbox.requests()[0]["authorization"] == "refused"


def test_info_by_id_returns_provider(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("twilio_provider_info", id=PROVIDER_ID)
    assert result["changed"] is False
    assert [settings_of(provider) for provider in result["providers"]] == [SETTINGS]
    assert sent(sandbox) == [GET]


def test_info_missing_provider_returns_empty_list(run_module: ModuleRunner) -> None:
    assert run_module("twilio_provider_info", id=MISSING_ID)["providers"] == []


def test_info_html_404_checks_another_endpoint(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(*({"path": path, "response": HTML_404} for path in (PROVIDER_PATH, GENERIC_PATH)))
    assert run_module("twilio_provider_info", id=PROVIDER_ID)["providers"] == []
    assert [path for _method, path, _body in sent(sandbox)] == [PROVIDER_PATH, GENERIC_PATH, CREDENTIALS_PATH]


@pytest.mark.parametrize(
    "response", [HTML_404, {"status": 200, "json": {"items": []}}, {"status": 200, "text": "<html>"}]
)
def test_info_html_404_from_both_endpoints_fails(
    run_module: ModuleRunner, sandbox: SandboxProcess, response: dict[str, t.Any]
) -> None:
    sandbox.inject_faults(
        {"path": PROVIDER_PATH, "response": HTML_404}, {"path": CREDENTIALS_PATH, "response": response}
    )
    result = run_module("twilio_provider_info", id=PROVIDER_ID)
    assert_message(result["msg"], "body_not_of_api", 404)
