# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks of a change cost: how many requests of which kind, as the instance saw them, on one connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.integration.helpers import Instance, Outcome, Request, login, snow

RELEASE: dict[str, Any] = {
    "correlation_id": "shop",
    "short_description": "Deploy shop 1",
    "requested_by": "Abel Tuter",
    "assignment_group": "Network",
    "cmdb_ci": "web-01",
    "risk": "High",
    "start_date": "2026-11-24T20:00:00Z",
    "end_date": "2026-11-24T22:00:00Z",
}
CLOSING = {"close_code": "successful", "close_notes": "Deployed."}

#: A task and the methods of its requests, in their order.
Priced = tuple[Mapping[str, Any], str]


def change(cost: str, **options: Any) -> Priced:
    return snow("snow_change", **options), cost


def shop(cost: str, **options: Any) -> Priced:
    return change(cost, correlation_id="shop", **options)


def task(cost: str, **options: Any) -> Priced:
    return snow("snow_change_task", **options), cost


def hold(instance: Instance, priced: Sequence[Priced]) -> list[Outcome]:
    """Run the tasks in one play and hold each to its price: by its own count, and by the instance's log."""
    # Whoever may delete a change.
    outcomes = instance.run(*(task for task, _ in priced), environ=login("bow.ruggeri"))
    log = iter(instance.requests())
    spent: list[tuple[Mapping[str, Any], str]] = []
    for (each, _), outcome in zip(priced, outcomes, strict=True):
        own: list[Request] = [next(log) for _ in range(outcome.result["requests"])]
        spent.append((each, " ".join(request.method for request in own)))
        assert len({request.connection for request in own}) <= 1, f"connections of {each}"
    assert spent == list(priced)
    assert list(log) == []
    return outcomes


def test_changes(instance: Instance) -> None:
    """Nothing to do is 1 GET; create, update, one step and delete are 1 GET and 1 write, names and dates together."""
    outcomes = hold(
        instance,
        [
            # The user who is given by name must be the only one of that name.
            change("GET GET POST", **RELEASE),
            change("GET", **RELEASE),
            change("GET", number="CHG0000024", short_description="Clear BGP sessions on a Cisco router"),
            change("GET", sys_id="1766f1de47410200e90d87e8dee490f6", state="closed"),
            shop(
                "GET PATCH",
                assignment_group="Database",
                start_date="2026-11-24T21:00:00Z",
                risk="Low",
                fields={"urgency": 2},
            ),
            shop("GET PATCH", state="assess", backout_plan="Back"),
            # Only a step that is refused asks why.
            shop("GET PATCH GET", state="authorize"),
            shop("GET GET", state="implement"),
            shop("GET PATCH", state="canceled"),
            shop("GET DELETE", state="absent"),
            shop("GET", state="absent"),
            change("GET", number="CHG9999999"),
            change("", number=""),
            change("GET GET POST PATCH", **RELEASE, state="assess"),
            shop("GET GET PATCH", assigned_to="beth.anglin", opened_by="Beth Anglin"),
            shop("GET", assigned_to="Beth Anglin"),
            # A change shows names only: who is given otherwise is looked up again.
            shop("GET GET", assigned_to="beth.anglin@example.com"),
        ],
    )
    assert [outcome.failed for outcome in outcomes] == [False] * 6 + [True] * 2 + [False] * 3 + [True] * 2 + [False] * 4


def test_changes_of_every_kind(instance: Instance) -> None:
    """Models, templates and unusual choices are looked up where they are to be written, and never again."""
    model = {"correlation_id": "model", "short_description": "x", "chg_model": "Change Registration"}
    standard = {"correlation_id": "standard", "template": "Reboot a server"}
    hold(
        instance,
        [
            change("GET GET POST", **model),
            change("GET", **model),
            change("GET GET POST", **standard, start_date="2026-11-24T20:00:00Z"),
            change("GET", **standard, start_date="2026-11-24T20:00:00Z"),
            # What is the template's own, and names, are written after.
            change("GET PATCH", **standard, description="x", assignment_group="Database"),
            change("GET GET POST", correlation_id="other", short_description="x", reason="Other"),
            change("GET", correlation_id="other", reason="other"),
        ],
    )


