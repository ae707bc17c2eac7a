# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples about attachments do what they say: those of the modules, and those of the guide for servicenow.itsm."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.integration.attachments import CHANGE, changes, stored, upload
from tests.integration.helpers import REPOSITORY, Instance

GUIDE = (REPOSITORY / "docs" / "from-servicenow-itsm-attachments.md").read_text(encoding="utf-8")
INCIDENT = "INC0000062"


def examples(module: str) -> list[dict[str, Any]]:
    path = f"ansible_collections.changegate.snow.plugins.modules.{module}"
    return list(yaml.safe_load(importlib.import_module(path).EXAMPLES))


@pytest.fixture
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where ansible-playbook is started, with the files that the examples name."""
    made = tmp_path / "work"
    names = (
        "plans/deployment.md",
        "logs/a.log",
        "logs/b.log",
        "build/report.html",
        "reports/outage.txt",
        "reports/summary",
    )
    for name in names:
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(name)
    (made / "fetched" / "reports").mkdir(parents=True)
    monkeypatch.chdir(made)
    return made


def test_examples_of_snow_attachment(instance: Instance, working_folder: Path) -> None:
    """One after the other they attach, rename, fetch and remove."""
    key = {"sys_id": CHANGE["sys_id"], "correlation_id": "shop-2026.11.1-production"}
    instance.seed("change_request", key)
    played = instance.play(*examples("snow_attachment"), play={"vars": {"change": {"record": CHANGE}}})
    assert changes(played.ours) == [True] * len(played.ours)
    assert {path.name: path.stat().st_mode & 0o777 for path in (working_folder / "fetched").glob("*.log")} == {
        "a.log": 0o640, "b.log": 0o640
    }  # fmt: skip
    assert set(stored(instance)) == {"versions.json", "test report.html", "summary.txt"}
    (manual,) = instance.rows("sys_attachment", file_name="manual.md")
    assert manual["table_name"] == instance.rows("cmdb_ci", name="web-01")[0]["sys_class_name"]


def test_examples_of_snow_attachment_info(instance: Instance) -> None:
    """A list, its names, what is waited for, and what is large."""
    upload(instance, "Test report 1.pdf", b"x")
    played = instance.play(*examples("snow_attachment_info"))
    assert changes(played.ours) == [False] * 3
    assert [len(outcome.result["attachments"]) for outcome in played.ours] == [1, 1, 0]
    assert [outcome.result["msg"] for outcome in played.outcomes if "debug" in outcome.action] == [
        ["Test report 1.pdf"]
    ]


def test_the_guide(instance: Instance, working_folder: Path) -> None:
    """What stands for "after" runs, twice, with the files where the guide has them."""
    text = GUIDE.replace("/tmp/", f"{working_folder}/fetched/")
    tasks = [task for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) for task in yaml.safe_load(block)]
    ours = [task for task in tasks if not any(key.startswith("servicenow.itsm.") for key in task)]
    assert len(tasks) - len(ours) == len([task for task in tasks if task["name"] == "Before"]) == 4
    (incident,) = instance.rows("incident", number=INCIDENT)
    own = upload(instance, "outage.bin", b"outage", "incident", incident["sys_id"])
    play = {"vars": {"incident_sys_id": incident["sys_id"], "attachment_sys_id": own}}
    assert changes(instance.play(*ours, play=play).ours) == [True, True, False, True, True, False, True]
    assert set(stored(instance, incident["sys_id"])) == {"outage.txt", "summary.log", "outage.bin"}
    assert (working_folder / "fetched" / "outage.txt").read_text() == "outage"
    assert (working_folder / "fetched" / "reports" / "outage.txt").read_text() == "reports/outage.txt"
    assert changes(instance.play(*ours, play=play).ours) == [False] * len(ours)


def test_the_guide_names_every_option() -> None:
    """Each option of the other collection's two modules, and what stands for it."""
    for option in ("table_name", "table_sys_id", "attachments", "attachments.path", "attachments.name",
                   "attachments.type", "sys_id", "dest", "records", "record.size", "record.elapsed"):  # fmt: skip
        assert re.search(rf"^\| .*`{re.escape(option)}`.* \|", GUIDE, re.MULTILINE), option
