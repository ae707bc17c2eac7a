# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table of connection options, and how an environment variable is read. No input or output.

Option and environment names are those that users of ``servicenow.itsm`` already have, as far as it has them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage


class Option(NamedTuple):
    """A connection option: its type, the environment variable behind it, its default, whether it is a secret."""

    name: str
    env: str
    type: str = "str"
    default: Any = None
    secret: bool = False
    choices: tuple[str, ...] = ()


GRANT_TYPES = ("password", "refresh_token", "client_credentials", "jwt_bearer")
JWT_ALGORITHMS = ("RS256", "RS384", "RS512", "HS256", "HS384", "HS512")

OPTIONS = (
    Option("host", "SN_HOST"),
    Option("username", "SN_USERNAME"),
    Option("password", "SN_PASSWORD", secret=True),
    Option("grant_type", "SN_GRANT_TYPE", choices=GRANT_TYPES),
    Option("client_id", "SN_CLIENT_ID"),
    Option("client_secret", "SN_CLIENT_SECRET", secret=True),
    Option("refresh_token", "SN_REFRESH_TOKEN", secret=True),
    Option("access_token", "SN_ACCESS_TOKEN", secret=True),
    Option("api_key", "SN_API_KEY", secret=True),
    Option("jwt_key", "SN_JWT_KEY", secret=True),
    Option("jwt_key_file", "SN_JWT_KEY_FILE", type="path"),
    Option("jwt_key_id", "SN_JWT_KEY_ID"),
    Option("jwt_algorithm", "SN_JWT_ALGORITHM", choices=JWT_ALGORITHMS),
    Option("jwt_subject", "SN_JWT_SUBJECT"),
    Option("jwt_issuer", "SN_JWT_ISSUER"),
    Option("jwt_audience", "SN_JWT_AUDIENCE"),
    Option("jwt_lifetime", "SN_JWT_LIFETIME", type="float", default=300.0),
    Option("client_certificate_file", "SN_CLIENT_CERTIFICATE_FILE", type="path"),
    Option("client_key_file", "SN_CLIENT_KEY_FILE", type="path"),
    Option("token_cache", "SN_TOKEN_CACHE", type="raw"),
    Option("custom_headers", "SN_CUSTOM_HEADERS", type="dict"),
    Option("api_path", "SN_API_PATH"),
    Option("timeout", "SN_TIMEOUT", type="float", default=30.0),
    Option("validate_certs", "SN_VALIDATE_CERTS", type="bool", default=True),
    Option("ca_path", "SN_CA_PATH", type="path"),
    Option("proxy", "SN_PROXY"),
    Option("allow_http", "SN_ALLOW_HTTP", type="bool", default=False),
    Option("retry_deadline", "SN_RETRY_DEADLINE", type="float", default=60.0),
)

TRUE = frozenset({"1", "true", "yes", "on", "y", "t"})
FALSE = frozenset({"0", "false", "no", "off", "n", "f"})


def from_environment(environ: Mapping[str, str], ignored: frozenset[str]) -> dict[str, Any]:
    """What *environ* says of all options but the *ignored*; raises :class:`InvalidUsage` for what makes no sense."""
    found = {}
    for option in OPTIONS:
        text = environ.get(option.env, "")
        if text and option.name not in ignored:
            found[option.name] = _parsed(option, text)
    return found


def _parsed(option: Option, text: str) -> Any:
    if option.type == "bool":
        word = text.strip().lower()
        if word not in TRUE | FALSE:
            raise InvalidUsage(f"{option.env} is {text!r}; give true or false.")
        return word in TRUE
    if option.choices and text not in option.choices:
        raise InvalidUsage(f"{option.env} is {text!r}; give one of {', '.join(option.choices)}.")
    try:
        if option.type == "float":
            return float(text)
        return headers_of(text) if option.type == "dict" else text
    except ValueError:
        # The text of headers may be a secret, and so may what an exception says of it.
        wanted, shown = ("a JSON object", "no JSON object") if option.type == "dict" else ("a number", repr(text))
        raise InvalidUsage(f"{option.env} is {shown}; give {wanted}.") from None


def headers_of(text: str) -> dict[str, Any]:
    """The JSON object in *text*; raises :class:`ValueError` if it is none."""
    parsed = json.loads(text)
    if not isinstance(parsed, dict):
        raise ValueError
    return parsed
