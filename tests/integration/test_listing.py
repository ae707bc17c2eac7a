# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Long lists: nothing twice, nothing lost, no request too many, while the instance changes and fails."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.integration.helpers import USER, Instance, password_of

from ansible_collections.changegate.snow.plugins.module_utils import errors
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.query import QueryBuilder
from ansible_collections.changegate.snow.plugins.module_utils.resource import Resource
from snow_simulator import Simulator

TABLE = "ast_contract"
#: Rows that every user but one role may read are taken out of pages after the limit was applied.
HIDING = """
extends: demo
access:
  problem:
    rows:
      - {query: category!=network}
"""


@pytest.fixture
def table(instance: Instance) -> Iterator[Resource]:
    """A table without records in the demo data, read by an administrator in pages of 100."""
    with Client(host=instance.url, user="admin", password=password_of("admin")) as client:
        yield client.table("problem")


RANDOM = random.Random(4)


def new_key(prefix: str = "") -> str:
    return prefix + f"{RANDOM.getrandbits(128):032x}"[len(prefix) :]


def seed(instance: Instance, count: int, key: Callable[[], str] = new_key, **values: Any) -> list[str]:
    """*count* problems whose numbers are in no order of their keys."""
    marks = list(range(count))
    random.Random(count).shuffle(marks)
    rows = [{"sys_id": key(), "correlation_id": f"{mark:06d}", "category": "software", **values} for mark in marks]
    made = instance.seed("problem", *rows)
    instance.clear_log()
    return made


def all_keys(instance: Instance) -> set[str]:
    return {row["sys_id"] for row in instance.rows("problem")}


def remove(instance: Instance, *keys: str) -> None:
    with Client(host=instance.url, user="admin", password=password_of("admin")) as client:
        for key in keys:
            client.table("problem").delete_one(key)


