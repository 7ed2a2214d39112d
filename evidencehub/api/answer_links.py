"""Where else the rows of an answer are: the next page, other formats, a page to read, metadata."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from urllib.parse import quote

from evidencehub.api.filter_values import resolve_day
from evidencehub.formats.format import get_format, list_endings, list_formats
from evidencehub.http.parameters import group_params
from evidencehub.store.reference_data import NONE_VALUE, ReferenceData
from evidencehub.store.resource_model import ApiResource, Filter

BASE = "/api/v1"
AVAILABILITY = "availability"  # the codes that there are, below the address of a resource
POST_QUERY_PATH = f"{BASE}/query"
CSV_METADATA_TYPE = get_format("csv-metadata").media_type
CSV_METADATA_SUFFIX = f".{get_format('csv-metadata').ending}"
Params = Sequence[tuple[str, str]]
Headers = list[tuple[str, str]]
_MAX_LINK_HEADER_CHARS = 4_000  # characters of a header that every client and proxy takes
_URI_CHARACTERS = ":/?#[]@!$&'()*+,;=%"  # those that have a meaning in an address (RFC 3986)


def build_links(
    resource: ApiResource,
    params: Params,
    reference_data: ReferenceData,
    next_cursor: str = "",
    path: str = "",
    ending: str = "json",
) -> dict[str, str]:
    """Return the addresses of this page, the first and the next, of other formats, of a page.

    The pages are those of the format with this `ending`. A CSV has an address of its metadata.
    """
    base_url = f"{reference_data.site_url}{path or f'{BASE}/{resource.name}'}"
    if path == POST_QUERY_PATH:
        return {"self": base_url}  # no address leads to the same rows: `page.cursor` does
    own_url = base_url if ending == "json" else f"{base_url}.{ending}"
    row_params = _drop_params(params, "cursor", "limit")
    first_params = sorted(_drop_params(params, "cursor"), key=lambda pair: pair[0] == "limit")
    links = {"self": _build_url(own_url, params), "first": _build_url(own_url, first_params)}
    if next_cursor:
        links["next"] = _build_url(own_url, [*first_params, ("cursor", next_cursor)])
    for other_ending in list_endings("rows"):
        if other_ending != ending:
            links[other_ending] = _build_url(f"{base_url}.{other_ending}", row_params)
    if ending == "csv":
        links["describedby"] = _build_url(f"{base_url}{CSV_METADATA_SUFFIX}", params)
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


def format_link_header(links: Mapping[str, str], licence_urls: Sequence[str] = ()) -> str:
    """Return the Link header (RFC 8288): the next page, metadata, licences, the other formats.

    What does not fit goes by what a client can do without: other formats, then the first page.
    """
    required = []
    if "describedby" in links:  # first: some readers of CSV on the Web take no other for an answer
        required.append(f'<{links["describedby"]}>; rel="describedby"; type="{CSV_METADATA_TYPE}"')
    required.append('</openapi.json>; rel="service-desc"')
    required += [f'<{links["next"]}>; rel="next"'] if "next" in links else []
    required += [f'<{quote(url, safe=_URI_CHARACTERS)}>; rel="license"' for url in licence_urls]
    optional = [f'<{links["first"]}>; rel="first"'] if "first" in links else []
    optional += [
        f'<{links[entry.ending]}>; rel="alternate"; type="{entry.media_type}"'
        for entry in list_formats("rows")
        if entry.ending in links
    ]
    header_value = ", ".join([*required, *optional])
    return header_value if len(header_value) <= _MAX_LINK_HEADER_CHARS else ", ".join(required)
