# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is documented is so: examples run, return values are those that are returned, and ansible-doc renders it all."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from tests.integration.contracts.case import MODULES
from tests.integration.contracts.plays import Plays
from tests.integration.helpers import Outcome

over_all_modules = pytest.mark.parametrize("module", MODULES)

#: What Ansible documents, and what it adds to a result.
OF_ANSIBLE = {"changed", "failed", "msg", "exception", "invocation", "warnings", "deprecations", "attempts", "item"}


def documented(module: str) -> dict[str, Any]:
    path = f"ansible_collections.changegate.snow.plugins.modules.{module}"
    found: dict[str, Any] = yaml.safe_load(importlib.import_module(path).RETURN)
    return found


def test_ansible_doc_renders_every_module() -> None:
    names = [f"changegate.snow.{module}" for module in MODULES]
    command = [sys.executable, "-m", "ansible.cli.doc", *names]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "ANSIBLE_NOCOLOR": "1"}
    )
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    for module in MODULES:
        assert module in done.stdout.lower()


@over_all_modules
def test_examples(plays: Plays, module: str) -> None:
    """They run as they are, with the connection in module_defaults: nothing fails, and nothing is left out."""
    played = plays.examples(module)
    assert played.code == 0, played.output
    statuses = {outcome.name: outcome.status for outcome in played.outcomes if outcome.status != "item"}
    assert set(statuses.values()) == {"ok"}, statuses
    assert played.of(module)


def returned(outcomes: Iterator[Outcome]) -> Iterator[tuple[str, ...]]:
    """The path of each return value, as far as the documentation names parts of it."""
    for outcome in outcomes:
        looped = any("ansible_loop_var" in item for item in outcome.result.get("results", []))
        results = outcome.result["results"] if looped else [outcome.result]
        for result in results:
            own = {name: value for name, value in result.items() if name not in OF_ANSIBLE}
            yield from paths_of({name: value for name, value in own.items() if not name.startswith(("_", "ansible_"))})


def paths_of(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield (*path, str(name))
            yield from paths_of(part, (*path, str(name)))
    if isinstance(value, list):
        for part in value:
            yield from paths_of(part, path)


def parts_of(found: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], bool]]:
    """The path of each documented return value, and whether its parts are documented too."""
    for name, value in found.items():
        inner = value.get("contains")
        # What is always empty has no parts; of a record with all of its columns not each is named.
        if any(words in str(value.get("description")) for words in ("Always empty", "all columns")):
            inner = None
        yield (*path, name), bool(inner)
        yield from parts_of(inner or {}, (*path, name))


@over_all_modules
def test_return_values(plays: Plays, module: str) -> None:
    """All that is returned is documented, and all that is documented is returned at some time."""
    documents = documented(module)
    outcomes = [outcome for _check, outcome in plays.successes(module)]
    outcomes += [seen.outcome for seen in plays.failures(module)]
    outcomes += plays.examples(module).of(module)
    paths = set(returned(iter(outcomes)))
    known = dict(parts_of(documents))
    closed = {path for path, has_parts in known.items() if has_parts} | {()}
    unknown = {path for path in paths if path[:-1] in closed and path not in known}
    assert (unknown, known.keys() - paths) == (set(), set())


@over_all_modules
def test_what_is_always_returned(plays: Plays, module: str) -> None:
    """In check mode and out of it, after a failure too."""
    documents = documented(module)
    always = {name for name, value in documents.items() if value["returned"] == "always"}
    success = always | {name for name, value in documents.items() if value["returned"] == "success"}
    for _check, outcome in plays.successes(module):
        assert success <= outcome.result.keys()
    for seen in plays.failures(module):
        assert always <= seen.result.keys()
