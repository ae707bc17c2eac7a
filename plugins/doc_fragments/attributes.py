# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attributes that all modules share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check mode and return the changed status prediction without modifying the instance.
  diff_mode:
    description: Returns what has changed (or would change), before and after.
  idempotent:
    description: When run twice in a row outside check mode with the same arguments, the second run changes nothing.
  action:
    description: Runs inside the controller where the connection is local, which is faster.
    support: full
    details:
      - Falls back to an ordinary module by itself with a connection that is not local, with C(async) or C(become), or
        without requests in the controller's Python; and everywhere, if the variable
        C(changegate_snow_in_process) is false.
"""

    WRITES = r"""
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
"""

    READS = r"""
attributes:
  check_mode:
    support: full
    details:
      - It reads only.
  diff_mode:
    support: N/A
    details:
      - It changes nothing.
  idempotent:
    support: full
    details:
      - It changes nothing.
"""
