"""What a graph of the catalogue states of agents, licences, places, languages and authorities.

Every node has an address of its own, so that the same catalogue gives the same bytes. The shapes
of both profiles want the types of what is named by an address, and plain texts as names of
agents; each concept of an authority is stated with its list and label.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, ORG, PROV, RDF, RDFS, SKOS, XSD

from evidencehub.domain.catalogue import (
    Agent,
    CatalogueDataset,
    CoveredPlace,
    Terms,
    Topic,
    build_site_url,
)
from evidencehub.domain.package_origin import PackageOrigin
from evidencehub.domain.page_addresses import build_path, keep_web_url
from evidencehub.formats.xml_text import strip_control_chars
from evidencehub.messages.iso_codes import find_country_alpha3, find_language_alpha3

# rdflib's own is of DCAT 2, and it warns about what is newer
DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
ADMS = Namespace("http://www.w3.org/ns/adms#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
HEALTH = Namespace("http://healthdataportal.eu/ns/health#")
AUTHORITY = "http://publications.europa.eu/resource/authority/"
IANA = "https://www.iana.org/assignments/media-types/"
WORLD_CODE = "001"  # of UN M49
GEONAMES_EARTH = "https://sws.geonames.org/6295630/"
AUTHORITY_TITLES = {
    "access-right": "Access right",
    "country": "Country",
    "data-theme": "Data theme",
    "dataset-status": "Dataset status",
    "file-type": "File type",
    "frequency": "Frequency",
    "language": "Language",
}
_FILE_TYPES = {"csv": "CSV", "csv.gz": "GZIP", "datapackage": "JSON", "parquet": "PARQUET"}
_FREQUENCIES = {"not planned": ("NOT_PLANNED", "not planned")}
_PREFIXES = {
    "adms": ADMS, "dcat": DCAT, "dcatap": DCATAP, "dcterms": DCTERMS, "foaf": FOAF,
    "health": HEALTH, "org": ORG, "prov": PROV, "rdf": RDF, "rdfs": RDFS, "skos": SKOS,
    "spdx": SPDX, "vcard": VCARD, "xsd": XSD,
}  # fmt: skip
_NOT_IN_FRAGMENT = re.compile(r"[^A-Za-z0-9._-]+")
_UNSAFE_IRI_CHARS = "!#$%&'()*+,/:;=?@[]~"
Fact = tuple[URIRef, URIRef | Literal | None]
"""A predicate and its value; None where that is not known."""
Triple = tuple[URIRef, URIRef, URIRef | Literal]


class _OrderedGraph(Graph):
    """A graph that gives its subjects in order: RDF/XML is written in the order of the store's."""

    def subjects(self, *args: Any, **options: Any) -> Iterator[Any]:  # type: ignore[override]  # in order
        return iter(sorted(set(super().subjects(*args, **options)), key=str))


def _sort_key(triple: Triple) -> tuple[str, ...]:
    """Return texts to sort by: rdflib's own order compares values, which takes long."""
    subject, predicate, value = triple
    kind = (value.language or "", value.datatype or "") if isinstance(value, Literal) else ()
    return (str(subject), str(predicate), str(value), *kind)


