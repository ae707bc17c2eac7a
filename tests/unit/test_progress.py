# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress is told now and then, and not at all by what is quick."""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils.progress import Progress


def test_a_line_now_and_then() -> None:
    lines: list[str] = []
    times = iter([0.0, 1.0, 4.9, 5.0, 6.0, 10.1, 30.0])
    progress = Progress(lines.append, "records of incident", 5.0, lambda: next(times))
    for done in (100, 200, 300, 400):
        progress(done, 1000)
    progress(500, 1000)
    progress(600, None)
    assert lines == [
        "300 of 1000 records of incident",
        "500 of 1000 records of incident",
        "600 records of incident so far",
    ]
