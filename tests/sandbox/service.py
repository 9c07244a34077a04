# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Execution of calls in a world: an organization whose requests and responses follow the switches of world.py."""

from __future__ import annotations

import copy
import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.responses import Response

from .contract import Call
from .operations import OPERATIONS
from .organization import Organization, build_page
from .responses import Problem, json_response
from .world import DEFAULT_WORLD, World

LISTS = {"listPhoneNumbers", "listSipCredentials", "listAgents"}
#: Reads of one object.
OBJECTS = {"getProvider", "getTwilioProvider", "getPhoneNumber", "getAgentsUsingPhoneNumber", "getAgent"}
READS = {*LISTS, *OBJECTS, "getTwilioAvailableNumbers"}
#: Reads of the object that a PUT changes.
READS_OF_PUT = {"updateTwilioProvider": "getTwilioProvider", "linkPhoneNumberToAgent": "getPhoneNumber"}
TWILIO_FIELDS = ("accountSid", "trunkSid", "terminationUri", "region", "supportsCallTransfer")
ID_FIELDS = ("id", "providerId", "credentialsId")
COUNTS = ("phoneNumberCount", "totalCount", "skip", "take", "successCount", "failedCount")
TRACE_ID = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-00"
MAX_TAKE = 2**31 - 1

NORMALIZATIONS: dict[str, Callable[[str], str]] = {
    "exact": str,
    "trimmed": str.strip,
    "nfc": lambda text: unicodedata.normalize("NFC", text),
    "casefold": str.casefold,
    "upper": str.upper,
}


@dataclass(frozen=True)
class Write:
    """Write with the state before it, and the number of later reads of each list or object."""

    operation_id: str
    before: Organization
    reads: Counter[str] = field(default_factory=Counter)


class Service:
    def __init__(self, organization: Organization, world: World) -> None:
        self.organization = organization
        self.world = world
        self._writes: list[Write] = []

    def execute(self, call: Call) -> Response:
        # The default world needs none of the steps below, and benchmarks depend on its speed.
        if self.world == DEFAULT_WORLD:
            return OPERATIONS[call.operation_id](self.organization, call)
        call = rewrite_call(self.world, call)
        check_refusals(self.world, self.organization, call)
        response = self._read(call) if call.operation_id in READS else self._write(call)
        if not response.body:
            return rewrite_empty_response(self.world, response)
        content = rewrite_content(self.world, call, json.loads(bytes(response.body)))
        if call.operation_id == "getTwilioAvailableNumbers":
            content = rewrite_available_numbers(self.world, content, self._list_imported(call.path["id"]))
        if call.operation_id == "createTwilioProvider" and self.world.created_without_body:
            return Response(status_code=self.world.success_status or 201)
        status = self.world.success_status or response.status_code
        if call.operation_id == "importTwilioNumbers" and content["failedCount"]:
            status = self.world.import_failure
        return json_response(content, status)

    def _read(self, call: Call) -> Response:
        organization = self._see(call)
        if call.operation_id in LISTS:
            # rewrite_content filters, sorts and pages, because the switches affect these steps.
            query = {name: value for name, value in call.query.items() if name != "phoneNumber"}
            call = replace(call, query={**query, "skip": 0, "take": MAX_TAKE})
        return OPERATIONS[call.operation_id](organization, call)

    def _see(self, call: Call) -> Organization:
        """Return the state that a read shows: the one before the oldest write that the read lags behind."""
        visible = self.organization
        filters = {name: value for name, value in call.query.items() if name not in ("skip", "take")}
        # Several operations read the same object.
        operation_id = call.operation_id if call.operation_id in LISTS else ""
        resource = json.dumps([operation_id, dict(call.path), filters], sort_keys=True)
        for write in reversed(self._writes):
            if write.reads[resource] < find_lag(self.world, write.operation_id, call.operation_id):
                visible = write.before
            write.reads[resource] += 1
        return visible

    def _write(self, call: Call) -> Response:
        before = copy.deepcopy(self.organization)
        response = OPERATIONS[call.operation_id](self.organization, call)
        self._writes.append(Write(call.operation_id, before))
        if call.operation_id in READS_OF_PUT:
            if self.world.put_response == "empty":
                return Response(status_code=200)
            if self.world.put_response == "old":
                return OPERATIONS[READS_OF_PUT[call.operation_id]](before, call)
        return response

    def _list_imported(self, provider_id: str) -> set[str]:
        return {
            number["phoneNumber"]
            for number in self.organization.phone_numbers.values()
            if number["providerId"] == provider_id
        }


