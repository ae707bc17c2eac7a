# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options of every module and plugin; generated specs in arguments.py are checked against this text."""

from __future__ import annotations

import re

#: The line of a suboption that names its environment variable, and its type behind it.
_VARIABLE = re.compile(r"(variable E\()(SN_\w+)(\)[^\n]*\n)( +)(type: )")
#: An option of a callback plugin that ansible.cfg can hold, where its description begins.
_OPTION = re.compile(r"^  (?!custom_headers)(\w+):\n", re.MULTILINE)


def _for_inventories(text: str) -> str:
    """*text* with the environment variables declared, as plugins other than modules do."""
    declared = _VARIABLE.sub(r"\1\2\3\4env: [{name: \2}]\n\4\5", text)
    return declared.replace("the task runs", "Ansible runs")


def _for_callbacks(text: str) -> str:
    """The suboptions in *text* as options of their own, as ansible.cfg can hold them."""
    names, rest = text.split("    suboptions:\n", 1)[1].split("requirements:\n", 1)
    options = re.sub(r"^    ", "", names, flags=re.MULTILINE).replace("O(instance.", "O(")
    declared = _OPTION.sub(r"  \1:\n    ini: [{section: callback_change_recap, key: \1}]\n", options)
    return f"options:\n{declared}requirements:\n{rest}".replace("the task runs", "Ansible runs")


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  instance:
    description:
      - How to reach the ServiceNow instance, and who is calling.
      - Each suboption can come from an environment variable instead. An explicit suboption beats its variable.
        A credential set here never mixes with those of another way of signing in that is only in the environment.
      - With O(instance.username) and O(instance.password) alone, basic authentication is used. With
        O(instance.client_id) or O(instance.grant_type), an OAuth token is fetched, and kept for the next task
        (O(instance.token_cache)). With O(instance.access_token) or O(instance.api_key), that is sent. With
        O(instance.client_certificate_file) and none of them, the certificate says who is calling.
    type: dict
    suboptions:
      host:
        description:
          - URL, host name or bare name of the instance, for example V(https://dev1234.service-now.com) or V(dev1234).
          - Falls back to the environment variable E(SN_HOST).
        type: str
      username:
        description:
          - User name, for basic authentication and for O(instance.grant_type=password).
          - Falls back to the environment variable E(SN_USERNAME).
        type: str
      password:
        description:
          - Password of O(instance.username).
          - Falls back to the environment variable E(SN_PASSWORD).
        type: str
      grant_type:
        description:
          - OAuth grant with which a token is fetched. V(password) if an O(instance.client_id) is set and this is not.
          - Falls back to the environment variable E(SN_GRANT_TYPE).
        type: str
        choices: [password, refresh_token, client_credentials, jwt_bearer]
      client_id:
        description:
          - ID of the OAuth application.
          - Falls back to the environment variable E(SN_CLIENT_ID).
        type: str
      client_secret:
        description:
          - Secret of the OAuth application. Not needed for O(instance.grant_type=jwt_bearer) of a public client.
          - Falls back to the environment variable E(SN_CLIENT_SECRET).
        type: str
      refresh_token:
        description:
          - Refresh token, for O(instance.grant_type=refresh_token).
          - Falls back to the environment variable E(SN_REFRESH_TOKEN).
        type: str
      access_token:
        description:
          - A token that is valid already. Excludes the other credentials.
          - Falls back to the environment variable E(SN_ACCESS_TOKEN).
        type: str
      api_key:
        description:
          - An inbound REST API key, sent in the header C(x-sn-apikey). Excludes the other credentials.
          - Falls back to the environment variable E(SN_API_KEY).
        type: str
      jwt_key:
        description:
          - What assertions are signed with, for O(instance.grant_type=jwt_bearer). A private RSA key in PEM, without a
            password, or the shared key for the algorithms that begin with V(HS).
          - Falls back to the environment variable E(SN_JWT_KEY).
        type: str
      jwt_key_file:
        description:
          - File that holds what would be in O(instance.jwt_key), on the host where the task runs.
          - Falls back to the environment variable E(SN_JWT_KEY_FILE).
        type: path
      jwt_key_id:
        description:
          - The C(kid) of assertions, by which the instance chooses among several keys of an application.
          - Falls back to the environment variable E(SN_JWT_KEY_ID).
        type: str
      jwt_algorithm:
        description:
          - How assertions are signed. V(RS256) if not set. Those that begin with V(RS) need the Python library
            C(cryptography) where the task runs, which ansible-core brings to the controller.
          - Falls back to the environment variable E(SN_JWT_ALGORITHM).
        type: str
        choices: [RS256, RS384, RS512, HS256, HS384, HS512]
      jwt_subject:
        description:
          - The user, by what the user field of the OAuth application holds, which is the e-mail address if the
            application does not say otherwise. O(instance.username) if not set.
          - Falls back to the environment variable E(SN_JWT_SUBJECT).
        type: str
      jwt_issuer:
        description:
          - The C(iss) of assertions. O(instance.client_id) if not set, as an instance expects it by default.
          - Falls back to the environment variable E(SN_JWT_ISSUER).
        type: str
      jwt_audience:
        description:
          - The C(aud) of assertions. O(instance.client_id) if not set, as an instance expects it by default.
          - Falls back to the environment variable E(SN_JWT_AUDIENCE).
        type: str
      jwt_lifetime:
        description:
          - Seconds for which an assertion is good; a new one is made for each token. 300 if not set.
          - Falls back to the environment variable E(SN_JWT_LIFETIME).
        type: float
      client_certificate_file:
        description:
          - Client certificate in PEM for mutual TLS, on the host where the task runs. Alone it says who is calling, if
            the instance maps it to a user; beside other credentials those do.
          - Falls back to the environment variable E(SN_CLIENT_CERTIFICATE_FILE).
        type: path
      client_key_file:
        description:
          - Private key in PEM of O(instance.client_certificate_file), if it is not in the same file. A key that is
            protected by a password is not supported.
          - Falls back to the environment variable E(SN_CLIENT_KEY_FILE).
        type: path
      token_cache:
        description:
          - Whether OAuth tokens are kept on disk, on the host where the task runs, so that the next task and tasks that
            run side by side need not ask for one. They are, if this is not set, in the folder C(changegate.snow) below
            E(XDG_CACHE_HOME) or C(~/.cache). The path of another folder keeps them there, V(false) nowhere.
          - The files can be read by the user alone. They hold access and refresh tokens, neither passwords nor keys.
            The folder must be the user's own, and closed to others. Where it cannot be written no token is kept.
          - Falls back to the environment variable E(SN_TOKEN_CACHE).
        type: raw
      custom_headers:
        description:
          - Headers to send with every request. Long values, and those of headers whose names speak of a key, a token or
            the like, are treated as secrets.
          - Falls back to the environment variable E(SN_CUSTOM_HEADERS), a JSON object.
        type: dict
      api_path:
        description:
          - Path of the Table API and its like, where a gateway before the instance has another one than V(api/now).
            Its last part is replaced for other interfaces. With V(servicenow/v1/now) the Table API is looked for at
            C(/servicenow/v1/now/table), and the Change Management API at C(/servicenow/v1/sn_chg_rest). OAuth tokens
            come from C(/oauth_token.do) in any case.
          - Falls back to the environment variable E(SN_API_PATH).
        type: str
      timeout:
        description:
          - Seconds to wait for a connection, and then for each answer. 30 if not set.
          - Falls back to the environment variable E(SN_TIMEOUT).
        type: float
      validate_certs:
        description:
          - Whether the TLS certificate of the instance is verified. It is, if this is not set.
          - Falls back to the environment variable E(SN_VALIDATE_CERTS).
        type: bool
      ca_path:
        description:
          - File or folder with certificates of authorities to trust instead of the system's.
          - Falls back to the environment variable E(SN_CA_PATH).
        type: path
      proxy:
        description:
          - URL of a proxy.
          - Falls back to the environment variable E(SN_PROXY), then to the usual proxy variables.
        type: str
      allow_http:
        description:
          - Whether O(instance.host) may be an V(http://) URL, over which passwords travel in clear. Not allowed if this
            is not set, except to this machine itself.
          - Falls back to the environment variable E(SN_ALLOW_HTTP).
        type: bool
      retry_deadline:
        description:
          - Seconds for which a request that may be repeated is sent again after a passing failure. 60 if not set,
            V(0) sends each request once.
          - Falls back to the environment variable E(SN_RETRY_DEADLINE).
        type: float
requirements:
  - requests, where the task runs
"""

    # With types: what is assigned without one, the sanity test of YAML takes for a text.
    INVENTORY: str = _for_inventories(DOCUMENTATION)
    CALLBACK: str = _for_callbacks(DOCUMENTATION)
