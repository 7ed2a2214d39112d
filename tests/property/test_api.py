"""Every filter against plain Python over the rows: an oracle that knows no SQL."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from evidencehub import pipeline
from evidencehub.api import query_parameters, query_tree
from evidencehub.api.resources import ALL_RESOURCES
from evidencehub.api.resources.observations import OBSERVATIONS
from evidencehub.pipeline import BuildPaths
from evidencehub.store import query_sql
from evidencehub.store import reference_data as known_values
from evidencehub.store.database import HubDatabase
from evidencehub.store.hierarchies import FACET_SCHEME
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.search_table import register_search_table
from tests.support.dataset_builder import CODE_FOLDER, PROJECT_ROOT

Row = dict[str, Any]
COLUMNS = (
    "dataset", "indicator", "area", "scheme", "ethnicity", "sex", "age", "other", "comparator",
    "adjustment", "period_start", "period_end", "obs_status", "value", "numerator",
)  # fmt: skip
LAST = {"01": "31", "02": "28", "03": "31", "04": "30", "05": "31", "06": "30", "07": "31"}


class Hub:
    """A build with the API's reader, and its rows as plain Python has them."""

    def __init__(self, build: Path) -> None:
        self.database = HubDatabase(build / "hub.db", [register_search_table])
        self.known = known_values.read_reference_data(self.database, build, ALL_RESOURCES)
        db = sqlite3.connect(build / "hub.db")
        rows = db.execute(f"select {', '.join(COLUMNS)}, verification from observation").fetchall()
        own = dict(db.execute("select dataset, verification from dataset").fetchall())
        family = dict(db.execute("select indicator, family from indicator").fetchall())
        db.close()
        self.rows = [dict(zip((*COLUMNS, "verification"), row, strict=True)) for row in rows]
        for row in self.rows:
            row["verification"] = row["verification"] or own[row["dataset"]]
            row["family"] = family[row["indicator"]]

    def keys(self, asked: LogicalQuery) -> list[str]:
        """What the API gives, each row as text."""
        sql, bound = query_sql.compile_json_rows(asked, 0, self.known, 0)
        return [row[0] for row in self.database.fetch_all(sql, bound)]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    root = tmp_path_factory.mktemp("oracle")
    places = BuildPaths(
        [PROJECT_ROOT / "datasets"],
        CODE_FOLDER,
        PROJECT_ROOT / "metadata.yaml",
        root / "d",
        root / "a",
    )
    build = pipeline.build_hub(places).build
    assert build is not None
    return Hub(build)


def as_text(row: Row) -> str:
    """A row as one text: what is not there is null, and 3.0 is 3."""
    cells = {name: None if row[name] == "" else row[name] for name in COLUMNS}
    whole = {n: int(c) for n, c in cells.items() if isinstance(c, float) and c.is_integer()}
    return json.dumps({**cells, **whole}, ensure_ascii=False)


def sorted_rows(texts: list[str]) -> list[str]:
    return sorted(as_text(json.loads(text)) for text in texts)


def holds(row: Row, name: str, values: list[str]) -> bool:
    """Whether a row fits any of the values of one filter, by the words of its description."""
    match name:
        case "from":
            return row["period_start"] >= (values[0] + "-01-01")[:10]
        case "to":
            return row["period_end"] <= values[0] + "-12-31"
        case "ethnicity":
            return row["ethnicity"] in values or f"{row['scheme']}:{row['ethnicity']}" in values
        case "other":
            parts = row["other"].split(";") if row["other"] else ["none"]
            return bool(set(parts) & set(values))
        case "comparator" | "adjustment":
            return (row[name] or "none") in values
        case _:
            return row[name] in values


def expected(hub: Hub, asked: dict[str, list[str]]) -> list[str]:
    named = set(asked.get("dataset", []))
    named |= {hub.known.indicators[i]["dataset"] for i in asked.get("indicator", [])}
    hidden = hub.known.synthetic_datasets - named
    return sorted(
        as_text(row)
        for row in hub.rows
        if row["dataset"] not in hidden and all(holds(row, n, v) for n, v in asked.items())
    )


NAMES = (
    "dataset", "indicator", "family", "area", "scheme", "ethnicity", "sex", "age", "other",
    "comparator", "adjustment", "obs_status", "verification", "from", "to",
)  # fmt: skip
"""Filters by what stands in a row; test_rich_filters.py has an oracle of all others too."""


