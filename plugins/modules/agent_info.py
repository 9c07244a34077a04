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
  - The dasha.blackbox contributors (@dasha-blackbox)
description:
  - Returns the ID and name of voice agents, and whether they are enabled, for example to find the
    ID of an agent by its name.
extends_documentation_fragment:
  - dasha.blackbox.api
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.info_module
options:
  id:
    description:
      - The ID of the agent. If no agent has this ID, RV(agents) is empty and the task succeeds.
      - Mutually exclusive with O(name). If neither is given, all agents of the organization are
        returned.
    type: str
    aliases: [agent_id]
  name:
    description:
      - The exact name of the agent. All agents with this name are returned.
      - Mutually exclusive with O(id).
    type: str
seealso:
  - module: dasha.blackbox.phone_number_agent_link
"""

EXAMPLES = r"""
- name: Get an agent by its name
  dasha.blackbox.agent_info:
    name: Receptionist
  register: receptionist

- name: Link the agent to a phone number
  dasha.blackbox.phone_number_agent_link:
    phone_number: "+15005550002"
    agent_id: "{{ receptionist.agents[0].id }}"
"""

RETURN = r"""
agents:
  description:
    - The matching agents, sorted by name and ID. Empty if no agent matches.
    - Other fields of an agent are not returned, because its configuration can contain SIP
      passwords.
  returned: success
  type: list
  elements: dict
  contains:
    # BEGIN generated: agent
    id:
      description: The ID of the agent.
      returned: always
      type: str
      sample: 7d3a0c54-0000-4000-8000-00000000000a
    name:
      description: The name of the agent. Null if it has none.
      returned: always
      type: str
      sample: Receptionist
    enabled:
      description: Whether the agent is enabled.
      returned: always
      type: bool
      sample: true
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
