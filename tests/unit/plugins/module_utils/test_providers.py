# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of providers as results of modules."""

from __future__ import annotations

from ansible_collections.dasha.blackbox.plugins.module_utils._api import providers


def test_result_is_snake_case_except_details() -> None:
    checks = [{"checkName": "Trunk", "details": {"trunkSid": "TK0"}}]
    provider = {
        **{field.api: None for field in providers.FIELDS},
        "id": "x",
        "verificationDetails": checks,
        "newField": {"innerKey": 1},
    }
    result = providers.to_result(provider)
    assert result["verification_details"] == [{"check_name": "Trunk", "details": {"trunkSid": "TK0"}}]
    assert result["new_field"] == {"innerKey": 1}
    assert set(result) == {field.option for field in providers.FIELDS} | {"new_field"}
