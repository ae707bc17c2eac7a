"""Users, their groups and roles."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import tzinfo

from ..store.properties import Properties
from ..store.records import RawRecords, Record
from ..values import dates
from ..values.formats import DateStyle


@dataclass(frozen=True, slots=True)
class User:
    """An authenticated caller."""

    sys_id: str
    user_name: str
    name: str
    roles: frozenset[str]
    zone: tzinfo
    # "Web service access only": an account for programs, not for a person.
    integration: bool = False
    date_format: str = ""
    time_format: str = ""

    @property
    def style(self) -> DateStyle:
        return DateStyle(self.zone, self.date_format, self.time_format)

    def has_role(self, *names: str) -> bool:
        """Admin has every role but `nobody`, which stands for "not even admin"."""
        if "admin" in self.roles and "nobody" not in names:
            return True
        return not self.roles.isdisjoint(names)


class Users:
    def __init__(self, records: RawRecords, properties: Properties) -> None:
        self.records = records
        self.properties = properties
        self._table = records.schema["sys_user"]
        self._known: dict[tuple[str, str], User] = {}

    def forget(self) -> None:
        """Called after every write to users and roles."""
        self._known.clear()

    def authenticate(self, user_name: str, password: str) -> User | None:
        key = (user_name, password)
        if key not in self._known:
            user = self._authenticate(user_name, password)
            if user is None:
                return None
            self._known[key] = user
        return self._known[key]

    def _authenticate(self, user_name: str, password: str) -> User | None:
        record = self.records.first(self._table, {"user_name": user_name}) if user_name else None
        if not record or not _may_log_in(record):
            return None
        same = hmac.compare_digest(record["user_password"].encode(), password.encode())
        return self._user(record) if same and password else None

    def by_name(self, user_name: str) -> User | None:
        record = self.records.first(self._table, {"user_name": user_name}) if user_name else None
        return self._user(record) if record else None

    def by_id(self, sys_id: str) -> User | None:
        record = self.records.get(self._table, sys_id) if sys_id else None
        return self._user(record) if record else None

    def who_may_log_in(self, sys_id: str) -> User | None:
        """The user of that sys_id, unless inactive or locked out."""
        record = self.records.get(self._table, sys_id) if sys_id else None
        return self._user(record) if record and _may_log_in(record) else None

    def members(self, group: str) -> list[str]:
        """sys_ids of the active members of a group."""
        table = self.records.schema["sys_user_grmember"]
        ids = [row["user"] for row in self.records.find(table, {"group": group})]
        found = self.records.by_ids(self._table, dict.fromkeys(ids))
        return [record["sys_id"] for record in found if record["active"] == "true"]

    def _user(self, record: Record) -> User:
        return User(
            sys_id=record["sys_id"],
            user_name=record["user_name"],
            name=record["name"],
            roles=frozenset(self._roles(record["sys_id"])),
            zone=dates.zone(record["time_zone"] or self.properties.text("glide.sys.default.tz")),
            integration=record["web_service_access_only"] == "true",
            date_format=record["date_format"] or self.properties.text("glide.sys.date_format"),
            time_format=record["time_format"] or self.properties.text("glide.sys.time_format"),
        )

    def _roles(self, user: str) -> set[str]:
        """The roles given to the user, and what these contain (sys_user_role_contains)."""
        find, schema = self.records.find, self.records.schema
        pending = [row["role"] for row in find(schema["sys_user_has_role"], {"user": user})]
        ids: dict[str, None] = {}
        while pending:
            role = pending.pop()
            if role not in ids:
                ids[role] = None
                pending.extend(row["contains"] for row in find(schema["sys_user_role_contains"], {"role": role}))
        return {role["name"] for role in self.records.by_ids(schema["sys_user_role"], ids)}


def _may_log_in(record: Record) -> bool:
    return record["active"] == "true" and record["locked_out"] != "true"
