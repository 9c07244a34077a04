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
  - The dasha.blackbox contributors (!UNKNOWN)
description:
  - Moves all links with voice agents, inbound and outbound, from one number's record to another, as when a number is imported through another provider.
  - The new record is linked first. Nothing of the old one is taken away before the service shows the new link.
  - It can be interrupted at any time, unless O(unlink_first) comes into play; a second run does what is left.
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
      - The id of the number's record that agents use now, a UUID, in any case.
    type: str
    required: true
  to_id:
    description:
      - The id of the number's record that they shall use, a UUID, in any case.
      - It is an error when another agent is linked to it inbound, because that agent would be cut off.
    type: str
    required: true
  unlink_first:
    description:
      - The service may refuse the new inbound link as long as the old one is there. Without this option the task fails then, and the old link stays.
      - With it, the old link is taken away first then. Nobody answers the number until the new link is there, and when that fails, the old one is made again.
        A run that is killed just then cannot do that, and a second one cannot know which agent it was.
    type: bool
    default: false
seealso:
  - module: dasha.blackbox.phone_number_agent_link
"""

EXAMPLES = r"""
- name: Look up the records of a number
  dasha.blackbox.phone_number_info:
    phone_number: "+15005550001"
  register: records

- name: Move its agents from the first to the second
  dasha.blackbox.phone_number_link_transfer:
    from_id: "{{ records.phone_numbers[0].id }}"
    to_id: "{{ records.phone_numbers[1].id }}"
  when: records.phone_numbers | length == 2
"""

RETURN = r"""
links:
  description: The links that were moved, in check mode those that would be.
  returned: success
  type: list
  elements: dict
  contains:
    agent_id:
      description: The id of the agent.
      type: str
      returned: always
      sample: 7d3a0c54-0000-4000-8000-00000000000a
    direction:
      description: V(inbound) or V(outbound).
      type: str
      returned: always
      sample: inbound
diff:
  description: The agents of both numbers, before and after the task.
  returned: in diff mode
  type: dict
  contains:
    before_header:
      description: Which numbers they are.
      type: str
      returned: always
      sample: phone_number_link_transfer +15005550001 to +15005550001
    after_header:
      description: Which numbers they are.
      type: str
      returned: always
      sample: phone_number_link_transfer +15005550001 to +15005550001
    before:
      description: The agents of the number C(from) which, and of the number C(to) which they are moved.
      type: dict
      returned: always
      sample: {"from": {"inbound_agent_ids": ["7d3a0c54-0000-4000-8000-00000000000a"]}, "to": {"inbound_agent_ids": []}}
    after:
      description: The same after the task.
      type: dict
      returned: always
      sample: {"from": {"inbound_agent_ids": []}, "to": {"inbound_agent_ids": ["7d3a0c54-0000-4000-8000-00000000000a"]}}
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
