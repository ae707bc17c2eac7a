# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change: what a change is made from, who and what it names, on hold, closed, missing, and encrypted columns."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.helpers import Instance, login, refusal, snow, unfailing

SWITCH, SWITCH_ID = "Add network switch to datacenter cabinet", "92b8544047810200e90d87e8dee490b0"
BGP_VERSION = "16c2273c47010200e90d87e8dee49006"
NETWORK, DATABASE = "287ebd7da9fe198100f92cc8d1d2154e", "287ee6fea9fe198100ada7950d0b1b73"
ABEL, BETH = "62826bf03710200044e0bfc8bcbe5df1", "46d44a40a9fe198101947ae9f5daf4fb"
IMPLEMENT, CLOSED, CANCELED = "-1", "3", "4"


def change(**options: Any) -> dict[str, Any]:
    return snow("snow_change", **options)


def seeded(instance: Instance, **columns: str) -> str:
    row = {"short_description": "There already", "assignment_group": "Network", "chg_model": "Normal", **columns}
    (sys_id,) = instance.seed("change_request", row)
    return sys_id


def row_of(instance: Instance, sys_id: str) -> dict[str, Any]:
    (row,) = instance.rows("change_request", sys_id=sys_id)
    return row


# Made from -------------------------------------------------------------------------------------------------


def test_templates(instance: Instance, in_process: bool) -> None:
    """By name, sys_id or version, in check mode, once and again; the task's own values hold."""
    own = {
        "correlation_id": "switch", "template": SWITCH, "assignment_group": "Database", "requested_by": "Abel Tuter",
        "description": "Mine", "start_date": "2026-11-24T20:00:00Z", "work_notes": "Begun", "risk": "Low",
    }  # fmt: skip
    tasks = [
        {**change(**own), "check_mode": True},
        change(**own),
        change(**own),
        change(correlation_id="switch", template=SWITCH_ID, type="Standard"),
        change(correlation_id="switch", template=f"{SWITCH} - 1"),
        change(correlation_id="version", template=BGP_VERSION),
        change(correlation_id="version", template="clear bgp sessions on a cisco router"),
        change(correlation_id="moved", template="Reboot a server", state="implement"),
        change(correlation_id="table", template=f"{SWITCH} - 1", template_table="std_change_producer_version"),
        change(correlation_id="other-table", template=SWITCH, template_table="std_change_record_producer"),
    ]
    results = unfailing(instance.run(*tasks, in_process=in_process))
    assert [result["changed"] for result in results] == [True, True, False, False, False, True, False, True, True, True]
    assert results[0]["diff"] == results[1]["diff"]
    made = results[1]["record"]
    assert (made["type"], made["assignment_group"], made["requested_by"]) == ("standard", DATABASE, ABEL)
    assert (made["description"], made["start_date"], made["risk"]) == ("Mine", "2026-11-24 20:00:00", "4")
    assert (made["implementation_plan"], made["category"]) == ("Mount, cable, configure", "Network")
    assert made["short_description"] == "Add network switch to cabinet"
    assert results[5]["record"]["std_change_producer_version"] == BGP_VERSION
    assert [step["to"] for step in results[7]["transitions"]] == ["Scheduled", "Implement"]
    assert all(results[index]["display"]["std_change_producer_version"] == f"{SWITCH} - 1" for index in (8, 9))
    (note,) = instance.rows("sys_journal_field", element_id=made["sys_id"])
    assert note["value"] == "Begun"


