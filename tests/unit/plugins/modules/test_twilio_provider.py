# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules ``twilio_provider`` and ``twilio_provider_info`` against the sandbox, request by request."""

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
from ansible_collections.dasha.blackbox.plugins.module_utils._provider import manage
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    COLLECTION,
    PROVIDER_ID,
    PROVIDER_PATH,
    SEED,
    UPDATE_PATH,
)
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent
from ansible_collections.dasha.blackbox.tests.support.tasks import execute, parameters

READ = ("GET", PROVIDER_PATH, None)
AS_SEEDED = {"name": "Support line", "region": "us1", "supports_call_transfer": False}
MANAGED = tuple(AS_SEEDED)


def managed(provider: dict[str, t.Any]) -> dict[str, t.Any]:
    return {option: provider[option] for option in MANAGED}


def test_nothing_differs_one_request(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("twilio_provider", id=PROVIDER_ID, **AS_SEEDED)
    assert result["changed"] is False
    assert result["changed_fields"] == []
    assert managed(result["provider"]) == AS_SEEDED
    assert result["diff"]["before"] == result["diff"]["after"] == AS_SEEDED
    assert sent(sandbox) == [READ]


def test_without_wishes_the_provider_is_only_read(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("twilio_provider", provider_id=PROVIDER_ID.upper())
    assert (result["changed"], result["diff"]["before"]) == (False, {})
    assert sent(sandbox) == [READ]


@pytest.mark.parametrize(
    ("wishes", "body"),
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
def test_check_mode_then_the_change_then_nothing(
    run_module: ModuleRunner, sandbox: SandboxProcess, wishes: dict[str, t.Any], body: dict[str, t.Any]
) -> None:
    predicted = run_module("twilio_provider", id=PROVIDER_ID, check_mode=True, **wishes)
    assert sent(sandbox) == [READ]
    sandbox.clear_requests()

    real = run_module("twilio_provider", id=PROVIDER_ID, **wishes)
    assert sent(sandbox) == [READ, ("PUT", UPDATE_PATH, body)]
    sandbox.clear_requests()

    assert real["changed"] is True
    assert [field.option for field in providers.FIELDS if field.api in body] == real["changed_fields"]
    assert managed(real["provider"]) == {
        **AS_SEEDED,
        **{field.option: body[field.api] for field in providers.FIELDS if field.api in body},
    }
    for key in ("changed", "changed_fields", "diff"):
        assert predicted[key] == real[key]
    assert managed(predicted["provider"]) == managed(real["provider"])

    again = run_module("twilio_provider", id=PROVIDER_ID, **wishes)
    assert (again["changed"], again["changed_fields"]) == (False, [])
    assert again["provider"] == real["provider"]
    assert sent(sandbox) == [READ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    current=st.fixed_dictionaries(
        {
            "name": st.sampled_from(["A", "a", "Support line"]),
            "region": st.sampled_from(["us1", "IE1"]),
            "supportsCallTransfer": st.booleans(),
        }
    ),
    wishes=st.fixed_dictionaries(
        {
            "name": st.sampled_from([None, "A", "Support line", "é" * 100]),
            "region": st.sampled_from([None, "us1", "US1", "ie1"]),
            "supports_call_transfer": st.sampled_from([None, True, False]),
        }
    ),
)
def test_check_mode_and_the_real_run_agree(
    client: Client, sandbox: SandboxProcess, current: dict[str, t.Any], wishes: dict[str, t.Any]
) -> None:
    seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    seed["providers"][0].update(current)
    sandbox.restore(seed)
    sandbox.clear_requests()
    predicted = execute(manage.plan, client, parameters(id=PROVIDER_ID, **wishes), check_mode=True)
    real = execute(manage.plan, client, parameters(id=PROVIDER_ID, **wishes), check_mode=False)
    assert {**predicted, "provider": managed(predicted["provider"])} == {**real, "provider": managed(real["provider"])}
    again = execute(manage.plan, client, parameters(id=PROVIDER_ID, **wishes), check_mode=False)
    assert not again["changed"]
    assert [method for method, _path, _body in sent(sandbox)] == ["GET", "GET", *["PUT"] * real["changed"], "GET"]


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 204},
        {"status": 200, "text": ""},
        {"status": 200, "json": {}},
        {"status": 200, "json": {"name": "Sales"}},
        {"status": 200, "text": "<html>"},
    ],
)
def test_an_update_whose_answer_shows_nothing_is_read_back(
    run_module: ModuleRunner, sandbox: SandboxProcess, answer: dict[str, t.Any]
) -> None:
    sandbox.inject_faults({"method": "PUT", "effect": True, "response": answer})
    result = run_module("twilio_provider", id=PROVIDER_ID, name="Sales")
    assert result["changed"] is True
    assert managed(result["provider"]) == {**AS_SEEDED, "name": "Sales"}
    assert sent(sandbox) == [READ, ("PUT", UPDATE_PATH, {"name": "Sales"}), READ]


