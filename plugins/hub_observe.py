"""Tells operators how the server is: whether it lives, is ready, what it answered."""

import asyncio
import sqlite3
from pathlib import Path

from datasette import Response, hookimpl
from datasette.database import QueryInterrupted

from evidencehub.serve.operation import observe

FRESH = {"cache-control": "no-store"}


@hookimpl(wrapper=True)
def asgi_wrapper(datasette):
    # Datasette finds plugins in no set order, so `trylast` is not enough to be the outermost:
    # what is added to everybody else's answers is put around the application last
    others = yield
    return [*others, observe.wrapper(observe.of(datasette))]


@hookimpl
def register_routes():
    return [(r"^/healthz$", lives), (r"^/readyz$", ready)]


async def lives():
    return Response.text("ok\n", headers=FRESH)


async def ready(datasette):
    hub = datasette.get_database("hub")
    try:
        row = (await hub.execute(observe.READY)).first()
    except (sqlite3.Error, QueryInterrupted):
        row = None
    folder = Path(hub.path).parent
    status, told = await asyncio.to_thread(observe.readiness, observe.of(datasette), folder, row)
    return Response.json(told, status=status, headers=FRESH)
