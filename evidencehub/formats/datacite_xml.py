"""A release as the metadata of DataCite 4 in XML, made of what its JSON says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from evidencehub.formats.datacite import SCHEMA_VERSION
from evidencehub.formats.xml_text import strip_control_chars

_LISTS: Sequence[tuple[str, str, str, Mapping[str, str]]] = (
    ("titles", "title", "title", {"lang": "xml:lang"}),
    ("subjects", "subject", "subject", {}),
    ("dates", "date", "date", {"dateType": "dateType", "dateInformation": "dateInformation"}),
    ("rightsList", "rights", "rights", {"rightsUri": "rightsURI"}),
    ("descriptions", "description", "description",
     {"descriptionType": "descriptionType", "lang": "xml:lang"}),
    ("relatedIdentifiers", "relatedIdentifier", "relatedIdentifier",
     {"relatedIdentifierType": "relatedIdentifierType", "relationType": "relationType"}),
)  # fmt: skip
"""Lists of the JSON: the element of an item, the member that is its text, and its attributes."""
_PLAIN_LISTS = (("sizes", "size"), ("formats", "format"))
_TEXT_MEMBERS = ("publicationYear", "language", "version")


def build_datacite_xml(document: Mapping[str, Any]) -> ET.Element:
    """Return the element `resource` for a document of `datacite.describe_release`.

    The identifier is the address of the dataset: no DOI has been registered.
    """
    root = ET.Element("resource", {"xmlns": SCHEMA_VERSION})
    _add(root, "identifier", document["url"], {"identifierType": "URL"})
    _add_agents(root, "creators", "creator", document["creators"])
    _add(root, "publisher", document["publisher"]["name"])
    types = document["types"]
    general = {"resourceTypeGeneral": types["resourceTypeGeneral"]}
    _add(root, "resourceType", types["resourceType"], general)
    _add_agents(root, "contributors", "contributor", document.get("contributors", ()))
    for name in _TEXT_MEMBERS:
        if name in document:
            _add(root, name, document[name])
    for name, item in _PLAIN_LISTS:
        if name in document:
            _add_all(ET.SubElement(root, name), item, document[name])
    for name, element, member, attributes in _LISTS:
        if name in document:
            _add_entries(ET.SubElement(root, name), element, member, attributes, document[name])
    if "geoLocations" in document:
        parent = ET.SubElement(root, "geoLocations")
        for place in document["geoLocations"]:
            location = ET.SubElement(parent, "geoLocation")
            _add(location, "geoLocationPlace", place["geoLocationPlace"])
    return root


def _add(
    parent: ET.Element, name: str, text: str, attributes: Mapping[str, str] | None = None
) -> None:
    ET.SubElement(parent, name, dict(attributes or {})).text = strip_control_chars(text)


def _add_entries(
    parent: ET.Element,
    element: str,
    member: str,
    attributes: Mapping[str, str],
    entries: Sequence[Mapping[str, str]],
) -> None:
    for entry in entries:
        facts = {xml: entry[json] for json, xml in attributes.items() if json in entry}
        _add(parent, element, entry.get(member, ""), facts)


def _add_all(parent: ET.Element, name: str, texts: Sequence[str]) -> None:
    for text in texts:
        _add(parent, name, text)


def _add_agents(
    root: ET.Element, name: str, item: str, agents: Sequence[Mapping[str, str]]
) -> None:
    if not agents:
        return
    parent = ET.SubElement(root, name)
    for agent in agents:
        kind = agent.get("contributorType", "")
        element = ET.SubElement(parent, item, {"contributorType": kind} if kind else {})
        _add(element, f"{item}Name", agent["name"], {"nameType": agent["nameType"]})
