# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said about a module in cases/, as data: calls, options one by one, calls that fail, and its examples.

A new module needs a file in cases/ that is named like it and holds a ``CONTRACT``; a new option an entry in its
``options``. The tests say which is missing.
"""

from __future__ import annotations

import importlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import requests
from tests.integration.contracts.watched import Prepare, Seen
from tests.integration.helpers import REPOSITORY, USER, Instance, password_of, snow

#: Actions are modules in name only: they run nowhere but in the controller, and ask the instance nothing.
ACTIONS = {"snow_change_guard"}
MODULES = sorted({path.stem for path in (REPOSITORY / "plugins" / "modules").glob("*.py")} - ACTIONS)

#: Raises AssertionError if the option left no such trace.
Proof = Callable[[Seen], None]


@dataclass(frozen=True)
class Case:
    """A call that succeeds.

    :param again: methods of the requests that a second run makes, in their order: the budget.
    :param changed: whether the first run changes anything.
    :param repeats: why a second run changes something again; empty if it must not.
    :param waits: it asks for something until that is done, so that the number of requests is chance.
    :param local: what changes is a file of this host and not a record of the instance.
    :param known: name of a contract test to the reason why it fails today.
    """

    name: str
    args: Mapping[str, Any]
    again: str = "GET"
    changed: bool = True
    prepare: Sequence[Prepare] = ()
    user: str = USER
    repeats: str = ""
    waits: bool = False
    local: bool = False
    known: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Option:
    """One option, changed alone: *value* is added to *base*, the contract's own if it is None.

    :param local: as of a case.
    :param untraced: why it leaves no trace; then there is nothing to run.
    """

    value: Any = None
    proof: Proof | None = None
    base: Mapping[str, Any] | None = None
    prepare: Sequence[Prepare] = ()
    user: str = USER
    local: bool = False
    untraced: str = ""


@dataclass(frozen=True)
class Contract:
    """All about one module.

    :param base: a call that succeeds and sends at least one request.
    :param options: each option of its spec, suboptions as ``tasks.order``.
    :param missing: a call about a record that is not there, which fails; None if there is no such.
    :param partial: calls that fail when part of their work is done, or all of it without effect, with what makes them.
    :param wrong: arguments that our own check refuses, before any request.
    :param variables: of the play in which its examples run; ``examples`` prepares the instance for them.
    :param meanwhile: name of an example to what somebody else does before it.
    :param files: that the examples use, by their paths below the playbook's folder.
    :param idle: options that only say how another one is treated, with a value other than their default, and a call
        without that other one.
    """

    base: Mapping[str, Any]
    cases: Sequence[Case]
    options: Mapping[str, Option]
    missing: Mapping[str, Any] | None
    wrong: Mapping[str, Any]
    partial: Sequence[Case] = ()
    prepare: Sequence[Prepare] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    examples: Sequence[Prepare] = ()
    meanwhile: Mapping[str, Sequence[Prepare]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    idle: Mapping[str, tuple[Any, Mapping[str, Any]]] = field(default_factory=dict)
    user: str = USER
    examples_user: str = USER


@cache
def contract_of(module: str) -> Contract:
    found = importlib.import_module(f"tests.integration.contracts.cases.{module}").CONTRACT
    assert isinstance(found, Contract)
    return found


def written() -> list[str]:
    """The modules that have a contract."""
    return sorted(path.stem for path in (Path(__file__).parent / "cases").glob("snow_*.py"))


def task_of(module: str, args: Mapping[str, Any], user: str = USER, **keywords: Any) -> dict[str, Any]:
    login = {"SN_USERNAME": user, "SN_PASSWORD": password_of(user)} if user != USER else {}
    return {**snow(module, **args), "diff": True, **({"environment": login} if login else {}), **keywords}


# What a case needs ------------------------------------------------------------------------------------------


def seeded(table: str, *records: Mapping[str, Any]) -> Prepare:
    """Records that are there, past all rules of the instance."""
    return lambda instance: instance.seed(table, *records)


def faulty(action: Mapping[str, Any], **match: Any) -> Prepare:
    return lambda instance: instance.fault(action, **match)


def attached(table: str, sys_id: str, name: str, content: str, user: str = USER) -> Prepare:
    """A file on a record."""

    def attach(instance: Instance) -> None:
        query = {"table_name": table, "table_sys_id": sys_id, "file_name": name}
        address, login = f"{instance.url}/api/now/attachment/file", (user, password_of(user))
        headers = {"Content-Type": "text/plain"}
        answer = requests.post(address, params=query, data=content, auth=login, headers=headers, timeout=10)
        assert answer.status_code == 201, answer.text

    return attach


def emptied(name: str) -> Prepare:
    """A folder with nothing in it, below that in which the play runs."""

    def empty(instance: Instance) -> None:
        shutil.rmtree(instance.folder / name, ignore_errors=True)
        (instance.folder / name).mkdir(parents=True)

    return empty


def approved(change: str) -> Prepare:
    """Whoever is asked to approve a change (by number, sys_id or correlation ID) does, at each stage."""
    return lambda instance: instance.control("POST", "approve", {"change": change, "all": True})


def sent(method: str, path: str, body: Any = None, user: str = USER) -> Prepare:
    """Whatever else a user did before, over HTTP."""

    def send(instance: Instance) -> None:
        login = (user, password_of(user))
        answer = requests.request(method, f"{instance.url}{path}", json=body, auth=login, timeout=10)
        assert answer.ok, answer.text

    return send


# How an option is found again -------------------------------------------------------------------------------


def column(name: str, after: str | None = None) -> Proof:
    """A column, ``table.column``, that the task has brought to *after*, or to anything at all."""
    table, _, wanted = name.rpartition(".")

    def look(seen: Seen) -> None:
        assert not seen.outcome.failed, seen.result.get("msg")
        found = [change for change in seen.changes if (change.table, change.column) == (table, wanted)]
        values = [change.after for change in found]
        assert values if after is None else after in values, (name, after, found or seen.changes)

    return look


def asked(*texts: str) -> Proof:
    """Texts in the method, path and query of one request."""

    def look(seen: Seen) -> None:
        assert not seen.outcome.failed, seen.result.get("msg")
        lines = [f"{request} {unquote_plus(request.query)}" for request in seen.requests]
        assert any(all(text in line for text in texts) for line in lines), (texts, lines)

    return look


def not_asked(text: str) -> Proof:
    """A request that is not made because of the option."""

    def look(seen: Seen) -> None:
        assert not seen.outcome.failed, seen.result.get("msg")
        lines = [f"{request} {unquote_plus(request.query)}" for request in seen.requests]
        assert not any(text in line for line in lines), (text, lines)

    return look


def refused(text: str) -> Proof:
    """A sentence, and nothing written."""

    def look(seen: Seen) -> None:
        assert seen.outcome.failed, seen.result
        assert text in seen.result["msg"], seen.result["msg"]
        assert seen.writes == []

    return look


def fails(text: str) -> Proof:
    """A sentence, after whatever was done before."""

    def look(seen: Seen) -> None:
        assert seen.outcome.failed, seen.result
        assert text in seen.result["msg"], seen.result["msg"]

    return look


def spared() -> Proof:
    """A good end without a write, where there would have been one without the option."""

    def look(seen: Seen) -> None:
        assert not seen.outcome.failed, seen.result.get("msg")
        assert seen.requests
        assert (seen.writes, seen.outcome.changed) == ([], False)

    return look


def returns(text: str) -> Proof:
    """A text that is somewhere in the result, beside the arguments."""

    def look(seen: Seen) -> None:
        assert not seen.outcome.failed, seen.result.get("msg")
        result = {name: value for name, value in seen.result.items() if name != "invocation"}
        assert text in json.dumps(result, ensure_ascii=False), result

    return look


def warns(text: str) -> Proof:
    """A warning, for what cannot be told from the requests."""

    def look(seen: Seen) -> None:
        assert not seen.outcome.failed, seen.result.get("msg")
        assert any(text in line for line in seen.result.get("warnings", [])), seen.result.get("warnings")

    return look


def both(*proofs: Proof) -> Proof:
    def look(seen: Seen) -> None:
        for proof in proofs:
            proof(seen)

    return look


#: Of every module. The suboptions of the connection are held in test_authentication.py, test_certificates.py,
#: test_secrets.py, test_broken_once.py and tests/unit/test_connection.py.
CONNECTION = "instance"
