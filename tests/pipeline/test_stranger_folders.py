"""A check of a stranger's package opens nothing outside its folder, and fetches nothing."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evidencehub.source.packages import read_package
from tests.support.access_watch import list_forbidden, watch_access
from tests.support.dataset_builder import BuildWorkspace, DatasetBuilder

pytestmark = pytest.mark.usefixtures("forked_stages")  # the watch sees what they open

SECRET = "Not for the public: Jane Doe, 12."


class Listener:
    """A server on this machine that counts who comes, and says nothing."""

    def __init__(self) -> None:
        self.visits = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}/x"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            connection.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    server = Listener()
    yield server
    server.close()


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder of the builder's own, with files that a package may not lead to."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.md").write_text(f"# {SECRET}\n", "utf-8")
    (folder / "secret.csv").write_text(f"id,title\na,{SECRET}\n", "utf-8")
    return folder


def symbolic(path: Path, outside: Path) -> None:
    path.symlink_to(outside / f"secret{path.suffix}")


def hard(path: Path, outside: Path) -> None:
    path.hardlink_to(outside / f"secret{path.suffix}")


def pipe(path: Path, _: Path) -> None:
    os.mkfifo(path)


def directory(path: Path, _: Path) -> None:
    path.mkdir()


def device(path: Path, _: Path) -> None:
    path.symlink_to("/dev/zero")


def plain_socket(path: Path, _: Path) -> None:
    server = socket.socket(socket.AF_UNIX)
    home = Path.cwd()
    os.chdir(path.parent)  # the path of a socket may not be long
    server.bind(path.name)
    os.chdir(home)
    server.close()


REPLACEMENTS: tuple[Callable[[Path, Path], None], ...] = (
    symbolic, hard, pipe, directory, device, plain_socket,
)  # fmt: skip
FILES = ("about.md", "changes.md", "data/sources.csv", "datapackage.json")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("replace", REPLACEMENTS, ids=lambda replace: replace.__name__)
def test_nothing_but_a_file_of_the_folder_is_opened(
    name: str, replace: Callable[[Path, Path], None], outside: Path, site: BuildWorkspace
) -> None:
    toys = site.dataset()
    path = toys.write() / name
    (outside / "secret.json").write_bytes((toys.folder / "datapackage.json").read_bytes())
    path.unlink()
    replace(path, outside)
    with watch_access() as events:
        outcome = site.build()
    report = outcome.reports["toy-repairs"]
    assert not outcome.is_ok
    assert {rule.partition("/")[0] for rule in report.rules} == {"structure"}
    assert list_forbidden(events, outside) == []
    assert SECRET not in json.dumps(report.as_dict())


def test_two_names_of_one_file_inside_the_folder_are_no_way_out(dataset: DatasetBuilder) -> None:
    folder = dataset.write()
    (folder / "copy.md").hardlink_to(folder / "about.md")
    assert read_package(folder)[1] == []


def of_package(**told: Any) -> Callable[[DatasetBuilder], Any]:
    return lambda toys: toys.descriptor.update(told)


def of_resource(**told: Any) -> Callable[[DatasetBuilder], Any]:
    return lambda toys: toys.resource_overrides.update(observations=told)


def ways_out(address: str) -> dict[str, Callable[[DatasetBuilder], Any]]:
    """Every place of a descriptor in which an address may stand."""
    reference = {"package": address, "resource": "sources", "fields": ["id"]}
    key = {"fields": ["source"], "reference": reference}
    fields = [{"name": "id", "type": "string", "constraints": {"jsonSchema": {"$ref": address}}}]
    of_packages: dict[str, Any] = {
        "profile": address, "profiles": [address], "$schema": address, "homepage": address,
        "image": address, "licenses": [{"name": "CC-BY-4.0", "path": address}],
        "sources": [{"title": "A report", "path": address}],
        "contributors": [{"title": "Toy Office", "path": address}],
    }  # fmt: skip
    of_resources: dict[str, Any] = {
        "path": address, "profile": address, "profiles": [address], "$schema": address,
        "schema": address, "dialect": address, "url": address, "extrapaths": [address],
        "data": address, "scheme": "http", "homepage": address, "jsonSchema": address,
        "checklist": address, "pipeline": address, "package": address, "basepath": address,
        "hash": address, "layout": {"$schema": address}, "licenses": [{"path": address}],
    }  # fmt: skip
    dialect = {"remote": {"httpTimeout": 1}, "$schema": address}
    return {
        **{name: of_package(**{name: value}) for name, value in of_packages.items()},
        **{
            f"resource {name}": of_resource(**{name: value}) for name, value in of_resources.items()
        },
        "scheme and path": of_resource(scheme="https", path=address.partition("//")[2]),
        "foreign key": of_resource(schema={"fields": fields, "foreignKeys": [key]}),
        "schema of schema": of_resource(schema={"$schema": address, "fields": fields}),
        "dialect of remote": of_resource(dialect=dialect),
    }


@pytest.mark.parametrize("name", ways_out(""))
def test_an_address_in_a_descriptor_is_never_followed(
    name: str, listener: Listener, dataset: DatasetBuilder
) -> None:
    ways_out(listener.address)[name](dataset)
    with watch_access() as events:
        dataset.check()
    assert listener.visits == 0
    assert list_forbidden(events, Path("/nowhere")) == []


def test_the_watch_and_the_listener_see_what_is_opened(listener: Listener, outside: Path) -> None:
    with watch_access() as events:
        (outside / "secret.md").read_text("utf-8")
        host, port = listener.address.removeprefix("http://").partition("/")[0].split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.recv(1)
    kinds = {event for event, _ in list_forbidden(events, outside)}
    assert {"open", "socket.connect"} <= kinds
    assert listener.visits == 1


def test_the_watch_sees_what_the_check_of_a_dataset_opens(dataset: DatasetBuilder) -> None:
    with watch_access() as events:
        assert dataset.check().rules == []
    opened = {os.path.realpath(target) for event, target in events if event == "open"}
    assert os.path.realpath(dataset.folder / "data/observations.csv") in opened
