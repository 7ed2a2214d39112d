"""OData in front of Datasette."""

from collections.abc import Callable

from datasette import hookimpl
from datasette.app import Datasette

from evidencehub.api.answer_links import POST_QUERY_PATH
from evidencehub.api.resources import POST_QUERY_RESOURCES, RESOURCES
from evidencehub.http import asgi
from evidencehub.protocols.odata import app


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[asgi.ASGIApp], asgi.ASGIApp]:
    async def ask_api(body: bytes) -> tuple[int, bytes]:
        api = datasette.hub_api
        return await asgi.request_internally(api, POST_QUERY_PATH, method="POST", body=body)

    def wrap_app(inner: asgi.ASGIApp) -> asgi.ASGIApp:
        resources = [RESOURCES[name] for name in POST_QUERY_RESOURCES]
        site_url = datasette.hub_api.reference_data.site_url
        return app.mount_odata(app.ODataApp(resources, site_url, ask_api), inner)

    return wrap_app