def find_lag(world: World, write: str, read: str) -> int:
    if read not in LISTS | OBJECTS:
        return 0
    lags = [world.list_lag if read in LISTS else world.object_lag]
    if write == "deleteProvider":
        lags.append(world.deletion_lag)
    if read == "listPhoneNumbers":
        lags.append(
            {"removeTwilioPhoneNumber": world.removal_lag, "importTwilioNumbers": world.import_lag}.get(write, 0)
        )
    return max(lags)


def rewrite_call(world: World, call: Call) -> Call:
    """Normalize stored values, and limit the page."""
    if call.operation_id in ("createTwilioProvider", "updateTwilioProvider"):
        names = {"name": world.name_storage, "region": world.region_storage}
        body = {
            name: NORMALIZATIONS[names[name]](value) if name in names else value for name, value in call.body.items()
        }
        default = {"region": world.default_region or None} if call.operation_id == "createTwilioProvider" else {}
        return replace(call, body={**default, **body})
    if call.query.get("take", 0) > world.take_bound:
        if world.excess_take == "refuse":
            raise Problem(400, "The page is too large.", {"take": [f"must not exceed {world.take_bound}"]})
        return replace(call, query={**call.query, "take": world.take_bound})
    return call


def check_refusals(world: World, organization: Organization, call: Call) -> None:
    """Raise the problem of a call that the service may refuse."""
    if call.operation_id in ("createTwilioProvider", "updateTwilioProvider"):
        others = [provider for provider in organization.providers.values() if provider["id"] != call.path.get("id")]
        is_second_account = any(provider["accountSid"] == call.body.get("accountSid") for provider in others)
        is_second_name = "name" in call.body and any(provider["name"] == call.body["name"] for provider in others)
        if is_second_account and world.second_provider >= 400:
            raise Problem(world.second_provider, "The Twilio account already has a provider.")
        if is_second_name and world.second_name >= 400:
            raise Problem(world.second_name, "Another provider has this name.")
    if call.operation_id == "unlinkPhoneNumberFromAgent" and world.unlink_missing >= 400:
        number = organization.get_phone_number(call.path["id"])
        agent_id = call.query.get("agentId")
        if call.query["mode"] == "inbound":
            is_linked = number["incomingCallsAgentId"] is not None and agent_id in (
                None,
                number["incomingCallsAgentId"],
            )
        else:
            is_linked = organization.outbound_numbers.get(str(agent_id)) == number["id"]
        if not is_linked:
            raise Problem(world.unlink_missing, "The agent is not linked to the phone number.")


def rewrite_content(world: World, call: Call, content: Any) -> Any:
    """Return the content of a response as this world shows it."""
    rules: dict[str, Callable[[Any], Any]] = {}
    if world.null_trunk:
        rules.update(dict.fromkeys(("trunkSid", "terminationUri"), lambda value: None))
    if world.id_case == "upper":
        rules.update(dict.fromkeys(ID_FIELDS, lambda value: value and value.upper()))
    if world.number_storage == "digits" and call.operation_id != "getTwilioAvailableNumbers":
        rules["phoneNumber"] = lambda value: value.removeprefix("+")
    if world.number_provider_id == "never" and call.operation_id != "listSipCredentials":
        rules["providerId"] = lambda value: None
    rules["uses"] = lambda uses: [world.outbound_use if use == "outbound" else use for use in uses]
    if call.operation_id == "listAgents":
        content = rewrite_list(world, call, content)
    elif call.operation_id in LISTS:
        items = apply_rules(rules, content["items"])
        wanted = call.query.get("phoneNumber")
        if wanted and world.number_filter != "ignored":
            is_match = str.__contains__ if world.number_filter == "part" else str.__eq__
            items = [item for item in items if is_match(item["phoneNumber"], wanted)]
        if call.operation_id == "listSipCredentials":
            items = [hide_provider(world, position, item) for position, item in enumerate(items)]
        items = rewrite_list(world, replace(call, query={**call.query, "skip": 0, "take": MAX_TAKE}), items)
        content = build_page(items, call.query["skip"], call.query["take"])
    else:
        content = apply_rules(rules, content)
    if call.operation_id == "getProvider" and world.generic_read == "reduced":
        content = {name: value for name, value in content.items() if name not in TWILIO_FIELDS}
    if world.number_type == "float":
        content = apply_rules(dict.fromkeys(COUNTS, float), content)
    return content


