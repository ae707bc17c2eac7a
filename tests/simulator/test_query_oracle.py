"""At least 20,000 random queries against the oracle, with no difference.

Everything follows from one seed, which is printed with a failure; SNOW_ORACLE_SEED sets another, SNOW_ORACLE_CASES
another number of cases.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest
from tests.simulator import oracle
from tests.simulator.behaviors import behavior
from tests.simulator.random_queries import Branches, Maker, RandomQuery, rows

from snow_simulator.instance import Instance
from snow_simulator.query.compile import Compiled, Compiler
from snow_simulator.query.parse import parse
from snow_simulator.query.select import select

SEED = int(os.environ.get("SNOW_ORACLE_SEED", "20260715"))
CASES = int(os.environ.get("SNOW_ORACLE_CASES", "20000"))
DATASETS = 40
SIZE = 20
TABLE = "u_value_sample"
NOW = datetime(2026, 7, 15, 20, 30, 15, tzinfo=UTC)
ZONES = ("UTC", "America/Los_Angeles", "Europe/Zurich", "Asia/Kolkata", "Pacific/Auckland")
ME = "1" * 32
PEOPLE = {
    ME: {"name": "Ann", "manager": "2" * 32},
    "2" * 32: {"name": "bob É", "manager": ""},
    "3" * 32: {"name": "Änne", "manager": ME},
}
GROUP = "9" * 32


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    made = Instance("demo")
    raw = made.raw
    for sys_id, person in PEOPLE.items():
        raw.insert(raw.schema["sys_user"], {"sys_id": sys_id, "user_name": person["name"], **person})
    raw.insert(raw.schema["sys_user_group"], {"sys_id": GROUP, "name": "Mine"})
    raw.insert(raw.schema["sys_user_grmember"], {"sys_id": "8" * 32, "user": ME, "group": GROUP})
    yield made
    made.close()


class Case:
    """One set of records, in the database and for the oracle."""

    def __init__(self, instance: Instance, random: Random) -> None:
        self.instance = instance
        self.people = [*PEOPLE, "a" * 32, GROUP]
        records = rows(random, SIZE, self.people)
        instance.database.execute(f"DELETE FROM {TABLE}")
        for row in records.values():
            instance.raw.insert(instance.raw.schema[row["sys_class_name"]], dict(row))
        zone = ZoneInfo(random.choice(ZONES))
        families = {TABLE: {TABLE, "u_value_special"}, "u_value_special": {"u_value_special"}}
        self.world = oracle.World(records, PEOPLE, [GROUP], ME, NOW, zone, families)

    def found(
        self, table: str, text: str, *, strict: bool, limit: int = 1000, offset: int = 0
    ) -> tuple[list[str], int]:
        schema, user = self.instance.raw.schema, self.instance.users.by_id(ME)
        assert user is not None
        scope = replace(self.instance.scope(user), zone=self.world.zone, now=NOW)
        compiled: Compiled = Compiler(schema, self.instance.choices, schema[table], scope).compile(
            parse(text), strict=strict
        )
        page = select(self.instance.raw, schema[table], compiled, limit=limit, offset=offset)
        return [record["sys_id"] for record in page.records], page.total

    def wanted(self, table: str, query: RandomQuery, *, strict: bool) -> list[str]:
        if strict and any(not item.operator for branches in trees(query) for b in branches for g in b for item in g):
            return []
        candidates = (row for row in self.world.rows.values() if row["sys_class_name"] in self.world.descendants[table])
        return [
            row["sys_id"]
            for row in candidates
            if self.matches(row, query.branches)
            and all(low <= self.children(row, inner) <= high for _, low, high, inner in query.related)
        ]

    def children(self, row: oracle.Row, inner: Branches) -> int:
        rows = self.world.rows.values()
        return sum(other["u_parent"] == row["sys_id"] and self.matches(other, inner) for other in rows)

    def matches(self, row: oracle.Row, branches: Branches) -> bool:
        """Invalid conditions are dropped, a group of nothing else too."""
        return any(
            all(
                any(
                    oracle.holds(self.world, row, item.path, item.operator, item.value)
                    for item in group
                    if item.operator
                )
                for group in branch
                if any(item.operator for item in group)
            )
            for branch in branches
        )

    def sorted_keys(self, ids: list[str], order: list[tuple[str, bool]]) -> list[list[object]]:
        """The sort keys of the records, in the order that they should have."""
        records = [self.world.rows[sys_id] for sys_id in ids]
        for path, descending in reversed(order):
            records.sort(key=lambda row: oracle.sort_key(self.world, row, path), reverse=descending)
        return self.keys([row["sys_id"] for row in records], order)

    def keys(self, ids: list[str], order: list[tuple[str, bool]]) -> list[list[object]]:
        return [[oracle.sort_key(self.world, self.world.rows[sys_id], path) for path, _ in order] for sys_id in ids]


def trees(query: RandomQuery) -> list[Branches]:
    return [query.branches, *(inner for *_, inner in query.related)]


@behavior("Queries", "The same records, in the same order, as a naive evaluation in memory: 20,000 random queries")
@pytest.mark.parametrize("dataset", range(DATASETS))
def test_same_records_as_the_oracle(instance: Instance, dataset: int) -> None:
    random = Random(f"{SEED}/{dataset}")
    case = Case(instance, random)
    maker = Maker(random, case.people)
    for number in range(CASES // DATASETS):
        query, table = maker.query(), random.choice([TABLE, TABLE, "u_value_special"])
        strict = random.random() < 0.1
        text = query.text()
        about = f"SNOW_ORACLE_SEED={SEED} dataset={dataset} case={number} zone={case.world.zone} {table}: {text}"
        ids, total = case.found(table, text, strict=strict)
        wanted = case.wanted(table, query, strict=strict)
        assert (sorted(ids), total) == (wanted, len(wanted)), about
        assert case.keys(ids, query.order) == case.sorted_keys(ids, query.order), about
        check_page(case, table, text, len(wanted), about, random, strict=strict)


def check_page(case: Case, table: str, text: str, total: int, about: str, random: Random, *, strict: bool) -> None:
    """One page of the same, in an order without ties."""
    if random.random() > 0.1:
        return
    text += "^ORDERBYsys_id"
    everything, _ = case.found(table, text, strict=strict)
    limit, offset = random.randint(1, 10), random.randint(0, 20)
    ids, count = case.found(table, text, strict=strict, limit=limit, offset=offset)
    assert ids == everything[offset : offset + limit], about
    assert count == total, about
