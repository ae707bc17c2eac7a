# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Batch API's two documents: several requests in one, and their answers. No input or output.

Source: ServiceNow documentation, "Batch API", POST /now/v1/batch.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from ansible_collections.changegate.snow.plugins.module_utils import answers, retry
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, UnexpectedResponseFormat

PATH = "/api/now/v1/batch"
_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
#: What surrounds the requests in the document.
_FRAME = 200


class Call(NamedTuple):
    """One request of a batch.

    :param path: from the root of the instance, already quoted, without a query.
    :param repeatable: whether it may be carried out twice without harm; if not said, the method tells.
    :param alone: to be sent by itself and not in a batch.
    """

    method: str
    path: str
    params: Mapping[str, str] | None = None
    json: Any = None
    headers: Mapping[str, str] | None = None
    repeatable: bool | None = None
    alone: bool = False

    @property
    def can_repeat(self) -> bool:
        return self.method in retry.REPEATABLE if self.repeatable is None else self.repeatable

    @property
    def url(self) -> str:
        return f"{self.path}?{urlencode(self.params)}" if self.params else self.path


class Headers(dict[str, str]):
    """Headers of an answer, found by their names in any case."""

    def __init__(self, pairs: Mapping[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in pairs.items()})

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


class Served(NamedTuple):
    """What came back of a batch, by position; what is in none of the three was lost on the way.

    :param unserviced: those that the instance did not get to, because a limit was reached.
    :param broken: answers that are not what the API documents.
    """

    raws: dict[int, answers.Raw]
    unserviced: list[int]
    broken: dict[int, UnexpectedResponseFormat]


def check(call: Call) -> Call:
    """*call* if a batch can hold it; raises :class:`InvalidUsage` otherwise."""
    if call.method not in _METHODS:
        raise InvalidUsage(f"The method is {call.method!r}; give one of {', '.join(_METHODS)}.")
    if not isinstance(call.path, str) or not call.path.startswith("/") or call.path.startswith("//"):
        raise InvalidUsage(f"The path {call.path!r} of a batched request begins with one slash.")
    for name, given in (("params", call.params), ("headers", call.headers)):
        if given is not None and not isinstance(given, Mapping):
            raise InvalidUsage(f"{name} is a {type(given).__name__}; give a dict of names and texts.")
    if "?" in call.path:
        raise InvalidUsage("The path of a batched request has no query; give it as params.")
    try:
        json.dumps(call.json)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidUsage(f"The json of a batched request cannot be written as JSON: {error}.") from error
    return call


def entry(position: int, call: Call) -> bytes:
    """*call* as one element of ``rest_requests``, named by its position."""
    headers = {"Accept": "application/json", **(call.headers or {})}
    made: dict[str, Any] = {"id": str(position), "method": call.method, "url": call.url}
    if call.json is not None:
        headers.setdefault("Content-Type", "application/json")
        made["body"] = base64.b64encode(json.dumps(call.json).encode()).decode("ascii")
    made["headers"] = [{"name": name, "value": value} for name, value in headers.items()]
    return json.dumps(made).encode()


def document(name: str, entries: Sequence[bytes]) -> bytes:
    """The body of a batch; *name* finds it again in the instance's logs."""
    head = json.dumps({"batch_request_id": name})[:-1]
    return head.encode() + b', "rest_requests": [' + b", ".join(entries) + b"]}"


def groups(sizes: Mapping[int, int], count: int, largest: int) -> Iterator[list[int]]:
    """The positions in *sizes* (bytes of each), in order, in groups that one batch can carry."""
    group: list[int] = []
    filled = _FRAME
    for position, size in sizes.items():
        if group and (len(group) >= count or filled + size > largest):
            yield group
            group, filled = [], _FRAME
        group.append(position)
        filled += size + 2
    if group:
        yield group


def read(body: Any, calls: Mapping[int, Call], base_url: str) -> Served:
    """The answers to *calls*; raises :class:`UnexpectedResponseFormat` if it is no answer to a batch at all."""
    serviced = body.get("serviced_requests") if isinstance(body, Mapping) else None
    if not isinstance(serviced, list):
        raise UnexpectedResponseFormat(
            f"The answer to POST {PATH} holds no serviced_requests; look at the instance's logs.",
            request=f"POST {PATH}",
        )
    served = Served({}, [], {})
    for one in serviced:
        position = _position(one, calls)
        if position is None:
            continue
        try:
            served.raws[position] = _raw(one, calls[position], base_url)
        except (TypeError, ValueError, KeyError, AttributeError, binascii.Error):
            call = calls[position]
            served.broken[position] = UnexpectedResponseFormat(
                f"The batch's answer to {call.method} {call.path} is not what the Batch API documents.",
                request=f"{call.method} {call.path}",
            )
    unserviced = body.get("unserviced_requests")
    left = {_position(one, calls) for one in unserviced} if isinstance(unserviced, list) else set()
    served.unserviced.extend(position for position in calls if position in left and position not in served.raws)
    return served


def _position(one: Any, calls: Mapping[int, Call]) -> int | None:
    """Which call *one* is about: the list of what was not serviced holds ids, or the requests themselves."""
    text = str(one.get("id") if isinstance(one, Mapping) else one)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 and int(text) in calls else None


def _raw(one: Mapping[str, Any], call: Call, base_url: str) -> answers.Raw:
    headers = {str(item["name"]): str(item.get("value") or "") for item in one.get("headers") or ()}
    if one.get("redirect_url"):
        headers["Location"] = str(one["redirect_url"])
    text = base64.b64decode(one.get("body") or "").decode("utf-8", errors="replace")
    return answers.Raw(call.method, base_url + call.path, int(one["status_code"]), Headers(headers), text)
