# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many records at once: insert, update, upsert and delete over the Batch API, with a result for each record.

The input may be any iterable; it is read in portions, so that memory stays bounded, and the results come in its order.
A record that fails stops no other. What was written is compared with what the instance returned.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, TypedDict

from ansible_collections.changegate.snow.plugins.module_utils import bulk_delete, bulk_match, checks
from ansible_collections.changegate.snow.plugins.module_utils.ahead import Job
from ansible_collections.changegate.snow.plugins.module_utils.bulk_insert import Inserter
from ansible_collections.changegate.snow.plugins.module_utils.bulk_items import Item, Result, Results
from ansible_collections.changegate.snow.plugins.module_utils.bulk_table import Table
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    AuthenticationFailed,
    BadAddress,
    ConnectionFailed,
    InstanceUnavailable,
    InvalidUsage,
    MissingLibrary,
    MissingToken,
    OutcomeUnknown,
    SnowError,
)
from ansible_collections.changegate.snow.plugins.module_utils.params import ParamsBuilder, Query
from ansible_collections.changegate.snow.plugins.module_utils.query import check_field, check_table
from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport

if TYPE_CHECKING:
    from typing import Unpack

Progress = Callable[[int, Optional[int]], None]
#: Errors that every further record would have as well.
_HOPELESS = (AuthenticationFailed, BadAddress, MissingLibrary, MissingToken)
_MOST_PARALLEL = 16
#: Seconds that a cancelled run waits for what is under way.
_MOMENT = 0.5


class Options(NamedTuple):
    """How a bulk write goes about it.

    :param input_display_value: names of references and labels of choices may stand for their values; dates are
        values all the same. If not said, the resource's parameter of this name tells.
    :param parallel: batches under way at the same time.
    :param stop_on_error: try no further portion of the input once a record has failed.
    :param each: takes each result as it comes, in order; the results are then not kept.
    :param progress: called with the number of records that are done and of all (None if the input does not say).
    """

    input_display_value: bool | None = None
    parallel: int = 2
    stop_on_error: bool = False
    each: Callable[[Result], None] | None = None
    progress: Progress | None = None

    def check(self) -> Options:
        """Raises :class:`InvalidUsage` if one of them is nothing that it can be."""
        if isinstance(self.parallel, bool) or not isinstance(self.parallel, int):
            raise InvalidUsage(f"parallel is {self.parallel!r}; give a whole number from 1 to {_MOST_PARALLEL}.")
        if not 1 <= self.parallel <= _MOST_PARALLEL:
            raise InvalidUsage(f"parallel is {self.parallel}; give a whole number from 1 to {_MOST_PARALLEL}.")
        if self.input_display_value not in (True, False, None):
            raise InvalidUsage(f"input_display_value is {self.input_display_value!r}; give True or False.")
        checks.flag("stop_on_error", self.stop_on_error)
        checks.function("each", self.each)
        checks.function("progress", self.progress)
        return self


class OptionsDict(TypedDict, total=False):
    """:class:`Options` as keywords of a method."""

    input_display_value: bool | None
    parallel: int
    stop_on_error: bool
    each: Callable[[Result], None] | None
    progress: Progress | None


Read = Callable[[Item, Any], None]
Work = Callable[[list[Item]], None]


class Bulk:
    """Bulk writes on the table of a resource.

    :param path: of the table, from the root of the instance.
    :param api_path: ``/table/<name>``.
    """

    def __init__(self, transport: Transport, path: str, api_path: str, parameters: ParamsBuilder) -> None:
        parts = api_path.strip("/").split("/")
        if parts[0] != "table" or len(parts) != 2:
            raise InvalidUsage("Many records are written to a table; use a resource of the Table API.")
        self._name = check_table(parts[1])
        self._transport, self._path, self._parameters = transport, path, parameters

    def insert(self, records: Iterable[Mapping[str, Any]], **options: Unpack[OptionsDict]) -> Results:
        """Insert *records*; with *options* as in :class:`Options`."""
        how = _options(options)
        table = self._table(how)
        return Run(table, how, _records(records)).go(partial(Item.take, keyed=True), Inserter(table).insert)

    def update(
        self, records: Iterable[Mapping[str, Any]], only_changes: bool = False, **options: Unpack[OptionsDict]
    ) -> Results:
        """Update *records*, each of which names its ``sys_id``.

        :param only_changes: read them first, and write only what differs.
        """
        how = _options(options)
        checks.flag("only_changes", only_changes)
        table = self._table(how)
        work = partial(bulk_match.update, table, only_changes=only_changes)
        return Run(table, how, _records(records)).go(partial(Item.take, keyed=False), work)

    def upsert(
        self, records: Iterable[Mapping[str, Any]], match_on: Sequence[str], **options: Unpack[OptionsDict]
    ) -> Results:
        """Insert those of *records* that no record has the columns *match_on* of, and update those that differ."""
        how = _options(options)
        if isinstance(match_on, str) or not isinstance(match_on, Sequence) or not match_on:
            raise InvalidUsage(f"match_on is {match_on!r}; give a list of columns that identify a record.")
        table = self._table(how)
        upserter = bulk_match.Upserter(table, [check_field(name) for name in match_on])
        return Run(table, how, _records(records)).go(upserter.read, upserter.upsert)

    def delete(
        self,
        sys_ids: Iterable[str] | None = None,
        query: Query | None = None,
        at_most: int | None = None,
        **options: Unpack[OptionsDict],
    ) -> Results:
        """Delete the records *sys_ids*, or those that *query* finds, which then may be *at_most* so many."""
        how = _options(options)
        table = self._table(how)
        if (sys_ids is None) == (query is None):
            raise InvalidUsage("Give either sys_ids or a query of what is to be deleted.")
        if at_most is not None:
            checks.count("at_most", at_most, 0)
        known = query is not None
        if query is not None:
            sys_ids = bulk_delete.keys_of(table, query, at_most)
        work = partial(table.remove, known=known)
        return Run(table, how, _records(sys_ids, "sys_ids")).go(bulk_delete.read, work)

    def _table(self, how: Options) -> Table:
        display = how.input_display_value
        parameter = self._parameters.as_dict().get("sysparm_input_display_value") == "true"
        return Table(
            self._transport, self._name, self._path, self._parameters, parameter if display is None else display
        )


