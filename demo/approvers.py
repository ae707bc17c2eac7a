# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other users of the demo's instance: people who approve or reject after a moment, over the ordinary API."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import requests
from demo.instance import Instance, password_of

#: Who is asked in the simulator's demo data: a member of the assignment group, then one of the CAB.
GROUP, CAB = "fred.luddy", "bow.ruggeri"
#: Seconds between two looks, and until somebody has made up their mind.
_MOMENT, _THOUGHT = 1.0, 4.0

#: User and short description of a change, to what the user says of it: ``approved``, or a reason to reject it; nothing
#: as long as it is None.
Opinion = Callable[[str, str], "str | None"]
APPROVED = "approved"


class Approvers:
    """While the block runs, each of them looks for requests, and answers them as *opinion* tells."""

    def __init__(self, target: Instance, opinion: Opinion) -> None:
        self._target = target
        self._opinion = opinion
        self._stop = threading.Event()
        self._seen: dict[tuple[str, str], float] = {}
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Approvers:
        if self._target.simulated:
            self._thread.start()
        else:
            print("Waiting for people to decide on the instance ...", flush=True)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        while not self._stop.wait(_MOMENT):
            for user in (GROUP, CAB):
                for change, about in self._pending(user):
                    since = self._seen.setdefault((user, change), time.monotonic())
                    said = self._opinion(user, about)
                    if said is not None and time.monotonic() - since >= _THOUGHT:
                        self._decide(user, change, said)

    def _pending(self, user: str) -> list[tuple[str, str]]:
        """The sys_ids and short descriptions of changes that wait for *user*."""
        fields = "sysapproval,sysapproval.short_description"
        params = {"sysparm_query": f"state=requested^approver.user_name={user}", "sysparm_fields": fields}
        rows = self._request("GET", "/api/now/table/sysapproval_approver", user, params=params)["result"]
        return [(row["sysapproval"]["value"], row["sysapproval.short_description"]) for row in rows]

    def _decide(self, user: str, change: str, said: str) -> None:
        body = {"state": APPROVED} if said == APPROVED else {"state": "rejected", "comments": said}
        self._request("PATCH", f"/api/sn_chg_rest/change/{change}/approvals", user, json=body)

    def _request(self, method: str, path: str, user: str, **options: Any) -> Any:
        login = (user, password_of(user))
        response = requests.request(method, self._target.host + path, auth=login, timeout=10, **options)
        response.raise_for_status()
        return response.json()
