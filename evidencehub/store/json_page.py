"""The rows of a page as JSON: read at once, with the ids that follow from their keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from operator import itemgetter

from evidencehub.domain.row_identity import build_row_id, build_row_id_sql, sort_key_columns
from evidencehub.store.database import Row
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.query_sql import JSON_SEPARATOR, compile_json_page, compile_json_rows
from evidencehub.store.reference_data import ReferenceData


def read_json_page(
    query: LogicalQuery,
    total: int,
    execute: Callable[..., list[Row]],
    reference_data: ReferenceData,
) -> list[Row]:
    """Return the rows of a page, and one more if others follow.

    Each is a JSON object in UTF-8 and, after it, the values of its place in the order.
    """
    if query.sort_order:
        return execute(*compile_json_rows(query, total, reference_data))
    row_id_sql = build_row_id_sql(query.resource.key_columns)
    has_id = bool(query.columns) and query.columns[0].sql == row_id_sql
    columns = query.columns[1:] if has_id else query.columns
    statement = compile_json_page(replace(query, columns=columns), total, reference_data)
    ((places_json, rows_json),) = execute(*statement)
    places = json.loads(f"[{places_json}]")
    rows = rows_json.split(JSON_SEPARATOR) if places else []
    if has_id:
        rows = _add_ids(query, rows, places)
    return [(row, *place) for row, place in zip(rows, places, strict=True)]


def _add_ids(query: LogicalQuery, rows: list[bytes], places: list[list[str]]) -> list[bytes]:
    """Return the rows with their ids, made here: SQLite would call back once for each of them."""
    key_columns = query.resource.key_columns
    select_key = itemgetter(*map(list(key_columns).index, sort_key_columns(key_columns)))
    ids = [build_row_id(*select_key(place)) for place in places]
    ending = b"," if len(query.columns) > 1 else b""
    return [
        b'{"id":"' + row_id.encode() + b'"' + ending + row[1:]
        for row_id, row in zip(ids, rows, strict=True)
    ]
