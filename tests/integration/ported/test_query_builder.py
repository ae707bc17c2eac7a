# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""QueryBuilder against pysnow's: every sequence of calls gives the same text, or the same error at the same call."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import pytest
from tests.integration.ported.loading import ours

pysnow = pytest.importorskip("pysnow", reason="pysnow is not installed")

Step = tuple[str, tuple[Any, ...]]
NOON = datetime(2024, 3, 6, 12)
STEPS: list[Step] = [
    ("field", ("a",)), ("equals", ("x",)), ("starts_with", (5,)), ("is_empty", ()), ("between", (1, "x")),
    ("order_ascending", ()), ("AND", ()), ("OR", ()), ("NQ", ()), ("__str__", ()),
]  # fmt: skip
TEXTS = ("starts_with", "ends_with", "contains", "not_contains")
COMPARISONS = ("greater_than", "greater_than_or_equal", "less_than", "less_than_or_equal")
EAST = timezone(timedelta(hours=5.5))
OPERANDS: list[tuple[tuple[str, ...], tuple[Any, ...]]] = [
    (("equals", "not_equals"), ("", "x y", "a,b", ["x"], ["x", "y"], {}, None)),
    (("equals",), ([1, 2],)),
    (TEXTS, ("x", 1, None)),
    (COMPARISONS, (0, -3, True, "3", None, NOON, datetime(2024, 3, 6, 12, tzinfo=UTC), NOON.astimezone(EAST))),
]
DAYS = (date(2024, 1, 1), date(2024, 1, 2))
RANGES: list[tuple[Any, Any]] = [(1, 2), (2, 1), (NOON, NOON), (NOON, 5), ("1", "2"), DAYS, (None, None)]
VALUES: list[Step] = [
    *((name, (value,)) for names, values in OPERANDS for name in names for value in values),
    *(("between", pair) for pair in RANGES),
    *((name, ()) for name in ("is_empty", "is_not_empty", "order_ascending", "order_descending")),
]


def outcome(library: ModuleType, steps: tuple[Step, ...]) -> tuple[int, str]:
    """How far it came, and the query or the name of the error."""
    builder, done, text = library.QueryBuilder(), 0, ""
    try:
        for name, arguments in steps:
            text = str(getattr(builder, name)(*arguments)) if name == "__str__" else ""
            if name != "__str__":
                getattr(builder, name)(*arguments)
            done += 1
        text = str(builder)
    except library.exceptions.PysnowException as error:
        return done, type(error).__name__
    return done, text


def joined(steps: tuple[Step, ...]) -> bool:
    """Whether each order has a field, and a logical operator before it: if not, what pysnow writes is no query."""
    field = complete = False
    for name, _arguments in steps:
        if name == "order_ascending" and (complete or not field):
            return False
        field = name == "field" or (field and name not in ("AND", "OR", "NQ"))
        complete = name not in ("AND", "OR", "NQ") and (complete or name in ("equals", "is_empty", "order_ascending"))
    return True


def test_sequences() -> None:
    """All of up to four calls, and the longer ones that begin with a whole condition."""
    begun: tuple[Step, ...] = (("field", ("a",)), ("equals", ("x",)))
    sequences = [s for length in range(5) for s in itertools.product(STEPS, repeat=length)]
    sequences += [begun + s for s in sequences if len(s) > 2]
    checked = [steps for steps in sequences if joined(steps)]
    assert len(checked) > 5000
    assert [steps for steps in checked if outcome(ours(), steps) != outcome(pysnow, steps)] == []


@pytest.mark.parametrize("step", VALUES, ids=[f"{name}-{arguments}" for name, arguments in VALUES])
def test_values(step: Step) -> None:
    steps = (("field", ("a",)), step)
    assert outcome(ours(), steps) == outcome(pysnow, steps)


def test_the_comparison_sees_differences() -> None:
    build: Callable[[str], tuple[Step, ...]] = lambda value: (("field", ("a",)), ("equals", (value,)))  # noqa: E731
    assert outcome(ours(), build("x^y")) != outcome(pysnow, build("x^y"))
