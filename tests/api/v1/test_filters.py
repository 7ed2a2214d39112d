"""Every filter of every list, for every value that it knows, against SQL written for the purpose."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evidencehub.api import query_parameters
from evidencehub.api.app import ApiApp
from evidencehub.api.resources import RESOURCES
from evidencehub.store import query_sql
from evidencehub.store.resource_model import ApiResource

NOW = (
    "coalesce((select u.status from recommendation_update as u join code as c on c.code = u.status"
    " and c.list = 'recommendation-status' where u.recommendation = r.recommendation"
    " and coalesce(c.level, '') <> 'outcome'"
    " order by u.updated desc, c.sort_order desc limit 1), r.status)"
)
SUBJECT = "select id from subject where kind = '{}' and list = '{}' and code = ?"
FIGURES = "select distinct {} from observation where {}"
FROM_PARTNER = "(select dataset from dataset where coalesce(origin, 'none') = ?)"
STRATUM = "select {} from {} join stratum as s using (stratum) where {}"

TERM = "select scheme || code || term || authority from preferred_term where scheme = ?"
EXPECTED: dict[str, dict[str, str]] = {
    "datasets": {
        "origin": f"select dataset from dataset where dataset in {FROM_PARTNER}",
        "workstream": SUBJECT.format("dataset", "workstream"),
        "topic": SUBJECT.format("dataset", "topic"),
        "area": FIGURES.format("dataset", "area = ?"),
        "scheme": FIGURES.format("dataset", "scheme = ?"),
        "from": FIGURES.format("dataset", "period_start >= ? || '-01-01'"),
        "to": FIGURES.format("dataset", "period_end <= ? || '-12-31'"),
        "synthetic": "select dataset from dataset where synthetic = (? = 'true')",
    },
    "indicators": {
        "origin": f"select indicator from indicator where dataset in {FROM_PARTNER}",
        "dataset": "select indicator from indicator where dataset = ?",
        "family": "select indicator from indicator where family = ?",
        "workstream": SUBJECT.format("indicator", "workstream"),
        "topic": SUBJECT.format("indicator", "topic"),
        "area": FIGURES.format("indicator", "area = ?"),
        "scheme": FIGURES.format("indicator", "scheme = ?"),
        "from": FIGURES.format("indicator", "period_start >= ? || '-01-01'"),
        "to": FIGURES.format("indicator", "period_end <= ? || '-12-31'"),
    },
    "findings": {
        "origin": f"select finding from finding where dataset in {FROM_PARTNER}",
        "dataset": "select finding from finding where dataset = ?",
        "workstream": SUBJECT.format("finding", "workstream"),
        "topic": SUBJECT.format("finding", "topic"),
        "type": "select finding from finding where type = ?",
        "mechanism": "select finding from finding where mechanism = ?",
        "study_design": "select finding from finding where study_design = ?",
        "direction": "select finding from finding where direction = ?",
        "certainty": "select finding from finding where certainty = ?",
        "area": "select finding from finding where area = ?",
        "indicator": "select finding from finding_indicator where indicator = ?",
        "verification": "select finding from finding where verification = ?",
        "from": "select finding from finding where period_start >= ? || '-01-01'",
        "to": "select finding from finding where period_end <= ? || '-12-31'",
    },
    "recommendations": {
        "origin": f"select recommendation from recommendation where dataset in {FROM_PARTNER}",
        "dataset": "select recommendation from recommendation where dataset = ?",
        "workstream": SUBJECT.format("recommendation", "workstream"),
        "topic": SUBJECT.format("recommendation", "topic"),
        "status": f"select recommendation from recommendation as r where {NOW} = ?",
        "strength": "select recommendation from recommendation where strength = ?",
        "area": "select recommendation from recommendation where area = ?",
        "addressed_to": "select recommendation from recommendation_organisation"
        " where organisation = ?",
        "issued_by": "select recommendation from recommendation where issued_by = ?",
        "issuer_kind": "select recommendation from recommendation where issued_by in "
        "(select code from code where list = 'organisation' and level = ?)",
        "from": "select recommendation from recommendation where substr(issued, 1, 4) >= ?",
        "to": "select recommendation from recommendation where substr(issued, 1, 4) <= ?",
    },
    "questions": {
        "origin": f"select question from question where dataset in {FROM_PARTNER}",
        "dataset": "select question from question where dataset = ?",
        "workstream": SUBJECT.format("question", "workstream"),
        "topic": SUBJECT.format("question", "topic"),
        "area": "select question from question where area = ?",
        "family": "select question from question where family = ?",
    },
    "coverage": {
        name: f"select facet || topic || country from evidence_coverage where {name} = ?"
        for name in ("facet", "topic", "country", "coverage_status")
    },
    "sources": {
        "origin": f"select dataset || source from source where dataset in {FROM_PARTNER}",
        "dataset": "select dataset || source from source where dataset = ?",
        "type": "select dataset || source from source where type = ?",
        "verification": "select dataset || source from source where verification = ?",
        "from": "select dataset || source from source where substr(published, 1, 4) >= ?",
        "to": "select dataset || source from source where substr(published, 1, 4) <= ?",
    },
    "codes": {
        "kind": "select list from code_list where kind = ?",
        "jurisdiction": "select list from code_list where jurisdiction = ?",
    },
    "crosswalks": {
        name: "select from_scheme || from_code || to_scheme || relation || coalesce(to_code, '')"
        f" from crosswalk where {name} = ?"
        for name in ("from_scheme", "to_scheme", "relation")
    },
    "preferred-terms": {"scheme": TERM},
    "gaps": {
        "origin": STRATUM.format("stratum || gap.ethnicity", "gap", f"s.dataset in {FROM_PARTNER}"),
        **{
            name: STRATUM.format("stratum || gap.ethnicity", "gap", f"s.{name} = ?")
            for name in ("dataset", "indicator", "area", "scheme", "sex", "age")
        },
        "family": STRATUM.format(
            "stratum || gap.ethnicity",
            "gap",
            "s.indicator in (select indicator from indicator where family = ?)",
        ),
        "from": STRATUM.format("stratum || gap.ethnicity", "gap", "s.period_start >= ?||'-01-01'"),
        "to": STRATUM.format("stratum || gap.ethnicity", "gap", "s.period_end <= ? || '-12-31'"),
    },
    "inequality": {
        "origin": STRATUM.format(
            "stratum || measure", "inequality", f"s.dataset in {FROM_PARTNER}"
        ),
        **{
            name: STRATUM.format("stratum || measure", "inequality", f"s.{name} = ?")
            for name in ("dataset", "indicator", "area", "scheme", "sex", "age")
        },
        "family": STRATUM.format(
            "stratum || measure",
            "inequality",
            "s.indicator in (select indicator from indicator where family = ?)",
        ),
        "from": STRATUM.format("stratum || measure", "inequality", "s.period_start >= ?||'-01-01'"),
        "to": STRATUM.format("stratum || measure", "inequality", "s.period_end <= ? || '-12-31'"),
        "measure": STRATUM.format("stratum || measure", "inequality", "measure = ?"),
    },
}
GROUPED = {  # filters whose value is a group of a classification, with where the pair stands
    ("datasets", "ethnicity"): FIGURES.format("dataset", "scheme = ? and ethnicity = ?"),
    ("indicators", "ethnicity"): FIGURES.format("indicator", "scheme = ? and ethnicity = ?"),
    ("findings", "ethnicity"): "select finding from finding_group where scheme = ?"
    " and ethnicity = ?",
    ("questions", "ethnicity"): "select question from question_group where scheme = ?"
    " and ethnicity = ?",
    ("preferred-terms", "ethnicity"): f"{TERM} and code = ?",
    ("gaps", "group"): STRATUM.format(
        "stratum || gap.ethnicity", "gap", "s.scheme = ? and gap.ethnicity = ?"
    ),
}
KEYS = {
    "datasets": "dataset",
    "indicators": "indicator",
    "findings": "finding",
    "recommendations": "recommendation",
    "questions": "question",
}
YEARS = [str(year) for year in range(1995, 2027, 3)]
NOT_YET = {("recommendations", "addressed_to"), ("recommendations", "strength")}
"""No shipped recommendation names its addressee or its strength: the sources do not."""
ELSEWHERE = {  # what their own tests, and those of every filter over the rich hub, try
    *("q", "other", "adjustment", "country", "within", "age_within"),
    *("ethnicity_within", "group_within"),
    *("ethnicity_known_from", "same_source", "ethnicity_recording", "source_licence_basis"),
    "licence_basis",
}


OWN_TESTS = ("observations", "compare", "search")
"""Tried in test_rows_chosen.py, test_rows.py and test_search.py; all in test_rich_filters.py."""


@pytest.fixture(scope="module")
def plain(built: Path) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(built / "hub.db")
    yield db
    db.close()


def found(application: ApiApp, resource: ApiResource, asked: list[tuple[str, str]]) -> list[str]:
    """The keys of the rows that the API's SQL chooses."""
    question_ = query_parameters.parse_query(
        resource, asked, application.reference_data, all_rows=True
    )
    keys = {
        "sources": "s.dataset || s.source",
        "codes": "l.list",
        "crosswalks": "x.from_scheme || x.from_code || x.to_scheme || x.relation"
        " || coalesce(x.to_code, '')",
        "coverage": "w.facet || w.topic || w.country",
        "gaps": "s.stratum || g.ethnicity",
        "inequality": "s.stratum || q.measure",
        "preferred-terms": "p.scheme || p.code || p.term || p.authority",
    }
    key = keys.get(resource.name) or resource.columns_by_name[KEYS[resource.name]].sql
    sql, bound = query_sql.compile_count(question_, application.reference_data)
    rows = application.database.fetch_all(sql.replace("count(*)", key, 1), bound)
    return sorted(str(row[0]) for row in rows)


