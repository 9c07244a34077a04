# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers and their SIDs are found in a list of any shape by what they look like, and never by guessing."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._api.account_numbers import map_numbers
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import MISSING_ID, PROVIDER_ID, UPDATE_PATH
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent

ONE, TWO = "+15005550001", "+15005550002"
SID_1, SID_2 = "PN00000000000000000000000000000001", "PN0000000000000000000000000000000f"
MAPPED = {SID_1: ONE, SID_2: TWO}
PLAIN = [{"sid": SID_1, "phoneNumber": ONE}, {"sid": SID_2, "phoneNumber": TWO}]
#: As Twilio itself words an item.
OF_TWILIO = {
    "account_sid": "AC00000000000000000000000000000001",
    "address_sid": "AD00000000000000000000000000000001",
    "trunk_sid": "TK00000000000000000000000000000001",
    "sid": SID_1,
    "phone_number": ONE,
    "friendly_name": "(500) 555-0001",
    "capabilities": {"voice": True, "SMS": False, "fax": None},
    "uri": f"/2010-04-01/Accounts/AC00000000000000000000000000000001/IncomingPhoneNumbers/{SID_1}.json",
    "voice_url": f"https://example.com/?number={TWO}",
    "sub": [{"urls": [f"https://example.com/{SID_2}"]}],
    "beta": False,
    "count": 2,
}


@pytest.mark.parametrize(
    ("payload", "numbers"),
    [
        (PLAIN, MAPPED),
        ([], {}),
        ({"items": PLAIN, "totalCount": 2, "skip": 0, "take": 1000}, MAPPED),
        ({"items": [], "totalCount": 0}, {}),
        ({"items": PLAIN, "totalCount": None}, MAPPED),
        ({"incoming_phone_numbers": PLAIN, "page": 0, "uri": "/x"}, MAPPED),
        ([{"phoneNumberSid": SID_1, "e164": ONE}, {"phoneNumberSid": SID_2, "e164": TWO}], MAPPED),
        (
            [
                {"twilio": {"ids": [SID_1]}, "number": {"value": ONE}},
                {"twilio": {"ids": [SID_2]}, "number": {"value": TWO}},
            ],
            MAPPED,
        ),
        ([[SID_1, ONE], [TWO, SID_2]], MAPPED),
        ([{"sid": SID_1, "phoneNumber": ONE, "friendlyName": ONE}, PLAIN[1]], MAPPED),
        ([{"sid": SID_1, "id": SID_1, "phoneNumber": ONE}, PLAIN[1]], MAPPED),
        ([PLAIN[0], {"sid": f"PN{SID_2[2:].upper()}", "phoneNumber": TWO}], MAPPED),
        ([{**PLAIN[0], "imported": True}, {"sid": SID_2, "phoneNumber": TWO, "extra": None}], MAPPED),
        ([OF_TWILIO], {SID_1: ONE}),
    ],
)
def test_the_numbers_are_found_by_what_they_look_like(payload: t.Any, numbers: dict[str, str]) -> None:
    assert map_numbers(payload) == numbers


@pytest.mark.parametrize(
    "payload",
    [
        None,
        "numbers",
        7,
        {},
        PLAIN[0],
        {SID_1: ONE},
        ["+15005550001"],
        [SID_1],
        [f"{SID_1} {ONE}"],
        [None],
        [*PLAIN, None],
        [*PLAIN, {}],
        [*PLAIN, {"phoneNumber": "+15005550003"}],
        [*PLAIN, {"sid": "PN00000000000000000000000000000003"}],
        [*PLAIN, PLAIN[0]],
        [*PLAIN, {"sid": SID_1, "phoneNumber": "+15005550003"}],
        [*PLAIN, {"sid": "PN00000000000000000000000000000003", "phoneNumber": ONE}],
        [{"sid": SID_1, "phoneNumber": ONE, "callerId": TWO}],
        [{"sid": SID_1, "parent": SID_2, "phoneNumber": ONE}],
        [{"sid": SID_1, "phoneNumber": "15005550001"}],
        [{"sid": SID_1, "phoneNumber": "+1 500 555 0001"}],
        [{"sid": SID_1, "phoneNumber": "+05005550001"}],
        [{"sid": SID_1, "phoneNumber": f"{ONE}\n"}],
        [{"sid": SID_1.lower(), "phoneNumber": ONE}],
        [{"sid": SID_1[:-1], "phoneNumber": ONE}],
        {"items": PLAIN, "totalCount": 3},
        {"items": PLAIN, "totalCount": 1},
        {"items": PLAIN, "others": []},
        {"imported": PLAIN[:1], "available": PLAIN[1:]},
        {"data": {"items": PLAIN}},
    ],
)
def test_what_would_take_a_guess_is_not_read(payload: t.Any) -> None:
    assert map_numbers(payload) is None


