# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the connection options."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ansible_collections.dasha.blackbox.plugins.doc_fragments import api, api_plugin
from ansible_collections.dasha.blackbox.plugins.module_utils._ansible import options as connection_options


@pytest.mark.parametrize("fragment", [api, api_plugin])
def test_fragments_match_argument_spec(fragment: t.Any) -> None:
    options = yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"]
    specification = connection_options.argument_spec()
    documented = {
        name: {key: option.get(key) for key in ("type", "default", "required")} for name, option in options.items()
    }
    assert documented == {
        name: {key: option.get(key) for key in ("type", "default", "required")}
        for name, option in specification.items()
    }
    for name, option in options.items():
        (variable,) = specification[name]["fallback"][1]
        if fragment is api_plugin:
            assert option["env"] == [{"name": variable}]
        else:
            assert f"E({variable})" in str(option["description"])
