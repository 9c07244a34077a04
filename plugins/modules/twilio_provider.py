#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: twilio_provider
short_description: Manage a Twilio provider of Dasha BlackBox
version_added: 1.0.0
author:
  - The dasha.blackbox contributors (@dasha-blackbox)
description:
  - Creates, updates, and deletes Twilio providers. A Twilio provider connects a Twilio account to
    Dasha BlackBox through a SIP trunk, which BlackBox creates in this account.
  - The module reads the provider, compares it with the given options, and sends one update with
    only the options that differ. It writes nothing if no option differs.
  - After each write, the module checks that BlackBox has stored the requested values.
extends_documentation_fragment:
  - dasha.blackbox.api
  - dasha.blackbox.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - The Auth Token is never shown. If the task sends a token to an existing provider, the diff
        shows a masked value before and after.
  idempotent:
    support: partial
    details:
      - The Auth Token cannot be read back. With O(update_auth_token=always), each run sends it and
        reports a change.
options:
  state:
    description:
      - V(present) ensures that the provider exists with the given settings.
      - V(absent) ensures that the provider does not exist. Deleting a provider also deletes its SIP
        trunk in the Twilio account, its SIP credentials, and the records of its phone numbers.
      - With V(absent), only O(force) and the options that identify the provider are used.
    type: str
    choices: [present, absent]
    default: present
  id:
    description:
      - The ID of the provider. This is a UUID and is not case-sensitive.
      - With O(state=present), the task fails if no provider has this ID. No provider is created.
      - At least one of O(id), O(account_sid), and O(name) is required. If several are given, the
        first of them in this order selects the provider.
    type: str
    aliases: [provider_id]
  account_sid:
    description:
      - The SID of the Twilio account. It consists of V(AC) and 32 hexadecimal digits and is not
        case-sensitive.
      - Selects the provider if O(id) is not given. The task fails if several providers have this
        SID.
      - With O(state=present), a provider is created if none has this SID. This requires
        O(auth_token).
      - If O(id) is given, this must be the SID of that provider. The Twilio account of a provider
        cannot be changed.
      - Selecting by O(account_sid) or O(name) reads all providers of the organization. Use O(id) in
        loops and for many hosts.
    type: str
  name:
    description:
      - The display name of the provider, at most 100 characters.
      - If neither O(id) nor O(account_sid) is given, the provider with exactly this name is
        selected. The task fails if several providers have this name. A provider is never created if
        only O(name) is given.
      - With O(state=absent), a provider that is selected by O(id) or O(account_sid) is deleted only
        if it has this name. Otherwise, the task fails.
    type: str
  auth_token:
    description:
      - The Auth Token of the Twilio account, 32 lowercase hexadecimal digits.
      - Required to create a provider. For an existing provider, see O(update_auth_token).
    type: str
  update_auth_token:
    description:
      - When to send O(auth_token). The API never returns the stored token, so it cannot be
        compared.
      - With V(on_create), the token is used only to create the provider.
      - With V(always), the token is also sent to an existing provider, on each run and before any
        other change. BlackBox tests it with Twilio. If Twilio rejects it, the task fails and
        nothing is changed. Requires O(auth_token).
    type: str
    choices: [on_create, always]
    default: on_create
  region:
    description:
      - The Twilio region of the provider. The common values are V(us1), V(us2), V(ie1), V(de1),
        V(au1), V(jp1), V(br1), and V(sg1). Other values cause a warning.
      - The region is not case-sensitive.
      - The vendor does not document how a new region affects the SIP trunk and calls.
    type: str
  supports_call_transfer:
    description:
      - Whether to allow warm and cold transfers of calls. The Twilio account must have the
        necessary configuration and permissions.
    type: bool
  force:
    description:
      - Whether to delete the provider even if phone numbers are imported through it. Agents can
        then no longer use these numbers.
      - If V(false), the task fails in this case, and the message lists the phone numbers and their
        agents.
      - Only used with O(state=absent).
    type: bool
    default: false
