"""The front of the server: what every request passes, what every answer and error looks like."""

import logging
import sqlite3
from http import HTTPStatus
from pathlib import Path

from datasette import Response, __version__, hookimpl

from evidencehub.serve.http import files, front, guard, state, strict, tables

log = logging.getLogger("evidencehub")


@hookimpl(trylast=True)
def asgi_wrapper(datasette):
    def wrap(app):
        hub = Path(datasette.get_database("hub").path)
        known = tables.read(hub, datasette.metadata("databases")["hub"])
        folders = [datasette.template_dir, datasette.plugins_dir]
        folders += [folder for _, folder in datasette.static_mounts]
        said = [__version__, sqlite3.sqlite_version, datasette._settings, datasette.metadata()]  # noqa: SLF001
        return front.Front(
            app,
            state.read(hub.parent, [Path(folder) for folder in folders], said),
            page=page,
            files=files.Downloads(hub.parent),
            judges=(strict.Strict(known, sql=datasette.setting("default_allow_sql")),),
        )

    async def page(status, text):
        await datasette.invoke_startup()
        return await datasette.render_template("error.html", {"status": status, "text": text})

    return wrap


@hookimpl
def prepare_connection(conn, database, datasette):
    if database != "_internal":  # Datasette writes to its own database
        guard.limit(conn, sql=datasette.setting("default_allow_sql"))


@hookimpl(tryfirst=True)
def handle_exception(datasette, request, exception):
    async def answer():
        status, text = guard.told(exception)
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("%s %s", request.method, request.path, exc_info=exception)
        return await _error(datasette, request, status, text)

    return answer


@hookimpl(tryfirst=True)
def forbidden(datasette, request):
    async def answer():
        return await _error(datasette, request, 403, "This is not open to the public.")

    return answer


async def _error(datasette, request, status, text):
    if request.path.endswith(".json"):
        told = {"ok": False, "error": text, "status": status, "title": None}
        return Response.json(told, status=status)
    told = {"status": status, "text": text}
    page = await datasette.render_template("error.html", told, request=request)
    return Response.html(page, status=status)
