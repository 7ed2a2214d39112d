"""OData as an application: the lists of the API as sets of entities, asked as the API is.

A query becomes a posted one of the API, so that names, codes, cursors and refusals are the API's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

from evidencehub.formats import odata
from evidencehub.formats.format import RowColumn
from evidencehub.formats.odata import EntitySet
from evidencehub.http import asgi
from evidencehub.http.parameters import parse_query_string
from evidencehub.protocols.odata.filters import FilterError, parse_filter
from evidencehub.store.resource_model import ApiResource

BASE = "/odata"
PAGE_ROWS, MAX_ROWS = 1_000, 10_000  # of a page by default; of one with $top and $skip at most
OPTIONS = ("$filter", "$select", "$orderby", "$top", "$skip", "$count", "$format", "$skiptoken")
_JSON_FORMATS = ("json", "application/json")
_ORDER_ITEM = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)(?:\s+(asc|desc))?\s*")
_ANNOTATIONS = ("release", "licence", "comparability", "resolved", "left_out", "near")
AskApi = Callable[[bytes], Awaitable[tuple[int, bytes]]]


class ODataError(ValueError):
    """A request that is refused: its status, and what is wrong."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class ODataApp:
    """OData over the lists of the API to which conditions may be posted.

    `ask_api` posts a query and gives status and JSON of the answer.
    """

    def __init__(self, resources: Sequence[ApiResource], site_url: str, ask_api: AskApi) -> None:
        self._root, self._ask_api = f"{site_url}{BASE}", ask_api
        self._sets = {resource.name: describe_set(resource) for resource in resources}
        self._metadata = odata.write_metadata(list(self._sets.values()))
        self._service = odata.write_service_document(self._root, list(self._sets.values()))

    async def __call__(self, scope: asgi.Scope, _: asgi.Receive, send: asgi.Send) -> None:
        """Answer a request below /odata."""
        try:
            content_type, body = await self._respond(scope)
            status = 200
        except ODataError as error:
            status, content_type = error.status, odata.JSON_TYPE
            body = odata.write_error(str(status), str(error))
        except _RefusedByApiError as refusal:
            status, content_type, body = refusal.status, odata.JSON_TYPE, refusal.body
        headers = [("content-type", content_type), odata.VERSION_HEADER]
        await asgi.send_response(send, status, headers, body)

    async def _respond(self, scope: asgi.Scope) -> tuple[str, bytes]:
        if scope["method"] not in ("GET", "HEAD"):
            raise ODataError(405, "This service is read only. Use GET.")
        path = unquote(scope["path"]).removeprefix(BASE).strip("/")
        options = self._read_options(scope)
        match path.split("/"):
            case [""]:
                return odata.JSON_TYPE, self._service
            case ["$metadata"]:
                return odata.XML_TYPE, self._metadata
            case [name] if name in self._sets:
                return odata.JSON_TYPE, await self._read_page(self._sets[name], options)
            case [name, "$count"] if name in self._sets:
                answer = await self._ask(self._sets[name], {**options, "$top": "1"})
                return "text/plain; charset=utf-8", str(answer["page"]["total"]).encode()
        names = ", ".join(self._sets)
        raise ODataError(404, f"There is nothing at this address. Available sets: {names}.")

    def _read_options(self, scope: asgi.Scope) -> dict[str, str]:
        """Return the options of a query; raise ODataError for one that is not available."""
        options: dict[str, str] = {}
        for name, value in parse_query_string(scope["query_string"].decode("latin-1")):
            key = name if name.startswith("$") else f"${name}"  # 4.01: the sign may be left out
            if key not in OPTIONS:
                listed = ", ".join(OPTIONS)
                raise ODataError(400, f"{name[:60]} is not available. Options: {listed}.")
            if key in options:
                raise ODataError(400, f"{key} is given more than once. Give it once.")
            options[key] = value
        if options.get("$format", "json").partition(";")[0] not in _JSON_FORMATS:
            raise ODataError(415, "The format is not available. Use json.")
        return options

    async def _read_page(self, item: EntitySet, options: Mapping[str, str]) -> bytes:
        answer = await self._ask(item, options)
        page = answer["page"]
        skipped, wanted = _read_number(options, "$skip", 0), _read_number(options, "$top", -1)
        rows = answer["data"][skipped : skipped + wanted if wanted >= 0 else None]
        is_more_wanted = wanted < 0 or wanted > len(rows)
        next_options = {**options, "$skiptoken": page["cursor"]}
        if wanted >= 0:
            next_options["$top"] = str(wanted - len(rows))
        facts = {**page, **answer}
        return odata.write_page(
            self._root,
            item,
            rows,
            selected=",".join(_split_names(options.get("$select", ""))),
            count=page["total"] if options.get("$count") == "true" else None,
            next_link=self._link(item, next_options) if page["cursor"] and is_more_wanted else "",
            annotations={name: facts[name] for name in _ANNOTATIONS if facts[name]},
        )

    def _link(self, item: EntitySet, options: Mapping[str, str]) -> str:
        """Return the address of the next page: nothing of it is skipped."""
        pairs = [(name, value) for name, value in options.items() if name != "$skip"]
        return f"{self._root}/{item.name}?{'&'.join(f'{n}={quote(v)}' for n, v in pairs)}"

    async def _ask(self, item: EntitySet, options: Mapping[str, str]) -> Mapping[str, Any]:
        """Return the answer of the API to a query."""
        body = json.dumps(build_query(item, options)).encode()
        status, data = await self._ask_api(body)
        answer: Mapping[str, Any] = json.loads(data)
        if status != 200:
            raise _RefusedByApiError(status, answer)
        return answer


