"""A generated package of any number of rows: 18 columns, a primary key, four foreign keys.

It is made for measuring and marked as invented: nothing in it is a figure about people.
"""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

INDICATOR_COUNT, AREA_COUNT, GROUP_COUNT, AGE_BAND_COUNT = 60, 400, 18, 8
COLUMNS = (
    "row_id", "indicator", "area", "ethnicity", "sex", "age_band", "period_start", "period_end",
    "value", "ci_lower", "ci_upper", "numerator", "denominator", "obs_status", "conf_status",
    "source", "note", "updated",
)  # fmt: skip
YEARS = range(2005, 2025)


def write_package(folder: Path, rows: int, seed: int = 1) -> Path:
    """Write a package of `rows` observations into `folder` (made if it is not there)."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    slug = folder.name
    _write_lists(data, slug)
    _write_observations(data / "observations.csv", slug, rows, random.Random(seed))
    (folder / "about.md").write_text("# Invented rows\n\nFor measuring only.\n", "utf-8")
    (folder / "changes.md").write_text("# Changes\n\n## 1.0.0\n\n- First.\n", "utf-8")
    (folder / "datapackage.json").write_text(json.dumps(_build_descriptor(slug), indent=1), "utf-8")
    return folder


def _write_csv(path: Path, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _write_lists(data: Path, slug: str) -> None:
    _write_csv(
        data / "indicators.csv",
        ("id", "title", "definition", "unit", "scale", "value_type", "polarity", "method"),
        [
            (
                f"{slug}-rate-{n}", f"Invented rate {n}", "Invented for measuring.",
                "per-100000-population", 100000, "rate", "adverse", "Drawn at random.",
            )
            for n in range(INDICATOR_COUNT)
        ],
    )  # fmt: skip
    _write_csv(
        data / "places.csv",
        ("code", "label", "level"),
        [(f"X{n:03}", f"Invented place {n}", "district") for n in range(AREA_COUNT)],
    )
    groups = [("_T", "All groups", "total", ""), ("_U", "Not known", "residual", "")]
    groups += [(f"G{n:02}", f"Invented group {n}", "group", "OTH") for n in range(GROUP_COUNT - 2)]
    _write_csv(data / "groups.csv", ("code", "label", "level", "facet"), groups)
    bands = [(f"B{n}", f"Band {n}", "") for n in range(AGE_BAND_COUNT)]
    _write_csv(data / "bands.csv", ("code", "label", "level"), bands)
    _write_csv(
        data / "sources.csv", ("id", "title", "type"), [("invented", "Random numbers", "other")]
    )


def _write_observations(path: Path, slug: str, rows: int, rng: random.Random) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        combinations = _iterate_dimensions()
        for n in range(rows):
            indicator, area, group, sex, band, year = next(combinations)
            denominator = rng.randint(2_000, 900_000)
            numerator = rng.randint(10, denominator // 20)
            if group == "_T":  # more than all groups together, as a total is
                denominator, numerator = 9_000_000 + denominator, MAX_COUNT + numerator
            value = numerator * 100_000 / denominator
            half_width = 1.96 * value / numerator**0.5
            values = (
                f"{value:.2f}", f"{max(value - half_width, 0):.2f}", f"{value + half_width:.2f}",
                numerator, denominator, "A", "F",
            )  # fmt: skip
            if rng.random() < 0.04:
                values = ("", "", "", "", "", "Q", "A")
            note = ""
            if rng.random() < 0.12:
                note = f"Invented remark {n}"
                if rng.random() < 0.2:
                    note = f"Invented remark {n},\nwith a second line"
            writer.writerow(
                (
                    f"R{n:08}", f"{slug}-rate-{indicator}", f"X{area:03}", group, sex, f"B{band}",
                    f"{year}-01-01", f"{year}-12-31", *values, "invented", note,
                    f"2025-{n % 12 + 1:02}-{n % 28 + 1:02}T{n % 24:02}:{n % 60:02}:{n % 59:02}Z",
                )
            )  # fmt: skip


MAX_COUNT = 900_000 // 20 * GROUP_COUNT  # of the people whom the groups count


def _iterate_dimensions():
    """Combinations of the dimensions, each once; enough for some fifty million rows."""
    groups = ["_T", "_U", *(f"G{n:02}" for n in range(GROUP_COUNT - 2))]
    for year in range(YEARS.start, YEARS.stop):
        for indicator in range(INDICATOR_COUNT):
            for area in range(AREA_COUNT):
                for group in groups:
                    for sex in ("F", "M", "_T"):
                        yield indicator, area, group, sex, (area + indicator) % AGE_BAND_COUNT, year


def _build_descriptor(slug: str) -> dict[str, object]:
    def table(
        name: str,
        fields: list[dict[str, object]],
        hub: dict[str, object] | None = None,
        **schema: object,
    ):
        return {
            "name": name,
            "path": f"data/{name}.csv",
            "format": "csv",
            "encoding": "utf-8",
            "dialect": {"header": True, "delimiter": ","},
            "schema": {"fields": fields, **schema},
            **({"hub": hub} if hub else {}),
        }

    def text(name: str, **more: object) -> dict[str, object]:
        return {"name": name, "type": "string", **more}

    def number(name: str, kind: str = "number", **more: object) -> dict[str, object]:
        return {
            "name": name,
            "type": kind,
            "constraints": {"minimum": 0, "maximum": 10_000_000},
            **more,
        }

    code = text("code", constraints={"required": True, "unique": True})
    day = {"required": True, "minimum": "1990-01-01", "maximum": "2035-12-31"}
    observations = [
        text("row_id", constraints={"required": True, "pattern": "R[0-9]{8}"}),
        text("indicator", constraints={"required": True}),
        text("area", constraints={"required": True}, hub={"concept": "area", "codelist": f"{slug}-places"}),
        text("ethnicity", constraints={"required": True, "minLength": 2, "maxLength": 3}),
        text("sex", constraints={"required": True, "enum": ["F", "M", "_T"]}),
        text("age_band", constraints={"required": True}, hub={"concept": "other", "codelist": f"{slug}-bands"}),
        {"name": "period_start", "type": "date", "constraints": day},
        {"name": "period_end", "type": "date", "constraints": day},
        number("value"), number("ci_lower"), number("ci_upper"),
        number("numerator", "integer"), number("denominator", "integer"),
        text("obs_status", constraints={"enum": ["A", "Q"]}), text("conf_status"),
        text("source"), text("note", constraints={"maxLength": 400}), {"name": "updated", "type": "datetime"},
    ]  # fmt: skip
    references = [
        ("indicator", "indicators", "id"), ("area", "places", "code"),
        ("ethnicity", "groups", "code"), ("age_band", "bands", "code"),
    ]  # fmt: skip
    keys = [{"fields": [f], "reference": {"resource": r, "fields": [k]}} for f, r, k in references]
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": slug,
        "title": "Invented rows for measuring",
        "description": "Random numbers in the shape of a real package.",
        "version": "1.0.0",
        "created": "2026-01-01T00:00:00Z",
        "licenses": [{"name": "CC0-1.0"}],
        "contributors": [{"title": "Benchmarks", "roles": ["publisher"]}],
        "hub": {
            "workstreams": ["innovating-for-all"],
            "countries": ["GB"],
            "contact": "https://example.org",
            "whose_ethnicity": "not-applicable",
            "ethnicity_recording": "not-applicable",
            "ethnicity_completeness": "invented",
            "disclosure_policy": "synthetic",
            "next_update": "not planned",
            "verification": "S",
            "synthetic": True,
            "lists": [
                {"list": f"{slug}-groups", "title": "Invented groups", "kind": "ethnicity", "counting_basis": "single"},
                {"list": f"{slug}-places", "title": "Invented places", "kind": "area"},
                {"list": f"{slug}-bands", "title": "Invented bands", "kind": "dimension"},
            ],
        },
        "resources": [
            table("indicators", [
                text("id", constraints={"required": True, "unique": True}), text("title"), text("definition"),
                text("unit"), number("scale"), text("value_type"), text("polarity"), text("method"),
            ]),
            table("places", [code, text("label"), text("level")], {"role": "codes", "constants": {"list": f"{slug}-places"}}),
            table("groups", [code, text("label"), text("level"), text("facet")], {"role": "codes", "constants": {"list": f"{slug}-groups"}}),
            table("bands", [code, text("label"), text("level")], {"role": "codes", "constants": {"list": f"{slug}-bands"}}),
            table("sources", [text("id"), text("title"), text("type")]),
            table("observations", observations, {"constants": {"scheme": f"{slug}-groups"}},
                  primaryKey=["row_id"], foreignKeys=keys),
        ],
    }  # fmt: skip