def test_templates_and_models_that_cannot_be_used(instance: Instance) -> None:
    """Unknown, inactive, of another type, or not what the change was made from: refused, with those that there are."""
    instance.seed("chg_model", {"name": "Retired", "active": "false"})
    normal = seeded(instance, correlation_id="normal")
    new = {"correlation_id": "new", "short_description": "x"}
    cases: list[tuple[dict[str, Any], tuple[str, ...]]] = [
        ({**new, "template": "Nothing like it"}, ("Nothing like it", SWITCH, "Reboot a server")),
        ({**new, "template": "0" * 32}, ("0" * 32, SWITCH)),
        ({**new, "template": "Old template"}, ("not active", SWITCH)),
        ({**new, "template": SWITCH, "template_table": "sys_template_none"}, ("sys_template_none",)),
        ({**new, "chg_model": "Nothing like it"}, ("Nothing like it", "Normal", "Emergency", "Change Registration")),
        ({**new, "chg_model": "0" * 32}, ("0" * 32, "Normal")),
        ({**new, "chg_model": "Retired"}, ("not active", "Normal")),
        ({"sys_id": normal, "chg_model": "Nothing like it"}, ("Nothing like it", "Normal")),
        ({"sys_id": normal, "template": SWITCH}, ("without a template",)),
        ({"number": "CHG0000024", "template": SWITCH}, ("CHG0000024", "Clear BGP", SWITCH)),
    ]
    unsaid: list[tuple[dict[str, Any], tuple[str, ...]]] = [
        ({**new, "template": SWITCH, "type": "normal"}, ("template", "normal")),
        ({**new, "template": SWITCH, "fields": {"type": "emergency"}}, ("template", "emergency")),
        ({**new, "template": SWITCH, "chg_model": "Normal"}, ("template", "chg_model")),
        ({**new, "template": ""}, ("template",)),
        ({**new, "template": None}, ("template",)),
        ({"number": "CHG0000024", "if_closed": "create"}, ("if_closed", "correlation_id")),
        ({"correlation_id": "x", "if_closed": "create", "state": "Cancelled"}, ("if_closed", "each run")),
        ({**new, "state": ""}, ("state is empty",)),
        ({**new, "state": None}, ("state is empty",)),
        ({**new, "start_date": "2031-02-02 10:00", "end_date": "2031-02-01T10:00:00Z"}, ("end_date", "start_date")),
        ({**new, "encrypted_fields": {"state": "x"}}, ("state",)),
        ({**new, "description": "y", "encrypted_fields": {"description": "x"}}, ("description", "twice")),
        ({**new, "encrypted_fields": {"u_token": ["x"]}}, ("u_token", "list")),
    ]
    outcomes = instance.run(*(change(**options) for options, _ in unsaid))
    assert instance.requests() == []
    outcomes += instance.run(*(change(**options) for options, _ in cases))
    predicted = instance.run(*({**change(**options), "check_mode": True} for options, _ in cases))
    for outcome, (options, words) in zip(outcomes + predicted, [*unsaid, *cases, *cases], strict=True):
        message = str(outcome.result["msg"])
        assert outcome.failed, options
        assert message.endswith(".")
        assert all(word in message for word in words), message
        assert not outcome.changed
    assert instance.writes() == []


def test_models_and_types(instance: Instance) -> None:
    """Any model by name in any case or by sys_id; what its preset fills in yields to what the task gives."""
    (model,) = instance.rows("chg_model", name="Database Release")
    tasks = [
        change(
            correlation_id="a", short_description="Mine", chg_model="change registration", assignment_group="Network"
        ),
        change(correlation_id="a", chg_model="Change Registration"),
        change(correlation_id="b", short_description="x", chg_model=model["sys_id"].upper(), category="Hardware"),
        change(correlation_id="c", short_description="x", type="Emergency"),
        change(correlation_id="d", short_description="x", type="standard"),
    ]
    results = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in results] == [True, False, True, True, True]
    records = [result["record"] for result in results]
    assert (records[0]["short_description"], records[0]["assignment_group"]) == ("Mine", NETWORK)
    assert (results[2]["display"]["chg_model"], records[2]["category"]) == ("Database Release", "Hardware")
    assert [record["type"] for record in records[2:]] == ["normal", "emergency", "standard"]
    assert results[2]["diff"]["after"]["chg_model"] == "Database Release"


# Who and what it names -------------------------------------------------------------------------------------


