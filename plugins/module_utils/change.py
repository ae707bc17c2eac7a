# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Change Management API, operation by operation.

Its answers come as an object, as a list of one, or (risk) without the ``result`` around them; a list may end with
an element that holds only ``__meta``. All of these are taken. Source: ServiceNow documentation, "Change Management
API"; each method names its operation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record, record_of, text_of
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    InvalidUsage,
    MissingResult,
    NotConverged,
    SnowError,
)
from ansible_collections.changegate.snow.plugins.module_utils.exchange import Reply
from ansible_collections.changegate.snow.plugins.module_utils.plan import Payload
from ansible_collections.changegate.snow.plugins.module_utils.query import check_sys_id
from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport

ROOT = "/api/sn_chg_rest/change"
#: The API's own default of records in one answer.
PAGE = 500
_WORKER_DONE, _WORKER_FAILED = "3", "4"


class Transition(NamedTuple):
    """A way from one state to another, as ``nextstates`` describes it; *unmet* names the conditions that fail."""

    name: str
    to_state: str
    available: bool
    automatic: bool
    unmet: tuple[str, ...]


class NextStates(NamedTuple):
    """What ``nextstates`` answers: the states that can be reached, their labels, and the ways there."""

    available: tuple[str, ...]
    labels: Mapping[str, str]
    transitions: tuple[Transition, ...]

    def label(self, state: str) -> str:
        return self.labels.get(state, state)


def unwrap(body: Any, request: str) -> Mapping[str, Any]:
    """The one record of an answer: in ``result``, in a list of one inside it, or bare.

    :raises MissingResult: there is no record, or more than one.
    """
    result = body.get("result", body) if isinstance(body, Mapping) else body
    if isinstance(result, list):
        records = [item for item in result if isinstance(item, Mapping) and not _is_meta(item)]
        result = records[0] if len(records) == 1 else None
    if not isinstance(result, Mapping) or not result:
        raise MissingResult(f"The answer to {request} does not hold one record.", request=request)
    return result


def unwrap_list(body: Any, request: str) -> list[Mapping[str, Any]]:
    """The records of a list answer, without the trailing ``__meta`` element and without repeated rows."""
    result = body.get("result") if isinstance(body, Mapping) else None
    if isinstance(result, Mapping):
        result = [result]
    if not isinstance(result, list):
        raise MissingResult(f"The answer to {request} holds no list of records.", request=request)
    unique: dict[str, Mapping[str, Any]] = {}
    for item in result:
        if isinstance(item, Mapping) and not _is_meta(item):
            unique.setdefault(repr(item.get("sys_id")), item)
    return list(unique.values())


def _refuse_ignored(body: Any) -> None:
    """A condition that the instance did not know was dropped: what it found is not what was asked for."""
    result = body.get("result") if isinstance(body, Mapping) else None
    last = result[-1] if isinstance(result, list) and result and isinstance(result[-1], Mapping) else {}
    ignored = ((last.get("__meta") or {}).get("fields") or {}).get("ignored") or []
    if ignored:
        names = ", ".join(text_of(name) for name in ignored)
        raise InvalidUsage(
            f"The instance knows no field {names} on change requests; check the query.", request=f"GET {ROOT}"
        )


def _is_meta(item: Mapping[str, Any]) -> bool:
    return set(item) == {"__meta"}


def next_states_of(body: Any, request: str) -> NextStates:
    """The answer of ``nextstates`` as one structure; the ways come in lists, one a target state."""
    result = unwrap(body, request)
    flat = [way for group in result.get("state_transitions") or [] for way in _listed(group)]
    ways = tuple(
        Transition(
            name=text_of(way.get("display_value")),
            to_state=text_of(way.get("to_state")),
            available=bool(way.get("transition_available")),
            automatic=bool(way.get("automatic_transition")),
            unmet=tuple(_condition_name(item) for item in way.get("conditions") or [] if not item.get("passed")),
        )
        for way in flat
    )
    return NextStates(
        available=tuple(text_of(state) for state in result.get("available_states") or []),
        labels={text_of(state): text_of(label) for state, label in (result.get("state_label") or {}).items()},
        transitions=ways,
    )


def _listed(group: Any) -> Sequence[Mapping[str, Any]]:
    return group if isinstance(group, list) else [group]


def _condition_name(item: Mapping[str, Any]) -> str:
    condition = item.get("condition") or {}
    return text_of(condition.get("name") or condition.get("description") or condition.get("sys_id"))


