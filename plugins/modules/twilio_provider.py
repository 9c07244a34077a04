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
  - The dasha.blackbox contributors (!UNKNOWN)
description:
  - A Twilio provider is an organization's Twilio account in Dasha BlackBox, with the SIP trunk that BlackBox made in it.
  - This module reads the provider, compares the options that are given with it, and sends one update with only those that differ.
    When none differs it writes nothing.
  - It creates a provider that is not there, once, and deletes one that no phone number hangs on.
  - After a write it makes sure that the service stored what was asked for.
extends_documentation_fragment:
  - dasha.blackbox.api
  - dasha.blackbox.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - An Auth Token is never shown, so a task that replaces nothing but the token has a diff without differences.
  idempotent:
    support: partial
    details:
      - With O(update_auth_token=always) each run sends the token and reports a change, because it cannot be read back.
options:
  state:
    description:
      - With V(present) the provider is there and has what the options say.
      - With V(absent) it is not there. Deleting a provider also deletes the numbers that are imported through it, the SIP credentials that it made,
        and its trunk in the Twilio account.
      - Of the other options, those that do not say which provider it is are not used with V(absent), except for O(force).
    type: str
    choices: [present, absent]
    default: present
  id:
    description:
      - The id of the provider, a UUID, in any case.
      - With O(state=present) a provider that is not found by its id is an error. It is never created.
      - One of O(id), O(account_sid) and O(name) is required. The first of them that is given selects the provider.
    type: str
    aliases: [provider_id]
  account_sid:
    description:
      - The SID of the Twilio account, V(AC) and 32 hexadecimal digits, in any case.
      - Selects the provider when O(id) is not given; it is an error when several providers have it. When none has it, the provider is created,
        provided that O(auth_token) is given.
      - Beside O(id) it has to be the account of that provider. The account of a provider cannot be changed.
      - Selecting by O(account_sid) or O(name) reads all providers of the organization. Use O(id) in loops and over many hosts.
    type: str
  name:
    description:
      - The name that the provider should have, of at most 100 characters.
      - Without O(id) and O(account_sid) it selects the provider that has exactly this name; it is an error when several have it. A name alone never creates
        a provider.
      - With O(state=absent) beside O(id) or O(account_sid), the provider is deleted only if it has this name.
    type: str
  auth_token:
    description:
      - The Auth Token of the Twilio account, 32 hexadecimal digits in lower case. Needed to create a provider.
      - What O(update_auth_token) says of a provider that is there.
    type: str
  update_auth_token:
    description:
      - The service never tells the token that it has stored, so it cannot be compared.
      - With V(on_create) O(auth_token) is used only to create the provider.
      - With V(always) it is sent to a provider that is there, too, each time, before anything else is changed. The service tries it with Twilio; one that
        Twilio does not accept fails the task and changes nothing. Needs O(auth_token).
    type: str
    choices: [on_create, always]
    default: on_create
  region:
    description:
      - The Twilio region that the provider should use. The vendor names V(us1), V(us2), V(ie1), V(de1), V(au1), V(jp1), V(br1) and V(sg1) as common;
        the list is not closed, so any text is accepted.
      - A region that differs in case only counts as the same.
      - What a change of region does to the SIP trunk and to calls is not documented by the vendor.
    type: str
  supports_call_transfer:
    description:
      - Whether calls can be transferred, warm or cold. The Twilio account needs the matching configuration and rights.
    type: bool
  force:
    description:
      - With O(state=absent), delete the provider although numbers are imported through it. The agents that use these numbers are cut off.
      - Without it such a provider is not deleted, and the message names its numbers and the agents that use them.
    type: bool
    default: false
notes:
  - An option that is not given is not managed. Options that take a text cannot be empty or blank, and clearing a value is not offered.
    Use V(default(omit, true\)) where a template may have nothing to give.
  - Verification status, counts and times change by themselves and never cause a change.
  - The service does not offer what it takes to rule out that two tasks create the same provider at the same time. The module looks before it creates, and again
    afterwards; when there are two then, the task fails and names both. None is deleted.
seealso:
  - module: dasha.blackbox.twilio_provider_info
  - module: dasha.blackbox.twilio_provider_verify
"""

EXAMPLES = r"""
- name: Name the provider and let its calls be transferred
  dasha.blackbox.twilio_provider:
    id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    name: Support line
    supports_call_transfer: true

- name: Show what moving the provider to Ireland would change, and change nothing
  dasha.blackbox.twilio_provider:
    id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    region: ie1
  check_mode: true
  diff: true

- name: Set the region only where the inventory names one
  dasha.blackbox.twilio_provider:
    id: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    region: "{{ blackbox_region | default(omit, true) }}"

- name: There is a provider for the Twilio account, created if need be
  dasha.blackbox.twilio_provider:
    account_sid: AC00000000000000000000000000000002
    auth_token: "{{ vault_twilio_auth_token }}"
    name: Sales line
    region: us1
  register: sales

- name: Use what only the service can know, once it is known
  ansible.builtin.debug:
    msg: "Calls go to {{ sales.provider.termination_uri }}"
  when: sales.provider.id is defined # not in a first run in check mode

- name: Replace the Auth Token that the service has stored
  dasha.blackbox.twilio_provider:
    id: "{{ sales.provider.id }}"
    auth_token: "{{ vault_twilio_auth_token }}"
    update_auth_token: always
  when: sales.provider.id is defined

- name: There is no provider for the account
  dasha.blackbox.twilio_provider:
    account_sid: AC00000000000000000000000000000002
    state: absent
"""

RETURN = r"""
provider:
  description:
    - The provider as it is after the task; empty when it is not there. In check mode the provider as it was read, with the changes that a run would make.
    - Each field is there, null where the API left it out. Other fields are passed on as the API sends them, their names in snake_case.
    - In check mode a provider that would be created has only the fields that are known by then. Guard later tasks by a condition such as
      C(created.provider.id is defined).
  returned: success
  type: dict
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
changed_fields:
  description:
    - The options that differed from the provider, in the order of the options here, and O(auth_token) when it was sent to a provider that was there.
    - All options that were sent for a provider that is created; none for one that is deleted.
  returned: success
  type: list
  elements: str
  sample: [name, supports_call_transfer]
diff:
  description: The given options before and after the task, without the Auth Token. Of a provider that is deleted, what an option can say of it.
  returned: in diff mode
  type: dict
  contains:
    before_header:
      description: Which provider it is, by its id, or by its account when it is created.
      type: str
      returned: when there is a provider or will be one
      sample: twilio_provider 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    after_header:
      description: Which provider it is, by its id, or by its account when it is created.
      type: str
      returned: when there is a provider or will be one
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
