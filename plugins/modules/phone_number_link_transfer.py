#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: phone_number_link_transfer
short_description: Move voice agents from one phone number record to another in Dasha BlackBox
version_added: 1.0.0
author:
  - The dasha.blackbox contributors (@dasha-blackbox)
description:
  - Moves all inbound and outbound links to voice agents from one phone number record to another.
    Use this module after a phone number has been imported through another provider.
  - The module links the new record first. It unlinks the old record only after the API shows the
    new link.
  - If the task is interrupted, a second run completes the transfer. For an exception, see
    O(unlink_first).
extends_documentation_fragment:
  - dasha.blackbox.api
  - dasha.blackbox.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  from_id:
    description:
      - The ID of the phone number record that the agents currently use. This is a UUID and is not
        case-sensitive.
    type: str
    required: true
  to_id:
    description:
      - The ID of the phone number record that the agents are moved to. This is a UUID and is not
        case-sensitive.
      - The task fails if the two records have inbound links to different agents, because one of
        these links would be lost.
    type: str
    required: true
  unlink_first:
    description:
      - Whether to remove the old inbound link first if the API rejects the new inbound link while
        the old one exists.
      - If V(false), the task fails in this case and the old link is kept.
      - If V(true), no agent answers the phone number in this case until the new link exists. If the
        new link cannot be created, the old link is restored.
      - If the task is killed after it removed the old link, the phone number remains without an
        agent. A second run cannot determine which agent was linked.
    type: bool
    default: false
seealso:
  - module: dasha.blackbox.phone_number_agent_link
"""

EXAMPLES = r"""
- name: Get the records of a phone number
  dasha.blackbox.phone_number_info:
    phone_number: "+15005550001"
  register: records

- name: Move the agents from the first record to the second
  dasha.blackbox.phone_number_link_transfer:
    from_id: "{{ records.phone_numbers[0].id }}"
    to_id: "{{ records.phone_numbers[1].id }}"
  when: records.phone_numbers | length == 2
"""

RETURN = r"""
links:
  description: The moved links. In check mode, the links that would be moved.
  returned: success
  type: list
  elements: dict
  contains:
    agent_id:
      description: The ID of the agent.
      returned: always
      type: str
      sample: 7d3a0c54-0000-4000-8000-00000000000a
    direction:
      description: The direction of the link, V(inbound) or V(outbound).
      returned: always
      type: str
      sample: inbound
diff:
  description: The agents of both phone number records before and after the task.
  returned: in diff mode
  type: dict
  contains:
    # BEGIN generated: diff_headers {sample: phone_number_link_transfer +15005550001 to +15005550001}
    before_header:
      description: The header of the state before the task. It identifies the object.
      returned: always
      type: str
      sample: phone_number_link_transfer +15005550001 to +15005550001
    after_header:
      description: The header of the state after the task. It identifies the object.
      returned: always
      type: str
      sample: phone_number_link_transfer +15005550001 to +15005550001
    # END generated
    before:
      description: The agents before the task, as JSON text. C(from) contains the agents of the old
        record, and C(to) those of the new record.
      returned: always
      type: str
      sample: >-
        {"from": {"inbound_agent_ids": ["7d3a0c54-0000-4000-8000-00000000000a"],
        "outbound_agent_ids": [], "phone_number_id": "9e000000-0000-4000-8000-000000000001"},
        "to": {"inbound_agent_ids": [],
        "outbound_agent_ids": [], "phone_number_id": "9e000000-0000-4000-8000-000000000002"}}
    after:
      description: The agents after the task, in the same format.
      returned: always
      type: str
      sample: >-
        {"from": {"inbound_agent_ids": [],
        "outbound_agent_ids": [], "phone_number_id": "9e000000-0000-4000-8000-000000000001"},
        "to": {"inbound_agent_ids": ["7d3a0c54-0000-4000-8000-00000000000a"],
        "outbound_agent_ids": [], "phone_number_id": "9e000000-0000-4000-8000-000000000002"}}
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
from ..module_utils._phone_number import link_transfer


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **options.argument_spec(),
            "from_id": {"type": "str", "required": True},
            "to_id": {"type": "str", "required": True},
            "unlink_first": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    task.run_plan(module, link_transfer.plan)


if __name__ == "__main__":
    main()
