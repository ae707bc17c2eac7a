# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small changes of a situation, near the boundaries of each rule: some break it, some only look as if they did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from tests.unit.gate_oracle import Situation, epoch
from tests.unit.gate_situations import (
    APPROVALS,
    COLUMNS,
    OWN_APPROVALS,
    OWN_STATES,
    STATES,
    TRANSLATED,
    TYPES,
    sometimes,
    spelled,
    sys_id,
    utc_text,
)

#: In place of facts, and as what a column may hold that nobody expects.
FACTS = ("items", "tasks", "conflicts", "incidents", "approvers", "matched", "now")
NO_NUMBERS = ("", " ", "high", "3.0", "1_0", "³", "٣", "0x3", "1e1", "-", "--1", "None", "nan", "3 4", "½")
UNREADABLE_DATES = (
    "", " ", "null", "2027-04-03", "03.04.2027 15:30:00", "2027-02-30 12:00:00", "2027-13-01 12:00:00",
    "2027-04-03 25:00:00", "2027-04-03 24:00:00", "2027-04-03 15:60:00", "2027-04-03 15:30:60", "0000-00-00 00:00:00",
    "1806766200", "2027-04-03 15:30:00 CET", "2027-04-03 15:30:00 PM", "2027-04-03 15:30:00+25", "4/3/2027 3:30 PM",
    "2027-04-03  15:30:00", "-027-04-03 15:30:00", "2027-4-3 15:30:00", "2027-04-03 1\u0665:30:00", "now",
)  # fmt: skip
FAR = ("0001-01-01 00:00:00", "1970-01-01 00:00:00", "1969-12-31 23:59:59", "9999-12-31 23:59:59")


def perturbed(rng: Random, kept: Situation) -> Situation:
    """*kept* with one or two facts, or wishes, that are different; most of them matter to its policy."""
    situation = {**kept, "policy": dict(kept["policy"]), "change": dict(kept["change"])}
    matter = [topic for topic, applies in TOPICS if applies(kept["policy"])]
    for _ in range(rng.choice((0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 3))):
        topic = rng.choice(matter) if sometimes(rng, 0.95) else rng.choice(TOPICS)[0]
        topic(rng, situation)
    return situation


def _set(situation: Situation, column: str, value: str, shown: str | None = None) -> None:
    old = situation["change"].get(column, ("", ""))[1]
    situation["change"][column] = (value, old if shown is None else shown)


def _lost(rng: Random, situation: Situation, column: str) -> bool:
    """Now and then the column is not shown, or empty."""
    way = rng.randrange(16)
    if way == 0:
        situation["change"].pop(column, None)
    elif way == 1:
        display = situation["change"].get(column, ("", ""))[1]
        situation["change"][column] = rng.choice((("", ""), (" ", " "), ("", display), ("", "Approved")))
    return way < 2


def _with(rng: Random, rows: list[tuple[object, ...]], change: Mapping[int, object]) -> list[tuple[object, ...]]:
    """*rows*, one of them with other columns."""
    place = rng.randrange(len(rows))
    row = tuple(change.get(column, value) for column, value in enumerate(rows[place]))
    return [*rows[:place], row, *rows[place + 1 :]]


def _state(rng: Random, situation: Situation) -> None:
    policy = situation["policy"]
    if _lost(rng, situation, "state"):
        return
    way = rng.randrange(6)
    if way == 0:
        value = rng.choice(list(STATES))
        _set(situation, "state", value, rng.choice((STATES[value], TRANSLATED[value], "Implement", "Closed")))
    elif way == 1:
        # What is displayed contradicts what is stored, or says nothing.
        shown = rng.choice((*STATES.values(), *TRANSLATED.values(), "Deploying", "IN_PROGRESS", "", "-1", "4"))
        _set(situation, "state", situation["change"].get("state", ("-1", ""))[0], spelled(rng, shown))
    elif way == 2:
        value, shown = rng.choice(OWN_STATES)
        _set(situation, "state", value, rng.choice((shown, "Implement", "Closed", "Cancelled")))
    elif way == 3:
        policy["states"] = [rng.choice((*STATES, *STATES.values(), *TRANSLATED.values(), "cancelled", "17", "any"))]
    elif way == 4:
        # Of no instance; a number that is written otherwise is no state that anybody has named.
        value = rng.choice(("-1.0", "3.0", "4.0", "-01", "03", "+4", "implement", "closed", "1", "-10", "99"))
        _set(situation, "state", value, rng.choice(("Implement", "Closed", value)))
    else:
        policy["states"] = [*policy["states"], rng.choice(("review", "-5", "Umsetzung_läuft", "in_progress"))]
        if policy["states"][0].strip().lower() == "any":
            policy["states"] = ["any"]


