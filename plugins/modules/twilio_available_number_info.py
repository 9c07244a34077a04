#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: twilio_available_number_info
short_description: Look up the phone numbers of a Twilio account
version_added: 1.0.0
author:
  - The dasha.blackbox contributors (!UNKNOWN)
description:
  - Asks the service for the numbers of the Twilio account of a provider, those that can be imported.
extends_documentation_fragment:
  - dasha.blackbox.api
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.info_module
options:
  provider_id:
    description:
      - The id of the provider, a UUID, in any case.
    type: str
    required: true
notes:
  - The vendor documents that there is such a list, and nothing of its shape. The module finds the number and the SID of an entry by what they look
    like, and only where each entry has exactly one of both. Whether numbers that are already imported are in the list is not documented either.
seealso:
  - module: dasha.blackbox.twilio_phone_numbers
"""

EXAMPLES = r"""
- name: Look up the numbers of the Twilio account
  dasha.blackbox.twilio_available_number_info:
    provider_id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
  register: account

- name: Import them all
  dasha.blackbox.twilio_phone_numbers:
    provider_id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    phone_number_sids: "{{ account.available_numbers | map(attribute='phone_number_sid') | list }}"
  when: account.mapped
"""

RETURN = r"""
available_numbers:
  description: The numbers of the account, by number. Empty when RV(mapped) is false.
  returned: success
  type: list
  elements: dict
  contains:
    phone_number:
      description: The number.
      type: str
      returned: always
      sample: "+15005550003"
    phone_number_sid:
      description: Its SID at Twilio.
      type: str
      returned: always
      sample: PN00000000000000000000000000000003
mapped:
  description: Whether the numbers and their SIDs could be read from what the service says.
  returned: success
  type: bool
  sample: true
answer:
  description: What the service says, as it comes.
  returned: success
  type: raw
  sample: [{"sid": "PN00000000000000000000000000000003", "phoneNumber": "+15005550003", "friendlyName": "Not imported yet"}]
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
        argument_spec={**options.argument_spec(), "provider_id": {"type": "str", "required": True}},
        supports_check_mode=True,
    )
    task.run_look_up(module, numbers.look_up_available)


if __name__ == "__main__":
    main()
