"""Reading hub.db: short questions on a few threads, long streams on others, each in bounds."""

from __future__ import annotations

import asyncio
import itertools
import math
import queue
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import apsw

from evidencehub.domain.row_identity import ROW_ID_FUNCTION, build_row_id
from evidencehub.domain.unicode_text import fold_text
from evidencehub.errors import QueryRefusedError

QUERY_THREADS, STREAM_THREADS = 4, 2
MAX_STREAMS = 100  # at once; a slow reader holds one connection and no thread
QUERY_TIMEOUT_SECONDS = 5.0  # the longest that one question may take
FIRST_ROWS_TIMEOUT_SECONDS = 20.0  # the longest that a stream may take to its first rows
INSTRUCTIONS_PER_CHECK = (
    100_000  # of SQLite's machine, between two looks at the clock: a millisecond or so
)
STREAM_BATCH_ROWS = 500  # of a stream, made at a time: some milliseconds of work
CACHE_SIZE = -4096  # kibibytes of pages a connection keeps; the system keeps the rest
SORT_IN_MEMORY = "pragma temp_store = memory"
Row = tuple[Any, ...]
Bindings = Sequence[Any] | Mapping[str, Any]
Result = TypeVar("Result")


@cache
def has_temporary_folder() -> bool:
    """Return whether SQLite can sort in a file what its cache cannot hold, or must use memory."""
    try:
        with tempfile.TemporaryFile():
            return True
    except OSError:
        return False


class HubDatabase:
    """The database of one build, which never changes while it is open.

    Connections are opened as they are needed and kept. Every method may be called from the
    event loop; none blocks it but `fetch_all`, which is for the start.
    """

    def __init__(
        self, path: Path, computed_tables: Sequence[Callable[[apsw.Connection], None]] = ()
    ) -> None:
        """Read the database at `path`; each of `computed_tables` gives a connection a table."""
        self._path, self._computed_tables = path, computed_tables
        self._idle_connections: queue.SimpleQueue[apsw.Connection] = queue.SimpleQueue()
        self._query_pool = ThreadPoolExecutor(QUERY_THREADS, "hub-read")
        self._stream_pool = ThreadPoolExecutor(STREAM_THREADS, "hub-stream")
        self._open_streams = 0

    def fetch_all(self, sql: str, bound: Bindings = ()) -> list[Row]:
        """Every row of an answer, at once, on the thread that asks."""
        with self._borrow_connection() as connection:
            return list(connection.execute(sql, bound))

    def describe_columns(self, sql: str) -> list[tuple[str, ...]]:
        """Name and declared type of each column of an answer, also of one without any row."""
        columns: list[tuple[str, ...]] = []

        def capture_description(cursor: apsw.Cursor, _: str, __: Any) -> bool:
            columns.extend(cursor.get_description())  # gone as soon as the last row is read
            return True

        with self._borrow_connection() as connection:
            cursor = connection.cursor()
            cursor.exec_trace = capture_description
            cursor.execute(sql)
            cursor.close(True)
        return columns

    async def run_query(self, job: Callable[[RowReader], Result]) -> Result:
        """What `job` makes of the rows that it asks for, on a thread of its own.

        `job` is given a Reader. Raises QueryRefusedError when it
        takes longer than SECONDS.
        """
        deadline = _Deadline(QUERY_TIMEOUT_SECONDS)

        def run_job() -> Result:
            with self._borrow_connection() as connection:
                connection.set_progress_handler(deadline.is_past, INSTRUCTIONS_PER_CHECK)
                try:
                    return job(RowReader(connection))
                finally:
                    connection.set_progress_handler(None)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._query_pool, run_job)
        except apsw.InterruptError:
            raise _build_timeout_error() from None
        finally:
            deadline.expire()  # whoever left does not wait for it any more

    async def run_in_thread(self, job: Callable[[], Result]) -> Result:
        """What some work gives that asks nothing, on the threads of long answers: a few at once."""
        return await asyncio.get_running_loop().run_in_executor(self._stream_pool, job)

    async def stream_rows(
        self, sql: str, bound: Bindings, render: Callable[[Iterable[Row]], bytes]
    ) -> AsyncIterator[bytes]:
        """The rendered rows, some at a time; holds no thread while the client reads.

        Raises QueryRefusedError when STREAMS are being read already, and when the first rows
        take too long.
        """
        if self._open_streams >= MAX_STREAMS:
            raise QueryRefusedError("too-busy", "Too many downloads at once.")
        self._open_streams += 1
        rows = _RowStream(self._open_connection, sql, bound, _Deadline(FIRST_ROWS_TIMEOUT_SECONDS))
        pending: Future[Any] | None = None
        try:
            while True:
                pending = self._stream_pool.submit(rows.render_batch, render)
                chunk = await asyncio.wrap_future(pending)
                if chunk is None:
                    return
                yield chunk
        except apsw.InterruptError:
            raise _build_timeout_error() from None
        finally:
            self._open_streams -= 1
            rows.deadline.expire()
            if pending is not None:  # a reader who left may leave a step behind that still runs
                pending.add_done_callback(rows.close)

    @contextmanager
    def _borrow_connection(self) -> Any:
        try:
            connection = self._idle_connections.get_nowait()
        except queue.Empty:
            connection = self._open_connection()
        try:
            yield connection
        finally:
            self._idle_connections.put(connection)

    def _open_connection(self) -> apsw.Connection:
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI | apsw.SQLITE_OPEN_NOMUTEX
        uri_path = str(self._path.absolute()).replace("%", "%25").replace("?", "%3f")
        connection = apsw.Connection(
            f"file:{uri_path.replace('#', '%23')}?immutable=1", flags=flags, statementcachesize=200
        )
        connection.execute(f"pragma cache_size = {CACHE_SIZE}")
        connection.create_scalar_function(ROW_ID_FUNCTION, build_row_id, deterministic=True)
        if not has_temporary_folder():
            connection.execute(SORT_IN_MEMORY)
        connection.create_scalar_function("fold_text", _fold_cell, 1, deterministic=True)
        for register_table in self._computed_tables:
            register_table(connection)
        return connection


