# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The in-process host of the module of the same name."""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.modules import snow_change_gate
from ansible_collections.changegate.snow.plugins.plugin_utils.host import SnowAction


class ActionModule(SnowAction):
    """Runs snow_change_gate in the controller."""

    module = snow_change_gate
