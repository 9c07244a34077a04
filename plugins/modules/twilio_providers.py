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
  - The dasha.blackbox contributors (!UNKNOWN)
description:
  - Does for many providers what M(dasha.blackbox.twilio_provider) does for one that is there. It reads all, compares all, and then updates those that differ,
    many at a time over a few connections.
  - A task of its own for each provider costs a third of a second before it does anything. This module takes a few milliseconds for each.
  - The failure of one provider does not stop the others. The task fails at the end and names each that failed; a second run does what is left.
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
      - The providers as they should be. Each has to be there; none is created.
      - No two entries may select by the same value, and no two may be the same provider.
      - When each entry has an O(providers[].id), each of these providers is read, and no other. Otherwise all providers of the organization are read, once.
    type: list
    elements: dict
    required: true
    suboptions:
      id:
        description:
          - The id of the provider, a UUID, in any case.
          - One of O(providers[].id), O(providers[].account_sid) and O(providers[].name) is required. The first of them that is given selects the provider.
        type: str
        aliases: [provider_id]
      account_sid:
        description:
          - The SID of the Twilio account, V(AC) and 32 hexadecimal digits, in any case.
          - Selects the provider when O(providers[].id) is not given. Beside O(providers[].id) it has to be the account of that provider.
        type: str
      name:
        description:
          - The name that the provider should have, of at most 100 characters.
          - Without O(providers[].id) and O(providers[].account_sid) it selects the provider that has exactly this name.
        type: str
      region:
        description:
          - The Twilio region that the provider should use. A region that differs in case only counts as the same.
        type: str
      supports_call_transfer:
        description:
          - Whether calls can be transferred.
        type: bool
  concurrency:
    description:
      - How many requests may be under way at a time, from 1 to 64. When the service says that there are too many, all wait, and then fewer are sent at a time.
    type: int
    default: 8
  return_unchanged:
    description:
      - Also return RV(providers[].provider) of the providers that were not changed. With thousands of providers this takes Ansible much memory.
    type: bool
    default: false
notes:
  - An option that is not given is not managed. Options that take a text cannot be empty or blank. Use V(default(omit, true\)) where a template may have nothing
    to give.
seealso:
  - module: dasha.blackbox.twilio_provider
"""

EXAMPLES = r"""
- name: The providers are as they should be
  dasha.blackbox.twilio_providers:
    providers:
      - id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
        name: Support line
        region: ie1
        supports_call_transfer: true

- name: Look up all providers
  dasha.blackbox.twilio_provider_info:
  register: everything

- name: Calls can be transferred at all of them
  dasha.blackbox.twilio_providers:
    providers: "{{ dict(everything.providers | map(attribute='id') | product([true])) | dict2items(key_name='id', value_name='supports_call_transfer') }}"
"""

RETURN = r"""
providers:
  description: What became of each entry of O(providers), in their order.
  returned: when the providers were read
  type: list
  elements: dict
  contains:
    id:
      description: The id of the provider; null when it was not found.
      type: str
      returned: always
      sample: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    name:
      description: Its name; null when it has none or was not found.
      type: str
      returned: always
      sample: Support line
    changed:
      description: Whether it was changed, in check mode whether it would be.
      type: bool
      returned: always
      sample: true
    changed_fields:
      description: The options that differed from the provider.
      type: list
      elements: str
      returned: always
      sample: [region]
    error:
      description: Why it failed; null when it did not.
      type: dict
      returned: always
      contains:
        msg:
          description: The message.
          type: str
          returned: always
          sample: "PUT /api/v1/providers/twilio/3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11: 422 Unprocessable Entity: Region 'mars1' is not one of us1, us2."
        method:
          description: The HTTP method of the request that failed.
          type: str
          returned: when a request failed
          sample: PUT
        path:
          description: Its path.
          type: str
          returned: when a request failed
          sample: /api/v1/providers/twilio/3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
        status:
          description: The HTTP status of the answer; null when there was no answer.
          type: int
          returned: when a request failed
          sample: 422
        attempts:
          description: How often the request was sent.
          type: int
          returned: when a request failed
          sample: 1
        problem:
          description: The JSON object in the body of a refusal; null when there was none.
          type: dict
          returned: when a request failed
          sample: {"title": "Unprocessable Entity", "status": 422, "detail": "Region 'mars1' is not one of us1, us2"}
        retry_after:
          description: After how many seconds the service wants to be asked again; null when it did not say.
          type: float
          returned: when a request failed
          sample: 30
    provider:
      description: The provider as it is after the task, in check mode as it would be.
      type: dict
      returned: when it was changed or failed after it was read, or O(return_unchanged) is true
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
summary:
  description: How many there were.
  returned: when the providers were read
  type: dict
  contains:
    total:
      description: How many entries.
      type: int
      returned: always
      sample: 1000
    changed:
      description: How many of them were changed, in check mode how many would be.
      type: int
      returned: always
      sample: 10
    failed:
      description: How many of them failed.
      type: int
      returned: always
      sample: 0
diff:
  description: One entry for each provider that was changed, with the given options before and after.
  returned: in diff mode
  type: list
  elements: dict
  contains:
    before_header:
      description: Which provider it is.
      type: str
      returned: always
      sample: twilio_provider 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    after_header:
      description: Which provider it is.
      type: str
      returned: always
      sample: twilio_provider 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    before:
      description: The given options as the provider had them.
      type: dict
      returned: always
      sample: {"region": "us1"}
    after:
      description: The given options as the provider has them now, or would have them.
      type: dict
      returned: always
      sample: {"region": "ie1"}
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
