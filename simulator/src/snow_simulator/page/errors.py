"""What a page cannot show or do."""

from __future__ import annotations


class PageError(Exception):
    """The sentence that a person reads, with the HTTP status of its page."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
