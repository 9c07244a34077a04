#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: agent_info
short_description: Look up voice agents of Dasha BlackBox
version_added: 1.0.0
author:
  - The dasha.blackbox contributors (!UNKNOWN)
description:
  - Reads voice agents and returns who they are, so that a playbook can find the id of one by its name.
extends_documentation_fragment:
  - dasha.blackbox.api
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.info_module
options:
  id:
    description:
      - The id of the agent. One that is not found is no error, RV(agents) is empty then.
      - At most one of O(id) and O(name) can be given. Without both, all agents of the organization are returned.
    type: str
    aliases: [agent_id]
  name:
    description:
      - The exact name. All agents that have it are returned.
    type: str
seealso:
  - module: dasha.blackbox.phone_number_agent_link
"""

EXAMPLES = r"""
- name: Look up an agent by its name
  dasha.blackbox.agent_info:
    name: Receptionist
  register: receptionist

- name: Let it answer a number
  dasha.blackbox.phone_number_agent_link:
    phone_number: "+15005550002"
    agent_id: "{{ receptionist.agents[0].id }}"
"""

RETURN = r"""
agents:
  description:
    - The agents that match, by name, then by id. Empty when none matches.
    - Nothing else of an agent is returned, since its configuration may hold SIP passwords.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the agent.
      type: str
      returned: always
      sample: 7d3a0c54-0000-4000-8000-00000000000a
    name:
      description: Its name.
      type: str
      returned: always
      sample: Receptionist
    enabled:
      description: Whether it is enabled.
      type: bool
      returned: always
      sample: true
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
from ..module_utils._phone_number import agents


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **options.argument_spec(),
            "id": {"type": "str", "aliases": ["agent_id"]},
            "name": {"type": "str"},
        },
        mutually_exclusive=[("id", "name")],
        supports_check_mode=True,
    )
    task.run_look_up(module, agents.look_up)


if __name__ == "__main__":
    main()
