# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change at any time.

"""The one boundary between the collection and Ansible's modules: results and errors leave here, and nowhere else."""

from __future__ import annotations

import traceback
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from . import _arguments
from ._client import Client
from ._errors import BlackboxError, scrub, withhold
from ._transport import REQUESTS_IMPORT_ERROR


def run(module: AnsibleModule, task: t.Callable[[Client], dict[str, t.Any]]) -> None:
    """Run ``task`` with a client and hand its result, or why there is none, to Ansible.

    The ``diff`` of a result is kept only when the user asked for it.
    """
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    # All that is secret stands in an option: no answer of the API is ever added to Ansible's own list, short values would corrupt results.
    secrets = [module.params[name] for name, option in module.argument_spec.items() if option.get("no_log") and (module.params[name] or "").strip()]
    secrets += [secret.strip() for secret in secrets]
    # A blank one is no secret: it is refused, and masked it would take every blank out of the message that says so.
    module.no_log_values = {value for value in module.no_log_values if value.strip()}
    client = None
    failed = True
    try:
        with Client(_arguments.connection(module.params), secrets) as client:
            result = task(client)
            failed = False
    except BlackboxError as error:
        result = error.result()
    except Exception as error:  # noqa: BLE001  # a bug of ours, whatever it is: left to Ansible, its text would be shown as it is
        msg = f"Unexpected {type(error).__name__}; this is a bug in dasha.blackbox."
        result = {"msg": msg, "exception": traceback.format_exc(), "changed": client is not None and client.wrote}
    if client is not None and client.retried:
        result["retried"] = client.retried
    for warning in client.warnings if client is not None else ():
        module.warn(scrub(warning, secrets))
    if not module._diff:
        result.pop("diff", None)
    # Outside of the handlers: Ansible adds the exception that is being handled, with its own text.
    result = {key: scrub(withhold(value), secrets) for key, value in result.items()}
    if failed:
        module.fail_json(**result)
    module.exit_json(**result)
