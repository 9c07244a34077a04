# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read-only probe of the BlackBox service (``make probe``).

It checks what the documentation of the API leaves open, and writes a report without values of the organization.
"""

from __future__ import annotations

import argparse
import os
import sys
import typing as t
from pathlib import Path

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.dasha.blackbox.plugins.module_utils._ansible import options
from ansible_collections.dasha.blackbox.plugins.module_utils._http.connection import Connection
from ansible_collections.dasha.blackbox.plugins.module_utils._http.errors import BlackboxError

from .facts import Conclusion, judge_all
from .questions import Answers, ask
from .reader import MAX_REQUESTS, Answer, Reader, Stopped
from .report import render

COMPLETE, PARTIAL, FAILED = 0, 1, 2


class Failed(Exception):
    """Nothing was learned about the service. The message is for the user."""


def main(arguments: t.Sequence[str] | None = None) -> int:
    """Run the probe and return its exit code: 0 complete, 1 partial report, 2 no report."""
    parser = argparse.ArgumentParser(
        prog="make probe ARGS=...",
        description=f"Send at most {MAX_REQUESTS} GET requests to the BlackBox API and nothing else, compare the"
        " responses with what the collection assumes, and write a report without IDs, names, numbers and other values"
        " of the organization. The API key is read from DASHA_BLACKBOX_API_KEY. DASHA_BLACKBOX_API_URL,"
        " DASHA_BLACKBOX_API_TIMEOUT, DASHA_BLACKBOX_VALIDATE_CERTS and DASHA_BLACKBOX_CA_PATH work as in tasks.",
        epilog="Exit codes: 0 complete report, 1 partial report, 2 no report.",
    )
    parser.add_argument(
        "--interval", type=_seconds, default=1.0, help="seconds between the starts of requests (default: %(default)s)"
    )
    parser.add_argument(
        "--report", type=Path, default=Path("probe-report.md"), help="file to write (default: %(default)s)"
    )
    parsed = parser.parse_args(arguments)
    try:
        return probe(_connection(), parsed.interval, parsed.report)
    except Failed as error:
        print(f"probe: {error}", file=sys.stderr)
        return FAILED


def probe(connection: Connection, interval: float, path: Path) -> int:
    """Run the probe and write the report.

    :raises Failed: there is no report.
    """
    if not path.parent.is_dir():
        raise Failed(f"The folder of the report does not exist: {path.parent}")
    stopped: Stopped | None = None
    with Reader(connection, interval) as reader:
        answers = Answers(reader.answers)
        try:
            answers.one_agent = reader.get("/agents?take=1", may_fail=True)
            _require_api(answers.one_agent)
            ask(reader, answers)
        except Stopped as error:
            stopped = error
        except KeyboardInterrupt:
            stopped = Stopped("it was interrupted")
    if stopped and answers.one_agent is None:
        raise Failed(f"Nothing was read, because {stopped.reason}. {stopped.details}".rstrip())
    findings = judge_all(answers)
    try:
        path.write_text(
            render(findings, reader.answers, connection.api_url, stopped.reason if stopped else None), "utf-8"
        )
    except OSError as error:
        raise Failed(f"The report cannot be written: {error.strerror}: {path}") from None
    deviations = sum(finding.conclusion is Conclusion.DEVIATES for _fact, finding in findings)
    print(f"probe: {len(reader.answers)} requests, {deviations} deviations. Report: {path.resolve()}")
    if stopped is None:
        return COMPLETE
    print(f"probe: The report is partial, because {stopped.reason}. {stopped.details}".rstrip(), file=sys.stderr)
    return PARTIAL


def _connection() -> Connection:
    """Return the connection that the environment describes.

    :raises Failed: a variable is missing or invalid.
    """

    def variable(name: str, default: str = "") -> str:
        value = os.environ.get(f"DASHA_BLACKBOX_{name}", "")
        return value if value.strip() else default

    if not variable("API_KEY"):
        raise Failed("Set the environment variable DASHA_BLACKBOX_API_KEY to an API key of the organization.")
    try:
        return options.connection(
            {
                "api_key": variable("API_KEY"),
                "api_url": variable("API_URL", options.DEFAULT_API_URL),
                "api_timeout": float(variable("API_TIMEOUT", "30")),
                # The probe sends each request once.
                "api_retries": 0,
                "api_retry_max_delay": 1.0,
                "validate_certs": boolean(variable("VALIDATE_CERTS", "true")),
                "ca_path": variable("CA_PATH") or None,
            }
        )
    except BlackboxError as error:
        remedy = "Correct the environment variable of this option, which begins with DASHA_BLACKBOX_."
        raise Failed(f"{error.message} {remedy}") from None
    except (TypeError, ValueError):
        raise Failed("DASHA_BLACKBOX_API_TIMEOUT or DASHA_BLACKBOX_VALIDATE_CERTS has an invalid value.") from None


def _require_api(answer: Answer) -> None:
    """Return if the first response shows that key and address are right.

    :raises Failed: they are not.
    """
    status = answer.status
    if status == 401:
        raise Failed(
            "The service rejects the key (401). Each installation has its own keys, so check"
            " DASHA_BLACKBOX_API_KEY and DASHA_BLACKBOX_API_URL."
        )
    if 300 <= status < 400:
        raise Failed(f"The service redirects ({status}). Set DASHA_BLACKBOX_API_URL to the address of the API itself.")
    if not answer.is_success:
        raise Failed(f"The service does not list the agents ({status}). Check DASHA_BLACKBOX_API_URL and the key.")
    if not answer.is_json:
        raise Failed(
            f"The response is not JSON ({status}). Check that DASHA_BLACKBOX_API_URL leads to the API and not to a"
            " proxy or a web page."
        )


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 60:
        raise argparse.ArgumentTypeError("a number of seconds from 0 to 60 is required")
    return value


if __name__ == "__main__":
    sys.exit(main())
