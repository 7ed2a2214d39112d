"""Do the seven real sets that stay outside the project come through in their own shape?

Each is built from its publisher's file and the descriptor kept here, then counted again with
Python's CSV reader. Where the files are absent the tests are passed over, and say so.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import fsum
from pathlib import Path
from typing import Any

import pytest
from frictionless import Package

from evidencehub import pipeline
from evidencehub.domain.problem import CheckReport
from evidencehub.formats import check_report as reports
from evidencehub.pipeline.stage_task import StageBudget
from tests.real import outside
from tests.real.outside import (
    BIRTHS,
    CANCER,
    CLASSIFICATIONS,
    COVID,
    DHB,
    NYC,
    SA2,
    TABLES,
    Row,
    read,
)
from tests.support.dataset_builder import BuildWorkspace

ABSENT = outside.absent()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(ABSENT), reason=ABSENT)]

STAND_INS = {NYC: "other-open", COVID: "other-open", CLASSIFICATIONS: "other-open"}
"""Licences given to copies so that they can be built: NYC states none, the others are under MIT."""

UNHURRIED = StageBudget(time_limit=900)  # a busy machine fails no test


@dataclass(frozen=True)
class Built:
    """All seven sets, built together."""

    site: BuildWorkspace
    build: Path
    reports: dict[str, CheckReport]
    db: sqlite3.Connection

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The answer of the database."""
        return self.db.execute(sql, values).fetchall()

    def counts(self, columns: str, where: str, *values: Any) -> Counter[Any]:
        """How many observations there are of each kind; one column gives bare values as keys."""
        found = self.rows(
            f"select {columns}, count(*) from observation where {where} group by {columns}", *values
        )
        return Counter(
            {key[0] if len(key) == 1 else key: count for *key, count in map(_split, found)}
        )


