"""Free time for a change by item and by change, the first of it, risk, and impacted services."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.documented import AREA, operation
from tests.simulator.support import Sim, error
from tests.simulator.test_conflicts import ROUTER, SATURDAY, TUESDAY, WEB_01, WINDOWS, insert, later, planned, prop

API = "/api/sn_chg_rest/change"
BY_ITEM = operation("GET /change/ci/{cmdb_ci_sys_id}/schedule")
BY_CHANGE = operation("GET /change/{change_sys_id}/schedule")
FIRST = operation("PATCH /change/{change_sys_id}/schedule/first_available")
REFRESH = operation("POST /change/{sys_id}/refresh_impacted_services")
WORKER = operation("GET /change/worker/{sys_id}")
FREE = behavior(AREA, "Free time: windows, blackouts, planned changes", simplified="one slot in each free period")
RISK = behavior(
    AREA, "Risk and impact from risk conditions", simplified="the first that the change meets; no assessment"
)
HOUR = 3600


@pytest.fixture(autouse=True)
def january(sim: Sim) -> None:
    sim.settings(worker_seconds=0)
    sim.control("PUT", "clock", {"now": "2030-01-30T12:00:00Z"})


def done(sim: Sim, answer: requests.Response, user: str = "ansible") -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    worker = answer.json()["result"]["worker"]["sysId"]
    result: dict[str, Any] = sim.get(f"{API}/worker/{worker}", user).json()["result"]
    return result


def by_item(sim: Sim, item: str, seconds: int, user: str = "ansible", **params: object) -> list[tuple[str, str]]:
    answer = sim.get(f"{API}/ci/{item}/schedule", user, duration_in_seconds=seconds, **params)
    worker = done(sim, answer, user)
    assert worker["state"]["display_value"] == "Complete"
    spans = worker.get("payload", {"spans": []})["spans"]
    return [(span["start"]["value"], span["end"]["value"]) for span in spans]


@BY_ITEM
@WORKER
def test_worker_goes_through_its_states(sim: Sim) -> None:
    sim.settings(worker_seconds=10)
    answer = sim.get(f"{API}/ci/{ROUTER}/schedule", "admin", duration_in_seconds=HOUR).json()["result"]
    path, seen = f"{API}/worker/{answer['worker']['sysId']}", [answer]
    assert answer["worker"]["link"] == f"{sim.url}{path}"
    for _ in range(2):
        later(sim, 6)
        seen.append(sim.get(path, "admin").json()["result"])
    assert [worker["state"]["display_value"] for worker in seen] == ["Waiting", "In-Progress", "Complete"]
    assert ["payload" in worker for worker in seen] == [False, False, True]
    assert seen[2]["payload"]["spans"][0] == {
        "start": {"value": SATURDAY[0], "display_value": "2030-02-02 01:00:00"},
        "end": {"value": "2030-02-02 10:00:00", "display_value": "2030-02-02 02:00:00"},
    }


@BY_ITEM
def test_request_of_the_worker(sim: Sim) -> None:
    answer = sim.get(f"{API}/ci/{ROUTER}/schedule", "ines.itilson", duration_in_seconds=60).json()["result"]
    assert answer["request"] == (
        f'{{"cmdb_ci_sys_id":"{ROUTER}","planned_start_time":"","duration_in_seconds":60,"timezone":"Europe/Zurich"}}'
    )


@FREE
def test_slots_are_in_maintenance_windows(sim: Sim) -> None:
    assert by_item(sim, ROUTER, 3 * HOUR)[:2] == [SATURDAY, ("2030-02-09 09:00:00", "2030-02-09 12:00:00")]
    assert by_item(sim, ROUTER, 3 * HOUR + 1) == []
    # Inside a window, from the time that was asked for.
    late = by_item(sim, ROUTER, HOUR, planned_start_time="2030-02-02 10:30:00")
    assert late[0] == ("2030-02-02 10:30:00", "2030-02-02 11:30:00")
    # What is past counts as now.
    assert by_item(sim, ROUTER, HOUR, planned_start_time="2020-01-01 00:00:00")[0][0] == SATURDAY[0]


@FREE
def test_slots_keep_clear_of_planned_changes(sim: Sim) -> None:
    planned(sim, ROUTER, ("2030-02-02 08:00:00", "2030-02-02 10:00:00"))
    other = sim.new_change(start_date="2030-02-09 10:00:00", end_date="2030-02-09 10:30:00")
    insert(sim, "task_ci", task=other, ci_item=ROUTER)
    assert by_item(sim, ROUTER, HOUR)[:4] == [
        ("2030-02-02 10:00:00", "2030-02-02 11:00:00"),
        ("2030-02-09 09:00:00", "2030-02-09 10:00:00"),
        ("2030-02-09 10:30:00", "2030-02-09 11:30:00"),
        ("2030-02-16 09:00:00", "2030-02-16 10:00:00"),
    ]


@FREE
def test_item_without_windows_is_free_but_for_blackouts(sim: Sim) -> None:
    assert [begin for begin, _ in by_item(sim, WEB_01, HOUR)] == ["2030-01-30 12:00:00"]
    sim.control("PUT", "clock", {"now": "2030-12-25T12:00:00Z"})
    assert [begin for begin, _ in by_item(sim, WEB_01, HOUR)] == ["2031-01-04 00:00:00"]


@WINDOWS
@pytest.mark.parametrize(
    ("entry", "days"),
    [
        ({"repeat_type": "daily"}, "2 3 4 5 6 7 8 9 10 11 12 13 14 15"),
        ({"repeat_type": "daily", "repeat_count": 3}, "2 5 8 11 14"),
        ({"repeat_type": "weekdays"}, "4 5 6 7 8 11 12 13 14 15"),
        ({"repeat_type": "weekends"}, "2 3 9 10"),
        ({"repeat_type": "weekly"}, "2 9"),
        ({"repeat_type": "weekly", "days_of_week": "135"}, "4 6 8 11 13 15"),
        ({"repeat_type": "weekly", "repeat_count": 2, "days_of_week": "6"}, "2"),
        ({"repeat_type": "daily", "repeat_until": "2030-02-04"}, "2 3 4"),
        ({"repeat_type": "monthly"}, "2"),
        ({"repeat_type": "yearly"}, "2"),
        ({}, "2"),
        ({"start_date_time": "20290302T100000Z", "end_date_time": "20290302T110000Z", "repeat_type": "monthly"}, "2"),
        (
            {
                "start_date_time": "20281202T100000Z",
                "end_date_time": "20281202T110000Z",
                "repeat_type": "monthly",
                "repeat_count": 2,
            },
            "2",
        ),
        (
            {
                "start_date_time": "20290102T100000Z",
                "end_date_time": "20290102T110000Z",
                "repeat_type": "monthly",
                "repeat_count": 2,
            },
            "",
        ),
        ({"start_date_time": "20280202T100000Z", "end_date_time": "20280202T110000Z", "repeat_type": "yearly"}, "2"),
        ({"start_date_time": "nonsense"}, ""),
        ({"end_date_time": "20300202T100000Z"}, ""),
    ],
)
def test_entries_that_repeat(sim: Sim, entry: dict[str, object], days: str) -> None:
    """On which days of the first half of February 2030, which begins on a Friday, a blackout ends."""
    sim.control("PUT", "clock", {"now": "2030-02-01T02:00:00Z"})
    prop(sim, "change.conflict.next_available.choice_limit", "100")
    prop(sim, "change.conflict.next_available.schedule_window", "15")
    schedule = insert(sim, "cmn_schedule_blackout", name="Mine", applies_to="cmdb_ci", condition="name=web-03")
    first = {"start_date_time": "20300202T100000Z", "end_date_time": "20300202T110000Z"}
    insert(sim, "cmn_schedule_span", schedule=schedule, **{**first, **entry})
    starts = [start for start, _ in by_item(sim, sim.rows("cmdb_ci", "name=web-03")[0]["sys_id"], HOUR)]
    assert starts.pop(0) == "2030-02-01 02:00:00"
    assert {start[11:] for start in starts} <= {"11:00:00"}
    assert " ".join(str(int(start[8:10])) for start in starts) == days


@behavior(AREA, "Free time: the properties `schedule_window` and `choice_limit`")
def test_how_far_and_how_many(sim: Sim) -> None:
    assert len(by_item(sim, ROUTER, HOUR)) == 10
    prop(sim, "change.conflict.next_available.choice_limit", "3")
    assert len(by_item(sim, ROUTER, HOUR)) == 3
    prop(sim, "change.conflict.next_available.schedule_window", "10")
    assert len(by_item(sim, ROUTER, HOUR)) == 2
    for nonsense in ("", "-1", "many", "0"):
        prop(sim, "change.conflict.next_available.schedule_window", nonsense)
        prop(sim, "change.conflict.next_available.choice_limit", nonsense)
        assert len(by_item(sim, ROUTER, HOUR)) == 10


@BY_ITEM
@pytest.mark.parametrize("start", ["9999-12-31 23:59:59", "8999-12-31 23:59:59"])
def test_far_away(sim: Sim, start: str) -> None:
    by_item(sim, ROUTER, 999_999_999, planned_start_time=start)


@BY_CHANGE
def test_free_time_of_a_change(sim: Sim) -> None:
    """As long as it is planned to take, not before it is planned, and it is not in its own way."""
    change = planned(sim, ROUTER, ("2030-02-09 09:30:00", "2030-02-09 11:00:00"))
    worker = done(sim, sim.get(f"{API}/{change}/schedule"))
    assert worker["request"] == f'{{"change_sys_id":"{change}","timezone":"UTC"}}'
    starts = [(span["start"]["value"], span["end"]["value"]) for span in worker["payload"]["spans"]]
    assert starts[:2] == [
        ("2030-02-09 09:30:00", "2030-02-09 11:00:00"),
        ("2030-02-16 09:00:00", "2030-02-16 10:30:00"),
    ]


@BY_CHANGE
def test_no_free_time(sim: Sim) -> None:
    change = planned(sim, ROUTER, ("2030-02-09 09:00:00", "2030-02-09 19:00:00"))
    worker = done(sim, sim.get(f"{API}/{change}/schedule"))
    assert worker["state"]["display_value"] == "Complete"
    assert worker["messages"]["infoMessages"] == ["No slots found for 90 days from now"]
    assert "payload" not in worker


@FIRST
def test_first_available_time_is_taken(sim: Sim) -> None:
    changes = [sim.new_change(cmdb_ci=ROUTER) for _ in range(2)]
    for change in changes:
        answer = sim.call("PATCH", f"{API}/{change}/schedule/first_available", json={"duration_in_seconds": "7200"})
        worker = done(sim, answer)
        assert worker["request"] == f'{{"change_sys_id":"{change}","duration_in_seconds":7200,"timezone":"UTC"}}'
        assert worker["messages"]["infoMessages"] == ["Change has been updated"]
    dates = [(sim.change(change)["start_date"], sim.change(change)["end_date"]) for change in changes]
    assert dates == [
        ("2030-02-02 09:00:00", "2030-02-02 11:00:00"),
        ("2030-02-09 09:00:00", "2030-02-09 11:00:00"),
    ]


@FIRST
def test_first_available_time_after(sim: Sim) -> None:
    change = sim.new_change(cmdb_ci=ROUTER)
    body = {"duration_in_seconds": 60, "planned_start_time": "2030-02-20 00:00:00"}
    done(sim, sim.call("PATCH", f"{API}/{change}/schedule/first_available", json=body))
    assert sim.change(change)["start_date"] == "2030-02-23 09:00:00"


@FIRST
def test_first_available_time_that_there_is_not(sim: Sim) -> None:
    change = planned(sim, ROUTER)
    answer = sim.call("PATCH", f"{API}/{change}/schedule/first_available", json={"duration_in_seconds": 4 * HOUR})
    assert done(sim, answer)["messages"]["infoMessages"] == ["No slots found for 90 days from now"]
    assert sim.change(change)["start_date"] == TUESDAY[0]


@WORKER
@pytest.mark.parametrize("operation", ["schedule", "first_available", "refresh_impacted_services"])
def test_worker_whose_change_has_gone(sim: Sim, operation: str) -> None:
    sim.settings(worker_seconds=10)
    change = planned(sim, ROUTER)
    method, path, body = {
        "schedule": ("GET", "schedule", None),
        "first_available": ("PATCH", "schedule/first_available", {"duration_in_seconds": 60}),
        "refresh_impacted_services": ("POST", "refresh_impacted_services", None),
    }[operation]
    started = sim.call(method, f"{API}/{change}/{path}", json=body).json()["result"]["worker"]["sysId"]
    assert sim.call("DELETE", f"{API}/{change}", "admin").status_code == 200
    later(sim, 11)
    worker = sim.get(f"{API}/worker/{started}").json()["result"]
    assert worker["state"] == {"value": 4, "display_value": "Error"}
    assert len(worker["messages"]["errorMessages"]) == 1


@BY_ITEM
def test_read_only_user_cannot_ask(sim: Sim) -> None:
    assert error(sim.get(f"{API}/ci/{ROUTER}/schedule", "auditor", duration_in_seconds=60))[0] == 403


# Risk -------------------------------------------------------------------------------------------------


@RISK
@pytest.mark.parametrize(
    ("values", "risk", "impact"),
    [
        ({}, ("4", "Low"), ("3", "3 - Low")),
        ({"cmdb_ci": WEB_01}, ("3", "Moderate"), ("2", "2 - Medium")),
        ({"cmdb_ci": WEB_01, "conflict_status": "Conflict"}, ("2", "High"), ("2", "2 - Medium")),
        ({"business_service": "Online Shop", "cmdb_ci": WEB_01}, ("2", "High"), ("1", "1 - High")),
    ],
)
def test_risk_follows_from_data(
    sim: Sim, values: dict[str, str], risk: tuple[str, str], impact: tuple[str, str]
) -> None:
    change = sim.new_change(type="standard", encrypted_fields="business_service", **values)
    for path in (f"{API}/{change}/risk", f"{API}/standard/{change}/risk"):
        answer = sim.call("PATCH", path).json()
        assert answer["sys_id"] == {"value": change, "display_value": change}
        assert (answer["risk"]["value"], answer["risk"]["display_value"]) == risk
        assert (answer["impact"]["value"], answer["impact"]["display_value"]) == impact
    assert (sim.change(change)["risk"], sim.change(change)["impact"]) == (risk[0], impact[0])


@RISK
def test_own_risk_conditions(sim: Sim) -> None:
    change = sim.new_change(short_description="Move the data center")
    insert(sim, "risk_conditions", name="Mine", order=1, condition="short_descriptionLIKEdata center", risk="High")
    assert sim.call("PATCH", f"{API}/{change}/risk").json()["risk"]["display_value"] == "High"
    assert sim.change(change)["impact"] == "3"
    assert error(sim.call("PATCH", f"{API}/standard/{change}/risk"))[0] == 404
    for rule in sim.rows("risk_conditions"):
        sim.patch("risk_conditions", rule["sys_id"], "bow.ruggeri", active=False)
    assert error(sim.call("PATCH", f"{API}/{change}/risk"))[:2] == (400, "Risk assessment failed")


# Impacted services ------------------------------------------------------------------------------------


@REFRESH
@behavior(AREA, "Impacted services over CI relations", simplified="upwards over relations of every type")
def test_impacted_services_follow_the_item(sim: Sim) -> None:
    database = sim.rows("cmdb_ci", "name=db-01")[0]["sys_id"]
    mail = sim.rows("cmdb_ci_service", "name=E-mail")[0]["sys_id"]
    change = sim.new_change(cmdb_ci=database)
    added = {"association_type": "impacted", "cmdb_ci_sys_ids": [mail]}
    assert sim.call("POST", f"{API}/{change}/ci", json=added).status_code == 202

    def refreshed() -> list[str]:
        answer = sim.call("POST", f"{API}/{change}/refresh_impacted_services")
        assert (answer.status_code, answer.json()["result"]["request"]) == (200, "")
        worker = sim.get(f"{API}/worker/{answer.json()['result']['worker']['sysId']}").json()["result"]
        assert worker["request"] == f'{{"task":"{change}"}}'
        assert worker["state"]["display_value"] == "Complete"
        items = sim.get(f"{API}/{change}/ci", association_type="impacted").json()["result"]
        return sorted(item["cmdb_ci_service"]["display_value"] for item in items)

    assert refreshed() == ["E-mail", "Online Shop"]
    sim.set_change(change, cmdb_ci=sim.rows("cmdb_ci", "name=web-03")[0]["sys_id"])
    assert refreshed() == ["E-mail", "Internal Wiki"]
    assert refreshed() == ["E-mail", "Internal Wiki"]


@REFRESH
def test_refresh_without_an_item(sim: Sim) -> None:
    answer = sim.call("POST", f"{API}/{sim.new_change()}/refresh_impacted_services").json()["result"]
    worker = sim.get(f"{API}/worker/{answer['worker']['sysId']}").json()["result"]
    assert worker["state"]["display_value"] == "Error"
    assert worker["messages"]["errorMessages"] == ["The change request has no configuration item"]
