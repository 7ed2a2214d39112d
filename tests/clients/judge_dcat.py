"""Judges the catalogue's graphs: equal in three serialisations, and valid by shapes of SHACL.

    python judge_dcat.py SPECIFICATIONS TURTLE JSON-LD RDF-XML

Prints a JSON list of faults, empty where all is well. Runs in a place without the hub.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pyshacl
from rdflib import OWL, RDF, BNode, Graph, Namespace
from rdflib.compare import isomorphic

SH = Namespace("http://www.w3.org/ns/shacl#")
VOCABULARIES = "DCAT-AP 3.0.1, vocabularies"
SHAPES = {
    "DCAT-AP 3.0.1": (
        "dcat-ap-3.0.1/release/dcat-ap-SHACL.ttl",
        "dcat-ap-3.0.1/release/ranges.ttl",
    ),
    "DCAT-AP 3.0.1, pages": ("dcat-ap-3.0.1/html/shapes.ttl", "dcat-ap-3.0.1/html/range.ttl"),
    VOCABULARIES: ("dcat-ap-3.0.1/html/mdr-vocabularies.shape.ttl",),
    "DCAT-US 3.0": ("dcat-us-3.0/dcat-us_3.0_shacl_shapes.ttl",),
}
CANNOT_BE_MET = ("CorporateBodyRestriction", "#agent-", "#checksumAlgorithm_sha256")
"""What the vocabularies ask that nobody can do: a publisher of the EU's list of its own bodies, and
an address of SPDX's algorithms that SPDX does not have (../shared/specs says so too)."""


def main(specifications: str, *files: str) -> None:
    graphs = [
        Graph().parse(file, format=name)
        for file, name in zip(files, ("turtle", "json-ld", "xml"), strict=True)
    ]
    faults = [] if len(graphs[0]) else ["the graph is empty"]
    faults += [
        f"{file} is another graph than {files[0]}"
        for file, graph in zip(files[1:], graphs[1:], strict=True)
        if not isomorphic(graphs[0], graph)
    ]
    if any(isinstance(node, BNode) for triple in graphs[0] for node in triple):
        faults.append("there are blank nodes")
    for name, paths in SHAPES.items():
        excused = CANNOT_BE_MET if name == VOCABULARIES else ()
        faults += [
            f"{name}: {fault}"
            for fault in validate(graphs[0], specifications, paths)
            if not any(text in fault for text in excused)
        ]
    json.dump(faults, sys.stdout, indent=1)


def validate(graph: Graph, specifications: str, paths: tuple[str, ...]) -> Iterator[str]:
    shapes = Graph()
    for path in paths:
        shapes.parse(Path(specifications) / path)
    shapes.remove((None, OWL.imports, None))
    for shape, _, part in list(shapes.triples((None, SH.property, None))):
        if (part, SH.path, None) not in shapes:  # refers to what the file has not
            shapes.remove((shape, SH.property, part))
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes, inference="none")
    for result in report.subjects(RDF.type, SH.ValidationResult):
        facts = [report.value(result, p) for p in (SH.focusNode, SH.resultPath, SH.value)]
        message = report.value(result, SH.resultMessage)
        severity = str(report.value(result, SH.resultSeverity)).rpartition("#")[2]
        if severity == "Violation":
            yield f"{' '.join(map(str, facts))}: {message}"


if __name__ == "__main__":
    main(*sys.argv[1:])
