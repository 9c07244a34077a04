#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: phone_number_info
short_description: Look up phone numbers of Dasha BlackBox
version_added: 1.0.0
author:
  - The dasha.blackbox contributors (@dasha-blackbox)
description:
  - Returns all phone numbers of the organization, or those that match the given options.
extends_documentation_fragment:
  - dasha.blackbox.api
  - dasha.blackbox.provider.filter
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.info_module
options:
  phone_number:
    description:
      - Return only records of this phone number. Several providers can import the same phone
        number, so it can have several records.
      - A number in international format, such as V(+1 (500\) 555-0001), is compared as
        V(+15005550001). Any other value is compared as given, except that 7 to 15 digits without a
        plus sign are rejected.
      - A phone number that BlackBox stores in another format may be found only if it is given in
        that format.
    type: str
  linked_agent_id:
    description:
      - Return only phone numbers with an inbound link to the agent with this ID.
      - Mutually exclusive with O(linked_agent_name) and O(unlinked_only).
    type: str
  linked_agent_name:
    description:
      - Return only phone numbers with an inbound link to the agent with exactly this name. The task
        fails if no agent or several agents have this name.
      - Mutually exclusive with O(linked_agent_id) and O(unlinked_only).
    type: str
  unlinked_only:
    description:
      - Whether to return only phone numbers without an inbound link to an agent.
      - Mutually exclusive with O(linked_agent_id) and O(linked_agent_name).
    type: bool
    default: false
  agents:
    description:
      - Whether to return the agents that use each phone number, inbound and outbound. This takes
        one more request for each phone number.
    type: bool
    default: false
notes:
  - If the list of phone numbers is incomplete or inconsistent, the module reads it again. If this
    does not help, the task fails.
seealso:
  - module: dasha.blackbox.phone_number_agent_link
  - module: dasha.blackbox.twilio_phone_numbers
"""

EXAMPLES = r"""
- name: Get the phone numbers of a provider
  dasha.blackbox.phone_number_info:
    provider_id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
  register: of_provider

- name: Get the records of a phone number
  dasha.blackbox.phone_number_info:
    phone_number: "+1 (500) 555-0001"
  register: one

- name: Get the phone numbers of a provider and their agents
  dasha.blackbox.phone_number_info:
    provider_id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    agents: true
  register: used

- name: Get the phone numbers without an inbound agent
  dasha.blackbox.phone_number_info:
    unlinked_only: true
  register: unlinked
"""

RETURN = r"""
phone_numbers:
  description:
    - The matching phone numbers, sorted by phone number and ID. Empty if no phone number matches.
    - All listed fields are returned. A field is null if the API does not return it. Other fields
      are returned as received, with their names in snake_case.
  returned: success
  type: list
  elements: dict
  contains:
    # BEGIN generated: phone_number
    id:
      description: The ID of the phone number record.
      returned: always
      type: str
      sample: 9e000000-0000-4000-8000-000000000001
    phone_number:
      description: The phone number as stored by BlackBox.
      returned: always
      type: str
      sample: '+15005550001'
    provider_id:
      description: The ID of the provider that the phone number was imported through. Null
        if it belongs to no provider.
      returned: always
      type: str
      sample: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    incoming_calls_agent_id:
      description: The ID of the agent that answers calls to the phone number. Null if there
        is none.
      returned: always
      type: str
      sample: 7d3a0c54-0000-4000-8000-00000000000a
    display_name:
      description: The name that is shown as the caller ID.
      returned: always
      type: str
      sample: Support
    description:
      description: The description of the phone number.
      returned: always
      type: str
      sample: Front desk
    credentials_id:
      description: The ID of the SIP credential that the phone number uses.
      returned: always
      type: str
      sample: 5c000000-0000-4000-8000-000000000001
    registration:
      description: Whether the phone number registers with its SIP provider.
      returned: always
      type: bool
      sample: false
    registration_status:
      description: The registration status as reported by the API.
      returned: always
      type: dict
      sample: {state: Disabled}
    org_id:
      description: The ID of the organization.
      returned: always
      type: str
      sample: org-1
    created_time:
      description: The time when the record was created.
      returned: always
      type: str
      sample: '2026-01-31T12:00:00Z'
    last_update_time:
      description: The time when the record was last updated.
      returned: always
      type: str
      sample: '2026-01-31T12:00:00Z'
    # END generated
    agents:
      description: The agents that use the phone number.
      returned: when O(agents) is true
      type: list
      elements: dict
      contains:
        id:
          description: The ID of the agent.
          returned: always
          type: str
          sample: 7d3a0c54-0000-4000-8000-00000000000a
        name:
          description: The name of the agent. Null if it has none.
          returned: always
          type: str
          sample: Receptionist
        directions:
          description: The directions in which the agent uses the phone number, V(inbound),
            V(outbound), or both.
          returned: always
          type: list
          elements: str
          sample: [inbound]
# BEGIN generated: request_results
retried:
  description:
    - The retries after transient errors, in order.
    - At most 100 are returned. If there were more, a warning gives the total number.
  returned: when a request was retried
  type: list
  elements: dict
  contains:
    method:
      description: The HTTP method of the request.
      returned: always
      type: str
      sample: GET
    path:
      description: The path of the request.
      returned: always
      type: str
      sample: /api/v1/providers/twilio/3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    reason:
      description: The reason for the retry.
      returned: always
      type: str
      sample: 503 Service Unavailable.
    wait:
      description: The number of seconds between the failure and the next attempt.
      returned: always
      type: float
      sample: 1.125
error:
  description:
    - Details about the failed request.
    - Not returned if the task failed for another reason, such as an invalid option.
  returned: when a request failed
  type: dict
  contains:
    method:
      description: The HTTP method of the request.
      returned: always
      type: str
      sample: GET
    path:
      description: The path of the request.
      returned: always
      type: str
      sample: /api/v1/providers/twilio/3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    status:
      description: The HTTP status code of the response. Null if there was no response.
      returned: always
      type: int
      sample: 404
    attempts:
      description: The number of times the request was sent. 0 if the request was not sent
        because earlier requests failed.
      returned: always
      type: int
      sample: 1
    problem:
      description: The JSON object in the body of the error response. Null if there was none.
      returned: always
      type: dict
      sample: {title: Not Found, status: 404, detail: There is no such provider.}
    retry_after:
      description: The number of seconds to wait before a retry, as requested by the API.
        Null if the API did not request a wait.
      returned: always
      type: float
      sample: 30
# END generated
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._ansible import options, task
from ..module_utils._phone_number import numbers
from ..module_utils._provider import select


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **options.argument_spec(),
            "phone_number": {"type": "str"},
            **select.foreign_argument_spec(),
            "linked_agent_id": {"type": "str"},
            "linked_agent_name": {"type": "str"},
            "unlinked_only": {"type": "bool", "default": False},
            "agents": {"type": "bool", "default": False},
        },
        mutually_exclusive=[
            select.FOREIGN_OPTIONS,
            ("linked_agent_id", "linked_agent_name"),
            ("linked_agent_id", "unlinked_only"),
            ("linked_agent_name", "unlinked_only"),
        ],
        supports_check_mode=True,
    )
    task.run_look_up(module, numbers.look_up)


if __name__ == "__main__":
    main()
