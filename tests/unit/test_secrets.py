# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret leaves: every module, run against a server that echoes the secrets wherever it can.

There is a task for each way to answer, to be keyed wrongly and to crash; then everything that they left or showed is searched. Runs of
ansible-playbook at ``-vvvv --diff`` show what becomes of options, results and exceptions. The many answers of the server meet the modules
alone, in a tenth of the time: Ansible sees no more of an answer than the module hands to it.

To add a module:

- It joins :data:`MODULES` with its ways, the kinds of work that it does. A way names its requests and which answers each of them meets.
- A request that is new is named beside :data:`READ`, and :meth:`Sayings.usual` says how it is answered when all goes well. Answers that
  only this request can meet are a function beside :func:`refusals`.
- A secret that an option takes joins :data:`SECRETS`. One that only the service tells joins an answer, as :data:`SIP_PASSWORD` does, and
  :data:`ALL_SECRETS`.
"""

from __future__ import annotations

import contextlib
import functools
import html
import http.server
import json
import os
import re
import shlex
import socket
import struct
import subprocess
import sys
import threading
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from ansible_collections.dasha.blackbox.tests.support.constants import COLLECTION, PROVIDER_ID

# Each secret is made of words that nothing else says, and that most ways to spell a text leave alone: no part of a secret may be found either.
#: Option: its secret. The characters between the words are those that URLs, JSON, Python and HTML spell otherwise, where the option takes them.
SECRETS = {"api_key": "Quokka/+='\"%41<&lt;\\Marble\\n#{Zephyr}?Thimble", "auth_token": "deadbeef0facade1effaced2cabbed34"}

#: Options that are named like secrets and are none, and what they can be.
NO_SECRETS = {"update_auth_token": ("on_create", "always")}

#: Other values of api_key, by why they are no good; a newline at the end is dropped.
KEYS = {
    "newline at the end": SECRETS["api_key"] + "\n",
    "newline inside": "Wombat\nSaddle",
    "control character and more than ASCII": "Ferret\x1b[31mAnvil\u00e9Lobster",
}

#: The same of auth_token.
TOKENS = {
    "newline at the end": SECRETS["auth_token"] + "\n",
    "blank inside": f"{SECRETS['auth_token'][:16]} {SECRETS['auth_token'][16:]}",
    "upper case": SECRETS["auth_token"].upper(),
}

#: A token in an option that is not for secrets. Ansible shows the options, so it is of the rest of the result that it has to stay out.
MISPLACED_TOKEN = "badcafe5decade6defaced7beaded890"

#: What the service tells in the lists of SIP credentials and of agents. It is no option, so no module knows it: it is left behind, by the name of its field.
SIP_PASSWORD = "Pelican/+='\"%42<&gt;\\Trumpet"

#: Masked, so short a one would harm :data:`HARMLESS`.
SHORT_SIP_PASSWORD = "admin"
HARMLESS = "Administration"

#: Fields of the API that hold a secret. Nothing but their names tells so: not every module is given the token, and none the passwords.
NAMED = {"authToken": SECRETS["auth_token"], "authPassword": SIP_PASSWORD, "password": SIP_PASSWORD}


def spellings(secret: str) -> dict[str, str]:
    """How a server or a library may write a secret."""
    in_url = quote(secret, safe="")
    return {
        "plain": secret,
        "in a URL": in_url,
        "in a URL, in lower case": re.sub("%..", lambda escape: escape[0].lower(), in_url),
        "in a URL, every character": "".join(f"%{ord(character):02X}" for character in secret),
        "in JSON": json.dumps(secret)[1:-1],
        "in JSON, every character": "".join(f"\\u{ord(character):04x}" for character in secret),
        "in Python": repr(secret)[1:-1],
        "in Python, as bytes": repr(secret.encode())[2:-1],
        "in Python, every character": "".join(f"\\x{ord(character):02x}" for character in secret),
        "in HTML": html.escape(secret),
        "in HTML, every character": "".join(f"&#{ord(character)};" for character in secret),
        "in HTML, every character in hexadecimal": "".join(f"&#x{ord(character):x};" for character in secret),
        "in another case": secret.swapcase(),
    }


def as_repeated(text: str) -> set[str]:
    """The text, and how JSON repeats it, once and twice, in lower case."""
    once = json.dumps(text)[1:-1]
    return {text.lower(), once.lower(), json.dumps(once)[1:-1].lower()}


def traces(secret: str) -> set[str]:
    """What gives a secret away, in lower case: its words, and each of its spellings."""
    return set(re.findall("[a-z]{5,}", secret.lower())).union(*map(as_repeated, spellings(secret).values()))


ALL_SECRETS = [*SECRETS.values(), *KEYS.values(), *TOKENS.values(), SIP_PASSWORD]
#: So short a secret is known by standing alone.
TRACES = set().union(*map(traces, ALL_SECRETS), *(as_repeated(f"{mark}{SHORT_SIP_PASSWORD}{mark}") for mark in "\"'"))


def sightings(text: str, searched: t.Collection[str] = TRACES) -> list[str]:
    """Where a secret is seen, with a little of what stands around it."""
    lower = text.lower()
    return [text[max(0, at - 60) : at + 60] for trace in searched for at in [lower.find(trace)] if at >= 0]


NEW_ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d12"
NUMBER_ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d13"
ACCOUNT = "AC00000000000000000000000000000001"
NEW_ACCOUNT = "AC00000000000000000000000000000002"
OTHER_NUMBER_ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d14"
AGENT_ID = "3f2c1b9a-5a53-4f0e-9d0e-2b7f3a1c8d15"
PHONE_NUMBER = "+15005550001"
PHONE_NUMBER_SID = "PN00000000000000000000000000000001"

#: The requests of the modules, without the prefix of the API.
READ = f"GET /providers/{PROVIDER_ID}"
READ_NEW = f"GET /providers/{NEW_ID}"
LIST = "GET /sip-credentials"
NUMBERS = "GET /sip-phone-numbers"
AGENTS = f"GET /sip-phone-numbers/{NUMBER_ID}/affected-agents"
CREATE = "POST /providers/twilio"
UPDATE = f"PUT /providers/twilio/{PROVIDER_ID}"
REPLACE = f"PATCH /providers/twilio/{PROVIDER_ID}/auth-token"
DELETE = f"DELETE /providers/{PROVIDER_ID}"
VERIFY = f"POST /providers/{PROVIDER_ID}/verify"
AVAILABLE = f"GET /providers/twilio/{PROVIDER_ID}/available-numbers"
IMPORT = f"POST /providers/twilio/{PROVIDER_ID}/import-numbers"
REMOVE = f"DELETE /providers/twilio/{PROVIDER_ID}/phone-numbers/{NUMBER_ID}"
NUMBER = f"GET /sip-phone-numbers/{NUMBER_ID}"
LINK = f"PUT /sip-phone-numbers/{NUMBER_ID}/agent-link"
UNLINK = f"DELETE /sip-phone-numbers/{NUMBER_ID}/agent-link"
OTHER_NUMBER = f"GET /sip-phone-numbers/{OTHER_NUMBER_ID}"
OTHER_AGENTS = f"GET /sip-phone-numbers/{OTHER_NUMBER_ID}/affected-agents"
OTHER_LINK = f"PUT /sip-phone-numbers/{OTHER_NUMBER_ID}/agent-link"
ALL_AGENTS = "GET /agents"
AGENT = f"GET /agents/{AGENT_ID}"

#: What the tasks want of a provider, and a provider that has it.
WISHES = {"name": "Sales", "region": "ie1", "supports_call_transfer": True}
WANTED = {"name": "Sales", "region": "ie1", "supportsCallTransfer": True}
NEW = {"id": NEW_ID, "accountSid": NEW_ACCOUNT, **WANTED}


@dataclass(frozen=True)
class Answer:
    """Bytes, and what becomes of the connection after them."""

    raw: bytes
    then: str = "close"


#: What a server says, by request; of several answers each is said once, and the last one again and again.
Answers = t.Mapping[str, tuple[Answer, ...]]


class Sayings:
    """What a server says that knows these secrets: all spellings of them, in every place of every answer."""

    def __init__(self, secrets: t.Sequence[str]) -> None:
        self.secrets = secrets
        self.plain = " ".join(secrets)
        self.echoes = list(dict.fromkeys(text for secret in secrets for text in spellings(secret).values()))
        self.all_echoes = " | ".join(self.echoes)
        self.keyed = {text: text for text in self.echoes}
        # A message breaks off in the middle of the first secret.
        self.long = f"{'y' * 200} {'x' * 280} {self.plain}"
        self.page = f"<html><title>{self.plain}</title>{self.all_echoes}</html>"
        self.problem = {
            "title": self.all_echoes,
            "detail": f"These are refused: {self.all_echoes}",
            "instance": f"/api/v1/keys/{self.all_echoes}",
            "errors": {text: [text, {"input": self.plain}] for text in self.echoes},
            "request": {"headers": [["Authorization", f"Bearer {text}"] for text in self.echoes], "body": NAMED},
        }

    def answer(self, status: int, body: t.Any, content_type: str = "application/json", location: str = "") -> Answer:
        """An HTTP answer; ``body`` is JSON unless it is a string."""
        in_url = quote(self.plain, safe="")
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        lines = [
            f"HTTP/1.1 {status} {self.plain}",
            f"Content-Type: {content_type}; charset=utf-8; key={self.plain}",
            f"Content-Length: {len(content)}",
            "Connection: close",
            f"Location: {location or f'https://{in_url}:{in_url}@{in_url}.example.com/{self.all_echoes}'}",
            f"Retry-After: {self.plain}",
            f"WWW-Authenticate: Bearer realm={self.all_echoes}",
            f"Set-Cookie: key={self.plain}",
            *[f"X-Echo-{number}: {text}" for number, text in enumerate(self.echoes)],
            *[f"X-{secret}: {secret}" for secret in self.secrets],
            self.plain,
        ]
        return Answer("\r\n".join([*lines, "", ""]).encode() + content)

    def provider(self, **fields: t.Any) -> dict[str, t.Any]:
        return {
            "id": PROVIDER_ID,
            "providerType": "twilio",
            "accountSid": ACCOUNT,
            "name": f"{HARMLESS} {self.all_echoes}",
            "region": self.plain,
            "supportsCallTransfer": False,
            "terminationUri": self.all_echoes,
            "phoneNumberCount": 0,
            "verificationStatus": "verified",
            "verificationDetails": [{"checkName": text, "details": {text: [text]}} for text in self.echoes],
            "echoes": {**self.keyed, **NAMED},
            **self.keyed,
            **NAMED,
            **fields,
        }

    def list_of(self, *items: t.Any, **fields: t.Any) -> Answer:
        return self.answer(200, {"items": items, "totalCount": len(items), "skip": 0, "take": 1000, **self.keyed, **fields})

    def credential(self, **fields: t.Any) -> dict[str, t.Any]:
        return {
            "id": self.plain,
            "source": "provider",
            "providerId": PROVIDER_ID,
            "authUser": self.plain,
            **self.keyed,
            **NAMED,
            **fields,
        }

    def credentials(self, *others: dict[str, t.Any], **fields: t.Any) -> Answer:
        """The list of SIP credentials: that of the provider, one that a user made, and others."""
        made_by_hand = self.credential(id="1", source="manual", providerId=None, authPassword=SHORT_SIP_PASSWORD)
        return self.list_of(self.credential(), made_by_hand, *others, **fields)

    def number(self, **fields: t.Any) -> dict[str, t.Any]:
        status = {"state": self.plain, **self.keyed, **NAMED}
        return {"id": NUMBER_ID, "phoneNumber": self.plain, "providerId": PROVIDER_ID, "registrationStatus": status, **self.keyed, **NAMED, **fields}

    def numbers(self, **fields: t.Any) -> Answer:
        return self.list_of(self.number(**fields))

    def linked(self, *agent_ids: str | None, number_id: str = NUMBER_ID) -> tuple[Answer, ...]:
        """The number, each time linked to another agent, or to none."""
        return tuple(self.answer(200, self.number(id=number_id, incomingCallsAgentId=agent_id)) for agent_id in agent_ids)

    def agent(self, **fields: t.Any) -> dict[str, t.Any]:
        config = {"outboundSipConfig": {"user": self.plain, **NAMED}, **self.keyed, **NAMED}
        return {"agentId": AGENT_ID, "name": self.all_echoes, "isEnabled": True, "config": config, **self.keyed, **NAMED, **fields}

    def users(self, *uses: str) -> Answer:
        """The agent as the one who uses a number so, or nobody."""
        agents = [{"agentId": AGENT_ID, "agentName": self.plain, "uses": uses, **self.keyed, **NAMED}] if uses else []
        return self.answer(200, {"affectedAgents": agents, **self.keyed, **NAMED})

    def import_of(self, successes: t.Any, *messages: t.Any) -> Answer:
        """The answer to an import; the first message is about the number that is asked for."""
        sids = [PHONE_NUMBER_SID, *self.echoes]
        errors = [{"phoneNumberSid": sid, "errorMessage": message, **self.keyed, **NAMED} for sid, message in zip(sids, messages)]
        return self.answer(200, {"successCount": successes, "failedCount": len(errors), "errors": errors, **self.keyed, **NAMED})

    def verification(self, status: str) -> Answer:
        checks = [{"checkName": text, "status": "failed", "message": text, "details": {**self.keyed, **NAMED}} for text in [*self.echoes, self.long]]
        return self.answer(200, {"status": status, "checks": checks, "lastVerifiedAt": self.all_echoes, **self.keyed, **NAMED})

    def usual(self) -> Answers:
        """The answers when all goes well."""
        agents = [{"agentId": text, "agentName": text, "uses": [text]} for text in self.echoes]
        said = {
            READ: self.answer(200, self.provider()),
            READ_NEW: self.answer(200, self.provider(**NEW)),
            LIST: self.credentials(),
            NUMBERS: self.list_of(),
            AGENTS: self.answer(200, {"affectedAgents": agents, **self.keyed}),
            CREATE: self.answer(201, self.provider(**NEW)),
            UPDATE: self.answer(200, self.provider(**WANTED)),
            REPLACE: self.answer(200, self.provider()),
            DELETE: self.answer(200, self.provider()),
            VERIFY: self.verification("warning"),
            AVAILABLE: self.answer(200, {"numbers": [{"sid": PHONE_NUMBER_SID, "number": PHONE_NUMBER, **self.keyed, **NAMED}], **self.keyed, **NAMED}),
            IMPORT: self.import_of(1),
            REMOVE: self.answer(200, self.number()),
            NUMBER: self.answer(200, self.number()),
            LINK: self.answer(200, self.number()),
            UNLINK: self.answer(200, self.number()),
            OTHER_NUMBER: self.answer(200, self.number(id=OTHER_NUMBER_ID)),
            OTHER_AGENTS: self.users(),
            OTHER_LINK: self.answer(200, self.number(id=OTHER_NUMBER_ID)),
            ALL_AGENTS: self.answer(200, [self.agent(), self.agent(agentId=self.plain)]),
            AGENT: self.answer(200, self.agent()),
        }
        return {request: (answer,) for request, answer in said.items()}

    def passing(self) -> tuple[Answer, ...]:
        """Failures that may pass."""
        read = self.answer(200, self.provider())
        return (
            Answer(b"", "reset"),
            Answer(read.raw[:-20], "close"),
            Answer(read.raw[:-20], "reset"),
            Answer(read.raw[:-20], "hang"),
            Answer(f"HTTP/1.1 200 {self.all_echoes}".encode(), "hang"),
            *[self.answer(status, self.problem) for status in (429, 502, 503, 504)],
        )


@dataclass(frozen=True)
class Case:
    """Answers to a request and what they have to come to.

    :param answers: those to the request.
    :param words: words of the error message; None when the task succeeds.
    :param masked: whether an echo comes as far as the mask.
    :param afterwards: answers once something was written.
    """

    answers: tuple[Answer, ...]
    words: str | None
    masked: bool = False
    afterwards: Answers = field(default_factory=dict)


Cases = dict[str, Case]


def refusals(says: Sayings) -> Cases:
    """What every request can meet."""
    return {
        "problem details": Case((says.answer(401, says.problem, "application/problem+json"),), "401 Unauthorized: These are refused", masked=True),
        "a quote that ends in a secret": Case((says.answer(422, {"detail": says.long}),), "422 Unprocessable Entity: yyy"),
        # Python refuses to read so long a number.
        "an escape that is none": Case((says.answer(403, {"detail": f"&#{'9' * 5000}; {says.plain}"}),), "403 Forbidden"),
        "a redirect": Case((says.answer(307, says.page, "text/html"),), "307 Temporary Redirect: a redirect to", masked=True),
        "a redirect that leads nowhere": Case((says.answer(302, says.page, "text/html", f"https://[{says.plain}"),), "302 Found: a redirect is not followed"),
    }


def useless(says: Sayings) -> Cases:
    """What every request can meet that wants an answer."""
    return {
        **refusals(says),
        "not JSON": Case((says.answer(200, says.page, says.all_echoes),), "the body is not JSON", masked=True),
        "a kind that ends in a secret": Case((says.answer(200, says.page, says.long),), "the body is not JSON (yyy"),
        "not HTTP": Case((Answer(f"{says.all_echoes}\r\n\r\n".encode()),), "does not speak HTTP"),
        "failures that may pass": Case((*says.passing(), says.answer(500, says.page, "text/html")), "Sent 1"),
    }


def not_found(says: Sayings) -> Cases:
    return {"a page instead of not found": Case((says.answer(404, says.page, "text/html"),), "404 Not Found: the body is not the API's JSON")}


def other_providers(says: Sayings) -> Cases:
    return {
        "another id": Case((says.answer(200, says.provider(id=says.plain)),), "the answer is another provider", masked=True),
        "a wrong type": Case((says.answer(200, says.provider(name=says.problem)),), "name is an object"),
    }


def other_types(says: Sayings) -> Cases:
    return {"another type": Case((says.answer(200, says.provider(providerType=says.plain)),), "the provider is of type", masked=True)}


def lists(says: Sayings) -> Cases:
    """How the list of SIP credentials may be no good."""
    whole = says.credentials().raw
    return {
        "JSON that is broken": Case((Answer(whole[:-1] + b"!"),), "the body is not JSON"),
        "failures that may pass": Case((Answer(whole[:-20], "close"), Answer(whole[:-20], "hang"), says.answer(500, says.page)), "Sent 3"),
        "no list": Case((says.answer(200, {"items": says.credential(), "totalCount": 1}),), "the answer is no page of a list"),
        "no object in it": Case((says.list_of([SIP_PASSWORD]),), "a JSON object was expected"),
        "a wrong type in it": Case((says.credentials(says.credential(id={"authPassword": SIP_PASSWORD})),), "id is an object"),
        "no id of a provider": Case((says.credentials(says.credential(providerId=SIP_PASSWORD)),), "the providerId of a SIP credential is not a UUID"),
        "a refusal that repeats it": Case((says.answer(500, {**says.problem, "items": [says.credential()]}),), "500 Internal Server Error", masked=True),
        "one that is missing": Case((says.credentials(totalCount=3),), "the list is incomplete"),
        "one of an unknown provider": Case(
            (says.credentials(says.credential(id=says.plain + "2", providerId=None)),), "a provider that it does not name", masked=True
        ),
    }


def numbers(says: Sayings) -> Cases:
    return {
        "no id of a number": Case((says.numbers(id=says.plain),), "the id of a phone number is not a UUID"),
        "no id of a provider": Case((says.numbers(providerId=says.plain),), "the providerId of a phone number is not a UUID"),
        "a wrong type in it": Case((says.numbers(phoneNumber=[says.plain]),), "phoneNumber is an array"),
        "one that is missing": Case((says.list_of(says.number(), totalCount=2),), "the list is incomplete"),
    }


def other_numbers(says: Sayings) -> Cases:
    return {
        "another id": Case((says.answer(200, says.number(id=NEW_ID)),), "the answer is another phone number"),
        "no id of a number": Case((says.answer(200, says.number(id=says.plain)),), "the id of a phone number is not a UUID"),
        "a wrong type": Case((says.answer(200, says.number(displayName=says.problem)),), "displayName is an object"),
    }


def other_agents(says: Sayings) -> Cases:
    return {
        "another id": Case((says.answer(200, says.agent(agentId=says.plain)),), "the answer is another agent", masked=True),
        "a wrong type": Case((says.answer(200, says.agent(name=says.problem)),), "name is an object"),
    }


def agent_lists(says: Sayings) -> Cases:
    """How the list of agents may be no good."""
    whole = says.usual()[ALL_AGENTS][0].raw
    return {
        "JSON that is broken": Case((Answer(whole[:-1] + b"!"),), "the body is not JSON"),
        "no list": Case((says.answer(200, {"items": [says.agent()]}),), "the answer is no list of agents"),
        "no object in it": Case((says.answer(200, [SIP_PASSWORD]),), "a JSON object was expected"),
        "a wrong type in it": Case((says.answer(200, [says.agent(agentId=NAMED)]),), "agentId is an object"),
        "a refusal that repeats it": Case((says.answer(500, {**says.problem, "agents": [says.agent()]}),), "500 Internal Server Error", masked=True),
    }


def shapes(says: Sayings) -> Cases:
    """What may stand in an answer whose shape is not documented."""
    return {
        "a string": Case((says.answer(200, json.dumps(says.all_echoes)),), None, masked=True),
        "lists in lists": Case((says.answer(200, [[[says.echoes, NAMED]]]),), None, masked=True),
        "an object": Case((says.answer(200, {**says.problem, **NAMED}),), None, masked=True),
    }


def agents(says: Sayings) -> Cases:
    return {"a wrong type": Case((says.answer(200, {"affectedAgents": says.plain}),), "affectedAgents is a string")}


def verifications(says: Sayings) -> Cases:
    return {
        "a verification that failed": Case((says.verification("failed"),), "ended with failed", masked=True),
        "another status": Case((says.verification(says.plain),), "the status is", masked=True),
        "a message that is no text": Case((says.answer(200, {"status": "failed", "checks": [{"checkName": NAMED, "message": NAMED}]}),), "ended with failed"),
        "a wrong type": Case((says.answer(200, {"status": "failed", "checks": says.echoes}),), "checks holds something else than objects"),
    }


def writes(says: Sayings, when_accepted: str | None, in_the_end: str) -> Cases:
    """What a write can meet. One that succeeds without a good answer, and one that may have succeeded, is looked into.

    :param when_accepted: words of the message when the answer is no use, None for success.
    :param in_the_end: words of the message when there is no answer.
    """
    return {
        **refusals(says),
        "not JSON": Case((says.answer(200, says.page, says.all_echoes),), when_accepted),
        "failures that may pass": Case((*says.passing(), says.answer(500, says.problem)), in_the_end),
    }


def updates(says: Sayings) -> Cases:
    return {
        **writes(says, "was accepted, but", "Read afterwards"),
        "stored otherwise": Case((says.answer(200, says.provider()),), "was accepted, but", masked=True),
    }


def updates_after_another_write(says: Sayings) -> Cases:
    return {"problem details": Case((says.answer(401, says.problem),), "The Auth Token was replaced before that.", masked=True)}


def replacements(says: Sayings) -> Cases:
    return {
        **writes(says, None, "Whether the Auth Token is stored now is not known"),
        "another id": Case((says.answer(200, says.provider(id=says.plain)),), None, masked=True),
    }


def deletions(says: Sayings) -> Cases:
    return writes(says, None, "the provider is still there")


def links(says: Sayings, before: str | None = None) -> Cases:
    """What a write of a link can meet.

    :param before: the agent that the number had.
    """
    in_vain = {NUMBER: says.linked(before)}
    return {
        **writes(says, None, ""),
        "failures that may pass": Case((*says.passing(), says.answer(500, says.problem)), "Read afterwards, the number", masked=True, afterwards=in_vain),
        "accepted in vain": Case((says.answer(200, says.problem),), "was accepted, but the number", afterwards=in_vain),
        "a proof that is refused": Case(
            (says.answer(200, says.problem),), "whether it took effect is not known", masked=True, afterwards={NUMBER: (says.answer(401, says.problem),)}
        ),
    }


def transfers(says: Sayings) -> Cases:
    refused = (says.answer(422, says.problem),)
    return {**refusals(says), "a refusal of the link": Case(refused, "With unlink_first: true the link of the number", masked=True)}


def transfers_after_unlinking(says: Sayings) -> Cases:
    refused = (says.answer(422, says.problem),)
    source = {NUMBER: says.linked(AGENT_ID, AGENT_ID, None, None, AGENT_ID)}
    return {
        "two refusals": Case(refused, "was taken away before, and was made again", masked=True, afterwards=source),
        "three refusals": Case(refused, "could not be made again: PUT", masked=True, afterwards={**source, LINK: (says.answer(401, says.problem),)}),
    }


def problem_details(says: Sayings) -> Cases:
    """The shortest way to be refused."""
    return {"problem details": Case((says.answer(401, says.problem),), "401 Unauthorized: These are refused", masked=True)}


def imports(says: Sayings) -> Cases:
    in_vain = {NUMBERS: (says.list_of(),)}
    of_one = {"errors": [{"phoneNumberSid": PHONE_NUMBER_SID, "errorMessage": says.long}]}
    return {
        **writes(says, None, ""),
        # Sent again only where it surely came to nothing.
        "failures that may pass": Case((says.answer(429, says.problem), says.answer(503, says.problem)), None),
        "a failure in vain": Case((says.answer(500, says.problem),), "It may still be imported", masked=True, afterwards=in_vain),
        "what is there afterwards refused": Case(
            (says.answer(500, says.problem),), "which are there now is not known", masked=True, afterwards={NUMBERS: (says.answer(401, says.problem),)}
        ),
        "a message": Case((says.import_of(0, says.plain),), f"{PHONE_NUMBER}: ", masked=True, afterwards=in_vain),
        "a message in all spellings": Case((says.import_of(0, says.all_echoes),), f"{PHONE_NUMBER}: ", masked=True, afterwards=in_vain),
        "a message that ends in a secret": Case((says.import_of(0, says.long),), f"{PHONE_NUMBER}: yyy", afterwards=in_vain),
        "a message that is no text": Case((says.import_of(0, NAMED),), f"{PHONE_NUMBER}: ", afterwards=in_vain),
        "messages about others": Case((says.import_of(says.plain, None, *says.echoes, says.long),), f"{PHONE_NUMBER}: ", afterwards=in_vain),
        "a message in a refusal": Case((says.answer(422, {**says.problem, **of_one}),), f"{PHONE_NUMBER}: yyy", masked=True, afterwards=in_vain),
    }


def imports_before_removals(says: Sayings) -> Cases:
    return {"problem details": Case((says.answer(401, says.problem),), "It was not removed, because not all numbers could be imported", masked=True)}


def removals(says: Sayings) -> Cases:
    there = one_number(says)
    return {
        **writes(says, None, ""),
        "failures that may pass": Case((*says.passing(), says.answer(500, says.problem)), "Read afterwards, the number is still there", afterwards=there),
        "an agent in the meantime": Case((says.answer(409, says.problem),), "It is used by", masked=True, afterwards={AGENTS: says.usual()[AGENTS]}),
    }


def agents_in_the_way(says: Sayings) -> Cases:
    return {"agents that use it": Case(says.usual()[AGENTS], f"{PHONE_NUMBER}: It is used by", masked=True)}


def creations(says: Sayings) -> Cases:
    otherwise = says.answer(201, says.provider(id=NEW_ID, accountSid=NEW_ACCOUNT))
    of_the_same_account = says.answer(200, says.provider(accountSid=NEW_ACCOUNT, name=says.plain))
    return {
        **writes(says, None, ""),
        # Sent again only where it surely came to nothing.
        "failures that may pass": Case((says.answer(429, says.problem), says.answer(503, says.problem)), None),
        "a failure that is looked into in vain": Case(
            (says.answer(500, says.problem),), "Whether the provider was created is not known", afterwards={LIST: (says.answer(401, says.problem),)}
        ),
        "stored otherwise": Case((otherwise,), f"created the provider {NEW_ID}, but name is", masked=True, afterwards={READ_NEW: (otherwise,)}),
        "another at the same time": Case(says.usual()[CREATE], "and now 2 have it: ", masked=True, afterwards={READ: (of_the_same_account,)}),
    }


def nothing_else(_says: Sayings) -> Answers:
    return {}


def no_api(says: Sayings) -> Answers:
    """Where the list is read to confirm a 404 and nothing else."""
    return {LIST: (says.answer(200, says.page, "text/html"),)}


def harmless_name(says: Sayings) -> Answers:
    return {READ: (says.answer(200, says.provider(name=HARMLESS)),)}


def linked(says: Sayings) -> Answers:
    """A number whose link is taken away after two readings."""
    return {NUMBER: says.linked(AGENT_ID, AGENT_ID, None)}


def transferred(says: Sayings, readings: int = 2) -> Answers:
    """A link that is moved, after so many readings of the number that it is moved to."""
    target = says.linked(*[None] * readings, AGENT_ID, number_id=OTHER_NUMBER_ID)
    return {**linked(says), AGENTS: (says.users("inbound"),), OTHER_NUMBER: target}


def transferred_after_unlinking(says: Sayings) -> Answers:
    return {**transferred(says, 3), OTHER_LINK: (says.answer(422, says.problem), *says.usual()[OTHER_LINK])}


def another_number(says: Sayings) -> Answers:
    return {NUMBERS: (says.numbers(id=OTHER_NUMBER_ID),)}


def one_number(says: Sayings) -> Answers:
    return {NUMBERS: (says.list_of(says.number(phoneNumber=PHONE_NUMBER), says.number(id=OTHER_NUMBER_ID)),), AGENTS: (says.users(),)}


@dataclass(frozen=True)
class Way:
    """A kind of work that a module does.

    :param options: what makes it do so.
    :param requests: all that it sends when all goes well, and the answers that each of them meets in tasks of their own.
    :param words: words of its error message when all goes well; None when it succeeds.
    :param answers: where the server says something else than usual.
    :param afterwards: the same, once something was written.
    """

    name: str
    options: t.Mapping[str, t.Any]
    requests: t.Mapping[str, tuple[t.Callable[[Sayings], Cases], ...]]
    words: str | None = None
    answers: t.Callable[[Sayings], Answers] = nothing_else
    afterwards: t.Callable[[Sayings], Answers] = nothing_else

    @property
    def sends_token(self) -> bool:
        return bool({CREATE, REPLACE} & set(self.requests))


@dataclass(frozen=True)
class Module:
    """A module, its ways, and the options that take a secret, beside api_key. The first option of its first way takes an id."""

    name: str
    ways: tuple[Way, ...]
    secrets: tuple[str, ...] = ()


BY_ID = {"id": PROVIDER_ID}
LINKED = {"phone_number_id": NUMBER_ID, "agent_id": AGENT_ID}
MOVED = {"from_id": NUMBER_ID, "to_id": OTHER_NUMBER_ID}
LISTED = {"provider_id": PROVIDER_ID, "phone_numbers": [PHONE_NUMBER]}
MODULES = (
    Module(
        "agent_info",
        (
            Way("by id", {"id": AGENT_ID}, {AGENT: (useless, not_found, other_agents)}, answers=no_api),
            Way("all", {}, {ALL_AGENTS: (useless, not_found, agent_lists)}),
        ),
    ),
    Module(
        "phone_number_agent_link",
        (
            Way(
                "inbound",
                LINKED,
                {NUMBER: (useless, not_found, other_numbers), AGENT: (problem_details, other_agents), LINK: (links,)},
                afterwards=lambda says: {NUMBER: says.linked(AGENT_ID)},
            ),
            Way(
                "outbound",
                {"phone_number": PHONE_NUMBER, "agent_id": AGENT_ID, "direction": "outbound"},
                {NUMBERS: (problem_details,), AGENTS: (agents,), AGENT: (), LINK: (), NUMBER: ()},
                answers=lambda says: {NUMBERS: (says.numbers(phoneNumber=PHONE_NUMBER),)},
                afterwards=lambda says: {AGENTS: (says.users("outbound"),)},
            ),
            Way(
                "take away",
                {**LINKED, "state": "absent"},
                {NUMBER: (), UNLINK: (functools.partial(links, before=AGENT_ID),)},
                answers=lambda says: {NUMBER: says.linked(AGENT_ID, None)},
            ),
        ),
    ),
    Module(
        "phone_number_info",
        (
            Way("of a provider", {"provider_id": PROVIDER_ID}, {NUMBERS: (useless, not_found, numbers)}, answers=one_number),
            Way("with agents", {"agents": True}, {NUMBERS: (), AGENTS: (problem_details, agents)}, answers=lambda says: {NUMBERS: (says.numbers(),)}),
        ),
    ),
    Module(
        "phone_number_link_transfer",
        (
            Way(
                "inbound",
                MOVED,
                {
                    NUMBER: (problem_details,),
                    AGENTS: (agents,),
                    OTHER_NUMBER: (problem_details,),
                    OTHER_AGENTS: (problem_details,),
                    OTHER_LINK: (transfers,),
                    UNLINK: (problem_details,),
                },
                answers=transferred,
            ),
            Way(
                "outbound",
                MOVED,
                {NUMBER: (), AGENTS: (), OTHER_NUMBER: (), OTHER_AGENTS: (), OTHER_LINK: ()},
                answers=lambda says: {AGENTS: (says.users("outbound"),)},
                afterwards=lambda says: {OTHER_AGENTS: (says.users("outbound"),)},
            ),
            Way(
                "unlink first",
                {**MOVED, "unlink_first": True},
                {NUMBER: (), AGENTS: (), OTHER_NUMBER: (), OTHER_AGENTS: (), OTHER_LINK: (transfers_after_unlinking,), UNLINK: (problem_details,)},
                answers=transferred_after_unlinking,
            ),
        ),
    ),
    Module("twilio_available_number_info", (Way("of a provider", {"provider_id": PROVIDER_ID}, {AVAILABLE: (useless, not_found, shapes)}),)),
    Module(
        "twilio_phone_numbers",
        (
            Way(
                "import",
                LISTED,
                {READ: (other_types,), NUMBERS: (problem_details,), AVAILABLE: (problem_details,), IMPORT: (imports,)},
                answers=another_number,
                afterwards=one_number,
            ),
            Way(
                "take out",
                {**LISTED, "state": "absent"},
                {READ: (), NUMBERS: (), AGENTS: (agents, agents_in_the_way), REMOVE: (removals,)},
                answers=one_number,
                afterwards=another_number,
            ),
            Way(
                "exclusive",
                {"provider_id": PROVIDER_ID, "phone_number_sids": [PHONE_NUMBER_SID], "exclusive": True, "force": True},
                {READ: (), NUMBERS: (), AVAILABLE: (), IMPORT: (imports_before_removals,), REMOVE: ()},
                answers=lambda says: {NUMBERS: (says.numbers(),)},
                afterwards=lambda says: {NUMBERS: (says.numbers(id=NEW_ID, phoneNumber=PHONE_NUMBER),)},
            ),
        ),
    ),
    Module(
        "twilio_provider",
        (
            Way("update", {**BY_ID, **WISHES}, {READ: (useless, not_found, other_providers, other_types), UPDATE: (updates,)}),
            Way(
                "create",
                {"account_sid": NEW_ACCOUNT, **WISHES},
                {LIST: (useless, not_found, lists), READ: (useless, other_providers), CREATE: (creations,), READ_NEW: ()},
                afterwards=lambda says: {LIST: (says.credentials(says.credential(id="2", providerId=NEW_ID)),)},
            ),
            Way(
                "replace the token",
                {"name": HARMLESS, "region": "ie1", "update_auth_token": "always"},
                {LIST: (useless, not_found, lists), READ: (useless, other_providers), REPLACE: (replacements,), UPDATE: (updates_after_another_write,)},
                answers=harmless_name,
            ),
            Way(
                "delete",
                {**BY_ID, "state": "absent"},
                {READ: (useless, not_found, other_providers, other_types), NUMBERS: (useless, not_found, numbers), DELETE: (deletions,)},
                answers=no_api,
            ),
            Way(
                "delete, with numbers",
                {**BY_ID, "state": "absent"},
                {READ: (), NUMBERS: (), AGENTS: (useless, not_found, agents)},
                words="is not deleted, because numbers are imported through it",
                answers=lambda says: {NUMBERS: (says.numbers(),)},
            ),
            Way("delete by force", {"account_sid": ACCOUNT, "state": "absent", "force": True}, {LIST: (), READ: (), DELETE: ()}),
        ),
        secrets=("auth_token",),
    ),
    Module(
        "twilio_provider_info",
        (
            Way("by id", BY_ID, {READ: (useless, not_found, other_providers, other_types)}, answers=no_api),
            Way("all", {}, {LIST: (useless, not_found, lists), READ: (useless, other_providers)}),
            Way("by account_sid", {"account_sid": ACCOUNT}, {LIST: (), READ: ()}),
            Way("by name", {"name": HARMLESS}, {LIST: (), READ: ()}, answers=harmless_name),
        ),
    ),
    Module(
        "twilio_provider_verify",
        (
            Way("by id", BY_ID, {READ: (useless, not_found, other_providers, other_types), VERIFY: (useless, not_found, verifications)}),
            Way("by account_sid", {"account_sid": ACCOUNT}, {LIST: (), READ: (), VERIFY: ()}),
        ),
    ),
    Module(
        "twilio_providers",
        (
            Way("by id", {"providers": [{**BY_ID, **WISHES}]}, {READ: (useless, not_found, other_providers, other_types), UPDATE: (updates,)}),
            Way("by account_sid", {"providers": [{"account_sid": ACCOUNT, **WISHES}]}, {LIST: (problem_details,), READ: (), UPDATE: (problem_details,)}),
        ),
    ),
)

#: Stands in for what may go wrong inside of the libraries, with all that is secret in the text of the exception.
CRASH = """
import os
import requests

