# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/change-operations.md: every operation is there, and what it says of the modules is so."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import pytest
from tests.integration.change_operations import REACHES, library_methods, page
from tests.integration.helpers import REPOSITORY

MODULES = "ansible_collections.changegate.snow.plugins.modules"


def spec_of(module: str) -> Mapping[str, Mapping[str, Any]]:
    options: Mapping[str, Mapping[str, Any]] = importlib.import_module(f"{MODULES}.{module}").SPEC.options
    return options


def test_every_operation_has_its_row() -> None:
    """As the library has a method for each, which is held to the document elsewhere."""
    assert len(REACHES) == 41
    assert set(REACHES) == set(library_methods())


@pytest.mark.parametrize("operation", REACHES)
def test_modules_and_options_exist(operation: str) -> None:
    """Each option is in the argument spec of its module, and a value among the choices, if there are choices."""
    reach = REACHES[operation]
    options = spec_of(reach.module)
    assert reach.options
    for text in reach.options:
        name, _, value = text.partition(": ")
        assert name in options
        choices = options[name].get("choices")
        assert not value or choices is None or value in choices


def test_another_request_is_one_that_is_known() -> None:
    """What is sent in place of an operation is another operation."""
    instead = {reach.instead for reach in REACHES.values() if reach.instead}
    assert [request for request in instead if request not in REACHES] == []


def test_the_page_is_what_make_docs_writes() -> None:
    assert (REPOSITORY / "docs" / "change-operations.md").read_text(encoding="utf-8") == page()
