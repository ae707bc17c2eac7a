"""/change/normal, /change/emergency and /change/standard: a list of one, values as strings.

Whether sys_id is an object or plain text differs from operation to operation, as the document shows it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import no_record
from ..http.call import Call, Reply, result
from ..http.routing import Router
from ..store.records import Record
from . import common
from .render import strings
from .templates import template_values

_FIXED = ("type", "chg_model")


@dataclass(frozen=True, slots=True)
class TypedRoutes:
    """The operations of one type; `plain` names those that answer sys_id as text."""

    type: str
    plain: frozenset[str]

    def register(self, router: Router) -> None:
        path = f"/change/{self.type}"
        router.add_versioned("GET", common.API, path, self.list_changes)
        router.add_versioned("GET", common.API, f"{path}/<sys_id>", self.get)
        router.add_versioned("PATCH", common.API, f"{path}/<sys_id>", self.update)
        router.add_versioned("DELETE", common.API, f"{path}/<sys_id>", self.delete)
        if self.type == "standard":
            router.add_versioned("POST", common.API, f"{path}/<sys_id>", self.create_from_template)
        else:
            router.add_versioned("POST", common.API, path, self.create)

    def list_changes(self, call: Call) -> Reply:
        common.may_read(call)
        page, compiled = common.list_page(call, common.table(call), ("type", self.type))
        rows = [self._shown(call, record, "LIST") for record in page.records]
        return result([*rows, *common.list_meta(call, compiled)], headers={"X-Total-Count": str(page.total)})

    def get(self, call: Call, sys_id: str) -> Reply:
        common.may_read(call)
        return result([self._shown(call, common.change(call, sys_id, self.type), "GET")])

    def create(self, call: Call) -> Reply:
        common.may_write(call, "Insert")
        return self._insert(call, common.values(call), [])

    def create_from_template(self, call: Call, sys_id: str) -> Reply:
        """POST /change/standard/{standard_change_template_id}"""
        common.may_write(call, "Insert")
        template = common.record(call, "std_change_record_producer", sys_id)
        if template["active"] != "true":
            raise no_record()
        values, ignored = template_values(call, template, common.values(call))
        return self._insert(call, values, ignored)

    def _insert(self, call: Call, given: dict[str, object], ignored: list[str]) -> Reply:
        ignored = [*ignored, *(name for name in _FIXED if name in given)]
        values = {**given, "type": self.type, "chg_model": call.instance.models.for_type(self.type).sys_id}
        outcome = call.instance.records.insert(call.user, common.table(call), values, common.input_mode(call))
        shown = self._shown(call, outcome.record, "POST")
        return result([shown | common.meta([*ignored, *outcome.ignored])])

    def update(self, call: Call, sys_id: str) -> Reply:
        common.may_write(call, "Update")
        record = common.change(call, sys_id, self.type)
        given, how = common.values(call), common.input_mode(call)
        outcome = call.instance.records.update(call.user, common.table(call), record, given, how)
        return result([self._shown(call, outcome.record, "PATCH") | common.meta(outcome.ignored)])

    def delete(self, call: Call, sys_id: str) -> Reply:
        common.may_delete(call)
        record = common.change(call, sys_id, self.type)
        shown = self._shown(call, record, "DELETE")
        call.access.check_row(common.table(call), record, "Delete")
        call.instance.records.delete(call.user, common.table(call), record)
        return result([shown])

    def _shown(self, call: Call, record: Record, operation: str) -> dict[str, object]:
        display = call.instance.display(call.user)
        return strings(display, common.table(call), record, plain_id=operation in self.plain)


TYPES = (
    TypedRoutes("normal", frozenset({"GET", "POST", "PATCH", "DELETE"})),
    TypedRoutes("emergency", frozenset({"POST", "PATCH"})),
    TypedRoutes("standard", frozenset({"DELETE"})),
)
