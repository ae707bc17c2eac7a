# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plays of a module: all of its cases in one of each host, run once, two plays at a time."""

from __future__ import annotations

import importlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from textwrap import indent
from typing import Any, NamedTuple

import yaml
from tests.integration.contracts.case import Case, contract_of, faulty, task_of
from tests.integration.contracts.watched import NOW, Meanwhile, Seen, Step, listening, own_instance, watch
from tests.integration.helpers import Outcome, Played, password_of

#: What goes wrong on the way, for every module alike: options of the connection and faults, and the error's type.
TROUBLES: Mapping[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "no host": ({"host": "http://127.0.0.1:1"}, {}, "connection"),
    "wrong password": ({"password": "not-the-password"}, {}, "authentication"),
    "forbidden": ({}, {"status": 403}, "forbidden"),
    "not found": ({}, {"status": 404}, "not_found"),
    "server error": ({}, {"status": 500}, "response"),
    "HTML": ({}, {"html": "hibernating"}, "instance_unavailable"),
    "truncated": ({}, {"truncate": 0.5}, ""),
}


Parts = Mapping[str, Callable[[str], list[Step]]]


class Runs(NamedTuple):
    """A case in process: predicted, done, and done again; and as an ordinary module, done and perhaps done again."""

    check: Seen
    real: Seen
    again: Seen
    ordinary: list[Seen]


class Plays:
    """Plays begin when one of them is needed; the others go on in the background, unless tests are spread already."""

    def __init__(self, modules: Iterable[str]) -> None:
        self._pool = ThreadPoolExecutor(2)
        self._started: dict[tuple[str, str], Future[Any]] = {}
        self._modules = [] if "PYTEST_XDIST_WORKER" in os.environ else sorted(modules)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def runs(self, module: str, case: Case) -> Runs:
        place = list(contract_of(module).cases).index(case)
        check, real, again = self._seen(module, "cases")[3 * place : 3 * place + 3]
        there = self._seen(module, "ordinary")
        return Runs(check, real, again, there[:2] if place == 0 else there[place + 1 : place + 2])

    def real(self, module: str, case: Case) -> Seen:
        """A case in process, done for the first time."""
        return self._seen(module, "cases")[3 * list(contract_of(module).cases).index(case) + 1]

    def option(self, module: str, name: str) -> Seen:
        names = [name for name, option in contract_of(module).options.items() if not option.untraced]
        return self._seen(module, "options")[names.index(name)]

    def idle(self, module: str, name: str) -> list[Seen]:
        """A call without an option and with it."""
        place = 2 * list(contract_of(module).idle).index(name)
        return self._seen(module, "idle")[place : place + 2]

    def trouble(self, module: str, name: str) -> Seen:
        return self._seen(module, "troubles")[list(TROUBLES).index(name)]

    def wrong_calls(self, module: str) -> list[Seen]:
        """A missing record, arguments that are refused, and an option that there is not."""
        return self._seen(module, "wrong calls")

    def failures(self, module: str) -> list[Seen]:
        """All that failed in a way of its own, and not in Ansible's check of the arguments."""
        found = [*self._seen(module, "troubles"), *self._seen(module, "partial")]
        return [seen for seen in found if seen.outcome.failed]

    def partial(self, module: str) -> list[Seen]:
        """What became of the calls that fail on the way."""
        return self._seen(module, "partial")

    def examples(self, module: str) -> Played:
        """Its examples, run one after the other."""
        for name in (module, *self._modules):
            self._start(name, "examples", _examples)
        found: Played = self._started[module, "examples"].result()
        return found

    def successes(self, module: str) -> list[tuple[bool, Outcome]]:
        """Whether in check mode, and what was returned, of every call that did not fail."""
        cases = self._seen(module, "cases")
        found = [(number % 3 == 0, seen.outcome) for number, seen in enumerate(cases)]
        found += [(False, seen.outcome) for seen in self._seen(module, "options")]
        return [(check, outcome) for check, outcome in found if not outcome.failed]

    def _seen(self, module: str, kind: str) -> list[Seen]:
        host = "ordinary" if kind == "ordinary" else "here"
        for name in (module, *self._modules):
            self._start(name, host, _play, PLAYS[host], host == "here")
        found: list[Seen] = self._started[module, host].result()[kind]
        return found

    def _start(self, module: str, what: str, play: Callable[..., Any], *arguments: Any) -> None:
        if (module, what) not in self._started:
            self._started[module, what] = self._pool.submit(play, module, *arguments)


