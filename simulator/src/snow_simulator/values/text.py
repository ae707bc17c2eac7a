"""Text as the database can hold it."""

from __future__ import annotations

_SURROGATES = dict.fromkeys(range(55296, 57344), 65533)


def clean(text: str) -> str:
    """Without NUL characters (SQL functions stop there) and without lone surrogates (not UTF-8)."""
    if text.isascii():
        return text.replace("\0", "") if "\0" in text else text
    return text.replace("\0", "").translate(_SURROGATES)


def from_json(value: object) -> str:
    """The text that an instance makes of a JSON value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return from_json(value.get("value", value.get("display_value", "")))
    if isinstance(value, list):
        return ",".join(from_json(item) for item in value)
    return clean(str(value))
