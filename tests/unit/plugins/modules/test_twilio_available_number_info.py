# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of twilio_available_number_info: the mapping of SIDs to numbers, and the module."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._api.account_numbers import map_numbers
from ansible_collections.dasha.blackbox.tests.sandbox.process import SandboxProcess
from ansible_collections.dasha.blackbox.tests.support.constants import (
    FIRST_NUMBER,
    FIRST_SID,
    MISSING_ID,
    PROVIDER_ID,
    PROVIDER_PATH,
    SECOND_NUMBER,
)
from ansible_collections.dasha.blackbox.tests.support.messages import assert_message
from ansible_collections.dasha.blackbox.tests.support.modules import ModuleRunner
from ansible_collections.dasha.blackbox.tests.support.recorded import sent

#: A SID with a letter, so that its case matters.
OTHER_SID = "PN0000000000000000000000000000000f"
MAPPED = {FIRST_SID: FIRST_NUMBER, OTHER_SID: SECOND_NUMBER}
ITEMS = [{"sid": FIRST_SID, "phoneNumber": FIRST_NUMBER}, {"sid": OTHER_SID, "phoneNumber": SECOND_NUMBER}]
#: An item in the format of Twilio's own API.
TWILIO_ITEM = {
    "account_sid": "AC00000000000000000000000000000001",
    "address_sid": "AD00000000000000000000000000000001",
    "trunk_sid": "TK00000000000000000000000000000001",
    "sid": FIRST_SID,
    "phone_number": FIRST_NUMBER,
    "friendly_name": "(500) 555-0001",
    "capabilities": {"voice": True, "SMS": False, "fax": None},
    "uri": f"/2010-04-01/Accounts/AC00000000000000000000000000000001/IncomingPhoneNumbers/{FIRST_SID}.json",
    "voice_url": f"https://example.com/?number={SECOND_NUMBER}",
    "sub": [{"urls": [f"https://example.com/{OTHER_SID}"]}],
    "beta": False,
    "count": 2,
}


@pytest.mark.parametrize(
    ("payload", "numbers"),
    [
        (ITEMS, MAPPED),
        ([], {}),
        ({"items": ITEMS, "totalCount": 2, "skip": 0, "take": 1000}, MAPPED),
        ({"items": [], "totalCount": 0}, {}),
        ({"items": ITEMS, "totalCount": None}, MAPPED),
        ({"incoming_phone_numbers": ITEMS, "page": 0, "uri": "/x"}, MAPPED),
        (
            [{"phoneNumberSid": FIRST_SID, "e164": FIRST_NUMBER}, {"phoneNumberSid": OTHER_SID, "e164": SECOND_NUMBER}],
            MAPPED,
        ),
        (
            [
                {"twilio": {"ids": [FIRST_SID]}, "number": {"value": FIRST_NUMBER}},
                {"twilio": {"ids": [OTHER_SID]}, "number": {"value": SECOND_NUMBER}},
            ],
            MAPPED,
        ),
        ([[FIRST_SID, FIRST_NUMBER], [SECOND_NUMBER, OTHER_SID]], MAPPED),
        ([{"sid": FIRST_SID, "phoneNumber": FIRST_NUMBER, "friendlyName": FIRST_NUMBER}, ITEMS[1]], MAPPED),
        ([{"sid": FIRST_SID, "id": FIRST_SID, "phoneNumber": FIRST_NUMBER}, ITEMS[1]], MAPPED),
        ([ITEMS[0], {"sid": f"PN{OTHER_SID[2:].upper()}", "phoneNumber": SECOND_NUMBER}], MAPPED),
        ([{**ITEMS[0], "imported": True}, {"sid": OTHER_SID, "phoneNumber": SECOND_NUMBER, "extra": None}], MAPPED),
        ([TWILIO_ITEM], {FIRST_SID: FIRST_NUMBER}),
    ],
)
def test_mapping_known_structures_are_read(payload: t.Any, numbers: dict[str, str]) -> None:
    assert map_numbers(payload) == numbers


