"""Random records of the demo table u_value_sample, and random queries on it as trees and as encoded text."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.simulator.oracle import Row

TEXTS = [
    "", "a", "A", "ab", "Ab c", "b", "c,a", "x^y", "end^", "%", "_", "10", "9", "true", "a b", "é", "É", "Öl", "öl",
    "ÖLÉ", "Яблоко", "яблоко", "Straße", "x'y", '"', "\\", "b\ta", "日本", "éÉöÖЯяéÉ", "ÉéÖöЯЯÉÉ",
]  # fmt: skip
NUMBERS = {
    "u_integer": ["", "-1", "0", "2", "10", "1000"],
    "u_decimal": ["", "-1.50", "0.00", "2.00", "10.25"],
    "u_float": ["", "-0.5", "0", "2", "0.125", "1000000"],
    "u_level": ["", "1", "2", "3"],
}
COMPARED_NUMBERS = ["", "-1", "0", "2", "2.0", "10", "10.25", "0.125", "x", "1e3", "-1.5", "2.5"]
MONEY = ["", "USD;12.5", "EUR;12.5", "USD;0", "JPY;2000", "USD;-3.25"]
COMPARED_MONEY = [*MONEY, "12.5", "0", "usd;12.50", "2000", "x"]
MOMENTS = [
    "", "2026-07-15 20:30:15", "2026-07-15 20:00:00", "2026-07-15 06:59:59", "2026-07-15 07:00:00",
    "2026-07-14 21:59:59", "2026-07-14 23:10:00", "2026-07-16 05:00:00", "2026-07-12 12:00:00", "2026-07-06 00:00:00",
    "2026-06-30 23:30:00", "2026-06-01 00:00:00", "2026-04-02 10:00:00", "2026-01-01 00:00:00", "2025-12-31 23:59:59",
    "2025-07-15 20:30:15", "2024-02-29 08:00:00", "2026-08-20 18:00:00", "2027-01-01 07:30:00", "2026-07-15 19:45:00",
]  # fmt: skip
DAYS = ["", *sorted({text[:10] for text in MOMENTS if text})]
TIMES = ["", "1970-01-01 00:00:00", "1970-01-01 09:05:00", "1970-01-01 23:59:59"]
ELAPSED = ["", "1970-01-01 00:00:00", "1970-01-01 02:00:00", "1970-01-02 00:00:01", "1970-02-10 10:00:00"]
VALUES = {
    "u_name": TEXTS, "u_note": TEXTS, "u_color": ["", "red", "green", "dark_blue"], **NUMBERS, "u_cost": MONEY,
    "u_flag": ["true", "false", ""], "u_when": MOMENTS, "u_until": MOMENTS, "u_day": DAYS, "u_time": TIMES,
    "u_elapsed": ELAPSED,
}  # fmt: skip
COMPARED = {
    **VALUES, **dict.fromkeys(NUMBERS, COMPARED_NUMBERS), "u_cost": COMPARED_MONEY,
    "u_flag": ["true", "false", "1", "0", "", "TRUE"], "u_when": [*MOMENTS, "2026-07-15", "soon"],
    "u_until": [*MOMENTS, "2026-01-01"], "u_day": [*DAYS, "2026-07-15 20:00:00"],
    "u_time": [*TIMES, "09:05:00"], "u_elapsed": [*ELAPSED, "0 02:00:00", "1 00:00:01"],
}  # fmt: skip
DATES = ("u_when", "u_until", "u_day")
RANGES = [
    "Today", "Yesterday", "Tomorrow", "This week", "Last week", "Next week", "This month", "Last month", "Next month",
    "Last 3 months", "Last 6 months", "Last 12 months", "This quarter", "Last quarter", "Last 2 quarters",
    "Next quarter", "Next 2 quarters", "This year", "Last year", "Next year", "Last 2 years", "Last 7 days",
    "Last 30 days", "Last 90 days", "One year ago",
]  # fmt: skip
SHORT_RANGES = ["Current hour", "Last hour", "Last 2 hours", "Current minute", "Last minute", "Last 45 minutes"]
PARTS = {
    "dayofweek": ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"],
    "month": ["jan", "feb", "mar", "apr", "may", "june", "july", "aug", "sep", "oct", "nov", "dec"],
    "quarter": ["1", "2", "3", "4"], "year": ["2024", "2025", "2026"], "week": ["0", "26", "28", "53"],
    "hour": ["0", "13", "20", "23"],
}  # fmt: skip
UNITS = ["minute", "hour", "day", "week", "month", "quarter", "year"]
INVALID = ["nothing=1", "u_nothing.nameLIKEa", "u_nameFOO1", "garbage", "u_name.x=1", "u_whenRELATIVEGT@hour@never@1",
           "u_name=javascript:alert(1)", "u_personDYNAMICnobody", "u_whenONSomeday"]  # fmt: skip
DYNAMIC = {"me": "90d1921e5f510100a9ad2572f2b477fe", "groups": "d6435e965f510100a9ad2572f2b47744"}
SIMPLE = ["=", "!=", "IN", "NOT IN", "<", ">", "<=", ">=", "ISEMPTY", "EMPTYSTRING", "ISNOTEMPTY", "ANYTHING",
          "BETWEEN"]  # fmt: skip
PIECES = ["LIKE", "NOT LIKE", "CONTAINS", "DOES NOT CONTAIN", "NOTLIKE", "STARTSWITH", "ENDSWITH", "*", "!*", "%"]


@dataclass(frozen=True)
class Item:
    """One condition: for the oracle, and as text. No operator: it is invalid."""

    path: str
    operator: str
    value: Any
    text: str


Branches = list[list[list[Item]]]


@dataclass
class RandomQuery:
    branches: Branches
    order: list[tuple[str, bool]] = field(default_factory=list)
    related: list[tuple[str, int, int, Branches]] = field(default_factory=list)

    def text(self) -> str:
        parts = [encoded(self.branches)]
        parts += [f"RLQUERYu_value_sample.u_parent,{count}^{encoded(inner)}^ENDRLQUERY"
                  for count, _, _, inner in self.related]  # fmt: skip
        parts += [f"ORDERBY{'DESC' if descending else ''}{path}" for path, descending in self.order]
        return "^".join(part for part in parts if part)


def encoded(branches: Branches) -> str:
    return "^NQ".join("^".join("^OR".join(item.text for item in group) for group in branch) for branch in branches)


def rows(random: Random, size: int, people: list[str]) -> dict[str, Row]:
    made: dict[str, Row] = {}
    for index in range(size):
        row = {name: random.choice(values) for name, values in VALUES.items()}
        row["sys_id"] = f"{index:032x}"
        row["u_person"] = random.choice(["", *people])
        row["u_parent"] = random.choice(["", "f" * 32, *made]) if made else ""
        row["sys_class_name"] = random.choice(["u_value_sample", "u_value_sample", "u_value_special"])
        made[row["sys_id"]] = row
    return made


class Maker:
    """Makes random queries; everything comes from `random`."""

    def __init__(self, random: Random, people: list[str]) -> None:
        self.random = random
        self.people = people

    def query(self) -> RandomQuery:
        pick = self.random
        query = RandomQuery(self.branches(3))
        for _ in range(pick.choice([0, 0, 1, 2, 3])):
            query.order.append((self.path([*VALUES, "u_person"]), pick.random() < 0.5))
        if pick.random() < 0.1:
            low, high = sorted((pick.randint(0, 3), pick.randint(0, 3)))
            counts = {
                f">={low}": (low, 99), f"={low}": (low, low), f"<{high}": (0, high - 1), f"<={high}": (0, high),
                f">{low},m2m": (low + 1, 99), f"BETWEEN{low}@{high}": (low, high),
            }  # fmt: skip
            count = pick.choice(list(counts))
            query.related.append((count, *counts[count], self.branches(1)))
        return query

    def branches(self, most: int) -> Branches:
        pick = self.random
        return [
            [[self.item() for _ in range(pick.randint(1, 3))] for _ in range(pick.randint(1, 3))]
            for _ in range(pick.randint(1, most))
        ]

    def path(self, names: list[str]) -> str:
        """A field of the record itself, or behind one or two references."""
        return self.random.choice(["", "", "", "u_parent.", "u_parent.u_parent."]) + self.random.choice(names)

    def item(self) -> Item:
        pick = self.random
        if pick.random() < 0.03:
            return Item("", "", None, pick.choice(INVALID))
        kinds = [self.simple] * 8 + [self.piece] * 5 + [self.dates] * 4 + [self.fields] * 2 + [self.special]
        return pick.choice(kinds)()

    def simple(self) -> Item:
        pick = self.random
        name = pick.choice(list(VALUES))
        path, operator = self.path([name]), pick.choice(SIMPLE)
        if operator in ("ISEMPTY", "EMPTYSTRING", "ISNOTEMPTY", "ANYTHING"):
            return Item(path, operator, "", path + operator)
        if operator == "BETWEEN":
            ends = [pick.choice(COMPARED[name]) for _ in range(2)]
            return Item(path, operator, ends, f"{path}{operator}{'@'.join(map(escaped, ends))}")
        value = pick.choice(COMPARED[name])
        if operator in ("IN", "NOT IN"):
            value = ",".join(pick.choice(COMPARED[name]) for _ in range(pick.randint(1, 4)))
        return Item(path, operator, value, f"{path}{operator}{escaped(value)}")

    def piece(self) -> Item:
        pick = self.random
        path = pick.choice(["u_name", "u_note", "u_person", "u_parent", "u_person.name", "u_person.manager",
                            "u_parent.u_person.name", "u_cost", "u_when", "u_color", "u_parent.u_note"])  # fmt: skip
        value = pick.choice([*TEXTS, "2026-07", "12", "An", "nn", "É"])
        operator = pick.choice(PIECES)
        return Item(path, operator, value, f"{path}{operator}{escaped(value)}")

    def dates(self) -> Item:
        pick = self.random
        name = pick.choice(DATES)
        path = self.path([name])
        return pick.choice([self.on, self.on, self.relative, self.part])(path, name)

    def on(self, path: str, name: str) -> Item:
        pick = self.random
        operator, label = pick.choice(["ON", "NOTON"]), pick.choice([*RANGES, "2026-07-15", "2026-06-30"])
        if name != "u_day" and pick.random() < 0.2:
            label = pick.choice(SHORT_RANGES)
        text = label
        if pick.random() < 0.7:
            ends = ("('start')", "('end')")
            if label[0].isdigit():
                ends = (
                    f"javascript:gs.dateGenerate('{label}','start')",
                    f"javascript:gs.dateGenerate('{label}','end')",
                )
            else:
                camel = "".join(word.capitalize() for word in label.split())
                ends = (f"javascript:gs.beginningOf{camel}()", f"javascript:gs.endOf{camel}()")
            text = "@".join((label, *ends))
        return Item(path, operator, label, f"{path}{operator}{text}")

    def relative(self, path: str, name: str) -> Item:
        pick = self.random
        operator = "RELATIVE" + pick.choice(["GT", "GE", "LT", "LE", "EE"])
        unit, direction = pick.choice([*UNITS, "dayofweek"]), pick.choice(["ago", "ahead"])
        amount = pick.choice([0, 1, 2, 7, 30]) if unit != "year" else pick.choice([0, 1, 2])
        return Item(path, operator, (unit, direction, amount), f"{path}{operator}@{unit}@{direction}@{amount}")

    def part(self, path: str, name: str) -> Item:
        pick = self.random
        unit = pick.choice(list(PARTS))
        wanted = pick.choice(PARTS[unit])
        number = int(wanted) if wanted.isdigit() else PARTS[unit].index(wanted) + (unit == "month")
        comparison = pick.choice(["GT", "GE", "LT", "LE", "EE"])
        text = f"{path}DATEPARTLabel@javascript:gs.datePart('{unit}','{wanted}','{comparison}')"
        return Item(path, "DATEPART", (unit, number, comparison), text)

    def fields(self) -> Item:
        pick = self.random
        path, other = pick.choice([("u_name", "u_note"), ("u_integer", "u_decimal"), ("u_when", "u_until"),
                                   ("u_parent.u_name", "u_name"), ("u_float", "u_parent.u_integer"),
                                   ("u_person", "u_parent.u_person"), ("u_flag", "u_color")])  # fmt: skip
        if path == "u_when" and pick.random() < 0.6:
            if pick.random() < 0.3:
                operator, unit = pick.choice(["SAMEAS", "NSAMEAS"]), pick.choice(UNITS)
                other = pick.choice([other, "u_day"])
                return Item(path, operator, ("field", other, unit), f"{path}{operator}{other}@{unit}")
            operator, unit = pick.choice(["MORETHAN", "LESSTHAN"]), pick.choice(UNITS)
            direction, amount = pick.choice(["before", "after", "before or after"]), pick.choice([0, 1, 3, 12])
            value = ("field", other, unit, direction, amount)
            return Item(path, operator, value, f"{path}{operator}{other}@{unit}@{direction}@{amount}")
        operator = pick.choice(["SAMEAS", "NSAMEAS", "GT_FIELD", "LT_FIELD", "GT_OR_EQUALS_FIELD",
                                "LT_OR_EQUALS_FIELD"])  # fmt: skip
        return Item(path, operator, ("field", other), f"{path}{operator}{other}")

    def special(self) -> Item:
        pick = self.random
        kind = pick.randrange(4)
        if kind == 0:
            who = pick.choice(list(DYNAMIC))
            return Item("u_person", "DYNAMIC", who, f"u_personDYNAMIC{DYNAMIC[who]}")
        if kind == 1:
            who, text = pick.choice([("me", "=javascript:gs.getUserID()"), ("groups", "=javascript:getMyGroups()"),
                                     ("groups", "INjavascript:gs.getUser().getMyGroups()")])  # fmt: skip
            return Item("u_person", "MINE", who, f"u_person{text}")
        if kind == 2:
            table = pick.choice(["u_value_sample", "u_value_special"])
            return Item("sys_class_name", "INSTANCEOF", table, f"sys_class_nameINSTANCEOF{table}")
        person = pick.choice([*self.people, ""])
        return Item("u_person", "=", person, f"u_person={person}")


def escaped(value: str) -> str:
    return value.replace("^", "^^")
