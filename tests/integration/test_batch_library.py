# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches from Python: an answer or an error for each request, whatever the instance does with the batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.integration.helpers import USER, Instance, password_of

from ansible_collections.changegate.snow.plugins.module_utils import errors
from ansible_collections.changegate.snow.plugins.module_utils.batch import Batch
from ansible_collections.changegate.snow.plugins.module_utils.client import Client

BATCH = "/api/now/v1/batch"
INCIDENTS = "/api/now/table/incident"
ONE = {"sysparm_query": "number=INC0000055", "sysparm_fields": "number"}


@pytest.fixture
def client(instance: Instance) -> Iterator[Client]:
    with Client(host=instance.url, user=USER, password=password_of(USER)) as made:
        made.transport.retry_deadline = 8
        yield made


@pytest.fixture
def batch(client: Client) -> Batch:
    return Batch(client.transport)


def configure(instance: Instance, **values: Any) -> None:
    instance.control("PUT", "settings", values)


def script(instance: Instance, path: str, *actions: dict[str, Any]) -> None:
    """One action for each of the next requests to *path*."""
    instance.control("POST", "faults", {"path": path, "script": list(actions)})


def batches(instance: Instance) -> int:
    return sum(request.path == BATCH for request in instance.requests())


def create(batch: Batch, text: str) -> None:
    batch.add("POST", INCIDENTS, json={"short_description": text})


def made(instance: Instance, text: str) -> int:
    return len(instance.rows("incident", short_description=text))


def test_each_request_has_its_answer(instance: Instance, batch: Batch) -> None:
    """Good answers and errors in the order of the requests, each error as if the request had been sent alone."""
    batch.add("GET", INCIDENTS, params=ONE)
    batch.add("GET", "/api/now/table/nothing")
    create(batch, "Grüße ☃ 日本 \U0001f600")
    batch.add("DELETE", f"{INCIDENTS}/{'0' * 32}")
    batch.add("GET", INCIDENTS, params={"sysparm_query": "short_description=Grüße ☃ 日本 \U0001f600"})
    assert len(batch) == 5
    first, unknown, inserted, missing, found = batch.send()
    assert first.body == {"result": [{"number": "INC0000055"}]}
    assert first.headers["x-total-count"] == first.headers["X-Total-Count"] == "1"
    assert inserted.status == 201
    assert found.body["result"][0]["sys_id"] == inserted.body["result"]["sys_id"]
    assert isinstance(missing.error, errors.NotFound)
    assert not missing.uncertain
    with pytest.raises(errors.ResponseError) as alone:
        batch._sender._transport.request("GET", "/api/now/table/nothing")
    assert (type(unknown.error), str(unknown.error)) == (type(alone.value), str(alone.value))
    assert unknown.error is not None
    assert unknown.error.request == "GET /api/now/table/nothing"
    assert batches(instance) == 1
    assert (len(batch), batch.send()) == (0, [])


def test_what_a_limit_left_is_sent_again(instance: Instance, batch: Batch) -> None:
    """Time: the instance gets to three of ten; the rest follows, in order, each once."""
    configure(instance, batch_seconds=0.12)
    instance.fault({"delay_ms": 50}, path="/table/incident", method="POST")
    for number in range(10):
        create(batch, f"slow {number}")
    answers = batch.send()
    # The first that was not serviced may have been at work: for an insert nobody knows.
    unknown = [number for number, answer in enumerate(answers) if answer.uncertain]
    assert unknown
    assert all(answers[number].unserviced for number in unknown)
    for number, answer in enumerate(answers):
        assert made(instance, f"slow {number}") == (0 if number in unknown else 1)
        assert (answer.error is None) is (number not in unknown)


def test_reads_that_are_left_are_all_answered(instance: Instance, batch: Batch) -> None:
    """An answer that is too large for any batch comes alone."""
    configure(instance, batch_output_bytes=3000)
    for number in range(6):
        batch.add("GET", INCIDENTS, params={} if number == 2 else ONE)
    answers = batch.send()
    assert [answer.error for answer in answers] == [None] * 6
    assert len(answers[2].body["result"]) > 1
    alone = [request for request in instance.requests() if request.path == INCIDENTS and not request.query]
    assert len(alone) == 2


def test_batches_are_split_by_number_and_size(instance: Instance, client: Client) -> None:
    few = Batch(client.transport, size=4)
    for _number in range(10):
        few.add("GET", INCIDENTS, params=ONE)
    assert [answer.error for answer in few.send()] == [None] * 10
    assert batches(instance) == 3
    instance.clear_log()
    large = Batch(client.transport)
    for number in range(4):
        large.add("POST", INCIDENTS, json={"short_description": f"large {number}", "description": "x" * 1_500_000})
    assert [answer.status for answer in large.send()] == [201] * 4
    # Two of 2 MB (base64) go into 4.5 MB.
    assert batches(instance) == 2