def test_changes_that_ask_for_more(instance: Instance) -> None:
    """Several steps, notes, affected items and unusual columns cost what the documentation says."""
    shop_row = {"short_description": "Shop", "assignment_group": "Network", "chg_model": "Normal", "state": "-2"}
    instance.seed("change_request", {"correlation_id": "shop", **shop_row})
    hold(
        instance,
        [
            shop("GET GET PATCH GET", work_notes="Begun"),
            shop("GET GET", work_notes="Begun"),
            shop("GET GET PATCH GET", comments="Hello", description="x"),
            shop("GET GET", fields={"u_none": 1}),
            change("GET GET", correlation_id="none-yet", short_description="x", fields={"u_none": 1}),
            change("GET GET POST", correlation_id="other", short_description="x", fields={"is_bulk": True}),
            change("GET GET", number="CHG0030001", affected_cis=["fw-edge-01"]),
            # To Implement by the usual order; from there what is allowed is asked once a step.
            shop("GET GET PATCH GET PATCH PATCH", state="closed", **CLOSING),
        ],
    )


def test_adding_affected_items(instance: Instance) -> None:
    """Adding items: those that are there, the names, the order to the worker, its state until it is done, and again."""
    task = snow("snow_change", number="CHG0030001", affected_cis=["fw-edge-01", "web-01"])
    outcomes = instance.run(task, task)
    methods = [request.method for request in instance.requests()]
    assert methods[:4] == ["GET", "GET", "GET", "POST"]
    assert set(methods[4:]) == {"GET"}
    polls = [request for request in instance.requests() if "/worker/" in request.path]
    assert outcomes[0].result["requests"] == 5 + len(polls)
    assert outcomes[1].result["requests"] == 2


def test_what_surrounds_a_change(instance: Instance) -> None:
    """Each part that is there already is one look-up; what is not asked for is none; the state is not read again."""
    around: dict[str, Any] = {"impacted_services": ["E-mail"], "service_offerings": ["Online Shop Europe"]}
    files = [{"name": name, "content": name} for name in ("a.txt", "b.txt")]
    made, *_ = instance.run(*(task for task, _ in [change("", **RELEASE, **around, attachments=files)]))
    assert not made.failed
    instance.clear_log()
    empty: dict[str, Any] = {"affected_cis": [], "impacted_services": [], "service_offerings": [], "attachments": []}
    hold(
        instance,
        [
            shop("GET", **empty, refresh_impacted_services=False, calculate_risk=False, wait_timeout=60),
            shop("GET GET GET GET", **around, attachments=files),
            shop("GET GET GET GET", affected_cis=[], **around, items_match="exact"),
            shop("GET GET", attachments=[{"name": "a.txt", "content": "a.txt"}]),
            shop("GET GET POST DELETE", attachments=[{"name": "a.txt", "content": "Other"}]),
            shop("GET PATCH", calculate_risk=True),
            shop("GET GET PATCH", service_offerings=["Online Shop Europe"], state="assess"),
            shop("GET GET DELETE GET", service_offerings=[], items_match="exact"),
            shop("GET", state="assess", wait_timeout=60),
            shop("GET GET PATCH", state="canceled", wait_timeout=60, attachments=files[1:]),
        ],
    )