def test_people(instance: Instance) -> None:
    """By name, user name, e-mail, sys_id, in any case; never one of two, and nobody who does not exist."""
    john = {"first_name": "John", "last_name": "Smith", "name": "John Smith"}
    one, two = instance.seed("sys_user", {**john, "user_name": "john.1"}, {**john, "user_name": "john.2"})
    (left,) = instance.seed("sys_user", {"name": "Abel Tuter", "user_name": "abel.left", "active": "false"})
    sys_id = seeded(instance)
    who = {"sys_id": sys_id}
    good: list[tuple[dict[str, Any], bool]] = [
        ({"requested_by": "abel.tuter", "assigned_to": "BETH.ANGLIN@example.com"}, True),
        ({"requested_by": "abel.tuter", "assigned_to": "beth.anglin@example.com"}, False),
        ({"requested_by": "Abel Tuter", "assigned_to": BETH}, False),
        ({"assigned_to": "john.2", "cab_delegate": "David Loo"}, True),
        ({"requested_by": left}, True),
        ({"requested_by": None}, True),
        ({"watch_list": ["abel.tuter@example.com", "Beth Anglin"], "work_notes_list": ["x@example.org", ABEL]}, True),
        ({"watch_list": [BETH, "abel tuter"], "work_notes_list": f"x@example.org, {ABEL}"}, False),
        ({"watch_list": ["beth.anglin", "abel.tuter", "Beth Anglin"]}, False),
    ]
    results = unfailing(instance.run(*(change(**who, **options) for options, _ in good)))
    assert [result["changed"] for result in results] == [changed for _, changed in good]
    assert results[0]["diff"]["after"] == {"requested_by": "Abel Tuter", "assigned_to": "Beth Anglin"}
    assert [results[0]["record"][name] for name in ("requested_by", "assigned_to")] == [ABEL, BETH]
    assert results[3]["record"]["assigned_to"] == two
    assert results[6]["record"]["watch_list"] == f"{ABEL},{BETH}"
    assert results[6]["diff"]["after"]["watch_list"] == "Abel Tuter, Beth Anglin"
    assert [result["requests"] for result in results[6:]] == [3, 1, 2]
    before = row_of(instance, sys_id)
    bad: list[tuple[dict[str, Any], tuple[str, ...]]] = [
        ({"requested_by": "John Smith"}, ("john.1", "john.2", one, two)),
        ({"fields": {"opened_by": "john smith"}}, ("john.1", "john.2")),
        ({"assigned_to": "nobody@example.com", "description": "x"}, ("nobody@example.com",)),
        ({"watch_list": ["Abel Tuter", "John Smith"]}, ("john.1", "john.2")),
    ]
    for mode in (False, True):
        outcomes = instance.run(*(change(**who, **options) for options, _ in bad), check=mode)
        for outcome, (_, words) in zip(outcomes, bad, strict=True):
            assert all(word in refusal(outcome, "invalid_usage") for word in words)
    assert row_of(instance, sys_id) == before


def test_people_among_many(instance: Instance) -> None:
    """A name that hundreds bore does not hide those who are asked for with it."""
    john = {"name": "John Smith", "active": "false"}
    instance.seed("sys_user", *({**john, "user_name": f"john.{number}"} for number in range(250)))
    (one,) = instance.seed("sys_user", {"name": "John Smith", "user_name": "john.still.here"})
    (zoe,) = instance.seed("sys_user", {"name": "Zoe Zimmer", "user_name": "zoe"})
    who = {"sys_id": seeded(instance), "requested_by": "John Smith", "assigned_to": "zoe"}
    (result,) = unfailing(instance.run(change(**who)))
    assert [result["record"][name] for name in ("requested_by", "assigned_to")] == [one, zoe]
    assert result["requests"] == 3


