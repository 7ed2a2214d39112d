"""What Datasette's pages may be asked, and what is said of what they may not."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import urlencode

import pytest

from evidencehub.http import datasette_schema, parameters
from evidencehub.http.datasette_parameters import DatasetteRequestCheck
from evidencehub.http.problem_details import HttpError

SCHEMA = """
create table toy (toy text primary key, price real, made_on text, note text);
create table part (toy text, weight integer, label);
create virtual table toy_words using fts5 (toy, note, content='toy');
create view toy_flat as select toy, price, price * 2 as twice from toy;
"""
METADATA = {
    "tables": {"part": {"sortable_columns": ["weight"]}, "toy_flat": {"fts_table": "toy_words"}},
    "queries": {"cheap": {"sql": "select ':no', [a:b] from toy where price < :most -- :not"}},
}


@pytest.fixture
def database(tmp_path: Path) -> datasette_schema.DatasetteSchema:
    connection = sqlite3.connect(tmp_path / "toys.db")
    connection.executescript(SCHEMA)
    connection.close()
    return datasette_schema.read_datasette_schema(tmp_path / "toys.db", METADATA)


def judged(
    database: datasette_schema.DatasetteSchema, path: str, query: str = "", *, sql: bool = False
) -> list[str]:
    """What is wrong with a question; empty when nothing is."""
    try:
        DatasetteRequestCheck(database, public_sql=sql)(parameters.parse_request(path, query, ""))
    except HttpError as error:
        return [str(error.status), *(fault.message for fault in error.problems)]
    return []


def test_the_tables_of_a_database(database: datasette_schema.DatasetteSchema) -> None:
    toy, part, flat = (database.tables[name] for name in ("toy", "part", "toy_flat"))
    assert toy.searchable == flat.searchable >= {"toy", "note"}
    assert part.searchable == frozenset()
    assert part.sortable == {"weight", "rowid"}
    assert "rowid" not in toy.columns
    assert (toy.is_numeric("price"), toy.is_numeric("note"), flat.is_untyped("twice")) == (
        True,
        False,
        True,
    )
    assert database.queries == {"cheap": frozenset({"most"})}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/hub", ""),
        ("/hub", "_show_hidden=1"),
        ("/hub.json", "_shape=objects"),
        ("/hub/toy", "price__gt=3&price__lt=-1.5e3&note__contains=a&toy=x&_sort=price"),
        ("/hub/toy", "price=&price__in=1,2&note__isnull=1&note=a&note=b"),
        ("/hub/toy", "_search=a&_searchmode=raw&_size=max&_next=a,b&_labels=on"),
        ("/hub/toy", "_search_note=a"),
        ("/hub/toy", "_facet=toy&_facet=note&_facet_date=made_on&_facet_size=max"),
        ("/hub/toy", "_filter_column=&_filter_op=exact&_filter_value=&_sort="),
        (
            "/hub/toy",
            "_filter_column_1=note&_filter_op_1=isnull__1&_filter_value_1=&_sort_by_desc=on",
        ),
        ("/hub/toy.json", "_shape=array&_nl=on&_json=note&_json_infinity=1&_nocount=1"),
        ("/hub/toy.csv", "_dl=on&_header=off&_size=1000"),
        ("/hub/part", "rowid=1&_sort_desc=rowid"),
        ("/hub/toy_flat", "twice__gt=3&_next=50"),
        ("/hub/cheap", "most=3&_hide_sql=1"),
        ("/hub/cheap.csv", "most=abc&_size=max"),
        ("/hub/toy/a~2Eb", ""),
        ("/hub/toy/a%20b", ""),
        ("/hub/toy/a.json", "_shape=objects&_extras=foreign_key_tables"),
        ("/hub/part/1,2", ""),
        ("/", ""),
        ("/elsewhere", "x=1"),
        ("/hub/toy/a/b", "x=1"),
    ],
)
def test_what_datasette_understands_passes(
    database: datasette_schema.DatasetteSchema, path: str, query: str
) -> None:
    assert judged(database, path, query) == []


@pytest.mark.parametrize(
    ("path", "query", "said"),
    [
        ("/hub/toy", "prise=3", "“prise” is not a parameter of “toy”. Did you mean “price”?"),
        (
            "/hub/toy",
            "prise__gt=3",
            "“prise__gt” is not a parameter of “toy”. Did you mean “price”?",
        ),
        ("/hub/toy", "price__gtr=3", "“gtr” is not an operator. Did you mean “price__gt”?"),
        (
            "/hub/toy",
            "price__gt=abc",
            "“price__gt” must be compared with a number, but the value is “abc”.",
        ),
        (
            "/hub/toy",
            "price=abc",
            "“price” must be compared with a number, but the value is “abc”.",
        ),
        (
            "/hub/toy",
            "price__gt=",
            "“price__gt” must be compared with a number, but the value is “”.",
        ),
        ("/hub/toy_flat", "twice__gt=1.5", "“twice__gt” can be compared only with whole numbers."),
        ("/hub/part", "_search=a", "“_search” cannot be used: “part” has no full-text index"),
        (
            "/hub/part",
            "_sort=label",
            "“_sort” must be a sortable column of “part”. The value is “label”.",
        ),
        ("/hub/toy", "_sort=price&_sort_desc=toy", "Use “_sort” or “_sort_desc”, not both."),
        ("/hub/toy", "_size=1&_size=2", "“_size” was given 2 times. Give it once."),
        (
            "/hub/toy",
            "_size=1001",
            "“_size” must be a whole number up to 1000, or “max”. The value is “1001”.",
        ),
        (
            "/hub/toy",
            "_size=-1",
            "“_size” must be a whole number up to 1000, or “max”. The value is “-1”.",
        ),
        ("/hub/toy", "_siz=1", "“_siz” is not a parameter of “toy”. Did you mean “_size”?"),
        ("/hub/toy", "_where=1", "The parameter “_where” is not available to the public."),
        ("/hub/toy", "_labels=2", "“_labels” must be one of"),
        ("/hub/toy", "_col=x", "“_col” must be a column of “toy”. The value is “x”."),
        ("/hub/toy", "_shape=array", "“_shape” is not a parameter of “toy”."),
        (
            "/hub/toy",
            "_filter_column=x",
            "“_filter_column” must be a column of “toy”. The value is “x”.",
        ),
        ("/hub/toy", "_filter_op_1=x", "“_filter_op_1” must be one of"),
        ("/hub/toy", "_facet=toy&_facet=note&_facet=price&_facet_date=made_on", "At most 3 facets"),
        (
            "/hub/toy_flat",
            "_next=abc",
            "“_next” must be the value given by the previous page. The value is “abc”.",
        ),
        (
            "/hub/cheap",
            "mots=3",
            "“mots” is not a parameter of the query “cheap”. Did you mean “most”?",
        ),
        ("/hub/cheap", "_size=1", "“_size” must be one of max. The value is “1”."),
        ("/hub/toy/a", "x=1", "“x” is not a parameter of a row of “toy”."),
        ("/hub", "x=1", "“x” is not a parameter of the list of tables."),
    ],
)
def test_what_would_be_ignored_is_refused(
    database: datasette_schema.DatasetteSchema, path: str, query: str, said: str
) -> None:
    status, *messages = judged(database, path, query)
    assert status == "400"
    assert any(message.startswith(said) for message in messages), messages


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/hub/toi", "No such table or view: “toi”. Did you mean “toy”?"),
        ("/hub/toy.xml", "The format “.xml” is not available. Use .json or .csv."),
        ("/hub/toy_flat/1", "No such table: “toy_flat”. Did you mean “toy”?"),
        ("/hub/toy/~41", "No such row."),
        ("/hub/toy/~2e", "No such row."),
        ("/hub.csv", "The list of tables is available as a page and as JSON only."),
    ],
)
def test_what_is_not_there_is_told(
    database: datasette_schema.DatasetteSchema, path: str, said: str
) -> None:
    status, message = judged(database, path)
    assert status == "404"
    assert message.startswith(said.split(" Did", 1)[0])


def test_every_fault_is_told_at_once(database: datasette_schema.DatasetteSchema) -> None:
    query = urlencode([("a", "1"), ("_size", "x"), ("price__foo", "1"), ("note", "fine")])
    assert len(judged(database, "/hub/toy", query)) == 4


def test_sql_is_let_by_where_it_is_switched_on(database: datasette_schema.DatasetteSchema) -> None:
    query = urlencode({"sql": "select :a", "a": "1", "_shape": "array"})
    assert judged(database, "/hub.json", query)[0] == "403"
    assert judged(database, "/hub.json", query, sql=True) == []
    assert judged(database, "/hub.csv", "sql=select+1", sql=True) == []
    assert judged(database, "/hub/toy", "_where=1", sql=True) == []
    assert judged(database, "/hub", "sql=select+1&b=1", sql=True)[0] == "400"
