#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: phone_number_link_transfer
short_description: Move the voice agents of one phone number to another in Dasha BlackBox
version_added: 1.0.0
author:
  - The dasha.blackbox contributors (@dasha-blackbox)
description:
  - Moves all inbound and outbound links with voice agents from one phone number record to another.
    Use it after a phone number was imported through another provider.
  - The module links the new record first. It does not unlink the old record before the API shows
    the new link.
  - The module can be interrupted at any time, unless O(unlink_first) takes effect. A second run
    completes the transfer.
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
      - The ID of the phone number record that the agents use now. This is a UUID and is not
        case-sensitive.
    type: str
    required: true
  to_id:
    description:
      - The ID of the phone number record that the agents are moved to. This is a UUID and is not
        case-sensitive.
      - The task fails if another agent is linked to it inbound, because that agent would lose its
        link.
    type: str
    required: true
  unlink_first:
    description:
      - Whether to remove the old inbound link first if the API rejects the new inbound link while
        the old one exists.
      - If V(false), the task fails in this case and the old link is kept.
      - If V(true), no agent answers the phone number until the new link exists. If the new link
        fails, the old link is created again.
      - A run that is killed in between cannot create the old link again. A second run cannot know
        which agent was linked.
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
  description: The links that were moved. In check mode, the links that a run would move.
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
      description: Header of the state before the task. It identifies the object.
      returned: always
      type: str
      sample: phone_number_link_transfer +15005550001 to +15005550001
    after_header:
      description: Header of the state after the task. It identifies the object.
      returned: always
      type: str
      sample: phone_number_link_transfer +15005550001 to +15005550001
    # END generated
    before:
      description: The agents before the task, as JSON text. C(from) holds the agents of the old
        record, C(to) those of the new record.
      returned: always
      type: str
      sample: >-
        {"from": {"inbound_agent_ids": ["7d3a0c54-0000-4000-8000-00000000000a"]},
        "to": {"inbound_agent_ids": []}}
    after:
      description: The agents after the task, in the same format.
      returned: always
      type: str
      sample: >-
        {"from": {"inbound_agent_ids": []},
        "to": {"inbound_agent_ids": ["7d3a0c54-0000-4000-8000-00000000000a"]}}
# BEGIN generated: request_results
retried:
  description:
    - Requests that were sent again after a transient failure, in order.
    - Only the first 100 are returned. If there were more, a warning gives their number.
  returned: when a request was sent again
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
      description: The reason for sending the request again.
      returned: always
      type: str
      sample: 503 Service Unavailable.
    wait:
      description: Number of seconds between the failure and the next attempt.
      returned: always
      type: float
      sample: 1.125
error:
  description:
    - Details of the request that failed.
    - Not returned if the task failed for another reason, for example because an option is
      invalid.
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
      description: Number of times the request was sent. 0 if the request was not sent, because
        the task had already ended early.
      returned: always
      type: int
      sample: 1
    problem:
      description: The JSON object in the body of the error response. Null if there was none.
      returned: always
      type: dict
      sample: {title: Not Found, status: 404, detail: There is no such provider.}
    retry_after:
      description: Number of seconds after which the API asks to retry the request. Null if
        the API does not say.
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
