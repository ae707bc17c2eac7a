# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module that writes a record has in common."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  unapplied:
    description:
      - What happens if the instance did not apply a field that was asked for, which it may do without an error.
      - V(fail) fails the task and names the fields, V(warn) warns about them. Both return them in RV(unapplied).
      - On a record that is deleted it has no effect.
    type: str
    choices: [fail, warn]
    default: fail
"""
