# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes a naive comparison report a change for ever: each such value, written twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.integration.contracts.case import approved, attached, task_of
from tests.integration.contracts.watched import Prepare, Seen, Step, own_instance, watch
from tests.integration.helpers import USER

CHANGE, CHANGE_ID = "CHG0030020", "b0dbda5347c12200e0ef563dbb9a718f"
ABEL, BETH = "62826bf03710200044e0bfc8bcbe5df1", "46d44a40a9fe198101947ae9f5daf4fb"
INCIDENT = {"table": "incident", "number": "INC0000062"}
RELEASE = {"correlation_id": "shop-1", "short_description": "Deploy shop 1"}


@dataclass(frozen=True)
class Trap:
    """A task that is run twice.

    :param holds: a column, ``table.column``, and what it must hold after the first run.
    :param between: what others do between the two runs.
    :param warns: a text of a warning of each run.
    :param refuses: a text of the failure, with which nothing is written; empty if it succeeds.
    :param sends: whether the second run sends it again, because only the instance can tell that it takes nothing;
        it changes nothing all the same.
    :param writes: whether the second run writes again, because nothing can be compared.
    """

    kind: str
    module: str
    args: Mapping[str, Any]
    holds: tuple[str, str] | None = None
    prepare: Sequence[Prepare] = ()
    between: Sequence[Prepare] = ()
    warns: str = ""
    refuses: str = ""
    sends: bool = False
    writes: bool = False
    user: str = USER


def sample(kind: str, column: str, wanted: Any, held: str | None = None, number: int = 1, **more: Any) -> Trap:
    """A column of a record that has one of every type; number 2 is empty."""
    args = {"table": "u_value_sample", "number": f"VAL000000{number}", "data": {column: wanted}}
    return Trap(kind, "snow_record", args, None if held is None else (f"u_value_sample.{column}", held), **more)


def incident(kind: str, held: tuple[str, str] | None = None, **data: Any) -> Trap:
    return Trap(kind, "snow_record", {**INCIDENT, "data": data}, held)


def change(kind: str, held: tuple[str, str] | None = None, /, **options: Any) -> Trap:
    return Trap(kind, "snow_change", {"number": CHANGE, **options}, held)


