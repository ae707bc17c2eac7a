# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a task is: said when it changes, and again now and then."""

from __future__ import annotations

from typing import Any

import pytest


def test_what_is_new_is_shown_at_once_and_what_is_not_every_half_minute() -> None:
    pytest.importorskip("ansible.plugins.action")
    from ansible_collections.changegate.snow.plugins.module_utils.task import Task
    from ansible_collections.changegate.snow.plugins.plugin_utils.host import Progress

    shown: list[tuple[str, dict[str, Any]]] = []
    now = [0.0]
    progress = Progress(lambda text, **options: shown.append((text, options)), lambda: now[0])
    task = Task({}, (), False, {}, progress=progress)
    for second, text in ((0, "one"), (5, "one"), (31, "one"), (32, "two"), (33, "two"), (34, "one")):
        now[0] = second
        task.progress(text)
    assert [text for text, _ in shown] == ["... one (0 s)", "... one (31 s)", "... two (32 s)", "... one (34 s)"]
    assert all(options == {"stderr": True} for _, options in shown)
    # Nobody sees what an ordinary module says.
    Task({}, (), False, {}).progress("three")
    assert len(shown) == 4
