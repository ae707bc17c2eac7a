# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change: items, services and offerings, the services that the instance finds, risk, and files."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from tests.integration.helpers import Instance, refusal, snow, unfailing

WEB_01 = "caf043a3b7fb23000999e4f6ee11a9c0"
NEW = {"correlation_id": "items", "short_description": "Items", "assignment_group": "Network"}
NO_DIFF: dict[str, Any] = {"before": {}, "after": {}}
TABLES = {
    "affected_cis": ("task_ci", "ci_item"),
    "impacted_services": ("task_cmdb_ci_service", "cmdb_ci_service"),
    "service_offerings": ("task_service_offering", "service_offering"),
}


def change(**options: Any) -> dict[str, Any]:
    return snow("snow_change", **{"correlation_id": "items", **options})


def names(result: dict[str, Any], option: str) -> list[str]:
    return [item["name"] for item in result[option]]


def there(instance: Instance, option: str) -> list[str]:
    """The names of what the change is associated with, from the instance's own side."""
    (row,) = instance.rows("change_request", correlation_id="items")
    table, column = TABLES[option]
    ids = [item[column] for item in instance.rows(table, task=row["sys_id"])]
    known = {item["sys_id"]: item["name"] for name in ("cmdb_ci", "service_offering") for item in instance.rows(name)}
    return sorted(known.get(sys_id) or _service(instance, sys_id) for sys_id in ids)


def _service(instance: Instance, sys_id: str) -> str:
    (row,) = (row for row in instance.rows("cmdb_ci_service") if row["sys_id"] == sys_id)
    return str(row["name"])


def seeded(instance: Instance, **columns: str) -> str:
    row = {**NEW, "chg_model": "Normal", **columns}
    (sys_id,) = instance.seed("change_request", row)
    return sys_id


# Lists of items --------------------------------------------------------------------------------------------


def test_each_kind_is_added_and_made_exact(instance: Instance, in_process: bool) -> None:
    """Added, again, made exact, made empty: foretold each time, changed once, and there at the instance."""
    full = {"affected_cis": ["web-01", "PS Apache01"], "impacted_services": ["Online Shop", "E-mail"],
            "service_offerings": ["Online Shop Europe"]}  # fmt: skip
    other = {"affected_cis": [WEB_01.upper(), "web-02"], "impacted_services": ["e-MAIL"],
             "service_offerings": ["Online Shop Americas"]}  # fmt: skip
    empty: dict[str, Any] = {name: [] for name in full}
    steps = [
        change(**NEW, **full),
        change(**other, items_match="exact"),
        change(**other),
        change(**empty),
        change(**empty, items_match="exact"),
    ]
    tasks = [task for step in steps for task in ({**step, "check_mode": True}, step, step)]
    results = unfailing(instance.run(*tasks, in_process=in_process))
    changed = [True, True, False]
    nothing = [False, False, False]
    assert [result["changed"] for result in results] == [*changed, *changed, *nothing, *nothing, *changed]
    for foretold, real, again in zip(results[0::3], results[1::3], results[2::3], strict=True):
        assert foretold["diff"] == real["diff"]
        assert again["diff"] == NO_DIFF
        for option in full:
            assert foretold.get(option) == real.get(option) == again.get(option)
    exact = results[4]
    assert {option: names(exact, option) for option in full} == {
        "affected_cis": ["web-01", "web-02"], "impacted_services": ["E-mail"],
        "service_offerings": ["Online Shop Americas"],
    }  # fmt: skip
    assert exact["diff"] == {
        "before": {"affected_cis": ["PS Apache01", "web-01"], "impacted_services": ["E-mail", "Online Shop"],
                   "service_offerings": ["Online Shop Europe"]},
        "after": {"affected_cis": ["web-01", "web-02"], "impacted_services": ["E-mail"],
                  "service_offerings": ["Online Shop Americas"]},
    }  # fmt: skip
    assert [there(instance, option) for option in full] == [[], [], []]


