# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a task wants to be treated."""

from __future__ import annotations

from typing import NamedTuple


class Policy(NamedTuple):
    """How a task wants to be treated.

    :param if_missing: ``create``, ``fail``, or ``ignore``: nothing is done.
    :param required: columns without which no record is created.
    :param unapplied: ``fail`` or ``warn`` about fields that the server did not take.
    """

    if_missing: str = "create"
    unapplied: str = "fail"
    required: tuple[str, ...] = ()
