"""Invented countries for the rich hub: code lists that datasets share, a dataset of a country."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tests.support.dataset_builder import CODE_FOLDER, BuildWorkspace, DatasetBuilder

NORTH, SOUTH, WEST, MORE, INVENTED = (
    "toy-north",
    "toy-south",
    "toy-west",
    "toy-more",
    "toy-invented",
)
KINDS, LANDS = "toy-kinds", "toy-lands"
COUNTY = "X00"
TOWN, VALE = f"{LANDS}:X01", f"{LANDS}:X02"
FAMILIES = {"rate": "maternal-mortality", "infant": "infant-mortality"}
COUNTRIES = {NORTH: "GB", SOUTH: "BR", WEST: "NZ", MORE: "GB", INVENTED: "AU"}
LABELS = {"A": "Kites", "B": "Drums", "C": "Tops", "D": "Yo-yos"}
GROUPS = {KINDS: "ABD", SOUTH: "ABC", WEST: "ABC", INVENTED: "AB"}
Cells = Mapping[str, str]


def write_codes(folder: Path) -> Path:
    """The hub's code lists with a toy classification and toy places that datasets share."""
    shutil.copytree(CODE_FOLDER, folder)
    lists = (
        {"list": KINDS, "title": "Toy kinds of the North", "kind": "ethnicity"},
        {"list": LANDS, "title": "Toy lands of the North", "kind": "area"},
    )
    shared = {"jurisdiction": "GB", "language": "en", "verified": "yes"}
    for row in lists:
        append_row(folder / "lists.csv", {**shared, "counting_basis": "single", **row})
    kinds, lands = folder / f"ethnicity/{KINDS}.csv", folder / f"areas/{LANDS}.csv"
    header = (CODE_FOLDER / "areas/us-fips.csv").read_text("utf-8").partition("\n")[0]
    for path, rows in ((kinds, list_groups(KINDS)), (lands, list_places(LANDS))):
        path.write_text(header + "\n", "utf-8")
        for order, row in enumerate(rows):
            residual = str(int(row["level"] == "residual"))
            append_row(path, {**row, "residual": residual, "sort_order": str(order)})
    return folder


ASSESSED = {
    "certainty": "low",
    "assessed_by": "Toy Office, head of evidence",
    "assessment_method": "GRADE",
    "assessed_on": "2025-01-31",
}
"""A certainty with those who assessed it, and how."""
NOT_ASSESSED = {**dict.fromkeys(ASSESSED, ""), "certainty": "not-assessed"}


def append_row(path: Path, cells: Cells) -> None:
    """Add a row to a CSV file; cells of columns that it does not have are left out."""
    with path.open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore")
        writer.writerow(cells)


def describe_country(site: BuildWorkspace, slug: str, name: str) -> DatasetBuilder:
    """A dataset of one country, with an indicator of each family and its own classification."""
    dataset = site.dataset(slug)
    template = dataset.tables["indicators"][0]
    dataset.tables["indicators"] = [
        template
        | {
            "id": f"{slug}-{kind}",
            "family": family,
            "title": f"{title} of {name}",
            "definition": f"{title} in {name} that broke, for every 1,000 toys.",
            "polarity": "adverse",
            "ci_level": "95",
            "topics": "maternity",
            "workstreams": "collaborating-globally",
        }
        for (kind, family), title in zip(FAMILIES.items(), ("Toys", "Small toys"), strict=True)
    ]
    dataset.tables["observations"] = []
    dataset.field_overrides["observations"] = {"sex": {"type": "string"}}
    dataset.field_overrides["claims"] = {"stated": {"type": "number"}}
    dataset.tables["sources"].append(
        {
            "id": "toy-leaflet",
            "title": "A leaflet that quotes the report",
            "publisher": "Toy Friends",
            "type": "report",
            "url": "https://example.org/leaflet",
            "published": "2025-02",
            "verification": "C3",
        }
    )
    own = slug in GROUPS
    dataset.tables["codes"] = (
        [*list_groups(f"{slug}-groups"), *list_places(f"{slug}-places")] if own else []
    )
    dataset.descriptor |= {
        "title": f"Toys that broke in {name}",
        "description": f"Made-up toys of {name}, for tests.",
    }
    hub = dataset.descriptor["hub"]
    hub |= {
        "workstreams": ["collaborating-globally"],
        "topics": ["maternity", "international-comparison"],
        "countries": [COUNTRIES[slug]],
        "reference_group": f"{choose_scheme(slug)}:A",
    }
    if slug in GROUPS:
        country = {"jurisdiction": COUNTRIES[slug]}
        hub["lists"][0] |= {"title": f"Toy groups of {name}", **country}
        hub["lists"][1] |= {"title": f"Toy places of {name}", **country}
    else:
        hub["lists"] = []
    return dataset


def choose_scheme(slug: str) -> str:
    """The classification of a dataset: its own, or the one that datasets of the North share."""
    return f"{slug}-groups" if slug in GROUPS else KINDS


def list_groups(listed: str) -> Iterator[dict[str, str]]:
    """The codes of a classification; those of different countries are the same letters."""
    slug = listed.removesuffix("-groups")
    yield {"list": listed, "code": "_T", "label": "All toys", "level": "total", "facet": ""}
    for code in GROUPS[slug]:
        label = f"{LABELS[code]} ({slug})"
        yield {"list": listed, "code": code, "label": label, "level": "group", "facet": "OTH"}
    yield {"list": listed, "code": "_U", "label": "Not known", "level": "residual", "facet": ""}


def list_places(listed: str) -> Iterator[dict[str, str]]:
    """Two towns that do not exist; those that datasets share lie in a county without values."""
    parent = {"parent": COUNTY} if listed == LANDS else {"parent": ""}
    if parent["parent"]:
        text = f"Toy County ({listed})"
        yield {"list": listed, "code": COUNTY, "label": text, "level": "region", "facet": ""}
    for code, label in (("X01", "Toy Town"), ("X02", "Toy Vale")):
        text = f"{label} ({listed})"
        yield {"list": listed, "code": code, "label": text, "level": "city", "facet": "", **parent}


def rate_cells(group: str, events: int, toys: int = 1000, **cells: str) -> dict[str, str]:
    """A rate with the counts that it is made of; the hub works out its limits."""
    value = f"{events * 1000 / toys:.1f}"
    counts = {"numerator": str(events), "denominator": str(toys)}
    return {"ethnicity": group, "value": value, **counts, **cells}


def add_rows(dataset: DatasetBuilder, rows: Iterable[Cells], **cells: str) -> None:
    """Put rows into the dataset's figures; `cells` stand in each of them."""
    scheme = {"scheme": choose_scheme(dataset.slug)}
    for row in rows:
        dataset.tables["observations"].append(
            dataset.build_observation(**{**scheme, **cells, **row})
        )
