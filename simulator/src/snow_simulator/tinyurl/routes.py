"""POST /api/now/tinyurl `{"url": ..}` -> `{"result": "<path>?sysparm_tiny=<id>"}`.

Source: public scripts of the platform's own pages that call it; they send URLs relative to the instance as well as
whole ones, and get them back with the query exchanged. A record of sys_tiny_url holds the query.
"""

from __future__ import annotations

from ..errors import bad_request
from ..http.call import Call, Reply, result
from ..http.routing import Router
from ..store.records import new_sys_id
from ..values.text import from_json
from .store import PARAMETER


def register(router: Router) -> None:
    router.add_versioned("POST", "now", "/tinyurl", shorten)


def shorten(call: Call) -> Reply:
    url = from_json(call.body.get("url")).strip()
    if not url:
        raise bad_request("Missing parameter", "'url' is required")
    page, mark, query = url.partition("?")
    if not mark:
        return result(url)
    table, identifier = call.instance.raw.schema["sys_tiny_url"], new_sys_id()
    values = {"sys_id": identifier, "tiny_url": identifier, "data": query}
    call.instance.records.insert_raw(call.user, table, values)
    return result(f"{page}?{PARAMETER}={identifier}")