def test_choices(instance: Instance) -> None:
    """One that the instance does not have is refused with those that it has; its own and the usual ones are taken."""
    instance.seed("sys_choice", *(_choice("category", text, text) for text in ("Farm", "Other")))
    instance.seed("sys_choice", _choice("close_code", "done", "Done"))
    sys_id, codes = seeded(instance), instance.rows("sys_choice", name="change_request", element="close_code")
    who = {"sys_id": sys_id}
    wrong: list[tuple[dict[str, Any], tuple[str, ...]]] = [
        ({"category": "Farn"}, ("Farn", "Farm", "Hardware")),
        ({"risk": "Hihg", "impact": 7}, ("Hihg", "High (2)", "'7'", "1 - High")),
        ({"close_code": "splendid"}, ("splendid", "Done", "Successful")),
        ({"reason": "Because"}, ("Because", "Hardware upgrade")),
    ]
    new = {"correlation_id": "new", "short_description": "x"}
    refused = [change(**identity, **options) for identity in (who, new) for options, _ in wrong]
    for outcome, (_, words) in zip(instance.run(*refused), wrong * 2, strict=True):
        assert all(word in refusal(outcome, "invalid_usage") for word in words), outcome.result["msg"]
    assert instance.writes() == []
    right = change(**who, category="farm", risk="low", impact=2, close_code="Done", scope="Large", phase="plan")
    results = unfailing(instance.run(right, right))
    assert [result["changed"] for result in results] == [True, False]
    # An instance with close codes of its own keeps a usual one that it does not have; that is no success.
    instance.control("POST", "reset")
    for code in codes:
        instance.control("POST", "seed", {"table": "sys_choice", "records": [{**_plain(code), "inactive": "true"}]})
    instance.seed("sys_choice", _choice("close_code", "done", "Done"))
    (kept,) = instance.run(change(number="CHG0030001", close_code="successful"))
    assert (
        all(word in refusal(kept, "unapplied") for word in ("successful", "Done (done)"))
        or "Done" in kept.result["msg"]
    )


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "sys_class_name"}


def _choice(element: str, value: str, label: str) -> dict[str, str]:
    return {"name": "change_request", "element": element, "value": value, "label": label}


def test_every_column_that_has_an_option(instance: Instance) -> None:
    """Options of all kinds arrive in their columns, once."""
    given: dict[str, Any] = {
        "urgency": "2 - Medium", "proposed_change": "P", "change_plan": "C",
        "requested_by_date": "2026-12-01T08:00:00Z",
        "due_date": "2026-12-02T08:00:00Z", "cab_required": True, "cab_date": "2026-11-23T10:00:00+02:00",
        "cab_delegate": "beth.anglin", "cab_recommendation": "R", "review_date": "2026-12-05", "review_status": "Pass",
        "review_comments": "Good", "outside_maintenance_schedule": True, "production_system": True,
        "unauthorized": False,
        "opened_by": ABEL, "company": "ACME North America", "location": "Rue de Lausanne 12, Geneva",
        "parent": "CHG0000024", "contact_type": "Web", "correlation_display": "CI", "watch_list": [ABEL, BETH],
        "work_notes_list": [BETH],
    }  # fmt: skip
    task = change(correlation_id="all", short_description="x", **given)
    cleared = change(correlation_id="all", watch_list=[], cab_required=False, parent="")
    results = unfailing(instance.run(task, task, cleared, cleared))
    assert [result["changed"] for result in results] == [True, False, True, False]
    record = results[0]["record"]
    assert (record["cab_date"], record["review_status"], record["urgency"]) == ("2026-11-23 08:00:00", "1", "2")
    assert record["parent"] == "1766f1de47410200e90d87e8dee490f6"
    assert (record["watch_list"], record["production_system"]) == (f"{ABEL},{BETH}", "true")
    assert results[2]["diff"]["after"] == {"watch_list": "", "cab_required": "false", "parent": ""}


# On hold, closed, missing ----------------------------------------------------------------------------------


