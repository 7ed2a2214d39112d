"""The datasets of the rich hub and one more, with cases that only queries of the store tell apart.

The further dataset, of the East, has its own classification with parents, aliases and crosswalks,
indicators of many places, a comparison with a level of its own, and words that name several of
everything. Synthetic figures and words stand in every place in which others are counted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw

from evidencehub.store.database import RowReader
from tests.support.dataset_builder import CODE_FOLDER, BuildWorkspace, DatasetBuilder
from tests.support.partner_workspace import ORIGIN, write_partner_files
from tests.support.rich_hub import (
    describe_invented,
    describe_more,
    describe_north,
    describe_release,
    describe_south,
    describe_west,
)
from tests.support.toy_countries import (
    ASSESSED,
    COUNTRIES,
    INVENTED,
    KINDS,
    NORTH,
    NOT_ASSESSED,
    TOWN,
    WEST,
    add_rows,
    append_row,
    describe_country,
    rate_cells,
    write_codes,
)

EAST, MAKES, AGES = "toy-east", "toy-makes", "toy-east-ages"
MAKE_ROWS = (
    {"code": "_T", "label": "All makes", "level": "total", "sort_order": "0"},
    {"code": "W", "label": "Wooden toys", "level": "heading", "sort_order": "1"},
    {"code": "1", "label": "Carved toys", "short_label": "Carved", "prose": "carved toys"}
    | {"parent": "W", "level": "group", "sort_order": "3", "definition": "Made with a knife."},
    {"code": "2", "label": "Turned toys", "parent": "W", "level": "group", "sort_order": "2"},
    {"code": "_U", "label": "No make", "level": "residual", "residual": "1", "sort_order": "9"},
)
CROSSWALKS = {
    f"{MAKES}_to_hub-facet": (
        ("W", "AFD", "closeMatch", ""),
        ("1", "AFD-A", "closeMatch", ""),
        ("1", "AFD-C", "relatedMatch", "Some are."),
        ("2", "ASI-S", "broadMatch", ""),
        ("_U", "", "noMatch", ""),
    ),
    f"{KINDS}_to_{MAKES}": (
        ("A", "1", "closeMatch", "Kites are carved."),
        ("A", "2", "relatedMatch", ""),
        ("B", "2", "broadMatch", ""),
        ("D", "", "noMatch", "Nobody makes them."),
    ),
}
ALIASES = ((KINDS, "a kite", "A"), (KINDS, "diamond", "A"), (MAKES, "whittled", "1"))


def build_odd_hub(root: Path, *, synthetic: bool = True) -> Path:
    """Build the hub below `root`; without `synthetic` the synthetic dataset is left out."""
    site = BuildWorkspace(root)
    site.codes = write_odd_codes(root / "codes")
    write_partner_files(site)
    datasets = [
        describe_release(describe_north(site), "1.1.0"),
        describe_south(site),
        add_west_ratios(describe_west(site)),
        describe_more(site),
        describe_east(site),
        *([spread_invented(describe_invented(site))] if synthetic else []),
    ]
    for dataset in datasets:
        dataset.write()
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    return outcome.build


def open_reader(build: Path) -> RowReader:
    """What asks the database of a build."""
    return RowReader(apsw.Connection(str(build / "hub.db"), flags=apsw.SQLITE_OPEN_READONLY))


def write_odd_codes(folder: Path) -> Path:
    """The code lists of the rich hub, with a classification that has parents and crosswalks."""
    write_codes(folder)
    row = {"list": MAKES, "title": "Toy makes", "kind": "ethnicity", "jurisdiction": "GB-ENG"}
    shared = {"language": "en", "verified": "yes", "counting_basis": "total-response"}
    append_row(folder / "lists.csv", {**row, **shared, "note": "Toys by who made them."})
    header = (CODE_FOLDER / "areas/us-fips.csv").read_text("utf-8").partition("\n")[0]
    makes = folder / f"ethnicity/{MAKES}.csv"
    makes.write_text(header + "\n", "utf-8")
    for cells in MAKE_ROWS:
        append_row(makes, {"residual": "0", "verified": "yes", **cells})
    for name, rows in CROSSWALKS.items():
        source, _, target = name.partition("_to_")
        path = folder / f"crosswalks/{name}.csv"
        path.write_text("from_scheme,from_code,to_scheme,to_code,relation,note,source\n", "utf-8")
        for code, to_code, relation, note in rows:
            cells = {"from_scheme": source, "from_code": code, "to_scheme": target}
            cells |= {"to_code": to_code, "relation": relation, "note": note, "source": "toys"}
            append_row(path, cells)
    for code_list, alias, code in ALIASES:
        cells = {"list": code_list, "alias": alias, "code": code, "source": "toys"}
        append_row(folder / "aliases.csv", cells)
    return folder


def add_west_ratios(dataset: DatasetBuilder) -> DatasetBuilder:
    """Comparisons of another year, of one sex and of a part, with a level of their own."""
    dataset.tables["indicators"][-1]["family"] = "maternal-mortality-relative"
    ratio = {"indicator": f"{WEST}-ratio", "area": "NZ", "ethnicity": "B", "comparator": "A"}
    rows = [
        {"ethnicity": "C", "value": "1.2", "ci_level": "99", "ci_lower": "1.0", "ci_upper": "1.5"}
        | {"period": "2024"},
        {"value": "1.5", "period": "2021"},
        {"value": "1.6", "period": "2025", "sex": "F"},
        {"value": "1.7", "period": "2025", "other": "age=0-17"},
        {"value": "", "period": "2024", "obs_status": "O"},
    ]
    add_rows(dataset, [{**ratio, **row} for row in rows])
    return dataset


def spread_invented(dataset: DatasetBuilder) -> DatasetBuilder:
    """Synthetic figures and words where there are others: same groups, places and addressees."""
    rows = [rate_cells("A", 70), rate_cells("B", 99)]
    for place in ("GB", TOWN):
        cells = {"area": place, "period": "2025", "scheme": KINDS}
        add_rows(dataset, rows, indicator=f"{INVENTED}-rate", **cells)
    dataset.tables["sources"][0] |= {"publisher": "NHS England"}
    recommendation = dataset.tables["recommendations"][0]
    recommendation |= {"addressed_to": "nhs-england;kings-fund", "indicators": f"{INVENTED}-rate"}
    dataset.tables["recommendations"].append(
        {**recommendation, "id": f"{INVENTED}-wish", "addressed_to": ""}
    )
    finding = dataset.tables["findings"][0]
    dataset.tables["findings"].append({**finding, "id": f"{INVENTED}-word", "area": "AU"})
    ratio = {"unit": "rate-ratio", "scale": "", "value_type": "rate-ratio"}
    relative = {"id": f"{INVENTED}-ratio", "family": "maternal-mortality-relative", **ratio}
    dataset.tables["indicators"].append({**dataset.tables["indicators"][0], **relative})
    rows = [{"ethnicity": "B", "comparator": "A", "value": "1.4"}]
    add_rows(dataset, rows, indicator=f"{INVENTED}-ratio", area="AU", period="2024")
    dataset.tables["updates"] = [
        {"recommendation": recommendation["id"], "date": "2025-07-01", "status": "rejected"}
    ]
    dataset.tables["indicators"][1]["topics"] = "maternity;cancer"
    dataset.descriptor["hub"]["countries"] = ["AU", "BR"]
    dataset.descriptor["licenses"] = [{"name": "CC0-1.0"}]
    return dataset


def describe_east(site: BuildWorkspace) -> DatasetBuilder:
    """A country of many towns; see the module."""
    COUNTRIES.setdefault(EAST, "CA")
    dataset = describe_country(site, EAST, "the East")
    hub = dataset.descriptor["hub"]
    hub |= {"reference_group": f"{MAKES}:1", "whose_ethnicity": ["patient", "mother"]}
    hub["origin"] = ORIGIN
    hub["lists"] = [
        {"list": f"{EAST}-places", "title": "Toy towns of the East", "kind": "area"}
        | {"jurisdiction": "CA"},
        {"list": AGES, "title": "Ages of the East", "kind": "dimension"},
    ]
    dataset.tables["codes"] = [
        {"list": f"{EAST}-places", "code": code, "label": f"East {code}", "level": "city"}
        | {"parent": parent}
        for code, parent in (
            ("T", ""),
            ("P", "T"),
            *((f"X{number}", "P") for number in range(1, 7)),
        )
    ] + [
        {"list": AGES, "code": code, "label": f"{label} toys", "level": "group"}
        for code, label in (("Y", "Young"), ("O", "Old"))
    ]
    held_back = [{"where": {"ethnicity": ["?"]}, "reason": "Nobody knows what it is."}]
    dataset.resource_overrides["observations"] = {"hub": {"hold_back": held_back}}
    dataset.descriptor["licenses"] = [{"name": "OGL-UK-3.0", "path": "https://example.org/ogl"}]
    for table in ("indicators", "observations"):
        dataset.field_overrides.setdefault(table, {})["decimals"] = {"type": "integer"}
    dataset.field_overrides["observations"] |= {
        "comparator": {"hub": {"codelist": "sex"}},
        "age": {"hub": {"codelist": AGES}},
    }
    dataset.tables["sources"][0]["title"] = "A report on eastern toys"
    add_east_indicators(dataset)
    add_east_values(dataset)
    add_east_words(dataset)
    return dataset


def add_east_indicators(dataset: DatasetBuilder) -> None:
    """Properties of their own, and none; a family of another dataset; no family."""
    rate, infant = dataset.tables["indicators"]
    rate |= {"decimals": "2", "ci_level": "90", "whose_ethnicity": "baby"}
    rate |= {"ethnicity_recording": "assigned", "topics": "maternity;child-health"}
    infant |= {"ci_level": "", "topics": "child-health", "workstreams": "innovating-for-all"}
    ratio = {"unit": "rate-ratio", "scale": "", "value_type": "rate-ratio", "decimals": "3"}
    dataset.tables["indicators"] += [
        {**infant, "id": f"{EAST}-ratio", "title": "Odds of the East", **ratio},
        {**rate, "id": f"{EAST}-alone", "title": "Lone toys", "topics": ""}
        | {"family": "maternal-mortality-relative"},
        {**rate, "id": f"{EAST}-none", "title": "Uncounted toys", "family": ""},
        {**rate, "id": f"{EAST}-whole", "title": "Whole toys", "family": "", "topics": "births"},
    ]


def add_east_values(dataset: DatasetBuilder) -> None:
    """Rates in seven places, some of a part of the people only; ratios with further words."""
    shared = {"scheme": MAKES, "period": "2024"}
    places = ["CA", *(f"{EAST}-places:{code}" for code in ("P", "T", "X1", "X2", "X3"))]
    for events, place in enumerate(places, start=10):
        rows = [
            rate_cells("_T", 3 * events),
            rate_cells("1", events, decimals="1"),
            rate_cells("2", events + 9),
            {"ethnicity": "_U", "value": "", "obs_status": "O"},
        ]
        add_rows(dataset, rows, indicator=f"{EAST}-rate", area=place, **shared)
    levels = {"ci_lower": "3.5", "ci_upper": "9.5", "ci_level": "80", "decimals": "1"}
    rows = [{"ethnicity": "1", "value": "6.0", **levels}, {"ethnicity": "2", "value": "8.0"}]
    add_rows(dataset, rows, indicator=f"{EAST}-infant", area="CA", **shared)
    for cells in ({"sex": "F"}, {"sex": "M", "age": "Y"}):
        add_rows(dataset, [rate_cells("1", 7), rate_cells("2", 8)], **shared, **cells,
                 indicator=f"{EAST}-infant", area=f"{EAST}-places:X1")  # fmt: skip
    parts = [{"ethnicity": group, "value": "4.0", "other": f"{AGES}=Y"} for group in "12"]
    for place in ("P", "T", "X2"):
        add_rows(
            dataset, parts, indicator=f"{EAST}-infant", area=f"{EAST}-places:{place}", **shared
        )
    rows = [rate_cells("_T", 31), rate_cells("2", 14)]
    add_rows(dataset, rows, indicator=f"{EAST}-rate", area="CA", scheme=MAKES, period="2025")
    rows = [rate_cells("_T", 31), rate_cells("_U", 14), {"ethnicity": "1", "value": ""}]
    rows[2] |= {"obs_status": "O"}
    add_rows(dataset, rows, indicator=f"{EAST}-whole", area=f"{EAST}-places:T", **shared)
    for period in ("2024-01/2025-12", "2025-01/2025-06"):
        cells = {"scheme": MAKES, "period": period, "area": f"{EAST}-places:T"}
        add_rows(dataset, [rate_cells("_T", 30)], indicator=f"{EAST}-whole", **cells)
    empty = [{"ethnicity": group, "value": "", "obs_status": "L"} for group in "12"]
    add_rows(dataset, empty, indicator=f"{EAST}-alone", area=f"{EAST}-places:X6", **shared)
    add_rows(dataset, [{"ethnicity": "?"}], indicator=f"{EAST}-rate", area="CA", **shared)
    ratio = {"indicator": f"{EAST}-ratio", "ethnicity": "2", "comparator": "F", **shared}
    limits = {"ci_lower": "1.1", "ci_upper": "2.9", "ci_level": "99", "decimals": "1"}
    rows = [
        {**ratio, "value": "1.9", "area": "CA", **limits},
        {**ratio, "value": "1.8", "area": f"{EAST}-places:X1"},
    ]
    add_rows(dataset, rows)


def add_east_words(dataset: DatasetBuilder) -> None:
    """Findings old and new, sure and quoted; recommendations to several, to one, to nobody."""
    base = {"type": "finding", **ASSESSED, "area": "GB", "sources": "toy-report"}
    shared = {"workstreams": "collaborating-globally;innovating-for-all", "topics": "maternity"}
    rate = f"{EAST}-rate"

    def word(identifier: str, **cells: str) -> dict[str, str]:
        statement = {"id": f"toy-east-{identifier}", "title": f"East {identifier}"}
        statement["statement"] = f"Of {identifier} toys."
        return {**base, **shared, **statement, **cells}

    makes = f"{MAKES}:1;{MAKES}:_T"
    dataset.tables["findings"] = [
        word("older", superseded_by="toy-east-quoted"),
        word("old", superseded_by="toy-east-new", published="2024-01-01", direction="worse"),
        word("new", title="", direction="better",
             statement="Of new toys in 2024, turned toys broke 1.9 times as often as carved toys.",
             published="2025-05-01", indicators=rate,
             groups_affected=makes, groups_compared=f"{MAKES}:2", area="CA", period="2024",
             sources="toy-report;toy-leaflet", topics="maternity;child-health"),
        word("quoted", verification="C3", published="2025-06-01", direction="better",
             sources="toy-leaflet", groups_affected=f"{KINDS}:B", indicators=f"{NORTH}-rate"),
        word("unsaid", published="2025-07-01", area="IE", groups_affected=f"{KINDS}:A", certainty="high"),
        word("lone", direction="worse",
             statement="Of lone toys in 2024, carved toys broke 0.75 times as often as turned toys.",
             published="2025-07-01", indicators=f"{EAST}-infant;{rate}",
             area="", topics="", workstreams="innovating-for-all"),
        word("gap", type="evidence-gap", published="2025-08-01", **NOT_ASSESSED,
             indicators=rate),
        word("sought", type="evidence-gap", **NOT_ASSESSED, topics="workforce", area="CA",
             last_checked="2025-08-02", checked_where="The toy library", checked_by="Toy Office"),
        word("cause", type="cause", mechanism="quality", study_design="review", indicators=rate,
             responsible="aihw;nhs-england", groups_affected=f"{MAKES}:1"),
        word("remedy", type="remedy", study_design="trial", verification="C3", indicators=rate),
    ]  # fmt: skip
    dataset.tables["claims"] = [
        {"finding": "toy-east-new", "indicator": rate, "area": "CA", "period": "2024",
         "scheme": MAKES, "ethnicity": "2", "measure": "ratio", "stated": "1.9", "reference": "1"},
        {"finding": "toy-east-lone", "indicator": f"{EAST}-infant", "area": "CA", "period": "2024",
         "scheme": MAKES, "ethnicity": "1", "measure": "ratio", "stated": "0.75"}
        | {"reference": "2"},
    ]  # fmt: skip
    dataset.tables["questions"] = [
        {
            "id": "toy-east-question",
            "question": "Do carved toys of the East break more often?",
            "topics": "maternity;workforce",
            "family": "infant-mortality",
            "groups": f"{MAKES}:1;{MAKES}:2",
            "area": "CA",
            "findings": "toy-east-quoted;toy-east-lone;toy-east-older",
            "recommendations": "toy-east-first;toy-east-third",
            "indicators": rate,
            "not_known": "All else.",
        }
    ]
    dataset.tables["recommendations"] = describe_recommendations(base | shared)
    dataset.tables["updates"] = [
        {"recommendation": "toy-east-first", "date": "2025-09-01", "status": status}
        | {"note": f"It is {status}.", "source": source, "verification": verification}
        for status, source, verification in (
            ("in-progress", "toy-leaflet", ""),
            ("accepted", "toy-report", "A"),
        )
    ]


def describe_recommendations(shared: dict[str, str]) -> list[dict[str, Any]]:
    """Recommendations with different addressees, sources, findings and indicators."""
    finding_columns = ("type", *ASSESSED)
    shared = {name: cell for name, cell in shared.items() if name not in finding_columns}

    def recommend(identifier: str, **cells: str) -> dict[str, str]:
        words = {"id": f"toy-east-{identifier}", "title": f"Do the {identifier}"}
        return {**shared, **words, "text": f"Do the {identifier} of all.", **cells}

    return [
        recommend("first", addressed_to="nhs-england;aihw", issued="2025-02-01", title="",
                  strength="good-practice", status="proposed", findings="toy-east-new",
                  sources="toy-report;toy-leaflet"),
        recommend("second", addressed_to="not-stated", issued_by="nhs-digital", issued="2025-03-01", area="CA",
                  sources="toy-leaflet", indicators=f"{EAST}-infant", verification="C2"),
        recommend("third", area="", addressed_to="aihw", issued_by="aihw", findings="toy-east-quoted;toy-east-lone",
                  sources="toy-report", topics="child-health"),
        recommend("fourth", addressed_to="", issued="2025-03-01", status="accepted", sources=""),
    ]  # fmt: skip
