# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that is asked for is silently dropped: each option alone, and its trace in the instance."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.integration.contracts.case import CONNECTION, MODULES, contract_of, written
from tests.integration.contracts.plays import Plays


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
