"""Code lists as linked data: SKOS, with levels as XKOS and mappings to other lists.

Every node has an address: rdflib gives blank nodes a new name each time, and equal requests must
get equal bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from rdflib import Graph, URIRef

XKOS_NAMESPACE = "http://rdf-vocabulary.ddialliance.org/xkos#"
SYNTAXES = {"ttl": "turtle", "jsonld": "json-ld"}
"""The endings of addresses, and the names of the syntaxes in rdflib."""


@dataclass(frozen=True, slots=True)
class SkosConcept:
    """A code: how it is called, what is above it, and which codes of other lists match how.

    `mappings` are pairs of a SKOS property and the address of the other code.
    """

    code: str
    label: str
    language: str
    parent: str = ""
    other_labels: Sequence[str] = ()
    definition: str = ""
    note: str = ""
    mappings: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class SkosScheme:
    """A code list: its address, what is said of it, and its codes in their order."""

    url: str
    title: str
    language: str
    creator: str
    source: str
    rights: str
    note: str
    concepts: Sequence[SkosConcept]


def build_concept_url(scheme_url: str, code: str) -> str:
    """Return the address of a code.

    >>> build_concept_url("https://hub.example.org/codes/age", "18+")
    'https://hub.example.org/codes/age#18%2B'
    """
    return f"{scheme_url}#{quote(code, safe='')}"


def write_skos(scheme: SkosScheme, ending: str) -> bytes:
    """Return a code list in the syntax of an ending: ttl or jsonld."""
    # imported here: a server that is never asked for linked data does without it
    from rdflib import RDF, SKOS, Graph, Literal, URIRef
    from rdflib.namespace import DCTERMS, Namespace

    graph = Graph()
    graph.bind("xkos", Namespace(XKOS_NAMESPACE))
    subject = URIRef(scheme.url)
    graph.add((subject, RDF.type, SKOS.ConceptScheme))
    graph.add((subject, SKOS.prefLabel, Literal(scheme.title, lang="en")))
    graph.add((subject, DCTERMS.title, Literal(scheme.title, lang="en")))
    graph.add((subject, DCTERMS.language, Literal(scheme.language)))
    for name, text in (("creator", scheme.creator), ("rights", scheme.rights)):
        if text:
            graph.add((subject, DCTERMS[name], Literal(text)))
    if scheme.source:
        graph.add((subject, DCTERMS.source, URIRef(quote(scheme.source, safe=_URI_CHARACTERS))))
    if scheme.note:
        graph.add((subject, SKOS.note, Literal(scheme.note, lang="en")))
    for concept in scheme.concepts:
        _add_concept(graph, subject, concept)
    _add_levels(graph, scheme)
    text = str(graph.serialize(format=SYNTAXES[ending], auto_compact=True))
    return (_sort_json(text) if ending == "jsonld" else text).encode()


def _sort_json(text: str) -> str:
    """Return JSON-LD in one order: rdflib's depends on the process, and no list here is ordered."""

    def sort(node: Any) -> Any:
        if isinstance(node, list):
            return sorted(map(sort, node), key=lambda item: json.dumps(item, sort_keys=True))
        return {key: sort(node[key]) for key in sorted(node)} if isinstance(node, dict) else node

    return json.dumps(sort(json.loads(text)), ensure_ascii=False, indent=1) + "\n"


_URI_CHARACTERS = ":/?#[]@!$&'()*+,;=%~"


def _add_concept(graph: Graph, scheme: URIRef, concept: SkosConcept) -> None:
    from rdflib import RDF, SKOS, Literal, URIRef

    def refer(code: str) -> URIRef:
        return URIRef(build_concept_url(str(scheme), code))

    subject = refer(concept.code)
    graph.add((subject, RDF.type, SKOS.Concept))
    graph.add((subject, SKOS.inScheme, scheme))
    graph.add((subject, SKOS.notation, Literal(concept.code)))
    graph.add((subject, SKOS.prefLabel, Literal(concept.label, lang=concept.language)))
    for label in concept.other_labels:
        graph.add((subject, SKOS.altLabel, Literal(label, lang=concept.language)))
    for name, text in (("definition", concept.definition), ("scopeNote", concept.note)):
        if text:
            graph.add((subject, SKOS[name], Literal(text, lang="en")))
    if concept.parent:
        graph.add((subject, SKOS.broader, refer(concept.parent)))
        graph.add((refer(concept.parent), SKOS.narrower, subject))
    else:
        graph.add((subject, SKOS.topConceptOf, scheme))
        graph.add((scheme, SKOS.hasTopConcept, subject))
    for relation, url in concept.mappings:
        graph.add((subject, SKOS[relation], URIRef(url)))


def _add_levels(graph: Graph, scheme: SkosScheme) -> None:
    """Add the levels of a list with several: its codes by how many are above them."""
    from rdflib import RDF, SKOS, XSD, Literal, URIRef
    from rdflib.namespace import Namespace

    xkos = Namespace(XKOS_NAMESPACE)
    depths = find_depths({concept.code: concept.parent for concept in scheme.concepts})
    count = max(depths.values(), default=1)
    if count < 2:
        return
    subject = URIRef(scheme.url)
    graph.add((subject, xkos.numberOfLevels, Literal(count, datatype=XSD.positiveInteger)))
    nodes = [URIRef(f"{scheme.url}#levels-from-{depth}") for depth in range(1, count + 1)]
    graph.add((subject, xkos.levels, nodes[0]))
    for depth, node, following in zip(
        range(1, count + 1), nodes, [*nodes[1:], RDF.nil], strict=True
    ):
        level = URIRef(f"{scheme.url}#level-{depth}")
        graph.add((node, RDF.first, level))
        graph.add((node, RDF.rest, following))
        graph.add((level, RDF.type, xkos.ClassificationLevel))
        graph.add((level, xkos.depth, Literal(depth, datatype=XSD.positiveInteger)))
        for code, own_depth in depths.items():
            if own_depth == depth:
                member = URIRef(build_concept_url(scheme.url, code))
                graph.add((level, SKOS.member, member))


def find_depths(parents: Mapping[str, str]) -> dict[str, int]:
    """Return the level of each code from those of the codes above: 1 where there is none.

    >>> find_depths({"all": "", "a": "all", "a1": "a"})
    {'all': 1, 'a': 2, 'a1': 3}
    """
    depths: dict[str, int] = {}
    for code in parents:
        chain, current = [code], parents[code]
        while current and current not in chain:
            chain.append(current)
            current = parents.get(current, "")
        depths[code] = len(chain)
    return depths