def _fold_cell(*cells: Any) -> str | None:
    """Return the text of a cell as texts are compared: without case and accents."""
    (cell,) = cells
    return fold_text(cell) if isinstance(cell, str) else None


class RowReader:
    """Asks one connection: called with SQL and bound values it gives the rows."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def __call__(self, sql: str, bound: Bindings = ()) -> list[Row]:
        return list(self._connection.execute(sql, bound))

    def fetch_dicts(self, sql: str, bound: Bindings = ()) -> list[dict[str, Any]]:
        """The rows with the names of their columns."""
        cursor = self._connection.execute(sql, bound)
        names: list[str] = []
        records = []
        for row in cursor:  # SQLite names the columns only while there is a row
            names = names or [column[0] for column in cursor.get_description()]
            records.append(dict(zip(names, row, strict=True)))
        return records

    def fetch_first(self, sql: str, bound: Bindings = ()) -> dict[str, Any] | None:
        """The first row with the names of its columns, or None."""
        return next(iter(self.fetch_dicts(sql, bound)), None)


@contextmanager
def open_reader(path: Path) -> Iterator[RowReader]:
    """Open the database at `path` for the thread that asks, and close it again: for a build."""
    connection = HubDatabase(path)._open_connection()  # noqa: SLF001 - of this module
    try:
        yield RowReader(connection)
    finally:
        connection.close()


class _Deadline:
    """Tells SQLite, now and then, whether to go on."""

    def __init__(self, seconds: float) -> None:
        self._expires_at = time.monotonic() + seconds

    def is_past(self) -> bool:
        return time.monotonic() > self._expires_at

    def expire(self) -> None:
        self._expires_at = 0.0

    def lift(self) -> None:
        """No end but `stop`."""
        if self._expires_at:
            self._expires_at = math.inf


class _RowStream:
    """The rows of a stream, read some at a time on whatever thread is free."""

    def __init__(
        self,
        open_connection: Callable[[], apsw.Connection],
        sql: str,
        bound: Bindings,
        deadline: _Deadline,
    ) -> None:
        self._open_connection, self.deadline = open_connection, deadline
        self._sql, self._bindings = sql, bound
        self._connection: apsw.Connection | None = None
        self._rows: Iterator[Row] = iter(())

    def render_batch(self, render: Callable[[Iterable[Row]], bytes]) -> bytes | None:
        """The next rows, rendered; None after the last."""
        if self._connection is None:
            self._connection = self._open_connection()
            self._connection.set_progress_handler(self.deadline.is_past, INSTRUCTIONS_PER_CHECK)
            self._rows = self._connection.execute(self._sql, self._bindings)
        rows = list(itertools.islice(self._rows, STREAM_BATCH_ROWS))
        self.deadline.lift()  # once rows come, they come as fast as they are read
        return render(rows) if rows else None

    def close(self, _: Future[Any]) -> None:
        """Let the database go, also when rows are left."""
        if isinstance(self._rows, apsw.Cursor):
            self._rows.close(True)  # first: SQLite closes no database that is still being read
        if self._connection is not None:
            self._connection.close(True)


def _build_timeout_error() -> QueryRefusedError:
    return QueryRefusedError(
        "too-slow",
        f"This question took longer than {QUERY_TIMEOUT_SECONDS:.0f} seconds. Ask for less at "
        "once (one indicator, one area), or download the dataset's files.",
    )
