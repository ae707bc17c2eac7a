"""What a sysparm_tiny stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.wrappers import Request

if TYPE_CHECKING:
    from ..instance import Instance

PARAMETER = "sysparm_tiny"


def expand(instance: Instance, request: Request) -> Request:
    """The request with the parameters that its sysparm_tiny stands for in front of its own.

    One that stands for nothing is ignored, as an instance ignores what it does not know.
    """
    if request.method not in ("GET", "HEAD") or PARAMETER not in request.args:
        return request
    table = instance.raw.schema["sys_tiny_url"]
    found = instance.raw.first(table, {"tiny_url": request.args[PARAMETER].replace("\0", "")})
    own = urlencode([(name, value) for name, value in request.args.items(multi=True) if name != PARAMETER])
    query = "&".join(part for part in (found["data"] if found else "", own) if part)
    return Request({**request.environ, "QUERY_STRING": query.encode().decode("latin-1")})
