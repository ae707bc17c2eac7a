# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Query parameters of the Table API, with pysnow's names. No input or output.

Source: ServiceNow documentation, "Table API", query parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage

# What makes queries is imported with the first one that is more than text.
if TYPE_CHECKING:
    from ansible_collections.changegate.snow.plugins.module_utils import encoded
    from ansible_collections.changegate.snow.plugins.module_utils.query import QueryBuilder

    #: Conditions as plain data (see :mod:`filters`; escaped there), an encoded query as it stands, a builder, or a
    #: query.
    Query = Union[Mapping[str, Any], str, QueryBuilder, encoded.Query]
else:
    Query = Any


class ParamsBuilder:
    """Collects the ``sysparm_*`` parameters of a request; every property maps to the parameter of its name.

    What was never set is not sent, so that the instance's own default holds.
    """

    def __init__(self) -> None:
        self._sysparms: dict[str, Any] = {}
        self._custom: dict[str, Any] = {}

    @staticmethod
    def stringify_query(query: Query) -> str:
        """*query* as an encoded query; an empty mapping is the empty query."""
        if isinstance(query, str):
            return _sendable(query)
        from ansible_collections.changegate.snow.plugins.module_utils import encoded
        from ansible_collections.changegate.snow.plugins.module_utils.filters import from_data
        from ansible_collections.changegate.snow.plugins.module_utils.query import QueryBuilder

        if isinstance(query, Mapping):
            return str(from_data(query))
        if isinstance(query, (QueryBuilder, encoded.Query)):
            return _sendable(str(query))
        raise InvalidUsage(f"A query is a dict, a string, a QueryBuilder or a Query, not {type(query).__name__}.")

    def copy(self) -> ParamsBuilder:
        """An independent builder with the same parameters."""
        other = ParamsBuilder()
        other._sysparms, other._custom = dict(self._sysparms), dict(self._custom)
        return other

    def add_custom(self, params: Mapping[str, Any]) -> None:
        """Add parameters of the caller's own."""
        if not isinstance(params, Mapping) or not all(isinstance(name, str) for name in params):
            raise InvalidUsage("Custom parameters are a dict of names and values.")
        self._custom.update(params)

    @property
    def custom_params(self) -> dict[str, Any]:
        return self._custom

    @property
    def display_value(self) -> bool | str:
        """False: stored values; True: display values; ``all``: both."""
        value: bool | str = self._sysparms.get("sysparm_display_value", False)
        return value

    @display_value.setter
    def display_value(self, value: bool | str) -> None:
        words = {"true": True, "false": False, "all": "all"}
        if str(value).lower() not in words:
            raise InvalidUsage(f"display_value is {value!r}; give True, False or 'all'.")
        self._sysparms["sysparm_display_value"] = words[str(value).lower()]

    @property
    def query(self) -> str:
        return str(self._sysparms.get("sysparm_query", ""))

    @query.setter
    def query(self, query: Query) -> None:
        self._sysparms["sysparm_query"] = self.stringify_query(query)

    @property
    def limit(self) -> int | None:
        """Records at most; None is all of them."""
        return self._sysparms.get("sysparm_limit")

    @limit.setter
    def limit(self, limit: int) -> None:
        self._sysparms["sysparm_limit"] = _count("limit", limit)

    @property
    def offset(self) -> int | None:
        """Records to leave out at the beginning."""
        return self._sysparms.get("sysparm_offset")

    @offset.setter
    def offset(self, offset: int) -> None:
        self._sysparms["sysparm_offset"] = _count("offset", offset)

    @property
    def fields(self) -> str:
        """Columns, with a comma between; set as a list. Empty is all of them."""
        return str(self._sysparms.get("sysparm_fields", ""))

    @fields.setter
    def fields(self, fields: Sequence[str]) -> None:
        if isinstance(fields, str) or not isinstance(fields, Sequence):
            raise InvalidUsage("fields is a list of column names.")
        from ansible_collections.changegate.snow.plugins.module_utils.query import check_field

        try:
            self._sysparms["sysparm_fields"] = ",".join(check_field(name) for name in fields)
        except InvalidUsage as error:
            raise InvalidUsage(f"One of fields is wrong: {error}") from error

    @property
    def exclude_reference_link(self) -> bool:
        return bool(self._sysparms.get("sysparm_exclude_reference_link"))

    @exclude_reference_link.setter
    def exclude_reference_link(self, exclude: bool) -> None:
        self._sysparms["sysparm_exclude_reference_link"] = _flag("exclude_reference_link", exclude)

    @property
    def suppress_pagination_header(self) -> bool:
        return bool(self._sysparms.get("sysparm_suppress_pagination_header"))

    @suppress_pagination_header.setter
    def suppress_pagination_header(self, suppress: bool) -> None:
        self._sysparms["sysparm_suppress_pagination_header"] = _flag("suppress_pagination_header", suppress)

    @property
    def input_display_value(self) -> bool:
        return bool(self._sysparms.get("sysparm_input_display_value"))

    @input_display_value.setter
    def input_display_value(self, display: bool) -> None:
        self._sysparms["sysparm_input_display_value"] = _flag("input_display_value", display)

    def as_dict(self) -> dict[str, str]:
        """All parameters, as a request takes them."""
        return {name: _text(value) for name, value in {**self._sysparms, **self._custom}.items()}


def _sendable(query: str) -> str:
    try:
        query.encode()
    except UnicodeEncodeError:
        raise InvalidUsage("The query holds half a character, which UTF-8 cannot carry; take it out.") from None
    return query


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _count(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidUsage(f"{name} is {value!r}; give a whole number that is not negative.")
    return value


def _flag(name: str, value: bool) -> bool:
    if not isinstance(value, bool):
        raise InvalidUsage(f"{name} is {value!r}; give True or False.")
    return value
