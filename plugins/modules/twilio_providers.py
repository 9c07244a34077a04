#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: twilio_providers
short_description: Manage many Twilio providers of Dasha BlackBox in one task
version_added: 1.0.0
author:
  - The dasha.blackbox contributors (@dasha-blackbox)
description:
  - Updates many existing Twilio providers, each in the same way as
    M(dasha.blackbox.twilio_provider). The module reads the providers, compares them with the given
    settings, and then updates those that differ. It sends several requests concurrently.
  - This module is faster than a loop over M(dasha.blackbox.twilio_provider), especially if Ansible
    starts another Python process for each item of the loop.
  - If one provider fails, the module continues with the others. The task fails at the end and lists
    the providers that failed. Run the task again to retry them.
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
  providers:
    description:
      - The desired settings of each provider. All providers must exist. This module does not create
        providers.
      - Each provider must be listed only once.
      - If all entries have an O(providers[].id), only these providers are read. Otherwise, all
        providers of the organization are read once.
    type: list
    elements: dict
    required: true
    suboptions:
      id:
        description:
          - The ID of the provider. This is a UUID and is not case-sensitive.
          - At least one of O(providers[].id), O(providers[].account_sid), and O(providers[].name)
            is required. If several are given, the first of them in this order selects the provider.
        type: str
        aliases: [provider_id]
      account_sid:
        description:
          - The SID of the Twilio account. It consists of V(AC) and 32 hexadecimal digits and is not
            case-sensitive.
          - Selects the provider if O(providers[].id) is not given. If O(providers[].id) is given,
            this must be the SID of that provider.
        type: str
      name:
        description:
          - The display name of the provider, at most 100 characters.
          - If neither O(providers[].id) nor O(providers[].account_sid) is given, the provider with
            exactly this name is selected.
        type: str
      region:
        description:
          - The Twilio region of the provider. The region is not case-sensitive.
        type: str
      supports_call_transfer:
        description:
          - Whether to allow call transfers.
        type: bool
  concurrency:
    description:
      - The maximum number of concurrent requests, from 1 to 64. If the API responds with the status
        code 429, the module sends all requests more slowly.
    type: int
    default: 8
  return_unchanged:
    description:
      - Whether to also return RV(providers[].provider) for unchanged providers. With thousands of
        providers, this needs a lot of memory.
    type: bool
    default: false
notes:
  - Settings that are not given are not changed. String options must not be empty or blank. Use
    V(default(omit, true\)) for templates that can be empty.
seealso:
  - module: dasha.blackbox.twilio_provider
"""

EXAMPLES = r"""
- name: Set the name and region of a provider and allow call transfers
  dasha.blackbox.twilio_providers:
    providers:
      - id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
        name: Support line
        region: ie1
        supports_call_transfer: true

- name: Get all providers
  dasha.blackbox.twilio_provider_info:
  register: everything

- name: Allow call transfers for all providers
  dasha.blackbox.twilio_providers:
    providers: "{{ dict(ids | product([true])) | dict2items(key_name='id', value_name='supports_call_transfer') }}"
  vars:
    ids: "{{ everything.providers | map(attribute='id') }}"
"""

RETURN = r"""
providers:
  description: The result for each entry of O(providers), in the same order.
  returned: when the providers were read
  type: list
  elements: dict
  contains:
    id:
      description: The ID of the provider. Null if it was not read.
      returned: always
      type: str
      sample: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    name:
      description: The display name of the provider. Null if it has none or was not read.
      returned: always
      type: str
      sample: Support line
    changed:
      description: Whether the provider was changed. In check mode, whether it would be changed.
      returned: always
      type: bool
      sample: true
    changed_fields:
      description: The options whose values differed from the provider.
      returned: always
      type: list
      elements: str
      sample: [region]
    missing:
      description: V(true) if the provider does not exist. V(false) if it exists or if its
        existence is unknown.
      returned: always
      type: bool
      sample: false
    error:
      description: Details about the failure. Null if there was none.
      returned: always
      type: dict
      contains:
        msg:
          description: The error message.
          returned: always
          type: str
          sample: "GET /api/v1/providers/twilio/3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11: 404 Not Found: No such provider."
        # BEGIN generated: error_fields {returned: when a request failed}
        method:
          description: The HTTP method of the request.
          returned: when a request failed
          type: str
          sample: GET
        path:
          description: The path of the request.
          returned: when a request failed
          type: str
          sample: /api/v1/providers/twilio/3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
        status:
          description: The HTTP status code of the response. Null if there was no response.
          returned: when a request failed
          type: int
          sample: 404
        attempts:
          description: The number of times the request was sent. 0 if the request was not
            sent because earlier requests failed.
          returned: when a request failed
          type: int
          sample: 1
        problem:
          description: The JSON object in the body of the error response. Null if there was
            none.
          returned: when a request failed
          type: dict
          sample: {title: Not Found, status: 404, detail: There is no such provider.}
        retry_after:
          description: The number of seconds to wait before a retry, as requested by the API.
            Null if the API did not request a wait.
          returned: when a request failed
          type: float
          sample: 30
        # END generated
    provider:
      description: The provider after the task, or before it if there was an error. In check mode,
        the predicted provider.
      returned: when the provider was changed, when it was read before an error, or when O(return_unchanged) is true
      type: dict
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
          description: The checks of the last verification. Null if the provider was never
            verified.
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
              description: Further details about the check. The keys are not converted to
                snake_case.
              returned: always
              type: dict
              sample: {}
        # END generated
summary:
  description: The number of providers by result.
  returned: when the providers were read
  type: dict
  contains:
    total:
      description: The number of entries in O(providers).
      returned: always
      type: int
      sample: 1000
    changed:
      description: The number of changed providers. In check mode, the number of providers that
        would be changed.
      returned: always
      type: int
      sample: 10
    failed:
      description: The number of failed providers.
      returned: always
      type: int
      sample: 0
diff:
  description: One entry for each changed provider with the given options before and after the task.
  returned: in diff mode
  type: list
  elements: dict
  contains:
    # BEGIN generated: diff_headers {sample: twilio_provider 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11}
    before_header:
      description: The header of the state before the task. It identifies the object.
      returned: always
      type: str
      sample: twilio_provider 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    after_header:
      description: The header of the state after the task. It identifies the object.
      returned: always
      type: str
      sample: twilio_provider 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    # END generated
    # BEGIN generated: provider_diff
    before:
      description: The values of the given options before the task, as JSON text.
      returned: always
      type: str
      sample: '{"region": "us1"}'
    after:
      description: The values of the given options after the task, as JSON text. In check
        mode, the values that would be set.
      returned: always
      type: str
      sample: '{"region": "ie1"}'
    # END generated
# BEGIN generated: request_retries
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
# END generated
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._ansible import options, task
from ..module_utils._http.parallel import DEFAULT_CONCURRENCY
from ..module_utils._provider import bulk, select, update


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **options.argument_spec(),
            "providers": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {**select.argument_spec(), **update.argument_spec()},
                "required_one_of": [select.OPTIONS],
            },
            "concurrency": {"type": "int", "default": DEFAULT_CONCURRENCY},
            "return_unchanged": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    task.run_plan(module, bulk.plan)


if __name__ == "__main__":
    main()
