"""The one module that knows how Datasette is started: over one build, immutable, hardened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SITE, BUILD = "HUB_SITE", "HUB_BUILD"  # how a worker process learns what to serve


def create() -> Any:
    """The ASGI application over the build that the environment names (for uvicorn's factory)."""
    return datasette(Path(os.environ[SITE]), Path(os.environ[BUILD])).app()


def datasette(site: Path, build: Path) -> Any:
    """A Datasette over `<build>/hub.db`, with the plugins, templates and settings of `site`.

    The build is resolved by the caller, once: a running Datasette that saw its file replaced
    would answer from both.
    """
    # imported here: Datasette takes a while to load, and the build does not need it
    from datasette.app import Datasette
    from datasette.plugins import pm

    # Datasette's own handler prints every 404 with its locals, whatever other plugins answer
    if pm.has_plugin("datasette.handle_exception"):
        pm.unregister(name="datasette.handle_exception")
    return Datasette(
        [],
        immutables=[str(build / "hub.db")],
        metadata=json.loads((build / "metadata.json").read_text("utf-8")),
        settings=json.loads((site / "settings.json").read_text("utf-8")),
        template_dir=str(site / "templates"),
        plugins_dir=str(site / "plugins"),
        static_mounts=[("static", str(site / "static"))],
        cors=True,
    )


def run(site: Path, build: Path, host: str, port: int, workers: int) -> None:
    """Serve until stopped."""
    # imported here: only a server needs it
    import uvicorn

    os.environ[SITE], os.environ[BUILD] = str(site), str(build)
    uvicorn.run(
        "evidencehub.server:create",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
    )


def run_and_reload(
    command: list[str], watched: list[Path], rebuild: Callable[[], None], pause: float = 1.0
) -> None:
    """Serve with `command` in a process of its own; a change in `watched` rebuilds and restarts."""
    seen = _state(watched)
    process = subprocess.Popen([sys.executable, *command])  # noqa: S603 - our own command line
    try:
        while process.poll() is None:
            time.sleep(pause)
            now = _state(watched)
            if now != seen:
                seen = now
                rebuild()
                process.terminate()
                process.wait()
                process = subprocess.Popen([sys.executable, *command])  # noqa: S603
    finally:
        process.terminate()
        process.wait()


def _state(watched: list[Path]) -> dict[str, tuple[int, int]]:
    files = (path for root in watched for path in root.rglob("*") if path.is_file())
    stats = ((path, path.stat()) for path in files)
    return {str(path): (stat.st_mtime_ns, stat.st_size) for path, stat in stats}