def test_the_own_item_of_a_change_stays(instance: Instance) -> None:
    """Exact leaves the primary item alone, also one that this task sets; the former one goes."""
    seeded(instance, cmdb_ci="web-01")
    first = change(affected_cis=["web-01", "web-02", "app-01"])
    second = change(affected_cis=["app-01"], items_match="exact")
    third = change(affected_cis=[], items_match="exact", cmdb_ci="web-02")
    tasks = [first, {**second, "check_mode": True}, second, second, change(affected_cis=["web-02"])]
    tasks += [{**third, "check_mode": True}, third, third]
    results = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in results] == [True, True, True, False, True, True, True, False]
    assert results[1]["diff"] == results[2]["diff"]
    assert results[2]["diff"]["after"] == {"affected_cis": ["app-01", "web-01"]}
    assert results[5]["diff"] == results[6]["diff"]
    assert names(results[5], "affected_cis") == names(results[6], "affected_cis") == ["web-02"]
    assert there(instance, "affected_cis") == ["web-02"]


def test_what_is_no_item_is_refused_before_anything_is_written(instance: Instance) -> None:
    """Unknown and ambiguous names, sys_ids of nothing, empty identifiers: no write, be the change there or not."""
    twins = instance.seed("cmdb_ci_service", {"name": "twin"}, {"name": "twin"})
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"affected_cis": ["nosuch-01", "web-01"]}, "invalid_usage", "nosuch-01"),
        ({"affected_cis": ["web-01", "0" * 32]}, "invalid_usage", "0" * 32),
        # A server is no service.
        ({"impacted_services": ["web-01"]}, "invalid_usage", "web-01"),
        ({"impacted_services": ["twin"]}, "invalid_usage", twins[0]),
        ({"service_offerings": ["Online Shop"]}, "invalid_usage", "Online Shop"),
        ({"affected_cis": [""]}, "invalid_identity", "affected_cis"),
        ({"impacted_services": ["None"]}, "invalid_identity", "impacted_services"),
        ({"service_offerings": ["javascript:gs.log()"]}, "invalid_query", "javascript"),
        ({"affected_cis": ["web-01"], "state": "absent"}, "invalid_usage", "affected_cis"),
        ({"calculate_risk": True, "risk": "High"}, "invalid_usage", "risk"),
        ({"impacted_services": [], "items_match": "exact", "refresh_impacted_services": True}, "invalid_usage",
         "refresh_impacted_services"),
        ({"attachments": [{"name": "a", "content": "1"}, {"name": "a", "content": "2"}]}, "invalid_usage", "called a"),
        ({"attachments": [{"src": "/nowhere/plan.txt"}]}, "local_file", "/nowhere/plan.txt"),
        ({"attachments": [{"src": "/nowhere/*.txt"}]}, "local_file", "/nowhere/*.txt"),
        ({"attachments": [{"src": ""}]}, "invalid_usage", "src"),
    ]  # fmt: skip
    seeded(instance)
    outcomes = instance.run(*(change(description="x", **options) for options, _, _ in cases),
                            change(**{**NEW, "correlation_id": "other"}, affected_cis=["nosuch-01"]))  # fmt: skip
    for outcome, (_, kind, word) in zip(outcomes[:-1], cases, strict=True):
        assert word in refusal(outcome, kind)
        assert not outcome.changed
    assert "nosuch-01" in refusal(outcomes[-1], "invalid_usage")
    assert instance.writes() == []


def test_twice_the_same(instance: Instance) -> None:
    """Duplicates, a name beside its sys_id, odd names and a long list are one look-up and one association each."""
    seeded(instance)
    odd = ["a,b", "c^d", " e'f ", "web%01"]
    instance.seed("cmdb_ci", *({"name": name.strip()} for name in odd), *({"name": f"node-{i:03}"} for i in range(80)))
    many = [f"node-{i:03}" for i in range(80)]
    task = change(affected_cis=["web-01", "WEB-01", WEB_01, *odd, *many])
    first, second = unfailing(instance.run(task, task))
    assert (first["changed"], second["changed"]) == (True, False)
    assert len(first["affected_cis"]) == 1 + len(odd) + len(many) == len(there(instance, "affected_cis"))
    assert second["requests"] == 2


