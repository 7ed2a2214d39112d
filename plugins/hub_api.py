"""The partner API in front of Datasette, and the page that explains it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from datasette import Request, Response, hookimpl
from datasette.app import Datasette

from evidencehub.api import app, guide
from evidencehub.http import asgi, site_address


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[asgi.ASGIApp], asgi.ASGIApp]:
    # Datasette asks for its application more than once: the API is read once for all of them
    if not hasattr(datasette, "hub_api"):
        build = Path(datasette.get_database("hub").path).parent
        site = site_address.get_site_address(datasette)
        datasette.hub_api = app.ApiApp(build, site.prefix)
    return lambda inner: app.mount_api(datasette.hub_api, inner)


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    return [(r"^/api$", show_api_guide)]


async def show_api_guide(datasette: Datasette, request: Request) -> Response:
    page = await datasette.render_template(
        "api.html",
        guide.build_guide_context(site_address.build_base_url(datasette, request)),
        request=request,
    )
    return Response.html(page)
