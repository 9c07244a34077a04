# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options that every module of the collection shares: where the API is and how to reach it."""

    DOCUMENTATION = r"""
requirements:
  - requests >= 2.28 (Python library)
options:
  api_key:
    description:
      - The API key of the Dasha BlackBox organization, from Settings, API Keys in the dashboard.
      - It is made of visible ASCII characters; one trailing newline, as a file or a command leaves it, is dropped.
      - Taken from the environment variable E(DASHA_BLACKBOX_API_KEY) of the host that runs the module when it is not set.
        E(BLACKBOX_API_KEY) is not read, it is the usual variable of an unrelated service.
      - An environment variable that is empty or blank counts as not set. This holds for all options here.
    type: str
    required: true
  api_url:
    description:
      - The address of the installation, without C(/api/v1). Every installation has accounts and keys of its own.
      - It must be C(https), or C(http) to a loopback host (then no proxy is used), so that the key never travels in clear.
      - Redirects are not followed. Proxies of the environment (E(HTTPS_PROXY), E(NO_PROXY)) are used, those that are spoken to by http.
      - Taken from E(DASHA_BLACKBOX_API_URL) when it is not set.
    type: str
    default: https://blackbox.dasha.ai
  api_timeout:
    description:
      - How many seconds one attempt of a request may take in total, from connecting to the last byte of the answer. A slow name server can make it longer.
      - Requests for which the service has to ask Twilio get at least 120 seconds, so that a write is not given up while it takes effect.
      - Taken from E(DASHA_BLACKBOX_API_TIMEOUT) when it is not set.
    type: float
    default: 30.0
  api_retries:
    description:
      - How many further attempts a request gets after a failure that may pass, from 0 to 20. These are the statuses 429, 502, 503 and 504,
        connections that are refused or lost, and attempts that take too long.
      - The module waits longer from one attempt to the next, from about a second up to O(api_retry_max_delay), or as long as the service asks for.
      - Taken from E(DASHA_BLACKBOX_API_RETRIES) when it is not set.
    type: int
    default: 4
  api_retry_max_delay:
    description:
      - How many seconds a single wait between two attempts may take. When the service asks for more, the task fails at once and says when to come back.
      - Taken from E(DASHA_BLACKBOX_API_RETRY_MAX_DELAY) when it is not set.
    type: float
    default: 60.0
  validate_certs:
    description:
      - Whether the certificate of the server is verified.
      - Taken from E(DASHA_BLACKBOX_VALIDATE_CERTS) when it is not set.
    type: bool
    default: true
  ca_path:
    description:
      - A file or folder with the CA certificates to trust instead of the usual ones, on the host that runs the module.
      - Taken from E(DASHA_BLACKBOX_CA_PATH) when it is not set, then from E(REQUESTS_CA_BUNDLE) or E(CURL_CA_BUNDLE).
    type: path
"""
