"""Recipes: descriptors kept here whose tables come from files, DCAT, CKAN and SDMX of others."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

import pytest

from evidencehub.source.partner_lock import LockedPackage
from evidencehub.source.partners import Partner
from tests.exchange.test_strange_packages import QuietFiles
from tests.real import outside
from tests.support.hub_project import UNHURRIED, HubProject
from tests.support.running_server import run_server

TOYS = "toy-repairs"
SDMX_CSV = "application/vnd.sdmx.data+csv;version=1.0.0"
CONCEPTS = {
    "REF_AREA": "area",
    "ETHNICITY_SCHEME": "scheme",
    "ETHNICITY": "ethnicity",
    "SEX": "sex",
    "AGE": "age",
    "TIME_PERIOD": "period",
    "OBS_VALUE": "value",
    "NUMERATOR": "numerator",
    "DENOMINATOR": "denominator",
    "OBS_STATUS": "obs_status",
}
COMPARED = (*(c for c in CONCEPTS.values() if c != "period"), "period_start", "period_end", "id")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HubProject, str]]:
    project = HubProject(tmp_path_factory.mktemp("first"))
    project.dataset(TOYS).write()
    assert project.build().is_ok
    with run_server(project, "--no-build") as server:
        server.wait_until_ready()
        yield project, server.address


def read_rows(address: str) -> list[dict[str, Any]]:
    with urlopen(f"{address}/api/v1/observations?dataset={TOYS}&limit=1000") as answer:
        return [{name: row[name] for name in COMPARED} for row in json.load(answer)["data"]]


def list_places(address: str) -> dict[str, dict[str, str]]:
    """Where the observations of the toys are, in each dialect."""
    return {
        "file": {"url": f"{address}/datasets/{TOYS}/1.0.0/data/observations.csv"},
        "dcat": {
            "dcat": f"{address}/catalog",
            "dataset": f"{address}/datasets/{TOYS}#dataset",
            "file": "data/observations.csv",
        },
        "dcat by title": {
            "dcat": f"{address}/catalog.jsonld",
            "dataset": "Toys that were mended",
            "file": "data/observations.csv",
        },
        "ckan": {"ckan": address, "dataset": TOYS, "file": "data/observations.csv"},
        "sdmx": {"url": f"{address}/sdmx/v2/data/dataflow/HUB/{TOYS}-rate/+", "accept": SDMX_CSV},
    }


def write_recipe(project: HubProject, origin: Path, place: dict[str, str]) -> Path:
    """A recipe of the toys: everything of the package but its observations."""
    recipe = project.root / "recipes" / TOYS
    shutil.copytree(origin, recipe)
    (recipe / "data" / "observations.csv").unlink()
    described = json.loads((recipe / "datapackage.json").read_text("utf-8"))
    (resource,) = (r for r in described["resources"] if r["path"] == "data/observations.csv")
    if place.get("accept") == SDMX_CSV:
        with urlopen(Request(place["url"], headers={"Accept": SDMX_CSV})) as answer:
            header = next(csv.reader([answer.readline().decode("utf-8-sig")]))
        resource["schema"] = {"fields": [describe_column(name) for name in header]}
        resource["hub"] = {"role": "observations"}
    resource.setdefault("hub", {})["fetch"] = place
    (recipe / "datapackage.json").write_text(json.dumps(described), "utf-8")
    return recipe


def describe_column(name: str) -> dict[str, Any]:
    if name == "DATAFLOW":
        dataflow = f"HUB:{TOYS}-rate(1.0.0)"
        hub = {"concept": "indicator", "map": {dataflow: f"{TOYS}-rate"}}
        return {"name": name, "type": "string", "hub": hub}
    kind = "number" if CONCEPTS.get(name) in ("value", "numerator", "denominator") else "string"
    hub: dict[str, Any] = {"concept": CONCEPTS[name]} if name in CONCEPTS else {}
    if name == "REF_AREA":  # an area of the publisher's own, as SDMX writes its code
        hub["map"] = {f"{TOYS}-places$3AX{n:02d}": f"{TOYS}-places:X{n:02d}" for n in range(1, 4)}
    return {"name": name, "type": kind, **({"hub": hub} if hub else {})}


@pytest.mark.parametrize("dialect", ["file", "dcat", "dcat by title", "ckan", "sdmx"])
def test_observations_come_by_every_dialect(
    first: tuple[HubProject, str], tmp_path: Path, dialect: str
) -> None:
    project, address = first
    second = HubProject(tmp_path / "second")
    write_recipe(second, project.datasets / TOYS, list_places(address)[dialect])
    pulled = second.pull(Partner("toys", "Toy makers", "recipe", address, (TOYS,)))
    package = pulled.packages[TOYS]
    assert package.state == "taken", package.reasons
    assert '"fetch"' not in (second.datasets / TOYS / "datapackage.json").read_text("utf-8")
    assert second.build().is_ok
    with run_server(second, "--no-build") as server:
        server.wait_until_ready()
        rows = read_rows(server.address)
    assert rows == read_rows(address)
    assert len(rows) >= 2
    assert second.pull(Partner("toys", "Toy makers", "recipe", address, (TOYS,))).packages[
        TOYS
    ].state == ("taken")


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({}, "must have `url`, `dcat` or `ckan`"),
        ({"ckan": "", "dataset": "no-such-toys"}, "404"),
        ({"dcat": "/catalog", "dataset": TOYS, "file": "nothing.csv"}, "has 0 files"),
        (
            {"dcat": "/catalog", "dataset": f"/datasets/{TOYS}#dataset", "file": ".csv"},
            "files that",
        ),
        ({"dcat": "/hub", "dataset": TOYS}, "no catalogue in DCAT"),
        (
            {"url": "/datasets/toy-repairs/1.0.0/data/observations.csv", "sha256": "0" * 64},
            "SHA-256",
        ),
        ({"url": "/datasets/toy-repairs/1.0.0/data/observations.csv", "bytes": 7}, "7"),
    ],
)
def test_a_table_that_is_not_there_costs_a_line(
    first: tuple[HubProject, str], tmp_path: Path, place: dict[str, Any], words: str
) -> None:
    project, address = first
    whole = {
        key: f"{address}{value}" if str(value).startswith("/") or key == "ckan" else value
        for key, value in place.items()
    }
    second = HubProject(tmp_path / "second")
    write_recipe(second, project.datasets / TOYS, whole)
    pulled = second.pull(Partner("toys", "Toy makers", "recipe", address, (TOYS,)))
    package = pulled.packages[TOYS]
    assert package.state == "failed"
    assert words in package.reasons[0]
    assert not any(second.datasets.iterdir())


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real tables as files of a server, where this machine has them."""
    if outside.absent():
        pytest.skip(outside.absent())
    folder = tmp_path_factory.mktemp("mirror")
    for slug, names in outside.TABLES.items():
        (folder / slug).mkdir()
        for name in names:
            (folder / slug / name).symlink_to(outside.SHARED / slug / name)
    panel = folder / outside.SA2
    shutil.copyfile(outside.RECIPES / outside.SA2 / "data" / "codes.csv", panel / "codes.csv")
    outside.write_areas(panel)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietFiles, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def pull_real(project: HubProject, mirror: str, *slugs: str) -> dict[str, LockedPackage]:
    shutil.copytree(outside.RECIPES, project.root / "recipes")
    partner = Partner("mirror", "A mirror", "recipe", mirror, slugs)
    return dict(project.pull(partner).packages)


