"""The real tables that stay outside the project, put together with their recipes.

The tables are whole files of other publishers and are never part of the project. They are read
from the folder that the environment variable HUB_SHARED_DATA names, else from one beside it.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.support.dataset_builder import PROJECT_ROOT

RECIPES = PROJECT_ROOT / "recipes"
SHARED = Path(os.environ.get("HUB_SHARED_DATA") or PROJECT_ROOT / "../shared/data").resolve()

COVID = "eng-covid-outcomes-ethnicity-16"
NYC = "nyc-covid-by-race"
DHB = "nz-covid-vaccination-dhb-age-sex-ethnicity"
SA2 = "nz-covid-vaccination-sa2-panel"
CLASSIFICATIONS = "uk-ethnicity-classifications"
BIRTHS = "us-births-fertility-race-1960-2018"
CANCER = "us-cancer-incidence-race-state"
TABLES = {
    COVID: ("data.csv",),
    NYC: ("data.csv", "weekly.csv"),
    DHB: ("data.csv",),
    SA2: ("data.csv",),
    CLASSIFICATIONS: ("data.csv", "label_lookup.csv"),
    BIRTHS: ("data.csv",),
    CANCER: ("data.csv",),
}
"""The sets, each with the files of its publisher."""

Row = dict[str, str]


def absent(slugs: Iterable[str] = TABLES) -> str:
    """What is not there of the publishers' files, in words; empty where all are."""
    wanted = [SHARED / slug / name for slug in slugs for name in TABLES[slug]]
    missing = [path for path in wanted if not path.is_file()]
    if not missing:
        return ""
    return (
        f"{len(missing)} of {len(wanted)} real tables are absent, the first is {missing[0]}; "
        "set HUB_SHARED_DATA to the folder that holds them"
    )


def read(slug: str, name: str = "data.csv") -> Iterator[Row]:
    """A publisher's file, read with Python's own CSV reader and nothing of the hub's."""
    with (SHARED / slug / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def package(slug: str, datasets: Path, *, licence: str = "") -> Path:
    """Lay out one whole package below `datasets`: its recipe and its publisher's files.

    `licence` takes the place of the descriptor's own in this copy.
    """
    folder = datasets / slug
    shutil.copytree(RECIPES / slug, folder)
    (folder / "data").mkdir(exist_ok=True)
    for name in TABLES[slug]:
        shutil.copyfile(SHARED / slug / name, folder / "data" / name)
    if slug == SA2:
        write_areas(folder / "data")
    described = json.loads((folder / "datapackage.json").read_text("utf-8"))
    for resource in described["resources"]:
        resource.get("hub", {}).pop("fetch", None)
    if licence:
        described["licenses"] = [{"name": licence}]
    (folder / "datapackage.json").write_text(json.dumps(described), "utf-8")
    return folder


def write_areas(data: Path) -> None:
    """Write areas.csv of the SA2 panel: districts, and the areas that codes.csv does not have.

    The names of the areas are the publisher's; they are taken out of its table and not kept.
    """
    with (data / "codes.csv").open(encoding="utf-8", newline="") as file:
        own = {row["code"] for row in csv.DictReader(file) if row["list"] == "nz-sa2"}
    names: dict[str, Counter[str]] = defaultdict(Counter)
    districts: dict[str, set[str]] = defaultdict(set)
    for row in read(SA2):
        if len(row["sa2_code"]) == 6 and row["sa2_code"] not in own:
            names[row["sa2_code"]][row["sa2_name"].strip()] += 1
            districts[row["sa2_code"]].add(row["dhb_of_residence"])
    lines = [("list", "code", "label", "parent", "level", "aliases")]
    known = {name for found in districts.values() for name in found} - {"NA", "Unknown"}
    lines += [("nz-sa2", _plain(name), name, "", "district", "") for name in sorted(known)]
    for code in sorted(names):
        aliases = ";".join(f"{code}, {name}" for name in sorted(districts[code]))
        inside = districts[code] & known
        parent = _plain(min(inside)) if len(inside) == 1 else ""
        lines.append(("nz-sa2", code, _best(names[code]), parent, "area", aliases))
    with (data / "areas.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)


def _plain(name: str) -> str:
    return "district-" + name.lower().replace("'", "").replace(" ", "-")


def _best(names: Counter[str]) -> str:
    """The spelling with its macrons, where a release has one; never one with question marks."""
    return max(names, key=lambda name: ("?" not in name, not name.isascii(), names[name], name))
