# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change: created, again, changed, moved, deleted; in check mode; in process and as an ordinary module."""

from __future__ import annotations

from typing import Any

from tests.integration.helpers import Instance, snow

RELEASE: dict[str, Any] = {
    "correlation_id": "shop-1-production",
    "short_description": "Deploy shop 1",
    "requested_by": "Abel Tuter",
    "assignment_group": "Network",
    "start_date": "2026-11-24T20:00:00Z",
    "end_date": "2026-11-24T23:00:00+01:00",
    "implementation_plan": "Deploy it.\nTest it.\n",
}


def test_create_again_change_absent_again(instance: Instance, in_process: bool) -> None:
    create = snow("snow_change", **RELEASE)
    update = snow("snow_change", **{**RELEASE, "short_description": "Deploy shop 1.0"})
    absent = snow("snow_change", correlation_id=RELEASE["correlation_id"], state="absent")
    played = instance.play(create, create, update, update, in_process=in_process)
    assert played.code == 0, played.output
    assert [outcome.changed for outcome in played.ours] == [True, False, True, False]
    assert [outcome.result["requests"] for outcome in played.ours] == [2, 1, 2, 1]
    assert [str(request).split("/")[0] for request in instance.requests()] == [
        "GET ", "POST ", "GET ", "GET ", "PATCH ", "GET "
    ]  # fmt: skip
    (row,) = instance.rows("change_request", correlation_id=RELEASE["correlation_id"])
    assert row["short_description"] == "Deploy shop 1.0"
    assert row["start_date"] == "2026-11-24 20:00:00"
    assert row["end_date"] == "2026-11-24 22:00:00"

    # The account of the playbooks may not delete.
    manager = {"SN_USERNAME": "bow.ruggeri", "SN_PASSWORD": "bow.ruggeri"}
    played = instance.play(absent, absent, in_process=in_process, environ=manager)
    assert played.code == 0, played.output
    assert [outcome.changed for outcome in played.ours] == [True, False]
    assert not instance.rows("change_request", correlation_id=RELEASE["correlation_id"])


def test_check_mode_predicts_and_writes_nothing(instance: Instance, in_process: bool) -> None:
    create = snow("snow_change", **RELEASE)
    instance.read_only()
    predicted = instance.play(create, check=True, in_process=in_process).ours[0].result
    assert instance.writes() == []
    instance.read_only(False)
    real = instance.play(create, in_process=in_process).ours[0].result
    assert (predicted["changed"], predicted["diff"]) == (real["changed"], real["diff"])
