"""XML as the REST APIs of an instance speak it.

Answers: `<response><result>..</result></response>`, a list as one element for each item. Requests:
`<request><entry><field>value</field></entry></request>`; of several entries only the first is read.
Source: ServiceNow REST API reference, Table API and Aggregate API, examples in XML.
"""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAX_DEPTH = 50


def dumps(document: object) -> bytes:
    """A JSON document as XML; what XML cannot hold (control characters) is left out."""
    parts: list[str] = [_HEAD]
    _element(parts, "response", document)
    return "".join(parts).encode()


def _element(parts: list[str], name: str, value: object) -> None:
    if isinstance(value, list):
        for item in value:
            _element(parts, name, item)
        return
    tag = name if _NAME.fullmatch(name) else "_" + re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
    inner: list[str] = []
    if isinstance(value, dict):
        for key, item in value.items():
            _element(inner, str(key), item)
    else:
        inner.append(_text(value))
    content = "".join(inner)
    parts.append(f"<{tag}>{content}</{tag}>" if content else f"<{tag}/>")


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(_ILLEGAL.sub("", str(value)))


def loads(raw: bytes) -> dict[str, Any]:
    """The fields of the first entry of a request; ValueError if it is no such XML."""
    reader = _Reader()
    try:
        reader.parser.Parse(raw, True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from None
    root = reader.root
    if not isinstance(root, dict):
        return {}
    entry = root.get("entry", root)
    if isinstance(entry, list):
        entry = entry[0]
    return entry if isinstance(entry, dict) else {}


class _Reader:
    """Builds text, dicts and (for repeated elements) lists. Document types are refused: entities can be bombs."""

    def __init__(self) -> None:
        self.root: object = ""
        self._stack: list[tuple[str, dict[str, Any], list[str]]] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: object) -> None:
        raise ValueError("document type declarations are not read")

    def _start(self, name: str, _: dict[str, str]) -> None:
        if len(self._stack) >= _MAX_DEPTH:
            raise ValueError("nested too deeply")
        self._stack.append((name, {}, []))

    def _data(self, text: str) -> None:
        self._stack[-1][2].append(text)

    def _end(self, _: str) -> None:
        name, children, texts = self._stack.pop()
        value: object = children or "".join(texts)
        if not self._stack:
            self.root = value
            return
        siblings = self._stack[-1][1]
        if name not in siblings:
            siblings[name] = value
        elif isinstance(siblings[name], list):
            siblings[name].append(value)
        else:
            siblings[name] = [siblings[name], value]
