"""OAI-PMH 2.0 in XML: the records of the catalogue, made at the build, and the envelope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

from evidencehub.domain.catalogue import Catalogue, CatalogueDataset, build_site_url
from evidencehub.formats.datacite import describe_release
from evidencehub.formats.datacite_xml import build_datacite_xml
from evidencehub.formats.format import get_format
from evidencehub.formats.json_document import write_json
from evidencehub.formats.xml_text import strip_control_chars

CONTENT_TYPE = "text/xml; charset=utf-8"
PATH = "protocols/oai.json"
"""Where a build has the records; it has no address of its own."""
NO_ADDRESS = "no-address-is-stated@hub.invalid"
"""Stands for the e-mail address that the standard demands where the operator states none."""
_NAMESPACE = "http://www.openarchives.org/OAI/2.0/"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_DC = "http://purl.org/dc/elements/1.1/"
_DATACITE = "http://schema.datacite.org/oai/oai-1.1/"
FORMATS: Mapping[str, tuple[str, str]] = {
    "oai_dc": (f"{_NAMESPACE}oai_dc.xsd", f"{_NAMESPACE}oai_dc/"),
    "dcat_ap": (f"{_NAMESPACE}rdf.xsd", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    "oai_datacite": (f"{_DATACITE}oai.xsd", _DATACITE),
}
"""The schema and the namespace of each format of metadata."""
_SET_TITLES = {"topic": "Topics", "workstream": "Workstreams"}


def write_oai_records(catalogue: Catalogue) -> bytes:
    """Return every record of the hub, those of withdrawn datasets too, as one document."""
    # imported here: a server does without rdflib
    from evidencehub.formats.dcat import write_dataset_graphs

    graphs = write_dataset_graphs(catalogue)
    records = [
        _describe_record(catalogue, dataset, graph)
        for dataset, graph in zip(catalogue.datasets, graphs, strict=True)
    ]
    for gone in catalogue.withdrawn:
        moment = format_moment(max(version.withdrawn_at for version in gone.withdrawn))
        records.append({"name": gone.name, "datestamp": moment, "sets": [], "metadata": {}})
    return write_json(
        {
            "name": catalogue.title,
            "email": catalogue.contact.email or NO_ADDRESS,
            "changed_at": format_moment(catalogue.changed_at or "1970-01-01T00:00:00Z"),
            "sets": dict(_list_sets(catalogue)),
            "records": sorted(records, key=lambda record: (record["datestamp"], record["name"])),
        }
    )


def format_moment(moment: str) -> str:
    """Return a moment in UTC to the second.

    >>> format_moment("2026-01-02T12:00:00.5+02:00")
    '2026-01-02T10:00:00Z'
    """
    return f"{datetime.fromisoformat(moment).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _list_sets(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    yield "evidence", "Datasets that are not synthetic"
    yield "synthetic", "Synthetic datasets, for teaching"
    topics = {topic for dataset in catalogue.datasets for topic in dataset.topics}
    for code_list in sorted({topic.code_list for topic in topics}):
        yield code_list, _SET_TITLES.get(code_list, code_list)
    for topic in sorted(topics, key=lambda topic: (topic.code_list, topic.code)):
        yield f"{topic.code_list}:{topic.code}", topic.label


def _describe_record(catalogue: Catalogue, dataset: CatalogueDataset, graph: str) -> dict[str, Any]:
    sets = {f"{topic.code_list}:{topic.code}": topic.code_list for topic in dataset.topics}
    kind = "synthetic" if dataset.is_synthetic else "evidence"
    return {
        "name": dataset.name,
        "datestamp": format_moment(dataset.changed_at),
        "sets": [kind, *dict.fromkeys(sets.values()), *sets],
        "metadata": {
            "oai_dc": _write(_build_dublin_core(dataset)),
            "dcat_ap": graph,
            "oai_datacite": _write(_build_datacite(catalogue, dataset)),
        },
    }


def _build_dublin_core(dataset: CatalogueDataset) -> ET.Element:
    release = dataset.current
    media_types = dict.fromkeys(get_format(f.format_name).media_type for f in release.files)
    facts: Mapping[str, Iterable[str]] = {
        "title": [dataset.title],
        "creator": [dataset.publisher.name],
        "subject": dataset.keywords,
        "description": [dataset.full_description, *dataset.notes],
        "publisher": [dataset.publisher.name],
        "date": [release.issued_at[:10]],
        "type": ["Dataset"],
        "format": media_types,
        "identifier": [build_site_url(dataset.path)],
        "source": dataset.source_urls,
        "language": [dataset.language],
        "coverage": [*(place.label for place in dataset.places), dataset.interval],
        "rights": [dataset.licence.name, dataset.licence.url, *dataset.rights],
    }
    root = ET.Element(
        "oai_dc:dc",
        {
            "xmlns:oai_dc": FORMATS["oai_dc"][1], "xmlns:dc": _DC, "xmlns:xsi": _XSI,
            "xsi:schemaLocation": f"{FORMATS['oai_dc'][1]} {FORMATS['oai_dc'][0]}",
        },
    )  # fmt: skip
    for name, texts in facts.items():
        for text in dict.fromkeys(filter(None, texts)):
            ET.SubElement(root, f"dc:{name}").text = strip_control_chars(text)
    return root


def _build_datacite(catalogue: Catalogue, dataset: CatalogueDataset) -> ET.Element:
    root = ET.Element("oai_datacite", {"xmlns": _DATACITE})
    ET.SubElement(root, "schemaVersion").text = "4.5"
    ET.SubElement(root, "datacentreSymbol").text = strip_control_chars(catalogue.title)
    payload = ET.SubElement(root, "payload")
    payload.append(build_datacite_xml(describe_release(catalogue, dataset)))
    return root


def write_envelope(
    moment: str, base_url: str, request: Mapping[str, str], content: Iterable[ET.Element | str]
) -> bytes:
    """Return a response: when it is true of, what was asked, and its content.

    A text of the content is XML already.
    """
    root = ET.Element(
        "OAI-PMH",
        {
            "xmlns": _NAMESPACE, "xmlns:xsi": _XSI,
            "xsi:schemaLocation": f"{_NAMESPACE} {_NAMESPACE}OAI-PMH.xsd",
        },
    )  # fmt: skip
    ET.SubElement(root, "responseDate").text = moment
    attributes = {name: strip_control_chars(value) for name, value in sorted(request.items())}
    ET.SubElement(root, "request", attributes).text = base_url
    head = _write(root).removesuffix("</OAI-PMH>")
    body = "".join(part if isinstance(part, str) else _write(part) for part in content)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{body}</OAI-PMH>\n'.encode()


def write_record(header: ET.Element, metadata: str) -> str:
    """Return a record; one without metadata is deleted."""
    inner = f"<metadata>{metadata}</metadata>" if metadata else ""
    return f"<record>{_write(header)}{inner}</record>"


def build_header(
    identifier: str, datestamp: str, sets: Iterable[str], *, deleted: bool
) -> ET.Element:
    """Return the header of a record."""
    header = ET.Element("header", {"status": "deleted"} if deleted else {})
    ET.SubElement(header, "identifier").text = identifier
    ET.SubElement(header, "datestamp").text = datestamp
    for name in sets:
        ET.SubElement(header, "setSpec").text = name
    return header


def build_elements(name: str, facts: Iterable[tuple[str, str]], **attributes: str) -> ET.Element:
    """Return an element with one below it for each fact."""
    element = ET.Element(name, attributes)
    for fact, text in facts:
        ET.SubElement(element, fact).text = strip_control_chars(text)
    return element


def build_text_element(name: str, text: str, **attributes: str) -> ET.Element:
    """Return an element with a text."""
    element = ET.Element(name, attributes)
    element.text = strip_control_chars(text)
    return element


def join_list(name: str, parts: Iterable[ET.Element | str]) -> str:
    """Return an element around parts, of which some are XML already."""
    inner = "".join(part if isinstance(part, str) else _write(part) for part in parts)
    return f"<{name}>{inner}</{name}>"


def _write(element: ET.Element) -> str:
    text: str = ET.tostring(element, "unicode", short_empty_elements=False)
    return text