TRAPS = [
    *(sample("boolean", "u_flag", wanted, "true", 2) for wanted in (True, "true", "True", "TRUE")),
    *(sample("boolean", "u_flag", wanted, "false") for wanted in (False, "false", "False")),
    *(sample("integer", "u_integer", wanted, "3") for wanted in (3, "3", 3.0)),
    sample("integer", "u_integer", "3.0", "3"),
    sample("integer", "u_integer", 0, "0", 2),
    *(sample("integer", "u_integer", wanted, "") for wanted in ("", None)),
    *(sample("decimal", "u_decimal", wanted, "12.50") for wanted in (12.5, "12.50")),
    sample("decimal", "u_decimal", "12.5", "12.50"),
    sample("decimal", "u_decimal", 1234.5),
    sample("decimal", "u_decimal", "7.00", number=2),
    sample("decimal", "u_float", 0.5, number=2),
    Trap("key missing from the answer", "snow_record", {**INCIDENT, "data": {"shoe_size": 44}}, refuses="shoe_size"),
    Trap("key missing from the answer", "snow_change", {"number": CHANGE, "fields": {"shoe_size": 44}},
         refuses="shoe_size"),
    *(sample("reference in any form", "u_person", wanted, ABEL, 2) for wanted in (ABEL, ABEL.upper())),
    *(sample("reference in any form", "u_person", wanted, "") for wanted in ("", None)),
    sample("reference in any form", "u_parent", "Nothing"),
    *(sample("reference by a name", "u_person", wanted, ABEL, 2)
      for wanted in ("Abel Tuter", "ABEL TUTER")),
    *(sample("reference by a name", "u_person", wanted, ABEL, 2)
      for wanted in ("abel.tuter", "abel.tuter@example.com")),
    *(change("reference by a name", ("change_request.requested_by", BETH), requested_by=wanted)
      for wanted in ("Beth Anglin", "BETH ANGLIN", "beth.anglin", "beth.anglin@example.com")),
    *(sample("list", "u_people", wanted) for wanted in (
        [BETH, ABEL], ["Beth Anglin", "Abel Tuter"], f"{BETH},{ABEL}", [ABEL, ABEL, BETH])),
    *(sample("list", "u_people", wanted, number=2) for wanted in (
        ["Beth Anglin", "Abel Tuter"], [BETH], "Beth Anglin")),
    incident("list", watch_list=["Beth Anglin", "Abel Tuter"]),
    incident("list", watch_list=["Beth Anglin", ABEL]),
    *(change("list", watch_list=wanted) for wanted in (["beth.anglin", ABEL], [ABEL, "Beth Anglin", ABEL])),
    *(sample("choice", "u_color", wanted, "red") for wanted in ("red", "Red", "RED")),
    *(sample("choice", "u_level", wanted, "1") for wanted in (1, "1", "1 - High", "1 - HIGH")),
    *(change("choice", ("change_request.risk", "2"), risk=wanted) for wanted in ("High", "high", "2", 2)),
    *(change("choice", ("change_request.state", "4"), state=wanted) for wanted in ("canceled", "Cancelled", "4")),
    Trap("clearing a choice", "snow_change", {"number": CHANGE, "risk": ""}, warns="risk", sends=True),
    Trap("clearing a choice", "snow_record", {**INCIDENT, "data": {"urgency": None}}, warns="urgency", sends=True),
    *(sample("date and time", "u_when", wanted, "2026-07-15 08:00:00") for wanted in (
        "2026-07-15T08:00:00Z", "2026-07-15T10:00:00+02:00", "2026-07-15 08:00:00", "2026-07-15T08:00Z",
        "{{ '2026-07-15 08:00:00' | to_datetime }}")),
    sample("date and time", "u_when", "2026-07-15T10:00:00+02:00", "2026-07-15 08:00:00", user="greta.gruber"),
    *(change("date and time", ("change_request.start_date", "2026-07-15 08:00:00"), start_date=wanted) for wanted in (
        "2026-07-15T08:00:00Z", "2026-07-15T10:00:00+02:00", "2026-07-15 08:00:00")),
    *(sample("date alone, time alone", "u_day", wanted, "2026-07-16") for wanted in (
        "2026-07-16", "2026-07-16 00:00:00")),
    *(sample("date alone, time alone", "u_time", wanted, "1970-01-01 08:30:00") for wanted in (
        "08:30:00", "1970-01-01 08:30:00")),
    *(sample("duration", "u_elapsed", wanted, "1970-01-01 00:02:17") for wanted in (
        "00:02:17", "1970-01-01 00:02:17", "2 minutes 17 seconds")),
    *(sample("duration", "u_elapsed", wanted, "1970-01-01 00:02:17") for wanted in (137, "137")),
    sample("duration", "u_elapsed", "1 02:03:00"),
    *(sample("line ends", "u_note", wanted) for wanted in (
        "First line\nsecond line", "First line\nsecond line\n", "First line\r\nsecond line\r\n")),
    change("line ends", implementation_plan="One\nTwo\n", test_plan="One\r\nTwo"),
    sample("text longer than its column", "u_short", "more than ten letters", warns="u_short"),
    Trap("text longer than its column", "snow_change", {"number": CHANGE, "short_description": "long " * 40},
         warns="short_description"),
    *(sample("HTML", "u_text", wanted) for wanted in (
        "<p>Some <i>words</i></p>", "<p>a &amp; b<br/>c</p>",
        "<p onclick='x()'>Click</p>")),
    sample("HTML", "u_text", "<p>Some words</p><script>alert(1)</script>"),
    change("journal", ("sys_journal_field.value", "Seen."), work_notes="Seen."),
    change("journal", ("sys_journal_field.value", "Seen.\nTwice."), comments="Seen.\nTwice."),
    sample("journal", "u_log", "Seen."),
    incident("journal", ("sys_journal_field.value", "Seen."), work_notes="Seen.", comments="Hello"),
    *(sample("currency", "u_cost", wanted) for wanted in ("USD;12.5", "USD;12.50", 1234.5, "1234.50", 99)),
    *(sample("currency", "u_price", wanted) for wanted in ("EUR;20.00", "USD;20", 20)),
    *(sample("written and never read", column, "new", writes=True)
      for column in ("u_secret", "u_key", "u_sealed")),
    incident("derived", ("incident.impact", "1"), impact=1, urgency=1),
    change("derived", impact="1 - High", priority="1 - Critical"),
    Trap("filled at create", "snow_change", {**RELEASE, "chg_model": "Emergency"}),
    Trap("filled at create", "snow_change", {**RELEASE, "type": "normal", "description": ""}),
    Trap("automatic transition", "snow_change", {**RELEASE, "assignment_group": "Network", "state": "assess",
                                                 "state_match": "at_least"}, between=[approved("shop-1")]),
    incident("silently ignored", made_sla=False),
    Trap("silently ignored", "snow_record", {**INCIDENT, "data": {"sys_created_by": "me"}, "unapplied": "warn"},
         warns="sys_created_by", sends=True),
    Trap("attachment", "snow_attachment", {"sys_id": CHANGE_ID, "name": "a.txt", "content": "Größe"}),
    Trap("attachment", "snow_attachment", {"sys_id": CHANGE_ID, "name": "a.txt", "content": "new"},
         prepare=[attached("change_request", CHANGE_ID, "a.txt", "old")] * 2),
]  # fmt: skip