class GraphStatements:
    """The graph while it is made; each method states one thing and returns its address."""

    def __init__(self, language: str, site_title: str) -> None:
        """State nothing yet; texts are in `language` where nothing else is said."""
        self._triples: set[Triple] = set()
        self._facts_stated: set[tuple[URIRef, URIRef]] = set()
        self._language, self._site_title = language, site_title

    def build_graph(self) -> Graph:
        """Return what was stated; the order is the same every time, that of subjects too."""
        graph = _OrderedGraph("SimpleMemory", bind_namespaces="none")
        for prefix, namespace in _PREFIXES.items():
            graph.bind(prefix, namespace)
        for triple in sorted(self._triples, key=_sort_key):
            graph.add(triple)
        return graph

    def state(self, subject: URIRef, *facts: Fact) -> URIRef:
        """State facts of a subject; what is None is not known."""
        for predicate, value in facts:
            if value is not None:
                self._triples.add((subject, predicate, value))
                self._facts_stated.add((subject, predicate))
        return subject

    def text(self, text: str, language: str = "") -> Literal | None:
        """Return a text in its language, in characters that every serialisation can hold."""
        clean = strip_control_chars(text)
        return Literal(clean, lang=language or self._language) if clean else None

    def state_agent(self, agent: Agent, homepage: str = "") -> URIRef:
        node = self.state(
            build_iri(build_site_url(f"/catalog#agent-{build_fragment(agent.name)}")),
            (RDF.type, FOAF.Agent),
            (RDF.type, FOAF.Organization),
            (RDF.type, ORG.Organization),
            (FOAF.name, write_plain_text(agent.name)),
        )
        if (node, SKOS.prefLabel) not in self._facts_stated:
            self.state(node, (SKOS.prefLabel, self.text(agent.name)))
        if homepage:
            self.state(node, (FOAF.homepage, self.state_page(homepage, self._site_title)))
        return node

    def state_contact(self, contact: Agent, page: str) -> list[Fact]:
        """Return whom to ask. A contact without e-mail is a page, for DCAT-US knows no other."""
        if contact.url:
            return [(FOAF.page, self.state_page(contact.url, "Contact"))]
        if not contact.email:
            return []
        email = self.state_resource(f"mailto:{contact.email}")
        node = self.state(
            build_iri(f"{page}#contact"),
            (RDF.type, VCARD.Kind),
            (VCARD.fn, write_plain_text(contact.name)),
            (VCARD.hasEmail, email),
        )
        return [(DCAT.contactPoint, node)]

    def state_terms(self, terms: Terms) -> URIRef:
        address = terms.url or build_site_url(f"/catalog#licence-{build_fragment(terms.name)}")
        return self.state(
            build_iri(address),
            (RDF.type, DCTERMS.LicenseDocument),
            (RDFS.label, write_plain_text(terms.name)),
        )

    def state_label(self, address: str, kind: URIRef, lines: Iterable[str]) -> URIRef | None:
        """State a statement of several lines in one text, in which they keep their order."""
        text = "\n".join(lines)
        if not text:
            return None
        return self.state(build_iri(address), (RDF.type, kind), (RDFS.label, self.text(text)))

    def state_period(self, dataset: CatalogueDataset) -> URIRef | None:
        period = dataset.period
        if period is None:
            return None
        return self.state(
            build_iri(f"{build_site_url(dataset.path)}#period"),
            (RDF.type, DCTERMS.PeriodOfTime),
            (DCAT.startDate, write_day(period.start)),
            (DCAT.endDate, write_day(period.end)),
        )

    def state_topic(self, topic: Topic) -> URIRef:
        scheme = self.state(
            build_iri(build_site_url(build_path("codes", topic.code_list)) + "#scheme"),
            (RDF.type, SKOS.ConceptScheme),
            (DCTERMS.title, self.text(topic.code_list.capitalize(), "en")),
        )
        return self.state(
            build_iri(build_site_url(build_path("topics", topic.code)) + "#concept"),
            (RDF.type, SKOS.Concept),
            (SKOS.prefLabel, self.text(topic.label, topic.language)),
            (SKOS.inScheme, scheme),
        )

    def state_place(self, place: CoveredPlace) -> URIRef:
        """State a country of the European authority, the world of GeoNames, or else its page."""
        if code := find_country_alpha3(place.code):
            node = self.state_authority("country", code, place.label)
        elif place.code == WORLD_CODE:
            node = build_iri(GEONAMES_EARTH)
        else:
            node = build_iri(build_site_url(build_path("places", place.code)) + "#place")
        return self.state(
            node,
            (RDF.type, DCTERMS.Location),
            (DCTERMS.identifier, write_plain_text(place.code)),
            (SKOS.prefLabel, self.text(place.label, "en")),
        )

    def state_language(self, tag: str) -> URIRef:
        code = find_language_alpha3(tag)
        if code:
            node = self.state_authority("language", code.upper(), tag)
        else:
            node = build_iri(f"http://id.loc.gov/vocabulary/iso639-1/{quote(tag)}")
        return self.state(node, (RDF.type, DCTERMS.LinguisticSystem))

    def state_frequency(self, next_update: str) -> URIRef | None:
        if next_update.lower() not in _FREQUENCIES:
            return None  # in words only: they are in the provenance
        node = self.state_authority("frequency", *_FREQUENCIES[next_update.lower()])
        return self.state(node, (RDF.type, DCTERMS.Frequency))

    def state_public_access(self) -> URIRef:
        node = self.state_authority("access-right", "PUBLIC", "public")
        return self.state(node, (RDF.type, DCTERMS.RightsStatement))

    def state_file_type(self, format_name: str) -> URIRef | None:
        if format_name not in _FILE_TYPES:
            return None
        code = _FILE_TYPES[format_name]
        node = self.state_authority("file-type", code, code)
        return self.state(node, (RDF.type, DCTERMS.MediaTypeOrExtent))

    def state_media_type(self, media_type: str) -> URIRef:
        return self.state(
            build_iri(IANA + media_type),
            (RDF.type, DCTERMS.MediaType),
            (RDFS.label, Literal(media_type)),
        )

    def state_authority(self, scheme: str, code: str, label: str) -> URIRef:
        return self.state(
            build_iri(f"{AUTHORITY}{scheme}/{code}"),
            (RDF.type, SKOS.Concept),
            (SKOS.prefLabel, self.text(label, "en")),
            (SKOS.inScheme, self.state_scheme(scheme)),
        )

    def state_scheme(self, scheme: str) -> URIRef:
        return self.state(
            build_iri(AUTHORITY + scheme),
            (RDF.type, SKOS.ConceptScheme),
            (DCTERMS.title, self.text(AUTHORITY_TITLES[scheme], "en")),
        )

    def state_page(self, url: str, title: str) -> URIRef | None:
        """State a page by its address; None where there is no address."""
        if not url:
            return None
        node = build_iri(url)
        if (node, DCTERMS.title) not in self._facts_stated:
            self.state(node, (DCTERMS.title, self.text(title)))
        return self.state(node, (RDF.type, FOAF.Document))

    def list_origin_facts(self, dataset: CatalogueDataset, page: str) -> list[Fact]:
        """Return which package of a partner a dataset was derived from, and when it was taken."""
        if dataset.origin is None:
            return []
        source = self._state_origin(dataset.origin)
        retrieval = self.state(
            build_iri(f"{page}#retrieval"),
            (RDF.type, PROV.Activity),
            (PROV.used, source),
            (PROV.endedAtTime, write_moment(dataset.origin.step.fetched_at)),
        )
        return [(PROV.wasDerivedFrom, source), (PROV.wasGeneratedBy, retrieval)]

    def _state_origin(self, origin: PackageOrigin) -> URIRef | None:
        """State each package that was taken, and from which other one its partner had it."""
        node: URIRef | None = None
        for step in reversed((origin.step, *origin.chain)):
            url = keep_web_url(step.url)
            earlier, node = node, build_iri(url) if url else None
            if node is not None:
                partner = self.state_agent(Agent(step.name))
                self.state(
                    self.state_resource(url),
                    (RDF.type, PROV.Entity),
                    (PROV.wasAttributedTo, partner),
                    (PROV.wasDerivedFrom, earlier),
                )
        return node

    def state_resource(self, url: str) -> URIRef:
        return self.state(build_iri(url), (RDF.type, RDFS.Resource))


def build_iri(address: str) -> URIRef:
    """Return an address as an IRI; what may not stand in one is escaped."""
    return URIRef(quote(address, safe=_UNSAFE_IRI_CHARS))


def build_fragment(name: str) -> str:
    """Return a name as the end of an address; names in other scripts by their code points."""
    fragment = _NOT_IN_FRAGMENT.sub("-", name).strip("-").lower()
    return (
        fragment
        if fragment and name.isascii()
        else quote(name.casefold(), safe="").replace("%", ".")
    )


def write_plain_text(text: str) -> Literal:
    """Return a text without a language, as the shapes want names."""
    return Literal(strip_control_chars(text))


def write_day(text: str) -> Literal:
    return Literal(text[:10], datatype=XSD.date)


def write_moment(text: str) -> Literal | None:
    if not text:
        return None
    return Literal(text, datatype=XSD.dateTime if "T" in text else XSD.date)