def _approval(rng: Random, situation: Situation) -> None:
    if _lost(rng, situation, "approval"):
        return
    way = rng.randrange(3)
    if way == 0:
        value, shown = rng.choice((*APPROVALS.items(), *OWN_APPROVALS, ("rejected", "Genehmigt")))
        # What is displayed may be what is wanted, while something else is stored.
        _set(situation, "approval", value, rng.choice((shown, "Approved", situation["policy"]["approval"][0])))
    elif way == 1:
        shown = rng.choice((*APPROVALS.values(), *OWN_APPROVALS[0], "Genehmigt", "approved", "rejected", ""))
        _set(situation, "approval", situation["change"].get("approval", ("approved", ""))[0], spelled(rng, shown))
    else:
        wanted = rng.choice((*APPROVALS, *APPROVALS.values(), "Genehmigt", "any", "not_requested", "pre approved"))
        situation["policy"]["approval"] = [wanted]


def _on_hold(rng: Random, situation: Situation) -> None:
    if sometimes(rng, 0.1):
        situation["policy"]["may_be_on_hold"] = not situation["policy"]["may_be_on_hold"]
    elif not _lost(rng, situation, "on_hold"):
        value = rng.choice(
            ("true", "1", "TRUE", "yes", "no", "none", "False", " false ", "0", "00", "0.0", "null", "f")
        )
        _set(situation, "on_hold", value, rng.choice(("true", "false", "")))


def _now(rng: Random, situation: Situation) -> None:
    """The instance's time, to the first and last seconds of what is planned, with what is granted and without."""
    change, policy = situation["change"], situation["policy"]
    left, early, grace = policy["window"] or (0, 0, 0)
    moments = [_moment(change.get(column, ("", ""))[0]) for column in ("start_date", "end_date")]
    near = [moment for moment in moments if moment is not None] or [situation["now"] or 0]
    moment = rng.choice(near) + rng.choice((0, -early, grace, grace - left, -left, left, grace + early))
    moment += rng.choice((-2, -1, -1, 0, 0, 1, 1, 2, 86400, -86400))
    situation["now"] = moment if 0 < moment < 2**33 and sometimes(rng, 0.97) else None


def _moment(text: str) -> int | None:
    moment = epoch(text)
    return moment if moment is not None and 0 < moment < 2**33 else None


def _dates(rng: Random, situation: Situation) -> None:
    change, column = situation["change"], rng.choice(("start_date", "end_date"))
    start, end = (change.get(name, ("", "")) for name in ("start_date", "end_date"))
    moment = _moment(change.get(column, ("", ""))[0])
    if _lost(rng, situation, column):
        return
    way = rng.randrange(7)
    if way == 0:
        _set(situation, column, rng.choice(UNREADABLE_DATES))
        if sometimes(rng, 0.4):
            _now(rng, situation)
    elif way == 1:
        _set(situation, column, rng.choice(FAR))
    elif way == 2:
        change["start_date"], change["end_date"] = rng.choice(((end, start), (start, start), (end, end)))
    elif moment is not None and way == 3:
        _set(situation, column, utc_text(moment + rng.choice((-1, 1, -3600, 3600, -7200, 7200, -86400, 86400))))
    elif moment is not None:
        _set(situation, column, _same_moment(rng, moment))


def _same_moment(rng: Random, moment: int) -> str:
    """In other forms, each of which names one moment."""
    text, hours = utc_text(moment), rng.choice((-11, -5, 2, 13))
    elsewhere = f"{utc_text(moment + hours * 3600)}{hours:+03d}:00"
    return rng.choice((text, f" {text} ", text.replace(" ", "T") + "Z", text + "Z", text.replace(" ", "T"), elsewhere))


