# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assertions of the JWT bearer grant: who is calling, signed with a key that the instance knows.

Source: RFC 7523; ServiceNow documentation, "Create an OAuth JWT API endpoint for external clients": ``iss`` and ``aud``
are the client's ID, ``sub`` is looked for in the application's user field, ``jti`` is good once.
"""

from __future__ import annotations

import json
import time
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.auth import check_texts
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, MissingLibrary
from ansible_collections.changegate.snow.plugins.module_utils.options import JWT_ALGORITHMS

_HASHES = {"256": "sha256", "384": "sha384", "512": "sha512"}


class Assertion:
    """What an assertion says, and how it is signed.

    :param key: the private key in PEM (RS256, RS384, RS512), or the shared key (HS256, HS384, HS512).
    :param subject: the user, by what the application's user field holds: often the e-mail address.
    :param key_id: ``kid``, if the instance has several keys for the application.
    :param issuer: ``iss``; the client's ID if not given, and so is *audience*, ``aud``.
    :param lifetime: seconds, of the assertion alone.
    """

    def __init__(
        self,
        key: str,
        subject: str,
        *,
        key_id: str | None = None,
        algorithm: str = "RS256",
        issuer: str | None = None,
        audience: str | None = None,
        lifetime: float = 300.0,
    ) -> None:
        check_texts(key=key, subject=subject)
        if algorithm not in JWT_ALGORITHMS:
            raise InvalidUsage(f"The algorithm is {algorithm!r}; give one of {', '.join(JWT_ALGORITHMS)}.")
        for name, text in (("key_id", key_id), ("issuer", issuer), ("audience", audience)):
            if text is not None:
                check_texts(**{name: text})
        if isinstance(lifetime, bool) or not isinstance(lifetime, (int, float)) or not 0 < lifetime <= 86400:
            raise InvalidUsage("The lifetime of an assertion must be more than 0 seconds, and a day at most.")
        self.key = key
        self._algorithm, self._key_id, self._lifetime = algorithm, key_id, lifetime
        self._claims = {"iss": issuer, "aud": audience, "sub": subject}

    def identity(self) -> list[str]:
        """What of it says who is calling."""
        return [self._algorithm, self._key_id or "", *(value or "" for value in self._claims.values())]

    def signed(self, client_id: str) -> str:
        """A new assertion, for one request; raises :class:`InvalidUsage` if the key is none."""
        import secrets

        header = {"alg": self._algorithm, "typ": "JWT", **({"kid": self._key_id} if self._key_id else {})}
        now = int(time.time())
        times = {"iat": now, "exp": now + max(1, int(self._lifetime)), "jti": secrets.token_hex(16)}
        claims = {name: value or client_id for name, value in self._claims.items()}
        text = f"{_part(header)}.{_part({**claims, **times})}"
        return f"{text}.{_base64(self._signature(text.encode()))}"

    def _signature(self, data: bytes) -> bytes:
        name = _HASHES[self._algorithm[2:]]
        if self._algorithm.startswith("HS"):
            import hmac

            # A line end at the end of the file is not of the key.
            return hmac.digest(self.key.rstrip("\r\n").encode(), data, name)
        return _rsa(self.key, data, name)


def _rsa(key: str, data: bytes, hash_name: str) -> bytes:
    try:
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
    except ImportError as error:
        raise MissingLibrary(
            "The Python library cryptography is missing where this task runs; install it there with 'pip install "
            "cryptography', or use a shared key (HS256)."
        ) from error
    try:
        loaded = serialization.load_pem_private_key(key.strip().encode(), password=None)
    except TypeError:
        # What the library says of a key that needs a password.
        raise InvalidUsage("The private key is protected by a password; give one without (openssl rsa).") from None
    except Exception:
        # Its own text may repeat a part of the key. Unknown algorithms are exceptions of their own.
        raise InvalidUsage("The key is no private key in PEM; give one, or set jwt_algorithm to HS256.") from None
    if not isinstance(loaded, rsa.RSAPrivateKey):
        raise InvalidUsage("The private key is none of RSA, which RS256, RS384 and RS512 need; give an RSA key.")
    return loaded.sign(data, padding.PKCS1v15(), getattr(hashes, hash_name.upper())())


def _part(content: dict[str, Any]) -> str:
    return _base64(json.dumps(content, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    import base64

    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
