"""datastore_search: the observations of a dataset, by the one logical query of the store."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evidencehub.domain.unicode_text import fold_text
from evidencehub.protocols.ckan.parameters import refuse
from evidencehub.store.database import RowReader
from evidencehub.store.indicator_cubes import (
    AnyOf,
    ColumnComparison,
    Predicate,
    build_dataset_query,
)
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.query_sql import compile_count, compile_json_rows
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ApiResource, ResourceColumn

DEFAULT_ROWS, MAX_ROWS = 100, 32_000  # of an answer, as in CKAN
MAX_VALUES, MAX_WORDS = 400, 20  # of a filter, and of a search
_TYPES = {
    "number": "numeric",
    "integer": "int4",
    "boolean": "bool",
    "list": "json",
    "object": "json",
}
"""Types of PostgreSQL that CKAN names; every other column is a text."""
_UNCOMPARED = ("list", "object")


@dataclass(frozen=True, slots=True)
class Datastore:
    """The observations of every dataset, each as one resource of CKAN."""

    resource: ApiResource
    reference_data: ReferenceData

    def search(self, dataset: str, values: Mapping[str, Any], db: RowReader) -> dict[str, Any]:
        """Return the result of datastore_search; raise HttpError (409) for what it cannot mean."""
        query = self._build_query(dataset, values)
        total = self._count(query, db)
        rows: Sequence[Sequence[Any]] = ()
        if values["limit"]:
            rows = db(*compile_json_rows(query, total, self.reference_data, extra_rows=0))
        records = [json.loads(row[0]) for row in rows]
        is_listed = values["records_format"] == "lists"
        counts = {"total": total, "total_was_estimated": False} if values["include_total"] else {}
        choices_made = {name: values[name] for name in ("q", "filters") if name in values}
        choices_made |= {"sort": ", ".join(values["sort"])} if "sort" in values else {}
        return {
            "include_total": values["include_total"],
            "limit": values["limit"],
            "offset": values["offset"],
            "records_format": values["records_format"],
            "resource_id": values["resource_id"],
            **choices_made,
            "fields": [_describe_field(column) for column in query.columns],
            "records": [list(record.values()) for record in records] if is_listed else records,
            **counts,
        }

    def describe(self, dataset: str, resource_id: str, db: RowReader) -> dict[str, Any]:
        """Return the result of datastore_info: the columns with what they mean, and the count."""
        query = build_dataset_query(self.resource, dataset, (), ())
        fields = [
            {**_describe_field(column), "info": {"notes": column.description}}
            for column in self.resource.columns
        ]
        meta = {"id": resource_id, "count": self._count(query, db), "table_type": "BASE TABLE"}
        return {"meta": meta, "fields": fields}

    def _count(self, query: LogicalQuery, db: RowReader) -> int:
        return int(str(db(*compile_count(query, self.reference_data))[0][0]))

    def _build_query(self, dataset: str, values: Mapping[str, Any]) -> LogicalQuery:
        columns = self.resource.columns_by_name
        names = values.get("fields") or list(columns)
        for name in names:
            self._check_column("fields", name, list(columns))
        predicates = [*self._parse_filters(values), *self._parse_words(values.get("q", ""))]
        query = build_dataset_query(self.resource, dataset, predicates, list(dict.fromkeys(names)))
        return replace(
            query,
            sort_order=list(self._parse_sort(values.get("sort", ""))),
            limit=values["limit"],
            offset=values["offset"],
        )

    def _check_column(self, parameter: str, name: str, allowed: Sequence[str]) -> None:
        if name not in allowed:
            choices = ", ".join(allowed)
            raise refuse(parameter, name, "ckan/bad-value/column", choices=choices)

    def _list_compared(self) -> list[str]:
        return [c.name for c in self.resource.columns if c.column_type not in _UNCOMPARED]

    def _parse_filters(self, values: Mapping[str, Any]) -> Iterator[Predicate]:
        for name, value in values.get("filters", {}).items():
            self._check_column("filters", name, self._list_compared())
            wanted = value if isinstance(value, list) else [value]
            if not 0 < len(wanted) <= MAX_VALUES:
                raise refuse("filters", name, "ckan/bad-value/count", maximum=MAX_VALUES)
            column = self.resource.columns_by_name[name]
            yield ColumnComparison(name, "eq", [_parse_cell(column, item) for item in wanted])

    def _parse_words(self, query: str | Mapping[str, Any]) -> Iterator[Predicate]:
        """Yield for each word that a column of texts has it; an object names the column."""
        texts = [c.name for c in self.resource.columns if _describe_field(c)["type"] == "text"]
        named = [("", query)] if isinstance(query, str) else list(query.items())
        for name, text in named:
            if name:
                self._check_column("q", name, texts)
            columns = [name] if name else texts
            for word in _split_words(text):
                yield AnyOf([[ColumnComparison(column, "has", [word])] for column in columns])

    def _parse_sort(self, text: str | Sequence[str]) -> Iterator[tuple[ResourceColumn, bool]]:
        for part in filter(None, (" ".join(part.split()) for part in text)):
            name, _, direction = part.partition(" ")
            if direction.lower() not in ("", "asc", "desc"):
                raise refuse("sort", part, choices="a column, then asc or desc")
            self._check_column("sort", name, list(self.resource.sortable_columns))
            yield self.resource.columns_by_name[name], direction.lower() == "desc"


def _split_words(text: Any) -> list[str]:
    """Return the words of a search as the database compares them."""
    if not isinstance(text, str):
        raise refuse("q", text, "ckan/bad-value/text")
    words = fold_text(text).split()
    if len(words) > MAX_WORDS:
        raise refuse("q", text, "ckan/bad-value/count", maximum=MAX_WORDS)
    return words


def _parse_cell(column: ResourceColumn, value: Any) -> str | float:
    """Return a value as the database compares it; raise HttpError (409) for one of another type."""
    match column.column_type:
        case "number" | "integer" if not isinstance(value, bool):
            try:
                return float(value)
            except (TypeError, ValueError):
                pass
        case "boolean" if str(value).lower() in ("true", "false"):
            return float(str(value).lower() == "true")
        case "number" | "integer" | "boolean":
            pass
        case _ if isinstance(value, str):
            return value
    raise refuse(column.name, value, "ckan/bad-value/cell")


def _describe_field(column: ResourceColumn) -> dict[str, str]:
    return {"id": column.name, "type": _TYPES.get(column.column_type, "text")}
