"""The one package that knows Datasette and uvicorn: one build, immutable, hardened, served.

`supervisor` starts worker processes and swaps them when a new build is published; `worker` is
one of them; `connections` bounds what a single client may hold.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidencehub.errors import HubError
from evidencehub.http.site_address import SiteAddress, read_site_address


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """How a site is served; everything a worker process needs to know but the build.

    `site_folder` holds plugins, templates, static files and settings. `max_connections` bounds each
    worker, `write_timeout` is how many seconds a client may make no progress. `access_log` is a
    file, “-” for standard output or “off”; `usage_file` is a file or “off”. `public_sql` lets
    visitors run SQL of their own. `trusted_proxies` are the addresses whose word is believed about
    the scheme and host that were asked for. With `has_metrics` each worker counts for monitoring.
    """

    site_folder: Path
    workers: int = 1
    max_connections: int = 500
    write_timeout: float = 60.0
    access_log: str = "off"
    usage_file: str = "off"
    public_sql: bool = False
    trusted_proxies: str = "127.0.0.1,::1"
    has_metrics: bool = False


def create_datasette(site_folder: Path, build: Path, *, public_sql: bool = False) -> Any:
    """A Datasette over `<build>/hub.db`, with the plugins, templates and settings of `site_folder`.

    The build is resolved by the caller, once: a running Datasette that saw its file replaced
    would answer from both. With `public_sql`, visitors may run statements of their own.
    Raises HubError where settings.json cannot be read, or gives no address that can be used.
    """
    # imported here: Datasette takes a while to load, and the build does not need it
    from datasette.app import Datasette
    from datasette.plugins import pm

    # Datasette's own handler prints every 404 with its locals, whatever other plugins answer
    if pm.has_plugin("datasette.handle_exception"):
        pm.unregister(name="datasette.handle_exception")
    try:
        settings = json.loads((site_folder / "settings.json").read_text("utf-8"))
    except ValueError as error:
        raise HubError(
            f"{site_folder / 'settings.json'}: not valid JSON ({error}). Correct it and "
            "start again."
        ) from None
    metadata = json.loads((build / "metadata.json").read_text("utf-8"))
    address = read_site_address(settings, metadata)
    datasette = Datasette(
        [],
        immutables=[str(build / "hub.db")],
        metadata=_link_sources(metadata, address),
        settings={**settings, "base_url": f"{address.prefix}/", "default_allow_sql": public_sql},
        template_dir=str(site_folder / "templates"),
        plugins_dir=str(site_folder / "plugins"),
        static_mounts=[("static", str(site_folder / "static"))],
        cors=True,
    )
    _silence_failed_statements(datasette.get_database("hub"))
    return datasette


def _silence_failed_statements(database: Any) -> None:
    """Keep Datasette from writing what visitors have typed into a statement to standard error."""
    execute = database.execute

    async def execute_silently(*arguments: Any, **options: Any) -> Any:
        return await execute(*arguments, **{**options, "log_sql_errors": False})

    database.execute = execute_silently


def _link_sources(metadata: Any, address: SiteAddress) -> Any:
    """Return metadata of tables whose sources are pages of ours, by addresses for visitors."""
    tables = metadata["databases"]["hub"]["tables"].values()
    for table in tables:
        if table.get("source_url", "").startswith("/"):
            table["source_url"] = address.build_link(table["source_url"])
    return metadata
