"""An answer in JSON: the rows, and around them what goes with them in every format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from evidencehub.api import conversion as converted_rows
from evidencehub.api import cursor, details
from evidencehub.api.answer_links import BASE, Headers, Params, build_links
from evidencehub.api.answer_metadata import (
    Metadata,
    PageExtent,
    build_headers,
    describe_answer,
    describe_origin,
)
from evidencehub.api.query_parameters import build_item_query
from evidencehub.store import query_sql
from evidencehub.store.answer_summary import (
    AnswerSummary,
    ExecuteSql,
    compute_content_origin,
    compute_origin,
    digest_facts,
)
from evidencehub.store.comparability_verdicts import assess_combinations
from evidencehub.store.database import Row
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.near_rows import NearRows
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ApiResource

if TYPE_CHECKING:
    from evidencehub.crosswalk.row_adapter import ConvertedRows

_get_json_cell = itemgetter(0)


def render_page(
    query: LogicalQuery,
    rows: Sequence[Row],
    summary: AnswerSummary,
    params: Params,
    execute: ExecuteSql,
    reference_data: ReferenceData,
    path: str = "",
) -> tuple[bytes, Headers]:
    """The answer as JSON, and its own headers.

    `rows` are those of `compile_json_rows`; `params` the parameters as they came,
    `path` the address where it is not the resource's own. Raise HttpError (410) for a cursor of
    an answer that has changed.
    """
    origin = _read_origin(query, summary, execute, reference_data)
    limit = query.limit or len(rows)
    has_more = len(rows) > limit
    page_rows = rows[:limit] if has_more else rows
    next_cursor = ""
    if has_more:
        next_cursor = cursor.encode_cursor(page_rows[-1][1:], query.digest, origin)
    links = build_links(query.resource, params, reference_data, next_cursor, path)
    extent = PageExtent(len(page_rows), limit, next_cursor)
    metadata = describe_answer(
        query.resource, summary, extent, links, reference_data, query.resolved
    )
    rows_json = b", ".join(map(_get_json_cell, page_rows))
    body = b'{"data": [' + rows_json + f"], {_dump_json(metadata)[1:]}\n".encode()
    return body, build_headers(metadata)


def describe_stream(
    query: LogicalQuery,
    summary: AnswerSummary,
    params: Params,
    execute: ExecuteSql,
    reference_data: ReferenceData,
    *,
    path: str = "",
    ending: str,
) -> tuple[Metadata, Headers]:
    """Return what goes with rows that are streamed: known before the first of them is read.

    The entity tag among the headers names what they are made from. Raise HttpError (410) for a
    cursor of an answer that has changed.
    """
    origin = _read_origin(query, summary, execute, reference_data)
    next_cursor = ""
    if query.limit is not None and summary.total > query.limit:
        sql = query_sql.compile_last_position(query, summary.total, reference_data)
        places = execute(*sql)
        if len(places) > 1:
            next_cursor = cursor.encode_cursor(places[0][1:], query.digest, origin)
    links = build_links(query.resource, params, reference_data, next_cursor, path, ending)
    returned = query.limit if next_cursor else None
    if query.cursor_position is None:
        returned = min(query.limit or summary.total, summary.total)
    extent = PageExtent(returned, query.limit, next_cursor)
    metadata = describe_answer(
        query.resource, summary, extent, links, reference_data, query.resolved
    )
    origin = compute_content_origin(query, summary, execute, reference_data)
    headers = build_headers(metadata)
    return metadata, [*headers, ("etag", f'"{digest_facts([origin, metadata])}"')]


def _read_origin(
    query: LogicalQuery, summary: AnswerSummary, execute: ExecuteSql, reference_data: ReferenceData
) -> str:
    """Return what a cursor of the answer is sealed with; raise HttpError (410) for one outdated."""
    if query.cursor_position is None and summary.total <= (query.limit or summary.total):
        return ""  # the answer is one page: no cursor comes or goes
    origin = compute_origin(query, summary, execute, reference_data)
    cursor.require_current(query, origin)
    return origin


def _dump_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def describe_conversion(
    query: converted_rows.ConversionQuery,
    result: ConvertedRows,
    params: Params,
    reference_data: ReferenceData,
    *,
    ending: str,
    excluded_rows: int,
    near: Sequence[NearRows] = (),
) -> tuple[Metadata, Sequence[Mapping[str, Any]]]:
    """Return what goes with converted rows in every format, and the rows of the page.

    `excluded_rows` are the synthetic ones that nobody named, `near` what there is if no row is.
    """
    resource = query.page_query.resource
    page_rows, next_cursor = converted_rows.slice_page(query, result.rows)
    links = build_links(resource, params, reference_data, next_cursor, "", ending)
    total = len(result.rows)
    limit = query.page_query.limit or (total if ending == "json" else None)
    summary = AnswerSummary(
        total,
        sorted({row["dataset"] for row in result.rows}),
        assess_combinations(
            "values",
            converted_rows.list_facts(result.rows),
            reference_data,
            converted_rows.list_unshared_periods(result.rows),
        )
        if total
        else None,
        excluded_rows,
        indicators={row["indicator"] for row in result.rows},
        near=near,
    )
    extent = PageExtent(len(page_rows), limit, next_cursor)
    metadata = describe_answer(
        resource, summary, extent, links, reference_data, query.page_query.resolved
    )
    metadata["page"]["left_out"] += [
        {"code": NOT_CONVERTED, "rows": count, "text": reason}
        for reason, count in result.left_out.items()
    ]
    account = {
        "to": query.target_scheme,
        "caveats": list(result.caveats),
        "gaps": [{name: row[name] for name in GAP_COLUMNS} for row in result.unavailable],
        "left_out": dict(result.left_out),
    }
    return {**metadata, "conversion": account}, page_rows


NOT_CONVERTED = "not-converted"
"""The code of the rows that went into no category of the target."""
GAP_COLUMNS = (
    "dataset", "indicator", "area", "period_start", "period_end", "scheme", "ethnicity",
    "ethnicity_label", "sex", "age", "other", "adjustment", "obs_status", "reason", "from_scheme",
)  # fmt: skip
"""What is said of a group that could not be made."""


def render_conversion(
    query: converted_rows.ConversionQuery,
    page_rows: Sequence[Mapping[str, Any]],
    metadata: Metadata,
) -> bytes:
    """Return the answer with `convert` as JSON."""
    columns = converted_rows.list_columns(query)
    rows = [converted_rows.build_json_row(row, columns) for row in page_rows]
    return f"{_dump_json({'data': rows, **metadata})}\n".encode()


def render_item(
    resource: ApiResource,
    name: str,
    execute: Callable[..., list[Row]],
    reference_data: ReferenceData,
) -> tuple[bytes, Headers]:
    """A single dataset, indicator, finding or recommendation, with all that belongs to it."""
    query = build_item_query(resource, name, reference_data)
    row = execute(*query_sql.compile_json_rows(query, 1, reference_data))[0]
    detail_row = execute(
        details.build_details_sql(resource.name), {"id": name, "site_url": reference_data.site_url}
    )[0]
    details_by_name = details.DETAIL_COLUMNS[resource.name]
    data = json.loads(row[0]) | {
        name: json.loads(cell) if detail.members and cell is not None else cell
        for (name, detail), cell in zip(details_by_name.items(), detail_row, strict=True)
    }
    path = f"{BASE}/{resource.name}/{name}"
    links = {
        "self": f"{reference_data.site_url}{path}",
        "page": f"{reference_data.site_url}/hub/{resource.datasette_view}/{name}",
    }
    indicators = (name,) if resource.name == "indicators" else ()
    origin = describe_origin([data["dataset"]], reference_data, indicators)
    metadata = {**origin, "links": links}
    document = {"data": data, **metadata}
    return f"{_dump_json(document)}\n".encode(), build_headers(metadata)
