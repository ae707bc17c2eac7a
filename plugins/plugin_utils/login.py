# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How plugins that are no modules reach an instance, and what they must never show."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.common.parameters import remove_values

from ansible_collections.changegate.snow.plugins.module_utils import connection
from ansible_collections.changegate.snow.plugins.module_utils.client import Client, connect


class Login:
    """A connection from *options* (as of ``instance``, checked or not) and the environment.

    Used with ``with``, it closes its connections at the end, and still knows what is secret.
    """

    def __init__(self, options: Mapping[str, Any] | None, environ: Mapping[str, str] | None = None) -> None:
        self._options = options or {}
        self._environ = os.environ if environ is None else environ
        self._client: Client | None = None

    def __enter__(self) -> Login:
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._client is not None:
            self._client.close()

    @property
    def client(self) -> Client:
        """Made late; raises :class:`InvalidUsage` for options that make no sense."""
        if self._client is None:
            self._client = connect(self.connection)
        return self._client

    @property
    def connection(self) -> connection.Connection:
        """What the options and the environment mean; raises as above."""
        return connection.resolve(self._options, self._environ)

    def secrets(self) -> set[str]:
        """What is secret of the options, of the environment, and of what was fetched with them."""
        auth = self._client.transport.auth if self._client is not None else None
        fetched = auth.secrets() if auth is not None else set()
        return {secret for secret in connection.secrets_of(self._options, self._environ) | fetched if secret}

    def masked(self, text: str, more: Iterable[str] = ()) -> str:
        """*text* without any secret, also without those of *more*."""
        return str(remove_values(text, {*self.secrets(), *more}))