def test_an_association_that_is_refused(instance: Instance) -> None:
    """A user who may not associate is told so; the next run does what is left."""
    seeded(instance)
    instance.fault({"status": 403}, method="POST", path="/ci", count=1)
    refused, again = instance.run(*[change(description="x", affected_cis=["web-01"])] * 2)
    assert "POST" in refusal(refused, "forbidden")
    assert refused.changed  # the description was written
    assert unfailing([again])[0]["affected_cis"] == [{"name": "web-01", "sys_id": WEB_01}]


def test_items_that_may_not_be_removed(instance: Instance) -> None:
    """Without the right to delete associations the failure says so; what was added before is said, too."""
    seeded(instance)
    unfailing(instance.run(change(affected_cis=["web-01"])))
    instance.fault({"status": 403}, method="DELETE")
    (outcome,) = instance.run(change(affected_cis=["web-02"], items_match="exact"))
    assert "task_ci" in refusal(outcome, "forbidden")
    assert outcome.changed
    assert there(instance, "affected_cis") == ["web-01", "web-02"]
    instance.control("DELETE", "faults")
    again, twice = instance.run(*[change(affected_cis=["web-02"], items_match="exact")] * 2)
    assert [again.changed, twice.changed] == [True, False]
    assert there(instance, "affected_cis") == ["web-02"]


@pytest.mark.parametrize("action", [{"drop": "before"}, {"drop": "after"}, {"html": "hibernating"}])
def test_faults_while_items_are_changed(instance: Instance, action: dict[str, Any]) -> None:
    """Whatever is lost on the way, the task or its next run ends with just these items, each once."""
    task = change(**NEW, affected_cis=["web-01", "web-02"], impacted_services=["E-mail"], items_match="exact",
                  attachments=[{"name": "plan.txt", "content": "One"}], work_notes="Begun", state="assess")  # fmt: skip
    unfailing(instance.run(change(**NEW, affected_cis=["app-01"], cmdb_ci="web-03")))
    for method, path in (("POST", "/ci"), ("DELETE", "task_ci"), ("GET", "/worker/"), ("POST", "/attachment")):
        instance.fault(action, method=method, path=path, count=1)
    instance.fault(action, method="PATCH", path="/change", count=1)
    outcomes = instance.run(task, task, task)
    assert not outcomes[1].failed, outcomes[1].result
    assert not outcomes[2].changed
    assert outcomes[2].result["record"]["state"] == "-4"
    assert there(instance, "affected_cis") == ["web-01", "web-02"]
    assert there(instance, "impacted_services") == ["E-mail"]
    (row,) = instance.rows("change_request", correlation_id="items")
    assert len(instance.rows("sys_attachment", table_sys_id=row["sys_id"])) == 1
    assert len(instance.rows("sys_journal_field", element_id=row["sys_id"])) == 1


# Services that the instance finds --------------------------------------------------------------------------


def test_refresh_impacted_services(instance: Instance) -> None:
    """A change only if the services differ; from the affected items if some are given, else from the own item."""
    seeded(instance, cmdb_ci="web-01")
    own = change(refresh_impacted_services=True)
    listed = change(refresh_impacted_services=True, affected_cis=["PS Apache01", "web-03"])
    added = change(refresh_impacted_services=True, impacted_services=["E-mail"])
    tasks = [{**own, "check_mode": True}, own, own, listed, listed, added, added]
    results = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in results] == [False, True, False, True, False, True, False]
    assert "refresh_impacted_services" in results[0]["warnings"][0]
    assert results[1]["diff"] == {"before": {"impacted_services": []}, "after": {"impacted_services": ["Online Shop"]}}
    assert names(results[3], "impacted_services") == ["Internal Wiki", "PeopleSoft"]
    assert names(results[6], "impacted_services") == ["E-mail", "Online Shop"]
    assert there(instance, "impacted_services") == ["E-mail", "Online Shop"]


def test_refresh_without_an_item(instance: Instance) -> None:
    """There is nothing to begin from: the failure names the change and what to set."""
    seeded(instance)
    (outcome,) = instance.run(change(refresh_impacted_services=True))
    sentence = refusal(outcome, "worker_failed")
    assert "no configuration item" in sentence
    assert "cmdb_ci" in sentence
    assert not outcome.changed