def test_on_hold(instance: Instance) -> None:
    """With a reason, past New, cleared together; with a state the change goes there first."""
    sys_id, new, done = (seeded(instance, state=state) for state in (IMPLEMENT, "-5", CLOSED))
    who = {"sys_id": sys_id}
    wait = {"on_hold": True, "on_hold_reason": "No parts"}
    tasks = [
        change(**who, **wait),
        change(**who, **wait),
        change(**who, on_hold_reason="No time"),
        change(**who, on_hold=False),
        change(**who, on_hold=False),
        change(sys_id=new, state="assess", **wait),
        change(sys_id=new, state="new", on_hold=False, fields={"is_bulk": True}),
    ]
    results = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in results] == [True, False, True, True, False, True, True]
    assert results[3]["diff"]["after"] == {"on_hold": "false", "on_hold_reason": ""}
    assert (results[5]["record"]["state"], results[5]["record"]["on_hold"]) == ("-4", "true")
    assert (results[6]["record"]["state"], results[6]["record"]["on_hold_reason"]) == ("-5", "")
    instance.clear_log()
    refused = [
        change(**who, on_hold=True),
        change(**who, on_hold=True, on_hold_reason=""),
        change(**who, on_hold=False, on_hold_reason="Why"),
        change(**who, on_hold_reason="Why"),
        change(sys_id=new, **wait),
        change(sys_id=done, **wait),
        change(sys_id=new, state="canceled", **wait),
        change(correlation_id="new", short_description="x", **wait),
    ]
    for outcome in instance.run(*refused):
        assert "hold" in refusal(outcome, "invalid_usage")
    assert instance.writes() == []


def test_missing(instance: Instance) -> None:
    """``ignore`` does nothing where there is nothing, and all where there is something."""
    seeded(instance, correlation_id="there")
    tasks = [
        change(correlation_id="missing", if_missing="ignore", short_description="x", affected_cis=["web-01"]),
        change(number="CHG9999999", if_missing="ignore", state="assess"),
        change(correlation_id="there", if_missing="ignore", description="x"),
    ]
    results = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in results] == [False, False, True]
    assert ["record" in result for result in results] == [False, False, True]
    assert [result["requests"] for result in results] == [1, 1, 2]


@pytest.mark.parametrize("state", [CLOSED, CANCELED])
def test_closed(instance: Instance, state: str) -> None:
    """A closed change is kept or fails, unless it is as wanted; ``create`` makes one anew, and finds it again."""
    sys_id = seeded(instance, state=state, active="false", correlation_id="old", description="Old")
    before, who = row_of(instance, sys_id), {"correlation_id": "old"}
    wish = {"short_description": "Anew", "description": "New"}
    tasks = [
        change(**who, description="Old"),
        change(**who, **wish),
        change(**who, if_closed="keep", **wish, work_notes="Not written"),
        change(**who, if_closed="keep", description="Old"),
        change(**who, if_closed="fail", description="New"),
    ]
    same, failed, kept, satisfied, again = instance.run(*tasks)
    for outcome in (failed, again):
        sentence = refusal(outcome, "not_converged")
        assert all(word in sentence for word in ("description", before["number"], "if_closed"))
        assert outcome.result["record"]["number"] == before["number"]
    results = unfailing([same, kept, satisfied])
    assert [result["changed"] for result in results] == [False] * 3
    assert ["warnings" in result for result in results] == [False, True, False]
    assert "work_notes" in results[1]["warnings"][0]
    create = change(**who, if_closed="create", **wish)
    tasks = [
        {**create, "check_mode": True},
        create,
        create,
        change(**who, state="canceled", if_missing="fail"),
        create,
        change(**who, if_closed="create", **wish),
        change(**who, description="Found"),
    ]
    results = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in results] == [True, True, False, True, True, False, True]
    assert len({result["record"]["sys_id"] for result in results[1:4]}) == 1
    assert results[4]["record"]["sys_id"] == results[6]["record"]["sys_id"] != results[1]["record"]["sys_id"]
    assert len(instance.rows("change_request", correlation_id="old")) == 3
    assert row_of(instance, sys_id) == before