class ChangeApi:
    """The operations on change requests. Every sys_id is checked before it becomes part of a path."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def sent(self) -> int:
        """How many requests have been sent so far, repeated ones included."""
        return self._transport.count

    def find(self, query: str, limit: int = PAGE) -> list[Record]:
        """GET /sn_chg_rest/change: the change requests that an encoded query finds, *limit* at most.

        This API tells no total, so beyond one page it is asked until a page brings nothing new.
        """
        found: dict[str, Record] = {}
        stable = query if limit <= PAGE or "ORDERBYsys_id" in query else f"{query}^ORDERBYsys_id"
        for offset in range(0, limit, PAGE):
            size = min(PAGE, limit - offset)
            params = {"sysparm_query": stable, "sysparm_limit": str(size)}
            reply = self._get("", {**params, **({"sysparm_offset": str(offset)} if offset else {})})
            page = [record_of(item) for item in unwrap_list(reply.body, f"GET {ROOT}")]
            _refuse_ignored(reply.body)
            fresh = {record["sys_id"].value: record for record in page if record["sys_id"].value not in found}
            if not fresh:
                break
            found.update(fresh)
        return list(found.values())[:limit]

    def get(self, sys_id: str) -> Record:
        """GET /sn_chg_rest/change/{sys_id}; raises :class:`NotFound`."""
        path = f"/{check_sys_id(sys_id)}"
        return record_of(unwrap(self._get(path).body, f"GET {ROOT}{path}"))

    def create(self, payload: Payload) -> Record:
        """POST /sn_chg_rest/change; ``type`` or ``chg_model`` among the columns says which kind of change."""
        return self._write("POST", "", payload)

    def update(self, sys_id: str, payload: Payload) -> Record:
        """PATCH /sn_chg_rest/change/{sys_id}."""
        return self._write("PATCH", f"/{check_sys_id(sys_id)}", payload)

    def delete(self, sys_id: str) -> None:
        """DELETE /sn_chg_rest/change/{sys_id}."""
        self._transport.request("DELETE", f"{ROOT}/{check_sys_id(sys_id)}")

    def next_states(self, sys_id: str) -> NextStates:
        """GET /sn_chg_rest/change/{change_sys_id}/nextstates."""
        path = f"/{check_sys_id(sys_id)}/nextstates"
        return next_states_of(self._get(path).body, f"GET {ROOT}{path}")

    def cis(self, sys_id: str, association: str = "affected") -> list[Record]:
        """GET /sn_chg_rest/change/{sys_id}/ci: the associated items; *association*: affected, impacted, offering."""
        path = f"/{check_sys_id(sys_id)}/ci"
        reply = self._get(path, {"association_type": association})
        return [record_of(item) for item in unwrap_list(reply.body, f"GET {ROOT}{path}")]

    def associate(self, sys_id: str, ci_sys_ids: Sequence[str], association: str = "affected") -> str:
        """POST /sn_chg_rest/change/{sys_id}/ci: begin to associate items; returns the sys_id of the worker."""
        path = f"{ROOT}/{check_sys_id(sys_id)}/ci"
        body = {
            "association_type": association,
            "cmdb_ci_sys_ids": ",".join(check_sys_id(item) for item in ci_sys_ids),
        }
        reply = self._transport.request("POST", path, json=body)
        worker = unwrap(reply.body, f"POST {path}").get("worker") or {}
        return check_sys_id(text_of(worker.get("sysId")), "the worker of the answer")

    def await_worker(
        self,
        sys_id: str,
        timeout: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Mapping[str, Any]:
        """GET /sn_chg_rest/change/worker/{sys_id} until it has ended; returns its last answer.

        :raises NotConverged: it ended in an error, or has not ended after *timeout* seconds.
        """
        path, deadline, pause = f"/worker/{check_sys_id(sys_id)}", clock() + timeout, 0.1
        while True:
            worker = unwrap(self._get(path).body, f"GET {ROOT}{path}")
            state = worker.get("state") or {}
            value = text_of(state.get("value"))
            if value == _WORKER_DONE:
                return worker
            if value == _WORKER_FAILED or clock() + pause > deadline:
                raise _worker_error(sys_id, worker, text_of(state.get("display_value")), timeout)
            sleep(pause)
            pause = min(pause * 1.5, 3.0)

    def _get(self, path: str, params: Mapping[str, str] | None = None) -> Reply:
        return self._transport.request("GET", ROOT + path, params=params)

    def _write(self, method: str, path: str, payload: Payload) -> Record:
        body: dict[str, Any] = dict(payload.texts)
        if payload.display:
            # Documented for encryption, and for passing display values of any other field.
            body["encrypted_fields"] = ",".join(sorted(payload.display))
        repeatable = payload.repeatable and method != "POST"
        reply = self._transport.request(method, ROOT + path, json=body, repeatable=repeatable)
        return record_of(unwrap(reply.body, f"{method} {ROOT}{path}"))


def _worker_error(sys_id: str, worker: Mapping[str, Any], state: str, timeout: float) -> SnowError:
    messages = (worker.get("messages") or {}).get("errorMessages") or []
    cause = "; ".join(text_of(message) for message in messages) or f"it is {state} after {timeout:g} seconds"
    return NotConverged(f"The worker {sys_id} of the instance did not finish: {cause}.", detail=cause)