# Risk ------------------------------------------------------------------------------------------------------


def test_calculate_risk(instance: Instance) -> None:
    """The instance's conditions decide; a change only if they decide otherwise; before the state moves."""
    instance.seed("risk_conditions", {"name": "Big", "active": "true", "order": "-1", "risk": "2", "impact": "1",
                                      "condition": "short_descriptionLIKEbig"})  # fmt: skip
    seeded(instance, risk="4", impact="3")
    task = change(short_description="A big one", calculate_risk=True, state="assess")
    results = unfailing(instance.run({**task, "check_mode": True}, task, task))
    assert [result["changed"] for result in results] == [True, True, False]
    assert "calculate_risk" in results[0]["warnings"][0]
    assert (results[1]["record"]["risk"], results[1]["record"]["impact"]) == ("2", "1")
    assert results[1]["diff"]["after"] == {"short_description": "A big one", "risk": "High", "impact": "1 - High",
                                           "state": "Assess"}  # fmt: skip
    assert results[2]["diff"] == NO_DIFF
    assert results[2]["record"]["state"] == "-4"


def test_risk_of_a_new_change(instance: Instance) -> None:
    """There is no risk before: the change was made by this task."""
    (made,) = unfailing(instance.run(change(short_description="New", calculate_risk=True)))
    assert "risk" in made["diff"]["after"]
    assert made["diff"]["before"] == {}


def test_no_risk_is_calculated(instance: Instance) -> None:
    """Not for a change that has ended; and where no condition is met the failure says so."""
    closed = seeded(instance, state="3", correlation_id="closed", active="false")
    seeded(instance)
    off = [{"sys_id": row["sys_id"], "active": "false"} for row in instance.rows("risk_conditions")]
    instance.seed("risk_conditions", *off)
    past = {"sys_id": closed, "calculate_risk": True, "state": "assess", "state_match": "at_least"}
    ended, unmet, kept = instance.run(
        snow("snow_change", sys_id=closed, description="x", calculate_risk=True),
        change(calculate_risk=True),
        snow("snow_change", **past),
    )
    assert (unfailing([kept])[0]["changed"], kept.result["requests"]) == (False, 1)
    assert "Closed" in refusal(ended, "invalid_usage")
    assert "risk condition" in refusal(unmet, "response")
    assert not [request for request in instance.writes() if request.status < 400]


# Files -----------------------------------------------------------------------------------------------------


def test_attachments(instance: Instance, tmp_path: Path) -> None:
    """Files from a path and from text are attached once, replaced when they differ, and found by one look-up."""
    path = tmp_path / "deploy.log"
    path.write_bytes(b"\x00One\n")
    given = [
        {"src": str(tmp_path / "*.log")},
        {"content": "Two", "name": "plan.conf"},
        {"content": "", "name": "empty.txt"},
    ]
    create = change(**NEW, attachments=given)
    replace = change(attachments=[{"content": "Three", "name": "plan.conf", "content_type": "text/csv"}, given[0]])
    tasks = [task for step in (create, replace) for task in ({**step, "check_mode": True}, step, step)]
    results = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in results] == [True, True, False] * 2
    assert [result["diff"] for result in results[0::3]] == [result["diff"] for result in results[1::3]]
    assert [item["file_name"] for item in results[1]["attachments"]] == ["deploy.log", "plan.conf", "empty.txt"]
    assert results[1]["attachments"][0]["content_type"] == "text/plain"
    assert [result["requests"] for result in results[2::3]] == [2, 2]
    (row,) = instance.rows("change_request", correlation_id="items")
    stored = {item["file_name"]: item for item in instance.rows("sys_attachment", table_sys_id=row["sys_id"])}
    assert sorted(stored) == ["deploy.log", "empty.txt", "plan.conf"]
    assert results[5]["attachments"][0]["hash"] == hashlib.sha256(b"Three").hexdigest()
    assert results[5]["attachments"][0]["content_type"] == "text/csv"
    assert results[4]["diff"]["before"]["attachments"][0]["hash"] == hashlib.sha256(b"Two").hexdigest()


