# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible has in memory, as the JSON types that a module would get. No input or output."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any


def plain(data: Any) -> Any:
    """*data* as it would be after the way to a module and back: JSON types, no template or vault objects."""
    return json.loads(json.dumps(data, default=_plain_value))


def _plain_value(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    return str(value)
