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
  - The dasha.blackbox contributors (!UNKNOWN)
description:
  - Links a phone number to a voice agent, so that the agent answers it, or calls from it; or takes such a link away.
  - Links hit live calls at once. The module reads first, writes only a difference, and then makes sure that the number shows it.
extends_documentation_fragment:
  - dasha.blackbox.api
  - dasha.blackbox.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - With O(direction=outbound) the number that the agent called from before is not shown, because the service does not tell it.
  idempotent:
    support: full
options:
  phone_number_id:
    description:
      - The id of the number's record, a UUID, in any case.
      - One of O(phone_number_id) and O(phone_number) is required.
    type: str
  phone_number:
    description:
      - The number. One that is plainly a number of the world, such as V(+1 (500\) 555-0001), is compared as V(+15005550001); anything else is compared
        as it is.
      - It is an error when several records have it, for instance because two providers have imported it. Give O(provider_id) too, or O(phone_number_id).
    type: str
  provider_id:
    description:
      - The provider that O(phone_number) was imported through, a UUID, in any case.
    type: str
  agent_id:
    description:
      - The id of the voice agent. The module M(dasha.blackbox.agent_info) finds it by name.
    type: str
    required: true
  direction:
    description:
      - With V(inbound) the agent answers calls to the number. A number has one such agent, so a link to another one is replaced; the diff shows both.
      - With V(outbound) the agent calls from the number, in place of the number that it had for that. Many agents may share a number.
    type: str
    choices: [inbound, outbound]
    default: inbound
  state:
    description:
      - With V(present) the link is there, with V(absent) it is not. Links of other agents are left alone.
    type: str
    choices: [present, absent]
    default: present
notes:
  - Inbound, a number can be linked once in all organizations. Where another organization has the same number linked, the service refuses.
  - The vendor documents these requests without their parameters, which are inferred from those of the opposite request. So a link counts as made only when the
    number shows it.
seealso:
  - module: dasha.blackbox.agent_info
  - module: dasha.blackbox.phone_number_info
  - module: dasha.blackbox.phone_number_link_transfer
"""

EXAMPLES = r"""
- name: The night shift answers the support number
  dasha.blackbox.phone_number_agent_link:
    phone_number: "+15005550001"
    agent_id: 7d3a0c54-0000-4000-8000-00000000000b

- name: The night shift calls from it, too
  dasha.blackbox.phone_number_agent_link:
    phone_number: "+15005550001"
    provider_id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    agent_id: 7d3a0c54-0000-4000-8000-00000000000b
    direction: outbound

- name: The night shift does not answer it
  dasha.blackbox.phone_number_agent_link:
    phone_number: "+15005550001"
    agent_id: 7d3a0c54-0000-4000-8000-00000000000b
    state: absent
"""

RETURN = r"""
phone_number:
  description: The number as it is after the task; in check mode with the inbound link that a run would make or take away.
  returned: success
  type: dict
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
diff:
  description: The links of the number in this direction, before and after the task.
  returned: in diff mode
  type: dict
  contains:
    before_header:
      description: Which number it is.
      type: str
      returned: always
      sample: phone_number_agent_link 9e000000-0000-4000-8000-000000000001 (+15005550001)
    after_header:
      description: Which number it is.
      type: str
      returned: always
      sample: phone_number_agent_link 9e000000-0000-4000-8000-000000000001 (+15005550001)
    before:
      description: C(inbound_agent_id), or C(outbound_agent_ids) and what is known of the number that the agent had.
      type: dict
      returned: always
      sample: {"inbound_agent_id": null}
    after:
      description: The same after the task.
      type: dict
      returned: always
      sample: {"inbound_agent_id": "7d3a0c54-0000-4000-8000-00000000000b"}
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
from ..module_utils._phone_number import links


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **options.argument_spec(),
            "phone_number_id": {"type": "str"},
            "phone_number": {"type": "str"},
            "provider_id": {"type": "str"},
            "agent_id": {"type": "str", "required": True},
            "direction": {"type": "str", "choices": list(links.MODES), "default": "inbound"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_one_of=[("phone_number_id", "phone_number")],
        mutually_exclusive=[("phone_number_id", "phone_number"), ("phone_number_id", "provider_id")],
        supports_check_mode=True,
    )
    task.run_plan(module, links.plan)


if __name__ == "__main__":
    main()
