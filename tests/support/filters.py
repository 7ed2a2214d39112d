"""What the filters of the API choose, judged row by row in plain Python: no SQL is in it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evidencehub.api import query_parameters
from evidencehub.api.resources import ALL_RESOURCES, RESOURCES
from evidencehub.store import query_sql
from evidencehub.store import reference_data as known_values
from evidencehub.store.database import HubDatabase
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ApiResource
from evidencehub.store.row_bitmaps import RowBitmaps
from evidencehub.store.search_table import register_search_table

_WORDS = re.compile(r"\w+")
Row = Mapping[str, Any]
Choice = Mapping[str, Sequence[str]]

MATCHED_IN = {  # the column that a filter goes by, where it has another name
    "workstream": "workstreams",
    ("coverage", "topic"): "topic",
    "topic": "topics",
    ("findings", "indicator"): "indicators",
    ("findings", "from"): "period_start",
    ("findings", "to"): "period_end",
    ("recommendations", "from"): "issued",
    ("recommendations", "to"): "issued",
    ("sources", "from"): "published",
    ("sources", "to"): "published",
    "from": "period_start",
    "to": "period_end",
}
PARENTS_OF_AREAS = (
    "select area, parent from area where parent is not null"
    " union select area, country from area where country is not null"
)
PARENTS_OF_GROUPS = (
    "select list || ':' || code, list || ':' || parent from code where parent is not null"
    " and list in (select list from code_list where kind in ('ethnicity', 'facet'))"
)
FACETS_OF_GROUPS = (
    "select from_scheme || ':' || from_code, to_scheme || ':' || to_code from crosswalk"
    " where to_scheme = 'hub-facet' and to_code is not null"
)
FACET = "hub-facet"
BY_FIGURES = {"datasets": "dataset", "indicators": "indicator"}
COVERED = ("area", "country", "within", "scheme", "ethnicity", "ethnicity_within", "from", "to")
QUALITY = ("ethnicity_known_from", "same_source", "ethnicity_recording")
GROUPS = ("ethnicity", "ethnicity_within", "group", "group_within")
PAGE_TEXTS_SQL = (
    "select kind, id, title || ' ' || words || ' ' || text || ' ' || context || ' ' || sources"
    " from search_page"
)
FACETS_SQL = """
select p.kind, p.id, f.facet, f.code from search_facet as f join search_page as p on p.rowid = f.page
"""
PAGE_FACETS = {"topic": "topic", "area": "place"}  # of a page of the search, by the filter
REQUIRED = {"search": {"q": ["toys"]}, "compare": {"family": ["maternal-mortality"]}}
EVERY = {
    "search": {"q": ["toys"]},
    "compare": {
        "family": ["maternal-mortality", "infant-mortality", "maternal-mortality-relative"]
    },
}


class RichApi:
    """The API's own reader over a build, and every row of every resource."""

    def __init__(self, build: Path) -> None:
        self.database = HubDatabase(build / "hub.db", [register_search_table])
        self.known: ReferenceData = known_values.read_reference_data(
            self.database, build, ALL_RESOURCES
        )
        self.parents = self.read_pairs(PARENTS_OF_AREAS) | self.read_pairs(PARENTS_OF_GROUPS)
        self.facets = self.read_pairs(FACETS_OF_GROUPS)
        self.texts = {
            (kind, name): text for kind, name, text in self.database.fetch_all(PAGE_TEXTS_SQL)
        }
        self.page_facets: dict[tuple[str, str, str], set[str]] = {}
        for kind, name, facet, code in self.database.fetch_all(FACETS_SQL):
            self.page_facets.setdefault((kind, name, facet), set()).add(code)
        self.bitmaps = RowBitmaps(self.database)
        self.rows = {name: self.read_every_row(resource) for name, resource in RESOURCES.items()}

    def read_pairs(self, sql: str) -> dict[str, list[str]]:
        pairs: dict[str, list[str]] = {}
        for first, second in self.database.fetch_all(sql):
            pairs.setdefault(first, []).append(second)
        return pairs

    def list_page_facets(self, name: str) -> set[str]:
        """The codes that pages of the search can be chosen by with a filter."""
        facet = PAGE_FACETS.get(name)
        return {
            code for key, codes in self.page_facets.items() if key[2] == facet for code in codes
        }

    def read(self, resource: ApiResource, choice: Choice, **options: str) -> list[Row]:
        """The rows that the API gives, in its order."""
        parameters = [(name, value) for name, values in choice.items() for value in values]
        asked = query_parameters.parse_query(
            resource, [*parameters, *options.items()], self.known, all_rows=True
        )
        rows = self.select(asked)
        resolved = self.bitmaps.resolve(asked)
        if resolved is not asked:  # the same rows by their rowids, and as many of them
            assert self.select(resolved) == rows, choice
            assert resolved.total == len(rows), choice
            if asked.exclusion:
                count, bound = query_sql.compile_excluded_count(asked, self.known)
                assert self.database.fetch_all(count, bound) == [(resolved.excluded_total,)]
        return rows

    def select(self, asked: LogicalQuery) -> list[Row]:
        """The rows of a query, by SQL."""
        statement, bound = query_sql.compile_json_rows(asked, 0, self.known, 0)
        return [json.loads(row[0]) for row in self.database.fetch_all(statement, bound)]

    def read_every_row(self, resource: ApiResource) -> list[Row]:
        """Every row of a resource, synthetic ones too where a filter can name them."""
        choice: dict[str, Sequence[str]] = {}
        if resource.required_filter:
            choice |= EVERY[resource.name]
        if "dataset" in resource.filters_by_name:
            choice["dataset"] = list(self.known.value_sets["dataset"])
        if "synthetic" in resource.filters_by_name:
            rows = [self.read(resource, {"synthetic": [word]}) for word in ("true", "false")]
            return [*rows[0], *rows[1]]
        return self.read(resource, choice)

    def expect(self, resource: ApiResource, choice: Choice) -> list[Row]:
        """The rows that the words of the filters describe."""
        hidden = self.hide(resource, choice)
        return [
            row
            for row in self.rows[resource.name]
            if not ("dataset" in resource.comparability_sql and row["dataset"] in hidden)
            and all(self.fits(resource, name, choice, row) for name in choice)
        ]

    def hide(self, resource: ApiResource, choice: Choice) -> set[str]:
        """The synthetic datasets that the choice does not name."""
        if "synthetic" in choice:
            return set()
        named = set(choice.get("dataset", ()))
        indicators = choice.get("indicator", ())
        named |= {self.known.indicators[one]["dataset"] for one in indicators}
        return set(self.known.synthetic_datasets) - named

    def list_above(self, text: str) -> list[str]:
        """An area or a group and all that it is below."""
        above = [text]
        for item in above:  # grows while it is walked
            above += [parent for parent in self.parents.get(item, ()) if parent not in above]
        return above

    def list_stood_for(self, row: Row, name: str) -> list[str]:
        """Every value of a filter of groups that stands for a group of the row."""
        column, is_within = name.removesuffix("_within"), name.endswith("_within")
        whole = [group for group in list_groups(row, column) if ":" in group]
        values = [
            value for group in whole for value in (self.list_above(group) if is_within else [group])
        ]
        facets = [facet for group in whole for facet in self.facets.get(group, ())]
        facets += [group for group in whole if group.startswith("hub-facet:")]
        values += [value for facet in facets for value in self.list_above(facet)]
        alone = {value.partition(":")[2] for value in values if value.partition(":")[0] != FACET}
        alone |= {group.partition(":")[2] for group in whole}
        facets_alone = {value.removeprefix(f"{FACET}:") for value in values}
        alone |= {code for code in facets_alone if self.known.schemes_by_group.get(code) == [FACET]}
        return [*values, *alone]

    def is_found(self, resource: ApiResource, row: Row, word: str) -> bool:
        """Whether the search finds a row by a word, in the texts that its page is found by."""
        return has_word(
            self.texts.get((resource.name.removesuffix("s"), row[resource.item_column])), word
        )

    def fits(self, resource: ApiResource, name: str, choice: Choice, row: Row) -> bool:
        """Whether a row fits any value of one filter."""
        if resource.name in BY_FIGURES and name in COVERED:
            key = BY_FIGURES[resource.name]
            schemes = choice.get("scheme", ()) if name in GROUPS else ()
            return any(
                figure[key] == row[key]
                and self.fits_row(figure, name, MATCHED_IN.get(name, name), choice[name])
                and (not schemes or self.is_in_schemes(choice[name], figure, schemes, name))
                for figure in self.rows["observations"]
            )
        if resource.name == "search" and name in PAGE_FACETS:
            codes = self.page_facets.get((row["kind"], row["id"], PAGE_FACETS[name]), set())
            return bool(codes & set(choice[name]))
        if name == "q":
            return resource.name == "search" or self.is_found(resource, row, choice["q"][0])
        column = MATCHED_IN.get((resource.name, name)) or MATCHED_IN.get(name, name)
        return self.fits_row(row, name, column, choice[name])

    def fits_row(self, row: Row, name: str, column: str, values: Sequence[str]) -> bool:
        if name == "within":
            return bool({*self.list_above(row["area"])} & {*values}) if row["area"] else False
        if name == "age_within":
            return any(value == "_T" or lies_within(row["age"], value) for value in values)
        if name in QUALITY:
            indicators = {one["indicator"]: one for one in self.rows["indicators"]}
            cell = indicators[row["indicator"]][name.removesuffix("_from")]
            if name.endswith("_from"):
                return cell is not None and cell >= float(values[0])
            return cell in values
        if name in GROUPS:
            return bool({*self.list_stood_for(row, name)} & {*values})
        if name.endswith("_contains"):
            return is_part(values[0], row[name.removesuffix("_contains")])
        return fits_cell(row, name, column, values)

    def is_in_schemes(
        self, values: Iterable[str], figure: Row, schemes: Sequence[str], name: str
    ) -> bool:
        """Whether the group was named with its scheme, or the figure is in one that is asked for."""
        named = [value for value in values if ":" in value and not value.startswith("hub-facet:")]
        return bool({*self.list_stood_for(figure, name)} & {*named}) or figure["scheme"] in schemes