def is_facet(hub: Hub, value: str) -> bool:
    """Whether a group stands for others too: test_rich_filters.py has an oracle of these."""
    scheme, _, code = value.rpartition(":")
    return scheme in ("", FACET_SCHEME) and code in hub.known.code_lists[FACET_SCHEME]


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_every_filter_chooses_what_its_words_say(hub: Hub, data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    seen = data.draw(st.sampled_from(hub.rows))  # so that most questions have an answer
    asked: dict[str, list[str]] = {}
    for name in names:
        if name in ("from", "to"):
            asked[name] = [str(data.draw(st.integers(1990, 2026)))]
            continue
        known = list(hub.known.value_sets[OBSERVATIONS.filters_by_name[name].value_set])
        known = [value for value in known if name != "ethnicity" or not is_facet(hub, value)]
        own = {"other": seen["other"].split(";")[0] or "none"}.get(name, seen[name] or "none")
        others = data.draw(st.lists(st.sampled_from(known), max_size=3))
        asked[name] = [*([own] if own in known else []), *others] or known[:1]
    assume(asked.get("from", [""])[0] <= asked.get("to", ["9"])[0])
    told = [(name, value) for name, values in asked.items() for value in values]
    told.append(("fields", ",".join(COLUMNS)))
    found = hub.keys(query_parameters.parse_query(OBSERVATIONS, told, hub.known, all_rows=True))
    assert sorted_rows(found) == expected(hub, asked)


LEAVES = st.one_of(
    st.tuples(st.just("eq"), st.sampled_from(["area", "ethnicity", "sex", "indicator"])),
    st.tuples(
        st.sampled_from(["eq", "lt", "lte", "gt", "gte"]), st.sampled_from(["value", "numerator"])
    ),
    st.tuples(
        st.sampled_from(["lt", "lte", "gt", "gte"]),
        st.sampled_from(["period_start", "period_end", "indicator"]),
    ),
    st.tuples(st.just("in"), st.sampled_from(["area", "scheme", "value"])),
    st.tuples(st.just("null"), st.sampled_from(["value", "numerator"])),
)


def trees(leaf: Any) -> Any:
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.tuples(st.just("and"), st.lists(inner, min_size=1, max_size=3)),
            st.tuples(st.just("or"), st.lists(inner, min_size=1, max_size=3)),
            st.tuples(st.just("not"), inner),
        ),
        max_leaves=6,
    )


COMPARE = {
    "eq": lambda a, b: a == b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
}


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_tree_chooses_what_it_says(hub: Hub, data: st.DataObject) -> None:
    def build(node: Any) -> tuple[Any, Any]:
        """The posted condition, and the same in Python."""
        operator, inside = node
        if operator in ("and", "or"):
            parts = [build(one) for one in inside]
            every = all if operator == "and" else any
            return {operator: [p[0] for p in parts]}, lambda r: every(p[1](r) for p in parts)
        if operator == "not":
            told, judge = build(inside)
            return {"not": told}, lambda r: not judge(r)
        values = st.sampled_from(
            sorted({row[inside] for row in hub.rows if row[inside] is not None})
        )
        if operator == "null":
            return {"eq": {inside: None}}, lambda r: r[inside] is None
        if operator == "in":
            chosen = data.draw(st.lists(values, min_size=1, max_size=3))
            return {"in": {inside: chosen}}, lambda r: r[inside] in chosen
        value = data.draw(values)
        judge = COMPARE[operator]
        return (
            {operator: {inside: value}},
            lambda r: r[inside] is not None and judge(r[inside], value),
        )

    told, judge = build(data.draw(trees(LEAVES)))
    body = {"resource": "observations", "where": told, "fields": list(COLUMNS), "limit": 10_000}
    asked = query_tree.parse_query_tree(json.dumps(body).encode(), hub.known)
    found = sorted_rows(hub.keys(asked))
    hidden = hub.known.synthetic_datasets - {
        hub.known.indicators[i]["dataset"] for i in asked.filter_values.get("indicator", [])
    }
    assert found == sorted(
        as_text(row) for row in hub.rows if row["dataset"] not in hidden and judge(row)
    )
