# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page "When something goes wrong" shows what a user sees: each error on it is provoked, and each word compared."""

from __future__ import annotations

import re
import typing as t
from datetime import datetime, timezone
from pathlib import Path

import pytest
import trustme
from certificates import TlsServer, free_port, server_context, written
from sandbox.process import SandboxProcess
from support import COLLECTION, PROVIDER_ID, ModuleRunner

PAGE = (COLLECTION / "docs/docsite/rst/when_something_goes_wrong.rst").read_text(encoding="utf-8")
SHOWN = re.findall(r"^\.\. code-block:: text\n\n   (.+)\n", PAGE, re.MULTILINE)

Faults = list[dict[str, t.Any]]
REDIRECT = {"status": 302, "headers": {"Location": "https://login.example.com/"}}
VALIDATION = {"title": "One or more validation errors occurred.", "errors": {"Name": ["too long"], "Region": ["unknown"]}}
ALWAYS_CUT = {"cut": True, "effect": False, "times": None}
READ_ONCE = {"method": "GET"}

# A name for each error and what makes it: options beside the id, variables of the environment, faults of the service.
PROVOKED: list[tuple[str, dict[str, t.Any], dict[str, str], Faults]] = [
    ("missing required", {}, {"DASHA_BLACKBOX_API_KEY": ""}, []),
    ("option api_key", {"api_key": "fake key"}, {}, []),
    ("option api_url", {"api_url": "http://blackbox.dasha.ai"}, {}, []),
    ("option id", {"id": "support-line"}, {}, []),
    ("option name", {"name": ""}, {}, []),
    ("a blank", {"region": "us1 "}, {}, []),
    ("too long", {"name": "x" * 101}, {}, []),
    ("no time", {"api_timeout": 0}, {}, []),
    ("no certificates", {"ca_path": "/no/such/ca.pem"}, {}, []),
    ("401", {"api_key": "another-fake-key"}, {}, []),
    ("403", {}, {}, [{"answer": {"status": 403, "json": {}}}]),
    ("404", {"id": "00000000-0000-4000-8000-000000000000"}, {}, []),
    ("422", {"region": "mars1"}, {}, [{"method": "PUT", "answer": {"status": 422, "json": {"detail": "Region 'mars1' is not one of us1, us2"}}}]),
    ("400", {"region": "mars1"}, {}, [{"method": "PUT", "answer": {"status": 400, "json": VALIDATION}}]),
    ("429", {"api_retries": 2}, {}, [{"answer": {"status": 429}, "times": None}]),
    ("a long wait", {}, {}, [{"answer": {"status": 429, "headers": {"Retry-After": "86400"}}}]),
    ("503", {"api_retries": 2}, {}, [{"answer": {"status": 503}, "times": None}]),
    ("500", {}, {}, [{"answer": {"status": 500, "text": "oops"}}]),
    ("not JSON", {}, {}, [{"answer": {"status": 200, "text": "<html>", "headers": {"Content-Type": "text/html"}}}]),
    ("redirect", {}, {}, [{"answer": REDIRECT}]),
    ("another provider", {}, {}, [{"patch": {"id": "00000000-0000-4000-8000-000000000000"}}]),
    ("no id", {}, {}, [{"without": ["id"]}]),
    ("an array", {}, {}, [{"answer": {"status": 200, "json": []}}]),
    ("of type", {}, {}, [{"patch": {"providerType": "vonage"}}]),
    ("a number", {}, {}, [{"patch": {"name": 7}}]),
    ("api_timeout", {"api_timeout": 0.5}, {}, [{"delay": 1}]),
    ("Connection refused", {"api_url": "http://127.0.0.1:1"}, {}, []),
    ("GET .* reset", {}, {}, [{"cut": True}]),
    ("resolved", {"api_url": "https://blackbox.invalid"}, {}, []),
    ("unusable proxy", {"api_url": "https://blackbox.invalid"}, {"HTTPS_PROXY": "socks5://127.0.0.1:1"}, []),
    ("unusable bundle", {"api_url": "https://blackbox.invalid"}, {"REQUESTS_CA_BUNDLE": "/no/such/bundle.pem"}, []),
    ("not read back", {"region": "ie1"}, {}, [READ_ONCE, {"method": "PUT", "effect": True, "answer": {"status": 204}}, {"answer": {"status": 500}}]),
    ("region is", {"region": "ie1"}, {}, [{"method": "PUT", "rewrite": {"region": "us1"}}]),
    ("name is", {"name": "Sales"}, {}, [{"method": "PUT", "rewrite": {"name": "SALES"}}]),
    ("may yet", {"region": "ie1"}, {}, [{"method": "PUT", **ALWAYS_CUT}]),
    ("not known", {"region": "ie1"}, {}, [READ_ONCE, ALWAYS_CUT]),
]


@pytest.mark.parametrize(("options", "environment", "faults"), [case[1:] for case in PROVOKED], ids=[name for name, *_rest in PROVOKED])
def test_an_error_is_shown_as_it_is(
    run_module: ModuleRunner, sandbox: SandboxProcess, options: dict[str, t.Any], environment: dict[str, str], faults: Faults
) -> None:
    sandbox.misbehave(*faults)
    result = run_module("twilio_provider", environment=environment, **{"id": PROVIDER_ID, **options})
    assert result["failed"]
    message = re.sub(r"https?://(127\.0\.0\.1:\d+|blackbox\.invalid)/", "https://blackbox.dasha.ai/", result["msg"])
    assert re.sub(r"at \d{4}-\d\d-\d\d \d\d:\d\d UTC", "at 2026-01-31 12:00 UTC", message) in SHOWN


@pytest.mark.parametrize("name", ["unknown CA", "another host", "expired", "no TLS", "no proxy"])
def test_an_error_of_the_way_to_the_service_is_shown_as_it_is(run_module: ModuleRunner, sandbox: SandboxProcess, tmp_path: Path, name: str) -> None:
    ca = trustme.CA()
    certificates = {
        "another host": ca.issue_cert("elsewhere.example.com"),
        "expired": ca.issue_cert("localhost", not_before=datetime(2020, 1, 1, tzinfo=timezone.utc), not_after=datetime(2021, 1, 1, tzinfo=timezone.utc)),
    }
    environment = {"HTTPS_PROXY": f"http://127.0.0.1:{free_port()}"} if name == "no proxy" else {}
    options = {} if name == "unknown CA" else {"ca_path": written(tmp_path / "ca.pem", ca.cert_pem)}
    with TlsServer(server_context(certificates.get(name, ca.issue_cert("localhost")))) as server:
        api_url = sandbox.url.replace("http:", "https:") if name == "no TLS" else server.url
        result = run_module("twilio_provider", id=PROVIDER_ID, api_url=api_url, environment=environment, **options)
    assert re.sub(r"https://(localhost|127\.0\.0\.1):\d+/", "https://blackbox.dasha.ai/", result["msg"]) in SHOWN


def test_every_error_on_the_page_is_provoked() -> None:
    assert len(SHOWN) == len(set(SHOWN)) == len(PROVOKED) + 5
