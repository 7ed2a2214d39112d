"""The front of the server: what every request passes, what every answer and error looks like."""

import logging
import sqlite3
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path

from datasette import Request, Response, __version__, hookimpl
from datasette.app import Datasette

from evidencehub.http import asgi, guard, problem_details, site_address, site_front, visitor_text
from evidencehub.http.problem_details import HttpError
from evidencehub.runtime import process_status
from evidencehub.web import routes

Responder = Callable[[], Awaitable[Response]]
log = logging.getLogger("evidencehub")


@hookimpl(trylast=True)
def asgi_wrapper(datasette: Datasette) -> Callable[[asgi.ASGIApp], asgi.ASGIApp]:
    def wrap_app(app: asgi.ASGIApp) -> asgi.ASGIApp:
        folders = [datasette.template_dir, datasette.plugins_dir]
        folders += [folder for _, folder in datasette.static_mounts]
        settings = [__version__, sqlite3.sqlite_version, datasette._settings, datasette.metadata()]  # noqa: SLF001
        return site_front.build_front(
            app,
            Path(datasette.get_database("hub").path),
            datasette.metadata("databases")["hub"],
            folders=[Path(folder) for folder in folders],
            settings=settings,
            site=site_address.get_site_address(datasette),
            public_sql=datasette.setting("default_allow_sql"),
            list_parameters=routes.list_parameters,
            render_error=render_error,
            places=process_status.get_status(datasette).places,
        )

    async def render_error(error: HttpError) -> str:
        await datasette.invoke_startup()
        return str(await datasette.render_template(error.template, dict(error.context)))

    return wrap_app


@hookimpl
def prepare_connection(conn: sqlite3.Connection, database: str, datasette: Datasette) -> None:
    if database != "_internal":  # Datasette writes to its own database
        guard.restrict_connection(conn, public_sql=datasette.setting("default_allow_sql"))


@hookimpl(tryfirst=True)
def handle_exception(datasette: Datasette, request: Request, exception: Exception) -> Responder:
    async def respond() -> Response:
        status, text = guard.describe_exception(exception)
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("%s: %s", request.method, visitor_text.describe_fault(exception))
        return await _send_error(datasette, request, status, text)

    return respond


@hookimpl(tryfirst=True)
def forbidden(datasette: Datasette, request: Request) -> Responder:
    async def respond() -> Response:
        return await _send_error(datasette, request, 403, "This is not available to the public.")

    return respond


async def _send_error(datasette: Datasette, request: Request, status: int, text: str) -> Response:
    error = problem_details.build_datasette_error(status, text)
    base = site_address.get_site_address(datasette).base
    if document := problem_details.render_for_program(request.path, error, "", base):
        return Response(document[1], status, content_type=document[0])
    context = {"status": status, "text": text}
    page = await datasette.render_template("error.html", context, request=request)
    return Response.html(page, status=status)
