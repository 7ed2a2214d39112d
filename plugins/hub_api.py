"""The partner API in front of Datasette, and the page that explains it."""

from pathlib import Path

from datasette import Response, hookimpl

from evidencehub.serve.api import app, guide


@hookimpl
def asgi_wrapper(datasette):
    # Datasette asks for its application more than once: the API is read once for all of them
    if not hasattr(datasette, "hub_api"):
        datasette.hub_api = app.Api(Path(datasette.get_database("hub").path).parent)
    return lambda inner: app.beside(datasette.hub_api, inner)


@hookimpl
def register_routes():
    return [(r"^/api$", explained)]


async def explained(datasette, request):
    page = await datasette.render_template(
        "api.html",
        guide.context(datasette.metadata("url") or f"{request.scheme}://{request.host}"),
        request=request,
    )
    return Response.html(page)
