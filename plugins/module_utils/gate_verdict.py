# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gate says: kept rules, and reasons for a no. No input or output."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Finding(NamedTuple):
    """What one rule wanted of one thing, and what was found.

    :param rule: the module's option. :param text: both for a person, without a full stop.
    :param final: nothing that usually happens to a change can make it good again.
    """

    rule: str
    kept: bool
    wanted: str
    found: str
    text: str
    final: bool = False


class Verdict(NamedTuple):
    """All findings of all rules that apply."""

    findings: tuple[Finding, ...]

    @property
    def open(self) -> bool:
        """Whether every rule is kept. A gate that asks nothing is closed: that is no policy."""
        return bool(self.findings) and all(finding.kept for finding in self.findings)

    @property
    def reasons(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if not finding.kept)

    @property
    def final(self) -> bool:
        return any(finding.final for finding in self.reasons)


def kept(rule: str, wanted: str, found: str, text: str) -> Finding:
    return Finding(rule, True, wanted, found, text)


def broken(rule: str, wanted: str, found: str, text: str, final: bool = False) -> Finding:
    return Finding(rule, False, wanted, found, text, final)


def either(values: Iterable[str]) -> str:
    """``a, b or c``."""
    *most, last = values
    return f"{', '.join(most)} or {last}" if most else last
