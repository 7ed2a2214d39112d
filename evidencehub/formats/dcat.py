"""The graph of the catalogue written as Turtle, JSON-LD and RDF/XML: equal graphs, equal bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree as ET

from rdflib import Graph
from rdflib.namespace import RDF

from evidencehub.domain.catalogue import Catalogue
from evidencehub.formats.catalogue_graph import build_catalogue_graph, dataset_iri

_SUBJECT, _OBJECT = f"{{{RDF}}}about", f"{{{RDF}}}resource"


def write_catalogue_graph(catalogue: Catalogue, format_name: str) -> bytes:
    """Return the catalogue as a graph in a format of the table of formats."""
    return _WRITERS[format_name](_build_graph(catalogue))


def write_dataset_graphs(catalogue: Catalogue) -> list[str]:
    """Return the part of the graph that speaks of each dataset, as RDF/XML without a declaration.

    It is what can be reached from the dataset: its releases and files, terms, places and topics.
    """
    root = ET.fromstring(write_catalogue_graph(catalogue, "rdf-xml"))  # noqa: S314  # our own
    for prefix, namespace in _build_graph(catalogue).namespaces():
        ET.register_namespace(prefix, str(namespace))
    described = {str(element.get(_SUBJECT)): element for element in root}
    return [
        _write_part(root.tag, _list_reachable(described, str(dataset_iri(dataset.name))))
        for dataset in catalogue.datasets
    ]


def _write_part(tag: str, elements: Iterable[ET.Element]) -> str:
    part = ET.Element(tag)
    part.extend(elements)
    return ET.tostring(part, "unicode")


def _list_reachable(described: Mapping[str, ET.Element], start: str) -> list[ET.Element]:
    """Return what a resource is described by, and all that its description leads to."""
    reached, waiting = {start: described[start]}, [start]
    while waiting:
        for fact in described[waiting.pop()]:
            address = str(fact.get(_OBJECT))
            if address in described and address not in reached:
                reached[address] = described[address]
                waiting.append(address)
    return list(reached.values())


_build_graph = lru_cache(1)(build_catalogue_graph)  # for all its serialisations


def _write_turtle(graph: Graph) -> bytes:
    return graph.serialize(format="turtle", encoding="utf-8")


def _write_rdf_xml(graph: Graph) -> bytes:
    return graph.serialize(format="xml", encoding="utf-8")


def _write_json_ld(graph: Graph) -> bytes:
    """Write JSON-LD with a context of our prefixes; its lists are sets, so they are sorted."""
    context = {prefix: str(namespace) for prefix, namespace in sorted(graph.namespaces())}
    document = json.loads(graph.serialize(format="json-ld", context=context))
    text = json.dumps(_sort_sets(document), ensure_ascii=False, sort_keys=True, indent=1)
    return f"{text}\n".encode()


def _sort_sets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sort_sets(member) for key, member in value.items()}
    if isinstance(value, list):
        return sorted(map(_sort_sets, value), key=_sort_key)
    return value


def _sort_key(value: Any) -> str:
    return (
        str(value.get("@id", ""))
        if isinstance(value, dict) and "@id" in value
        else json.dumps(value, sort_keys=True)
    )


_WRITERS: Mapping[str, Callable[[Graph], bytes]] = {
    "turtle": _write_turtle,
    "json-ld": _write_json_ld,
    "rdf-xml": _write_rdf_xml,
}
