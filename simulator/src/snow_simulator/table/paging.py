"""The Link header of a list."""

from __future__ import annotations

from urllib.parse import quote

from ..http.call import Call


def link_header(call: Call, *, limit: int, offset: int, total: int) -> str:
    """`<url>;rel="first",...`: absent ("") for a single page; it repeats the whole query."""
    if total <= limit or limit <= 0:
        return ""
    last = (total - 1) // limit * limit
    pages = {"first": 0}
    if offset > 0:
        pages["prev"] = max(0, offset - limit)
    if offset + limit < total:
        pages["next"] = offset + limit
    pages["last"] = last
    return ",".join(f'<{_url(call, page)}>;rel="{name}"' for name, page in pages.items())


def _url(call: Call, offset: int) -> str:
    pairs = [(name, value) for name, value in call.request.args.items(multi=True) if name != "sysparm_offset"]
    pairs.append(("sysparm_offset", str(offset)))
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    return f"{call.instance.url}{call.request.path}?{query}"