def _granted(rng: Random, situation: Situation) -> None:
    values = situation["policy"]["window"] or [0, 0, 0]
    place = rng.randrange(3)
    moments = [_moment(situation["change"].get(column, ("", ""))[0]) for column in ("start_date", "end_date")]
    if place == 0 and None not in moments and sometimes(rng, 0.5):
        # As much as there ever is, or a second more or less.
        whole = (moments[1] or 0) - (moments[0] or 0) + values[1] + values[2]
        situation["policy"]["window"] = [max(0, whole + rng.choice((-1, 0, 1))), *values[1:]]
        situation["now"] = max(0, (moments[0] or 0) - values[1] - rng.choice((0, 0, 1, 3600)))
        return
    value = max(0, values[place] + rng.choice((-1, 1, -60, 60, 3600, 90000, 10**10, 10**12)))
    situation["policy"]["window"] = [*values[:place], value, *values[place + 1 :]] if sometimes(rng, 0.95) else None


def _window(rng: Random, situation: Situation) -> None:
    rng.choice((_now, _dates, _dates, _granted))(rng, situation)


def _type(rng: Random, situation: Situation) -> None:
    if sometimes(rng, 0.5):
        situation["policy"]["types"] = rng.sample(TYPES, rng.randint(1, 3))
    elif not _lost(rng, situation, "type"):
        _set(situation, "type", rng.choice((*TYPES, " Emergency ", "normal_x", "")), rng.choice(("Normal", "Standard")))


def _model(rng: Random, situation: Situation) -> None:
    if sometimes(rng, 0.4):
        value, name = situation["change"].get("chg_model", ("", ""))
        wanted = (value[:-1], value, value.upper(), name, f" {name}", f"{name} 2", "Normal", "Emergency", "")
        situation["policy"]["models"] = [text for text in (rng.choice(wanted), sys_id(rng)) if text.strip()]
    elif not _lost(rng, situation, "chg_model"):
        # A name that has the form of a sys_id, or a name in place of one.
        wanted = rng.choice(situation["policy"]["models"] or ["Normal"])
        cells = ((sys_id(rng), "Normal"), (sys_id(rng), wanted), (wanted, ""), ("Normal", "Standard"))
        situation["change"]["chg_model"] = rng.choice(cells)


def _risk(rng: Random, situation: Situation) -> None:
    limit = situation["policy"]["risk_at_most"]
    if sometimes(rng, 0.3):
        situation["policy"]["risk_at_most"] = str(int(limit or 3) + rng.choice((-1, 1, 2, -10)))
    elif not _lost(rng, situation, "risk"):
        numbers = tuple(str(int(limit or 3) + distance) for distance in (-1, -1, 0, 1, 10))
        _set(situation, "risk", rng.choice((*numbers, *numbers, rng.choice(NO_NUMBERS), f" {limit} ", "-5")), "Low")


def _items(rng: Random, situation: Situation) -> None:
    rows, policy = situation["items"], situation["policy"]
    way = rng.randrange(11)
    if way == 0 or not rows:
        situation["items"] = rng.choice((None, []))
    elif way == 1:
        situation["items"] = [*rows[1:]]
    elif way == 2:
        # The same item twice, or another one of which something is the same.
        row = rng.choice(rows)
        new = row if sometimes(rng, 0.3) else (sys_id(rng), *(text if sometimes(rng, 0.4) else "" for text in row[1:]))
        situation["items"] = [*rows, new]
    elif way == 3:
        row = rng.choice(rows)
        situation["items"] = [
            *rows,
            (sys_id(rng), rng.choice((row[0], row[2], row[3], "x")), rng.choice((row[1], "")), ""),
        ]
    elif way == 4:
        situation["items"] = _with(rng, rows, {rng.randint(0, 3): ""})
    elif way == 5:
        situation["items"] = _with(rng, rows, {3: rng.choice(("10.0.0.1", "::ffff:10.0.0.1", "2001:db8::2", "dhcp"))})
    elif way == 6:
        situation["items"] = _with(rng, rows, {0: rows[0][0]})
    elif way == 7:
        # One of which hardly anything is shown.
        row = rng.choice(rows)
        situation["items"] = [*rows, ("", *rng.choice((row[1:], (row[1], "", ""), ("", row[2], ""), ("", "", row[3]))))]
    else:
        option = rng.choice([name for name in ("hosts", "cis") if policy[name]] or ["hosts"])
        row = rng.choice(rows)
        texts = (*row, row[1] + ".", row[2].split(".")[0], row[0].upper(), row[1] + "x", row[3] + "0", "", ".", ".",
                 "10.0.0.1", "010.0.0.1", "10.0.0.1/24", "2001:db8::2", "2001:0DB8:0::0002", "::ffff:a00:1",
                 "fe80::2%eth0", "10.0.1")  # fmt: skip
        policy[option] = [*policy[option], rng.choice([text for text in texts if text.strip()])]


