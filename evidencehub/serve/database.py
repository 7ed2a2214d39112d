"""Reading hub.db: short questions on a few threads, long streams on others, each in bounds."""

from __future__ import annotations

import asyncio
import itertools
import math
import queue
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import apsw

from evidencehub.serve.problem import RefusedError, refused

THREADS, STREAM_THREADS = 4, 2
STREAMS = 100  # at once; a slow reader holds one connection and no thread
SECONDS = 5.0  # the longest that one question may take
FIRST_SECONDS = 20.0  # the longest that a stream may take to its first rows
OPERATIONS = 100_000  # of SQLite's machine, between two looks at the clock: a millisecond or so
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
        """Name and declared type of each column of an answer, also of one without any row."""
        told: list[tuple[str, ...]] = []

        def look(cursor: apsw.Cursor, _: str, __: Any) -> bool:
            told.extend(cursor.get_description())  # gone as soon as the last row is read
            return True

        with self._connection() as connection:
            cursor = connection.cursor()
            cursor.exec_trace = look
            cursor.execute(sql)
            cursor.close(True)
        return told

    async def ask(self, work: Callable[[Reader], T]) -> T:
        """What `work` makes of the rows that it asks for, on a thread of its own.

        `work` is given a Reader. Raises RefusedError (503) when it
        takes longer than SECONDS.
        """
        watch = _Watch(SECONDS)

        def run() -> T:
            with self._connection() as connection:
                connection.set_progress_handler(watch.is_over, OPERATIONS)
                try:
                    return work(Reader(connection))
                finally:
                    connection.set_progress_handler(None)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._short, run)
        except apsw.InterruptError:
            raise _too_slow() from None
        finally:
            watch.stop()  # whoever left does not wait for it any more

    async def beside(self, work: Callable[[], T]) -> T:
        """What some work gives that asks nothing, on the threads of long answers: a few at once."""
        return await asyncio.get_running_loop().run_in_executor(self._long, work)

    async def stream(
        self, sql: str, bound: Bound, render: Callable[[Iterable[Row]], bytes]
    ) -> AsyncIterator[bytes]:
        """The rendered rows, some at a time; holds no thread while the client reads.

        Raises RefusedError (503) when STREAMS are being read already, and when the first rows
        take too long.
        """
        if self._streams >= STREAMS:
            raise refused(503, "too-busy", "Too many downloads at once.", [("retry-after", "30")])
        self._streams += 1
        rows = _Rows(self._open, sql, bound, _Watch(FIRST_SECONDS))
        last: Future[Any] | None = None
        try:
            while True:
                last = self._long.submit(rows.some, render)
                part = await asyncio.wrap_future(last)
                if part is None:
                    return
                yield part
        except apsw.InterruptError:
            raise _too_slow() from None
        finally:
            self._streams -= 1
            rows.watch.stop()
            if last is not None:  # a reader who left may leave a step behind that still runs
                last.add_done_callback(rows.close)

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


class Reader:
    """Asks one connection: called with SQL and bound values it gives the rows."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def __call__(self, sql: str, bound: Bound = ()) -> list[Row]:
        return list(self._connection.execute(sql, bound))

    def named(self, sql: str, bound: Bound = ()) -> list[dict[str, Any]]:
        """The rows with the names of their columns."""
        cursor = self._connection.execute(sql, bound)
        names: list[str] = []
        found = []
        for row in cursor:  # SQLite names the columns only while there is a row
            names = names or [told[0] for told in cursor.get_description()]
            found.append(dict(zip(names, row, strict=True)))
        return found

    def one(self, sql: str, bound: Bound = ()) -> dict[str, Any] | None:
        """The first row with the names of its columns, or None."""
        return next(iter(self.named(sql, bound)), None)


class _Watch:
    """Tells SQLite, now and then, whether to go on."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def is_over(self) -> bool:
        return time.monotonic() > self._end

    def stop(self) -> None:
        self._end = 0.0

    def go_on(self) -> None:
        """No end but `stop`."""
        if self._end:
            self._end = math.inf


class _Rows:
    """The rows of a stream, read some at a time on whatever thread is free."""

    def __init__(
        self, opened: Callable[[], apsw.Connection], sql: str, bound: Bound, watch: _Watch
    ) -> None:
        self._opened, self._sql, self._bound, self.watch = opened, sql, bound, watch
        self._connection: apsw.Connection | None = None
        self._found: Iterator[Row] = iter(())

    def some(self, render: Callable[[Iterable[Row]], bytes]) -> bytes | None:
        """The next rows, rendered; None after the last."""
        if self._connection is None:
            self._connection = self._opened()
            self._connection.set_progress_handler(self.watch.is_over, OPERATIONS)
            self._found = self._connection.execute(self._sql, self._bound)
        rows = list(itertools.islice(self._found, ROWS))
        self.watch.go_on()  # once rows come, they come as fast as they are read
        return render(rows) if rows else None

    def close(self, _: Future[Any]) -> None:
        """Let the database go, also when rows are left."""
        if self._connection is not None:
            self._connection.close(True)


def _too_slow() -> RefusedError:
    return refused(
        503,
        "too-slow",
        f"This question took longer than {SECONDS:.0f} seconds. Ask for less at once (one "
        "indicator, one area), or download the dataset's files.",
        [("retry-after", "30")],
    )
