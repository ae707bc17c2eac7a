# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records out of an answer that comes in pieces, wherever it is cut."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.changegate.snow.plugins.module_utils import errors
from ansible_collections.changegate.snow.plugins.module_utils.records import records_in

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


class Refused(Exception):
    pass


def read(data: bytes, size: int) -> list[Any]:
    blocks = (data[at : at + size] for at in range(0, len(data), size))
    return list(records_in(blocks, lambda body: Refused(body["error"])))


@given(st.lists(VALUES), st.integers(1, 40), st.booleans(), st.booleans())
def test_any_cut_gives_the_same(records: list[Any], size: int, escaped: bool, spaced: bool) -> None:
    """Blocks of any size, in the middle of a character or a number, with white space or without."""
    text = json.dumps({"before": [1, {"result": 2}], "result": records, "after": "]"}, ensure_ascii=escaped)
    if spaced:
        text = json.dumps(json.loads(text), ensure_ascii=escaped, indent=1)
    assert read(text.encode("utf-8", "surrogatepass"), size) == json.loads(
        text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    ).get("result")


@given(st.dictionaries(st.text(), VALUES, min_size=1), st.integers(1, 40))
def test_one_object_is_one_record(record: dict[str, Any], size: int) -> None:
    text = json.dumps({"result": record})
    assert read(text.encode(), size) == [record]


@given(st.lists(VALUES, max_size=3), st.data())
def test_half_an_answer_is_an_error(records: list[Any], data: st.DataObject) -> None:
    """However short it is cut, what is whole is given out and then the error is raised."""
    text = json.dumps({"result": records}).encode()
    cut = data.draw(st.integers(0, len(text) - 1))
    found: list[Any] = []
    with pytest.raises(errors.UnexpectedResponseFormat):
        found.extend(records_in([text[:cut]], Refused))
    reader = records_in([text[:cut]], Refused)
    given_out = list(until_error(reader))
    assert given_out == records[: len(given_out)]


def until_error(reader: Iterator[Any]) -> Iterator[Any]:
    try:
        yield from reader
    except errors.UnexpectedResponseFormat:
        return


@pytest.mark.parametrize("order", ["before", "after"])
def test_an_error_beside_the_records(order: str) -> None:
    """A cancelled transaction has both; the records come first where they stand first."""
    error, result = {"error": {"message": "cancelled"}}, {"result": [1, 2]}
    body = {**error, **result} if order == "before" else {**result, **error}
    reader = records_in([json.dumps(body).encode()], lambda found: Refused(found["error"]["message"]))
    if order == "after":
        assert [next(reader), next(reader)] == [1, 2]
    with pytest.raises(Refused, match="cancelled"):
        next(reader)


@pytest.mark.parametrize("text", ["", "[]", "<!DOCTYPE html><html>", "{", '{"result" 5}', '{"result": [1 2]}', "nul"])
def test_no_json(text: str) -> None:
    with pytest.raises(errors.UnexpectedResponseFormat):
        read(text.encode(), 3)


def test_no_result() -> None:
    for body in ({}, {"status": "ok"}, {"error": None}):
        with pytest.raises(errors.MissingResult):
            read(json.dumps(body).encode(), 5)


def test_long_values_take_linear_time() -> None:
    """A record much longer than a block is not scanned again with each block."""
    data = json.dumps({"result": [{"text": "x" * 3_000_000}]}).encode()
    assert len(read(data, 1000)[0]["text"]) == 3_000_000
