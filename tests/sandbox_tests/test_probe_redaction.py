# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests that no value of the service can reach the report of the probe.

The report is made of constants and of values that the module ``redaction`` creates. The first tests check this in the
source, the others check that module and the whole report with random responses.
"""

from __future__ import annotations

import ast
import dataclasses
import json
import re
import typing as t

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._http.transport import RawResponse
from ansible_collections.dasha.blackbox.tests.extra.probe import contract, facts, questions, reader, redaction, report
from ansible_collections.dasha.blackbox.tests.extra.probe.questions import Answers
from ansible_collections.dasha.blackbox.tests.extra.probe.reader import Answer
from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION

SOURCES = sorted((COLLECTION / "tests/extra/probe").glob("*.py"))
#: Functions whose first argument becomes a part of the report.
TEMPLATE_FUNCTIONS = {"observe", "constant", "missing", "get", "Stopped"}
#: Functions that pass on a constant of their caller.
FORWARDERS = {"label", "missing"}


def calls(function: ast.AST) -> t.Iterator[tuple[str, ast.Call]]:
    """Yield the name and the node of each call of a template function, directly or as a method of the reader."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            if isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "reader":
                name = node.func.attr
            if name in TEMPLATE_FUNCTIONS:
                yield name, node


def is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.IfExp):
        return is_constant(node.body) and is_constant(node.orelse)
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_templates_are_constants() -> None:
    found = 0
    for source in SOURCES:
        for function in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and function.name not in FORWARDERS:
                for name, call in calls(function):
                    found += 1
                    assert is_constant(call.args[0]), f"{source.name}:{call.lineno}: {name}"
    assert found > 100


def test_only_redaction_creates_safe_values() -> None:
    creators = {source.name for source in SOURCES if re.search(r"\bSafe\(", source.read_text(encoding="utf-8"))}
    assert creators == {"redaction.py"}


def test_only_reader_sends_requests() -> None:
    senders = {"Transport", "Request", "Client", "requests", "urllib3", "urllib", "socket", "http", "subprocess"}
    importers = {
        source.name
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        and senders.intersection(alias.name.partition(".")[0] for alias in node.names)
    }
    assert importers == {"reader.py"}
    methods = re.findall(r"\bRequest\((\S+),", (SOURCES[0].parent / "reader.py").read_text(encoding="utf-8"))
    assert (methods, reader._METHOD) == (["_METHOD"], "GET")


def test_facts_have_unique_names_and_texts() -> None:
    assert len({fact.name for fact in facts.FACTS}) == len({fact.title for fact in facts.FACTS}) == len(facts.FACTS)


def test_unsafe_value_is_refused() -> None:
    with pytest.raises(TypeError):
        redaction.observe("{}", t.cast("redaction.Safe", "Jane"))
    with pytest.raises(TypeError):
        redaction.join([t.cast("redaction.Safe", "Jane")])


@pytest.mark.parametrize(
    "text", ["phoneNumberSid", "friendly_name", "isImported", "ISOCountry", "phone-numbers", "Take"]
)
def test_name_of_known_words_is_shown(text: str) -> None:
    assert redaction.name(text) == f"`{text}`"


@pytest.mark.parametrize(
    "text",
    [
        "JaneQuux",
        "phone number",
        "number1",
        "+15005550001",
        "name\n",
        "nameJane",
        "name.name",
        "name" * 20,
        "n\u00e4me",
        "_name",
    ],
)
def test_other_name_is_hidden(text: str) -> None:
    assert redaction.name(text) == "another name"


# Random responses

