"""Journals: what is written to them, and what an instance shows of them. The format is that of recorded answers."""

from __future__ import annotations

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.clients import seed
from tests.simulator.support import ABEL, NETWORK, Sim

FIELDS = "comments,work_notes,comments_and_work_notes"
START = "2026-07-15T08:00:00Z"
SECOND = "2026-07-15 08:01:00 - Beth Anglin (Additional comments)\nsecond\n\n"
NOTE = "2026-07-15 08:01:00 - Beth Anglin (Work notes)\nnote\n\n"
FIRST = "2026-07-15 08:00:00 - Ansible Automation (Additional comments)\nfirst\nof two lines\n\n"

entries = behavior("Table API", "Journals: each write adds an entry to sys_journal_field, the value stays empty")
shown = behavior("Table API", "Journals: the display value holds all entries, the latest first")


@pytest.fixture
def incident(sim: Sim) -> str:
    """With a comment of 08:00, and a comment and a note of 08:01."""
    sim.control("PUT", "clock", {"now": START})
    sys_id: str = sim.insert("incident", comments="first\nof two lines")["sys_id"]
    sim.control("PUT", "clock", {"now": "2026-07-15T08:01:00Z"})
    sim.patch("incident", sys_id, "beth.anglin", comments="second", work_notes="note")
    return sys_id


def read(sim: Sim, sys_id: str, mode: str, user: str = "ansible", table: str = "incident") -> object:
    answer = sim.get(f"/api/now/table/{table}/{sys_id}", user, sysparm_display_value=mode, sysparm_fields=FIELDS)
    return answer.json()["result"]


@entries
def test_every_write_is_an_entry(sim: Sim, incident: str) -> None:
    rows = sim.rows("sys_journal_field", f"element_id={incident}^ORDERBYsys_created_on^ORDERBYelement")
    told = [(row["element"], row["value"], row["sys_created_by"], row["name"]) for row in rows]
    assert told == [
        ("comments", "first\nof two lines", "ansible", "incident"),
        ("comments", "second", "beth.anglin", "incident"),
        ("work_notes", "note", "beth.anglin", "incident"),
    ]
    before = sim.dump("incident", sys_id=incident)[0]
    assert sim.patch("incident", incident, comments="").status_code == 200
    assert sim.dump("incident", sys_id=incident)[0] == before
    assert len(sim.dump("sys_journal_field", element_id=incident)) == 3


@entries
def test_values_are_always_empty(sim: Sim, incident: str) -> None:
    assert read(sim, incident, "false") == dict.fromkeys(FIELDS.split(","), "")
    answer = sim.patch("incident", incident, work_notes="more").json()["result"]
    assert (answer["work_notes"], answer["sys_mod_count"]) == ("", "2")


@shown
def test_display_values(sim: Sim, incident: str) -> None:
    both = SECOND + NOTE + FIRST
    shows = {"comments": SECOND + FIRST, "work_notes": NOTE, "comments_and_work_notes": both}
    assert read(sim, incident, "true") == shows
    assert read(sim, incident, "all") == {name: {"display_value": text, "value": ""} for name, text in shows.items()}
    assert read(sim, incident, "true", table="task") == shows


@shown
def test_display_values_of_the_answer_to_a_write_and_of_a_list(sim: Sim, incident: str) -> None:
    other = sim.insert("incident", comments="another")["sys_id"]
    path = f"/api/now/table/incident/{incident}?sysparm_display_value=true&sysparm_fields=work_notes"
    answer = sim.call("PATCH", path, json={"work_notes": "more"}).json()["result"]
    assert answer == {"work_notes": f"2026-07-15 08:01:00 - Ansible Automation (Work notes)\nmore\n\n{NOTE}"}
    listed = sim.rows(
        "incident", f"sys_idIN{incident},{other}", sysparm_display_value="true", sysparm_fields="sys_id,comments"
    )
    texts = {row["sys_id"]: row["comments"] for row in listed}
    assert texts[other].endswith("(Additional comments)\nanother\n\n")
    assert texts[incident].count("\n\n") == 2


@shown
def test_moments_are_those_of_the_reader(sim: Sim, incident: str) -> None:
    # 08:00 UTC is one in the morning in Los Angeles.
    seen = read(sim, incident, "true", "admin")
    assert isinstance(seen, dict)
    assert seen["work_notes"].startswith("2026-07-15 01:01:00 - Beth Anglin")


@shown
def test_journals_over_a_reference(sim: Sim, incident: str) -> None:
    task = sim.insert("change_request", parent=incident)["sys_id"]
    fields = {"sysparm_fields": "parent.work_notes,parent.parent.work_notes", "sysparm_display_value": "true"}
    row = sim.rows("change_request", f"sys_id={task}", "ansible", **fields)[0]
    assert row == {"parent.work_notes": NOTE, "parent.parent.work_notes": ""}


@shown
def test_an_author_who_is_gone_is_named_by_user_name(sim: Sim, incident: str) -> None:
    seed(sim, "sys_journal_field", {
        "element_id": incident, "element": "work_notes", "name": "incident", "value": "old",
        "sys_created_by": "gone.person", "sys_created_on": "2020-01-01 00:00:00",
    })  # fmt: skip
    seen = read(sim, incident, "true")
    assert isinstance(seen, dict)
    assert seen["work_notes"] == f"{NOTE}2020-01-01 00:00:00 - gone.person (Work notes)\nold\n\n"


@entries
def test_a_change_has_journals_too(sim: Sim) -> None:
    change = sim.new_change(work_notes="planned", assignment_group=NETWORK)
    sim.set_change(change, "abel.tuter", comments="seen")
    assert sim.rows("sys_user", f"sys_id={ABEL}")[0]["name"] == "Abel Tuter"
    seen = read(sim, change, "true", table="change_request")
    assert isinstance(seen, dict)
    assert seen["work_notes"].endswith(" - Ansible Automation (Work notes)\nplanned\n\n")
    assert seen["comments"].endswith(" - Abel Tuter (Additional comments)\nseen\n\n")