def test_nobody_has_to_be_known_for_a_change_that_is_kept(instance: Instance) -> None:
    """Users are looked up only if nothing else decides about the warning; one who is gone is no failure."""
    row = {"state": CLOSED, "active": "false", "requested_by": ABEL, "watch_list": ABEL, "description": "Old"}
    sys_id = seeded(instance, correlation_id="old", **row)
    before = row_of(instance, sys_id)
    cases: list[tuple[dict[str, Any], int, tuple[str, ...]]] = [
        ({"requested_by": "Abel Tuter", "watch_list": ["abel tuter"]}, 1, ()),
        ({"requested_by": "abel.tuter", "watch_list": ["abel.tuter@example.com"]}, 2, ()),
        ({"requested_by": "no.body", "description": "New"}, 1, ("requested_by", "description")),
        ({"requested_by": "Nobody At All"}, 1, ("requested_by",)),
        ({"requested_by": "no.body"}, 2, ("requested_by",)),
        ({"watch_list": ["beth.anglin"]}, 2, ("watch_list",)),
        ({"calculate_risk": True}, 1, ("calculate_risk",)),
    ]
    who = {"correlation_id": "old", "if_closed": "keep"}
    for check in (True, False):
        results = unfailing(instance.run(*(change(**who, **wish) for wish, _cost, _words in cases), check=check))
        for result, (_wish, cost, words) in zip(results, cases, strict=True):
            assert (result["changed"], result["requests"]) == (False, cost)
            assert len(result.get("warnings", [])) == bool(words)
            assert all(word in result["warnings"][0] for word in words)
    assert row_of(instance, sys_id) == before


# Encrypted columns -----------------------------------------------------------------------------------------


def test_encrypted_columns(instance: Instance) -> None:
    """Sent as such when the change is made, or always; in clear nowhere, verified as far as the instance tells."""
    secret = {"encrypted_fields": {"close_notes": "hush-hush", "justification": "quiet"}}
    other = {"close_notes": "other-hush", "justification": "quiet"}
    new = {"correlation_id": "sealed", "short_description": "x"}
    tasks = [
        {**change(**new, **secret), "check_mode": True},
        change(**new, **secret),
        change(**new, encrypted_fields=other),
        change(**new, encrypted_fields=other, update_encrypted="always"),
        change(**new, encrypted_fields=other, update_encrypted="always"),
    ]
    played = instance.play(*tasks, arguments=["-vvv", "--diff"])
    results = unfailing(played.ours)
    assert [result["changed"] for result in results] == [True, True, False, True, False]
    assert results[0]["diff"]["after"] == results[1]["diff"]["after"]
    assert results[1]["diff"]["after"]["close_notes"] == "********"
    for word in ("hush", "quiet"):
        assert word not in str(results)
        assert word not in played.output
    assert "close_notes" not in results[1]["record"]
    (row,) = instance.rows("change_request", correlation_id="sealed")
    assert (row["close_notes"], row["justification"]) == ("other-hush", "quiet")
    assert [request.method for request in instance.writes()] == ["POST", "PATCH", "PATCH"]


# Deleted ---------------------------------------------------------------------------------------------------


def test_deleted(instance: Instance) -> None:
    """By any identity, whatever else the task says, with all that belongs to it, and once."""
    sys_id = seeded(instance, correlation_id="gone", number="CHG0099001")
    instance.seed("change_task", {"change_request": sys_id, "short_description": "Of it"})
    gone = {"correlation_id": "gone", "state": "absent"}
    tasks = [
        {**change(**gone), "check_mode": True},
        change(**gone, template=SWITCH, if_closed="keep"),
        change(**gone),
        change(number="CHG0099001", state="Absent"),
        change(sys_id=sys_id, state="absent", if_missing="fail"),
    ]
    results = unfailing(instance.run(*tasks, environ=login("bow.ruggeri")))
    assert [result["changed"] for result in results] == [True, True, False, False, False]
    assert results[0]["diff"]["before"]["number"] == "CHG0099001"
    assert results[0]["diff"] == results[1]["diff"]
    assert not instance.rows("change_task", change_request=sys_id)


def test_no_predecessor_is_deleted(instance: Instance) -> None:
    """Where a closed change has the same ID, nothing is deleted, unless the task says that only the open one counts."""
    old = seeded(instance, state=CLOSED, active="false", correlation_id="followed")
    new = seeded(instance, correlation_id="followed")
    gone = {"correlation_id": "followed", "state": "absent"}
    several, *results = instance.run(
        change(**gone),
        change(**gone, if_closed="create"),
        change(**gone, if_closed="create"),
        environ=login("bow.ruggeri"),
    )
    refusal(several, "multiple_results")
    assert [result["changed"] for result in unfailing(results)] == [True, False]
    assert not instance.rows("change_request", sys_id=new)
    row_of(instance, old)
