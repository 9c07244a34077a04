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
  - The dasha.blackbox contributors (!UNKNOWN)
description:
  - Reads the phone numbers that are imported, all of them or those that match, and returns their fields.
extends_documentation_fragment:
  - dasha.blackbox.api
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.info_module
options:
  phone_number:
    description:
      - Only records of this number. One that is plainly a number of the world, such as V(+1 (500\) 555-0001), is compared as V(+15005550001); anything else is
        compared as it is. Several providers may have imported the same number, so there may be several records.
      - A record that the service has in another form than V(+15005550001) may be found only when that form is given.
    type: str
  provider_id:
    description:
      - Only numbers that were imported through this provider, a UUID, in any case.
    type: str
  linked_agent_id:
    description:
      - Only numbers that are linked to this agent inbound.
    type: str
  unlinked_only:
    description:
      - Only numbers that no agent is linked to inbound.
    type: bool
    default: false
  agents:
    description:
      - Also tell which agents use each number, inbound and outbound. This costs one request more for each number.
    type: bool
    default: false
notes:
  - The list is read to its end. One that does not add up is read once more, and then the task fails.
seealso:
  - module: dasha.blackbox.phone_number_agent_link
  - module: dasha.blackbox.twilio_phone_numbers
"""

EXAMPLES = r"""
- name: Look up the numbers of a provider
  dasha.blackbox.phone_number_info:
    provider_id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
  register: of_provider

- name: Look up a number
  dasha.blackbox.phone_number_info:
    phone_number: "+1 (500) 555-0001"
  register: one

- name: Look up who uses the numbers of a provider
  dasha.blackbox.phone_number_info:
    provider_id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    agents: true
  register: used

- name: Look up the numbers that nobody answers
  dasha.blackbox.phone_number_info:
    unlinked_only: true
  register: unlinked
"""

RETURN = r"""
phone_numbers:
  description:
    - The numbers that match, by number, then by id. Empty when none matches.
    - Each field is always there, null where the API left it out. Other fields are passed on as the API sends them, their names in snake_case.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the number's record.
      type: str
      returned: always
      sample: 9e000000-0000-4000-8000-000000000001
    phone_number:
      description: The number as the service has it.
      type: str
      returned: always
      sample: "+15005550001"
    provider_id:
      description: The provider that the number was imported through; null for a number of no provider.
      type: str
      returned: always
      sample: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    incoming_calls_agent_id:
      description: The agent that is linked inbound; null when none is.
      type: str
      returned: always
      sample: 7d3a0c54-0000-4000-8000-00000000000a
    display_name:
      description: The name that is shown as caller ID.
      type: str
      returned: always
      sample: Support
    description:
      description: A description.
      type: str
      returned: always
      sample: Front desk
    credentials_id:
      description: The id of the SIP credential that the number uses.
      type: str
      returned: always
      sample: 5c000000-0000-4000-8000-000000000001
    registration:
      description: Whether the number registers with its SIP provider.
      type: bool
      returned: always
      sample: false
    registration_status:
      description: How that goes, in the words of the service.
      type: dict
      returned: always
      sample: {"state": "Disabled"}
    org_id:
      description: The organization.
      type: str
      returned: always
      sample: org-1
    created_time:
      description: When the record was made.
      type: str
      returned: always
      sample: "2026-01-31T12:00:00Z"
    last_update_time:
      description: When the record was changed.
      type: str
      returned: always
      sample: "2026-01-31T12:00:00Z"
    agents:
      description: The agents that use the number.
      type: list
      elements: dict
      returned: when O(agents) is true
      contains:
        id:
          description: The id of the agent.
          type: str
          returned: always
          sample: 7d3a0c54-0000-4000-8000-00000000000a
        name:
          description: Its name; it may be null.
          type: str
          returned: always
          sample: Receptionist
        directions:
          description: What it uses the number for, V(inbound) and V(outbound).
          type: list
          elements: str
          returned: always
          sample: [inbound]
retried:
  description: What was sent again after a failure that may pass, in order.
  returned: when a request was sent again
  type: list
  elements: dict
  contains:
    method:
      description: The HTTP method.
      type: str
      returned: always
      sample: GET
    path:
      description: The path of the request.
      type: str
      returned: always
      sample: /api/v1/providers/3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    reason:
      description: Why it was sent again.
      type: str
      returned: always
      sample: 503 Service Unavailable.
    wait:
      description: How many seconds were waited before.
      type: float
      returned: always
      sample: 1.125
error:
  description: The request that failed. It is not there when the task failed without one, for instance because an option was refused.
  returned: when a request failed
  type: dict
  contains:
    method:
      description: The HTTP method.
      type: str
      returned: always
      sample: GET
    path:
      description: The path of the request.
      type: str
      returned: always
      sample: /api/v1/providers/3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    status:
      description: The HTTP status of the answer; null when there was no answer.
      type: int
      returned: always
      sample: 404
    attempts:
      description: How often the request was sent.
      type: int
      returned: always
      sample: 1
    problem:
      description: The JSON object in the body of a refusal; null when there was none.
      type: dict
      returned: always
      sample: {"title": "Not Found", "status": 404, "detail": "There is no such provider."}
    retry_after:
      description: After how many seconds the service wants to be asked again; null when it did not say.
      type: float
      returned: always
      sample: 30
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._ansible import options, task
from ..module_utils._phone_number import numbers


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **options.argument_spec(),
            "phone_number": {"type": "str"},
            "provider_id": {"type": "str"},
            "linked_agent_id": {"type": "str"},
            "unlinked_only": {"type": "bool", "default": False},
            "agents": {"type": "bool", "default": False},
        },
        mutually_exclusive=[("linked_agent_id", "unlinked_only")],
        supports_check_mode=True,
    )
    task.run_look_up(module, numbers.look_up)


if __name__ == "__main__":
    main()