def lies_within(age: str, other: str) -> bool:
    """Whether every year of one age group is one of another; they are the same, or have bounds."""
    years, whole = list_years(age), list_years(other)
    return age == other or (bool(years) and years <= whole)


def list_years(age: str) -> set[int]:
    """The years of age that a code has: 5-9, 65+ or under-1."""
    bounds = [int(number) for number in re.findall(r"\d+", age)]
    if not bounds:
        return set()
    if age.startswith("under-"):
        return set(range(bounds[0]))
    return set(range(bounds[0], 1_000 if age.endswith("+") else bounds[-1] + 1))


def is_part(part: str, text: str | None) -> bool:
    """Whether a text has a part, whatever the case and the accents."""

    def fold(words: str) -> str:
        letters = unicodedata.normalize("NFKD", words)
        return "".join(c for c in letters if not unicodedata.combining(c)).casefold()

    return text is not None and fold(part) in fold(text)


def has_word(text: str | None, word: str) -> bool:
    """Whether a word, in the singular or the plural, stands in a text."""
    words = _WORDS.findall((text or "").casefold())
    return word.removesuffix("s") in (one.removesuffix("s") for one in words)


def fits_cell(row: Row, name: str, column: str, values: Sequence[str]) -> bool:
    """Whether the cell of a filter's column is one of the values, or within the dates."""
    if name in ("from", "to"):
        return fits_date(row[column], name, values[0])
    if name == "synthetic":
        return row["synthetic"] is (values[0] == "true")
    cell = row[column]
    if name == "other":
        cell = cell.split(";") if cell else "none"
    if name in ("adjustment", "comparator", "origin"):
        cell = cell or "none"
    return bool(set(cell if isinstance(cell, list) else [cell]) & set(values))


def fits_date(cell: str | None, name: str, year: str) -> bool:
    """Whether a date, which may be a month or a year only, lies on this side of the year."""
    if cell is None:
        return False
    return cell[:4] >= year if name == "from" else cell[:4] <= year


def list_groups(row: Row, name: str) -> list[str]:
    """The groups of a row, each as a code and as scheme:code."""
    if name == "ethnicity" and "groups_affected" in row:
        whole = [*row["groups_affected"], *row["groups_compared"]]
    elif name == "ethnicity" and "groups" in row:
        whole = row["groups"]
    elif name == "ethnicity" and "term" in row:
        whole = [f"{row['scheme']}:{row['code']}"]
    else:
        whole = [f"{row['scheme']}:{row[name]}"]
    return [*whole, *(one.partition(":")[2] for one in whole)]
