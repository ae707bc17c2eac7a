"""Runs the business rules and data policies of a data set."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from ..errors import RuleAborted, mandatory, read_only, rule_aborted
from ..query.script import evaluate
from ..records.matching import fits
from ..records.write import RuleBook, Write
from ..store.records import Record
from ..values.convert import Input
from .definitions import ENGINES, BusinessRule

if TYPE_CHECKING:
    from ..instance import Instance


class Engine:
    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.definitions = instance.definitions
        self._running: set[tuple[str, str]] = set()

    def register(self, rules: RuleBook) -> None:
        if self.definitions.rules:
            rules.add_first("before", lambda write: self._run("before", write, early=True))
            rules.add_last("before", lambda write: self._run("before", write, early=False))
            rules.add_last("after", lambda write: self._run("after", write))
        if self.definitions.policies:
            rules.add_last("before", self._keep_policies)

    # Rules ---------------------------------------------------------------------------------------------

    def _run(self, when: str, write: Write, *, early: bool | None = None) -> None:
        for rule in self.definitions.rules:
            due = early is None or early == (rule.order < ENGINES)
            if rule.when == when and due and write.operation in rule.operations and write.table.extends(rule.table):
                self._guarded(rule, write)

    def _guarded(self, rule: BusinessRule, write: Write) -> None:
        """What a rule does to its record does not start it again."""
        key = (rule.sys_id, write.sys_id)
        if key in self._running or not self._concerns(rule, write):
            return
        self._running.add(key)
        try:
            self._act(rule, write)
        except RuleAborted as error:
            raise error.within(rule.name) from None
        finally:
            self._running.discard(key)

    def _concerns(self, rule: BusinessRule, write: Write) -> bool:
        if rule.changed and not any(write.changed(name) or name in write.journals for name in rule.changed):
            return False
        if rule.was and (write.operation == "insert" or not self._fits(write, write.before, rule.was)):
            return False
        return not rule.condition or self._fits(write, write.after, rule.condition)

    def _fits(self, write: Write, record: Record, query: str) -> bool:
        return fits(self.instance, write.user, write.table, record, query)

    def _act(self, rule: BusinessRule, write: Write) -> None:
        if rule.abort:
            raise rule_aborted(write.table.name, rule.name, rule.sys_id)
        values = self._values(rule, write)
        if rule.when == "after":
            self.instance.records.update_raw(write.user, write.table, write.after, values)
            return
        for name, value in values.items():
            if write.table.fields[name].is_journal:
                write.journals[name] = value
            else:
                write.after[name] = value
                write.given.add(name)

    def _values(self, rule: BusinessRule, write: Write) -> Record:
        """In stored form; values may be labels and names, or scripts of `gs`."""
        found: Record = {}
        for name, text in rule.values.items():
            value = evaluate(text, self.instance.scope(write.user))
            field = write.table.fields[name]
            how, convert = Input(UTC, display=not field.is_date), self.instance.records.converter.stored
            # An empty value clears a choice too, which a client cannot.
            stored = convert(write.table, field, value, how) if value else value
            if stored is not None:
                found[name] = stored
        return found

    # Policies ------------------------------------------------------------------------------------------

    def _keep_policies(self, write: Write) -> None:
        if write.operation == "delete":
            return
        for policy in self.definitions.policies:
            if not write.table.extends(policy.table):
                continue
            if policy.condition and not self._fits(write, write.after, policy.condition):
                continue
            fields = write.table.fields
            missing = [name for name in policy.mandatory if not write.after.get(name) and name not in write.journals]
            if missing:
                raise mandatory([fields[name].label for name in missing])
            changed = [name for name in policy.read_only if write.changed(name) or name in write.journals]
            if write.operation == "update" and changed:
                raise read_only([fields[name].label for name in changed])
