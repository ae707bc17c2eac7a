# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The library under pysnow's names, so that a script ports by changing its import.

``import pysnow`` becomes ``from ansible_collections.changegate.snow.plugins.module_utils import pysnow``, and
``from pysnow.exceptions import NoResults`` gets the same prefix. What differs is in docs/from-pysnow.md.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ansible_collections.changegate.snow.plugins.module_utils.pysnow import exceptions

# Importing this is cheap: each name brings what it takes when it is used first.
if TYPE_CHECKING:
    from ansible_collections.changegate.snow.plugins.module_utils.attachment import Attachment
    from ansible_collections.changegate.snow.plugins.module_utils.client import Client
    from ansible_collections.changegate.snow.plugins.module_utils.oauth_client import OAuthClient
    from ansible_collections.changegate.snow.plugins.module_utils.params import ParamsBuilder
    from ansible_collections.changegate.snow.plugins.module_utils.query import QueryBuilder
    from ansible_collections.changegate.snow.plugins.module_utils.resource import Resource
    from ansible_collections.changegate.snow.plugins.module_utils.response import Response

__all__ = [
    "Attachment",
    "Client",
    "OAuthClient",
    "ParamsBuilder",
    "QueryBuilder",
    "Resource",
    "Response",
    "exceptions",
]
_FILES = {
    "Attachment": "attachment",
    "Client": "client",
    "OAuthClient": "oauth_client",
    "ParamsBuilder": "params_builder",
    "QueryBuilder": "query_builder",
    "Resource": "resource",
    "Response": "response",
}


def __getattr__(name: str) -> Any:
    """The class *name*, from the file of this folder that has it."""
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
