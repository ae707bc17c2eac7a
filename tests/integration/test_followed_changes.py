# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A correlation ID that a closed change shares with the one that followed it: every module means the open one."""

from __future__ import annotations

from typing import Any

from tests.integration.helpers import Instance, Outcome, login, refusal, snow, unfailing

AGAIN = {"correlation_id": "again"}
OLD, NEW, OTHER = "CHG0099001", "CHG0099002", "CHG0099003"
#: One who sees only changes that ask for approval, and one who sees all of them.
FRED, BOW = "fred.luddy", "bow.ruggeri"
CLOSED, OPEN = {"state": "3", "active": "false"}, {"state": "-4", "active": "true"}


def seeded(instance: Instance, *numbers: str, **columns: str) -> list[str]:
    """Changes with the correlation ID, and their sys_ids."""
    common = {**AGAIN, "short_description": "Again", "chg_model": "Normal", "assignment_group": "Network"}
    found = instance.seed("change_request", *({**common, "number": number, **columns} for number in numbers))
    instance.clear_log()
    return found


def asked(instance: Instance, change: str, state: str, approver: str = FRED) -> None:
    instance.seed("sysapproval_approver", {"sysapproval": change, "approver": approver, "state": state})


def approve(user: str = FRED) -> dict[str, Any]:
    return {**snow("snow_change_approval", **AGAIN, state="approved"), "environment": login(user)}


def tasks() -> list[dict[str, Any]]:
    """One of each module that takes the correlation ID of a change."""
    return [
        snow("snow_change", **AGAIN, description="Written", if_closed="keep"),
        snow("snow_change_info", **AGAIN),
        snow("snow_change_task", change_correlation_id="again", short_description="Task"),
        snow("snow_change_conflict", **AGAIN, state="reported"),
        snow("snow_change_schedule", **AGAIN, duration="1h"),
        approve(),
        snow("snow_attachment", **AGAIN, name="a.txt", content="Attached"),
        snow("snow_attachment_info", **AGAIN),
        snow("snow_attachment", match=AGAIN, name="a.txt", content="Attached"),
    ]


def test_the_open_one_is_meant(instance: Instance) -> None:
    """Whichever was made first, and twice; what is written is written to it, and nothing to the closed one."""
    item = {"cmdb_ci": "web-01"}
    (new,) = seeded(instance, NEW, **OPEN, **item)
    (old,) = seeded(instance, OLD, **CLOSED, **item)
    asked(instance, old, "approved")
    asked(instance, new, "requested")
    before = instance.rows("change_request", sys_id=old)
    outcomes = instance.run(*tasks(), *tasks())
    unfailing(outcomes)
    assert [outcome.changed for outcome in outcomes] == [
        True, False, True, False, False, True, True, *[False] * 2, *[False] * 9
    ]  # fmt: skip
    assert instance.rows("change_request", sys_id=old) == before
    (written,) = instance.rows("change_request", sys_id=new)
    assert written["description"] == "Written"
    assert [row["change_request"] for row in instance.rows("change_task", short_description="Task")] == [new]
    assert [row["table_sys_id"] for row in instance.rows("sys_attachment", file_name="a.txt")] == [new]
    assert {number_in(outcome) for outcome in outcomes} == {NEW, None}


def number_in(outcome: Outcome) -> str | None:
    """The change that a result speaks of, if it does."""
    result = outcome.result
    change = result.get("change", {}).get("record", result.get("record", {}))
    return str(change["number"]) if str(change.get("number", "")).startswith("CHG") else None


def test_the_closed_one_without_another(instance: Instance) -> None:
    """While nothing has followed it the closed one is the one; where two are open, no module chooses."""
    (old,) = seeded(instance, OLD, **CLOSED)
    asked(instance, old, "approved")
    # Without an item nothing can be planned.
    read = [task for task in tasks() if "changegate.snow.snow_change_schedule" not in task]
    outcomes = instance.run(*read)
    unfailing(outcomes)
    assert {number_in(outcome) for outcome in outcomes} == {OLD, None}
    assert instance.rows("sys_attachment", file_name="a.txt")[0]["table_sys_id"] == old
    for number in (NEW, OTHER):
        asked(instance, seeded(instance, number, **OPEN)[0], "requested")
    for outcome in instance.run(*read):
        assert NEW in refusal(outcome, "multiple_results")


def test_approvals_of_the_closed_one(instance: Instance) -> None:
    """What somebody has decided on the closed one says nothing about the open one, as far as the user sees that."""
    old, new = seeded(instance, OLD, **CLOSED)[0], seeded(instance, NEW, **OPEN)[0]
    for approver in (FRED, BOW):
        asked(instance, old, "approved", approver)
    nobody, unseen = instance.run(approve(BOW), approve(FRED))
    assert f"{NEW}, which is in Assess, asks nobody" in refusal(nobody, "not_asked")
    assert "may not see whether another has followed" in unfailing([unseen])[0]["warnings"][0]
    asked(instance, new, "requested", "abel.tuter")
    (other,) = instance.run(approve(BOW))
    assert f"{NEW} asks Abel Tuter for approval, and not this user" in refusal(other, "not_asked")
    asked(instance, new, "requested", BOW)
    done, again = instance.run(approve(BOW), approve(BOW))
    assert [result["changed"] for result in unfailing([done, again])] == [True, False]
    assert again.result["requests"] == 1
    assert number_in(again) == NEW
