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
  - The dasha.blackbox contributors (@dasha-blackbox)
description:
  - Imports phone numbers of a provider's Twilio account, so that agents can use them, or removes
    imported phone numbers. Removed phone numbers stay in the Twilio account and can be imported
    again.
  - If BlackBox rejects some phone numbers, the module continues with the others. The task fails at
    the end and lists the phone numbers that failed. Run the task again to retry them.
extends_documentation_fragment:
  - dasha.blackbox.api
  - dasha.blackbox.provider
  - dasha.blackbox.attributes
attributes:
  check_mode:
    support: partial
    details:
      - Check mode cannot predict whether an import succeeds.
      - If the API does not return the phone number of a SID, check mode shows only the SID.
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - Full support for O(phone_numbers), and for O(phone_number_sids) if the API returns the phone
        number of each SID.
      - Otherwise, each run sends the SIDs. BlackBox rejects the SID of an imported phone number, so
        the task fails without a change.
options:
  phone_numbers:
    description:
      - The phone numbers to import or remove.
      - A number in international format, such as V(+1 (500\) 555-0001), is compared as
        V(+15005550001). Any other value is compared as given, except that 7 to 15 digits without a
        plus sign are rejected. Quote the numbers, because YAML reads an unquoted V(+15005550001) as
        an integer and drops the plus sign.
      - A phone number can be imported only if the API returns its SID. Otherwise, use
        O(phone_number_sids).
      - At least one of O(phone_numbers) and O(phone_number_sids) is required. If both are given,
        the phone numbers of both are managed.
    type: list
    elements: str
  phone_number_sids:
    description:
      - The SIDs of the phone numbers to import or remove. A SID consists of V(PN) and 32
        hexadecimal digits.
      - O(state=absent) and O(exclusive=true) require that the API returns the phone number of each
        SID. Otherwise, use O(phone_numbers).
    type: list
    elements: str
  state:
    description:
      - V(present) ensures that the phone numbers are imported. V(absent) ensures that they are not
        imported.
    type: str
    choices: [present, absent]
    default: present
  exclusive:
    description:
      - Whether to remove all other phone numbers of the provider. No phone number is removed if an
        import fails.
      - An empty list of phone numbers removes all phone numbers of the provider. This requires
        O(force=true).
      - Requires O(state=present).
    type: bool
    default: false
  force:
    description:
      - Whether to remove phone numbers even if agents use them. The agents can then no longer use
        these numbers.
      - If V(false), such phone numbers are not removed. The task fails, and the message lists the
        agents.
    type: bool
    default: false
notes:
  - Each import request contains up to ten phone numbers. Its timeout is at least 120 seconds, even
    if O(api_timeout) is shorter.
  - If the response to an import is lost, the import is not sent again. The module reads the phone
    numbers afterwards to determine the result.
seealso:
  - module: dasha.blackbox.twilio_available_number_info
  - module: dasha.blackbox.phone_number_info
"""

EXAMPLES = r"""
- name: Import two phone numbers
  dasha.blackbox.twilio_phone_numbers:
    provider_id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    phone_numbers:
      - "+15005550001"
      - "+1 (500) 555-0003"

- name: Import two phone numbers and remove all others
  dasha.blackbox.twilio_phone_numbers:
    provider_id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    phone_number_sids:
      - PN00000000000000000000000000000001
      - PN00000000000000000000000000000003
    exclusive: true

- name: Remove a phone number
  dasha.blackbox.twilio_phone_numbers:
    provider_id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    phone_numbers: ["+15005550003"]
    state: absent
