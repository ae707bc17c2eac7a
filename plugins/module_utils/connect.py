# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the connection of a task to what sends its requests, signed. Nothing is sent yet."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from ansible_collections.changegate.snow.plugins.module_utils.auth import ApiKeyAuth, BasicAuth, NoAuth, TokenAuth
from ansible_collections.changegate.snow.plugins.module_utils.connection import Connection
from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport


def transport_of(connection: Connection, sleep: Callable[[float], None] = time.sleep) -> Transport:
    """What sends requests over *connection*; raises :class:`InvalidUsage` for files that cannot be used.

    :param sleep: how it waits before it sends a request again.
    """
    certificate = connection.certificate
    return Transport(
        connection.base_url,
        signer(connection),
        timeout=connection.timeout,
        verify=connection.verify,
        certificate=None if certificate is None else (_path(certificate[0]), _path(certificate[1])),
        proxy=connection.proxy,
        headers=connection.custom_headers,
        api_path=connection.api_path,
        retry_deadline=connection.retry_deadline,
        sleep=sleep,
    )


def signer(connection: Connection) -> NoAuth:
    """What signs requests as *connection* says."""
    if connection.scheme == "certificate":
        return NoAuth()
    if connection.scheme == "token":
        return TokenAuth(connection.access_token or "")
    if connection.scheme == "api_key":
        return ApiKeyAuth(connection.api_key or "")
    if connection.scheme == "basic":
        return BasicAuth(connection.username or "", connection.password or "")
    # Few connections want OAuth, so that what it takes is imported late.
    from ansible_collections.changegate.snow.plugins.module_utils.grants import grant_of

    return grant_of(connection)


def _path(path: str) -> str:
    """Options have their ``~`` replaced by Ansible; environment variables have not."""
    return os.path.expanduser(path)
