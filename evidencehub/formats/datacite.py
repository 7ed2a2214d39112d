"""A release as the metadata of DataCite 4.5: ready for a DOI, which nobody has registered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evidencehub.domain.catalogue import Catalogue, CatalogueDataset, SourceWork, build_site_url
from evidencehub.formats.format import get_format
from evidencehub.formats.json_document import drop_empty, write_json

SCHEMA_VERSION = "http://datacite.org/schema/kernel-4"
_DOI_ADDRESS = "https://doi.org/"


def write_datacite(catalogue: Catalogue, dataset: CatalogueDataset) -> bytes:
    """Return the current release of a dataset as the JSON that DataCite takes."""
    return write_json(describe_release(catalogue, dataset))


def describe_release(catalogue: Catalogue, dataset: CatalogueDataset) -> dict[str, Any]:
    """Return the current release of a dataset as members of DataCite's JSON."""
    release, language = dataset.current, dataset.language
    creator = {"name": dataset.publisher.name, "nameType": "Organizational"}
    return drop_empty(
        {
            "schemaVersion": SCHEMA_VERSION,
            "url": build_site_url(dataset.path),
            "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Dataset"},
            "creators": [creator],
            "titles": [{"title": dataset.title, "lang": language}],
            "publisher": {"name": dataset.publisher.name},
            "publicationYear": release.issued_at[:4],
            "version": release.version,
            "language": language,
            "subjects": [{"subject": word} for word in dict.fromkeys(dataset.keywords)],
            "contributors": [
                {**creator, "name": catalogue.publisher.name, "contributorType": "Distributor"}
            ],
            "dates": list(_list_dates(dataset)),
            "rightsList": list(_list_rights(dataset)),
            "descriptions": list(_list_descriptions(dataset)),
            "relatedIdentifiers": [
                _relate_source(work) for work in _list_addressed(dataset.sources)
            ],
            "geoLocations": [{"geoLocationPlace": place.label} for place in dataset.places],
            "formats": list(
                dict.fromkeys(get_format(f.format_name).media_type for f in release.files)
            ),
            "sizes": [f"{sum(file.size_bytes for file in release.files)} bytes"],
        }
    )


def _list_dates(dataset: CatalogueDataset) -> Iterator[dict[str, str]]:
    yield {"date": dataset.current.issued_at[:10], "dateType": "Issued"}
    if dataset.period:
        information = "first and last day that the values are about"
        yield {"date": dataset.interval, "dateType": "Other", "dateInformation": information}


def _list_rights(dataset: CatalogueDataset) -> Iterator[dict[str, str]]:
    """Yield the licence, then what it covers, the terms of the sources, and who has a say."""
    yield drop_empty({"rights": dataset.licence.name, "rightsUri": dataset.licence.url})
    for line in dict.fromkeys(dataset.rights):
        yield {"rights": line}


def _list_descriptions(dataset: CatalogueDataset) -> Iterator[dict[str, str]]:
    language = dataset.language
    yield {"description": dataset.full_description, "descriptionType": "Abstract", "lang": language}
    for note in dict.fromkeys(dataset.notes):
        yield {"description": note, "descriptionType": "Other"}


def _list_addressed(works: tuple[SourceWork, ...]) -> list[SourceWork]:
    """Return the sources that have an address, each address once."""
    return list({work.url: work for work in works if work.url}.values())


def _relate_source(work: SourceWork) -> dict[str, Any]:
    is_doi = work.url.startswith(_DOI_ADDRESS)
    return {
        "relatedIdentifier": work.url.removeprefix(_DOI_ADDRESS) if is_doi else work.url,
        "relatedIdentifierType": "DOI" if is_doi else "URL",
        "relationType": "IsDerivedFrom",
    }
