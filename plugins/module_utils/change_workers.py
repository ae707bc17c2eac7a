# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instance's asynchronous workers, as it tells about them. No input or output.

Source: ServiceNow documentation, "Change Management API", GET /sn_chg_rest/change/worker/{sys_id} and the operations
that start a worker.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import cell_of, text_of
from ansible_collections.changegate.snow.plugins.module_utils.change_answers import unwrap
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    MissingResult,
    UnexpectedResponseFormat,
    WorkerFailed,
)
from ansible_collections.changegate.snow.plugins.module_utils.query import is_sys_id

_COMPLETE, _ERROR = ("3", "complete"), ("4", "error")
#: How the documented text begins that says that no time is free.
_NO_SLOTS = "no slots found"


class Messages(NamedTuple):
    """What a worker has to say."""

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    infos: tuple[str, ...] = ()


class Span(NamedTuple):
    """A free slot, in UTC; *start_display* and *end_display* are in the time zone and format of the API user."""

    start: datetime
    end: datetime
    start_display: str
    end_display: str


class Worker(NamedTuple):
    """A job of the instance.

    *state* is ``1`` (Waiting), ``2`` (In-Progress), ``3`` (Complete) or ``4`` (Error), *label* its name; *kind* is
    ``schedule``, ``affected``, ``impacted`` or ``offering``; *request* is what was asked for, as JSON; *spans* are the
    slots that a schedule found; *answer* is all that the instance said; *seen* is the instance's time of that answer.
    """

    sys_id: str
    state: str
    label: str
    kind: str
    request: str
    messages: Messages
    spans: tuple[Span, ...]
    answer: Mapping[str, Any]
    seen: datetime | None = None

    @property
    def complete(self) -> bool:
        return self._is(_COMPLETE)

    @property
    def failed(self) -> bool:
        return self._is(_ERROR)

    @property
    def ended(self) -> bool:
        return self.complete or self.failed

    @property
    def found_no_slot(self) -> bool:
        """Whether a search for free time says that there is none."""
        return any(text.lower().startswith(_NO_SLOTS) for text in self.messages.infos)

    def _is(self, state: tuple[str, str]) -> bool:
        return self.state == state[0] or self.label.strip().lower() == state[1]


def worker_of(body: Any, request: str, sys_id: str | None = None) -> Worker:
    """The worker of an answer; with *sys_id* it has to be that very one.

    :raises MissingResult: the answer names no worker.
    """
    result = unwrap(body, request)
    named = result.get("worker")
    found = text_of(named.get("sysId")).strip().lower() if isinstance(named, Mapping) else ""
    if not is_sys_id(found) or sys_id not in (None, found):
        raise MissingResult(f"The answer to {request} does not name the worker.", request=request)
    state = cell_of(result.get("state"))
    payload = result.get("payload")
    return Worker(
        sys_id=found,
        state=state.value,
        label=state.display,
        kind=text_of(result.get("type")),
        request=text_of(result.get("request")),
        messages=messages_of(result.get("messages")),
        spans=tuple(_span(item, request) for item in (payload.get("spans") or []))
        if isinstance(payload, Mapping)
        else (),
        answer=result,
    )


def messages_of(raw: Any) -> Messages:
    """``errorMessages``, ``warningMessages`` and ``infoMessages``; each may be missing, or one text."""
    told = raw if isinstance(raw, Mapping) else {}
    return Messages(*(_texts(told.get(name)) for name in ("errorMessages", "warningMessages", "infoMessages")))


def failure_of(worker: Worker) -> WorkerFailed:
    """Why a worker ended in an error."""
    cause = "; ".join(text.rstrip(".") for text in worker.messages.errors) or "it gives no reason"
    return WorkerFailed(
        f"The worker {worker.sys_id} ({worker.kind or 'of unknown type'}) ended in an error: {cause}; mend that and "
        "start it again.",
        detail=cause,
    )


def _texts(raw: Any) -> tuple[str, ...]:
    items = raw if isinstance(raw, list) else [raw]
    return tuple(text for text in (text_of(item).strip() for item in items) if text)


def _span(raw: Any, request: str) -> Span:
    from ansible_collections.changegate.snow.plugins.module_utils.values import parse_datetime

    ends = [cell_of(raw.get(name)) for name in ("start", "end")] if isinstance(raw, Mapping) else []
    moments = [parse_datetime(cell.value) for cell in ends]
    if len(moments) != 2 or moments[0] is None or moments[1] is None:
        raise UnexpectedResponseFormat(
            f"The answer to {request} holds a time slot without its start or end; look at the worker on the instance.",
            request=request,
        )
    return Span(moments[0], moments[1], ends[0].display, ends[1].display)
