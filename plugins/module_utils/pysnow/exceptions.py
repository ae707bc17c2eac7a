# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""pysnow's exceptions, those of its document and of 0.7.17. All of them are a ``PysnowException``."""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    EmptyContent,
    InvalidUsage,
    MissingResult,
    MissingToken,
    MultipleResults,
    NoResults,
    QueryEmpty,
    QueryExpressionError,
    QueryMissingField,
    QueryMultipleExpressions,
    QueryTypeError,
    ReportUnavailable,
    ResponseError,
    TokenCreateError,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.errors import SnowError as PysnowException

__all__ = [
    "EmptyContent",
    "InvalidUsage",
    "MissingResult",
    "MissingToken",
    "MultipleResults",
    "NoResults",
    "PysnowException",
    "QueryEmpty",
    "QueryExpressionError",
    "QueryMissingField",
    "QueryMultipleExpressions",
    "QueryTypeError",
    "ReportUnavailable",
    "ResponseError",
    "TokenCreateError",
    "UnexpectedResponseFormat",
]