def _split(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return row if len(row) == 2 else (tuple(row[:-1]), row[-1])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    site = BuildWorkspace(tmp_path_factory.mktemp("outside"))
    for slug in TABLES:
        outside.package(slug, site.datasets, licence=STAND_INS.get(slug, ""))
    outcome = site.build(budget=UNHURRIED)
    assert outcome.build is not None, "\n".join(map(reports.render_text, outcome.reports.values()))
    db = sqlite3.connect(f"file:{outcome.build / 'hub.db'}?mode=ro&immutable=1", uri=True)
    yield Built(site, outcome.build, outcome.reports, db)
    db.close()


def check(folder: Path) -> CheckReport:
    site = BuildWorkspace(folder.parents[1])
    return pipeline.check_packages([folder], site.paths, UNHURRIED)[0]


def errors(report: CheckReport) -> list[str]:
    """The rules that a package breaks, warnings apart."""
    return list(dict.fromkeys(p.rule for p in report.problems if p.severity == "error"))


def test_all_seven_pass_together(built: Built) -> None:
    assert sorted(built.reports) == sorted(TABLES)
    assert {slug: errors(report) for slug, report in built.reports.items()} == {
        slug: [] for slug in TABLES
    }


def test_the_publishers_bytes_are_published_as_they_are(built: Built) -> None:
    for slug, names in TABLES.items():
        for name in names:
            published = built.build / "files" / slug / "1.0.0" / "data" / name
            assert published.read_bytes() == (outside.SHARED / slug / name).read_bytes()


@pytest.mark.parametrize("slug", [slug for slug in TABLES if slug not in (SA2, CANCER)])
def test_any_frictionless_tool_reads_the_package(built: Built, slug: str) -> None:
    package = Package(str(built.site.datasets / slug / "datapackage.json"))
    assert package.validate().flatten(["message"]) == []


@pytest.mark.parametrize("slug", TABLES)
def test_every_form_of_a_dataset_has_as_many_rows_as_the_database(built: Built, slug: str) -> None:
    ((count,),) = built.rows("select count(*) from observation where dataset = ?", slug)
    flat = built.rows(
        "select rows from file where dataset = ? and file in (? || '.csv', ? || '.parquet') "
        "and rows is not null",
        *(slug, slug, slug),
    )
    assert {rows for (rows,) in flat} == ({count} if count else set())


def test_a_set_without_a_licence_is_refused(tmp_path: Path) -> None:
    report = check(outside.package(NYC, tmp_path / "datasets"))
    assert errors(report) == ["metadata/licence"]


# eng-covid-outcomes-ethnicity-16: conditions, aliases, a comparator, an own dimension

OPENSAFELY = {
    "British or Mixed British": "16:1",
    "British": "16:1",
    "Irish": "16:2",
    "Other White": "16:3",
    "White + Black Caribbean": "16:4",
    "White + Caribbean": "16:4",
    "White + Black African": "16:5",
    "White + African": "16:5",
    "White + Asian": "16:6",
    "Other mixed": "16:7",
    "Indian or British Indian": "16:8",
    "Indian": "16:8",
    "Pakistani or British Pakistani": "16:9",
    "Pakistani": "16:9",
    "Bangladeshi or British Bangladeshi": "16:10",
    "Bangladeshi": "16:10",
    "Other Asian": "16:11",
    "Caribbean": "16:12",
    "African": "16:13",
    "Other Black": "16:14",
    "Chinese": "16:15",
    "Other": "16:16",
    "Unknown": "_U",
}
MODELS = {
    "crude": "crude",
    "age_sex": "age-sex",
    "age_sex_imd": "age-sex-deprivation",
    "plus_comorbidities": "age-sex-deprivation-clinical",
    "plus_household": "age-sex-deprivation-clinical-household",
}
POPULATIONS = {
    "all adults": "eng-covid-population=all-adults",
    "adults, care homes excluded": "eng-covid-population=no-care-homes",
    "care home residents only": "eng-covid-population=care-homes",
}
HAZARD = "dataset = ? and indicator like '%-hazard-ratio'"
RATE = "dataset = ? and indicator like '%-rate'"


def test_each_row_of_the_covid_table_gives_a_hazard_ratio(built: Built) -> None:
    source = list(read(COVID))
    assert len(source) == 1334
    assert built.counts("ethnicity, adjustment, other", HAZARD, COVID) == Counter(
        (OPENSAFELY[row["ethnic_group"]], MODELS[row["model"]], POPULATIONS[row["population"]])
        for row in source
    )
    assert built.counts("ethnicity", f"{HAZARD} and ethnicity = '_U'", COVID) == {"_U": 80}
    assert built.counts("comparator, scheme, decimals", HAZARD, COVID) == {
        ("16:1", "opensafely-ethnicity", 2): 1334
    }
    ((ratios, lower, upper),) = built.rows(
        f"select sum(value), sum(ci_lower), sum(ci_upper) from observation where {HAZARD}", COVID
    )
    assert ratios == pytest.approx(total(source, "hazard_ratio"))
    assert lower == pytest.approx(total(source, "lower_ci"))
    assert upper == pytest.approx(total(source, "upper_ci"))


def test_a_hazard_ratio_of_nobody_is_zero_with_its_note_and_no_interval(built: Built) -> None:
    found = built.rows(
        f"select value, ci_lower, obs_status, note from observation where {HAZARD} and value = 0",
        COVID,
    )
    note = "no events: hazard ratio 0.00 published without interval"
    assert found == [(0.0, None, "A", note)] * 68


def test_only_rows_of_the_crude_model_give_a_rate(built: Built) -> None:
    crude = [row for row in read(COVID) if row["model"] == "crude"]
    ((count, value, events, people),) = built.rows(
        "select count(*), sum(value), sum(numerator), sum(population) from observation "
        f"where {RATE}",
        COVID,
    )
    assert count == len(crude) == 283
    assert value == pytest.approx(total(crude, "rate_per_1000_person_weeks"))
    assert (events, people) == (total(crude, "events"), total(crude, "denominator"))
    assert built.counts("adjustment, comparator", RATE, COVID) == {("", ""): 283}


def test_rates_made_with_wrong_person_weeks_are_marked_unreliable(built: Built) -> None:
    mixed = {f"16:{code}" for code in range(4, 8)}
    expected = Counter(
        "U" if OPENSAFELY[row["ethnic_group"]] in mixed else "A"
        for row in read(COVID)
        if row["model"] == "crude"
    )
    assert built.counts("obs_status", RATE, COVID) == expected
    assert built.rows(
        f"select distinct ethnicity from observation where {RATE} and obs_status = 'U'", COVID
    ) == [(code,) for code in sorted(mixed)]


# nyc-covid-by-race: one column to two concepts, three spellings of a group, two tables


def test_one_column_of_the_new_york_totals_gives_age_and_adjustment(built: Built) -> None:
    source = list(read(NYC))
    meaning = {"all": ("_T", ""), "all (age-standardised)": ("_T", "age-standardised")}
    totals = "dataset = ? and source = 'nychealth-totals'"
    assert built.counts("age, adjustment", totals, NYC) == Counter(
        meaning.get(row["age"], (row["age"], "")) for row in source
    )
    ((count, value, cases),) = built.rows(
        f"select count(*), sum(value), sum(numerator) from observation where {totals}", NYC
    )
    assert count == 52
    assert value == pytest.approx(total(source, "value"))
    assert cases == total(source, "count")
    assert built.counts("period_start, period_end", totals, NYC) == {
        ("2020-02-29", "2025-10-31"): 52
    }


def test_groups_of_new_york_are_one_however_a_file_spells_them(built: Built) -> None:
    spelt = {
        "Citywide": "_T",
        "all race ethnicity": "_T",
        "Asian/Pacific-Islander": "asian-pacific-islander",
        "Asian Pacific Islander": "asian-pacific-islander",
        "Black/African-American": "black",
        "Black African American": "black",
        "Hispanic/Latino": "hispanic",
        "Hispanic Latino": "hispanic",
        "White": "white",
    }
    source = [*read(NYC), *read(NYC, "weekly.csv")]
    assert built.counts("scheme, ethnicity", "dataset = ?", NYC) == Counter(
        ("nyc-race", spelt[row["ethnic_group"]]) for row in source
    )


def test_a_week_of_new_york_is_seven_days_that_end_on_the_day_given(built: Built) -> None:
    source = list(read(NYC, "weekly.csv"))
    weekly = "dataset = ? and source = 'nychealth-trends'"
    assert built.counts("period_end", weekly, NYC) == Counter(row["week_ending"] for row in source)
    assert built.counts("julianday(period_end) - julianday(period_start)", weekly, NYC) == {
        6.0: 4036
    }
    ((value,),) = built.rows(f"select sum(value) from observation where {weekly}", NYC)
    assert value == pytest.approx(total(source, "value"))


# nz-covid-vaccination-dhb-age-sex-ethnicity: marks in a column, cells that cannot exist

STEPS = {
    "At least partially vaccinated": "nz-covid-at-least-partial",
    "Completed primary course": "nz-covid-primary-course",
    "Eligible for booster 1": "nz-covid-booster-1-eligible",
    "Booster 1 received": "nz-covid-booster-1",
    "Eligible for booster 2": "nz-covid-booster-2-eligible",
    "Booster 2 received": "nz-covid-booster-2",
}


def test_hidden_and_impossible_counts_of_the_districts_do_not_look_alike(built: Built) -> None:
    def status(row: Row) -> tuple[str, str, str]:
        if row["suppression"] == "<5":
            return STEPS[row["measure"]], "Q", "A"
        return STEPS[row["measure"]], "A" if row["value"] else "M", "F"

    found = built.counts("indicator, obs_status, conf_status", "dataset = ?", DHB)
    assert found == Counter(map(status, read(DHB)))
    by_status = built.counts("obs_status", "dataset = ?", DHB)
    assert by_status == {"A": 18_124, "Q": 2_054, "M": 732}
    impossible = built.counts("age, value is null", "dataset = ? and obs_status = 'M'", DHB)
    assert impossible == {("5-11", 1): 732}


def test_counts_of_the_districts_add_up(built: Built) -> None:
    expected: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0])
    for row in read(DHB):
        sums = expected[STEPS[row["measure"]]]
        sums[0] += 1
        sums[1] += float(row["value"] or 0)
        sums[2] += float(row["population"])
    found = built.rows(
        "select indicator, count(*), sum(value), sum(population) from observation "
        "where dataset = ? group by indicator",
        DHB,
    )
    assert {name: sums for name, *sums in found} == expected