def of_many(trap: Trap) -> Trap:
    """The same through a list of records, which is written by other code."""
    rest = {name: value for name, value in trap.args.items() if name not in ("number", "data")}
    record = {"number": trap.args["number"], **trap.args["data"]}
    return replace(trap, args={**rest, "match_on": ["number"], "records": [record]})


TRAPS += [of_many(trap) for trap in TRAPS if "data" in trap.args]

#: Every kind that there is; each has a trap above.
KINDS = {
    "boolean", "integer", "decimal", "key missing from the answer", "reference in any form", "reference by a name",
    "list", "choice", "clearing a choice", "date and time", "date alone, time alone", "duration", "line ends",
    "text longer than its column", "HTML", "journal", "currency", "written and never read", "derived",
    "filled at create", "automatic transition", "silently ignored", "attachment",
}  # fmt: skip


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Seen, Seen]]:
    steps: list[Step] = []
    for trap in TRAPS:
        task = task_of(trap.module, trap.args, trap.user)
        steps += [Step(task, trap.prepare), Step(task, between=trap.between)]
    with own_instance() as instance:
        seen = watch(instance, steps)
    return list(zip(seen[::2], seen[1::2], strict=True))


def test_every_kind_is_here() -> None:
    assert {trap.kind for trap in TRAPS} == KINDS


def _name(trap: Trap) -> str:
    wanted = (
        trap.args.get("data")
        or trap.args.get("records")
        or {name: value for name, value in trap.args.items() if name not in ("number", "sys_id", "correlation_id")}
    )
    return f"{trap.kind}: {wanted}"[:80]


@pytest.mark.parametrize("number", range(len(TRAPS)), ids=[_name(trap) for trap in TRAPS])
def test_trap(pairs: list[tuple[Seen, Seen]], number: int) -> None:
    """The first run writes what was meant, and the second finds it there."""
    trap, (first, second) = TRAPS[number], pairs[number]
    for seen in (first, second):
        assert seen.outcome.changed == bool(seen.changes), seen.changes
        if trap.refuses:
            assert seen.outcome.failed
            assert trap.refuses in seen.result["msg"]
            assert seen.writes == []
        else:
            assert not seen.outcome.failed, seen.result["msg"]
        assert any(trap.warns in text for text in seen.result.get("warnings", [""]))
    if trap.holds is not None and first.changes:
        table, _, column = trap.holds[0].rpartition(".")
        after = [change.after for change in first.changes if (change.table, change.column) == (table, column)]
        assert trap.holds[1] in after, first.changes
    if not trap.writes:
        assert (second.outcome.changed, second.changes) == (False, [])
        assert trap.sends or second.writes == []
