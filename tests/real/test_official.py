"""Do eight official tables come through in their own shape, every value equal?

Each is built as staff build it, from its publisher's bytes and the recipe kept here. What is
published is compared with an independent reading of the same file, key by key and value by value:
Python's CSV reader, and for each file a few lines that say what its cells mean. Where the files
are absent the tests are passed over, and say so.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from evidencehub import pipeline
from evidencehub.domain.problem import CheckReport
from evidencehub.formats import check_report as reports
from evidencehub.pipeline.stage_task import StageBudget
from tests.real import official
from tests.real.official import (
    ACCUSED,
    CT,
    FORCE,
    MATERNAL,
    NYC,
    PRISONS,
    RECIPE_NAMES,
    VAPING,
    WEIGHT,
    read,
    read_dump,
)
from tests.support.dataset_builder import BuildWorkspace
from tests.support.running_server import run_server

UNHURRIED = StageBudget(time_limit=900)  # a busy machine fails no test
STAND_INS = {NYC: "other-open", VAPING: "other-open", PRISONS: "other-open"}
"""Licences given to copies so that they can be built: their publishers state none for the data."""


class Key(NamedTuple):
    """What one observation is about."""

    indicator: str
    area: str
    start: str
    end: str
    scheme: str
    ethnicity: str
    sex: str = "_T"
    age: str = "_T"
    other: str = ""


class Figure(NamedTuple):
    """What one observation says."""

    value: float | None
    status: str
    numerator: float | None = None
    denominator: float | None = None


Figures = dict[Key, Figure]


@dataclass(frozen=True)
class Counts:
    """Counts of one file, as committed: rows of figures in it, and what is published of them."""

    rows: int
    figures: int
    missing: int
    withheld: int = 0


COUNTS = {
    CT: Counts(14_700, 14_700, 1_344),
    NYC: Counts(115, 525, 125, withheld=10),
    MATERNAL: Counts(225, 225, 0),
    WEIGHT: Counts(2_341, 2_341, 56),
    VAPING: Counts(49, 49, 0),
    FORCE: Counts(1_505, 13_545, 0),
    ACCUSED: Counts(18_260, 18_260, 16_588),
    PRISONS: Counts(2_853, 2_853, 198),
}


def slug(label: str) -> str:
    """A label as a code: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")


def number(text: str) -> float | None:
    return float(text) if text else None


def add(figures: Figures, key: Key, figure: Figure) -> None:
    """Take in a figure; one that the file has twice must be the same."""
    assert figures.setdefault(key, figure) == figure, key


# us-ct-children-in-placement: state fiscal years, -6666 where there is no number

CT_GROUPS = {"Total": "_T", "White": "white", "Black": "black", "Hispanic": "hispanic",
             "Other": "other"}  # fmt: skip


def read_children() -> Figures:
    figures: Figures = {}
    for row in read(CT):
        first, last = row["Year"].removeprefix("SFY ").split("-")
        region = row["Region"]
        kind = row["Type of Placement"]
        location = {"In State": "in", "Out of State": "out"}[row["Location of Placement"]]
        key = Key(
            CT,
            f"{CT}-region:{region[7] if region.startswith('Region ') else 'other'}",
            f"{first}-07-01",
            f"{last}-06-30",
            f"{CT}-race",
            CT_GROUPS[row["Race/Ethnicity"]],
            other=f"{CT}-location={location};{CT}-type={'_T' if kind == 'Total' else slug(kind)}",
        )
        is_missing = row["Value"] == "-6666"
        add(figures, key, Figure(None if is_missing else float(row["Value"]), "AO"[is_missing]))
    return figures


SPOT_CHECKS = [
    ("other", "2016", "_T", "_T", None),
    ("other", "2013", "other", "connecticut-juvenile-training-school", None),
    ("2", "2011", "black", "therapeutic-foster-care", 78.0),
    ("3", "2009", "_T", "_T", 837.0),
]
"""Four values that the publisher's own descriptor says its table must have, all in the state."""

# nyc-covid-vaccine-coverage: what a row is about stands in two columns; coverage above 100 %

NYC_RACES = {"Asian/NHPI": "asian-nhpi", "Hispanic/Latino": "hispanic", "Unknown": "_U",
             "Native American/Alaska Native": "native"}  # fmt: skip
NYC_SEXES = {"Female": "F", "Male": "M", "Other": "_O", "Prefer not to answer": "_N",
             "Unknown": "_U"}  # fmt: skip
