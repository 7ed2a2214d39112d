"""Laws of the store's queries that say more than the rows of one hub."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from evidencehub.store.database import RowReader
from evidencehub.store.findings import select_findings_of_same_sources
from evidencehub.store.gaps import select_table_gaps
from evidencehub.store.groups import select_facets
from evidencehub.store.labels import TOPIC_RANK_CTE
from evidencehub.store.latest_values import select_latest_by_area, select_topics
from evidencehub.store.recommendations import (
    select_recommendations,
    select_recommendations_of_same_sources,
)


def read_pairs(db: RowReader, kind: str) -> set[tuple[str, str, str]]:
    """Each finding or recommendation with a dataset and its source."""
    return {(item, dataset, source) for item, dataset, source in db(f"select * from {kind}_source")}


def test_a_source_in_common_is_one_of_both(db: RowReader) -> None:
    pairs = {
        (finding, recommendation)
        for finding, *source in read_pairs(db, "finding")
        for recommendation, *other_source in read_pairs(db, "recommendation")
        if source == other_source
    }
    findings = [row[0] for row in db("select finding from finding")]
    listed = [row[0] for row in db("select recommendation from recommendation")]
    public = {row.recommendation for row in select_recommendations(db)}
    assert 0 < len(pairs) < len(findings) * len(listed)
    for finding in findings:
        rows = select_recommendations_of_same_sources(db, finding)
        expected = {item for item in public if (finding, item) in pairs}
        assert {row.recommendation for row in rows} == expected
    for item in listed:
        identifiers = [row.finding for row in select_findings_of_same_sources(db, item)]
        assert identifiers == [finding for finding in sorted(findings) if (finding, item) in pairs]


def test_a_recommendation_has_its_latest_status_and_is_listed_once(db: RowReader) -> None:
    order = dict(db("select code, sort_order from code where list = 'recommendation-status'"))
    history = db(
        "select recommendation, updated, status from recommendation_update where status not in "
        "(select code from code where list = 'recommendation-status' and level = 'outcome')"
    )
    history += db("select recommendation, coalesce(issued, ''), status from recommendation")
    rows = select_recommendations(db)
    assert len({row.recommendation for row in rows}) == len(rows)
    for row in rows:
        steps = [(day, status) for item, day, status in history if item == row.recommendation]
        newest_day = max(day for day, _ in steps)
        newest = [status for day, status in steps if day == newest_day]
        assert row.status == max(newest, key=order.__getitem__)
        assert (row.status_date or "") == newest_day


def test_a_facet_stands_before_those_under_it(db: RowReader) -> None:
    rows = select_facets(db)
    order = dict(db("select code, sort_order from code where list = 'hub-facet'"))
    places = [
        (order[row.parent or row.code], row.parent is not None, order[row.code]) for row in rows
    ]
    assert len(places) == len(order)
    assert places == sorted(places)
    assert {row.parent_label for row in rows if row.parent} <= {row.label for row in rows}


def test_topics_are_all_but_those_about_methods_and_access_stands_before_outcomes(
    db: RowReader,
) -> None:
    codes = db("select code, level from code where list = 'topic' order by sort_order")
    kinds = [row[0] for row in db("select code from code where list = 'topic-kind'")]
    listed = {kind: [code for code, level in codes if level == kind] for kind in kinds}
    assert all(listed.values())
    expected = [*listed["care"], *listed["outcome"], *listed["setting"]]
    assert [row.code for row in select_topics(db)] == expected


def test_the_order_of_topics_is_that_of_their_kinds_in_the_code_lists() -> None:
    with closing(sqlite3.connect(":memory:")) as own:
        own.execute("create table code (list, code, label, definition, level, sort_order)")
        own.executemany(
            "insert into code values (?, ?, '', '', ?, ?)",
            [
                ("topic-kind", "play", None, 2), ("topic-kind", "repair", None, 1),
                ("topic", "kites", "play", 1), ("topic", "of-no-kind", "", 2),
                ("topic", "glue", "repair", 4), ("topic", "screws", "repair", 3),
            ],
        )  # fmt: skip
        ranks = own.execute(f"with {TOPIC_RANK_CTE} select code from topic_rank order by rank")
        assert [code for (code,) in ranks] == ["screws", "glue", "kites", "of-no-kind"]


@pytest.mark.parametrize("area", ["GB", "BR", "NZ", "CA", "toy-lands:X01", "toy-east-places:X1"])
def test_a_gap_is_that_between_the_values_beside_each_other(db: RowReader, area: str) -> None:
    rows = select_latest_by_area(db, area)
    values = {(row.indicator, row.scheme, row.ethnicity): row.value for row in rows}
    compared = [row for row in rows if row.gap.difference is not None]
    assert compared
    for row in compared:
        assert row.gap.reference_value == values[row.indicator, row.scheme, row.gap.reference or ""]
        assert row.value is not None
        assert row.gap.reference_value is not None
        difference = row.value - row.gap.reference_value
        assert row.gap.difference == pytest.approx(difference, abs=0.05)
        assert not row.is_reference


def test_a_gap_of_a_table_is_that_between_its_values(db: RowReader) -> None:
    strata = [
        row[0]
        for row in db(
            "select distinct stratum from comparison "
            "where comparison_status = 'current' and stratum is not null and ethnicity <> ''"
        )
    ]
    rows = select_table_gaps(db, strata)
    assert {row.stratum for row in rows} == set(strata)
    for row in rows:
        assert row.value is not None
        assert row.gap.reference_value is not None
        difference = row.value - row.gap.reference_value
        assert row.gap.difference == pytest.approx(difference, abs=0.05)
