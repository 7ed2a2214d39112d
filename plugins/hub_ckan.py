"""The Action API of CKAN in front of Datasette."""

from collections.abc import Callable
from pathlib import Path

from datasette import hookimpl
from datasette.app import Datasette

from evidencehub.api.resources.observations import OBSERVATIONS
from evidencehub.http import asgi, site_address
from evidencehub.protocols.ckan import app


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[asgi.ASGIApp], asgi.ASGIApp]:
    def wrap_app(inner: asgi.ASGIApp) -> asgi.ASGIApp:
        # Datasette asks for its application more than once: the build is read once for all of them
        if not hasattr(datasette, "hub_ckan"):
            datasette.hub_ckan = app.CkanApp(
                Path(datasette.get_database("hub").path).parent,
                site_address.get_site_address(datasette).prefix,
                datasette.hub_api.database,
                datasette.hub_api.reference_data,
                OBSERVATIONS,
            )
        return app.mount_ckan(datasette.hub_ckan, inner)

    return wrap_app
