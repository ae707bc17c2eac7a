# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One insert, made exactly once, whatever becomes of its answer; ``bulk_insert.py`` does the same for many.

The record gets a sys_id before it is sent, which an instance takes over, so that it can be looked up where its answer
was lost, and sending it again cannot double it. Source: ServiceNow documentation, "Table API", POST.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils import retry
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    Forbidden,
    InstanceUnavailable,
    MissingResult,
    NotFound,
    OutcomeUnknown,
    ResponseError,
    SnowError,
)
from ansible_collections.changegate.snow.plugins.module_utils.exchange import Reply, written_record
from ansible_collections.changegate.snow.plugins.module_utils.keys import KEY, key_of
from ansible_collections.changegate.snow.plugins.module_utils.once import exactly_once
from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport


class Creation:
    """The insert of *body* into the table at *path*; *params* say how its record is shown."""

    def __init__(self, transport: Transport, path: str, params: Mapping[str, str], body: Mapping[str, Any]) -> None:
        self._transport = transport
        self._path, self._params, self._body = path, params, body
        self._sys_id = os.urandom(16).hex()
        self._sent = 0
        self._lost: SnowError | None = None

    def made(self) -> Reply:
        """The answer that holds the record, to the insert or to the look-up that found it; or one that holds none.

        :raises OutcomeUnknown: nobody knows whether it was made; the text tells its sys_id.
        """
        try:
            reply = exactly_once(self._send, self._find, self._transport.retry_deadline)
        except SnowError as error:
            if self._is_certain(error):
                raise
            raise self._unknown(error) from error
        if self._sent > 1:
            self._check_taken_over(reply)
        return reply

    def _send(self) -> Reply:
        self._sent += 1
        try:
            body = {**self._body, KEY: self._sys_id}
            reply = self._transport.request("POST", self._path, params=self._params, json=body)
        except SnowError as error:
            if self._lost is None and retry.may_have_happened(error):
                self._lost = error
            raise
        try:
            written_record(reply, f"POST {self._path}")
        except MissingResult:
            # Done, by its status: whoever may write a record need not be allowed to read it. Never to be sent again.
            return self._find() or reply
        return reply

    def _find(self) -> Reply | None:
        with suppress(NotFound):
            return self._transport.request("GET", f"{self._path}/{self._sys_id}", params=self._params)
        return None

    def _is_certain(self, error: SnowError) -> bool:
        """Whether *error* says all that there is to say: nothing was lost, or it was looked for and is not there."""
        if self._lost is None:
            return True
        if error is self._lost:
            return not isinstance(error, OutcomeUnknown)
        if isinstance(error, InstanceUnavailable):
            return isinstance(self._lost, InstanceUnavailable)
        # A refusal of what was sent before is most likely for what is there already.
        return isinstance(error, ResponseError) and not isinstance(error, Forbidden) and self._sent > 1

    def _check_taken_over(self, reply: Reply) -> None:
        """What was sent twice is there once if the instance keeps to the sys_id; else this one is taken back."""
        key = key_of(written_record(reply, f"POST {self._path}"))
        if key == self._sys_id or (key is None and self._find() is not None):
            return
        rest = f"it may be there twice, once as {key}"
        if key is not None:
            with suppress(SnowError):
                self._transport.request("DELETE", f"{self._path}/{key}")
                rest = "a second one was deleted again"
        raise OutcomeUnknown(
            f"The answer to POST {self._path} was lost, and the instance does not keep to the sys_id it is given, so "
            f"nobody knows whether it was done; {rest}. Look for what the record holds before it is sent again.",
            request=f"POST {self._path}",
        ) from self._lost

    def _unknown(self, error: SnowError) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"Nobody knows whether POST {self._path} was done ({str(self._lost).rstrip('.')}); look for the sys_id "
            f"{self._sys_id}, or for what the record holds, before it is sent again.",
            status=error.status,
            detail=error.detail,
            request=f"POST {self._path}",
            transaction_id=error.transaction_id,
        )
