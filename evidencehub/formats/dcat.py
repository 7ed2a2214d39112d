"""The graph of the catalogue written as Turtle, JSON-LD and RDF/XML: equal graphs, equal bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from rdflib import Graph

from evidencehub.domain.catalogue import Catalogue
from evidencehub.formats.catalogue_graph import build_catalogue_graph


def write_catalogue_graph(catalogue: Catalogue, format_name: str) -> bytes:
    """Return the catalogue as a graph in a format of the table of formats."""
    return _WRITERS[format_name](_build_sorted_graph(catalogue))


@lru_cache(1)
def _build_sorted_graph(catalogue: Catalogue) -> Graph:
    return _sort_graph(build_catalogue_graph(catalogue))


class _SortedGraph(Graph):
    """A graph that gives its subjects in order: RDF/XML is written in the order of the store's."""

    def subjects(self, *args: Any, **options: Any) -> Iterator[Any]:  # type: ignore[override]  # sorted
        names: set[Any] = set(super().subjects(*args, **options))
        return iter(sorted(names))


def _sort_graph(graph: Graph) -> Graph:
    """Return a graph whose statements were made in order, and whose subjects are given so."""
    sorted_graph = _SortedGraph(bind_namespaces="none")
    for prefix, namespace in graph.namespaces():
        sorted_graph.bind(prefix, namespace)
    for triple in sorted(graph):
        sorted_graph.add(triple)
    return sorted_graph


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
