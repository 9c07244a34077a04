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
  - The dasha.blackbox contributors (!UNKNOWN)
description:
  - Reads a Twilio provider, or all of them, and returns their fields.
extends_documentation_fragment:
  - dasha.blackbox.api
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.info_module
options:
  id:
    description:
      - The id of the provider, a UUID, in any case.
      - A provider that is not found is no error, RV(providers) is empty then. That holds only when it is the API that says so.
        A 404 from anything else, as with a wrong O(api_url), fails the task.
      - At most one of O(id), O(account_sid) and O(name) can be given. Without any, all Twilio providers of the organization are returned.
    type: str
    aliases: [provider_id]
  account_sid:
    description:
      - The SID of the Twilio account, V(AC) and 32 hexadecimal digits, in any case. All providers that have it are returned.
    type: str
  name:
    description:
      - The exact name. All providers that have it are returned.
    type: str
notes:
  - There is no documented list of providers. Without O(id) the module reads the list of SIP credentials, which names the providers, and then each of them.
    This costs a request for each provider, and one for each 1000 SIP credentials. Use O(id) in loops and over many hosts.
  - It returns what it found only if the list adds up and no provider can be missing from it. Otherwise it reads the list once more, and then fails.
seealso:
  - module: dasha.blackbox.twilio_provider
"""

EXAMPLES = r"""
- name: Look up a provider
  dasha.blackbox.twilio_provider_info:
    id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
  register: blackbox

- name: Stop when there is no such provider, or when it was not verified
  ansible.builtin.assert:
    that:
      - blackbox.providers | length == 1
      - blackbox.providers[0].verification_status == "verified"

- name: Look up the provider of a Twilio account
  dasha.blackbox.twilio_provider_info:
    account_sid: AC00000000000000000000000000000001
  register: of_account

- name: Look up all providers
  dasha.blackbox.twilio_provider_info:
  register: all

- name: Show their ids by name
  ansible.builtin.debug:
    msg: "{{ dict(all.providers | map(attribute='name') | zip(all.providers | map(attribute='id'))) }}"
"""

RETURN = r"""
providers:
  description:
    - The providers that match, by name, then by id. Empty when none matches.
    - Each field is always there, null where the API left it out. Other fields are passed on as the API sends them, their names in snake_case.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the provider.
      type: str
      returned: always
      sample: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    account_sid:
      description: The SID of the Twilio account.
      type: str
      returned: always
      sample: AC0123456789abcdef0123456789abcdef
    name:
      description: The display name; it may be null.
      type: str
      returned: always
      sample: Support line
    region:
      description: The Twilio region.
      type: str
      returned: always
      sample: us1
    supports_call_transfer:
      description: Whether calls can be transferred.
      type: bool
      returned: always
      sample: true
    provider_type:
      description: The type of the provider.
      type: str
      returned: always
      sample: twilio
    trunk_sid:
      description: The SID of the SIP trunk that BlackBox made in the Twilio account.
      type: str
      returned: always
      sample: TK0123456789abcdef0123456789abcdef
    termination_uri:
      description: The SIP termination URI of that trunk.
      type: str
      returned: always
      sample: support-line.pstn.twilio.com
    phone_number_count:
      description: How many phone numbers are imported through this provider.
      type: int
      returned: always
      sample: 2
    verification_status:
      description: The outcome of the last verification, V(pending), V(verified), V(warning) or V(failed). The service verifies every hour by itself.
      type: str
      returned: always
      sample: verified
    last_verified_at:
      description: When the provider was last verified; null when never.
      type: str
      returned: always
      sample: "2026-01-31T12:00:00Z"
    verification_details:
      description: The checks of the last verification; null when there was none.
      type: list
      elements: dict
      returned: always
      contains:
        check_name:
          description: What was checked.
          type: str
          returned: always
          sample: Credentials
        status:
          description: The outcome of this check.
          type: str
          returned: always
          sample: passed
        message:
          description: The outcome in words.
          type: str
          returned: always
          sample: The credentials are valid.
        timestamp:
          description: When it was checked.
          type: str
          returned: always
          sample: "2026-01-31T12:00:00Z"
        details:
          description: Whatever the service adds, with its own keys.
          type: dict
          returned: always
          sample: {}
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
