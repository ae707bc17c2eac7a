# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change_approval: what the caller decides, once in each stage, and what it says where it cannot."""

from __future__ import annotations

from typing import Any

import requests
import yaml
from tests.integration.helpers import USER, Instance, login, password_of, refusal, snow, unfailing

from ansible_collections.changegate.snow.plugins.modules import snow_change_approval

FRED, ABEL, BOW = "fred.luddy", "abel.tuter", "bow.ruggeri"
SHOP = {"correlation_id": "shop"}


def approval(user: str, **options: Any) -> dict[str, Any]:
    named = {} if {"number", "sys_id"} & options.keys() else SHOP
    return {**snow("snow_change_approval", **{**named, "state": "approved", **options}), "environment": login(user)}


def predicted(task: dict[str, Any]) -> dict[str, Any]:
    return {**task, "check_mode": True}


def opened(instance: Instance, *names: str, state: str = "assess") -> None:
    """Changes with these correlation IDs; in Assess, Abel Tuter and Fred Luddy of the group Network are asked."""
    api, auth = f"{instance.url}/api/sn_chg_rest/change", (USER, password_of(USER))
    (group,) = instance.rows("sys_user_group", name="Network")
    for name in names or ("shop",):
        new = {"chg_model": "Normal", "correlation_id": name, "assignment_group": group["sys_id"]}
        made = requests.post(api, json={**new, "short_description": "Shop"}, auth=auth, timeout=10).json()["result"]
        requests.patch(f"{api}/{made['sys_id']['value']}", json={"state": state}, auth=auth, timeout=10)
    instance.clear_log()


def comments(instance: Instance) -> list[str]:
    rows = instance.rows("sys_journal_field", name="sysapproval_approver", element="comments")
    return [row["value"] for row in rows]


def decisions(instance: Instance, state: str) -> int:
    return len(instance.rows("sysapproval_approver", state=state))


def test_approve_by_stages(instance: Instance) -> None:
    """Approved once, unchanged afterwards; the next stage is another decision, of whoever is asked there."""
    approve = approval(FRED, comments="Tested.")
    later = approval(BOW, change_state="authorize")
    opened(instance)
    tasks = [predicted(approve), approve, approve, predicted(later), later, later]
    results = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in results] == [True, True, False, True, True, False]
    assert results[0]["diff"] == results[1]["diff"]
    assert results[1]["diff"] == {
        "before": {"state": "Requested", "comments": ""},
        "after": {"state": "Approved", "comments": "Tested."},
    }
    assert (
        results[3]["diff"] == results[4]["diff"] == {"before": {"state": "Requested"}, "after": {"state": "Approved"}}
    )
    assert [result["display"]["approver"] for result in results[:3]] == ["Fred Luddy"] * 3
    assert [result["record"]["state"] for result in results] == ["approved"] * 6
    states = [result["change"]["display"]["state"] for result in results]
    assert states == ["Assess", "Authorize", "Authorize", "Authorize", "Scheduled", "Scheduled"]
    (row,) = instance.rows("change_request", correlation_id="shop")
    shown = results[1]["change"]["record"]
    assert (shown["sys_id"], shown["number"], shown["approval"]) == (row["sys_id"], row["number"], "requested")
    assert comments(instance) == ["Tested."]
    assert decisions(instance, "approved") == 2
    assert [request.method for request in instance.writes()][-2:] == ["PATCH", "PATCH"]


