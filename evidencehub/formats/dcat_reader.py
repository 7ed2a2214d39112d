"""The distributions of a dataset in a partner's DCAT, whatever its serialisation."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from rdflib import Graph, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS
from rdflib.term import Node

SPDX = Namespace("http://spdx.org/rdf/terms#")
_PARSERS = {
    "text/turtle": "turtle",
    "application/ld+json": "json-ld",
    "application/rdf+xml": "xml",
    "application/json": "json-ld",
    "text/xml": "xml",
    "application/xml": "xml",
}


class UnreadableGraphError(ValueError):
    """A document that is no graph, or not in a serialisation that is read."""


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file that a catalogue lists: address, media type as written, and SHA-256 if stated."""

    url: str
    media_type: str = ""
    sha256: str = ""


def list_distributions(
    document: bytes, media_type: str, base: str, dataset: str
) -> list[ListedFile]:
    """Return the files of a dataset of a catalogue, in the order of their addresses.

    `dataset` is its address in the graph, its identifier or its title. Nothing outside the document
    is read. Raise UnreadableGraphError.
    """
    parser = _PARSERS.get(media_type.partition(";")[0].strip().lower())
    if parser is None:
        raise UnreadableGraphError(media_type)
    if parser == "json-ld" and b'"@context":"http' in document.replace(b" ", b""):
        raise UnreadableGraphError("a context at another address")
    graph = Graph()
    try:
        with warnings.catch_warnings():  # the reader of JSON-LD uses what rdflib itself gives up
            warnings.simplefilter("ignore", DeprecationWarning)
            graph.parse(data=document, format=parser, publicID=base)
    except Exception as error:  # noqa: BLE001 - each parser raises what its reader does
        raise UnreadableGraphError(str(error)) from None
    subjects = {*_find_datasets(graph, dataset)}
    files = (
        _read_distribution(graph, node)
        for subject in subjects
        for node in graph.objects(subject, DCAT.distribution)
    )
    return sorted((file for file in files if file.url), key=lambda file: file.url)


def _find_datasets(graph: Graph, dataset: str) -> Iterator[Node]:
    yield URIRef(dataset)
    for predicate in (DCTERMS.identifier, DCTERMS.title):
        for subject, value in graph.subject_objects(predicate):
            if str(value) == dataset:
                yield subject


def _read_distribution(graph: Graph, node: Node) -> ListedFile:
    address = graph.value(node, DCAT.downloadURL) or graph.value(node, DCAT.accessURL)
    media_type = graph.value(node, DCAT.mediaType) or graph.value(node, DCTERMS["format"])
    checksum = graph.value(node, SPDX.checksum)
    value = graph.value(checksum, SPDX.checksumValue) if checksum is not None else None
    algorithm = graph.value(checksum, SPDX.algorithm) if checksum is not None else None
    is_sha256 = str(algorithm or "").lower().endswith("sha256")
    return ListedFile(
        str(address or ""), str(media_type or ""), str(value) if value and is_sha256 else ""
    )
