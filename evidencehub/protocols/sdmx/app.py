"""SDMX REST as an application: which answer an address leads to, and how refusals are told."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from evidencehub.errors import QueryRefusedError
from evidencehub.formats import json_stat, sdmx_errors
from evidencehub.formats.sdmx_media_types import (
    MediaRange,
    MessageKind,
    SdmxFormat,
    describe_formats,
    find_error_syntax,
    select_format,
)
from evidencehub.formats.sdmx_model import ALL_DIMENSIONS, StructureMessage
from evidencehub.formats.sdmx_structures import write_structures
from evidencehub.http import asgi
from evidencehub.http.file_names import build_file_name, format_disposition
from evidencehub.http.parameters import parse_query_string
from evidencehub.http.problem_details import HttpError, describe_query_refusal, make_http_error
from evidencehub.http.quality_values import parse_media_ranges
from evidencehub.protocols.sdmx import availability, data_queries, references, structure_queries
from evidencehub.protocols.sdmx.catalogue import FlowCatalogue
from evidencehub.protocols.sdmx.data_answers import DataAnswer, DataAnswers
from evidencehub.protocols.sdmx.parameters import parse_parameters
from evidencehub.protocols.sdmx.references import FlowReference
from evidencehub.protocols.sdmx.structure_queries import StructureQuery
from evidencehub.store.database import HubDatabase, RowReader
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ApiResource

BASE = "/sdmx"
BASES = ("v1", "v2")
MAX_KEPT_MESSAGES = 64  # structure messages, most of some kilobytes
_V1_RESOURCES = ("data", "metadata", "availableconstraint", "schema")
_V1_DATA = (data_queries.V1_PARAMETERS, data_queries.V1_REFUSED)
_V2_DATA = (data_queries.V2_PARAMETERS, data_queries.V2_REFUSED)
_ERROR_CODES = {
    400: sdmx_errors.SYNTAX_ERROR,
    404: sdmx_errors.NO_RESULTS,
    406: sdmx_errors.NOT_ACCEPTABLE,
    413: sdmx_errors.TOO_LARGE,
    503: sdmx_errors.UNAVAILABLE,
}
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Request:
    """A request below one version of the interface: its path in parts, and what it accepts."""

    base: str
    segments: Sequence[str]
    params: Sequence[tuple[str, str]]
    accepted: Sequence[MediaRange]
    headers: Headers = field(default_factory=lambda: [("vary", "Accept")])

    def select_format(self, kind: MessageKind) -> SdmxFormat:
        """Return the format of the answer; raise HttpError (406) where none is accepted."""
        chosen = select_format(self.accepted, kind, self.base)
        if chosen is None:
            formats = describe_formats(kind, self.base)
            raise make_http_error(406, "sdmx/not-acceptable", self.headers, formats=formats)
        return chosen


class SdmxApp:
    """SDMX over one build."""

    def __init__(
        self, database: HubDatabase, reference_data: ReferenceData, observations: ApiResource
    ) -> None:
        """`observations` is the list of the API whose rows and columns are the data."""
        self._database = database
        self._catalogue = FlowCatalogue(database, reference_data, observations)
        self._answers = DataAnswers(self._catalogue)
        self._messages: OrderedDict[object, bytes] = OrderedDict()

    async def __call__(self, scope: asgi.Scope, _: asgi.Receive, send: asgi.Send) -> None:
        """Answer a request below /sdmx."""
        tracked_send = asgi.TrackedSend(send)
        accepted = list(parse_media_ranges(asgi.get_header(scope, "accept")))
        try:
            await self._dispatch(scope, accepted, tracked_send)
        except (HttpError, QueryRefusedError) as refusal:
            if tracked_send.has_started:
                raise  # the client sees a stream that breaks off, and that is what it is
            error = refusal if isinstance(refusal, HttpError) else describe_query_refusal(refusal)
            code = _ERROR_CODES.get(error.status, sdmx_errors.SEMANTIC_ERROR)
            texts = [problem.message for problem in error.problems]
            syntax = find_error_syntax(accepted)
            content_type, body = sdmx_errors.write_error(
                code, texts, syntax, self._catalogue.sender
            )
            headers = {"vary": "Accept", "content-type": content_type, **dict(error.headers)}
            await asgi.send_response(send, error.status, headers.items(), body)

    async def _dispatch(
        self, scope: asgi.Scope, accepted: Sequence[MediaRange], send: asgi.Send
    ) -> None:
        segments = unquote(scope["path"]).removeprefix(f"{BASE}/").rstrip("/").split("/")
        base, *parts = segments
        params = parse_query_string(scope["query_string"].decode("latin-1"))
        request = _Request(base, parts, params, accepted)
        routes = {"v1": self._route_v1, "v2": self._route_v2, "jsonstat": self._route_json_stat}
        if base not in routes or not await routes[base](request, send):
            path = f"{BASE}/{base}" if base in BASES else f"{BASE}/v2"
            raise make_http_error(404, "sdmx/not-found", base=path)

    async def _route_v1(self, request: _Request, send: asgi.Send) -> bool:
        """Answer a request of version 1; return False where there is nothing at the address."""
        match request.segments:
            case ["data", flow, *rest] if len(rest) <= 2:
                key, provider = [*rest, "", ""][:2]
                references.check_provider(provider, self._catalogue.agency)
                reference = references.parse_v1_reference(flow)
                await self._serve_data(request, reference, key, _V1_DATA, send)
            case ["availableconstraint", flow, *rest] if len(rest) <= 3:
                key, provider, component = [*rest, "", "", ""][:3]
                references.check_provider(provider, self._catalogue.agency)
                reference = references.parse_v1_reference(flow)
                await self._serve_availability(request, reference, key, component, send)
            case ["schema", context, *rest] if len(rest) <= 3:
                await self._serve_schema(request, context, rest, send)
            case [kind, *_] if kind not in _V1_RESOURCES:
                await self._serve_structures(request, request.segments, "+", send)
            case _:
                return False
        return True

    async def _route_v2(self, request: _Request, send: asgi.Send) -> bool:
        """Answer a request of version 2; return False where there is nothing at the address."""
        match request.segments:
            case ["data", context, *rest] if len(rest) <= 4:
                reference = references.parse_v2_reference(context, rest[:3])
                await self._serve_data(request, reference, "".join(rest[3:]), _V2_DATA, send)
            case ["availability", context, *rest] if len(rest) <= 5:
                reference = references.parse_v2_reference(context, rest[:3])
                key, component = [*rest[3:], "", ""][:2]
                await self._serve_availability(request, reference, key, component, send)
            case ["schema", context, *rest] if len(rest) <= 3:
                await self._serve_schema(request, context, rest, send)
            case ["structure", *rest] if rest:
                await self._serve_structures(request, rest, ",", send)
            case _:
                return False
        return True

    async def _route_json_stat(self, request: _Request, send: asgi.Send) -> bool:
        """Answer a request of JSON-stat; return False where there is nothing at the address."""
        match request.segments:
            case []:
                parse_parameters(request.params, ())
                await self._send_json_stat(self._answers.write_collection(), [], send)
            case [flow, *rest] if len(rest) <= 1:
                reference = references.parse_v1_reference(flow)
                await self._serve_json_stat(request, reference, "".join(rest), send)
            case _:
                return False
        return True

    # structures

    async def _serve_structures(
        self, request: _Request, segments: Sequence[str], item_separator: str, send: asgi.Send
    ) -> None:
        refused = ("asOf",) if request.base == "v2" else ()
        values = parse_parameters(request.params, ("references", "detail"), refused)
        query = structure_queries.parse_structure_path(segments, item_separator)
        await self._send_structures(request, query, values, send)

    async def _serve_schema(
        self, request: _Request, context: str, segments: Sequence[str], send: asgi.Send
    ) -> None:
        """Send what data of a dataflow must be like: its structure with all that it refers to."""
        refused = ("deletion", "asOf", "explicitMeasure")
        parse_parameters(request.params, ("dimensionAtObservation",), refused)
        if context not in ("dataflow", "datastructure"):
            raise make_http_error(
                404, "sdmx/not-found/artefact", kind=context[:80], name="/".join(segments)[:80]
            )
        query = structure_queries.parse_structure_path([context, *segments], ",")
        await self._send_structures(request, query, {"references": "descendants"}, send)

    async def _send_structures(
        self, request: _Request, query: StructureQuery, values: Mapping[str, str], send: asgi.Send
    ) -> None:
        def build(db: RowReader) -> StructureMessage:
            return structure_queries.build_structures(query, values, self._catalogue, db)

        key = (repr(query), tuple(sorted(values.items())))
        await self._send_message(request, key, build, send)

    async def _serve_availability(
        self, request: _Request, reference: FlowReference, key: str, component: str, send: asgi.Send
    ) -> None:
        base, names = request.base, availability.PARAMETERS[request.base]
        values = parse_parameters(request.params, names, availability.REFUSED)

        def build(db: RowReader) -> StructureMessage:
            flow = references.find_flow(reference, self._catalogue, db)
            return availability.build_availability(
                base, key, component, values, flow, self._catalogue, db
            )

        cache_key = (repr(reference), key, component, tuple(sorted(values.items())), "availability")
        await self._send_message(request, cache_key, build, send)

    async def _send_message(
        self,
        request: _Request,
        key: object,
        build: Callable[[RowReader], StructureMessage],
        send: asgi.Send,
    ) -> None:
        chosen = request.select_format("structure")
        message_key = (chosen.name, request.base, key)
        body = self._messages.get(message_key)
        if body is None:
            message = await self._database.run_query(build)
            body = await self._database.run_in_thread(
                lambda: write_structures(message, chosen.name)
            )
            self._messages[message_key] = body
            if len(self._messages) > MAX_KEPT_MESSAGES:
                self._messages.popitem(last=False)
        headers = [("content-type", chosen.content_type), *request.headers]
        await asgi.send_response(send, 200, headers, body)

    # data

    async def _serve_data(
        self,
        request: _Request,
        reference: FlowReference,
        key: str,
        names: tuple[Sequence[str], Sequence[str]],
        send: asgi.Send,
    ) -> None:
        values = parse_parameters(request.params, *names)
        chosen = request.select_format("data")
        catalogue, answers = self._catalogue, self._answers

        def read(db: RowReader) -> DataAnswer:
            flow = references.find_flow(reference, catalogue, db)
            query = data_queries.parse_data_query(
                request.base, key, values, flow, catalogue.resource
            )
            return answers.read_answer(query, request.base, db, is_csv=chosen.syntax == "csv")

        answer = await self._database.run_query(read)
        flow = answer.query.flow
        headers = [
            ("content-type", chosen.content_type),
            *request.headers,
            *answers.list_headers(flow, answer.total),
        ]
        if chosen.syntax == "csv":
            name = build_file_name(flow.dataflow.id, ending="csv")
            headers.append(format_disposition(name))
        if answer.is_stream:
            chunks = answers.stream_csv(answer, chosen, self._database)
            await asgi.send_stream(send, headers, lambda: anext(chunks, b""))
            return
        body = await self._database.run_in_thread(lambda: answers.write_document(answer, chosen))
        await asgi.send_response(send, 200, headers, body)

    async def _serve_json_stat(
        self, request: _Request, reference: FlowReference, key: str, send: asgi.Send
    ) -> None:
        """Send a dataflow as JSON-stat: chosen as in version 1, at an address of its own."""
        names = (*data_queries.V1_PARAMETERS[:4], "c")
        values = parse_parameters(request.params, names, data_queries.V1_REFUSED)
        catalogue, answers = self._catalogue, self._answers
        flat = {**values, "dimensionAtObservation": ALL_DIMENSIONS}

        def read(db: RowReader) -> DataAnswer:
            flow = references.find_flow(reference, catalogue, db)
            query = data_queries.parse_data_query("v1", key, flat, flow, catalogue.resource)
            return answers.read_answer(query, "v1", db, is_csv=False)

        answer = await self._database.run_query(read)
        body = await self._database.run_in_thread(lambda: answers.write_json_stat(answer))
        headers = answers.list_headers(answer.query.flow, answer.total)
        await self._send_json_stat(body, headers, send)

    async def _send_json_stat(self, body: bytes, headers: Headers, send: asgi.Send) -> None:
        content_type = ("content-type", json_stat.CONTENT_TYPE)
        await asgi.send_response(send, 200, [content_type, *headers], body)


def mount_sdmx(sdmx: SdmxApp, app: asgi.ASGIApp) -> asgi.ASGIApp:
    """The application with SDMX in front of it."""

    async def route_request(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(f"{BASE}/"):
            await sdmx(scope, receive, send)
        else:
            await app(scope, receive, send)

    return route_request
