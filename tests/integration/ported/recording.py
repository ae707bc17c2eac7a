# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a script gets from either library, and what it leaves on the instance, in a form that can be compared."""

from __future__ import annotations

import importlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
from tests.simulator.support import Sim

_READS = ("all", "first", "first_or_none", "one", "one_or_none")
_WRITES = ("create", "update", "delete", "upload")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_SYS_ID = re.compile(r"\b[0-9a-f]{32}\b")


class Recorder:
    """Every record that a library hands to its caller: what it uses inside itself is not noted."""

    def __init__(self) -> None:
        self.seen: list[list[Any]] = []
        self._inside = threading.local()

    def watch(self, library: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        for owner in self._classes(library):
            # An item is one column of a record, and with pysnow read by one().
            for name in (*_READS, *_WRITES, "__getitem__"):
                if name in vars(owner):
                    monkeypatch.setattr(owner, name, self._noted(name, getattr(owner, name)))

    @staticmethod
    def _classes(library: ModuleType) -> Iterator[type]:
        """Those that hand out records. Ours has one more, for what a write returns."""
        home = importlib.import_module(f"{library.__name__}.response").Response.__module__
        responses = importlib.import_module(home)
        yield from (getattr(responses, name) for name in ("Response", "Written") if hasattr(responses, name))
        yield library.Resource
        yield importlib.import_module(f"{library.__name__}.attachment").Attachment

    def _noted(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            if getattr(self._inside, "now", False):
                return method(*args, **options)
            with self._own():
                answer = method(*args, **options)
                record = answer.one() if name in _WRITES and hasattr(answer, "one") else answer
            if name == "__getitem__":
                return answer
            note: list[Any] = []
            self.seen.append(note)
            if isinstance(record, Iterator):
                return self._as_it_goes(record, note)
            note.append(dict(record) if isinstance(record, Mapping) else record)
            return answer

        return call

    @contextmanager
    def _own(self) -> Iterator[None]:
        self._inside.now = True
        try:
            yield
        finally:
            self._inside.now = False

    @staticmethod
    def _as_it_goes(records: Iterator[Any], note: list[Any]) -> Iterator[Any]:
        for record in records:
            note.append(record)
            yield record


class Compared:
    """Puts what differs from run to run out of a value: sys_ids that are new, and moments."""

    def __init__(self, sim: Sim) -> None:
        self._known = set(_SYS_ID.findall(json.dumps(sim.control("GET", "dump"))))

    def __call__(self, value: Any) -> str:
        text = _TIME.sub("<time>", json.dumps(value, sort_keys=True))
        return _SYS_ID.sub(lambda found: found[0] if found[0] in self._known else "<new>", text)

    def records(self, seen: list[list[Any]]) -> list[str]:
        """In no order: threads have none, and records have none unless the query says one; then the example looks."""
        return sorted(self(sorted(_flat(note), key=self)) for note in seen)

    def state(self, sim: Sim) -> dict[str, list[str]]:
        """Every record of every table, and the contents of attachments."""
        dump = sim.control("GET", "dump")
        tables = {table: sorted(map(self, records)) for table, records in dump["records"].items()}
        return {**tables, "sequences": [self(dump["sequences"])], "contents": [self(dump["contents"])]}


def _flat(note: list[Any]) -> list[Any]:
    """A note's records, whether they came as a list or one by one."""
    return [record for part in note for record in (part if isinstance(part, list) else [part])]
