"""POST /oauth_token.do, form-encoded."""

from __future__ import annotations

import hmac

from ..access.users import User
from ..http.call import Call, Reply
from ..http.routing import Router

_REFUSED = {"error": "server_error", "error_description": "access_denied"}


def register(router: Router) -> None:
    router.add("POST", "/oauth_token.do", token)


def token(call: Call) -> Reply:
    form = dict(call.request.form.items())
    client = _client(call, form)
    user = _user(call, form, client) if client else None
    if client is None or user is None:
        return Reply(dict(_REFUSED), 401)
    tokens = call.instance.tokens
    access = tokens.access(user.sys_id, client)
    body: dict[str, object] = {"access_token": access.value}
    if form.get("grant_type") != "client_credentials":
        body["refresh_token"] = tokens.refresh(user.sys_id, client).value
    body |= {"scope": "useraccount", "token_type": "Bearer", "expires_in": tokens.remaining(access)}
    return Reply(body)


def _client(call: Call, form: dict[str, str]) -> str | None:
    """The client's id, if its secret is right; clients may also use the Authorization header."""
    given = call.request.authorization
    if given and given.type == "basic":
        identifier, secret = given.username or "", given.password or ""
    else:
        identifier, secret = form.get("client_id", ""), form.get("client_secret", "")
    table = call.instance.raw.schema["oauth_entity"]
    record = call.instance.raw.first(table, {"client_id": identifier}) if identifier else None
    if record is None or record["active"] != "true":
        return None
    same = hmac.compare_digest(record["client_secret"].encode(), secret.encode("utf-8", "replace"))
    return identifier if same else None


def _user(call: Call, form: dict[str, str], client: str) -> User | None:
    users, tokens = call.instance.users, call.instance.tokens
    match form.get("grant_type"):
        case "password":
            return users.authenticate(form.get("username", ""), form.get("password", ""))
        case "refresh_token":
            user_id = tokens.user_to_refresh(form.get("refresh_token", ""), client)
            return users.by_id(user_id) if user_id else None
        case "client_credentials":
            raw = call.instance.raw
            record = raw.first(raw.schema["oauth_entity"], {"client_id": client})
            return users.by_id(record["user"]) if record else None
    return None