def test_places_groups_ages_and_sexes_of_the_districts_keep_their_rows(built: Built) -> None:
    sexes = {
        "Female": "F",
        "Male": "M",
        "Unknown/Other": "nz-vaccination-sex:unknown-other",
        "Various": "nz-vaccination-sex:various",
    }
    groups = {
        "Asian": "asian",
        "European or Other": "european-or-other",
        "Maori": "maori",
        "Pacific Peoples": "pacific",
        "Unknown": "_U",
        "Various": "various",
    }
    source = list(read(DHB))
    assert built.counts("ethnicity, sex, age", "dataset = ?", DHB) == Counter(
        (
            groups[row["ethnic_group"]],
            sexes[row["sex"]],
            row["age_group"].replace("Various", "nz-vaccination-age:various"),
        )
        for row in source
    )
    named = built.rows(
        "select a.label, count(*) from observation as o join area as a on a.area = o.area "
        "where o.dataset = ? group by a.label",
        DHB,
    )
    assert dict(named) == Counter(row["dhb_of_residence"] for row in source)


# nz-covid-vaccination-sa2-panel: wide measures, censored values, split areas, rows held back

DOSES = (1, 2)
MASKS = ("Masked", "masked")
CENSORED = {">950": (950.0, None), "<50": (None, 50.0), "<210": (None, 210.0)}
SPLIT = ("114300", "170900", "236600")
ETHNICITIES = {"All ethnic groups": "_T", "Māori": "maori", "Pacific peoples": "pacific"}
REASON = (
    "Two rows give the same date, area, ethnic group and district different figures; "
    "which one is right is not known."
)


