"""An attachment's content as an answer: to be saved, never to be shown."""

from __future__ import annotations

from urllib.parse import quote

from ..http.reply import Reply
from ..store.records import Record
from .store import Contents


def file_reply(contents: Contents, record: Record, content_type: str, headers: dict[str, str]) -> Reply:
    """`record` is one of sys_attachment; its name may have any letters."""
    disposition = f"attachment;filename*=UTF-8''{quote(record['file_name'])}"
    blocks, size = contents.read(record["sys_id"]), contents.size(record["sys_id"])
    return Reply(None, 200, {**headers, "Content-Disposition": disposition}, blocks, size, content_type)
