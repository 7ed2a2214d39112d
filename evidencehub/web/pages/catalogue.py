"""The catalogue for machines: each rendering as the build has it, with the address of the hub."""

from __future__ import annotations

from evidencehub.domain.catalogue import SITE_PLACEHOLDER
from evidencehub.formats import dump
from evidencehub.formats.catalogue_renderings import (
    GRAPH_NAME,
    build_graph_links,
    get_description,
    get_site_rendering,
    locate_rendering,
)
from evidencehub.formats.format import get_format
from evidencehub.http.body_parts import PartedBody
from evidencehub.http.conditional import build_etag
from evidencehub.http.negotiation import select_format
from evidencehub.web.page_request import Document, PageRequest, create_not_found_error


def build_graph(request: PageRequest) -> Document:
    """Return the catalogue as a graph in the format that the client likes best.

    Raise HttpError (406) where it likes none of them.
    """
    entry = get_format(select_format(request.accept, use="graph"))
    body = read_rendering(request, f"{GRAPH_NAME}.{entry.ending}")
    return Document(entry.content_type, body, vary="Accept", links=build_graph_links())


def build_document(request: PageRequest) -> Document:
    """Return the rendering of the whole catalogue that the path names."""
    path = request.path_params["name"]
    content_type = get_site_rendering(path).format.content_type
    return Document(content_type, read_rendering(request, path))


def build_description(request: PageRequest) -> Document:
    """Return a description of a release, in the standard that its name stands for.

    Raise HttpError (404) for a release that is not the current one.
    """
    params = request.path_params
    path = "/".join(("datasets", params["id"], params["version"], params["name"]))
    content_type = get_description(params["name"]).format.content_type
    return Document(content_type, read_rendering(request, path))


def build_dump_manifest(request: PageRequest) -> Document:
    """Return the manifest of the dump at the address of its folder."""
    return Document("application/json", read_rendering(request, dump.MANIFEST_PATH))


def build_archive(request: PageRequest) -> Document:
    """Return every file of every current release as one ZIP file, laid out and not copied."""
    package = read_rendering(request, "datapackage.json")
    sums = read_rendering(request, dump.SUMS_PATH)
    texts, build = [("datapackage.json", package)], request.build_folder
    return Document(
        "application/zip",
        lambda: PartedBody.of_files(dump.lay_out_dump(texts, sums, build)),
        "hub.zip",
        build_etag("dump", package.decode(), sums.decode()),
    )


def read_rendering(request: PageRequest, path: str) -> bytes:
    """Return a rendering of the build, in which the hub has its address.

    Raise HttpError (404) where the build has none of this path.
    """
    try:
        data = (request.build_folder / locate_rendering(path)).read_bytes()
    except FileNotFoundError:
        raise create_not_found_error("rendering of this name") from None
    return data.replace(SITE_PLACEHOLDER.encode(), request.base_url.encode())