names = st.text(max_size=8)
# What neither looks like a number nor like a SID.
others = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet="abc +-:/PN", max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=50, deadline=None)
@given(
    digits=st.lists(st.integers(10**6, 10**14), unique=True, max_size=5),
    keys=st.lists(st.tuples(names, names).filter(lambda pair: pair[0] != pair[1]), min_size=5, max_size=5),
    extras=st.lists(st.dictionaries(names, others, max_size=3), min_size=5, max_size=5),
    depth=st.integers(0, 3),
    envelope=st.none() | names,
)
def test_names_nesting_and_company_never_change_what_is_read(
    digits: list[int], keys: list[tuple[str, str]], extras: list[dict[str, t.Any]], depth: int, envelope: str | None
) -> None:
    numbers = {f"PN{number:032x}": f"+{number}" for number in digits}
    items: list[t.Any] = []
    for (sid, number), (sid_key, number_key), extra in zip(numbers.items(), keys, extras):
        item: t.Any = {**extra, sid_key: sid, number_key: number}
        for level in range(depth):
            item = [item] if level % 2 else {number_key: item}
        items.append(item)
    assert map_numbers(items if envelope is None else {envelope: items}) == numbers


# The module


AVAILABLE = {"path": f"{UPDATE_PATH}/available-numbers"}
FIRST, SECOND, THIRD = (
    {"phone_number": f"+1500555{number:04}", "phone_number_sid": f"PN{number:032x}"} for number in (1, 2, 3)
)


def test_the_numbers_of_the_account_are_looked_up(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    results = [
        run_module("twilio_available_number_info", provider_id=PROVIDER_ID.upper(), check_mode=check_mode)
        for check_mode in (True, False)
    ]
    assert results[0] == results[1]
    assert (results[0]["changed"], results[0]["mapped"], results[0]["available_numbers"]) == (
        False,
        True,
        [FIRST, SECOND, THIRD],
    )
    assert results[0]["answer"][0] == {
        "sid": FIRST["phone_number_sid"],
        "phoneNumber": FIRST["phone_number"],
        "friendlyName": "Support",
    }
    assert sent(sandbox) == [("GET", AVAILABLE["path"], None)] * 2


@pytest.mark.parametrize("answer", [[{"sid": SID_1}], {"numbers": ["x"]}, "none", None])
def test_what_cannot_be_read_is_passed_on_as_it_comes(
    run_module: ModuleRunner, sandbox: SandboxProcess, answer: t.Any
) -> None:
    sandbox.inject_faults({**AVAILABLE, "response": {"status": 200, "json": answer}})
    result = run_module("twilio_available_number_info", provider_id=PROVIDER_ID)
    assert (result["mapped"], result["available_numbers"], result["answer"]) == (False, [], answer)


def test_a_provider_that_is_not_there_is_an_error(run_module: ModuleRunner) -> None:
    result = run_module("twilio_available_number_info", provider_id=MISSING_ID)
    assert "404 Not Found: There is no provider with the id" in result["msg"]


def test_a_provider_id_that_is_none_is_refused_before_any_request(
    run_module: ModuleRunner, sandbox: SandboxProcess
) -> None:
    assert "The option provider_id is refused" in run_module("twilio_available_number_info", provider_id="../x")["msg"]
    assert sent(sandbox) == []