def test_whoever_is_not_asked(instance: Instance) -> None:
    """Nobody is asked, others are, the stage is settled, there is no such change, nothing may be read: each is said."""
    opened(instance)
    opened(instance, "new", state="new")
    cases = {
        ("ansible", "shop"): ("not_asked", "CHG0040001 asks Abel Tuter, Fred Luddy for approval, and not this user"),
        ("ansible", "new"): ("not_asked", "CHG0040002, which is in New, asks nobody for approval now"),
        (FRED, "new"): (
            "not_asked",
            "no approval of the change request with correlation_id new that this user may see",
        ),
        ("ansible", "gone"): ("no_results", "There is no change request with correlation_id gone"),
        ("joe.employee", "shop"): ("forbidden", "may not read approvals"),
    }
    tasks = [approval(user, correlation_id=change) for user, change in cases]
    after = approval(ABEL), approval(BOW, change_state="Assess"), approval("ansible", change_state="assess")
    soon = predicted(approval("ansible", correlation_id="soon"))
    *outcomes, expected = instance.run(*tasks, predicted(tasks[0]), approval(FRED), *after, soon)
    assert (expected.changed, expected.result["requests"]) == (True, 3)
    assert "earlier task" in expected.result["warnings"][0]
    for (kind, words), outcome in zip([*cases.values(), next(iter(cases.values()))], outcomes, strict=False):
        assert words in refusal(outcome, kind)
        assert not outcome.changed
    settled, elsewhere, not_there = outcomes[-3:]
    assert "CHG0040001 does not ask Abel Tuter for approval now: that approval is No Longer" in refusal(
        settled, "not_asked"
    )
    assert "CHG0040001 is in Authorize, not in Assess, and Bow Ruggeri has not approved it" in refusal(
        elsewhere, "not_asked"
    )
    assert "asks Bow Ruggeri, Don Goodliffe for approval" in refusal(not_there, "not_asked")
    assert len(instance.writes()) == 1


def test_check_mode_before_it_asks(instance: Instance) -> None:
    """What an earlier task would bring to where it asks is predicted with a warning; what is past that is refused."""
    opened(instance, "new", state="new")
    opened(instance, "shop", "turned", "gone")
    auth = ("abel.tuter", password_of("abel.tuter"))
    ids = {row["correlation_id"]: row["sys_id"] for row in instance.rows("change_request")}
    turned = f"{instance.url}/api/sn_chg_rest/change/{ids['turned']}/approvals"
    assert requests.patch(turned, json={"state": "rejected", "comments": "No"}, auth=auth, timeout=10).ok
    instance.seed("change_request", {"sys_id": ids["gone"], "state": "4", "active": "false"})
    for row in instance.rows("sysapproval_approver", sysapproval=ids["gone"]):
        instance.seed("sysapproval_approver", {"sys_id": row["sys_id"], "state": "cancelled"})
    instance.clear_log()
    soon = [
        # Nobody is asked, as far as anybody sees; and as an approver sees, who may not read such a change.
        approval(BOW, correlation_id="new"),
        approval(FRED, correlation_id="new", comments="Fine."),
        approval(FRED, number=instance.rows("change_request", correlation_id="new")[0]["number"]),
        # A later stage, and one that is to be asked for again.
        approval(BOW, change_state="authorize"),
        approval(FRED, change_state="Authorize"),
        approval(ABEL, correlation_id="turned"),
        approval(ABEL, correlation_id="turned", change_state="assess"),
    ]
    for result in unfailing(instance.run(*(predicted(task) for task in soon))):
        assert result["changed"]
        assert result["diff"]["before"]["state"] == "Requested"
        assert result["diff"]["after"]["state"] == "Approved"
        (warning,) = result["warnings"]
        assert "check mode assumes" in warning
    never = [
        approval(BOW),
        approval("ansible", correlation_id="gone"),
        approval(FRED, correlation_id="gone"),
        approval(BOW, change_state="new"),
        approval(BOW, change_state="assess"),
    ]
    for outcome in instance.run(*(predicted(task) for task in never), *soon):
        refusal(outcome, "not_asked")
        assert not outcome.changed
    assert instance.writes() == []