def test_a_field_that_is_not_stored_is_named(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"method": "PUT", "rewrite": {"region": "us1"}})
    result = run_module("twilio_provider", id=PROVIDER_ID, name="Sales", region="ie1")
    assert result["msg"] == f"PUT {UPDATE_PATH} was accepted, but region is 'us1', not 'ie1' as asked for."
    assert result["changed"] is True
    assert [method for method, _path, _body in sent(sandbox)] == ["GET", "PUT", "GET"]


@pytest.mark.parametrize("stored", ["SALES", "Sales team", "sales  TEAM"])
def test_a_name_that_is_stored_in_another_case_or_with_other_blanks_is_quoted(
    run_module: ModuleRunner, sandbox: SandboxProcess, stored: str
) -> None:
    asked = "Sales" if stored == "SALES" else "Sales  team"
    sandbox.inject_faults({"method": "PUT", "rewrite": {"name": stored}})
    result = run_module("twilio_provider", id=PROVIDER_ID, name=asked)
    assert result["msg"].endswith(
        f"The service changes case or blanks. Declare name: {json.dumps(stored)} to match it."
    )
    assert run_module("twilio_provider", id=PROVIDER_ID, name=stored)["changed"] is False


def test_every_field_that_is_not_stored_is_named(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"method": "PUT", "rewrite": {"region": "us1", "name": "Sales "}})
    result = run_module("twilio_provider", id=PROVIDER_ID, name="Sales", region="ie1")
    assert (
        result["msg"]
        == f"PUT {UPDATE_PATH} was accepted, but name is 'Sales ', not 'Sales' as asked for; region is 'us1', not 'ie1' as asked for."
    )
    assert result["error"] == {
        "method": "PUT",
        "path": UPDATE_PATH,
        "status": 200,
        "attempts": 1,
        "problem": None,
        "retry_after": None,
    }


