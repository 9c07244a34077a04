#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: twilio_provider_verify
short_description: Verify a Twilio provider of Dasha BlackBox
version_added: 1.0.0
author:
  - The dasha.blackbox contributors (!UNKNOWN)
description:
  - Lets the service verify a Twilio provider now. It checks the Twilio credentials, the SIP trunk, the credential list and the phone numbers,
    and repairs nothing.
  - The service stores the outcome with the provider. It also verifies each provider every hour by itself.
extends_documentation_fragment:
  - dasha.blackbox.api
  - dasha.blackbox.attributes
attributes:
  check_mode:
    support: partial
    details:
      - Verifying changes what the service has stored, so nothing is verified in check mode. The outcome of the last verification is returned
        instead, and O(fail_on) is applied to it.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - Each run verifies. It reports a change only when the status differs from the one before.
options:
  id:
    description:
      - The id of the provider, a UUID, in any case.
      - Exactly one of O(id), O(account_sid) and O(name) is required. A provider that is not found is an error, and so are several.
    type: str
    aliases: [provider_id]
  account_sid:
    description:
      - The SID of the Twilio account, V(AC) and 32 hexadecimal digits, in any case.
      - Selecting by O(account_sid) or O(name) reads all providers of the organization. Use O(id) in loops and over many hosts.
    type: str
  name:
    description:
      - The exact name of the provider.
    type: str
  fail_on:
    description:
      - Which outcome fails the task. With V(failed) that is C(failed), with V(warning) it is C(warning) and C(failed), with V(never) none is.
      - The service calls it a warning when something is wrong that is not critical, such as a phone number that is detached from the trunk.
    type: str
    choices: [failed, warning, never]
    default: failed
notes:
  - How long a verification takes is not documented. Each attempt gets at least 120 seconds, also where O(api_timeout) is shorter.
seealso:
  - module: dasha.blackbox.twilio_provider
"""

EXAMPLES = r"""
- name: Verify a provider, and fail when it does not work
  dasha.blackbox.twilio_provider_verify:
    id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11

- name: Wait until a new provider is verified
  dasha.blackbox.twilio_provider_verify:
    account_sid: AC00000000000000000000000000000001
    fail_on: never
  register: blackbox
  # An error of the API ends the wait; in check mode there is nothing to wait for.
  until: blackbox.verification is not defined or blackbox.verification.status == "verified" or ansible_check_mode
  retries: 10
  delay: 30
"""

RETURN = r"""
verification:
  description:
    - The outcome, also when the task failed because of it. In check mode the outcome of the last verification.
  returned: when there is an outcome
  type: dict
  contains:
    status:
      description:
        - V(pending), V(verified), V(warning) or V(failed). In check mode null where the service does not say.
      type: str
      returned: always
      sample: verified
    last_verified_at:
      description: When the provider was verified; null when never.
      type: str
      returned: always
      sample: "2026-01-31T12:00:00Z"
    checks:
      description: The checks; empty when there were none.
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
from ..module_utils._provider import select, verify


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **options.argument_spec(),
            **select.argument_spec(),
            "fail_on": {"type": "str", "choices": list(verify.FAIL_ON), "default": "failed"},
        },
        required_one_of=[select.OPTIONS],
        mutually_exclusive=[select.OPTIONS],
        supports_check_mode=True,
    )
    task.run_plan(module, verify.plan)


if __name__ == "__main__":
    main()
