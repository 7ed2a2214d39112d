"""The API as an application: which handler a path leads to, and how refusals are told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from evidencehub.api import (
    conversion,
    conversion_question,
    csv_metadata,
    details,
    envelope,
    export,
    openapi,
    query_tree,
)
from evidencehub.api.answer_links import (
    AVAILABILITY,
    BASE,
    CSV_METADATA_SUFFIX,
    CSV_METADATA_TYPE,
    Headers,
    Params,
)
from evidencehub.api.answer_metadata import (
    Metadata,
    build_file_metadata,
    build_headers,
    name_rows_file,
)
from evidencehub.api.deprecations import build_deprecation_headers
from evidencehub.api.query_parameters import parse_query
from evidencehub.api.request_checks import build_not_found_error, refuse_parameters, require_method
from evidencehub.api.resources import ALL_RESOURCES, CODES_OF_LIST, RESOURCES
from evidencehub.api.resources.observations import OBSERVATIONS
from evidencehub.errors import QueryRefusedError
from evidencehub.formats.format import get_format, list_posted_query_formats
from evidencehub.http import asgi, negotiation, problem_details
from evidencehub.http.file_names import format_disposition
from evidencehub.http.parameters import parse_query_string, suggest_names
from evidencehub.http.problem_details import (
    HttpError,
    describe_query_refusal,
    make_http_error,
    make_problem,
)
from evidencehub.http.request_body import read_body
from evidencehub.store import query_sql
from evidencehub.store.answer_summary import (
    AnswerSummary,
    ExecuteSql,
    count_excluded_rows,
    summarise_answer,
)
from evidencehub.store.database import HubDatabase
from evidencehub.store.json_page import read_json_page
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.reference_data import ReferenceData, read_reference_data
from evidencehub.store.resource_model import ApiResource
from evidencehub.store.row_bitmaps import RowBitmaps
from evidencehub.store.search_table import register_search_table

MAX_CACHED_SUMMARIES = 1_000  # of some kilobytes each; the database never changes
CSV_METADATA = "csv-metadata"  # instead of the name of a format: what a CSV would have beside it
READ_METHODS, POST_METHODS = "GET, HEAD, OPTIONS", "POST, OPTIONS"


@dataclass(frozen=True, slots=True)
class _Reply:
    """Where rows are sent, in which format, and with which headers beside those of the rows."""

    scope: asgi.Scope
    send: asgi.Send
    format_name: str
    headers: Headers

    @property
    def is_head(self) -> bool:
        return bool(self.scope["method"] == "HEAD")

    @property
    def ending(self) -> str:
        """The ending of the format's addresses; of the metadata of a CSV that of the CSV."""
        return "csv" if self.format_name == CSV_METADATA else self.format_name


def _open_reply(scope: asgi.Scope, send: asgi.Send, suffix: str) -> _Reply:
    """Return a reply in the format of the address's ending, or of the Accept header."""
    if suffix:
        return _Reply(scope, send, suffix, [])
    format_name = negotiation.select_format(asgi.get_header(scope, "accept"))
    return _Reply(scope, send, format_name, [("vary", "Accept")])


def _mark_deprecations(reply: _Reply, resource: ApiResource, params: Params) -> _Reply:
    """Return a reply that says which of the parameters and columns are deprecated."""
    fields = dict(params).get("fields", "")
    columns = fields.split(",") if fields else [column.name for column in resource.columns]
    headers = build_deprecation_headers(resource, [name for name, _ in params], columns)
    return replace(reply, headers=[*reply.headers, *headers])


