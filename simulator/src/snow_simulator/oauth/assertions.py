"""Assertions of the JWT bearer grant (RFC 7523), as an instance's OAuth JWT endpoint (oauth_jwt) checks them.

The key is that of a jwt_verifier_map of the client: the certificate or public key of its sys_certificate, or its shared
key. Times are those of the instance's clock, with the client's clock_skew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeGuard

from ..access.users import User
from ..store.records import Record

if TYPE_CHECKING:
    from jwt.types import Options

    from ..instance import Instance

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASYMMETRIC = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]
_SYMMETRIC = ["HS256", "HS384", "HS512"]
# Only the signature is for PyJWT: it knows the real time only.
_SIGNATURE_ONLY: Options = {
    "verify_signature": True, "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False,
    "verify_iss": False, "verify_sub": False, "verify_jti": False,
}  # fmt: skip
_SKEW = 300


class Assertions:
    """Remembers the `jti` of those that were used, until they would have expired."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self._used: dict[tuple[str, str], float] = {}

    def clear(self) -> None:
        self._used.clear()

    def issuer(self, assertion: str) -> str:
        """The client that it says it is from; unchecked."""
        import jwt

        try:
            claims = jwt.decode(assertion, options={"verify_signature": False})
        except (jwt.PyJWTError, ValueError, RecursionError):
            return ""
        return str(claims.get("iss") or "")

    def user(self, client: Record, assertion: str) -> User | None:
        """The user named in an assertion that passes every check. An admin is never let in this way."""
        claims = self._signed(client, assertion)
        if claims is None or not self._current(client, claims) or not _for_client(client, claims):
            return None
        raw, name = self.instance.raw, client["user_field"] or "email"
        table, subject = raw.schema["sys_user"], claims.get("sub")
        if not isinstance(subject, str) or not subject or name not in table.fields:
            return None
        record = raw.first(table, {name: subject})
        user = self.instance.users.who_may_log_in(record["sys_id"]) if record else None
        if user is None or "admin" in user.roles or not self._first_use(client, claims):
            return None
        return user

    def _signed(self, client: Record, assertion: str) -> dict[str, Any] | None:
        import jwt

        try:
            kid = str(jwt.get_unverified_header(assertion).get("kid") or "")
        except (jwt.PyJWTError, ValueError, RecursionError):
            return None
        for key, algorithms in self._keys(client, kid):
            try:
                claims: dict[str, Any] = jwt.decode(assertion, key, algorithms=algorithms, options=_SIGNATURE_ONLY)
            except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
                continue
            return claims
        return None

    def _keys(self, client: Record, kid: str) -> Iterator[tuple[Any, list[str]]]:
        """Keys with what they may be used for: a public key is never taken for a shared one."""
        raw = self.instance.raw
        for verifier in raw.find(raw.schema["jwt_verifier_map"], {"oauth_jwt": client["sys_id"]}):
            if verifier["kid"] and kid and verifier["kid"] != kid:
                continue
            certificate = raw.get(raw.schema["sys_certificate"], verifier["sys_certificate"])
            if certificate and certificate["active"] == "true":
                if key := _public_key(certificate["pem_certificate"]):
                    yield key, _ASYMMETRIC
            elif verifier["shared_key"]:
                yield verifier["shared_key"], _SYMMETRIC

    def _current(self, client: Record, claims: dict[str, Any]) -> bool:
        now, skew = self.instance.clock.now().timestamp(), int(client["clock_skew"] or _SKEW)
        expires, issued, begins = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
        if not (_is_time(expires) and _is_time(issued) and _is_time(begins)):
            return False
        return expires > now - skew and issued <= now + skew and begins <= now + skew

    def _first_use(self, client: Record, claims: dict[str, Any]) -> bool:
        if client["enable_jti_verification"] != "true":
            return True
        now = self.instance.clock.now().timestamp()
        self._used = {key: until for key, until in self._used.items() if until > now}
        name = claims.get(client["jti_claim"] or "jti")
        key = (client["sys_id"], str(name))
        if not isinstance(name, str) or not name or key in self._used:
            return False
        self._used[key] = claims["exp"] + int(client["clock_skew"] or _SKEW)
        return True


def _for_client(client: Record, claims: dict[str, Any]) -> bool:
    """Issuer and audience are both the client's ID."""
    audience = claims.get("aud")
    known = audience if isinstance(audience, list) else [audience]
    return claims.get("iss") == client["client_id"] and client["client_id"] in known


def _is_time(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _public_key(pem: str) -> Any:
    """The key of a certificate, or a bare public key; None for anything else."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from cryptography.x509 import load_pem_x509_certificate

    data = pem.strip().encode()
    try:
        if b"CERTIFICATE" in data:
            return load_pem_x509_certificate(data).public_key()
        return load_pem_public_key(data)
    except ValueError:
        return None
