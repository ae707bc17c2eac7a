"""The 44 documented examples: each request is replayed, and the answer held to the document, field by field.

Shape, JSON types and values are compared. Where the document contradicts itself, `CONTRADICTIONS` names what is not
compared, and why.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.simulator.documented import API, REPLAYS
from tests.simulator.documented import operation as documented
from tests.simulator.support import CHG24, EXAMPLES, Sim

# Values that belong to the moment, to the instance, or to the record that was created.
VOLATILE = {
    "sysId", "link", "number", "task_effective_number", "sys_created_on", "sys_updated_on", "opened_at", "last_run",
}  # fmt: skip
_NEW = "what is created gets a sys_id of its own"
_SAME_ID = "the document gives one sys_id to records of several types; here it belongs to another one"
_CHG24 = "the record is CHG0000024, which has another sys_id where it is read"
_NOT_COUNTED = "the document updates the record and shows the number of updates of before"
_PLACEHOLDER = "the document has a placeholder in its own request"
# operation, number of the example, path in it -> why the value is not compared.
CONTRADICTIONS: dict[tuple[str, int, str], str] = {
    (f"DELETE {API}/emergency/{{sys_id}}", 0, "result[0].sys_id"): _SAME_ID,
    (f"DELETE {API}/emergency/{{sys_id}}", 0, "result[0].short_description"): "other examples call it Reboot server",
    (f"GET {API}/emergency", 0, "result[0].sys_id"): _SAME_ID,
    (f"GET {API}/emergency/{{sys_id}}", 0, "result[0].sys_id"): _SAME_ID,
    (f"GET {API}/normal", 0, "result[0]"): "the first normal change by number is another one here",
    (f"PATCH {API}/emergency/{{sys_id}}", 0, "result[0].sys_id"): _SAME_ID,
    (f"PATCH {API}/emergency/{{sys_id}}", 0, "result[0].state"): "an emergency change skips Assess: it is Authorize",
    (f"GET {API}/ci/{{cmdb_ci_sys_id}}/schedule", 1, "result.request"): _PLACEHOLDER,
    (f"GET {API}/normal/{{sys_id}}", 0, "result[0].short_description"): "four other examples call it Remove server",
    (f"PATCH {API}/{{sys_id}}", 0, "result.sys_mod_count"): _NOT_COUNTED,
    (f"PATCH {API}/{{sys_id}}", 0, "result.sys_id"): _CHG24,
    (f"DELETE {API}/{{sys_id}}", 0, "result.sys_id"): _CHG24,
    (f"DELETE {API}/{{sys_id}}", 0, "result.sys_mod_count"): _NOT_COUNTED,
    (f"POST {API}", 0, "result.sys_id"): _NEW,
    (f"POST {API}/emergency", 0, "result[0].sys_id"): _NEW,
    (f"POST {API}/normal", 0, "result[0].sys_id"): _NEW,
    (f"POST {API}/standard/{{standard_change_template_id}}", 0, "result[0].sys_id"): _NEW,
    (f"POST {API}/{{change_sys_id}}/task", 0, "result[0].sys_id"): _NEW,
    (f"POST {API}/{{sys_id}}/conflict", 0, "result"): _NEW,
}


def compare(document: object, answer: object, path: str, skip: set[str]) -> None:
    """Keys, JSON types and values are those of the document; the answer may hold further fields of the record."""
    if isinstance(document, dict):
        assert isinstance(answer, dict), path
        for key, value in document.items():
            assert key in answer, f"{path}.{key} is missing"
            inside = f"{path}.{key}".lstrip(".")
            compare(value, answer[key], inside, skip | ({inside} if key in VOLATILE else set()))
        if set(document) <= {"display_value", "value", "display_value_internal"} and not skipped(path, skip):
            assert set(answer) == set(document), path
    elif isinstance(document, list):
        assert isinstance(answer, list), path
        assert len(answer) >= len(document), path
        for number, value in enumerate(document):
            compare(value, answer[number], f"{path}[{number}]", skip)
        assert document or answer == [], path
    else:
        same_leaf(document, answer, path, skipped(path, skip))


def skipped(path: str, skip: set[str]) -> bool:
    return any(path == prefix or path.startswith((f"{prefix}.", f"{prefix}[")) for prefix in skip)


def same_leaf(document: object, answer: object, path: str, only_type: bool) -> None:
    # An unset number is "": what is set decides the type.
    unset = only_type and "" in (document, answer)
    assert unset or type(answer) is type(document), f"{path}: {answer!r} is not like {document!r}"
    # The document has a blank too many after some numbers and sys_ids.
    wanted = document.removesuffix(" ") if isinstance(document, str) else document
    assert only_type or answer == wanted, path


def cases() -> list[Any]:
    return [
        pytest.param(operation, number, id=f"{operation} {number}", marks=documented(operation))
        for operation, replays in REPLAYS.items()
        for number in range(len(replays))
    ]


def test_every_documented_example_is_replayed() -> None:
    assert {operation: len(replays) for operation, replays in REPLAYS.items()} == {
        operation: len(examples) for operation, examples in EXAMPLES.items()
    }
    assert len(cases()) == 44


@pytest.mark.parametrize(("operation", "number"), cases())
def test_answer_is_as_documented(sim: Sim, operation: str, number: int) -> None:
    answer = REPLAYS[operation][number](sim, operation.split()[0])
    skip = {path for name, position, path in CONTRADICTIONS if (name, position) == (operation, number)}
    compare(EXAMPLES[operation][number], answer, "", skip)


def test_contradictions_are_still_there(sim: Sim) -> None:
    """Each of them fails without being named, or need not be named any more."""
    for operation, number, path in CONTRADICTIONS:
        sim.simulator.instance.reset()
        answer = REPLAYS[operation][number](sim, operation.split()[0])
        others = {other for name, at, other in CONTRADICTIONS if (name, at) == (operation, number) and other != path}
        with pytest.raises(AssertionError, match=re.escape(path)):
            compare(EXAMPLES[operation][number], answer, "", others)


def test_chg0000024_has_exactly_the_documented_fields(sim: Sim) -> None:
    document = EXAMPLES[f"GET {API}/{{sys_id}}"][0]["result"]
    answer = sim.get(f"/api{API}/{CHG24}", "admin").json()["result"]
    assert set(answer) == set(document)
    assert answer == document
