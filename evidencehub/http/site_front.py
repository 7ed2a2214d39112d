"""The front of one site: its build and schema, its files for download, what it refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evidencehub.http import datasette_schema
from evidencehub.http.asgi import ASGIApp
from evidencehub.http.concurrency import RequestPlaces
from evidencehub.http.datasette_parameters import DatasetteRequestCheck
from evidencehub.http.fingerprint import compute_fingerprint
from evidencehub.http.front import ErrorRenderer, FrontMiddleware, ParameterLister
from evidencehub.http.release_files import ReleaseFileServer
from evidencehub.http.site_address import SiteAddress
from evidencehub.http.stray_endings import redirect_stray_endings
from evidencehub.http.withdrawn_addresses import WithdrawnAddressCheck
from evidencehub.store.database import HubDatabase
from evidencehub.store.withdrawals import read_withdrawals


def build_front(
    app: ASGIApp,
    database_path: Path,
    database_metadata: Mapping[str, Any],
    *,
    folders: Sequence[Path],
    settings: Sequence[Any],
    site: SiteAddress,
    public_sql: bool,
    list_parameters: ParameterLister,
    render_error: ErrorRenderer,
    places: RequestPlaces,
) -> FrontMiddleware:
    """Return the front of a site; entity tags depend on its build, `folders` and `settings`."""
    withdrawals = read_withdrawals(HubDatabase(database_path), database_path.parent)
    schema = datasette_schema.read_datasette_schema(database_path, database_metadata)
    build = database_path.parent
    return FrontMiddleware(
        redirect_stray_endings(app),
        compute_fingerprint(build, folders, settings),
        render_error=render_error,
        file_server=ReleaseFileServer(build, withdrawals),
        site=site,
        places=places,
        list_parameters=list_parameters,
        checks=(
            WithdrawnAddressCheck(withdrawals),
            DatasetteRequestCheck(schema, public_sql=public_sql),
        ),
    )
