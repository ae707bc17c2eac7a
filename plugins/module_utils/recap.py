# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of a playbook, as the text of one work note. No input or output."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

#: The most characters of a note: what a journal holds on an instance that nobody has changed.
LONGEST = 4000
_LONGEST_MESSAGE = 300
_LONGEST_NAME = 80
#: Items of a loop that are told of.
_ITEMS = 3
COUNTS = ("ok", "changed", "unreachable", "failures", "skipped", "rescued", "ignored")
_TITLES = {"failures": "failed"}
#: What has a journal show the text behind it as HTML.
_CODE = re.compile(r"\[(/?code)\]", re.IGNORECASE)
#: Names of variables whose values nobody is to see.
_SECRET = re.compile(
    r"(?:\A|_)(?:pass|pw|pwd)(?:\Z|_)|password|passwd|passphrase|secret|token|api_?key|private_key|credential",
    re.IGNORECASE,
)
#: Shorter values are in too many other words.
_SHORTEST_SECRET = 4
_LONG_LINE = 16


class Failure(NamedTuple):
    """A task that failed on a host. *how* is ``failed``, ``ignored`` or ``unreachable``."""

    host: str
    task: str
    message: str
    how: str = "failed"

    def __str__(self) -> str:
        what = {"failed": "", "ignored": " (ignored)", "unreachable": " (unreachable)"}[self.how]
        return f"- {_short(self.host, _LONGEST_NAME)}{what}, {_short(self.task, _LONGEST_NAME)}: {self.message}"


class Recap(NamedTuple):
    """A playbook that has ended.

    :param run: what tells this run from all others.
    :param who: the user, and *where*: the job, if there is one.
    :param hosts: host to its counts, by the names in :data:`COUNTS`.
    """

    playbook: str
    run: str
    who: str
    where: str
    began: datetime
    ended: datetime
    hosts: Mapping[str, Mapping[str, int]]
    failures: Sequence[Failure]

    @property
    def failed(self) -> bool:
        return any(_is_troubled(counts) for counts in self.hosts.values())

    def text(self) -> str:
        """The note, of :data:`LONGEST` characters at most."""
        where = f", {_short(self.where, _LONGEST_MESSAGE)}" if self.where else ""
        head = [
            f"Ansible playbook {_short(self.playbook, _LONGEST_NAME)} {'failed' if self.failed else 'succeeded'}.",
            f"Run {self.run} by {_short(self.who, _LONGEST_NAME)}{where}",
            f"From {_time(self.began)} to {_time(self.ended)} UTC, {_duration(self.ended - self.began)}",
            "",
        ]
        room = LONGEST - len("\n".join(head)) - 1
        failures = _within([str(failure) for failure in self.failures], room // 2, "failed tasks")
        failures = ["", "Failed tasks:", *failures] if failures else []
        room -= len("\n".join(failures)) + 1
        return _CODE.sub(r"[ \1]", "\n".join([*head, *self._table(room), *failures]))

    def _table(self, room: int) -> list[str]:
        """The counts of all hosts together and of each, those with failures first."""
        sums = {name: sum(counts[name] for counts in self.hosts.values()) for name in COUNTS}
        order = sorted(self.hosts, key=lambda host: (not _is_troubled(self.hosts[host]), host))
        width = max(len(_short(host, _LONGEST_NAME)) for host in [*order, "all 100000 hosts"])
        titles = "  ".join(_TITLES.get(name, name) for name in COUNTS)
        first = [f"{'':{width}}  {titles}"]
        if len(order) > 1:
            first.append(_row(f"all {len(order)} hosts", width, sums))
        rows = [_row(_short(host, _LONGEST_NAME), width, self.hosts[host]) for host in order]
        return [*first, *_within(rows, room - len("\n".join(first)) - 1, "hosts")]


def message_of(result: Mapping[str, Any], items: Sequence[str] = ()) -> str:
    """What a failed result says: its message and return code, never the rest of it.

    :param items: what this told of items of a loop; they say more than the task.
    """
    if "censored" in result or result.get("_ansible_no_log"):
        return "hidden by no_log"
    if items:
        more = f"; and {len(items) - _ITEMS} more items" if len(items) > _ITEMS else ""
        return "; ".join(items[:_ITEMS]) + more
    text = result.get("msg") or result.get("reason") or "no message"
    code = f" (rc {result['rc']})" if isinstance(result.get("rc"), int) else ""
    return f"{text}{code}"


def speaks_of_secret(name: object) -> bool:
    """Whether a variable of this *name* is taken for a secret."""
    return bool(_SECRET.search(str(name)))


def secrets_in(variables: Mapping[str, Any]) -> set[str]:
    """The values of *variables* whose names speak of a secret, also within dictionaries and lists."""
    found: set[str] = set()
    for key, value in variables.items():
        secret = speaks_of_secret(key)
        if isinstance(value, Mapping):
            found |= _texts(value) if secret else secrets_in(value)
        elif _is_list(value):
            found |= _texts(value) if secret else set().union(*(secrets_in(item) for item in value if _is_map(item)))
        elif secret or is_sealed(value):
            found |= _texts(value)
    return found


def is_sealed(value: object) -> bool:
    """Whether *value* comes from a vault, whatever its name."""
    return type(value).__name__ in ("AnsibleVaultEncryptedUnicode", "EncryptedString")


def _texts(value: object) -> set[str]:
    if isinstance(value, Mapping):
        return set().union(*(_texts(item) for item in value.values()))
    if _is_list(value):
        return set().union(*(_texts(item) for item in value))  # type: ignore[attr-defined]
    if value is None or isinstance(value, bool):
        return set()
    text = str(value)
    lines = {line.strip() for line in text.splitlines() if len(line.strip()) >= _LONG_LINE and "-----" not in line}
    return {part for part in {text, text.strip(), *lines} if len(part) >= _SHORTEST_SECRET}


def line_of(text: str) -> str:
    """*text* as one line that is not too long; to be called when nothing in it is secret any more."""
    return _short(text, _LONGEST_MESSAGE)


def _is_map(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes)) and not is_sealed(value)


