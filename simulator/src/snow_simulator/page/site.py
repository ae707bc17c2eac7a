"""Which pages there are, who may see them, and what a person reads when something goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from werkzeug.wrappers import Request

from ..access import acl
from ..errors import ApiError
from ..http.call import Call, Reply
from ..http.routing import Match, Router
from ..instance import Instance
from . import forms, html, lists, records
from .errors import PageError
from .visit import Visit
from .visitors import Visitors

View = Callable[..., Reply]


class Site:
    """Serves the pages; None for what is not theirs."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.visitors = Visitors(instance.clock)
        self._router = Router()
        add = self._router.add
        add("GET", "/page/<name>", lambda visit, name: html.static(name) or _nothing())
        add("GET", "/login", forms.login_form)
        add("POST", "/login", forms.login)
        add("POST", "/logout", self._known(forms.logout))
        add("GET", "/", self._known(lists.changes))
        add("GET", "/changes/<number>", self._known(records.change))
        add("POST", "/changes/<number>/decision", self._known(forms.decide))
        add("GET", "/changes/<number>/attachments/<sys_id>", self._known(records.attachment))
        # What an instance's own links to a record look like.
        add("GET", "/change_request.do", self._known(records.by_link))
        add("GET", "/nav_to.do", self._known(records.by_link))

    def serve(self, request: Request) -> Reply | None:
        match = self._router.match(request.method, request.path)
        return None if match is None else self._answer(match, request)

    def _answer(self, match: Match, request: Request) -> Reply:
        visit = Visit(Call(self.instance, request), self.visitors)
        with self.instance.lock:
            self.instance.catch_up()
            try:
                with self.instance.transaction():
                    return match.route(visit, **match.arguments)
            except ApiError as error:
                # The rules refused: nothing was written.
                text = f"{error.message}: {error.detail}" if error.detail else error.message
                return self._refused(visit, PageError(error.status, text))
            except PageError as error:
                return self._refused(visit, error)

    def _refused(self, visit: Visit, error: PageError) -> Reply:
        return html.page("message.html", error.status, visit=visit, text=str(error))

    @staticmethod
    def _known(view: View) -> View:
        """A view for somebody who is logged in and may read changes; others are asked to log in."""

        def guarded(visit: Visit, **arguments: str) -> Reply:
            if visit.user is None:
                request = visit.call.request
                back = request.full_path.rstrip("?") if request.method == "GET" else "/"
                return html.redirect(f"/login?next={quote(back)}")
            if view is not forms.logout:
                acl.check_read(visit.user, visit.table("change_request"))
            return view(visit, **arguments)

        return guarded


def _nothing() -> Reply:
    raise PageError(404, "There is no such file")