def area(row: Row) -> str:
    """The area of a row of the panel, as the hub should name it."""
    code, district = row["sa2_code"], row["dhb_of_residence"]
    if code in SPLIT:
        return f"nz-sa2:{code}-{district.lower().replace(' ', '-')}"
    fixed = {"2e+05": "200000", "2.00E+05": "200000", "Unknown": "unknown", "0": "unknown"}
    return f"nz-sa2:{fixed.get(code, code).replace('NA', 'na')}"


@pytest.fixture(scope="module")
def contradicting() -> set[tuple[int, int]]:
    """Pairs of rows of the panel that differ in their figures and in nothing else."""
    first: dict[tuple[str, ...], int] = {}
    pairs = set()
    for number, row in enumerate(read(SA2), 2):
        key = (row["date"], row["sa2_code"], row["ethnic_group"], row["dhb_of_residence"])
        if first.setdefault(key, number) != number:
            pairs.add((first[key], number))
    return pairs


@pytest.fixture
def panel(contradicting: set[tuple[int, int]]) -> Iterator[Row]:
    """The rows of the panel that do not contradict each other, once through."""
    held = {number for pair in contradicting for number in pair}
    return (row for number, row in enumerate(read(SA2), 2) if number not in held)


def test_rows_of_the_panel_that_contradict_each_other_are_held_back(
    built: Built, contradicting: set[tuple[int, int]], panel: Iterator[Row]
) -> None:
    assert len(contradicting) == 11
    assert built.rows("select file, reason, rows from row_exclusion where dataset = ?", SA2) == [
        ("data/data.csv", REASON, 22)
    ]
    assert sum(1 for _ in panel) == 369_161 - 22


