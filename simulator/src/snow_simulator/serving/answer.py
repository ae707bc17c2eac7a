"""From what a route gives, or throws, to what the server sends."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from werkzeug.exceptions import HTTPException

from ..errors import ApiError
from ..http.exchange import Answer
from ..http.headers import phrase
from ..http.reply import Reply
from .state import Dropped

Pause = Callable[[float], None]
_Result = TypeVar("_Result")


def guard(serve: Callable[[], _Result]) -> _Result | Reply:
    """Errors as answers. What nobody foresaw is a bug here: it is printed and answered with a 500."""
    try:
        return serve()
    except Dropped:
        raise
    except ApiError as error:
        headers = {"WWW-Authenticate": 'BASIC realm="Service-now"'} if error.status == 401 else {}
        return Reply(error.body(), error.status, headers)
    except HTTPException as error:
        status = error.code or 400
        return Reply(ApiError(status, error.name, error.description).body(), status)
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        text = f"Exception while executing request: {type(error).__name__}"
        return Reply(ApiError(500, text, f"{text}. Check logs for error trace").body(), 500)


def answer(reply: Reply, headers: list[tuple[str, str]], pause: Pause, slow: float = 0) -> Answer:
    """`reply` is rendered; `slow` is bytes per second, 0 for as fast as it goes."""
    merged = [*headers, *reply.headers.items()]
    promised = reply.length if reply.promised is None else reply.promised
    if reply.status != 204:
        merged += [("Content-Type", reply.content_type), ("Content-Length", str(promised))]
    blocks = reply.blocks or ()
    if slow:
        blocks = _dribble(blocks, slow, pause)
    cut = promised != reply.length
    return Answer(f"{reply.status} {phrase(reply.status)}", merged, blocks, reply.length, slow=slow > 0, cut=cut)


def _dribble(blocks: Iterable[bytes], per_second: float, pause: Pause) -> Iterator[bytes]:
    """Ten small blocks a second, or a byte at a time where even that is too much."""
    size = max(1, int(per_second / 10))
    for block in blocks:
        for start in range(0, len(block), size):
            part = block[start : start + size]
            pause(len(part) / per_second)
            yield part
