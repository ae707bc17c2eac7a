# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Query parameters of the Table API, with pysnow's names. No input or output.

Source: ServiceNow documentation, "Table API", query parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Union

from ansible_collections.changegate.snow.plugins.module_utils import encoded
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.filters import from_data
from ansible_collections.changegate.snow.plugins.module_utils.query import QueryBuilder, check_field

#: Conditions as plain data (see :mod:`filters`; escaped there), an encoded query as it stands, a builder, or a query.
Query = Union[Mapping[str, Any], str, QueryBuilder, encoded.Query]


class ParamsBuilder:
    """Collects the ``sysparm_*`` parameters of a request; every property maps to the parameter of its name."""

    def __init__(self) -> None:
        self._sysparms: dict[str, str] = {}
        self._custom: dict[str, Any] = {}

    @staticmethod
    def stringify_query(query: Query) -> str:
        """*query* as an encoded query; an empty mapping is the empty query."""
        if isinstance(query, Mapping):
            return str(from_data(query))
        if isinstance(query, (str, QueryBuilder, encoded.Query)):
            return str(query)
        raise InvalidUsage(f"A query is a dict, a string, a QueryBuilder or a Query, not {type(query).__name__}.")

    def copy(self) -> ParamsBuilder:
        """An independent builder with the same parameters."""
        other = ParamsBuilder()
        other._sysparms, other._custom = dict(self._sysparms), dict(self._custom)
        return other

    def add_custom(self, params: Mapping[str, Any]) -> None:
        """Add parameters of the caller's own."""
        if not isinstance(params, Mapping):
            raise InvalidUsage("Custom parameters are a dict.")
        self._custom.update(params)

    @property
    def custom_params(self) -> dict[str, Any]:
        return self._custom

    @property
    def display_value(self) -> str | None:
        return self._sysparms.get("sysparm_display_value")

    @display_value.setter
    def display_value(self, value: bool | str) -> None:
        if str(value).lower() not in ("true", "false", "all"):
            raise InvalidUsage(f"display_value is {value!r}; give True, False or 'all'.")
        self._sysparms["sysparm_display_value"] = str(value).lower()

    @property
    def query(self) -> str | None:
        return self._sysparms.get("sysparm_query")

    @query.setter
    def query(self, query: Query) -> None:
        self._sysparms["sysparm_query"] = self.stringify_query(query)

    @property
    def limit(self) -> str | None:
        return self._sysparms.get("sysparm_limit")

    @limit.setter
    def limit(self, limit: int) -> None:
        self._sysparms["sysparm_limit"] = _count("limit", limit)

    @property
    def offset(self) -> str | None:
        return self._sysparms.get("sysparm_offset")

    @offset.setter
    def offset(self, offset: int) -> None:
        self._sysparms["sysparm_offset"] = _count("offset", offset)

    @property
    def fields(self) -> str | None:
        return self._sysparms.get("sysparm_fields")

    @fields.setter
    def fields(self, fields: Sequence[str]) -> None:
        if isinstance(fields, str) or not isinstance(fields, Sequence):
            raise InvalidUsage("fields is a list of column names.")
        self._sysparms["sysparm_fields"] = ",".join(check_field(name) for name in fields)

    @property
    def exclude_reference_link(self) -> bool:
        return self._sysparms.get("sysparm_exclude_reference_link") == "true"

    @exclude_reference_link.setter
    def exclude_reference_link(self, exclude: bool) -> None:
        self._sysparms["sysparm_exclude_reference_link"] = _flag("exclude_reference_link", exclude)

    @property
    def suppress_pagination_header(self) -> bool:
        return self._sysparms.get("sysparm_suppress_pagination_header") == "true"

    @suppress_pagination_header.setter
    def suppress_pagination_header(self, suppress: bool) -> None:
        self._sysparms["sysparm_suppress_pagination_header"] = _flag("suppress_pagination_header", suppress)

    @property
    def input_display_value(self) -> bool:
        return self._sysparms.get("sysparm_input_display_value") == "true"

    @input_display_value.setter
    def input_display_value(self, display: bool) -> None:
        self._sysparms["sysparm_input_display_value"] = _flag("input_display_value", display)

    def as_dict(self) -> dict[str, str]:
        """All parameters, as requests takes them."""
        return {**self._sysparms, **{name: str(value) for name, value in self._custom.items()}}


def _count(name: str, value: int) -> str:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidUsage(f"{name} is {value!r}; give a whole number that is not negative.")
    return str(value)


def _flag(name: str, value: bool) -> str:
    if not isinstance(value, bool):
        raise InvalidUsage(f"{name} is {value!r}; give True or False.")
    return str(value).lower()