#: Values that identify an organization. None of them is a part of another text of the report.
MARKERS = (
    "Jane Quux", "JaneQuux", "jane_quux", "+15005550199", "15005550199", "5005550199", "AC" + "7" * 32, "PN" + "7" * 32,
    "7d3a0c54-9999-4000-8000-00000000000a", "jane@example.org", "acme.pstn.twilio.com", "sip:acme.pstn.twilio.com",
    "org-jane", "2026-11-27T08:02:01Z", "Acme", "acmePhoneNumber", "`jane`", "jane|quux", "<b>jane</b>", "hunter-two",
)  # fmt: skip
LEAKS = ("jane", "quux", "acme", "5005550199", "7777", "9999", "2026-11", "hunter", "zz")

#: Names of the API, so that the facts find what they look for.
NAMES = sorted(set(redaction._property_names(contract._DOCUMENT)) | {"totalCount", "inboundSipConfig"})
TEXTS = (
    st.sampled_from(MARKERS)
    | st.sampled_from(["provider", "manual", "outbound", "us1", "twilio", "passed", "2026-11-01T00:00:00Z"])
    | st.text(st.characters(min_codepoint=0x100), max_size=8)
    | st.text("z*+0", min_size=2, max_size=8).map("zz".__add__)
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
KEYS = st.sampled_from(NAMES) | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
OBJECTS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8) | st.dictionaries(KEYS, VALUES, max_size=8)
BODIES = (
    VALUES
    | OBJECTS
    | st.lists(OBJECTS, max_size=4)
    | st.fixed_dictionaries({"items": st.lists(OBJECTS, max_size=4), "totalCount": SCALARS, "take": SCALARS})
)
HEADERS = st.dictionaries(
    st.sampled_from(["Content-Type", "Date", "ETag", "Retry-After", "WWW-Authenticate", "X-Request-Id"]), TEXTS
)
CONTENTS = BODIES.map(lambda body: json.dumps(body).encode()) | TEXTS.map(
    lambda text: text.encode("utf-8", "surrogatepass")
)
RAW = st.none() | st.builds(
    RawResponse, st.sampled_from([200, 201, 302, 400, 401, 404, 422, 429, 500]), HEADERS, CONTENTS
)
TEMPLATES = (
    "/agents?take=1", "/agents/{agentId}", "/providers/twilio/{id}", "/providers/{id}", "/sip-credentials?take=1000",
    "/sip-phone-numbers?take=1000", "/sip-phone-numbers/{id}/affected-agents", "/providers/{missing}",
)  # fmt: skip
ANSWERS = st.builds(Answer, st.sampled_from(TEMPLATES), st.just("given"), RAW, st.just(1.0))
QUESTIONS = [field.name for field in dataclasses.fields(Answers) if field.name not in ("log", "usages", "provider_id")]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.fixed_dictionaries({name: st.none() | ANSWERS for name in QUESTIONS}), st.lists(ANSWERS, max_size=3))
def test_random_responses_do_not_reach_report(answers: dict[str, Answer | None], usages: list[Answer]) -> None:
    log = [answer for answer in [*answers.values(), *usages] if answer is not None]
    known = Answers(log=log, usages=usages, provider_id=MARKERS[8], **t.cast("t.Any", answers))
    text = report.render(facts.judge_all(known), log, "https://acme.example.org", None)
    assert text.isascii()
    assert [leak for leak in LEAKS if leak in text.lower()] == []
    # The selections accept any response, too.
    questions._select_provider(known)
    questions._select_agent(known)


@given(st.text() | TEXTS | st.sampled_from(NAMES))
def test_random_text_becomes_a_constant(text: str) -> None:
    shown = redaction.name(text)
    assert shown in ("another name", "an empty name") or (shown == f"`{text}`" and re.fullmatch("[A-Za-z_-]+", text))
    assert shown != f"`{text}`" or "".join(redaction._split(text)) == re.sub("[_-]", "", text).lower()
    assert redaction.text_format(text) in {name for name, _matches in redaction._FORMATS} | {"string"}
    assert redaction.structure(text) == redaction.text_format(text)
    assert redaction.media_type(text) in {*redaction._MEDIA_TYPES, "another media type"}
    assert redaction.choice(text, ("passed",)) in ("`passed`", "another string")
