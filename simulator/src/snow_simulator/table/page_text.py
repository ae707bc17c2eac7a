"""A page of records straight to JSON text.

A page has a thousand times as many cells as a record, and most columns hold few different values: each value of a
column is rendered and encoded once, and every row is joined from those texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from json.encoder import encode_basestring
from operator import itemgetter

from ..query.select import Page
from ..store.database import Row
from ..store.schema import Field, Table
from .render import Renderer

_encode: Callable[[str], str] = encode_basestring


class _Cells(dict[str, str]):
    """Stored value -> `"name": <JSON>` of one column, "" for what is left out; filled as values come along."""

    def __init__(self, name: str, text: Callable[[str], str]) -> None:
        super().__init__()
        self._start = f"{_encode(name)}:"
        self._text = text
        self.gaps = False

    def __missing__(self, stored: str) -> str:
        shown = self._text(stored)
        self.gaps = self.gaps or not shown
        text = self[stored] = shown and self._start + shown
        return text


_Column = tuple[int, _Cells]


def page_text(renderer: Renderer, table: Table, page: Page, names: Iterable[str] | None) -> str:
    """The JSON list of the page's records, as Renderer.render shows each."""
    positions = {name: index for index, name in enumerate(page.names)}
    wanted = list(table.fields if names is None else names)
    if any(field and renderer.has_entries(field) for field in map(table.fields.get, wanted)):
        renderer.journals.load(row[positions["sys_id"]] for row in page.rows)
    # Choices and rights are those of the record's own class, also when it is read through a base table.
    classes = list(map(itemgetter(positions["sys_class_name"]), page.rows))
    lines: dict[str, Iterator[str]] = {}
    for name in dict.fromkeys(classes):
        actual = renderer.records.schema.get(name) or table
        rows = [row for row, its in zip(page.rows, classes, strict=True) if its == name]
        lines[name] = iter(_lines(_columns(renderer, table, actual, wanted, positions), rows))
    return f"[{','.join([next(lines[name]) for name in classes])}]"


def _lines(columns: list[_Column], rows: list[Row]) -> Iterable[str]:
    """Column by column: that leaves next to nothing to be done for each cell."""
    if not columns:
        return repeat("{}", len(rows))
    stored = list(zip(*rows, strict=True))
    cells: Iterable[Iterable[str]] = zip(
        *[list(map(texts.__getitem__, stored[index])) for index, texts in columns], strict=True
    )
    if any(texts.gaps for _index, texts in columns):
        cells = (filter(None, row) for row in cells)
    return [f"{{{text}}}" for text in map(",".join, cells)]


def _columns(
    renderer: Renderer, table: Table, actual: Table, names: list[str], positions: dict[str, int]
) -> list[_Column]:
    """For each name of the plan: which column of a row decides what is shown, and how."""
    columns = []
    for name, field in renderer.plan(table, actual, names):
        if field is not None:
            columns.append((positions[name], _of_field(renderer, actual, field)))
        else:
            # A path depends on nothing but the reference that it begins with; journals hang on the sys_id.
            first = name.partition(".")[0] if "." in name else "sys_id"
            if first in positions:
                columns.append((positions[first], _of_path(renderer, table, actual, first, name)))
    return columns


def _of_field(renderer: Renderer, actual: Table, field: Field) -> _Cells:
    if renderer.as_stored(field):
        return _Cells(field.name, _encode)
    return _Cells(field.name, lambda stored: _text(renderer.shape(actual, field, stored)))


def _of_path(renderer: Renderer, table: Table, actual: Table, first: str, path: str) -> _Cells:
    def text(stored: str) -> str:
        return _text(renderer.follow(table, {first: stored, "sys_class_name": actual.name}, path))

    return _Cells(path, text)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return "{" + ",".join([f"{_encode(key)}:{_encode(item)}" for key, item in value.items()]) + "}"
    return _encode(str(value))
