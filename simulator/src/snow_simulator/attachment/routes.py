"""List, read, upload, download, rename and delete attachments."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import IO

from ..access import acl
from ..access.attaching import check_attaching
from ..errors import bad_request, no_field_read, no_record
from ..http.call import Call, Reply, result
from ..http.routing import Router, Trait
from ..query.select import select
from ..store.records import Record, new_sys_id
from ..store.schema import Table
from ..table import parameters
from ..values.text import clean, from_json
from . import errors, limits
from .download import file_reply
from .store import Received

_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class _Target:
    """The record to attach to, and the name that the file gets there."""

    table_name: str
    table_sys_id: str
    file_name: str


def register(router: Router) -> None:
    router.add_versioned("GET", "now", "/attachment", list_attachments)
    router.add_versioned("POST", "now", "/attachment/file", upload_file, Trait.FILES | Trait.UNLOCKED)
    router.add_versioned("POST", "now", "/attachment/upload", upload_multipart, Trait.FILES | Trait.UNLOCKED)
    router.add_versioned("GET", "now", "/attachment/<sys_id>", get_attachment)
    router.add_versioned("GET", "now", "/attachment/<sys_id>/file", download, Trait.FILES)
    router.add_versioned("PATCH", "now", "/attachment/<sys_id>", rename)
    router.add_versioned("DELETE", "now", "/attachment/<sys_id>", delete)


def list_attachments(call: Call) -> Reply:
    table = _table(call)
    compiled = parameters.compile_query(call, table, parameters.read_query(call))
    if compiled.denied:
        raise no_field_read()
    limit, offset = call.number("sysparm_limit", _LIMIT), call.number("sysparm_offset", 0)
    page = select(call.instance.raw, table, compiled, limit=limit, offset=offset)
    call.access.shorten(table, page)
    rows = [rendered(call, record) for record in page.records]
    return result(rows, headers={"X-Total-Count": str(page.total)})


def get_attachment(call: Call, sys_id: str) -> Reply:
    return result(rendered(call, _record(call, sys_id)))


def download(call: Call, sys_id: str) -> Reply:
    record = _record(call, sys_id)
    headers = {"X-Attachment-Metadata": json.dumps(rendered(call, record))}
    return file_reply(call.instance.contents, record, _header_safe(record["content_type"]), headers)


def upload_file(call: Call) -> Reply:
    """POST /attachment/file: the body is the file, of any Content-Type."""
    names = ("table_name", "table_sys_id", "file_name")
    target = _Target(*(_required(call.parameters, name) for name in names))
    content_type = call.request.headers.get("Content-Type", "")
    if not content_type:
        raise errors.no_content_type()
    with call.instance.lock:
        # What says itself that it is too large need not be written first.
        limits.check_size(call.instance.properties, call.request.content_length or 0)
    return _attach(call, target, content_type, call.request.stream)


def upload_multipart(call: Call) -> Reply:
    """POST /attachment/upload: table_name, table_sys_id, then the file."""
    if "charset" in call.request.mimetype_params:
        raise errors.bad_multipart("The Content-Type of a multipart request takes no charset")
    if call.request.mimetype != "multipart/form-data" or "boundary" not in call.request.mimetype_params:
        raise errors.bad_multipart("Content-Type is multipart/form-data with a boundary")
    table_name, table_sys_id = (_required(call.form, name) for name in ("table_name", "table_sys_id"))
    file = next(iter(call.request.files.values()), None)
    if file is None or not file.filename:
        raise errors.missing_parameter("uploadFile")
    content_type = file.content_type or "application/octet-stream"
    return _attach(call, _Target(table_name, table_sys_id, clean(file.filename)), content_type, file.stream)


def rename(call: Call, sys_id: str) -> Reply:
    """PATCH /attachment/{sys_id} `{"file_name": ..}`: 204, as the document has it."""
    record = _record(call, sys_id)
    check_attaching(call.access, record["table_name"], record["table_sys_id"], "Update")
    file_name = from_json(call.body.get("file_name"))
    if not file_name:
        raise bad_request("Missing parameter", "'file_name' is required")
    limits.check_name(call.instance.properties, file_name)
    call.instance.records.update_raw(call.user, _table(call), record, {"file_name": file_name[:100]})
    return Reply(status=204)


def delete(call: Call, sys_id: str) -> Reply:
    record = _record(call, sys_id)
    check_attaching(call.access, record["table_name"], record["table_sys_id"], "Delete")
    call.instance.records.delete(call.user, _table(call), record)
    return Reply(status=204)


def rendered(call: Call, record: Record) -> dict[str, object]:
    """All documented keys, as strings."""
    link = f"{call.instance.url}/api/now/attachment/{record['sys_id']}/file"
    hidden = ("sys_class_name", "encryption_context")
    plain: dict[str, object] = {name: value for name, value in record.items() if name not in hidden}
    return {**plain, "download_link": link}


def _attach(call: Call, target: _Target, content_type: str, source: IO[bytes]) -> Reply:
    """The content is written before the lock is taken: a large one is in nobody's way."""
    contents = call.instance.contents
    content = contents.receive(source)
    try:
        with call.writing():
            _check(call, target, content.size)
            return _insert(call, target, content_type[:100], content)
    finally:
        contents.give_up(content)


def _check(call: Call, target: _Target, size: int) -> None:
    table = call.table(target.table_name)
    found = call.instance.raw.get(table, target.table_sys_id)
    if found is None or not call.access.visible(table, [found]):
        raise errors.no_target()
    check_attaching(call.access, target.table_name, target.table_sys_id, "Insert")
    limits.check_name(call.instance.properties, target.file_name)
    limits.check_size(call.instance.properties, size)


def _insert(call: Call, target: _Target, content_type: str, content: Received) -> Reply:
    sys_id = new_sys_id()
    values = {
        "sys_id": sys_id,
        "file_name": target.file_name[:100],
        "content_type": content_type,
        "size_bytes": str(content.size),
        "size_compressed": str(content.size),
        "hash": content.sha256,
        "image_width": content.width,
        "image_height": content.height,
        "table_name": target.table_name,
        "table_sys_id": target.table_sys_id,
    }
    record = call.instance.records.insert_raw(call.user, _table(call), values)
    call.instance.contents.keep(sys_id, content)
    # "pending" is what the upload answers; the scan has passed by the next look.
    location = f"{call.instance.url}{call.api('now')}/attachment/{sys_id}/file"
    reply = result(rendered(call, record), 201, {"Location": location})
    call.instance.raw.update(_table(call), sys_id, {"state": "available"})
    return reply


def _required(values: dict[str, str], name: str) -> str:
    if not values.get(name):
        raise errors.missing_parameter(name)
    return values[name]


def _table(call: Call) -> Table:
    return call.instance.raw.schema["sys_attachment"]


def _record(call: Call, sys_id: str) -> Record:
    record = call.instance.raw.get(_table(call), sys_id)
    if record is None:
        raise no_record()
    target = call.instance.raw.schema.get(record["table_name"])
    if target:
        acl.check_read(call.user, target)
    if not call.access.visible(_table(call), [record]):
        raise no_record()
    return record


def _header_safe(text: str) -> str:
    return "".join(char for char in text if " " <= char <= "~") or "application/octet-stream"
