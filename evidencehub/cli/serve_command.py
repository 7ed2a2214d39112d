"""The command serve: build what has changed, and serve the last good build."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evidencehub import pipeline
from evidencehub.cli.build_options import (
    add_budget_options,
    add_folder_options,
    check_folders,
    create_budget,
)
from evidencehub.cli.build_report import print_outcome, show_progress
from evidencehub.cli.exit_codes import report_error
from evidencehub.cli.publication_watch import PublicationWatch
from evidencehub.errors import ChecksFailedError
from evidencehub.pipeline import BuildPaths
from evidencehub.pipeline.stage_process import stop_clean_process
from evidencehub.pipeline.stage_task import StageBudget

if TYPE_CHECKING:
    from evidencehub.runtime import ServeOptions
    from evidencehub.runtime.reload import SourceWatcher


@click.command()
@add_folder_options
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8001, show_default=True, type=click.IntRange(0, 65535),
              help="Port to listen on.")  # fmt: skip
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64),
              help="Number of server processes.")  # fmt: skip
@click.option("--max-connections", default=500, show_default=True, type=click.IntRange(1),
              help="Connections per process; further ones get 503.")  # fmt: skip
@click.option("--write-timeout", default=60, show_default=True, type=click.IntRange(1),
              help="Seconds before a client that reads nothing is disconnected.")  # fmt: skip
@click.option(
    "--trusted-proxies",
    metavar="ADDRESSES",
    default="127.0.0.1,::1",
    show_default=True,
    envvar="FORWARDED_ALLOW_IPS",
    help="Proxies whose X-Forwarded-For, -Proto and -Host are believed: addresses or networks "
    "with commas between them.",
)
@click.option("--access-log", metavar="FILE", default="off", show_default=True,
              help="Write one JSON line per request; “-” is standard output.")  # fmt: skip
@click.option(
    "--usage-file",
    metavar="FILE",
    default="",
    help="Daily usage counts (SQLite file); “off” for none.  [default: OUT/usage.db; with "
    "--no-build: off]",
)
@click.option("--metrics-port", type=click.IntRange(1, 65535),
              help="Answer /metrics (OpenMetrics) at this port, for monitoring.")  # fmt: skip
@click.option("--metrics-host", default="127.0.0.1", show_default=True,
              help="Address for --metrics-port; keep it from the public.")  # fmt: skip
@click.option(
    "--public-sql",
    type=click.Choice(["off", "local", "public"]),
    default="off",
    show_default=True,
    help="Let visitors run SQL: from this machine (local) or anywhere (public).",
)
@click.option("--reload", is_flag=True, help="Rebuild when a file changes.")
@click.option("--no-build", is_flag=True, help="Serve the last good build; build nothing.")
@add_budget_options
def serve(
    datasets: tuple[Path, ...], codes: Path, out: Path, archive: Path,
    host: str, port: int, workers: int, max_connections: int, write_timeout: int,
    trusted_proxies: str, access_log: str, usage_file: str, public_sql: str,
    metrics_port: int | None, metrics_host: str,
    time_limit: float, memory_limit: int, *, reload: bool, no_build: bool,
) -> None:  # fmt: skip
    """Build what has changed and serve it. New builds are served as soon as they are published.

    If the build fails, the last good build is served. With --no-build nothing is written but the
    files that --access-log and --usage-file name, so the disk may be read-only.
    """
    # imported here: only this command starts a server
    from evidencehub.runtime import ServeOptions, proxies, supervisor

    _check_options(host, public_sql, reload=reload, no_build=no_build)
    proxies.parse_proxies(trusted_proxies)
    listeners = _bind_sockets(host, port)
    metrics_listener = _listen_for_metrics(metrics_host, metrics_port)
    site = Path.cwd()
    click.get_current_context().ensure_object(PublicationWatch).begin(out)
    find_build = pipeline.ServableBuildFinder(out, _report)
    folders = BuildPaths(datasets, codes, site / "metadata.yaml", out, archive)
    if not no_build:
        check_folders(datasets)
        _build_for_server(folders, create_budget(time_limit, memory_limit), find_build)
    usage_path = usage_file or _choose_usage_file(out, no_build=no_build)
    options = ServeOptions(
        site, workers, max_connections, write_timeout, access_log, usage_path, public_sql != "off",
        trusted_proxies, metrics_port is not None,
    )  # fmt: skip
    watcher = _create_watcher(site, folders) if reload else None
    _report_start(host, listeners[0].getsockname()[1] if listeners else port, options)
    supervisor.serve(options, listeners, find_build, _report, watcher, metrics_listener)


def _check_options(host: str, public_sql: str, *, reload: bool, no_build: bool) -> None:
    if public_sql == "local" and not _is_loopback(host):
        raise click.UsageError(
            f"--public-sql local needs an address that only this machine reaches; --host {host} is "
            "open to others. Omit --host, or use --public-sql public to let everybody run SQL."
        )
    if reload and no_build:
        raise click.UsageError("--reload builds what changes, so it does not go with --no-build.")


def _bind_sockets(host: str, port: int) -> list[socket.socket]:
    """Return the sockets of an address, closed however this command ends."""
    from evidencehub.runtime import sockets  # imported here: only this command starts a server

    listeners = sockets.bind_sockets(host, port)
    for listener in listeners:
        click.get_current_context().with_resource(listener)
    return listeners


def _listen_for_metrics(host: str, port: int | None) -> socket.socket | None:
    from evidencehub.runtime import sockets  # imported here: only this command starts a server

    if port is None:
        return None
    listeners = _bind_sockets(host, port)
    sockets.listen(listeners[:1])
    return listeners[0]


def _create_watcher(site: Path, folders: BuildPaths) -> SourceWatcher:
    from evidencehub.runtime.reload import SourceWatcher  # imported here: with --reload alone

    site_folders = [site / "templates", site / "static", site / "plugins"]
    build_command = ["build", *_list_folder_arguments(folders)]
    return SourceWatcher([*folders.dataset_roots, folders.code_folder], site_folders, build_command)


def _report_start(host: str, port: int, options: ServeOptions) -> None:
    # imported here: only this command opens a database
    from evidencehub.store.database import has_temporary_folder

    if not has_temporary_folder():
        _report(
            "No temporary file can be made, so large tables are sorted in memory. TMPDIR names a "
            "folder for them."
        )
    _report(f"Serving at http://{host}:{port} (press Ctrl-C to stop).", err=False)
    if options.public_sql:
        _report("Visitors can run their own SQL, within time and memory limits.", err=False)


def _report(line: str, *, err: bool = True) -> None:
    """Print a line; a server goes on where nobody reads it, or the disk of its log is full."""
    with contextlib.suppress(OSError):
        click.echo(line, err=err)


def _list_folder_arguments(folders: BuildPaths) -> list[str]:
    """Return the options that make another command use the same folders."""
    options = [("--datasets", folder) for folder in folders.dataset_roots]
    options += [
        ("--codes", folders.code_folder),
        ("--out", folders.out_folder),
        ("--archive", folders.archive_folder),
    ]
    return [argument for name, folder in options for argument in (name, str(folder))]


def _build_for_server(
    folders: BuildPaths, budget: StageBudget, find_build: Callable[[], Path | None]
) -> None:
    """Build before a server starts; where that fails, an earlier build has to do, if there is one.

    Raise ChecksFailedError where there is none, or what the build raised.
    """
    try:
        with show_progress(quiet=False) as on_checked:
            outcome = pipeline.build_hub(folders, budget=budget, on_checked=on_checked)
        print_outcome(outcome, strict=False)
        if outcome.build is not None:
            return
    except Exception as error:
        if find_build() is None:
            raise
        report_error(error, click.get_current_context().ensure_object(PublicationWatch))
    finally:
        stop_clean_process()
    build = find_build()
    if build is None:
        raise ChecksFailedError
    click.echo(f"The last good build, {build.name}, is served instead.")


def _choose_usage_file(out: Path, *, no_build: bool) -> str:
    """Return where use is counted: in the build folder, or nowhere if that is not to be written."""
    if no_build:
        _report("Use is not counted: --no-build writes nothing unless --usage-file names a file.")
        return "off"
    if os.access(out, os.W_OK):
        return str(out / "usage.db")
    _report(f"{out} cannot be written to, so use is not counted.")
    return "off"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
