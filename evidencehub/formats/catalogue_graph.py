"""The catalogue as a graph of DCAT-AP 3.0.1, DCAT-US 3.0 and what is known of HealthDCAT-AP."""

from __future__ import annotations

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, PROV, RDF, XSD

from evidencehub.domain.catalogue import (
    Catalogue,
    CatalogueDataset,
    DatasetRelease,
    Distribution,
    WithdrawnDataset,
    WithdrawnRelease,
    build_file_url,
    build_site_url,
)
from evidencehub.domain.page_addresses import build_path
from evidencehub.formats.format import get_format
from evidencehub.formats.graph_statements import (
    ADMS,
    DCAT,
    HEALTH,
    SPDX,
    Fact,
    GraphStatements,
    build_iri,
    write_day,
    write_moment,
)


class CatalogueGraph:
    """What is stated of the catalogue; each method states one thing and returns its address."""

    def __init__(self, catalogue: Catalogue) -> None:
        """State the whole catalogue."""
        self._catalogue = catalogue
        self._parts = GraphStatements(catalogue.language, catalogue.title)
        self._state_catalogue()

    def build_graph(self) -> Graph:
        """Return the graph."""
        return self._parts.build_graph()

    # the catalogue

    def _state_catalogue(self) -> None:
        catalogue = self._catalogue
        home = build_site_url("/")
        node = self._parts.state(
            build_iri(build_site_url("/catalog#catalogue")),
            (RDF.type, DCAT.Catalog),
            (DCTERMS.title, self._parts.text(catalogue.title)),
            (DCTERMS.description, self._parts.text(catalogue.description)),
            (DCTERMS.identifier, Literal(build_site_url("/catalog"))),
            (DCTERMS.publisher, self._parts.state_agent(catalogue.publisher, home)),
            (DCTERMS.language, self._parts.state_language(catalogue.language)),
            (DCTERMS.issued, write_moment(catalogue.issued_at)),
            (DCTERMS.modified, write_moment(catalogue.issued_at)),
            (FOAF.homepage, self._parts.state_page(home, catalogue.title)),
            (DCAT.themeTaxonomy, self._parts.state_scheme("data-theme")),
            *self._parts.state_contact(catalogue.contact, build_site_url("/catalog")),
        )
        for terms in catalogue.licences[:1] if len(catalogue.licences) == 1 else ():
            self._parts.state(node, (DCTERMS.license, self._parts.state_terms(terms)))
        for dataset in catalogue.datasets:
            self._parts.state(node, (DCAT.dataset, self._state_dataset(dataset)))
        for withdrawn in catalogue.withdrawn:
            self._parts.state(node, (DCAT.record, self._state_withdrawn_dataset(withdrawn)))
        if catalogue.contact.email:  # DCAT-US wants to know whom to write to about a service
            self._parts.state(node, (DCAT.service, self._state_service()))

    def _state_service(self) -> URIRef:
        """State the API as a service that serves every dataset."""
        endpoint, description = build_site_url("/api/v1"), build_site_url("/openapi.json")
        node = self._parts.state(
            build_iri(build_site_url("/api#service")),
            (RDF.type, DCAT.DataService),
            (DCTERMS.title, self._parts.text(f"API: {self._catalogue.title}")),
            (DCAT.endpointURL, self._parts.state_resource(endpoint)),
            (DCAT.endpointDescription, self._parts.state_resource(description)),
            (DCTERMS.publisher, self._parts.state_agent(self._catalogue.publisher)),
            *self._parts.state_contact(self._catalogue.contact, build_site_url("/catalog")),
        )
        for dataset in self._catalogue.datasets:
            self._parts.state(node, (DCAT.servesDataset, dataset_iri(dataset.name)))
        return node

    # datasets and their releases

    def _state_dataset(self, dataset: CatalogueDataset) -> URIRef:
        """State a dataset in its current release, with the releases before it."""
        current, page = dataset.current, build_site_url(dataset.path)
        rights = self._parts.state_label(f"{page}#rights", DCTERMS.RightsStatement, dataset.rights)
        licence = self._parts.state_terms(dataset.licence)
        distributions = [
            self._state_distribution(dataset, current, file, licence, rights)
            for file in current.files
        ]
        node = self._parts.state(
            dataset_iri(dataset.name),
            (RDF.type, DCAT.Dataset),
            (DCTERMS.license, licence),
            (DCTERMS.rights, rights),
            *self._list_own_facts(dataset, page),
            *self._list_subject_facts(dataset),
            *self._parts.list_origin_facts(dataset, page),
            *self._list_health_facts(dataset),
            *((DCAT.distribution, distribution) for distribution in distributions),
        )
        self._state_versions(node, dataset)
        return node

    def _list_own_facts(self, dataset: CatalogueDataset, page: str) -> list[Fact]:
        """Return what a dataset is called, who publishes it, and what has to be known of it."""
        parts, current, language = self._parts, dataset.current, dataset.language
        publisher = parts.state_agent(dataset.publisher)
        statement = DCTERMS.ProvenanceStatement
        return [
            (DCTERMS.identifier, Literal(page)),
            (DCTERMS.title, parts.text(dataset.title, language)),
            (DCTERMS.description, parts.text(dataset.full_description, language)),
            (DCTERMS.publisher, publisher),
            (DCTERMS.creator, publisher),
            (DCTERMS.language, parts.state_language(language)),
            (DCTERMS.issued, write_moment(dataset.releases[0].issued_at)),
            (DCTERMS.modified, write_moment(current.issued_at)),
            (DCTERMS.provenance, parts.state_label(f"{page}#provenance", statement, dataset.notes)),
            (DCTERMS.accessRights, parts.state_public_access()),
            (DCTERMS.accrualPeriodicity, parts.state_frequency(dataset.next_update)),
            (DCAT.version, Literal(current.version)),
            (ADMS.versionNotes, parts.text(current.note, language)),
            (DCAT.landingPage, parts.state_page(page, dataset.title)),
            (FOAF.page, parts.state_page(dataset.homepage, dataset.title)),
            *parts.state_contact(dataset.contact, page),
        ]

    def _list_subject_facts(self, dataset: CatalogueDataset) -> list[Fact]:
        """Return what a dataset is about, of where and when, and what it was made from."""
        parts = self._parts
        topics = dataset.topics
        keywords = [parts.text(topic.label, topic.language) for topic in topics]
        keywords += [parts.text("synthetic", "en")] if dataset.is_synthetic else []
        return [
            (DCAT.theme, parts.state_authority("data-theme", "HEAL", "Health")),
            (DCTERMS.temporal, parts.state_period(dataset)),
            *((DCAT.keyword, keyword) for keyword in keywords),
            *((DCTERMS.subject, parts.state_topic(topic)) for topic in topics),
            *((DCTERMS.spatial, parts.state_place(place)) for place in dataset.places),
            *((PROV.wasDerivedFrom, parts.state_resource(url)) for url in dataset.source_urls),
        ]

    def _list_health_facts(self, dataset: CatalogueDataset) -> list[Fact]:
        """Return what HealthDCAT-AP asks of a dataset and the hub knows."""
        count = dataset.observation_count
        records = Literal(count, datatype=XSD.nonNegativeInteger) if count else None
        systems = [
            self._parts.state(
                build_iri(build_site_url(build_path("codes", scheme.code_list)) + "#scheme"),
                (RDF.type, DCTERMS.Standard),
                (DCTERMS.title, self._parts.text(scheme.title)),
            )
            for scheme in dataset.classifications
        ]
        return [
            (HEALTH.numberOfRecords, records),
            (HEALTH.populationCoverage, self._parts.text(dataset.population)),
            *((HEALTH.hasCodingSystem, system) for system in systems),
        ]

    def _state_versions(self, node: URIRef, dataset: CatalogueDataset) -> None:
        """State the releases before the current one, and those that were withdrawn."""
        previous: URIRef | None = None
        for release in dataset.releases[:-1]:
            version = self._state_release(dataset, release)
            self._parts.state(version, (DCAT.previousVersion, previous))
            self._parts.state(node, (DCAT.hasVersion, version))
            previous = version
        self._parts.state(node, (DCAT.previousVersion, previous))
        for withdrawn in dataset.withdrawn:
            gone = self._state_withdrawn_release(
                dataset.name, dataset.title, dataset.language, withdrawn
            )
            self._parts.state(node, (DCAT.hasVersion, gone))

    def _state_release(self, dataset: CatalogueDataset, release: DatasetRelease) -> URIRef:
        licence = self._parts.state_terms(dataset.licence)
        node = self._parts.state(
            _release_iri(dataset.name, release.version),
            (RDF.type, DCAT.Dataset),
            (
                DCTERMS.title,
                self._parts.text(f"{dataset.title} ({release.version})", dataset.language),
            ),
            (
                DCTERMS.description,
                self._parts.text(release.note or dataset.full_description, dataset.language),
            ),
            (DCTERMS.publisher, self._parts.state_agent(dataset.publisher)),
            (DCTERMS.issued, write_moment(release.issued_at)),
            (DCAT.version, Literal(release.version)),
        )
        for file in release.files:
            distribution = self._state_distribution(dataset, release, file, licence, None)
            self._parts.state(node, (DCAT.distribution, distribution))
        return node

    def _state_withdrawn_release(
        self, name: str, title: str, language: str, withdrawn: WithdrawnRelease
    ) -> URIRef:
        return self._parts.state(
            _release_iri(name, withdrawn.version),
            (RDF.type, DCAT.Dataset),
            (DCTERMS.title, self._parts.text(f"{title} ({withdrawn.version})", language)),
            (DCTERMS.description, self._parts.text(f"Withdrawn. {withdrawn.reason}")),
            (DCTERMS.publisher, self._parts.state_agent(self._catalogue.publisher)),
            (DCTERMS.modified, write_day(withdrawn.withdrawn_on)),
            (DCAT.version, Literal(withdrawn.version)),
            (ADMS.status, self._parts.state_authority("dataset-status", "WITHDRAWN", "withdrawn")),
        )

    def _state_withdrawn_dataset(self, withdrawn: WithdrawnDataset) -> URIRef:
        """State in a record of the catalogue that a dataset is no longer there."""
        page, last = build_site_url(withdrawn.path), withdrawn.withdrawn[-1]
        title = withdrawn.title or withdrawn.name
        dataset = self._parts.state(
            dataset_iri(withdrawn.name),
            (RDF.type, DCAT.Dataset),
            (RDF.type, DCAT.Resource),
            (DCTERMS.title, self._parts.text(title, withdrawn.language)),
            (DCTERMS.description, self._parts.text(f"Withdrawn. {last.reason}")),
            (DCTERMS.publisher, self._parts.state_agent(self._catalogue.publisher)),
            (ADMS.status, self._parts.state_authority("dataset-status", "WITHDRAWN", "withdrawn")),
        )
        for version in withdrawn.withdrawn:
            gone = self._state_withdrawn_release(withdrawn.name, title, withdrawn.language, version)
            self._parts.state(dataset, (DCAT.hasVersion, gone))
        return self._parts.state(
            build_iri(f"{page}#record"),
            (RDF.type, DCAT.CatalogRecord),
            (DCTERMS.title, self._parts.text(title, withdrawn.language)),
            (DCTERMS.modified, write_day(last.withdrawn_on)),
            (FOAF.primaryTopic, dataset),
        )

    def _state_distribution(
        self,
        dataset: CatalogueDataset,
        release: DatasetRelease,
        file: Distribution,
        licence: URIRef,
        rights: URIRef | None,
    ) -> URIRef:
        url = build_file_url(dataset, release, file.path)
        entry = get_format(file.format_name)
        download = self._parts.state_resource(url)
        return self._parts.state(
            build_iri(f"{url}#distribution"),
            (RDF.type, DCAT.Distribution),
            (DCTERMS.title, self._parts.text(file.path)),
            (DCTERMS.description, self._parts.text(file.description, "en")),
            (DCAT.accessURL, download),
            (DCAT.downloadURL, download),
            (DCTERMS.license, licence),
            (DCTERMS.rights, rights),
            (DCTERMS.issued, write_moment(release.issued_at)),
            (DCTERMS.modified, write_moment(release.issued_at)),
            (DCAT.byteSize, Literal(file.size_bytes, datatype=XSD.nonNegativeInteger)),
            (DCAT.mediaType, self._parts.state_media_type(entry.media_type)),
            (DCTERMS.format, self._parts.state_file_type(file.format_name)),
            (SPDX.checksum, self._state_checksum(url, file.sha256)),
        )

    def _state_checksum(self, url: str, sha256: str) -> URIRef:
        algorithm = SPDX.checksumAlgorithm_sha256
        return self._parts.state(
            build_iri(f"{url}#checksum"),
            (RDF.type, SPDX.Checksum),
            (SPDX.algorithm, self._parts.state(algorithm, (RDF.type, SPDX.ChecksumAlgorithm))),
            (SPDX.checksumValue, Literal(sha256, datatype=XSD.hexBinary)),
        )


def build_catalogue_graph(catalogue: Catalogue) -> Graph:
    """Return the whole catalogue as a graph without blank nodes, always in the same order."""
    return CatalogueGraph(catalogue).build_graph()


def dataset_iri(name: str) -> URIRef:
    """Return what the graph calls a dataset."""
    return build_iri(build_site_url(build_path("datasets", name)) + "#dataset")


def _release_iri(name: str, version: str) -> URIRef:
    return build_iri(build_site_url(build_path("datasets", name)) + f"#release-{version}")