def _options(given: Mapping[str, Any]) -> Options:
    unknown = set(given) - set(Options._fields)
    if unknown:
        raise InvalidUsage(f"{', '.join(sorted(unknown))} is no option; there are {', '.join(Options._fields)}.")
    return Options(**given).check()


def _records(records: Any, name: str = "records") -> Iterable[Any]:
    if isinstance(records, (str, bytes, Mapping)) or not isinstance(records, Iterable):
        raise InvalidUsage(f"{name} is a {type(records).__name__}; give a list, or another iterable.")
    return records


def _is_out_of_reach(error: SnowError | None) -> bool:
    """Whether the instance could not even be asked what became of a record."""
    cause = (error.__cause__ or error) if error is not None else None
    if isinstance(cause, OutcomeUnknown):
        return False
    return isinstance(cause, (ConnectionFailed, InstanceUnavailable))


class Run:
    """One input, portion by portion, some at the same time, and the results in order.

    :meth:`go` has *read* take each record over, and *work* do a portion of them; what these raise is the record's own
    error if it is raised within ``Item.attempt``.
    """

    def __init__(self, table: Table, how: Options, records: Iterable[Any]) -> None:
        self._table, self._how = table, how
        self._total = len(records) if isinstance(records, Sized) else None
        self._records = enumerate(records)
        self._results = Results(how.each)
        self._under_way: deque[tuple[list[Item], Job[None]]] = deque()

    def go(self, read: Read, work: Work) -> Results:
        try:
            for items in self._portions(read):
                job = Job(partial(work, [item for item in items if item.error is None]))
                self._under_way.append((items, job))
                if len(self._under_way) >= self._how.parallel:
                    self._finish()
                if self._results.stopped is not None:
                    break
            self._finish_all()
        except (KeyboardInterrupt, SystemExit):
            self._give_up()
            raise
        except BaseException:
            # The input or a callback has raised: what was sent is waited for and told.
            self._finish_all()
            raise
        return self._results

    def _finish_all(self) -> None:
        try:
            while self._under_way:
                self._finish()
        finally:
            for _items, job in self._under_way:
                job.ends()

    def _give_up(self) -> None:
        """Send nothing again, and tell what ends within a moment. The rest ends with the process: nobody who cancels
        wants to wait until an answer times out."""
        self._table.stop.set()
        deadline = time.monotonic() + _MOMENT
        while self._under_way:
            _items, job = self._under_way[0]
            if not job.ends(max(0.0, deadline - time.monotonic())):
                return
            self._finish()

    def _portions(self, read: Read) -> Iterator[list[Item]]:
        items: list[Item] = []
        for index, raw in self._records:
            item = Item(index)
            item.attempt(partial(read, item, raw))
            items.append(item)
            if len(items) >= self._table.pace.size:
                yield items
                items = []
        if items:
            yield items

    def _finish(self) -> None:
        items, job = self._under_way[0]
        job.result()
        self._under_way.popleft()
        for item in items:
            self._results.add(item.result(self._table.kinds, self._table.view))
            if self._results.stopped is None:
                self._results.stopped = self._reason_to_stop(item.error)
        if self._results.stopped is None and all(_is_out_of_reach(item.error) for item in items):
            self._results.stopped = items[0].error
        if self._how.progress is not None:
            self._how.progress(len(self._results), self._total)

    def _reason_to_stop(self, error: SnowError | None) -> SnowError | None:
        return error if isinstance(error, _HOPELESS) or self._how.stop_on_error else None
