"""What stands around the rows of an answer: the page, releases, licences, comparability, links."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from evidencehub.api import conversion as converted_rows
from evidencehub.api import cursor, details
from evidencehub.api.filter_values import resolve_day
from evidencehub.api.query_parameters import build_item_query
from evidencehub.formats.format import list_endings, list_formats
from evidencehub.http.parameters import group_params
from evidencehub.store import query_sql
from evidencehub.store.comparability_verdicts import assess_combinations
from evidencehub.store.database import Row
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.reference_data import NONE_VALUE, ReferenceData
from evidencehub.store.resource_model import ApiResource, Filter

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
        "page": _describe_page(total, len(page_rows), limit, next_cursor, links),
        **_describe_origin(datasets, reference_data),
    }
    verdict = assess_page(query, page_rows, reference_data)
    closing_json = (
        f'], {_dump_json(metadata)[1:-1]}, "comparability": {verdict}, '
        f'"links": {_dump_json(links)}}}\n'
    )
    body = b'{"data": [' + b", ".join(map(_get_json_cell, page_rows)) + closing_json.encode()
    link_header = ("link", format_link_header(links))
    return body, [*build_headers(total, datasets, reference_data), link_header]


def _describe_page(
    total: int, returned: int, limit: int, next_cursor: str, links: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "total": total,
        "returned": returned,
        "truncated": bool(next_cursor),
        "limit": limit,
        "next": links.get("next"),
        "cursor": next_cursor or None,
    }


def _describe_origin(datasets: Iterable[str], reference_data: ReferenceData) -> dict[str, Any]:
    """Which releases the rows are of, and on which terms they may be used."""
    rows = {name: reference_data.datasets[name] for name in datasets}
    names_by_licence: dict[tuple[str, str], list[str]] = {}
    for name, row in rows.items():
        names_by_licence.setdefault((row["licence"], row["licence_url"]), []).append(name)
    return {
        "release": [
            {"dataset": n, "title": row["title"], "version": row["version"], "date": row["created"]}
            for n, row in rows.items()
        ],
        "licence": [
            {"id": licence, "url": url, "datasets": names}
            for (licence, url), names in names_by_licence.items()
        ],
    }


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
    total = len(result.rows)
    comparability = assess_combinations(facts, combinations, reference_data) if page_rows else None
    limit = query.page_query.limit or total
    body = {
        "data": [converted_rows.build_json_row(row, columns) for row in page_rows],
        "page": _describe_page(total, len(page_rows), limit, next_cursor, links),
        "conversion": {
            "to": query.target_scheme,
            "caveats": list(result.caveats),
            "gaps": gaps,
            "left_out": dict(result.left_out),
        },
        **_describe_origin(datasets, reference_data),
        "comparability": comparability,
        "links": links,
    }
    link_header = ("link", format_link_header(links))
    headers = [*build_headers(total, datasets, reference_data), link_header]
    return f"{_dump_json(body)}\n".encode(), headers


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
    detail_row = execute(
        details.build_details_sql(resource.name), {"id": name, "site_url": reference_data.site_url}
    )[0]
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
    document = {"data": data, **_describe_origin(datasets, reference_data), "links": links}
    return f"{_dump_json(document)}\n".encode(), [("link", format_link_header(links))]


def build_headers(
    total: int, datasets: Iterable[str], reference_data: ReferenceData
) -> list[tuple[str, str]]:
    """Headers that tell of every format: how many rows there are, and of which releases."""
    release_versions = [f"{name}={reference_data.datasets[name]['version']}" for name in datasets]
    headers = [("hub-total", str(total))]
    if 1 <= len(release_versions) <= 20:
        headers.append(("hub-release", ", ".join(release_versions)))
    return headers


def _list_distinct_values(query: LogicalQuery, rows: Sequence[Row], name: str) -> list[str]:
    """The different values of one fact, in order."""
    sql = query.resource.comparability_sql.get(name)
    if sql is None:
        return []
    index = 1 + query_sql.list_extra_columns(query).index(sql)
    return sorted(set(map(itemgetter(index), rows)))


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
    if path == POST_QUERY_PATH:
        return {"self": base_url}  # no address leads to the same rows: `page.cursor` does
    row_params = _drop_params(params, "cursor", "limit")
    first_params = sorted(_drop_params(params, "cursor"), key=lambda pair: pair[0] == "limit")
    links = {"self": _build_url(base_url, params), "first": _build_url(base_url, first_params)}
    if next_cursor:
        links["next"] = _build_url(base_url, [*first_params, ("cursor", next_cursor)])
    for ending in list_endings("rows"):
        if ending != "json":
            links[ending] = _build_url(f"{base_url}.{ending}", row_params)
    list_param = [("list", path.rpartition("/")[2])] if path else []
    page = _build_table_url(resource, [*params, *list_param], reference_data)
    return links | ({"page": f"{reference_data.site_url}{page}"} if page else {})


def _drop_params(params: Params, *names: str) -> Params:
    return [(name, value) for name, value in params if name not in names]


def _build_url(base_url: str, params: Params) -> str:
    query_text = "&".join(f"{quote(name)}={quote(value, safe=':,')}" for name, value in params)
    return f"{base_url}?{query_text}" if query_text else base_url


_PERIOD_FILTERS = {"from": ("period_start", "gte"), "to": ("period_end", "lte")}
_COMPUTED_COLUMNS = ("status", "verification")  # columns that a table has otherwise than an answer


def _build_table_url(resource: ApiResource, params: Params, reference_data: ReferenceData) -> str:
    """Datasette's page of the same rows; empty where it cannot be asked for the same."""
    columns = reference_data.table_columns.get(resource.datasette_view, ())
    filters = resource.filters_by_name
    selections = [(filters[name], value) for name, value in params if name in filters]
    is_expressible = all(_is_expressible(filter_, value, columns) for filter_, value in selections)
    if not columns or not is_expressible or "convert" in dict(params):
        return ""
    values_by_column = group_params(_express_filter(*selection) for selection in selections)
    table_params = [
        (n, v[0]) if len(v) == 1 else (f"{n}__in", ",".join(v)) for n, v in values_by_column.items()
    ]
    return _build_url(f"/hub/{resource.datasette_view}", table_params)


def _is_expressible(filter_: Filter, value: str, columns: Collection[str]) -> bool:
    """Return whether Datasette can select the same rows by a column of its table."""
    column, _ = _PERIOD_FILTERS.get(filter_.filter_type, (filter_.name, ""))
    is_qualified = filter_.value_set == "ethnicity" and ":" in value
    is_computed = filter_.filter_type in ("text", "boolean") or column in _COMPUTED_COLUMNS
    return column in columns and not is_computed and not is_qualified and value != NONE_VALUE


def _express_filter(filter_: Filter, value: str) -> tuple[str, str]:
    if filter_.filter_type not in _PERIOD_FILTERS:
        return filter_.name, value
    column, operator = _PERIOD_FILTERS[filter_.filter_type]
    return f"{column}__{operator}", resolve_day(value, end_of_period=filter_.name == "to")


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
