"""A YAML document of a data set, and what reads its parts with a clear word for each mistake."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any


class DataError(ValueError):
    """A data set that cannot be loaded; the message says which file, where in it, and why."""


class Document(dict[str, Any]):
    """What a file says; `source` is its path."""

    def __init__(self, source: str, content: dict[str, Any]) -> None:
        super().__init__(content)
        self.source = source


@contextlib.contextmanager
def blamed(document: Document) -> Iterator[None]:
    """Names the file in whatever is found wrong with it."""
    try:
        yield
    except DataError:
        raise
    except ValueError as error:
        raise DataError(f"{document.source}: {error}") from None


def mapping(value: object, place: str) -> dict[str, Any]:
    """A mapping, {} for nothing; its keys become text."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{place}: a mapping is expected, not {_kind(value)}")
    for key in value:
        if key is None or isinstance(key, bool | dict | list | tuple):
            raise ValueError(f"{place}: the key '{key}' has to be in quotes: YAML reads it as something else than text")
    return {str(key): item for key, item in value.items()}


def only(value: object, keys: tuple[str, ...], place: str) -> dict[str, Any]:
    """A mapping that has none but these keys."""
    found = mapping(value, place)
    for key in found:
        if key not in keys:
            raise ValueError(f"{place}: there is no '{key}' here, only {', '.join(keys)}")
    return found


def rows(value: object, place: str) -> list[dict[str, Any]]:
    """A list of mappings, [] for nothing."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f"{place}: a list is expected, not {_kind(value)}")
    return [mapping(item, f"{place}[{number}]") for number, item in enumerate(value)]


def names(value: object, place: str) -> tuple[str, ...]:
    """A list of names, or a single one."""
    if value is None:
        return ()
    found = value if isinstance(value, list) else [value]
    for item in found:
        if isinstance(item, dict | list) or item is None or isinstance(item, bool):
            raise ValueError(f"{place}: a list of names is expected, not {_kind(item)}")
    return tuple(str(item) for item in found)


def flag(value: object, place: str, default: bool = False) -> bool:
    if value is None:
        return default
    if not isinstance(value, bool):
        raise ValueError(f"{place}: true or false is expected, not {_kind(value)}")
    return value


def whole(value: object, place: str, default: int) -> int:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{place}: a whole number is expected, not {_kind(value)}")
    return value


def scalar(value: object, place: str) -> str:
    """Text, a number or nothing (""), as text."""
    if isinstance(value, dict | list):
        raise ValueError(f"{place}: a single value is expected, not {_kind(value)}")
    return "" if value is None else str(value)


def _kind(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else f"'{value}'"
