# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options of every module; generated specs in arguments.py are checked against this text."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  instance:
    description:
      - How to reach the ServiceNow instance, and who is calling.
      - Each suboption can come from an environment variable instead. An explicit suboption beats its variable.
        A credential set here never mixes with those of another way of signing in that is only in the environment.
      - With O(instance.username) and O(instance.password) alone, basic authentication is used. With
        O(instance.client_id) or O(instance.grant_type), an OAuth token is fetched. With O(instance.access_token), that
        token is sent.
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
        choices: [password, refresh_token, client_credentials]
      client_id:
        description:
          - ID of the OAuth application.
          - Falls back to the environment variable E(SN_CLIENT_ID).
        type: str
      client_secret:
        description:
          - Secret of the OAuth application.
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
      custom_headers:
        description:
          - Headers to send with every request. Long values, and those of headers whose names speak of a key, a token or
            the like, are treated as secrets.
          - Falls back to the environment variable E(SN_CUSTOM_HEADERS), a JSON object.
        type: dict
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
