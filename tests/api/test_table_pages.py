"""The pages over tables, rows and queries: what a reader can do on them without a script."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from evidencehub import runtime
from evidencehub.http import datasette_parameters
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace
from tests.support.forms import Reading

# keys and names with every sign that an address or a page could trip over
TOYS = """
create table maker (maker text primary key, title text);
insert into maker values ('A&B, c', 'Maker <b>one</b>'), ('plain', 'Maker two'), ('idle', '');
create table toy (
  toy text primary key, price real, _kind text, a__b text, maker text references maker (maker)
);
create virtual table toy_words using fts5 (toy, _kind, content="toy");
create table box (box text primary key, _maker text references maker (maker));
insert into box values ('b1', 'plain');
create table loose (a, b);
create table pair (x text, y text, primary key (x, y));
insert into pair values ('1', '2');
create view cheap as select toy, price from toy where price < 10;
"""
NUMBER = 45  # more than two pages


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of one toy dataset with tables of toys beside it."""
    site = BuildWorkspace(tmp_path_factory.mktemp("toys"))
    site.dataset().write()
    build = site.build().build
    assert build is not None
    rows = [
        (
            f"t{n:02}",
            None if n == 7 else n / 2,
            f"k{n % 3}",
            f"<i>{n}</i>",
            "A&B, c" if n % 2 else "plain",
        )
        for n in range(NUMBER)
    ]
    with closing(sqlite3.connect(build / "hub.db")) as db:
        db.executescript(TOYS)
        db.executemany("insert into toy values (?, ?, ?, ?, ?)", rows)
        db.execute("insert into toy_words (toy_words) values ('rebuild')")
        db.executemany("insert into loose values (?, ?)", [(n, "x") for n in range(3)])
        db.commit()
    return build


