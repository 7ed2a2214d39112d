"""Hardens every request and connection, and answers every error quietly."""

import logging
from http import HTTPStatus

from datasette import Response, hookimpl

from evidencehub.serve import guard

log = logging.getLogger("evidencehub")


@hookimpl(trylast=True)
def asgi_wrapper():
    return guard.wrap


@hookimpl
def prepare_connection(conn, database):
    if database != "_internal":  # Datasette writes to its own database
        guard.limit(conn)


@hookimpl(tryfirst=True)
def handle_exception(datasette, request, exception):
    async def answer():
        status, text = guard.told(exception)
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("%s %s", request.method, request.path, exc_info=exception)
        return await _page(datasette, request, status, text)

    return answer


@hookimpl(tryfirst=True)
def forbidden(datasette, request):
    async def answer():
        return await _page(datasette, request, 403, "This is not open to the public.")

    return answer


@hookimpl
def extra_template_vars(datasette):
    return {"site": datasette.metadata()}


async def _page(datasette, request, status, text):
    headers = {"access-control-allow-origin": "*"}
    if request.path.endswith(".json"):
        told = {"ok": False, "error": text, "status": status, "title": None}
        return Response.json(told, status=status, headers=headers)
    page = await datasette.render_template(
        "error.html", {"status": status, "text": text}, request=request
    )
    return Response.html(page, status=status, headers=headers)