def apply_rules(rules: Mapping[str, Callable[[Any], Any]], value: Any) -> Any:
    """Replace the values of the given names at any depth."""
    if isinstance(value, list):
        return [apply_rules(rules, inner) for inner in value]
    if isinstance(value, dict):
        return {
            name: rules[name](inner) if name in rules else apply_rules(rules, inner) for name, inner in value.items()
        }
    return value


def rewrite_list(world: World, call: Call, items: list[Any]) -> list[Any]:
    ordered = items[::-1] if world.list_order == "newest_first" else items
    return ordered[call.query["skip"] :][: call.query["take"]]


def hide_provider(world: World, position: int, credential: dict[str, Any]) -> dict[str, Any]:
    is_hidden = world.credential_provider_id == "never" or (
        world.credential_provider_id == "sometimes" and position % 2
    )
    return {**credential, "providerId": None} if is_hidden else credential


def rewrite_available_numbers(world: World, numbers: list[dict[str, Any]], imported: set[str]) -> Any:
    if not world.available_numbers_imported:
        numbers = [number for number in numbers if number["phoneNumber"] not in imported]
    shown = numbers[: world.available_numbers_limit or None]
    if world.available_numbers == "envelope":
        return {"items": shown, "totalCount": len(numbers), "skip": 0, "take": len(shown)}
    if world.available_numbers == "renamed":
        return [{"phoneNumberSid": number["sid"], "number": number["phoneNumber"]} for number in shown]
    if world.available_numbers == "unreadable":
        return [{"label": number["friendlyName"]} for number in shown]
    return shown


def rewrite_empty_response(world: World, response: Response) -> Response:
    """Return the response of a deletion, or the response unchanged if it is not one."""
    if response.status_code != 204 or world.delete_response == "no_content":
        return response
    if world.delete_response == "empty":
        return Response(status_code=200)
    return json_response({"type": "about:blank", "title": "OK", "status": 200, "detail": "Deleted.", "instance": ""})


def build_problem_response(world: World, problem: Problem, instance: str) -> Response:
    if problem.status == 422:
        # All problems with this status code are refused Twilio credentials.
        problem = Problem(world.twilio_refusal, problem.detail, problem.errors, problem.headers)
    elif problem.status == 404 and world.not_found == "empty":
        return Response(status_code=404)
    elif problem.status == 404 and world.not_found == "html":
        return Response("<html><body><h1>404 Not Found</h1></body></html>", 404, media_type="text/html")
    elif problem.status == 404 and world.not_found == "trace":
        content = {"type": "about:blank", "title": "Not Found", "status": 404, "traceId": TRACE_ID}
        return json_response(content, 404, "application/problem+json")
    elif problem.status == 400 and world.validation_errors != "problem":
        errors = {name[:1].upper() + name[1:]: texts for name, texts in (problem.errors or {}).items()}
        if world.validation_errors == "aspnet_empty_key":
            errors = {"": [text for texts in errors.values() for text in texts] or [problem.detail]}
        title = "One or more validation errors occurred."
        content = {"type": "about:blank", "title": title, "status": 400, "errors": errors, "traceId": TRACE_ID}
        return json_response(content, 400, "application/problem+json")
    return problem.to_response(instance)
