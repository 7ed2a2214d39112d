"""Are the teaching datasets what they say: drawn by lot, adding up, protected, out of search?"""

from __future__ import annotations

import csv
import io
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest

from evidencehub import pipeline
from evidencehub.formats import check_report as reports
from evidencehub.pipeline import BuildPaths
from tests.datasets import teaching
from tests.support.dataset_builder import CODE_FOLDER, PROJECT_ROOT

Row = Mapping[str, str]

SLUGS = [teaching.COUNTS, teaching.SUPPRESSED]
GROUPS = (*teaching.PEOPLE, *teaching.RESIDUAL)
HIDDEN = (1, 7)


@cache
def made() -> dict[str, bytes]:
    return teaching.files()


@cache
def observations(slug: str) -> tuple[Row, ...]:
    text = made()[f"{slug}/data/observations.csv"].decode()
    return tuple(csv.DictReader(io.StringIO(text)))


@cache
def protected() -> dict[tuple[str, str, str], Row]:
    """Rows of the protected dataset by area, period and group."""
    return {
        (row["area"].partition(":")[2], row["period"], row["ethnicity"]): row
        for row in observations(teaching.SUPPRESSED)
    }


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """The database of a build of the two datasets."""
    root = tmp_path_factory.mktemp("teaching")
    datasets = root / "datasets"
    datasets.mkdir()
    for slug in SLUGS:
        (datasets / slug).symlink_to(PROJECT_ROOT / "datasets" / slug, target_is_directory=True)
    site = PROJECT_ROOT / "metadata.yaml"
    outcome = pipeline.build_hub(
        BuildPaths([datasets], CODE_FOLDER, site, root / "dist", root / "archive")
    )
    assert outcome.build is not None, "\n".join(map(reports.render_text, outcome.reports.values()))
    with closing(sqlite3.connect(outcome.build / "hub.db")) as connection:
        yield connection


def found(hub: sqlite3.Connection, word: str) -> list[tuple[str, str]]:
    return hub.execute(
        "select kind, id from search_page where search_page match ?", (word,)
    ).fetchall()


def title_words(hub: sqlite3.Connection) -> set[str]:
    titles = hub.execute("select title from dataset union all select title from indicator")
    words = " ".join(title for (title,) in titles)
    return {word for word in "".join(c if c.isalnum() else " " for c in words).split() if word}


@pytest.mark.parametrize("slug", SLUGS)
def test_the_files_are_what_the_generator_writes(slug: str) -> None:
    folder = PROJECT_ROOT / "datasets" / slug
    files = {f"{slug}/data/{path.name}": path.read_bytes() for path in folder.glob("data/*")}
    assert files == {path: text for path, text in made().items() if path.startswith(f"{slug}/")}


@pytest.mark.parametrize("slug", SLUGS)
def test_there_is_nothing_to_remark_on(slug: str, tmp_path: Path) -> None:
    site = PROJECT_ROOT / "metadata.yaml"
    places = BuildPaths(
        [PROJECT_ROOT / "datasets"], CODE_FOLDER, site, tmp_path, tmp_path / "archive"
    )
    report = pipeline.check_packages([PROJECT_ROOT / "datasets" / slug], places)[0]
    assert report.rules == []


def test_every_text_says_that_it_is_invented() -> None:
    for slug in SLUGS:
        about = (PROJECT_ROOT / "datasets" / slug / "about.md").read_text("utf-8")
        assert "Every figure here is invented." in about
        for row in teaching.INDICATORS[slug]:
            assert "synthetic" in str(row["id"])
            assert "synthetic" in str(row["title"])
            assert str(row["caveats"]).startswith(teaching.INVENTED)


@pytest.mark.parametrize("count", ["numerator", "denominator"])
@pytest.mark.parametrize("dimension", ["ethnicity", "sex", "deprivation"])
def test_counts_add_up_to_their_totals(dimension: str, count: str) -> None:
    said: dict[tuple[str, ...], int] = {}
    sums: dict[tuple[str, ...], int] = defaultdict(int)
    for row in observations(teaching.COUNTS):
        names = ("indicator", "period", "ethnicity", "sex", "deprivation")
        others = tuple(row[name] for name in names if name != dimension)
        if row[dimension] in {"", teaching.ALL}:
            said[others] = int(row[count] or 0)
        else:
            sums[others] += int(row[count] or 0)
    assert sums
    assert {key: said[key] for key in sums} == dict(sums)


def test_some_counts_are_small_enough_for_an_exact_method() -> None:
    counts = [int(row["numerator"]) for row in observations(teaching.COUNTS)]
    assert sum(count < 10 for count in counts) > 50


def test_admissions_fall_from_the_most_to_the_least_deprived_fifth() -> None:
    rates = defaultdict(list)
    for row in observations(teaching.COUNTS):
        if row["deprivation"] and row["ethnicity"] == row["sex"] == teaching.ALL:
            rates[row["period"]].append(float(row["value"]))
    assert set(rates) == set(teaching.YEARS)
    assert all(told == sorted(told, reverse=True) for told in rates.values())


