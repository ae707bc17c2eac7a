"""The dispatcher: who calls, what goes wrong on request, which route answers, what is logged."""

from __future__ import annotations

from werkzeug.wrappers import Request

from ..control.actions import FINE, Action
from ..control.effects import afterwards, instead, page, spoil
from ..control.log import is_write
from ..control.problems import ControlError
from ..control.rate_limits import slots_full
from ..errors import ApiError, acl_refused, bad_request, no_method, no_resource, not_authenticated
from ..http import formats
from ..http.call import Call, Reply
from ..http.environ import inner_request, override_method
from ..http.exchange import Answer, Incoming
from ..http.headers import Session, instance_headers
from ..http.reply import Inner
from ..http.routing import Match, Router, Trait
from ..instance import Instance
from ..page.site import Site
from ..tinyurl.store import expand
from .answer import answer, guard
from .credentials import COOKIE, identify
from .state import Dropped, State, log

_OPEN = ("/oauth_token.do", "/oauth_revoke_token.do", "/maintenance.do")
_OPERATIONS = {"POST": "Insert", "PUT": "Update", "PATCH": "Update", "DELETE": "Delete"}
_READS = ("GET", "HEAD")


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
            reply = guard(lambda: self._control(request))
            return answer(formats.render(reply, formats.JSON), [], self.instance.pause)
        # People who look do not count: no fault hits them, and the log is the clients'.
        if (looked_at := guard(lambda: self.site.serve(request))) is not None:
            return answer(formats.render(looked_at, formats.JSON), [], self.instance.pause)
        override_method(incoming.environ)
        state = State(incoming, Request(incoming.environ), incoming.environ["RAW_PATH"])
        try:
            served, slow = self._admit(state)
        except Dropped:
            log(self.instance, state, None, 0)
            return None
        headers = instance_headers(request, self.instance.clock.now(), self._opened(state), logged_in=bool(state.user))
        log(self.instance, state, served.status, served.length)
        return answer(served, headers, self.instance.pause, slow)

    def _opened(self, state: State) -> Session | None:
        """The session that this request opened, for its cookies."""
        route = self.instance.nodes.route(state.node, self.instance.settings.nodes)
        return Session(state.session, route) if state.session else None

    # Serving -------------------------------------------------------------------------------------------

    def _admit(self, state: State) -> tuple[Reply, float]:
        """Lets the request in, if there is room for it. The answer, and the bytes per second that it takes."""
        instance, request = self.instance, state.request
        settings = instance.settings
        query = state.incoming.environ["QUERY_STRING"]
        if settings.max_url_length is not None and len(f"{state.path}?{query}") > settings.max_url_length:
            return page(414, "<html><body><h1>414 Request-URI Too Large</h1></body></html>"), 0
        if (failed := guard(lambda: self._arrive(state))) is not None:
            return formats.render(failed, formats.wanted(request)), 0
        with instance.slots.take(settings.max_concurrent) as free:
            if not free:
                return formats.render(slots_full(), formats.wanted(request)), 0
            instance.pause(instance.latency.seconds())
            return self._limited(state)

    def _arrive(self, state: State) -> None:
        """Finds out who calls, in which session and on which node."""
        instance, cookies = self.instance, state.request.cookies
        with instance.lock:
            instance.catch_up()
            state.user = identify(instance, state.request)
            caller = state.user.sys_id if state.user else ""
            state.session = instance.sessions.attend(cookies.get(COOKIE, ""), caller)
            state.node = instance.nodes.choose(cookies.get("glide_user_route", ""), instance.settings.nodes)

    def _limited(self, state: State) -> tuple[Reply, float]:
        """Serves the request if no rate limit refuses it, or the way a fault has it."""
        instance, method = self.instance, state.request.method
        action = FINE
        with instance.lock:
            verdict = instance.rate_limits.take(method, state.path, state.user)
            if verdict is None or verdict.refusal is None:
                action = instance.faults.take(method, state.path, state.user.user_name if state.user else None)
        reply = verdict.refusal if verdict and verdict.refusal else self._with_fault(state, action)
        if verdict:
            reply.headers = {**reply.headers, **verdict.headers}
        rendered = formats.render(reply, formats.wanted(state.request))
        return spoil(action, rendered), float(action.spec.get("bytes_per_second") or 0)

    def _with_fault(self, state: State, action: Action) -> Reply:
        if action.delay:
            self.instance.pause(action.delay.seconds())
        if action.drop == "before":
            raise Dropped
        if (other := instead(action, self.instance.url)) is not None:
            return other
        reply = guard(lambda: self._serve(state, action))
        if action.drop == "after":
            raise Dropped
        return afterwards(action, reply)

    def _serve(self, state: State, action: Action) -> Reply:
        request, instance = state.request, self.instance
        if state.user is None and request.path not in _OPEN:
            raise not_authenticated()
        match = self._match(request, state)
        if isinstance(match, Reply):
            return match
        if Trait.FILES not in match.traits and request.path.startswith("/api/"):
            formats.check(request, json_only=Trait.COMPOUND in match.traits)
        if instance.read_only and is_write(request.method, state.path):
            state.refused = True
            raise acl_refused(_OPERATIONS[request.method])
        with instance.lock:
            call = Call(instance, expand(instance, request), state.user, state.node)
        call.again = lambda inner: self._inner(state, inner)
        call.drop_fields(action.spec.get("ignore_fields") or ())
        return self._locked(match, call, state, action)

    def _match(self, request: Request, state: State) -> Match | Reply:
        """The route; an answer where none is needed. 400 for no resource, 405 for one without this method."""
        match = self.api.match(request.method, request.path)
        if match is None:
            methods = self.api.methods(request.path)
            if request.method == "OPTIONS" and methods:
                return Reply(headers={"Allow": ", ".join([*methods, "OPTIONS"])}, blocks=[])
            raise no_method(request.method) if methods else no_resource()
        if state.batch is not None and Trait.COMPOUND in match.traits:
            raise bad_request("Invalid batch request", "A batch cannot hold a batch")
        return match

    def _locked(self, match: Match, call: Call, state: State, action: Action) -> Reply:
        arguments = {name: value for name, value in match.arguments.items() if name != "api_version"}
        call.version = match.arguments.get("api_version", "")
        if match.traits & (Trait.COMPOUND | Trait.UNLOCKED):
            return match.route(call, **arguments)
        if call.request.method in _READS and Trait.WRITES not in match.traits:
            with self.instance.lock, self.instance.replicas.seen_by(state.node, action.stale):
                return match.route(call, **arguments)
        with call.writing():
            return match.route(call, **arguments)

    def _inner(self, outer: State, inner: Inner) -> Reply:
        """One request of a batch, as the user and on the node of the batch."""
        incoming = inner_request(outer.incoming, inner)
        state = State(incoming, Request(incoming.environ), incoming.environ["RAW_PATH"], outer.user)
        state.node, state.batch = outer.node, inner.batch
        try:
            reply, _ = self._limited(state)
        except Dropped:
            log(self.instance, state, None, 0)
            raise
        log(self.instance, state, reply.status, reply.length)
        return reply

    def _control(self, request: Request) -> Reply:
        match = self.control.match(request.method, request.path)
        if match is None:
            return Reply({"error": f"No such control: {request.method} {request.path}"}, 404)
        call = Call(self.instance, request)
        try:
            with self.instance.lock:
                self.instance.catch_up()
                with self.instance.transaction():
                    return match.route(call, **match.arguments)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            # What the caller got wrong becomes an answer that says so; half of what was asked for does not stay.
            return Reply({"error": str(error)}, error.status if isinstance(error, ControlError) else 400)
        except ApiError as error:
            # A business rule of the data set does not let it happen.
            return Reply({"error": error.detail or error.message}, error.status)
