#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: phone_number_agent_link
short_description: Link a phone number to a voice agent in Dasha BlackBox
version_added: 1.0.0
author:
  - The dasha.blackbox contributors (@dasha-blackbox)
description:
  - Links a phone number to a voice agent, so that the agent answers calls to this number or uses it
    for outbound calls. Also removes such links.
  - A change affects live calls immediately. The module writes only if the current link differs from
    the desired one, and then checks that the API shows the change.
extends_documentation_fragment:
  - dasha.blackbox.api
  - dasha.blackbox.provider.filter
  - dasha.blackbox.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - With O(direction=outbound), the previous number of the agent is not shown, because the API
        does not return it.
  idempotent:
    support: full
options:
  phone_number_id:
    description:
      - The ID of the phone number record. This is a UUID and is not case-sensitive.
      - Exactly one of O(phone_number_id) and O(phone_number) is required.
      - Mutually exclusive with O(provider_id), O(account_sid), and O(provider_name).
    type: str
  phone_number:
    description:
      - The phone number.
      - A number in international format, such as V(+1 (500\) 555-0001), is compared as
        V(+15005550001). Any other value is compared as given, except that 7 to 15 digits without a
        plus sign are rejected.
      - The task fails if several records have this number, for example because two providers have
        imported it. In this case, also select the provider, or use O(phone_number_id).
    type: str
  agent_id:
    description:
      - The ID of the voice agent.
      - Exactly one of O(agent_id) and O(agent_name) is required.
    type: str
  agent_name:
    description:
      - The exact name of the voice agent. The task fails if no agent or several agents have this
        name.
      - Selecting by O(agent_name) reads all agents of the organization.
    type: str
  direction:
    description:
      - The direction of the calls.
      - With V(inbound), the agent answers calls to the phone number. A phone number has at most one
        inbound agent, so a link to another agent is replaced. The diff shows both agents.
      - With V(outbound), the agent calls from this phone number instead of its previous one.
        Several agents can share a phone number.
    type: str
    choices: [inbound, outbound]
    default: inbound
  state:
    description:
      - V(present) ensures that the link exists. V(absent) ensures that it does not exist.
      - With V(absent), links to other agents are not changed.
    type: str
    choices: [present, absent]
    default: present
notes:
  - A phone number can have only one inbound link across all organizations. The API rejects the link
    if another organization has linked the same number.
  - The vendor does not document the parameters of the link request, so the module uses those of the
    unlink request. It treats a link as created only if the API shows the link.
seealso:
  - module: dasha.blackbox.agent_info
  - module: dasha.blackbox.phone_number_info
  - module: dasha.blackbox.phone_number_link_transfer
"""

EXAMPLES = r"""
- name: Let the night shift agent answer the support number
  dasha.blackbox.phone_number_agent_link:
    phone_number: "+15005550001"
    agent_id: 7d3a0c54-0000-4000-8000-00000000000b

- name: Let the night shift agent call from the support number
  dasha.blackbox.phone_number_agent_link:
    phone_number: "+15005550001"
    provider_id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    agent_id: 7d3a0c54-0000-4000-8000-00000000000b
    direction: outbound

- name: Remove the night shift agent from the support number
  dasha.blackbox.phone_number_agent_link:
    phone_number: "+15005550001"
    agent_id: 7d3a0c54-0000-4000-8000-00000000000b
    state: absent
"""

RETURN = r"""
phone_number:
  description: The phone number record after the task. In check mode, the predicted record.
  returned: success
  type: dict
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
diff:
  description: The links of the phone number in the given direction before and after the task.
  returned: in diff mode
  type: dict
  contains:
    # BEGIN generated: diff_headers {sample: phone_number_agent_link 9e000000-0000-4000-8000-000000000001}
    before_header:
      description: The header of the state before the task. It identifies the object.
      returned: always
      type: str
      sample: phone_number_agent_link 9e000000-0000-4000-8000-000000000001
    after_header:
      description: The header of the state after the task. It identifies the object.
      returned: always
      type: str
      sample: phone_number_agent_link 9e000000-0000-4000-8000-000000000001
    # END generated
    before:
      description:
        - The links before the task, as JSON text.
        - The key is C(inbound_agent_id) or C(outbound_agent_ids), depending on O(direction). If an
          outbound link is created, C(outbound_number_of_the_agent) is included.
      returned: always
      type: str
      sample: '{"inbound_agent_id": null}'
    after:
      description: The links after the task, in the same format.
      returned: always
      type: str
      sample: '{"inbound_agent_id": "7d3a0c54-0000-4000-8000-00000000000b"}'
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
from ..module_utils._phone_number import links
from ..module_utils._provider import select


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **options.argument_spec(),
            "phone_number_id": {"type": "str"},
            "phone_number": {"type": "str"},
            **select.foreign_argument_spec(),
            "agent_id": {"type": "str"},
            "agent_name": {"type": "str"},
            "direction": {"type": "str", "choices": list(links.MODES), "default": "inbound"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_one_of=[("phone_number_id", "phone_number"), ("agent_id", "agent_name")],
        mutually_exclusive=[
            ("phone_number_id", "phone_number"),
            ("agent_id", "agent_name"),
            select.FOREIGN_OPTIONS,
            *(("phone_number_id", option) for option in select.FOREIGN_OPTIONS),
        ],
        supports_check_mode=True,
    )
    task.run_plan(module, links.plan)


if __name__ == "__main__":
    main()
