"""What the filters of the API choose, judged row by row in plain Python: no SQL is in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evidencehub.api import query_parameters
from evidencehub.api.resources import ALL_RESOURCES, RESOURCES
from evidencehub.store import query_sql
from evidencehub.store import reference_data as known_values
from evidencehub.store.database import HubDatabase
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ApiResource

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
BY_FIGURES = {"datasets": "dataset", "indicators": "indicator"}
COVERED = ("area", "scheme", "ethnicity", "from", "to")
SEARCHED_IN = (
    *("title", "description", "definition", "statement", "detail", "text"),
    *("other_words", "answer"),
)
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
        self.database = HubDatabase(build / "hub.db")
        self.known: ReferenceData = known_values.read_reference_data(
            self.database, build, ALL_RESOURCES
        )
        self.rows = {name: self.read_every_row(resource) for name, resource in RESOURCES.items()}

    def read(self, resource: ApiResource, choice: Choice, **options: str) -> list[Row]:
        """The rows that the API gives, in its order."""
        parameters = [(name, value) for name, values in choice.items() for value in values]
        asked = query_parameters.parse_query(
            resource, [*parameters, *options.items()], self.known, all_rows=True
        )
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

    def is_found(self, row: Row, word: str) -> bool:
        """Whether the search finds a row by a word: nothing synthetic is in it."""
        return row["dataset"] not in self.known.synthetic_datasets and has_word(row, word)

    def fits(self, resource: ApiResource, name: str, choice: Choice, row: Row) -> bool:
        """Whether a row fits any value of one filter."""
        if resource.name in BY_FIGURES and name in COVERED:
            key = BY_FIGURES[resource.name]
            schemes = choice.get("scheme", ()) if name == "ethnicity" else ()
            return any(
                figure[key] == row[key]
                and fits_figure(figure, name, choice[name])
                and (not schemes or is_in_schemes(choice[name], figure, schemes))
                for figure in self.rows["observations"]
            )
        if name == "q":
            return resource.name == "search" or self.is_found(row, choice["q"][0])
        column = MATCHED_IN.get((resource.name, name)) or MATCHED_IN.get(name, name)
        return fits_cell(row, name, column, choice[name])


def has_word(row: Row, word: str) -> bool:
    """Whether a word, in the singular or the plural, stands in the texts of a row."""
    texts = " ".join(row.get(column) or "" for column in SEARCHED_IN).casefold()
    return word.removesuffix("s") in (one.removesuffix("s") for one in _WORDS.findall(texts))


def is_in_schemes(values: Iterable[str], figure: Row, schemes: Sequence[str]) -> bool:
    """Whether the group was named with its scheme, or the figure is in one that is asked for."""
    whole = f"{figure['scheme']}:{figure['ethnicity']}" in values
    return whole or figure["scheme"] in schemes


def fits_figure(figure: Row, name: str, values: Sequence[str]) -> bool:
    return fits_cell(figure, name, MATCHED_IN.get(name, name), values)


def fits_cell(row: Row, name: str, column: str, values: Sequence[str]) -> bool:
    """Whether the cell of a filter's column is one of the values, or within the dates."""
    if name in ("from", "to"):
        return fits_date(row[column], name, values[0])
    if name in ("ethnicity", "group"):
        return bool(set(list_groups(row, name)) & set(values))
    if name == "synthetic":
        return row["synthetic"] is (values[0] == "true")
    cell = row[column]
    if name == "other":
        cell = cell.split(";") if cell else "none"
    if name in ("adjustment", "comparator"):
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
