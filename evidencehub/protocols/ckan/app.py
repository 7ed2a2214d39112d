"""The Action API as an application: which action an address names, and how refusals are told."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from evidencehub.errors import QueryRefusedError
from evidencehub.formats import ckan
from evidencehub.http import asgi
from evidencehub.http.parameters import shorten_value
from evidencehub.http.problem_details import HttpError, describe_query_refusal, make_http_error
from evidencehub.http.request_body import read_body
from evidencehub.protocols.ckan.actions import ACTIONS
from evidencehub.protocols.ckan.catalogue import CkanCatalogue, read_ckan_catalogue
from evidencehub.protocols.ckan.datastore import Datastore
from evidencehub.protocols.ckan.parameters import VALIDATION_STATUS, parse_values, read_members
from evidencehub.store.database import HubDatabase, RowReader
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ApiResource

MAX_SITES = 4  # addresses of the hub for which the catalogue is kept
_PATH = re.compile("/api/(?:[123]/)?action/([^/]*)/?")
_WRITES = re.compile(
    r"\w+_(?:create|update|delete|patch|purge|upsert|revise|invite|add|remove|set|reorder|resend)"
    r"|(?:un)?follow_\w+|bulk_update_\w+|\w+_(?:create|update|delete|patch)_\w+"
)
_KINDS = {
    400: "Search Query Error",
    403: "Authorization Error",
    404: "Not Found Error",
    VALIDATION_STATUS: "Validation Error",
}
_BARE_CODES = ("unknown-action", "bad-json")  # told as a text: there is no action to tell it


class CkanApp:
    """The Action API over one build."""

    def __init__(
        self,
        build: Path,
        prefix: str,
        database: HubDatabase,
        reference_data: ReferenceData,
        observations: ApiResource,
    ) -> None:
        """`prefix` is the path before every address of the site; `observations` a list of the API.

        Its rows and columns are what datastore_search gives.
        """
        self._prefix, self._database = prefix, database
        self._reference_data = reference_data
        self._datastore = Datastore(observations, reference_data)
        self._read_catalogue = lru_cache(MAX_SITES)(lambda site: read_ckan_catalogue(build, site))

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        """Answer a request of an action."""
        site = f"{scope['scheme']}://{asgi.get_header(scope, 'host')}{self._prefix}"
        path = _PATH.fullmatch(unquote(scope["path"]))
        action = path[1] if path else ""
        try:
            body = await read_body(receive) if scope["method"] == "POST" else b""
            result, headers = await self._run(action, scope, body, site)
        except (HttpError, QueryRefusedError) as refusal:
            error = refusal if isinstance(refusal, HttpError) else describe_query_refusal(refusal)
            headers = [("content-type", ckan.CONTENT_TYPE), *error.headers]
            await asgi.send_response(send, error.status, headers, _write_error(action, error, site))
            return
        document = ckan.write_result(action, result, site)
        content_type = ("content-type", ckan.CONTENT_TYPE)
        await asgi.send_response(send, 200, [content_type, *headers], document)

    async def _run(
        self, name: str, scope: asgi.Scope, body: bytes, site: str
    ) -> tuple[Any, list[tuple[str, str]]]:
        """Return the result of an action, and the headers that say of which releases it is."""
        action = ACTIONS.get(name)
        if action is None:
            if _WRITES.fullmatch(name):
                raise make_http_error(403, "ckan/closed", action=name[:80])
            allowed = ", ".join(ACTIONS)
            raise make_http_error(
                400, "ckan/unknown-action", name=shorten_value(name), allowed=allowed
            )
        content_type = asgi.get_header(scope, "content-type")
        members = read_members(scope["query_string"].decode("latin-1"), content_type, body)
        values = parse_values(name, members, action.parameters)
        catalogue: CkanCatalogue = self._read_catalogue(site)
        if action.run is None:
            return await self._run_datastore(name, values, catalogue)
        result = action.run(catalogue, values)
        names = [result["name"]] if name == "package_show" else []
        return result, self._list_headers(names or [p["name"] for p in catalogue.packages])

    async def _run_datastore(
        self, name: str, values: dict[str, Any], catalogue: CkanCatalogue
    ) -> tuple[Any, list[tuple[str, str]]]:
        identifier = values.get("resource_id") or values["id"]
        dataset = catalogue.find_table(identifier)["name"]

        def run(db: RowReader) -> dict[str, Any]:
            if name == "datastore_info":
                return self._datastore.describe(dataset, identifier, db)
            return self._datastore.search(dataset, values, db)

        return await self._database.run_query(run), self._list_headers([dataset])

    def _list_headers(self, datasets: list[str]) -> list[tuple[str, str]]:
        """Return the headers by which caches know an answer; of many datasets only how many."""
        count = ("hub-release-count", str(len(datasets)))
        if len(datasets) != 1:
            return [count]
        version = self._reference_data.datasets[datasets[0]]["version"]
        return [("hub-release", f"{datasets[0]}={version}"), count]


def _write_error(action: str, error: HttpError, site: str) -> bytes:
    """Return a refusal as CKAN tells it; each problem of a parameter stands under its name."""
    message = " ".join(problem.message for problem in error.problems)
    if error.problems[0].code in _BARE_CODES:
        return ckan.write_bad_request(message)
    fields: dict[str, list[str]] = defaultdict(list)
    for problem in error.problems if error.status == VALIDATION_STATUS else ():
        fields[problem.parameter].append(problem.message)
    kind = _KINDS.get(error.status, "Service Error")
    return ckan.write_error(action, kind, message, fields, site)


def mount_ckan(app: CkanApp, inner: asgi.ASGIApp) -> asgi.ASGIApp:
    """The application with the Action API in front of it."""

    async def route_request(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        if scope["type"] == "http" and _PATH.fullmatch(scope["path"]):
            await app(scope, receive, send)
        else:
            await inner(scope, receive, send)

    return route_request
