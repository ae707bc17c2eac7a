"""The dispatcher: who calls, what goes wrong on request, which route answers, what is logged."""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from ..access.credentials import COOKIE, identify
from ..access.users import User
from ..control.effects import afterwards, instead
from ..control.log import Entry, is_write
from ..errors import ApiError, acl_refused, no_resource, not_authenticated
from ..instance import Instance
from ..page.site import Site
from ..values.dates import stored
from .call import Call, Reply
from .exchange import Answer, Incoming
from .headers import instance_headers, status_line
from .routing import Match, Router

_OPEN = ("/oauth_token.do", "/oauth_revoke_token.do")
_OPERATIONS = {"POST": "Insert", "PUT": "Update", "PATCH": "Update", "DELETE": "Delete"}


@dataclass(slots=True)
class _State:
    """What is known of a request while it is served."""

    incoming: Incoming
    request: Request
    path: str
    user: User | None = None
    refused: bool = False


class Dispatcher:
    """The application: called by every connection's thread."""

    def __init__(self, instance: Instance, api: Router, control: Router, site: Site) -> None:
        self.instance = instance
        self.site = site
        self.api = api
        self.control = control

    def __call__(self, incoming: Incoming) -> Answer | None:
        request = Request(incoming.environ)
        if request.path.startswith("/_sim"):
            reply = self._guard(lambda: self._control(request))
            return self._answer(reply, [])
        # People who look do not count: no fault hits them, and the log is the clients'.
        if (page := self.site.serve(request)) is not None:
            return self._answer(page, [])
        state = _State(incoming, request, incoming.environ["RAW_PATH"])
        with self.instance.lock:
            self._catch_up()
            state.user = identify(self.instance, request)
            caller = state.user.sys_id if state.user else ""
            session = self.instance.sessions.attend(request.cookies.get(COOKIE, ""), caller)
        served = self._with_faults(state)
        if served is None:
            self._log(state, None, 0)
            return None
        logged_in = state.user is not None
        headers = instance_headers(request, self.instance.clock.now(), session, logged_in=logged_in)
        answer = self._answer(served, headers)
        self._log(state, served.status, answer.length)
        return answer

    # Serving -------------------------------------------------------------------------------------------

    def _with_faults(self, state: _State) -> Reply | None:
        """None where the connection is to be dropped."""
        instance = self.instance
        with instance.lock:
            user = state.user.user_name if state.user else None
            action = instance.faults.take(state.request.method, state.path, user)
        instance.pause((instance.latency_ms + float(action.get("delay_ms") or 0)) / 1000)
        if action.get("drop") == "before":
            return None
        if (other := instead(action)) is not None:
            return other
        reply = self._guard(lambda: self._serve(state, action))
        if action.get("drop") == "after":
            return None
        return afterwards(action, reply)

    def _serve(self, state: _State, action: dict[str, Any]) -> Reply:
        request, instance = state.request, self.instance
        if state.user is None and request.path not in _OPEN:
            raise not_authenticated()
        match = self.api.match(request.method, request.path)
        if match is None:
            raise no_resource()
        if instance.read_only and is_write(request.method, state.path):
            state.refused = True
            raise acl_refused(_OPERATIONS[request.method])
        call = Call(instance, request, state.user)
        call.drop_fields(action.get("ignore_fields") or ())
        return self._locked(match, call)

    def _locked(self, match: Match, call: Call) -> Reply:
        arguments = {name: value for name, value in match.arguments.items() if name != "api_version"}
        call.version = match.arguments.get("api_version", "")
        with self.instance.lock:
            if call.request.method == "GET":
                return match.route(call, **arguments)
            with self.instance.transaction():
                return match.route(call, **arguments)

    def _catch_up(self) -> None:
        """Does what has become due: there is no scheduler, time passes between requests."""
        if self.instance.workers.pending():
            with self.instance.transaction():
                self.instance.workers.advance()

    def _control(self, request: Request) -> Reply:
        match = self.control.match(request.method, request.path)
        if match is None:
            return Reply({"error": f"No such control: {request.method} {request.path}"}, 404)
        call = Call(self.instance, request)
        with self.instance.lock:
            self._catch_up()
            with self.instance.transaction():
                return match.route(call, **match.arguments)

    def _guard(self, serve: Callable[[], Reply]) -> Reply:
        """Errors as answers. What nobody foresaw is a bug here: it is printed and answered with a 500."""
        try:
            return serve()
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

    # Answering -----------------------------------------------------------------------------------------

    def _answer(self, reply: Reply, headers: list[tuple[str, str]]) -> Answer:
        blocks: Iterable[bytes]
        if reply.blocks is None:
            data = b"" if reply.data is None else json.dumps(reply.data, ensure_ascii=False).encode()
            blocks, length = [data], len(data)
        else:
            blocks, length = reply.blocks, reply.length
        merged = [*headers, *reply.headers.items()]
        if reply.status != 204:
            merged += [("Content-Type", reply.content_type), ("Content-Length", str(length))]
        return Answer(status_line(reply.status), merged, blocks, length)

    def _log(self, state: _State, status: int | None, size: int) -> None:
        instance, request = self.instance, state.request
        with instance.lock:
            instance.log.add(
                Entry(
                    id=instance.log.next_id(),
                    time=stored(instance.clock.now()).replace(" ", "T") + "Z",
                    method=request.method,
                    path=state.path,
                    query=state.incoming.environ["QUERY_STRING"],
                    user=state.user.user_name if state.user else None,
                    connection=state.incoming.connection,
                    status=status,
                    bytes_in=state.incoming.bytes_in,
                    bytes_out=size,
                    write=is_write(request.method, state.path),
                    duration_ms=round((time.perf_counter() - state.incoming.started) * 1000, 3),
                    refused=state.refused,
                    dropped=status is None,
                )
            )
