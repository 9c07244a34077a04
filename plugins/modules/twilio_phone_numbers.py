#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: twilio_phone_numbers
short_description: Import phone numbers of a Twilio account into Dasha BlackBox
version_added: 1.0.0
author:
  - The dasha.blackbox contributors (!UNKNOWN)
description:
  - Imports numbers of a provider's Twilio account, so that agents can use them, or takes them out again. Numbers that are taken out stay in the Twilio
    account and can be imported again.
  - What is imported already is compared first, so a second run sends nothing.
  - When some numbers fail, the others are done all the same. The task fails at the end and names each that failed; a second run does the rest.
extends_documentation_fragment:
  - dasha.blackbox.api
  - dasha.blackbox.attributes
attributes:
  check_mode:
    support: partial
    details:
      - Whether the service can import a number shows only when it does. And where it does not tell which number a SID is, check mode tells of the SID only.
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - Fully for O(phone_numbers), and for O(phone_number_sids) as long as the service tells which number a SID is.
      - Where it does not, a SID is sent each time. The service refuses one whose number is imported, so the task fails, though nothing changes.
options:
  provider_id:
    description:
      - The id of the provider, a UUID, in any case.
    type: str
    required: true
  phone_numbers:
    description:
      - The numbers. One that is plainly a number of the world, such as V(+1 (500\) 555-0001), is compared as V(+15005550001); anything else is compared as
        it is. Quote it, because YAML takes a bare V(+15005550001) for an integer and drops the plus.
      - To import a number, the service has to tell its SID. Otherwise give O(phone_number_sids).
      - At least one of O(phone_numbers) and O(phone_number_sids) is required; both together are what is asked for.
    type: list
    elements: str
  phone_number_sids:
    description:
      - The SIDs of the numbers at Twilio, V(PN) and 32 hexadecimal digits each.
      - To take out a number, or all others, by SID, the service has to tell which number a SID is. Otherwise give O(phone_numbers).
    type: list
    elements: str
  state:
    description:
      - With V(present) the numbers are imported, with V(absent) they are not.
    type: str
    choices: [present, absent]
    default: present
  exclusive:
    description:
      - With O(state=present), take out all other numbers of the provider. Nothing is taken out when a number could not be imported.
      - An empty list takes out all of them, and needs O(force).
    type: bool
    default: false
  force:
    description:
      - Take out numbers although agents use them. These agents are cut off.
      - Without it such numbers stay, and the task fails and names the agents.
    type: bool
    default: false
notes:
  - How long an import takes is not documented. Each attempt gets at least 120 seconds, also where O(api_timeout) is shorter. Numbers are sent ten at a time.
  - An import whose answer is lost is not sent again. What is there afterwards shows what came of it.
seealso:
  - module: dasha.blackbox.twilio_available_number_info
  - module: dasha.blackbox.phone_number_info
"""

EXAMPLES = r"""
- name: Two numbers are imported
  dasha.blackbox.twilio_phone_numbers:
    provider_id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    phone_numbers:
      - "+15005550001"
      - "+1 (500) 555-0003"

- name: These numbers are imported, and no others
  dasha.blackbox.twilio_phone_numbers:
    provider_id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    phone_number_sids:
      - PN00000000000000000000000000000001
      - PN00000000000000000000000000000003
    exclusive: true

- name: A number is not imported
  dasha.blackbox.twilio_phone_numbers:
    provider_id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    phone_numbers: ["+15005550003"]
    state: absent
"""

RETURN = r"""
imported:
  description: The numbers that were imported, in check mode those that would be.
  returned: when the numbers were read
  type: list
  elements: dict
  contains:
    phone_number:
      description: The number; null where only its SID is known.
      type: str
      returned: always
      sample: "+15005550003"
    phone_number_sid:
      description: Its SID at Twilio; null where it is not known.
      type: str
      returned: always
      sample: PN00000000000000000000000000000003
    id:
      description: The id of its record; null when there is none, or not yet.
      type: str
      returned: always
      sample: 9e000000-0000-4000-8000-000000000003
    error:
      description: Null here.
      type: str
      returned: always
      sample: null
removed:
  description: The numbers that were taken out, in check mode those that would be.
  returned: when the numbers were read
  type: list
  elements: dict
  contains:
    phone_number:
      description: The number; null where only its SID is known.
      type: str
      returned: always
      sample: "+15005550003"
    phone_number_sid:
      description: Its SID at Twilio; null where it is not known.
      type: str
      returned: always
      sample: PN00000000000000000000000000000003
    id:
      description: The id of its record; null when there is none, or not yet.
      type: str
      returned: always
      sample: 9e000000-0000-4000-8000-000000000003
    error:
      description: Null here.
      type: str
      returned: always
      sample: null
failures:
  description: The numbers that failed. The task fails when there are any.
  returned: when the numbers were read
  type: list
  elements: dict
  contains:
    phone_number:
      description: The number; null where only its SID is known.
      type: str
      returned: always
      sample: "+15005550003"
    phone_number_sid:
      description: Its SID at Twilio; null where it is not known.
      type: str
      returned: always
      sample: PN00000000000000000000000000000003
    id:
      description: The id of its record; null when there is none, or not yet.
      type: str
      returned: always
      sample: 9e000000-0000-4000-8000-000000000003
    error:
      description: Why it failed, in the words of the service where they are its.
      type: str
      returned: always
      sample: It is not among the numbers of the Twilio account.
phone_numbers:
  description:
    - The provider's numbers after the task. In check mode as they would be; of one that would be imported only the number is known.
  returned: when the numbers were read
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
diff:
  description: The provider's numbers before and after the task.
  returned: in diff mode
  type: dict
  contains:
    before_header:
      description: Which provider it is.
      type: str
      returned: always
      sample: twilio_phone_numbers 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    after_header:
      description: Which provider it is.
      type: str
      returned: always
      sample: twilio_phone_numbers 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    before:
      description: The numbers before.
      type: dict
      returned: always
      sample: {"phone_numbers": ["+15005550001"]}
    after:
      description: The numbers after.
      type: dict
      returned: always
      sample: {"phone_numbers": ["+15005550001", "+15005550003"]}
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
from ..module_utils._phone_number import imports


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **options.argument_spec(),
            "provider_id": {"type": "str", "required": True},
            "phone_numbers": {"type": "list", "elements": "str"},
            "phone_number_sids": {"type": "list", "elements": "str"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "exclusive": {"type": "bool", "default": False},
            "force": {"type": "bool", "default": False},
        },
        required_one_of=[("phone_numbers", "phone_number_sids")],
        supports_check_mode=True,
    )
    task.run_plan(module, imports.plan)


if __name__ == "__main__":
    main()