def _is_troubled(counts: Mapping[str, int]) -> bool:
    return bool(counts["failures"] or counts["unreachable"])


def _row(name: str, width: int, counts: Mapping[str, int]) -> str:
    cells = "  ".join(f"{counts[column]:>{len(_TITLES.get(column, column))}}" for column in COUNTS)
    return f"{name:{width}}  {cells}"


def _within(lines: Sequence[str], room: int, what: str) -> list[str]:
    """As many of *lines* as fit into *room* characters, and how many more there are."""
    if sum(len(line) + 1 for line in lines) <= room:
        return list(lines)
    room -= len(f"... and {len(lines)} more {what}") + 1
    found: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        found.append(line)
    return [*found, f"... and {len(lines) - len(found)} more {what}"]


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 4]} ..."


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _duration(length: Any) -> str:
    seconds = max(0, round(length.total_seconds()))
    hours, minutes = seconds // 3600, seconds // 60 % 60
    parts = [(hours, "h"), (minutes, "min"), (seconds % 60, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


def since(before: Mapping[str, Mapping[str, int]], now: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """What *now* counts more than *before*, of those hosts of which it does: several playbooks are counted together."""
    found = {}
    for host, counts in now.items():
        earlier = before.get(host, {})
        more = {name: counts.get(name, 0) - earlier.get(name, 0) for name in COUNTS}
        if any(more.values()):
            found[host] = more
    return found


def job_of(environ: Mapping[str, str]) -> str:
    """Where a run is to be found, as AWX and the usual pipelines tell it; empty if none of them does."""
    job, host = environ.get("JOB_ID", ""), environ.get("AWX_HOST", "").rstrip("/")
    if job and host:
        return _without_login(f"{host}/#/jobs/playbook/{job}")
    if job and environ.get("PROJECT_REVISION"):
        return f"AWX job {job}"
    server, repository, run = (environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    if server and repository and run:
        return _without_login(f"{server}/{repository}/actions/runs/{run}")
    return _without_login(environ.get("CI_JOB_URL") or environ.get("BUILD_URL") or "")


def _without_login(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rsplit('@', 1)[-1]}{slash}{path}"
