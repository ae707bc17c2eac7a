"""What goes wrong inside is nobody else's trouble: jobs that rules refuse, reads that start a job, odd forms."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.support import Sim, fresh, running

from snow_simulator.attachment.store import Received

SCHEDULE = "/api/sn_chg_rest/change/{0}/schedule"
RULES = """
extends: demo
business_rules:
  - {name: No results, table: chg_mgt_worker, operations: [update], abort: true}
  - {name: No conflicts, table: change_request, changed: conflict_status, condition: conflict_status=No Conflict,
     operations: [update], abort: true}
  - {name: No approvals, table: sysapproval_approver, operations: [update], condition: state=approved, abort: true}
"""


def planned(sim: Sim) -> str:
    item = sim.rows("cmdb_ci", "ORDERBYname", sysparm_limit=1)[0]["sys_id"]
    return sim.new_change(cmdb_ci=item, start_date="2031-05-05 08:00:00", end_date="2031-05-05 09:00:00")


@behavior("Bad days", "An operation that starts a worker is decided on the truth, also where reads are stale")
def test_a_get_that_starts_a_worker_takes_no_write_back(sim: Sim) -> None:
    """It is served on the truth: what a stale read undoes for itself must not be committed with the worker."""
    change, writer = planned(sim), "admin"
    sim.settings(stale_seconds=60)
    assert sim.set_change(change, short_description="Written").status_code == 200
    assert sim.get(SCHEDULE.format(change), writer).status_code == 202
    assert sim.change(change)["short_description"] == "Written"


@behavior("Own data", "A business rule that refuses what a worker does ends the worker in Error, and nothing else")
def test_a_rule_that_refuses_a_job_ends_the_job_only(tmp_path: Path) -> None:
    with running(tmp_path, RULES) as simulator, fresh(simulator) as sim:
        change = planned(sim)
        worker = sim.get(SCHEDULE.format(change), "admin").json()["result"]["worker"]["sysId"]
        assert sim.call("POST", f"/api/sn_chg_rest/change/{change}/conflict").status_code == 200
        waiting = sim.new_change()
        assert sim.set_change(waiting, state="assess").status_code == 200
        sim.settings(auto_approve_after=0)
        sim.control("PUT", "clock", {"advance_seconds": 10})
        result = sim.get(f"/api/sn_chg_rest/change/worker/{worker}").json()["result"]
        assert result["state"]["display_value"] == "Error"
        assert "No results" in result["messages"]["errorMessages"][0]
        status = sim.get(f"/api/sn_chg_rest/change/{change}/conflict").json()["result"]
        assert status["job_status"] == "3"
        assert sim.state(waiting) == "-4"


def test_an_approver_who_does_not_exist(sim: Sim) -> None:
    change = sim.new_change()
    values = {"sysapproval": change, "approver": "0" * 32, "state": "requested"}
    sim.control("POST", "seed", {"table": "sysapproval_approver", "records": [values]}, status=201)
    assert "does not exist" in sim.control("POST", "approve", {"change": change}, status=409)["error"]
    sim.settings(auto_approve_after=0)
    assert sim.get("/api/now/table/incident").status_code == 200


def test_what_a_refused_control_request_has_written_is_not_there(sim: Sim) -> None:
    records = [{"name": "change_request", "element": "type", "value": "odd", "label": "Odd"}, {"no_such_field": "x"}]
    sim.control("POST", "seed", {"table": "sys_choice", "records": records}, status=400)
    assert sim.dump("sys_choice", value="odd") == []
    sim.control("POST", "faults", body={"action": {}}, status=400)


@pytest.mark.parametrize("size", [1000, 600_000])
def test_a_form_of_any_size_is_answered(sim: Sim, size: int) -> None:
    answer = requests.post(f"{sim.url}/login", data={"user_name": "x" * size, "password": "\0"}, timeout=5)
    assert answer.status_code in (401, 413)


def test_deep_json_for_the_control_api(sim: Sim) -> None:
    answer = sim.call("PUT", "/_sim/settings", "", data="[" * 100_000)
    assert (answer.status_code, set(answer.json())) == (400, {"error"})


def test_who_is_locked_out_is_out_of_the_pages_too(sim: Sim) -> None:
    with requests.Session() as session:
        form = {"user_name": "abel.tuter", "password": "abel.tuter-password"}
        assert session.post(f"{sim.url}/login", data=form, timeout=5).status_code == 200
        assert session.get(f"{sim.url}/", timeout=5, allow_redirects=False).status_code == 200
        user = sim.rows("sys_user", "user_name=abel.tuter")[0]["sys_id"]
        assert sim.patch("sys_user", user, "admin", locked_out="true").status_code == 200
        assert session.get(f"{sim.url}/", timeout=5, allow_redirects=False).status_code == 303


# Contents of attachments -------------------------------------------------------------------------------

UPLOAD = "/api/now/attachment/file?table_name=incident&file_name=a.txt&table_sys_id="
KEEPER = """
extends: demo
business_rules:
  - {name: Files stay, table: sys_attachment, operations: [delete], when: after, condition: file_name=a.txt,
     abort: true}
  - {name: None of these, table: sys_attachment, operations: [insert], when: after, condition: content_type=text/odd,
     abort: true}
