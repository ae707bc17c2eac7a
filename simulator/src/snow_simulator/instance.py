"""One simulated instance: its data, its clock, and everything that serves it."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from .access.control import Access
from .access.rules import read_access_rules
from .access.sessions import Sessions
from .access.users import User, Users
from .attachment.store import Contents
from .business.definitions import read_definitions
from .change.models import Models
from .change.workers import Workers
from .clock import Clock
from .control.faults import Faults
from .control.latency import Latency, fixed
from .control.log import RequestLog
from .control.nodes import Nodes, Slots
from .control.rate_limits import RateLimits
from .control.replicas import Replicas
from .errors import ApiError
from .oauth.assertions import Assertions
from .oauth.tokens import Tokens
from .query.check import QueryCheck
from .query.script import Scope
from .records.service import RecordService
from .records.write import RuleBook
from .rules import register_all
from .settings import DEFAULTS, Settings
from .store.choices import Choices
from .store.data import DataSet, fill, read_data_set
from .store.database import Database
from .store.properties import Properties
from .store.records import RawRecords
from .values.display import Display


class Instance:
    """`lock` serializes the requests: each is one transaction on the one SQLite connection."""

    def __init__(self, data: str = "demo", database: Path | None = None, settings: Settings = DEFAULTS) -> None:
        self.lock = threading.RLock()
        self.stopping = threading.Event()
        self.url = "http://127.0.0.1"
        self.clock = Clock()
        self._settings = settings
        self.settings = settings
        self.latency: Latency = fixed(0)
        self.read_only = False
        self.faults = Faults(self.clock)
        self.rate_limits = RateLimits(self.clock)
        self.nodes = Nodes()
        self.slots = Slots()
        self.replicas = Replicas(self)
        self.log = RequestLog()
        self.data: DataSet = read_data_set(data)
        self.models = Models(self.data.models)
        self._open(database)
        self.tokens = Tokens(self.clock)
        self.assertions = Assertions(self)
        self.sessions = Sessions(self.clock)
        self.workers = Workers(self)

    def _open(self, path: Path | None) -> None:
        schema = self.data.schema
        self.initial = Database(schema)
        fill(self.initial, self.data)
        check = QueryCheck(schema, Choices(self.initial))
        self.access_rules = read_access_rules(schema, self.data.documents, check)
        self.definitions = read_definitions(schema, self.data.documents, check)
        # The records are in the database now: those of a dump may be many.
        self.data = replace(self.data, documents=(), dump=None)
        self.database = Database(schema, path)
        new = self.database.is_empty()
        if new:
            self.initial.copy_to(self.database)
        else:
            self.database.create()
        self._temporary = None if path else Path(tempfile.mkdtemp(prefix="snow-simulator-"))
        self.contents = Contents(self._temporary or Path(f"{path}.attachments"))
        if new:
            self.contents.restore(self.data.contents)
        self.raw = RawRecords(self.database)
        self.choices = Choices(self.database)
        self.properties = Properties(self.raw)
        self.users = Users(self.raw, self.properties)
        rules = RuleBook()
        register_all(rules, self)
        self.records = RecordService(self.raw, self.choices, self.clock, rules, self.access)

    def reset(self) -> None:
        """Back to the initial data; everything set through the control API is forgotten."""
        self.initial.copy_to(self.database)
        self.contents.clear()
        self.contents.restore(self.data.contents)
        self.forget()
        self.tokens.clear()
        self.assertions.clear()
        self.sessions.clear()
        self.faults.clear()
        self.rate_limits.clear()
        self.nodes.clear()
        self.replicas.clear()
        self.log.clear()
        self.clock.reset()
        self.settings = self._settings
        self.latency = fixed(0)
        self.read_only = False
        self.workers.resume()

    def catch_up(self) -> None:
        """Does what has become due: there is no scheduler, time passes between requests. Needs the lock."""
        if self.workers.pending():
            self.workers.advance()

    def attempt(self, work: Callable[[], None]) -> str:
        """Does some of it in a transaction of its own. What went wrong, "" for nothing: it is nobody's request."""
        try:
            with self.transaction():
                work()
        except ApiError as error:
            return error.detail or error.message
        except Exception as error:
            traceback.print_exc()
            return f"{type(error).__name__}: {error}"
        return ""

    def forget(self) -> None:
        """What is remembered of records that have changed otherwise than through the business rules."""
        self.choices.forget()
        self.forget_properties()

    def close(self) -> None:
        self.stopping.set()
        with self.lock:
            self.database.close()
            self.initial.close()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    @contextlib.contextmanager
    def transaction(self, node: int = 0) -> Iterator[None]:
        """All or nothing. `node` is the one that writes; 0 is the instance itself."""
        with self.replicas.recording(node):
            self.database.begin()
            try:
                yield
            except BaseException:
                self.database.rollback()
                self.contents.rollback()
                self.forget()
                raise
            self.database.commit()
            self.contents.commit()

    def forget_properties(self) -> None:
        """They decide how users without settings of their own see dates."""
        self.properties.forget()
        self.users.forget()

    def pause(self, seconds: float) -> None:
        """Waits, but not longer than the server runs."""
        if seconds > 0:
            self.stopping.wait(seconds)

    def display(self, user: User) -> Display:
        return Display(self.raw, self.choices, user.style, self.access(user))

    def access(self, user: User) -> Access:
        return Access(self, user)

    def scope(self, user: User) -> Scope:
        return Scope(user.sys_id, user.user_name, user.zone, self.clock.now(), self.raw, self.properties.text)
