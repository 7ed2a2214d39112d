"""What stands around the rows of an answer: the page, releases, licences, comparability, links."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from evidencehub.api import conversion as converted_rows
from evidencehub.api import cursor, details
from evidencehub.api.filter_values import resolve_day
from evidencehub.api.query_parameters import build_item_query
from evidencehub.formats.format import list_endings, list_formats
from evidencehub.store import query_sql
from evidencehub.store.comparability_verdicts import assess_combinations
from evidencehub.store.database import Row
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.reference_data import NONE_VALUE, ReferenceData
from evidencehub.store.resource_model import ApiResource

if TYPE_CHECKING:
    from evidencehub.crosswalk.row_adapter import ConvertedRows

BASE = "/api/v1"
POST_QUERY_PATH = f"{BASE}/query"
_get_json_cell = itemgetter(0)
Params = Sequence[tuple[str, str]]


def render_page(
    query: LogicalQuery,
    rows: Sequence[Row],
    total: int,
    params: Params,
    reference_data: ReferenceData,
    path: str = "",
) -> tuple[bytes, list[tuple[str, str]]]:
    """The answer as JSON, and its own headers.

    `rows` are those of `select.objects`; `params` the parameters as they came,
    `path` the address where it is not the resource's own.
    """
    limit = query.limit or len(rows)
    has_more = len(rows) > limit
    page_rows = rows[:limit] if has_more else rows
    next_cursor = ""
    if has_more:
        position = page_rows[-1][1 : 1 + query_sql.count_position_columns(query)]
        next_cursor = cursor.encode_cursor(position, query.digest, reference_data.edition)
    datasets = _list_distinct_values(query, page_rows, "dataset")
    links = build_links(query.resource, params, reference_data, next_cursor, path)
    metadata = {
        "page": {
            "total": total,
            "returned": len(page_rows),
            "truncated": has_more,
            "limit": limit,
            "next": links.get("next"),
            "cursor": next_cursor or None,
        },
        "release": list_releases(datasets, reference_data),
        "licence": list_licences(datasets, reference_data),
    }
    verdict = assess_page(query, page_rows, reference_data)
    closing_json = (
        f'], {_dump_json(metadata)[1:-1]}, "comparability": {verdict}, '
        f'"links": {_dump_json(links)}}}\n'
    )
    body = b'{"data": [' + b", ".join(map(_get_json_cell, page_rows)) + closing_json.encode()
    return body, [
        *build_headers(total, datasets, reference_data),
        ("link", format_link_header(links)),
    ]


def _dump_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def render_conversion(
    query: converted_rows.ConversionQuery,
    result: ConvertedRows,
    params: Params,
    reference_data: ReferenceData,
) -> tuple[bytes, list[tuple[str, str]]]:
    """The answer with `convert`, as JSON: the rows, and an account of what could not be made."""
    resource = query.page_query.resource
    page_rows, next_cursor = converted_rows.slice_page(query, result.rows, reference_data)
    columns = converted_rows.list_columns(query)
    datasets = sorted({row["dataset"] for row in page_rows})
    links = build_links(resource, params, reference_data, next_cursor)
    facts = list(resource.comparability_sql)
    combinations = frozenset(tuple(row[name] for name in facts) for row in page_rows)
    gaps = [{name: row[name] for name in GAP_COLUMNS} for row in result.unavailable]
    body = {
        "data": [converted_rows.build_json_row(row, columns) for row in page_rows],
        "page": {
            "total": len(result.rows),
            "returned": len(page_rows),
            "truncated": bool(next_cursor),
            "limit": query.page_query.limit or len(result.rows),
            "next": links.get("next"),
            "cursor": next_cursor or None,
        },
        "conversion": {
            "to": query.target_scheme,
            "caveats": list(result.caveats),
            "gaps": gaps,
            "left_out": dict(result.left_out),
        },
        "release": list_releases(datasets, reference_data),
        "licence": list_licences(datasets, reference_data),
        "comparability": json.loads(
            _dump_json(assess_combinations(facts, combinations, reference_data))
            if page_rows
            else "null"
        ),
        "links": links,
    }
    return f"{_dump_json(body)}\n".encode(), [
        *build_headers(len(result.rows), datasets, reference_data),
        ("link", format_link_header(links)),
    ]


GAP_COLUMNS = (
    "dataset", "indicator", "area", "period_start", "period_end", "scheme", "ethnicity",
    "ethnicity_label", "sex", "age", "other", "adjustment", "obs_status", "reason", "from_scheme",
)  # fmt: skip
"""What is told of a group that could not be made."""


def render_item(
    resource: ApiResource,
    name: str,
    execute: Callable[..., list[Row]],
    reference_data: ReferenceData,
) -> tuple[bytes, list[tuple[str, str]]]:
    """A single dataset, indicator, finding or recommendation, with all that belongs to it."""
    query = build_item_query(resource, name, reference_data)
    row = execute(*query_sql.compile_json_rows(query, 1, reference_data))[0]
    detail_row = execute(details.build_details_sql(resource.name), {"id": name})[0]
    data = json.loads(row[0]) | {
        column: cell if column in details.PLAIN_TEXT_COLUMNS or cell is None else json.loads(cell)
        for column, cell in zip(details.DETAIL_COLUMNS[resource.name], detail_row, strict=True)
    }
    datasets = _list_distinct_values(query, [row], "dataset")
    path = f"{BASE}/{resource.name}/{name}"
    links = {
        "self": f"{reference_data.site_url}{path}",
        "page": f"{reference_data.site_url}/hub/{resource.datasette_view}/{name}",
    }
    document = {
        "data": data,
        "release": list_releases(datasets, reference_data),
        "licence": list_licences(datasets, reference_data),
        "links": links,
    }
    return f"{_dump_json(document)}\n".encode(), [("link", format_link_header(links))]


def build_headers(
    total: int, datasets: Iterable[str], reference_data: ReferenceData
) -> list[tuple[str, str]]:
    """Headers that tell of every format: how many rows there are, and of which releases."""
    release_versions = [f"{name}={reference_data.datasets[name]['version']}" for name in datasets]
    headers = [("hub-total", str(total))]
    return (
        [*headers, ("hub-release", ", ".join(release_versions))]
        if release_versions and len(release_versions) <= 20
        else headers
    )


def _list_distinct_values(query: LogicalQuery, rows: Sequence[Row], name: str) -> list[str]:
    """The different values of one fact, in order."""
    sql = query.resource.comparability_sql.get(name)
    if sql is None:
        return []
    index = 1 + query_sql.list_extra_columns(query).index(sql)
    return sorted(set(map(itemgetter(index), rows)))


def list_releases(datasets: Iterable[str], reference_data: ReferenceData) -> list[dict[str, Any]]:
    """Which release of which dataset the rows are of."""
    return [
        {
            "dataset": name,
            "title": reference_data.datasets[name]["title"],
            "version": reference_data.datasets[name]["version"],
            "date": reference_data.datasets[name]["created"],
        }
        for name in datasets
    ]


def list_licences(datasets: Iterable[str], reference_data: ReferenceData) -> list[dict[str, Any]]:
    """Under which terms the rows may be used, and which datasets are under each."""
    datasets_by_licence: dict[tuple[str, str], list[str]] = {}
    for name in datasets:
        dataset = reference_data.datasets[name]
        datasets_by_licence.setdefault((dataset["licence"], dataset["licence_url"]), []).append(
            name
        )
    return [
        {"id": licence, "url": url, "datasets": names}
        for (licence, url), names in datasets_by_licence.items()
    ]


def assess_page(query: LogicalQuery, rows: Sequence[Row], reference_data: ReferenceData) -> str:
    """Whether the rows of this answer may be compared with each other, and why not, as JSON."""
    if "indicator" not in query.resource.comparability_sql or not rows:
        return "null"
    extra_columns = query_sql.list_extra_columns(query)
    indexes = [1 + extra_columns.index(sql) for sql in query.resource.comparability_sql.values()]
    combinations = frozenset(map(itemgetter(*indexes), rows))
    return _dump_json(
        assess_combinations(list(query.resource.comparability_sql), combinations, reference_data)
    )


def build_links(
    resource: ApiResource,
    params: Params,
    reference_data: ReferenceData,
    next_cursor: str = "",
    path: str = "",
) -> dict[str, str]:
    """Where else these rows are: this page, the first and next, other formats, a page to read."""
    base_url = f"{reference_data.site_url}{path or f'{BASE}/{resource.name}'}"
    if (
        path == POST_QUERY_PATH
    ):  # no address leads to the same rows: `page.cursor` goes into the next
        return {"self": base_url}
    rows_query = _encode_query(
        (name, value) for name, value in params if name not in ("cursor", "limit")
    )
    limit_query = _encode_query((name, value) for name, value in params if name == "limit")
    links = {
        "self": _build_url(base_url, _encode_query(params)),
        "first": _build_url(base_url, rows_query, limit_query),
    }
    if next_cursor:
        links["next"] = _build_url(base_url, rows_query, limit_query, f"cursor={next_cursor}")
    links |= {
        ending: _build_url(f"{base_url}.{ending}", rows_query)
        for ending in list_endings("rows")
        if ending != "json"
    }
    list_param = [("list", path.rpartition("/")[2])] if path else []
    page = _build_table_url(resource, [*params, *list_param], reference_data)
    return links | ({"page": f"{reference_data.site_url}{page}"} if page else {})


def _encode_query(params: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name)}={quote(value, safe=':,')}" for name, value in params)


def _build_url(base_url: str, *query_parts: str) -> str:
    query_text = "&".join(filter(None, query_parts))
    return f"{base_url}?{query_text}" if query_text else base_url


_PERIOD_FILTERS = {"from": ("period_start", "gte"), "to": ("period_end", "lte")}
_COMPUTED_COLUMNS = ("status", "verification")  # columns that a table has otherwise than an answer


def _build_table_url(resource: ApiResource, params: Params, reference_data: ReferenceData) -> str:
    """Datasette's page of the same rows; empty where it cannot be asked for the same."""
    if not resource.datasette_view:
        return ""
    view_columns = reference_data.table_columns[resource.datasette_view]
    column_values: dict[str, list[str]] = {}
    for name, value in params:
        filter_ = resource.filters_by_name.get(name)
        if name == "convert":
            return ""
        if filter_ is None:
            continue
        column, operator = _PERIOD_FILTERS.get(filter_.filter_type, (name, ""))
        is_inexpressible = value == NONE_VALUE or (
            filter_.value_set == "ethnicity" and ":" in value
        )
        if (
            column not in view_columns
            or filter_.filter_type in ("text", "boolean")
            or is_inexpressible
            or name in _COMPUTED_COLUMNS
        ):
            return ""
        if operator:
            column_values[f"{column}__{operator}"] = [
                resolve_day(value, end_of_period=name == "to")
            ]
        else:
            column_values.setdefault(column, []).append(value)
    table_params = [
        (n, v[0]) if len(v) == 1 else (f"{n}__in", ",".join(v)) for n, v in column_values.items()
    ]
    return _build_url(f"/hub/{resource.datasette_view}", _encode_query(table_params))


_MAX_LINK_HEADER_CHARS = 4_000  # characters of a header that every client and proxy takes


def format_link_header(links: Mapping[str, str]) -> str:
    """The Link header (RFC 8288) for the next page and the other formats."""
    link_values = ['</openapi.json>; rel="service-desc"']
    media_types = {entry.ending: entry.media_type for entry in list_formats("rows")}
    for name, address in links.items():
        if name in ("next", "first"):
            link_values.append(f'<{address}>; rel="{name}"')
        elif name in media_types:
            link_values.append(f'<{address}>; rel="alternate"; type="{media_types[name]}"')
    header_value = ", ".join(link_values)
    if len(header_value) <= _MAX_LINK_HEADER_CHARS:
        return header_value
    return ", ".join(link for link in link_values if 'rel="next"' in link or "service-desc" in link)
