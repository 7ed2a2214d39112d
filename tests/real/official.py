"""Eight official tables that stay with their publishers, each with its recipe.

They are whole files at public addresses and are never part of the project. They are read from the
folder that the environment variable HUB_OFFICIAL_FILES names, else from one beside it; there each
lies under the name of its recipe. `python -m tests.real.fetch_official FOLDER` fills such a folder.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.real.outside import RECIPES, Row
from tests.support.dataset_builder import PROJECT_ROOT

FILES = Path(os.environ.get("HUB_OFFICIAL_FILES") or PROJECT_ROOT / "../shared/official").resolve()

CT = "us-ct-children-in-placement"
NYC = "nyc-covid-vaccine-coverage"
MATERNAL = "uk-sdg-maternal-mortality"
WEIGHT = "uk-sdg-child-weight"
VAPING = "ca-youth-vaping"
FORCE = "ew-police-use-of-force"
ACCUSED = "za-youth-accused-of-crime"
PRISONS = "br-mg-prison-population"
RECIPE_NAMES = (CT, NYC, MATERNAL, WEIGHT, VAPING, FORCE, ACCUSED, PRISONS)


class Table(NamedTuple):
    """A table that a recipe names: where it goes, and what it must be."""

    recipe: str
    path: str
    url: str
    sha256: str
    bytes: int

    @property
    def file(self) -> Path:
        """Where the publisher's file is on this machine."""
        return FILES / self.recipe / Path(self.path).name


def list_tables(recipe: str) -> list[Table]:
    """The tables that a recipe fetches."""
    resources = read_descriptor(recipe)["resources"]
    places = [(r["path"], r["hub"]["fetch"]) for r in resources if "fetch" in r.get("hub", {})]
    return [Table(recipe, path, **place) for path, place in places]


def read_descriptor(recipe: str) -> dict[str, Any]:
    described: dict[str, Any] = json.loads((RECIPES / recipe / "datapackage.json").read_text())
    return described


def absent(recipes: Iterable[str] = RECIPE_NAMES) -> str:
    """What is not there of the publishers' files, in words; empty where all are."""
    tables = [table for recipe in recipes for table in list_tables(recipe)]
    missing = [table.file for table in tables if not table.file.is_file()]
    if not missing:
        return ""
    return (
        f"{len(missing)} of {len(tables)} official files are absent, the first is {missing[0]}; "
        "set HUB_OFFICIAL_FILES to the folder that holds them, and fill it with "
        "`python -m tests.real.fetch_official`"
    )


def digest(file: Path) -> tuple[str, int]:
    """The SHA-256 and the length of a file."""
    data = file.read_bytes()
    return hashlib.sha256(data).hexdigest(), len(data)


def package(recipe: str, datasets: Path, *, licence: str = "") -> Path:
    """Lay out one whole package below `datasets`: its recipe and its publisher's files.

    `licence` takes the place of the descriptor's own in this copy.
    """
    folder = datasets / recipe
    shutil.copytree(RECIPES / recipe, folder)
    for table in list_tables(recipe):
        shutil.copyfile(table.file, folder / table.path)
    described = read_descriptor(recipe)
    for resource in described["resources"]:
        resource.get("hub", {}).pop("fetch", None)
    if licence:
        described["licenses"] = [{"name": licence}]
    (folder / "datapackage.json").write_text(json.dumps(described), "utf-8")
    return folder


def read(recipe: str, *, delimiter: str = ",", encoding: str = "utf-8") -> Iterator[Row]:
    """A publisher's file, read with Python's own CSV reader and nothing of the hub's."""
    (table, *_) = list_tables(recipe)
    with table.file.open(encoding=encoding, newline="") as file:
        yield from csv.DictReader(file, delimiter=delimiter)


def read_dump(recipe: str) -> Iterator[list[str]]:
    """The rows of the first table that a dump of PostgreSQL copies in."""
    (table, *_) = list_tables(recipe)
    lines = iter(table.file.read_text("utf-8").split("\n"))
    for line in lines:
        if line.startswith("COPY "):
            break
    for line in lines:
        if line == "\\.":
            return
        yield line.split("\t")
