"""HTML as an instance's sanitizer leaves it: known elements and harmless attributes, written in one way."""

from __future__ import annotations

import re
from html import escape, unescape
from html.parser import HTMLParser

_ELEMENTS = frozenset(
    re.findall(
        r"\w+",
        "a abbr b blockquote br caption center code col colgroup div em font h1 h2 h3 h4 h5 h6 hr i img li ol p pre s "
        "small span strike strong sub sup table tbody td tfoot th thead tr tt u ul",
    )
)
_VOID = frozenset({"br", "col", "hr", "img"})
# Removed with everything in them; of any other unknown element only the tags are.
_WHOLE = frozenset({"script", "style", "iframe", "object", "applet", "noscript", "template", "title"})
_ATTRIBUTES = frozenset(
    re.findall(
        r"\w+",
        "align alt bgcolor border cellpadding cellspacing class color colspan dir face height href id lang name rel "
        "rowspan size src start style target title type valign width",
    )
)
_LINKS = frozenset({"href", "src"})
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SAFE = frozenset({"http", "https", "mailto", "ftp"})


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._open: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _WHOLE:
            self._hidden.append(tag)
        elif not self._hidden and tag in _ELEMENTS:
            kept = "".join(f' {name}="{escape(value or "")}"' for name, value in attrs if _harmless(name, value or ""))
            self.parts.append(f"<{tag}{kept}{' /' if tag in _VOID else ''}>")
            if tag not in _VOID:
                self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            if tag == self._hidden[-1]:
                self._hidden.pop()
        elif tag in self._open:
            while (closed := self._open.pop()) != tag:
                self.parts.append(f"</{closed}>")
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(escape(data, quote=False))

    def finished(self, rest: str) -> str:
        """The whole, with text that has no tags."""
        self.close()
        self.handle_data(unescape(rest))
        return "".join(self.parts) + "".join(f"</{tag}>" for tag in reversed(self._open))


def _harmless(name: str, value: str) -> bool:
    if name in _LINKS:
        scheme = _SCHEME.match("".join(value.split()))
        return scheme is None or scheme[1].lower() in _SAFE
    return name in _ATTRIBUTES and "javascript:" not in value.lower() and "expression(" not in value.lower()


def sanitized(text: str) -> str:
    """Scripts, handlers and unknown elements removed; what is left open is closed."""
    # What follows the last > holds no tag. The parser would try again at each < of it, which takes minutes.
    end = text.rfind(">") + 1
    cleaner = _Cleaner()
    cleaner.feed(text[:end])
    return cleaner.finished(text[end:])
