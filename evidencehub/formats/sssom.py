"""Mappings between code lists as SSSOM, a table of mappings (https://w3id.org/sssom)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

MEDIA_TYPE = "text/tab-separated-values; charset=utf-8"
NO_TERM = "sssom:NoTermFound"
"""What stands for the other code where there is none (SSSOM, modelling of negative findings)."""
UNSPECIFIED_LICENCE = "https://w3id.org/sssom/license/unspecified"
_PREFIXES = {
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "semapv": "https://w3id.org/semapv/vocab/",
    "sssom": "https://w3id.org/sssom/",
}
_COLUMNS = (
    "subject_id", "subject_label", "predicate_id", "object_id", "object_label", "object_source",
    "mapping_justification", "comment",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one code relates to another; `object_id` is empty where it relates to none."""

    subject_id: str
    subject_label: str
    relation: str
    object_id: str
    object_label: str
    object_source: str
    comment: str


def write_sssom(set_id: str, title: str, licence: str, mappings: Sequence[Mapping]) -> bytes:
    """Return the mappings of one list as SSSOM/TSV: what is said of all of them, then a table."""
    header = [
        f"#mapping_set_id: {set_id}",
        f"#mapping_set_title: {_quote(title)}",
        f"#license: {licence or UNSPECIFIED_LICENCE}",
        "#curie_map:",
        *(f"#  {name}: {uri}" for name, uri in _PREFIXES.items()),
    ]
    text = io.StringIO(newline="")
    text.write("".join(f"{line}\n" for line in header))
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(_COLUMNS)
    for mapping in mappings:
        is_none = not mapping.object_id
        relation = "exactMatch" if is_none else mapping.relation
        writer.writerow(
            [
                mapping.subject_id,
                mapping.subject_label,
                f"skos:{relation}",
                mapping.object_id or NO_TERM,
                mapping.object_label,
                mapping.object_source,
                "semapv:ManualMappingCuration",
                mapping.comment.replace("\t", " ").replace("\n", " "),
            ]
        )
    return text.getvalue().encode()


def _quote(text: str) -> str:
    """Return a text as a scalar of YAML in double quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