NYC_DOSES = {"PARTIALLY": "partly", "FULLY": "fully", "1PLUS": "one-dose",
             "ADDITIONAL": "additional", "BIVALENT_ADDITIONAL": "bivalent"}  # fmt: skip


def read_coverage() -> Figures:
    figures: Figures = {}
    for row in read(NYC):
        kind, name = row["GROUP"], row["SUBGROUP"]
        bounds = re.search(r"\((.+)\)", row["POPULATION"])
        age = name[1:] if kind == "Age" else bounds[1] if bounds else "_T"
        area = slug(name) if kind == "Borough" and name != "Citywide" else "nyc"
        race = NYC_RACES.get(name, slug(name)) if kind == "Race/ethnicity" else "_T"
        sex = NYC_SEXES[name] if kind == "Sex" else "_T"
        for dose, code in NYC_DOSES.items():
            key = Key(
                f"{NYC}-{code}",
                f"{NYC}-area:{area}",
                "2020-12-14",
                row["DATE"],
                f"{NYC}-race",
                race,
                sex,
                age,
            )
            value, count = row[f"PERC_{dose}"], row[f"COUNT_{dose}_CUMULATIVE"].replace("--", "")
            figure = Figure(
                number(value), "A" if value else "M", number(count), number(row["POP_DENOMINATOR"])
            )
            add(figures, key, figure)
    return figures


# uk-sdg-maternal-mortality: spans of years, blanks that mean everybody, “Definition differs”


def years(text: str) -> tuple[str, str]:
    """First and last day of `1997-99` or `1999-01`."""
    first, last = int(text[:4]), int(text[5:])
    end = first - first % 100 + last
    return f"{first}-01-01", f"{end if end >= first else end + 100}-12-31"


MATERNAL_GROUPS = {"": "_T", "White (inc. not known)": "white", "Asian": "asian", "Black": "black",
                   "Mixed/multiple ethnic groups": "mixed",
                   "Chinese or other": "chinese-other"}  # fmt: skip
STATUSES = {"Definition differs": "D", "Normal value": "A", "Missing value": "O"}


def read_deaths() -> Figures:
    figures: Figures = {}
    for row in read(MATERNAL):
        assert row["Unit multiplier"] == row["Unit measure"] == "Units"
        age = row["Age"] or "_T"
        if age != "_T":
            first, _, last = age.partition(" ")
            age = {"and under": f"0-{first}", "and over": f"{first}+"}.get(
                last, f"{first}-{last.removeprefix('to ')}"
            )
        dimensions = {
            "birth": {"Born in UK": "uk", "Not born in UK": "not-uk"}.get(row["Country of birth"]),
            "cause": row["Death classification"].lower(),
            "deprivation": row["Deprivation quintile"].removeprefix("Quintile ")[:1],
        }
        key = Key(
            f"{MATERNAL}-{row['Series'].split()[-1]}",
            {"": "GB", "England": "E92000001"}[row["Country"]],
            *years(row["Year"]),
            f"{MATERNAL}-groups",
            MATERNAL_GROUPS[row["Ethnicity"]],
            age=age,
            other=";".join(
                f"{MATERNAL}-{name}={code}" for name, code in dimensions.items() if code
            ),
        )
        add(figures, key, Figure(float(row["Value"]), STATUSES[row["Observation status"]]))
    return figures


# uk-sdg-child-weight: headings, groups and residuals in one column, school years, four countries

WEIGHT_GROUPS = {
    "": "_T", "white": "GW", "white - british": "A", "white - irish": "B",
    "any other white background": "C", "mixed": "GM", "white and black caribbean": "D",
    "white and black african": "E", "white and asian": "F", "any other mixed background": "G",
    "asian": "GA", "indian": "H", "pakistani": "J", "bangladeshi": "K",
    "any other asian background": "L", "black": "GB", "black - caribbean": "M",
    "black - african": "N", "any other black background": "P", "chinese or other": "GO",
    "chinese": "R", "any other ethnic group": "S", "not stated": "Z", "not known": "99",
    "not stated / invalid": "_U",
}  # fmt: skip