def test_reject_and_others(instance: Instance) -> None:
    """A rejection, who is asked in two stages, and who is asked twice in one, each of them in a change of its own."""
    bow = {row["user_name"]: row["sys_id"] for row in instance.rows("sys_user")}[BOW]
    group = {row["name"]: row["sys_id"] for row in instance.rows("sys_user_group")}["Network"]
    opened(instance)
    opened(instance, "twice")
    (twice,) = instance.rows("change_request", correlation_id="twice")
    fred = [
        row for row in instance.rows("sysapproval_approver", sysapproval=twice["sys_id"]) if row["approver"][-1] == "6"
    ]
    same = {name: fred[0][name] for name in ("sysapproval", "approver", "document_id", "source_table", "state")}
    instance.seed("sysapproval_approver", {**same, "sys_created_on": "2020-01-01 00:00:00"})
    instance.seed("sys_user_grmember", {"user": bow, "group": group})
    opened(instance, "stages")
    reject = approval(ABEL, state="rejected", comments="No tests.")
    in_assess, anywhere = (approval(BOW, correlation_id="stages", **more) for more in ({"change_state": "-4"}, {}))
    both = approval(FRED, correlation_id="twice", comments="Both")
    tasks = [reject, reject, approval(ABEL), snow("snow_change", **SHOP, state="assess"), approval(ABEL)]
    done, again, other, _, turned, *rest = instance.run(*tasks, in_assess, in_assess, anywhere, anywhere, both, both)
    rejected(unfailing([done, again, turned]))
    # It cannot be turned round until the change asks again.
    assert "Abel Tuter has rejected CHG0040001 already" in refusal(other, "not_asked")
    stages, twice_asked = unfailing(rest[:4]), unfailing(rest[4:])
    # One stage in each run, and with change_state only that one.
    assert [result["changed"] for result in stages] == [True, False, True, False]
    assert [result["change"]["display"]["state"] for result in stages] == [
        "Authorize", "Authorize", "Scheduled", "Scheduled",
    ]  # fmt: skip
    # As for two groups: the instance chooses one, and then nothing is left to do.
    assert [result["changed"] for result in twice_asked] == [True, False]
    assert twice_asked[0]["change"]["display"]["state"] == "Authorize"
    assert len(instance.rows("sysapproval_approver", state="approved", sysapproval=twice["sys_id"])) == 1
    assert sorted(comments(instance)) == ["Both", "No tests."]


def rejected(results: list[dict[str, Any]]) -> None:
    first, second, third = results
    assert (first["changed"], second["changed"], third["changed"]) == (True, False, True)
    assert first["change"]["display"]["state"] == second["change"]["display"]["state"] == "New"
    assert third["change"]["display"]["state"] == "Authorize"


def test_what_is_refused(instance: Instance) -> None:
    """Wrong and empty arguments are refused before any request."""
    named: list[dict[str, Any]] = [{name: value} for name in ("number", "sys_id") for value in (None, "", "None")]
    rejected: list[dict[str, Any]] = [{"state": "rejected", "comments": text} for text in (None, "", "  ")]
    stages = [{"change_state": ""}, {"change_state": " "}]
    both = snow("snow_change_approval", number="CHG1", correlation_id="shop", state="approved")
    none = snow("snow_change_approval", state="approved")
    others = [both, none, snow("snow_change_approval", **SHOP, state="asked"), snow("snow_change_approval", **SHOP)]
    outcomes = instance.run(*(approval(FRED, **options) for options in [*named, *rejected, *stages]), *others)
    for options, outcome in zip(named, outcomes[:6], strict=True):
        assert next(iter(options)) in refusal(outcome, "invalid_identity")
    for outcome in outcomes[6:9]:
        assert "needs comments" in refusal(outcome, "invalid_usage")
    for outcome in outcomes[9:11]:
        assert "change_state" in refusal(outcome, "invalid_usage")
    assert all(outcome.failed for outcome in outcomes)
    assert instance.requests() == []