def test_a_lost_batch_repeats_only_what_may_be_repeated(instance: Instance, batch: Batch) -> None:
    """The connection breaks after the commit: reads are sent again, an insert is reported and not doubled."""
    instance.fault({"drop": "after"}, path=BATCH, count=1)
    batch.add("GET", INCIDENTS, params=ONE)
    create(batch, "lost")
    read, insert = batch.send()
    assert read.error is None
    assert isinstance(insert.error, errors.OutcomeUnknown)
    assert insert.uncertain
    assert made(instance, "lost") == 1


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ({"html": "hibernating"}, errors.InstanceUnavailable),
        ({"truncate": True}, errors.UnexpectedResponseFormat),
        ({"quota": True}, errors.ResponseError),
        ({"redirect": "maintenance"}, errors.InstanceUnavailable),
        ({"status": 200, "body": {"result": []}}, errors.UnexpectedResponseFormat),
        ({"status": 503}, errors.ResponseError),
    ],
    ids=["html", "truncated", "error in 200", "redirect", "no batch", "503"],
)
def test_a_batch_without_a_good_answer(instance: Instance, batch: Batch, action: Any, kind: type[Exception]) -> None:
    instance.fault(action, path=BATCH, count=1)
    create(batch, "once")
    create(batch, "once")
    batch.add("GET", INCIDENTS, params=ONE)
    first, second, read = batch.send()
    assert read.error is None
    assert {type(first.error), type(second.error)} == {kind}
    assert first.uncertain
    assert made(instance, "once") in (0, 2)
    assert len([request for request in instance.requests() if request.write]) in (0, 2)


def test_busy_and_broken_items(instance: Instance, batch: Batch) -> None:
    """429 of one request: again, also for an insert. 503, drops and half an answer: again where that is safe."""
    too_many = {"status": 429, "headers": {"Retry-After": "0.2"}}
    script(instance, "/table/incident", too_many, {"status": 503}, {"truncate": 0.3})
    create(batch, "busy")
    batch.add("GET", INCIDENTS, params=ONE)
    batch.add("GET", INCIDENTS, params=ONE)
    answers = batch.send()
    assert [answer.error for answer in answers] == [None] * 3
    assert answers[0].attempts > 1
    assert made(instance, "busy") == 1


def test_too_many_batches(instance: Instance, batch: Batch) -> None:
    """429 of the batch itself: it was not carried out, so it is sent again with all that is in it."""
    instance.fault({"status": 429, "headers": {"Retry-After": "0.2"}}, path=BATCH, count=1)
    create(batch, "limited")
    create(batch, "limited")
    assert [answer.error for answer in batch.send()] == [None, None]
    assert made(instance, "limited") == 2


@pytest.mark.parametrize("status", [400, 403, 404])
def test_without_a_batch_api(instance: Instance, batch: Batch, status: int) -> None:
    instance.fault({"status": status}, path=BATCH)
    create(batch, "single")
    batch.add("GET", INCIDENTS, params=ONE)
    batch.add("GET", "/api/now/table/nothing")
    insert, read, unknown = batch.send()
    assert (insert.status, read.status) == (201, 200)
    assert isinstance(unknown.error, errors.ResponseError)
    batch.add("GET", INCIDENTS, params=ONE)
    batch.add("GET", INCIDENTS, params=ONE)
    batch.send()
    # It is asked once.
    assert batches(instance) == 1


def test_too_large_for_a_proxy(instance: Instance, batch: Batch) -> None:
    """413 halves the batch until it passes; nothing was done before."""
    script(instance, BATCH, {"status": 413}, {"status": 413})
    for number in range(8):
        create(batch, f"proxied {number}")
    assert [answer.status for answer in batch.send()] == [201] * 8
    assert batches(instance) >= 3


def test_a_url_that_is_too_long_for_a_proxy(instance: Instance, batch: Batch) -> None:
    configure(instance, max_url_length=2000)
    batch.add("GET", INCIDENTS, params={**ONE, "sysparm_query": f"numberIN{'INC0000000,' * 400}INC0000055"})
    [answer] = batch.send()
    assert answer.body == {"result": [{"number": "INC0000055"}]}
    assert batches(instance) == 1


def test_bad_login(instance: Instance) -> None:
    with Client(host=instance.url, user=USER, password="wrong") as client:
        batch = Batch(client.transport)
        create(batch, "never")
        create(batch, "never")
        assert {type(answer.error) for answer in batch.send()} == {errors.AuthenticationFailed}
    assert len(instance.requests()) == 1


@pytest.mark.parametrize(
    ("method", "path", "word"),
    [
        ("BREW", INCIDENTS, "GET"),
        ("GET", "api/now", "slash"),
        ("GET", "//host/x", "slash"),
        ("GET", "/a?b=c", "params"),
    ],
)
def test_arguments(instance: Instance, client: Client, method: str, path: str, word: str) -> None:
    with pytest.raises(errors.InvalidUsage, match=word):
        Batch(client.transport).add(method, path)
    with pytest.raises(errors.InvalidUsage, match="JSON"):
        Batch(client.transport).add("POST", INCIDENTS, json={"a": {1, 2}})
    for size in (0, True, "4"):
        with pytest.raises(errors.InvalidUsage, match="size"):
            Batch(client.transport, size=size)  # type: ignore[arg-type]
    assert instance.requests() == []
