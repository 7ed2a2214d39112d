"""OAI-PMH as an application: the six verbs over the records of a build."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from evidencehub.domain.catalogue import SITE_PLACEHOLDER
from evidencehub.formats import oai_pmh
from evidencehub.formats.catalogue_renderings import CATALOGUE_FOLDER
from evidencehub.http import asgi
from evidencehub.http.parameters import parse_query_string, shorten_value
from evidencehub.http.problem_details import HttpError
from evidencehub.http.request_body import read_body
from evidencehub.protocols.oai.arguments import (
    HarvestPosition,
    OaiError,
    parse_arguments,
    parse_range,
    parse_token,
)

BASE = "/oai"
PAGE_RECORDS = 25  # of one response
MAX_SITES = 4  # addresses of the hub for which the records are kept
Values = Mapping[str, str]
Content = list[ET.Element | str]
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Repository:
    """The records of a build for a hub at an address; `document` is as the format writes it."""

    document: Mapping[str, Any]
    site: str

    @property
    def base_url(self) -> str:
        """The address of the repository."""
        return f"{self.site}{BASE}"

    def answer(self, verb: str, values: Values) -> Content:
        """Return the content of a response; raise OaiError for what cannot be answered."""
        return _ANSWERS[verb](self, values)

    def build_identifier(self, name: str) -> str:
        """Return the identifier of a record."""
        return f"oai:{urlsplit(self.site).hostname}:{name}"

    def find_record(self, identifier: str) -> Record:
        """Return a record by its identifier; raise OaiError where there is none."""
        for record in self.document["records"]:
            if self.build_identifier(record["name"]) == identifier:
                return dict(record)
        raise OaiError("idDoesNotExist", "oai/no-record", name=shorten_value(identifier))

    def build_header(self, record: Record) -> ET.Element:
        """Return the header of a record."""
        identifier = self.build_identifier(record["name"])
        return oai_pmh.build_header(
            identifier, record["datestamp"], record["sets"], deleted=not record["metadata"]
        )


def _identify(repository: Repository, _: Values) -> Content:
    document = repository.document
    stamps = [record["datestamp"] for record in document["records"]]
    facts = [
        ("repositoryName", document["name"]),
        ("baseURL", repository.base_url),
        ("protocolVersion", "2.0"),
        ("adminEmail", document["email"]),
        ("earliestDatestamp", min(stamps, default=document["changed_at"])),
        ("deletedRecord", "persistent"),
        ("granularity", "YYYY-MM-DDThh:mm:ssZ"),
        ("compression", "gzip"),
    ]
    return [oai_pmh.build_elements("Identify", facts)]


def _list_formats(repository: Repository, values: Values) -> Content:
    if "identifier" in values:
        repository.find_record(values["identifier"])
    formats = [
        oai_pmh.build_elements(
            "metadataFormat",
            [("metadataPrefix", prefix), ("schema", schema), ("metadataNamespace", namespace)],
        )
        for prefix, (schema, namespace) in oai_pmh.FORMATS.items()
    ]
    return [oai_pmh.join_list("ListMetadataFormats", formats)]


def _list_sets(repository: Repository, values: Values) -> Content:
    if "resumptionToken" in values:  # the list is whole, so nobody was given one
        raise OaiError("badResumptionToken", "oai/bad-token")
    sets = [
        oai_pmh.build_elements("set", [("setSpec", name), ("setName", title)])
        for name, title in repository.document["sets"].items()
    ]
    return [oai_pmh.join_list("ListSets", sets)]


def _get_record(repository: Repository, values: Values) -> Content:
    record = repository.find_record(values["identifier"])
    _check_prefix(values["metadataPrefix"])
    return [oai_pmh.join_list("GetRecord", [_write(repository, record, values["metadataPrefix"])])]


def _write(repository: Repository, record: Record, prefix: str) -> str:
    metadata = record["metadata"].get(prefix, "")
    return oai_pmh.write_record(repository.build_header(record), metadata)


def _check_prefix(prefix: str) -> None:
    if prefix not in oai_pmh.FORMATS:
        formats = ", ".join(oai_pmh.FORMATS)
        name = shorten_value(prefix)
        raise OaiError("cannotDisseminateFormat", "oai/no-format", name=name, formats=formats)


def _list_records(repository: Repository, values: Values) -> Content:
    return _list_page(repository, "ListRecords", values)


def _list_identifiers(repository: Repository, values: Values) -> Content:
    return _list_page(repository, "ListIdentifiers", values)


def _list_page(repository: Repository, verb: str, values: Values) -> Content:
    """Return the next records of a list, and a token where others follow."""
    if token := values.get("resumptionToken", ""):
        position = parse_token(verb, token)
    else:
        _check_prefix(values["metadataPrefix"])
        start, end = parse_range(values)
        position = HarvestPosition(
            verb, values["metadataPrefix"], values.get("set", ""), start, end
        )
    records = list(_select_records(repository, position))
    rest = [r for r in records if (r["datestamp"], r["name"]) > (position.datestamp, position.name)]
    if not rest:
        codes = (
            ("badResumptionToken", "oai/bad-token") if token else ("noRecordsMatch", "oai/no-match")
        )
        raise OaiError(*codes)
    page = rest[:PAGE_RECORDS]
    parts = _write_page(repository, page, position)
    if token or len(rest) > len(page):
        parts.append(_build_token(position, page, len(records), is_last=len(rest) == len(page)))
    return [oai_pmh.join_list(verb, parts)]


def _write_page(repository: Repository, page: list[Record], position: HarvestPosition) -> Content:
    if position.verb == "ListIdentifiers":
        return [repository.build_header(record) for record in page]
    return [_write(repository, record, position.prefix) for record in page]


def _build_token(
    position: HarvestPosition, page: list[Record], size: int, *, is_last: bool
) -> ET.Element:
    last = page[-1]
    following = replace(
        position, datestamp=last["datestamp"], name=last["name"], count=position.count + len(page)
    )
    return oai_pmh.build_text_element(
        "resumptionToken",
        "" if is_last else following.write_token(),
        completeListSize=str(size),
        cursor=str(position.count),
    )


def _select_records(repository: Repository, position: HarvestPosition) -> Iterator[Record]:
    """Yield the records of a list in order.

    What is left of a withdrawn dataset does not say in which sets it was: it is in every list, so
    that whoever has a copy learns of it.
    """
    for record in repository.document["records"]:
        is_member = position.set_name in ("", *record["sets"]) or not record["metadata"]
        is_late = position.end and record["datestamp"] > position.end
        if is_member and not is_late and record["datestamp"] >= position.start:
            yield record


_ANSWERS: Mapping[str, Callable[[Repository, Values], Content]] = {
    "Identify": _identify,
    "ListMetadataFormats": _list_formats,
    "ListSets": _list_sets,
    "ListIdentifiers": _list_identifiers,
    "ListRecords": _list_records,
    "GetRecord": _get_record,
}


def read_repository(build: Path, site: str) -> Repository:
    """Return the records of a build for a hub at an address."""
    data = (build / CATALOGUE_FOLDER / oai_pmh.PATH).read_bytes()
    return Repository(json.loads(data.replace(SITE_PLACEHOLDER.encode(), site.encode())), site)


class OaiApp:
    """OAI-PMH over one build."""

    def __init__(self, build: Path, prefix: str) -> None:
        """`prefix` is the path before every address of the site."""
        self._prefix = prefix
        self._read = lru_cache(MAX_SITES)(lambda site: read_repository(build, site))

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        """Answer a request; a refusal is an answer too (status 200), as the standard has it."""
        site = f"{scope['scheme']}://{asgi.get_header(scope, 'host')}{self._prefix}"
        repository: Repository = self._read(site)
        request: dict[str, str] = {}
        content: Content
        try:
            params = parse_query_string(scope["query_string"].decode("latin-1"))
            if scope["method"] == "POST":
                body = (await read_body(receive)).decode("latin-1")
                params += parse_query_string(body.strip())
            verb, values = parse_arguments(params)
            content = repository.answer(verb, values)
            request = {"verb": verb, **values}
        except OaiError as error:
            if error.error_code not in ("badVerb", "badArgument"):
                request = dict(params)
            content = [_build_error(error.error_code, str(error))]
        except HttpError as error:
            if error.status != 400:
                raise
            content = [_build_error("badArgument", str(error))]
        moment = repository.document["changed_at"]
        document = oai_pmh.write_envelope(moment, repository.base_url, request, content)
        count = str(len(repository.document["records"]))
        headers = [("content-type", oai_pmh.CONTENT_TYPE), ("hub-release-count", count)]
        await asgi.send_response(send, 200, headers, document)


def _build_error(code: str, text: str) -> ET.Element:
    return oai_pmh.build_text_element("error", text, code=code)


def mount_oai(app: OaiApp, inner: asgi.ASGIApp) -> asgi.ASGIApp:
    """The application with OAI-PMH in front of it."""

    async def route_request(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        if scope["type"] == "http" and scope["path"].rstrip("/") == BASE:
            await app(scope, receive, send)
        else:
            await inner(scope, receive, send)

    return route_request
