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
  - The dasha.blackbox contributors (@dasha-blackbox)
description:
  - Verifies a Twilio provider. BlackBox checks the Twilio credentials, the SIP trunk, the
    credential list, and the phone numbers. Problems are not repaired.
  - BlackBox stores the result in the provider. It also verifies each provider every hour.
extends_documentation_fragment:
  - dasha.blackbox.api
  - dasha.blackbox.attributes
attributes:
  check_mode:
    support: partial
    details:
      - A verification changes the stored result, so the provider is not verified in check mode. The
        module returns the result of the last verification and applies O(fail_on) to it.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - Each run verifies the provider. The module reports a change only if the status differs from
        the previous one.
options:
  id:
    description:
      - The ID of the provider. This is a UUID and is not case-sensitive.
      - Exactly one of O(id), O(account_sid), and O(name) is required. The task fails if no provider
        or several providers match.
    type: str
    aliases: [provider_id]
  account_sid:
    description:
      - The SID of the Twilio account. It consists of V(AC) and 32 hexadecimal digits and is not
        case-sensitive.
      - Selecting by O(account_sid) or O(name) reads all providers of the organization. Use O(id) in
        loops and for many hosts.
    type: str
  name:
    description:
      - The exact display name of the provider.
    type: str
  fail_on:
    description:
      - The verification statuses that fail the task.
      - With V(failed), the task fails if the status is C(failed). With V(warning), it fails if the
        status is C(warning) or C(failed). With V(never), the status does not fail the task.
      - The status C(warning) indicates a problem that is not critical, for example a phone number
        that is detached from the SIP trunk.
    type: str
    choices: [failed, warning, never]
    default: failed
  wait:
    description:
      - Whether to repeat the verification while the status is C(pending) or fails the task
        according to O(fail_on).
      - If this is still the case after O(wait_timeout), the task fails, and the message names the
        failed checks. With O(fail_on=never), the task does not fail.
      - Ignored in check mode.
    type: bool
    default: false
  wait_timeout:
    description:
      - The maximum time to wait in seconds. A verification in progress is completed.
      - Only used with O(wait=true).
    type: float
    default: 600
  wait_interval:
    description:
      - The number of seconds between two verifications.
      - Only used with O(wait=true).
    type: float
    default: 30
notes:
  - Each attempt to verify the provider has a timeout of at least 120 seconds, even if
    O(api_timeout) is shorter.
seealso:
  - module: dasha.blackbox.twilio_provider
"""

EXAMPLES = r"""
- name: Verify a provider and fail if the verification fails
  dasha.blackbox.twilio_provider_verify:
    id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11

- name: Wait until a new provider is verified
  dasha.blackbox.twilio_provider_verify:
    account_sid: AC00000000000000000000000000000001
    fail_on: warning
    wait: true
"""

RETURN = r"""
verification:
  description:
    - The result of the verification. Also returned if the task failed because of this result.
    - In check mode, the result of the last verification.
  returned: when a result is available
  type: dict
  contains:
    # BEGIN generated: verification
    status:
      description:
        - The status of the verification. Possible values are V(pending), V(verified), V(warning),
          and V(failed).
        - Null in check mode if the API returns no status.
      returned: always
      type: str
      sample: verified
    checks:
      description: The checks of the verification. Empty if there were none.
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
    last_verified_at:
      description: The time of the verification. Null if the provider was never verified.
      returned: always
      type: str
      sample: '2026-01-31T12:00:00Z'
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
from ..module_utils._provider import select, verify


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **options.argument_spec(),
            **select.argument_spec(),
            "fail_on": {"type": "str", "choices": list(verify.FAIL_ON), "default": "failed"},
            "wait": {"type": "bool", "default": False},
            "wait_timeout": {"type": "float", "default": 600.0},
            "wait_interval": {"type": "float", "default": 30.0},
        },
        required_one_of=[select.OPTIONS],
        mutually_exclusive=[select.OPTIONS],
        supports_check_mode=True,
    )
    task.run_plan(module, verify.plan)


if __name__ == "__main__":
    main()