def test_the_panel_is_refused_when_contradicting_rows_are_not_held_back(
    tmp_path: Path, contradicting: set[tuple[int, int]]
) -> None:
    folder = outside.package(SA2, tmp_path / "datasets")
    described = json.loads((folder / "datapackage.json").read_text("utf-8"))
    (uptake,) = (r for r in described["resources"] if r["name"] == "uptake")
    del uptake["hub"]["hold_back"]
    (folder / "datapackage.json").write_text(json.dumps(described), "utf-8")
    report = check(folder)
    assert errors(report) == ["values/duplicate-observation"]
    named = {
        (int(earlier[1]), problem.row)
        for problem in report.problems
        if problem.row and (earlier := re.search(r"row (\d+)", problem.message))
        if problem.rule == "values/duplicate-observation"
    }
    assert min(contradicting) in named
    assert named <= contradicting


@pytest.mark.parametrize("dose", DOSES)
def test_each_dose_of_the_panel_adds_up_by_group_and_status(
    built: Built, panel: Iterator[Row], dose: int
) -> None:
    def kind(row: Row) -> tuple[Any, ...]:
        mark = row[f"dose{dose}_uptake_per_1000_mark"]
        if mark in MASKS:
            return "Q", "A", None, None
        status = "O" if mark in ("#VALUE!", "NA") else "A"
        return status, "F", *CENSORED.get(mark, (None, None))

    expected: dict[tuple[Any, ...], list[float]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in panel:
        sums = expected[(ETHNICITIES[row["ethnic_group"]], *kind(row))]
        sums[0] += 1
        sums[1] += float(row[f"dose{dose}_uptake_per_1000"] or 0)
        if row[f"dose{dose}_uptake_per_1000_mark"] not in MASKS:
            sums[2] += float(row[f"dose{dose}_count"] or 0)
        sums[3] += float(row["population"] or 0)
    found = built.rows(
        "select ethnicity, obs_status, conf_status, value_min, value_max, count(*), "
        "coalesce(sum(value), 0), coalesce(sum(numerator), 0), coalesce(sum(denominator), 0) "
        "from observation where indicator = ? group by 1, 2, 3, 4, 5",
        f"nz-covid-sa2-dose-{dose}-rate",
    )
    assert {row[:5]: list(row[5:]) for row in found} == expected


@pytest.mark.parametrize("dose", DOSES)
def test_a_count_of_the_panel_shown_beside_a_hidden_rate_is_kept(
    built: Built, panel: Iterator[Row], dose: int
) -> None:
    shown = [
        (area(row), row["date"], ETHNICITIES[row["ethnic_group"]], float(row[f"dose{dose}_count"]))
        for row in panel
        if row[f"dose{dose}_uptake_per_1000_mark"] in MASKS and row[f"dose{dose}_count"]
    ]
    found = built.rows(
        "select area, period_end, ethnicity, value from observation where indicator = ?",
        f"nz-covid-sa2-dose-{dose}-people",
    )
    assert sorted(found) == sorted(shown)
    assert len(found) == {1: 45, 2: 494}[dose]


@pytest.mark.parametrize("dose", DOSES)
def test_a_rate_over_950_is_neither_suppressed_nor_missing(
    built: Built, panel: Iterator[Row], dose: int
) -> None:
    capped = sum(row[f"dose{dose}_uptake_per_1000_mark"] == ">950" for row in panel)
    found = built.counts(
        "obs_status, conf_status, value is null, value_min, value_max",
        "indicator = ? and value_min is not null",
        f"nz-covid-sa2-dose-{dose}-rate",
    )
    assert found == {("A", "F", 1, 950.0, None): capped}


def test_the_panel_itself_gives_away_rates_over_950(built: Built) -> None:
    undone = "value_min = 950 and numerator is not null and denominator is not null"
    assert built.counts("indicator", undone) == {
        "nz-covid-sa2-dose-1-rate": 43_049,
        "nz-covid-sa2-dose-2-rate": 27_534,
    }
    told = [p for p in built.reports[SA2].problems if p.rule == "disclosure/mask-undone"]
    more = sum(
        n for kind, n in built.reports[SA2].omitted_counts.items() if kind.rule == told[0].rule
    )
    assert sum(problem.occurrences for problem in told) + more == 43_049 + 27_534
    assert {problem.severity for problem in told} == {"warning"}  # its source has published it
    assert "it can be derived from the counts" in told[0].message


def test_areas_of_the_panel_are_split_mended_and_all_there(
    built: Built, panel: Iterator[Row]
) -> None:
    found = built.counts("area", "indicator = 'nz-covid-sa2-dose-1-rate'")
    assert found == Counter(map(area, panel))
    assert found["nz-sa2:200000"] == 35 + 132 + 4
    assert sorted(where for where in found if where[7:13] in SPLIT) == [
        "nz-sa2:114300-auckland",
        "nz-sa2:114300-waitemata",
        "nz-sa2:170900-counties-manukau",
        "nz-sa2:170900-waikato",
        "nz-sa2:236600-capital-and-coast",
        "nz-sa2:236600-midcentral",
    ]
    assert built.rows("select parent from area where area = 'nz-sa2:236600-midcentral'") == [
        ("nz-sa2:236600",)
    ]


def test_dates_and_columns_without_a_concept_of_the_panel_are_kept(
    built: Built, panel: Iterator[Row]
) -> None:
    dose = "indicator = 'nz-covid-sa2-dose-1-rate'"
    days, marks, questions = Counter(), Counter(), 0
    for row in panel:
        days[row["date"], row["date"]] += 1
        marks[row["population_mark"] or None] += 1
        questions += "?" in row["sa2_name"]
    name, mark = (f"json_extract(extra, '$.{c}')" for c in ("sa2_name", "population_mark"))
    assert built.counts("period_start, period_end", dose) == days
    assert built.counts(mark, dose) == marks
    assert built.counts("1", f"{dose} and {name} like '%?%'") == {1: questions}


# uk-ethnicity-classifications: tables that are no observations


def test_tables_of_names_are_published_and_counted_and_give_no_observations(built: Built) -> None:
    assert built.counts("dataset", "dataset = ?", CLASSIFICATIONS) == {}
    files = built.rows(
        "select file, rows from file where dataset = ? and file like 'data/%'", CLASSIFICATIONS
    )
    assert dict(files) == {
        "data/data.csv": len(list(read(CLASSIFICATIONS))),
        "data/label_lookup.csv": len(list(read(CLASSIFICATIONS, "label_lookup.csv"))),
    }
    assert dict(files) == {"data/data.csv": 497, "data/label_lookup.csv": 285}


# us-births-fertility-race-1960-2018: one column gives scheme and code


def test_one_column_of_the_births_gives_scheme_and_group(built: Built) -> None:
    groups = {
        "All races": ("us-births-race", "_T"),
        "White": ("us-births-race", "white"),
        "Black": ("us-births-race", "black"),
        "American Indian or Alaska Native": ("us-births-race", "aian"),
        "Asian or Pacific Islander": ("us-births-race", "api"),
        "All origins": ("us-births-origin", "_T"),
        "Hispanic Total": ("us-births-origin", "hispanic"),
        "Non-Hispanic White": ("us-births-non-hispanic-race", "white"),
        "Non-Hispanic Black": ("us-births-non-hispanic-race", "black"),
        "Non-Hispanic, Single Race White": ("us-births-single-race", "white"),
        "Non-Hispanic, Single Race Black": ("us-births-single-race", "black"),
        "Non-Hispanic, Single Race American Indian or Alaska Native": (
            "us-births-single-race",
            "aian",
        ),
        "Non-Hispanic, Single Race Asian": ("us-births-single-race", "asian"),
        "Non-Hispanic, Single Race Native Hawaiian or Pacific Islander": (
            "us-births-single-race",
            "nhpi",
        ),
    }
    indicators = {
        "Live births": "us-live-births",
        "Birth rate": "us-birth-rate",
        "General fertility rate": "us-general-fertility-rate",
    }
    values: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for row in read(BIRTHS):
        values[(indicators[row["indicator"]], *groups[row["ethnic_group"]])].append(
            float(row["value"])
        )
    found = built.rows(
        "select indicator, scheme, ethnicity, count(*), sum(value) from observation "
        "where dataset = ? group by 1, 2, 3",
        BIRTHS,
    )
    assert {row[:3]: row[3] for row in found} == {key: len(v) for key, v in values.items()}
    assert {row[:3]: row[4] for row in found} == pytest.approx(
        {key: fsum(v) for key, v in values.items()}
    )
    assert sum(row[3] for row in found) == 1184


def test_births_are_whole_numbers_and_rates_keep_their_decimal(built: Built) -> None:
    assert built.counts("indicator, decimals", "dataset = ?", BIRTHS) == {
        ("us-live-births", 0): 410,
        ("us-birth-rate", 1): 387,
        ("us-general-fertility-rate", 1): 387,
    }


# us-cancer-incidence-race-state: two columns to one code, marks, a column to indicator and sex

RACES = {
    "American Indian or Alaska Native": "aian",
    "Asian or Pacific Islander": "api",
    "Black or African American": "black",
    "White": "white",
    "Other Races and Unknown combined": "other-unknown",
}
ORIGINS = {
    "Hispanic": "hispanic",
    "Non-Hispanic": "non-hispanic",
    "Unknown or Missing": "origin-unknown",
}
SITES = {
    "Breast": ("us-cancer-incidence-breast", "F"),
    "Cervix Uteri": ("us-cancer-incidence-cervix", "F"),
    "Colon and Rectum": ("us-cancer-incidence-colorectal", "_T"),
    "Lung and Bronchus": ("us-cancer-incidence-lung", "_T"),
    "Prostate": ("us-cancer-incidence-prostate", "M"),
}
WHY = {"": "A", "Suppressed": "Q", "Missing": "O", "Not Applicable": "M"}


def test_cancer_rates_counts_and_reasons_add_up_by_group_and_site(built: Built) -> None:
    expected: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0, 0, 0, 0])
    statuses: Counter[str] = Counter()
    for row in read(CANCER):
        group = f"{RACES[row['race']]}-{ORIGINS[row['hispanic_origin']]}"
        sums = expected[(*SITES[row["cancer_site"]], group, WHY[row["suppression"]])]
        statuses[WHY[row["suppression"]]] += 1
        sums[0] += 1
        sums[1] += float(row["count"] or 0)
        sums[2] += float(row["population"] or 0)
        sums[3] += round(10 * float(row["crude_rate_per_100000"] or 0))
    found = built.rows(
        "select indicator, sex, ethnicity, obs_status, count(*), coalesce(sum(numerator), 0), "
        "coalesce(sum(denominator), 0), coalesce(sum(round(10 * value)), 0) from observation "
        "where dataset = ? group by 1, 2, 3, 4",
        CANCER,
    )
    assert {row[:4]: list(row[4:]) for row in found} == expected
    assert statuses == {"A": 33_114, "Q": 22_769, "O": 450, "M": 37_267}


def test_a_suppressed_cancer_count_is_nowhere_to_be_seen(built: Built) -> None:
    found = built.counts(
        "conf_status, value is null, numerator is null", "dataset = ? and obs_status = 'Q'", CANCER
    )
    assert found == {("A", 1, 1): 22_769}


def test_states_and_years_of_the_cancer_table_are_all_there(built: Built) -> None:
    found = built.counts("area, substr(period_start, 1, 4)", "dataset = ?", CANCER)
    assert found == Counter(
        ("US" if row["geography_fips"] == "US" else f"us-fips:{row['geography_fips']}", row["year"])
        for row in read(CANCER)
    )
    assert len(found) == 52 * 24


def total(source: list[Row], column: str) -> float:
    """The sum of a column's figures; empty cells count for nothing."""
    return fsum(float(row[column]) for row in source if row[column])