class Reader:
    """Somebody who reads pages and follows links."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.address = ""

    async def go(self, address: str, status: int = 200) -> Reading:
        """A page; `address` is where it was at last."""
        answer = await self.client.get(address)
        while answer.status_code == 302:
            address = answer.headers["location"]
            answer = await self.client.get(address)
        assert answer.status_code == status, (address, answer.text[:3000])
        self.address = address
        return Reading(answer.text)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return sorted(parse_qsl(urlsplit(self.address).query, keep_blank_values=True))


@pytest.fixture
async def reader(toys: Path) -> AsyncIterator[Reader]:
    hub = runtime.create_datasette(PROJECT_ROOT, toys)
    await hub.invoke_startup()
    yield Reader(hub.client)
    hub.get_database("hub").close()


@pytest.fixture
async def sql_reader(toys: Path) -> AsyncIterator[Reader]:
    hub = runtime.create_datasette(PROJECT_ROOT, toys, public_sql=True)
    await hub.invoke_startup()
    yield Reader(hub.client)
    hub.get_database("hub").close()


def list_first(page: Reading) -> list[str]:
    """The first cell of each row."""
    return [cells[0] for cells in page.rows[1:]]


async def test_the_conditions_of_a_filter_are_all_operators_each_in_words(reader: Reader) -> None:
    page = await reader.go("/hub/toy")
    options = page.form("_filter_op").options["_filter_op"]
    assert [value.removesuffix("__1") for value, _ in options] == list(
        datasette_parameters.OPERATORS
    )
    words = [text.strip() for _, text in options]
    assert all(words)
    assert len(set(words)) == len(words)


async def test_a_filter_joins_those_in_use_and_facets_search_and_order_stay(reader: Reader) -> None:
    start = "/hub/toy?price__gt=3&_facet=maker&_facet=price&_sort_desc=price&_size=5&_next=5.0,x"
    page = await reader.go(start)
    filters = {"_filter_column": "a__b", "_filter_op": "notblank__1", "_search": "k1"}
    results = await reader.go(page.form("_filter_op").address(**filters))
    assert ("a__b__notblank", "1") in reader.pairs
    expected = [
        *[("_facet", "maker"), ("_facet", "price"), ("_search", "k1"), ("_size", "5")],
        *[("_sort_desc", "price"), ("a__b__notblank", "1"), ("price__gt", "3")],
    ]
    assert reader.pairs == expected
    prices = [float(cells[1]) for cells in results.rows[1:]]
    assert prices == [21.5, 20.0, 18.5, 17.0, 15.5]
    assert dict(results.form("_filter_op").fields)["_search"] == "k1"


@pytest.mark.parametrize(
    ("column", "operator", "value", "condition"),
    [
        ("toy", "exact", "t07", "toy = 't07'"),
        ("_kind", "not", "k1", "_kind <> 'k1'"),
        ("_kind", "contains", "1", "_kind like '%1%'"),
        ("a__b", "startswith", "<i>1", "a__b like '<i>1%'"),
        ("price", "gte", "20", "price >= 20"),
        ("price", "lt", "1", "price < 1"),
        ("price", "isnull__1", "", "price is null"),
        ("price", "isblank__1", "unread", "price is null"),
        ("maker", "exact", "A&B, c", "maker = 'A&B, c'"),
        ("toy", "in", "t01,t44", "toy in ('t01', 't44')"),
    ],
)
async def test_a_filter_from_the_form_shows_its_rows_and_can_be_changed_and_removed(
    reader: Reader, toys: Path, column: str, operator: str, value: str, condition: str
) -> None:
    with closing(sqlite3.connect(toys / "hub.db")) as db:
        keys = db.execute(f"select toy from toy where {condition} order by toy").fetchall()
    expected = [key for (key,) in keys]
    start = await reader.go("/hub/toy?_size=max")
    fields = {"_filter_column": column, "_filter_op": operator, "_filter_value": value}
    page = await reader.go(start.form("_filter_op").address(**fields))
    assert 0 < len(expected) < NUMBER
    assert list_first(page) == expected
    again = await reader.go(page.form("_filter_op").address())
    assert list_first(again) == expected
    unfiltered = await reader.go(page.form("_filter_op").address(_filter_column_1=""))
    assert len(list_first(unfiltered)) == NUMBER
    (remove,) = [href for href, words in page.links if "Remove this filter" in words]
    assert len(list_first(await reader.go(remove))) == NUMBER


async def test_a_click_on_a_heading_sorts_and_another_turns_the_order(reader: Reader) -> None:
    page = await reader.go("/hub/toy?_size=max&price__notnull=1&_facet=maker")
    for order in ("ascending", "descending", "ascending"):
        page = await reader.go(page.link("price"))
        prices = [float(cells[1]) for cells in page.rows[1:]]
        assert prices == sorted(prices, reverse=order == "descending")
        assert [item["words"] for item in page.headings if item.get("aria-sort") == order] == [
            "price"
        ]
        assert ("largest first" in page.words.partition("toy, sorted by price")[2][:20]) is (
            order == "descending"
        )
        assert ("_facet", "maker") in reader.pairs


async def test_a_view_is_sorted_by_the_form(reader: Reader) -> None:
    page = await reader.go("/hub/cheap")
    assert "price" not in [words.strip() for _, words in page.links]
    form = page.form("_filter_op").address(_sort="price", _sort_by_desc="on")
    assert list_first(await reader.go(form))[:2] == ["t19", "t18"]
    assert reader.pairs == [("_sort_desc", "price")]


@pytest.mark.parametrize("query", ["", "_sort_desc=price", "_sort=_kind&price__gt=3"])
async def test_pages_joined_are_all_rows_once_and_lead_back_to_the_first(
    reader: Reader, query: str
) -> None:
    page = await reader.go(f"/hub/toy?{query}")
    first, keys = list_first(page), list_first(page)
    assert "First page" not in page.words
    while "Next page" in page.words:
        page = await reader.go(page.link("Next page"))
        keys += list_first(page)
    assert len(keys) == len(set(keys)) > len(first) == 20
    assert f"{len(keys)} rows" in page.words
    assert list_first(await reader.go(page.link("First page"))) == first


async def test_rows_are_counted_by_a_column_and_a_value_filters_them(reader: Reader) -> None:
    page = await reader.go("/hub/toy?price__gt=3&_next=t30")
    page = await reader.go(page.form("_facet").address(_facet="maker"))
    assert reader.pairs == [("_facet", "maker"), ("price__gt", "3")]
    assert "Rows by maker" in page.words
    filtered = await reader.go(page.link("Maker <b>one</b>", "/hub/toy?"))
    assert "18 rows" in filtered.words
    assert ("maker", "A&B, c") in reader.pairs
    assert "in use" in filtered.words
    stopped = await reader.go(page.link("Stop counting by maker"))
    assert reader.pairs == [("price__gt", "3")]
    assert "Rows by" not in stopped.words


async def test_words_are_searched_where_a_table_has_an_index(reader: Reader) -> None:
    page = await reader.go("/hub/toy?price__lt=10&_facet=maker")
    results = await reader.go(page.form("_search").address(_search="k2"))
    assert list_first(results) == ["t02", "t05", "t08", "t11", "t14", "t17"]
    assert not any("_search" in dict(form.fields) for form in (await reader.go("/hub/loose")).forms)


async def test_no_row_is_said_and_the_filter_stays_to_be_changed(reader: Reader) -> None:
    page = await reader.go("/hub/toy?price__gt=99")
    assert "No row meets these conditions." in page.words
    assert dict(page.form("_filter_op").fields)["_filter_value_1"] == "99"


async def test_exports_hold_the_rows_of_the_page(reader: Reader) -> None:
    page = await reader.go("/hub/toy?price__gt=20&_size=3&_labels=on&_sort_desc=price")
    json = (await reader.client.get(page.link("JSON"))).json()
    assert [row["toy"] for row in json["rows"]] == list_first(page) == ["t44", "t43", "t42"]
    csv = (await reader.client.get(page.link("CSV"))).text.splitlines()
    assert [line.partition(",")[0] for line in csv[1:]] == ["t44", "t43", "t42", "t41"]


async def test_what_a_value_or_a_name_says_is_text_and_no_markup(reader: Reader) -> None:
    page = await reader.go("/hub/toy?_size=1&_facet=a__b&a__b__contains=<i>")
    assert "<i>0</i>" in page.rows[1]
    text = (await reader.client.get("/hub/toy?_size=1&_facet=a__b&a__b__contains=<i>")).text
    assert "<i>" not in text


async def test_a_foreign_key_has_its_label_and_leads_to_its_row_and_back(reader: Reader) -> None:
    page = await reader.go("/hub/toy?_size=1&toy=t01")
    row = await reader.go(page.link("Maker <b>one</b>"))
    assert ["maker", "A&B, c"] in row.rows
    assert ["title", "Maker <b>one</b>"] in row.rows
    rows = await reader.go(row.link("22 rows of toy, in maker"))
    assert "22 rows" in rows.words
    assert list_first(rows)[:2] == ["t01", "t03"]


async def test_only_rows_that_there_are_refer_to_a_row(reader: Reader) -> None:
    plain = await reader.go("/hub/maker/plain")
    assert list_first(await reader.go(plain.link("One row of box, in _maker"))) == ["b1"]
    assert "23 rows of toy, in maker" in plain.words
    assert "refer to this row" not in (await reader.go("/hub/maker/idle")).words


async def test_a_row_shows_each_column_with_its_value_or_that_it_is_missing(reader: Reader) -> None:
    row = await reader.go("/hub/toy/t07")
    assert row.rows[1:] == [
        *[["toy", "t07"], ["price", "missing"], ["_kind", "k1"], ["a__b", "<i>7</i>"]],
        ["maker", "A&B, c"],
    ]
    assert (await reader.client.get(row.link("JSON"))).json()["rows"][0][0] == "t07"
    assert "refer to this row" not in row.words


@pytest.mark.parametrize(("table", "key"), [("loose", "2"), ("pair", "1,2")])
async def test_a_row_without_a_key_of_one_column_is_linked_from_a_column_of_its_own(
    reader: Reader, table: str, key: str
) -> None:
    page = await reader.go(f"/hub/{table}")
    assert page.headings[0]["words"] == "Row"
    row = await reader.go(page.link(key))
    assert len(row.rows) == 1 + len(page.headings) - 1


async def test_a_stored_query_says_what_it_waits_for_and_runs_with_a_value(reader: Reader) -> None:
    page = await reader.go("/hub/figures")
    assert "Fill in the form" in page.words
    nothing = await reader.go(page.form("indicator").address(indicator="no-such"))
    assert "No row meets these conditions." in nothing.words
    assert dict(nothing.form("indicator").fields)["indicator"] == "no-such"
    assert "SQL to change" not in nothing.words


async def test_rows_of_a_public_copy_are_no_way_to_sql(reader: Reader) -> None:
    page = await reader.go("/hub/toy")
    assert page.rows
    assert not [href for href, _ in page.links if "sql=" in href]


async def test_a_private_copy_lists_tables_and_takes_sql_with_fields(sql_reader: Reader) -> None:
    start = await sql_reader.go("/hub")
    assert (await sql_reader.go(start.link("toy"))).rows
    query = start.form("sql").address(sql="select toy from toy where price = :most")
    page = await sql_reader.go(query)
    page = await sql_reader.go(page.form("sql").address(most="4"))
    assert page.rows == [["toy"], ["t08"]]
    assert dict(page.form("sql").fields)["most"] == "4"


async def test_sql_that_fails_stays_on_the_page_with_the_reason(sql_reader: Reader) -> None:
    page = await sql_reader.go("/hub?sql=select+nosuch+from+toy", status=400)
    assert "no such column: nosuch" in page.words
    assert dict(page.form("sql").fields)["sql"].strip() == "select nosuch from toy"


async def test_rows_and_stored_queries_can_be_taken_on_as_sql(sql_reader: Reader) -> None:
    page = await sql_reader.go("/hub/toy?price__gt=21&_sort_desc=price")
    same = await sql_reader.go(page.link("SQL to change"))
    assert list_first(same) == ["t44", "t43"]
    where = await sql_reader.go("/hub/toy?_where=price+>+21&_size=5")
    assert list_first(where) == ["t43", "t44"]
    (remove,) = [href for href, words in where.links if "price > 21" in words]
    assert "45 rows" in (await sql_reader.go(remove)).words
    query = await sql_reader.go("/hub/figures?indicator=x")
    await sql_reader.go(query.link("SQL to change"))
    assert ("indicator", "x") in sql_reader.pairs


async def test_hidden_tables_are_listed_on_request(sql_reader: Reader) -> None:
    start = await sql_reader.go("/hub")
    (href,) = [href for href, words in start.links if "hidden table" in words]
    names = {words for _, words in start.links}
    more = {words for _, words in (await sql_reader.go(href)).links}
    assert "toy_words_data" in more - names