"""

RETURN = r"""
imported:
  description: The imported phone numbers. In check mode, the phone numbers that would be imported.
  returned: when the phone numbers were read
  type: list
  elements: dict
  contains:
    # BEGIN generated: phone_number_outcome
    phone_number:
      description: The phone number. Null if only its SID is known.
      returned: always
      type: str
      sample: '+15005550003'
    phone_number_sid:
      description: The SID of the phone number in the Twilio account. Null if it is unknown.
      returned: always
      type: str
      sample: PN00000000000000000000000000000003
    id:
      description: The ID of the phone number record. Null if the phone number was not imported.
      returned: always
      type: str
      sample: 9e000000-0000-4000-8000-000000000003
    error:
      description:
        - The reason for the failure, with the message of the API if there is one.
        - Always null in RV(imported) and RV(removed).
      returned: always
      type: str
      sample: It is not among the 2 numbers that the API lists for the Twilio account.
    # END generated
removed:
  description: The removed phone numbers. In check mode, the phone numbers that would be removed.
  returned: when the phone numbers were read
  type: list
  elements: dict
  contains:
    # BEGIN generated: phone_number_outcome
    phone_number:
      description: The phone number. Null if only its SID is known.
      returned: always
      type: str
      sample: '+15005550003'
    phone_number_sid:
      description: The SID of the phone number in the Twilio account. Null if it is unknown.
      returned: always
      type: str
      sample: PN00000000000000000000000000000003
    id:
      description: The ID of the phone number record. Null if the phone number was not imported.
      returned: always
      type: str
      sample: 9e000000-0000-4000-8000-000000000003
    error:
      description:
        - The reason for the failure, with the message of the API if there is one.
        - Always null in RV(imported) and RV(removed).
      returned: always
      type: str
      sample: It is not among the 2 numbers that the API lists for the Twilio account.
    # END generated
failures:
  description: The phone numbers that could not be imported or removed. The task fails if there are
    any.
  returned: when the phone numbers were read
  type: list
  elements: dict
  contains:
    # BEGIN generated: phone_number_outcome
    phone_number:
      description: The phone number. Null if only its SID is known.
      returned: always
      type: str
      sample: '+15005550003'
    phone_number_sid:
      description: The SID of the phone number in the Twilio account. Null if it is unknown.
      returned: always
      type: str
      sample: PN00000000000000000000000000000003
    id:
      description: The ID of the phone number record. Null if the phone number was not imported.
      returned: always
      type: str
      sample: 9e000000-0000-4000-8000-000000000003
    error:
      description:
        - The reason for the failure, with the message of the API if there is one.
        - Always null in RV(imported) and RV(removed).
      returned: always
      type: str
      sample: It is not among the 2 numbers that the API lists for the Twilio account.
    # END generated
phone_numbers:
  description:
    - The phone numbers of the provider after the task. In check mode, the predicted list.
    - In check mode, a phone number that would be imported has only the field C(phone_number).
  returned: when the phone numbers were read
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
diff:
  description: The phone numbers of the provider before and after the task.
  returned: in diff mode
  type: dict
  contains:
    # BEGIN generated: diff_headers {sample: twilio_phone_numbers 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11}
    before_header:
      description: The header of the state before the task. It identifies the object.
      returned: always
      type: str
      sample: twilio_phone_numbers 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    after_header:
      description: The header of the state after the task. It identifies the object.
      returned: always
      type: str
      sample: twilio_phone_numbers 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    # END generated
    before:
      description: The phone numbers before the task, as JSON text.
      returned: always
      type: str
      sample: '{"phone_numbers": ["+15005550001"]}'
    after:
      description: The phone numbers after the task, as JSON text.
      returned: always
      type: str
      sample: '{"phone_numbers": ["+15005550001", "+15005550003"]}'
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
from ..module_utils._phone_number import imports
from ..module_utils._provider import select


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **options.argument_spec(),
            **select.foreign_argument_spec(),
            "phone_numbers": {"type": "list", "elements": "str"},
            "phone_number_sids": {"type": "list", "elements": "str"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "exclusive": {"type": "bool", "default": False},
            "force": {"type": "bool", "default": False},
        },
        required_one_of=[select.FOREIGN_OPTIONS, ("phone_numbers", "phone_number_sids")],
        mutually_exclusive=[select.FOREIGN_OPTIONS],
        supports_check_mode=True,
    )
    task.run_plan(module, imports.plan)


if __name__ == "__main__":
    main()