def hidden(plain: sqlite3.Connection, name: str, asked: list[tuple[str, str]]) -> set[str]:
    """The keys of what belongs to made-up datasets that are not named."""
    named = {value for filter_, value in asked if filter_ == "dataset"}
    for filter_, value in asked:
        if filter_ == "indicator":
            rows = plain.execute("select dataset from indicator where indicator = ?", [value])
            named |= {row[0] for row in rows}
    if name not in KEYS and name not in ("sources", "gaps", "inequality"):
        return set()
    if any(filter_ == "synthetic" for filter_, _ in asked):
        return set()
    table, key = {
        "sources": ("source", "dataset || source"),
        "gaps": ("gap join stratum using (stratum)", "stratum || gap.ethnicity"),
        "inequality": ("inequality join stratum using (stratum)", "stratum || measure"),
    }.get(name) or (KEYS.get(name, ""), KEYS.get(name, ""))
    sql = f"select {key}, dataset from {table} where dataset in"
    rows = plain.execute(f"{sql} (select dataset from dataset where synthetic)").fetchall()
    return {str(row[0]) for row in rows if row[1] not in named}


def choose_values(codes: list[str], plain: sqlite3.Connection) -> list[str]:
    """All codes of a short list; of the areas those of some row, and every fiftieth."""
    if len(codes) < 1_000:
        return codes
    tables = ("observation", "finding", "recommendation", "question")
    sql = " union ".join(f"select area from {table}" for table in tables)
    occurs = {row[0] for row in plain.execute(sql)}
    return [code for at, code in enumerate(codes) if code in occurs or at % 50 == 0]


