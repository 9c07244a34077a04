# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random organizations as seeds of the mock server, with texts that YAML, Jinja or a terminal could misinterpret."""

from __future__ import annotations

import random
import typing as t
import uuid

#: Names that can be declared.
NAMES = (
    "Support line",
    'Say "no"',
    "it's",
    "a: b",
    "#1 # line",
    "yes",
    "null",
    "~",
    "1e3",
    "007",
    "True",
    "2026-01-31",
    "[1]",
    "{'a': 1}",
    "{{ 7 * 7 }}",
    "{{ lookup('pipe', 'touch injected') }}",
    "{% if true %}x{% endif %}",
    "{# comment #}",
    "!unsafe x",
    "&a *b",
    "- x",
    "---",
    "| >",
    "%a %s @ `",
    "back\\slash \\n",
    "two\nlines",
    "tab\there",
    "\u202eright to left",
    "\x1b[31mred\x07",
    "next\x85line\u2028separator",
    "\ufeffmark",
    "Поддержка",
    "支持 \U0001f4de",
    "decomposed e\u0301",
    "n" * 100,
)
#: Names that the modules do not accept.
REFUSED_NAMES = ("", "  ", " leading", "trailing\n", "\u00a0no-break", "n" * 101)
REGIONS = (None, "us1", "IE1", "mars1", "{{ 7 * 7 }}")
REFUSED_REGIONS = ("", " us1")

AGENTS = 6


def random_organization(generator: random.Random) -> dict[str, t.Any]:
    """Return a seed whose providers pass the verification."""

    def new_id() -> str:
        return str(uuid.UUID(int=generator.getrandbits(128), version=4))

    def any_name(*others: t.Any) -> t.Any:
        usual = generator.choice(NAMES)
        noise = "".join(map(chr, generator.choices(range(1, 0x2FFF), k=5)))
        return generator.choice([usual, usual, usual, noise, *others])

    agents = [
        {"agentId": new_id(), "name": any_name(), "isEnabled": generator.random() < 0.7} for _agent in range(AGENTS)
    ]
    agents[1]["agentId"] = generator.choice(["1e3", "null", "agent one", "~"])
    agents[2]["name"] = generator.choice([agents[0]["agentId"], agents[3]["name"]])
    accounts: list[dict[str, t.Any]] = []
    providers: list[dict[str, t.Any]] = []
    for account_index in range(generator.randint(0, 4)):
        numbers = [
            # Two accounts may have the same number.
            {"sid": f"PN{account_index:016}{index:016}", "phone_number": number}
            for index, number in enumerate(
                generator.sample(
                    [f"+1500555000{digit}" for digit in range(8)] + ["15005550009", "+1 (500) 555-0001"], k=4
                )
            )
        ]
        sid = f"AC{generator.getrandbits(128):032x}"
        account_sid = generator.choice([sid] * 6 + [f"AC{sid[2:].upper()}", "AC-odd"])
        if account_sid in [account["account_sid"] for account in accounts]:
            continue
        accounts.append({"account_sid": account_sid, "auth_token": f"{account_index:032}", "phone_numbers": numbers})
        # A number can be attached to one trunk only.
        imported = [number["sid"] for number in numbers if generator.random() < 0.8]
        providers += [
            {
                "id": new_id(),
                "accountSid": account_sid,
                "name": any_name(None, *REFUSED_NAMES),
                "region": generator.choice([*REGIONS, *REGIONS, *REFUSED_REGIONS]),
                "supportsCallTransfer": generator.random() < 0.5,
                "verificationStatus": "verified",
                "phoneNumberSids": sids,
            }
            for sids in generator.choice([[imported]] * 3 + [[imported[:1], imported[1:]]])
        ]
    credential = new_id()
    manual = [{"id": new_id(), "phoneNumber": "+15005550001", "credentialsId": credential}] * generator.randint(0, 1)
    phone_numbers = {
        number["sid"]: number["phone_number"] for account in accounts for number in account["phone_numbers"]
    }
    records = [
        {"providerId": provider["id"], "phoneNumber": phone_numbers[sid]}
        for provider in providers
        for sid in provider["phoneNumberSids"]
    ] + [{"id": number["id"]} for number in manual]
    links: list[dict[str, t.Any]] = [
        {**record, "inbound": generator.choice(agents)["agentId"]} for record in records if generator.random() < 0.6
    ]
    # An agent calls from one number.
    links += [{**generator.choice(records), "outbound": [agent["agentId"]]} for agent in agents if records]
    return {
        "twilio_accounts": accounts,
        "agents": agents,
        "providers": generator.sample(providers, k=len(providers)),
        "sip_credentials": [{"id": credential, "server": "sip.example"}],
        "sip_phone_numbers": manual,
        "agent_links": links,
    }
