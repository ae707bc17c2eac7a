"""What a person can do: log in and out, approve and reject."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from ..change.deciding import decide as write_decision
from ..change.deciding import pending
from ..http.call import Reply
from . import html
from .errors import PageError
from .records import find_change
from .visit import Visit

_DECISIONS = {"approve": "approved", "reject": "rejected"}


def login_form(visit: Visit) -> Reply:
    if visit.user is not None:
        return html.redirect(_inside(visit.call.parameters.get("next", "/")))
    return _form(visit, 200, "", "", visit.call.parameters.get("next", "/"))


def login(visit: Visit) -> Reply:
    form = visit.call.form
    name, back = form.get("user_name", ""), form.get("next", "/")
    user = visit.instance.users.authenticate(name, form.get("password", ""))
    if user is None:
        return _form(visit, 401, "User name and password do not match", name, back)
    cookie = f"{visit.cookie}={visit.visitors.open(user.sys_id)}; Path=/; HttpOnly; SameSite=Strict"
    secure = "; Secure" if visit.call.request.scheme == "https" else ""
    return html.redirect(_inside(back), {"Set-Cookie": cookie + secure})


def logout(visit: Visit) -> Reply:
    _check_token(visit)
    visit.visitors.close(visit.key)
    return html.redirect("/login", {"Set-Cookie": f"{visit.cookie}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"})


def decide(visit: Visit, number: str) -> Reply:
    """Approve or reject, as whoever is logged in and was asked."""
    _check_token(visit)
    form = visit.call.form
    decision, comments = _DECISIONS.get(form.get("decision", "")), form.get("comments", "").strip()
    if decision is None:
        raise PageError(400, "Choose to approve or to reject")
    if decision == "rejected" and not comments:
        raise PageError(400, "A rejection takes a comment that says why")
    if visit.instance.read_only:
        raise PageError(403, "The instance is read-only at present")
    record = find_change(visit, number)
    rows = pending(visit.instance, record["sys_id"], visit.reader)
    if not rows:
        raise PageError(409, f"Nobody waits for your answer on {number}: it was given, or is no longer needed")
    write_decision(visit.instance, rows[0], visit.reader, decision, comments)
    return html.redirect(f"/changes/{quote(number)}?done={decision}")


def _form(visit: Visit, status: int, problem: str, name: str, back: str) -> Reply:
    active = visit.instance.raw.find(visit.table("sys_user"), {"active": "true"})
    people = sorted(row["user_name"] for row in active if row["user_password"])
    return html.page("login.html", status, visit=visit, problem=problem, name=name, back=back, people=people)


def _check_token(visit: Visit) -> None:
    if visit.visitor is None or not visit.visitor.sent(visit.call.form.get("token", "")):
        raise PageError(403, "This form is not one of yours, or of an earlier login: open the page again")


def _inside(address: str) -> str:
    """An address of this site, whatever was sent."""
    parts = urlsplit(address)
    safe = not parts.scheme and not parts.netloc and address.startswith("/") and "\\" not in address
    return address if safe and not address.startswith("//") else "/"
