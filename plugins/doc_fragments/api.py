# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Connection options of all modules."""

    DOCUMENTATION = r"""
requirements:
  - requests >= 2.28 (Python library)
options:
  # BEGIN generated: connection_options_module
  api_key:
    description:
      - The API key of the Dasha BlackBox organization. Create one in the dashboard under
        B(Settings > API Keys).
      - The key must consist of printable ASCII characters without spaces. One trailing newline
        is removed, because files and commands often add one.
      - E(BLACKBOX_API_KEY) is not read, because an unrelated service uses it.
      - An environment variable that is empty or blank counts as not set. This applies to
        all connection options.
      - Environment variables are read on the host that runs the module.
      - If the option is not set, the value of the environment variable E(DASHA_BLACKBOX_API_KEY)
        is used.
    type: str
    required: true
  api_url:
    description:
      - The URL of the BlackBox installation, without C(/api/v1). Each installation has its
        own accounts and API keys.
      - The scheme must be C(https), so that the key is always sent encrypted. For a loopback
        host, C(http) is also accepted and does not use a proxy.
      - Redirects are not followed.
      - The proxy in E(HTTPS_PROXY) or E(ALL_PROXY) is used, except for the hosts in E(NO_PROXY).
        Only HTTP proxies are supported. E(NO_PROXY) can contain IPv4 and IPv6 addresses and
        networks.
      - If the option is not set, the value of the environment variable E(DASHA_BLACKBOX_API_URL)
        is used.
    type: str
    default: https://blackbox.dasha.ai
  api_timeout:
    description:
      - The timeout of each attempt to send a request, in seconds. It covers the whole attempt,
        from connecting to the last byte of the response.
      - Name resolution is not covered, so a slow name server can prolong an attempt.
      - The timeout is at least 120 seconds for requests that create, delete, or verify a
        provider, set its Auth Token, or import phone numbers, because the API waits for Twilio.
      - If the option is not set, the value of the environment variable E(DASHA_BLACKBOX_API_TIMEOUT)
        is used.
    type: float
    default: 30.0
  api_retries:
    description:
      - The maximum number of retries of a request after transient errors, from 0 to 20.
      - Transient errors are the status codes 429, 502, 503, and 504, refused and lost connections,
        and timeouts. For read requests, the status codes 408, 425, 520, 522, and 524 are
        also transient.
      - A response with the status code 429 does not use up a retry as long as the API serves
        other requests. Instead, all requests are sent more slowly.
      - If five consecutive requests fail despite all retries, the remaining requests are
        not sent.
      - The wait before the first retry is about one second and doubles with each further
        retry. If the API asks for a longer wait, that wait is used. For the limit, see O(api_retry_max_delay).
      - By default and without the status code 429, a request with a timeout of 30 seconds
        takes at most 390 seconds (five attempts and four waits of up to 60 seconds).
      - If the option is not set, the value of the environment variable E(DASHA_BLACKBOX_API_RETRIES)
        is used.
    type: int
    default: 4
  api_retry_max_delay:
    description:
      - The maximum wait between two attempts, in seconds.
      - If the API asks for a longer wait, the task fails immediately, and the message says
        when to retry.
      - If the option is not set, the value of the environment variable E(DASHA_BLACKBOX_API_RETRY_MAX_DELAY)
        is used.
    type: float
    default: 60.0
  validate_certs:
    description:
      - Whether to verify the TLS certificate of the API.
      - If the option is not set, the value of the environment variable E(DASHA_BLACKBOX_VALIDATE_CERTS)
        is used.
    type: bool
    default: true
  ca_path:
    description:
      - The path of a file or directory on the host that runs the module. The CA certificates
        in it are trusted instead of the default ones.
      - If neither this option nor its environment variable is set, the first of E(REQUESTS_CA_BUNDLE),
        E(CURL_CA_BUNDLE), E(SSL_CERT_FILE), and E(SSL_CERT_DIR) that is set is used. E(SSL_CERT_DIR)
        must name a single directory.
      - If the option is not set, the value of the environment variable E(DASHA_BLACKBOX_CA_PATH)
        is used.
    type: path
  # END generated
"""
