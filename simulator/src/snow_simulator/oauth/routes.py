"""POST /oauth_token.do, form-encoded, and /oauth_revoke_token.do."""

from __future__ import annotations

import hmac

from ..access.users import User
from ..http.call import Call, Reply
from ..http.routing import Router
from ..store.records import Record
from ..values.text import clean
from .assertions import GRANT as JWT_BEARER

_REFUSED = {"error": "server_error", "error_description": "access_denied"}
_NO_TOKEN = {"error": "invalid_request", "error_description": "Missing parameters: token"}
_CLIENT_CREDENTIALS = "glide.oauth.inbound.client.credential.grant_type.enabled"
_WITHOUT_REFRESH = ("client_credentials", JWT_BEARER)
_LONGEST = 10**9
_LIFESPANS = {"access": 1800, "refresh": 8_640_000}


def register(router: Router) -> None:
    router.add("POST", "/oauth_token.do", token)
    router.add("GET POST", "/oauth_revoke_token.do", revoke)


def token(call: Call) -> Reply:
    """Parameters count in the body only, as on every new instance."""
    form = call.form
    grant = form.get("grant_type", "")
    client = _client(call, form, grant)
    user = _user(call, form, grant, client) if client else None
    if client is None or user is None:
        return Reply(dict(_REFUSED), 401)
    tokens, identifier = call.instance.tokens, client["client_id"]
    access = tokens.access(user.sys_id, identifier, _lifespan(client, "access"))
    body: dict[str, object] = {"access_token": access.value}
    if grant not in _WITHOUT_REFRESH:
        body["refresh_token"] = tokens.refresh(user.sys_id, identifier, _lifespan(client, "refresh")).value
    body |= {"scope": "useraccount", "token_type": "Bearer", "expires_in": tokens.remaining(access)}
    return Reply(body)


def revoke(call: Call) -> Reply:
    """?token=<access or refresh token>, without authentication; a token that nobody knows is as good as revoked."""
    value = call.form.get("token") or call.parameters.get("token")
    if not value:
        return Reply(dict(_NO_TOKEN), 400)
    call.instance.tokens.revoke(value)
    return Reply()


def _client(call: Call, form: dict[str, str], grant: str) -> Record | None:
    """The application (oauth_entity), if its secret is right; clients may also use the Authorization header.

    A public client of the JWT bearer grant needs no secret, and is named by its assertion if by nothing else.
    """
    given = call.request.authorization
    if given and given.type == "basic":
        identifier, secret = clean(given.username or ""), clean(given.password or "")
    else:
        identifier, secret = form.get("client_id", ""), form.get("client_secret", "")
    if grant == JWT_BEARER:
        identifier = identifier or call.instance.assertions.issuer(form.get("assertion", ""))
    table = call.instance.raw.schema["oauth_entity"]
    record = call.instance.raw.first(table, {"client_id": identifier}) if identifier else None
    if record is None or record["active"] != "true":
        return None
    if grant == JWT_BEARER and not secret and record["public_client"] == "true":
        return record
    same = hmac.compare_digest(record["client_secret"].encode(), secret.encode())
    return record if same and secret else None


def _user(call: Call, form: dict[str, str], grant: str, client: Record) -> User | None:
    users, instance = call.instance.users, call.instance
    match grant:
        case "password":
            return users.authenticate(form.get("username", ""), form.get("password", ""))
        case "refresh_token":
            user_id = instance.tokens.user_to_refresh(form.get("refresh_token", ""), client["client_id"])
            return users.who_may_log_in(user_id or "")
        case "client_credentials":
            return users.who_may_log_in(client["user"]) if call.instance.properties.flag(_CLIENT_CREDENTIALS) else None
    if grant == JWT_BEARER and client["sys_class_name"] == "oauth_jwt":
        return instance.assertions.user(client, form.get("assertion", ""))
    return None


def _lifespan(client: Record, kind: str) -> int:
    """Seconds, as far as the calendar goes."""
    return min(int(client[f"{kind}_token_lifespan"] or _LIFESPANS[kind]), _LONGEST)
