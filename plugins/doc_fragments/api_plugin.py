# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options of the fragment ``api`` for plugins, which name their environment variables; the documentation of a module cannot."""

    DOCUMENTATION = r"""
requirements:
  - requests >= 2.28 (Python library)
options:
  api_key:
    description:
      - The API key of the Dasha BlackBox organization, from Settings, API Keys in the dashboard.
      - It is made of visible ASCII characters; one trailing newline, as a file or a command leaves it, is dropped.
      - It may be encrypted by Ansible Vault, and it may be a template, for instance of a lookup or of an extra variable.
      - E(BLACKBOX_API_KEY) is not read, it is the usual variable of an unrelated service.
      - An environment variable that is empty or blank counts as not set. This holds for all options here.
    type: str
    required: true
    env:
      - name: DASHA_BLACKBOX_API_KEY
  api_url:
    description:
      - The address of the installation, without C(/api/v1). Every installation has accounts and keys of its own.
      - It must be C(https), or C(http) to a loopback host (then no proxy is used), so that the key never travels in clear.
      - Redirects are not followed. Proxies of the environment (E(HTTPS_PROXY), E(NO_PROXY)) are used, those that are spoken to by http.
    type: str
    default: https://blackbox.dasha.ai
    env:
      - name: DASHA_BLACKBOX_API_URL
  api_timeout:
    description:
      - How many seconds one attempt of a request may take in total, from connecting to the last byte of the answer. A slow name server can make it longer.
    type: float
    default: 30.0
    env:
      - name: DASHA_BLACKBOX_API_TIMEOUT
  api_retries:
    description:
      - How many further attempts a request gets after a failure that may pass, from 0 to 20. These are the statuses 429, 502, 503 and 504,
        connections that are refused or lost, and attempts that take too long.
      - The plugin waits longer from one attempt to the next, from about a second up to O(api_retry_max_delay), or as long as the service asks for.
    type: int
    default: 4
    env:
      - name: DASHA_BLACKBOX_API_RETRIES
  api_retry_max_delay:
    description:
      - How many seconds a single wait between two attempts may take. When the service asks for more, the plugin fails at once and says when to come back.
    type: float
    default: 60.0
    env:
      - name: DASHA_BLACKBOX_API_RETRY_MAX_DELAY
  validate_certs:
    description:
      - Whether the certificate of the server is verified.
    type: bool
    default: true
    env:
      - name: DASHA_BLACKBOX_VALIDATE_CERTS
  ca_path:
    description:
      - A file or folder with the CA certificates to trust instead of the usual ones, on the controller.
      - When it is not set, those that E(REQUESTS_CA_BUNDLE) or E(CURL_CA_BUNDLE) names are trusted.
    type: path
    env:
      - name: DASHA_BLACKBOX_CA_PATH
"""
