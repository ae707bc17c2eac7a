"""PySNC's asynchronous client, which speaks over another library (httpx) with headers and timing of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.clients import secure_url
from tests.simulator.support import CHG24, Sim

httpx = pytest.importorskip("httpx", reason="httpx is not installed")
asynchronous = pytest.importorskip("pysnc.asyncio", reason="pysnc is not installed")

pytestmark = [behavior("Clients", "PySNC 1.2: the asynchronous client, many requests at once")]
Work = Callable[[Any], Awaitable[Any]]


def run(sim: Sim, work: Work, user: str = "ansible") -> Any:
    """`work` with a client. PySNC takes https addresses only: they are plain HTTP below its own session."""

    async def plainly(request: Any) -> None:
        request.url = request.url.copy_with(scheme="http")

    async def with_client() -> Any:
        hooks = {"request": [plainly]}
        async with httpx.AsyncClient(auth=(user, f"{user}-password"), event_hooks=hooks, timeout=20) as session:
            return await work(asynchronous.AsyncServiceNowClient(secure_url(sim), session))

    return asyncio.run(with_client())


def test_query_and_pages(sim: Sim) -> None:
    async def work(client: Any) -> list[str]:
        record = await client.GlideRecord("incident", batch_size=2)
        record.fields = ["number", "caller_id.name"]
        record.add_active_query()
        record.order_by_desc("number")
        await record.query()
        assert len(record) == 6
        return [f"{row.number} {row.get_value('caller_id.name')}" async for row in record]

    found = run(sim, work)
    assert found[0] == "INC0000065 Joe Employee"
    assert [row[:10] for row in found] == [f"INC00000{number}" for number in (65, 64, 63, 62, 61, 55)]
    assert len(sim.log()) == 3


def test_insert_update_delete(sim: Sim) -> None:
    async def work(client: Any) -> str:
        record = await client.GlideRecord("incident")
        record.initialize()
        record.short_description = "asynchronous"
        sys_id = str(await record.insert())
        record.state = "2"
        await record.update()
        assert record.get_display_value("state") == "In Progress"
        again = await client.GlideRecord("incident")
        assert await again.get(sys_id)
        assert await again.delete()
        gone = await client.GlideRecord("incident")
        assert not await gone.get(sys_id)
        return sys_id

    sys_id = run(sim, work, "admin")
    assert sim.dump("incident", sys_id=sys_id) == []


def test_attachments(sim: Sim) -> None:
    async def work(client: Any) -> list[tuple[str, bytes]]:
        change = await client.GlideRecord("change_request")
        assert await change.get(CHG24)
        await change.add_attachment("plan.bin", bytes(range(256)) * 100)
        return [(item.file_name, await item.read()) async for item in await change.get_attachments()]

    assert run(sim, work) == [("plan.bin", bytes(range(256)) * 100)]


def test_many_at_once(sim: Sim) -> None:
    async def number(client: Any, number: int) -> str:
        record = await client.GlideRecord("incident")
        record.initialize()
        record.short_description = f"at once {number}"
        await record.insert()
        return str(record.number)

    async def work(client: Any) -> list[str]:
        return await asyncio.gather(*(number(client, index) for index in range(32)))

    assert sorted(run(sim, work)) == [f"INC{number:07d}" for number in range(10001, 10033)]


def test_errors(sim: Sim) -> None:
    async def work(client: Any) -> None:
        await (await client.GlideRecord("incident")).query()

    with pytest.raises(Exception, match="User Not Authenticated"):
        run(sim, work, "nobody")
    with pytest.raises(Exception, match="Insufficient rights"):
        run(sim, work, "joe.employee")
