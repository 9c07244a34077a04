# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the contract and of its enforcement."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.dasha.blackbox.tests.sandbox.contract import METHODS, Contract
from ansible_collections.dasha.blackbox.tests.sandbox.operations import OPERATIONS
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.sandbox_tests.api_client import ApiClient

TWILIO = "/api/v1/providers/twilio/3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11"
MARKS = {"documented", "example", "client", "inferred", "unknown"}


def list_operations() -> list[dict[str, t.Any]]:
    return [item[method] for item in Contract().document["paths"].values() for method in METHODS if method in item]


def test_each_operation_is_served_and_described() -> None:
    assert {operation["operationId"] for operation in list_operations()} == set(OPERATIONS)
    assert all(
        operation["security"] == [{"apiKey": []}] and operation["tags"] and operation["x-evidence"]
        for operation in list_operations()
    )


def test_each_element_has_evidence() -> None:
    unmarked = []

    def find_unmarked(node: t.Any, path: str) -> None:
        if isinstance(node, list):
            for position, inner in enumerate(node):
                find_unmarked(inner, f"{path}/{position}")
        elif isinstance(node, dict):
            described = [inner for inner in node.get("properties", {}).values() if isinstance(inner, dict)]
            if "in" in node or ("responses" in node and "operationId" in node):
                described.append(node)
            for inner in described:
                evidence = inner.get("x-evidence", {})
                if evidence.get("mark") not in MARKS or set(evidence) - {"mark", "note"}:
                    unmarked.append(f"{path}: {inner}")
            for name, inner in node.items():
                find_unmarked(inner, f"{path}/{name}")

    find_unmarked(Contract().document, "")
    assert unmarked == []


@pytest.mark.parametrize(
    ("method", "path", "body", "errors"),
    [
        (
            "PUT",
            TWILIO,
            {"name": 5, "supportsCallTransfer": "yes"},
            {"name": ["does not satisfy type: string"], "supportsCallTransfer": [...]},
        ),
        ("PUT", TWILIO, {"name": "x" * 101}, {"name": ["does not satisfy maxLength: 100"]}),
        ("PUT", TWILIO, {}, {"body": ["does not satisfy minProperties: 1"]}),
        (
            "PUT",
            TWILIO,
            {"accountSid": "x"},
            {"body": ["Additional properties are not allowed ('accountSid' was unexpected)"]},
        ),
        ("PUT", TWILIO, b"{", {"body": [...]}),
        ("PUT", TWILIO, None, {"body": ["is required"]}),
        (
            "POST",
            "/api/v1/providers/twilio",
            {"authToken": "top-secret"},
            {"body": ["'accountSid' is a required property"], "authToken": [...]},
        ),
        ("POST", f"{TWILIO}/import-numbers", {"phoneNumberSids": ["x"]}, {"phoneNumberSids.0": [...]}),
        (
            "POST",
            "/api/v1/providers/3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11/verify",
            {},
            {"body": ["must be empty for this operation"]},
        ),
        ("GET", "/api/v1/providers/nonsense", None, {"id": ["does not satisfy format: uuid"]}),
        (
            "GET",
            "/api/v1/sip-phone-numbers?take=many&providerID=1",
            None,
            {"take": [...], "providerID": ["is not a query parameter of this operation"]},
        ),
    ],
)
def test_violation_is_reported_by_field_and_logged(
    sandbox: SandboxProcess, api_client: ApiClient, method: str, path: str, body: t.Any, errors: dict[str, t.Any]
) -> None:
    response = api_client.request(method, path, body)
    assert (response.status, response.headers.get_content_type()) == (400, "application/problem+json")
    actual = response.json["errors"]
    assert set(actual) == set(errors)
    assert all(actual[field] == texts for field, texts in errors.items() if texts != [...])
    assert b"top-secret" not in response.content
    [request] = sandbox.requests()
    assert request["violations"] == [f"{field}: {text}" for field, texts in actual.items() for text in texts]
    assert "top-secret" not in str(request)


def test_unknown_method_or_path_is_violation(sandbox: SandboxProcess, api_client: ApiClient) -> None:
    response = api_client.request("GET", "/api/v1/providers/twilio")
    assert (response.status, response.headers["Allow"]) == (405, "POST")
    assert api_client.request("GET", "/api/v2/providers").status == 404
    assert [request["violations"] for request in sandbox.requests()] == [
        ["method: must not be GET"],
        ["path: is not in the contract"],
    ]
