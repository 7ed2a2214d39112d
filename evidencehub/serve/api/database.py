"""Reading hub.db: short questions on a few threads, long streams on others, each in bounds."""

from __future__ import annotations

import asyncio
import itertools
import queue
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import apsw

from evidencehub.serve.problem import refused

THREADS, STREAM_THREADS = 4, 2
STREAMS = 100  # at once; a slow reader holds one connection and no thread
SECONDS = 5.0  # the longest that one question may take
ROWS = 500  # of a stream, made at a time: some milliseconds of work
CACHE = -4096  # kibibytes of pages a connection keeps; the system keeps the rest
Row = tuple[Any, ...]
Bound = Sequence[Any] | Mapping[str, Any]
T = TypeVar("T")


class Database:
    """The database of one build, which never changes while it is open.

    Connections are opened as they are needed and kept. Every method may be called from the
    event loop; none blocks it but `rows`, which is for the start.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._spare: queue.SimpleQueue[apsw.Connection] = queue.SimpleQueue()
        self._short = ThreadPoolExecutor(THREADS, "hub-read")
        self._long = ThreadPoolExecutor(STREAM_THREADS, "hub-stream")
        self._streams = 0

    def rows(self, sql: str, bound: Bound = ()) -> list[Row]:
        """Every row of an answer, at once, on the thread that asks."""
        with self._connection() as connection:
            return list(connection.execute(sql, bound))

    def described(self, sql: str) -> list[tuple[str, ...]]:
        """Name and declared type of each column of an answer that has a row at least."""
        with self._connection() as connection:
            cursor = connection.execute(sql)
            return list(cursor.get_description())

    async def ask(self, work: Callable[[Callable[..., list[Row]]], T]) -> T:
        """What `work` makes of the rows that it asks for, on a thread of its own.

        `work` is given a function of SQL and bound values. Raises RefusedError (503) when it
        takes longer than SECONDS.
        """
        loop = asyncio.get_running_loop()
        running: list[apsw.Connection] = []

        def run() -> T:
            with self._connection() as connection:
                running.append(connection)
                try:
                    return work(lambda sql, bound=(): list(connection.execute(sql, bound)))
                finally:
                    running.clear()

        def stop() -> None:
            for connection in running:
                connection.interrupt()

        alarm = loop.call_later(SECONDS, stop)
        try:
            return await loop.run_in_executor(self._short, run)
        except apsw.InterruptError:
            raise refused(
                503,
                "too-slow",
                f"This question took longer than {SECONDS:.0f} seconds. Ask for less at once "
                "(one indicator, one area), or download the dataset's files.",
                [("retry-after", "30")],
            ) from None
        finally:
            alarm.cancel()

    async def stream(
        self, sql: str, bound: Bound, render: Callable[[Iterable[Row]], bytes]
    ) -> AsyncIterator[bytes]:
        """The rendered rows, some at a time; holds no thread while the client reads.

        Raises RefusedError (503) when STREAMS are being read already.
        """
        if self._streams >= STREAMS:
            raise refused(503, "too-busy", "Too many downloads at once.", [("retry-after", "30")])
        loop = asyncio.get_running_loop()
        self._streams += 1
        connection: apsw.Connection | None = None
        try:
            connection = await loop.run_in_executor(self._long, self._open)
            found = connection.execute(sql, bound)

            def step() -> bytes | None:
                rows = list(itertools.islice(found, ROWS))
                return render(rows) if rows else None

            while (part := await loop.run_in_executor(self._long, step)) is not None:
                yield part
        finally:
            self._streams -= 1
            if connection is not None:
                connection.close(True)  # also when rows are left

    @contextmanager
    def _connection(self) -> Any:
        try:
            connection = self._spare.get_nowait()
        except queue.Empty:
            connection = self._open()
        try:
            yield connection
        finally:
            self._spare.put(connection)

    def _open(self) -> apsw.Connection:
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI | apsw.SQLITE_OPEN_NOMUTEX
        place = str(self._path.absolute()).replace("%", "%25").replace("?", "%3f")
        connection = apsw.Connection(
            f"file:{place.replace('#', '%23')}?immutable=1", flags=flags, statementcachesize=200
        )
        connection.execute(f"pragma cache_size = {CACHE}")
        return connection
