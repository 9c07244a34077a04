# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as Markdown."""

from __future__ import annotations

import typing as t

from ansible_collections.dasha.blackbox.plugins.module_utils._http.client import VERSION

from .facts import Conclusion, Fact, Finding
from .reader import Answer
from .redaction import Safe, constant, media_type, observe, status

#: Addresses that the report may name.
_INSTALLATIONS = ("https://blackbox.dasha.ai", "https://blackbox.ru.dasha.ai")

_NOT_ASKED = """\
## Not asked

A read cannot show these points, or the probe does not send the request:

- Everything about writes: status codes and bodies of successful and refused writes, defaults of a new provider,
  normalization of names and regions, second providers and names, partial imports, repeated links, deletions.
- Lag: how soon a read shows a write.
- HEAD and conditional requests, because the probe sends only GET without conditions.
- Interim responses, because HTTP clients read past them.
- Limits above the rate of the probe.
"""


def render(
    findings: t.Sequence[tuple[Fact, Finding]], log: t.Sequence[Answer], api_url: str, stopped: str | None
) -> str:
    """Return the report.

    :param stopped: why it is partial, a constant; None if it is complete.
    """
    by_conclusion = {
        conclusion: [known.title for known, finding in findings if finding.conclusion is conclusion]
        for conclusion in Conclusion
    }
    lines = [
        "# Probe of the Dasha BlackBox API",
        "",
        f"- Collection: dasha.blackbox {VERSION}",
        f"- Installation: {api_url if api_url in _INSTALLATIONS else 'another address'}",
        f"- Requests: {len(log)}, all GET",
        f"- State: {'complete' if stopped is None else f'partial, because {stopped}'}",
        *(f"- {conclusion.value.capitalize()}: {len(titles)}" for conclusion, titles in by_conclusion.items()),
        "",
        "This report contains no IDs, names, numbers or other values of the organization.",
        "",
        "## Deviations",
        "",
        *([f"- {title}" for title in by_conclusion[Conclusion.DEVIATES]] or ["None."]),
        "",
        "## Findings",
        "",
    ]
    for known, finding in findings:
        lines += [
            f"### {known.title}",
            "",
            f"- Fact: `{known.name}`",
            f"- Assumed: {known.assumed}",
            f"- Observed: {finding.observed}",
            f"- Conclusion: {finding.conclusion.value}",
            "",
        ]
    lines += ["## Requests", "", "| GET | Status code | Media type |", "| --- | --- | --- |"]
    lines += [f"| `{answer.label}` | {_outcome(answer)} |" for answer in log]
    return "\n".join([*lines, "", _NOT_ASKED])


def _outcome(answer: Answer) -> Safe:
    if answer.raw is None:
        return constant("too large | -")
    return observe("{} | {}", status(answer.status), media_type(answer.headers.get("Content-Type")))