WHOLE = os.environ.get("RECIPES") == "whole"  # the panel of 700,000 rows, too
PULLED = {slug: names for slug, names in outside.TABLES.items() if WHOLE or slug != outside.SA2}


@pytest.mark.slow
def test_the_recipes_of_the_project_become_whole_packages(mirror: str, tmp_path: Path) -> None:
    project = HubProject(tmp_path / "hub")
    packages = pull_real(project, mirror, *PULLED)
    refused = packages.pop(outside.NYC)  # its publisher states no terms, so nothing permits it
    assert refused.state == "quarantined"
    assert "“none-stated” is not a licence id of SPDX or the Open Definition" in refused.reasons[0]
    assert {name: (p.state, p.reasons) for name, p in packages.items()} == {
        name: ("taken", ()) for name in PULLED if name != outside.NYC
    }
    for slug, names in PULLED.items():
        if slug == outside.NYC:
            continue
        laid = outside.package(slug, tmp_path / "laid")
        for name in names:
            taken = project.datasets / slug / "data" / name
            assert taken.read_bytes() == (outside.SHARED / slug / name).read_bytes()
        described = json.loads((project.datasets / slug / "datapackage.json").read_text("utf-8"))
        assert described["hub"].pop("origin")["partner"] == "mirror"
        assert described == json.loads((laid / "datapackage.json").read_text("utf-8"))
    assert project.build(budget=UNHURRIED).is_ok
    with contextlib.closing(sqlite3.connect(project.out / "current" / "hub.db")) as db:
        counts = dict(db.execute("select dataset, count(*) from observation group by 1"))
    for slug in (outside.DHB, outside.BIRTHS, outside.CANCER):  # a row of the table is a value
        assert counts[slug] == sum(1 for _ in outside.read(slug))
    assert not WHOLE or counts[outside.SA2] > 700_000