class _RefusedByApiError(Exception):
    def __init__(self, status: int, answer: Mapping[str, Any]) -> None:
        super().__init__(answer.get("detail", ""))
        details = [
            (problem["code"], problem["message"], problem.get("parameter", ""))
            for problem in answer.get("problems", ())
        ]
        text = answer.get("detail") or answer.get("title", "")
        self.status, self.body = status, odata.write_error(str(status), text, details)


def describe_set(resource: ApiResource) -> EntitySet:
    """Return a list of the API as a set: every column, and the one that tells rows apart."""
    key = "id" if "id" in resource.columns_by_name else resource.item_column
    columns = [RowColumn(c.name, c.column_type, c.description) for c in resource.columns]
    return EntitySet(resource.name, resource.title, key, columns)


def build_query(item: EntitySet, options: Mapping[str, str]) -> dict[str, Any]:
    """Return the posted query of the API; raise ODataError for what cannot be understood."""
    if options.get("$count", "false") not in ("true", "false"):
        raise ODataError(400, "$count is true or false. Write one of them.")
    skipped, wanted = _read_number(options, "$skip", 0), _read_number(options, "$top", -1)
    limit = skipped + (wanted if 0 <= wanted <= PAGE_ROWS else PAGE_ROWS)
    if limit > MAX_ROWS:
        raise ODataError(
            400, f"$skip and $top may come to {MAX_ROWS:,} rows. Follow @odata.nextLink instead."
        )
    query: dict[str, Any] = {"resource": item.name, "limit": max(limit, 1)}
    if "$filter" in options:
        try:
            query["where"] = parse_filter(options["$filter"])
        except FilterError as error:
            raise ODataError(400, str(error)) from None
    if names := _split_names(options.get("$select", "")):
        query["fields"] = names
    if options.get("$orderby", "").strip():
        query["sort"] = _parse_order(options["$orderby"])
    if options.get("$skiptoken"):
        query["cursor"] = options["$skiptoken"]
    return query


def _split_names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    return [] if names == ["*"] else names


def _parse_order(text: str) -> list[str]:
    """Return the columns of $orderby as the API names them: a minus sign for descending."""
    columns = []
    for part in text.split(","):
        match = _ORDER_ITEM.fullmatch(part)
        if match is None:
            raise ODataError(400, "$orderby takes names of columns, each with asc or desc.")
        columns.append(f"-{match[1]}" if match[2] == "desc" else match[1])
    return columns


def _read_number(options: Mapping[str, str], name: str, default: int) -> int:
    text = options.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ODataError(400, f"{name} is a whole number that is not negative. Write one.")
    return int(text)


def mount_odata(application: ODataApp, app: asgi.ASGIApp) -> asgi.ASGIApp:
    """The application with OData in front of it."""

    async def route_request(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        is_odata = scope["type"] == "http" and f"{scope['path']}/".startswith(f"{BASE}/")
        await (application if is_odata else app)(scope, receive, send)

    return route_request