def _incidents(rng: Random, situation: Situation) -> None:
    if sometimes(rng, 0.3):
        _items(rng, situation)
    else:
        facts = (None, (1, ()), (1, ("INC0010001",)), (3, ("INC0010001",)), (0, ()), (0, ("INC0010001",)))
        situation["incidents"] = rng.choice(facts)


def _tasks(rng: Random, situation: Situation) -> None:
    rows, policy = situation["tasks"], situation["policy"]
    way = rng.randrange(6)
    if way == 0 or not rows:
        situation["tasks"] = rng.choice((None, []))
    elif way == 1:
        situation["tasks"] = [*rows[1:]]
    elif way in (2, 3):
        # One of the tasks, or one more of the same name, is in another state.
        state = rng.choice(("3", "4", "4", "1", "2", "-5", "0", "", " 3 ", "3.0", "closed", "33", "12"))
        label = rng.choice(("Closed", "Open", ""))
        new = _with(rng, rows, {2: state, 3: label})
        situation["tasks"] = new if way == 2 else [*rows, (f"CTASK{rng.randrange(10**7):07d}", *rng.choice(new)[1:])]
    else:
        option = rng.choice([name for name in ("tasks_closed", "tasks_open") if policy[name]] or ["tasks_open"])
        text = rng.choice((rows[-1][0], rows[0][1], rows[0][1][:-1], "CTASK", "Nothing", "3"))
        policy[option] = [*policy[option], text]


def _conflicts(rng: Random, situation: Situation) -> None:
    facts, now, oldest = situation["conflicts"], situation["now"], situation["policy"]["conflict_max_age"]
    if _lost(rng, situation, "conflict_status"):
        return
    if facts is None or now is None or sometimes(rng, 0.05):
        situation["conflicts"] = None
        return
    state, status, began, kinds = facts
    way = rng.randrange(5)
    if way == 0:
        state = rng.choice(("running", "pending", "failed", "canceled", "none", "", "completed", "2"))
    elif way == 1:
        status = rng.choice(("Conflict", "No Conflict"))
        found = rng.choice(("Conflict", "Not Run", "", "no conflict", "No Conflicts", "No", "None", " No Conflict "))
        _set(situation, "conflict_status", found, rng.choice(("No Conflict", "Conflict")))
    elif way == 2:
        kinds = rng.choice((("blackout",), ("",), ("A", "B")))
    elif way == 3:
        began = None if sometimes(rng, 0.2) else now + rng.choice((59, 60, 61, 62, 3600, 86400))
    else:
        began = now - (oldest or 0) + rng.choice((-1, -1, 0, 1, -3600))
    situation["conflicts"] = (state, status, began, kinds)


def _fields(rng: Random, situation: Situation) -> None:
    column = rng.choice(situation["policy"]["required_fields"] or COLUMNS)
    way = rng.randrange(4)
    if way == 0:
        situation["change"].pop(column, None)
    elif way == 1:
        situation["change"][column] = rng.choice((("", ""), (" ", " "), ("\n\t", ""), ("", "Somebody"), ("x", "")))
    else:
        wanted = rng.choice((*COLUMNS, "u_none", "state", "on_hold", "end_date", "requested_by"))
        situation["policy"]["required_fields"] = [*situation["policy"]["required_fields"], wanted]


def _match(rng: Random, situation: Situation) -> None:
    situation["matched"] = rng.choice((False, None, True))
    situation["policy"]["match"] = sometimes(rng, 0.9)


