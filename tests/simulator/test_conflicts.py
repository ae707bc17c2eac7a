"""Conflict checking as a job, and free time for a change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.documented import AREA, REMOVE, operation
from tests.simulator.support import Sim, error

from snow_simulator import Simulator

API = "/api/sn_chg_rest/change"
START, STATUS, CANCEL = (operation(f"{verb} /change/{{sys_id}}/conflict") for verb in ("POST", "GET", "DELETE"))
WINDOWS = behavior(
    AREA,
    "Conflicts: blackout and maintenance windows, by schedules with conditions and entries that repeat",
    simplified="no parent schedules, no excluded entries",
)
AUTH = ("admin", "admin-password")
WEB_01 = "caf043a3b7fb23000999e4f6ee11a9c0"
WEB_02 = "06f043a3b7fb23000999e4f6ee11a9c1"
ROUTER = "82967cdd0ad3370236092104ce988d76"
# Saturdays at 01:00 to 04:00 in Los Angeles, in winter.
SATURDAY = ("2030-02-02 09:00:00", "2030-02-02 12:00:00")
TUESDAY = ("2030-03-05 10:00:00", "2030-03-05 12:00:00")


def planned(sim: Sim, item: str, period: tuple[str, str] = TUESDAY, **values: object) -> str:
    return sim.new_change(cmdb_ci=item, start_date=period[0], end_date=period[1], **values)


def start(sim: Sim, change: str) -> str:
    answer = sim.call("POST", f"{API}/{change}/conflict")
    assert answer.status_code == 200, answer.text
    job: str = answer.json()["result"]
    return job


def status(sim: Sim, change: str) -> dict[str, Any]:
    result: dict[str, Any] = sim.get(f"{API}/{change}/conflict").json()["result"]
    return result


def conflicts(sim: Sim, change: str) -> list[tuple[str, str]]:
    """Type and what it is in conflict with, of a check that is done at once."""
    sim.settings(worker_seconds=0)
    start(sim, change)
    found = status(sim, change)["conflicts"]
    return sorted(
        (row["type"]["value"], row["conflicting_change"]["value"] or row["schedule"]["display_value"]) for row in found
    )


def later(sim: Sim, seconds: float) -> None:
    sim.control("PUT", "clock", {"advance_seconds": seconds})


def prop(sim: Sim, name: str, value: str) -> None:
    row = sim.rows("sys_properties", f"name={name}")[0]["sys_id"]
    assert sim.patch("sys_properties", row, "admin", value=value).status_code == 200


def insert(sim: Sim, table: str, **values: object) -> str:
    ids: list[str] = sim.control("POST", "seed", {"table": table, "records": [values]}, status=201)["sys_ids"]
    return ids[0]


# The job ----------------------------------------------------------------------------------------------


@START
@STATUS
def test_job_makes_progress_item_by_item(sim: Sim) -> None:
    sim.settings(worker_seconds=20)
    change = planned(sim, WEB_01)
    other = planned(sim, WEB_02)
    for item in (WEB_02, ROUTER, sim.rows("cmdb_ci", "name=app-01")[0]["sys_id"]):
        insert(sim, "task_ci", task=change, ci_item=item)
    assert status(sim, change) == {
        "status": "Not Run", "last_run": "", "record_count": "0", "job_status": "", "conflicts": [],
    }  # fmt: skip
    sim.control("PUT", "clock", {"now": "2030-01-01T00:00:00Z"})
    job = start(sim, change)
    seen = []
    for _ in range(5):
        answer = status(sim, change)
        percent = sim.dump("sys_execution_tracker", sys_id=job)[0]["percent_complete"]
        seen.append((answer["job_status"], answer["record_count"], len(answer["conflicts"]), int(percent) // 10))
        later(sim, 5.5)
    assert seen == [("0", "0", 0, 0), ("0", "0", 0, 0), ("1", "0", 0, 1), ("1", "2", 0, 6), ("2", "4", 2, 10)]
    answer = status(sim, change)
    assert (answer["status"], answer["last_run"][:16]) == ("Conflict", "2030-01-01 00:00")
    record = sim.change(change)
    assert (record["conflict_status"], record["conflict_last_run"]) == ("Conflict", answer["last_run"])
    assert record["outside_maintenance_schedule"] == "true"
    first = answer["conflicts"][0]
    assert first["change"] == {"display_value": record["number"], "value": change}
    assert first["type"] == {"display_value": "CI Already Scheduled", "value": "ci_already_scheduled"}
    assert first["configuration_item"]["value"] == WEB_02
    assert first["conflicting_change"]["value"] == other


@START
def test_second_start(sim: Sim) -> None:
    sim.settings(worker_seconds=10)
    change = planned(sim, WEB_01)
    first = start(sim, change)
    refused = error(sim.call("POST", f"{API}/{change}/conflict"))
    assert refused[0] == 400
    assert "already running" in str(refused[2])
    later(sim, 11)
    assert start(sim, change) != first


@START
@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"cmdb_ci": ""}, "no configuration item"),
        ({"cmdb_ci": "0" * 32}, "no configuration item"),
        ({"start_date": ""}, "planned start date"),
        ({"end_date": ""}, "planned start date"),
        ({"end_date": TUESDAY[0]}, "planned start date"),
    ],
)
def test_check_that_cannot_start(sim: Sim, values: dict[str, str], reason: str) -> None:
    change = planned(sim, WEB_01)
    insert(sim, "change_request", sys_id=change, **values)
    refused = error(sim.call("POST", f"{API}/{change}/conflict"))
    assert refused[0] == 400
    assert reason in str(refused[2])
    assert sim.change(change)["conflict_last_run"] == ""


@CANCEL
def test_cancel_forgets_what_was_found(sim: Sim) -> None:
    sim.settings(worker_seconds=10)
    change = planned(sim, WEB_01)
    planned(sim, WEB_01)
    insert(sim, "task_ci", task=change, ci_item=WEB_02)
    job = start(sim, change)
    later(sim, 8)
    assert status(sim, change)["record_count"] == "1"
    assert len(sim.dump("conflict", change=change)) == 1
    answer = sim.call("DELETE", f"{API}/{change}/conflict", "bow.ruggeri")
    assert (answer.status_code, answer.content) == (200, b"")
    later(sim, 10)
    assert status(sim, change) | {"last_run": ""} == {
        "status": "Not Run", "last_run": "", "record_count": "1", "job_status": "4", "conflicts": [],
    }  # fmt: skip
    assert sim.dump("sys_execution_tracker", sys_id=job)[0]["state"] == "4"
    assert error(sim.call("DELETE", f"{API}/{change}/conflict", "bow.ruggeri"))[0] == 400
    start(sim, change)


@STATUS
def test_new_check_replaces_what_was_found(sim: Sim) -> None:
    change = planned(sim, WEB_01)
    other = planned(sim, WEB_01)
    assert conflicts(sim, change) == [("ci_already_scheduled", other)]
    sim.set_change(other, state="canceled")
    assert conflicts(sim, change) == []
    assert status(sim, change)["status"] == "Conflict"
    assert sim.change(change)["conflict_status"] == "No Conflict"


@STATUS
def test_check_of_a_change_that_is_not_planned_any_more_fails(sim: Sim) -> None:
    sim.settings(worker_seconds=10)
    change, gone = planned(sim, WEB_01), planned(sim, WEB_02)
    start(sim, change)
    start(sim, gone)
    sim.set_change(change, start_date="")
    assert sim.call("DELETE", f"{API}/{gone}", "admin").status_code == 200
    later(sim, 11)
    assert status(sim, change)["job_status"] == "3"
    assert sim.dump("sys_execution_tracker", source=gone) == []


# What is a conflict -----------------------------------------------------------------------------------


@behavior(AREA, "Conflicts: other changes of the same item that overlap")
@pytest.mark.parametrize(
    ("period", "overlaps"),
    [
        (("2030-03-05 11:59:59", "2030-03-05 13:00:00"), True),
        (("2030-03-05 09:00:00", "2030-03-05 10:00:01"), True),
        (("2030-03-05 10:30:00", "2030-03-05 11:00:00"), True),
        (("2030-03-05 12:00:00", "2030-03-05 13:00:00"), False),
        (("2030-03-05 09:00:00", "2030-03-05 10:00:00"), False),
    ],
)
def test_overlapping_changes(sim: Sim, period: tuple[str, str], overlaps: bool) -> None:
    change = planned(sim, WEB_01)
    other = planned(sim, WEB_01, period)
    assert conflicts(sim, change) == ([("ci_already_scheduled", other)] if overlaps else [])
    prop(sim, "change.conflict.allow_contiguous_changes", "false")
    assert conflicts(sim, change) == [("ci_already_scheduled", other)]
    prop(sim, "change.conflict.currentci", "false")
    assert conflicts(sim, change) == []


@behavior(AREA, "Conflicts: other changes of the same item that overlap")
def test_affected_items_count_and_closed_changes_do_not(sim: Sim) -> None:
    change = planned(sim, WEB_01)
    other = sim.new_change(start_date=TUESDAY[0], end_date=TUESDAY[1])
    insert(sim, "task_ci", task=other, ci_item=WEB_01)
    assert conflicts(sim, change) == [("ci_already_scheduled", other)]
    sim.set_change(other, state="canceled")
    assert conflicts(sim, change) == []


@WINDOWS
@pytest.mark.parametrize(
    ("period", "found"),
    [
        (SATURDAY, []),
        (("2030-07-06 08:00:00", "2030-07-06 11:00:00"), []),
        (("2030-07-06 08:00:00", "2030-07-06 11:00:01"), ["Core routers"]),
        (("2030-07-06 07:59:59", "2030-07-06 11:00:00"), ["Core routers"]),
        (TUESDAY, ["Core routers"]),
        (("2030-02-02 09:00:00", "2030-02-09 12:00:00"), ["Core routers"]),
    ],
)
def test_maintenance_windows_in_their_time_zone(sim: Sim, period: tuple[str, str], found: list[str]) -> None:
    change = planned(sim, ROUTER, period)
    assert conflicts(sim, change) == [("not_in_maintenance_window", name) for name in found]
    assert sim.change(change)["outside_maintenance_schedule"] == ("true" if found else "false")
    prop(sim, "change.conflict.currentwindow", "false")
    assert conflicts(sim, change) == []


@WINDOWS
@pytest.mark.parametrize(
    ("name", "period", "found"),
    [
        ("web-01", ("2031-12-31 10:00:00", "2031-12-31 11:00:00"), ["Year end"]),
        ("web-01", ("2032-01-03 23:00:00", "2032-01-04 11:00:00"), ["Year end"]),
        ("web-01", ("2032-01-04 00:00:00", "2032-01-04 11:00:00"), []),
        ("web-03", ("2031-12-31 10:00:00", "2031-12-31 11:00:00"), []),
        ("orders", ("2030-03-31 22:30:00", "2030-03-31 23:00:00"), ["First of the month"]),
        ("orders", ("2030-03-31 21:00:00", "2030-03-31 22:00:00"), []),
        ("db-01", ("2030-04-01 10:00:00", "2030-04-01 11:00:00"), []),
    ],
)
def test_blackout_windows_by_condition(sim: Sim, name: str, period: tuple[str, str], found: list[str]) -> None:
    change = planned(sim, sim.rows("cmdb_ci", f"name={name}")[0]["sys_id"], period)
    assert conflicts(sim, change) == [("blackout", schedule) for schedule in found]
    prop(sim, "change.conflict.blackout", "false")
    assert conflicts(sim, change) == []


@WINDOWS
def test_blackout_for_some_changes_only(sim: Sim) -> None:
    change = planned(sim, WEB_01, ("2030-06-04 10:00:00", "2030-06-04 11:00:00"))
    assert conflicts(sim, change) == []
    sim.set_change(change, risk=2)
    assert conflicts(sim, change) == [("blackout", "Audit")]


@behavior(AREA, "Conflicts: windows of parent and child items, on request by property")
def test_windows_of_related_items(sim: Sim) -> None:
    database = sim.rows("cmdb_ci", "name=db-01")[0]["sys_id"]
    change = planned(sim, database, ("2030-05-01 10:00:00", "2030-05-01 11:00:00"))
    assert conflicts(sim, change) == []
    prop(sim, "change.conflict.relatedparentblackout", "true")
    assert conflicts(sim, change) == [("parent_blackout", "First of the month")]
    insert(sim, "cmdb_rel_ci", parent=database, child=ROUTER)
    prop(sim, "change.conflict.relatedchildwindow", "true")
    assert conflicts(sim, change)[0] == ("child_not_in_maintenance_window", "Core routers")


@behavior(AREA, "Conflicts: the maintenance schedule of the item itself, on request by property")
def test_schedule_of_the_item(sim: Sim) -> None:
    schedule = insert(sim, "cmn_schedule", name="Nights", time_zone="UTC")
    insert(sim, "cmn_schedule_span", schedule=schedule, start_date_time="2029-01-01 22:00:00",
           end_date_time="2029-01-02 04:00:00", repeat_type="daily")  # fmt: skip
    insert(sim, "cmdb_ci_linux_server", sys_id=WEB_01, maintenance_schedule=schedule)
    change = planned(sim, WEB_01)
    assert conflicts(sim, change) == []
    prop(sim, "change.conflict.ci_maint_sched", "true")
    assert conflicts(sim, change) == [("not_in_maintenance_window", "Nights")]
    sim.set_change(change, start_date="2030-03-05 23:00:00", end_date="2030-03-06 03:00:00")
    assert conflicts(sim, change) == []


@START
def test_far_away_dates_and_odd_conditions_do_no_harm(sim: Sim) -> None:
    for condition in ("no_such_field=1", "nameLIKE^^^NQ", "javascript:x", "name=web-01^ORname=web-02"):
        schedule = insert(sim, "cmn_schedule_blackout", name=condition, applies_to="cmdb_ci", condition=condition)
        insert(sim, "cmn_schedule_span", schedule=schedule, start_date_time="19710101T000000",
               end_date_time="89991231T000000", repeat_type="daily")  # fmt: skip
    insert(sim, "cmn_schedule_blackout", name="no table", applies_to="no_such_table")
    change = planned(sim, WEB_01, ("0001-01-01 00:00:00", "9999-12-31 23:59:59"))
    found = [name for kind, name in conflicts(sim, change) if kind == "blackout"]
    assert "name=web-01^ORname=web-02" in found
    assert "no_such_field=1" not in found
    assert "no table" not in found


def test_jobs_and_workers_of_deleted_users_end(sim: Sim) -> None:
    sim.settings(worker_seconds=10)
    change = planned(sim, WEB_01)
    start(sim, change)
    started = sim.get(f"{API}/{change}/schedule").json()["result"]["worker"]["sysId"]
    user = sim.rows("sys_user", "user_name=ansible")[0]["sys_id"]
    assert sim.call("DELETE", f"/api/now/table/sys_user/{user}", "admin").status_code == 204
    later(sim, 11)
    assert sim.get(f"{API}/worker/{started}", "admin").json()["result"]["state"]["value"] == 3
    assert sim.change(change)["conflict_status"] == "No Conflict"


@START
def test_job_goes_on_after_a_restart(tmp_path: Path) -> None:
    database = tmp_path / "kept.db"
    with Simulator(database=database) as url:
        body = {"worker_seconds": 1000}
        requests.put(f"{url}/_sim/settings", json=body, timeout=5)
        path = f"/api/sn_chg_rest/change/{REMOVE}/conflict"
        assert requests.post(url + path, auth=AUTH, timeout=5).status_code == 200
        assert requests.get(url + path, auth=AUTH, timeout=5).json()["result"]["job_status"] == "0"
    with Simulator(database=database) as url:
        requests.put(f"{url}/_sim/clock", json={"advance_seconds": 60}, timeout=5)
        assert requests.get(url + path, auth=AUTH, timeout=5).json()["result"]["job_status"] == "2"
