"""What is known of a request while it is served, and how it is logged."""

from __future__ import annotations

import time
from dataclasses import dataclass

from werkzeug.wrappers import Request

from ..access.users import User
from ..clock import iso
from ..control.log import Entry, is_write
from ..http.exchange import Incoming
from ..instance import Instance


class Dropped(Exception):
    """The connection ends without an answer."""


@dataclass(slots=True)
class State:
    """What is known so far.

    `batch` is the id of the batch that the request is part of, `node` the one that serves it, and `session` the
    JSESSIONID that it opened ("" for none).
    """

    incoming: Incoming
    request: Request
    path: str
    user: User | None = None
    refused: bool = False
    node: int = 1
    batch: str | None = None
    session: str = ""


def log(instance: Instance, state: State, status: int | None, size: int) -> None:
    """`status` is None for a connection that was dropped."""
    request, incoming = state.request, state.incoming
    with instance.lock:
        instance.log.add(
            Entry(
                id=instance.log.next_id(),
                time=iso(instance.clock.now()),
                method=request.method,
                path=state.path,
                query=incoming.environ["QUERY_STRING"],
                user=state.user.user_name if state.user else None,
                connection=incoming.connection,
                status=status,
                bytes_in=incoming.bytes_in,
                bytes_out=size,
                write=is_write(request.method, state.path),
                duration_ms=round((time.perf_counter() - incoming.started) * 1000, 3),
                refused=state.refused,
                dropped=status is None,
                node=state.node,
                batch=state.batch,
            ),
            incoming.started,
        )
