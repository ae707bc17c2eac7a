# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision of the calling user on a change: read, made once, and verified.

Who is calling is known to the instance alone (a token, a key or a certificate does not tell), so that it is asked for
the approvals of the caller in the same request as for those of the change.

Source: ServiceNow documentation, "Change Management API", PATCH /sn_chg_rest/change/{sys_id}/approvals, and table
"Approval" (sysapproval_approver).
"""

from __future__ import annotations

from collections.abc import Container

from ansible_collections.changegate.snow.plugins.module_utils.approvals import (
    COLUMNS,
    Decision,
    change_of,
    in_state,
    latest,
    refusal_of,
    requested,
    where,
)
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record, displayed, record_of, stored
from ansible_collections.changegate.snow.plugins.module_utils.change_requests import ChangeRequests
from ansible_collections.changegate.snow.plugins.module_utils.change_rules import current, is_closed
from ansible_collections.changegate.snow.plugins.module_utils.change_store import ChangeStore
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    Forbidden,
    NotAsked,
    Unapplied,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.expected import expected_change
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.once import exactly_once
from ansible_collections.changegate.snow.plugins.module_utils.plan import Miss
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail
from ansible_collections.changegate.snow.plugins.module_utils.unasked import Unasked

_TABLE = "sysapproval_approver"
_REQUEST = f"GET /api/now/table/{_TABLE}"
_CALLER = "javascript:gs.getUserID()"


class Approving:
    """The approvals of one change that its caller has, or had, to decide on."""

    def __init__(self, client: Client, trail: Trail, who: Identity) -> None:
        self._client = client
        self._trail = trail
        self._who = who
        #: The same, as soon as it is clear which one that is.
        self._meant = who
        self._api = ChangeRequests(client.transport)

    def ensure(self, wanted: Decision) -> None:
        """Decide as *wanted*, unless it was so decided already.

        :raises NotAsked: the caller is not asked, or has decided otherwise.
        :raises Unapplied: the instance took the decision, and does not show it.
        """
        rows = self._of_caller()
        if not rows:
            self._without(wanted)
            return
        pending = requested(rows) if in_state(rows[-1], wanted.change_state) else []
        if pending:
            self._decide(pending, wanted)
            return
        last, newest = latest(rows), rows[-1]
        if last is not None and last["state"].value == wanted.state:
            self._show(last)
            return
        elsewhere = not in_state(newest, wanted.change_state)
        possible = elsewhere or (self._trail.check_mode and not requested(self._rows(where(self._meant))))
        if not Unasked(self._trail, wanted).assumed(change_of(newest), possible):
            self._show(last or newest)
            raise refusal_of(last, newest, wanted)

    def _decide(self, pending: list[Record], wanted: Decision) -> None:
        row = pending[0]
        self._trail.expects(*wanted.difference(row))
        if self._trail.check_mode:
            self._trail.changed = True
            self._show({**row, "state": Cell(wanted.state, wanted.label)})
            return
        self._show(row)
        # Whoever is asked in two ways at the same time answers both; what was not asked before is the next stage.
        known = {item["sys_id"].value for item in pending}
        for _row in pending:
            self._send(row, wanted)
            rows = self._of_caller()
            self._verify(row, rows, wanted, known)
            still = requested(rows)
            if not still or any(item["sys_id"].value not in known for item in still):
                return
            row = still[0]

    def _send(self, row: Record, wanted: Decision) -> None:
        """Once: by the time that it could be sent again, the change may ask for the approval of its next stage."""
        sys_id, number = row["sysapproval"].value, row["sys_id"].value

        def decided() -> bool | None:
            return True if number not in {item["sys_id"].value for item in requested(self._of_caller())} else None

        def send() -> bool:
            return bool(self._api.decide(sys_id, wanted.state, wanted.comments))

        exactly_once(send, decided, self._client.transport.retry_deadline, again=False)

    def _verify(self, row: Record, rows: list[Record], wanted: Decision, pending: Container[str]) -> None:
        """One of the approvals that were *pending* has taken the decision; which one is up to the instance."""
        decided = [it for it in rows if it["state"].value == wanted.state and it["sys_id"].value in pending]
        if decided:
            self._trail.changed = True
            self._show(decided[-1])
            return
        after = next((item for item in rows if item["sys_id"].value == row["sys_id"].value), row)
        self._show(after)
        self._trail.unapplied.append(Miss("state", wanted.state, after["state"].value))
        number, shown = row["sysapproval"].display, after["state"].display
        raise Unapplied(
            f"The approval of {number} by {row['approver'].display} is {shown} after it was to be {wanted.state}; look "
            "whether somebody else has decided, or a rule of the instance is against it.",
            detail=shown,
        )

    def _show(self, row: Record) -> None:
        """The approval, and the change as far as the approval tells about it."""
        change = change_of(row)
        self._trail.record = {name: cell for name, cell in row.items() if "." not in name}
        self._trail.extra["change"] = {"record": stored(change), "display": displayed(change)}

    def _of_caller(self) -> list[Record]:
        """The caller's approvals of the change, the oldest first."""
        try:
            rows = self._rows(f"{where(self._meant)}^approver={_CALLER}")
        except Forbidden as error:
            raise Forbidden(
                f"This user may not read approvals, and so not see whether the {self._who} asks for one; give it the "
                "role approver_user.",
                status=error.status,
                detail=error.detail,
                request=error.request,
                transaction_id=error.transaction_id,
            ) from error
        rows = self._of_meant(rows)
        self._check_caller(rows)
        return rows

    def _of_meant(self, rows: list[Record]) -> list[Record]:
        """Those of *rows* that are of the change which is meant: of several with one identity, the open one."""
        change = self._meant.only(current(_each_once([change_of(row) for row in rows])), _REQUEST)
        if change is None:
            return rows
        sys_id = change["sys_id"].value
        if self._meant.creates:
            # One that has followed a closed one may not ask this user.
            sys_id = self._open_one() or sys_id if is_closed(change) else sys_id
            self._meant = Identity(self._who.kind, {"sys_id": sys_id}, creates=False)
        return [row for row in rows if row["sysapproval"].value == sys_id]

    def _open_one(self) -> str | None:
        """The sys_id of the change that is meant, as far as the user may see it."""
        try:
            found = ChangeStore(self._api, self._trail).find(self._who)
        except Forbidden:
            self._trail.warnings.append(
                f"The {self._who} that asked this user is closed, and this user may not see whether another has "
                "followed it."
            )
            return None
        return None if found is None else found["sys_id"].value

    def _rows(self, query: str) -> list[Record]:
        resource = self._client.table(_TABLE)
        resource.parameters.display_value = "all"
        found = resource.get(query=f"{query}^ORDERBYsys_created_on", fields=COLUMNS)
        return [record_of(raw) for raw in found.all()]

    def _check_caller(self, rows: list[Record]) -> None:
        """An instance that does not evaluate the condition on the caller shows the approvals of others as well."""
        approvers = {row["approver"].value for row in rows if "approver" in row}
        auth = self._client.transport.auth
        name = auth.username if auth is not None else None
        known = {row["approver.user_name"].value.casefold() for row in rows if "approver.user_name" in row}
        if len(approvers) == 1 and name is not None and known == {name.casefold()}:
            return
        if len(approvers) > 1 or (rows and self._caller() not in (*approvers, None)):
            raise UnexpectedResponseFormat(
                f"The instance was asked for the approvals of this user and shows those of others; let it evaluate "
                f"{_CALLER} in queries. Nothing was written.",
                request=_REQUEST,
            )

    def _caller(self) -> str | None:
        """The sys_id of the calling user; None where it may not see itself, empty where the instance does not tell."""
        query = f"sys_id={_CALLER}"
        try:
            rows = list(self._client.table("sys_user").get(query=query, fields=["sys_id"], limit=2).all())
        except Forbidden:
            return None
        return str(rows[0].get("sys_id")) if len(rows) == 1 else ("" if rows else None)

    def _without(self, wanted: Decision) -> None:
        """The caller has no approval of the change: say why, which is asked for only now that it matters."""
        rows, unasked = self._of_meant(self._rows(where(self._meant))), Unasked(self._trail, wanted)
        asked = sorted({row["approver"].display for row in requested(rows)})
        # Without a change_state it is the present one that is meant.
        if asked and not unasked.assumed(change_of(rows[-1]), wanted.change_state is not None):
            raise NotAsked(
                f"{rows[0]['sysapproval'].display} asks {', '.join(asked)} for approval, and not this user; run the "
                "task as one of them."
            )
        if not asked:
            self._of_nobody(change_of(rows[-1]) if rows else None, unasked)

    def _of_nobody(self, change: Record | None, unasked: Unasked) -> None:
        """The change asks nobody; without an approval of it, it is looked up."""
        try:
            change = change or expected_change(self._api, self._trail, self._who)
        except Forbidden as error:
            if unasked.unseen(f"As far as this user sees, the {self._who} does not ask it"):
                return
            raise NotAsked(
                f"There is no approval of the {self._who} that this user may see; check the identifier, and whom it "
                "asks."
            ) from error
        if change is None:
            # Check mode stands before it is there.
            unasked.predict()
        elif not unasked.assumed(change):
            state = f", which is in {change['state'].display}," if "state" in change else ""
            raise NotAsked(f"{change['number'].value}{state} asks nobody for approval now; request its approval first.")


def _each_once(changes: list[Record]) -> list[Record]:
    """Of several approvals of one change, that change."""
    return list({change["sys_id"].value: change for change in changes}.values())