def test_an_accepted_update_that_cannot_be_read_back_says_so(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(
        {"method": "PUT", "effect": True, "response": {"status": 204}},
        {"method": "GET"},
        {"method": "GET", "response": {"status": 500}},
    )
    result = run_module("twilio_provider", id=PROVIDER_ID, name="Sales")
    assert (
        result["msg"]
        == f"PUT {UPDATE_PATH} was accepted, but its effect is unknown. GET {PROVIDER_PATH}: 500 Internal Server Error."
    )
    assert result["changed"] is True


def test_a_refused_update_changes_nothing_and_says_why(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    problem = {"title": "Unprocessable Entity", "status": 422, "detail": "Region 'mars1' is not one of us1, us2"}
    sandbox.inject_faults({"method": "PUT", "response": {"status": 422, "json": problem}})
    result = run_module("twilio_provider", id=PROVIDER_ID, region="mars1")
    assert result["msg"] == f"PUT {UPDATE_PATH}: 422 Unprocessable Entity: Region 'mars1' is not one of us1, us2."
    assert result["changed"] is False
    assert result["error"] == {
        "method": "PUT",
        "path": UPDATE_PATH,
        "status": 422,
        "attempts": 1,
        "problem": problem,
        "retry_after": None,
    }
    assert [method for method, _path, _body in sent(sandbox)] == ["GET", "PUT"]


WRONG_READS = [
    (
        {"patch": {"id": "00000000-0000-4000-8000-000000000000"}},
        "the answer is another provider: '00000000-0000-4000-8000-000000000000'",
    ),
    ({"patch": {"providerType": "vonage"}}, "the provider is of type 'vonage', not twilio"),
    ({"remove_fields": ["id"]}, "the answer has no id"),
    ({"remove_fields": ["providerType"]}, "the answer has no providerType"),
    ({"patch": {"accountSid": None}}, "the answer has no accountSid"),
    ({"patch": {"name": 7}}, "name is a number, where the API documents a string"),
    ({"patch": {"region": ["us1"]}}, "region is an array, where the API documents a string"),
    (
        {"patch": {"supportsCallTransfer": "false"}},
        "supportsCallTransfer is a string, where the API documents true or false",
    ),
    ({"patch": {"supportsCallTransfer": 0}}, "supportsCallTransfer is a number, where the API documents true or false"),
    ({"patch": {"phoneNumberCount": True}}, "phoneNumberCount is true or false, where the API documents an integer"),
    ({"patch": {"verificationDetails": ["x"]}}, "verificationDetails holds something else than objects"),
    ({"response": {"status": 200, "json": [{}]}}, "a JSON object was expected, the answer is an array"),
    ({"response": {"status": 200, "json": None}}, "a JSON object was expected, the answer is null or empty"),
    ({"response": {"status": 200, "text": ""}}, "a JSON object was expected, the answer is null or empty"),
    ({"response": {"status": 200, "text": "<html>"}}, "the body is not JSON"),
    ({"response": {"status": 500, "text": "oops"}}, "500 Internal Server Error: the body is not the API's JSON"),
    ({"reset": True}, "Connection reset by peer"),
]


@pytest.mark.parametrize(("fault", "words"), WRONG_READS, ids=[words for _fault, words in WRONG_READS])
@pytest.mark.parametrize("module", ["twilio_provider", "twilio_provider_info"])
def test_after_a_wrong_read_nothing_is_written(
    run_module: ModuleRunner, sandbox: SandboxProcess, module: str, fault: dict[str, t.Any], words: str
) -> None:
    sandbox.inject_faults({"method": "GET", **fault})
    result = run_module(module, id=PROVIDER_ID, **({"name": "Sales"} if module == "twilio_provider" else {}))
    assert result["failed"]
    assert words in result["msg"]
    assert result["changed"] is False
    assert sent(sandbox) == [READ]


def test_optional_fields_that_are_absent_read_as_null(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults(
        {
            "method": "GET",
            "remove_fields": ["name", "region", "trunkSid", "verificationDetails"],
            "patch": {"newField": {"innerKey": 1}},
        }
    )
    [provider] = run_module("twilio_provider_info", id=PROVIDER_ID)["providers"]
    assert [provider[key] for key in ("name", "region", "trunk_sid", "verification_details")] == [None] * 4
    assert provider["new_field"] == {"innerKey": 1}


def test_the_service_may_spell_an_id_in_upper_case(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"patch": {"id": PROVIDER_ID.upper()}, "times": None})
    for changed in (True, False):
        result = run_module("twilio_provider", id=PROVIDER_ID, region="ie1")
        assert (result["changed"], result["provider"]["id"]) == (changed, PROVIDER_ID)
    assert sent(sandbox) == [READ, ("PUT", UPDATE_PATH, {"region": "ie1"}), READ]


def test_an_unknown_field_takes_the_place_of_no_known_one(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    sandbox.inject_faults({"patch": {"account_sid": "other", "verification_details": "x", "trunkSID": "other"}})
    [provider] = run_module("twilio_provider_info", id=PROVIDER_ID)["providers"]
    assert provider["account_sid"].startswith("AC0")
    assert provider["verification_details"] is None
    assert provider["trunk_sid"].startswith("TK")


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_an_answer_that_is_nested_too_deep_is_an_error_and_no_crash(
    run_module: ModuleRunner, sandbox: SandboxProcess, method: str
) -> None:
    deep = '{"newField": ' + "[" * 600 + "]" * 600 + "}"
    sandbox.inject_faults({"method": method, "effect": True, "response": {"status": 200, "text": deep}})
    result = run_module("twilio_provider", id=PROVIDER_ID, region="ie1")
    assert ("the body is not JSON" in result["msg"]) if method == "GET" else result["changed"]


def test_a_provider_that_is_not_there_is_an_error_and_never_created(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    missing = "00000000-0000-4000-8000-000000000000"
    result = run_module("twilio_provider", id=missing, name="Sales")
    assert result["msg"].startswith(f"GET /api/v1/providers/{missing}: 404 Not Found")
    assert "Check the id, that the key belongs to the organization that owns it, and api_url." in result["msg"]
    assert [method for method, _path, _body in sent(sandbox)] == ["GET"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"id": "x"}, "The option id is refused: 'x' is not a UUID"),
        ({"id": "../x"}, "The option id is refused: '../x' is not a UUID"),
        ({"id": ""}, "The option id is refused: it is empty"),
        ({"id": " "}, "The option id is refused: it is blank"),
        ({"id": f" {PROVIDER_ID}"}, "begins or ends with a blank"),
        ({"id": PROVIDER_ID, "name": ""}, "The option name is refused: it is empty"),
        ({"id": PROVIDER_ID, "name": "x" * 101}, "The option name is refused: it has 101 characters, at most 100"),
        ({"id": PROVIDER_ID, "region": "  "}, "The option region is refused: it is blank"),
        ({"id": PROVIDER_ID, "region": "us1 "}, "The option region is refused: 'us1 ' begins or ends with a blank"),
        ({"id": PROVIDER_ID, "supports_call_transfer": "perhaps"}, "supports_call_transfer"),
        ({"id": PROVIDER_ID, "api_url": "http://blackbox.dasha.ai"}, "would send api_key in clear"),
        (
            {"id": PROVIDER_ID, "api_key": "fake\x01key"},
            "The option api_key is refused: it has blanks, control characters",
        ),
        ({"id": PROVIDER_ID, "api_timeout": "nan"}, "The option api_timeout is refused"),
    ],
)
def test_bad_input_is_refused_before_any_request(
    run_module: ModuleRunner, sandbox: SandboxProcess, options: dict[str, t.Any], words: str
) -> None:
    result = run_module("twilio_provider", **options)
    assert result["failed"]
    assert words in result["msg"]
    assert "error" not in result
    assert sent(sandbox) == []


def test_an_empty_variable_counts_as_not_set(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module(
        "twilio_provider", id=PROVIDER_ID, environment={"DASHA_BLACKBOX_API_TIMEOUT": "", "DASHA_BLACKBOX_CA_PATH": " "}
    )
    assert not result.get("failed")
    assert (
        "missing required arguments: api_key"
        in run_module("twilio_provider", id=PROVIDER_ID, environment={"DASHA_BLACKBOX_API_KEY": ""})["msg"]
    )


def test_the_key_of_another_service_is_not_read(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module(
        "twilio_provider",
        id=PROVIDER_ID,
        environment={"DASHA_BLACKBOX_API_KEY": "", "BLACKBOX_API_KEY": sandbox.api_key},
    )
    assert "missing required arguments: api_key" in result["msg"]
    assert sent(sandbox) == []


@pytest.mark.parametrize("module", ["twilio_provider", "twilio_provider_info"])
def test_missing_requests_is_reported_as_ansible_does(
    run_module_process: ModuleRunner, tmp_path: Path, module: str
) -> None:
    (tmp_path / "requests.py").write_text("raise ImportError('No module named requests')\n", encoding="utf-8")
    result = run_module_process(
        module, id=PROVIDER_ID, environment={"PYTHONPATH": f"{tmp_path}:{COLLECTION.parents[2]}"}
    )
    assert "Failed to import the required Python library (requests)" in result["msg"]
    assert sys.executable in result["msg"]


@pytest.mark.parametrize("module", ["twilio_provider", "twilio_provider_info"])
def test_a_key_that_the_server_echoes_is_shown_nowhere(
    run_module: ModuleRunner, sandbox: SandboxProcess, module: str
) -> None:
    key = "fake/key+with=odd'characters%41"
    echo = {
        "title": "Forbidden",
        "detail": f"key {key}",
        "errors": {key: [json.dumps(key), "fake%2Fkey%2Bwith%3Dodd%27characters%2541"]},
    }
    sandbox.inject_faults({"response": {"status": 403, "json": echo}})
    shown = json.dumps(run_module(module, id=PROVIDER_ID, api_key=key))
    assert "odd" not in shown
    assert "********" in shown
    assert sandbox.requests()[0]["authorization"] == "refused"


def test_info_finds_a_provider_by_id(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("twilio_provider_info", id=PROVIDER_ID)
    assert result["changed"] is False
    assert [managed(provider) for provider in result["providers"]] == [AS_SEEDED]
    assert sent(sandbox) == [READ]


def test_info_returns_an_empty_list_when_the_service_says_not_found(run_module: ModuleRunner) -> None:
    assert run_module("twilio_provider_info", id="00000000-0000-4000-8000-000000000000")["providers"] == []


def test_info_asks_the_api_when_a_404_is_not_in_its_words(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    page = {"status": 404, "text": "<html>not here</html>"}
    sandbox.inject_faults({"path": PROVIDER_PATH, "response": page})
    assert run_module("twilio_provider_info", id=PROVIDER_ID)["providers"] == []
    assert [path for _method, path, _body in sent(sandbox)] == [PROVIDER_PATH, "/api/v1/sip-credentials"]


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 404, "text": "<html>not here</html>"},
        {"status": 200, "json": {"items": []}},
        {"status": 200, "text": "<html>"},
    ],
)
def test_info_fails_when_it_is_not_the_api_that_says_not_found(
    run_module: ModuleRunner, sandbox: SandboxProcess, answer: dict[str, t.Any]
) -> None:
    sandbox.inject_faults(
        {"path": PROVIDER_PATH, "response": {"status": 404, "text": "<html>not here</html>"}},
        {"path": "/api/v1/sip-credentials", "response": answer},
    )
    result = run_module("twilio_provider_info", id=PROVIDER_ID)
    assert "404 Not Found: the body is not the API's JSON, so a proxy or gateway may have answered" in result["msg"]