notes:
  - Settings that are not given are not changed. Clearing a setting is not supported. String options
    must not be empty or blank. Use V(default(omit, true\)) for templates that can be empty.
  - The verification status, counts, and times are not compared, so they never cause a change.
  - Two concurrent tasks may create the same provider twice. The module looks for the provider before
    and after it creates one. If two providers exist afterwards, the task fails and lists both.
    Neither is deleted.
seealso:
  - module: dasha.blackbox.twilio_provider_info
  - module: dasha.blackbox.twilio_provider_verify
"""

EXAMPLES = r"""
- name: Set the name of a provider and allow call transfers
  dasha.blackbox.twilio_provider:
    id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    name: Support line
    supports_call_transfer: true

- name: Preview a change of the region
  dasha.blackbox.twilio_provider:
    id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    region: ie1
  check_mode: true
  diff: true

- name: Set the region if the inventory defines one
  dasha.blackbox.twilio_provider:
    id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    region: "{{ blackbox_region | default(omit, true) }}"

- name: Create a provider for a Twilio account
  dasha.blackbox.twilio_provider:
    account_sid: AC00000000000000000000000000000002
    auth_token: "{{ vault_twilio_auth_token }}"
    name: Sales line
    region: us1
  register: sales

- name: Show the termination URI
  ansible.builtin.debug:
    msg: "Calls go to {{ sales.provider.termination_uri }}"
  when: sales.provider.id is defined # check mode cannot predict the ID

- name: Replace the stored Auth Token
  dasha.blackbox.twilio_provider:
    id: "{{ sales.provider.id }}"
    auth_token: "{{ vault_twilio_auth_token }}"
    update_auth_token: always
  when: sales.provider.id is defined

- name: Delete the provider of a Twilio account
  dasha.blackbox.twilio_provider:
    account_sid: AC00000000000000000000000000000002
    state: absent
"""

RETURN = r"""
provider:
  description:
    - The provider after the task. Empty if it does not exist. In check mode, the predicted
      provider.
    - All listed fields are returned. A field is null if the API does not return it. Other fields
      are returned as received, with their names in snake_case.
    - In check mode, a provider that would be created lacks the fields that only the API can assign.
      Use a condition such as C(created.provider.id is defined) for tasks that need them.
  returned: success
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
changed_fields:
  description:
    - The options whose values differed from the provider. Includes O(auth_token) if it was sent to
      an existing provider.
    - For a created provider, all options that were sent. Empty for a deleted provider.
  returned: success
  type: list
  elements: str
  sample: [name, supports_call_transfer]
diff:
  description:
    - The values of the given options before and after the task.
    - The Auth Token is included only if it is sent to an existing provider, and only with masked
      values.
    - For a deleted provider, its ID and settings.
  returned: in diff mode
  type: dict
  contains:
    # BEGIN generated: provider_diff_headers {returned: when the provider exists or is created}
    before_header:
      description: The header of the diff. It contains the ID of the provider, or the SID
        of the Twilio account if the provider is created.
      returned: when the provider exists or is created
      type: str
      sample: twilio_provider 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    after_header:
      description: The header of the diff. It contains the ID of the provider, or the SID
        of the Twilio account if the provider is created.
      returned: when the provider exists or is created
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
from ..module_utils._provider import manage, select, update


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **options.argument_spec(),
            **select.argument_spec(),
            **update.argument_spec(),
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "auth_token": {"type": "str", "no_log": True},
            "update_auth_token": {
                "type": "str",
                "choices": ["on_create", "always"],
                "default": "on_create",
                "no_log": False,
            },
            "force": {"type": "bool", "default": False},
        },
        required_one_of=[select.OPTIONS],
        required_if=[("update_auth_token", "always", ["auth_token"])],
        supports_check_mode=True,
    )
    task.run_plan(module, manage.plan)


if __name__ == "__main__":
    main()
