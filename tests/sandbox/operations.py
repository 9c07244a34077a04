# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Implementation of each operation of the contract."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from .contract import Call
from .organization import Organization
from .responses import json_response

Operation = Callable[[Organization, Call], Response]


def get_provider(organization: Organization, call: Call) -> Response:
    return json_response(organization.get_provider(call.path["id"]))


def delete_provider(organization: Organization, call: Call) -> Response:
    organization.delete_provider(call.path["id"])
    return Response(status_code=204)


def verify_provider(organization: Organization, call: Call) -> Response:
    return json_response(organization.verify_provider(call.path["id"]))


def create_twilio_provider(organization: Organization, call: Call) -> Response:
    return json_response(organization.create_twilio_provider(call.body), 201)


def update_twilio_provider(organization: Organization, call: Call) -> Response:
    return json_response(organization.update_twilio_provider(call.path["id"], call.body))


def update_twilio_auth_token(organization: Organization, call: Call) -> Response:
    return json_response(organization.update_auth_token(call.path["id"], call.body["authToken"]))


def get_twilio_available_numbers(organization: Organization, call: Call) -> Response:
    return json_response(organization.list_available_numbers(call.path["id"]))


def import_twilio_numbers(organization: Organization, call: Call) -> Response:
    return json_response(organization.import_numbers(call.path["id"], call.body["phoneNumberSids"]))


def remove_twilio_phone_number(organization: Organization, call: Call) -> Response:
    organization.remove_number(call.path["id"], call.path["phoneNumberId"], call.query["force"])
    return Response(status_code=204)


def list_phone_numbers(organization: Organization, call: Call) -> Response:
    query = call.query
    return json_response(
        organization.list_phone_numbers(
            query["skip"],
            query["take"],
            query.get("phoneNumber", ""),
            query.get("linkedAgentId"),
            query["unlinkedOnly"],
            query.get("providerId"),
        )
    )


def get_phone_number(organization: Organization, call: Call) -> Response:
    return json_response(organization.get_phone_number(call.path["id"]))


def get_agents_using_phone_number(organization: Organization, call: Call) -> Response:
    return json_response(organization.get_affected_agents(call.path["id"]))


def link_phone_number_to_agent(organization: Organization, call: Call) -> Response:
    return json_response(organization.link_agent(call.path["id"], call.query["agentId"], call.query["mode"]))


def unlink_phone_number_from_agent(organization: Organization, call: Call) -> Response:
    return json_response(organization.unlink_agent(call.path["id"], call.query.get("agentId"), call.query["mode"]))


def list_sip_credentials(organization: Organization, call: Call) -> Response:
    return json_response(organization.list_sip_credentials(call.query["skip"], call.query["take"]))


def list_agents(organization: Organization, call: Call) -> Response:
    return json_response(organization.list_agents(call.query["skip"], call.query["take"]))


def get_agent(organization: Organization, call: Call) -> Response:
    return json_response(organization.get_agent(call.path["agentId"]))


OPERATIONS: dict[str, Operation] = {
    "getProvider": get_provider,
    "deleteProvider": delete_provider,
    "verifyProvider": verify_provider,
    "createTwilioProvider": create_twilio_provider,
    "getTwilioProvider": get_provider,
    "updateTwilioProvider": update_twilio_provider,
    "updateTwilioAuthToken": update_twilio_auth_token,
    "getTwilioAvailableNumbers": get_twilio_available_numbers,
    "importTwilioNumbers": import_twilio_numbers,
    "removeTwilioPhoneNumber": remove_twilio_phone_number,
    "listPhoneNumbers": list_phone_numbers,
    "getPhoneNumber": get_phone_number,
    "getAgentsUsingPhoneNumber": get_agents_using_phone_number,
    "linkPhoneNumberToAgent": link_phone_number_to_agent,
    "unlinkPhoneNumberFromAgent": unlink_phone_number_from_agent,
    "listSipCredentials": list_sip_credentials,
    "listAgents": list_agents,
    "getAgent": get_agent,
}
