# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of the Change Management API in all their shapes, reduced to records. No input or output.

One record comes as an object, as a list of one, or (risk) without the ``result`` around it; a list may end with an
element that holds only ``__meta``, and may hold a row twice. Source: ServiceNow documentation, "Change Management
API", response body parameters and examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, cell_of, record_of, text_of
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    InvalidUsage,
    MissingResult,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.query import is_sys_id

Row = Mapping[str, Any]


def unwrap(body: Any, request: str) -> Row:
    """The one record of an answer: in ``result``, in a list of one inside it, or bare.

    :raises MissingResult: there is no record, or more than one.
    """
    result = body.get("result", body) if isinstance(body, Mapping) else body
    if isinstance(result, list):
        records = [item for item in result if isinstance(item, Mapping) and not _is_meta(item)]
        result = records[0] if len(records) == 1 else None
    if not isinstance(result, Mapping) or not result:
        raise MissingResult(f"The answer to {request} does not hold one record.", request=request)
    return result


def unwrap_list(body: Any, request: str) -> list[Row]:
    """The rows of a list answer as they come, without the trailing ``__meta`` element.

    :raises MissingResult: there is no list.
    """
    result = body.get("result") if isinstance(body, Mapping) else body
    if isinstance(result, Mapping):
        result = [result]
    if not isinstance(result, list):
        raise MissingResult(f"The answer to {request} holds no list of records.", request=request)
    return [item for item in result if isinstance(item, Mapping) and not _is_meta(item)]


def key_of(row: Row) -> str:
    """What tells a row from others: its sys_id, or all of it where it has none."""
    return cell_of(row.get("sys_id")).value.strip() or repr(row)


def record_in(body: Any, request: str, sys_id: str | None = None) -> dict[str, Cell]:
    """The one record of an answer; with *sys_id* it has to be that very one.

    :raises MissingResult: there is no record, or one without a sys_id.
    :raises UnexpectedResponseFormat: it is another record.
    """
    record = record_of(unwrap(body, request))
    found = record["sys_id"].value.strip().lower() if "sys_id" in record else ""
    if not is_sys_id(found):
        raise MissingResult(f"The answer to {request} holds a record without a sys_id.", request=request)
    if sys_id is not None and found != sys_id:
        raise UnexpectedResponseFormat(
            f"{request} was answered with the record {found}; look at the rules of the instance for this request.",
            request=request,
        )
    return record


def text_in(body: Any, request: str) -> str:
    """The sys_id that an answer consists of, in ``result`` or bare; raises :class:`MissingResult` if it is none."""
    result = body.get("result") if isinstance(body, Mapping) else body
    if not is_sys_id(result):
        raise MissingResult(f"The answer to {request} is no sys_id.", request=request)
    return str(result).lower()


def refuse_ignored(body: Any, request: str) -> None:
    """A condition that the instance did not know was dropped: what it found is not what was asked for.

    :raises InvalidUsage: the trailing ``__meta`` names such columns.
    """
    result = body.get("result") if isinstance(body, Mapping) else None
    last = result[-1] if isinstance(result, list) and result else None
    fields = _inside(_inside(last, "__meta"), "fields")
    ignored = _names(fields.get("ignored"))
    if ignored:
        raise InvalidUsage(
            f"The instance knows no field {', '.join(ignored)} in {request} and ignored it; check the query.",
            request=request,
        )


def ignored_fields(row: Row) -> tuple[str, ...]:
    """The columns of a write that the instance says it did not apply: ``__meta.ignoredFields``."""
    meta = _inside(row, "__meta")
    return tuple(_names(meta.get("ignoredFields") or row.get("__meta.ignoredFields")))


def _inside(item: Any, name: str) -> Row:
    inner = item.get(name) if isinstance(item, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def _names(raw: Any) -> list[str]:
    items = raw if isinstance(raw, list) else str(raw or "").split(",")
    return [name for name in (text_of(item).strip() for item in items) if name]


def _is_meta(item: Row) -> bool:
    return set(item) == {"__meta"}
