# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look-ups that keep a write from going wrong: choices that there are, notes that are there already.

Source: ServiceNow documentation, tables "Choice" (sys_choice) and "Journal entry" (sys_journal_field).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record, text_of
from ansible_collections.changegate.snow.plugins.module_utils.choices import (
    Choice,
    is_unlabeled,
    is_usual,
    listed,
    lists_of,
)
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import Forbidden, InvalidUsage, NotFound
from ansible_collections.changegate.snow.plugins.module_utils.query import all_of, check_field

_MOST_ROWS = 2000
#: sys_ids in one query: a URL of more than about 2,000 characters is refused by some proxies.
_AT_ONCE = 40

#: The sys_id of a record, the column of a journal, and the text of one entry in it.
Note = tuple[str, str, str]


def choices_of(client: Client, table: str, columns: Collection[str], *, active: bool = True) -> dict[str, list[Choice]]:
    """Those of *columns* that have a choice list for *table* (or for Task), and their choices in its order.

    A list that the user may not read proves nothing: then its column is not there. One that cannot be read now is an
    error: it must not pass for that. *active* leaves out the choices that are offered no more.
    """
    tables = tuple(dict.fromkeys((table, "task")))
    names = ",".join(check_field(column) for column in sorted(columns))
    only = "^inactive=false" if active else ""
    query = f"nameIN{','.join(tables)}^elementIN{names}{only}^ORDERBYsequence"
    fields = ["name", "element", "value", "label"]
    try:
        rows = list(client.table("sys_choice").get(query=query, fields=fields, limit=_MOST_ROWS).all())
    except (Forbidden, NotFound):
        rows = []
    return lists_of(rows, tables)


def unlisted(client: Client, table: str, record: Record, columns: Collection[str]) -> list[str]:
    """Those of *columns* that hold a usual choice which this instance does not have: it keeps what it does not know."""
    strange = [name for name in columns if name in record and is_unlabeled(name, record[name])]
    lists = choices_of(client, table, strange) if strange else {}
    return [name for name in strange if not _has(lists.get(name), record[name].value)]


def _has(choices: Sequence[Choice] | None, wanted: object) -> bool:
    """Whether *wanted* is one of *choices*; a list that is not there is no reason to say no."""
    return not choices or any(choice.is_meant_by(wanted) for choice in choices)


def check_choices(client: Client, table: str, wanted: Mapping[str, object]) -> None:
    """Refuse what this instance does not have as a choice of these columns; usual choices cost no request.

    :raises InvalidUsage: with the choices that there are.
    """
    doubtful = [column for column, value in wanted.items() if not is_usual(column, value)]
    lists = choices_of(client, table, doubtful) if doubtful else {}
    wrong = [column for column in doubtful if not _has(lists.get(column), wanted[column])]
    if wrong:
        faults = (f"{name} is {text_of(wanted[name])!r}, but one of {listed(lists[name])}" for name in wrong)
        raise InvalidUsage(f"{'; '.join(faults)} is a choice of this instance. Nothing was written.")


def journal_holds(client: Client, record: Record, column: str, text: str) -> bool:
    """Whether the journal *column* of the record has an entry with this very text.

    A journal reads back empty, so this is the only way not to write the same note twice.
    """
    query = all_of({"element_id": record["sys_id"].value, "element": column})
    rows = client.table("sys_journal_field").get(query=query, fields=["value"]).all()
    wanted = plain_note(text)
    return any(plain_note(str(row.get("value", ""))) == wanted for row in rows)


def notes_of(client: Client, sys_ids: Sequence[str], columns: Collection[str]) -> set[Note]:
    """All entries of the journals *columns* of many records; one request for some forty of them."""
    found: set[Note] = set()
    for start in range(0, len(sys_ids), _AT_ONCE):
        some = ",".join(sys_ids[start : start + _AT_ONCE])
        query = f"element_idIN{some}^elementIN{','.join(sorted(columns))}"
        rows = client.table("sys_journal_field").get(query=query, fields=["element_id", "element", "value"]).all()
        for row in rows:
            found.add((str(row.get("element_id")), str(row.get("element")), plain_note(str(row.get("value", "")))))
    return found


def plain_note(text: str) -> str:
    """The text of an entry as it is compared."""
    return text.replace("\r\n", "\n").strip()
