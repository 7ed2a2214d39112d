"""The graph of the catalogue is the same in each serialisation, and says what has to be said."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS, RDF, RDFS

from evidencehub.domain.catalogue import AWAITING_NOTE, SYNTHETIC_NOTE, build_site_url
from evidencehub.formats.catalogue_graph import build_catalogue_graph
from evidencehub.formats.dcat import write_catalogue_graph, write_dataset_graphs
from evidencehub.formats.graph_statements import ADMS, DCAT
from tests.support.dataset_builder import PROJECT_ROOT
from tests.support.toy_catalogue import describe_catalogue, describe_toys

PARSERS = {"turtle": "turtle", "json-ld": "json-ld", "rdf-xml": "xml"}
TOYS = URIRef(build_site_url("/datasets/toys#dataset"))


@pytest.fixture(scope="module")
def graph() -> Graph:
    return build_catalogue_graph(describe_catalogue())


def read_statement(graph: Graph, name: str, predicate: URIRef) -> str:
    node = graph.value(URIRef(build_site_url(f"/datasets/{name}#dataset")), predicate)
    return str(graph.value(node, RDFS.label)) if node else ""


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own reader
@settings(max_examples=25)
@given(text=st.text(min_size=1).map(str.strip).filter(bool))
def test_every_serialisation_is_the_same_graph(text: str) -> None:
    toys = replace(describe_toys(), title=text, homepage=f"https://example.org/{text}")
    catalogue = replace(describe_catalogue(), datasets=(toys,))
    expected = build_catalogue_graph(catalogue)
    for name, parser in PARSERS.items():
        data = write_catalogue_graph(catalogue, name)
        assert isomorphic(Graph().parse(data=data, format=parser), expected), name


def test_the_part_of_a_dataset_is_all_that_its_statements_lead_to(graph: Graph) -> None:
    catalogue = describe_catalogue()
    for dataset, text in zip(catalogue.datasets, write_dataset_graphs(catalogue), strict=True):
        start = URIRef(build_site_url(f"/datasets/{dataset.name}#dataset"))
        expected, waiting = Graph(), [start]
        while waiting:
            for triple in graph.triples((waiting.pop(), None, None)):
                if triple not in expected:
                    expected.add(triple)
                    waiting.append(triple[2])
        assert isomorphic(Graph().parse(data=text, format="xml"), expected)
        others = {other.name for other in catalogue.datasets} - {dataset.name}
        assert not any(build_site_url(f"/datasets/{name}#dataset") in text for name in others)


def test_equal_catalogues_give_equal_bytes_in_any_process() -> None:
    code = (
        "from hashlib import sha256; from evidencehub.formats.dcat import write_catalogue_graph;"
        "from tests.support.toy_catalogue import describe_catalogue;"
        f"[print(sha256(write_catalogue_graph(describe_catalogue(), n)).hexdigest()) for n in {list(PARSERS)}]"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=PROJECT_ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(PROJECT_ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(printed) == 1
    assert len(next(iter(printed)).split()) == len(PARSERS)


def test_every_node_has_an_address(graph: Graph) -> None:
    assert not [node for triple in graph for node in triple if isinstance(node, BNode)]


def test_terms_of_sources_and_who_has_a_say_travel(graph: Graph) -> None:
    rights = read_statement(graph, "toys", DCTERMS.rights)
    assert "Toy Board, Toy report. Terms: Not seen." in rights
    assert "Authority: the Toy Council." in rights


def test_what_awaits_verification_and_what_is_synthetic_say_so(graph: Graph) -> None:
    assert AWAITING_NOTE in read_statement(graph, "toys", DCTERMS.provenance)
    bare = URIRef(build_site_url("/datasets/bare#dataset"))
    assert SYNTHETIC_NOTE in read_statement(graph, "bare", DCTERMS.provenance)
    assert str(graph.value(bare, DCTERMS.description)).startswith(SYNTHETIC_NOTE)
    assert Literal("synthetic", lang="en") in set(graph.objects(bare, DCAT.keyword))
    assert SYNTHETIC_NOTE not in read_statement(graph, "toys", DCTERMS.provenance)


def test_a_withdrawn_version_and_a_withdrawn_dataset_are_named_and_offer_no_file(
    graph: Graph,
) -> None:
    versions = {str(graph.value(v, DCAT.version)): v for v in graph.objects(TOYS, DCAT.hasVersion)}
    assert set(versions) == {"1.0.0", "1.5.0"}
    assert str(graph.value(versions["1.5.0"], ADMS.status)).endswith("/WITHDRAWN")
    assert "A column was wrong." in str(graph.value(versions["1.5.0"], DCTERMS.description))
    gone = URIRef(build_site_url("/datasets/gone#dataset"))
    assert str(graph.value(gone, ADMS.status)).endswith("/WITHDRAWN")
    listed = set(graph.objects(None, DCAT.dataset))
    assert gone not in listed
    assert TOYS in listed
    for node in (versions["1.5.0"], gone):
        assert not list(graph.objects(node, DCAT.distribution))


def test_older_releases_keep_their_files(graph: Graph) -> None:
    old = URIRef(build_site_url("/datasets/toys#release-1.0.0"))
    (file,) = graph.objects(old, DCAT.distribution)
    assert str(graph.value(file, DCAT.downloadURL)) == build_site_url(
        "/datasets/toys/1.0.0/toys.csv"
    )
    assert graph.value(TOYS, DCAT.previousVersion) == old
    assert (old, RDF.type, DCAT.Dataset) in graph
