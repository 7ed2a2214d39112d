"""Tells operators how the server is: whether it lives, is ready, what it answered."""

import asyncio
import sqlite3
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from datasette import Response, hookimpl
from datasette.app import Datasette
from datasette.database import QueryInterrupted

from evidencehub.runtime import process_status

NO_STORE_HEADERS = {"cache-control": "no-store"}


@hookimpl(wrapper=True)
def asgi_wrapper(datasette: Datasette) -> Generator[None, list[Any], list[Any]]:
    # Datasette finds plugins in no set order, so `trylast` is not enough to be the outermost:
    # what is added to everybody else's answers is put around the application last
    inner_wrappers = yield
    return [*inner_wrappers, process_status.build_log_wrapper(process_status.get_status(datasette))]


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    return [(r"^/healthz$", healthz), (r"^/readyz$", readyz)]


async def healthz() -> Response:
    return Response.text("ok\n", headers=NO_STORE_HEADERS)


async def readyz(datasette: Datasette) -> Response:
    hub = datasette.get_database("hub")
    try:
        database_row = (await hub.execute(process_status.READINESS_SQL)).first()
    except (sqlite3.Error, QueryInterrupted):
        database_row = None
    folder = Path(hub.path).parent
    status, report = await asyncio.to_thread(
        process_status.report_readiness, process_status.get_status(datasette), folder, database_row
    )
    return Response.json(report, status=status, headers=NO_STORE_HEADERS)
