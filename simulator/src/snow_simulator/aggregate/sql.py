"""The SELECT behind an aggregate request."""

from __future__ import annotations

from ..access.acl import readable
from ..query.compile import Compiler
from ..query.operators import COLLATE
from ..query.paths import Column
from ..query.select import body
from ..store.records import RawRecords
from .parameters import Aggregate, Having, Order, Request

Group = tuple[object, ...]


class Select:
    """Columns in this order: the fields grouped by, the count, the aggregates. Unknown fields are left out."""

    def __init__(self, compiler: Compiler, request: Request) -> None:
        self._table = compiler.table
        self._paths = compiler.paths
        self.request = request
        self.denied: list[str] = []
        self.groups = [(name, column) for name in request.group_by if (column := self._column(name))]
        found = ((aggregate, self._column(aggregate.field)) for aggregate in request.aggregates)
        self.aggregates = [(aggregate, column) for aggregate, column in found if column]

    def rows(self, records: RawRecords, where: str, parameters: list[object]) -> list[Group]:
        columns = [column.sql for _, column in self.groups]
        columns.append("COUNT(*)")
        columns += [_sql(aggregate.function, column) for aggregate, column in self.aggregates]
        having, bound = self._having()
        tail = self._tail(having)
        # Last: everything before may have added a join.
        source = body(records, self._table, self._paths.joins(), where)
        sql = f"SELECT {', '.join(columns)} {source} {tail}"
        return list(records.database.rows(sql, [*self._paths.parameters, *parameters, *bound]))

    def _tail(self, having: str) -> str:
        tail = f"GROUP BY {', '.join(column.sql for _, column in self.groups)}" if self.groups else ""
        if having and self.groups:
            tail += f" HAVING {having}"
        order = [sql for key in self.request.order if (sql := self._order(key))] if self.groups else []
        # Without an order of their own, groups come by what they are displayed as.
        order += [f"{self._paths.display(column, name).sql} {COLLATE}" for name, column in self.groups]
        return f"{tail} ORDER BY {', '.join(order)}" if order else tail

    def _having(self) -> tuple[str, list[object]]:
        parts: list[str] = []
        bound: list[object] = []
        for item in self.request.having:
            if sql := self._having_sql(item):
                parts.append(f"{sql} {item.operator} ?")
                bound.append(item.value)
        return " AND ".join(parts), bound if self.groups else []

    def _having_sql(self, item: Having) -> str | None:
        column = self._column(item.aggregate.field)
        return _sql(item.aggregate.function, column) if column else None

    def _order(self, order: Order) -> str | None:
        if isinstance(order.key, Aggregate):
            sql = self._aggregate(order.key)
        else:
            column = next((column for name, column in self.groups if name == order.key), None)
            sql = _sortable(self._paths.display(column, order.key)) if column else None
        return f"{sql}{' DESC' if order.descending else ''}" if sql else None

    def _aggregate(self, aggregate: Aggregate) -> str | None:
        if aggregate.function == "count" and not aggregate.field:
            return "COUNT(*)"
        column = self._column(aggregate.field)
        return _sql(aggregate.function, column) if column else None

    def _column(self, name: str) -> Column | None:
        column = self._paths.resolve(name)
        if column is None or not readable(column.field):
            return None
        if not column.readable:
            self.denied.append(name)
        return column


def _sql(function: str, column: Column) -> str:
    """Unset values do not count; numbers are compared and added up as numbers."""
    value = f"NULLIF({column.sql}, '')"
    if function == "count":
        return f"COUNT({value})"
    if column.field.is_number:
        return f"{function.upper()}(CAST({value} AS REAL))"
    if column.field.type == "boolean":
        return f"{function.upper()}(CASE {column.sql} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END)"
    if column.field.type == "glide_duration":
        return f"{function.upper()}(CAST(strftime('%s', {value}) AS INTEGER))"
    # Texts and dates have a first and a last, but no sum.
    return f"{function.upper()}({value} {COLLATE})" if function in ("min", "max") else "NULL"


def _sortable(column: Column) -> str:
    return f"CAST({column.sql} AS REAL)" if column.field.is_number else f"{column.sql} {COLLATE}"
