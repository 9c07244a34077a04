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
  - A Twilio provider is an organisation's Twilio account in Dasha BlackBox, with the SIP trunk that BlackBox made in it.
  - This module reads the provider, compares the options that are given with it, and sends one update with only those that differ.
    When none differs it sends nothing but the one read.
  - After an update it makes sure that the service stored what was asked for.
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
  id:
    description:
      - The id of the provider, a UUID, in any case.
      - A provider that is not found is an error. It is never created.
    type: str
    required: true
    aliases: [provider_id]
  name:
    description:
      - The name that the provider should have, of at most 100 characters.
    type: str
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
notes:
  - An option that is not given is not managed. The options O(name) and O(region) cannot be empty or blank, and clearing them is not offered.
    Use V(default(omit, true\)) where a template may have nothing to give.
  - Verification status, counts and times change by themselves and never cause a change.
seealso:
  - module: dasha.blackbox.twilio_provider_info
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
"""

RETURN = r"""
provider:
  description:
    - The provider as it is after the task. In check mode the provider as it was read, with the changes that a run would make.
    - Each field is always there, null where the API left it out. Other fields are passed on as the API sends them, their names in snake_case.
  returned: success
  type: dict
  contains:
    id:
      description: The id of the provider.
      type: str
      returned: always
      sample: 3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d11
    name:
      description: The display name; it may be null.
      type: str
      returned: always
      sample: Support line
    provider_type:
      description: The type of the provider.
      type: str
      returned: always
      sample: twilio
    account_sid:
      description: The SID of the Twilio account.
      type: str
      returned: always
      sample: AC0123456789abcdef0123456789abcdef
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
  description: The options that differed from the provider, in the order of the fields of RV(provider).
  returned: success
  type: list
  elements: str
  sample: [name, supports_call_transfer]
diff:
  description: The given options before and after the task.
  returned: in diff mode
  type: dict
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

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils import _arguments, _module, _providers
from ..module_utils._client import Client


def update(client: Client, parameters: t.Mapping[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    provider_id = _arguments.uuid("id", parameters["id"])
    desired = _providers.desired_values(parameters)
    plan = _providers.Plan(_providers.read_provider(client, provider_id), desired)
    provider = plan.predicted
    if plan.changes and not check_mode:
        provider = _providers.apply_update(client, plan)
    return {
        "changed": bool(plan.changes),
        "provider": _providers.as_result(provider),
        "changed_fields": plan.changed_fields,
        "diff": plan.diff,
    }


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **_arguments.api_argument_spec(),
            "id": {"type": "str", "required": True, "aliases": ["provider_id"]},
            **_providers.update_argument_spec(),
        },
        supports_check_mode=True,
    )
    _module.run(module, lambda client: update(client, module.params, module.check_mode))


if __name__ == "__main__":
    main()
