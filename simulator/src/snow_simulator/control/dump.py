"""Writes dumps; store/dump.py has their format, and reads them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ..store.dump import VERSION, dump_definitions, dump_records

if TYPE_CHECKING:
    from ..instance import Instance

_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def dump(instance: Instance, *, contents: bool = True) -> dict[str, Any]:
    """Contents of attachments are whole in memory here; without them attachments are loaded empty."""
    document: dict[str, Any] = {
        "dump": VERSION,
        "definitions": _plain(dump_definitions(instance.data.own)),
        "records": dump_records(instance.raw),
        "sequences": instance.database.sequences(),
    }
    if contents:
        document["contents"] = _contents(instance)
    return document


def _plain(value: Any) -> Any:
    """YAML may have numbers as keys, JSON has texts only: a dump is the same in both."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _contents(instance: Instance) -> dict[str, str]:
    found = {}
    for record in instance.raw.find(instance.raw.schema["sys_attachment"], {}):
        if instance.contents.size(record["sys_id"]):
            whole = b"".join(instance.contents.read(record["sys_id"]))
            found[record["sys_id"]] = base64.b64encode(whole).decode()
    return found


def as_text(document: dict[str, Any], form: str) -> str:
    """`form` is yaml or json. Both can be loaded; JSON is faster, YAML easier to read."""
    if form == "json":
        return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    # No aliases: the same transitions may be in two models.
    dumper = type("Dumper", (_DUMPER,), {"ignore_aliases": lambda *_: True})
    text: str = yaml.dump(document, Dumper=dumper, allow_unicode=True, sort_keys=False, width=120)
    return text


def form_of(path: Path) -> str:
    return "json" if path.suffix == ".json" else "yaml"
