#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: twilio_provider_info
short_description: Look up Twilio providers of Dasha BlackBox
version_added: 1.0.0
author:
  - The dasha.blackbox contributors (@dasha-blackbox)
description:
  - Returns the Twilio providers that match the given option, or all Twilio providers of the
    organization.
extends_documentation_fragment:
  - dasha.blackbox.api
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.info_module
options:
  id:
    description:
      - The ID of the provider. This is a UUID and is not case-sensitive.
      - If no provider has this ID, RV(providers) is empty and the task succeeds. If a response with
        the status code 404 does not come from the API, for example because O(api_url) is wrong, the
        task fails.
      - The options O(id), O(account_sid), and O(name) are mutually exclusive. If none of them is
        given, all Twilio providers of the organization are returned.
    type: str
    aliases: [provider_id]
  account_sid:
    description:
      - The SID of the Twilio account. It consists of V(AC) and 32 hexadecimal digits and is not
        case-sensitive.
      - All providers with this SID are returned.
    type: str
  name:
    description:
      - The exact display name of the provider. All providers with this name are returned.
    type: str
notes:
  - The API has no documented list of providers. Without O(id), the module gets the IDs of the
    providers from the list of SIP credentials and then reads each provider. This takes one request
    for each provider and one for each 1000 SIP credentials. Use O(id) in loops and for many hosts.
  - If the list is incomplete or inconsistent, the module reads it again. If this does not help, the
    task fails.
seealso:
  - module: dasha.blackbox.twilio_provider
"""

EXAMPLES = r"""
- name: Get a provider
  dasha.blackbox.twilio_provider_info:
    id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
  register: blackbox

- name: Fail if the provider does not exist or is not verified
  ansible.builtin.assert:
    that:
      - blackbox.providers | length == 1
      - blackbox.providers[0].verification_status == "verified"

- name: Get the providers of a Twilio account
  dasha.blackbox.twilio_provider_info:
    account_sid: AC00000000000000000000000000000001
  register: of_account

- name: Get all providers
  dasha.blackbox.twilio_provider_info:
  register: all

- name: Show the provider IDs by name
  ansible.builtin.debug:
    msg: "{{ dict(all.providers | map(attribute='name') | zip(all.providers | map(attribute='id'))) }}"
"""

RETURN = r"""
providers:
  description:
    - The matching providers, sorted by name and ID. Empty if no provider matches.
    - All listed fields are returned. A field is null if the API does not return it. Other fields
      are returned as received, with their names in snake_case.
  returned: success
  type: list
  elements: dict
  contains:
    # BEGIN generated: provider
    id:
      description: The ID of the provider.
      returned: always
      type: str
      sample: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    account_sid:
      description: The SID of the Twilio account.
      returned: always
      type: str
      sample: AC0123456789abcdef0123456789abcdef
    name:
      description: The display name of the provider. Null if it has none.
      returned: always
      type: str
      sample: Support line
    region:
      description: The Twilio region of the provider.
      returned: always
      type: str
      sample: us1
    supports_call_transfer:
      description: Whether calls can be transferred.
      returned: always
      type: bool
      sample: true
    provider_type:
      description: The type of the provider.
      returned: always
      type: str
      sample: twilio
    trunk_sid:
      description: The SID of the SIP trunk that BlackBox created in the Twilio account.
      returned: always
      type: str
      sample: TK0123456789abcdef0123456789abcdef
    termination_uri:
      description: The SIP termination URI of the trunk.
      returned: always
      type: str
      sample: support-line.pstn.twilio.com
    phone_number_count:
      description: The number of phone numbers that are imported through the provider.
      returned: always
      type: int
      sample: 2
    verification_status:
      description:
        - The status of the last verification. Possible values are V(pending), V(verified),
          V(warning), and V(failed).
        - BlackBox verifies each provider every hour.
      returned: always
      type: str
      sample: verified
    last_verified_at:
      description: The time of the last verification. Null if the provider was never verified.
      returned: always
      type: str
      sample: '2026-01-31T12:00:00Z'
    verification_details:
      description: The checks of the last verification. Null if the provider was never verified.
      returned: always
      type: list
      elements: dict
      contains:
        check_name:
          description: The name of the check.
          returned: always
          type: str
          sample: Credentials
        status:
          description: The status of the check.
          returned: always
          type: str
          sample: passed
        message:
          description: An explanation of the result.
          returned: always
          type: str
          sample: The credentials are valid.
        timestamp:
          description: The time of the check.
          returned: always
          type: str
          sample: '2026-01-31T12:00:00Z'
        details:
          description: Further details about the check. The keys are not converted to snake_case.
          returned: always
          type: dict
          sample: {}
    # END generated
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
from ..module_utils._provider import select


def main() -> None:
    module = AnsibleModule(
        argument_spec={**options.argument_spec(), **select.argument_spec()},
        mutually_exclusive=[select.OPTIONS],
        supports_check_mode=True,
    )
    task.run_look_up(module, select.look_up)


if __name__ == "__main__":
    main()
