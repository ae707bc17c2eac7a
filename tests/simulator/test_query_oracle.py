"""Random queries against a naive oracle in memory, and a fuzzer: no input gives a traceback.

The oracle is written from the same documents, separately: it evaluates a query on dicts, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snow_simulator.instance import Instance
from snow_simulator.query.compile import Compiler
from snow_simulator.query.parse import parse
from snow_simulator.query.select import select

TABLE = "incident"
TEXTS = ["", "a", "A", "ab", "Ab c", "b", "c,a", "x^y", "%", "_", "10", "9", "true", "a@b"]
NUMBERS = ["", "-1", "0", "2", "10"]
BOOLEANS = ["true", "false", ""]
PEOPLE = {"": "", "1" * 32: "Ann", "2" * 32: "bob"}
FIELDS = {
    "short_description": TEXTS,
    "category": TEXTS,
    "order": NUMBERS,
    "knowledge": BOOLEANS,
    "caller_id": list(PEOPLE),
}
OPERATORS = [
    "=", "!=", "IN", "NOT IN", "LIKE", "NOT LIKE", "STARTSWITH", "ENDSWITH", "ISEMPTY", "ISNOTEMPTY", "<", ">", "<=",
    ">=", "BETWEEN", "ANYTHING", "SAMEAS", "NSAMEAS",
]  # fmt: skip


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    made = Instance("minimal")
    for sys_id, name in PEOPLE.items():
        if sys_id:
            made.raw.insert(made.raw.schema["sys_user"], {"sys_id": sys_id, "name": name, "user_name": name})
    yield made
    made.close()


# The oracle --------------------------------------------------------------------------------------------


def number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def holds(row: dict[str, str], field: str, operator: str, value: str) -> bool:
    by_name = field == "caller_id" and operator in ("LIKE", "NOT LIKE", "STARTSWITH", "ENDSWITH")
    shown = PEOPLE[row["caller_id"]] if by_name or field == "caller_id.name" else row[field]
    have, low = shown.lower(), value.lower()
    match operator:
        case "=":
            return have == low
        case "!=":
            return have != low
        case "IN":
            return have in [part.strip() for part in low.split(",")]
        case "NOT IN":
            return have not in [part.strip() for part in low.split(",")]
        case "LIKE":
            return low in have
        case "NOT LIKE":
            return low not in have
        case "STARTSWITH":
            return have.startswith(low)
        case "ENDSWITH":
            return have.endswith(low)
        case "ISEMPTY":
            return have == ""
        case "ISNOTEMPTY":
            return have != ""
        case "ANYTHING":
            return True
        case "SAMEAS":
            return have == row[value].lower()
        case "NSAMEAS":
            return have != row[value].lower()
        case "BETWEEN":
            first, second = value.split("@")
            return holds(row, field, ">=", first) and holds(row, field, "<=", second)
    return ordered(have, low, operator, numeric=field == "order")


def ordered(have: str, value: str, operator: str, *, numeric: bool) -> bool:
    left: Any = have
    right: Any = value
    if have == "":
        return False
    if numeric:
        left, right = number(have), number(value)
        if right is None:
            return False
    return bool({"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[operator])


# What hypothesis makes ---------------------------------------------------------------------------------

rows_of = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in FIELDS.items()}), max_size=8
)


@st.composite
def condition(draw: st.DrawFn) -> tuple[str, str, str]:
    field = draw(st.sampled_from([*FIELDS, "caller_id.name"]))
    operator = draw(st.sampled_from(OPERATORS))
    values = NUMBERS if field == "order" else TEXTS
    if field == "caller_id" and operator in ("=", "!=", "IN", "NOT IN"):
        values = list(PEOPLE)
    value = draw(st.sampled_from(values))
    if operator in ("SAMEAS", "NSAMEAS"):
        value = draw(st.sampled_from(["short_description", "category", "knowledge"]))
    elif operator == "BETWEEN":
        value = f"{value.replace('@', '')}@{draw(st.sampled_from(values)).replace('@', '')}"
    elif operator in ("ISEMPTY", "ISNOTEMPTY", "ANYTHING"):
        value = ""
    return field, operator, value


groups = st.lists(st.lists(condition(), min_size=1, max_size=3), min_size=1, max_size=3)
unions = st.lists(groups, min_size=1, max_size=3)


def encode(branches: list[list[list[tuple[str, str, str]]]]) -> str:
    def one(item: tuple[str, str, str]) -> str:
        return item[0] + item[1] + item[2].replace("^", "^^")

    return "^NQ".join("^".join("^OR".join(map(one, group)) for group in branch) for branch in branches)


def run(instance: Instance, table: str, query: str) -> list[str]:
    target, user = instance.raw.schema[table], instance.users.by_name("admin")
    assert user is not None
    compiler = Compiler(instance.raw.schema, instance.choices, target, instance.scope(user))
    page = select(instance.raw, target, compiler.compile(parse(query)), limit=1000, offset=0)
    return [record["sys_id"] for record in page.records]


@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows_of, branches=unions)
def test_same_rows_as_the_oracle(
    instance: Instance, rows: list[dict[str, str]], branches: list[list[list[tuple[str, str, str]]]]
) -> None:
    table = instance.raw.schema[TABLE]
    instance.database.execute("DELETE FROM task")
    for index, row in enumerate(rows):
        instance.raw.insert(table, {**row, "sys_id": f"{index:032d}", "sys_class_name": TABLE})
    wanted = [
        f"{index:032d}"
        for index, row in enumerate(rows)
        if any(all(any(holds(row, *item) for item in group) for group in branch) for branch in branches)
    ]
    assert run(instance, TABLE, encode(branches)) == wanted


pieces = st.sampled_from(
    [*OPERATORS, *FIELDS, "^", "^^", "^OR", "^NQ", "^EQ", "ORDERBY", "ORDERBYDESC", "@", ",", ".", "javascript:",
     "gs.daysAgo(", ")", "'", "123TEXTQUERY321=", "RLQUERY", "caller_id.", "sys_id", "RELATIVEGT@hour@ago@", "ON",
     "INSTANCEOF", "DYNAMIC", "GT_FIELD", "\0", "\ud800", "é", "9" * 20]
)  # fmt: skip


@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.lists(pieces | st.text(max_size=5), max_size=14).map("".join))
def test_no_query_gives_a_traceback(instance: Instance, query: str) -> None:
    from snow_simulator.values.text import clean

    for table in (TABLE, "sys_user", "cmdb_ci_server"):
        run(instance, table, clean(query))
