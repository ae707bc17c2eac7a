# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that is asked for is silently dropped: each option alone, and its trace in the instance."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from tests.integration.contracts.case import CONNECTION, MODULES, contract_of, written
from tests.integration.contracts.plays import Plays, alike

#: Options with choices or a number by default that say what is done, found or made, and for that reason stand alone.
OF_THEIR_OWN = {
    "state": "what is to be",
    "type": "which changes",
    "limit": "how much is read",
    "offset": "how much is read",
    "include": "what is read",
    "display_value": "what is returned",
    "unapplied": "about all that is written",
    "if_missing": "about the record itself",
    "if_closed": "about the record itself",
}
#: Of a module, where the name means something else elsewhere.
OF_ITS_OWN = {
    ("snow_change_schedule", "timeout"),
    ("snow_change_gate", "timeout"),
    ("snow_change_gate", "on_hold"),
    ("snow_change_gate", "conflicts"),
    ("snow_change_gate", "window.min_remaining"),
    ("snow_change_gate", "window.early"),
    ("snow_change_gate", "window.grace"),
    ("snow_change_gate", "approved_by.at_least"),
}
#: A time, as an option takes it.
DURATION = re.compile(r"\d+[smhd]?\Z")


def names_of(options: Mapping[str, Mapping[str, Any]], prefix: str = "") -> Iterator[str]:
    """Each option, and each suboption behind its option; not those of the connection."""
    for name, spec in options.items():
        yield prefix + name
        if name != CONNECTION:
            yield from names_of(spec.get("options") or {}, f"{prefix}{name}.")


def spec_of(module: str) -> list[str]:
    path = f"ansible_collections.changegate.snow.plugins.modules.{module}"
    return list(names_of(importlib.import_module(path).SPEC.argument_spec()))


@pytest.mark.parametrize("module", MODULES)
def test_every_option_has_its_trace(module: str) -> None:
    options = contract_of(module).options
    assert sorted(options) == sorted(spec_of(module))
    assert [name for name, option in options.items() if not (option.proof or option.untraced)] == []


TRACED = [
    pytest.param(module, name, id=f"{module}-{name}")
    for module in written()
    for name, option in contract_of(module).options.items()
    if not option.untraced
]


@pytest.mark.parametrize(("module", "name"), TRACED)
def test_option(plays: Plays, module: str, name: str) -> None:
    """It is found in the instance or in its log, or refused with a reason."""
    seen = plays.option(module, name)
    proof = contract_of(module).options[name].proof
    assert proof is not None
    proof(seen)
    assert contract_of(module).options[name].local or seen.outcome.changed == bool(seen.changes)


# How another option is treated ------------------------------------------------------------------------------


def documentation_of(module: str, name: str) -> str:
    """The description of an option in the module or its fragments, or of a suboption behind its option."""
    path = f"ansible_collections.changegate.snow.plugins.modules.{module}"
    options = yaml.safe_load(importlib.import_module(path).DOCUMENTATION)["options"]
    first, *rest = name.split(".")
    option = options[first]
    for inner in rest:
        option = option["suboptions"][inner]
    described = option["description"]
    return described if isinstance(described, str) else " ".join(described)


def ways_of(options: Mapping[str, Mapping[str, Any]], prefix: str = "") -> Iterator[str]:
    """The options that may say no more than how another one is treated: those with choices, and default numbers."""
    for name, spec in options.items():
        default = spec.get("default")
        number = (isinstance(default, int) and not isinstance(default, bool)) or DURATION.match(str(default))
        if (spec.get("choices") or number) and name not in OF_THEIR_OWN:
            yield prefix + name
        if name != CONNECTION:
            yield from ways_of(spec.get("options") or {}, f"{prefix}{name}.")


@pytest.mark.parametrize("module", MODULES)
def test_every_way_is_known(module: str) -> None:
    path = f"ansible_collections.changegate.snow.plugins.modules.{module}"
    found = set(ways_of(importlib.import_module(path).SPEC.argument_spec()))
    found -= {name for where, name in OF_ITS_OWN if where == module}
    assert found == set(contract_of(module).idle)


IDLE = [pytest.param(module, name, id=f"{module}-{name}") for module in written() for name in contract_of(module).idle]


@pytest.mark.parametrize(("module", "name"), IDLE)
def test_a_way_without_its_subject(plays: Plays, module: str, name: str) -> None:
    """It may stand in module_defaults: without the option that it is about it has no effect, and says so."""
    assert "it has no effect" in documentation_of(module, name)
    without, beside = plays.idle(module, name)
    assert not beside.outcome.failed, beside.result["msg"]
    results = [{key: value for key, value in seen.result.items() if key != "invocation"} for seen in (without, beside)]
    assert alike(results[:1]) == alike(results[1:])
    assert without.methods == beside.methods