# Everything at once ----------------------------------------------------------------------------------------


def test_everything_before_the_state_moves(instance: Instance) -> None:
    """Check mode predicts the whole record and the whole diff; the state is the last thing that is written."""
    around = {"affected_cis": ["web-01"], "service_offerings": ["Online Shop Europe"], "items_match": "exact",
              "attachments": [{"name": "plan.txt", "content": "One"}]}  # fmt: skip
    create = change(**NEW, **around, state="assess", description="Long", work_notes="Begun")
    cancel = change(description="Longer", affected_cis=["web-02"], items_match="exact", state="canceled")
    tasks = [{**create, "check_mode": True}, create, create, {**cancel, "check_mode": True}, cancel, cancel]
    results = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in results] == [True, True, False] * 2
    assert results[0]["diff"] == results[1]["diff"]
    assert results[3]["diff"] == results[4]["diff"]
    expected = {"description": "Long", "state": "-4", "short_description": "Items"}
    assert {name: results[0]["record"][name] for name in expected} == expected
    assert (results[3]["record"]["state"], results[3]["record"]["description"]) == ("4", "Longer")
    assert results[3]["display"]["state"] == "Canceled"
    writes = [(request.method, request.path.rsplit("/", 1)[-1]) for request in instance.writes()]
    assert [method for method, _ in writes[:5]] == ["POST", "POST", "POST", "POST", "PATCH"]
    (row,) = instance.rows("change_request", correlation_id="items")
    assert len(instance.rows("sys_journal_field", element_id=row["sys_id"])) == 1


def test_what_cannot_be_written_is_warned_about(instance: Instance) -> None:
    """unapplied: warn holds for items as for fields."""
    seeded(instance)
    instance.fault({"status": 200, "body": {"result": []}}, method="GET", path="/ci")
    strict, lenient = instance.run(change(affected_cis=["web-01"]), change(affected_cis=["web-01"], unapplied="warn"))
    assert "web-01" in refusal(strict, "unapplied")
    (result,) = unfailing([lenient])
    assert result["unapplied"] == [{"field": "affected_cis", "wanted": "web-01", "actual": ""}]
    assert "web-01" in result["warnings"][0]
    assert (result["changed"], result["diff"]) == (False, NO_DIFF)


# Closed ----------------------------------------------------------------------------------------------------


def test_nothing_is_done_around_a_closed_change(instance: Instance) -> None:
    """Items and files that a protected change has not are no reason to write; those that it has do no harm."""
    row = {"state": "3", "active": "false"}
    sys_id = seeded(instance, **row)
    instance.seed("task_ci", {"task": sys_id, "ci_item": WEB_01})
    file = [{"content": "x", "name": "x.txt"}]
    wishes: list[dict[str, Any]] = [
        {"affected_cis": ["web-02"]},
        {"affected_cis": [], "items_match": "exact"},
        {"attachments": file},
        {"refresh_impacted_services": True},
        {"encrypted_fields": {"justification": "hush"}, "update_encrypted": "always"},
        {"calculate_risk": True, "description": "x"},
    ]
    tasks = [change(**wish, if_closed=how) for wish in wishes for how in ("fail", "keep")]
    same = [
        change(affected_cis=["web-01"]),
        change(state="closed", state_match="at_least", refresh_impacted_services=True),
        change(state="review", state_match="at_least", calculate_risk=True, if_closed="keep"),
    ]
    outcomes = instance.run(*tasks, *same)
    assert not instance.writes()
    words = ["affected_cis", "affected_cis", "attachments", "refresh_impacted_services", "justification", "description"]
    for word, failed, kept in zip(words, outcomes[0:12:2], outcomes[1:12:2], strict=True):
        assert word in refusal(failed, "not_converged")
        assert not failed.result["changed"]
        (warning,) = kept.result["warnings"]
        assert word in warning
    results = unfailing([*outcomes[1:12:2], *outcomes[12:]])
    assert not any(result["changed"] for result in results)
    assert "calculate_risk" in results[5]["warnings"][0]
    assert ["warnings" in result for result in results[6:]] == [False] * 3
