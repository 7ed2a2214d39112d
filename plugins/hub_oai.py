"""OAI-PMH in front of Datasette."""

from collections.abc import Callable
from pathlib import Path

from datasette import hookimpl
from datasette.app import Datasette

from evidencehub.http import asgi, site_address
from evidencehub.protocols.oai import app


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[asgi.ASGIApp], asgi.ASGIApp]:
    build = Path(datasette.get_database("hub").path).parent
    oai = app.OaiApp(build, site_address.get_site_address(datasette).prefix)
    return lambda inner: app.mount_oai(oai, inner)