"""


def files(sim: Sim) -> int:
    return len(list(sim.simulator.instance.contents.directory.iterdir()))


def attach(sim: Sim, sys_id: str, kind: str = "text/plain") -> requests.Response:
    return sim.call("POST", UPLOAD + sys_id, data=b"content", headers={"Content-Type": kind})


@behavior("Attachment API", "An upload or deletion that a rule refuses leaves the contents as they were")
def test_contents_share_the_fate_of_their_transaction(tmp_path: Path) -> None:
    with running(tmp_path, KEEPER) as simulator, fresh(simulator) as sim:
        incident = sim.insert("incident")["sys_id"]
        kept = attach(sim, incident).json()["result"]
        assert sim.call("DELETE", f"/api/now/attachment/{kept['sys_id']}", "admin").status_code == 403
        assert sim.call("GET", f"/api/now/attachment/{kept['sys_id']}/file").content == b"content"
        assert attach(sim, incident, "text/odd").status_code == 403
        assert attach(sim, "0" * 32).status_code == 404
        assert files(sim) == 1


@behavior("Attachment API", "Others are served while an upload is written")
def test_nobody_waits_for_an_upload(sim: Sim) -> None:
    """Others are served while a content is being written."""
    receive, incident = sim.simulator.instance.contents.receive, sim.insert("incident")["sys_id"]
    seen: list[int] = []

    def look(source: IO[bytes]) -> Received:
        seen.append(
            requests.get(f"{sim.url}/api/now/table/incident", auth=("admin", "admin-password"), timeout=5).status_code
        )
        return receive(source)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sim.simulator.instance.contents, "receive", look)
        assert attach(sim, incident).status_code == 201
    assert seen == [200]


def test_seeds_are_what_can_be_read_again(sim: Sim) -> None:
    """A number that is none would break whatever counts with it later."""
    body = {"table": "incident", "records": [{"sys_mod_count": "many"}]}
    assert "sys_mod_count" in sim.control("POST", "seed", body, status=400)["error"]


def test_dates_at_the_ends_of_the_calendar(sim: Sim) -> None:
    """Every unit has a beginning and an end, which need not be in the calendar."""
    for moment in ("9999-12-31 23:59:59", "0001-01-01 00:00:00"):
        sim.control("POST", "seed", {"table": "incident", "records": [{"opened_at": moment}]}, status=201)
    for unit in ("second", "minute", "hour", "day", "week", "month", "quarter", "year"):
        for condition in (
            f"opened_atSAMEASsys_created_on@{unit}",
            f"opened_atMORETHANsys_created_on@{unit}@after@99999",
        ):
            assert sim.get("/api/now/table/incident", sysparm_query=condition).status_code == 200
