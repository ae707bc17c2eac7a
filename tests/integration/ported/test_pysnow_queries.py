# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tests/simulator/test_pysnow_queries.py with our library."""

from __future__ import annotations

from tests.integration.ported.loading import ported

globals().update(ported("test_pysnow_queries"))