def _examples(module: str) -> Played:
    """As they are written, with the connection in module_defaults and nowhere else."""
    contract = contract_of(module)
    path = f"ansible_collections.changegate.snow.plugins.modules.{module}"
    text = importlib.import_module(path).EXAMPLES
    with own_instance() as instance:
        for prepare in contract.examples:
            prepare(instance)
        for name, content in contract.files.items():
            (instance.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (instance.folder / name).write_text(content, encoding="utf-8")
        login = {"host": instance.url, "username": contract.examples_user}
        group = {"instance": {**login, "password": password_of(contract.examples_user)}}
        head = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": dict(contract.variables),
            "module_defaults": {"group/changegate.snow.snow": group},
        }
        playbook = instance.folder / "examples.yml"
        lines = f"tasks:\n{text.lstrip()}"
        playbook.write_text("---\n- " + indent(yaml.safe_dump(head) + lines, "  ").lstrip(), encoding="utf-8")
        nothing = {"SN_HOST": "", "SN_USERNAME": "", "SN_PASSWORD": ""}
        with listening(Meanwhile(instance, contract.meanwhile)) as environ:
            return instance.playbook(playbook, environ={**environ, **nothing}, folder=instance.folder)


def _play(module: str, parts: Parts, in_process: bool) -> dict[str, list[Seen]]:
    """All *parts* in one play; what was seen of each."""
    steps = {name: steps_of(module) for name, steps_of in parts.items()}
    with own_instance() as instance:
        seen = iter(watch(instance, [step for part in steps.values() for step in part], in_process=in_process))
    return {name: [next(seen) for _step in part] for name, part in steps.items()}


def _cases(module: str) -> list[Step]:
    steps: list[Step] = []
    for case in contract_of(module).cases:
        task = task_of(module, case.args, case.user)
        steps += [Step({**task, "check_mode": True}, case.prepare), Step(task), Step(task)]
    return steps


def _ordinary(module: str) -> list[Step]:
    """Each case done for the first time; the first of them again, too: a task in a process of its own takes long."""
    contract = contract_of(module)
    done = [Step(task_of(module, case.args, case.user), case.prepare) for case in contract.cases]
    return [done[0], done[0]._replace(fresh=None), *done[1:]]


def _options(module: str) -> list[Step]:
    contract, steps = contract_of(module), []
    for name, option in contract.options.items():
        if not option.untraced:
            base = contract.base if option.base is None else option.base
            args = _with(base, name.split("."), option.value)
            steps.append(Step(task_of(module, args, option.user), [*contract.prepare, *option.prepare]))
    return steps


def _idle(module: str) -> list[Step]:
    """Each call without the idle option, and with it."""
    contract, steps = contract_of(module), []
    for name, (value, base) in contract.idle.items():
        for args in (base, _with(base, name.split("."), value)):
            steps.append(Step(task_of(module, args, contract.user), contract.prepare))
    return steps


def _with(args: Mapping[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    """*args* with *value* at *path*; of a list of dicts the first one gets it."""
    first, *rest = path
    if not rest:
        return {**args, first: value}
    inner = args.get(first) or {}
    if isinstance(inner, list):
        head, *others = inner
        return {**args, first: [_with(head, rest, value), *others]}
    return {**args, first: _with(inner, rest, value)}


def _troubles(module: str) -> list[Step]:
    contract, steps = contract_of(module), []
    for options, action, _kind in TROUBLES.values():
        args = {**contract.base, "instance": {"retry_deadline": 0, **options}}
        faults = [faulty(action, path="/api/")] if action else []
        steps.append(Step(task_of(module, args, contract.user), [*contract.prepare, *faults]))
    return steps


def _wrong_calls(module: str) -> list[Step]:
    contract = contract_of(module)
    calls = (contract.missing or contract.base, contract.wrong, {**contract.base, "colour": "red"})
    return [Step(task_of(module, args, contract.user), contract.prepare) for args in calls]


def _partial(module: str) -> list[Step]:
    return [Step(task_of(module, case.args, case.user), case.prepare) for case in contract_of(module).partial]


#: What is in the play of each host.
PLAYS: Mapping[str, Parts] = {
    "here": {
        "cases": _cases,
        "options": _options,
        "idle": _idle,
        "troubles": _troubles,
        "wrong calls": _wrong_calls,
        "partial": _partial,
    },
    "ordinary": {"ordinary": _ordinary},
}


def alike(results: Sequence[Any]) -> list[str]:
    """*results* as JSON, with the same stand-ins for what an instance makes up: sys_ids, times, transactions."""
    names: dict[str, str] = {}
    texts = (json.dumps(result, sort_keys=True, ensure_ascii=False) for result in results)
    # The instances are two, each at a port of its own.
    volatile = re.compile(
        rf"\b[0-9a-f]{{32}}\b|{NOW}[ T]\d\d:\d\d:\d\d|\"transaction_id\": \"[0-9a-f]+\"|127\.0\.0\.1:\d+"
    )

    def stand_in(found: re.Match[str]) -> str:
        text = found.group()
        # IDs that were there before are told from new ones by nothing; each gets the number of its first appearance.
        return names.setdefault(text, f"<{len(names)}>") if len(text) == 32 else "<now>"

    return [volatile.sub(stand_in, text) for text in texts]
