# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Identities: refused when empty, checked on whatever comes back."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.changegate.snow.plugins.module_utils import errors, identity
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell

NAMES = ("sys_id", "number", "correlation_id")


def record(number: str, correlation_id: str = "") -> dict[str, Cell]:
    return {"number": Cell(number, number), "correlation_id": Cell(correlation_id, correlation_id)}


def test_the_first_name_that_is_set_wins() -> None:
    chosen = identity.chosen("change", {"correlation_id": "x", "number": "CHG1"}, NAMES)
    assert (chosen.conditions, chosen.creates) == ({"number": "CHG1"}, False)


def test_a_correlation_id_can_create() -> None:
    chosen = identity.chosen("change", {"correlation_id": " x "}, NAMES)
    assert (chosen.conditions, chosen.creates) == ({"correlation_id": "x"}, True)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"number": ""},
        {"number": None},
        {"number": "None"},
        {"sys_id": "CHG1"},
        {"sys_id": None, "correlation_id": "x"},
        {"correlation_id": "x" * 101},
    ],
)
def test_refused(options: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidIdentity):
        identity.chosen("change", options, NAMES)


def test_only_takes_one_record_that_bears_the_key() -> None:
    who = identity.of_column("change", "number", "chg1")
    assert who.only([], "GET /x") is None
    assert who.only([record("CHG1")], "GET /x") == record("CHG1")


@pytest.mark.parametrize(("wanted", "stored"), [("2026.10", "2026.1"), ("1", "01"), ("true", "1")])
def test_identifiers_are_texts_and_not_numbers(wanted: str, stored: str) -> None:
    assert not identity.bears(wanted, Cell(stored, wanted))
    assert identity.bears(" chg1", Cell("CHG1", "other"))


def test_only_lists_what_it_found_too_much() -> None:
    who = identity.of_column("change", "correlation_id", "x")
    with pytest.raises(errors.MultipleResults, match="CHG1, CHG2"):
        who.only([record("CHG1", "x"), record("CHG2", "x")], "GET /x")


@pytest.mark.parametrize("found", [[record("CHG2")], [record("CHG1"), record("CHG2")], [{"sys_id": Cell("a", "a")}]])
def test_only_refuses_a_record_that_does_not_bear_the_key(found: list[dict[str, Cell]]) -> None:
    who = identity.of_column("change", "number", "CHG1")
    with pytest.raises(errors.UnexpectedResponseFormat, match=r"Nothing was written\."):
        who.only(found, "GET /x")


def test_matching() -> None:
    who = identity.of_matching("incident", ["u_key", "u_place"], {"u_key": "a^b", "u_place": 3, "other": 1}, {})
    assert (who.query, who.creates) == ("u_key=a^^b^u_place=3", True)


@pytest.mark.parametrize(
    ("names", "data"),
    [
        ([], {}),
        (["a"], {}),
        (["a"], {"a": ""}),
        (["a"], {"a": None}),
        (["correlation_id"], {"correlation_id": "x" * 101}),
        # What is not stored as it is written would never be found again.
        (["a"], {"a": "2026-11-24T20:00:00Z"}),
        (["group"], {"group": "Network"}),
    ],
)
def test_matching_refuses(names: list[str], data: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidUsage):
        identity.of_matching("incident", names, data, {"group": "reference"})
