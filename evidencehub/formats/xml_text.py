"""XML documents as text."""

from __future__ import annotations

from xml.etree import ElementTree as ET


def serialise_xml(root: ET.Element) -> bytes:
    """Return a document with its declaration, an element a line."""
    ET.indent(root, "")
    text: str = ET.tostring(root, "unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def strip_control_chars(text: str) -> str:
    """Return a text without the characters that XML 1.0 cannot hold."""
    return "".join(
        char for char in text if (char >= " " and char not in "\ufffe\uffff") or char in "\n\t"
    )
