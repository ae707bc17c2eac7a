"""A page of records straight to JSON text.

A page has a thousand times as many cells as a record, and most columns hold few different values: each value of a
column is rendered and encoded once, and every row is joined from those texts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from operator import getitem

from ..query.select import Page
from ..store.schema import Field, Table
from .render import Renderer

_encode: Callable[[str], str] = json.JSONEncoder(ensure_ascii=False).encode


class _Cells(dict[str, str]):
    """Stored value -> `"name": <JSON>` of one column, "" for what is left out; filled as values come along."""

    def __init__(self, name: str, render: Callable[[str], object]) -> None:
        super().__init__()
        self._name = _encode(name)
        self._render = render

    def __missing__(self, stored: str) -> str:
        shown = self._render(stored)
        text = self[stored] = "" if shown is None else f"{self._name}:{_text(shown)}"
        return text


def page_text(renderer: Renderer, table: Table, page: Page, names: Iterable[str] | None) -> str:
    """The JSON list of the page's records, as Renderer.render shows each."""
    positions = {name: index for index, name in enumerate(page.names)}
    wanted = list(table.fields if names is None else names)
    if any(field and renderer.has_entries(field) for field in map(table.fields.get, wanted)):
        renderer.journals.load(row[positions["sys_id"]] for row in page.rows)
    class_at = positions["sys_class_name"]
    by_class: dict[str, tuple[list[int], list[_Cells]]] = {}
    lines = []
    for row in page.rows:
        # Choices and rights are those of the record's own class, also when it is read through a base table.
        columns = by_class.get(row[class_at])
        if columns is None:
            actual = renderer.records.schema.get(row[class_at]) or table
            columns = by_class[row[class_at]] = _columns(renderer, table, actual, wanted, positions)
        indexes, cells = columns
        texts = map(getitem, cells, [row[index] for index in indexes])
        lines.append("{" + ",".join(filter(None, texts)) + "}")
    return f"[{','.join(lines)}]"


def _columns(
    renderer: Renderer, table: Table, actual: Table, names: list[str], positions: dict[str, int]
) -> tuple[list[int], list[_Cells]]:
    """For each name of the plan: which column of a row decides what is shown, and how."""
    indexes, cells = [], []
    for name, field in renderer.plan(table, actual, names):
        if field is not None:
            indexes.append(positions[name])
            cells.append(_of_field(renderer, actual, field))
        else:
            # A path depends on nothing but the reference that it begins with; journals hang on the sys_id.
            first = name.partition(".")[0] if "." in name else "sys_id"
            if first in positions:
                indexes.append(positions[first])
                cells.append(_of_path(renderer, table, actual, first, name))
    return indexes, cells


def _of_field(renderer: Renderer, actual: Table, field: Field) -> _Cells:
    return _Cells(field.name, lambda stored: renderer.shape(actual, field, stored))


def _of_path(renderer: Renderer, table: Table, actual: Table, first: str, path: str) -> _Cells:
    return _Cells(path, lambda stored: renderer.follow(table, {first: stored, "sys_class_name": actual.name}, path))


def _text(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ",".join([f"{_encode(key)}:{_encode(item)}" for key, item in value.items()]) + "}"
    return _encode(str(value))
