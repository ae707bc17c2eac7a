# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role gated_change says of its variables in two places is the same in both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ansible_collections.changegate.snow.plugins.modules import snow_change_gate

ROLE = Path(__file__).resolve().parents[2] / "roles" / "gated_change"
SPECS: dict[str, Any] = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))[
    "argument_specs"
]
DEFAULTS: dict[str, Any] = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8"))
#: How the role asks, which is not the policy.
ASKING = {"sys_id", "number", "correlation_id", "query", "instance", "enforce", "timeout", "interval", "heartbeat"}


def test_the_defaults_are_those_that_are_documented() -> None:
    for entry, spec in SPECS.items():
        for name, option in spec["options"].items():
            assert option.get("required") or option["default"] == DEFAULTS[name], (entry, name)
    assert DEFAULTS.keys() | {"gated_change_deploy"} == SPECS["main"]["options"].keys()


def test_every_entry_point_is_a_file_and_has_options_of_the_whole() -> None:
    for entry, spec in SPECS.items():
        assert (ROLE / "tasks" / f"{entry}.yml").exists()
        assert spec["options"].items() <= SPECS["main"]["options"].items(), entry


def test_the_policy_is_all_that_the_gate_takes() -> None:
    policy = SPECS["main"]["options"]["gated_change_policy"]["options"].keys()
    assert policy == snow_change_gate.SPEC.options.keys() - ASKING
    asked = yaml.safe_load((ROLE / "tasks" / "ask.yml").read_text(encoding="utf-8"))[0][
        "changegate.snow.snow_change_gate"
    ]
    assert policy <= asked.keys()
