# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second opinion on the gate, written from docs/gate.md alone: it shares no line with what it judges.

A situation is plain data (see ``gate_situations.py``), moments are seconds since 1970, and nothing of the collection is
imported. Where the document is silent, the answer is no.
"""

from __future__ import annotations

import calendar
import functools
import ipaddress
from collections.abc import Callable
from typing import Any, NamedTuple

Situation = dict[str, Any]

SHIPPED_STATES = {
    "new": "-5", "assess": "-4", "authorize": "-3", "scheduled": "-2", "implement": "-1", "review": "0", "closed": "3",
    "canceled": "4", "cancelled": "4",
}  # fmt: skip
SHIPPED_VALUES = set(SHIPPED_STATES.values())
#: In the spelling of a label: ``_`` is a blank.
SHIPPED_APPROVALS = {"not requested", "requested", "approved", "rejected", "cancelled", "duplicate", "not required"}


class Opinion(NamedTuple):
    """The rules that are not kept, and those of them that stay so."""

    broken: frozenset[str]
    final: frozenset[str]

    @property
    def open(self) -> bool:
        return not self.broken


def opinion(situation: Situation) -> Opinion:
    """What docs/gate.md says about *situation*."""
    broken, final = set(), set()
    for rule, judge in JUDGES.items():
        kept, lasting = judge(situation)
        if not kept:
            broken.add(rule)
            if lasting:
                final.add(rule)
    return Opinion(frozenset(broken), frozenset(final))


# ---- texts, numbers, moments


def plain(text: str) -> str:
    return text.strip().casefold()


def label(text: str) -> str:
    return plain(text.replace("_", " "))


def stored(situation: Situation, column: str) -> str:
    """Empty if the change does not show the column."""
    return str(situation["change"].get(column, ("", ""))[0]).strip()


def shown(situation: Situation, column: str) -> str:
    return str(situation["change"].get(column, ("", ""))[1])


def whole(text: str) -> int | None:
    """A whole number as it is written everywhere: ASCII digits, and a minus before them."""
    digits = text[1:] if text[:1] == "-" else text
    return int(text) if digits and set(digits) <= set("0123456789") else None


def says_no_number_clearly(text: str) -> bool:
    """Whether a stored state may be one that ServiceNow ships, written as nothing writes it: "3.0", "+4", "-01"."""
    try:
        number = float(text)
    except ValueError:
        return False
    return text not in SHIPPED_VALUES and any(number == int(value) for value in SHIPPED_VALUES)


@functools.lru_cache(maxsize=4096)
def epoch(text: str) -> int | None:
    """Seconds since 1970 of ``2030-02-02 08:00:00``, also with ``T``, and with ``Z`` or an offset behind it."""
    text, offset = text.strip(), 0
    if text[19:] not in ("", "Z"):
        hours, minutes = whole(text[20:22]), whole(text[23:])
        if text[19] not in "+-" or len(text) != 25 or text[22] != ":" or hours is None or minutes is None:
            return None
        if min(hours, minutes) < 0:
            return None
        offset = (hours * 60 + minutes) * (-60 if text[19] == "-" else 60)
    parts = [whole(part) for part in (text[:4], text[5:7], text[8:10], text[11:13], text[14:16], text[17:19])]
    marks = text[4:5] + text[7:8] + text[10:11] + text[13:14] + text[16:17]
    if None in parts or marks not in ("-- ::", "--T::") or "-" in text[:4] or len(text) < 19:
        return None
    year, month, day, hour, minute, second = (part or 0 for part in parts)
    if min(year, month, day) < 1 or month > 12 or min(hour, minute, second) < 0:
        return None
    if day > calendar.monthrange(year, month)[1] or hour > 23 or minute > 59 or second > 59:
        return None
    return calendar.timegm((year, month, day, hour, minute, second)) - offset


@functools.lru_cache(maxsize=4096)
def address(text: str) -> object:
    """An IP address as what it is, however it is written; None if it is none."""
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError:
        return None


def is_any(wanted: list[str]) -> bool:
    return len(wanted) == 1 and plain(wanted[0]) == "any"


# ---- the rules: each says whether it is kept (or does not apply), and whether a no is final

Answer = tuple[bool, bool]


def states(situation: Situation) -> Answer:
    value, wanted = stored(situation, "state"), situation["policy"]["states"]
    lasting = value in ("3", "4")
    if not value or says_no_number_clearly(value):
        return False, lasting
    if is_any(wanted):
        return not lasting, lasting
    return any(_is_state(text, value, label(shown(situation, "state"))) for text in wanted), lasting


def _is_state(wanted: str, value: str, display: str) -> bool:
    if whole(wanted.strip()) is not None:
        return wanted.strip() == value
    name = label(wanted)
    if name not in SHIPPED_STATES or value not in SHIPPED_VALUES:
        return name == display
    return SHIPPED_STATES[name] == value == SHIPPED_STATES.get(display, value)


def approval(situation: Situation) -> Answer:
    value, wanted = label(stored(situation, "approval")), situation["policy"]["approval"]
    lasting = value == "rejected"
    if not value:
        return False, False
    if is_any(wanted):
        return not lasting, lasting
    names = {label(text) for text in wanted}
    by_value = value in names
    by_display = label(shown(situation, "approval")) in names - SHIPPED_APPROVALS
    return by_value or by_display, lasting


def on_hold(situation: Situation) -> Answer:
    return situation["policy"]["may_be_on_hold"] or plain(stored(situation, "on_hold")) in ("false", "0"), False


def window(situation: Situation) -> Answer:
    if situation["policy"]["window"] is None:
        return True, False
    left, early, grace = situation["policy"]["window"]
    start, end = epoch(stored(situation, "start_date")), epoch(stored(situation, "end_date"))
    now = situation["now"]
    if end is None or now is None:
        return False, False
    # The last second in which the gate can open, and the first one from now on.
    last = min(end + grace - 1, end + grace - left)
    if start is None or start >= end:
        # No window, and none comes of it once its end is over.
        return False, now > last
    first = start - early
    never = max(first, now) > last
    return not never and first <= now, never


def kind(situation: Situation) -> Answer:
    wanted = {plain(text) for text in situation["policy"]["types"]}
    return not wanted or plain(stored(situation, "type")) in wanted, False


def model(situation: Situation) -> Answer:
    wanted = {plain(text) for text in situation["policy"]["models"]}
    ids = {text for text in wanted if len(text) == 32 and set(text) <= set("0123456789abcdef")}
    value, display = plain(stored(situation, "chg_model")), plain(shown(situation, "chg_model"))
    # A few sys_ids have another form than most; what has the form of one is no name.
    return not wanted or (value != "" and (value in wanted or display in wanted - ids)), False


def risk(situation: Situation) -> Answer:
    limit, found = situation["policy"]["risk_at_most"], whole(stored(situation, "risk"))
    return limit is None or (found is not None and found >= int(limit)), False


def hosts(situation: Situation) -> Answer:
    return _all_affected(situation, situation["policy"]["hosts"], by_address=True), False


def cis(situation: Situation) -> Answer:
    return _all_affected(situation, situation["policy"]["cis"], by_address=False), False


def _all_affected(situation: Situation, wanted: list[str], by_address: bool) -> bool:
    if not wanted:
        return True
    if situation["items"] is None:
        return False
    for text in wanted:
        # Two rows are one item if they say so; nothing tells which item it is that shows no sys_id.
        found = {plain(row[0]) for row in situation["items"] if _fits(text, row, by_address)}
        if len(found) != 1 or "" in found:
            return False
    return True


def _fits(text: str, row: tuple[str, str, str, str], by_address: bool) -> bool:
    sys_id, name, fqdn, ip = row
    texts = {_name(sys_id), _name(name)} | ({_name(fqdn)} if by_address else set())
    # Also where an item is called by its address.
    addresses = {address(column) for column in ((name, fqdn, ip) if by_address else (name,))}
    same_address = address(text) is not None and address(text) in addresses
    return _name(text) != "" and (_name(text) in texts or same_address)


def _name(text: str) -> str:
    return plain(text).removesuffix(".")


def conflicts(situation: Situation) -> Answer:
    oldest, found, now = situation["policy"]["conflict_max_age"], situation["conflicts"], situation["now"]
    if oldest is None:
        return True, False
    if found is None or now is None or found[2] is None:
        return False, False
    # What the check itself says of its outcome does not count.
    state, _status, began, listed = found
    status = plain(stored(situation, "conflict_status"))
    return (state, status, len(listed)) == ("complete", "no conflict", 0) and -60 <= now - began <= oldest, False


def tasks(situation: Situation) -> Answer:
    wanted = [(text, {"3"}) for text in situation["policy"]["tasks_closed"]]
    wanted += [(text, {"1", "2"}) for text in situation["policy"]["tasks_open"]]
    if not wanted:
        return True, False
    if situation["tasks"] is None:
        return False, False
    for text, allowed in wanted:
        found = {row[2].strip() for row in situation["tasks"] if plain(text) in (plain(row[0]), plain(row[1]))}
        if not found or not found <= allowed:
            return False, False
    return True, False


def required_fields(situation: Situation) -> Answer:
    return all(stored(situation, column) for column in situation["policy"]["required_fields"]), False


def match(situation: Situation) -> Answer:
    return not situation["policy"]["match"] or situation["matched"] is True, False


def no_open_incidents(situation: Situation) -> Answer:
    if not situation["policy"]["no_open_incidents"]:
        return True, False
    return bool(situation["items"]) and situation["incidents"] in ((0, ()), [0, []]), False


def approved_by(situation: Situation) -> Answer:
    eyes, rows = situation["policy"]["four_eyes"], situation["approvers"]
    if eyes is None:
        return True, False
    by, opener = plain(stored(situation, "requested_by")), plain(stored(situation, "opened_by"))
    if rows is None or not by or "opened_by" not in situation["change"]:
        return False, False
    good = {
        plain(user)
        for user, user_name, email, state, groups in rows
        if plain(state) == "approved" and _may_approve(eyes, rows, (user, user_name, email), groups)
    }
    return len(good - {"", by, opener}) >= eyes["at_least"], False


def _may_approve(eyes: dict[str, Any], rows: list[Any], person: tuple[str, str, str], groups: list[str]) -> bool:
    if not eyes["groups"] and not eyes["users"]:
        return True
    if {plain(text) for text in eyes["groups"]} & {plain(text) for text in groups}:
        return True
    for text in {plain(text) for text in eyes["users"]} & {plain(text) for text in person}:
        if len({plain(row[0]) for row in rows if text in {plain(column) for column in row[:3]}}) == 1:
            return True
    return False


JUDGES: dict[str, Callable[[Situation], Answer]] = {
    "states": states, "approval": approval, "on_hold": on_hold, "window": window, "type": kind, "model": model,
    "risk_at_most": risk, "hosts": hosts, "cis": cis, "conflicts": conflicts, "tasks": tasks,
    "required_fields": required_fields, "match": match, "no_open_incidents": no_open_incidents,
    "approved_by": approved_by,
}  # fmt: skip
