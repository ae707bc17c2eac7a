# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_attachment_info: what is attached, to a record or anywhere, in one request."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.attachments import BY_SYS_ID, CHANGE, sha256, spent, upload
from tests.integration.helpers import Instance, refusal, snow, unfailing


def info(**options: Any) -> dict[str, Any]:
    return snow("snow_attachment_info", **options)


@pytest.fixture
def uploaded(instance: Instance) -> dict[str, str]:
    """Name to sys_id: three files of the change, and one of an incident."""
    names = ("a.log", "b.log", "plan.md")
    (incident,) = instance.rows("incident", number="INC0000062")
    return {
        **{name: upload(instance, name, name.encode()) for name in names},
        "theirs.log": upload(instance, "theirs.log", b"x", "incident", incident["sys_id"]),
    }


def names(result: dict[str, Any]) -> list[str]:
    return [item["file_name"] for item in result["attachments"]]


def test_by_record_name_pattern_and_query(instance: Instance, uploaded: dict[str, str], in_process: bool) -> None:
    """Each way to ask is one request, and one more where the record is looked up."""
    tasks: dict[str, tuple[dict[str, Any], list[str] | None]] = {
        "record": (info(**BY_SYS_ID), ["a.log", "b.log", "plan.md"]),
        "number": (info(number=CHANGE["number"]), ["a.log", "b.log", "plan.md"]),
        "match": (info(table="task", match={"number": CHANGE["number"]}, name="a.log"), ["a.log"]),
        "query": (info(query=f"number={CHANGE['number']}", pattern="*.log"), ["a.log", "b.log"]),
        "pattern": (info(**BY_SYS_ID, pattern="[ap]*"), ["a.log", "plan.md"]),
        "other case": (info(**BY_SYS_ID, name="A.LOG"), []),
        "one": (info(attachment_sys_id=uploaded["theirs.log"]), ["theirs.log"]),
        "none": (info(attachment_sys_id="0" * 32), []),
        "no such record": (info(sys_id="0" * 32), []),
        "query of attachments": (info(attachment_query="file_nameENDSWITH.log^ORDERBYDESCfile_name"),
                                 ["theirs.log", "b.log", "a.log"]),
        "limited": (info(attachment_query={"file_name": {"ends_with": ".log"}}, limit=1), None),
        "and its table": (info(attachment_query="file_nameENDSWITH.log", table="incident"), ["theirs.log"]),
        "both": (info(**BY_SYS_ID, attachment_query="file_nameENDSWITH.log^ORDERBYDESCfile_name", limit=1), ["b.log"]),
    }  # fmt: skip
    played = instance.play(*(task for task, _names in tasks.values()), in_process=in_process)
    results = unfailing(played.ours)
    for result, (what, (_task, expected)) in zip(results, tasks.items(), strict=True):
        if expected is None:
            assert len(names(result)) == 1
        elif "ORDERBY" in str(tasks[what][0]):
            assert names(result) == expected, what
        else:
            assert sorted(names(result)) == expected, what
        assert ("attachment" in result) == (len(result["attachments"]) == 1)
        assert result["changed"] is False
    looked_up = ("number", "match", "query")
    assert spent(instance, played.ours) == ["GET GET" if what in looked_up else "GET" for what in tasks]
    one = results[list(tasks).index("one")]["attachment"]
    assert (one["sys_id"], one["hash"], one["size_bytes"]) == (uploaded["theirs.log"], sha256(b"x"), "1")
    assert {"sys_created_on", "sys_created_by", "content_type", "table_name", "table_sys_id", "download_link"} <= set(
        one
    )


def test_what_makes_no_sense(instance: Instance) -> None:
    """Refused before any request; a record that is not there fails, because its number may be a typing error."""
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"attachment_query": ""}, "invalid_usage", "every attachment"),
        ({"attachment_query": {}}, "invalid_usage", "every attachment"),
        ({"attachment_query": "ORDERBYsize_bytes"}, "invalid_usage", "every attachment"),
        ({"attachment_query": ["a"]}, "invalid_usage", "attachment_query"),
        ({"attachment_query": {"sys_created_by.name": "Abel Tuter"}}, "invalid_usage", "sys_created_by.name"),
        ({**BY_SYS_ID, "limit": 0}, "invalid_usage", "limit"),
        ({**BY_SYS_ID, "pattern": ""}, "invalid_usage", "pattern is empty"),
        ({**BY_SYS_ID, "name": "a/b"}, "invalid_usage", "a/b"),
        ({**BY_SYS_ID, "table": "a b"}, "invalid_usage", "a b"),
        ({"sys_id": "x"}, "invalid_identity", "sys_id"),
        ({"attachment_sys_id": "x"}, "invalid_identity", "attachment_sys_id"),
        ({"attachment_sys_id": "0" * 32, "table": "incident"}, "invalid_usage", "table"),
        ({"attachment_sys_id": "0" * 32, "name": "a"}, "", "mutually exclusive"),
        ({"attachment_sys_id": "0" * 32, "attachment_query": "a=1"}, "", "mutually exclusive"),
        ({**BY_SYS_ID, "name": "a", "pattern": "b"}, "", "mutually exclusive"),
        ({**BY_SYS_ID, "number": "x"}, "", "mutually exclusive"),
        ({"name": "a"}, "", "one of the following is required"),
    ]
    outcomes = instance.run(*(info(**options) for options, _kind, _word in cases))
    for outcome, (options, kind, word) in zip(outcomes, cases, strict=True):
        assert outcome.failed, options
        assert word in (refusal(outcome, kind) if kind else outcome.result["msg"]), options
    assert instance.requests() == []
    instance.seed(
        "sys_attachment", {"file_name": "a.txt", "table_name": "change_request", "table_sys_id": CHANGE["sys_id"]}
    )
    bad = {"attachment_query": {"shoe_size": 44}}
    for outcome in instance.run(info(**bad), info(**BY_SYS_ID, **bad)):
        assert "shoe_size" in refusal(outcome, "invalid_usage")
    # Other instances find nothing by it.
    instance.control("PUT", "settings", {"invalid_query_returns_no_rows": True})
    nothing = {"attachment_query": {"file_name": "none.txt"}}
    *unknown, none = instance.run(info(**bad), info(**BY_SYS_ID, **bad), info(**nothing))
    for outcome in unknown:
        assert "shoe_size" in refusal(outcome, "invalid_usage")
    assert (unfailing([none])[0]["attachments"], none.result["requests"]) == ([], 1)
    missing = instance.run(info(number="CHG9999999"), {**info(correlation_id="not yet"), "check_mode": True})
    assert "CHG9999999" in refusal(missing[0], "no_results")
    assert unfailing(missing[1:])[0]["attachments"] == []


def test_many(instance: Instance) -> None:
    """More than one page, each read once."""
    rows = [
        {"file_name": f"{number:04}.txt", "table_name": "change_request", "table_sys_id": CHANGE["sys_id"]}
        for number in range(1500)
    ]
    instance.seed("sys_attachment", *rows)
    instance.clear_log()
    results = unfailing(instance.run(info(**BY_SYS_ID), info(**BY_SYS_ID, pattern="*7.txt", limit=20)))
    assert [len({item["sys_id"] for item in result["attachments"]}) for result in results] == [1500, 20]
    assert results[0]["requests"] == 2
