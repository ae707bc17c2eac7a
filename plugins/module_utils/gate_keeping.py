# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking the gate, once or until it opens, can no longer open, or the time is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils import (
    gate,
    gate_labels,
    gate_parts,
    gate_result,
    gate_rules,
    retry,
)
from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.change_waiting import Clock
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    AuthenticationFailed,
    BadAddress,
    NoResults,
    NotConverged,
    NotFound,
    SnowError,
)
from ansible_collections.changegate.snow.plugins.module_utils.gate_facts import Facts, Unknown
from ansible_collections.changegate.snow.plugins.module_utils.gate_options import Patience
from ansible_collections.changegate.snow.plugins.module_utils.gate_pace import Pace
from ansible_collections.changegate.snow.plugins.module_utils.gate_policy import GatePolicy
from ansible_collections.changegate.snow.plugins.module_utils.gate_reading import GateReader
from ansible_collections.changegate.snow.plugins.module_utils.gate_verdict import Finding, Verdict

#: Seconds that a look goes on by itself while the instance does not answer; then that is said, and asked again later.
_PERSISTENCE = 15.0


class Looked(NamedTuple):
    """What one look has found."""

    facts: Facts
    verdict: Verdict


class GateKeeper:
    """Asks about one change.

    :param find: gives the change, the first time.
    :param recheck: has the change (by its sys_id) checked for conflicts and waits for the end; tells whether it did.
    :param tell: takes a line at each news, and otherwise now and then.
    """

    def __init__(
        self,
        client: Client,
        policy: GatePolicy,
        patience: Patience,
        find: Callable[[], Record],
        recheck: Callable[[str], bool] | None,
        tell: Callable[[str], None],
        clock: Clock | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._client = client
        self._policy = policy
        self._patience = patience
        self._find = find
        self._recheck = recheck
        self._tell = tell
        self._clock = clock or Clock()
        self._pace = pace or Pace(patience.interval)
        self._begin = self._clock.now()
        self._persistence = client.transport.retry_deadline
        self._reader: GateReader | None = None
        self._sys_id = ""
        self._said, self._said_at = "", self._begin
        #: What was wrong with the parts when they were last read.
        self._others: tuple[Finding, ...] = ()
        self.looks = 0

    @property
    def waited(self) -> int:
        """Seconds since the beginning."""
        return int(self._clock.now() - self._begin)

    def wait(self) -> Looked:
        """The last look: the gate is open, or can no longer open, or the time is over.

        :raises SnowError: the instance could not be asked, and that will not pass, or did not in time.
        """
        while True:
            sent, asked_delay, opens_in = self._client.transport.count, 0.0, None
            try:
                looked = self._look()
            except SnowError as error:
                asked_delay = error.retry_after or 0.0
                if not self._may_pass(error) or asked_delay >= self._left() or self._left() <= 0:
                    raise
                self._say(f"the gate cannot be asked: {error}")
            else:
                if looked.verdict.open or looked.verdict.final or self._left() <= 0:
                    return looked
                opens_in = _opens_in(self._policy, looked)
                # A look at the change alone does not see what was wrong with its parts: that is still so.
                reasons = dict.fromkeys((*looked.verdict.reasons, *self._others))
                self._say(gate_result.summary(looked.facts, Verdict(tuple(reasons))))
            requests = max(1, self._client.transport.count - sent)
            pause = self._pace.pause(requests, self._client.transport.hourly, opens_in)
            self._sleep(max(pause, asked_delay))

    def _look(self) -> Looked:
        """The change; and its parts, unless it is closed by itself and there is time for another look."""
        left = self._left()
        if self._patience.timeout:
            self._client.transport.retry_deadline = max(0.0, min(self._persistence, _PERSISTENCE, left))
        self.looks += 1
        facts = None
        if self._reader is None:
            # In this order: if the change cannot be read now, the labels need not be asked for again.
            self._policy = gate_labels.resolved(self._client, self._policy)
            reader = GateReader(self._client, self._policy)
            facts = reader.facts(self._find())
            self._reader, self._sys_id = reader, facts.change["sys_id"].value
        reader = self._reader
        try:
            if reader.asks_parts and (facts is not None or left <= 0):
                return self._whole(reader)
            facts = facts or reader.change(self._sys_id)
            verdict = gate.evaluate(self._policy, facts, gate.OF_CHANGE)
            if reader.asks_parts and (verdict.open or verdict.final):
                return self._whole(reader)
        except NotFound as error:
            raise NoResults(
                f"The change {self._sys_id} is gone, or hidden from the user; nothing may proceed."
            ) from error
        return Looked(facts, verdict)

    def _whole(self, reader: GateReader) -> Looked:
        facts = reader.whole(self._sys_id)
        verdict = gate.evaluate(self._policy, facts)
        stale = {reason.rule for reason in verdict.reasons} == {"conflicts"}
        if self._recheck is not None and stale and gate_parts.wants_check(self._policy, facts):
            try:
                facts = reader.whole(self._sys_id) if self._recheck(self._sys_id) else facts
            except NotConverged as error:
                facts = facts._replace(conflicts=Unknown(str(error)))
            verdict = gate.evaluate(self._policy, facts)
        own = gate.evaluate(self._policy, facts, gate.OF_CHANGE).reasons
        self._others = tuple(reason for reason in verdict.reasons if reason not in own)
        return Looked(facts, verdict)

    def _left(self) -> float:
        return self._patience.timeout - (self._clock.now() - self._begin)

    def _may_pass(self, error: SnowError) -> bool:
        """Whether it is worth asking again: whoever has answered once is there, and may be away for a while."""
        if isinstance(error, AuthenticationFailed):
            return False
        if isinstance(error, BadAddress):
            return self._reader is not None
        return (error.status or 0) >= 500 or retry.judge(error, True, 1, None).again

    def _say(self, text: str) -> None:
        if text != self._said:
            self._pace.news()
            self._said, self._said_at = text, self._clock.now()
            self._tell(text)

    def _sleep(self, seconds: float) -> None:
        """Until the next look, or the end; with a sign of life now and then."""
        until = self._clock.now() + min(seconds, max(0.0, self._left()))
        while True:
            now = self._clock.now()
            if now >= until:
                return
            silence = self._said_at + self._patience.heartbeat - now
            if silence <= 0:
                self._said_at = now
                self._tell(f"still waiting after {self.looks} looks: {self._said}")
                continue
            self._clock.sleep(min(until - now, silence))


def _opens_in(policy: GatePolicy, looked: Looked) -> float | None:
    """Seconds until the window begins, where nothing else keeps the gate closed."""
    if {reason.rule for reason in looked.verdict.reasons} != {"window"} or policy.window is None:
        return None
    start, now = gate_rules.planned(looked.facts, "start_date"), looked.facts.now
    if start is None or now is None:
        return None
    seconds = (start - now - timedelta(seconds=policy.window.early)).total_seconds()
    return seconds if seconds > 0 else None