@pytest.mark.parametrize(
    "payload",
    [
        None,
        "numbers",
        7,
        {},
        ITEMS[0],
        {FIRST_SID: FIRST_NUMBER},
        [FIRST_NUMBER],
        [FIRST_SID],
        [f"{FIRST_SID} {FIRST_NUMBER}"],
        [None],
        [*ITEMS, None],
        [*ITEMS, {}],
        [*ITEMS, {"phoneNumber": "+15005550003"}],
        [*ITEMS, {"sid": "PN00000000000000000000000000000003"}],
        [*ITEMS, ITEMS[0]],
        [*ITEMS, {"sid": FIRST_SID, "phoneNumber": "+15005550003"}],
        [*ITEMS, {"sid": "PN00000000000000000000000000000003", "phoneNumber": FIRST_NUMBER}],
        [{"sid": FIRST_SID, "phoneNumber": FIRST_NUMBER, "callerId": SECOND_NUMBER}],
        [{"sid": FIRST_SID, "parent": OTHER_SID, "phoneNumber": FIRST_NUMBER}],
        [{"sid": FIRST_SID, "phoneNumber": "15005550001"}],
        [{"sid": FIRST_SID, "phoneNumber": "+1 500 555 0001"}],
        [{"sid": FIRST_SID, "phoneNumber": "+05005550001"}],
        [{"sid": FIRST_SID, "phoneNumber": f"{FIRST_NUMBER}\n"}],
        [{"sid": FIRST_SID.lower(), "phoneNumber": FIRST_NUMBER}],
        [{"sid": FIRST_SID[:-1], "phoneNumber": FIRST_NUMBER}],
        {"items": ITEMS, "totalCount": 3},
        {"items": ITEMS, "totalCount": 1},
        {"items": ITEMS, "others": []},
        {"imported": ITEMS[:1], "available": ITEMS[1:]},
        {"data": {"items": ITEMS}},
    ],
)
def test_mapping_ambiguous_structures_are_rejected(payload: t.Any) -> None:
    assert map_numbers(payload) is None


names = st.text(max_size=8)
# Values that resemble neither numbers nor SIDs.
other_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet="abc +-:/PN", max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=50, deadline=None)
@given(
    digits=st.lists(st.integers(10**6, 10**14), unique=True, max_size=5),
    keys=st.lists(st.tuples(names, names).filter(lambda pair: pair[0] != pair[1]), min_size=5, max_size=5),
    extras=st.lists(st.dictionaries(names, other_values, max_size=3), min_size=5, max_size=5),
    depth=st.integers(0, 3),
    envelope=st.none() | names,
)
def test_mapping_ignores_names_and_nesting(
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


# Module twilio_available_number_info

ON_AVAILABLE = {"path": f"{PROVIDER_PATH}/available-numbers"}
AVAILABLE = [{"phone_number": f"+1500555{number:04}", "phone_number_sid": f"PN{number:032x}"} for number in (1, 2, 3)]


def test_module_returns_numbers_of_account(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    predicted, real = (
        run_module("twilio_available_number_info", provider_id=PROVIDER_ID.upper(), check_mode=check_mode)
        for check_mode in (True, False)
    )
    assert predicted == real
    assert (real["changed"], real["mapped"], real["available_numbers"]) == (False, True, AVAILABLE)
    assert real["answer"][0] == {"sid": FIRST_SID, "phoneNumber": FIRST_NUMBER, "friendlyName": "Support"}
    assert sent(sandbox) == [("GET", ON_AVAILABLE["path"], None)] * 2


@pytest.mark.parametrize("body", [[{"sid": FIRST_SID}], {"numbers": ["x"]}, "none", None])
def test_module_unreadable_list_is_returned_unchanged(
    run_module: ModuleRunner, sandbox: SandboxProcess, body: t.Any
) -> None:
    sandbox.inject_faults({**ON_AVAILABLE, "response": {"status": 200, "json": body}})
    result = run_module("twilio_available_number_info", provider_id=PROVIDER_ID)
    assert (result["mapped"], result["available_numbers"], result["answer"]) == (False, [], body)


def test_module_missing_provider_fails(run_module: ModuleRunner) -> None:
    result = run_module("twilio_available_number_info", provider_id=MISSING_ID)
    assert result["error"]["status"] == 404
    assert f"{PROVIDER_PATH.rpartition('/')[0]}/{MISSING_ID}" in result["msg"]


def test_module_invalid_provider_id_is_refused(run_module: ModuleRunner, sandbox: SandboxProcess) -> None:
    result = run_module("twilio_available_number_info", provider_id="../x")
    assert_message(result["msg"], "uuid_malformed", "provider_id", "'../x'")
    assert sent(sandbox) == []
