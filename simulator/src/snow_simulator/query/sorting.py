"""ORDERBY and ORDERBYDESC, to SQL."""

from __future__ import annotations

from dataclasses import dataclass

from .operators import COLLATE
from .paths import Column, Paths

# SQLite allows 2,000 terms; nobody reads beyond the first few.
_MAX_KEYS = 50


@dataclass(slots=True)
class Order:
    """The ORDER BY expression, the keys that do not exist, and those that the caller may not look at."""

    sql: str
    ignored: list[str]
    denied: list[str]


def order(paths: Paths, keys: list[tuple[str, bool]]) -> Order:
    """References are sorted by what is displayed.

    Without keys records come in the order of their insertion; there is no tiebreaker.
    """
    parts: list[str] = []
    ignored: list[str] = []
    denied: list[str] = []
    for path, descending in keys:
        column = paths.resolve(path)
        if column is None or column.field.is_secret or not column.readable:
            (denied if column else ignored).append(path)
            continue
        parts.append(_key(paths.display(column, path)) + (" DESC" if descending else ""))
    return Order(", ".join(parts[:_MAX_KEYS]) or f"{paths.base}.rowid", ignored, denied)


def _key(column: Column) -> str:
    if column.field.is_number:
        # Unset numbers come first, as NULL does in the instance's database.
        return f"CASE WHEN {column.sql} = '' THEN NULL ELSE {column.number} END"
    return f"{column.folded} {COLLATE}"