def test_requests(instance: Instance) -> None:
    """Unchanged is 1 GET, a decision 1 GET, 1 PATCH and 1 GET; 1 GET more where the login does not name the user."""
    opened(instance, "shop", "two")
    form = {"grant_type": "password", "username": FRED, "password": password_of(FRED)}
    client = {"client_id": "changegate", "client_secret": "changegate-secret"}
    token = requests.post(f"{instance.url}/oauth_token.do", data={**form, **client}, timeout=10).json()
    (row,) = instance.rows("change_request", correlation_id="two")
    instance.clear_log()
    by_token: dict[str, Any] = {"sys_id": row["sys_id"].upper(), "state": "approved"}
    by_token["instance"] = {"access_token": token["access_token"]}
    tasks = [approval(FRED), approval(FRED), approval(FRED, number="CHG0040001")]
    tasks += [snow("snow_change_approval", **by_token)] * 2 + [predicted(approval(FRED))]
    results = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in results] == [True, False, False, True, False, False]
    log = iter(instance.requests())
    spent = [" ".join(next(log).method for _ in range(result["requests"])) for result in results]
    assert spent == ["GET PATCH GET", "GET", "GET", "GET GET PATCH GET GET", "GET GET", "GET"]


def test_lost_answers(instance: Instance) -> None:
    """A decision whose answer is lost is found; one that was not made is not sent again but by the next run."""
    opened(instance, "shop", "two", "three")
    instance.fault({"drop": "after"}, method="PATCH", path="/approvals", count=1)
    instance.fault({"drop": "before"}, method="PATCH", path="/approvals", count=1)
    instance.fault({"html": "hibernating"}, method="PATCH", path="/approvals", count=1, skip=1)
    approve = [approval(FRED, correlation_id=name, comments=name) for name in ("shop", "two", "two", "three", "three")]
    found, lost, made, asleep, awake = instance.run(*approve)
    assert [result["changed"] for result in unfailing([found, made, awake])] == [True] * 3
    assert "/approvals" in refusal(lost, "outcome_unknown")
    refusal(asleep, "instance_unavailable")
    assert [lost.changed, asleep.changed] == [False, False]
    assert sorted(comments(instance)) == ["shop", "three", "two"]
    assert decisions(instance, "approved") == 3


def test_an_instance_that_does_something_else(instance: Instance) -> None:
    """What was not done is said, whatever the answer; nobody's approval is taken for the caller's."""
    opened(instance)
    rows = instance.rows("sysapproval_approver", state="requested")
    (change,) = instance.rows("change_request", correlation_id="shop")
    name = {"value": change["number"], "display_value": change["number"]}
    refused = {"error": {"message": "Operation Failed", "detail": "Frozen"}, "status": "failure"}
    for answer in (
        {"status": 200, "body": {"result": [{"sys_id": change["sys_id"], "number": name}]}},
        {"status": 403, "body": refused},
    ):
        instance.fault(answer, method="PATCH", path="/approvals", count=1)

    def shown(row: dict[str, Any]) -> dict[str, Any]:
        columns = {"sysapproval.correlation_id": "shop", "sysapproval": change["sys_id"], "approver.user_name": "x"}
        return {name: {"value": text, "display_value": text} for name, text in {**row, **columns}.items() if text}

    for result in ([shown(row) for row in rows], [shown({**rows[0], "state": "approved"})]):
        answer = {"status": 200, "body": {"result": result}, "headers": {"X-Total-Count": str(len(result))}}
        instance.fault(answer, method="GET", path="/sysapproval_approver", user=BOW, count=1)
    ignored, forbidden, *others = instance.run(approval(FRED), approval(FRED), approval(BOW), approval(BOW))
    assert "is Requested after it was to be approved" in refusal(ignored, "unapplied")
    assert ignored.result["unapplied"] == [{"field": "state", "wanted": "approved", "actual": "requested"}]
    assert not ignored.changed
    assert "Frozen" in refusal(forbidden, "forbidden")
    for outcome in others:
        assert "shows those of others" in refusal(outcome, "unexpected_response")
    assert decisions(instance, "approved") == 0


def test_the_examples(instance: Instance) -> None:
    """They run as they are written, but for the names of the changes."""
    opened(instance, "shop-2026.11.1-production", "shop")
    (row,) = instance.rows("change_request", correlation_id="shop")
    text = snow_change_approval.EXAMPLES.replace("CHG0030001", row["number"])
    played = instance.play(*yaml.safe_load(text), environ=login(FRED))
    assert played.code == 0, played.output
    assert [outcome.changed for outcome in played.ours] == [True, True]
    assert played.last.result["msg"] == "New"
