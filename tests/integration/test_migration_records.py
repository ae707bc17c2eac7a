# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the guides for people who come from other collections do what they say."""

from __future__ import annotations

import re
from importlib import import_module

import pytest
import yaml
from tests.integration.helpers import REPOSITORY, Instance

GUIDES = ["from-servicenow-itsm-records", "from-community-general"]


def text_of(guide: str) -> str:
    return (REPOSITORY / "docs" / f"{guide}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("guide", GUIDES)
def test_the_examples(instance: Instance, guide: str) -> None:
    """All of a guide's examples run in one play, as they stand."""
    template = "correlation_id: from-a-template\nshort_description: On {{ inventory_hostname }}\n"
    (instance.folder / "incident.yml.j2").write_text(template)
    blocks = re.findall(r"```yaml\n(.*?)```", text_of(guide), re.DOTALL)
    tasks = [task for block in blocks for task in yaml.safe_load(block)]
    played = instance.play(*tasks)
    assert played.code == 0, played.output
    lists = [outcome.result for outcome in played.of("snow_record_info")]
    assert all(result["records"] or result.get("groups") for result in lists if "records" in result)


@pytest.mark.parametrize("guide", GUIDES)
def test_what_the_tables_name_is_there(guide: str) -> None:
    """Every option that a guide names as ours, with a value or alone, is one."""
    modules = [import_module(f"ansible_collections.changegate.snow.plugins.modules.{name}")
               for name in ("snow_record", "snow_record_info", "snow_attachment")]  # fmt: skip
    options = {name for module in modules for name in module.SPEC.options}
    options |= {*modules[0].SPEC.options["instance"]["options"]}
    rows = [line for line in text_of(guide).splitlines() if line.startswith("| `")]
    ours = [line.split(" | ")[1] for line in (row.replace(r"\|", "/") for row in rows)]
    named = {name for cell in ours for name in re.findall(r"`(\w+)(?=`|: )", cell) if not cell.endswith("in `data`")}
    values = {"record", "results", "display", "attachment", "attachments", "values", "both"}
    others = {"name", "caller_id", "hold_reason", "duplicate_of", "snow_attachment", "SN_HOST"}
    assert named - options - values - others == set()