as_it_is = requests.Session.send

def send(session, request, **options):
    if request.method != os.environ["CRASH_AT"]:
        return as_it_is(session, request, **options)
    header = request.headers["Authorization"]
    text = f"{header} {header.encode()!r} {dict(request.headers)} {request.body}"
    try:
        raise ValueError(text)
    except ValueError:
        if os.environ["CRASH"] == "bug":
            raise RuntimeError(text, request.headers)
        raise requests.exceptions.InvalidHeader(text, request=request)

requests.Session.send = send
"""
CRASHES = {"bug": "Unexpected RuntimeError; this is a bug in dasha.blackbox.", "exception of requests": "/api/v1/"}


@dataclass(frozen=True)
class Task:
    """A task of a play and what it has to come to.

    :param words: words of its error message; None when it succeeds.
    :param environment: variables that only this task finds; :data:`CRASH` looks for them.
    :param request: the request that meets other answers than usual.
    :param masked: whether an echo comes as far as the mask.
    :param answers: what the server says to it.
    :param afterwards: the same, once something was written.
    """

    module: Module
    way: Way
    about: str
    words: str | None = None
    options: dict[str, t.Any] = field(default_factory=dict)
    check_mode: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    request: str = ""
    masked: bool = False
    answers: Answers = field(default_factory=dict)
    afterwards: Answers = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.module.name}, {self.way.name}: {' to '.join(filter(None, [self.about, self.request]))}"

    @property
    def in_play(self) -> bool:
        """Whether ansible-playbook runs it: the first way as usual and with other options, any that sends a token as usual, and all that crash."""
        if self.way is self.module.ways[0]:
            return not self.request and not self.check_mode
        return bool(self.environment) or (self.way.sends_token and self.about == "as usual")

    def given(self, api_url: str) -> dict[str, t.Any]:
        """The options as they are given."""
        options = {"api_url": api_url, **{option: SECRETS[option] for option in self.module.secrets}, **self.way.options, **self.options}
        return {option: value for option, value in options.items() if value is not None}

    def as_played(self, number: int) -> dict[str, t.Any]:
        """The task in a play; its options stand in a variable, as secrets do."""
        given = {option: f"{{{{ options['{number}'].{option} }}}}" for option in self.given("")}
        return {
            "name": self.name,
            f"dasha.blackbox.{self.module.name}": given,
            "register": f"result_{number}",
            "ignore_errors": True,
            "check_mode": self.check_mode,
            "environment": self.environment and {"PYTHONPATH": "{{ crash_folder }}", **self.environment},
        }


def tasks_of(module: Module, way: Way) -> t.Iterator[Task]:
    says = Sayings([*(SECRETS[option] for option in module.secrets), SECRETS["api_key"]])
    answers = {**says.usual(), **way.answers(says)}
    afterwards = way.afterwards(says)
    task = functools.partial(Task, module, way)
    usual = functools.partial(task, answers=answers, afterwards=afterwards)
    yield usual("as usual", way.words, masked=True)
    # Of what would be created the server says nothing yet.
    yield usual("check mode", way.words, check_mode=True, masked=CREATE not in way.requests)
    for request, sets in way.requests.items():
        for about, case in {about: case for cases in sets for about, case in cases(says).items()}.items():
            met = {**answers, request: case.answers}
            yield task(about, case.words, request=request, masked=case.masked, answers=met, afterwards={**afterwards, **case.afterwards})
    crashes_at = max((request.partition(" ")[0] for request in way.requests), key=lambda method: method != "GET")
    # One crash of each module shows what becomes of any; more there is to tell of a request with a token.
    kinds = CRASHES if way.sends_token else ["bug"] if way is module.ways[0] else []
    for about, words in [(kind, CRASHES[kind]) for kind in kinds]:
        yield usual(about, words, {"api_retries": 1}, environment={"CRASH": about, "CRASH_AT": crashes_at}, masked=about == "bug")
    if way.sends_token:
        for about, auth_token in TOKENS.items():
            yield task(f"token with {about}", "The option auth_token is refused: it is not an Auth Token", {"auth_token": auth_token})
    if way is module.ways[0]:
        yield from misplacements(module, usual)


def misplacements(module: Module, usual: t.Callable[..., Task]) -> t.Iterator[Task]:
    """Secrets that are no good, or that stand in the wrong place."""
    # All modules take their key in one place; the first one shows it.
    for about, api_key in KEYS.items() if module is MODULES[0] else ():
        refusal = None if about == "newline at the end" else "The option api_key is refused: it has blanks, control characters"
        yield usual(f"key with {about}", refusal, {"api_key": api_key}, masked=refusal is None)
    (option, value), *_others = module.ways[0].options.items()
    name, misplaced = (option, SECRETS["api_key"]) if isinstance(value, str) else ("id", [{"id": SECRETS["api_key"]}])
    yield usual(f"key as {name}", f"The option {name} is refused", {option: misplaced}, masked=True)
    if any("account_sid" in way.options for way in module.ways):
        no_account = "The option account_sid is refused: it is not an Account SID"
        swapped = dict.fromkeys(module.secrets, ACCOUNT)
        yield usual("token as account_sid", no_account, {option: None, "account_sid": MISPLACED_TOKEN, **swapped})
        if module.secrets:
            yield usual("token as account_sid too", no_account, {option: None, "account_sid": SECRETS["auth_token"]})


TASKS = [task for module in MODULES for way in module.ways for task in tasks_of(module, way)]


class Received(t.NamedTuple):
    """A request: whose it is, and what of it matters here."""

    task: int
    request: str
    authorization: str | None
    rest: str
    body: str


class EchoServer(http.server.ThreadingHTTPServer):
    """Answers each task as it means it, and keeps what it received. A task has a path of its own below ``url``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), EchoHandler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.received: list[Received] = []
        self.stopping = threading.Event()

    def __enter__(self) -> EchoServer:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()

    def shutdown_request(self, request: t.Any) -> None:
        """Close it and nothing more: an end that is said before is no reset."""
        self.close_request(request)

    def answer_to(self, received: Received) -> Answer:
        task = TASKS[received.task]
        before = [earlier.request for earlier in self.received if earlier.task == received.task]
        self.received.append(received)
        written = not all(request.startswith("GET ") for request in before)
        answers = {**task.answers, **(task.afterwards if written else {})}[received.request]
        return answers[min(before.count(received.request), len(answers) - 1)]


class EchoHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, EchoServer)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        asked = re.fullmatch(r"/task-(\d+)/api/v1(/[^?]*)(?:\?.*)?", self.path)
        assert asked
        authorization = self.headers.get("Authorization")
        del self.headers["Authorization"]
        said = self.server.answer_to(Received(int(asked[1]), f"{self.command} {asked[2]}", authorization, f"{self.path} {self.headers}", body))
        with contextlib.suppress(OSError):
            self.wfile.write(said.raw)
            self.wfile.flush()
            if said.then == "hang":
                # Longer than api_timeout; what waits for Twilio waits longer and meets the reset.
                self.server.stopping.wait(0.8)
            if said.then != "close":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  # http.server looks for these names

    def log_message(self, *words: object) -> None:
        """Say nothing."""


class ProcessList:
    """Reads the command line of every process again and again, in a thread, where the system has them under /proc."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> ProcessList:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            for line in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    self.seen.add(line.read_bytes())


#: Runs modules in processes of their own, without loading anew for each what all of them load. Each line that it shows is a result.
RUNNER = """
import importlib
import json
import os
import runpy
import sys

with open("jobs.json") as file:
    jobs = json.load(file)
for module in dict(jobs):
    importlib.import_module(module)
    del sys.modules[module]
for module, arguments in jobs:
    reading, writing = os.pipe()
    os.write(writing, json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
    os.close(writing)
    if not os.fork():
        os.dup2(reading, 0)
        sys.exit(runpy.run_module(module, run_name="__main__", alter_sys=True))
    os.close(reading)
    os.wait()
"""

PLACES = (
    "standard output",
    "standard error",
    "results",
    "log",
    "standard output of the modules",
    "standard error of the modules",
    "command lines",
    "files that are left",
)


class Run(t.NamedTuple):
    """What there is after a run: what stands in each place, and each task's result."""

    places: dict[str, bytes]
    results: list[dict[str, t.Any]]


class Played(t.NamedTuple):
    """What there is after all runs: the text in each place, each task's result, and the requests."""

    places: dict[str, str]
    results: list[dict[str, t.Any]]
    received: list[Received]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """All tasks, dealt out to runs that go on side by side; some tasks wait, so there are more runs than processors."""
    side_by_side = min(2 * (os.cpu_count() or 1), 8)
    hands: list[tuple[t.Callable[[list[int], Path, str], Run], list[int]]] = []
    for function, in_play in ((play, True), (run_modules, False)):
        numbers = [number for number, task in enumerate(TASKS) if task.in_play is in_play]
        hands += [(function, numbers[first::side_by_side]) for first in range(side_by_side)]
    folders = [tmp_path_factory.mktemp("run") for _hand in hands]
    with EchoServer() as server, ProcessList() as processes, ThreadPoolExecutor(len(hands)) as pool:
        runs = list(pool.map(lambda hand, folder: hand[0](hand[1], folder, server.url), hands, folders))
    places = {place: "\n".join(run.places[place].decode(errors="replace") for run in runs if place in run.places) for place in PLACES}
    places["command lines"] = b"\n".join(processes.seen).replace(b"\0", b" ").decode(errors="replace")
    results = {number: result for (_function, numbers), run in zip(hands, runs) for number, result in zip(numbers, run.results)}
    return Played(places, [results[number] for number in range(len(TASKS))], server.received)


def environment(folder: Path) -> dict[str, str]:
    """What all runs find; all that one could leave behind lies in one folder."""
    left = folder / "left"
    for name in ("home", "local", "remote", "temporary"):
        (left / name).mkdir(parents=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(left / "home"),
        "TMPDIR": str(left / "temporary"),
        "LC_ALL": "C.UTF-8",
        "DASHA_BLACKBOX_API_KEY": SECRETS["api_key"],
        "DASHA_BLACKBOX_API_RETRIES": "20",
        "DASHA_BLACKBOX_API_RETRY_MAX_DELAY": "0.01",
        "DASHA_BLACKBOX_API_TIMEOUT": "0.5",
    }


def left_behind(folder: Path) -> bytes:
    return b"\n".join(bytes(path) + b": " + path.read_bytes() for path in (folder / "left").rglob("*") if path.is_file())


def run_modules(numbers: list[int], folder: Path, url: str) -> Run:
    """Run the modules as Ansible does on a host, and show what they hand to it."""
    jobs = []
    for number in numbers:
        task = TASKS[number]
        options = {**task.given(f"{url}/task-{number}"), "_ansible_check_mode": task.check_mode, "_ansible_diff": True}
        jobs.append((f"ansible_collections.dasha.blackbox.plugins.modules.{task.module.name}", options))
    (folder / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-c", RUNNER],
        cwd=folder,
        env={**environment(folder), "PYTHONPATH": str(COLLECTION.parents[2])},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()[-2000:]
    places = {"standard output of the modules": run.stdout, "standard error of the modules": run.stderr, "files that are left": left_behind(folder)}
    results = [{"failed": False, **json.loads(line)} for line in run.stdout.splitlines() if line]
    assert len(results) == len(numbers), run.stderr.decode()[-2000:]
    return Run(places, results)


def play(numbers: list[int], folder: Path, url: str) -> Run:
    """Have ansible-playbook run the tasks."""
    (folder / "ansible.cfg").touch()
    (folder / "sitecustomize.py").write_text(CRASH, encoding="utf-8")
    # Ansible does not show it, but a terminal that is forced on ssh mixes it with the standard output.
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@" 2>>{shlex.quote(str(folder / "stderr"))}\n', encoding="utf-8")
    python.chmod(0o700)
    options = {number: TASKS[number].given(f"{url}/task-{number}") for number in numbers}
    variables = {"options": options, "crash_folder": str(folder), "ansible_python_interpreter": str(python)}
    (folder / "variables.json").write_text(json.dumps(variables), encoding="utf-8")
    tasks = [TASKS[number].as_played(number) for number in numbers]
    results = ", ".join(task["register"] for task in tasks)
    copy = {"content": f"{{{{ [{results}] | to_nice_json }}}}", "dest": str(folder / "results"), "mode": "600"}
    playbook = [
        {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars_files": ["variables.json"],
            "tasks": [*tasks, {"ansible.builtin.copy": copy, "diff": False}],
        }
    ]
    (folder / "play.yml").write_text(json.dumps(playbook), encoding="utf-8")
    run = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-vvvv", "--diff", "--inventory", "localhost,", "play.yml"],
        cwd=folder,
        env={
            **environment(folder),
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            # From ansible-core 2.19 on tracebacks are shown on demand only.
            "ANSIBLE_DISPLAY_TRACEBACK": "always",
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTION.parents[2]),
            "ANSIBLE_LOCAL_TEMP": str(folder / "left/local"),
            "ANSIBLE_INJECT_INVOCATION": "true",
            "ANSIBLE_LOG_PATH": str(folder / "log"),
            "ANSIBLE_REMOTE_TEMP": str(folder / "left/remote"),
        },
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout.decode()[-2000:] + run.stderr.decode()[-2000:]
    places = {
        "standard output": run.stdout,
        "standard error": run.stderr,
        "results": (folder / "results").read_bytes(),
        "log": (folder / "log").read_bytes(),
        "standard error of the modules": (folder / "stderr").read_bytes(),
        "files that are left": left_behind(folder),
    }
    return Run(places, json.loads(places["results"]))


@pytest.mark.parametrize("place", PLACES)
def test_no_secret_is_found(played: Played, place: str) -> None:
    assert not sightings(played.places[place])


def test_every_task_goes_as_meant(played: Played) -> None:
    assert set(played.places) == set(PLACES)
    assert len({task.name for task in TASKS}) == len(TASKS)
    for task, result in zip(TASKS, played.results):
        assert result["failed"] is (task.words is not None), (task.name, result)
        assert (task.words or "") in result.get("msg", ""), (task.name, result["msg"])
        assert "********" in json.dumps(result) or not task.masked, (task.name, result)
        if task.in_play:
            assert f"TASK [{task.name}]" in played.places["standard output"]
            assert f"TASK [{task.name}]" in played.places["log"]


def test_the_server_was_asked_as_meant(played: Played) -> None:
    for number, task in enumerate(TASKS):
        asked = [received.request for received in played.received if received.task == number]
        if task.request:
            # A busy machine may add one that took too long.
            assert asked.count(task.request) >= len(task.answers[task.request]), task.name
        elif task.about == "as usual":
            assert set(asked) == set(task.way.requests), task.name
        elif task.about == "check mode":
            assert asked, task.name
            assert all(request.startswith("GET ") for request in asked), task.name
        elif "is refused" in (task.words or ""):
            assert not asked, task.name


def test_secrets_go_to_the_server_where_they_belong_and_nowhere_else(played: Played) -> None:
    for received in played.received:
        assert received.authorization == f"Bearer {SECRETS['api_key']}"
        assert not sightings(received.rest)
    bodies = {received.request for received in played.received if SECRETS["auth_token"] in received.body}
    assert bodies == {CREATE, REPLACE}


def test_a_token_in_the_wrong_place_is_not_repeated(played: Played) -> None:
    shown = [{name: value for name, value in result.items() if name != "invocation"} for result in played.results]
    assert not sightings(json.dumps(shown), traces(MISPLACED_TOKEN))


def test_a_short_password_of_the_service_harms_no_other_word(played: Played) -> None:
    for task, result in zip(TASKS, played.results):
        if task.about == "as usual" and task.module.name == "twilio_provider_info":
            assert result["providers"]
            assert all(provider["name"].startswith(HARMLESS) for provider in result["providers"])


def test_secret_options_are_not_shown_as_given(played: Played) -> None:
    output = played.places["standard output"]
    all_shown = [json.JSONDecoder().raw_decode(output, found.end())[0] for found in re.finditer(r'"module_args": (?=\{)', output)]
    shown = [options for options in all_shown if "api_key" in options]
    assert len(shown) == sum(task.in_play for task in TASKS)
    misplaced = {option for task in TASKS for option, value in task.options.items() if value in SECRETS.values()}
    for options in shown:
        given = {option: value for option, value in options.items() if value is not None}
        hidden = {option for option, value in given.items() if value == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}
        # Ansible hides a secret in another option too.
        assert set(SECRETS) & set(given) <= hidden <= set(SECRETS) | misplaced
        others = {option for option in given if re.search("key|token|secret|password", option)} - set(SECRETS)
        assert others == set(NO_SECRETS) & set(given)
        assert all(given[option] in NO_SECRETS[option] for option in others)


def test_every_module_is_here() -> None:
    assert [module.name for module in MODULES] == sorted(path.stem for path in (COLLECTION / "plugins/modules").glob("[!_]*.py"))
    assert set(SECRETS) == {"api_key"}.union(*(module.secrets for module in MODULES))


def test_processes_are_watched_where_the_system_allows_it(played: Played) -> None:
    if Path("/proc/self/cmdline").exists():
        for module in MODULES:
            assert re.search(rf"AnsiballZ_{module.name}\.py", played.places["command lines"])
    else:
        assert sys.platform != "linux"
        assert not played.places["command lines"]


def test_nothing_is_left_of_a_module(played: Played) -> None:
    assert not re.search("AnsiballZ|ansible-tmp|ansible-local", played.places["files that are left"])


@pytest.mark.parametrize("secret", ALL_SECRETS)
def test_the_search_finds_every_spelling_and_either_half(secret: str) -> None:
    for spelling in spellings(secret).values():
        for text in (spelling, json.dumps(spelling), json.dumps(json.dumps(spelling)), json.dumps({"msg": [f"x{spelling}x"]}, indent=4)):
            assert sightings(text)
    half = len(secret) // 2
    assert sightings(f"a part {secret[:half]}")
    assert sightings(f"a part {secret[half:]}")
    assert not sightings("nothing of it")
