# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on change models and standard change templates.

Source: ServiceNow documentation, "Change Management API".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ansible_collections.changegate.snow.plugins.module_utils.change_calls import ChangeCalls
from ansible_collections.changegate.snow.plugins.module_utils.change_catalog import (
    Model,
    Template,
    model_of,
    template_of,
)
from ansible_collections.changegate.snow.plugins.module_utils.query import check_sys_id

if TYPE_CHECKING:
    from typing import Unpack

    from ansible_collections.changegate.snow.plugins.module_utils.change_lists import ListOptions
    from ansible_collections.changegate.snow.plugins.module_utils.params import Query


class ChangeCatalog(ChangeCalls):
    """What a change can be made from."""

    def models(self, query: Query | None = None, **options: Unpack[ListOptions]) -> Iterator[Model]:
        """GET /sn_chg_rest/change/model: change models; see :class:`ListOptions`."""
        return map(model_of, self._list("/model", query, **options))

    def model(self, sys_id: str) -> Model:
        """GET /sn_chg_rest/change/model/{sys_id}: one change model."""
        sys_id = check_sys_id(sys_id)
        return model_of(self._one(f"/model/{sys_id}", sys_id))

    def templates(self, query: Query | None = None, **options: Unpack[ListOptions]) -> Iterator[Template]:
        """GET /sn_chg_rest/change/standard/template: standard change templates; see :class:`ListOptions`."""
        return map(template_of, self._list("/standard/template", query, **options))

    def template(self, sys_id: str) -> Template:
        """GET /sn_chg_rest/change/standard/template/{sys_id}: one standard change template."""
        sys_id = check_sys_id(sys_id)
        return template_of(self._one(f"/standard/template/{sys_id}", sys_id))
