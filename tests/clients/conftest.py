"""The programs that make and run clients, in a place of their own, and a hub that they ask.

`make test` puts them into `.venv/clients` and `.venv/exchange`; other places can be named in
CLIENT_TOOLS and EXCHANGE_TOOLS.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace
from tests.support.running_server import RunningServer, run_server

TIMEOUT_SECONDS = 600


@dataclass(frozen=True)
class ClientTools:
    """A Python environment without the hub in it, and packages of Node."""

    folder: Path

    def run(self, *command: str | Path, cwd: Path) -> str:
        """What a program of the tools prints; fails with its words if it fails."""
        name, *rest = command
        program = next(
            (p for p in (self.folder / "bin" / name, self.node / ".bin" / name) if p.exists()), name
        )
        clean = {n: v for n, v in os.environ.items() if n not in ("PYTHONPATH", "VIRTUAL_ENV")}
        # generators call others by name, such as ruff, wherever the tests were started from
        programs = [self.folder / "bin", self.node / ".bin", Path(sys.executable).parent]
        clean["PATH"] = os.pathsep.join([*map(str, programs), clean["PATH"]])
        done = subprocess.run(
            [program, *map(str, rest)],
            cwd=cwd,
            env=clean,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout[-8_000:]}{done.stderr[-8_000:]}"
        return done.stdout

    @property
    def node(self) -> Path:
        return self.folder / "node" / "node_modules"


@pytest.fixture(scope="session")
def judges() -> ClientTools:
    """What judges renderings of the catalogue: libraries of others, without the hub."""
    folder = Path(os.environ.get("EXCHANGE_TOOLS", Path(sys.prefix) / "exchange"))
    if not (folder / "bin" / "pyshacl").exists():
        pytest.skip("the judges of the catalogue are not installed: run `make test`")
    return ClientTools(folder)


@pytest.fixture(scope="session")
def specifications() -> Path:
    """Published specification files, which are not part of the project."""
    folder = PROJECT_ROOT.parent / "shared" / "specs"
    if not folder.exists():
        pytest.skip("there are no specification files in ../shared/specs")
    return folder


@pytest.fixture(scope="session")
def tools() -> ClientTools:
    folder = Path(os.environ.get("CLIENT_TOOLS", Path(sys.prefix) / "clients"))
    if not (folder / "bin" / "openapi-python-client").exists():
        pytest.skip("the generators of clients are not installed: run `make test`")
    return ClientTools(folder)


@pytest.fixture(scope="session")
def sdmx_tools() -> ClientTools:
    """The clients of SDMX and JSON-stat; another place can be named in SDMX_TOOLS."""
    folder = Path(os.environ.get("SDMX_TOOLS", Path(sys.prefix) / "sdmx"))
    if not (folder / "bin" / "python").exists():
        pytest.skip("the clients of SDMX are not installed: run `make test`")
    return ClientTools(folder)


@pytest.fixture(scope="session")
def node_tools(tools: ClientTools) -> ClientTools:
    if not tools.node.exists() or shutil.which("node") is None:
        pytest.skip("there is no Node here, or no npm that could install the generators")
    return tools


@pytest.fixture(scope="session")
def served(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The shipped datasets, served."""
    site = BuildWorkspace(tmp_path_factory.mktemp("served"))
    site.datasets, site.out = PROJECT_ROOT / "datasets", built.parents[1]
    site.archive = site.out.with_name("archive")
    with run_server(site) as running:
        running.wait_until_ready()
        yield running