CASES = [(name, filter_) for name, told in EXPECTED.items() for filter_ in told]


@pytest.mark.parametrize(("name", "filter_"), CASES)
def test_a_filter_chooses_what_its_words_say(
    application: ApiApp, plain: sqlite3.Connection, name: str, filter_: str
) -> None:
    resource = RESOURCES[name]
    one = resource.filters_by_name[filter_]
    values: list[Any] = YEARS
    if one.filter_type == "boolean":
        values = ["true", "false"]
    elif one.filter_type == "code":
        values = choose_values(list(application.reference_data.value_sets[one.value_set]), plain)
    some = 0
    for value in values:
        asked = [(filter_, value)]
        rows = plain.execute(EXPECTED[name][filter_], [value]).fetchall()
        there = {str(row[0]) for row in rows} - hidden(plain, name, asked)
        assert found(application, resource, asked) == sorted(there), value
        some += len(there)
    assert some > 0 or (name, filter_) in NOT_YET
    if one.is_repeatable and len(values) > 1:  # several values: rows of either
        asked = [(filter_, value) for value in values[:20]]
        either: set[str] = set()
        for pair in asked:
            either |= set(found(application, resource, [pair]))
        both = set(found(application, resource, asked)) - hidden(plain, name, asked)
        assert both == either - hidden(plain, name, asked)


@pytest.mark.parametrize(("name", "filter_"), GROUPED)
def test_a_group_is_chosen_by_its_code_or_with_its_classification(
    application: ApiApp, plain: sqlite3.Connection, name: str, filter_: str
) -> None:
    resource, known, some = RESOURCES[name], application.reference_data, 0
    for code, schemes in known.schemes_by_group.items():
        if "hub-facet" in schemes:  # it stands for all groups under it: tests/property has these
            continue
        every: set[str] = set()
        for scheme in schemes:
            rows = plain.execute(GROUPED[name, filter_], [scheme, code]).fetchall()
            there = {str(row[0]) for row in rows} - hidden(plain, name, [])
            asked = [(filter_, f"{scheme}:{code}")]
            if (
                f"{scheme}:{code}" not in known.schemes_by_group
            ):  # no code of another list is written so
                assert found(application, resource, asked) == sorted(there), (scheme, code)
            every |= there
        assert found(application, resource, [(filter_, code)]) == sorted(every), code
        some += len(every)
    assert some > 0


def test_every_filter_is_tried() -> None:
    tried = {*CASES, *GROUPED}
    for resource in RESOURCES.values():
        mine = {
            (resource.name, one.name)
            for one in resource.filters
            if one.name not in ELSEWHERE and not one.name.endswith("_contains")
        }
        assert resource.name in OWN_TESTS or mine <= tried, mine - tried