def test_tasks(instance: Instance) -> None:
    """A task costs what a change costs: the parent comes by dot-walking, and is looked up only for the first one."""
    parent = {"change": "CHG0033046"}
    install = {**parent, "short_description": "Install"}
    names = {"assignment_group": "Network", "assigned_to": "Abel Tuter", "change_task_type": "Implementation"}
    instance.seed("change_request", {"number": "CHG0030020", "correlation_id": "bare"})
    hold(
        instance,
        [
            task("GET POST", **install, **names),
            task("GET", **install, **names),
            task("GET", **parent, number="CTASK0010001", short_description="Retire node"),
            task("GET", number="CTASK0010001"),
            task("GET", change="0f4ac6c4b750230096c3e4f6ee11a9fe", short_description="Install"),
            task("GET PATCH", **install, state="open", order=1, assigned_to="Beth Anglin"),
            task("GET PATCH", **install, planned_start_date="2026-11-24T20:00:00Z", description="x"),
            task("GET PATCH", **install, state="closed", **CLOSING),
            task("GET DELETE", **install, state="absent"),
            task("GET", **install, state="absent"),
            # The Table API takes names or dates, not both: one request more.
            task("GET POST PATCH", **install, **names, planned_start_date="2026-11-24T20:00:00Z"),
            task("GET GET POST", change_correlation_id="bare", short_description="First"),
            task("GET POST", change_correlation_id="bare", short_description="Second"),
            task("GET GET", change="CHG9999999", short_description="Orphan"),
            task("GET", number="CTASK9999999", order=1),
        ],
    )


def test_check_mode(instance: Instance) -> None:
    """Check mode reads what the real run reads; and where the change can go, which the real run finds out by going."""
    tasks = [
        change("GET GET", **RELEASE),
        change("GET GET", number="CHG0030001", description="x", state="review"),
        change("GET", number="CHG0033046", state="absent"),
        task("GET", change="CHG0033046", short_description="Install"),
        task("GET GET", change_correlation_id="shop", short_description="Install"),
    ]
    hold(instance, [({**each, "check_mode": True}, cost) for each, cost in tasks])


def test_any_records(instance: Instance) -> None:
    """Many records are looked up and written in one batch each; a list is one request for a thousand."""
    some = [{"correlation_id": f"some-{n}", "short_description": f"Some {n}"} for n in range(60)]
    many: dict[str, Any] = {"table": "incident", "match_on": ["correlation_id"], "records": some}
    noted = {**many, "records": [{**record, "work_notes": "Noted."} for record in some]}
    find: dict[str, Any] = {"table": "incident", "query": {"correlation_id": {"starts_with": "some-"}}}
    one: dict[str, Any] = {"table": "incident", "query": {"correlation_id": "some-1"}}
    priced: list[tuple[Mapping[str, Any], int]] = [
        (snow("snow_record", **many), 2),
        (snow("snow_record", **many), 1),
        # Entries of journals: what is there, and whether they were written, for forty records at a time.
        (snow("snow_record", **noted), 6),
        (snow("snow_record", **noted), 3),
        (snow("snow_record_info", **find), 1),
        (snow("snow_record_info", **find, count_only=True), 1),
        (snow("snow_record_info", **find, aggregate={"group_by": ["priority"]}), 1),
        (snow("snow_record_info", table="incident", query={"made_sla": True}, count_only=True), 2),
        (snow("snow_record_info", table="incident", query={"caller_id.name": "Abel Tuter"}), 1),
        (snow("snow_record_info", table="incident", query={"caller_id.name": "x"}, fields=["number"]), 1),
        (snow("snow_record_info", table="incident", query={"caller_id.manager.name": "Abel Tuter"}), 4),
        (snow("snow_record_info", table="incident", query={"caller_id.manager.name": "x"}, fields=["number"]), 4),
        (snow("snow_record", **one, data={"urgency": 1}), 2),
        (snow("snow_record", **one, state="absent"), 2),
        # Deleted in one batch, and looked for in another.
        (snow("snow_record", **many, state="absent"), 3),
        (snow("snow_record", **many, state="absent"), 1),
    ]
    outcomes = instance.run(*(task for task, _cost in priced), environ=login("admin"))
    assert [outcome.result.get("msg") for outcome in outcomes] == [None] * len(priced)
    spent = [(task, outcome.result["requests"]) for (task, _cost), outcome in zip(priced, outcomes, strict=True)]
    assert spent == priced
    # What is inside a batch travels with it.
    sent = [entry for entry in instance.control("GET", "log")["requests"] if entry["batch"] is None]
    assert len(sent) == sum(cost for _task, cost in priced)
