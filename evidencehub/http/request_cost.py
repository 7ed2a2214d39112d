"""Which requests cost much: they have places of their own, and no page waits behind them."""

from __future__ import annotations

from evidencehub.formats.format import list_endings, list_formats
from evidencehub.http.parameters import CanonicalRequest

MAX_QUICK_ROWS = 1_000  # rows of a page of the API that are not counted as an export
_FILE_ENDINGS = {*list_endings("rows"), *list_endings("workbook"), "zip", "ndjson", "png"} - {
    "json"
}
_FILE_MEDIA_TYPES = {
    media_type
    for entry in (*list_formats("rows"), *list_formats("workbook"))
    for media_type in entry.media_types
    if entry.name != "json"
}


_DATA_PATHS = (
    "/odata/",
    "/sdmx/v1/data/",
    "/sdmx/v2/data/",
    "/sdmx/jsonstat/",
)  # many rows, unless asked otherwise
_CKAN_DATA_SUFFIX = "/action/datastore_search"  # filters and counts like a table


def is_costly(request: CanonicalRequest) -> bool:
    """Return whether an answer is made with much work.

    It is a table that is sorted, filtered or counted, a picture, a workbook, a conversion, an
    export, or the answer to a query in a body.
    """
    if not request.is_read or request.path.startswith(_DATA_PATHS):
        return True
    if request.path.rstrip("/").endswith(_CKAN_DATA_SUFFIX):
        return True
    ending = request.path.rpartition("/")[2].rpartition(".")[2].lower()
    if ending in _FILE_ENDINGS or _asks_for_file(request):
        return True
    is_table = request.path.startswith("/hub/") and bool(request.params)
    return is_table or any(_is_costly_parameter(*parameter) for parameter in request.params)


def _asks_for_file(request: CanonicalRequest) -> bool:
    media_types = {name.partition(";")[0].strip() for name in request.accept.lower().split(",")}
    return bool(media_types & _FILE_MEDIA_TYPES) and "text/html" not in media_types


def _is_costly_parameter(name: str, value: str) -> bool:
    if name == "limit":
        return value.isdecimal() and int(value[:9]) > MAX_QUICK_ROWS
    return name == "convert" or (name == "format" and value in _FILE_ENDINGS)
