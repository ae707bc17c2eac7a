# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Situations in which a gate is asked: a random policy, and a change that keeps it, in the most varied spellings.

A situation is plain data. Moments are seconds since 1970, None is what nobody knows::

    policy: the options, as in GatePolicy; window is [min_remaining, early, grace], match is true or false,
            four_eyes is {groups, users, at_least}
    change: column to (stored, displayed)
    now, zone: the instance's time, and in which time zone it is handed over
    items: (sys_id, name, fqdn, ip_address), tasks: (number, short_description, state, label)
    conflicts: (state, status, began, kinds), incidents: (count, numbers), matched: true or false
    approvers: (user, user_name, email, state, groups)
"""

from __future__ import annotations

import calendar
import time
from collections.abc import Callable
from random import Random
from typing import Any

from tests.unit.gate_oracle import Situation

STATES = {
    "-5": "New", "-4": "Assess", "-3": "Authorize", "-2": "Scheduled", "-1": "Implement", "0": "Review",
    "3": "Closed", "4": "Canceled",
}  # fmt: skip
TRANSLATED = {
    "-5": "Neu", "-4": "Bewerten", "-3": "Autorisieren", "-2": "Geplant", "-1": "Implementieren", "0": "Überprüfen",
    "3": "Geschlossen", "4": "Abgebrochen",
}  # fmt: skip
#: States that somebody has added: stored and displayed.
OWN_STATES = (("17", "Deploying"), ("-7", "In Progress"), ("12", "Umsetzung läuft"), ("-6", "Implement"))
APPROVALS = {
    "not requested": "Not Yet Requested", "requested": "Requested", "approved": "Approved", "rejected": "Rejected",
    "cancelled": "No Longer Required", "duplicate": "Duplicate Item Already Requested", "not_required": "Not Required",
}  # fmt: skip
OWN_APPROVALS = (("waived", "Waived"), ("pre_approved", "Pre-approved"))
TYPES = ("normal", "standard", "emergency")
DESCRIPTIONS = ("Back up", "Deploy", "Verify", "Tell everybody")
COLUMNS = ("short_description", "assignment_group", "justification", "backout_plan", "u_release")
#: Near the moments in which clocks are put forward and back, at the ends of years, leap days, and far off.
MOMENTS = tuple(
    calendar.timegm(time.strptime(text, "%Y-%m-%d %H:%M"))
    for text in (
        "2026-03-08 07:00", "2026-11-01 06:00", "2026-03-29 01:00", "2026-10-25 01:00", "2027-04-03 15:30",
        "2028-02-29 00:00", "2026-12-31 23:59", "2000-01-01 00:00", "2038-01-19 03:14", "2061-07-04 12:00",
    )
)  # fmt: skip
ZONES = (
    "UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "+14:00",
    "-09:30",
)  # fmt: skip


def kept_situation(rng: Random) -> Situation:
    """A random policy and a change that keeps it."""
    situation: Situation = {
        "policy": {"types": [], "models": [], "risk_at_most": None, "hosts": [], "cis": [], "conflict_max_age": None,
                   "tasks_closed": [], "tasks_open": [], "required_fields": [], "match": False,
                   "no_open_incidents": False, "four_eyes": None},
        "change": {"number": ("CHG0030001", "CHG0030001")},
        "now": rng.choice(MOMENTS) + rng.randint(-7200, 7200),
        "zone": rng.choice(ZONES),
        "items": None, "tasks": None, "conflicts": None, "incidents": None, "approvers": None, "matched": None,
    }  # fmt: skip
    for topic in TOPICS:
        topic(rng, situation)
    return situation


def sometimes(rng: Random, share: float) -> bool:
    return rng.random() < share


def spelled(rng: Random, text: str, is_label: bool = False) -> str:
    """*text*, in most cases, or what is the same in a policy and on the instance."""
    way = rng.randrange(12)
    if way == 0:
        return text.upper()
    if way == 1:
        return text.lower()
    if way == 2:
        return rng.choice((f" {text}", f"{text} ", f"\t{text}\n", f"  {text}  "))
    if way == 3 and is_label:
        return text.replace(" ", "_")
    return text


def as_wanted(rng: Random, texts: list[str]) -> list[str]:
    """Labels in other spellings; ``any`` has one in a policy, whatever it was in the option."""
    return texts if texts == ["any"] else [spelled(rng, text, is_label=True) for text in texts]


def utc_text(moment: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment))


def sys_id(rng: Random) -> str:
    return f"{rng.getrandbits(128):032x}"


# ---- a topic each: what the policy wants of it, and what there is


def _state(rng: Random, situation: Situation) -> None:
    value, shown = rng.choice(OWN_STATES) if sometimes(rng, 0.15) else ("-1", "Implement")
    if sometimes(rng, 0.3):
        value = rng.choice(list(STATES))
        shown = STATES[value]
    if value in STATES and sometimes(rng, 0.3):
        shown = TRANSLATED[value]
    wanted = [rng.choice((value, shown, STATES.get(value, shown)))]
    if sometimes(rng, 0.4):
        wanted.insert(rng.randrange(2), rng.choice((*STATES, *STATES.values(), "deploying", "cancelled")))
    if sometimes(rng, 0.15) and value not in ("3", "4"):
        wanted = ["any"]
    situation["policy"]["states"] = as_wanted(rng, wanted)
    situation["change"]["state"] = (spelled(rng, value), spelled(rng, shown))


def _approval(rng: Random, situation: Situation) -> None:
    value, shown = ("approved", "Approved")
    if sometimes(rng, 0.3):
        value, shown = rng.choice((*APPROVALS.items(), *OWN_APPROVALS))
    wanted = [value]
    if value not in APPROVALS or sometimes(rng, 0.1):
        shown = shown if value not in APPROVALS else "Genehmigt"
        wanted = [rng.choice((value, shown))]
    if sometimes(rng, 0.3):
        wanted.append(rng.choice((*APPROVALS, "waived")))
    if sometimes(rng, 0.15) and value != "rejected":
        wanted = ["any"]
    situation["policy"]["approval"] = as_wanted(rng, wanted)
    situation["change"]["approval"] = (spelled(rng, value), spelled(rng, shown))


def _on_hold(rng: Random, situation: Situation) -> None:
    allowed = situation["policy"]["may_be_on_hold"] = sometimes(rng, 0.1)
    held = rng.choice((("true", "true"), ("false", "false"))) if allowed else ("false", rng.choice(("false", "Falsch")))
    situation["change"]["on_hold"] = ("0", "0") if sometimes(rng, 0.05) and not allowed else held


def _window(rng: Random, situation: Situation) -> None:
    left, early, grace = (rng.choice((0, 0, 0, 1, 60, 900, 3600, 86400)) for _ in range(3))
    length = rng.choice((1, 2, 60, 3600, 5400, 86400, 30 * 86400))
    if early + length + grace <= left:
        left = 0
    # How far the instance's time is in what is open: from the first second to the last one.
    last = early + length + grace - max(left, 1)
    behind = min(last, rng.choice((0, 1, early - 1, early, early + 1, early + length, last - 1, last, last // 2)))
    start = situation["now"] - max(behind, 0) + early
    situation["policy"]["window"] = [left, early, grace] if sometimes(rng, 0.9) else None
    for column, moment in (("start_date", start), ("end_date", start + length)):
        # A user's own time zone and format are displayed, and mean nothing.
        local = utc_text(moment + rng.choice((-18000, 0, 3600, 7200, 50400)))
        situation["change"][column] = (utc_text(moment), rng.choice((local, local[8:10] + "." + local[5:7], "")))


def _type(rng: Random, situation: Situation) -> None:
    value = rng.choice(TYPES)
    situation["change"]["type"] = (spelled(rng, value), rng.choice((value.title(), "Notfall")))
    if sometimes(rng, 0.3):
        situation["policy"]["types"] = [value, *rng.sample(TYPES, rng.randrange(2))]


def _model(rng: Random, situation: Situation) -> None:
    value, name = sys_id(rng), rng.choice(("Normal", "Cloud Infrastructure", "Änderung"))
    situation["change"]["chg_model"] = (value, name)
    if sometimes(rng, 0.3):
        others = [rng.choice((sys_id(rng), "Standard"))] * rng.randrange(2)
        situation["policy"]["models"] = [spelled(rng, rng.choice((value, name))), *others]


def _risk(rng: Random, situation: Situation) -> None:
    found = rng.randint(1, 5)
    situation["change"]["risk"] = (spelled(rng, str(found)), rng.choice(("High", "Moderate", "Niedrig")))
    if sometimes(rng, 0.3):
        situation["policy"]["risk_at_most"] = str(rng.choice((found, found, found - 1, 0, -3)))


def _items(rng: Random, situation: Situation) -> None:
    names = rng.sample(("web1", "web2", "db1", "Mail Server", "10.9.9.9", "fd00::5", "lb"), rng.randint(1, 4))
    situation["items"] = [_item(rng, name, place) for place, name in enumerate(names)]
    for option, columns in (("hosts", (0, 1, 2, 3)), ("cis", (0, 1))):
        if sometimes(rng, 0.3):
            chosen = [rng.choice(situation["items"]) for _ in range(rng.randint(1, 3))]
            texts = [item[rng.choice([column for column in columns if item[column]])] for item in chosen]
            situation["policy"][option] = [as_written(rng, text) for text in texts]
    situation["policy"]["no_open_incidents"] = sometimes(rng, 0.25)
    situation["incidents"] = (0, ())


def _item(rng: Random, name: str, place: int) -> tuple[str, str, str, str]:
    domain = f"{name.lower().replace(' ', '-')}.example.com"
    fqdn = rng.choice((domain, domain + ".", domain.upper())) if sometimes(rng, 0.7) and ":" not in name else ""
    ip = rng.choice((f"10.0.0.{place}", f"2001:db8::{place + 1}", f"fe80::{place + 1:x}:0:0")) if place % 3 else ""
    return sys_id(rng), spelled(rng, name), fqdn, ip


def as_written(rng: Random, text: str) -> str:
    """The same item in another spelling."""
    if "::" in text:
        return rng.choice((text, text.upper(), _long(text.strip().lower())))
    is_name = ":" not in text and "10." not in text and len(text) < 32
    if is_name and not text.strip().endswith(".") and sometimes(rng, 0.15):
        return text.strip() + "."
    return spelled(rng, text)


def _long(text: str) -> str:
    """An IPv6 address with all its groups."""
    head, tail = (part.split(":") if part else [] for part in text.split("::"))
    return ":".join(part.zfill(4) for part in [*head, *["0"] * (8 - len(head) - len(tail)), *tail])


def _tasks(rng: Random, situation: Situation) -> None:
    rows, known = [], rng.sample(DESCRIPTIONS, rng.randint(1, 4))
    state_of = {text: rng.choice(("3", "3", "1", "2", "4", "-5")) for text in known}
    for place in range(rng.randint(1, 5)):
        text = known[place % len(known)]
        state = rng.choice(("1", "2")) if state_of[text] in "12" else state_of[text]
        rows.append((f"CTASK001000{place}", spelled(rng, text), state, rng.choice(("Closed", "Open", "Offen", ""))))
    situation["tasks"] = rows
    for option, states in (("tasks_closed", ("3",)), ("tasks_open", ("1", "2"))):
        fitting = [row[rng.randrange(2)] for row in rows if row[2] in states]
        if fitting and sometimes(rng, 0.3):
            chosen = rng.sample(fitting, rng.randint(1, len(fitting)))
            situation["policy"][option] = [spelled(rng, text) for text in chosen]


def _conflicts(rng: Random, situation: Situation) -> None:
    oldest = rng.choice((0, 1, 60, 3600, 86400))
    age = rng.choice((-60, -59, -1, 0, oldest, oldest, oldest - 1, oldest // 2))
    began = situation["now"] - max(age, -60)
    situation["conflicts"] = ("complete", rng.choice(("Conflict", "No Conflict", "")), began, ())
    situation["change"]["conflict_status"] = (spelled(rng, "No Conflict"), rng.choice(("No Conflict", "Kein Konflikt")))
    if sometimes(rng, 0.3):
        situation["policy"]["conflict_max_age"] = oldest


def _fields(rng: Random, situation: Situation) -> None:
    for column in COLUMNS:
        situation["change"][column] = rng.choice((("text", "text"), (" x ", "x"), (sys_id(rng), ""), ("0", "0")))
    if sometimes(rng, 0.3):
        situation["policy"]["required_fields"] = rng.sample(COLUMNS, rng.randint(1, 3))
    situation["matched"] = True
    situation["policy"]["match"] = sometimes(rng, 0.25)


def _approvers(rng: Random, situation: Situation) -> None:
    people = [(sys_id(rng), f"user.{place}", f"user.{place}@example.com") for place in range(6)]
    by, opener = people[0], rng.choice(people[:2])
    situation["change"]["requested_by"] = (spelled(rng, by[0]), "Abel Tuter")
    situation["change"]["opened_by"] = (opener[0], "Abel Tuter") if sometimes(rng, 0.9) else ("", "")
    enough = rng.choice((1, 1, 2, 3))
    group = rng.choice(("CAB Approval", sys_id(rng)))
    by_group, by_user = rng.choice(((True, False), (False, True), (True, True), (False, False)))
    users, rows = [], []
    for place, person in enumerate(people[2 : 2 + enough]):
        as_user = by_user and (place % 2 == 0 or not by_group)
        if as_user:
            users.append(spelled(rng, rng.choice(person)))
        asked = [spelled(rng, group)] if by_group and not as_user else ["Network"][: rng.randrange(2)]
        rows.append((*person, "approved", tuple(asked)))
    for _ in range(rng.choice((0, 0, 1, 2))):
        rows.append((*rng.choice(people), rng.choice(("requested", "rejected", "cancelled")), ()))
    rng.shuffle(rows)
    situation["approvers"] = rows
    if sometimes(rng, 0.35):
        groups = [spelled(rng, group)] if by_group else []
        situation["policy"]["four_eyes"] = {"groups": groups, "users": users, "at_least": enough}


TOPICS: tuple[Callable[[Random, Situation], Any], ...] = (
    _state, _approval, _on_hold, _window, _type, _model, _risk, _items, _tasks, _conflicts, _fields, _approvers,
)  # fmt: skip