def read_weights() -> Figures:
    figures: Figures = {}
    for row in read(WEIGHT):
        assert (row["Unit multiplier"], row["Units"]) == ("Units", "Percentage (%)")
        kind = row["Type (wasting or overweight)"] or row["BMI Classifications"]
        who = "-who" if row["Series"].startswith("WHO") and kind == "Overweight" else ""
        decile, quintile = (row[name].split(" ")[0] for name in
                            ("IMD Deciles (England)", "IMD Quintiles"))  # fmt: skip
        dimensions = {
            "decile": decile,
            "place": row["Urban or rural"].split(" ")[0].lower().replace("unable", "none"),
            "quintile": quintile.replace("Unable", "none"),
        }
        first = int(row["Year"][:4])
        key = Key(
            f"{WEIGHT}-{kind.lower()}{who}",
            row["GeoCode"],
            f"{first}-09-01",
            f"{first + 1}-08-31",
            "nhs-ethnic-category-2001",
            WEIGHT_GROUPS[row["Ethnic group"].lower()],
            {"": "_T", "Female": "F", "Male": "M"}[row["Sex"]],
            "4-5",
            ";".join(f"{WEIGHT}-{name}={code}" for name, code in dimensions.items() if code),
        )
        add(figures, key, Figure(number(row["Value"]), STATUSES[row["Observation status"]]))
    return figures


# ca-youth-vaping: a column for each classification, of which a row fills one at most

VAPING_GROUPS = {
    "Indigenous identity": ("ca-indigenous-identity-2021", "I"),
    "Non-Indigenous identity": ("ca-indigenous-identity-2021", "6"),
    "South Asian": ("ca-visible-minority-2021", "01"),
    "Chinese": ("ca-visible-minority-2021", "02"),
    "Black": ("ca-visible-minority-2021", "03"),
    "Filipino": ("ca-visible-minority-2021", "04"),
    "Arab": ("ca-visible-minority-2021", "05"),
    "Latin American": ("ca-visible-minority-2021", "06"),
    "Not a visible minority": ("ca-visible-minority-2021", "13"),
    "": ("ca-visible-minority-2021", "_T"),
}
VAPING_DIMENSIONS = {
    "Gender": "gender",
    "Immigration status": "immigration",
    "Education level of parent or legal guardian": "parent-education",
    "Labour market status of parent or legal guardian": "parent-work",
    "Education level of parent's or legal guardian's spouse": "spouse-education",
    "Labour market status of parent's or legal guardian's spouse": "spouse-work",
}
VAPING_ORDER = {
    "education": ("Less than high", "High school", "Trades", "College", "University certificate or",
                  "Bachelor", "University certificate, "),
    "work": ("Worked", "Had a job", "Did not"),
}  # fmt: skip


def code_vaping(dimension: str, label: str) -> str:
    """The code of a label: its first letter, its place in the order, or the label itself."""
    if dimension == "gender":
        return label[0]
    order = VAPING_ORDER.get(dimension.partition("-")[2])
    if order is None:
        return slug(label)
    return str(1 + next(n for n, start in enumerate(order) if label.startswith(start)))


def read_vaping() -> Figures:
    figures: Figures = {}
    for row in read(VAPING):
        scheme, group = VAPING_GROUPS[row["Indigenous status"] + row["Visible minority"]]
        dimensions = [
            f"{VAPING}-{name}={code_vaping(name, row[column])}"
            for column, name in VAPING_DIMENSIONS.items()
            if row[column]
        ]
        key = Key(
            VAPING,
            f"{VAPING}-area:{row['GeoCode']}" if row["GeoCode"] else "CA",
            "2019-01-01",
            "2019-12-31",
            scheme,
            group,
            {"": "_T", "Female": "F", "Male": "M"}[row["Sex at birth"]],
            "12-17",
            ";".join(dimensions),
        )
        add(figures, key, Figure(float(row["Value"]), "A"))
    return figures


# ew-police-use-of-force: a column for each group, counts written 12642.0, two residual groups

FORCE_COLUMNS = {
    "White": "white", "Black (or Black British)": "black", "Asian (or Asian British)": "asian",
    "Chinese": "chinese", "Mixed": "mixed", "Other": "other", "Don't know": "dont-know",
    "Not reported": "not-reported", "Number of times tactic reported": "_T",
}  # fmt: skip


def read_force() -> Figures:
    figures: Figures = {}
    for row in read(FORCE):
        tactic = row["Tactic - Output"]
        code = "_T" if tactic == "Total: all" else slug(tactic.replace("Total", "all"))
        for column, group in FORCE_COLUMNS.items():
            key = Key(
                FORCE,
                f"{FORCE}-forces:{slug(row['Police Force'])}",
                "2018-04-01",
                "2019-03-31",
                f"{FORCE}-groups",
                group,
                other=f"{FORCE}-tactic={code}",
            )
            add(figures, key, Figure(float(row[column]), "A"))
    return figures