def _approvers(rng: Random, situation: Situation) -> None:
    rows, eyes = situation["approvers"], situation["policy"]["four_eyes"]
    way = rng.randrange(11)
    if way == 0 or not rows:
        situation["approvers"] = rng.choice((None, []))
    elif way == 1:
        situation["approvers"] = [*rows[1:]]
    elif way == 2:
        state = rng.choice(("requested", "rejected", "cancelled", "not_required", "not requested", "", "approve"))
        situation["approvers"] = _with(rng, rows, {3: state})
    elif way == 3:
        _own_approval(rng, situation)
    elif way == 4:
        # The same person twice, or somebody else of whom something is the same.
        row = rng.choice(rows)
        other = [
            row[0] if sometimes(rng, 0.3) else sys_id(rng),
            *(text if sometimes(rng, 0.5) else "x" for text in row[1:3]),
        ]
        situation["approvers"] = [*rows, (*other, rng.choice(("approved", "requested")), row[4])]
    elif way == 5:
        new = {4: rng.choice(((), ("Network",), ("CAB Approval",), (" cab approval ", "x")))}
        situation["approvers"] = _with(rng, rows, new)
    elif way == 6:
        situation["approvers"] = _with(rng, rows, {rng.randrange(3): rng.choice(("", rng.choice(rows)[0]))})
    elif way == 7:
        situation["change"].pop("requested_by", None)
    elif way == 8:
        column = ("requested_by", "opened_by")[rng.randrange(2)]
        situation["change"][column] = rng.choice((("", ""), (" ", ""), ("", "Abel Tuter"), (sys_id(rng), "")))
        if column == "opened_by" and sometimes(rng, 0.5):
            situation["change"].pop(column)
    elif eyes is not None:
        situation["policy"]["four_eyes"] = _other_eyes(rng, dict(eyes), rows)
    else:
        situation["policy"]["four_eyes"] = {"groups": [], "users": [], "at_least": 1}


def _own_approval(rng: Random, situation: Situation) -> None:
    """Who has approved is the one who asked for it, or who entered it."""
    user = rng.choice(situation["approvers"])[0]
    column = rng.choice(("requested_by", "opened_by"))
    if sometimes(rng, 0.5):
        situation["change"][column] = (spelled(rng, str(user)), "Fred Luddy")
    else:
        own = situation["change"].get(column, (user, ""))[0]
        situation["approvers"] = _with(rng, situation["approvers"], {0: spelled(rng, own)})


def _other_eyes(rng: Random, eyes: dict[str, object], rows: list[tuple[str, ...]]) -> dict[str, object]:
    way = rng.randrange(4)
    if way == 0:
        eyes["at_least"] = rng.choice((1, 2, 3, 4))
    elif way == 1:
        eyes["groups"] = rng.choice(([], ["Network"], ["Nobody"], ["CAB Approval", "Network"]))
    elif way == 2:
        row = rng.choice(rows)
        eyes["users"] = [text for text in (rng.choice((row[0], row[1], row[2], "user.0", "nobody")),) if text.strip()]
    else:
        eyes["users"] = []
    return eyes


def _unknown(rng: Random, situation: Situation) -> None:
    situation[rng.choice(FACTS)] = None


Applies = Callable[[dict[str, object]], bool]
TOPICS: tuple[tuple[Callable[[Random, Situation], None], Applies], ...] = (
    (_state, lambda policy: True),
    (_approval, lambda policy: True),
    (_on_hold, lambda policy: True),
    (_window, lambda policy: policy["window"] is not None),
    (_window, lambda policy: policy["window"] is not None),
    (_type, lambda policy: bool(policy["types"])),
    (_model, lambda policy: bool(policy["models"])),
    (_risk, lambda policy: policy["risk_at_most"] is not None),
    (_items, lambda policy: bool(policy["hosts"])),
    (_items, lambda policy: bool(policy["cis"])),
    (_conflicts, lambda policy: policy["conflict_max_age"] is not None),
    (_conflicts, lambda policy: policy["conflict_max_age"] is not None),
    (_tasks, lambda policy: bool(policy["tasks_closed"] or policy["tasks_open"])),
    (_fields, lambda policy: bool(policy["required_fields"])),
    (_match, lambda policy: bool(policy["match"])),
    (_incidents, lambda policy: bool(policy["no_open_incidents"])),
    (_approvers, lambda policy: policy["four_eyes"] is not None),
    (_approvers, lambda policy: policy["four_eyes"] is not None),
    (_unknown, lambda policy: True),
)
