# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Having the instance calculate the risk and the impact of a change.

Source: ServiceNow documentation, "Change Management API", PATCH /sn_chg_rest/change/standard/{sys_id}/risk: not for a
change that is closed.
"""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record
from ansible_collections.changegate.snow.plugins.module_utils.change_requests import ChangeRequests
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, ResponseError
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_STATES
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail

_RESULT = ("risk", "impact")
_ENDED = (CHANGE_STATES.order[-1], CHANGE_STATES.canceled)
_EMPTY = Cell("", "")


class RiskCalculation:
    """Risk and impact by the instance's own conditions.

    :param past: whether a change that was closed meanwhile is what the task wants, too; its risk stays.
    """

    def __init__(self, api: ChangeRequests, trail: Trail, past: bool = False) -> None:
        self._api = api
        self._trail = trail
        self._past = past

    def check(self, record: Record | None) -> None:
        """Refuse what the instance would refuse, before anything is written."""
        if record is None:
            return
        if _has_ended(record) and not self.is_past(record):
            raise InvalidUsage(
                f"{record['number'].value} is {record['state'].display}, and the instance calculates no risk of a "
                "change that has ended; leave calculate_risk out. Nothing was written."
            )

    def is_past(self, record: Record) -> bool:
        """Whether a change that has ended is what the task wants, as it is."""
        return self._past and record["state"].value != CHANGE_STATES.canceled

    def ensure(self, record: Record | None, made: bool = False) -> Record | None:
        """The record with its new risk; a change only if that is not what it was.

        :param made: this task has made it, so that there is nothing before.
        """
        if record is not None and _has_ended(record):
            return record
        if self._trail.check_mode or record is None:
            self._trail.warnings.append(
                "Which risk calculate_risk would give is known only to the instance; check mode predicts no change "
                "by it."
            )
            return record
        after = self._calculated(record)
        changed = [name for name in _RESULT if after.get(name, _EMPTY).value != record.get(name, _EMPTY).value]
        if changed:
            before_shown, after_shown = (
                {name: shown.get(name, _EMPTY).display for name in changed} for shown in (record, after)
            )
            self._trail.expects({} if made else before_shown, after_shown)
            self._trail.wrote(after)
        return after

    def _calculated(self, record: Record) -> Record:
        number = record["number"].value
        try:
            answer = self._api.calculate_risk(record["sys_id"].value).record
        except ResponseError as error:
            if error.status != 400:
                raise
            cause = (error.detail or error.message).rstrip(".")
            raise ResponseError(
                f"The instance did not calculate the risk of {number} ({cause}); leave calculate_risk out, or have a "
                "risk condition made that the change meets.",
                status=error.status,
                detail=error.detail,
                request=error.request,
                transaction_id=error.transaction_id,
            ) from error
        # It is documented with all columns; an instance that shows fewer is asked once more.
        return answer if all(name in answer for name in (*_RESULT, "state")) else self._api.get(record["sys_id"].value)


def _has_ended(record: Record) -> bool:
    return record.get("active", _EMPTY).value == "false" or record.get("state", _EMPTY).value in _ENDED
