# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conclusions from the responses about each point that the documentation of the API leaves open.

Each fact is a pure function of the responses. It accepts any JSON, because the format of the responses is unknown.
"""

from __future__ import annotations

import email.utils
import enum
import re
import typing as t
from datetime import datetime

from ansible_collections.dasha.blackbox.plugins.module_utils._api.account_numbers import map_numbers
from ansible_collections.dasha.blackbox.plugins.module_utils._api.values import canonical_number, is_e164

from . import contract
from .questions import Answers, is_uuid, list_entries, list_items, list_users, select_text
from .reader import Answer
from .redaction import (
    Safe,
    choice,
    constant,
    count,
    join,
    kind,
    media_type,
    name,
    names,
    observe,
    own_number,
    status,
    structure,
    text_format,
)


class Conclusion(enum.Enum):
    """Result of the comparison of a fact with what is assumed."""

    AS_ASSUMED = "as assumed"
    DEVIATES = "deviates"
    NEW = "new, nothing was assumed"
    NOT_OBSERVABLE = "not observable"


class Finding(t.NamedTuple):
    """Observation of one fact."""

    conclusion: Conclusion
    observed: Safe


class Fact(t.NamedTuple):
    """Open point of the API.

    :ivar title: what the fact is about.
    :ivar assumed: what the reference says and the collection relies on.
    """

    name: str
    title: str
    assumed: str
    judge: t.Callable[[Answers], Finding]


FACTS: list[Fact] = []

#: Headers that matter to a client.
_HEADERS = (
    "Retry-After", "RateLimit", "RateLimit-Limit", "RateLimit-Policy", "RateLimit-Remaining", "RateLimit-Reset",
    "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "ETag", "Last-Modified", "Cache-Control",
    "X-Request-Id", "Request-Id", "X-Correlation-Id", "traceparent", "api-supported-versions", "Deprecation", "Sunset",
    "Link", "X-Total-Count",
)  # fmt: skip
#: Headers of any web server, which the collection may ignore.
_COMMON_HEADERS = ("Cache-Control",)

_REGIONS = ("us1", "us2", "ie1", "de1", "au1", "jp1", "br1", "sg1")
_ID_FIELDS = frozenset({"id", "providerId", "credentialsId", "incomingCallsAgentId", "agentId"})
_COUNT_FIELDS = frozenset({"phoneNumberCount", "totalCount", "skip", "take"})
_PROBLEM_FIELDS = frozenset({"title", "status", "detail"})
_INBOUND = "inbound"

#: Number of entries that Twilio returns by default, and the largest page that the API documents.
_TWILIO_PAGE = 50
_PAGE = 1000

#: Seconds by which two correct clocks may differ.
_CLOCK_TOLERANCE = 60

_MASK = re.compile(r"[*•●xX·.]+")


def fact(title: str, assumed: str) -> t.Callable[[t.Callable[[Answers], Finding]], t.Callable[[Answers], Finding]]:
    """Register a function as the judge of a fact. The order of the functions is that of the report."""

    def register(judge: t.Callable[[Answers], Finding]) -> t.Callable[[Answers], Finding]:
        FACTS.append(Fact(judge.__name__, title, assumed, judge))
        return judge

    return register


def judge_all(answers: Answers) -> list[tuple[Fact, Finding]]:
    """Return the finding of each fact, in the order of the report."""
    return [(known, known.judge(answers)) for known in FACTS]


def compare(is_as_assumed: bool, observed: Safe) -> Finding:
    """Return the finding for an assumption that was compared."""
    return Finding(Conclusion.AS_ASSUMED if is_as_assumed else Conclusion.DEVIATES, observed)


def missing(reason: str) -> Finding:
    """Return the finding for a fact that the responses do not show.

    :param reason: a constant, as a test checks.
    """
    return Finding(Conclusion.NOT_OBSERVABLE, constant(reason))


# Key, status codes and headers


@fact("Contract", "Each response satisfies `tests/sandbox/openapi.yaml`.")
def contract_violations(answers: Answers) -> Finding:
    violations = [
        observe("{}: {}", answer.label, violation)
        for answer in answers.log
        for violation in contract.find_violations(answer)
    ]
    if violations:
        return compare(False, join(violations, "; "))
    return compare(True, observe("no violation in {} responses", own_number(len(answers.log))))


@fact("Undocumented fields", "Successful responses have no other fields than those of `tests/sandbox/openapi.yaml`.")
def undocumented_fields(answers: Answers) -> Finding:
    found = [
        observe("{}: {}", answer.label, names(undocumented))
        for answer in answers.log
        if (undocumented := contract.find_undocumented(answer))
    ]
    return compare(not found, join(found, "; ") if found else constant("no other fields"))


@fact("Status code of successful reads", "200. The collection accepts any 2xx.")
def success_status(answers: Answers) -> Finding:
    codes = sorted({answer.status for answer in answers.log if answer.is_success})
    return compare(codes == [200], join(map(status, codes))) if codes else missing("no read succeeded")


@fact("Media type of successful reads", "`application/json`. The collection does not look at it.")
def success_media_type(answers: Answers) -> Finding:
    types = [media_type(answer.headers.get("Content-Type")) for answer in answers.log if answer.is_success]
    return compare(set(types) == {"application/json"}, join(types)) if types else missing("no read succeeded")


@fact("Refused key", "401 for a wrong key and without a key.")
def refused_key(answers: Answers) -> Finding:
    if answers.wrong_key is None or answers.no_key is None:
        return missing("not asked")
    parts = [
        observe(
            "{}: {}, {}",
            answer.label,
            _describe_error(answer),
            constant("with `WWW-Authenticate`" if "WWW-Authenticate" in answer.headers else "no `WWW-Authenticate`"),
        )
        for answer in (answers.wrong_key, answers.no_key)
    ]
    return compare(answers.wrong_key.status == answers.no_key.status == 401, join(parts, "; "))


@fact("Headers", "None of these: rate limits, ETag, request IDs, versions. The collection uses only `Retry-After`.")
def headers(answers: Answers) -> Finding:
    found = [header for header in _HEADERS if any(header in answer.headers for answer in answers.log)]
    shown = join([choice(header, _HEADERS) for header in found]) if found else constant("none of these")
    return compare(set(found) <= {"Retry-After", *_COMMON_HEADERS}, shown)


@fact("Rate limit", "Unknown. The mock server has none by default. The collection slows down after a 429.")
def rate_limit(answers: Answers) -> Finding:
    sent = own_number(len(answers.log))
    refused = next((answer for answer in answers.log if answer.status == 429), None)
    if refused is None:
        return compare(True, observe("no 429 in {} requests", sent))
    value = refused.headers.get("Retry-After")
    if value is None:
        return compare(False, observe("429 without `Retry-After` to request {}", sent))
    unit = constant("seconds" if value.isdigit() else "another form than seconds")
    return compare(False, observe("429 with `Retry-After` in {} to request {}", unit, sent))


@fact("Clock", "The `Date` header is right. The collection compares dates only with that header.")
def clock(answers: Answers) -> Finding:
    offsets = [offset for answer in answers.log if (offset := _clock_offset(answer)) is not None]
    if not offsets:
        return missing("no response has a valid `Date` header")
    offset = min(offsets, key=abs)
    if abs(offset) <= _CLOCK_TOLERANCE:
        return compare(True, constant("it differs from the clock of this computer by at most a minute"))
    direction = constant("ahead of" if offset > 0 else "behind")
    return compare(False, observe("it is {} the clock of this computer by more than a minute", direction))


# Lists


@fact("List of providers", "None: `GET /providers` is refused with 404 or 405. The collection does not use it.")
def provider_list(answers: Answers) -> Finding:
    answer = answers.provider_list
    if answer is None:
        return missing("not asked")
    if answer.is_success:
        return compare(False, observe("{}, {}", status(answer.status), structure(answer.body)))
    return compare(answer.status in (404, 405), _describe_error(answer))


@fact("List of agents", "An array without an envelope, with at most `take` entries.")
def agent_list(answers: Answers) -> Finding:
    one, several = answers.one_agent, answers.agents
    if one is None or several is None or not (one.is_success and several.is_success):
        return missing("the agents were not read")
    if not isinstance(one.body, list):
        return compare(False, observe("not an array but {}", structure(one.body)))
    if len(one.body) > 1:
        return compare(False, constant("an array with more than `take` entries"))
    if isinstance(several.body, list) and len(several.body) > 1:
        return compare(True, constant("an array with `take` entries"))
    return compare(True, constant("an array; with fewer than 2 agents, the effect of `take` does not show"))


@fact("Largest page", "1000 entries.")
def largest_page(answers: Answers) -> Finding:
    parts = [
        (shown, observe("{}: {}", answer.label, observed))
        for answer in (answers.credentials, answers.numbers)
        if answer is not None
        for shown, observed in [_judge_page(answer)]
    ]
    if not parts:
        return missing("not asked")
    return compare(all(shown for shown, _observed in parts), join((observed for _shown, observed in parts), "; "))


@fact(
    "Page that is larger than allowed",
    "Unknown. The mock server refuses it with 400. The collection never asks for one.",
)
def excess_page(answers: Answers) -> Finding:
    answer = answers.excess_take
    if answer is None:
        return missing("not asked")
    if not answer.is_success:
        return compare(answer.status == 400, _describe_error(answer))
    take = answer.body.get("take") if isinstance(answer.body, dict) else None
    reduced = constant("reduced" if isinstance(take, (int, float)) and take <= _PAGE else "not reduced")
    return compare(False, observe("{}, `take` in the response is {}", status(answer.status), reduced))


@fact("Invalid paging", "Unknown. The mock server refuses it with 400. The collection never sends it.")
def invalid_paging(answers: Answers) -> Finding:
    asked = [answer for answer in (answers.zero_take, answers.negative_skip) if answer is not None]
    if not asked:
        return missing("not asked")
    shown = join((observe("{}: {}", answer.label, status(answer.status)) for answer in asked), "; ")
    return compare(all(answer.status == 400 for answer in asked), shown)


@fact("Order of lists", "Unknown. The mock server returns the oldest first. The collection accepts any order.")
def list_order(answers: Answers) -> Finding:
    lists = (
        (constant("SIP credentials"), answers.list_credentials()),
        (constant("phone numbers"), answers.list_numbers()),
        (constant("agents"), list_items(answers.agents)),
    )
    orders = [(title, order) for title, items in lists if (order := _order_by_time(items)) is not None]
    if not orders:
        return missing("no list has two entries with different `createdTime`")
    is_oldest_first = all(order == "oldest first" for _title, order in orders)
    return compare(is_oldest_first, join((observe("{}: {}", title, order) for title, order in orders), "; "))


@fact("Order of a list that is read twice", "The same. The collection notices a list that shifts.")
def stable_order(answers: Answers) -> Finding:
    readings = [
        [item.get("id") for item in list_items(answer)] for answer in (answers.credentials, answers.credentials_again)
    ]
    if len(readings[0]) < 2 or len(readings[1]) < 2:
        return missing("the list has fewer than 2 entries")
    return compare(readings[0] == readings[1], constant("the same" if readings[0] == readings[1] else "different"))


@fact("Counts", "Integers, as in 3. The collection also accepts 3.0.")
def counts(answers: Answers) -> Finding:
    found = [kind(value) for value in _values(answers, _COUNT_FIELDS) if value is not None]
    return compare(set(found) == {"integer"}, join(sorted(set(found)))) if found else missing("no count was read")


@fact("Case of UUIDs", "Unknown. The mock server uses lower case. The collection ignores the case.")
def id_case(answers: Answers) -> Finding:
    ids = [value for value in _values(answers, _ID_FIELDS) if is_uuid(value)]
    if not ids:
        return missing("no UUID was read")
    forms = [constant("lower case" if value == value.lower() else "upper case") for value in ids]
    return compare(set(forms) == {"lower case"}, join(sorted(set(forms)), " or "))


# Errors


@fact("Unknown provider", "404 with a JSON object that has `title`, `status` and `detail`.")
def not_found(answers: Answers) -> Finding:
    return _judge_errors([answers.missing_provider, answers.missing_twilio_provider], 404)


@fact("Unknown path", "Unknown. The mock server responds as for an unknown provider.")
def unknown_path(answers: Answers) -> Finding:
    return _judge_errors([answers.unknown_path], 404)


@fact("Provider ID that is not a UUID", "Unknown. The mock server refuses it with 400.")
def invalid_id(answers: Answers) -> Finding:
    answer = answers.invalid_id
    return missing("not asked") if answer is None else compare(answer.status == 400, _describe_error(answer))


@fact("Validation errors", "A JSON object with `title`, `status` and `detail`, and with `errors` by parameter.")
def validation_errors(answers: Answers) -> Finding:
    asked = (answers.excess_take, answers.zero_take, answers.negative_skip)
    refused = [answer for answer in asked if answer is not None and answer.status == 400]
    return _judge_errors(refused, 400) if refused else missing("no request was refused with 400")


# Providers


@fact("Providers of SIP credentials", "Each SIP credential of a provider has `providerId`.")
def credential_provider_id(answers: Answers) -> Finding:
    owned = [credential for credential in answers.list_credentials() if credential.get("source") == "provider"]
    return _judge_presence(owned, "providerId")


@fact("Source of SIP credentials", "`manual` or `provider`.")
def credential_source(answers: Answers) -> Finding:
    sources = [choice(credential.get("source"), ("manual", "provider")) for credential in answers.list_credentials()]
    if not sources:
        return missing("there is no SIP credential")
    return compare(set(sources) <= {"`manual`", "`provider`"}, join(sorted(set(sources))))


@fact("SIP passwords", "Unknown. The collection drops them unread.")
def sip_password(answers: Answers) -> Finding:
    credentials = answers.list_credentials()
    if not credentials:
        return missing("there is no SIP credential")
    return Finding(Conclusion.NEW, join(sorted({_describe_password(credential) for credential in credentials})))


@fact("Generic read of a provider", "It returns all fields that the read of a Twilio provider returns.")
def generic_read(answers: Answers) -> Finding:
    generic, specific = answers.provider, answers.twilio_provider
    if generic is None or specific is None:
        return missing("there is no provider")
    if not isinstance(generic.body, dict) or not isinstance(specific.body, dict):
        return compare(False, observe("{} and {}", _describe_error(generic), _describe_error(specific)))
    lacking = sorted(set(specific.body) - set(generic.body))
    return compare(not lacking, observe("it lacks {}", names(lacking)) if lacking else constant("it lacks none"))


@fact("Trunk of a provider", "`trunkSid` and `terminationUri` are set.")
def trunk(answers: Answers) -> Finding:
    provider = _read_provider(answers)
    if provider is None:
        return missing("there is no provider")
    shown = [(text, provider.get(text)) for text in ("trunkSid", "terminationUri")]
    observed = join(observe("{}: {}", name(text), text_format(value)) for text, value in shown)
    return compare(all(isinstance(value, str) and value for _text, value in shown), observed)


@fact("Form of the termination URI", "Unknown. The collection passes it on.")
def termination_uri(answers: Answers) -> Finding:
    uri = (_read_provider(answers) or {}).get("terminationUri")
    if not isinstance(uri, str):
        return missing("no termination URI was read")
    prefix = constant("begins with `sip:`" if uri.startswith("sip:") else "does not begin with `sip:`")
    host = uri.removeprefix("sip:").partition(";")[0]
    domain = constant("is at" if host.endswith(".pstn.twilio.com") else "is not at")
    return Finding(Conclusion.NEW, observe("it {} and {} `pstn.twilio.com`", prefix, domain))


@fact("Account SID", "`AC` and 32 lower-case hexadecimal digits. The collection ignores the case.")
def account_sid(answers: Answers) -> Finding:
    sid = (_read_provider(answers) or {}).get("accountSid")
    if not isinstance(sid, str):
        return missing("no Account SID was read")
    is_expected = re.fullmatch("AC[0-9a-f]{32}", sid) is not None
    return compare(is_expected, constant("this form" if is_expected else "another form"))


@fact("Region", "One of the eight that the vendor lists, in lower case. The collection accepts any text.")
def region(answers: Answers) -> Finding:
    value = (_read_provider(answers) or {}).get("region")
    if value is None:
        return missing("no region was read")
    return compare(value in _REGIONS, constant("one of the eight" if value in _REGIONS else "another value"))


@fact("Checks of a verification", "Unknown names. The mock server has `passed` and `failed` as status.")
def verification_checks(answers: Answers) -> Finding:
    checks = list_entries((_read_provider(answers) or {}).get("verificationDetails"))
    if not checks:
        return missing("the provider has no stored verification")
    found = sorted({(str(check.get("checkName")), str(check.get("status"))) for check in checks})
    return Finding(Conclusion.NEW, join(observe("{}: {}", name(text), name(result)) for text, result in found))


# Phone numbers


@fact("Providers of phone numbers", "Each phone number of a provider has `providerId`.")
def number_provider_id(answers: Answers) -> Finding:
    owned = {
        credential.get("id") for credential in answers.list_credentials() if credential.get("source") == "provider"
    }
    return _judge_presence(
        [item for item in answers.list_numbers() if item.get("credentialsId") in owned], "providerId"
    )


@fact("Filter for a provider", "It returns only phone numbers of the provider.")
def provider_filter(answers: Answers) -> Finding:
    found = [number.get("providerId") for number in list_items(answers.numbers_of_provider)]
    if not found:
        return missing("the provider has no phone number, or they were not read")
    wanted = (answers.provider_id or "").lower()
    others = [value for value in found if isinstance(value, str) and value.lower() != wanted]
    return compare(
        not others, constant("numbers of other providers too" if others else "no number of another provider")
    )


@fact("Filter for a phone number", "Unknown. The mock server also finds a part of it. The collection does not use it.")
def number_filter(answers: Answers) -> Finding:
    part, absent = answers.numbers_by_part, answers.numbers_by_absent
    number = select_text(answers.list_numbers(), "phoneNumber")
    if part is None or absent is None or not (part.is_success and absent.is_success):
        return missing("there is no phone number, or the filter was refused")
    if list_items(absent):
        return compare(False, constant("the filter is ignored"))
    is_found = any(item.get("phoneNumber") == number for item in list_items(part))
    return compare(is_found, constant("a part finds the number" if is_found else "a part does not find the number"))


@fact("Form of phone numbers", "Digits after a plus. The collection also accepts digits only.")
def number_form(answers: Answers) -> Finding:
    numbers = [number.get("phoneNumber") for number in answers.list_numbers()]
    if not numbers:
        return missing("there is no phone number")
    forms = sorted({text_format(value) for value in numbers})
    return compare(forms == ["phone number with plus"], join(forms))


@fact("Read of one phone number", "It returns the fields that the list returns.")
def number_read(answers: Answers) -> Finding:
    body = answers.number.body if answers.number else None
    if answers.number is None:
        return missing("there is no phone number")
    if not isinstance(body, dict):
        return compare(False, _describe_error(answers.number))
    listed = next((item for item in answers.list_numbers() if item.get("id") == body.get("id")), {})
    different = sorted(set(listed) ^ set(body))
    return compare(not different, observe("different: {}", names(different)) if different else constant("the same"))


@fact("State of a registration", "Unknown. A sample has `Disabled`. The collection passes it on.")
def registration_state(answers: Answers) -> Finding:
    registrations = [number.get("registrationStatus") for number in answers.list_numbers()]
    states = [item.get("state") for item in registrations if isinstance(item, dict)]
    if not states:
        return missing("there is no phone number")
    return Finding(Conclusion.NEW, join(sorted({_show_value(state) for state in states})))


@fact("Name of outbound use", "Unknown. The mock server has `outbound`. The collection takes any but `inbound` for it.")
def outbound_use(answers: Answers) -> Finding:
    users = [user for usage in answers.usages for user in list_users(usage)]
    uses = [use for user in users if isinstance(user.get("uses"), list) for use in user["uses"]]
    outbound = sorted({_show_value(use) for use in uses if use != _INBOUND})
    if not outbound:
        return missing("no agent uses one of the read phone numbers outbound")
    return compare(outbound == ["`outbound`"], join(outbound))


# Phone numbers of the Twilio account


@fact("Status code when Twilio refuses the credentials", "Unknown. The mock server responds with 422.")
def twilio_refusal(answers: Answers) -> Finding:
    answer = answers.available_numbers
    if answer is None:
        return missing("there is no provider")
    if answer.is_success:
        return missing("Twilio accepts the credentials of the provider")
    return compare(answer.status == 422, _describe_error(answer))


@fact(
    "Numbers of the Twilio account",
    "One array, also in an object, of entries that each have one SID and one phone number with plus.",
)
def available_numbers(answers: Answers) -> Finding:
    answer = answers.available_numbers
    if answer is None or not answer.is_success:
        return missing("they were not read")
    if answer.body == []:
        return missing("the Twilio account has no numbers")
    return compare(map_numbers(answer.body) is not None, structure(answer.body))


@fact("Completeness of these numbers", "Unknown. The mock server lists all numbers, also the imported ones.")
def available_numbers_complete(answers: Answers) -> Finding:
    answer = answers.available_numbers
    entries = _list_entries_of_any_key(answer.body) if answer and answer.is_success else []
    listed = {canonical_number(text) for text in _strings(entries) if is_e164(canonical_number(text))}
    if not listed:
        return missing("no numbers were read")
    if len(entries) == _TWILIO_PAGE:
        return compare(False, constant("50 entries, so the list is probably cut"))
    texts = [number.get("phoneNumber") for number in list_items(answers.numbers_of_provider)]
    imported = {canonical_number(text) for text in texts if isinstance(text, str)}
    if not imported:
        return missing("no number is imported")
    if imported <= listed:
        return compare(True, constant("all imported numbers are listed"))
    is_cut = bool(imported & listed)
    return compare(
        False,
        constant("some imported numbers are listed, so the list is cut" if is_cut else "no imported number is listed"),
    )


# Agents


@fact("Telephony in the configuration of an agent", "Unknown. The collection does not use it.")
def agent_telephony(answers: Answers) -> Finding:
    body = answers.agent.body if answers.agent and answers.agent.is_success else None
    if not isinstance(body, dict):
        return missing("no agent was read")
    found = sorted(set(_find_telephony(body, constant("agent"))))
    return Finding(Conclusion.NEW, join(found, "; ")) if found else missing("the agent has none")


# Helpers


def _describe_error(answer: Answer) -> Safe:
    """Return status code, media type and structure of a response."""
    described = media_type(answer.headers.get("Content-Type"))
    if answer.is_json:
        return observe("{}, {}, {}", status(answer.status), described, structure(answer.body))
    body = constant("not JSON" if answer.raw and answer.raw.content.strip() else "no body")
    return observe("{}, {}, {}", status(answer.status), described, body)


def _judge_errors(asked: t.Sequence[Answer | None], expected: int) -> Finding:
    """Return the finding for error responses that should be problem details."""
    received = [answer for answer in asked if answer is not None]
    if not received:
        return missing("not asked")
    is_expected = all(
        answer.status == expected and isinstance(answer.body, dict) and set(answer.body) >= _PROBLEM_FIELDS
        for answer in received
    )
    return compare(is_expected, join((observe("{}: {}", item.label, _describe_error(item)) for item in received), "; "))


def _judge_page(answer: Answer) -> tuple[bool, Safe]:
    """Return whether a page of the largest documented size is possible, and what was observed."""
    if not answer.is_success:
        return False, _describe_error(answer)
    take = answer.body.get("take") if isinstance(answer.body, dict) else None
    if take == _PAGE:
        return True, constant("`take` in the response is 1000")
    return False, observe("`take` in the response is another {}", kind(take))


def _judge_presence(objects: t.Sequence[dict[str, t.Any]], field_name: str) -> Finding:
    """Return the finding for a field that all objects should have."""
    if not objects:
        return missing("there are no such objects")
    present = sum(item.get(field_name) is not None for item in objects)
    if present == len(objects):
        return compare(True, observe("all have it: {}", count(present)))
    return compare(False, observe("{} have it, {} do not", count(present), count(len(objects) - present)))


def _read_provider(answers: Answers) -> dict[str, t.Any] | None:
    body = answers.twilio_provider.body if answers.twilio_provider and answers.twilio_provider.is_success else None
    return body if isinstance(body, dict) else None


def _show_value(value: t.Any) -> Safe:
    return name(value) if isinstance(value, str) else kind(value)


def _describe_password(credential: dict[str, t.Any]) -> Safe:
    if "authPassword" not in credential:
        return constant("absent")
    value = credential["authPassword"]
    if not isinstance(value, str) or not value:
        return text_format(value)
    return constant("masked" if _MASK.fullmatch(value) else "text that is not masked")


def _clock_offset(answer: Answer) -> float | None:
    """Return the seconds by which the clock of the service is ahead."""
    try:
        date = email.utils.parsedate_to_datetime(answer.headers.get("Date", ""))
        return date.timestamp() - answer.received
    except (TypeError, ValueError, OverflowError):
        return None


def _order_by_time(items: t.Sequence[dict[str, t.Any]]) -> Safe | None:
    times = [time for item in items if (time := _parse_time(item.get("createdTime"))) is not None]
    if len(set(times)) < 2:
        return None
    if times == sorted(times):
        return constant("oldest first")
    return constant("newest first" if times == sorted(times, reverse=True) else "another order")


def _parse_time(value: t.Any) -> float | None:
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
    except (AttributeError, TypeError, ValueError, OverflowError):
        return None


def _values(answers: Answers, field_names: t.Collection[str]) -> t.Iterator[t.Any]:
    """Yield the values of the fields in all successful responses, at any depth."""
    queue = [answer.body for answer in answers.log if answer.is_success]
    while queue:
        node = queue.pop()
        if isinstance(node, dict):
            yield from (value for key, value in node.items() if key in field_names)
        queue += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()


def _list_entries_of_any_key(body: t.Any) -> list[t.Any]:
    """Return the array itself, or the first array in an object."""
    if isinstance(body, dict):
        body = next((value for value in body.values() if isinstance(value, list)), None)
    return body if isinstance(body, list) else []


def _strings(node: t.Any) -> t.Iterator[str]:
    """Yield all strings in a JSON value, at any depth."""
    if isinstance(node, str):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _strings(inner)


def _find_telephony(node: dict[str, t.Any], path: Safe) -> t.Iterator[Safe]:
    """Yield the structure of each field about inbound or outbound calls."""
    for key, value in node.items():
        if re.search("inbound|outbound|incoming|sip", key, re.IGNORECASE):
            yield observe("{}, {}: {}", path, name(key), structure(value))
        elif isinstance(value, dict):
            yield from _find_telephony(value, observe("{}, {}", path, name(key)))
