"""SDMX REST in front of Datasette."""

from collections.abc import Callable

from datasette import hookimpl
from datasette.app import Datasette

from evidencehub.api.resources.observations import OBSERVATIONS
from evidencehub.http import asgi
from evidencehub.protocols.sdmx import app


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[asgi.ASGIApp], asgi.ASGIApp]:
    def wrap_app(inner: asgi.ASGIApp) -> asgi.ASGIApp:
        # Datasette asks for its application more than once: the build is read once for all of them
        if not hasattr(datasette, "hub_sdmx"):
            api = datasette.hub_api
            datasette.hub_sdmx = app.SdmxApp(api.database, api.reference_data, OBSERVATIONS)
        return app.mount_sdmx(datasette.hub_sdmx, inner)

    return wrap_app