def test_no_count_from_1_to_7_is_published_and_others_are_rounded() -> None:
    told = [
        int(row[name])
        for row in protected().values()
        for name in ("numerator", "denominator", "population")
        if row[name]
    ]
    assert 0 in told
    assert not [count for count in told if count % 5 or 1 <= count <= 7]


def test_counts_are_protected_as_the_policy_says() -> None:
    cells = teaching.falls().cells
    assert cells.keys() == protected().keys()
    for key, count in cells.items():
        row = protected()[key]
        if 1 <= count.events <= 7:
            assert (row["obs_status"], row["conf_status"]) == ("Q", "A")
            assert row["value"] == row["numerator"] == ""
        else:
            assert row["obs_status"] == ("A" if count.people else "M")
            assert abs(int(row["numerator"]) - count.events) <= 2


def test_a_fair_part_is_hidden_and_no_total_is() -> None:
    hidden = [key for key, row in protected().items() if row["obs_status"] == "Q"]
    assert len(protected()) / 5 < len(hidden) < len(protected()) / 2
    assert not [key for key in hidden if key[0] == teaching.COUNTY or key[2] == teaching.ALL]


def test_no_sum_tells_more_of_a_hidden_count_than_that_it_is_1_to_7() -> None:
    for total, *parts in linked():
        low, high = (sum(one) for one in zip(*map(can_be, parts), strict=True))
        least, most = can_be(total)
        for part in parts:
            if protected()[part]["obs_status"] == "Q":
                assert least - (high - HIDDEN[1]) <= HIDDEN[0], (total, part)
                assert most - (low - HIDDEN[0]) >= HIDDEN[1], (total, part)


def linked() -> Iterator[list[tuple[str, str, str]]]:
    """Each total, with the figures that it is the sum of."""
    for year in teaching.TOWN_YEARS:
        for area in (teaching.COUNTY, *teaching.TOWNS):
            yield [(area, year, group) for group in (teaching.ALL, *GROUPS)]
        for group in (teaching.ALL, *GROUPS):
            yield [(area, year, group) for area in (teaching.COUNTY, *teaching.TOWNS)]


def can_be(key: tuple[str, str, str]) -> tuple[int, int]:
    """The lowest and highest count behind a figure, for somebody who knows the policy."""
    row = protected()[key]
    if row["obs_status"] == "Q":
        return HIDDEN
    count = int(row["numerator"])
    return (max(count - 2, HIDDEN[1] + 1), count + 2) if count else (0, 0)


def test_a_build_marks_them_as_synthetic(hub: sqlite3.Connection) -> None:
    told = hub.execute("select dataset, synthetic from dataset order by dataset").fetchall()
    assert told == [(slug, 1) for slug in sorted(SLUGS)]


def test_the_search_finds_neither_datasets_nor_indicators(hub: sqlite3.Connection) -> None:
    words = title_words(hub)
    assert {"Synthetic", "teaching", "Invented"} <= words
    theirs = {
        *(("dataset", name) for (name,) in hub.execute("select dataset from dataset")),
        *(("indicator", name) for (name,) in hub.execute("select indicator from indicator")),
    }
    assert not theirs & {item for word in words for item in found(hub, f'"{word}"')}


def test_the_search_finds_no_list_of_theirs(hub: sqlite3.Connection) -> None:
    lists = {
        name for kind, name in hub.execute("select kind, id from search_page") if kind == "list"
    }
    assert lists
    assert not lists & {teaching.FIFTHS, teaching.PLACES}


def test_a_hidden_figure_is_given_no_limits(hub: sqlite3.Connection) -> None:
    hidden = hub.execute(
        "select value, ci_lower, ci_upper, se, numerator from observation where obs_status = 'Q'"
    ).fetchall()
    assert set(hidden) == {(None,) * 5}


def test_about_95_in_100_intervals_hold_the_value_without_chance(hub: sqlite3.Connection) -> None:
    """Of single cells: figures of all groups or sexes share theirs with them."""
    limits = {
        key: (lower, upper)
        for *key_parts, lower, upper in hub.execute(
            "select substr(period_start, 1, 4), ethnicity, sex, other, ci_lower, ci_upper "
            "from observation where indicator = ? and ci_lower is not null",
            (teaching.ADMISSIONS,),
        )
        for key in [tuple(key_parts)]
    }
    hits = []
    for row in observations(teaching.COUNTS):
        fifth = f"{teaching.FIFTHS}={row['deprivation']}"
        key = (row["period"], row["ethnicity"], row["sex"], fifth)
        if key in limits and teaching.ALL not in key:
            lower, upper = limits[key]
            hits.append(lower <= float(row["value_without_chance"]) <= upper)
    assert len(hits) == 5 * 16 * 2 * 5
    assert 0.93 < sum(hits) / len(hits) < 0.97