# za-youth-accused-of-crime: the rows that a dump of a database copies in, \N where there is none

ACCUSED_GROUPS = {"Black African": "1", "Coloured": "2", "Indian or Asian": "3", "White": "4"}


def read_accused() -> Figures:
    figures: Figures = {}
    for _, place, group, total, version in read_dump(ACCUSED):
        assert version == "2011"
        key = Key(
            ACCUSED,
            f"{ACCUSED}-area:{place}",
            "2015-01-01",
            "2015-12-31",
            "za-population-group",
            ACCUSED_GROUPS[group],
            age="15-24",
        )
        is_missing = total == "\\N"
        add(figures, key, Figure(None if is_missing else float(total), "AO"[is_missing]))
    return figures


# br-mg-prison-population: semicolons, commas before decimals, a byte order mark, blank cells


def read_prisons() -> Figures:
    figures: Figures = {}
    for row in read(PRISONS, delimiter=";", encoding="utf-8-sig"):
        bounds = re.findall(r"\d+", row["faixa_etaria_01_jan"])
        prison = row["estabelecimento_prisional"]
        key = Key(
            PRISONS,
            f"{PRISONS}-state:MG",
            "2022-01-01",
            "2022-01-31",
            "br-raca-cor",
            "_T",
            {"Masculino": "M", "Feminino": "F"}[row["sexo"]],
            "-".join(bounds) if len(bounds) == 2 else f"{bounds[0]}+",
            f"{PRISONS}-unit={prison}",
        )
        count = row["qtde"].replace(",", ".")
        add(figures, key, Figure(number(count), "A" if count else "O"))
    return figures


READERS: dict[str, Callable[[], Figures]] = {
    CT: read_children,
    NYC: read_coverage,
    MATERNAL: read_deaths,
    WEIGHT: read_weights,
    VAPING: read_vaping,
    FORCE: read_force,
    ACCUSED: read_accused,
    PRISONS: read_prisons,
}


@dataclass(frozen=True)
class Built:
    """What staff get of the files that are there, built together."""

    site: BuildWorkspace
    build: Path
    reports: dict[str, CheckReport]
    db: sqlite3.Connection

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.db.execute(sql, values).fetchall()

    def figures(self, recipe: str) -> Figures:
        """All observations that are published of a recipe, by what they are about."""
        found = self.rows(
            "select indicator, area, period_start, period_end, scheme, ethnicity, sex, age, other, "
            "value, obs_status, numerator, denominator from observation where dataset = ?",
            recipe,
        )
        figures = {Key(*row[:9]): Figure(*row[9:]) for row in found}
        assert len(figures) == len(found)
        return figures


PRESENT = [recipe for recipe in RECIPE_NAMES if not official.absent([recipe])]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    site = BuildWorkspace(tmp_path_factory.mktemp("official"))
    for recipe in PRESENT:
        official.package(recipe, site.datasets, licence=STAND_INS.get(recipe, ""))
    outcome = site.build(budget=UNHURRIED)
    assert outcome.build is not None, "\n".join(map(reports.render_text, outcome.reports.values()))
    db = sqlite3.connect(f"file:{outcome.build / 'hub.db'}?mode=ro&immutable=1", uri=True)
    yield Built(site, outcome.build, outcome.reports, db)
    db.close()


def of_each_file(test: Any) -> Any:
    """Run a test for each recipe; where its files are absent it is passed over, and says so."""
    params = [
        pytest.param(
            recipe,
            marks=[
                pytest.mark.slow,
                pytest.mark.skipif(recipe not in PRESENT, reason=official.absent([recipe])),
            ],
        )
        for recipe in RECIPE_NAMES
    ]
    return pytest.mark.parametrize("recipe", params)(test)


@of_each_file
def test_the_file_is_the_one_that_the_recipe_names(recipe: str) -> None:
    for table in official.list_tables(recipe):
        assert official.digest(table.file) == (table.sha256, table.bytes)


@of_each_file
def test_the_gate_takes_it_and_its_bytes_are_published_as_they_are(
    recipe: str, built: Built
) -> None:
    assert [p for p in built.reports[recipe].problems if p.severity == "error"] == []
    for table in official.list_tables(recipe):
        published = built.build / "files" / recipe / "1.0.0" / table.path
        assert published.read_bytes() == table.file.read_bytes()


