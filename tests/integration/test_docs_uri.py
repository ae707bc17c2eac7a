# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides for people who come from ``uri`` tasks and scripts: both ways work, and the new one twice."""

from __future__ import annotations

import re
import threading
from functools import partial
from typing import Any

import yaml
from tests.integration.contracts.watched import Meanwhile, listening
from tests.integration.helpers import REPOSITORY, USER, Instance, Played, password_of

TEXT = (REPOSITORY / "docs" / "from-uri.md").read_text(encoding="utf-8")
TITLE = "Deploy shop 2026.11.1 to production"
#: Before these tasks somebody begins to look for the change, to approve it when it asks for that.
APPROVED_AT = {
    "before": "Wait until it is scheduled",
    "after": "Begin when it was approved, for which an hour is waited",
}


def tasks_of(kind: str) -> list[dict[str, Any]]:
    """All examples of a kind, ``before`` or ``after``, in their order."""
    blocks = re.findall(rf"```yaml {kind}\n(.*?)```", TEXT, re.DOTALL)
    tasks = [task for block in blocks for task in yaml.load(block, yaml.BaseLoader)]
    # The pause of a loop is what a test need not wait for.
    return [{**task, "delay": 0.1} if "delay" in task else task for task in tasks]


def approve_soon(instance: Instance, ended: threading.Event) -> None:
    """Approve the change as soon as it is in Assess, while the task goes on; not after the play has *ended*."""

    def approve() -> None:
        while not ended.wait(0.1):
            for row in instance.rows("change_request", short_description=TITLE, state="-4"):
                instance.control("POST", "approve", {"change": row["sys_id"], "all": True})
                return

    threading.Thread(target=approve, daemon=True).start()


def play(instance: Instance, kind: str) -> Played:
    """The examples of *kind*, in a play that begins like that of the guide."""
    (text,) = [block for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL) if "module_defaults" in block]
    (head,) = yaml.safe_load(text)
    del head["tasks"]
    head["vars"] = {"snow_url": instance.url, "snow_user": USER, "snow_password": password_of(USER)}
    nothing = {"SN_HOST": "", "SN_USERNAME": "", "SN_PASSWORD": ""}
    ended = threading.Event()
    approving = Meanwhile(instance, {APPROVED_AT[kind]: [partial(approve_soon, ended=ended)]})
    try:
        with listening(approving) as environ:
            return instance.play(*tasks_of(kind), play=head, environ={**environ, **nothing}, arguments=["-vvvv"])
    finally:
        ended.set()


def outcome_of(instance: Instance) -> tuple[str, str, list[str]]:
    """State and closing notes of the one change that was opened, and the names of its files."""
    (row,) = instance.rows("change_request", short_description=TITLE)
    files = instance.rows("sys_attachment", table_sys_id=row["sys_id"])
    return row["state"], row["close_notes"], [file["file_name"] for file in files]


def test_the_old_tasks(instance: Instance) -> None:
    played = play(instance, "before")
    assert played.code == 0, played.output
    assert outcome_of(instance) == ("3", "Deployed without issues.", ["report.txt"])


def test_the_new_tasks(instance: Instance) -> None:
    """They end with the same change, say nothing secret, and do nothing when they are run again."""
    for run in range(2):
        played = play(instance, "after")
        assert played.code == 0, played.output
        assert outcome_of(instance) == ("3", "Deployed without issues.", ["report.txt"])
        done = [outcome.changed for outcome in played.ours if not outcome.failed]
        assert done == [run == 0] * 4 + [False]
        assert password_of(USER) not in played.output


def test_what_takes_the_place_of_a_pysnow_script(instance: Instance) -> None:
    """The tasks of that guide run as they stand; again, they change nothing."""
    text = (REPOSITORY / "docs" / "from-pysnow.md").read_text(encoding="utf-8")
    tasks = [task for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) for task in yaml.safe_load(block)]
    for run in range(2):
        played = instance.play(*tasks)
        assert played.code == 0, played.output
        assert [outcome.changed for outcome in played.ours] == [False, run == 0, run == 0]
        assert [len(outcome.result["records"]) for outcome in played.of("snow_record_info")] == [1]
