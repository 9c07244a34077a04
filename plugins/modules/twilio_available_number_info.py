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
  - The dasha.blackbox contributors (@dasha-blackbox)
description:
  - Returns the phone numbers in the Twilio account of a provider, for example to import them.
extends_documentation_fragment:
  - dasha.blackbox.api
  - dasha.blackbox.provider
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.info_module
notes:
  - The vendor does not document the format of the list. The module recognizes the phone number and
    the SID of an entry by their format. If an entry does not contain exactly one of each,
    RV(mapped) is V(false).
  - The vendor does not document whether the list contains phone numbers that are already imported.
seealso:
  - module: dasha.blackbox.twilio_phone_numbers
"""

EXAMPLES = r"""
- name: Get the phone numbers of the Twilio account
  dasha.blackbox.twilio_available_number_info:
    provider_id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
  register: account

- name: Import all of these phone numbers
  dasha.blackbox.twilio_phone_numbers:
    provider_id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    phone_number_sids: "{{ account.available_numbers | map(attribute='phone_number_sid') | list }}"
  when: account.mapped
"""

RETURN = r"""
available_numbers:
  description: The phone numbers of the account, sorted by phone number. Empty if RV(mapped) is
    V(false).
  returned: success
  type: list
  elements: dict
  contains:
    phone_number:
      description: The phone number.
      returned: always
      type: str
      sample: "+15005550003"
    phone_number_sid:
      description: The SID of the phone number in the Twilio account.
      returned: always
      type: str
      sample: PN00000000000000000000000000000003
mapped:
  description: Whether the module recognized the phone number and the SID of each entry.
  returned: success
  type: bool
  sample: true
answer:
  description: The response body of the API, with redacted secrets.
  returned: success
  type: raw
  sample: [{"sid": "PN00000000000000000000000000000003", "phoneNumber": "+15005550003", "friendlyName": "Not imported"}]
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
        argument_spec={**options.argument_spec(), **select.foreign_argument_spec()},
        required_one_of=[select.FOREIGN_OPTIONS],
        mutually_exclusive=[select.FOREIGN_OPTIONS],
        supports_check_mode=True,
    )
    task.run_look_up(module, numbers.look_up_available)


if __name__ == "__main__":
    main()