@of_each_file
def test_every_value_is_that_of_the_file(recipe: str, built: Built) -> None:
    expected, published = READERS[recipe](), built.figures(recipe)
    if recipe == PRISONS:  # the file has no codes of prisons: their labels are compared
        published = name_prisons(built, published)
    assert published.keys() == expected.keys()
    different = {key: (expected[key], published[key]) for key in expected
                 if expected[key] != published[key]}  # fmt: skip
    assert different == {}


def name_prisons(built: Built, figures: Figures) -> Figures:
    """The figures with the label of the prison in place of its code."""
    labels = dict(built.rows("select code, label from code where list = ?", f"{PRISONS}-unit"))
    return {
        key._replace(other=f"{PRISONS}-unit={labels[key.other.partition('=')[2]]}"): figure
        for key, figure in figures.items()
    }


@of_each_file
def test_rows_figures_and_missing_values_are_as_many_as_committed(
    recipe: str, built: Built
) -> None:
    file_rows = sum(1 for _ in (read_dump(recipe) if recipe == ACCUSED else
                                read(recipe, delimiter=";" if recipe == PRISONS else ",")))  # fmt: skip
    ((figures, missing),) = built.rows(
        "select count(*), count(*) - count(value) from observation where dataset = ?", recipe
    )
    withheld = built.rows(
        "select coalesce(sum(rows), 0) from row_exclusion where dataset = ? and file not like ?",
        *(recipe, "%demarcation%"),
    )
    assert Counts(file_rows, figures, missing, withheld[0][0]) == COUNTS[recipe]


@pytest.mark.slow
@pytest.mark.skipif(CT not in PRESENT, reason=official.absent([CT]))
@pytest.mark.parametrize(("region", "year", "group", "kind", "value"), SPOT_CHECKS)
def test_the_spot_checks_of_a_publisher_hold(
    built: Built, region: str, year: str, group: str, kind: str, value: float | None
) -> None:
    found = built.rows(
        "select value from observation where dataset = ? and area = ? and period_start = ? "
        "and ethnicity = ? and other = ?",
        *(CT, f"{CT}-region:{region}", f"{year}-07-01", group),
        f"{CT}-location=in;{CT}-type={kind}",
    )
    assert found == [(value,)]


@pytest.mark.slow
@pytest.mark.skipif(VAPING not in PRESENT, reason=official.absent([VAPING]))
def test_a_group_beside_the_headings_of_its_classification_is_compared_with_the_others(
    built: Built,
) -> None:
    """“Not a visible minority” and “Non-Indigenous identity” have no heading above them."""
    rows = [row for row in read(VAPING) if row["Visible minority"] or row["Indigenous status"]]
    of_scheme: dict[str, list[float]] = {}
    for row in rows:
        scheme, _ = VAPING_GROUPS[row["Indigenous status"] + row["Visible minority"]]
        of_scheme.setdefault(scheme, []).append(float(row["Value"]))
    with run_server(built.site, "--no-build") as server:
        server.wait_until_ready()
        answer = server.get_json(f"/api/v1/inequality?dataset={VAPING}&area=CA&limit=1000")
        page = server.get(f"/indicators/{VAPING}").decode()
    measures = {
        (row["scheme"], row["measure"]): (row["value"], row["groups"], row["excluded"])
        for row in answer["data"]
        if row["measure"] in ("d", "r")
    }
    expected = {}
    for scheme, values in of_scheme.items():
        low, high = min(values), max(values)
        expected[scheme, "d"] = (pytest.approx(high - low), len(values), 0)
        expected[scheme, "r"] = (pytest.approx(high / low), len(values), 0)
    assert measures == expected
    assert sorted(map(len, of_scheme.values())) == [2, 7]
    assert "the figures of 7 groups ran from 3.0 to 16.7% of respondents" in page


@pytest.mark.slow
@pytest.mark.skipif(PRISONS not in PRESENT, reason=official.absent([PRISONS]))
def test_a_file_whose_publisher_states_no_licence_is_refused(tmp_path: Path) -> None:
    folder = official.package(PRISONS, tmp_path / "datasets")
    (report,) = pipeline.check_packages([folder], BuildWorkspace(tmp_path).paths, UNHURRIED)
    errors = {problem.rule for problem in report.problems if problem.severity == "error"}
    assert errors == {"metadata/licence"}