class ApiApp:
    """The API over one build: its database, what is known of it, and its texts, made once."""

    def __init__(self, build: Path, prefix: str = "") -> None:
        """Read the build; without an address of the site's own, links begin with `prefix`."""
        self.database = HubDatabase(build / "hub.db", [register_search_table])
        reference_data = read_reference_data(self.database, build, ALL_RESOURCES)
        self.reference_data: ReferenceData = replace(
            reference_data, site_url=reference_data.site_url or prefix
        )
        self._conversion_data = conversion_question.read_conversion_data(self.database)
        self._row_bitmaps = RowBitmaps(self.database)
        self._summaries: dict[bytes, AnswerSummary] = {}
        self._openapi_json = openapi.render_openapi(self.reference_data)

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        """Answer a request below /api, or for /openapi.json."""
        tracked_send = asgi.TrackedSend(send)
        try:
            await self._dispatch(scope, receive, tracked_send)
        except (HttpError, QueryRefusedError) as refusal:
            if tracked_send.has_started:
                raise  # the client sees a stream that breaks off, and that is what it is
            error = refusal if isinstance(refusal, HttpError) else describe_query_refusal(refusal)
            headers = [("content-type", problem_details.MEDIA_TYPE), *error.headers]
            body = problem_details.render_problem_json(error, self.reference_data.site_url)
            await asgi.send_response(send, error.status, headers, body)

    async def _dispatch(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        path = unquote(scope["path"]).rstrip("/") or "/"
        if path == f"{BASE}/query":
            require_method(scope, POST_METHODS)
            await self._serve_posted_query(scope, await read_body(receive), send)
            return
        require_method(scope, READ_METHODS)
        if path == "/openapi.json":
            refuse_parameters(scope)
            await _send_json(send, self._openapi_json)
            return
        params = parse_query_string(scope["query_string"].decode("latin-1"))
        path_without_suffix, format_name = _split_suffix(path)
        is_below_base = path_without_suffix == BASE or path_without_suffix.startswith(f"{BASE}/")
        segments = path_without_suffix.removeprefix(BASE).strip("/").split("/")
        match segments if is_below_base else ["?"]:
            case [""] if not format_name:
                refuse_parameters(scope)
                await _send_json(send, self._render_index())
            case [name, *view] if _is_list(name, view):
                reply = _open_reply(scope, send, format_name)
                await self._serve_list(RESOURCES[name], params, reply, is_availability=bool(view))
            case ["codes", code_list] if code_list in self.reference_data.value_sets["list"]:
                reply = _open_reply(scope, send, format_name)
                await self._serve_list(CODES_OF_LIST, params, reply, code_list)
            case [name, identifier] if name in details.DETAIL_COLUMNS:
                refuse_parameters(scope)
                await self._serve_item(RESOURCES[name], identifier, format_name, send)
            case _:
                raise build_not_found_error(segments, self.reference_data)

    async def _serve_list(
        self,
        resource: ApiResource,
        params: Params,
        reply: _Reply,
        code_list: str = "",
        *,
        is_availability: bool = False,
    ) -> None:
        """Send the rows of a list, or the codes that each dimension has in them."""
        reply = _mark_deprecations(reply, resource, params)
        has_conversion = resource is OBSERVATIONS and any(name == "convert" for name, _ in params)
        if has_conversion and not is_availability:
            await self._serve_conversion(params, reply)
            return
        query = parse_query(
            resource,
            params,
            self.reference_data,
            all_rows=reply.format_name != "json",
            path_filter=("list", code_list) if code_list else None,
            is_availability=is_availability,
        )
        path = f"{BASE}/codes/{code_list}" if code_list else ""
        if is_availability:
            path = f"{BASE}/{resource.name}/{AVAILABILITY}"
        await self._serve_rows(query, params, reply, path)

    async def _serve_rows(
        self, query: LogicalQuery, params: Params, reply: _Reply, path: str = ""
    ) -> None:
        """Send the rows of a query: a page of JSON, or all of them as a stream."""
        reference_data = self.reference_data
        if reply.format_name != "json":
            await self._serve_stream(query, params, reply, path)
            return

        def read_page(execute: ExecuteSql) -> tuple[bytes, Headers]:
            resolved = self._row_bitmaps.resolve(query)
            summary = self._summarise(resolved, execute)
            rows = read_json_page(resolved, summary.total, execute, reference_data)
            return envelope.render_page(
                resolved, rows, summary, params, execute, reference_data, path
            )

        body, headers = await self.database.run_query(read_page)
        await _send_json(reply.send, body, [*reply.headers, *headers])

    async def _serve_stream(
        self, query: LogicalQuery, params: Params, reply: _Reply, path: str
    ) -> None:
        """Send rows in a streamed format, or what goes beside them in a CSV."""
        reference_data = self.reference_data

        def read_metadata(execute: ExecuteSql) -> tuple[LogicalQuery, Metadata, Headers]:
            resolved = self._row_bitmaps.resolve(query)
            summary = self._summarise(resolved, execute)
            return resolved, *envelope.describe_stream(
                resolved, summary, params, execute, reference_data, path=path, ending=reply.ending
            )

        query, metadata, own_headers = await self.database.run_query(read_metadata)
        headers = [*reply.headers, *own_headers]
        if reply.format_name == CSV_METADATA:
            title, columns = query.resource.title, query.columns
            body = csv_metadata.render_csv_metadata(title, columns, metadata)
            await _send_csv_metadata(reply.send, body, headers)
            return
        row_format = get_format(reply.format_name)
        headers = [
            ("content-type", row_format.content_type),
            format_disposition(name_rows_file(query, metadata, row_format.ending)),
            *headers,
        ]
        chunks = export.stream_rows(
            row_format,
            query,
            metadata["page"]["total"],
            self.database,
            reference_data,
            build_file_metadata(metadata),
        )
        if reply.is_head:
            await chunks.aclose()
        await asgi.send_stream(reply.send, headers, lambda: anext(chunks, b""))

    async def _serve_conversion(self, params: Params, reply: _Reply) -> None:
        """Figures in another classification; made whole before anything of them is sent."""
        reference_data = self.reference_data
        is_json = reply.format_name == "json"
        query = conversion.parse_conversion_query(params, reference_data, streamed=not is_json)

        def read_conversion(execute: ExecuteSql) -> tuple[bytes, Headers]:
            result = conversion.convert_observations(
                query, execute, reference_data, self._conversion_data
            )
            excluded_rows = count_excluded_rows(query.table_query, execute, reference_data)
            metadata, page_rows = envelope.describe_conversion(
                query,
                result,
                params,
                reference_data,
                ending=reply.ending,
                excluded_rows=excluded_rows,
                near=conversion.find_near(query, result, execute, reference_data),
            )
            columns = conversion.list_columns(query)
            if is_json:
                body = envelope.render_conversion(query, page_rows, metadata)
            elif reply.format_name == CSV_METADATA:
                title = query.page_query.resource.title
                body = csv_metadata.render_csv_metadata(title, columns, metadata)
            else:
                row_format, file_metadata = get_format(reply.ending), build_file_metadata(metadata)
                body = export.render_rows(row_format, columns, page_rows, file_metadata)
            name = name_rows_file(query.page_query, metadata, reply.ending)
            disposition = [] if is_json else [format_disposition(name)]
            return body, [*build_headers(metadata), *disposition]

        body, headers = await self.database.run_query(read_conversion)
        headers = [*reply.headers, *headers]
        if reply.format_name == CSV_METADATA:
            await _send_csv_metadata(reply.send, body, headers)
            return
        headers.append(("content-type", get_format(reply.ending).content_type))
        await asgi.send_response(reply.send, 200, headers, body)

    def _summarise(self, query: LogicalQuery, execute: ExecuteSql) -> AnswerSummary:
        """Return what is true of all rows of a query; read once, whatever the page and format."""
        sql, bindings = query_sql.compile_count(query, self.reference_data)
        statement_text = "\0".join([sql, *(f"{type(v).__name__}{v}" for v in bindings.values())])
        key = hashlib.blake2b(statement_text.encode(), digest_size=16).digest()
        summary = self._summaries.get(key)
        if summary is None:
            summary = summarise_answer(query, execute, self.reference_data)
            if len(self._summaries) >= MAX_CACHED_SUMMARIES:
                self._summaries.clear()
            self._summaries[key] = summary
        return summary

    async def _serve_item(
        self, resource: ApiResource, name: str, format_name: str, send: asgi.Send
    ) -> None:
        if format_name not in ("", "json"):
            raise make_http_error(404, "api/not-found/format")
        names = self.reference_data.value_sets[resource.item_column]
        if name not in names:
            near = suggest_names(name, names, 3, 0.6)
            kind = resource.item_column
            raise HttpError(404, [make_problem("api/not-found/item", "", near, near, kind=kind)])
        body, headers = await self.database.run_query(
            lambda rows: envelope.render_item(resource, name, rows, self.reference_data)
        )
        columns = [column.name for column in resource.columns]
        headers += build_deprecation_headers(resource, (), columns)
        await _send_json(send, body, headers)

    async def _serve_posted_query(self, scope: asgi.Scope, body: bytes, send: asgi.Send) -> None:
        refuse_parameters(scope)
        accept = asgi.get_header(scope, "accept")
        format_name = negotiation.select_format(accept, list_posted_query_formats())
        query = query_tree.parse_query_tree(body, self.reference_data)
        names = [column.name for column in query.columns]
        headers = [
            *(("vary", "Accept"), ("cache-control", "no-store")),
            *build_deprecation_headers(query.resource, query.filter_values, names),
        ]
        await self._serve_rows(
            query, [], _Reply(scope, send, format_name, headers), f"{BASE}/query"
        )

    def _render_index(self) -> bytes:
        site_url = self.reference_data.site_url
        index = {
            "title": "API of the evidence hub",
            "resources": [
                {"name": r.name, "title": r.title, "url": f"{site_url}{BASE}/{r.name}"}
                for r in RESOURCES.values()
            ],
            "links": {"description": f"{site_url}/openapi.json", "guide": f"{site_url}/api"},
        }
        return (json.dumps(index, ensure_ascii=False, indent=1) + "\n").encode()


def _is_list(name: str, view: Sequence[str]) -> bool:
    """Return whether there is a list at an address: a resource, or what is available of it."""
    resource = RESOURCES.get(name)
    if resource is None or not view:
        return resource is not None
    return list(view) == [AVAILABILITY] and bool(resource.dimensions)


async def _send_json(send: asgi.Send, body: bytes, headers: Headers | None = None) -> None:
    content_type = ("content-type", "application/json")
    await asgi.send_response(send, 200, [content_type, *(headers or [])], body)


async def _send_csv_metadata(send: asgi.Send, body: bytes, headers: Headers) -> None:
    content_type = ("content-type", CSV_METADATA_TYPE)
    await asgi.send_response(send, 200, [content_type, *headers], body)


def _split_suffix(path: str) -> tuple[str, str]:
    """Return the path without its ending, and the format that the ending names, if any."""
    if path.endswith(CSV_METADATA_SUFFIX):
        return path.removesuffix(CSV_METADATA_SUFFIX), CSV_METADATA
    return negotiation.split_suffix(path)


def mount_api(api: ApiApp, app: asgi.ASGIApp) -> asgi.ASGIApp:
    """The application with the API in front of it."""

    async def route_request(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        if scope["type"] == "http" and _is_api_path(scope["path"]):
            await api(scope, receive, send)
        else:
            await app(scope, receive, send)

    return route_request


def _is_api_path(path: str) -> bool:
    return path == "/openapi.json" or path.startswith("/api/")