def keys(rows: Any) -> list[str]:
    found = [row["sys_id"] for row in rows]
    assert len(found) == len(set(found)), "a row came twice"
    return found


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("query", ["", "active=true^NQactive=false", "ORDERBYDESCcorrelation_id"])
@pytest.mark.parametrize("parallel", [1, 4])
def test_each_row_once(instance: Instance, table: Resource, query: str, stream: bool, parallel: int) -> None:
    """Every row comes once, in as many requests as pages, whatever the order and the way of reading."""
    seed(instance, 950, active="true")
    everything = all_keys(instance)
    found = keys(table.get(query, page_size=100, parallel=parallel, stream=stream).all())
    assert set(found) == everything
    assert len(instance.requests()) == -(-len(everything) // 100)
    if query.startswith("ORDERBY"):
        marks = [row["correlation_id"] for row in table.get(query, page_size=100).all()]
        assert marks == sorted(marks, reverse=True)
    else:
        assert found == sorted(found)


@pytest.mark.parametrize("query", ["", "ORDERBYcorrelation_id"])
@pytest.mark.parametrize("stream", [False, True])
def test_rows_that_come_and_go_meanwhile(instance: Instance, table: Resource, query: str, stream: bool) -> None:
    """While rows are added and removed before and behind the place where reading is, none that stays is lost, and
    none comes twice."""
    seed(instance, 800)
    before = sorted(instance.rows("problem"), key=lambda row: row["correlation_id" if query else "sys_id"])
    gone: set[str] = set()

    def disturb(done: int, _total: int | None) -> None:
        if done % 200 == 0 or done > 700:
            return
        # Two rows that were read already go, and others appear among them: all that follows moves.
        victims = [row["sys_id"] for row in before[done - 90 : done - 87]]
        gone.update(victims)
        remove(instance, *victims)
        fresh = [{"sys_id": new_key("0"), "correlation_id": f"0000{done:02d}x{number}"} for number in range(done % 7)]
        if fresh:
            instance.seed("problem", *fresh)

    for parallel in (1, 3):
        found = keys(table.get(query, page_size=100, stream=stream, parallel=parallel, progress=disturb).all())
        assert {row["sys_id"] for row in before} - gone <= set(found)
        before = [row for row in before if row["sys_id"] not in gone]
    assert gone


def test_a_limit_stops_requests(instance: Instance, table: Resource) -> None:
    """No more is asked for than is wanted, to the row."""
    seed(instance, 950)
    for limit, sizes in ((250, [100, 101, 51]), (100, [100]), (7, [7]), (0, [])):
        instance.clear_log()
        assert len(keys(table.get(limit=limit, page_size=100).all())) == limit
        asked = [request.query.split("sysparm_limit=")[1].split("&")[0] for request in instance.requests()]
        # Pages behind the first begin with the last row of the one before.
        assert sorted(map(int, asked)) == sorted(sizes)
    instance.clear_log()
    assert len(keys(table.get(limit=300, offset=200, page_size=100).all())) == 300
    assert len(instance.requests()) == 3
    table.parameters.limit = 5
    assert len(table.get().all()) == 5
    assert table.get().count >= 950


def test_keys_that_lie_unevenly(instance: Instance, table: Resource) -> None:
    """Keys that all begin alike, as some imports make them, are read all the same, without a request too many."""
    seed(instance, 650, key=lambda: new_key("c0ffee0000"))
    everything = all_keys(instance)
    assert set(keys(table.get(page_size=100).all())) == everything
    assert len(instance.requests()) <= len(everything) // 100 + 3
    seed(instance, 50, key=lambda: new_key("z"))
    assert set(keys(table.get(page_size=100).all())) == all_keys(instance)


def test_first_one_and_count_ask_for_little(instance: Instance, table: Resource) -> None:
    """A look at one record of many does not fetch a page of them, and what is known is not asked again."""
    seed(instance, 300)
    response = table.get()
    assert response.first() == response.first()
    assert response.count == len(all_keys(instance))
    with pytest.raises(errors.MultipleResults):
        response.one()
    limits = [request.query.split("sysparm_limit=")[1].split("&")[0] for request in instance.requests()]
    assert limits == ["1", "2"]


def test_pages_are_fetched_side_by_side(instance: Instance, table: Resource) -> None:
    """With a slow instance, several pages are on their way at once, and never more than were allowed."""
    seed(instance, 950)
    instance.control("PUT", "latency", {"ms": 100})
    seconds = {}
    for parallel in (1, 4):
        began = time.perf_counter()
        keys(table.get(page_size=100, parallel=parallel).all())
        seconds[parallel] = time.perf_counter() - began
    assert seconds[1] > 1.0
    assert seconds[4] < seconds[1] * 0.6


def test_hidden_rows_make_short_pages(tmp_path: Path) -> None:
    """Rows that the user may not read leave gaps, even a whole page of them; what follows is found all the same."""
    own = tmp_path / "own.yml"
    own.write_text(HIDING)
    with Simulator(data=str(own)) as url:
        instance = Instance(url, tmp_path)  # type: ignore[arg-type]
        rows = [
            {
                "sys_id": f"{number:032x}",
                "category": "network" if 150 <= number < 390 or number % 7 == 0 else "software",
            }
            for number in range(1, 600)
        ]
        _seed(url, rows)
        visible = {row["sys_id"] for row in rows if row["category"] == "software"}
        with Client(host=url, user="ines.itilson", password=password_of("ines.itilson")) as client:
            for query in ("", "ORDERBYcorrelation_id"):
                found = keys(client.table("problem").get(query, page_size=50).all())
                assert visible <= set(found)
        assert instance is not None


def _seed(url: str, rows: list[dict[str, Any]]) -> None:
    import requests

    requests.post(f"{url}/_sim/seed", json={"table": "problem", "records": rows}, timeout=10).raise_for_status()


def test_progress(instance: Instance, table: Resource) -> None:
    """After each page, how many rows there are so far, and of how many."""
    seed(instance, 250)
    total = len(all_keys(instance))
    for query, stream in (("", False), ("ORDERBYnumber", False), ("", True)):
        seen: list[tuple[int, int | None]] = []

        def note(done: int, total: int | None, seen: list[tuple[int, int | None]] = seen) -> None:
            seen.append((done, total))

        rows = list(table.get(query, page_size=100, stream=stream, progress=note).all())
        assert [done for done, _total in seen] == sorted(done for done, _total in seen)
        assert seen[-1] == (len(rows), total) == (total, total)


def test_columns_without_the_key(instance: Instance, table: Resource) -> None:
    """Only the columns that were asked for come back, though paging needs the key; both values work as well."""
    seed(instance, 250)
    rows = table.get(fields=["correlation_id"], page_size=100).all()
    assert {frozenset(row) for row in rows} == {frozenset({"correlation_id"})}
    assert len(rows) == len(all_keys(instance))
    assert len(keys_of_cells(table.get(page_size=100, display_value="all").all())) == len(rows)


def keys_of_cells(rows: Any) -> set[str]:
    return {row["sys_id"]["value"] for row in rows}


@pytest.mark.parametrize(
    "action",
    [
        {"truncate": True},
        {"truncate": 0.5, "keep_length": True},
        {"quota": True},
        {"quota": "string"},
        {"drop": "before"},
        {"status": 503},
        {"html": "hibernating"},
    ],
    ids=str,
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_page_that_fails_is_asked_for_again(
    instance: Instance, table: Resource, action: dict[str, Any], stream: bool
) -> None:
    """The first page, or one on the way, breaks off, holds an error or no JSON: every row comes once all the same."""
    seed(instance, 350)
    for skip in (0, 2):
        instance.fault(action, path="/table/problem", script=None, count=1, **({"skip": skip} if skip else {}))
        assert set(keys(table.get(page_size=100, stream=stream).all())) == all_keys(instance)


def test_a_stream_gives_records_before_its_answer_is_complete(instance: Instance, table: Resource) -> None:
    """The first records of a slow answer are there long before its end."""
    seed(instance, 300)
    instance.fault({"bytes_per_second": 400_000}, path="/table/problem", count=1)
    began = time.perf_counter()
    with table.get(stream=True) as response:
        rows = response.all()
        next(rows)
        first = time.perf_counter() - began
        assert len(list(rows)) == len(all_keys(instance)) - 1
    whole = time.perf_counter() - began
    assert first < whole / 2


def test_a_stream_that_is_given_up_asks_for_nothing_more(instance: Instance, table: Resource) -> None:
    """Leaving a with block, or the loop, ends the requests; at most those that are under way are finished."""
    seed(instance, 950)
    with table.get(stream=True, page_size=100, parallel=2) as response:
        for number, _row in enumerate(response.all()):
            if number == 150:
                break
    time.sleep(0.3)
    asked = len(instance.requests())
    assert asked <= 4
    time.sleep(0.3)
    assert len(instance.requests()) == asked


def test_a_stream_needs_little_memory(instance: Instance, table: Resource) -> None:
    """Reading ten times as many records takes no more memory."""
    seed(instance, 3000, description="x" * 500)
    peaks = []
    for limit in (1000, 3000):
        tracemalloc.start()
        assert sum(1 for _row in table.get(stream=True, page_size=100, limit=limit).all()) == limit
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 2


def test_a_long_list_of_values_is_asked_for_in_parts(instance: Instance, table: Resource) -> None:
    """A query that is too long for a URL is divided; each row comes once, and a limit holds for all parts together."""
    made = seed(instance, 400)
    wanted = made[:300]
    for query in (
        {"sys_id": wanted},
        {"or": [{"sys_id": wanted[:200]}, {"sys_id": wanted[100:], "category": "software"}]},
        QueryBuilder().field("sys_id").equals(wanted),
    ):
        instance.clear_log()
        assert set(keys(table.get(query).all())) == set(wanted)
        assert all(len(request.path + request.query) < 2048 for request in instance.requests())
        assert len(instance.requests()) > 5
        assert len(keys(table.get(query, limit=120, offset=30).all())) == 120
        assert table.get(query).first()["sys_id"] in wanted
    with pytest.raises(errors.ReportUnavailable):
        table.get({"sys_id": wanted}).count  # noqa: B018 - a property that may fail
    rows = table.get({"sys_id": wanted}, fields=["number"], stream=True).all()
    assert [set(row) for row in rows] == [{"number"}] * 300


def test_a_long_query_in_an_order_goes_through_a_batch(instance: Instance, table: Resource) -> None:
    """An ordered list cannot be divided: its long query travels in the body of a batch, page by page."""
    made = seed(instance, 300)
    query = f"sys_idIN{','.join(made[:250])}^ORDERBYDESCcorrelation_id"
    for stream in (False, True):
        instance.clear_log()
        rows = list(table.get(query, page_size=100, stream=stream).all())
        marks = [row["correlation_id"] for row in rows]
        assert set(keys(rows)) == set(made[:250])
        assert marks == sorted(marks, reverse=True)
        assert {request.path for request in instance.requests() if not request.query} == {"/api/now/v1/batch"}
    assert table.get(query).count == 250
    fields = [f"u_column_{number}" for number in range(200)]
    assert len(table.get(fields=[*fields, "number"], limit=5).all()) == 5


def test_lists_of_other_apis_are_left_as_they_are(instance: Instance, table: Resource) -> None:
    """What is no list of records gets no parameters that nobody asked for; columns by name exclude a query."""
    with Client(host=instance.url, user=USER, password=password_of(USER)) as client:
        stats = client.resource("/stats/incident")
        stats.parameters.add_custom({"sysparm_count": "true"})
        assert int(stats.get({"active": "true"}).one()["stats"]["count"])
        assert "sysparm_limit" not in instance.requests()[-1].query
        assert "ORDERBY" not in instance.requests()[-1].query
        incidents = client.table("incident")
        incidents.parameters.add_custom({"number": "INC0000055"})
        assert [row["number"] for row in incidents.get().all()] == ["INC0000055"]
        changes = client.resource("/change", "/api/sn_chg_rest")
        assert {row["number"]["value"] for row in changes.get(page_size=2).all() if "number" in row}


def test_version_1_says_404_for_nothing(instance: Instance) -> None:
    """An empty list of version 1 is an error or an empty list, as the client says."""
    login = {"host": instance.url, "user": USER, "password": password_of(USER)}
    none = {"number": "INC404"}
    with Client(**login) as client, pytest.raises(errors.NotFound):  # type: ignore[arg-type]
        client.resource("/table/incident", "/api/now/v1").get(none).all()
    with pytest.warns(DeprecationWarning, match="raise_on_empty"):
        client = Client(**login, raise_on_empty=False)  # type: ignore[arg-type]
    empty = client.resource("/table/incident", "/api/now/v1").get(none)
    assert (empty.all(), empty.one_or_none(), empty.count) == ([], None, 0)
    client.close()


BAD: list[dict[str, Any]] = [
    {"query": 5},
    {"limit": -1},
    {"limit": "5"},
    {"limit": True},
    {"offset": -1},
    {"fields": "number"},
    {"fields": ["number, state"]},
    {"stream": "yes"},
    {"page_size": 0},
    {"parallel": 0},
    {"progress": 5},
    {"display_value": "both"},
]


@pytest.mark.parametrize("arguments", BAD, ids=str)
def test_bad_arguments_are_named(instance: Instance, table: Resource, arguments: dict[str, Any]) -> None:
    """Each wrong argument is refused by its name before anything is sent."""
    with pytest.raises(errors.InvalidUsage) as refused:
        table.get(**arguments)
    assert next(iter(arguments)).split("_")[0] in str(refused.value).lower()
    assert instance.requests() == []


def test_with_blocks_end_what_they_opened(instance: Instance) -> None:
    """A response that is left is read no further, and a client that is left keeps no connection."""
    session = requests.Session()
    session.auth = (USER, password_of(USER))
    pools = session.get_adapter(instance.url).poolmanager.pools  # type: ignore[attr-defined]
    with Client(host=instance.url, session=session) as client:
        with client.table("incident").get(stream=True) as response:
            rows = response.all()
            assert next(rows)["sys_id"]
        assert next(rows, None) is None
        assert len(pools) == 1
    assert len(pools) == 0


def test_a_stream_reads_as_much_at_a_time_as_is_said(instance: Instance) -> None:
    """With a small chunk_size the first record is there long before the last one has been sent."""
    instance.seed("incident", *({"short_description": "chunk", "description": "x" * 2000} for _number in range(6)))
    instance.fault({"bytes_per_second": 60000}, path="/table/incident", method="GET")
    with Client(host=instance.url, user=USER, password=password_of(USER)) as client:
        small = client.resource("/table/incident", chunk_size=512)
        began = time.monotonic()
        rows = small.get({"short_description": "chunk"}, stream=True).all()
        moments = [time.monotonic() - began for _row in rows]
    assert len(moments) == 6
    assert moments[0] < moments[-1] / 2


READER = """
import sys
from ansible_collections.changegate.snow.plugins.module_utils.client import Client

with Client(host=sys.argv[1], user="admin", password=sys.argv[2]) as client:
    for record in client.table("problem").get(stream=True, page_size=10, parallel=4).all():
        print(record["sys_id"], flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: str(number.name))
def test_a_reader_that_is_stopped_ends_at_once(instance: Instance, table: Resource, number: signal.Signals) -> None:
    """Ctrl-C, or a job that is canceled, does not wait for the pages that are on their way."""
    seed(instance, 200)
    instance.fault({"delay_ms": 8000}, path="/table/problem", skip=2)
    command = [sys.executable, "-c", READER, instance.url, password_of("admin")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        instance.await_requests(1)
        time.sleep(0.3)
        began = time.perf_counter()
        process.send_signal(number)
        process.wait(5)
        assert time.perf_counter() - began < 2
    assert process.returncode != 0
