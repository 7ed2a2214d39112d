"""Reading has bounds: a question that takes too long ends, and so many streams are open at once."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import apsw
import pytest

from evidencehub.errors import QueryRefusedError
from evidencehub.http.problem_details import describe_query_refusal
from evidencehub.store import database
from evidencehub.store.database import HubDatabase

ENDLESS = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n"
LINES = "select label from code order by 1"


@pytest.fixture
def hub(built: Path) -> HubDatabase:
    return HubDatabase(built / "hub.db")


def lines(rows) -> bytes:
    return "".join(f"{row[0]}\n" for row in rows).encode()


async def test_a_question_that_never_ends_is_ended_and_others_are_answered(
    hub: HubDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "QUERY_TIMEOUT_SECONDS", 0.3)
    endless = [asyncio.create_task(hub.run_query(lambda rows: rows(ENDLESS))) for _ in range(4)]
    told = await asyncio.gather(*endless, return_exceptions=True)
    refusals = [describe_query_refusal(one) for one in told if isinstance(one, QueryRefusedError)]
    assert [refusal.status for refusal in refusals] == [503] * 4
    assert all(dict(refusal.headers)["retry-after"] for refusal in refusals)
    assert await hub.run_query(lambda rows: rows("select 1")) == [(1,)]


async def test_so_many_streams_and_no_more_and_a_closed_one_makes_room(hub: HubDatabase) -> None:
    async with AsyncExitStack() as stack:
        streams = []
        for _ in range(database.MAX_STREAMS):
            stream = await stack.enter_async_context(aclosing(hub.stream_rows(LINES, (), lines)))
            assert await anext(stream)
            streams.append(stream)
        with pytest.raises(QueryRefusedError) as refused:
            await anext(hub.stream_rows(LINES, (), lines))
        assert refused.value.code == "too-busy"
        await streams[0].aclose()
        async with aclosing(hub.stream_rows(LINES, (), lines)) as other:
            whole = b"".join([part async for part in other])
    assert whole == lines(hub.fetch_all(LINES))


async def test_nothing_can_be_written(hub: HubDatabase) -> None:
    with pytest.raises(apsw.ReadOnlyError):
        await hub.run_query(lambda rows: rows("delete from code"))


async def test_who_leaves_in_the_middle_of_a_step_leaves_nothing_behind(hub: HubDatabase) -> None:
    for pause in (0.0, 0.001, 0.01, 0.1):
        reading = asyncio.create_task(anext(hub.stream_rows(ENDLESS, (), lines)))
        await asyncio.sleep(pause)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    asked = asyncio.create_task(hub.run_query(lambda rows: rows(ENDLESS)))
    await asyncio.sleep(0.1)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    async with aclosing(hub.stream_rows(LINES, (), lines)) as other:
        assert [part async for part in other]
    many = [hub.run_query(lambda rows: rows("select 1")) for _ in range(20)]
    assert await asyncio.gather(*many) == [[(1,)]] * 20
