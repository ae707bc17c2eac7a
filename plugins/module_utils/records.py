# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of an answer, one by one while its bytes arrive. No input or output.

Memory holds one record and one block, however long the answer is. Source: ServiceNow documentation, "Table API"
(``{"result": [...]}``, ``{"result": {...}}``, ``{"error": {...}}``, and both after a cancelled transaction).
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.errors import MissingResult, UnexpectedResponseFormat

_SPACE = " \t\r\n"
#: At these, or at the end of the text, a value may not be whole.
_GOES_ON = frozenset(["", *"0123456789.eE+-"])
_decode = json.JSONDecoder().raw_decode


def records_in(blocks: Iterable[bytes], refuse: Callable[[Any], Exception]) -> Iterator[Any]:
    """The members of ``result`` in the JSON that *blocks* make, or ``result`` itself where it is one object.

    :param refuse: makes the exception for the body of an answer that holds an error; it is raised after the records
        that come before it.
    :raises UnexpectedResponseFormat: no JSON, or half of it. :raises MissingResult: neither result nor error.
    """
    text = _Text(blocks)
    text.take("{")
    found, more = False, text.peek() != "}"
    while more:
        key = text.value()
        text.take(":")
        if key == "result":
            found = True
            yield from _members(text)
        else:
            value = text.value()
            if key == "error" and value:
                raise refuse({"error": value})
        more = text.take(",}") == ","
    if not found:
        raise MissingResult("The answer holds no result; check that the path belongs to an API of this instance.")


def _members(text: _Text) -> Iterator[Any]:
    if text.peek() != "[":
        yield text.value()
        return
    text.take("[")
    if text.peek() == "]":
        text.take("]")
        return
    yield text.value()
    while text.take(",]") == ",":
        yield text.value()


class _Text:
    """Text that grows at its end while it is read, and is forgotten behind the place where reading is."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._text, self._at, self._ended = "", 0, False

    def peek(self) -> str:
        """The next character that is no white space; raises at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _SPACE:
                    return self._text[self._at]
                self._at += 1
            if not self._grow(1):
                raise _broken("it ends too early")

    def take(self, wanted: str) -> str:
        """The next character, which has to be one of *wanted*."""
        found = self.peek()
        if found not in wanted:
            raise _broken(f"{found!r} stands where {' or '.join(wanted)} should")
        self._at += 1
        return found

    def value(self) -> Any:
        """The next JSON value, whole."""
        self.peek()
        while True:
            try:
                value, end = _decode(self._text, self._at)
            except RecursionError as error:
                raise _broken("it is nested too deeply") from error
            except ValueError as error:
                # Half a value looks like a wrong one. Doubling what is there keeps long values linear.
                if not self._grow(len(self._text) - self._at):
                    raise _broken(str(error)) from error
                continue
            if self._text[end : end + 1] not in _GOES_ON:
                self._at = end
                return value
            # Something always follows a value; a number may be cut, even behind its point ("1." is read as 1).
            if not self._grow(1):
                raise _broken("it ends too early")

    def _grow(self, least: int) -> bool:
        """Read *least* characters more, as far as there are any; whether there were."""
        parts, size = [self._text[self._at :]], 0
        while size < least and not self._ended:
            block = next(self._blocks, None)
            self._ended = block is None
            part = self._decoder.decode(block or b"", final=self._ended)
            parts.append(part)
            size += len(part)
        self._text, self._at = "".join(parts), 0
        return size > 0


def _broken(reason: str) -> UnexpectedResponseFormat:
    return UnexpectedResponseFormat(
        "The answer is not whole JSON; try again, and look at the instance's logs if it happens again.", detail=reason
    )
