#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: twilio_provider_info
short_description: Look up a Twilio provider of Dasha BlackBox
version_added: 1.0.0
author:
  - The dasha.blackbox contributors (!UNKNOWN)
description:
  - Reads a Twilio provider and returns its fields.
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
    type: str
    required: true
    aliases: [provider_id]
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
"""

RETURN = r"""
providers:
  description:
    - The providers that match, one or none.
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


def look_up(client: Client, parameters: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    provider = _providers.find_provider(client, _arguments.uuid("id", parameters["id"]))
    return {"changed": False, "providers": [] if provider is None else [_providers.as_result(provider)]}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **_arguments.api_argument_spec(),
            "id": {"type": "str", "required": True, "aliases": ["provider_id"]},
        },
        supports_check_mode=True,
    )
    _module.run(module, lambda client: look_up(client, module.params))


if __name__ == "__main__":
    main()
