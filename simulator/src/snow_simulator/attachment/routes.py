"""List, read, upload, download, rename and delete attachments."""

from __future__ import annotations

import json
from typing import IO
from urllib.parse import quote

from ..access import acl
from ..errors import ApiError, bad_request, invalid_table, no_field_read, no_record
from ..http.call import Call, Reply, result
from ..http.routing import Router, Trait
from ..query.select import select
from ..store.records import Record, new_sys_id
from ..store.schema import Table
from ..table import parameters
from ..values.text import clean, from_json
from . import access, errors, limits

_LIMIT = 1000


def register(router: Router) -> None:
    router.add_versioned("GET", "now", "/attachment", list_attachments)
    router.add_versioned("POST", "now", "/attachment/file", upload_file, Trait.FILES)
    router.add_versioned("POST", "now", "/attachment/upload", upload_multipart, Trait.FILES)
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
    metadata = json.dumps(rendered(call, record))
    name = quote(record["file_name"])
    headers = {
        "X-Attachment-Metadata": metadata,
        "Content-Disposition": f"attachment;filename*=UTF-8''{name}",
    }
    contents, kind = call.instance.contents, _header_safe(record["content_type"])
    size = contents.size(record["sys_id"])
    return Reply(None, 200, headers, contents.read(record["sys_id"]), size, kind)


def upload_file(call: Call) -> Reply:
    """POST /attachment/file: the body is the file, of any Content-Type."""
    names = ("table_name", "table_sys_id", "file_name")
    table_name, table_sys_id, file_name = (_required(call.parameters, name) for name in names)
    content_type = call.request.headers.get("Content-Type", "")
    if not content_type:
        raise errors.no_content_type()
    limits.check_size(call.instance.properties, call.request.content_length or 0)
    return _store(call, table_name, table_sys_id, file_name, content_type, call.request.stream)


def upload_multipart(call: Call) -> Reply:
    """POST /attachment/upload: table_name, table_sys_id, then the file."""
    if "charset" in call.request.mimetype_params:
        raise errors.bad_multipart("The Content-Type of a multipart request takes no charset")
    if call.request.mimetype != "multipart/form-data" or "boundary" not in call.request.mimetype_params:
        raise errors.bad_multipart("Content-Type is multipart/form-data with a boundary")
    form = {name: clean(value) for name, value in call.request.form.items()}
    table_name, table_sys_id = (_required(form, name) for name in ("table_name", "table_sys_id"))
    file = next(iter(call.request.files.values()), None)
    if file is None or not file.filename:
        raise errors.missing_parameter("uploadFile")
    content_type = file.content_type or "application/octet-stream"
    return _store(call, table_name, table_sys_id, clean(file.filename), content_type, file.stream)


def rename(call: Call, sys_id: str) -> Reply:
    """PATCH /attachment/{sys_id} `{"file_name": ..}`: 204, as the document has it."""
    record = _record(call, sys_id)
    access.check_write(call, record["table_name"], record["table_sys_id"], "Update")
    file_name = from_json(call.body.get("file_name"))
    if not file_name:
        raise bad_request("Missing parameter", "'file_name' is required")
    limits.check_name(call.instance.properties, file_name)
    call.instance.records.update_raw(call.user, _table(call), record, {"file_name": file_name[:100]})
    return Reply(status=204)


def delete(call: Call, sys_id: str) -> Reply:
    record = _record(call, sys_id)
    access.check_write(call, record["table_name"], record["table_sys_id"], "Delete")
    call.instance.records.delete(call.user, _table(call), record)
    return Reply(status=204)


def rendered(call: Call, record: Record) -> dict[str, object]:
    """All documented keys, as strings."""
    link = f"{call.instance.url}/api/now/attachment/{record['sys_id']}/file"
    hidden = ("sys_class_name", "encryption_context")
    plain: dict[str, object] = {name: value for name, value in record.items() if name not in hidden}
    return {**plain, "download_link": link}


def _store(
    call: Call, table_name: str, table_sys_id: str, file_name: str, content_type: str, source: IO[bytes]
) -> Reply:
    target = call.instance.raw.schema.get(table_name)
    if target is None:
        raise invalid_table(table_name)
    found = call.instance.raw.get(target, table_sys_id)
    if found is None or not call.access.visible(target, [found]):
        raise errors.no_target()
    access.check_write(call, table_name, table_sys_id, "Insert")
    limits.check_name(call.instance.properties, file_name)
    sys_id, contents = new_sys_id(), call.instance.contents
    stored = contents.write(sys_id, source)
    try:
        limits.check_size(call.instance.properties, stored.size)
    except ApiError:
        contents.delete(sys_id)
        raise
    values = {
        "sys_id": sys_id,
        "file_name": file_name[:100],
        "content_type": content_type[:100],
        "size_bytes": str(stored.size),
        "size_compressed": str(stored.size),
        "hash": stored.sha256,
        "image_width": stored.width,
        "image_height": stored.height,
        "table_name": table_name,
        "table_sys_id": table_sys_id,
    }
    record = call.instance.records.insert_raw(call.user, _table(call), values)
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
